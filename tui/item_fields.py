"""A configuration item as the fields a person reads."""

from __future__ import annotations

import json

from backend.model.comparison import linked
from backend.model.item import ConfigurationItem, Document
from backend.model.item_document import document
from backend.model.moment import to_iso


def raw_text(item: ConfigurationItem) -> str:
    """An item as a file of today has it, one member a line."""
    try:
        return json.dumps(document(item), indent=2, ensure_ascii=False)
    except RecursionError:
        return "It is nested too deeply to be written as text; the tree opens it step by step."


def fields(item: ConfigurationItem) -> Document:
    """An item as the fields a person reads, in the spelling of today's files, the telling ones first."""
    return {
        "resourceType": item.resource_type,
        "resourceId": item.resource_id,
        "resourceName": item.resource_name,
        "ARN": item.arn,
        "configurationItemStatus": item.status,
        "configurationItemCaptureTime": to_iso(item.capture_time),
        "resourceCreationTime": to_iso(item.creation_time) if item.creation_time is not None else None,
        "awsAccountId": item.account_id,
        "awsRegion": item.region,
        "availabilityZone": item.availability_zone,
        "tags": dict(item.tags),
        "configuration": item.configuration,
        "supplementaryConfiguration": item.supplementary,
        "relationships": linked(item),
        "relatedEvents": list(item.related_events),
        "configurationItemVersion": item.version,
        "configurationStateId": item.state_id,
        "configurationStateMd5Hash": item.md5,
    }
