"""Message attributes of SNS and SQS: names with a type and one value."""

from __future__ import annotations

from backend.engine.errors import ServiceError
from backend.engine.store import loads
from backend.model.item import Document

_KINDS = ("String", "Number", "Binary")
_LISTS = ("StringListValues", "BinaryListValues")


def check(attributes: Document, code: str) -> None:
    """Refuse attributes that neither service takes; `code` is the service's word for a wrong value."""
    for name, attribute in attributes.items():
        kind = attribute["DataType"].partition(".")[0]
        if any(attribute.get(values) for values in _LISTS):
            raise ServiceError("UnsupportedOperation", "Message attribute list values are not supported.")
        if kind not in _KINDS:
            raise ServiceError(
                code,
                f"The type of message (user) attribute '{name}' is invalid. You must use only the following supported "
                "type prefixes: Binary, Number, String.",
            )
        value = attribute.get("BinaryValue" if kind == "Binary" else "StringValue")
        if not value:
            raise ServiceError(
                code,
                f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
                f"type '{attribute['DataType']}'.",
            )
        if kind == "Number" and not _is_number(value):
            raise ServiceError(code, f"Can't cast the value of message (user) attribute '{name}' to a number.")
        if attribute["DataType"] == "String.Array" and not _is_array(value):
            raise ServiceError(code, f"The value of message (user) attribute '{name}' is no JSON array.")


def _is_number(text: str) -> bool:
    try:
        return isinstance(loads(text), (int, float)) and text not in ("true", "false")
    except ValueError:
        return False


def _is_array(text: str) -> bool:
    try:
        return isinstance(loads(text), list)
    except ValueError:
        return False
