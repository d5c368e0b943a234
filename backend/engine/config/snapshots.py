"""Configuration snapshots: every live, recorded resource of a region in one file, on demand and by frequency."""

from __future__ import annotations

from collections.abc import Sequence

from backend.engine.clock import Due
from backend.engine.config import channel, deposit, faults, files, items, recorder_state, rules, stream
from backend.engine.config.channel import PERIODIC_SNAPSHOT
from backend.engine.config.delivery import no_such_channel
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.model.delivery import DeliveryChannel
from backend.model.item import Document
from backend.model.moment import Moment

DELIVERY = "config.snapshot.delivery"
"""The due thing that writes a snapshot which was started a moment ago."""

WORK: Moment = 616
"""Milliseconds between the messages Started and Completed (recorded.md §3)."""


def deliver_config_snapshot(ctx: Context, params: Document) -> Document:
    """Start a snapshot now; it is in the bucket a moment later (SNP-02). Checks in the order recorded.md §2 shows."""
    recorder = recorder_state.of(ctx)
    if recorder is None:
        raise ServiceError(
            "NoAvailableConfigurationRecorderException",
            "Configuration recorder not found. Add a configuration recorder and start recording.",
        )
    if not recorder.recording:
        raise ServiceError(
            "NoRunningConfigurationRecorderException",
            "Configuration recorder is turned off. Turn on configuration recorder.",
        )
    name = params["deliveryChannelName"]
    found = channel.of(ctx)
    if found is None or found.name != name:
        raise no_such_channel(name)
    return {"configSnapshotId": _start(ctx)}


def periodic(ctx: Context, due: Due) -> None:
    """A snapshot at the channel's frequency; none is made while the recorder is off, and the rhythm goes on."""
    recorder = recorder_state.of(ctx)
    if recorder is not None and recorder.recording and channel.of(ctx) is not None:
        _start(ctx)
    else:
        channel.schedule_snapshot(ctx, ctx.now)


def deliver(ctx: Context, due: Due) -> None:
    """Write the file of a started snapshot, or its files, and tell how it went."""
    found = channel.of(ctx)
    if found is None:
        return
    snapshot_id, start = due.payload["id"], due.payload["start"]
    try:
        deposit.write_check_file(ctx, found)
        written = list(files.snapshot(ctx, snapshot_id, due.payload["types"], due.payload["until"]))
        keys = _write(ctx, found, snapshot_id, start, written)
    except deposit.DeliveryFailure as failure:
        channel.failed(ctx, "snapshot", failure.code, failure.message)
        message = {"configSnapshotId": snapshot_id, "errorCode": failure.code, "errorMessage": failure.message}
        _tell(ctx, "Failed", message)
        return
    channel.succeeded(ctx, "snapshot")
    messages = [
        _tell(ctx, "Completed", {"configSnapshotId": snapshot_id, "s3ObjectKey": key, "s3Bucket": found.bucket})
        for key in keys
    ]
    rules.on_snapshot(ctx, messages[-1])


def _write(
    ctx: Context, found: DeliveryChannel, snapshot_id: str, start: Moment, written: Sequence[files.File]
) -> list[str]:
    parts = range(1, len(written) + 1) if len(written) > 1 else (0,)
    keys = [deposit.snapshot_key(ctx, found, start, snapshot_id, part) for part in parts]
    for key, file in zip(keys, written, strict=True):
        deposit.write(ctx, found, key, file.body)
    return keys


OPERATIONS: dict[str, Operation] = {"DeliverConfigSnapshot": deliver_config_snapshot}

DUE: dict[str, DueHandler] = {PERIODIC_SNAPSHOT: periodic, DELIVERY: deliver}


def _start(ctx: Context) -> str:
    """Begin a snapshot; the next periodic one comes a frequency after this start (CHN-11)."""
    snapshot_id = ctx.ids.uuid()
    _tell(ctx, "Started", {"configSnapshotId": snapshot_id})
    lag = faults.active(ctx, "delivery-lag")
    at = ctx.now + WORK + (lag.milliseconds if lag else 0)
    # What is recorded may be another thing by the time the file is written.
    recorder = recorder_state.of(ctx)
    types = [kind for kind in items.counts(ctx) if recorder is not None and recorder.records(kind, ctx.region)]
    payload = {"id": snapshot_id, "start": ctx.now, "until": ctx.clock.unique(), "types": types}
    ctx.clock.schedule(at, DELIVERY, ctx.region, snapshot_id, payload)
    channel.schedule_snapshot(ctx, ctx.now)
    return snapshot_id


def _tell(ctx: Context, word: str, message: Document) -> Document:
    subject = f"Configuration Snapshot Delivery {word} for Account {ctx.account}"
    return stream.send(ctx, f"ConfigurationSnapshotDelivery{word}", message, subject).message
