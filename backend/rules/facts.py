"""Facts about an account that no configuration item holds, such as whether root has an MFA device.

Periodic rules decide by them. The local engine keeps them and scenarios change them; of an opened file, or of an
account on AWS, they are not known, and what depends on them has no verdict.
"""

from __future__ import annotations

from typing import NamedTuple

from backend.model.item import Json


class Fact(NamedTuple):
    """A fact: what it says, its value in a fresh account, and whether each region has its own."""

    says: str
    fresh: Json = None
    regional: bool = False


ROOT_MFA = "root_mfa_enabled"
ROOT_HARDWARE_MFA = "root_hardware_mfa"
ROOT_ACCESS_KEYS = "root_access_keys"
PASSWORD_POLICY = "password_policy"
CREDENTIALS = "credential_report"
ORGANIZATION = "organization"
EBS_ENCRYPTION = "ebs_encryption_by_default"
EBS_PUBLIC_SNAPSHOTS = "ebs_public_snapshots"
SECURITY_HUB = "security_hub_enabled"
GUARDDUTY = "guardduty"
MACIE = "macie"
INSPECTOR = "inspector"
EMR_BLOCK_PUBLIC_ACCESS = "emr_block_public_access"
SHIELD = "shield_advanced"
ACCESS_ANALYZER = "access_analyzer"
DYNAMODB_THROUGHPUT = "dynamodb_throughput"
ALTERNATE_CONTACTS = "security_contact"
SSM_BLOCK_SHARING = "ssm_block_public_sharing"

FACTS: dict[str, Fact] = {
    ROOT_MFA: Fact("whether the root user needs MFA to sign in to the console (RUL-07)", False),
    ROOT_HARDWARE_MFA: Fact("whether that device is a hardware one", False),
    ROOT_ACCESS_KEYS: Fact("whether the root user has access keys", False),
    PASSWORD_POLICY: Fact("the password policy of the account as IAM gives it, null where none is set"),
    CREDENTIALS: Fact(
        "the credential report: user name → password (bool), password_used and password_changed (moments), mfa (bool), "
        "keys (active, rotated, used)",
        {},
    ),
    ORGANIZATION: Fact("the id of the management account of the organization, null outside of one"),
    EBS_ENCRYPTION: Fact("whether new EBS volumes are encrypted by default", False, regional=True),
    EBS_PUBLIC_SNAPSHOTS: Fact("the ids of EBS snapshots that everybody may restore", [], regional=True),
    SECURITY_HUB: Fact("whether Security Hub is on", False, regional=True),
    GUARDDUTY: Fact(
        "GuardDuty: enabled (bool), administrator (account id), findings (severity, archived, created), and each "
        "feature by its name in GetDetector",
        {},
        regional=True,
    ),
    MACIE: Fact("Macie: enabled and automated_discovery (bools)", {}, regional=True),
    INSPECTOR: Fact("the kinds of resources Amazon Inspector scans: EC2, ECR, LAMBDA, LAMBDA_CODE", [], regional=True),
    EMR_BLOCK_PUBLIC_ACCESS: Fact("whether EMR blocks public security groups", True, regional=True),
    SHIELD: Fact("whether Shield Advanced is subscribed to, and renews itself", {"enabled": False}),
    ACCESS_ANALYZER: Fact("whether an external access analyzer is there", False, regional=True),
    DYNAMODB_THROUGHPUT: Fact(
        "provisioned read and write capacity of DynamoDB in per cent of the account's limits (read, write)",
        {"read": 0, "write": 0},
        regional=True,
    ),
    ALTERNATE_CONTACTS: Fact("whether a security contact of the account is there", False),
    SSM_BLOCK_SHARING: Fact("whether public sharing of SSM documents is blocked", False, regional=True),
}
"""Every fact by name."""


def fresh(name: str) -> Json:
    """The value in a fresh account. Raises `KeyError` for a name that is none."""
    return FACTS[name].fresh
