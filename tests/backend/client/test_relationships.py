"""Who is linked to what, over the API: recorded and derived links, and who uses a resource."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.client import reading, relationships
from backend.client.relationships import RelationshipsOverApi
from backend.client.resources import ResourcesOverApi
from backend.model.item import Document, ResourceKey
from backend.model.moment import parse
from backend.model.problem import Refused, Unreachable
from tests.backend.client.scripted import Answer, ScriptedApi, denied

NOW = parse("2026-03-07T14:00:00Z")
GROUP_ID, SUBNET_ID = "sg-0123456789abcdef0", "subnet-0123456789abcdef0"
GROUP = ResourceKey("AWS::EC2::SecurityGroup", GROUP_ID)
FUNCTION, SERVICE = ResourceKey("AWS::Lambda::Function", "ship"), ResourceKey("AWS::ECS::Service", "web")
ACCOUNT = "696686700433"


def entry(key: ResourceKey, body: Document, *links: Document) -> Document:
    """An item in the spelling of the API."""
    return {
        "version": "1.3",
        "accountId": ACCOUNT,
        "resourceType": key.resource_type,
        "resourceId": key.resource_id,
        "configurationItemCaptureTime": "2026-03-01T00:00:00Z",
        "configurationItemStatus": "OK",
        "configuration": json.dumps(body),
        "relationships": list(links),
    }


ITEMS = {
    GROUP: entry(GROUP, {"groupId": GROUP_ID}),
    FUNCTION: entry(
        FUNCTION,
        {"vpcConfig": {"securityGroupIds": [GROUP_ID]}, "deadLetterConfig": {"targetArn": "none"}},
        {"relationshipName": "Is associated with ", "resourceType": GROUP.resource_type, "resourceId": GROUP_ID},
        {"relationshipName": "Is associated with ", "resourceType": "AWS::IAM::Role", "resourceName": "fn"},
    ),
    SERVICE: entry(SERVICE, {"NetworkConfiguration": {"SecurityGroups": [GROUP_ID], "Subnets": [SUBNET_ID]}}),
}
VERDICT = ResourceKey("AWS::Config::ResourceCompliance", f"AWS::EC2::SecurityGroup/{GROUP_ID}")


def history(params: Document) -> Document:
    found = ITEMS.get(ResourceKey(params["resourceType"], params["resourceId"]))
    return {"configurationItems": [found] if found else []}


def batch(params: Document) -> Document:
    keys = [ResourceKey(each["resourceType"], each["resourceId"]) for each in params["resourceKeys"]]
    known = [ITEMS[key] for key in keys if key in ITEMS]
    bare = [{name: value for name, value in each.items() if name != "relationships"} for each in known]
    return {"baseConfigurationItems": bare, "unprocessedResourceKeys": []}


def listing(params: Document) -> Document:
    if params.get("resourceName") == "fn":
        return {"resourceIdentifiers": [{"resourceType": "AWS::IAM::Role", "resourceId": "AROA1"}]}
    found = [key._asdict() for key in ITEMS if key.resource_type == params["resourceType"]]
    return {
        "resourceIdentifiers": [
            {"resourceType": each["resource_type"], "resourceId": each["resource_id"]} for each in found
        ]
    }


def counted(_: Document) -> Document:
    kinds = {key.resource_type for key in ITEMS}
    return {"resourceCounts": [{"resourceType": kind, "count": 1} for kind in kinds]}


def selected(_: Document) -> Document:
    verdict = entry(
        VERDICT, {}, {"name": "Is associated with ", "resourceType": GROUP.resource_type, "resourceId": GROUP_ID}
    )
    return {"Results": [json.dumps(each) for each in (*ITEMS.values(), verdict)]}


def part(select: Answer | None = None, **more: Any) -> tuple[ScriptedApi, RelationshipsOverApi]:
    api = ScriptedApi(
        {
            "GetResourceConfigHistory": history,
            "BatchGetResourceConfig": batch,
            "ListDiscoveredResources": listing,
            "GetDiscoveredResourceCounts": counted,
            "SelectResourceConfig": select or Refused("no", code="UnknownOperationException"),
            **more,
        }
    )
    return api, RelationshipsOverApi(api, ResourcesOverApi(api, lambda: NOW))


@pytest.mark.requirement("REL-04", "REL-05")
async def test_an_item_tells_recorded_links_first_then_what_its_body_shows() -> None:
    _, links = part()
    found = await links.neighbours(SERVICE)
    assert [(link.resource_id, link.derived) for link in found] == [(GROUP_ID, True), (SUBNET_ID, True)]
    own = await links.neighbours(FUNCTION)
    assert [(link.resource_id, link.derived) for link in own] == [(GROUP_ID, False), ("AROA1", False)]


async def test_a_link_by_name_only_is_given_its_id_or_stays_as_it_is() -> None:
    _, links = part(ListDiscoveredResources=denied("config:ListDiscoveredResources"))
    assert [(link.resource_id, link.resource_name) for link in await links.neighbours(FUNCTION)] == [
        (GROUP_ID, None),
        (None, "fn"),
    ]


@pytest.mark.requirement("REL-05", "INV-06")
async def test_a_query_tells_who_uses_a_group_in_one_call_for_a_hundred() -> None:
    api, links = part(selected)
    found = await links.used_by(GROUP)
    assert [(link.resource_id, link.derived, link.direction) for link in found.links] == [
        ("ship", False, "IN"),
        ("web", True, "IN"),
    ]
    assert found.limit == ""
    assert api.times_asked("SelectResourceConfig") == 1
    assert api.times_asked("ListDiscoveredResources") == 0


@pytest.mark.parametrize(
    "refusal", [Refused("no", code="UnknownOperationException"), denied("config:SelectResourceConfig")]
)
async def test_without_queries_bodies_are_read_and_the_users_own_items(refusal: Exception) -> None:
    _, links = part(refusal)
    found = await links.used_by(GROUP)
    assert [(link.resource_id, link.derived) for link in found.links] == [("ship", False), ("web", True)]


async def test_a_target_that_does_not_answer_is_not_asked_again_in_another_way() -> None:
    _, links = part(Unreachable("gone"))
    with pytest.raises(Unreachable):
        await links.used_by(GROUP)


async def test_without_batchget_items_are_read_one_by_one() -> None:
    _, links = part(BatchGetResourceConfig=denied("config:BatchGetResourceConfig"))
    assert {link.resource_id for link in (await links.used_by(GROUP)).links} == {"ship", "web"}


@pytest.mark.parametrize("select", [selected, None])
async def test_where_the_reading_ends_is_said(select: Answer | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ", 2)
    _, links = part(select)
    assert (await links.used_by(GROUP)).limit == "only the first 2 resources were read"


async def test_of_how_many_the_recorded_links_are_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relationships, "LOOKED_UP", 1)
    _, links = part()
    assert (await links.used_by(GROUP)).limit == "what is recorded was looked up for the first 1 of them"


@pytest.mark.requirement("REL-06")
async def test_what_a_change_could_affect() -> None:
    _, links = part(selected)
    impact = await links.impact(GROUP)
    assert {(reach.key.resource_id, reach.steps) for reach in impact.reached} == {("ship", 1), ("web", 1)}
    assert (await links.impact(SERVICE)).reached == ()


async def test_all_links_are_read_at_once_with_the_verdicts_and_a_bound() -> None:
    told: list[tuple[int, int]] = []
    _, links = part(selected)
    graph = await links.whole(lambda done, total: told.append((done, total)))
    assert [known.key for known in graph.resources()] == list(ITEMS)
    assert {edge.holder for edge in graph.edges_of(GROUP)} == {FUNCTION, SERVICE}
    assert (graph.judged, graph.limit) == (1, "")
    assert (await links.whole(most=2)).limit == "only the first 2 resources were read"


async def test_nobody_uses_what_is_not_there() -> None:
    _, links = part()
    assert (await links.used_by(ResourceKey("AWS::EC2::VPC", "vpc-none"))).links == ()
