"""What differs between two states of a resource: AWS's own diff, and a plain one for the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from backend.model.item import DELETED_STATUSES, Document, Json

CREATE, UPDATE, DELETE = "CREATE", "UPDATE", "DELETE"


class Change(NamedTuple):
    """One difference: where (`configuration.state.name`, `tags.env`, `groups[2]`), what kind, and both values."""

    path: str
    kind: str
    before: Json
    after: Json


def changes(before: Json, after: Json) -> list[Change]:
    """Every difference between two JSON values, in the order a reader meets them.

    Lists are compared as sets of whole elements, as AWS Config does: an element that only moved is no change.
    A removed element is named by its index in `before`, an added one by its index in `after`.
    """
    return list(_plain("", before, after))


def item_diff(before: Document | None, after: Document | None) -> Document:
    """The `configurationItemDiff` between two items in file spelling (reference: aws-config.md §1.3, recorded.md §3).

    The first item of a resource (nothing before, or a deleted one) gives CREATE without properties. Paths are
    `Configuration.…`, `SupplementaryConfiguration.…`, `Relationships.N` and `Tags.N` with every segment's first
    letter in upper case; N counts the differing elements of a list, it is no index.
    """
    if after is None or after["configurationItemStatus"] in DELETED_STATUSES:
        kind = DELETE
    elif before is None or before["configurationItemStatus"] in DELETED_STATUSES:
        return {"changedProperties": {}, "changeType": CREATE}
    else:
        kind = UPDATE
    old, new = before or {}, after or {}
    changed: Document = {}
    _supplementary(old.get("supplementaryConfiguration") or {}, new.get("supplementaryConfiguration") or {}, changed)
    _elements("Relationships", old.get("relationships") or [], new.get("relationships") or [], changed)
    _elements("Tags", _tag_list(old.get("tags")), _tag_list(new.get("tags")), changed)
    _walk("Configuration", old.get("configuration"), new.get("configuration"), changed)
    return {"changedProperties": changed, "changeType": kind}


def _supplementary(old: Document, new: Document, into: Document) -> None:
    for name in _names(old, new):
        _walk(f"SupplementaryConfiguration.{_upper(name)}", old.get(name), new.get(name), into)


def _walk(path: str, old: Json, new: Json, into: Document) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in _names(old, new):
            _walk(f"{path}.{_upper(name)}", old.get(name), new.get(name), into)
    elif isinstance(old, list) and isinstance(new, list):
        _elements(path, old, new, into)
    elif not _equal(old, new):
        into[path] = _property(old, new)


def _elements(path: str, old: list[Json], new: list[Json], into: Document) -> None:
    removed, added = _only(old, new), _only(new, old)
    for number, (_, value) in enumerate(removed):
        into[f"{path}.{number}"] = _property(value, None)
    for number, (_, value) in enumerate(added, start=len(removed)):
        into[f"{path}.{number}"] = _property(None, value)


def _property(old: Json, new: Json) -> Document:
    kind = CREATE if old is None else DELETE if new is None else UPDATE
    return {"previousValue": old, "updatedValue": new, "changeType": kind}


def _plain(path: str, old: Json, new: Json) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in _names(old, new):
            yield from _plain(f"{path}.{name}" if path else name, old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        for index, value in _only(old, new):
            yield Change(f"{path}[{index}]", DELETE, value, None)
        for index, value in _only(new, old):
            yield Change(f"{path}[{index}]", CREATE, None, value)
    elif not _equal(old, new):
        yield Change(path, _property(old, new)["changeType"], old, new)


def _only(these: list[Json], others: list[Json]) -> list[tuple[int, Json]]:
    """The elements of `these` that `others` has not (or not as often), with their index."""
    if _frozen(these) == _frozen(others):
        return []
    known = Counter(_frozen(value) for value in others)
    found = []
    for index, value in enumerate(these):
        key = _frozen(value)
        if known[key]:
            known[key] -= 1
        else:
            found.append((index, value))
    return found


def _equal(old: Json, new: Json) -> bool:
    """Equality of scalars as JSON has it: to Python, true and 1 are the same."""
    return type(old) is type(new) and bool(old == new)


def _frozen(value: Json) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _names(old: Document, new: Document) -> list[str]:
    return [*old, *(name for name in new if name not in old)]


def _tag_list(tags: Json) -> list[Json]:
    return [{"key": key, "value": value} for key, value in (tags or {}).items()]


def _upper(segment: str) -> str:
    return segment[:1].upper() + segment[1:]
