"""What each managed rule says of one resource."""

from __future__ import annotations

import json

import pytest

from backend.engine.config.rules import account
from backend.engine.config.rules.managed import MANAGED
from backend.engine.config.rules.verdict import AccountView
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world.estate import Resource
from backend.model.item import Document, Json
from tests.backend.engine.conftest import ACCOUNT, REGION, PutFixture

GOOD, BAD, OUT = "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"
ANYBODY_READS = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


def judged(ctx: Context, identifier: str, item: Document, **parameters: str) -> tuple[str, str]:
    rule = MANAGED[identifier]
    assert rule.item is not None
    verdict = rule.item(item, rule.with_defaults(parameters), AccountView(ctx))
    return verdict.compliance, verdict.annotation


def account_verdict(ctx: Context, identifier: str, **parameters: str) -> str:
    rule = MANAGED[identifier]
    assert rule.account is not None
    return rule.account(AccountView(ctx), parameters).compliance


def permission(protocol: str, first: int | None, last: int | None, **networks: Json) -> Document:
    ports = {} if first is None else {"fromPort": first, "toPort": last}
    return {"configuration": {"ipPermissions": [{"ipProtocol": protocol, **ports, **networks}]}}


@pytest.mark.requirement("RUL-04")
def test_the_rules_of_the_sources_are_there_under_their_console_names() -> None:
    names = {rule.title for rule in MANAGED.values()}
    assert {
        "rds-storage-encrypted",
        "encrypted-volumes",
        "root-account-mfa-enabled",
        "iam-user-no-policies-check",
    } <= names
    assert {"restricted-ssh", "cloudtrail-enabled", "required-tags"} <= names


@pytest.mark.requirement("RUL-05")
@pytest.mark.parametrize(
    ("body", "key", "verdict"),
    [
        ({"storageEncrypted": True}, "", GOOD),
        ({"storageEncrypted": False}, "", BAD),
        ({}, "", BAD),
        ({"storageEncrypted": True, "kmsKeyId": "arn:aws:kms:x:1:key/k1"}, "k1", GOOD),
        ({"storageEncrypted": True, "kmsKeyId": "arn:aws:kms:x:1:key/k2"}, "k1", BAD),
    ],
)
def test_a_database_must_have_encrypted_storage(ctx: Context, body: Document, key: str, verdict: str) -> None:
    assert judged(ctx, "RDS_STORAGE_ENCRYPTED", {"configuration": body}, kmsKeyId=key)[0] == verdict


@pytest.mark.requirement("RUL-06")
@pytest.mark.parametrize(
    ("attached", "encrypted", "verdict"),
    [(True, True, GOOD), (True, False, BAD), (False, False, OUT), (False, True, OUT)],
)
def test_an_attached_volume_must_be_encrypted(ctx: Context, attached: bool, encrypted: bool, verdict: str) -> None:
    body = {"encrypted": encrypted, "attachments": [{"instanceId": "i-1"}] if attached else []}
    assert judged(ctx, "ENCRYPTED_VOLUMES", {"configuration": body})[0] == verdict


@pytest.mark.requirement("RUL-07")
def test_the_root_user_must_have_mfa(engine: Engine, ctx: Context) -> None:
    assert account_verdict(ctx, "ROOT_ACCOUNT_MFA_ENABLED") == BAD
    engine.act(lambda inner: account.set_fact(inner, account.ROOT_MFA, True))
    assert account_verdict(ctx, "ROOT_ACCOUNT_MFA_ENABLED") == GOOD


def test_a_fact_nobody_knows_is_refused(engine: Engine) -> None:
    with pytest.raises(KeyError):
        engine.act(lambda ctx: account.set_fact(ctx, "shoe_size", 43))


@pytest.mark.requirement("RUL-08")
def test_a_user_must_have_no_policy_of_their_own(ctx: Context) -> None:
    inline = {"userPolicyList": [{"policyName": "quick-fix"}], "attachedManagedPolicies": []}
    managed = {"userPolicyList": [], "attachedManagedPolicies": [{"policyName": "AdministratorAccess"}]}
    neither = {"userPolicyList": [], "attachedManagedPolicies": [], "groupList": ["admins"]}
    verdict, why = judged(ctx, "IAM_USER_NO_POLICIES_CHECK", {"configuration": inline})
    assert (verdict, "quick-fix" in why) == (BAD, True)
    assert judged(ctx, "IAM_USER_NO_POLICIES_CHECK", {"configuration": managed})[0] == BAD
    assert judged(ctx, "IAM_USER_NO_POLICIES_CHECK", {"configuration": neither})[0] == GOOD


@pytest.mark.parametrize(
    ("tags", "verdict", "why"),
    [
        ({"Owner": "web", "Stage": "prod"}, GOOD, ""),
        ({"Owner": "web", "Stage": "staging"}, GOOD, ""),
        ({"Owner": "web"}, BAD, "Tag Stage is missing."),
        ({"Owner": "web", "Stage": "play"}, BAD, "Tag Stage has another value than prod, staging."),
        ({"owner": "web", "Stage": "prod"}, BAD, "Tag Owner is missing."),
        ({}, BAD, "Tag Owner is missing; tag Stage is missing."),
    ],
)
def test_required_tags_are_named_when_missing(ctx: Context, tags: dict[str, str], verdict: str, why: str) -> None:
    parameters = {"tag1Key": "Owner", "tag2Key": "Stage", "tag2Value": "prod, staging"}
    assert judged(ctx, "REQUIRED_TAGS", {"tags": tags}, **parameters) == (verdict, why)


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        (permission("tcp", 22, 22, ipRanges=["0.0.0.0/0"]), BAD),
        (permission("tcp", 0, 1024, ipv4Ranges=[{"cidrIp": "0.0.0.0/0"}]), BAD),
        (permission("tcp", 22, 22, ipv6Ranges=[{"cidrIpv6": "::/0"}]), BAD),
        (permission("-1", None, None, ipRanges=["0.0.0.0/0"]), BAD),
        (permission("6", 22, 22, ipRanges=["0.0.0.0/0"]), BAD),
        (permission("udp", 22, 22, ipRanges=["0.0.0.0/0"]), GOOD),
        (permission("tcp", 443, 443, ipRanges=["0.0.0.0/0"]), GOOD),
        (permission("tcp", 22, 22, ipRanges=["10.0.0.0/8"]), GOOD),
        (permission("tcp", 22, 22, userIdGroupPairs=[{"groupId": "sg-1"}]), GOOD),
        ({"configuration": {"ipPermissions": []}}, GOOD),
    ],
)
def test_ssh_must_not_be_open_to_the_world(ctx: Context, item: Document, verdict: str) -> None:
    assert judged(ctx, "INCOMING_SSH_DISABLED", item)[0] == verdict


def test_an_instance_must_have_no_public_address(ctx: Context) -> None:
    own = {"publicIpAddress": "203.0.113.7"}
    through = {"networkInterfaces": [{"association": {"publicIp": "203.0.113.8"}}]}
    private = {"publicIpAddress": None, "networkInterfaces": [{"privateIpAddress": "10.0.0.4"}]}
    assert judged(ctx, "EC2_INSTANCE_NO_PUBLIC_IP", {"configuration": own})[0] == BAD
    verdict, why = judged(ctx, "EC2_INSTANCE_NO_PUBLIC_IP", {"configuration": through})
    assert (verdict, "203.0.113.8" in why) == (BAD, True)
    assert judged(ctx, "EC2_INSTANCE_NO_PUBLIC_IP", {"configuration": private})[0] == GOOD


@pytest.mark.parametrize(
    ("status", "mfa_delete", "wanted", "verdict"),
    [
        ("Enabled", None, "", GOOD),
        ("Off", None, "", BAD),
        ("Suspended", None, "", BAD),
        ("Enabled", None, "true", BAD),
        ("Enabled", True, "true", GOOD),
        ("Enabled", None, "false", GOOD),
    ],
)
def test_a_bucket_must_keep_versions(
    ctx: Context, status: str, mfa_delete: bool | None, wanted: str, verdict: str
) -> None:
    item = {
        "supplementaryConfiguration": {
            "BucketVersioningConfiguration": {"status": status, "isMfaDeleteEnabled": mfa_delete}
        }
    }
    assert judged(ctx, "S3_BUCKET_VERSIONING_ENABLED", item, isMfaDeleteEnabled=wanted)[0] == verdict


def public_bucket(**blocks: bool) -> Document:
    return {
        "supplementaryConfiguration": {
            "BucketPolicy": {"policyText": json.dumps({"Statement": [ANYBODY_READS]})},
            "PublicAccessBlockConfiguration": blocks,
        }
    }


def granted(group: str, right: str, **blocks: bool) -> Document:
    acl = {"grantList": [{"grantee": group, "permission": right}]}
    return {
        "supplementaryConfiguration": {
            "AccessControlList": json.dumps(acl),
            "PublicAccessBlockConfiguration": blocks,
        }
    }


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        ({"supplementaryConfiguration": {}}, GOOD),
        (public_bucket(), BAD),
        (public_bucket(blockPublicPolicy=True), BAD),
        (public_bucket(restrictPublicBuckets=True), GOOD),
        (granted("AllUsers", "Read"), BAD),
        (granted("AuthenticatedUsers", "FullControl"), BAD),
        (granted("AllUsers", "Write"), GOOD),
        (granted("LogDelivery", "Read"), GOOD),
        (granted("AllUsers", "Read", ignorePublicAcls=True), GOOD),
    ],
)
def test_nobody_may_read_a_bucket_from_outside(ctx: Context, item: Document, verdict: str) -> None:
    assert judged(ctx, "S3_BUCKET_PUBLIC_READ_PROHIBITED", item)[0] == verdict


def test_the_block_of_the_account_counts_for_every_bucket(ctx: Context, put: PutFixture) -> None:
    put(
        Resource(
            resource_type="AWS::S3::AccountPublicAccessBlock",
            resource_id=ACCOUNT,
            region=REGION,
            configuration={"restrictPublicBuckets": True, "ignorePublicAcls": True},
        )
    )
    assert judged(ctx, "S3_BUCKET_PUBLIC_READ_PROHIBITED", public_bucket())[0] == GOOD


def trail(name: str, region: str, *, logging: bool = True, **configuration: Json) -> Resource:
    return Resource(
        resource_type="AWS::CloudTrail::Trail",
        resource_id=name,
        region=region,
        configuration=configuration,
        supplementary={"TrailStatus": {"isLogging": logging}},
    )


def test_a_trail_must_cover_the_region(ctx: Context, put: PutFixture) -> None:
    put(trail("elsewhere", "us-east-1", isMultiRegionTrail=False))
    assert account_verdict(ctx, "CLOUD_TRAIL_ENABLED") == BAD
    put(trail("stopped", REGION, logging=False))
    assert account_verdict(ctx, "CLOUD_TRAIL_ENABLED") == BAD
    put(trail("all-regions", "us-east-1", isMultiRegionTrail=True, s3BucketName="trails"))
    assert account_verdict(ctx, "CLOUD_TRAIL_ENABLED") == GOOD
    assert account_verdict(ctx, "CLOUD_TRAIL_ENABLED", s3BucketName="trails") == GOOD
    assert account_verdict(ctx, "CLOUD_TRAIL_ENABLED", s3BucketName="other") == BAD


@pytest.mark.parametrize("identifier", sorted(name for name, rule in MANAGED.items() if rule.item))
@pytest.mark.parametrize(
    "body",
    [
        None,
        "text",
        {"attachments": "x", "networkInterfaces": [1, None], "ipPermissions": ["x", {"fromPort": "a"}]},
        {"userPolicyList": {"policyName": 3}, "attachedManagedPolicies": [[]], "storageEncrypted": "yes"},
    ],
)
def test_no_rule_stumbles_over_a_strange_body(ctx: Context, identifier: str, body: Json) -> None:
    item = {
        "configuration": body,
        "supplementaryConfiguration": {"AccessControlList": "{not json", "BucketPolicy": {"policyText": "[]"}},
        "tags": {},
    }
    assert judged(ctx, identifier, item, tag1Key="a")[0] in (GOOD, BAD, OUT)


def test_an_annotation_fits_the_service(ctx: Context) -> None:
    policies = [{"policyName": f"policy-{number:03}"} for number in range(100)]
    _, why = judged(ctx, "IAM_USER_NO_POLICIES_CHECK", {"configuration": {"userPolicyList": policies}})
    assert len(why) == 256
