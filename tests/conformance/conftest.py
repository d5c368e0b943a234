"""A local AWS on loopback and boto3 clients of it."""

from __future__ import annotations

import asyncio
import http.client
import json
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from backend.model.item import Document
from backend.wire.local import LocalWorld
from backend.wire.open import WorldChoice, open_world
from backend.wire.server import Beside, listen
from tests.backend.engine.conftest import BUCKET, REGION, ROLE, START, TOPIC, bucket_policy, topic_policy

Refusal: TypeAlias = Callable[..., tuple[str, str]]


@cache
def _session(access_key: str, region: str) -> Any:
    """A boto3 session that knows nothing of the person who runs the tests; reading its models costs the most."""
    return boto3.Session(aws_access_key_id=access_key, aws_secret_access_key="test", region_name=region)


class Boto:
    """boto3 against the local AWS at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: list[Any] = []

    def client(self, service: str, region: str = REGION, account: str = "test") -> Any:
        """A client that does not try again: what it is told is what the service said."""
        settings = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        client = _session(account, region).client(service, endpoint_url=self.url, config=settings)
        self._clients.append(client)
        return client

    def control(self, name: str, body: Document) -> Document:
        """Ask the local AWS for something that AWS does not have: `clock`, `scenarios`, `faults`."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        try:
            connection.request("POST", f"/_configscope/{name}", json.dumps(body))
            answer = connection.getresponse()
            read: Document = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 200, read
        return read

    def advance(self, time: str) -> None:
        """Let simulated time pass, in one go."""
        self.control("clock", {"advance": time})

    def close(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture
def refused() -> Refusal:
    """The code and the text of a call that must be refused: `refused(client.put_config_rule, ConfigRule=…)`."""

    def refused(call: Callable[..., object], **params: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            call(**params)
        error = caught.value.response["Error"]
        return error["Code"], error.get("Message", "")

    return refused


def serve_world(choice: WorldChoice) -> Iterator[tuple[LocalWorld, str]]:
    world = asyncio.run(open_world(choice))
    asyncio.run(world.pause())
    server = Beside(world, listen(0))
    yield world, server.url
    asyncio.run(server.close())
    asyncio.run(world.close())


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LocalWorld, str]]:
    """An account as on its first day, its clock standing and its files below `tmp_path`; and where it answers."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield from serve_world(WorldChoice(empty=True, start=START))


@pytest.fixture
def boto(served: tuple[LocalWorld, str]) -> Iterator[Boto]:
    """boto3 against the empty account."""
    boto = Boto(served[1])
    yield boto
    boto.close()


@pytest.fixture
def config(boto: Boto) -> Any:
    """boto3's client of AWS Config in the home region."""
    return boto.client("config")


@pytest.fixture
def stopped(boto: Boto, config: Any) -> None:
    """A bucket and a topic open to AWS Config, a recorder of everything, a channel; recording is off."""
    s3, sns = boto.client("s3"), boto.client("sns")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy())
    sns.create_topic(Name="awsconfig-lab")
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=topic_policy())
    group = {"allSupported": True, "includeGlobalResourceTypes": True}
    recorder = {"name": "default", "roleARN": ROLE, "recordingGroup": group}
    config.put_configuration_recorder(ConfigurationRecorder=recorder)
    channel = {"name": "default", "s3BucketName": BUCKET, "snsTopicARN": TOPIC}
    config.put_delivery_channel(DeliveryChannel=channel)


@pytest.fixture
def recording(config: Any, stopped: None) -> None:
    """As `stopped`, and recording is on; the clock has not moved since."""
    config.start_configuration_recorder(ConfigurationRecorderName="default")
