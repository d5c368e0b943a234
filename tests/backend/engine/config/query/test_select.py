"""Advanced queries over what AWS Config knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from backend.engine.config.query.answer import answer
from backend.engine.config.query.expression import read
from backend.engine.config.query.select import texts, types
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model.item import Document
from tests.backend.engine.conftest import REGION, CallFixture, PutFixture

Ask: TypeAlias = Callable[..., list[Document]]


def resource(kind: str, resource_id: str, configuration: Document, **members: Any) -> Resource:
    return Resource(
        resource_type=f"AWS::{kind}", resource_id=resource_id, region=REGION, configuration=configuration, **members
    )


@pytest.fixture
def ask(call: CallFixture) -> Ask:
    def ask(expression: str, **params: Any) -> list[Document]:
        answer = call("config", "SelectResourceConfig", Expression=expression, **params)
        return [json.loads(each) for each in answer["Results"]]

    return ask


@pytest.fixture
def estate_of_six(put: PutFixture, recording: None) -> None:
    """Three volumes, two security groups and an instance in one of them."""
    put(
        resource("EC2::Volume", "vol-1", {"size": 8, "encrypted": True, "state": "in-use"}, tags={"Env": "prod"}),
        resource("EC2::Volume", "vol-2", {"size": 100, "encrypted": False, "state": "available"}),
        resource("EC2::Volume", "vol-3", {"size": 20, "state": "in-use"}, tags={"Env": "dev", "Team": "prod"}),
        resource("EC2::SecurityGroup", "sg-1", {"ipPermissions": [{"ipRanges": ["10.0.0.0/16", "10.9.0.1/32"]}]}),
        resource("EC2::SecurityGroup", "sg-2", {"ipPermissions": [{"ipRanges": ["0.0.0.0/0"]}, {"ipRanges": []}]}),
        resource(
            "EC2::Instance",
            "i-1",
            {"launchTime": "2026-02-01T10:00:00.000Z", "disks": [{"id": "vol-1", "n": 1}, {"id": "vol-3"}]},
            links=(Link("Is associated with SecurityGroup", "AWS::EC2::SecurityGroup", "sg-1"),),
        ),
    )


def test_a_page_reads_no_more_items_than_it_shows_unless_an_order_is_asked_for() -> None:
    def items() -> Iterator[Document]:
        for number in range(10):
            read_so_far.append(number)
            yield {"resourceId": f"vol-{number}", "resourceType": "AWS::EC2::Volume"}

    read_so_far: list[int] = []
    query = read("SELECT resourceId WHERE resourceType = 'AWS::EC2::Volume'")
    assert answer(query, items(), 2, 4) == [{"resourceId": "vol-2"}, {"resourceId": "vol-3"}]
    assert len(read_so_far) == 4
    query = read("SELECT resourceId WHERE resourceType = 'AWS::EC2::Volume' ORDER BY resourceId DESC")
    assert answer(query, items(), 0, 1) == [{"resourceId": "vol-9"}]


@pytest.mark.usefixtures("estate_of_six")
class TestOverSixResources:
    def ids(self, ask: Ask, condition: str) -> list[str]:
        found = ask(f"SELECT resourceId WHERE resourceType LIKE 'AWS::EC2%' AND ({condition})")
        return [each["resourceId"] for each in found]

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("configuration.size > 10", ["vol-2", "vol-3"]),
            ("configuration.size BETWEEN 8 AND 20", ["vol-1", "vol-3"]),
            ("configuration.encrypted = 'false'", ["vol-2"]),
            ("configuration.encrypted = true", ["vol-1"]),
            ("resourceId IN ('vol-1', 'i-1')", ["i-1", "vol-1"]),
            ("resourceId LIKE 'vol-_' AND resourceId NOT IN ('vol-1')", ["vol-2", "vol-3"]),
            ("Configuration.STATE.value = 'available'", ["vol-2"]),
            ("tags.tag = 'Env=prod'", ["vol-1"]),
            ("tags.key = 'Env' AND tags.value = 'prod'", ["vol-1", "vol-3"]),
            ("configuration.launchTime < '2026-02-01 11:00:00'", ["i-1"]),
            ("configuration.disks.id = 'vol-3' AND configuration.disks.n = 1", ["i-1"]),
        ],
    )
    def test_conditions_look_at_values(self, ask: Ask, condition: str, expected: list[str]) -> None:
        assert self.ids(ask, condition) == expected

    def test_not_means_that_no_element_matches_and_takes_items_without_the_property(self, ask: Ask) -> None:
        volumes = "resourceType = 'AWS::EC2::Volume'"
        assert self.ids(ask, f"{volumes} AND NOT configuration.encrypted = true") == ["vol-2", "vol-3"]
        assert self.ids(ask, "NOT configuration.disks.id = 'vol-1' AND resourceId = 'i-1'") == []

    def test_an_address_matches_every_network_that_holds_it(self, ask: Ask) -> None:
        ranges = "configuration.ipPermissions.ipRanges"
        assert self.ids(ask, f"{ranges} = '10.0.7.7'") == ["sg-1", "sg-2"]
        whole = f"{ranges} BETWEEN '10.0.0.0' AND '10.0.255.255'"
        exact = f"{whole} AND NOT {ranges} < '10.0.0.0' AND NOT {ranges} > '10.9.0.1'"
        assert self.ids(ask, exact) == ["sg-1"]

    @pytest.mark.requirement("REL-05")
    def test_what_uses_a_security_group_is_found_from_the_other_side(self, ask: Ask) -> None:
        found = ask("SELECT resourceId, resourceType, relationships WHERE relationships.resourceId = 'sg-1'")
        assert found == [
            {
                "resourceId": "i-1",
                "resourceType": "AWS::EC2::Instance",
                "relationships": [{"resourceId": "sg-1", "resourceType": "AWS::EC2::SecurityGroup"}],
            }
        ]

    def test_results_are_nested_along_the_path_and_lists_stay_lists(self, ask: Ask) -> None:
        found = ask("SELECT configuration.disks.id, configuration.disks.n, tags WHERE resourceId = 'i-1'")
        assert found == [{"configuration": {"disks": [{"id": "vol-1", "n": 1.0}, {"id": "vol-3"}]}, "tags": []}]

    def test_a_path_asked_for_whole_has_its_parts(self, ask: Ask) -> None:
        found = ask("SELECT configuration.size, configuration WHERE resourceId = 'vol-3'")
        assert found == [{"configuration": {"size": 20, "state": "in-use"}}]

    def test_rows_come_in_the_order_asked_for_those_without_a_value_last(self, ask: Ask) -> None:
        found = ask(
            "SELECT resourceId WHERE resourceType LIKE 'AWS::EC2::%' AND NOT resourceType = 'AWS::EC2::SecurityGroup'"
            " ORDER BY configuration.size DESC"
        )
        assert [each["resourceId"] for each in found] == ["vol-2", "vol-3", "vol-1", "i-1"]

    def test_groups_are_counted_and_computed(self, ask: Ask) -> None:
        found = ask(
            "SELECT configuration.state, COUNT(*), SUM(configuration.size), AVG(configuration.size)"
            " WHERE resourceType = 'AWS::EC2::Volume' GROUP BY configuration.state"
        )
        assert {each["configuration"]["state"]: each for each in found} == {
            "in-use": {
                "configuration": {"state": "in-use"},
                "COUNT(*)": 2,
                "SUM(configuration.size)": 28,
                "AVG(configuration.size)": 14.0,
            },
            "available": {
                "configuration": {"state": "available"},
                "COUNT(*)": 1,
                "SUM(configuration.size)": 100,
                "AVG(configuration.size)": 100.0,
            },
        }

    def test_an_item_of_several_values_counts_in_each_group(self, ask: Ask) -> None:
        found = ask("SELECT tags.key, COUNT(*) WHERE resourceType = 'AWS::EC2::Volume' GROUP BY tags.key")
        assert {each.get("tags", {}).get("key"): each["COUNT(*)"] for each in found} == {"Env": 2, "Team": 1, None: 1}

    def test_extremes_and_counts_without_groups_are_one_row_also_over_nothing(self, ask: Ask) -> None:
        found = ask("SELECT MAX(configuration.size), MIN(resourceId) WHERE resourceType = 'AWS::EC2::Volume'")
        assert found == [{"MAX(configuration.size)": 100, "MIN(resourceId)": "vol-1"}]
        assert ask("SELECT COUNT(*) WHERE resourceType = 'AWS::EC2::VPC'") == [{"COUNT(*)": 0}]

    def test_a_result_is_found_page_by_page(self, call: CallFixture) -> None:
        params: Document = {"Expression": "SELECT resourceId WHERE resourceType LIKE 'AWS::EC2::%'", "Limit": 4}
        first = call("config", "SelectResourceConfig", **params)
        second = call("config", "SelectResourceConfig", **params, NextToken=first["NextToken"])
        assert [len(first["Results"]), len(second["Results"])] == [4, 2]
        assert "NextToken" not in second
        assert first["QueryInfo"] == {"SelectFields": [{"Name": "resourceId"}]}

    def test_a_page_goes_on_behind_the_last_row_whatever_came_before_it_since(
        self, call: CallFixture, put: PutFixture
    ) -> None:
        params: Document = {"Expression": "SELECT resourceId WHERE resourceType LIKE 'AWS::EC2::%'", "Limit": 4}
        first = call("config", "SelectResourceConfig", **params)
        put(resource("EC2::Instance", "i-0", {}))
        second = call("config", "SelectResourceConfig", **params, NextToken=first["NextToken"])
        shown = [json.loads(row)["resourceId"] for row in (*first["Results"], *second["Results"])]
        assert shown == ["i-1", "sg-1", "sg-2", "vol-1", "vol-2", "vol-3"]

    def test_the_token_of_another_query_is_refused(self, call: CallFixture) -> None:
        first = call("config", "SelectResourceConfig", Expression="SELECT arn", Limit=1)
        with pytest.raises(ServiceError) as refused:
            call("config", "SelectResourceConfig", Expression="SELECT resourceId", NextToken=first["NextToken"])
        assert refused.value.code == "InvalidNextTokenException"

    def test_deleted_resources_are_not_seen(self, engine: Engine, ask: Ask) -> None:
        def change(ctx: Context) -> None:
            estate.remove(ctx, "AWS::EC2::Volume", "vol-2")

        engine.act(change)
        assert ask("SELECT resourceId WHERE resourceId = 'vol-2'") == []


def test_a_bad_expression_is_refused_with_its_place(call: CallFixture, recording: None) -> None:
    with pytest.raises(ServiceError) as refused:
        call("config", "SelectResourceConfig", Expression="SELECT resourceId LIMIT 1")
    assert refused.value.code == "InvalidExpressionException"
    assert "column 19: unexpected 'LIMIT'" in refused.value.message


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("resourceType = 'A' AND configuration.x = 1", {"A"}),
        ("resourceType IN ('A', 'B')", {"A", "B"}),
        ("resourceType = 'A' OR configuration.x = 1", None),
        ("NOT resourceType = 'A'", None),
        ("resourceType = 'A' AND resourceType IN ('A', 'B')", {"A"}),
    ],
)
def test_only_the_types_that_a_condition_allows_are_read(condition: str, expected: set[str] | None) -> None:
    assert types(read(f"SELECT arn WHERE {condition}").where) == expected


def test_only_items_that_hold_a_text_asked_for_are_decoded() -> None:
    query = read(
        "SELECT arn WHERE relationships.resourceId = 'sg-1' AND configuration.size = '10' AND tags.tag = 'a=b'"
    )
    assert texts(query.where) == ['"sg-1"']
