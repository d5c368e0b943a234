"""Whatever happens in a source, an aggregator shows what was there at its last refresh, and nothing else."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.model.item import Document
from tests.backend.engine.config.conftest import volume
from tests.backend.engine.config.lab import Lab
from tests.backend.engine.conftest import REGION

VOLUME, RULE = "AWS::EC2::Volume", "encrypted-volumes"
OF = {"ConfigurationAggregatorName": "all"}

names = st.sampled_from(["vol-1", "vol-2", "vol-3"])
steps = st.one_of(
    st.tuples(st.just("put"), names, st.booleans()),
    st.tuples(st.just("remove"), names, st.just(False)),
    st.tuples(st.just("refresh"), st.just(""), st.just(False)),
    st.tuples(st.just("judge again"), st.just(""), st.just(False)),
)


def seen(lab: Lab) -> tuple[dict[str, str], dict[str, str], int]:
    """What the aggregator shows of the second account: configurations and verdicts by id, and the count."""
    place = {"SourceAccountId": lab.second, "SourceRegion": REGION}
    found = lab.call("ListAggregateDiscoveredResources", **OF, ResourceType=VOLUME)["ResourceIdentifiers"]
    wanted = [{**place, "ResourceId": each["ResourceId"], "ResourceType": VOLUME} for each in found]
    items = lab.call("BatchGetAggregateResourceConfig", **OF, ResourceIdentifiers=wanted) if wanted else {}
    answer = lab.call(
        "GetAggregateComplianceDetailsByConfigRule", **OF, ConfigRuleName=RULE, AccountId=lab.second, AwsRegion=REGION
    )
    counted = lab.call("GetAggregateDiscoveredResourceCounts", **OF, Filters={"ResourceType": VOLUME})
    return (
        {item["resourceId"]: item["configuration"] for item in items.get("BaseConfigurationItems", ())},
        verdicts(answer["AggregateEvaluationResults"]),
        counted["TotalDiscoveredResources"],
    )


def there(lab: Lab) -> tuple[dict[str, str], dict[str, str], int]:
    """The same as the account itself shows it now."""
    found = lab.call("ListDiscoveredResources", lab.second, resourceType=VOLUME)["resourceIdentifiers"]
    keys = [{"resourceType": VOLUME, "resourceId": each["resourceId"]} for each in found]
    items = lab.call("BatchGetResourceConfig", lab.second, resourceKeys=keys) if keys else {}
    answer = lab.call("GetComplianceDetailsByConfigRule", lab.second, ConfigRuleName=RULE)
    return (
        {item["resourceId"]: item["configuration"] for item in items.get("baseConfigurationItems", ())},
        verdicts(answer["EvaluationResults"]),
        len(found),
    )


def verdicts(results: list[Document]) -> dict[str, str]:
    return {
        result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: result["ComplianceType"]
        for result in results
    }


@settings(max_examples=20, deadline=None)
@given(st.lists(steps, max_size=14))
def test_what_is_shown_is_what_was_there_at_the_last_refresh(happens: list[tuple[str, str, bool]]) -> None:
    lab = Lab(accounts=2)
    lab.record(lab.second)
    lab.put_rule("ENCRYPTED_VOLUMES", lab.second)
    lab.authorize(lab.second)
    lab.aggregate(lab.second)
    expected, alive = there(lab), set[str]()
    for deed, name, encrypted in happens:
        match deed:
            case "put":
                lab.put(volume(name, encrypted=encrypted), lab.second)
                alive.add(name)
            case "remove" if name in alive:
                lab.remove(volume(name, encrypted=False), lab.second)
                alive.remove(name)
            case "judge again":
                lab.call("DeleteEvaluationResults", lab.second, ConfigRuleName=RULE)
                lab.wait(2)
            case "refresh":
                lab.wait(300)
                expected = there(lab)
        assert seen(lab) == expected
    lab.engine.close()


def test_regions_that_join_later_are_collected_too(lab: Lab) -> None:
    lab.aggregate(lab.main)
    assert set(lab.statuses()) == {(lab.main, REGION), (lab.main, "us-east-1")}
    lab.record(region="eu-west-1")
    lab.wait(300)
    assert lab.statuses()[lab.main, "eu-west-1"] == "SUCCEEDED"


def test_a_kept_world_goes_on_refreshing(tmp_path: Path) -> None:
    lab = Lab(accounts=2, folder=tmp_path)
    lab.record(lab.second)
    lab.authorize(lab.second)
    lab.aggregate(lab.second)
    lab.put(volume("vol-1", encrypted=True), lab.second)
    lab.engine.close()
    again = Lab(accounts=2, folder=tmp_path)
    assert seen(again)[0] == {}
    again.wait(300)
    assert set(seen(again)[0]) == {"vol-1"}
    again.engine.close()
