"""What was found in a file, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from backend.files.inspection import Gaps, Inspection, Oddity
from backend.model.moment import DAY, to_iso
from tui.panes.spelling import counted, size

_FORMS = {
    "snapshot": "a snapshot of AWS Config",
    "history": "a history file of AWS Config",
    "ndjson": "JSON documents one after the other, as files of an item a line are (NDJSON)",
    "items": "configuration items, in no delivered file",
    "unknown": "no file of AWS Config",
}
_DAY = len("2026-01-31")


def rows_of(found: Inspection) -> Iterator[tuple[str, str]]:
    """What it is, what it holds, and what is odd about it: a word and what there is to it."""
    yield "form", _FORMS[found.form]
    if found.file_version:
        yield "file version", found.file_version
    if found.snapshot_id:
        yield "snapshot id", found.snapshot_id
    packed = f"gzip, {size(found.size)} " if found.size is not None else "gzip, "
    plain = size(found.inflated)
    yield "size", f"{packed}that hold {plain}" if found.compressed else plain
    yield "items", f"{found.items:,} of {counted(found.resources, 'resource')}, {found.deleted:,} deleted"
    if found.earliest is not None and found.latest is not None:
        yield "captured", f"{to_iso(found.earliest)} to {to_iso(found.latest)}"
    if found.gaps is not None:
        yield "without items", _gaps(found.gaps)
    if found.largest:
        yield "largest item", size(found.largest)
    told = (
        ("version", found.versions), ("status", found.statuses), ("account", found.accounts), ("region", found.regions)
    )  # fmt: skip
    yield from ((what, _counts(counts)) for what, counts in told if counts)
    for name, count in found.types.most_common():
        yield "type", f"{count:>9,}  {name}"
    for oddity in found.oddities:
        yield ("wrong" if oddity.grave else "to know"), _told(oddity)
    if found.flaw is not None:
        before = " What is told here is of the part before." if found.items else ""
        yield "wrong", f"{found.flaw}{before}"


def _gaps(gaps: Gaps) -> str:
    first = to_iso(gaps.begin)[:_DAY]
    last = to_iso(gaps.begin + (gaps.longest - 1) * DAY)[:_DAY]
    when = first if gaps.longest == 1 else f"{counted(gaps.longest, 'day')} from {first} to {last}"
    return f"{gaps.empty:,} of {counted(gaps.days, 'day')}, the longest time {when}"


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name or 'none'} ({count:,})" for name, count in counts.most_common())


def _told(oddity: Oddity) -> str:
    places = ", ".join(f"{offset:,}" for offset in oddity.offsets)
    return f"{oddity.count:,} × {oddity.what}{f' (from byte {places})' if places else ''}"
