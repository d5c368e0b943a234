"""Schedules of rules: when they come next, and what their targets get."""

from __future__ import annotations

import json

import pytest

from backend.engine.around import event_schedules
from backend.engine.around.outbox import listing
from backend.engine.engine import Engine
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import DAY, HOUR, MINUTE
from tests.backend.engine.around.conftest import Refused
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:react"


@pytest.mark.requirement("EVB-02")
@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("rate(1 minute)", "2026-03-01T00:00:30Z", "2026-03-01T00:01:30Z"),
        ("rate(5 hours)", "2026-03-01T00:00:00Z", "2026-03-01T05:00:00Z"),
        ("rate(7 days)", "2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z"),
        ("cron(0 12 * * ? *)", "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"),
        ("cron(0/15 * * * ? *)", "2026-03-01T12:07:10Z", "2026-03-01T12:15:00Z"),
        ("cron(15 10 ? * MON-FRI *)", "2026-03-06T11:00:00Z", "2026-03-09T10:15:00Z"),
        ("cron(0 8 1 * ? *)", "2026-03-01T08:00:00Z", "2026-04-01T08:00:00Z"),
        ("cron(0 0 L * ? *)", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"),
        ("cron(0 0 ? * 6L *)", "2026-03-01T00:00:00Z", "2026-03-27T00:00:00Z"),
        ("cron(0 0 ? * L *)", "2026-03-01T00:00:00Z", "2026-03-07T00:00:00Z"),
        ("cron(0 0 3W * ? *)", "2026-05-01T00:00:00Z", "2026-05-04T00:00:00Z"),
        ("cron(0 0 1W * ? *)", "2026-08-01T00:00:00Z", "2026-08-03T00:00:00Z"),
        ("cron(0 0 31W * ? *)", "2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z"),
        ("cron(0 0 ? * 3#2 *)", "2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z"),
        ("cron(0 0 ? * 1 *)", "2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z"),
        ("cron(0 0 29 2 ? *)", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("cron(30 6,18 1,15 JAN,JUL ? 2027-2030)", "2026-03-01T00:00:00Z", "2027-01-01T06:30:00Z"),
        ("cron(0 0 1 1 ? 2199)", "2026-03-01T00:00:00Z", "2199-01-01T00:00:00Z"),
    ],
)
def test_when_a_schedule_comes_next(expression: str, after: str, expected: str) -> None:
    found = event_schedules.next_time(expression, moment.parse(after))

    assert found is not None
    assert moment.to_iso(found) == moment.to_iso(moment.parse(expected))


@pytest.mark.parametrize("expression", ["cron(0 0 1 1 ? 2020)", "cron(0 0 30 2 ? *)", "cron(0 0 31 4,6 ? 2026-2030)"])
def test_a_schedule_may_never_come(expression: str) -> None:
    assert event_schedules.next_time(expression, moment.parse("2026-03-01T00:00:00Z")) is None


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 hours)",
        "rate(5 weeks)",
        "cron(0 12 * * * *)",
        "cron(0 12 ? * ? *)",
        "cron(0 12 * * ?)",
        "cron(60 12 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 12 32 * ? *)",
        "cron(0 12 ? * 8 *)",
        "cron(0 12 ? * MOO *)",
        "cron(0 12 5-1 * ? *)",
        "cron(0 12 * * ? 1969)",
        "cron(x 12 * * ? *)",
        "at(2026-03-01T00:00:00)",
        "every day",
    ],
)
def test_what_is_no_schedule(refused: Refused, expression: str) -> None:
    refusal = refused("events", "PutRule", Name="r", ScheduleExpression=expression)

    assert (refusal.code, refusal.message) == ("ValidationException", "Parameter ScheduleExpression is not valid.")


def events(engine: Engine) -> list[Document]:
    return [json.loads(mail.body) for mail in listing(engine.context())]


@pytest.mark.requirement("EVB-02")
@pytest.mark.requirement("EVB-10")
def test_a_schedule_runs_its_targets_and_nobody_else(engine: Engine, call: CallFixture) -> None:
    rule = call("events", "PutRule", Name="hourly", ScheduleExpression="rate(1 hour)")["RuleArn"]
    call("events", "PutRule", Name="all", EventPattern=json.dumps({"source": [{"prefix": ""}]}))
    for name in ("hourly", "all"):
        call("events", "PutTargets", Rule=name, Targets=[{"Id": "1", "Arn": FUNCTION}])
    start = engine.now

    engine.advance(start + 3 * HOUR + MINUTE)

    told = events(engine)
    assert [event["time"] for event in told] == [moment.to_iso(start + n * HOUR)[:19] + "Z" for n in (1, 2, 3)]
    assert told[0].items() >= {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}.items()
    assert told[0]["resources"] == [rule]
    mail = listing(engine.context())[0]
    assert (mail.protocol, mail.endpoint, mail.subscription) == ("lambda", FUNCTION, rule)


@pytest.mark.requirement("EVB-34")
def test_a_schedule_can_be_switched_off_changed_and_deleted(engine: Engine, call: CallFixture) -> None:
    call("events", "PutRule", Name="hourly", ScheduleExpression="rate(1 hour)")
    call("events", "PutTargets", Rule="hourly", Targets=[{"Id": "1", "Arn": FUNCTION}])
    call("events", "DisableRule", Name="hourly")
    engine.advance(engine.now + DAY)
    assert events(engine) == []

    call("events", "EnableRule", Name="hourly")
    call("events", "PutRule", Name="hourly", ScheduleExpression="rate(12 hours)")
    engine.advance(engine.now + DAY)
    assert len(events(engine)) == 2

    call("events", "RemoveTargets", Rule="hourly", Ids=["1"])
    call("events", "DeleteRule", Name="hourly")
    engine.advance(engine.now + DAY)
    assert len(events(engine)) == 2
