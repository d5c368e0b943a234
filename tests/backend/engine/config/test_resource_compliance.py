"""Items that hold the compliance of a resource: written when a verdict moves, and only then."""

from __future__ import annotations

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.model.item import Document
from tests.backend.engine.config.conftest import PutRule, Wait, remove, volume
from tests.backend.engine.conftest import CallFixture, Messages, PutFixture

KIND, VOLUME = "AWS::Config::ResourceCompliance", "AWS::EC2::Volume"
BAD, GOOD = "NON_COMPLIANT", "COMPLIANT"


def told(ctx: Context, volume_id: str = "vol-1") -> list[Document]:
    """The compliance items of a volume, newest first."""
    return items.history(ctx, KIND, f"{VOLUME}/{volume_id}")


@pytest.fixture
def tagged(put_rule: PutRule) -> str:
    return put_rule("REQUIRED_TAGS", parameters={"tag1Key": "Owner"}, Scope={"ComplianceResourceTypes": [VOLUME]})


@pytest.mark.usefixtures("recording")
def test_one_item_tells_what_all_rules_say_of_a_resource(
    call: CallFixture, ctx: Context, put: PutFixture, put_rule: PutRule
) -> None:
    put(volume("vol-1", encrypted=True))
    put_rule("REQUIRED_TAGS", parameters={"tag1Key": "Owner"}, settle=False)
    put_rule("ENCRYPTED_VOLUMES")
    rules = {rule["ConfigRuleName"]: rule for rule in call("config", "DescribeConfigRules")["ConfigRules"]}
    [item] = told(ctx)
    assert item["configurationItemStatus"] == "ResourceDiscovered"
    assert item["configuration"] == {
        "targetResourceId": "vol-1",
        "targetResourceType": VOLUME,
        "configRuleList": [
            {
                "configRuleArn": rules[name]["ConfigRuleArn"],
                "configRuleId": rules[name]["ConfigRuleId"],
                "configRuleName": name,
                "complianceType": verdict,
            }
            for name, verdict in (("encrypted-volumes", GOOD), ("required-tags", BAD))
        ],
        "complianceType": BAD,
    }
    assert item["relationships"] == [
        {"resourceId": "vol-1", "resourceName": None, "resourceType": VOLUME, "name": "Is associated with "}
    ]


@pytest.mark.usefixtures("recording", "tagged")
def test_an_item_comes_with_a_verdict_that_moves_and_not_with_an_evaluation(
    ctx: Context, put: PutFixture, wait: Wait, messages: Messages
) -> None:
    put(volume("vol-1", encrypted=True))
    wait(5)
    put(volume("vol-1", encrypted=False))
    wait(5)
    assert len(told(ctx)) == 1
    put(volume("vol-1", encrypted=False, tags={"Owner": "web"}))
    wait(5)
    newest, _ = told(ctx)
    assert (newest["configurationItemStatus"], newest["configuration"]["complianceType"]) == ("OK", GOOD)
    about = [
        (message["configurationItem"]["configuration"]["complianceType"], message["configurationItemDiff"])
        for _, message in messages("ConfigurationItemChangeNotification")
        if message["configurationItem"]["resourceType"] == KIND
    ]
    assert [verdict for verdict, _ in about] == [BAD, GOOD]
    assert about[1][1]["changedProperties"]["Configuration.ComplianceType"] == {
        "previousValue": BAD,
        "updatedValue": GOOD,
        "changeType": "UPDATE",
    }


@pytest.mark.usefixtures("recording")
def test_the_history_ends_when_no_rule_says_anything_any_more(
    engine: Engine, call: CallFixture, ctx: Context, put: PutFixture, wait: Wait, tagged: str
) -> None:
    put(volume("vol-1", encrypted=True), volume("vol-2", encrypted=True))
    wait(5)
    remove(engine, VOLUME, "vol-1")
    wait(5)
    assert [item["configurationItemStatus"] for item in told(ctx)] == ["ResourceDeleted", "ResourceDiscovered"]

    call("config", "DeleteEvaluationResults", ConfigRuleName=tagged)
    wait(5)
    assert told(ctx, "vol-2")[0]["configurationItemStatus"] == "ResourceDeleted"
    wait(60)
    call("config", "StartConfigRulesEvaluation", ConfigRuleNames=[tagged])
    wait(5)
    assert told(ctx, "vol-2")[0]["configurationItemStatus"] == "ResourceDiscovered"

    call("config", "DeleteConfigRule", ConfigRuleName=tagged)
    wait(5)
    assert told(ctx, "vol-2")[0]["configurationItemStatus"] == "ResourceDeleted"
    assert call("config", "ListDiscoveredResources", resourceType=KIND)["resourceIdentifiers"] == []


@pytest.mark.usefixtures("recording")
def test_what_moves_while_nothing_is_recorded_is_told_afterwards(
    call: CallFixture, ctx: Context, wait: Wait, put_rule: PutRule
) -> None:
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")
    put_rule("ROOT_ACCOUNT_MFA_ENABLED")
    account = f"AWS::::Account/{ctx.account}"
    assert items.history(ctx, KIND, account) == []
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    wait(5)
    [item] = items.history(ctx, KIND, account)
    assert item["configuration"]["complianceType"] == BAD


@pytest.mark.usefixtures("recorder", "tagged")
def test_the_type_can_be_left_out_of_recording(call: CallFixture, ctx: Context, put: PutFixture, wait: Wait) -> None:
    [recorder] = call("config", "DescribeConfigurationRecorders")["ConfigurationRecorders"]
    group = {
        "exclusionByResourceTypes": {"resourceTypes": [KIND]},
        "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
    }
    settings = {"name": "default", "roleARN": recorder["roleARN"], "recordingGroup": group}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")
    put(volume("vol-1", encrypted=True))
    wait(5)
    assert told(ctx) == []
    assert call("config", "DescribeComplianceByResource", ResourceType=VOLUME)["ComplianceByResources"]
