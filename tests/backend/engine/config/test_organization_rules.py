"""Config rules put once for all accounts of an organization."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend.engine.config import organization_rules
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import to_datetime
from tests.backend.engine.config.conftest import volume
from tests.backend.engine.config.lab import OTHER_REGION, Lab
from tests.backend.engine.conftest import REGION

ENCRYPTED: Document = {"OrganizationManagedRuleMetadata": {"RuleIdentifier": "ENCRYPTED_VOLUMES"}}
GUARD: Document = {
    "OrganizationCustomPolicyRuleMetadata": {
        "PolicyRuntime": "guard-2.x.x",
        "PolicyText": "rule any { resourceType exists }",
        "ResourceTypesScope": ["AWS::EC2::Volume"],
    }
}


def put(lab: Lab, name: str = "volumes", account: str = "", **members: Any) -> str:
    answer = lab.call("PutOrganizationConfigRule", account, OrganizationConfigRuleName=name, **(members or ENCRYPTED))
    return str(answer["OrganizationConfigRuleArn"])


def status(lab: Lab, name: str = "volumes") -> str:
    answer = lab.call("DescribeOrganizationConfigRuleStatuses", OrganizationConfigRuleNames=[name])
    return str(answer["OrganizationConfigRuleStatuses"][0]["OrganizationRuleStatus"])


def members(lab: Lab, name: str = "volumes", **params: Any) -> dict[str, str]:
    """How far each account is."""
    answer = lab.call("GetOrganizationConfigRuleDetailedStatus", OrganizationConfigRuleName=name, **params)
    return {
        member["AccountId"]: member["MemberAccountRuleStatus"]
        for member in answer["OrganizationConfigRuleDetailedStatus"]
    }


def rules(lab: Lab, account: str, region: str = REGION) -> list[Document]:
    found: list[Document] = lab.call("DescribeConfigRules", account, region=region)["ConfigRules"]
    return found


def test_every_account_gets_the_rule_and_judges_its_own(recording_lab: Lab) -> None:
    lab = recording_lab
    lab.put(volume("vol-1", encrypted=False), lab.third)
    arn = put(lab)
    assert re.fullmatch(f"arn:aws:config:{REGION}:{lab.main}:organization-config-rule/volumes-[a-z0-9]{{8}}", arn)
    assert status(lab) == "CREATE_IN_PROGRESS"
    assert rules(lab, lab.second) == []
    lab.wait(20)
    assert status(lab) == "CREATE_SUCCESSFUL"
    assert members(lab) == dict.fromkeys(lab.accounts, "CREATE_SUCCESSFUL")
    for account in lab.accounts:
        (rule,) = rules(lab, account)
        assert rule["ConfigRuleName"] == f"OrgConfigRule-{arn.rsplit('/')[-1]}"
        assert rule["CreatedBy"] == "config-multiaccountsetup.amazonaws.com"
        assert rules(lab, account, OTHER_REGION) == []
    verdict = lab.call("DescribeComplianceByConfigRule", lab.third)["ComplianceByConfigRules"][0]
    assert verdict["Compliance"]["ComplianceType"] == "NON_COMPLIANT"


def test_the_management_account_gets_a_role_for_it(recording_lab: Lab) -> None:
    lab = recording_lab
    put(lab)
    put(lab, "another")
    name = "AWSServiceRoleForConfigMultiAccountSetup"
    roles = [estate.by_name(lab.engine.context(account=account), "AWS::IAM::Role", name) for account in lab.accounts]
    assert [role.arn if role else None for role in roles] == [
        f"arn:aws:iam::{lab.main}:role/aws-service-role/config-multiaccountsetup.amazonaws.com/{name}",
        None,
        None,
    ]


def test_the_rule_is_shown(recording_lab: Lab) -> None:
    lab = recording_lab
    metadata = {
        "RuleIdentifier": "REQUIRED_TAGS",
        "Description": "who pays",
        "InputParameters": '{"tag1Key": "CostCenter"}',
        "ResourceTypesScope": ["AWS::EC2::Volume"],
    }
    arn = put(lab, OrganizationManagedRuleMetadata=metadata, ExcludedAccounts=[lab.second])
    assert lab.call("DescribeOrganizationConfigRules") == {
        "OrganizationConfigRules": [
            {
                "OrganizationConfigRuleName": "volumes",
                "OrganizationConfigRuleArn": arn,
                "OrganizationManagedRuleMetadata": metadata,
                "ExcludedAccounts": [lab.second],
                "LastUpdateTime": to_datetime(lab.engine.now),
            }
        ]
    }
    lab.wait(20)
    (rule,) = rules(lab, lab.third)
    assert (rule["Description"], rule["InputParameters"]) == ("who pays", '{"tag1Key": "CostCenter"}')
    assert rule["Scope"] == {"ComplianceResourceTypes": ["AWS::EC2::Volume"]}
    assert rules(lab, lab.second) == []


def test_an_account_that_cannot_fails_by_itself(lab: Lab) -> None:
    lab.record()
    put(lab)
    lab.wait(20)
    assert members(lab) == {
        lab.main: "CREATE_SUCCESSFUL",
        lab.second: "CREATE_FAILED",
        lab.third: "CREATE_FAILED",
    }
    answer = lab.call("DescribeOrganizationConfigRuleStatuses")["OrganizationConfigRuleStatuses"][0]
    assert answer["OrganizationRuleStatus"] == "CREATE_FAILED"
    assert answer["ErrorCode"] == "NoAvailableConfigurationRecorderException"
    assert set(members(lab, Filters={"MemberAccountRuleStatus": "CREATE_FAILED"})) == {lab.second, lab.third}
    assert set(members(lab, Filters={"AccountId": lab.main})) == {lab.main}
    failed = lab.call(
        "GetOrganizationConfigRuleDetailedStatus",
        OrganizationConfigRuleName="volumes",
        Filters={"AccountId": lab.second},
    )["OrganizationConfigRuleDetailedStatus"][0]
    assert failed["ErrorCode"] == "NoAvailableConfigurationRecorderException"
    assert "recorder" in failed["ErrorMessage"]


def test_an_update_reaches_the_accounts_and_leaves_the_excluded(recording_lab: Lab) -> None:
    lab = recording_lab
    arn = put(lab, Tags=[{"Key": "a", "Value": "1"}], **ENCRYPTED)
    lab.wait(20)
    changed: Document = {
        "OrganizationManagedRuleMetadata": {"RuleIdentifier": "ENCRYPTED_VOLUMES", "Description": "new"}
    }
    assert put(lab, **changed, ExcludedAccounts=[lab.third], Tags=[{"Key": "a", "Value": "2"}]) == arn
    assert status(lab) == "UPDATE_IN_PROGRESS"
    lab.wait(20)
    assert members(lab) == dict.fromkeys((lab.main, lab.second), "UPDATE_SUCCESSFUL")
    assert rules(lab, lab.second)[0]["Description"] == "new"
    assert rules(lab, lab.third) == []
    assert lab.call("ListTagsForResource", ResourceArn=arn) == {"Tags": [{"Key": "a", "Value": "1"}]}


def test_a_failed_account_can_catch_up(lab: Lab) -> None:
    lab.record()
    put(lab)
    lab.wait(20)
    for account in (lab.second, lab.third):
        lab.record(account)
    put(lab)
    lab.wait(20)
    assert status(lab) == "UPDATE_SUCCESSFUL"
    assert len(rules(lab, lab.third)) == 1


def test_while_the_accounts_are_busy_nothing_else_is_taken(recording_lab: Lab) -> None:
    put(recording_lab)
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        put(recording_lab)
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        recording_lab.call("DeleteOrganizationConfigRule", OrganizationConfigRuleName="volumes")


def test_a_deleted_rule_goes_from_every_account(recording_lab: Lab) -> None:
    lab = recording_lab
    arn = put(lab)
    lab.wait(20)
    lab.call("DeleteOrganizationConfigRule", OrganizationConfigRuleName="volumes")
    assert status(lab) == "DELETE_IN_PROGRESS"
    lab.wait(30)
    assert [rules(lab, account) for account in lab.accounts] == [[], [], []]
    assert lab.call("DescribeOrganizationConfigRules") == {"OrganizationConfigRules": []}
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        lab.call("ListTagsForResource", ResourceArn=arn)


def test_a_remediation_of_an_account_goes_with_the_rule(recording_lab: Lab) -> None:
    lab = recording_lab
    put(lab)
    lab.wait(20)
    name = rules(lab, lab.second)[0]["ConfigRuleName"]
    remedy = {"ConfigRuleName": name, "TargetType": "SSM_DOCUMENT", "TargetId": "AWS-StopEC2Instance"}
    lab.call("PutRemediationConfigurations", lab.second, RemediationConfigurations=[remedy])
    lab.call("DeleteOrganizationConfigRule", OrganizationConfigRuleName="volumes")
    lab.wait(30)
    left = lab.call("DescribeRemediationConfigurations", lab.second, ConfigRuleNames=[name])
    assert left == {"RemediationConfigurations": []}


def test_the_accounts_cannot_touch_it(recording_lab: Lab) -> None:
    lab = recording_lab
    put(lab)
    lab.wait(20)
    name = rules(lab, lab.second)[0]["ConfigRuleName"]
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        lab.call("DeleteConfigRule", lab.second, ConfigRuleName=name)
    source = {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"}
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        lab.call("PutConfigRule", lab.second, ConfigRule={"ConfigRuleName": name, "Source": source})


def test_the_policy_of_a_guard_rule_is_told_apart(recording_lab: Lab) -> None:
    lab = recording_lab
    put(lab, **GUARD)
    asked = {"OrganizationConfigRuleName": "volumes"}
    assert lab.call("GetOrganizationCustomRulePolicy", **asked) == {"PolicyText": "rule any { resourceType exists }"}
    (shown,) = lab.call("DescribeOrganizationConfigRules")["OrganizationConfigRules"]
    assert shown["OrganizationCustomPolicyRuleMetadata"] == {
        "PolicyRuntime": "guard-2.x.x",
        "ResourceTypesScope": ["AWS::EC2::Volume"],
    }
    lab.wait(20)
    rule = rules(lab, lab.second)[0]
    assert rule["Source"]["Owner"] == "CUSTOM_POLICY"
    assert (
        "rule any" in lab.call("GetCustomRulePolicy", lab.second, ConfigRuleName=rule["ConfigRuleName"])["PolicyText"]
    )
    put(lab, "managed")
    with pytest.raises(ServiceError, match="NoSuchOrganizationConfigRuleException"):
        lab.call("GetOrganizationCustomRulePolicy", OrganizationConfigRuleName="managed")


def test_the_function_is_that_of_the_management_account(recording_lab: Lab) -> None:
    lab = recording_lab
    arn = f"arn:aws:lambda:{REGION}:{lab.main}:function:judge"
    lambda_rule: Document = {
        "OrganizationCustomRuleMetadata": {
            "LambdaFunctionArn": arn,
            "OrganizationConfigRuleTriggerTypes": ["ScheduledNotification"],
            "MaximumExecutionFrequency": "Six_Hours",
        }
    }
    with pytest.raises(ServiceError, match="InsufficientPermissionsException"):
        put(lab, **lambda_rule)
    lab.put(
        Resource(
            resource_type="AWS::Lambda::Function",
            resource_id="judge",
            region=REGION,
            arn=arn,
            configuration={"functionName": "judge"},
        )
    )
    put(lab, **lambda_rule)
    lab.wait(20)
    assert status(lab) == "CREATE_SUCCESSFUL"
    assert rules(lab, lab.second)[0]["Source"] == {
        "Owner": "CUSTOM_LAMBDA",
        "SourceIdentifier": arn,
        "SourceDetails": [
            {
                "EventSource": "aws.config",
                "MessageType": "ScheduledNotification",
                "MaximumExecutionFrequency": "Six_Hours",
            }
        ],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"ExcludedAccounts": []},
        {**ENCRYPTED, **GUARD},
        {"OrganizationManagedRuleMetadata": {"RuleIdentifier": "NO_SUCH_RULE"}},
        {"OrganizationManagedRuleMetadata": {"RuleIdentifier": "ENCRYPTED_VOLUMES", "TagValueScope": "x"}},
        {"OrganizationManagedRuleMetadata": {"RuleIdentifier": "ENCRYPTED_VOLUMES", "InputParameters": "no"}},
    ],
)
def test_what_makes_no_rule_is_refused(recording_lab: Lab, wrong: Document) -> None:
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        put(recording_lab, **wrong)
    assert recording_lab.call("DescribeOrganizationConfigRules") == {"OrganizationConfigRules": []}


def test_the_number_of_rules_is_limited(recording_lab: Lab) -> None:
    for number in range(organization_rules.MOST_RULES):
        put(recording_lab, f"rule-{number}", **ENCRYPTED, ExcludedAccounts=list(recording_lab.accounts))
    with pytest.raises(ServiceError, match="MaxNumberOfOrganizationConfigRulesExceededException"):
        put(recording_lab, "one-more")


def test_rules_and_accounts_come_in_pages(recording_lab: Lab) -> None:
    lab = recording_lab
    for name in ("c", "a", "b"):
        put(lab, name)
    for operation, member in (
        ("DescribeOrganizationConfigRules", "OrganizationConfigRules"),
        ("DescribeOrganizationConfigRuleStatuses", "OrganizationConfigRuleStatuses"),
    ):
        first = lab.call(operation, Limit=2)
        rest = lab.call(operation, Limit=2, NextToken=first["NextToken"])
        names = [rule["OrganizationConfigRuleName"] for page in (first, rest) for rule in page[member]]
        assert names == ["a", "b", "c"]
        assert "NextToken" not in rest
    first = lab.call("GetOrganizationConfigRuleDetailedStatus", OrganizationConfigRuleName="a", Limit=2)
    assert len(first["OrganizationConfigRuleDetailedStatus"]) == 2
    assert len(members(lab, "a", Limit=2, NextToken=first["NextToken"])) == 1


ASKING: dict[str, Document] = {
    "DescribeOrganizationConfigRules": {"OrganizationConfigRuleNames": ["none"]},
    "DescribeOrganizationConfigRuleStatuses": {"OrganizationConfigRuleNames": ["none"]},
    "GetOrganizationConfigRuleDetailedStatus": {"OrganizationConfigRuleName": "none"},
    "GetOrganizationCustomRulePolicy": {"OrganizationConfigRuleName": "none"},
    "DeleteOrganizationConfigRule": {"OrganizationConfigRuleName": "none"},
}


@pytest.mark.parametrize("operation", ASKING)
def test_rules_are_the_management_account_s(lab: Lab, operation: str) -> None:
    with pytest.raises(ServiceError, match="NoSuchOrganizationConfigRuleException"):
        lab.call(operation, **ASKING[operation])
    with pytest.raises(ServiceError, match="OrganizationAccessDeniedException"):
        lab.call(operation, lab.second, **ASKING[operation])
    alone = Lab(accounts=1)
    with pytest.raises(ServiceError) as refusal:
        alone.call(operation, **ASKING[operation])
    alone.engine.close()
    assert (refusal.value.code, refusal.value.message) == (
        "OrganizationAccessDeniedException",
        "This action can only be made by accounts in an AWS Organization",
    )


def test_only_the_management_account_of_an_organization_puts_rules(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="OrganizationAccessDeniedException"):
        put(lab, account=lab.second)
    alone = Lab(accounts=1)
    with pytest.raises(ServiceError, match="NoAvailableOrganizationException"):
        put(alone)
    alone.engine.close()


def test_nothing_is_left_of_an_attempt_that_fails(lab: Lab) -> None:
    lab.record()
    put(lab)
    lab.wait(20)
    assert rules(lab, lab.second) == []
