"""What the timeline of a resource lists: its items, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from textual.content import Content

from backend.model.comparison import telling
from backend.model.diff import CREATE, DELETE, UPDATE, Change, changes
from backend.model.item import ConfigurationItem, Document, Json
from backend.model.noise import Noise
from tui.glyphs import Glyphs


class Stage:
    """One item of a resource; what changed since the item before it is worked out when it is asked for."""

    def __init__(self, item: ConfigurationItem, before: ConfigurationItem | None) -> None:
        self.item = item
        self.before = before

    @property
    def first(self) -> bool:
        """True when no item before it is known."""
        return self.before is None

    @property
    def kind(self) -> str:
        """Created, changed or deleted; what comes after a deletion was made again."""
        if self.item.deleted:
            return DELETE
        return CREATE if self.before is None or self.before.deleted else UPDATE

    @property
    def again(self) -> bool:
        """True when the resource was made again after it had been deleted."""
        return self.kind == CREATE and self.before is not None

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        return () if self.before is None else differences(self.before, self.item)

    @property
    def key(self) -> tuple[int, str]:
        return self.item.capture_time, self.item.state_id


def stages(history: Sequence[ConfigurationItem]) -> list[Stage]:
    """A history (newest first) as pairs of neighbours."""
    return [Stage(item, history[place + 1] if place + 1 < len(history) else None) for place, item in enumerate(history)]


def differences(before: ConfigurationItem, after: ConfigurationItem) -> tuple[Change, ...]:
    """Every difference of substance between two items."""
    return tuple(changes(compared(before), compared(after)))


def compared(item: ConfigurationItem) -> Document:
    """What two items of a resource are compared by: what tells, and whether it was found, changed or deleted."""
    return {"configurationItemStatus": item.status} | telling(item)


def kind_sign(kind: str, signs: Glyphs) -> Content:
    """Created, deleted or changed, by sign and colour."""
    sign, style = SIGNS[kind]
    return Content.styled(getattr(signs, sign), style)


SIGNS: dict[str, tuple[str, str]] = {
    CREATE: ("plus", "$text-success bold"),
    DELETE: ("minus", "$text-error bold"),
    UPDATE: ("change", "$text-warning bold"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the comparison of two items."""

    kind: Literal["group", "change", "same", "ignored"]
    group: str
    path: str = ""
    change: Change | None = None
    value: Json = None
    """What stands in both, of a field that is the same."""
    changed: int = 0
    same: int = 0
    """How many fields of a group changed, and how many did not."""
    opened: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.group, self.path


IGNORED = "ignored"
"""The group of the differences that are noise."""


def lines(before: ConfigurationItem, after: ConfigurationItem, noise: Noise, opened: frozenset[str]) -> list[Line]:
    """Two items field by field: what changed by group, then how much did not; what is in `opened` is spread out."""
    found = differences(before, after)
    told = [change for change in found if not noise.hides(change.path)]
    ignored = [change for change in found if noise.hides(change.path)]
    same = _same(compared(before), compared(after), found)
    groups = dict.fromkeys([*(_group(change.path) for change in told), *(_group(path) for path, _ in same)])
    rows: list[Line] = []
    for group in groups:
        here = [change for change in told if _group(change.path) == group]
        fields = [(path, value) for path, value in same if _group(path) == group]
        open_it = group in opened
        rows.append(Line("group", group, changed=len(here), same=len(fields), opened=open_it))
        rows += [Line("change", group, change.path, change) for change in here]
        if open_it:
            rows += [Line("same", group, path, value=value) for path, value in fields]
    # What did not change at all comes after what did.
    order = {group: not any(_group(change.path) == group for change in told) for group in groups}
    rows.sort(key=lambda row: order[row.group])
    if ignored:
        rows.append(Line("group", IGNORED, changed=len(ignored), opened=IGNORED in opened))
        if IGNORED in opened:
            rows += [Line("ignored", IGNORED, change.path, change) for change in ignored]
    return rows


def _group(path: str) -> str:
    head = path.partition(".")[0].partition("[")[0]
    return head if head in ("tags", "configuration", "supplementaryConfiguration", "relationships") else "item"


def _same(before: Document, after: Document, found: Sequence[Change]) -> list[tuple[str, Json]]:
    """The fields that are in both and did not change."""
    # What went from a list is named by its place in the old one, where the new one may have something else.
    changed = {change.path for change in found if not (change.kind == DELETE and change.path.endswith("]"))}
    had = {path for path, _ in _fields("", before)}
    return [
        (path, value)
        for path, value in _fields("", after)
        if not any(each in changed for each in _ancestors(path)) and (path.endswith("]") or path in had)
    ]


def _ancestors(path: str) -> Iterator[str]:
    """A path, and those of what it is a part of."""
    yield path
    for place in range(len(path) - 1, 0, -1):
        if path[place] in ".[":
            yield path[:place]


def _fields(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    """The fields of a value with their paths; an element of a list is one field, as it is compared whole."""
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _fields(f"{path}.{name}" if path else name, part)
    elif isinstance(value, list) and value:
        yield from ((f"{path}[{place}]", part) for place, part in enumerate(value))
    elif value not in (None, {}, [], ""):
        yield path, value
