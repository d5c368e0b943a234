"""Files for the channel's bucket: where they lie, whether AWS Config may write there, and what is said when not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from isal import igzip

from backend.engine.around import s3
from backend.engine.config import faults, grants
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model import moment
from backend.model.delivery import DeliveryChannel
from backend.model.moment import Moment

_LEVEL = 2
"""Of ISA-L's gzip: a fifth larger than zlib makes it, in a tenth of the time."""

_TROUBLE = "An exception occurred while trying to deliver data to your Amazon S3 bucket."


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


def check_key(ctx: Context, channel: DeliveryChannel) -> str:
    return f"{root(ctx, channel)}/ConfigWritabilityCheckFile"


def snapshot_key(ctx: Context, channel: DeliveryChannel, when: Moment, snapshot_id: str, part: int = 0) -> str:
    """`part` counts from 1 where a snapshot is too large for one file."""
    stem = f"{ctx.account}_Config_{ctx.region}_ConfigSnapshot_{moment.to_compact(when)}_{snapshot_id}"
    return f"{folder(ctx, channel, when, 'ConfigSnapshot')}/{stem}{f'_{part}' if part else ''}.json.gz"


def history_key(
    ctx: Context, channel: DeliveryChannel, when: Moment, resource_type: str, first: Moment, last: Moment
) -> str:
    """The next free key, counted from 1; the two stamps are the capture times of the first and the last item in it."""
    span = f"{moment.to_compact(first)}_{moment.to_compact(last)}"
    stem = f"{ctx.account}_Config_{ctx.region}_ConfigHistory_{resource_type}_{span}"
    within = folder(ctx, channel, when, "ConfigHistory")
    return _free(ctx, channel, lambda number: f"{within}/{stem}_{number}.json.gz", 1)


def oversized_key(ctx: Context, channel: DeliveryChannel, when: Moment, resource_type: str, resource_id: str) -> str:
    """The next free key, counted from 0, as a resource can change twice in a second."""
    stem = (
        f"{ctx.account}_Config_{ctx.region}_ChangeNotification_{resource_type}_{resource_id}_{moment.to_compact(when)}"
    )
    within = f"{folder(ctx, channel, when, 'OversizedChangeNotification')}/{resource_type}/{resource_id}"
    return _free(ctx, channel, lambda number: f"{within}/{stem}_{number}.json.gz", 0)


def _free(ctx: Context, channel: DeliveryChannel, key: Callable[[int], str], start: int) -> str:
    return next(candidate for candidate in map(key, count(start)) if not s3.holds(ctx, channel.bucket, candidate))


def write_check_file(ctx: Context, channel: DeliveryChannel) -> None:
    """Prove that the bucket is writable with an empty object (CHN-03); raises DeliveryFailure."""
    _write(ctx, channel, check_key(ctx, channel), b"")


def write(ctx: Context, channel: DeliveryChannel, key: str, body: bytes) -> None:
    """Write a JSON document, gzipped so that the same document gives the same bytes; raises DeliveryFailure."""
    packed = igzip.compress(body, compresslevel=_LEVEL, mtime=0)
    _write(ctx, channel, key, packed, content_type="application/json", content_encoding="gzip")


def may_see(ctx: Context, channel: DeliveryChannel) -> bool:
    """Whether AWS Config may read the bucket's access list, which it asks for before it writes."""
    return bool(grants.of_bucket(ctx, channel.bucket, "s3:GetBucketAcl"))


def _write(
    ctx: Context,
    channel: DeliveryChannel,
    key: str,
    body: bytes,
    *,
    content_type: str = "binary/octet-stream",
    content_encoding: str | None = None,
) -> None:
    check_write(ctx, channel, key)
    try:
        s3.put_object(
            ctx.as_service("config"),
            channel.bucket,
            key,
            body,
            content_type=content_type,
            content_encoding=content_encoding,
            kms_key=channel.kms_key_arn,
        )
    except ServiceError as refusal:
        raise DeliveryFailure(refusal.code, f"{_TROUBLE} {refusal.message}") from refusal


def check_write(ctx: Context, channel: DeliveryChannel, key: str) -> None:
    """Raises DeliveryFailure with the code that S3 would answer the write with."""
    if not s3.exists(ctx, channel.bucket):
        raise DeliveryFailure("NoSuchBucket", f"{_TROUBLE} The specified Bucket does not exist.")
    if faults.use(ctx, "slow-down"):
        raise DeliveryFailure("SlowDown", f"{_TROUBLE} Please reduce your request rate.")
    if faults.use(ctx, "access-denied") or not grants.of_bucket(ctx, channel.bucket, "s3:PutObject", key):
        raise DeliveryFailure("AccessDenied", f"{_TROUBLE} Access Denied.")
    kms_key = channel.kms_key_arn or s3.default_key(ctx, channel.bucket)
    if faults.use(ctx, "key-denied"):
        named = kms_key or "the default key"
        raise DeliveryFailure("AccessDenied", f"{_TROUBLE} Access to {named} is denied by KMS.")
    refusal = grants.key_refusal(ctx, kms_key) if kms_key and not kms_key.endswith("alias/aws/s3") else None
    if refusal is not None:
        code = "AccessDenied" if refusal.code == "AccessDeniedException" else f"KMS.{refusal.code}"
        raise DeliveryFailure(code, f"{_TROUBLE} {refusal.message}")
