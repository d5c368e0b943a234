"""What a rule looks at: its resource types, and a scope of ids or tags (reference: aws-config.md §5.1)."""

from __future__ import annotations

from backend.model.item import Document
from backend.rules.catalogue import ManagedRule


def types_of(scope: Document, managed: ManagedRule | None) -> tuple[str, ...] | None:
    """The resource types, None for all of them; empty for managed rules over the account."""
    scoped = tuple(scope.get("ComplianceResourceTypes") or ())
    if managed is None:
        return scoped or None
    return tuple(kind for kind in managed.types if kind in scoped) if scoped else managed.types


def covers(scope: Document, item: Document) -> bool:
    """Whether an item of one of the types is within the scope."""
    wanted_id = scope.get("ComplianceResourceId")
    if wanted_id is not None:
        return bool(item["resourceId"] == wanted_id)
    key = scope.get("TagKey")
    if key is None:
        return True
    tags = item.get("tags")
    tags = tags if isinstance(tags, dict) else {}
    value = scope.get("TagValue")
    return key in tags and (value is None or tags[key] == value)
