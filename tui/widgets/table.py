"""A table for any number of rows: it asks for the rows in sight and draws those.

    table = BigTable(columns, cells=lambda row: (row.name, state(row.state)), key=lambda row: row.id)
    table.set_rows(rows.__getitem__, len(rows))

The table neither filters nor sorts: whoever provides the rows does, and tells it what to show of that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.text import fit, pad, width
from tui.widgets.columns import Column, Placed, place
from tui.widgets.lines import NARROW, Cell, LineView, checked, shortened

Row = TypeVar("Row")

_LOOK_AROUND = 2_000
"""Rows searched each way for the row that was under the cursor, when the rows change."""


class BigTable(LineView, Generic[Row]):
    """Rows in columns, with a cursor on one of them."""

    class RowMessage(Message):
        """Something about a row; `row` is the object its provider gave."""

        def __init__(self, table: BigTable[Any], index: int, row: Any) -> None:
            super().__init__()
            self.table = table
            self.index = index
            self.row = row

        @property
        def control(self) -> BigTable[Any]:
            return self.table

    class Highlighted(RowMessage):
        """The person moved the cursor to this row. Not sent when the rows change beneath the cursor."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, BigTable.Highlighted) and message.control is self.control

    class Selected(RowMessage):
        """The person chose this row: enter, or a second click."""

    class SortAsked(Message):
        """The person clicked the title of a sortable column."""

        def __init__(self, table: BigTable[Any], column: Column) -> None:
            super().__init__()
            self.table = table
            self.column = column

        @property
        def control(self) -> BigTable[Any]:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Callable[[Row], Sequence[Cell]],
        *,
        key: Callable[[Row], Hashable] | None = None,
        empty: str = "Nothing here.",
        header: bool = True,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """`cells` gives the cells of a row, one a column; `key` what a row is known by, so that the cursor stays
        on it when the rows change."""
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.header_lines = int(header)
        self._cells = cells
        self._key = key
        self._empty = empty
        self._provider: Callable[[int], Row] | None = None
        self._finder: Callable[[Hashable], int | None] | None = None
        self._count = 0
        self._sorted_by = ""
        self._descending = False
        self._match = ""
        self._marked: Callable[[Row], bool] | None = None
        self._under_cursor: Hashable = None
        self._placed: tuple[int, tuple[Placed, ...]] = (-1, ())

    # Rows

    def set_rows(
        self, provider: Callable[[int], Row], count: int, finder: Callable[[Hashable], int | None] | None = None
    ) -> None:
        """Show `count` rows; `provider` gives the row of a number from 0 on, whenever it comes in sight.

        `finder` gives the number of the row known by a key; without one, rows are looked at for it.
        """
        self._provider = provider
        self._finder = finder
        self._count = count
        if self._key is not None and self._under_cursor is not None:
            self.cursor = self._find_again()
        self.lines_changed()
        self._remember()

    def set_list(self, rows: Sequence[Row]) -> None:
        """Show rows that are all there already; those that know their places by themselves (`place_of`) are asked."""
        self.set_rows(rows.__getitem__, len(rows), getattr(rows, "place_of", None))

    @property
    def line_count(self) -> int:
        return self._count

    def row(self, index: int) -> Row | None:
        """The row of this number; None when there is none."""
        return self._provider(index) if self._provider is not None and 0 <= index < self._count else None

    @property
    def current(self) -> Row | None:
        """The row under the cursor; None in an empty table."""
        return self.row(self.cursor)

    def put_cursor(self, index: int) -> None:
        """Put the cursor on a row, without a message."""
        self.cursor = index
        self._remember()

    def find(self, key: Hashable) -> int | None:
        """Number of the row known by `key`. Looks at each row, first at that under the cursor, which it mostly is."""
        if self._key is None:
            return None
        if self.cursor < self._count and self._key_at(self.cursor) == key:
            return self.cursor
        if self._finder is not None:
            return self._finder(key)
        return next((index for index in range(self._count) if self._key_at(index) == key), None)

    def _key_at(self, index: int) -> Hashable:
        row = self.row(index)
        return None if row is None or self._key is None else self._key(row)

    def _find_again(self) -> int:
        if self._finder is not None:
            found = self._finder(self._under_cursor)
            return self.cursor if found is None else found
        for distance in range(min(_LOOK_AROUND, self._count) + 1):
            for index in (self.cursor - distance, self.cursor + distance):
                if 0 <= index < self._count and self._key_at(index) == self._under_cursor:
                    return index
        return self.cursor

    def _remember(self) -> None:
        self._under_cursor = self._key_at(self.cursor)

    # What to show of the filter and the order

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other columns; `cells` has to give their cells from now on."""
        self.columns = tuple(columns)
        self._placed = (-1, ())
        self.refresh()

    def set_sort(self, column: str, *, descending: bool = False) -> None:
        """Mark the column that the rows are ordered by; empty for none."""
        self._sorted_by, self._descending = column, descending
        self.refresh()

    def set_match(self, text: str) -> None:
        """Mark this text wherever it shows, whatever its case; empty for none."""
        self._match = text.casefold()
        self.refresh()

    def show_marks(self, marked: Callable[[Row], bool]) -> None:
        """Put a sign in front of the rows that are marked; whoever marks rows refreshes the table."""
        self._marked = marked
        self.refresh()

    # What the person does

    def moved(self) -> None:
        self._remember()
        row = self.current
        if row is not None:
            self.post_message(self.Highlighted(self, self.cursor, row))

    def chosen(self) -> None:
        row = self.current
        if row is not None:
            self.post_message(self.Selected(self, self.cursor, row))

    def header_clicked(self, x: int) -> None:
        for placed in self._place(self.room):
            if placed.column.sortable and placed.start <= x <= placed.start + placed.width:
                self.post_message(self.SortAsked(self, placed.column))

    # Drawing

    def _place(self, cells: int) -> tuple[Placed, ...]:
        if self._placed[0] != cells:
            self._placed = (cells, place(self.columns, cells, gap=1 if cells < NARROW else 2))
        return self._placed[1]

    def draw_header(self, line: int, cells: int, style: Style) -> list[Segment]:
        segments: list[Segment] = []
        at = 0
        for placed in self._place(cells):
            title = placed.column.title
            if placed.column.key == self._sorted_by:
                arrow = self.glyphs.descending if self._descending else self.glyphs.ascending
                title = f"{fit(title, placed.width - 1)}{arrow}"
            text = pad(fit(title, placed.width, ellipsis=""), placed.width, right=placed.column.right)
            segments.append(Segment(" " * (placed.start - at) + text, style.rich_style))
            at = placed.start + placed.width
        return segments

    def draw_line(self, number: int, cells: int, style: Style, plain: bool) -> list[Segment]:
        row = self.row(number)
        if row is None:
            return []
        values = self._cells(row)
        segments = [self._lead(row, number, style, plain)]
        at = 1
        for placed in self._place(cells):
            if placed.start > at:
                segments.append(Segment(" " * (placed.start - at), style.rich_style))
            value = values[placed.index] if placed.index < len(values) else ""
            segments += self._draw_cell(value, placed, style, plain)
            at = placed.start + placed.width
        return segments

    def _lead(self, row: Row, number: int, style: Style, plain: bool) -> Segment:
        """The first cell of a line: the sign of a marked row, or that of the cursor."""
        if self._marked is not None and self._marked(row):
            warning = style if plain else style + self.get_visual_style("lines--marked", partial=True)
            return Segment(self.glyphs.marked, warning.rich_style)
        return Segment(self.cursor_mark if number == self.cursor else " ", style.rich_style)

    def _draw_cell(self, value: Cell, placed: Placed, style: Style, plain: bool) -> list[Segment]:
        signs, column, cells = self.glyphs, placed.column, placed.width
        if isinstance(value, str):
            text = fit(value, cells, shorten=column.shorten, ellipsis=signs.ellipsis, ascii_only=signs.ascii_only)
            if not self._match or self._match not in text.casefold():
                return [Segment(pad(text, cells, right=column.right), style.rich_style)]
            value = Content(text)
        else:
            value = shortened(checked(value), cells, column.shorten, signs.ellipsis)
        if plain:
            value = value.without_spans
        blanks = Segment(" " * (cells - value.cell_length), style.rich_style)
        segments = self.paint(self._matched(value), style)
        return [blanks, *segments] if column.right else [*segments, blanks]

    def _matched(self, content: Content) -> Content:
        if not self._match:
            return content
        text = content.plain.casefold()
        if len(text) != len(content.plain):
            return content  # a letter that grows when folded shifts the places of the others
        match = self.get_visual_style("lines--match", partial=True)
        at = text.find(self._match)
        while at >= 0:
            content = content.stylize(match, at, at + len(self._match))
            at = text.find(self._match, at + len(self._match))
        return content


def text_of(cell: Cell) -> str:
    """A cell as plain text, for copying and export."""
    return cell if isinstance(cell, str) else cell.plain


def widest(cells: Sequence[Cell], least: int = 0) -> int:
    """Cells that the longest of these takes, at least `least`."""
    return max((width(text_of(cell)) for cell in cells), default=least) if cells else least
