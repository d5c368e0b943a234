"""Lines under section names at the left edge: what a report in a few words is made of. A line may lead somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.text import fit
from tui.widgets.lines import LineView, checked, shortened

EMPTY = Content("")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `goes_to` comes back when it is chosen; the cursor passes by lines that lead nowhere."""

    content: Content = EMPTY
    section: str = ""
    """The name at the left edge, where a section begins."""
    goes_to: object = None


class Entries(LineView):
    """The lines, with a cursor on those that lead somewhere."""

    DEFAULT_CSS = """
    Entries > .lines--header { color: $text-accent; text-style: bold; }
    """

    class Chosen(Message):
        """The person chose a line."""

        def __init__(self, goes_to: object) -> None:
            super().__init__()
            self.goes_to = goes_to

    def __init__(self, *, names: int = 12, id: str | None = None) -> None:  # noqa: A002
        """`names` are the cells of the section names and the blank behind them."""
        super().__init__(id=id)
        self._names = names
        self._entries: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines; the cursor stays on the line that leads to the same place."""
        before = self._entries
        if tuple(lines) == before:
            return
        under = before[self.cursor].goes_to if self.cursor < len(before) else None
        self._entries = tuple(lines)
        if len(before) == len(self._entries):
            for number, (old, new) in enumerate(zip(before, self._entries, strict=True)):
                if old != new:
                    self.refresh_line(number)
        else:
            self.lines_changed()
        found = next((n for n, line in enumerate(self._entries) if under is not None and line.goes_to == under), None)
        if found is not None and found != self.cursor:
            self.cursor = found
        elif not self.is_stop(self.cursor):
            self.cursor = next((n for n in range(len(self._entries)) if self.is_stop(n)), 0)

    @property
    def entries(self) -> tuple[Line, ...]:
        return self._entries

    @property
    def current(self) -> Line | None:
        """The line under the cursor."""
        return self._entries[self.cursor] if self.cursor < len(self._entries) else None

    @property
    def line_count(self) -> int:
        return len(self._entries)

    def is_stop(self, number: int) -> bool:
        return number < len(self._entries) and self._entries[number].goes_to is not None

    def chosen(self) -> None:
        line = self.current
        if line is not None and line.goes_to is not None:
            self.post_message(self.Chosen(line.goes_to))

    def draw_line(self, number: int, cells: int, style: Style, plain: bool) -> list[Segment]:
        line = self._entries[number]
        mark = self.cursor_mark if number == self.cursor and self.is_stop(number) else " "
        name = fit(line.section, self._names - 2)
        heading = Content.styled(name.ljust(self._names - 1), "" if plain else "$text-accent bold")
        room = max(1, cells - self._names)
        told = shortened(checked(line.content), room, "end", self.glyphs.ellipsis)
        if plain:
            told = told.without_spans
        return self.paint(Content.assemble(mark, heading, told, " " * (room - told.cell_length)), style)

    def text(self) -> str:
        """The lines as plain text, for export."""
        return "\n".join(f"{line.section:<{self._names}}{line.content.plain}".rstrip() for line in self._entries)
