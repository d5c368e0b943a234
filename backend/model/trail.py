"""CloudTrail events: who did what, from where."""

from __future__ import annotations

import msgspec

from backend.model.item import Document
from backend.model.moment import Moment


class TrailEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One API call as LookupEvents tells it (TRE-06..TRE-13)."""

    event_id: str
    time: Moment
    name: str
    source: str
    user: str = ""
    source_ip: str = ""
    user_agent: str = ""
    region: str = ""
    read_only: bool = False
    error_code: str = ""
    resources: tuple[tuple[str, str], ...] = ()
    """(resource type, resource name) pairs."""
    record: Document = {}
