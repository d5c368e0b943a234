"""The columns that the inventory can show, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from textual.content import Content

from tui import times
from tui.glyphs import Glyphs
from tui.panes.facts import style_of
from tui.panes.listing import Entry, text_of
from tui.panes.spelling import kind
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.lines import Cell

COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        Column("name", "name", minimum=22, weight=3, shorten="middle"),
        Column("type", "type", minimum=11, maximum=26, weight=2, shorten="middle", drop=3),
        Column("id", "id", minimum=12, maximum=40, weight=3, shorten="middle", drop=2),
        Column("state", "state", minimum=9, maximum=14, drop=4),
        Column("region", "region", minimum=9, maximum=15, drop=7),
        Column("zone", "zone", minimum=10, maximum=16, shorten="start", drop=8),
        Column("account", "account", width=12, drop=9),
        Column("status", "status", minimum=8, maximum=20, drop=9),
        Column("verdict", "breaks", minimum=12, maximum=40, weight=2, drop=5),
        Column("tags", "tags", minimum=16, weight=3, drop=8),
        Column("captured", "captured (UTC)", width=16, drop=6),
        Column("created", "created (UTC)", width=16, drop=9),
    )
}
"""All there are, by key, in the order in which they stand. Tags have columns of their own: `tag:Team`."""

USUAL = ("name", "type", "id", "state")
"""The columns at the start; what has no room is left out."""
ROOMY = ("captured", "region", "tags")
"""What joins them where there is plenty of room."""
ROOMY_FROM = 100
"""Cells of the list from which it is plenty."""


def columns_for(chosen: Sequence[str], why: str, *, one_type: bool, notes: str = "note") -> list[Column]:
    """The chosen columns in their order, without a choice the usual ones.

    `why` is the title of the reason, `one_type` leaves the type out.
    """
    wanted = [column_of(key) for key in chosen or USUAL]
    if not chosen:
        wanted += [replace(COLUMNS[key], room=ROOMY_FROM) for key in ROOMY]
    shown = [one for one in sorted(wanted, key=lambda one: _place(one.key)) if not (one_type and one.key == "type")]
    if why:
        # The reason is what is read here: names give way to it.
        shown = [
            replace(column, minimum=16, maximum=32, weight=1) if column.key == "name" else column for column in shown
        ]
        shown.insert(1, Column(notes, why, minimum=26, weight=6))
    return shown


def column_of(key: str) -> Column:
    """The column of a key."""
    tag = key.removeprefix("tag:")
    if tag != key:
        return Column(key, legible(tag), minimum=8, maximum=24, weight=2, drop=5)
    return COLUMNS[key]


def _place(key: str) -> int:
    return list(COLUMNS).index(key) if key in COLUMNS else len(COLUMNS)


def cells(row: Entry, columns: Sequence[Column], signs: Glyphs, zone: times.Zone) -> list[Cell]:
    """What stands in a row."""
    return [_cell(row, column.key, signs, zone) for column in columns]


def _cell(row: Entry, key: str, signs: Glyphs, zone: times.Zone) -> Cell:
    if key in ("captured", "created"):
        return text_of(row, key, zone)[:16]
    return _CELLS[key](row, signs) if key in _CELLS else _tag(row, key)


def _tag(row: Entry, key: str) -> Cell:
    return row.tags.get(key.removeprefix("tag:"), "")


def _state(row: Entry, _signs: Glyphs) -> Cell:
    word = row.state
    if word == "deleted":
        return Content.styled(word, "$text-error")
    style = _STATE_STYLES.get(word.casefold(), "")
    return Content.styled(legible(word), style) if style else word


_STATE_STYLES = {
    **dict.fromkeys(("stopped", "stopping", "pending", "pendingdeletion", "disabled", "inactive"), "$text-warning"),
    **dict.fromkeys(("failed", "error", "terminated", "impaired"), "$text-error"),
}


def _verdict(row: Entry, signs: Glyphs) -> Cell:
    if not row.broken:
        return ""
    return Content.assemble((f"{signs.bad} ", style_of("NON_COMPLIANT")), legible(", ".join(row.broken)))


def _finding(row: Entry, signs: Glyphs) -> Cell:
    if not row.broken:
        return row.note
    return Content.assemble((f"{signs.bad} ", style_of("NON_COMPLIANT")), legible(row.note))


_CELLS: Mapping[str, Callable[[Entry, Glyphs], Cell]] = {
    "name": lambda row, signs: row.name,
    "type": lambda row, signs: kind(row.summary.resource_type),
    "id": lambda row, signs: row.summary.resource_id,
    "region": lambda row, signs: row.summary.region,
    "state": _state,
    "verdict": _verdict,
    "note": lambda row, signs: row.note,
    "finding": _finding,
    "zone": lambda row, signs: row.standing.zone if row.standing else "",
    "account": lambda row, signs: row.standing.account if row.standing else "",
    "status": lambda row, signs: row.standing.status if row.standing else "",
    "tags": lambda row, signs: _tags(row),
}


def _tags(row: Entry) -> Cell:
    """All tags but the name, which has a column of its own."""
    return " ".join(f"{key}={value}" for key, value in row.tags.items() if key != "Name")
