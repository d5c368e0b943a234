"""`configscope diff`: what differs between two snapshot files, or two moments."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from backend.connect import Connection
from backend.files.comparison import FileSide
from backend.model.comparison import Comparison, ItemsSide, Origin, compare
from backend.model.moment import Moment
from backend.model.noise import USUAL, Noise
from backend.model.problem import BadInput
from tui import times
from tui.comparison_text import CHANGE_COLUMNS, change_rows, document, summary
from tui.plain.given import FOUND, WELL
from tui.plain.naming import moment_of, now_of, resources_of
from tui.plain.output import Format, say, write_json, write_rows


class Wanted(NamedTuple):
    """How the difference is to be printed, and what of it."""

    form: Format
    resource_type: str | None = None
    ignored: tuple[str, ...] = ()
    every: bool = False


def diff_files(files: Sequence[Path], wanted: Wanted) -> int:
    """Print what differs between two files; 3 when something does. Raises `BadInput`, also for more than two."""
    if len(files) != 2:
        raise BadInput(f"Two files are compared, and there are {len(files):,}", remedy="Name each with its whole key")
    before, after = files
    with closing(FileSide(before, str(before))) as one, closing(FileSide(after, str(after))) as other:
        return _print(compare(one, other), wanted)


async def diff_moments(connection: Connection, earlier: str, later: str, wanted: Wanted) -> int:
    """Print what differs between two moments of the target; 3 when something does."""
    since, until = await moment_of(connection, earlier), await moment_of(connection, later or None)
    now = await now_of(connection)
    if (since or now) > (until or now):
        raise BadInput("The first moment is after the second", remedy="Name the earlier one with --from")
    sides = [await _side(connection, moment) for moment in (since, until)]
    return _print(compare(sides[0], sides[1]), wanted)


async def _side(connection: Connection, moment: Moment | None) -> ItemsSide:
    estate = await resources_of(connection.session).estate(moment)
    label = times.stated(moment, times.UTC) if moment is not None else "now"
    return ItemsSide(estate.items.values(), Origin(label=label, moment=moment, gaps=tuple(estate.gaps)))


def _print(found: Comparison, wanted: Wanted) -> int:
    noise = Noise((*(() if wanted.every else USUAL), *wanted.ignored))
    shown = found.without(noise)
    if wanted.resource_type is not None:
        shown = shown.of_type(wanted.resource_type)
    if wanted.form is Format.JSON:
        write_json(document(shown))
    else:
        write_rows(wanted.form, CHANGE_COLUMNS, change_rows(shown))
    say(summary(shown))
    for origin in (shown.before, shown.after):
        for gap in origin.gaps:
            say(f"{origin.label}: {gap}")
    return FOUND if shown.differences else WELL
