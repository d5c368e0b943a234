"""Scenarios: told in files, played on the clock."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from backend.engine.config import history, items
from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate, kinds, life, people, scenarios, story
from backend.model.item import Document
from backend.model.moment import DAY, HOUR, MINUTE, from_datetime
from backend.model.problem import Missing
from tests.backend.engine.world.conftest import HOME, START


def ask(engine: Engine, service: str, operation: str, **params: object) -> Document:
    return engine.call(Call(service, operation, params, HOME, Caller()))


def delivery(engine: Engine, which: str = "configHistoryDeliveryInfo") -> Document:
    (status,) = ask(engine, "config", "DescribeDeliveryChannelStatus")["DeliveryChannelsStatus"]
    found: Document = status[which]
    return found


def verdict(engine: Engine, rule: str, resource_id: str) -> str:
    answer = ask(engine, "config", "GetComplianceDetailsByConfigRule", ConfigRuleName=rule, Limit=100)
    for each in answer["EvaluationResults"]:
        if each["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"] == resource_id:
            found: str = each["ComplianceType"]
            return found
    return "NOT_EVALUATED"


def group_named(ctx: Context, name: str) -> str:
    found = estate.by_name(ctx, kinds.SECURITY_GROUP, name, HOME)
    assert found is not None
    return found.resource_id


def users(engine: Engine, resource_id: str) -> list[tuple[str, str]]:
    attribute = {"AttributeKey": "ResourceName", "AttributeValue": resource_id}
    events = ask(engine, "cloudtrail", "LookupEvents", LookupAttributes=[attribute])["Events"]
    return [(event["EventName"], event["Username"]) for event in events if from_datetime(event["EventTime"]) >= START]


def play(engine: Engine, name: str) -> None:
    engine.act(lambda ctx: scenarios.play(ctx, name))


def test_there_are_five_and_each_says_what_it_is_about() -> None:
    assert scenarios.names() == ["delivery-failure", "loose-account", "open-door", "quiet-week", "recorder-off"]
    for told in scenarios.infos():
        assert told.title and told.description
        assert "\n" not in told.description


def test_every_step_of_every_file_can_be_done() -> None:
    for entry in (resources.files("backend.engine.world") / "scenario_files").iterdir():
        for step in tomllib.loads(entry.read_text(encoding="utf-8"))["step"]:
            assert people.named(step["by"])
            assert step["do"] in story.DEEDS
            if step["do"] == "habit":
                assert step["name"] in life.NAMED


@pytest.mark.requirement("HIS-09", "HIS-10", "CHN-14")
def test_a_lost_bucket_fails_the_history_and_a_mended_one_heals_it(world: Engine, here: Context) -> None:
    good = delivery(world)["lastSuccessfulTime"]
    run = here.clock.when(history.RUN, HOME)
    assert run is not None
    play(world, "delivery-failure")
    world.advance(run + MINUTE)
    failed = delivery(world)
    assert failed["lastStatus"] == "FAILURE"
    assert failed["lastErrorCode"] == "NoSuchBucket"
    assert "does not exist" in failed["lastErrorMessage"]
    assert from_datetime(failed["lastAttemptTime"]) == run
    assert failed["lastSuccessfulTime"] == good
    world.advance(run + 30 * MINUTE)
    assert delivery(world, "configSnapshotDeliveryInfo")["lastErrorCode"] == "NoSuchBucket"
    world.advance(run + 6 * HOUR + MINUTE)
    healed = delivery(world)
    assert healed["lastStatus"] == "SUCCESS"
    assert "lastErrorCode" not in healed
    assert healed["lastAttemptTime"] == healed["lastSuccessfulTime"]
    assert delivery(world, "configSnapshotDeliveryInfo")["lastStatus"] == "SUCCESS"
    names = [name for name, _ in users(world, "config-bucket-sgp")]
    assert names == ["PutBucketPolicy", "CreateBucket", "DeleteBucket"]


@pytest.mark.requirement("RUL-16")
def test_an_open_door_is_found_traced_and_closed(world: Engine, here: Context) -> None:
    group = group_named(here, "storefront-prod-app")
    assert verdict(world, "restricted-ssh", group) == "COMPLIANT"
    play(world, "open-door")
    world.advance(START + 5 * MINUTE)
    assert verdict(world, "restricted-ssh", group) == "NON_COMPLIANT"
    assert users(world, group) == [("AuthorizeSecurityGroupIngress", "kenji.sato")]
    world.advance(START + 45 * MINUTE)
    assert verdict(world, "restricted-ssh", group) == "COMPLIANT"
    assert users(world, group)[0] == ("RevokeSecurityGroupIngress", "aisha.rahman")


def of_account(engine: Engine, rule: str) -> str:
    [told] = ask(engine, "config", "DescribeComplianceByConfigRule", ConfigRuleNames=[rule])["ComplianceByConfigRules"]
    return str(told["Compliance"]["ComplianceType"])


@pytest.mark.requirement("RUL-07", "RUL-11")
def test_facts_of_the_account_change_and_rules_on_a_schedule_see_it(world: Engine, here: Context) -> None:
    rules = ("iam-root-access-key-check", "ec2-ebs-encryption-by-default", "guardduty-enabled-centralized")
    play(world, "loose-account")
    world.advance(START + 10 * MINUTE)
    assert [of_account(world, rule) for rule in rules] == ["COMPLIANT"] * 3
    world.advance(START + 2 * HOUR)
    assert [of_account(world, rule) for rule in rules] == ["NON_COMPLIANT"] * 3
    world.advance(START + 5 * HOUR)
    assert [of_account(world, rule) for rule in rules] == ["COMPLIANT"] * 3
    attribute = {"AttributeKey": "EventName", "AttributeValue": "DisableEbsEncryptionByDefault"}
    [event] = ask(world, "cloudtrail", "LookupEvents", LookupAttributes=[attribute])["Events"]
    assert event["Username"] == "marek.nowak"


def test_rules_on_a_schedule_judge_what_is_not_recorded(world: Engine, here: Context) -> None:
    play(world, "loose-account")
    world.advance(START + 10 * MINUTE)
    found = ask(
        world,
        "config",
        "GetComplianceDetailsByConfigRule",
        ConfigRuleName="cw-loggroup-retention-period-check",
        ComplianceTypes=["NON_COMPLIANT"],
    )["EvaluationResults"]
    named = found[0]["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    assert named["ResourceType"] == "AWS::Logs::LogGroup"
    assert found[0]["Annotation"] == "Logs are kept 30 days."
    with pytest.raises(ServiceError, match="ResourceNotDiscoveredException"):
        ask(
            world,
            "config",
            "GetResourceConfigHistory",
            resourceType=named["ResourceType"],
            resourceId=named["ResourceId"],
        )
    counts = ask(world, "config", "GetDiscoveredResourceCounts")["resourceCounts"]
    assert "AWS::Logs::LogGroup" not in {one["resourceType"] for one in counts}


@pytest.mark.requirement("REC-08", "RUL-11")
def test_while_the_recorder_is_off_changes_go_unseen_and_periodic_rules_go_on(world: Engine, here: Context) -> None:
    group = group_named(here, "payments-gateway-prod-app")
    recorded = len(items.history(here, kinds.SECURITY_GROUP, group))
    play(world, "recorder-off")
    world.advance(START + DAY + 11 * HOUR)
    (recorder,) = ask(world, "config", "DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    assert recorder["recording"] is False
    changed = estate.get(here, kinds.SECURITY_GROUP, group)
    assert changed is not None
    assert changed.configuration["ipPermissions"][-1]["ipRanges"] == ["0.0.0.0/0"]
    assert len(items.history(here, kinds.SECURITY_GROUP, group)) == recorded
    assert verdict(world, "restricted-ssh", group) != "NON_COMPLIANT"
    (rule,) = ask(world, "config", "DescribeConfigRuleEvaluationStatus", ConfigRuleNames=["cloudtrail-enabled"])[
        "ConfigRulesEvaluationStatus"
    ]
    assert from_datetime(rule["LastSuccessfulEvaluationTime"]) > START + 2 * MINUTE
    world.advance(START + DAY + 12 * HOUR + 5 * MINUTE)
    assert len(items.history(here, kinds.SECURITY_GROUP, group)) > recorded
    assert verdict(world, "restricted-ssh", group) == "NON_COMPLIANT"
    world.advance(START + DAY + 14 * HOUR)
    assert verdict(world, "restricted-ssh", group) == "COMPLIANT"


def test_a_quiet_week_stays_quiet(world: Engine) -> None:
    def broken() -> list[str]:
        answer = ask(world, "config", "DescribeComplianceByConfigRule", ComplianceTypes=["NON_COMPLIANT"])
        return [each["ConfigRuleName"] for each in answer["ComplianceByConfigRules"]]

    before = broken()
    play(world, "quiet-week")
    world.advance(START + 7 * DAY)
    assert broken() == before
    assert delivery(world)["lastStatus"] == "SUCCESS"
    assert delivery(world, "configSnapshotDeliveryInfo")["lastStatus"] == "SUCCESS"


def test_a_scenario_can_be_played_again_before_it_is_over(world: Engine, here: Context) -> None:
    play(world, "open-door")
    world.advance(START + 10 * MINUTE)
    play(world, "open-door")
    world.advance(START + 2 * HOUR)
    group = group_named(here, "storefront-prod-app")
    assert [name for name, _ in users(world, group)] == [
        "RevokeSecurityGroupIngress",
        "AuthorizeSecurityGroupIngress",
        "AuthorizeSecurityGroupIngress",
    ]
    assert verdict(world, "restricted-ssh", group) == "COMPLIANT"


def test_a_scenario_that_has_no_stage_says_so(engine: Engine) -> None:
    with pytest.raises(Missing, match="no delivery channel"):
        play(engine, "open-door")
    with pytest.raises(Missing, match="no scenario 'hamlet'"):
        play(engine, "hamlet")


@pytest.mark.usefixtures("recording")
def test_a_scenario_whose_cast_is_missing_says_so(engine: Engine) -> None:
    with pytest.raises(Missing, match="AWS::EC2::SecurityGroup"):
        play(engine, "open-door")
