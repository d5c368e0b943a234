"""Files for the channel's bucket: where they lie, whether AWS Config may write there, and what is said when not."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.engine.around import s3
from backend.engine.config import faults, recorder_state, roles
from backend.engine.context import Context
from backend.model import moment
from backend.model.delivery import DeliveryChannel
from backend.model.moment import Moment

PRINCIPAL = "config.amazonaws.com"

_SMALL = 4 << 20
"""Up to this many bytes a file is packed well, above it fast."""


@dataclass
class DeliveryFailure(Exception):
    """A file could not be written; the words are those of the delivery status."""

    code: str
    message: str


def root(ctx: Context, channel: DeliveryChannel) -> str:
    """`[prefix/]AWSLogs/<account>/Config`."""
    prefix = f"{channel.prefix}/" if channel.prefix else ""
    return f"{prefix}AWSLogs/{ctx.account}/Config"


def folder(ctx: Context, channel: DeliveryChannel, when: Moment, kind: str) -> str:
    """`<root>/<region>/<year>/<month>/<day>/<kind>`, month and day without leading zeros (X-04)."""
    day = datetime.fromtimestamp(when // 1000, UTC)
    return f"{root(ctx, channel)}/{ctx.region}/{day.year}/{day.month}/{day.day}/{kind}"


def snapshot_key(ctx: Context, channel: DeliveryChannel, when: Moment, snapshot_id: str) -> str:
    name = f"{ctx.account}_Config_{ctx.region}_ConfigSnapshot_{moment.to_compact(when)}_{snapshot_id}.json.gz"
    return f"{folder(ctx, channel, when, 'ConfigSnapshot')}/{name}"


def history_key(
    ctx: Context, channel: DeliveryChannel, when: Moment, resource_type: str, first: Moment, last: Moment
) -> str:
    """The two stamps are the capture times of the first and the last item in the file."""
    span = f"{moment.to_compact(first)}_{moment.to_compact(last)}"
    name = f"{ctx.account}_Config_{ctx.region}_ConfigHistory_{resource_type}_{span}_1.json.gz"
    return f"{folder(ctx, channel, when, 'ConfigHistory')}/{name}"


def oversized_key(ctx: Context, channel: DeliveryChannel, when: Moment, resource_type: str, resource_id: str) -> str:
    name = (
        f"{ctx.account}_Config_{ctx.region}_ChangeNotification_{resource_type}_{resource_id}"
        f"_{moment.to_compact(when)}_0.json.gz"
    )
    return f"{folder(ctx, channel, when, 'OversizedChangeNotification')}/{resource_type}/{resource_id}/{name}"


def write_check_file(ctx: Context, channel: DeliveryChannel) -> None:
    """Prove that the bucket is writable with an empty object (CHN-03); raises DeliveryFailure."""
    _write(ctx, channel, f"{root(ctx, channel)}/ConfigWritabilityCheckFile", b"")


def write(ctx: Context, channel: DeliveryChannel, key: str, body: bytes) -> None:
    """Write a JSON document, gzipped so that the same document gives the same bytes; raises DeliveryFailure."""
    packed = gzip.compress(body, compresslevel=6 if len(body) <= _SMALL else 1, mtime=0)
    _write(ctx, channel, key, packed, content_type="application/json", content_encoding="gzip")


def may_write(ctx: Context, channel: DeliveryChannel, key: str) -> bool:
    """Whether the recorder's role, or else the bucket's policy, lets AWS Config put an object."""
    return _may(ctx, channel, "s3:PutObject", key)


def may_see(ctx: Context, channel: DeliveryChannel) -> bool:
    """Whether AWS Config may read the bucket's access list, which it asks for before it writes."""
    return _may(ctx, channel, "s3:GetBucketAcl")


def _may(ctx: Context, channel: DeliveryChannel, action: str, key: str = "") -> bool:
    recorder = recorder_state.of(ctx)
    arn = f"arn:aws:s3:::{channel.bucket}/{key}" if key else f"arn:aws:s3:::{channel.bucket}"
    return (
        ctx.world.lenient
        or (recorder is not None and roles.can_write(ctx, recorder.role_arn, action, arn))
        or s3.allows(ctx, channel.bucket, PRINCIPAL, action, key)
    )


def _write(
    ctx: Context,
    channel: DeliveryChannel,
    key: str,
    body: bytes,
    *,
    content_type: str = "binary/octet-stream",
    content_encoding: str | None = None,
) -> None:
    trouble = "An exception occurred while trying to deliver data to your Amazon S3 bucket."
    if not s3.exists(ctx, channel.bucket):
        raise DeliveryFailure("NoSuchBucket", f"{trouble} The specified Bucket does not exist.")
    if faults.active(ctx, "access-denied") or not may_write(ctx, channel, key):
        raise DeliveryFailure("AccessDenied", f"{trouble} Access Denied.")
    s3.put_object(
        ctx.as_service("config"),
        channel.bucket,
        key,
        body,
        content_type=content_type,
        content_encoding=content_encoding,
    )
