"""A report as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from tui.comparison_text import plain_markdown
from tui.report import tables
from tui.report.evidence import Evidence
from tui.report.tables import Table

SHOWN = 500
"""Rows of a table; its CSV file has all."""


def markdown(found: Evidence) -> str:
    """The whole report."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Evidence) -> Iterator[str]:
    yield f"# AWS Config report of account {plain_markdown(found.account or 'unknown')}"
    yield ""
    yield from (f"- {label}: {plain_markdown(value)}" for label, value in tables.facts(found))
    yield ""
    yield ", ".join(f"**{value}** {label}" for label, value, _ in tables.figures(found))
    yield ""
    yield "## Gaps"
    yield ""
    yield from [f"- {plain_markdown(gap)}" for gap in found.gaps] or ["None is known."]
    for table in (
        tables.settings(found),
        tables.types(found),
        tables.rules(found),
        tables.violations(found),
        tables.changes(found),
        tables.resources(found),
        tables.sources(found),
    ):
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield ""
    yield f"## {table.title}"
    yield ""
    if not table.rows:
        yield table.none
        return
    yield "| " + " | ".join(table.columns) + " |"
    yield "| " + " | ".join("---" for _ in table.columns) + " |"
    for row in table.rows[:SHOWN]:
        yield "| " + " | ".join(plain_markdown(cell) for cell in row) + " |"
    if len(table.rows) > SHOWN:
        yield ""
        yield f"{len(table.rows) - SHOWN:,} more are in {table.file or 'report.json'}."
