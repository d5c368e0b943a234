"""The errors of a delivery in plain words: what is behind a code of AWS, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from backend.model.delivery import DeliveryChannel, DeliveryState


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What an error means, and its remedy, each a sentence without its full stop."""

    means: str
    remedy: str


def meaning(state: DeliveryState, channel: DeliveryChannel | None, part: str) -> Meaning | None:
    """What the error of a state means; None when there is none. `part` is `snapshot`, `history` or `stream`."""
    if not (state.error_code or state.error_message) or state.status.upper() != "FAILURE":
        return None
    told = f"{state.error_code} {state.error_message}"
    bucket = channel.bucket if channel is not None else "the bucket"
    topic = (channel.topic_arn or "").rpartition(":")[2] if channel is not None else ""
    for pattern, tell in _TABLE:
        if pattern.search(told):
            return tell(bucket, topic or "the topic", part)
    return Meaning(
        means=f"AWS Config could not deliver the {part}",
        remedy="The message is AWS's own; U looks at role, bucket and topic",
    )


def _no_bucket(bucket: str, topic: str, part: str) -> Meaning:
    return Meaning(
        means=f"The bucket {bucket} does not exist (any more)",
        remedy="Make it again with its policy, or name another: U does both. The next run brings what was missed",
    )


def _key(bucket: str, topic: str, part: str) -> Meaning:
    return Meaning(
        means="The KMS key refuses: it is gone, switched off, or its policy does not let AWS Config use it",
        remedy="Let the key's policy allow kms:Decrypt and kms:GenerateDataKey to config.amazonaws.com",
    )


def _no_topic(bucket: str, topic: str, part: str) -> Meaning:
    return Meaning(
        means=f"The topic {topic} does not exist (any more)",
        remedy="Make it again, or take it out of the channel: C",
    )


def _topic_denied(bucket: str, topic: str, part: str) -> Meaning:
    return Meaning(
        means=f"The topic {topic} does not let AWS Config publish",
        remedy="Let its policy allow sns:Publish to config.amazonaws.com: U does it",
    )


def _role(bucket: str, topic: str, part: str) -> Meaning:
    return Meaning(
        means="AWS Config cannot act with the recorder's role",
        remedy="The role must exist and trust config.amazonaws.com: U looks at it",
    )


def _denied(bucket: str, topic: str, part: str) -> Meaning:
    if part == "stream":
        return _topic_denied(bucket, topic, part)
    return Meaning(
        means=f"The bucket {bucket} does not let AWS Config write",
        remedy="Let its policy allow s3:GetBucketAcl and s3:PutObject to config.amazonaws.com: U does it",
    )


def _locked(bucket: str, topic: str, part: str) -> Meaning:
    return Meaning(
        means=f"The bucket {bucket} has a default retention of Object Lock, which AWS Config cannot write to",
        remedy="Take the default retention off, or name another bucket: C",
    )


def _later(bucket: str, topic: str, part: str) -> Meaning:
    return Meaning(means="AWS was too busy, or did not answer", remedy="It tries again; d delivers a snapshot now")


_TABLE: tuple[tuple[re.Pattern[str], Callable[[str, str, str], Meaning]], ...] = (
    (re.compile(r"NoSuchBucket|bucket does not exist", re.I), _no_bucket),
    (re.compile(r"ObjectLock|Content-MD5", re.I), _locked),
    (re.compile(r"KMS|kms:", re.I), _key),
    (re.compile(r"AssumeRole|assume the|InvalidRole", re.I), _role),
    (re.compile(r"AuthorizationError|publish|sns:", re.I), _topic_denied),
    (re.compile(r"^NotFound|topic does not exist|InvalidSNSTopic", re.I), _no_topic),
    (re.compile(r"Throttl|SlowDown|ServiceUnavailable|InternalError|Timeout", re.I), _later),
    (re.compile(r"AccessDenied|InsufficientDeliveryPolicy|Forbidden|403", re.I), _denied),
)
"""From the most particular to the most general."""
