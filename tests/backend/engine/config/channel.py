"""The delivery channel of the lab: how it is put, what it says of itself, and what it left in the bucket."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from backend.engine.around import s3
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model.item import Document
from tests.backend.engine.conftest import ACCOUNT, BUCKET, TOPIC, CallFixture

CHECK_FILE = f"AWSLogs/{ACCOUNT}/Config/ConfigWritabilityCheckFile"
HOURLY = {
    "name": "default",
    "s3BucketName": BUCKET,
    "snsTopicARN": TOPIC,
    "configSnapshotDeliveryProperties": {"deliveryFrequency": "One_Hour"},
}


def put_channel(call: CallFixture, **members: Any) -> Document:
    """Put the channel, with a snapshot each hour unless the members say something else."""
    answer: Document = call("config", "PutDeliveryChannel", DeliveryChannel=HOURLY | members)
    return answer


def refusal_of(call: CallFixture, **members: Any) -> ServiceError:
    """Why a channel with these members is not accepted."""
    with pytest.raises(ServiceError) as refusal:
        put_channel(call, **members)
    return refusal.value


def status(call: CallFixture) -> Document:
    """The state of the channel: its three parts."""
    (found,) = call("config", "DescribeDeliveryChannelStatus")["DeliveryChannelsStatus"]
    assert isinstance(found, dict)
    return found


def _part(call: CallFixture, name: str) -> Document:
    part = status(call)[name]
    assert isinstance(part, dict)
    return part


def snapshot_status(call: CallFixture) -> Document:
    """How the snapshots get on."""
    return _part(call, "configSnapshotDeliveryInfo")


def history_status(call: CallFixture) -> Document:
    """How the history files get on."""
    return _part(call, "configHistoryDeliveryInfo")


def stream_status(call: CallFixture) -> Document:
    """How the stream gets on."""
    return _part(call, "configStreamDeliveryInfo")


def deliver(call: CallFixture) -> str:
    """Ask for a snapshot; its id."""
    answer = call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    assert list(answer) == ["configSnapshotId"]
    return str(answer["configSnapshotId"])


def keys(call: CallFixture, bucket: str = BUCKET) -> list[str]:
    """The keys of everything in a bucket."""
    return [each["Key"] for each in call("s3", "ListObjectsV2", Bucket=bucket).get("Contents", [])]


def snapshots(call: CallFixture) -> list[str]:
    """The keys of the snapshots."""
    return [key for key in keys(call) if "/ConfigSnapshot/" in key]


def history_files(call: CallFixture, resource_type: str = "") -> list[str]:
    """The keys of the history files, or of those of one type."""
    return [key for key in keys(call) if f"ConfigHistory_{resource_type}" in key]


def content(ctx: Context, key: str) -> Any:
    """The document in a delivered file."""
    return json.loads(gzip.decompress(s3.get_body(ctx, BUCKET, key)))
