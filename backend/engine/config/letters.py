"""The messages of AWS Config as people get them by mail: a few lines to read before the JSON (aws-config.md §4.1)."""

from __future__ import annotations

from backend.engine.context import Context
from backend.model.item import Document

_HEADINGS = {
    "configurationItem": "New State and Change Record:",
    "configurationItemSummary": "New State Record Summary:",
}


def texts(ctx: Context, message: Document, text: str) -> Document:
    """The text by protocol, where it is another one than the message itself: that of e-mail, for changes of items."""
    for member, heading in _HEADINGS.items():
        if member in message:
            return {"email": f"{_link(ctx, message[member])}\n\n{heading}\n{'-' * 28}\n{text}"}
    return {}


def _link(ctx: Context, item: Document) -> str:
    place = f"{item['resourceType']}/{item['resourceId']}?time={item['configurationItemCaptureTime']}"
    address = f"https://console.aws.amazon.com/config/home?region={ctx.region}#/timeline/{place}"
    return f"View the Timeline for this Resource in the Console:\n{address}"
