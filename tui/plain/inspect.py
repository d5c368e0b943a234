"""`configscope inspect`: what a file is, what it holds, from when to when, and what is odd about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from backend.client.types import recordable_types
from backend.files.inspection import Gaps, Inspection
from backend.files.inspection import inspect as read
from backend.files.source import called
from backend.model.item import Document, Json
from backend.model.moment import to_iso
from backend.model.problem import BadInput
from tui.inspection_text import rows_of
from tui.plain.given import FOUND, WELL
from tui.plain.output import Format, say, write_json, write_rows

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
        rows = [(one.name, *row) for one in found for row in rows_of(one)]
        write_rows(form, ("file", "what", "value"), rows)
    else:
        for one in found:
            write_rows(form, ("what", "value"), [("file", one.name), *rows_of(one)])
    for one in found:
        if one.flaw is not None:
            say(str(one.flaw))
    if any(one.flaw is not None for one in found):
        return FAILED
    return WELL if all(one.sound for one in found) else FOUND


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
