"""A configuration item spelled as a delivered file of today spells it (format 1.3)."""

from __future__ import annotations

from backend.model.comparison import linked
from backend.model.item import ConfigurationItem, Document, Json
from backend.model.moment import to_iso

_LONGEST_STATE = 19
"""Digits of a number of 64 bits. Python refuses to read thousands of them, which a file of strangers may hold."""


def document(item: ConfigurationItem) -> Document:
    """An item as a file of format 1.3 has it: its 17 fields, in their order (ITM-06). An older item is spelled anew."""
    return {
        "relatedEvents": list(item.related_events),
        "relationships": recorded_links(item),
        "configuration": item.configuration,
        "supplementaryConfiguration": item.supplementary,
        "tags": dict(item.tags),
        "configurationItemVersion": item.version,
        "configurationItemCaptureTime": to_iso(item.capture_time),
        "configurationStateId": _state_id(item.state_id),
        "awsAccountId": item.account_id,
        "configurationItemStatus": item.status,
        "resourceType": item.resource_type,
        "resourceId": item.resource_id,
        "ARN": item.arn,
        "awsRegion": item.region,
        "availabilityZone": item.availability_zone,
        "configurationStateMd5Hash": item.md5,
        "resourceCreationTime": to_iso(item.creation_time) if item.creation_time is not None else None,
    }


def recorded_links(item: ConfigurationItem) -> list[Json]:
    """The links with the fields that were recorded, their direction too; what a link lacks is not told as null."""
    links: list[Json] = []
    for link, spelled in zip(item.relationships, linked(item), strict=True):
        assert isinstance(spelled, dict)
        told: Document = {**spelled, "direction": link.direction}
        links.append({name: value for name, value in told.items() if value is not None})
    return links


def _state_id(state: str) -> Json:
    """A number since format 1.3, a GUID before (ITM-07, ITM-10); what is no number of AWS Config stays as it is."""
    number = len(state) <= _LONGEST_STATE and state.isascii() and state.isdigit()
    return int(state) if number and str(int(state)) == state else state
