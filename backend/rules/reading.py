"""How checks read a configuration item that strangers may have written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from backend.model.item import Document, Json

CONFIGURATION, SUPPLEMENT = "configuration", "supplementaryConfiguration"


def body(item: Document) -> Document:
    """`configuration` as an object, also from the text that the API gives; empty when the item has none."""
    return parsed(item.get(CONFIGURATION))


def supplement(item: Document, name: str) -> Document:
    """One object of `supplementaryConfiguration`; JSON inside a string is read too. Empty when absent."""
    return parsed(supplemented(item, name))


def supplemented(item: Document, name: str) -> Json:
    """One value of `supplementaryConfiguration`, unread."""
    every = item.get(SUPPLEMENT)
    return every.get(name) if isinstance(every, dict) else None


def unpacked(value: Json) -> Json:
    """A value; of a text that is JSON of an object or a list, what it holds."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value


def parsed(value: Json) -> Document:
    """An object, also from its JSON text; empty for anything else."""
    value = unpacked(value)
    return value if isinstance(value, dict) else {}


def listed(value: Json) -> list[Json]:
    """A list as such, a single value as a list of one, nothing as none (policy documents allow each)."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(value: Json) -> Iterator[Document]:
    """The members of a list that are objects."""
    return (part for part in listed(value) if isinstance(part, dict))


def number(value: Json) -> float | None:
    """A number, also from its text; booleans are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def given_number(parameters: Mapping[str, str], name: str, assumed: float) -> float:
    """The number of a parameter, which may be 0; `assumed` where none is given."""
    given = number(parameters.get(name))
    return assumed if given is None else given


def truth(value: Json) -> bool | None:
    """A boolean, also from its text; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def same_key(wanted: str, found: Json) -> bool:
    """Whether a KMS key named by id or ARN is the one found."""
    return isinstance(found, str) and wanted.rsplit("/", 1)[-1] == found.rsplit("/", 1)[-1]


def split_csv(text: str) -> list[str]:
    """The values of a CSV parameter, trimmed, empty ones left out."""
    return [part.strip() for part in text.split(",") if part.strip()]
