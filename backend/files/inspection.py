"""What a file is: its form, what it holds, from when to when, and what is odd about it.

The file is read once, slice by slice; memory holds counts, and a hash for each item to tell what comes twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from backend.files.encoding import Checked
from backend.files.read import decode_documents, slices
from backend.files.source import called, opened
from backend.files.split import Slice
from backend.model.delivery import delivered_as
from backend.model.item import ConfigurationItem, Document, Json
from backend.model.moment import DAY, Moment
from backend.model.problem import BadInput
from backend.model.spelling import is_item, read_item, read_moment

EXAMPLES = 3
"""Places that are told of each oddity."""

MOST_NAMES = 5_000
"""Different names that are counted of each kind; what comes beyond them is counted together."""
OTHERS = "others"
_LONGEST_NAME = 200
_MOST_TYPES_TOLD = 1_000
"""Types unknown to AWS Config that are told one by one."""
_MOST_DAYS = 100_000

_WANTED = (
    ("configurationItemCaptureTime",),
    ("configurationItemStatus",),
    ("awsAccountId", "accountId"),
    ("awsRegion",),
    ("ARN", "arn"),
    ("configuration",),
)
"""Members that every item of AWS Config has, each with its older or API spelling."""


class Oddity(msgspec.Struct):
    """Something that a delivered file does not have, or that one has to know to read it right."""

    what: str
    count: int = 0
    offsets: list[int] = msgspec.field(default_factory=list)
    """Where the first few are, in bytes of what is inflated; empty where it is not one place."""
    grave: bool = True
    """False for what is usual in some files, and worth knowing."""


class Gaps(msgspec.Struct):
    """Days between the first and the last item of a history on which nothing was recorded."""

    days: int
    """All from the first to the last."""
    empty: int
    longest: int
    """Days of the longest time without any item."""
    begin: Moment
    """Its first day."""


class Inspection(msgspec.Struct):
    """What was found in one file."""

    name: str
    form: str = ""
    """`snapshot`, `history`, `ndjson` (documents one after the other), `items` (in anything else), or `unknown`."""
    compressed: bool = False
    size: int | None = None
    """Bytes as it lies there; None of what cannot tell, a pipe."""
    inflated: int = 0
    file_version: str = ""
    snapshot_id: str = ""
    items: int = 0
    deleted: int = 0
    resources: int = 0
    types: Counter[str] = msgspec.field(default_factory=Counter)
    accounts: Counter[str] = msgspec.field(default_factory=Counter)
    regions: Counter[str] = msgspec.field(default_factory=Counter)
    statuses: Counter[str] = msgspec.field(default_factory=Counter)
    versions: Counter[str] = msgspec.field(default_factory=Counter)
    earliest: Moment | None = None
    latest: Moment | None = None
    gaps: Gaps | None = None
    """None where there are none, or the file has no items of each day as it is no history."""
    largest: int = 0
    """Bytes of the largest item."""
    oddities: list[Oddity] = msgspec.field(default_factory=list)
    flaw: BadInput | None = None
    """Why it was not read to its end; what is told is of the part before."""

    @property
    def sound(self) -> bool:
        """True when all of it was read and nothing in it is wrong."""
        return self.flaw is None and not any(one.grave for one in self.oddities)


def inspect(path: Path, known_types: Collection[str] = (), largest: int | None = None) -> Inspection:
    """Read a file and tell what it is. Raises `BadInput` only for what cannot be opened at all.

    `known_types` are the types that AWS Config records; without them no type counts as unknown. `largest` are the
    bytes that it may inflate to.
    """
    return _Inspector(path, frozenset(known_types), largest).inspect()


class _Inspector:
    def __init__(self, path: Path, known_types: frozenset[str], largest: int | None) -> None:
        self._path = path
        self._largest = largest
        self._known_types = known_types
        self.found = Inspection(called(path))
        self._odd: dict[str, Oddity] = {}
        self._resources: set[bytes] = set()
        self._told: set[bytes] = set()
        self._days: set[int] = set()
        self._head = b""
        self._lines = False
        self._snapshots = 0

    def inspect(self) -> Inspection:
        found = self.found
        with opened(self._path, self._largest) as source:
            found.compressed = source.compressed
            found.size = self._path.stat().st_size if self._path.is_file() else None
            try:
                for part in slices(Checked(source, self._note), decode_documents):
                    self._take(part)
            except BadInput as flaw:
                found.flaw = flaw
            found.inflated = source.given
            if source.encoding:
                self._note(f"text in {source.encoding}", 0, grave=False)
            if source.rest is not None:
                self._note("bytes behind the gzip data that are not read", source.rest)
        found.resources = len(self._resources)
        found.form = self._form()
        if found.form in ("history", "ndjson"):
            found.gaps = _gaps(sorted(self._days))
        found.oddities = sorted(self._odd.values(), key=lambda one: (not one.grave, -one.count, one.what))
        return found

    def _take(self, part: Slice[list[Json]]) -> None:
        found = self.found
        self._lines = self._lines or part.lines
        if part.head != self._head:
            self._take_head(part)
        broken = {number for number, _ in part.broken}
        places: Sequence[int] | None = None
        for number, entry in enumerate(part.entries):
            odd = [("entries that are no valid JSON", True)] if number in broken else list(self._count(entry))
            if odd and places is None:
                places = part.places()
            for what, grave in odd:
                self._note(what, places[number] if places else None, grave=grave)
        found.largest = max(found.largest, _largest(part))

    def _take_head(self, part: Slice[list[Json]]) -> None:
        self._head = part.head
        version, snapshot = _head(part.head)
        self._snapshots += bool(snapshot)
        if self._snapshots > 1 and snapshot:
            self._note("snapshots behind the first one", part.offset, grave=False)
        self.found.file_version = self.found.file_version or version
        self.found.snapshot_id = self.found.snapshot_id or snapshot

    def _count(self, entry: Json) -> Iterator[tuple[str, bool]]:
        """Count an entry in; what is odd about it, and whether that is grave."""
        found = self.found
        if not isinstance(entry, dict) or not is_item(entry):
            yield ("entries that are no configuration items", True)
            return
        item = read_item(entry)
        found.items += 1
        found.deleted += item.deleted
        _add(found.types, item.resource_type)
        _add(found.accounts, item.account_id)
        _add(found.regions, item.region)
        _add(found.statuses, item.status)
        _add(found.versions, item.version)
        yield from self._twice(item)
        for spellings in _WANTED:
            if all(entry.get(one) is None for one in spellings):
                yield f"items without {spellings[0]}", spellings[0] != "configuration" or not item.deleted
        if self._known_types and item.resource_type not in self._known_types:
            name = item.resource_type[:80] if len(self._odd) < _MOST_TYPES_TOLD else "of any other name"
            yield f"items of the type {name}, which AWS Config does not record", False
        captured = read_moment(entry.get("configurationItemCaptureTime"))
        if captured is not None:
            found.earliest = captured if found.earliest is None else min(found.earliest, captured)
            found.latest = captured if found.latest is None else max(found.latest, captured)
            if len(self._days) < _MOST_DAYS:
                self._days.add(captured // DAY)

    def _twice(self, item: ConfigurationItem) -> Iterator[tuple[str, bool]]:
        key = _hash(item.account_id, item.region, item.resource_type, item.resource_id)
        own = _hash(key.hex(), str(item.capture_time), item.state_id)
        if own in self._told:
            yield "items that are there twice", True
        elif key in self._resources:
            yield "items of a resource that has one already", self._snapshots == 1
        self._told.add(own)
        self._resources.add(key)

    def _note(self, what: str, offset: int | None, *, grave: bool = True) -> None:
        oddity = self._odd.setdefault(what, Oddity(what, grave=grave))
        oddity.count += 1
        if offset is not None and len(oddity.offsets) < EXAMPLES:
            oddity.offsets.append(offset)

    def _form(self) -> str:
        found = self.found
        named = delivered_as(found.name)
        if found.snapshot_id or named == "snapshot":
            return "snapshot"
        if named == "history" or (found.file_version and len(found.types) == 1):
            return "history"
        if self._lines:
            return "ndjson"
        return "items" if found.items else "unknown"


def _head(text: bytes) -> tuple[str, str]:
    """Version and snapshot id of a file, out of what stands before its items."""
    try:
        opened_head: Any = msgspec.json.decode(text.rstrip() + b"[]}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", ""
    told: Document = opened_head if isinstance(opened_head, dict) else {}
    snapshot = told.get("configSnapshotId") or told.get("requestId") or ""
    return str(told.get("fileVersion") or ""), str(snapshot)


def _add(counts: Counter[str], name: str) -> None:
    name = name[:_LONGEST_NAME]
    counts[name if name in counts or len(counts) < MOST_NAMES else OTHERS] += 1


def _gaps(days: Sequence[int]) -> Gaps | None:
    """The days that are missing between others in order."""
    missing = [(later - day - 1, day + 1) for day, later in pairwise(days) if later - day > 1]
    if not missing:
        return None
    longest, begin = max(missing, key=lambda gap: gap[0])
    return Gaps(days[-1] - days[0] + 1, sum(length for length, _ in missing), longest, begin * DAY)


def _largest(part: Slice[list[Json]]) -> int:
    return max(map(len, part.raw()), default=0)


def _hash(*parts: str) -> bytes:
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).digest()
