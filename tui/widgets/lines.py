"""A list of one-row lines with a cursor: what the table and the trees have in common.

Only the lines in sight are ever drawn, so the number of lines does not matter; a step of the cursor repaints two.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from tui import glyphs
from tui.text import legible, width

Cell: TypeAlias = str | Content
"""Data for one cell. A str is plain text from anywhere; Content carries styles and is checked for hidden signs too."""

NARROW = 60
"""Below this many cells columns stand one blank apart, from here on two."""


class LineView(ScrollView, can_focus=True):
    """The list. A subclass says how many lines there are (`line_count`) and draws one (`draw_line`)."""

    ALLOW_SELECT = False
    ALLOW_MAXIMIZE = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--cursor",
        "lines--header",
        "lines--match",
        "lines--empty",
        "lines--marked",
    }
    DEFAULT_CSS = """
    LineView {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: auto;
    }
    LineView > .lines--header { color: $text-muted; text-style: bold; }
    LineView > .lines--empty { color: $text-muted; }
    LineView > .lines--match { text-style: bold underline; }
    LineView > .lines--marked { color: $text-warning; text-style: bold; }
    LineView > .lines--cursor { background: $foreground 9%; }
    LineView:focus > .lines--cursor {
        color: $block-cursor-foreground;
        background: $block-cursor-background;
        text-style: $block-cursor-text-style;
    }
    LineView:ansi > .lines--header, LineView:ansi > .lines--empty { color: ansi_default; text-style: dim; }
    LineView:ansi > .lines--cursor { background: ansi_default; text-style: bold; }
    LineView:ansi:focus > .lines--cursor { color: ansi_default; background: ansi_default; text-style: bold reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Down", id="lines.down", show=False),
        Binding("up,k", "step(-1)", "Up", id="lines.up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", id="lines.page_down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", id="lines.page_up", show=False),
        Binding("home,g", "first", "First", id="lines.first", show=False),
        Binding("end,G", "last", "Last", id="lines.last", show=False),
        Binding("enter", "choose", "Open", id="lines.choose", show=False),
    ]

    cursor: var[int] = var(0, init=False)
    """Number of the line under the cursor."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.header_lines = 0
        """Lines above the list that do not scroll."""
        self._empty = "Nothing here."

    # What a subclass says

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def draw_line(self, number: int, cells: int, style: Style, plain: bool) -> list[Segment]:
        """One line in `cells` cells over `style`; `plain` asks for no colours of its own (it is under the cursor)."""
        raise NotImplementedError

    def draw_header(self, line: int, cells: int, style: Style) -> list[Segment]:
        """A line of the header."""
        return []

    def moved(self) -> None:
        """The person moved the cursor."""

    def chosen(self) -> None:
        """The person chose the line under the cursor, by enter or a second click."""

    def header_clicked(self, x: int) -> None:
        """The person clicked the header at this cell."""

    def is_stop(self, number: int) -> bool:
        """False for lines that the cursor passes by, such as headings."""
        return True

    # Cursor

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, self.line_count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        self.refresh_line(old + self.header_lines)
        self.refresh_line(new + self.header_lines)
        self.show_cursor()

    @property
    def body_height(self) -> int:
        """Lines of the list in sight."""
        return max(1, self.scrollable_content_region.height - self.header_lines)

    def show_cursor(self) -> None:
        """Scroll as little as needed to have the cursor in sight."""
        if not self.is_attached or self.scrollable_content_region.height == 0:
            return
        top = round(self.scroll_y)
        if self.cursor < top:
            self._scroll(self.cursor)
        elif self.cursor >= top + self.body_height:
            self._scroll(self.cursor - self.body_height + 1)

    def _scroll(self, top: int) -> None:
        self.scroll_to(y=top, animate=False, force=True)

    def go_to(self, number: int) -> None:
        """Move the cursor as the person would: to this line, or the next one beyond it that can have the cursor."""
        if self.line_count == 0:
            return
        number = self.validate_cursor(number)
        step = 1 if number >= self.cursor else -1
        found = self._stop_from(number, step)
        if found is None:
            found = self._stop_from(number, -step)
        if found is None:
            return
        if found != self.cursor:
            self.cursor = found
            self.moved()
        if found < self.body_height and self._stop_from(found - 1, -1) is None:
            self._scroll(0)  # a heading above the first line comes back into sight

    def _stop_from(self, number: int, step: int) -> int | None:
        while 0 <= number < self.line_count:
            if self.is_stop(number):
                return number
            number += step
        return None

    def action_step(self, by: int) -> None:
        self.go_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        target = self.validate_cursor(self.cursor + by * max(1, self.body_height - 1))
        # Not beyond a heading at the edge of the page: a line could pass by unseen.
        near = self._stop_from(target, -by)
        self.go_to(target if near is None or (near - self.cursor) * by <= 0 else near)

    def action_first(self) -> None:
        self.go_to(0)

    def action_last(self) -> None:
        self.go_to(self.line_count - 1)

    def action_choose(self) -> None:
        if self.line_count and self.is_stop(self.cursor):
            self.chosen()

    def on_click(self, event: events.Click) -> None:
        line = event.get_content_offset_capture(self).y
        if line < self.header_lines:
            self.header_clicked(event.get_content_offset_capture(self).x)
            return
        number = line - self.header_lines + round(self.scroll_y)
        if number >= self.line_count or not self.is_stop(number):
            return
        again = number == self.cursor and event.chain > 1
        self.go_to(number)
        self.clicked(number, event.get_content_offset_capture(self).x)
        if again:
            self.chosen()

    def clicked(self, number: int, x: int) -> None:
        """The person clicked this line at this cell."""

    # Drawing

    @property
    def glyphs(self) -> glyphs.Glyphs:
        return glyphs.of(self.app)

    @property
    def room(self) -> int:
        """Cells to draw in: the last one stays blank, so that no word touches the scroll bar or the border."""
        return max(1, self.scrollable_content_region.width - 1)

    def lines_changed(self) -> None:
        """The number of lines or what is on them changed."""
        self.virtual_size = Size(0, self.line_count + self.header_lines)
        self.cursor = self.validate_cursor(self.cursor)
        self.refresh()
        self.call_after_refresh(self.show_cursor)

    def on_resize(self) -> None:
        self.show_cursor()

    def set_empty(self, text: str) -> None:
        """What to say while there are no lines."""
        self._empty = text
        self.refresh()

    def refresh_line(self, y: int) -> None:
        # The header does not scroll, so a line stands where the scroll offset puts it, not below.
        self.refresh(Region(0, y - round(self.scroll_y), max(1, self.size.width), 1))

    def render_line(self, y: int) -> Strip:
        cells = self.room
        base = self.visual_style
        number = y - self.header_lines + round(self.scroll_y)
        if y < self.header_lines:
            style = self._style_of("header")
            segments = self.draw_header(y, cells, style)
        elif number < self.line_count:
            if number == self.cursor and self.is_stop(number):
                style = self._style_of("cursor")
                segments = self.draw_line(number, cells, style, self.has_focus)
            else:
                style = base
                segments = self.draw_line(number, cells, style, False)
        else:
            style = self._style_of("empty")
            segments = self._draw_empty(number, cells, style)
        return Strip(segments).adjust_cell_length(self.scrollable_content_region.width, style.rich_style)

    def _style_of(self, part: str) -> Style:
        style = self.get_visual_style(f"lines--{part}")
        # Textual leaves `reverse` out; it is what shows the cursor where there are no colours.
        reverse = self.get_component_styles(f"lines--{part}").text_style.reverse
        return style + Style(reverse=True) if reverse else style

    def _draw_empty(self, number: int, cells: int, style: Style) -> list[Segment]:
        if self.line_count:
            return []
        lines = Content(legible(self._empty)).wrap(max(1, cells - 2))
        return self.paint(Content.assemble(" ", lines[number]), style) if number < len(lines) else []

    def paint(self, content: Content, style: Style) -> list[Segment]:
        """Content as segments over `style`."""
        return content.render_segments(style)

    @property
    def cursor_mark(self) -> str:
        return self.glyphs.cursor


def checked(content: Content) -> Content:
    """Content whose text is safe to print: its styles are given up where the text had hidden signs."""
    text = legible(content.plain)
    return content if text == content.plain else Content(text)


def shortened(content: Content, cells: int, where: str, ellipsis: str) -> Content:
    """Content cut to `cells` cells at its end, middle or start, its styles kept."""
    if content.cell_length <= cells:
        return content
    room = cells - width(ellipsis)
    if room <= 0 or where == "end":
        return content.truncate(max(0, room)) + Content(ellipsis) if room > 0 else content.truncate(cells)
    head = room // 2 if where == "middle" else 0
    tail = room - head
    start = len(content.plain)
    taken = 0
    while start > 0 and taken + (step := width(content.plain[start - 1])) <= tail:
        start -= 1
        taken += step
    return content.truncate(head) + Content(ellipsis) + content[start:]
