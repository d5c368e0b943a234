"""How checks read a configuration item that strangers may have written."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backend.model.item import Document, Json


def body(item: Document) -> Document:
    """`configuration` as an object; empty when the item has none."""
    configuration = item.get("configuration")
    return configuration if isinstance(configuration, dict) else {}


def supplement(item: Document, name: str) -> Document:
    """One object of `supplementaryConfiguration`; JSON inside a string is read too. Empty when absent."""
    return parsed((item.get("supplementaryConfiguration") or {}).get(name))


def parsed(value: Json) -> Document:
    """An object, also from its JSON text; empty for anything else."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return {}
    return value if isinstance(value, dict) else {}


def listed(value: Json) -> list[Json]:
    """A list as such, a single value as a list of one, nothing as none (policy documents allow each)."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(value: Json) -> Iterator[Document]:
    """The members of a list that are objects."""
    return (part for part in listed(value) if isinstance(part, dict))


def same_key(wanted: str, found: Json) -> bool:
    """Whether a KMS key named by id or ARN is the one found."""
    return isinstance(found, str) and wanted.rsplit("/", 1)[-1] == found.rsplit("/", 1)[-1]


def split_csv(text: str) -> list[str]:
    """The values of a CSV parameter, trimmed, empty ones left out."""
    return [part.strip() for part in text.split(",") if part.strip()]
