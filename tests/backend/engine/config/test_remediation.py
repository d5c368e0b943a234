"""Remediation: configurations, executions that say they were not run, and exceptions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import to_datetime
from tests.backend.engine.config.conftest import PutRule, Wait, volume
from tests.backend.engine.config.packs.conftest import TEMPLATE
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture, PutFixture

RULE, VOLUME = "encrypted-volumes", "AWS::EC2::Volume"
DOCUMENT = "AWSConfigRemediation-EncryptVolume"


def remedy(**members: Any) -> Document:
    return {"ConfigRuleName": RULE, "TargetType": "SSM_DOCUMENT", "TargetId": DOCUMENT, **members}


def put_remedies(call: CallFixture, *given: Document) -> list[Document]:
    answer = call("config", "PutRemediationConfigurations", RemediationConfigurations=list(given))
    batches: list[Document] = answer["FailedBatches"]
    return batches


def shown(call: CallFixture, *rules: str) -> list[Document]:
    answer = call("config", "DescribeRemediationConfigurations", ConfigRuleNames=list(rules or [RULE]))
    configurations: list[Document] = answer["RemediationConfigurations"]
    return configurations


@pytest.fixture
def rule(recording: None, put: PutFixture, put_rule: PutRule) -> None:
    """A rule over one bad and one good volume."""
    put(volume("vol-bad", encrypted=False), volume("vol-good", encrypted=True))
    put_rule("ENCRYPTED_VOLUMES")


@pytest.mark.usefixtures("rule")
def test_a_configuration_is_shown_as_it_was_put_with_its_arn(call: CallFixture) -> None:
    parameters = {"VolumeId": {"ResourceValue": {"Value": "RESOURCE_ID"}}, "Key": {"StaticValue": {"Values": ["k"]}}}
    assert put_remedies(call, remedy(Parameters=parameters, TargetVersion="2")) == []
    [found] = shown(call)
    assert remedy(Parameters=parameters, TargetVersion="2", Automatic=False).items() <= found.items()
    arn = found["Arn"]
    assert arn.startswith(f"arn:aws:config:{REGION}:{ACCOUNT}:remediation-configuration/{RULE}/")
    put_remedies(call, remedy(Automatic=True))
    [changed] = shown(call)
    assert (changed["MaximumAutomaticAttempts"], changed["RetryAttemptSeconds"], changed["Arn"]) == (5, 60, arn)
    assert "Parameters" not in changed
    assert shown(call, "none") == []


@pytest.mark.usefixtures("rule")
def test_a_rule_that_is_not_there_comes_back(call: CallFixture) -> None:
    lost = remedy(ConfigRuleName="none")
    [batch] = put_remedies(call, remedy(), lost)
    assert batch["FailedItems"] == [lost]
    assert [found["ConfigRuleName"] for found in shown(call, RULE, "none")] == [RULE]


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize(
    "given",
    [
        [remedy(), remedy()],
        [remedy(CreatedByService="config-conforms.amazonaws.com")],
        [remedy(Parameters={"Key": {}})],
        [remedy(Parameters={"Key": {"ResourceValue": {"Value": "RESOURCE_ID"}, "StaticValue": {"Values": ["k"]}}})],
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(call: CallFixture, given: list[Document]) -> None:
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        put_remedies(call, *given)
    assert shown(call) == []


@pytest.mark.usefixtures("rule")
def test_a_rule_is_not_deleted_before_its_remediation(call: CallFixture, wait: Wait) -> None:
    put_remedies(call, remedy(ResourceType=VOLUME))
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        call("config", "DeleteConfigRule", ConfigRuleName=RULE)
    with pytest.raises(ServiceError, match="NoSuchRemediationConfigurationException"):
        call("config", "DeleteRemediationConfiguration", ConfigRuleName=RULE, ResourceType="AWS::S3::Bucket")
    call("config", "DeleteRemediationConfiguration", ConfigRuleName=RULE, ResourceType=VOLUME)
    assert shown(call) == []
    with pytest.raises(ServiceError, match="NoSuchRemediationConfigurationException"):
        call("config", "DeleteRemediationConfiguration", ConfigRuleName=RULE)
    call("config", "DeleteConfigRule", ConfigRuleName=RULE)


@pytest.mark.usefixtures("recording")
def test_the_remediation_of_a_pack_belongs_to_the_service(call: CallFixture, wait: Wait) -> None:
    call("config", "PutConformancePack", ConformancePackName="base", TemplateBody=TEMPLATE)
    wait(30)
    rules = [rule["ConfigRuleName"] for rule in call("config", "DescribeConfigRules")["ConfigRules"]]
    [found] = shown(call, *rules)
    assert found["ConfigRuleName"].startswith("versions-conformance-pack-")
    assert found["CreatedByService"] == "config-conforms.amazonaws.com"
    name = found["ConfigRuleName"]
    with pytest.raises(ServiceError, match="InsufficientPermissionsException"):
        call("config", "DeleteRemediationConfiguration", ConfigRuleName=name)
    with pytest.raises(ServiceError, match="InsufficientPermissionsException"):
        put_remedies(call, remedy(ConfigRuleName=name))
    call("config", "DeleteConformancePack", ConformancePackName="base")
    wait(30)
    assert shown(call, name) == []


def states(call: CallFixture, **members: object) -> dict[str, str]:
    answer = call("config", "DescribeRemediationExecutionStatus", ConfigRuleName=RULE, **members)
    return {each["ResourceKey"]["resourceId"]: each["State"] for each in answer["RemediationExecutionStatuses"]}


def start(call: CallFixture, *ids: str) -> Document:
    keys = [{"resourceType": VOLUME, "resourceId": each} for each in ids]
    return call("config", "StartRemediationExecution", ConfigRuleName=RULE, ResourceKeys=keys)


@pytest.mark.usefixtures("rule")
def test_an_execution_ends_and_says_that_nothing_was_run(call: CallFixture, wait: Wait) -> None:
    for operation, members in (
        ("StartRemediationExecution", {"ResourceKeys": [{"resourceType": VOLUME, "resourceId": "vol-bad"}]}),
        ("DescribeRemediationExecutionStatus", {}),
    ):
        with pytest.raises(ServiceError, match="NoSuchRemediationConfigurationException"):
            call("config", operation, ConfigRuleName=RULE, **members)
    put_remedies(call, remedy())
    assert start(call, "vol-bad") == {}
    assert states(call) == {"vol-bad": "QUEUED"}
    with pytest.raises(ServiceError, match="RemediationInProgressException"):
        call("config", "DeleteRemediationConfiguration", ConfigRuleName=RULE)
    wait(5)
    assert states(call) == {"vol-bad": "IN_PROGRESS"}
    wait(5)
    [ended] = call("config", "DescribeRemediationExecutionStatus", ConfigRuleName=RULE)["RemediationExecutionStatuses"]
    assert ended["State"] == "FAILED"
    assert ended["LastUpdatedTime"] - ended["InvocationTime"] == timedelta(seconds=10)
    [step] = ended["StepDetails"]
    assert (step["Name"], step["State"]) == (DOCUMENT, "FAILED")
    assert "no Systems Manager Automation" in step["ErrorMessage"]
    call("config", "DeleteRemediationConfiguration", ConfigRuleName=RULE)
    put_remedies(call, remedy())
    assert states(call) == {}


@pytest.mark.usefixtures("rule")
def test_only_what_the_rule_finds_wrong_is_remedied(call: CallFixture, put: PutFixture) -> None:
    put_remedies(call, remedy())
    put(volume("vol-worse", encrypted=False))
    answer = start(call, "vol-good", "vol-bad", "none", "vol-worse")
    assert [key["resourceId"] for key in answer["FailedItems"]] == ["vol-good", "none"]
    assert states(call).keys() == {"vol-bad", "vol-worse"}
    assert states(call, ResourceKeys=[{"resourceType": VOLUME, "resourceId": "vol-worse"}]).keys() == {"vol-worse"}
    first = call("config", "DescribeRemediationExecutionStatus", ConfigRuleName=RULE, Limit=1)
    assert states(call, Limit=1, NextToken=first["NextToken"]).keys() == {"vol-worse"}


@pytest.mark.usefixtures("rule")
def test_automatic_remediation_tries_again_and_then_leaves_the_resource_alone(
    call: CallFixture, put: PutFixture, wait: Wait
) -> None:
    put_remedies(call, remedy(Automatic=True, MaximumAutomaticAttempts=2))
    assert states(call) == {}
    put(volume("vol-mended", encrypted=False))
    put(volume("vol-mended", encrypted=True))
    wait(10)
    assert states(call) == {"vol-mended": "FAILED"}
    call("config", "DeleteRemediationConfiguration", ConfigRuleName=RULE)
    put_remedies(call, remedy(Automatic=True, MaximumAutomaticAttempts=2))
    put(volume("vol-worse", encrypted=False))
    assert states(call) == {"vol-worse": "QUEUED"}
    wait(10)
    assert states(call) == {"vol-worse": "QUEUED"}
    wait(10)
    assert states(call) == {"vol-worse": "FAILED"}
    assert exceptions(call)["vol-worse"]["Message"] == "Remediation failed 2 times."
    put(volume("vol-worse", encrypted=True))
    put(volume("vol-worse", encrypted=False))
    assert states(call) == {"vol-worse": "FAILED"}


@pytest.mark.usefixtures("rule")
def test_remediation_that_is_no_longer_automatic_does_not_try_again(
    call: CallFixture, put: PutFixture, wait: Wait
) -> None:
    put_remedies(call, remedy(Automatic=True))
    put(volume("vol-worse", encrypted=False))
    put_remedies(call, remedy())
    wait(60)
    assert states(call) == {"vol-worse": "FAILED"}
    assert exceptions(call) == {}


def exceptions(call: CallFixture, **members: object) -> dict[str, Document]:
    answer = call("config", "DescribeRemediationExceptions", ConfigRuleName=RULE, **members)
    return {each["ResourceId"]: each for each in answer["RemediationExceptions"]}


def keys(*ids: str) -> list[Document]:
    return [{"ResourceType": VOLUME, "ResourceId": each} for each in ids]


@pytest.mark.usefixtures("rule")
def test_an_exception_stands_until_it_expires(call: CallFixture, ctx: Context, wait: Wait) -> None:
    until = to_datetime(ctx.now) + timedelta(hours=1)
    given = {"Message": "being replaced", "ExpirationTime": until}
    assert call("config", "PutRemediationExceptions", ConfigRuleName=RULE, ResourceKeys=keys("vol-bad"), **given) == {
        "FailedBatches": []
    }
    call("config", "PutRemediationExceptions", ConfigRuleName=RULE, ResourceKeys=keys("vol-good"))
    found = exceptions(call)
    assert found["vol-bad"] == {"ConfigRuleName": RULE, "ResourceType": VOLUME, "ResourceId": "vol-bad", **given}
    assert "ExpirationTime" not in found["vol-good"]
    wait(3600)
    assert exceptions(call).keys() == {"vol-good"}


@pytest.mark.usefixtures("rule")
def test_exceptions_are_found_paged_and_deleted(call: CallFixture) -> None:
    ids = [f"vol-{number:02}" for number in range(30)]
    call("config", "PutRemediationExceptions", ConfigRuleName=RULE, ResourceKeys=keys(*ids))
    first = call("config", "DescribeRemediationExceptions", ConfigRuleName=RULE, Limit=100)
    assert len(first["RemediationExceptions"]) == 25
    assert list(exceptions(call, NextToken=first["NextToken"])) == ids[25:]
    assert list(exceptions(call, ResourceKeys=keys("vol-07"))) == ["vol-07"]
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        exceptions(call, ResourceKeys=keys("vol-07"), NextToken=first["NextToken"])

    [batch] = call("config", "DeleteRemediationExceptions", ConfigRuleName=RULE, ResourceKeys=keys("vol-07", "none"))[
        "FailedBatches"
    ]
    assert batch["FailedItems"] == keys("none")
    with pytest.raises(ServiceError, match="NoSuchRemediationExceptionException"):
        call("config", "DeleteRemediationExceptions", ConfigRuleName=RULE, ResourceKeys=keys("vol-07"))


@pytest.mark.usefixtures("rule")
def test_exceptions_that_are_refused(call: CallFixture, ctx: Context) -> None:
    for members in (
        {"ConfigRuleName": "none"},
        {"ExpirationTime": to_datetime(ctx.now)},
        {"ResourceKeys": [{"ResourceType": VOLUME}]},
    ):
        given: Document = {"ConfigRuleName": RULE, "ResourceKeys": keys("vol-bad"), **members}
        with pytest.raises(ServiceError, match="InvalidParameterValueException"):
            call("config", "PutRemediationExceptions", **given)
    assert exceptions(call) == {}


@pytest.mark.usefixtures("rule")
def test_a_new_rule_of_the_same_name_has_no_old_exceptions(call: CallFixture, put_rule: PutRule, wait: Wait) -> None:
    call("config", "PutRemediationExceptions", ConfigRuleName=RULE, ResourceKeys=keys("vol-bad"))
    call("config", "DeleteConfigRule", ConfigRuleName=RULE)
    wait(5)
    put_rule("ENCRYPTED_VOLUMES")
    assert exceptions(call) == {}
