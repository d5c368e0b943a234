"""Who did what, out of CloudTrail's event history."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from backend.client.trail import TrailOverApi, read_event
from backend.model.item import ConfigurationItem, Document, Relationship, ResourceKey
from backend.model.moment import MINUTE, parse, to_datetime
from tests.backend.client.scripted import ScriptedApi


def event(name: str, *, read_only: str = "false", user: str = "ana") -> Document:
    record = {
        "eventName": name,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2",
        "awsRegion": "eu-west-1",
        "errorCode": "AccessDenied",
        "userIdentity": {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"},
    }
    return {
        "EventId": f"id-{name}",
        "EventName": name,
        "EventSource": "ec2.amazonaws.com",
        "EventTime": datetime(2026, 1, 1, tzinfo=UTC),
        "ReadOnly": read_only,
        "Username": user,
        "Resources": [{"ResourceType": "AWS::EC2::SecurityGroup", "ResourceName": "sg-1"}],
        "CloudTrailEvent": json.dumps(record),
    }


@pytest.mark.requirement("TRE-06")
def test_an_event_tells_caller_time_and_address() -> None:
    found = read_event(event("AuthorizeSecurityGroupIngress"))
    assert (found.user, found.source_ip, found.time) == ("ana", "203.0.113.7", 1767225600000)
    assert (found.error_code, found.region, found.read_only) == ("AccessDenied", "eu-west-1", False)
    assert found.resources == (("AWS::EC2::SecurityGroup", "sg-1"),)
    assert found.record["userAgent"] == "aws-cli/2"


@pytest.mark.requirement("TRE-16")
def test_a_service_that_has_no_user_name_is_named_by_its_record() -> None:
    assert read_event(event("RunInstances", user="")).user == "autoscaling.amazonaws.com"


def test_a_record_that_is_no_json_is_left_out() -> None:
    assert read_event({"EventId": "x", "CloudTrailEvent": "{"}).record == {}


async def test_one_attribute_goes_to_aws_and_reads_are_left_out_here() -> None:
    answer = {"Events": [event("DescribeInstances", read_only="true"), event("StopInstances")]}
    api = ScriptedApi({"LookupEvents": answer})
    found = await TrailOverApi(api).lookup("i-1", earlier=1767225600000, limit=10, write_only=True)
    assert [one.name for one in found] == ["StopInstances"]
    asked = api.asked[0][1]
    assert asked["LookupAttributes"] == [{"AttributeKey": "ResourceName", "AttributeValue": "i-1"}]
    assert asked["StartTime"] == datetime(2026, 1, 1, tzinfo=UTC)


async def test_pages_are_read_until_there_is_enough() -> None:
    pages = [{"Events": [event("A")], "NextToken": str(number)} for number in range(10)]
    api = ScriptedApi({"LookupEvents": list(pages)})
    assert len(await TrailOverApi(api).lookup(limit=3, write_only=True)) == 3
    assert len(api.asked) == 3
    assert api.asked[0][1]["LookupAttributes"] == [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]


CAPTURED = parse("2026-01-01T00:10:00.400Z")
GROUP = ResourceKey("AWS::EC2::SecurityGroup", "sg-1")


def item(
    key: ResourceKey = GROUP,
    *,
    captured: int = CAPTURED,
    links: tuple[Relationship, ...] = (),
    region: str = "eu-west-1",
) -> ConfigurationItem:
    return ConfigurationItem(
        resource_type=key.resource_type,
        resource_id=key.resource_id,
        resource_name="web",
        arn=f"arn:aws:ec2:eu-west-1:696686700433:security-group/{key.resource_id}",
        region=region,
        capture_time=captured,
        relationships=links,
    )


def at(moment: int, name: str, *, error: str = "", request: Document | None = None) -> Document:
    found = event(name)
    record = {"eventName": name, "requestParameters": request, **({"errorCode": error} if error else {})}
    return {**found, "EventTime": to_datetime(moment), "CloudTrailEvent": json.dumps(record)}


class Trail:
    """An event history: names of resources and the events that name them, newest first."""

    def __init__(self, **events: list[Document]) -> None:
        self.events = {name.replace("_", "-"): found for name, found in events.items()}
        self.api = ScriptedApi({"LookupEvents": self.answer})

    def answer(self, params: Document) -> Document:
        [wanted] = params["LookupAttributes"]
        within = [
            each
            for each in self.events.get(wanted["AttributeValue"].replace(".", "-"), [])
            if params["StartTime"] <= each["EventTime"] <= params["EndTime"]
        ]
        return {"Events": within}

    async def cause(self, item: ConfigurationItem, previous: ConfigurationItem | None = None) -> str | None:
        found = await TrailOverApi(self.api).cause(item, previous)
        return found.name if found else None


@pytest.mark.requirement("INV-07")
async def test_the_call_before_an_item_that_names_its_resource_is_the_cause() -> None:
    trail = Trail(sg_1=[at(CAPTURED - 400, "AuthorizeSecurityGroupIngress"), at(CAPTURED - 60_000, "CreateTags")])
    assert await trail.cause(item()) == "AuthorizeSecurityGroupIngress"
    assert trail.api.asked[0][1]["LookupAttributes"][0]["AttributeValue"] == "sg-1"
    assert trail.api.asked[0][1]["StartTime"] == to_datetime(CAPTURED - 15 * MINUTE)


async def test_calls_that_were_refused_or_are_too_old_are_none() -> None:
    trail = Trail(
        sg_1=[at(CAPTURED - 400, "CreateTags", error="AccessDenied"), at(CAPTURED - 16 * MINUTE, "CreateTags")]
    )
    assert await trail.cause(item()) is None


async def test_what_the_item_before_told_already_is_not_told_again() -> None:
    trail = Trail(sg_1=[at(CAPTURED - 5 * MINUTE, "CreateTags")])
    assert await trail.cause(item(), item(captured=CAPTURED - 2 * MINUTE)) is None
    assert await trail.cause(item(), item(captured=CAPTURED - 8 * MINUTE)) == "CreateTags"


async def test_of_two_calls_in_one_second_each_item_gets_its_own() -> None:
    trail = Trail(sg_1=[at(CAPTURED - 400, "CreateTags"), at(CAPTURED - 400, "AuthorizeSecurityGroupIngress")])
    first, second = item(captured=CAPTURED - 300), item()
    assert await trail.cause(first) == "AuthorizeSecurityGroupIngress"
    assert await trail.cause(second, first) == "CreateTags"


@pytest.mark.parametrize("name", ["web", "sg-1"])
async def test_id_name_and_the_last_part_of_the_arn_are_tried(name: str) -> None:
    trail = Trail(**{name.replace("-", "_"): [at(CAPTURED - 400, "CreateTags")]})
    assert await trail.cause(item()) == "CreateTags"


async def test_another_thing_of_the_same_name_is_not_meant() -> None:
    call = {
        **at(CAPTURED - 400, "DeleteRole"),
        "Resources": [{"ResourceType": "AWS::IAM::Role", "ResourceName": "web"}],
    }
    assert await Trail(web=[call]).cause(item()) is None


@pytest.mark.requirement("INV-07", "REL-07")
async def test_a_link_that_came_is_traced_to_what_it_leads_to() -> None:
    trail = Trail(i_1=[at(CAPTURED - 400, "RunInstances")])
    linked = item(links=(Relationship("Is associated with Instance", "AWS::EC2::Instance", "i-1"),))
    assert await trail.cause(linked, item(captured=CAPTURED - MINUTE)) == "RunInstances"
    assert await trail.cause(linked) is None


async def test_events_of_iam_are_looked_up_where_they_are_kept() -> None:
    trail = Trail(AIDA1=[at(CAPTURED - 400, "CreateUser")])
    user = item(ResourceKey("AWS::IAM::User", "AIDA1"), region="global")
    assert await trail.cause(user) == "CreateUser"
    assert trail.api.regions == ["us-east-1"]


async def test_a_verdict_is_traced_to_what_it_is_about() -> None:
    trail = Trail(sg_1=[at(CAPTURED - 400, "AuthorizeSecurityGroupIngress")])
    verdict = item(ResourceKey("AWS::Config::ResourceCompliance", "AWS::EC2::SecurityGroup/sg-1"))
    assert await trail.cause(verdict) == "AuthorizeSecurityGroupIngress"


async def test_calls_of_aws_config_name_nothing_and_are_found_by_their_source() -> None:
    calls = [
        at(CAPTURED - 300, "PutResourceConfig", request={"resourceId": "other"}),
        at(CAPTURED - 400, "PutResourceConfig", request={"resourceId": "mine"}),
        at(CAPTURED - 500, "StopConfigurationRecorder"),
        at(CAPTURED - 600, "PutConfigRule"),
    ]
    trail = Trail(config_amazonaws_com=calls)
    assert (
        await trail.cause(item(ResourceKey("AWS::Config::ConfigurationRecorder", "default"))) == calls[2]["EventName"]
    )
    assert await trail.cause(item(ResourceKey("My::Own::Thing", "mine"))) == "PutResourceConfig"
    assert await trail.cause(item(ResourceKey("My::Own::Thing", "none"))) is None
