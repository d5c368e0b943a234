"""Messages of the configuration stream."""

from __future__ import annotations

import msgspec

from backend.model.item import Document
from backend.model.moment import Moment


class StreamMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One notification of AWS Config, decoded (STR-01..STR-08)."""

    message_id: str
    time: Moment
    message_type: str
    region: str = ""
    resource_type: str = ""
    resource_id: str = ""
    change_type: str = ""
    """CREATE, UPDATE or DELETE for item changes; the new verdict for compliance changes."""
    rule: str = ""
    subject: str = ""
    document: Document = {}
