"""What the rules over who comes at S3 buckets say."""

from __future__ import annotations

import json

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import ACCOUNT

POLICY = "supplementaryConfiguration.BucketPolicy.policyText"
ACL = "supplementaryConfiguration.AccessControlList.grantList"
BLOCK = "supplementaryConfiguration.PublicAccessBlockConfiguration"
OWNER, STRANGER = "c0ffee", "beef"
FLAGS = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")


def allow(action: Json, principal: Json = "*", **changes: Json) -> Document:
    resources = ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resources, **changes}


def all_but(actions: Json) -> Document:
    """A statement that allows a partner everything but some actions."""
    return {"Effect": "Allow", "Principal": {"AWS": PARTNER}, "NotAction": actions, "Resource": "*"}


def bucket(*statements: Document, **supplementary: Json) -> Document:
    """A bucket; policy and access control list are texts in an item."""
    if statements:
        text = json.dumps({"Version": "2012-10-17", "Statement": [*statements]})
        supplementary["BucketPolicy"] = {"policyText": text}
    return {
        "resourceId": "orders",
        "resourceName": "orders",
        "configuration": {"name": "orders"},
        "supplementaryConfiguration": supplementary,
    }


def granted(*grants: tuple[Json, str]) -> str:
    listed = [{"grantee": grantee, "permission": permission} for grantee, permission in grants]
    return json.dumps({"owner": {"id": OWNER, "displayName": None}, "grantList": listed, "isRequesterCharged": False})


def block(**off: bool) -> Document:
    return dict.fromkeys(FLAGS, True) | off


def blocked_account(**flags: bool) -> Document:
    return other("AWS::S3::AccountPublicAccessBlock", dict.fromkeys(FLAGS, False) | flags)


def denies(test: Document, *, principal: Json = "*", action: Json = "s3:*") -> Document:
    return {**allow(action, principal), "Effect": "Deny", "Condition": test}


TO_ALL: Json = "AllUsers"
MINE: tuple[Json, str] = ({"id": OWNER}, "FullControl")
PLAIN: Document = {"Bool": {"aws:SecureTransport": "false"}}
OURS = f"arn:aws:iam::{ACCOUNT}:root"
OFFICE, LOGGING = "203.0.113.0/24", "logging.s3.amazonaws.com"
PARTNER = "arn:aws:iam::444455556666:root"
READ, WRITE = "S3_BUCKET_PUBLIC_READ_PROHIBITED", "S3_BUCKET_PUBLIC_WRITE_PROHIBITED"
GRANTEES, BLOCKS = "S3_BUCKET_POLICY_GRANTEE_CHECK", "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS"


def public(identifier: str, action: str, other_action: str, permission: str, deed: str) -> tuple[Case, ...]:
    """The same of reading and of writing."""
    everybody = bucket(allow(action))
    listed = bucket(AccessControlList=granted(MINE, (TO_ALL, permission)))
    return of(
        identifier,
        good(bucket(AccessControlList=granted(MINE))),
        good(bucket(allow(other_action))),
        good(bucket(allow(action, {"AWS": PARTNER}))),
        good(bucket(allow(action, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))),
        good(bucket(allow(action), PublicAccessBlockConfiguration=block())),
        good(everybody, blocked_account(restrictPublicBuckets=True)),
        good(listed, blocked_account(ignorePublicAcls=True)),
        bad(everybody, f"lets anybody {deed}", POLICY),
        bad(everybody, f"lets anybody {deed}", POLICY, blocked_account(ignorePublicAcls=True)),
        bad(bucket(allow("s3:*", {"AWS": "*"})), f"lets anybody {deed}", POLICY),
        bad(listed, f"the group AllUsers {deed}", f"{ACL}.1"),
        bad(
            bucket(AccessControlList=granted(("AuthenticatedUsers", "FULL_CONTROL"))),
            f"the group AuthenticatedUsers {deed}",
            f"{ACL}.0",
        ),
        bad(
            bucket(allow(action), PublicAccessBlockConfiguration=block(restrictPublicBuckets=False)),
            f"lets anybody {deed}",
            POLICY,
        ),
    )


CASES = (
    *public(READ, "s3:GetObject", "s3:PutObject", "Read", "read"),
    *public(WRITE, "s3:PutObject", "s3:GetObject", "Write", "write"),
    *of(
        "S3_BUCKET_SSL_REQUESTS_ONLY",
        good(bucket(denies(PLAIN))),
        good(bucket(allow("s3:GetObject"), denies({"Bool": {"aws:securetransport": False}}, principal={"AWS": "*"}))),
        bad(bucket(), "does not deny requests", POLICY),
        bad(bucket(denies({"Bool": {"aws:SecureTransport": "true"}})), "does not deny requests", POLICY),
        bad(bucket(denies(PLAIN, principal={"AWS": PARTNER})), "does not deny requests", POLICY),
        bad(bucket(denies(PLAIN, action="s3:GetBucketAcl")), "does not deny requests", POLICY),
    ),
    *of(
        "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
        good(bucket(PublicAccessBlockConfiguration=block())),
        bad(bucket(), "does not set blockPublicAcls", f"{BLOCK}.blockPublicAcls"),
        bad(
            bucket(PublicAccessBlockConfiguration=block(restrictPublicBuckets=False)),
            "does not set restrictPublicBuckets",
            f"{BLOCK}.restrictPublicBuckets",
            excludedPublicBuckets="pictures",
        ),
        out(bucket(), "excludedPublicBuckets", excludedPublicBuckets="pictures, orders"),
    ),
    *of(
        BLOCKS,
        good(block()),
        good(block(restrictPublicBuckets=False), RestrictPublicBuckets="False"),
        *(bad(block(**{flag: False}), f"has {flag} False", flag) for flag in FLAGS),
        *(bad(block(), f"has {flag} True", flag, **{f"{flag[:1].upper()}{flag[1:]}": "False"}) for flag in FLAGS),
    ),
    *of(
        "S3_BUCKET_ACL_PROHIBITED",
        good(bucket(AccessControlList=granted(MINE))),
        good(
            bucket(
                AccessControlList=granted(MINE, ({"id": STRANGER}, "Read")),
                OwnershipControls={"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
            )
        ),
        bad(bucket(AccessControlList=granted(MINE, ({"id": STRANGER}, "Read"))), "to others", f"{ACL}.1"),
        bad(bucket(AccessControlList=granted(MINE, (TO_ALL, "Read"))), "to others", f"{ACL}.1"),
    ),
    *of(
        GRANTEES,
        good(bucket()),
        good(bucket(allow("s3:*", {"AWS": PARTNER})), awsPrincipals=f"{PARTNER},other"),
        good(bucket(allow("s3:*", {"Service": LOGGING})), servicePrincipals=LOGGING),
        good(
            bucket(allow("s3:*", Condition={"IpAddress": {"aws:SourceIp": OFFICE}})),
            ipAddresses=OFFICE,
        ),
        good(bucket(allow("s3:*", Condition={"StringEquals": {"aws:sourceVpc": "vpc-1"}})), vpcIds="vpc-1"),
        bad(bucket(allow("s3:*")), "to *", POLICY),
        bad(bucket(allow("s3:*", {"AWS": PARTNER})), f"to {PARTNER}", POLICY, awsPrincipals="other"),
        bad(bucket(allow("s3:*", {"Service": "a.amazonaws.com"})), "to a.amazonaws", POLICY, servicePrincipals="b"),
        bad(bucket(allow("s3:*", {"Federated": "cognito"})), "to cognito", POLICY, federatedUsers="b"),
        bad(
            bucket(allow("s3:*", Condition={"IpAddress": {"aws:SourceIp": [OFFICE, "0.0.0.0/0"]}})),
            "to *",
            POLICY,
            ipAddresses=OFFICE,
        ),
        bad(
            bucket(allow("s3:*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})),
            "to *",
            POLICY,
            vpcIds="vpc-2",
        ),
        *(
            bad(
                bucket(allow("s3:*", Condition={operator: {key: value}})),
                "to *",
                POLICY,
                ipAddresses=OFFICE,
                vpcIds="vpc-1",
            )
            for operator, key, value in (
                ("NotIpAddress", "aws:SourceIp", OFFICE),
                ("StringNotEquals", "aws:sourceVpc", "vpc-1"),
                ("StringEqualsIfExists", "aws:sourceVpc", "vpc-1"),
            )
        ),
        bad(bucket(allow("s3:*", None, NotPrincipal={"AWS": PARTNER})), "to *", POLICY, awsPrincipals=PARTNER),
    ),
    *of(
        "S3_BUCKET_BLACKLISTED_ACTIONS_PROHIBITED",
        good(bucket(allow("s3:DeleteObject", {"AWS": OURS})), blacklistedActionPattern="s3:*"),
        good(bucket(allow("s3:GetObject", {"AWS": PARTNER})), blacklistedActionPattern="s3:Delete*, s3:Put*"),
        bad(
            bucket(allow(["s3:GetObject", "s3:DeleteObject"], {"AWS": PARTNER})),
            f"s3:DeleteObject to {PARTNER}",
            POLICY,
            blacklistedActionPattern="s3:Put*,s3:Delete*",
        ),
        bad(bucket(allow("s3:*")), "s3:* to *", POLICY, blacklistedActionPattern="s3:DeleteObject"),
        good(bucket(all_but(["s3:Delete*", "s3:Put*"])), blacklistedActionPattern="s3:DeleteObject"),
        bad(
            bucket(all_but(["s3:Delete*"])),
            f"s3:PutObject to {PARTNER}",
            POLICY,
            blacklistedActionPattern="s3:DeleteObject,s3:PutObject",
        ),
    ),
    *of(
        "S3_ACCESS_POINT_IN_VPC_ONLY",
        good({"NetworkOrigin": "VPC"}),
        bad({"NetworkOrigin": "Internet"}, "Internet", "NetworkOrigin"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("bucket_access", CASES) == []
