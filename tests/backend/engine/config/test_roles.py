"""What the policies of the recorder's role add up to."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from backend.engine.config import roles
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document, Json
from tests.backend.engine.conftest import ACCOUNT, PutFixture

ARN = f"arn:aws:iam::{ACCOUNT}:role/service/config-role"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
READ = {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}
NEVER = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}


def policy(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(*inline: Json, managed: tuple[tuple[str, str], ...] = ()) -> Resource:
    return Resource(
        resource_type="AWS::IAM::Role",
        resource_id="AROA1",
        region="global",
        name="config-role",
        arn=ARN,
        configuration={
            "rolePolicyList": [{"policyName": f"p{n}", "policyDocument": each} for n, each in enumerate(inline)],
            "attachedManagedPolicies": [{"policyName": name, "policyArn": arn} for name, arn in managed],
        },
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ARN, True),
        (LINKED, True),
        ("", False),
        ("arn:aws:iam::1:role/x", False),
        (ARN.replace("role/", "user/"), False),
    ],
)
def test_the_form_of_a_role_arn(text: str, expected: bool) -> None:
    assert roles.is_arn(text) is expected


@pytest.mark.requirement("PRM-02")
def test_the_service_linked_role_reads_everything_and_writes_nothing(ctx: Context) -> None:
    assert roles.exists(ctx, LINKED)
    assert roles.can_read(ctx, LINKED, "AWS::EC2::Instance")
    assert not roles.can_write(ctx, LINKED, "s3:PutObject", "arn:aws:s3:::b/k")


def test_a_role_that_is_not_there_can_do_nothing(ctx: Context) -> None:
    assert not roles.exists(ctx, ARN)
    assert not roles.can_read(ctx, ARN, "AWS::EC2::Instance")
    assert not roles.can_write(ctx, ARN, "s3:PutObject", "arn:aws:s3:::b/k")


@pytest.mark.requirement("PRM-03")
@pytest.mark.parametrize(
    ("inline", "expected"),
    [
        ([policy(READ)], True),
        ([quote(json.dumps(policy(READ)))], True),
        ([policy(READ), policy(NEVER)], False),
        ([policy({**READ, "Action": ["s3:*"]})], False),
        ([], False),
    ],
)
def test_inline_policies_allow_and_deny(ctx: Context, put: PutFixture, inline: list[Json], expected: bool) -> None:
    put(role(*inline))

    assert roles.exists(ctx, ARN)
    assert roles.can_read(ctx, ARN, "AWS::EC2::Instance") is expected


def test_managed_policies_count_whoever_manages_them(ctx: Context, put: PutFixture) -> None:
    put(
        Resource(
            resource_type="AWS::IAM::Policy",
            resource_id="ANPA1",
            region="global",
            name="deliver",
            configuration={
                "policyVersionList": [
                    {
                        "versionId": "v2",
                        "isDefaultVersion": True,
                        "document": policy({**READ, "Action": "s3:Put*"}),
                    },
                    {"versionId": "v1", "isDefaultVersion": False, "document": policy(READ)},
                ]
            },
        ),
        role(managed=(("deliver", f"arn:aws:iam::{ACCOUNT}:policy/deliver"),)),
    )
    assert roles.can_write(ctx, ARN, "s3:PutObject", "arn:aws:s3:::b/k")
    assert not roles.can_read(ctx, ARN, "AWS::EC2::Instance")

    put(role(managed=(("AWS_ConfigRole", "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"),)))
    assert roles.can_read(ctx, ARN, "AWS::EC2::Instance")
    assert roles.can_read(ctx, ARN, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert not roles.can_write(ctx, ARN, "s3:PutObject", "arn:aws:s3:::b/k")


@pytest.mark.parametrize("kind", ["AWS::Config::ResourceCompliance", "Kestrel::Parcel::Robot"])
def test_nobody_is_asked_for_what_aws_config_knows_itself(ctx: Context, put: PutFixture, kind: str) -> None:
    put(role())

    assert roles.can_read(ctx, ARN, kind)


def test_the_service_linked_role_is_made_once(ctx: Context, engine: Engine) -> None:
    engine.act(lambda ctx: assert_linked(ctx))
    made = estate.by_name(ctx, "AWS::IAM::Role", "AWSServiceRoleForConfig")
    assert made is not None and made.arn == LINKED
    assert made.configuration["path"] == "/aws-service-role/config.amazonaws.com/"

    engine.act(lambda ctx: assert_linked(ctx))
    assert len(list(estate.everywhere(ctx, "AWS::IAM::Role"))) == 1


def assert_linked(ctx: Context) -> None:
    assert roles.linked(ctx) == LINKED
