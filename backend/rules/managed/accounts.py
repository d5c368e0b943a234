"""Managed rules over the account as a whole: the root user, its policies, the services that watch over it."""

from __future__ import annotations

from backend.model.moment import DAY
from backend.rules import facts
from backend.rules.managed.bucket_access import account_block
from backend.rules.managed.identity import has_users
from backend.rules.moments import moment_of
from backend.rules.reading import body, given_number, listed, number, objects, parsed, truth
from backend.rules.verdict import (
    FINE,
    AccountCheck,
    Check,
    Parameters,
    Reason,
    Surroundings,
    Verdict,
    bad,
)


def _fact(name: str, wanted: bool, sentence: str) -> AccountCheck:
    """A fact that is true, or false."""

    def judge(around: Surroundings, _: Parameters) -> Verdict:
        found = around.fact(name)
        return FINE if bool(found) is wanted else bad(sentence, Reason("", found, str(wanted).lower()))

    return judge


def _member(name: str, member: str, sentence: str) -> AccountCheck:
    """A member of a fact that is true."""

    def judge(around: Surroundings, _: Parameters) -> Verdict:
        found = parsed(around.fact(name)).get(member)
        return FINE if found else bad(sentence, Reason("", found, "true"))

    return judge


def _scans(kind: str) -> AccountCheck:
    def judge(around: Surroundings, _: Parameters) -> Verdict:
        kinds = listed(around.fact(facts.INSPECTOR))
        return FINE if kind in kinds else bad(f"Amazon Inspector does not scan {kind}.", Reason("", list(kinds), kind))

    return judge


_PASSWORD = (
    ("RequireUppercaseCharacters", "RequireUppercaseCharacters", True),
    ("RequireLowercaseCharacters", "RequireLowercaseCharacters", True),
    ("RequireSymbols", "RequireSymbols", True),
    ("RequireNumbers", "RequireNumbers", True),
)
_PASSWORD_NUMBERS = (("MinimumPasswordLength", 1), ("PasswordReusePrevention", 1), ("MaxPasswordAge", -1))
"""Member and parameter, and whether more (1) or less (-1) is stricter."""


def _password_policy(around: Surroundings, parameters: Parameters) -> Verdict:
    policy = around.fact(facts.PASSWORD_POLICY)
    if not isinstance(policy, dict):
        return bad("The account has no password policy.", Reason("", None, "a password policy"))
    reasons = []
    for member, parameter, _ in _PASSWORD:
        if truth(parameters.get(parameter) or "") and not policy.get(member):
            reasons.append(Reason(member, policy.get(member), "true"))
    for member, sign in _PASSWORD_NUMBERS:
        wanted, found = number(parameters.get(member) or ""), number(policy.get(member))
        if wanted is not None and (found is None or found * sign < wanted * sign):
            reasons.append(Reason(member, policy.get(member), f"{wanted:g} or {'more' if sign > 0 else 'less'}"))
    if not reasons:
        return FINE
    said = ", ".join(f"{reason.path} is {reason.found}, not {reason.expected}" for reason in reasons)
    return bad(f"The password policy is too weak: {said}.", *reasons)


def _public_access_block(around: Surroundings, parameters: Parameters) -> Verdict:
    block = account_block(around)
    for parameter in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"):
        wanted = truth(parameters.get(parameter) or "true")
        found = block.get(parameter[0].lower() + parameter[1:])
        if bool(found) is not wanted:
            said = "does not set" if wanted else "sets"
            return bad(f"The account {said} {parameter}.", Reason(parameter, found, str(wanted).lower()))
    return FINE


def _organization(around: Surroundings, parameters: Parameters) -> Verdict:
    manager = around.fact(facts.ORGANIZATION)
    wanted = parameters.get("MasterAccountId")
    if not manager:
        return bad("The account belongs to no organization.", Reason("", None, "an organization"))
    if wanted and manager != wanted:
        return bad(f"The organization is managed by {manager}.", Reason("", manager, wanted))
    return FINE


def _guardduty(around: Surroundings, parameters: Parameters) -> Verdict:
    detector = parsed(around.fact(facts.GUARDDUTY))
    if not detector.get("enabled"):
        return bad("GuardDuty is off.", Reason("", None, "on"))
    wanted = parameters.get("CentralMonitoringAccount")
    if wanted and wanted not in (detector.get("administrator"), around.account):
        return bad("GuardDuty is not led by the central account.", Reason("", detector.get("administrator"), wanted))
    return FINE


def _guardduty_findings(around: Surroundings, parameters: Parameters) -> Verdict:
    detector = parsed(around.fact(facts.GUARDDUTY))
    if not detector.get("enabled"):
        return bad("GuardDuty is off.", Reason("", None, "on"))
    limits = ((7, "daysHighSev", 1), (4, "daysMediumSev", 7), (0, "daysLowSev", 30))
    for finding in objects(detector.get("findings")):
        severity, created = number(finding.get("severity")) or 0, moment_of(finding.get("created"))
        days = next(given_number(parameters, name, assumed) for least, name, assumed in limits if severity >= least)
        if not finding.get("archived") and created is not None and around.now - created > days * DAY:
            return bad(
                f"A finding of severity {severity:g} is open for more than {days:g} days.",
                Reason("", severity, f"archived within {days:g} days"),
            )
    return FINE


def _throughput(around: Surroundings, parameters: Parameters) -> Verdict:
    used = parsed(around.fact(facts.DYNAMODB_THROUGHPUT))
    for way, parameter in (("read", "accountRCUThresholdPercentage"), ("write", "accountWCUThresholdPercentage")):
        most, found = given_number(parameters, parameter, 80), number(used.get(way)) or 0
        if found > most:
            return bad(
                f"{found:g} % of the {way} capacity of the account are taken.", Reason("", found, f"{most:g} or less")
            )
    return FINE


def _policy_in_use(around: Surroundings, parameters: Parameters) -> Verdict:
    arn, usage = parameters.get("policyARN") or "", (parameters.get("policyUsageType") or "ANY").upper()
    kinds = {"IAM_USER": ("AWS::IAM::User",), "IAM_GROUP": ("AWS::IAM::Group",), "IAM_ROLE": ("AWS::IAM::Role",)}.get(
        usage, ("AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role")
    )
    for kind in kinds:
        for one in around.resources(kind):
            attached = any(each.get("policyArn") == arn for each in objects(body(one).get("attachedManagedPolicies")))
            if attached and (kind != "AWS::IAM::Group" or has_users(one, around)):
                return FINE
    return bad(f"Nobody has the policy {arn}.", Reason("", None, arn))


def _public_snapshots(around: Surroundings, _: Parameters) -> Verdict:
    public = [str(each) for each in listed(around.fact(facts.EBS_PUBLIC_SNAPSHOTS))]
    return bad(f"Everybody may restore {', '.join(public)}.", Reason("", list(public), "none")) if public else FINE


def _shield_renews(around: Surroundings, _: Parameters) -> Verdict:
    shield = parsed(around.fact(facts.SHIELD))
    if not shield.get("enabled"):
        return bad("Shield Advanced is not subscribed to.", Reason("", None, "a subscription"))
    return (
        FINE
        if shield.get("renews")
        else bad("The subscription does not renew itself.", Reason("", shield.get("renews"), "true"))
    )


def _hardware_mfa(around: Surroundings, _: Parameters) -> Verdict:
    if around.fact(facts.ROOT_MFA) and around.fact(facts.ROOT_HARDWARE_MFA):
        return FINE
    return bad("The root user has no hardware MFA device.", Reason("", None, "a hardware MFA device"))


def _detector(feature: str, what: str) -> AccountCheck:
    def judge(around: Surroundings, _: Parameters) -> Verdict:
        found = parsed(around.fact(facts.GUARDDUTY)).get(feature)
        return FINE if found else bad(f"GuardDuty does not watch {what}.", Reason("", found, "on"))

    return judge


_GUARDED = (
    ("GUARDDUTY_S3_PROTECTION_ENABLED", "S3_DATA_EVENTS", "S3"),
    ("GUARDDUTY_LAMBDA_PROTECTION_ENABLED", "LAMBDA_NETWORK_LOGS", "Lambda"),
    ("GUARDDUTY_RDS_PROTECTION_ENABLED", "RDS_LOGIN_EVENTS", "RDS"),
    ("GUARDDUTY_EKS_PROTECTION_AUDIT_ENABLED", "EKS_AUDIT_LOGS", "the audit logs of EKS"),
    ("GUARDDUTY_EKS_PROTECTION_RUNTIME_ENABLED", "EKS_RUNTIME_MONITORING", "EKS at run time"),
    ("GUARDDUTY_MALWARE_PROTECTION_ENABLED", "EBS_MALWARE_PROTECTION", "for malware"),
    ("GUARDDUTY_RUNTIME_MONITORING_ENABLED", "RUNTIME_MONITORING", "at run time"),
)

CHECKS = (
    Check(
        "ROOT_ACCOUNT_MFA_ENABLED",
        "The root user needs MFA.",
        account=_fact(facts.ROOT_MFA, True, "The root user can sign in to the console without MFA."),
    ),
    Check("ROOT_ACCOUNT_HARDWARE_MFA_ENABLED", "The root user has a hardware MFA device.", account=_hardware_mfa),
    Check(
        "IAM_ROOT_ACCESS_KEY_CHECK",
        "The root user has no access key.",
        account=_fact(facts.ROOT_ACCESS_KEYS, False, "The root user has an access key."),
    ),
    Check(
        "IAM_PASSWORD_POLICY", "The password policy is at least as strict as the parameters.", account=_password_policy
    ),
    Check(
        "EC2_EBS_ENCRYPTION_BY_DEFAULT",
        "New volumes are encrypted.",
        account=_fact(facts.EBS_ENCRYPTION, True, "New EBS volumes are not encrypted by default."),
    ),
    Check(
        "EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK",
        "Not everybody may restore a snapshot of the account.",
        account=_public_snapshots,
    ),
    Check(
        "SECURITYHUB_ENABLED", "Security Hub is on.", account=_fact(facts.SECURITY_HUB, True, "Security Hub is off.")
    ),
    Check("GUARDDUTY_ENABLED_CENTRALIZED", "GuardDuty is on, led by the central account if given.", account=_guardduty),
    Check("GUARDDUTY_NON_ARCHIVED_FINDINGS", "Findings are dealt with in time.", account=_guardduty_findings),
    Check(
        "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        "The account's public access block is as the parameters say.",
        account=_public_access_block,
    ),
    Check(
        "ACCOUNT_PART_OF_ORGANIZATIONS",
        "The account belongs to an organization, that of MasterAccountId if given.",
        account=_organization,
    ),
    Check("MACIE_STATUS_CHECK", "Macie is on.", account=_member(facts.MACIE, "enabled", "Macie is off.")),
    Check(
        "MACIE_AUTO_SENSITIVE_DATA_DISCOVERY_CHECK",
        "Macie looks for sensitive data by itself.",
        account=_member(facts.MACIE, "automated_discovery", "Macie does not look for sensitive data by itself."),
    ),
    Check(
        "EMR_BLOCK_PUBLIC_ACCESS",
        "EMR blocks public access.",
        account=_fact(facts.EMR_BLOCK_PUBLIC_ACCESS, True, "EMR does not block public access."),
    ),
    Check("DYNAMODB_THROUGHPUT_LIMIT_CHECK", "The account is not near its limits of throughput.", account=_throughput),
    Check(
        "IAM_POLICY_IN_USE",
        "Somebody has the policy of policyARN; a group counts if it has a user.",
        account=_policy_in_use,
    ),
    Check(
        "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED",
        "An external access analyzer is there.",
        account=_fact(facts.ACCESS_ANALYZER, True, "There is no external access analyzer."),
    ),
    Check("SHIELD_ADVANCED_ENABLED_AUTORENEW", "Shield Advanced is on and renews itself.", account=_shield_renews),
    Check(
        "SSM_AUTOMATION_BLOCK_PUBLIC_SHARING",
        "Documents cannot be shared with everybody.",
        account=_fact(facts.SSM_BLOCK_SHARING, True, "Public sharing of documents is not blocked."),
    ),
    Check("INSPECTOR_EC2_SCAN_ENABLED", "Amazon Inspector scans EC2.", account=_scans("EC2")),
    Check("INSPECTOR_ECR_SCAN_ENABLED", "Amazon Inspector scans ECR.", account=_scans("ECR")),
    Check("INSPECTOR_LAMBDA_STANDARD_SCAN_ENABLED", "Amazon Inspector scans Lambda.", account=_scans("LAMBDA")),
    Check(
        "INSPECTOR_LAMBDA_CODE_SCAN_ENABLED",
        "Amazon Inspector scans the code of Lambda.",
        account=_scans("LAMBDA_CODE"),
    ),
    *(
        Check(identifier, f"GuardDuty watches {what}.", account=_detector(feature, what))
        for identifier, feature, what in _GUARDED
    ),
)
