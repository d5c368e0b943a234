"""Answers in the JSON protocols of AWS: a walk over the answer and its shape.

moto's serialiser does the same for any object and any protocol, at five times the cost; for JSON it comes to little
more than leaving out what the model does not have and spelling moments as numbers.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from backend.model.moment import from_datetime

Shape: TypeAlias = Any
"""A botocore shape; botocore ships no types."""


def body(shape: Shape | None, answer: Any) -> bytes:
    """The bytes of an answer: without blanks, in UTF-8, members that are null or not in the model left out."""
    return b"" if shape is None else msgspec.json.encode(_structure(shape, answer))


def _structure(shape: Shape, value: Any) -> Any:
    if shape.is_document_type:
        return value
    made = {}
    members = shape.members
    for name, inner in value.items():
        member = members.get(name)
        if member is not None and inner is not None:
            form = _FORMS.get(member.type_name)
            made[member.serialization.get("name", name)] = inner if form is None else form(member, inner)
    return made


def _list(shape: Shape, value: Any) -> Any:
    member = shape.member
    form = _FORMS.get(member.type_name)
    return value if form is None else [form(member, inner) for inner in value]


def _map(shape: Shape, value: Any) -> Any:
    member = shape.value
    form = _FORMS.get(member.type_name)
    return value if form is None else {key: form(member, inner) for key, inner in value.items()}


def _timestamp(_shape: Shape, value: datetime) -> float:
    """Seconds, with milliseconds where there are any."""
    moment = from_datetime(value)
    return moment // 1000 if moment % 1000 == 0 else moment / 1000


def _blob(_shape: Shape, value: bytes | str) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


_FORMS: dict[str, Callable[[Shape, Any], Any]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "timestamp": _timestamp,
    "blob": _blob,
}
"""What is not sent as it is, by the type of its shape."""
