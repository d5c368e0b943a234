"""What is to be said of a file that holds no configuration items, by what it seems to be."""

from __future__ import annotations

import json

from backend.files.shapes import IDENTIFIERS, RESULTS
from backend.model.item import Json
from backend.model.problem import BadInput

_COLUMNS = (b"resourceid", b"resourcetype", b"accountid", b"awsregion", b"arn")
"""What a query is likely to select."""


def foreign(value: Json, name: str) -> BadInput:
    """What is to be said of a file that is JSON in which there are no items."""
    if isinstance(value, dict) and any(isinstance(value.get(one), list) for one in IDENTIFIERS):
        return BadInput(
            f"{name} holds identifiers of resources only",
            "list-discovered-resources tells what there is, and no configuration of it",
            "Ask aws configservice batch-get-resource-config for their items",
        )
    if isinstance(value, dict) and isinstance(value.get(RESULTS), list):
        return BadInput(
            f"{name} holds results of a query that are no configuration items",
            "they name no resource" if value[RESULTS] else "there are none",
            "Select at least resourceId and resourceType, or *",
        )
    return BadInput(
        f"{name} is JSON, but no snapshot, history file or configuration item",
        "nothing in it names a resource",
        "Files of AWS Config lie in its bucket below ConfigSnapshot and ConfigHistory",
    )


def is_table(text: bytes) -> bool:
    """Whether a text begins with names of columns."""
    first_line = text.partition(b"\n")[0].lower()
    return b"," in first_line and any(column in first_line for column in _COLUMNS)


def no_json(text: bytes, name: str) -> BadInput:
    """What is to be said of a file that begins with `text`, which is no JSON."""
    if is_table(text):
        return BadInput(
            f"{name} is a CSV file",
            "results of a query that were saved as CSV hold columns, and no configuration items",
            "Open a snapshot or history file, or the JSON answer of a query",
        )
    decoded = text.decode("utf-8", "replace")
    binary = "\0" in decoded or decoded.count("\ufffd") > len(decoded) // 10
    return BadInput(f"{name} is no snapshot or history file", f"{'it is binary' if binary else 'it is text'}, not JSON")


def not_valid(text: bytes, name: str) -> BadInput:
    """What is to be said of a file that is this text: Python's decoder says in which line it fails."""
    decoded = text.decode("utf-8", "replace")
    try:
        json.loads(decoded, strict=False)
        where = ""
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        where = "its JSON is nested too deeply"
    return BadInput(f"{name} is not valid JSON", where, "Download it again")
