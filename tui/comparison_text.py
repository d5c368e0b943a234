"""A comparison in words: a sentence, rows, JSON, and a page of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.model.comparison import CHANGED, GONE, NEW, Comparison, Difference, Origin
from backend.model.item import Document
from backend.model.moment import to_iso
from tui import times
from tui.plain.output import cell, csv_text, json_text
from tui.text import visible

CHANGE_COLUMNS = ("difference", "type", "id", "name", "field", "before", "after")

_VALUE = 120
"""Characters of a value in a Markdown page."""
_MEANING = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")


def summary(found: Comparison) -> str:
    """`3 new, 1 gone, 12 changed, 180 the same.`"""
    counts = f"{found.count(NEW):,} new, {found.count(GONE):,} gone, {found.count(CHANGED):,} changed"
    ignored = f" ({found.ignored:,} of them but for what is ignored)" if found.ignored else ""
    return f"{counts}, {found.same:,} the same{ignored}."


def what_is(origin: Origin, zone: times.Zone = times.UTC) -> str:
    """One side in words: what, as of when, how many."""
    when = f"as of {times.stated(origin.moment, zone)}" if origin.moment is not None else ""
    if when and origin.label.startswith(times.full(origin.moment or 0, zone)):
        when = ""
    return ", ".join(filter(None, (origin.label, when, f"{origin.count:,} resource{'' if origin.count == 1 else 's'}")))


def change_rows(found: Comparison) -> list[tuple[str, ...]]:
    """A row for each resource that is new or gone, and for each field that changed."""
    return [row for difference in found.differences for row in _rows(difference)]


def _rows(difference: Difference) -> Iterator[tuple[str, ...]]:
    head = (difference.kind, *difference.key, difference.name)
    if not difference.changes:
        yield (*head, "", "", "")
    for change in difference.changes:
        yield (*head, change.path, cell(change.before), cell(change.after))


def document(found: Comparison) -> Document:
    """All of it as JSON."""
    return {
        "before": _origin(found.before),
        "after": _origin(found.after),
        "counts": {
            "new": found.count(NEW),
            "gone": found.count(GONE),
            "changed": found.count(CHANGED),
            "same": found.same,
            "ignored": found.ignored,
        },
        "types": [
            {"type": one.resource_type, "new": one.new, "gone": one.gone, "changed": one.changed}
            for one in found.by_type()
        ],
        "differences": [
            {
                "difference": one.kind,
                "type": one.key.resource_type,
                "id": one.key.resource_id,
                "name": one.name or None,
                "region": one.region or None,
                "changes": [
                    {"field": each.path, "change": each.kind, "before": each.before, "after": each.after}
                    for each in one.changes
                ],
            }
            for one in found.differences
        ],
    }


def _origin(origin: Origin) -> Document:
    return {
        "label": origin.label,
        "moment": to_iso(origin.moment) if origin.moment is not None else None,
        "resources": origin.count,
        "sha256": origin.sha256 or None,
        "gaps": list(origin.gaps),
    }


def as_json(found: Comparison) -> str:
    """The JSON document as text."""
    return json_text(document(found))


def as_csv(found: Comparison) -> str:
    """The rows as CSV that no spreadsheet takes for formulas."""
    return csv_text(CHANGE_COLUMNS, change_rows(found))


def as_markdown(found: Comparison) -> str:
    """A page a person reads: both sides, counts by type, and every change."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Comparison) -> Iterator[str]:
    yield "# What differs"
    yield ""
    for word, origin in (("Before", found.before), ("After", found.after)):
        yield f"- {word}: {plain_markdown(what_is(origin))}"
        if origin.sha256:
            yield f"  (SHA-256 `{origin.sha256}`)"
        yield from (f"  - not known: {plain_markdown(gap)}" for gap in origin.gaps)
    yield ""
    yield plain_markdown(summary(found))
    types = found.by_type()
    if types:
        yield ""
        yield "| Type | New | Gone | Changed |"
        yield "| --- | ---: | ---: | ---: |"
        yield from (
            f"| {plain_markdown(one.resource_type)} | {one.new} | {one.gone} | {one.changed} |" for one in types
        )
    last = ""
    for difference in found.differences:
        if difference.key.resource_type != last:
            last = difference.key.resource_type
            yield ""
            yield f"## {plain_markdown(last)}"
            yield ""
        name = f" ({plain_markdown(difference.name)})" if difference.name else ""
        yield f"- **{difference.kind}** {plain_markdown(difference.key.resource_id)}{name}"
        for change in difference.changes:
            values = f"{_value(change.before)} → {_value(change.after)}"
            yield f"  - {plain_markdown(change.path)}: {values}"


def plain_markdown(text: str) -> str:
    """Text in which no sign means anything to Markdown or a terminal."""
    return _MEANING.sub(r"\\\1", visible(text))


def _value(value: object) -> str:
    text = visible(cell(value))
    text = text if len(text) <= _VALUE else f"{text[:_VALUE]}…"
    return plain_markdown(text) if text else "–"
