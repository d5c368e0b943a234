"""Who did what, out of CloudTrail's event history."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from backend.client.trail import TrailOverApi, read_event
from backend.model.item import Document
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
