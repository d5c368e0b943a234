"""`configscope inspect`: what a file is, what it holds, from when to when, and what is odd about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from backend.client.types import recordable_types
from backend.files.inspection import Gaps, Inspection, Oddity
from backend.files.inspection import inspect as read
from backend.files.source import called
from backend.model.item import Document, Json
from backend.model.moment import DAY, to_iso
from backend.model.problem import BadInput
from tui.panes.spelling import counted, size
from tui.plain.given import FOUND, WELL
from tui.plain.output import Format, say, write_json, write_rows

_FORMS = {
    "snapshot": "a snapshot of AWS Config",
    "history": "a history file of AWS Config",
    "ndjson": "JSON documents one after the other, as files of an item a line are (NDJSON)",
    "items": "configuration items, in no delivered file",
    "unknown": "no file of AWS Config",
}
_DAY = len("2026-01-31")
FAILED = 1
"""The exit code of a file that could not be read to its end."""


def inspect(paths: Sequence[Path], form: Format, largest: int | None = None) -> int:
    """Tell what each file is: 1 when one could not be read to its end, 3 when something in one is wrong.

    `largest` are the bytes that each may inflate to.
    """
    known = recordable_types()
    found: list[Inspection] = []
    for path in paths:
        try:
            found.append(read(path, known, largest))
        except BadInput as problem:
            found.append(Inspection(called(path), form="unknown", flaw=problem))
    if form is Format.JSON:
        write_json([_document(one) for one in found])
    elif form is Format.CSV:
        rows = [(one.name, *row) for one in found for row in _rows(one)]
        write_rows(form, ("file", "what", "value"), rows)
    else:
        for one in found:
            write_rows(form, ("what", "value"), [("file", one.name), *_rows(one)])
    for one in found:
        if one.flaw is not None:
            say(str(one.flaw))
    if any(one.flaw is not None for one in found):
        return FAILED
    return WELL if all(one.sound for one in found) else FOUND


def _rows(found: Inspection) -> Iterator[tuple[str, str]]:
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


def _document(found: Inspection) -> Document:
    tallies: dict[str, Json] = {
        name: dict(counts.most_common())
        for name, counts in (
            ("types", found.types),
            ("accounts", found.accounts),
            ("regions", found.regions),
            ("statuses", found.statuses),
            ("versions", found.versions),
        )
    }
    oddities: list[Json] = [
        {"what": one.what, "count": one.count, "offsets": list(one.offsets), "wrong": one.grave}
        for one in found.oddities
    ]
    return {
        "file": found.name,
        "form": found.form,
        "fileVersion": found.file_version,
        "snapshotId": found.snapshot_id,
        "gzip": found.compressed,
        "bytes": found.size,
        "inflatedBytes": found.inflated,
        "items": found.items,
        "resources": found.resources,
        "deleted": found.deleted,
        "earliest": to_iso(found.earliest) if found.earliest is not None else None,
        "latest": to_iso(found.latest) if found.latest is not None else None,
        "gaps": _gaps_document(found.gaps) if found.gaps is not None else None,
        "largestItemBytes": found.largest,
        **tallies,
        "oddities": oddities,
        "readToItsEnd": found.flaw is None,
        "flaw": str(found.flaw) if found.flaw is not None else None,
    }


def _gaps_document(gaps: Gaps) -> Document:
    return {
        "days": gaps.days,
        "daysWithoutItems": gaps.empty,
        "longestDays": gaps.longest,
        "longestFrom": to_iso(gaps.begin),
    }
