"""The deeds that scenario files can name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from backend.engine.around import cloudtrail
from backend.engine.config.rules.account import set_fact
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.engine.world import estate, kinds, life, setup
from backend.engine.world.calls import aws
from backend.engine.world.changes import access
from backend.engine.world.doors import Allow
from backend.model.item import Document

Deed: TypeAlias = Callable[[Context, Document], None]
"""Gets the context with the step's caller, and the rest of the step's table."""


def _call(ctx: Context, scene: Document) -> None:
    """`service`, `operation`, `params`: one AWS call. A refusal is part of the story: the trail has it."""
    _try(ctx, scene["service"], scene["operation"], **scene.get("params", {}))


def _fact(ctx: Context, scene: Document) -> None:
    """`name`, `value`: a fact of the account changes; `service` and `event` say by which call, for the trail."""
    set_fact(ctx, scene["name"], scene["value"])
    cloudtrail.record(ctx, source=scene["service"], name=scene["event"], request={})


def _habit(ctx: Context, scene: Document) -> None:
    """`name`: one of the changes of ordinary life, made by whoever makes such changes."""
    life.NAMED[scene["name"]](ctx, ctx.ids.chance())


def _open_door(ctx: Context, scene: Document) -> None:
    """`group`, `port`, `source`, `note`: let somebody in."""
    group = estate.get(ctx, kinds.SECURITY_GROUP, scene["group"])
    if group is not None:
        access.open_port(ctx, group, _allow(scene), ctx.caller)


def _close_door(ctx: Context, scene: Document) -> None:
    """`group`, `port`, `source`: let them in no longer."""
    group = estate.get(ctx, kinds.SECURITY_GROUP, scene["group"])
    if group is not None:
        access.close_port(ctx, group, _allow(scene), ctx.caller)


def _lose_bucket(ctx: Context, scene: Document) -> None:
    """`bucket`: everything in it is deleted, then the bucket itself (`aws s3 rb --force`)."""
    bucket = scene["bucket"]
    try:
        while held := aws(ctx, "s3", "ListObjectsV2", Bucket=bucket).get("Contents"):
            objects = [{"Key": entry["Key"]} for entry in held]
            aws(ctx, "s3", "DeleteObjects", Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    except ServiceError:
        return
    _try(ctx, "s3", "DeleteBucket", Bucket=bucket)


def _mend_bucket(ctx: Context, scene: Document) -> None:
    """`bucket`: it is made again, with the policy that lets AWS Config write."""
    bucket = scene["bucket"]
    place = {} if ctx.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": ctx.region}}
    _try(ctx, "s3", "CreateBucket", Bucket=bucket, **place)
    _try(ctx, "s3", "PutBucketPolicy", Bucket=bucket, Policy=dumps(setup.policy_of(ctx, bucket)))


def _allow(scene: Document) -> Allow:
    return Allow(scene["port"], scene["source"], scene.get("note", ""))


def _try(ctx: Context, service: str, operation: str, **params: object) -> None:
    """A call whose refusal ends nothing: somebody may have stopped the recorder, or taken the bucket, before."""
    try:
        aws(ctx, service, operation, **params)
    except ServiceError:
        return


DEEDS: Mapping[str, Deed] = MappingProxyType(
    {
        "call": _call,
        "fact": _fact,
        "habit": _habit,
        "open-door": _open_door,
        "close-door": _close_door,
        "lose-bucket": _lose_bucket,
        "mend-bucket": _mend_bucket,
    }
)
