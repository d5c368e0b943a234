"""What each managed rule says of one resource."""

from __future__ import annotations

import json

import pytest

from backend.model.item import Document, Json
from backend.rules.catalogue import catalogue
from backend.rules.facts import ROOT_MFA
from tests.backend.rules.surroundings import REGION, Known, account_judged, judged

GOOD, BAD, OUT = "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"
ANYBODY_READS = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


def permission(protocol: str, first: int | None, last: int | None, **networks: Json) -> Document:
    ports = {} if first is None else {"fromPort": first, "toPort": last}
    return {"configuration": {"ipPermissions": [{"ipProtocol": protocol, **ports, **networks}]}}


@pytest.mark.requirement("RUL-04")
def test_the_rules_of_the_sources_are_there_under_their_console_names() -> None:
    names = {rule.title for rule in catalogue().values()}
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
def test_a_database_must_have_encrypted_storage(body: Document, key: str, verdict: str) -> None:
    assert judged("RDS_STORAGE_ENCRYPTED", {"configuration": body}, kmsKeyId=key)[0] == verdict


@pytest.mark.requirement("RUL-06")
@pytest.mark.parametrize(
    ("attached", "encrypted", "verdict"),
    [(True, True, GOOD), (True, False, BAD), (False, False, OUT), (False, True, OUT)],
)
def test_an_attached_volume_must_be_encrypted(attached: bool, encrypted: bool, verdict: str) -> None:
    body = {"encrypted": encrypted, "attachments": [{"instanceId": "i-1"}] if attached else []}
    assert judged("ENCRYPTED_VOLUMES", {"configuration": body})[0] == verdict


@pytest.mark.requirement("RUL-07")
def test_the_root_user_must_have_mfa() -> None:
    assert account_judged("ROOT_ACCOUNT_MFA_ENABLED").compliance == BAD
    assert account_judged("ROOT_ACCOUNT_MFA_ENABLED", Known(facts={ROOT_MFA: True})).compliance == GOOD


@pytest.mark.requirement("RUL-08")
def test_a_user_must_have_no_policy_of_their_own() -> None:
    inline = {"userPolicyList": [{"policyName": "quick-fix"}], "attachedManagedPolicies": []}
    managed = {"userPolicyList": [], "attachedManagedPolicies": [{"policyName": "AdministratorAccess"}]}
    neither = {"userPolicyList": [], "attachedManagedPolicies": [], "groupList": ["admins"]}
    verdict, why, _ = judged("IAM_USER_NO_POLICIES_CHECK", {"configuration": inline})
    assert (verdict, "quick-fix" in why) == (BAD, True)
    assert judged("IAM_USER_NO_POLICIES_CHECK", {"configuration": managed})[0] == BAD
    assert judged("IAM_USER_NO_POLICIES_CHECK", {"configuration": neither})[0] == GOOD


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
def test_required_tags_are_named_when_missing(tags: dict[str, str], verdict: str, why: str) -> None:
    parameters = {"tag1Key": "Owner", "tag2Key": "Stage", "tag2Value": "prod, staging"}
    assert judged("REQUIRED_TAGS", {"tags": tags}, **parameters)[:2] == (verdict, why)


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
def test_ssh_must_not_be_open_to_the_world(item: Document, verdict: str) -> None:
    assert judged("INCOMING_SSH_DISABLED", item)[0] == verdict


def test_an_instance_must_have_no_public_address() -> None:
    own = {"publicIpAddress": "203.0.113.7"}
    through = {"networkInterfaces": [{"association": {"publicIp": "203.0.113.8"}}]}
    private = {"publicIpAddress": None, "networkInterfaces": [{"privateIpAddress": "10.0.0.4"}]}
    assert judged("EC2_INSTANCE_NO_PUBLIC_IP", {"configuration": own})[0] == BAD
    verdict, why, _ = judged("EC2_INSTANCE_NO_PUBLIC_IP", {"configuration": through})
    assert (verdict, "203.0.113.8" in why) == (BAD, True)
    assert judged("EC2_INSTANCE_NO_PUBLIC_IP", {"configuration": private})[0] == GOOD


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
def test_a_bucket_must_keep_versions(status: str, mfa_delete: bool | None, wanted: str, verdict: str) -> None:
    item = {
        "supplementaryConfiguration": {
            "BucketVersioningConfiguration": {"status": status, "isMfaDeleteEnabled": mfa_delete}
        }
    }
    assert judged("S3_BUCKET_VERSIONING_ENABLED", item, isMfaDeleteEnabled=wanted)[0] == verdict


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
def test_nobody_may_read_a_bucket_from_outside(item: Document, verdict: str) -> None:
    assert judged("S3_BUCKET_PUBLIC_READ_PROHIBITED", item)[0] == verdict


def test_the_block_of_the_account_counts_for_every_bucket() -> None:
    block = {
        "resourceType": "AWS::S3::AccountPublicAccessBlock",
        "configuration": {"restrictPublicBuckets": True, "ignorePublicAcls": True},
    }
    assert judged("S3_BUCKET_PUBLIC_READ_PROHIBITED", public_bucket())[0] == BAD
    assert judged("S3_BUCKET_PUBLIC_READ_PROHIBITED", public_bucket(), Known([block]))[0] == GOOD


def trail(region: str, *, logging: bool = True, **configuration: Json) -> Document:
    return {
        "resourceType": "AWS::CloudTrail::Trail",
        "awsRegion": region,
        "configuration": configuration,
        "supplementaryConfiguration": {"TrailStatus": {"isLogging": logging}},
    }


def test_a_trail_must_cover_the_region() -> None:
    def verdict(*trails: Document, **parameters: str) -> str:
        return account_judged("CLOUD_TRAIL_ENABLED", Known(trails), **parameters).compliance

    elsewhere = trail("us-east-1", isMultiRegionTrail=False)
    stopped = trail(REGION, logging=False)
    everywhere = trail("us-east-1", isMultiRegionTrail=True, s3BucketName="trails")
    assert verdict(elsewhere) == BAD
    assert verdict(elsewhere, stopped) == BAD
    assert verdict(elsewhere, stopped, everywhere) == GOOD
    assert verdict(everywhere, s3BucketName="trails") == GOOD
    assert verdict(everywhere, s3BucketName="other") == BAD


def test_an_annotation_fits_the_service() -> None:
    policies = [{"policyName": f"policy-{number:03}"} for number in range(100)]
    _, why, _ = judged("IAM_USER_NO_POLICIES_CHECK", {"configuration": {"userPolicyList": policies}})
    assert len(why) == 256
