"""The operations on the delivery channel: put, describe, delete, and its three delivery states."""

from __future__ import annotations

import re

from backend.engine.around import kms_keys, s3, sns
from backend.engine.config import channel, deposit, faults, recorder_state, roles
from backend.engine.config.recorder_state import RecorderState
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.model import moment
from backend.model.delivery import FREQUENCIES, DeliveryChannel, DeliveryState
from backend.model.item import Document

SCHEMA = channel.SCHEMA

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(\.fifo)?")


def put_delivery_channel(ctx: Context, params: Document) -> Document:
    """Create or replace the one channel of the region; checked in the order of aws-config.md §3.1."""
    recorder = recorder_state.of(ctx)
    if recorder is None:
        raise ServiceError(
            "NoAvailableConfigurationRecorderException",
            "Configuration recorder is not available to put delivery channel.",
        )
    asked = params["DeliveryChannel"]
    wanted = DeliveryChannel(
        name=asked.get("name", "default"),
        bucket=asked.get("s3BucketName", ""),
        prefix=asked.get("s3KeyPrefix"),
        kms_key_arn=asked.get("s3KmsKeyArn"),
        topic_arn=asked.get("snsTopicARN"),
        frequency=(asked.get("configSnapshotDeliveryProperties") or {}).get("deliveryFrequency"),
    )
    if not wanted.name.strip():
        raise ServiceError(
            "InvalidDeliveryChannelNameException",
            f"The delivery channel name '{wanted.name}' is not valid, blank string.",
        )
    _check_bucket(ctx, wanted)
    _check_topic(ctx, wanted)
    _check_key(ctx, wanted)
    _check_policy(ctx, wanted, recorder.role_arn)
    before = channel.of(ctx)
    if before is not None and before.name != wanted.name:
        raise ServiceError(
            "MaxNumberOfDeliveryChannelsExceededException",
            f"Failed to put delivery channel '{wanted.name}' because the maximum number of delivery channels: 1"
            " is reached.",
        )
    if wanted.frequency is not None and wanted.frequency not in FREQUENCIES:
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{wanted.frequency}' at"
            " 'deliveryChannel.configSnapshotDeliveryProperties.deliveryFrequency' failed to satisfy constraint:"
            f" Member must satisfy enum value set: [{', '.join(FREQUENCIES)}]",
        )
    try:
        deposit.write_check_file(ctx, wanted)
    except deposit.DeliveryFailure as failure:
        if not ctx.world.lenient:
            raise _cannot_write(wanted) from failure
    channel.put(ctx, wanted)
    _note_stream(ctx, before, wanted)
    if before is None or before.frequency != wanted.frequency:
        channel.schedule_snapshot(ctx, ctx.now)
    return {}


def describe_delivery_channels(ctx: Context, params: Document) -> Document:
    """The channel, exactly as it was put (CHN-07)."""
    return {"DeliveryChannels": [_document(each) for each in _named(ctx, params)]}


def describe_delivery_channel_status(ctx: Context, params: Document) -> Document:
    """The three delivery states side by side; a state holds what has happened so far and nothing else."""
    return {
        "DeliveryChannelsStatus": [
            {
                "name": each.name,
                "configSnapshotDeliveryInfo": _info(
                    channel.state(ctx, "snapshot"), ctx.clock.when(channel.PERIODIC_SNAPSHOT, ctx.region)
                ),
                "configHistoryDeliveryInfo": _info(channel.state(ctx, "history")),
                "configStreamDeliveryInfo": _info(channel.state(ctx, "stream")),
            }
            for each in _named(ctx, params)
        ]
    }


def delete_delivery_channel(ctx: Context, params: Document) -> Document:
    """Remove the channel; refused while the recorder runs."""
    name = params["DeliveryChannelName"]
    found = channel.of(ctx)
    if found is None or found.name != name:
        raise no_such_channel(name)
    recorder = recorder_state.of(ctx)
    if recorder is not None and (recorder.recording or _still_stopping(ctx, recorder)):
        raise ServiceError(
            "LastDeliveryChannelDeleteFailedException",
            f"Failed to delete last specified delivery channel with name '{name}',"
            " because there is a running configuration recorder.",
        )
    channel.remove(ctx)
    channel.schedule_snapshot(ctx, ctx.now)
    return {}


def _still_stopping(ctx: Context, recorder: RecorderState) -> bool:
    """The service can take some seconds to see that the recorder rests (aws-config.md §3.1); here only on request."""
    lag = faults.active(ctx, "stop-lag")
    return lag is not None and recorder.stopped is not None and ctx.now < recorder.stopped + lag.milliseconds


OPERATIONS: dict[str, Operation] = {
    "PutDeliveryChannel": put_delivery_channel,
    "DescribeDeliveryChannels": describe_delivery_channels,
    "DescribeDeliveryChannelStatus": describe_delivery_channel_status,
    "DeleteDeliveryChannel": delete_delivery_channel,
}


def no_such_channel(name: str) -> ServiceError:
    return ServiceError("NoSuchDeliveryChannelException", f"Cannot find delivery channel with specified name '{name}'.")


def _named(ctx: Context, params: Document) -> list[DeliveryChannel]:
    found = channel.of(ctx)
    for name in params.get("DeliveryChannelNames") or []:
        if found is None or found.name != name:
            raise no_such_channel(name)
    return [found] if found else []


def _document(found: DeliveryChannel) -> Document:
    members = {
        "name": found.name,
        "s3BucketName": found.bucket,
        "s3KeyPrefix": found.prefix,
        "s3KmsKeyArn": found.kms_key_arn,
        "snsTopicARN": found.topic_arn,
        "configSnapshotDeliveryProperties": {"deliveryFrequency": found.frequency} if found.frequency else None,
    }
    return {member: value for member, value in members.items() if value is not None}


def _info(state: DeliveryState, next_delivery: moment.Moment | None = None) -> Document:
    times = {
        "lastAttemptTime": state.last_attempt,
        "lastSuccessfulTime": state.last_success,
        "nextDeliveryTime": next_delivery,
        "lastStatusChangeTime": state.status_changed,
    }
    texts = {
        "lastStatus": state.status,
        "lastErrorCode": state.error_code,
        "lastErrorMessage": state.error_message,
    }
    return {
        **{member: text for member, text in texts.items() if text},
        **{member: moment.to_datetime(time) for member, time in times.items() if time is not None},
    }


def _note_stream(ctx: Context, before: DeliveryChannel | None, wanted: DeliveryChannel) -> None:
    """A channel that was put anew starts with a stream that works, or with none (STR-09)."""
    if wanted.topic_arn is None:
        channel.set_state(ctx, "stream", DeliveryState(status="NOT_APPLICABLE"))
    elif before is None or before != wanted:
        channel.set_state(ctx, "stream", DeliveryState(status="SUCCESS", status_changed=ctx.now))


def _check_bucket(ctx: Context, wanted: DeliveryChannel) -> None:
    if not wanted.bucket:
        raise ServiceError("NoSuchBucketException", "Cannot find a S3 bucket with an empty bucket name.")
    if not ctx.world.lenient and not s3.exists(ctx, wanted.bucket):
        raise ServiceError("NoSuchBucketException", f"No such s3 bucket with name '{wanted.bucket}'.")
    if wanted.prefix == "":
        raise ServiceError("InvalidS3KeyPrefixException", "The s3 key prefix '' is not valid, empty s3 key prefix.")


def _check_topic(ctx: Context, wanted: DeliveryChannel) -> None:
    topic = wanted.topic_arn
    if topic is None:
        return
    found = _TOPIC.fullmatch(topic)
    known = found is not None and (ctx.world.lenient or sns.exists(ctx, topic))
    if found is None or found[1] != ctx.region or not known:
        raise ServiceError("InvalidSNSTopicARNException", f"The sns topic arn '{topic}' is not valid.")


def _check_key(ctx: Context, wanted: DeliveryChannel) -> None:
    key = wanted.kms_key_arn
    if key is None:
        return
    region = s3.region(ctx, wanted.bucket)
    known = kms_keys.is_arn(key) and (ctx.world.lenient or kms_keys.look(ctx, key) is not None)
    if not known or key.split(":")[3] != (region or ctx.region):
        raise ServiceError("InvalidS3KmsKeyArnException", f"The arn '{key}' is not a valid kms key or alias arn.")


_CANNOT_ASSUME = "unable to assume role: {role}."
_CANNOT_WRITE = "unable to write to bucket, provided s3 key prefix is '{prefix}', provided kms key is '{key}'."
_CANNOT_SEE = "unable to get bucket acl."
"""The three ways of InsufficientDeliveryPolicy (aws-config.md §3.1)."""


def _check_policy(ctx: Context, wanted: DeliveryChannel, role_arn: str) -> None:
    if ctx.world.lenient:
        return
    if not roles.exists(ctx, role_arn):
        raise _insufficient(wanted, _CANNOT_ASSUME.format(role=role_arn))
    try:
        deposit.check_write(ctx, wanted, deposit.check_key(ctx, wanted))
    except deposit.DeliveryFailure as failure:
        raise _cannot_write(wanted) from failure
    if not deposit.may_see(ctx, wanted):
        raise _insufficient(wanted, _CANNOT_SEE)


def _cannot_write(wanted: DeliveryChannel) -> ServiceError:
    prefix, key = wanted.prefix or "null", wanted.kms_key_arn or "null"
    return _insufficient(wanted, _CANNOT_WRITE.format(prefix=prefix, key=key))


def _insufficient(wanted: DeliveryChannel, why: str) -> ServiceError:
    return ServiceError(
        "InsufficientDeliveryPolicyException", f"Insufficient delivery policy to s3 bucket: {wanted.bucket}, {why}"
    )
