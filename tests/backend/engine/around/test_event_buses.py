"""Buses: those made for applications, whom they let in, and events that go from one to another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.engine.around.outbox import listing
from backend.engine.engine import Engine
from backend.model.item import Document
from tests.backend.engine.around.conftest import Refused
from tests.backend.engine.conftest import ACCOUNT, REGION, As, CallFixture

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:react"
ORDERS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/orders"
ORDER = {"Source": "shop", "DetailType": "Order", "Detail": '{"number": 1}'}
OF_THE_SHOP = json.dumps({"source": ["shop"]})


@pytest.fixture
def bus(call: CallFixture) -> str:
    assert call("events", "CreateEventBus", Name="orders")["EventBusArn"] == ORDERS
    return "orders"


def rule(call: CallFixture, name: str, target: str, **params: Any) -> None:
    call("events", "PutRule", Name=name, EventPattern=OF_THE_SHOP, **params)
    named = {key: value for key, value in params.items() if key == "EventBusName"}
    call("events", "PutTargets", Rule=name, Targets=[{"Id": "1", "Arn": target}], **named)


def told(engine: Engine, account: str | None = None) -> list[Document]:
    return [json.loads(mail.body) for mail in listing(engine.context(account=account))]


@pytest.mark.requirement("EVB-05")
def test_an_application_has_its_own_bus(engine: Engine, call: CallFixture, bus: str) -> None:
    rule(call, "shop", FUNCTION, EventBusName=bus)
    call("events", "PutEvents", Entries=[ORDER])
    assert told(engine) == [], "that one went to the default bus"

    answer = call("events", "PutEvents", Entries=[{**ORDER, "EventBusName": named} for named in (bus, ORDERS)])

    assert answer["FailedEntryCount"] == 0
    assert [event["detail"] for event in told(engine)] == [{"number": 1}] * 2
    found = call("events", "DescribeRule", Name="shop", EventBusName=bus)
    assert (found["Arn"], found["EventBusName"]) == (f"arn:aws:events:{REGION}:{ACCOUNT}:rule/orders/shop", bus)
    assert call("events", "ListRules")["Rules"] == []


@pytest.mark.requirement("EVB-05")
def test_buses_are_listed_the_default_one_first(call: CallFixture, bus: str) -> None:
    listed = call("events", "ListEventBuses")["EventBuses"]

    assert [each["Name"] for each in listed] == ["default", "orders"]
    assert call("events", "ListEventBuses", NamePrefix="ord")["EventBuses"] == listed[1:]
    assert call("events", "DescribeEventBus", Name=ORDERS)["Arn"] == ORDERS
    first = call("events", "ListEventBuses", Limit=1)
    assert [each["Name"] for each in first["EventBuses"]] == ["default"]
    rest = call("events", "ListEventBuses", Limit=1, NextToken=first["NextToken"])
    assert [each["Name"] for each in rest["EventBuses"]] == ["orders"]


@pytest.mark.requirement("EVB-04")
def test_what_cannot_be_done_with_buses(call: CallFixture, refused: Refused, bus: str) -> None:
    assert refused("events", "CreateEventBus", Name="orders").code == "ResourceAlreadyExistsException"
    assert refused("events", "CreateEventBus", Name="default").code == "ResourceAlreadyExistsException"
    assert refused("events", "CreateEventBus", Name="a/b").code == "ValidationException"
    assert refused("events", "DeleteEventBus", Name="default").code == "ValidationException"
    assert refused("events", "DescribeEventBus", Name="none").code == "ResourceNotFoundException"
    assert refused("events", "ListRules", EventBusName="none").code == "ResourceNotFoundException"
    schedule = {"Name": "r", "ScheduleExpression": "rate(1 day)", "EventBusName": bus}
    assert refused("events", "PutRule", **schedule).code == "ValidationException"
    (answer,) = call("events", "PutEvents", Entries=[{**ORDER, "EventBusName": "none"}])["Entries"]
    assert answer["ErrorCode"] == "InvalidArgument"

    rule(call, "shop", FUNCTION, EventBusName=bus)
    assert refused("events", "DeleteEventBus", Name=bus).code == "ValidationException"
    call("events", "RemoveTargets", Rule="shop", EventBusName=bus, Ids=["1"])
    call("events", "DeleteRule", Name="shop", EventBusName=bus)
    call("events", "DeleteEventBus", Name=bus)
    call("events", "DeleteEventBus", Name=bus)
    assert [each["Name"] for each in call("events", "ListEventBuses")["EventBuses"]] == ["default"]


def test_there_are_a_hundred_at_most(call: CallFixture, refused: Refused) -> None:
    for number in range(100):
        call("events", "CreateEventBus", Name=f"bus-{number}")

    assert refused("events", "CreateEventBus", Name="one-more").code == "LimitExceededException"


@pytest.mark.requirement("EVB-09")
def test_a_bus_can_be_a_target_and_events_do_not_go_round(engine: Engine, call: CallFixture, bus: str) -> None:
    default = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    rule(call, "there", ORDERS)
    rule(call, "back", default, EventBusName=bus)
    rule(call, "seen", FUNCTION, EventBusName=bus)

    call("events", "PutEvents", Entries=[ORDER])

    assert [event["detail"] for event in told(engine)] == [{"number": 1}]


def test_permissions_are_kept_as_a_policy(call: CallFixture, refused: Refused) -> None:
    params = {"Action": "events:PutEvents", "Principal": "111122223333", "StatementId": "friend"}
    call("events", "PutPermission", **params)
    call("events", "PutPermission", **{**params, "StatementId": "all", "Principal": "*"})
    statements = json.loads(call("events", "DescribeEventBus")["Policy"])["Statement"]
    assert [each["Sid"] for each in statements] == ["friend", "all"]
    assert statements[0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}

    call("events", "RemovePermission", StatementId="friend")
    assert refused("events", "RemovePermission", StatementId="friend").code == "ResourceNotFoundException"
    call("events", "RemovePermission", RemoveAllPermissions=True)
    assert "Policy" not in call("events", "DescribeEventBus")
    assert refused("events", "PutPermission", Policy="{").code == "ValidationException"
    assert refused("events", "PutPermission", StatementId="x").code == "ValidationException"


@pytest.mark.parametrize("service", ["lambda", "logs", "states", "ssm"])
@pytest.mark.requirement("EVB-10")
def test_what_other_services_would_get_is_kept(engine: Engine, call: CallFixture, service: str) -> None:
    target = f"arn:aws:{service}:{REGION}:{ACCOUNT}:thing/one"
    rule(call, "shop", target)

    call("events", "PutEvents", Entries=[ORDER])

    (mail,) = listing(engine.context())
    assert (mail.protocol, mail.endpoint) == (service, target)
    assert json.loads(mail.body)["detail"] == {"number": 1}


@pytest.mark.parametrize("accounts", [2])
def test_a_bus_of_another_account_takes_what_its_policy_lets_in(engine: Engine, by: As) -> None:
    main, other = engine.accounts.ids
    central = f"arn:aws:events:{REGION}:{main}:event-bus/central"

    by(main, "events", "CreateEventBus", Name="central")
    for account, name, target in ((main, "central", FUNCTION), (other, "default", central)):
        by(account, "events", "PutRule", Name="shop", EventPattern=OF_THE_SHOP, EventBusName=name)
        by(account, "events", "PutTargets", Rule="shop", EventBusName=name, Targets=[{"Id": "1", "Arn": target}])
    by(other, "events", "PutEvents", Entries=[ORDER])
    (answer,) = by(other, "events", "PutEvents", Entries=[{**ORDER, "EventBusName": central}])["Entries"]
    assert (answer["ErrorCode"], told(engine, main)) == ("NotAuthorizedException", [])

    grant = {"Action": "events:PutEvents", "Principal": other, "StatementId": "member"}
    by(main, "events", "PutPermission", EventBusName="central", **grant)
    by(other, "events", "PutEvents", Entries=[ORDER])
    by(other, "events", "PutEvents", Entries=[{**ORDER, "EventBusName": central}])

    assert [event["account"] for event in told(engine, main)] == [other, other]
