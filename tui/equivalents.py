"""The stock `aws` command that does what a command of ours does, ready to paste into a shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from backend.model.delivery import DeliveryChannel


def aws(operation: str, arguments: Mapping[str, str], *, region: str, endpoint_url: str | None = None) -> str:
    """`aws configservice …`, one option a line, every value quoted for the shell."""
    lines = [f"aws configservice {operation}"]
    lines += [f"--{name} {shlex.quote(value)}" for name, value in arguments.items()]
    if region:
        lines.append(f"--region {shlex.quote(region)}")
    if endpoint_url:
        lines.append(f"--endpoint-url {shlex.quote(endpoint_url)}")
    return " \\\n  ".join(lines)


def channel_json(channel: DeliveryChannel) -> str:
    """The channel as `--delivery-channel` takes it."""
    return json.dumps(channel_document(channel), separators=(",", ":"))


def channel_document(channel: DeliveryChannel) -> dict[str, object]:
    """The channel in the spelling of `deliveryChannel.json` (CHN-04, CHN-17)."""
    document: dict[str, object] = {"name": channel.name, "s3BucketName": channel.bucket}
    if channel.prefix:
        document["s3KeyPrefix"] = channel.prefix
    if channel.kms_key_arn:
        document["s3KmsKeyArn"] = channel.kms_key_arn
    if channel.topic_arn:
        document["snsTopicARN"] = channel.topic_arn
    if channel.frequency:
        document["configSnapshotDeliveryProperties"] = {"deliveryFrequency": channel.frequency}
    return document
