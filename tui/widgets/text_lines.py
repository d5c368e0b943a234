"""Lines of text under a cursor, with a search in them. Longer lines are cut where the room ends, and copied whole."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.content import Content
from textual.style import Style

from tui.text import fit
from tui.widgets.lines import LineView


class TextLines(LineView):
    """The lines. Headings are passed by."""

    def __init__(self, *, empty: str, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._empty = empty
        self._texts: tuple[str, ...] = ()
        self._headings: frozenset[int] = frozenset()
        self._match = ""

    def set_lines(self, texts: Sequence[str], headings: Sequence[int] = ()) -> None:
        """Show other lines; those of the numbers in `headings` only part the others."""
        self._texts, self._headings = tuple(texts), frozenset(headings)
        first = next((number for number in range(len(texts)) if number not in self._headings), 0)
        if self.cursor >= len(texts) or self.cursor in self._headings:
            self.cursor = first
        self.lines_changed()

    @property
    def line_count(self) -> int:
        return len(self._texts)

    @property
    def current(self) -> str:
        """The line under the cursor, whole."""
        return self._texts[self.cursor] if self._texts else ""

    def is_stop(self, number: int) -> bool:
        return number not in self._headings and bool(self._texts[number])

    # Searching

    def find(self, text: str) -> int:
        """Mark this text in every line; how many lines hold it. The cursor goes to the first from where it is."""
        self._match = text.casefold()
        found = self._found()
        if found and self.cursor not in found:
            self.find_next()
        self.refresh()
        return len(found)

    def find_next(self, by: int = 1) -> bool:
        """Go to the next line found, or the one before with -1; False when there is none."""
        found = self._found()
        if not found:
            return False
        if by > 0:
            number = next((one for one in found if one > self.cursor), found[0])
        else:
            number = next((one for one in reversed(found) if one < self.cursor), found[-1])
        self.go_to(number)
        return True

    def _found(self) -> list[int]:
        if not self._match:
            return []
        return [number for number, text in enumerate(self._texts) if self._match in text.casefold()]

    # Drawing

    def draw_line(self, number: int, cells: int, style: Style, plain: bool) -> list[Segment]:
        signs = self.glyphs
        text = fit(self._texts[number], cells - 2, ellipsis=signs.ellipsis, ascii_only=signs.ascii_only)
        content = Content(text)
        at = text.casefold().find(self._match) if self._match else -1
        if at >= 0 and len(text.casefold()) == len(text):
            content = content.stylize(self.get_visual_style("lines--match", partial=True), at, at + len(self._match))
        if number in self._headings and not plain:
            content = content.stylize("$text-accent bold")
        return self.paint(Content.assemble(self.cursor_mark if number == self.cursor else " ", content), style)
