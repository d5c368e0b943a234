"""Items by type in the last day: by history files where there are some, else by the stream."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend import connect
from backend.client import churn as counting
from backend.client.api import Api
from backend.client.churn import by_stream, churn
from backend.client.downloads import Downloads
from backend.client.snapshots import SnapshotsOverApi
from backend.model.delivery import DeliveryChannel
from backend.model.moment import DAY, HOUR, MINUTE, parse, to_iso
from backend.model.problem import Denied
from backend.model.stream import StreamMessage
from tests.backend.client.conftest import REGION, Account

NOW = parse("2026-03-07T14:00:00Z")


def message(number: int, resource: str, at: int) -> StreamMessage:
    kind = "ConfigurationItemChangeNotification"
    return StreamMessage(
        message_id=str(number), time=at, message_type=kind, resource_type="AWS::EC2::Volume", resource_id=resource
    )


def test_the_stream_is_counted_from_its_first_message_on() -> None:
    told = [message(1, "a", NOW - 6 * HOUR), message(2, "a", NOW - HOUR), message(3, "b", NOW - MINUTE)]
    found = by_stream(told, NOW - DAY, NOW)
    assert (found.items, found.resources, found.span) == ({"AWS::EC2::Volume": 3}, {"AWS::EC2::Volume": 2}, 6 * HOUR)
    assert found.rests_on == "3 messages of the stream"
    assert not by_stream([], NOW - DAY, NOW).known


def test_the_days_of_a_period_are_spelled_as_keys_spell_them() -> None:
    assert counting.days(parse("2026-02-28T23:00:00Z"), parse("2026-03-02T01:00:00Z")) == [
        "2026/2/28",
        "2026/3/1",
        "2026/3/2",
    ]


async def test_history_files_are_fetched_once_and_counted(
    api: Api, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = account.boto("s3")
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    channel = DeliveryChannel(name="default", bucket="logs", prefix="p")
    wall = counting_clock(s3)
    (today,) = counting.days(wall, wall)
    items = [
        {
            "resourceType": "AWS::EC2::Volume",
            "resourceId": f"vol-{number % 2}",
            "configurationItemCaptureTime": to_iso(wall - number * HOUR),
        }
        for number in (1, 2, 3, 30)
    ]
    body = gzip.compress(json.dumps({"fileVersion": "1.0", "configurationItems": items}).encode())
    s3.put_object(Bucket="logs", Key=f"p/AWSLogs/1/Config/{REGION}/{today}/ConfigHistory/x.json.gz", Body=body)
    s3.close()
    snapshots = SnapshotsOverApi(api, "1", Downloads("1", tmp_path))

    found = await snapshots.churn(channel, wall - DAY, wall + MINUTE)
    assert found.items == {"AWS::EC2::Volume": 3}
    assert found.resources == {"AWS::EC2::Volume": 2}
    assert found.rests_on == "1 history file"
    assert found.span == 3 * HOUR + MINUTE

    def nothing(path: Path) -> list[counting.Line]:
        raise AssertionError(f"{path} was counted already")

    monkeypatch.setattr(counting, "lines", nothing)
    assert (await snapshots.churn(channel, wall - DAY, wall + MINUTE)).items == found.items


def counting_clock(s3: Any) -> int:
    """The time at the other side, which stamps the objects."""
    s3.put_object(Bucket="logs", Key="clock", Body=b"")
    return parse(s3.head_object(Bucket="logs", Key="clock")["LastModified"])


async def test_a_local_world_tells_its_churn_and_says_so_when_it_cannot() -> None:
    target = connect.Target(memory=True, start=parse("2023-02-28T09:41:00Z"), resources=60)
    async with connect.open(target) as connection:
        session = connection.session
        assert connection.clock is not None
        now = (await connection.clock.state()).now
        found = await churn(session, now)
        assert found.known, found.unknown
        assert sum(found.items.values()) > 0

        class Closed:
            async def channel(self) -> None:
                raise Denied("Not allowed to call config:DescribeDeliveryChannels")

            status = channel

        closed = replace(session, delivery=Closed(), stream=None)  # type: ignore[arg-type]
        found = await churn(closed, now)
        assert not found.known
        assert "DescribeDeliveryChannels" in found.unknown
