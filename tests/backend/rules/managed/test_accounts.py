"""What the rules over the account as a whole say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.model.moment import DAY, to_iso
from backend.rules import facts
from backend.rules.catalogue import catalogue
from backend.rules.managed.accounts import CHECKS
from backend.rules.verdict import COMPLIANT, INSUFFICIENT_DATA, NON_COMPLIANT
from tests.backend.rules.managed.cases import other
from tests.backend.rules.surroundings import ACCOUNT, NOW, Known, account_judged

SECURITY_ACCOUNT = "999900001111"
POLICY = "arn:aws:iam::111122223333:policy/support"

PASSWORDS, CENTRAL = "IAM_PASSWORD_POLICY", "GUARDDUTY_ENABLED_CENTRALIZED"
FINDINGS, ORGANIZATION = "GUARDDUTY_NON_ARCHIVED_FINDINGS", "ACCOUNT_PART_OF_ORGANIZATIONS"
THROUGHPUT, IN_USE = "DYNAMODB_THROUGHPUT_LIMIT_CHECK", "IAM_POLICY_IN_USE"
BLOCKED, ROOT_DEVICE = "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC", "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED"
SNAPSHOTS, SHIELD = "EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK", "SHIELD_ADVANCED_ENABLED_AUTORENEW"
MACIE, DISCOVERY = "MACIE_STATUS_CHECK", "MACIE_AUTO_SENSITIVE_DATA_DISCOVERY_CHECK"

Parameters = dict[str, str]


def passwords(**changes: Json) -> Document:
    policy: Document = {
        "MinimumPasswordLength": 14,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 24,
    }
    return {facts.PASSWORD_POLICY: {**policy, **changes}}


def guardduty(**members: Json) -> Document:
    return {facts.GUARDDUTY: {"enabled": True, **members}}


def finding(severity: float, *, days: float, archived: bool = False) -> Document:
    created = to_iso(NOW - int(days * DAY))
    return guardduty(findings=[{"severity": severity, "archived": archived, "created": created}])


def taken(read: int, write: int) -> Document:
    return {facts.DYNAMODB_THROUGHPUT: {"read": read, "write": write}}


OF_FACTS: list[tuple[str, Document, Parameters, str]] = [
    ("ROOT_ACCOUNT_MFA_ENABLED", {facts.ROOT_MFA: True}, {}, ""),
    ("ROOT_ACCOUNT_MFA_ENABLED", {}, {}, "without MFA"),
    (ROOT_DEVICE, {facts.ROOT_MFA: True, facts.ROOT_HARDWARE_MFA: True}, {}, ""),
    (ROOT_DEVICE, {facts.ROOT_MFA: True}, {}, "no hardware MFA device"),
    ("IAM_ROOT_ACCESS_KEY_CHECK", {}, {}, ""),
    ("IAM_ROOT_ACCESS_KEY_CHECK", {facts.ROOT_ACCESS_KEYS: True}, {}, "has an access key"),
    (PASSWORDS, passwords(), {}, ""),
    (PASSWORDS, passwords(RequireSymbols=False), {"RequireSymbols": "false"}, ""),
    (PASSWORDS, {}, {}, "no password policy"),
    (
        PASSWORDS,
        passwords(RequireUppercaseCharacters=False),
        {"RequireUppercaseCharacters": "true"},
        "RequireUppercaseCharacters is False, not",
    ),
    (
        PASSWORDS,
        passwords(RequireLowercaseCharacters=False),
        {"RequireLowercaseCharacters": "true"},
        "RequireLowercaseCharacters is False, not",
    ),
    (PASSWORDS, passwords(RequireSymbols=False), {"RequireSymbols": "true"}, "RequireSymbols is False, not true"),
    (PASSWORDS, passwords(RequireNumbers=False), {"RequireNumbers": "true"}, "RequireNumbers is False, not"),
    (PASSWORDS, passwords(), {"MinimumPasswordLength": "16"}, "MinimumPasswordLength is 14, not 16 or more"),
    (PASSWORDS, passwords(PasswordReusePrevention=5), {}, "PasswordReusePrevention is 5, not 24 or more"),
    (PASSWORDS, passwords(), {"PasswordReusePrevention": "25"}, "PasswordReusePrevention is 24, not 25"),
    (PASSWORDS, passwords(), {"MaxPasswordAge": "60"}, "MaxPasswordAge is 90, not 60 or less"),
    ("EC2_EBS_ENCRYPTION_BY_DEFAULT", {facts.EBS_ENCRYPTION: True}, {}, ""),
    ("EC2_EBS_ENCRYPTION_BY_DEFAULT", {}, {}, "not encrypted by default"),
    (SNAPSHOTS, {}, {}, ""),
    (SNAPSHOTS, {facts.EBS_PUBLIC_SNAPSHOTS: ["snap-0a1", "snap-0b2"]}, {}, "restore snap-0a1, snap-0b2"),
    ("SECURITYHUB_ENABLED", {facts.SECURITY_HUB: True}, {}, ""),
    ("SECURITYHUB_ENABLED", {}, {}, "Security Hub is off"),
    (CENTRAL, guardduty(), {}, ""),
    (CENTRAL, guardduty(administrator=SECURITY_ACCOUNT), {"CentralMonitoringAccount": SECURITY_ACCOUNT}, ""),
    (CENTRAL, guardduty(), {"CentralMonitoringAccount": ACCOUNT}, ""),
    (CENTRAL, {}, {}, "GuardDuty is off"),
    (CENTRAL, guardduty(), {"CentralMonitoringAccount": SECURITY_ACCOUNT}, "not led by the central account"),
    (FINDINGS, guardduty(), {}, ""),
    (FINDINGS, finding(8, days=1), {}, ""),
    (FINDINGS, finding(5, days=7), {}, ""),
    (FINDINGS, finding(2, days=30), {}, ""),
    (FINDINGS, finding(8, days=60, archived=True), {}, ""),
    (FINDINGS, {}, {}, "GuardDuty is off"),
    (FINDINGS, finding(8, days=1.5), {}, "severity 8 is open for more than 1 days"),
    (FINDINGS, finding(5, days=8), {}, "severity 5 is open for more than 7 days"),
    (FINDINGS, finding(2, days=31), {}, "severity 2 is open for more than 30 days"),
    (FINDINGS, finding(8, days=0.5), {"daysHighSev": "0"}, "more than 0 days"),
    (FINDINGS, finding(5, days=4), {"daysMediumSev": "3"}, "more than 3 days"),
    (FINDINGS, finding(2, days=15), {"daysLowSev": "14"}, "more than 14 days"),
    (ORGANIZATION, {facts.ORGANIZATION: SECURITY_ACCOUNT}, {"MasterAccountId": SECURITY_ACCOUNT}, ""),
    (ORGANIZATION, {}, {}, "belongs to no organization"),
    (ORGANIZATION, {facts.ORGANIZATION: SECURITY_ACCOUNT}, {"MasterAccountId": ACCOUNT}, "managed by 999900001111"),
    (MACIE, {facts.MACIE: {"enabled": True}}, {}, ""),
    (MACIE, {}, {}, "Macie is off"),
    (DISCOVERY, {facts.MACIE: {"enabled": True, "automated_discovery": True}}, {}, ""),
    (DISCOVERY, {facts.MACIE: {"enabled": True}}, {}, "does not look for sensitive data"),
    ("EMR_BLOCK_PUBLIC_ACCESS", {}, {}, ""),
    ("EMR_BLOCK_PUBLIC_ACCESS", {facts.EMR_BLOCK_PUBLIC_ACCESS: False}, {}, "does not block public access"),
    (THROUGHPUT, taken(80, 80), {}, ""),
    (THROUGHPUT, taken(81, 0), {}, "81 % of the read capacity"),
    (THROUGHPUT, taken(0, 81), {}, "81 % of the write capacity"),
    (THROUGHPUT, taken(51, 0), {"accountRCUThresholdPercentage": "50"}, "51 % of the read capacity"),
    (THROUGHPUT, taken(0, 51), {"accountWCUThresholdPercentage": "50"}, "51 % of the write capacity"),
    ("IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED", {facts.ACCESS_ANALYZER: True}, {}, ""),
    ("IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED", {}, {}, "no external access analyzer"),
    (SHIELD, {facts.SHIELD: {"enabled": True, "renews": True}}, {}, ""),
    (SHIELD, {}, {}, "not subscribed to"),
    (SHIELD, {facts.SHIELD: {"enabled": True, "renews": False}}, {}, "does not renew itself"),
    ("SSM_AUTOMATION_BLOCK_PUBLIC_SHARING", {facts.SSM_BLOCK_SHARING: True}, {}, ""),
    ("SSM_AUTOMATION_BLOCK_PUBLIC_SHARING", {}, {}, "sharing of documents is not blocked"),
]

SWITCHES = [
    ("INSPECTOR_EC2_SCAN_ENABLED", {facts.INSPECTOR: ["EC2"]}, "does not scan EC2"),
    ("INSPECTOR_ECR_SCAN_ENABLED", {facts.INSPECTOR: ["EC2", "ECR"]}, "does not scan ECR"),
    ("INSPECTOR_LAMBDA_STANDARD_SCAN_ENABLED", {facts.INSPECTOR: ["LAMBDA"]}, "does not scan LAMBDA."),
    ("INSPECTOR_LAMBDA_CODE_SCAN_ENABLED", {facts.INSPECTOR: ["LAMBDA_CODE"]}, "does not scan LAMBDA_CODE"),
    ("GUARDDUTY_S3_PROTECTION_ENABLED", guardduty(S3_DATA_EVENTS=True), "does not watch S3"),
    ("GUARDDUTY_LAMBDA_PROTECTION_ENABLED", guardduty(LAMBDA_NETWORK_LOGS=True), "does not watch Lambda"),
    ("GUARDDUTY_RDS_PROTECTION_ENABLED", guardduty(RDS_LOGIN_EVENTS=True), "does not watch RDS"),
    ("GUARDDUTY_EKS_PROTECTION_AUDIT_ENABLED", guardduty(EKS_AUDIT_LOGS=True), "the audit logs of EKS"),
    ("GUARDDUTY_EKS_PROTECTION_RUNTIME_ENABLED", guardduty(EKS_RUNTIME_MONITORING=True), "EKS at run time"),
    ("GUARDDUTY_MALWARE_PROTECTION_ENABLED", guardduty(EBS_MALWARE_PROTECTION=True), "for malware"),
    ("GUARDDUTY_RUNTIME_MONITORING_ENABLED", guardduty(RUNTIME_MONITORING=True), "watch at run time"),
]
"""Rules that one switch decides: the facts with it on, and what is said when nothing but it is off."""


def off(known: Document) -> Document:
    """The facts with their last switch off."""
    ((name, value),) = known.items()
    return {name: value[:-1] if isinstance(value, list) else {**value, [*value][-1]: False}}


OF_FACTS += [(rule, known, {}, "") for rule, known, _ in SWITCHES]
OF_FACTS += [(rule, off(known), {}, says) for rule, known, says in SWITCHES]


def block(**changes: bool) -> Document:
    whole = dict.fromkeys(("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"), True)
    return other("AWS::S3::AccountPublicAccessBlock", {**whole, **changes})


def holder(kind: str, **configuration: Json) -> Document:
    """Who has the policy."""
    attached = [{"policyName": "support", "policyArn": POLICY}]
    return other(f"AWS::IAM::{kind}", {"attachedManagedPolicies": attached, **configuration}, resourceName=kind.lower())


MEMBER = other("AWS::IAM::User", {"userName": "grace", "groupList": ["group"], "attachedManagedPolicies": []})

OF_RESOURCES: list[tuple[str, list[Document], Parameters, str]] = [
    (BLOCKED, [block()], {}, ""),
    (BLOCKED, [block(blockPublicAcls=False)], {"BlockPublicAcls": "false"}, ""),
    (BLOCKED, [], {}, "does not set BlockPublicAcls"),
    (BLOCKED, [block(blockPublicAcls=False)], {"BlockPublicAcls": "true"}, "does not set BlockPublicAcls"),
    (BLOCKED, [block(ignorePublicAcls=False)], {}, "does not set IgnorePublicAcls"),
    (BLOCKED, [block(blockPublicPolicy=False)], {}, "does not set BlockPublicPolicy"),
    (BLOCKED, [block(restrictPublicBuckets=False)], {}, "does not set RestrictPublicBuckets"),
    (BLOCKED, [block()], {"BlockPublicAcls": "false"}, "account sets BlockPublicAcls"),
    (BLOCKED, [block()], {"IgnorePublicAcls": "false"}, "account sets IgnorePublicAcls"),
    (BLOCKED, [block()], {"BlockPublicPolicy": "false"}, "account sets BlockPublicPolicy"),
    (BLOCKED, [block()], {"RestrictPublicBuckets": "false"}, "account sets RestrictPublicBuckets"),
    (IN_USE, [holder("Role")], {"policyARN": POLICY}, ""),
    (IN_USE, [holder("User")], {"policyARN": POLICY, "policyUsageType": "IAM_USER"}, ""),
    (IN_USE, [holder("Group"), MEMBER], {"policyARN": POLICY, "policyUsageType": "IAM_GROUP"}, ""),
    (IN_USE, [MEMBER], {"policyARN": POLICY}, f"Nobody has the policy {POLICY}"),
    (IN_USE, [holder("Group")], {"policyARN": POLICY}, f"Nobody has the policy {POLICY}"),
    (IN_USE, [holder("User")], {"policyARN": POLICY, "policyUsageType": "IAM_ROLE"}, "Nobody has the policy"),
]


@pytest.mark.parametrize(("identifier", "known", "parameters", "says"), OF_FACTS)
def test_a_rule_over_the_account_decides(identifier: str, known: Document, parameters: Parameters, says: str) -> None:
    verdict = account_judged(identifier, Known(facts=known), **parameters)
    assert verdict.compliance == (NON_COMPLIANT if says else COMPLIANT), verdict
    assert says in verdict.annotation
    assert all(reason.expected for reason in verdict.reasons)
    assert bool(verdict.reasons) is bool(says)


@pytest.mark.parametrize("identifier", sorted({rule for rule, *_ in OF_FACTS}))
def test_nothing_is_said_of_facts_that_are_not_known(identifier: str) -> None:
    assert account_judged(identifier, Known(knows_facts=False)).compliance == INSUFFICIENT_DATA


@pytest.mark.parametrize(("identifier", "others", "parameters", "says"), OF_RESOURCES)
def test_a_rule_over_resources_of_the_account_decides(
    identifier: str, others: list[Document], parameters: Parameters, says: str
) -> None:
    verdict = account_judged(identifier, Known(others), **parameters)
    assert verdict.compliance == (NON_COMPLIANT if says else COMPLIANT), verdict
    assert says in verdict.annotation
    assert all(reason.expected for reason in verdict.reasons)


def test_every_rule_over_the_account_has_its_cases() -> None:
    written = [(rule, parameters, says) for rule, _, parameters, says in OF_FACTS + OF_RESOURCES]
    evaluated = {check.identifier for check in CHECKS}
    for compliant in (True, False):
        assert {rule for rule, _, says in written if (not says) is compliant} == evaluated
    decided = {(rule, name) for rule, parameters, says in written if says for name in parameters}
    named = {(rule, each.name) for rule in evaluated for each in catalogue()[rule].parameters}
    assert sorted(named - decided) == []
