"""The delivery channel in the spelling of the API, which is also that of `deliveryChannel.json` (CHN-04, CHN-17)."""

from __future__ import annotations

from backend.model.delivery import DeliveryChannel
from backend.model.item import Document


def read_channel(answer: Document) -> DeliveryChannel:
    """A channel from the API's spelling, which is also that of `deliveryChannel.json`."""
    return DeliveryChannel(
        name=answer.get("name") or "",
        bucket=answer.get("s3BucketName") or "",
        prefix=answer.get("s3KeyPrefix") or None,
        kms_key_arn=answer.get("s3KmsKeyArn") or None,
        topic_arn=answer.get("snsTopicARN") or None,
        frequency=(answer.get("configSnapshotDeliveryProperties") or {}).get("deliveryFrequency") or None,
    )


def write_channel(channel: DeliveryChannel) -> Document:
    """The API's spelling; a put replaces the whole channel, so what is None is left out."""
    document: Document = {
        "name": channel.name,
        "s3BucketName": channel.bucket,
        "s3KeyPrefix": channel.prefix,
        "s3KmsKeyArn": channel.kms_key_arn,
        "snsTopicARN": channel.topic_arn,
        "configSnapshotDeliveryProperties": channel.frequency and {"deliveryFrequency": channel.frequency},
    }
    return {name: value for name, value in document.items() if value}
