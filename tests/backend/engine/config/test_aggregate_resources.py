"""What an aggregator shows of the items of its sources: as of its last refresh, filtered, grouped and in pages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.engine.config import aggregate_resources
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource
from backend.model.item import Document
from tests.backend.engine.config.conftest import bucket, volume
from tests.backend.engine.config.lab import OTHER_REGION, Lab
from tests.backend.engine.conftest import REGION

VOLUME = "AWS::EC2::Volume"


@pytest.fixture
def recorded(lab: Lab) -> Lab:
    """Two accounts record: each has a volume `vol-1` and one of its own, the main one a bucket as well."""
    for account in (lab.main, lab.second):
        lab.record(account)
        lab.put(volume("vol-1", encrypted=True), account)
        lab.put(volume(f"vol-of-{account}", encrypted=False), account)
    lab.put(bucket("only-here"))
    lab.authorize(lab.second)
    lab.aggregate(lab.main, lab.second)
    return lab


def listed(lab: Lab, kind: str = VOLUME, **params: Any) -> list[tuple[str, str]]:
    """Source account and id of the resources of a type, over all pages."""
    found: list[Document] = []
    while True:
        answer = lab.call(
            "ListAggregateDiscoveredResources", ConfigurationAggregatorName="all", ResourceType=kind, **params
        )
        found += answer["ResourceIdentifiers"]
        if "NextToken" not in answer:
            return [(each["SourceAccountId"], each["ResourceId"]) for each in found]
        params["NextToken"] = answer["NextToken"]


def volumes_of(account: str) -> list[tuple[str, str]]:
    return [(account, "vol-1"), (account, f"vol-of-{account}")]


def identifier(lab: Lab, resource_id: str, account: str = "", region: str = REGION, kind: str = VOLUME) -> Document:
    return {
        "SourceAccountId": account or lab.main,
        "SourceRegion": region,
        "ResourceId": resource_id,
        "ResourceType": kind,
    }


def get(lab: Lab, wanted: Document) -> Document:
    answer = lab.call("GetAggregateResourceConfig", ConfigurationAggregatorName="all", ResourceIdentifier=wanted)
    item: Document = answer["ConfigurationItem"]
    return item


def counts(lab: Lab, key: str | None = None, **filters: str) -> tuple[int, dict[str, int]]:
    answer = lab.call(
        "GetAggregateDiscoveredResourceCounts",
        ConfigurationAggregatorName="all",
        Filters=filters,
        **({"GroupByKey": key} if key else {}),
    )
    groups = {group["GroupName"]: group["ResourceCount"] for group in answer["GroupedResourceCounts"]}
    return answer["TotalDiscoveredResources"], groups


def test_resources_of_all_sources_are_listed(recorded: Lab) -> None:
    lab = recorded
    everything = sorted(volumes_of(lab.main) + volumes_of(lab.second))
    assert listed(lab) == everything
    assert listed(lab, Limit=1) == everything


def test_a_token_leads_on_in_its_own_aggregator_only(recorded: Lab) -> None:
    asked: Document = {"ResourceType": VOLUME, "Limit": 1}
    token = recorded.call("ListAggregateDiscoveredResources", ConfigurationAggregatorName="all", **asked)["NextToken"]
    recorded.aggregate(recorded.main, name="other")
    for name, given in (("other", token), ("all", "bm9uZQ==")):
        with pytest.raises(ServiceError, match="InvalidNextTokenException"):
            recorded.call(
                "ListAggregateDiscoveredResources", ConfigurationAggregatorName=name, **asked, NextToken=given
            )


def test_the_list_can_be_narrowed(recorded: Lab) -> None:
    lab = recorded
    assert listed(lab, Filters={"AccountId": lab.second}) == [
        (lab.second, "vol-1"),
        (lab.second, f"vol-of-{lab.second}"),
    ]
    assert len(listed(lab, Filters={"ResourceId": "vol-1"})) == 2
    assert listed(lab, Filters={"Region": OTHER_REGION}) == []
    assert listed(lab, "AWS::S3::Bucket", Filters={"ResourceName": "only-here"}) == [(lab.main, "only-here")]
    assert listed(lab, "AWS::S3::Bucket", Filters={"ResourceName": "elsewhere"}) == []


def test_an_identifier_says_where_its_resource_is(recorded: Lab) -> None:
    answer = recorded.call(
        "ListAggregateDiscoveredResources",
        ConfigurationAggregatorName="all",
        ResourceType="AWS::S3::Bucket",
        Filters={"ResourceId": "only-here"},
    )
    assert answer == {
        "ResourceIdentifiers": [
            {
                "SourceAccountId": recorded.main,
                "SourceRegion": REGION,
                "ResourceId": "only-here",
                "ResourceType": "AWS::S3::Bucket",
                "ResourceName": "only-here",
            }
        ]
    }


def test_the_item_of_each_account_can_be_told_apart(recorded: Lab) -> None:
    lab = recorded
    for account in (lab.main, lab.second):
        item = get(lab, identifier(lab, "vol-1", account))
        assert (item["accountId"], item["resourceId"], item["awsRegion"]) == (account, "vol-1", REGION)
        assert json.loads(item["configuration"])["encrypted"] is True
        assert "relationships" in item
        assert "tags" in item


def test_what_is_changed_shows_after_the_next_refresh(recorded: Lab) -> None:
    lab = recorded
    lab.put(volume("vol-1", encrypted=False), lab.second)
    lab.put(volume("vol-new", encrypted=False), lab.second)
    lab.remove(volume(f"vol-of-{lab.second}", encrypted=False), lab.second)
    wanted = identifier(lab, "vol-1", lab.second)
    before = counts(lab)
    assert json.loads(get(lab, wanted)["configuration"])["encrypted"] is True
    assert listed(lab, Filters={"AccountId": lab.second}) == volumes_of(lab.second)
    lab.wait(300)
    assert json.loads(get(lab, wanted)["configuration"])["encrypted"] is False
    assert listed(lab, Filters={"AccountId": lab.second}) == [(lab.second, "vol-1"), (lab.second, "vol-new")]
    assert counts(lab) == before
    with pytest.raises(ServiceError, match="ResourceNotDiscoveredException"):
        get(lab, identifier(lab, f"vol-of-{lab.second}", lab.second))


def test_who_takes_the_authorization_back_is_shown_as_it_was(recorded: Lab) -> None:
    lab = recorded
    lab.call("DeleteAggregationAuthorization", lab.second, AuthorizedAccountId=lab.main, AuthorizedAwsRegion=REGION)
    lab.put(volume("vol-secret", encrypted=True), lab.second)
    lab.wait(600)
    assert listed(lab, Filters={"AccountId": lab.second}) == [
        (lab.second, "vol-1"),
        (lab.second, f"vol-of-{lab.second}"),
    ]


def test_who_never_agreed_is_not_shown(recorded: Lab) -> None:
    lab = recorded
    lab.record(lab.third)
    lab.put(volume("vol-3", encrypted=True), lab.third)
    lab.aggregate(lab.third)
    assert listed(lab) == []
    assert counts(lab) == (0, {})
    with pytest.raises(ServiceError, match="ResourceNotDiscoveredException"):
        get(lab, identifier(lab, "vol-3", lab.third))


def test_a_former_source_is_shown_no_more(recorded: Lab) -> None:
    lab = recorded
    lab.call(
        "PutConfigurationAggregator",
        ConfigurationAggregatorName="all",
        AccountAggregationSources=[{"AccountIds": [lab.main], "AllAwsRegions": True}],
    )
    assert {account for account, _ in listed(lab)} == {lab.main}


def test_what_is_not_known_is_refused(recorded: Lab) -> None:
    with pytest.raises(ServiceError) as refusal:
        get(recorded, identifier(recorded, "vol-9"))
    assert (refusal.value.code, refusal.value.message) == (
        "ResourceNotDiscoveredException",
        f"Resource vol-9 of resourceType:{VOLUME} is unknown or has not been discovered",
    )
    with pytest.raises(ServiceError, match="ResourceNotDiscoveredException"):
        get(recorded, {**identifier(recorded, "vol-1"), "ResourceName": "another"})


def test_an_oversized_item_is_refused(recorded: Lab) -> None:
    large = volume("vol-large", encrypted=True, tags={"notes": "x" * aggregate_resources.LARGEST_ITEM})
    recorded.put(large)
    recorded.wait(300)
    with pytest.raises(ServiceError, match="OversizedConfigurationItemException"):
        get(recorded, identifier(recorded, "vol-large"))


def test_a_batch_sorts_what_it_finds(recorded: Lab) -> None:
    lab = recorded
    unknown_place = identifier(lab, "vol-1", lab.third)
    wanted = [identifier(lab, "vol-1", lab.second), identifier(lab, "vol-9"), unknown_place]
    answer = lab.call("BatchGetAggregateResourceConfig", ConfigurationAggregatorName="all", ResourceIdentifiers=wanted)
    (item,) = answer["BaseConfigurationItems"]
    assert (item["accountId"], item["resourceId"]) == (lab.second, "vol-1")
    assert not {"tags", "relationships"} & item.keys()
    assert answer["UnprocessedResourceIdentifiers"] == [unknown_place]


def test_resources_are_counted_in_groups(recorded: Lab) -> None:
    lab = recorded
    total, none = counts(lab)
    assert none == {}
    by_type = counts(lab, "RESOURCE_TYPE")
    assert by_type[1][VOLUME] == 4
    assert list(by_type[1].values()) == sorted(by_type[1].values(), reverse=True)
    for key in ("RESOURCE_TYPE", "ACCOUNT_ID", "AWS_REGION"):
        everything, groups = counts(lab, key)
        assert everything == total == sum(groups.values())
    assert counts(lab, "ACCOUNT_ID", ResourceType=VOLUME) == (4, {lab.main: 2, lab.second: 2})
    assert counts(lab, "AWS_REGION", ResourceType=VOLUME, AccountId=lab.second) == (2, {REGION: 2})
    assert counts(lab, "RESOURCE_TYPE", Region=OTHER_REGION) == (0, {})


def test_groups_come_in_pages(recorded: Lab) -> None:
    whole = counts(recorded, "RESOURCE_TYPE")[1]
    names: list[str] = []
    params: dict[str, Any] = {"ConfigurationAggregatorName": "all", "GroupByKey": "RESOURCE_TYPE", "Limit": 1}
    while True:
        answer = recorded.call("GetAggregateDiscoveredResourceCounts", **params)
        names += [group["GroupName"] for group in answer["GroupedResourceCounts"]]
        assert answer["TotalDiscoveredResources"] == sum(whole.values())
        if "NextToken" not in answer:
            break
        params["NextToken"] = answer["NextToken"]
    assert names == list(whole)


def test_a_filter_on_types_leaves_the_others_out(recorded: Lab) -> None:
    lab = recorded
    only = {"ResourceType": {"Type": "INCLUDE", "Value": ["AWS::S3::Bucket"]}}
    made = lab.aggregate(lab.main, lab.second, AggregatorFilters=only)
    assert made["AggregatorFilters"] == only
    assert listed(lab) == []
    assert (lab.main, "only-here") in listed(lab, "AWS::S3::Bucket")
    assert set(counts(lab, "RESOURCE_TYPE")[1]) == {"AWS::S3::Bucket"}
    with pytest.raises(ServiceError, match="ResourceNotDiscoveredException"):
        get(lab, identifier(lab, "vol-1"))
    batch = [identifier(lab, "vol-1")]
    answer = lab.call("BatchGetAggregateResourceConfig", ConfigurationAggregatorName="all", ResourceIdentifiers=batch)
    assert answer == {"BaseConfigurationItems": [], "UnprocessedResourceIdentifiers": batch}


def test_more_than_one_batch_of_rows_is_read(recorded: Lab) -> None:
    for number in range(250):
        recorded.put(volume(f"vol-{number:05}", encrypted=True))
    recorded.wait(300)
    assert len(listed(recorded)) == 254
    assert len(listed(recorded, Filters={"ResourceId": "vol-00249"})) == 1


def test_the_own_account_needs_no_authorization_in_any_region(lab: Lab) -> None:
    lab.record(region=OTHER_REGION)
    lab.aggregate(lab.main)
    kind = "AWS::Config::ConfigurationRecorder"
    assert len(listed(lab, kind, Filters={"Region": OTHER_REGION})) == 1


def test_a_filter_on_services_leaves_what_their_recorders_do_not_record(recorded: Lab) -> None:
    lab = recorded
    principal = "observabilityadmin.amazonaws.com"
    only = {"ServicePrincipal": {"Type": "INCLUDE", "Value": [principal]}}
    lab.aggregate(lab.main, AggregatorFilters=only)
    assert counts(lab) == (0, {})
    lab.call("PutServiceLinkedConfigurationRecorder", ServicePrincipal=principal)
    lab.put(Resource(resource_type="AWS::EC2::VPC", resource_id="vpc-1", region=REGION, configuration={}))
    lab.wait(300)
    assert listed(lab, "AWS::EC2::VPC") == [(lab.main, "vpc-1")]
    assert listed(lab) == []


def test_a_query_sees_every_source_as_of_its_refresh(recorded: Lab) -> None:
    lab = recorded
    asked = {
        "ConfigurationAggregatorName": "all",
        "Expression": f"SELECT accountId, resourceId, configuration.encrypted WHERE resourceType = '{VOLUME}'",
    }
    lab.put(volume("vol-1", encrypted=False), lab.second)
    lab.put(volume("vol-new", encrypted=False), lab.second)
    lab.remove(volume(f"vol-of-{lab.second}", encrypted=False), lab.second)

    def rows() -> set[tuple[str, str, bool]]:
        found = map(json.loads, lab.call("SelectAggregateResourceConfig", **asked)["Results"])
        return {(row["accountId"], row["resourceId"], row["configuration"]["encrypted"]) for row in found}

    before = {(account, name, name == "vol-1") for account, name in volumes_of(lab.main) + volumes_of(lab.second)}
    assert rows() == before
    lab.wait(300)
    changed = {(lab.second, "vol-1", False), (lab.second, "vol-new", False)}
    assert rows() == {row for row in before if row[0] == lab.main} | changed
    answer = lab.call(
        "SelectAggregateResourceConfig",
        ConfigurationAggregatorName="all",
        Expression=f"SELECT accountId, COUNT(*) WHERE resourceType = '{VOLUME}' GROUP BY accountId",
    )
    assert sorted(map(json.loads, answer["Results"]), key=str) == sorted(
        [{"accountId": account, "COUNT(*)": 2} for account in (lab.main, lab.second)], key=str
    )
