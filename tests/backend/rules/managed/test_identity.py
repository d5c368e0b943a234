"""What the rules over IAM users, groups, roles and policies say."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from backend.model.item import Document, Json
from backend.rules.facts import ORGANIZATION
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import Known, judged

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
USER, GROUP, ROLE = "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role"
MANAGEMENT = "999988887777"


def allows(action: Json, resource: Json = "*", effect: str = "Allow") -> Document:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": action, "Resource": resource}],
    }


def policy(*documents: Document, boundaries: int = 0) -> Document:
    """Versions of a customer policy; the last is its default."""
    versions = [
        {"versionId": f"v{place}", "isDefaultVersion": place == len(documents), "document": quote(json.dumps(document))}
        for place, document in enumerate(documents, 1)
    ]
    return {"policyName": "own", "permissionsBoundaryUsageCount": boundaries, "policyVersionList": versions}


def of_type(kind: str, **configuration: Json) -> Document:
    return {"resourceType": kind, "resourceId": "AIDA1", "resourceName": "one", "configuration": configuration}


def attached(*arns: str) -> list[Json]:
    return [{"policyArn": arn, "policyName": arn.rpartition("/")[2]} for arn in arns]


def inline(document: Document, kind: str = "user") -> Document:
    listed: Json = [{"policyName": "mine", "policyDocument": quote(json.dumps(document))}]
    return of_type(f"AWS::IAM::{kind.title()}", **{f"{kind}PolicyList": listed})


def role(document: Document, *principals: Json, **changes: Json) -> Document:
    trust = {"Statement": [{"Effect": "Allow", "Principal": each, "Action": "sts:AssumeRole"} for each in principals]}
    listed: Json = [{"policyName": "mine", "policyDocument": quote(json.dumps(document))}]
    return of_type(ROLE, rolePolicyList=listed, assumeRolePolicyDocument=quote(json.dumps(trust)), **changes)


VERSIONS = "policyVersionList"
ADMIN_ACCESS, FULL_ACCESS = "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS"
CUSTOMER_KMS, INLINE_KMS = "IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS", "IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS"
BLACKLISTED = "IAM_POLICY_BLACKLISTED_CHECK"
DECRYPT = allows(["kms:Decrypt", "s3:GetObject"])
ONE_KEY = allows("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/0d7b5a1e")

CASES = (
    *of(
        "IAM_USER_NO_POLICIES_CHECK",
        good(of_type(USER, userName="one", groupList=["readers"])),
        bad(of_type(USER, userPolicyList=[{"policyName": "mine"}]), "mine", "userPolicyList"),
        bad(of_type(USER, attachedManagedPolicies=attached(READ_ONLY)), "ReadOnlyAccess", "attachedManagedPolicies"),
    ),
    *of(
        "IAM_NO_INLINE_POLICY_CHECK",
        good(of_type(USER, attachedManagedPolicies=attached(ADMIN))),
        *(
            bad(inline(DECRYPT, kind), "inline policies: mine", f"{kind}PolicyList")
            for kind in ("user", "group", "role")
        ),
    ),
    *of(
        ADMIN_ACCESS,
        good(policy(allows("*"), allows("s3:GetObject"))),
        good(policy(allows("s3:*"))),
        good(policy(allows("*", "arn:aws:s3:::b/*"))),
        good(policy(allows("*", effect="Deny"))),
        bad(policy(allows("s3:GetObject"), allows(["s3:GetObject", "*"])), "allows * on all", VERSIONS),
        bad(policy(allows("*"), boundaries=1), "allows *", VERSIONS, excludePermissionBoundaryPolicy="false"),
        out(policy(allows("*"), boundaries=1), "boundary", excludePermissionBoundaryPolicy="true"),
    ),
    *of(
        FULL_ACCESS,
        good(policy(allows("ec2:Describe*"))),
        bad(policy(allows("ec2:*", "arn:aws:ec2:*:*:instance/*")), "allows ec2:*", VERSIONS),
        bad(policy(allows("*")), "allows *", VERSIONS),
        out(policy(allows("ec2:*"), boundaries=2), "boundary", excludePermissionBoundaryPolicy="true"),
    ),
    *of(
        CUSTOMER_KMS,
        good(policy(ONE_KEY), blockedActionsPatterns="kms:Decrypt"),
        good(policy(DECRYPT), blockedActionsPatterns="kms:ReEncrypt*, kms:Encrypt"),
        bad(policy(DECRYPT), "kms:Decrypt is allowed", VERSIONS, blockedActionsPatterns="kms:ReEncrypt*,kms:Dec*"),
        bad(policy(allows("kms:*")), "kms:* is allowed", VERSIONS, blockedActionsPatterns="kms:Decrypt"),
        bad(
            policy(allows("kms:Decrypt", "arn:aws:kms:*:111122223333:key/*")),
            "on all keys",
            VERSIONS,
            blockedActionsPatterns="kms:Decrypt",
        ),
        out(
            policy(DECRYPT, boundaries=1),
            "boundary",
            blockedActionsPatterns="kms:Decrypt",
            excludePermissionBoundaryPolicy="true",
        ),
    ),
    *of(
        INLINE_KMS,
        good(inline(ONE_KEY), blockedActionsPatterns="kms:Decrypt"),
        good(of_type(GROUP, groupName="readers"), blockedActionsPatterns="kms:*"),
        *(
            bad(
                inline(DECRYPT, kind),
                "kms:Decrypt is allowed",
                f"{kind}PolicyList.0.policyDocument",
                blockedActionsPatterns="kms:Decrypt",
            )
            for kind in ("user", "group", "role")
        ),
        bad(
            role(DECRYPT, {"Service": "lambda.amazonaws.com"}),
            "kms:Decrypt",
            "rolePolicyList.0.policyDocument",
            blockedActionsPatterns="kms:Decrypt",
            excludeRoleByManagementAccount="true",
        ),
        out(role(DECRYPT, path="/aws-service-role/x/"), "service owns", blockedActionsPatterns="kms:Decrypt"),
    ),
    *of(
        "IAM_USER_GROUP_MEMBERSHIP_CHECK",
        good(of_type(USER, groupList=["readers"])),
        good(of_type(USER, groupList=["readers", "admins"]), groupNames="admins, owners"),
        bad(of_type(USER, groupList=[]), "in no group", "groupList"),
        bad(of_type(USER, groupList=["readers"]), "in no group asked for", "groupList", groupNames="admins"),
    ),
    *of(
        "IAM_GROUP_HAS_USERS_CHECK",
        good(of_type(GROUP), other(USER, {"groupList": ["one"]})),
        good({**of_type(GROUP), "relationships": [{"resourceType": USER, "resourceId": "AIDA2"}]}),
        bad(of_type(GROUP), "has no users", "relationships", other(USER, {"groupList": ["two"]})),
    ),
    *of(
        BLACKLISTED,
        good(of_type(USER, attachedManagedPolicies=attached(READ_ONLY))),
        bad(of_type(USER, attachedManagedPolicies=attached(ADMIN)), "AdministratorAccess is attached", "a.0"),
        bad(of_type(ROLE, attachedManagedPolicies=attached(ADMIN, READ_ONLY)), "ReadOnly", "a.1", policyArns=READ_ONLY),
        bad(
            of_type(ROLE, attachedManagedPolicies=attached(ADMIN)),
            "AdministratorAccess",
            "a.0",
            exceptionList="users:[one], roles:[two;three]",
        ),
        good(of_type(ROLE, attachedManagedPolicies=attached(ADMIN)), exceptionList="users:[two],roles:[two;one]"),
    ),
    *of(
        "IAM_ROLE_MANAGED_POLICY_CHECK",
        good(of_type(ROLE, attachedManagedPolicies=attached(ADMIN, READ_ONLY)), managedPolicyArns=READ_ONLY),
        bad(
            of_type(ROLE, attachedManagedPolicies=attached(ADMIN)),
            "ReadOnlyAccess is not attached",
            "attachedManagedPolicies",
            managedPolicyArns=f"{ADMIN},{READ_ONLY}",
        ),
    ),
    *of(
        "IAM_OIDC_PROVIDER_CLIENT_ID_LIST_CHECK",
        good({"ClientIdList": ["sts.amazonaws.com"]}, allowedClientIds="sts.amazonaws.com, other"),
        bad({"ClientIdList": ["sts.amazonaws.com", "x"]}, "x", "ClientIdList", allowedClientIds="sts.amazonaws.com"),
    ),
)
CASES = tuple(
    case._replace(at=case.at.replace("configuration.a.", "configuration.attachedManagedPolicies.") + ".policyArn")
    if case.at.startswith("configuration.a.")
    else case
    for case in CASES
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("identity", CASES) == []


@pytest.mark.parametrize(
    ("principals", "compliance"),
    [
        (({"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}, {"AWS": [MANAGEMENT]}), "NOT_APPLICABLE"),
        (({"AWS": f"arn:aws:iam::{MANAGEMENT}:role/admin"}, {"AWS": "111122223333"}), "NON_COMPLIANT"),
        (({"AWS": "*"},), "NON_COMPLIANT"),
        (("*",), "NON_COMPLIANT"),
    ],
)
def test_a_role_that_only_the_management_account_assumes_can_be_left_out(
    principals: tuple[Json, ...], compliance: str
) -> None:
    around = Known(facts={ORGANIZATION: MANAGEMENT})
    asked = {"blockedActionsPatterns": "kms:Decrypt", "excludeRoleByManagementAccount": "true"}
    assert judged(INLINE_KMS, role(DECRYPT, *principals), around, **asked).compliance == compliance
    told = judged(INLINE_KMS, role(DECRYPT, *principals), Known(knows_facts=False), **asked)
    assert told.compliance in ("INSUFFICIENT_DATA", "NON_COMPLIANT")
