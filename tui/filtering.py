"""The filter that is typed over a list of resources: what it means, what is wrong with it, how it is completed.

    web type:Instance tag:Team=shop -state:stopped after:2026-03-01

Words are looked for in type, id, name and region. A word before a colon says where else to look; `-` before any part
means not; quotes keep blanks together; a comma inside a part means or. No widgets: the explorer filters by it as
one types, and `configscope resources --filter` takes the same.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from backend.model.item import ResourceSummary
from backend.model.moment import Moment
from backend.model.standing import Standing
from tui import times

FIELDS: Mapping[str, str] = {
    "type": "part of the resource type",
    "id": "part of the id",
    "name": "part of the name",
    "tag": "a tag: Key=Value, a key, or a value",
    "region": "part of the region",
    "zone": "part of the availability zone",
    "account": "part of the account number",
    "state": "the state in the resource's own word: running, in-use",
    "status": "the status of the newest item: OK, ResourceDiscovered",
    "rule": "part of the name of a rule that it breaks",
    "after": "captured at this moment or later: 2026-03-01, 12:30, -2d",
    "before": "captured before this moment",
    "text": "anywhere in the item, as it is spelled there; in files",
}
"""The words before a colon, and what is written behind it."""

SYNTAX = (
    "words  type: id: name: tag:Key=Value region: zone: account: state: status: rule: after: before:"
    '  -not  "…"  and in files  text:  configuration.path:'
)
"""All of it in a line."""

HINT = "web type:Instance tag:Team=shop -state:stopped after:-2d; tab completes"
"""An example for the empty line."""

FROM_ITEMS = frozenset({"tag", "zone", "account", "state", "status", "after", "before"})
"""Fields that no listing tells: the newest items have to be read for them."""
FROM_BODIES = frozenset({"text"})
"""Fields, and any path, for which the items themselves are looked through: only files can be."""
FROM_RULES = frozenset({"rule"})
"""Fields for which the verdicts of the rules have to be read."""

_MOMENTS = ("after", "before")
_NO_FIELDS = frozenset({"arn", "aws", "http", "https", "s3"})
"""Words before a colon that belong to the text itself: `arn:aws:…`, `AWS::EC2::Instance`."""
_NAMED = re.compile(r"(-?)([A-Za-z]+):(.*)", re.DOTALL)
_AT_PATH = re.compile(
    r"(-?)((?:configuration|supplementaryConfiguration)?(?:\.[\w-]+)+):(.+)", re.DOTALL | re.IGNORECASE
)
"""A path into items; without its beginning, one of the configuration: `.instanceType:t3`."""


class Row(Protocol):
    """What a filter looks at. Texts called folded are `casefold`ed already."""

    @property
    def summary(self) -> ResourceSummary: ...

    @property
    def name(self) -> str:
        """What the resource is called."""

    @property
    def text(self) -> str:
        """Type in both spellings, id, names and region, folded: where words are looked for."""

    @property
    def standing(self) -> Standing | None:
        """What its newest item tells; None while that is not read."""

    @property
    def broken(self) -> Sequence[str]:
        """Names of the rules that it breaks."""


Test: TypeAlias = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """One condition. Without a `field` it is a word looked for anywhere."""

    field: str
    value: str
    negated: bool = False
    moment: Moment | None = None
    when: str = ""
    """The moment as it is said."""

    def told(self) -> str:
        """The condition in words: `tag Team=shop`, `not state stopped`, `captured after 2026-03-01 00:00`."""
        if self.moment is not None:
            said = f"captured {self.field} {self.when}"
        elif self.field == "rule":
            said = f"breaks {self.value}"
        elif self.field:
            said = f"{self.field} {self.value.replace(',', ' or ')}"
        else:
            said = f"“{self.value}”"
        return f"not {said}" if self.negated else said


@dataclass(frozen=True)
class Filter:
    """What was typed, understood. Parts that mean nothing are left out and told of in `problem`."""

    parts: tuple[Part, ...] = ()
    problem: str = ""
    """What is wrong with it, in a sentence; empty when all of it means something."""
    _tests: tuple[Test, ...] = field(default=(), repr=False, compare=False)

    @property
    def everything(self) -> bool:
        return not self.parts

    @property
    def words(self) -> tuple[str, ...]:
        """The words looked for anywhere."""
        return tuple(part.value for part in self.parts if not part.field and not part.negated)

    @property
    def needs_items(self) -> bool:
        """True when it asks for what only the items of the resources tell."""
        return any(part.field in FROM_ITEMS for part in self.parts)

    @property
    def needs_bodies(self) -> bool:
        """True when it asks for what is only found by looking through the items."""
        return any(part.field in FROM_BODIES or "." in part.field for part in self.parts)

    @property
    def needs_rules(self) -> bool:
        """True when it asks for what only the verdicts of the rules tell."""
        return any(part.field in FROM_RULES for part in self.parts)

    def matches(self, row: Row) -> bool:
        """True when the row meets every part; what is not known of a row yet meets none."""
        return all(test(row) for test in self._tests)

    def kept(self, rows: Iterable[Row]) -> list[int]:
        """The numbers of the rows that meet it."""
        if not self._tests:
            return list(range(len(rows))) if isinstance(rows, Sequence) else [number for number, _ in enumerate(rows)]
        if len(self._tests) == 1:
            [test] = self._tests
            return [number for number, row in enumerate(rows) if test(row)]
        return [number for number, row in enumerate(rows) if self.matches(row)]

    def meaning(self) -> str:
        """All of it in words; empty when it leaves nothing out."""
        return " · ".join(part.told() for part in self.parts)


def read_filter(text: str, now: Moment = 0, zone: times.Zone = times.UTC) -> Filter:
    """The filter that a line means. Never fails: what cannot be meant is said in `problem`."""
    parts: list[Part] = []
    problems: list[str] = []
    for written in _pieces(text):
        part = _read_part(written, now, zone)
        if isinstance(part, str):
            problems.append(part)
        elif part is not None:
            parts.append(part)
            if not part.field and (stray := _stray(written)):
                problems.append(stray)
    return Filter(tuple(parts), problems[0] if problems else "", tuple(_test(part) for part in parts))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of the line as typed, and without its quotes; `bare` when it begins without one."""

    text: str
    bare: bool


def _pieces(text: str) -> list[_Piece]:
    """The line cut at its blanks, but not inside quotes; a quote that is not closed reaches to the end."""
    found: list[_Piece] = []
    piece, quoted, begun, bare = "", False, False, True
    for sign in text:
        if sign == '"':
            if not begun or piece == "-":
                bare = False
            quoted, begun = not quoted, True
        elif sign.isspace() and not quoted:
            if begun:
                found.append(_Piece(piece, bare))
            piece, begun, bare = "", False, True
        else:
            piece, begun = piece + sign, True
    if begun:
        found.append(_Piece(piece, bare))
    return found


def _read_part(piece: _Piece, now: Moment, zone: times.Zone) -> Part | str | None:
    """The condition of a piece; a sentence when it means none, nothing while it is only begun."""
    path = _AT_PATH.match(piece.text) if piece.bare else None
    if path is not None:
        return Part(f"configuration{path[2]}" if path[2].startswith(".") else path[2], path[3], path[1] == "-")
    named = _NAMED.match(piece.text) if piece.bare else None
    name = named[2].casefold().removesuffix("s") if named else ""
    name = named[2].casefold() if named and name not in FIELDS else name
    if named is None or name not in FIELDS:
        negated = piece.text.startswith("-") and len(piece.text) > 1
        word = piece.text[1:] if negated else piece.text
        return Part("", word.casefold(), negated) if word not in ("", "-") else None
    negated, value = named[1] == "-", named[3]
    if not value.strip(",= "):
        return None
    if name not in _MOMENTS:
        return Part(name, value, negated)
    try:
        moment = times.read_moment(value, now, zone)
    except ValueError as error:
        return str(error)
    moment = now if moment is None else moment
    return Part(name, value, negated, moment, times.full(moment, zone)[:16])


def _stray(piece: _Piece) -> str:
    """What to say of a word before a colon that is no field."""
    named = _NAMED.match(piece.text) if piece.bare else None
    if named is None or named[2].casefold() in (*FIELDS, *_NO_FIELDS):
        return ""
    near = difflib.get_close_matches(named[2].casefold(), FIELDS, 1)
    meant = f"did you mean {near[0]}:?" if near else f"fields are {' '.join(FIELDS)}"
    return f"“{named[2]}:” is no field; {meant}"


# What each part asks of a row


def _test(part: Part) -> Test:
    test = _positive(part)
    if not part.negated:
        return test
    if part.field in FROM_ITEMS:
        return lambda row: row.standing is not None and not test(row)
    return lambda row: not test(row)


def _positive(part: Part) -> Test:
    if not part.field:
        word = part.value
        return lambda row: word in row.text
    if part.moment is not None:
        return _captured(part.field, part.moment)
    if part.field in FROM_BODIES or "." in part.field:
        return lambda _row: False  # only files are looked through, by `tui.panes.inventory_table`
    if part.field == "tag":
        tags = [_read_tag(one) for one in part.value.split(",") if one]
        return lambda row: row.standing is not None and any(_has(row.standing.tags, *tag) for tag in tags)
    told = _TOLD[part.field]
    wanted = tuple(one.casefold() for one in part.value.split(",") if one)
    return lambda row: any(one in text for text in told(row) for one in wanted)


def _captured(field_name: str, moment: Moment) -> Test:
    if field_name == "after":
        return lambda row: row.standing is not None and row.standing.captured >= moment
    return lambda row: row.standing is not None and 0 < row.standing.captured < moment


def _read_tag(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.casefold(), value.casefold()


def _has(tags: Mapping[str, str], key: str, value: str) -> bool:
    """A lone word after `tag:` may stand for a key or a value."""
    for name, content in tags.items():
        named, told = name.casefold(), content.casefold()
        if (value and key in named and value in told) or (not value and (key in named or key in told)):
            return True
    return False


def _folded(*texts: str | None) -> tuple[str, ...]:
    return tuple(text.casefold() for text in texts if text)


_TOLD: Mapping[str, Callable[[Row], Sequence[str]]] = {
    "type": lambda row: _folded(row.summary.resource_type, " ".join(row.summary.resource_type.split("::")[1:])),
    "id": lambda row: _folded(row.summary.resource_id),
    "name": lambda row: _folded(row.name, row.summary.resource_name),
    "region": lambda row: _folded(row.summary.region),
    "zone": lambda row: _folded(row.standing.zone) if row.standing is not None else (),
    "account": lambda row: _folded(row.standing.account) if row.standing is not None else (),
    "state": lambda row: _folded(row.standing.state) if row.standing is not None else (),
    "status": lambda row: _folded(row.standing.status) if row.standing is not None else (),
    "rule": lambda row: _folded(*row.broken),
}
"""The texts of a row that a field looks in."""


# Completion


def completions(text: str, known: Mapping[str, Iterable[str]]) -> list[str]:
    """The lines that `text` could become by completing its last piece; `known` are values by field."""
    start = _last_piece(text)
    before, piece = text[:start], text[start:]
    minus = "-" if piece.startswith("-") else ""
    name, colon, value = piece.removeprefix("-").partition(":")
    if not colon:
        begun = name.casefold()
        return [f"{before}{minus}{one}:" for one in FIELDS if one.startswith(begun)] if begun or minus else []
    earlier, comma, value = value.replace('"', "").rpartition(",")
    begun = value.casefold()
    if name.casefold() in ("tag", "tags") and "=" not in value:
        # Keys first: there are few of them, and each has many values.
        keys = sorted({one.partition("=")[0] for one in known.get("tag", ())})
        some = [f"{before}{minus}{name}:{earlier}{comma}{_open(key)}=" for key in keys if begun in key.casefold()]
        return sorted(some, key=lambda line: not line.casefold().startswith(text.casefold()))
    found = sorted(set(known.get(name.casefold(), ())), key=lambda one: (not one.casefold().startswith(begun), one))
    return [f"{before}{minus}{name}:{_quoted(f'{earlier}{comma}{one}')}" for one in found if begun in one.casefold()]


def _last_piece(text: str) -> int:
    """Where the last piece begins."""
    start, quoted = 0, False
    for place, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif sign.isspace() and not quoted:
            start = place + 1
    return start


def _open(key: str) -> str:
    """A key on which a value follows; with a quote that is still open where it has blanks."""
    return f'"{key}' if any(sign.isspace() for sign in key) else key


def _quoted(value: str) -> str:
    return f'"{value}"' if any(sign.isspace() for sign in value) else value
