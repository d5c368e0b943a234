"""`?`: the focused pane or page in plain words, with its keys and the concepts behind it, each a page to go to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.style import Style

from tui.commands import Command, show_key
from tui.help import CONCEPTS, Concept, Place
from tui.panes.facts import broken
from tui.screens.modal import Modal
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.sheet import Sheet
from tui.widgets.table import BigTable

ALL_KEYS = "keys"
"""Answer: the table of all keys is asked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page; `concept` is where enter leads."""

    text: Content
    concept: str = ""


class Reading(BigTable[Line]):
    """Lines to read; the cursor goes line by line, and enter follows those that lead somewhere."""

    def draw_line(self, number: int, cells: int, style: Style, plain: bool) -> list[Segment]:
        line = self.row(number)
        if line is None:
            return []
        lead = self.cursor_mark if number == self.cursor else " "
        text = Content.assemble(lead, " ", line.text.truncate(max(1, cells - 2)))
        return self.paint(text.without_spans if plain else text, style)


class ExplainScreen(Modal[str | None]):
    """Answers with `ALL_KEYS` or None."""

    DEFAULT_CSS = """
    ExplainScreen { align: center middle; background: $background 50%; }
    ExplainScreen:ansi { background: transparent; }
    ExplainScreen Sheet { width: 96; height: 94%; }
    ExplainScreen Reading { background: transparent; height: 1fr; }
    ExplainScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Close", id="explain.leave", show=False),
        Binding("question_mark,tab", "keys", "All keys", id="explain.keys", show=False),
        Binding("backspace,left,h", "back", "Back", id="explain.back", show=False),
        Binding("right,l", "follow", "Follow", id="explain.follow", show=False),
    ]

    def __init__(self, place: Place | None, commands: Iterable[Command], concept: Concept | None = None) -> None:
        """A place with those commands whose keys work in it, or a concept to begin with."""
        super().__init__()
        self._place = place
        self._commands = list(commands)
        self._trail: list[Concept | None] = [concept]
        self._cursors: list[int] = []
        self._lines = Reading((Column("line", ""),), lambda line: (line.text,), header=False)
        self._width = 0

    def compose(self) -> ComposeResult:
        hints = [Hint("enter", "follow"), Hint("bksp", "back"), Hint("tab", "all keys"), Hint("esc", "close")]
        yield Sheet("Help", self._lines, KeyBar(hints))

    def on_mount(self) -> None:
        self._lines.focus()

    def fit(self, size: Size) -> None:
        width = max(20, min(96, size.width * 96 // 100) - 8)
        if width != self._width:
            self._width = width
            self.show_page()

    def show_page(self, cursor: int = 0) -> None:
        """The page that the trail ends in, wrapped to the width there is."""
        concept = self._trail[-1]
        lines = self._explain(concept) if concept is not None else self._explain_place()
        self.query_one(".sheet--title").update(Content(concept.name if concept else self._title()))  # type: ignore[attr-defined]
        self._lines.set_list(lines)
        self._lines.put_cursor(cursor)
        self._lines.scroll_to(y=0, animate=False, force=True)
        self._lines.show_cursor()

    def _title(self) -> str:
        return f"{self._place.name}: what is this?" if self._place is not None else "Concepts"

    # The texts

    def _explain_place(self) -> list[Line]:
        place = self._place
        if place is None:
            return [self._link(concept) for concept in CONCEPTS.values()]
        lines = self._wrapped(place.shows)
        if place.words:
            lines += self._heading("What the words mean")
            lines += self._listed(place.words)
        if place.next:
            lines += self._heading("What to do next")
            for step in place.next:
                lines += self._wrapped(step, "  ")
        lines += self._heading("What is behind it (enter)")
        lines += [self._link(CONCEPTS[name]) for name in place.concepts]
        lines += [self._link(CONCEPTS["safety"])] if "safety" not in place.concepts else []
        lines += self._heading("Keys here")
        lines += self._listed(
            [(" ".join(show_key(key) for key in one.key_names), one.help) for one in self._commands if one.keys]
        )
        return lines

    def _explain(self, concept: Concept) -> list[Line]:
        lines: list[Line] = []
        for paragraph in concept.text:
            lines += [*self._wrapped(paragraph), Line(Content(""))]
        if concept.also:
            lines += self._heading("Near it (enter)", gap=False)
            lines += [self._link(CONCEPTS[name]) for name in concept.also]
        if concept.references:
            lines += self._heading("In the documentation of AWS", gap=bool(concept.also))
            for reference in concept.references:
                lines += self._wrapped(reference.name, "  ")
                address = broken(Content.styled(reference.url, "$text-accent"), max(10, self._width - 2))
                lines += [Line(Content.assemble("  ", part)) for part in address]
        return lines

    def _link(self, concept: Concept) -> Line:
        return Line(Content.assemble("  ", (concept.name, "$text-accent underline")), concept.id)

    def _heading(self, text: str, *, gap: bool = True) -> list[Line]:
        return [*([Line(Content(""))] if gap else []), Line(Content.styled(text, "$text-muted bold"))]

    def _wrapped(self, text: str, indent: str = "") -> list[Line]:
        rows = Content(legible(text)).wrap(max(10, self._width - len(indent)))
        return [Line(Content.assemble(indent, row)) for row in rows]

    def _listed(self, entries: Sequence[tuple[str, str]]) -> list[Line]:
        room = min(24, max((len(word) for word, _ in entries), default=0)) + 2
        lines: list[Line] = []
        for word, text in entries:
            rows = Content(legible(text)).wrap(max(10, self._width - room - 2))
            for number, row in enumerate(rows):
                begin = (word if number == 0 else "").ljust(room)
                lines.append(Line(Content.assemble("  ", (begin, "$text-accent"), row)))
        return lines

    # Going about

    @on(BigTable.Selected)
    def chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        self.action_follow()

    def action_follow(self) -> None:
        line = self._lines.current
        if line is not None and line.concept:
            self._cursors.append(self._lines.cursor)
            self._trail.append(CONCEPTS[line.concept])
            self.show_page()

    def action_back(self) -> None:
        if len(self._trail) > 1:
            self._trail.pop()
            self.show_page(self._cursors.pop())
        else:
            self.dismiss(None)

    def action_keys(self) -> None:
        self.dismiss(ALL_KEYS)

    def action_leave(self) -> None:
        self.dismiss(None)

    # Taking away

    def copy_text(self) -> str:
        line = self._lines.current
        return line.text.plain.strip() if line is not None else ""
