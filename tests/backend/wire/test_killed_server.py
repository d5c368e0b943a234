"""A server killed with SIGKILL at random moments under load: what it answered is there, whole, and the world opens.

Two clients call while time runs a thousand times as fast as it does, so that deliveries, rules and the life of the
estate are cut off as well. What was answered is kept in a ledger and looked for after each death.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from backend.engine.world.setup import HOME_BUCKET
from tests.serving import ready, serving

SPEED = 1_000.0
REGION = "ap-southeast-1"
ACCOUNT = "696686700433"
_BUCKET = "ledger"
_LONGEST = 0.6
"""Seconds that a server lives under load, at most."""


class Ledger:
    """What each thing was last said to be, and what it was asked to be meanwhile: either may be found."""

    def __init__(self) -> None:
        self.answered: dict[str, str] = {}
        self.asked: dict[str, str] = {}
        self.snapshots: set[str] = set()
        self.messages: set[str] = set()
        self.calls = 0

    @contextmanager
    def writing(self, thing: str, value: str) -> Iterator[None]:
        self.asked[thing] = value
        yield
        self.answered[thing] = value

    def has(self, thing: str, found: str | None) -> bool:
        return found is not None and found in (self.answered[thing], self.asked[thing])


class Client:
    """The services of one server, without retries: an answer counts once."""

    def __init__(self, port: int) -> None:
        session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test")
        plain = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})

        def client(service: str) -> Any:
            return session.client(service, REGION, endpoint_url=f"http://127.0.0.1:{port}", config=plain)

        self.config, self.s3, self.sqs = client("config"), client("s3"), client("sqs")

    def bucket(self, name: str) -> str:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def body(self, bucket: str, key: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


def _put_object(client: Client, ledger: Ledger, name: str, value: str) -> None:
    with ledger.writing(f"object/{name}", value):
        client.s3.put_object(Bucket=_BUCKET, Key=f"object/{name}", Body=value.encode() * 4_000)


def _tag_bucket(client: Client, ledger: Ledger, name: str, value: str) -> None:
    with ledger.writing(f"bucket/{name}", value):
        tagging = {"TagSet": [{"Key": "value", "Value": value}]}
        client.s3.put_bucket_tagging(Bucket=f"{_BUCKET}-{name}", Tagging=tagging)


def _put_rule(client: Client, ledger: Ledger, name: str, value: str) -> None:
    source = {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"}
    with ledger.writing(f"rule/{name}", value):
        client.config.put_config_rule(ConfigRule={"ConfigRuleName": name, "Description": value, "Source": source})


def _deliver(client: Client, ledger: Ledger, _name: str, _value: str) -> None:
    answer = client.config.deliver_config_snapshot(deliveryChannelName="default")
    # Of an answer that was cut off after its head botocore makes an empty one.
    ledger.snapshots |= {answer["configSnapshotId"]} if "configSnapshotId" in answer else set()


def _send(client: Client, ledger: Ledger, _name: str, value: str) -> None:
    answer = client.sqs.send_message(
        QueueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{_BUCKET}", MessageBody=value
    )
    ledger.messages |= {answer["MessageId"]} if "MessageId" in answer else set()


_DEEDS: tuple[Callable[[Client, Ledger, str, str], None], ...] = (_put_object, _tag_bucket, _put_rule, _deliver, _send)
_NAMES = 3
"""Things of each kind that a client writes again and again; no other client touches them."""


def _load(client: Client, ledger: Ledger, chance: Random, number: int) -> None:
    """Call until the server dies in the middle of a call."""
    with suppress(BotoCoreError):
        while True:
            name, value = f"{number}-{chance.randrange(_NAMES)}", f"{chance.getrandbits(64):016x}"
            chance.choice(_DEEDS)(client, ledger, name, value)
            ledger.calls += 1


def _found(client: Client, thing: str) -> Iterator[str | None]:
    """What a thing is now: itself, and what AWS Config recorded of it."""
    kind, _, name = thing.partition("/")
    if kind == "object":
        body = client.body(_BUCKET, thing).decode()
        yield body[:16] if body == body[:16] * 4_000 else None
    elif kind == "rule":
        (rule,) = client.config.describe_config_rules(ConfigRuleNames=[name])["ConfigRules"]
        yield rule["Description"]
    else:
        bucket = f"{_BUCKET}-{name}"
        yield client.s3.get_bucket_tagging(Bucket=bucket)["TagSet"][0]["Value"]
        history = client.config.get_resource_config_history(resourceType="AWS::S3::Bucket", resourceId=bucket)
        yield history["configurationItems"][0]["tags"].get("value")


def _lost(client: Client, ledger: Ledger, folder: Path, keys: set[str]) -> list[str]:
    """What was answered and is not there; objects that are not whole; what SQLite finds wrong with its file.

    `keys` are those of delivered files that were looked into before; the new ones are added.
    """
    lost = [thing for thing in ledger.answered for value in _found(client, thing) if not ledger.has(thing, value)]
    for page in client.s3.get_paginator("list_objects_v2").paginate(Bucket=HOME_BUCKET):
        for entry in page["Contents"]:
            if entry["Key"] in keys:
                continue
            keys.add(entry["Key"])
            body = client.body(HOME_BUCKET, entry["Key"])
            if len(body) != entry["Size"]:
                lost.append(f"{entry['Key']}: {len(body)} of {entry['Size']} bytes")
            elif entry["Key"].endswith(".gz"):
                json.loads(gzip.decompress(body))
    lost += [f"snapshot {each}" for each in ledger.snapshots if not any(each in key for key in keys)]
    with closing(sqlite3.connect(folder / "w" / "world.sqlite")) as database:
        kept = {row[0] for row in database.execute("SELECT id FROM queue_messages")}
        lost += [f"message {each}" for each in ledger.messages - kept]
        lost += [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    return lost


@contextmanager
def _server(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    with serving(parent=folder, resources=60, speed=SPEED) as process:
        yield process, Client(ready(process)[1])


def _killed(folder: Path, seed: int, times: int) -> int:
    """Kill the server so many times and look each time at what the next one has; how many calls were answered."""
    ledger = Ledger()
    keys: set[str] = set()
    chance = Random(seed)
    with _server(folder) as (_, client):
        for bucket in (_BUCKET, *(f"{_BUCKET}-{number}-{name}" for number in range(2) for name in range(_NAMES))):
            client.bucket(bucket)
        client.sqs.create_queue(QueueName=_BUCKET)
    calls = 0
    for death in range(times + 1):
        with _server(folder) as (process, client):
            assert _lost(client, ledger, folder, keys) == [], f"after {death} deaths"
            calls += ledger.calls
            if death == times:
                break
            ledger = Ledger()
            with ThreadPoolExecutor(2) as pool:
                loads = [
                    pool.submit(_load, client, ledger, Random(chance.getrandbits(64)), number) for number in range(2)
                ]
                threading.Event().wait(chance.uniform(0.02, _LONGEST))
                process.kill()
                for load in loads:
                    load.result()
    return calls


def test_nothing_answered_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    assert _killed(tmp_path, seed=11, times=3) > 0


@pytest.mark.soak
def test_nothing_answered_is_lost_however_often_the_server_is_killed(tmp_path: Path) -> None:
    assert _killed(tmp_path, seed=2, times=200) > 5_000
