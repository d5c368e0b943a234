"""The bottom row: the keys that matter for what has the focus."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.text import legible

_GAP = 2


class Hint(msgspec.Struct, frozen=True):
    """A key and what it does, in a word or two; `id` comes back when it is clicked."""

    key: str
    label: str
    id: str = ""


class KeyBar(Widget):
    """One row of hints, the most important first; what does not fit is left out, whole hints at a time.

    The last `kept` hints (help, quit) stay at the right edge at any width; before them stands what the app has to note
    for as long as it lasts (`bar_note`). Where none is kept, the way out of a page (`esc`) is, in its place in the row.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyBar { height: 1; width: 1fr; background: $footer-background; color: $footer-foreground; }
    """

    class Clicked(Message):
        """A hint was clicked."""

        def __init__(self, hint: Hint) -> None:
            super().__init__()
            self.hint = hint

    def __init__(self, hints: Sequence[Hint] = (), *, kept: int = 0, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._hints = tuple(hints)
        self._kept = kept

    def set_hints(self, hints: Sequence[Hint], *, kept: int = 0) -> None:
        """Show other hints."""
        if (tuple(hints), kept) != (self._hints, self._kept):
            self._hints, self._kept = tuple(hints), kept
            self.refresh()

    def _now(self, hint: Hint) -> Hint:
        """The hint with the key that its command has by now: the person may have set another."""
        shown = getattr(self.app, "shown_key", None) if self.is_attached else None
        return replace(hint, key=shown(hint.key)) if shown is not None else hint

    def place(self, cells: int) -> list[tuple[int, Hint]]:
        """Which hints show in `cells` cells, and where each begins."""
        note: Hint | None = getattr(self.app, "bar_note", None) if self.is_attached else None
        way_out = not self._kept and bool(self._hints) and self._hints[-1].key == "esc"
        split = len(self._hints) - (self._kept or way_out)
        hints = [self._now(hint) for hint in self._hints]
        kept = [*([note] if note is not None else []), *hints[split:]]
        right_cells = sum(_cells(hint) + _GAP for hint in kept)
        placed: list[tuple[int, Hint]] = []
        at = 1
        for hint in hints[:split]:
            if at + _cells(hint) + _GAP <= cells - right_cells:
                placed.append((at, hint))
                at += _cells(hint) + _GAP
        if not way_out:
            at = max(at, cells - right_cells + _GAP - 1)
        for hint in kept:
            if at + _cells(hint) <= cells:
                placed.append((at, hint))
            at += _cells(hint) + _GAP
        return placed

    def render(self) -> Content:
        line = Content("")
        for start, hint in self.place(self.size.width):
            line = line.pad_right(start - line.cell_length)
            line = Content.assemble(
                line,
                (legible(hint.key), "$footer-key-foreground bold"),
                " ",
                (legible(hint.label), "$footer-description-foreground"),
            )
        return line

    def on_click(self, event: events.Click) -> None:
        for start, hint in self.place(self.size.width):
            if start <= event.x < start + _cells(hint):
                self.post_message(self.Clicked(hint))


def _cells(hint: Hint) -> int:
    return Content(f"{legible(hint.key)} {legible(hint.label)}").cell_length
