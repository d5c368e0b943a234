"""Calls without a socket: what a client gets must be what AWS would have sent it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend.wire.inprocess import local_session
from backend.wire.local import LocalWorld


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    # A broken configuration of the person must not reach a local world.
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1/")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent")


async def _client(world: LocalWorld, service: str, region: str = "ap-southeast-1") -> AsyncIterator[Any]:
    async with local_session(world, "AKIATESTTESTTESTTEST").create_client(service, region_name=region) as client:
        yield client


@pytest.fixture
async def config(world: LocalWorld) -> AsyncIterator[Any]:
    async for client in _client(world, "config"):
        yield client


@pytest.fixture
async def s3(world: LocalWorld) -> AsyncIterator[Any]:
    async for client in _client(world, "s3"):
        yield client


async def test_a_call_is_answered_by_the_world(config: Any) -> None:
    channel = {"name": "default", "s3BucketName": "config-bucket-sgp"}
    put = await config.put_delivery_channel(DeliveryChannel=channel)
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 200
    found = await config.describe_delivery_channels()
    assert found["DeliveryChannels"] == [channel]


async def test_times_are_aware_both_ways(config: Any) -> None:
    bangkok = timezone(timedelta(hours=7))
    later = datetime(2023, 2, 28, 16, 0, 0, 123_000, tzinfo=bangkok)
    answer = await config.get_resource_config_history(
        resourceType="AWS::EC2::Instance", resourceId="i-1", laterTime=later
    )
    time = answer["configurationItems"][0]["configurationItemCaptureTime"]
    assert time == later
    assert time.tzinfo is UTC


async def test_a_refusal_is_the_modelled_exception(config: Any) -> None:
    with pytest.raises(config.exceptions.NoSuchDeliveryChannelException) as caught:
        await config.describe_delivery_channels(DeliveryChannelNames=["missing"])
    assert caught.value.response["Error"] == {
        "Code": "NoSuchDeliveryChannelException",
        "Message": "Cannot find delivery channel with specified name 'missing'.",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


async def test_what_the_client_does_not_check_the_engine_does(config: Any) -> None:
    with pytest.raises(ClientError, match="Value '101' at 'limit' failed to satisfy constraint") as caught:
        await config.list_tags_for_resource(ResourceArn="arn:aws:config:x", Limit=101)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


async def test_an_unknown_operation_is_named(config: Any) -> None:
    with pytest.raises(ClientError, match="does not implement config:DescribeConformancePacks"):
        await config.describe_conformance_packs()


async def test_objects_are_read_as_streams(s3: Any) -> None:
    await s3.put_object(Bucket="b", Key="a/b.txt", Body=b"hello world")
    answer = await s3.get_object(Bucket="b", Key="a/b.txt")
    assert await answer["Body"].read(5) == b"hello"
    assert await answer["Body"].read() == b" world"
    again = await s3.get_object(Bucket="b", Key="a/b.txt")
    async with again["Body"] as body:
        assert [chunk async for chunk in body.iter_chunks(4)] == [b"hell", b"o wo", b"rld"]


async def test_a_body_may_be_a_file(s3: Any, tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"from a file")
    with path.open("rb") as file:
        await s3.put_object(Bucket="b", Key="k", Body=file)
    assert await (await s3.get_object(Bucket="b", Key="k"))["Body"].read() == b"from a file"


async def test_a_refused_head_is_known_by_its_status(s3: Any) -> None:
    with pytest.raises(ClientError) as caught:
        await s3.head_object(Bucket="b", Key="none")
    assert caught.value.response["Error"]["Code"] == "404"


async def test_the_location_is_not_parsed_twice(s3: Any) -> None:
    assert (await s3.get_bucket_location(Bucket="b"))["LocationConstraint"] == "ap-southeast-1"


async def test_sqs_reports_its_old_code(world: LocalWorld) -> None:
    async for sqs in _client(world, "sqs"):
        with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
            await sqs.send_message(QueueUrl="http://q", MessageBody="x")
        assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


async def test_the_caller_is_passed_on(world: LocalWorld) -> None:
    async for sts in _client(world, "sts", "us-east-1"):
        who = await sts.get_caller_identity()
        assert who["UserId"] == "AKIATESTTESTTESTTEST"
        address, agent, *_, region = who["Arn"].split(" ")
        assert (address, region) == ("127.0.0.1", "us-east-1")
        assert agent.startswith("aiobotocore/")


async def test_calls_run_side_by_side(config: Any) -> None:
    import asyncio

    answers = await asyncio.gather(*(config.describe_delivery_channels() for _ in range(20)))
    assert [answer["DeliveryChannels"] for answer in answers] == [[]] * 20
