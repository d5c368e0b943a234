"""A tiny local AWS for the tests of the wire: a few operations that say what they got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

import pytest

from backend.engine import clock
from backend.engine.config import faults
from backend.engine.context import Context
from backend.engine.engine import Engine, Operation, Parts, WorldOptions
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import parse, to_datetime
from backend.wire.local import LocalWorld
from backend.wire.making import Progress
from backend.wire.open import WorldChoice
from backend.wire.open import open_world as opened
from backend.wire.worlds import Place

START = parse("2023-02-28T09:00:00Z")

OpenWorld: TypeAlias = Callable[..., Awaitable[LocalWorld]]


def _describe_channels(ctx: Context, params: Document) -> Document:
    stored = ctx.store.meta("channel")
    if params.get("DeliveryChannelNames") == ["missing"]:
        raise ServiceError(
            "NoSuchDeliveryChannelException", "Cannot find delivery channel with specified name 'missing'."
        )
    return {"DeliveryChannels": [stored] if stored else []}


def _put_channel(ctx: Context, params: Document) -> Document:
    ctx.store.set_meta("channel", params["DeliveryChannel"])
    return {}


def _history(ctx: Context, params: Document) -> Document:
    if "laterTime" not in params:
        raise ServiceError("InvalidTimeRangeException")
    later = params["laterTime"]
    return {"configurationItems": [{"resourceId": params["resourceId"], "configurationItemCaptureTime": later}]}


def _recorder_status(ctx: Context, params: Document) -> Document:
    return {"ConfigurationRecordersStatus": [{"name": "default", "lastStartTime": to_datetime(ctx.now)}]}


def _get_object(ctx: Context, params: Document) -> Document:
    body = ctx.store.meta(f"{params['Bucket']}/{params['Key']}")
    if body is None:
        raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
    data = bytes.fromhex(body)
    return {"Body": data, "ContentLength": len(data), "ContentType": "text/plain", "LastModified": to_datetime(ctx.now)}


def _head_object(ctx: Context, params: Document) -> Document:
    found = _get_object(ctx, params)
    del found["Body"]
    return found


def _put_object(ctx: Context, params: Document) -> Document:
    ctx.store.set_meta(f"{params['Bucket']}/{params['Key']}", params.get("Body", b"").hex())
    ctx.store.set_meta("last put", {name: value for name, value in params.items() if name != "Body"})
    return {"ETag": '"d41d8cd98f00b204e9800998ecf8427e"'}


def _list_objects(ctx: Context, params: Document) -> Document:
    return {"Name": params["Bucket"], "KeyCount": 0, "IsTruncated": False, "Prefix": params.get("Prefix", "")}


def _publish(ctx: Context, params: Document) -> Document:
    if params["TopicArn"].endswith("gone"):
        raise ServiceError("NotFound", "Topic does not exist", 404)
    return {"MessageId": params["Message"]}


def _send_message(ctx: Context, params: Document) -> Document:
    raise ServiceError("QueueDoesNotExist", "The specified queue does not exist.")


def _identity(ctx: Context, params: Document) -> Document:
    caller = ctx.caller
    return {
        "Account": ctx.account,
        "UserId": caller.access_key,
        "Arn": f"{caller.source_ip} {caller.user_agent} {ctx.region}",
    }


def _broken(ctx: Context, params: Document) -> Document:
    raise RuntimeError("a programming error")


_OPERATIONS: dict[str, dict[str, Operation]] = {
    "config": {
        "DescribeDeliveryChannels": _describe_channels,
        "PutDeliveryChannel": _put_channel,
        "GetResourceConfigHistory": _history,
        "DescribeConfigurationRecorderStatus": _recorder_status,
        "ListTagsForResource": lambda ctx, params: {"Tags": []},
        "DescribeConfigRules": _broken,
    },
    "s3": {
        "GetObject": _get_object,
        "HeadObject": _head_object,
        "PutObject": _put_object,
        "ListObjectsV2": _list_objects,
        "PutBucketVersioning": lambda ctx, params: {},
        "GetBucketVersioning": lambda ctx, params: {"Status": "Enabled"},
        "GetBucketLocation": lambda ctx, params: {"LocationConstraint": "ap-southeast-1"},
        "DeleteObject": lambda ctx, params: {},
    },
    "sns": {"Publish": _publish},
    "sqs": {"SendMessage": _send_message},
    "sts": {"GetCallerIdentity": _identity},
}


def _tick(ctx: Context, due: clock.Due) -> None:
    """Something that happens every minute, and writes its time down."""
    ctx.store.set_meta("ticks", [*ctx.store.meta("ticks", []), due.at])
    ctx.clock.schedule(due.at + 60_000, "tick")


def _explode(ctx: Context, due: clock.Due) -> None:
    raise RuntimeError("the handler broke")


def build(engine: Engine, options: WorldOptions, progress: Progress | None) -> None:
    if progress:
        progress("Making a tiny world", 0.5)

    def set_up(ctx: Context) -> None:
        ctx.store.set_meta("account", ctx.account)
        ctx.store.set_meta("home_region", ctx.world.home_region)

    engine.act(set_up)


@pytest.fixture(scope="session")
def parts() -> Parts:
    return Parts(
        schemas=(clock.SCHEMA, estate.SCHEMA, faults.SCHEMA),
        operations=_OPERATIONS,
        due={"tick": _tick, "explode": _explode},
        record_call=lambda ctx, call, answer, refusal: None,
        check_fault=lambda ctx, call: None,
        on_change=lambda ctx, before, after: None,
        knows_key=lambda world, key: False,
    )


@pytest.fixture
async def open_world(parts: Parts) -> AsyncIterator[OpenWorld]:
    """Opens tiny worlds, in memory unless a place is given, and closes them at the end."""
    async with AsyncExitStack() as stack:

        async def open_(place: Place | None = None, **more: Any) -> LocalWorld:
            more = {"parts": parts, "build": build, "options": WorldOptions(start=START), **more}
            world = LocalWorld(place, **more)
            await world.open()
            stack.push_async_callback(world.close)
            return world

        yield open_


@pytest.fixture
async def world(open_world: OpenWorld) -> LocalWorld:
    """A tiny world in memory."""
    return await open_world()


@pytest.fixture(scope="module")
def built() -> Iterator[LocalWorld]:
    """One estate for all stories; its clock stands."""
    choice = WorldChoice(memory=True, start=parse("2023-02-28T09:41:00Z"), resources=60)
    world = asyncio.run(opened(choice))
    asyncio.run(world.pause())
    yield world
    asyncio.run(world.close())
