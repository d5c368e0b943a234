"""Marking what is to be compared, and comparing it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tui import marks, times
from tui.actions.deed import Action, Deeds
from tui.marks import Mark


@runtime_checkable
class Markable(Protocol):
    """A pane or page with rows that can be marked."""

    def markable(self) -> Mark | None:
        """What `m` marks: what is under the cursor."""


class ComparisonDeeds(Deeds):
    """Marks two things and shows what differs."""

    def table(self) -> dict[str, Action]:
        return {"compare.mark": self.mark, "compare.unmark": lambda _: self.unmark()}

    def mark(self, text: str) -> None:
        """Mark what is under the cursor, or the moment that was typed."""
        found = self._moment(text, "mark") if text else self.under_cursor
        if found is None:
            if not text:
                self.app.say("Nothing here can be marked. :mark -1d marks a moment.")
            return
        marked = self.workspace.marks.toggle(found)
        self.app.say(self._said(found, marked))

    def unmark(self) -> None:
        if not self.workspace.marks.clear():
            self.app.say("Nothing is marked.")

    @property
    def under_cursor(self) -> Mark | None:
        """What could be marked in the page in front, or the pane."""
        place = self.pane if self.in_front else self.app.screen
        return place.markable() if isinstance(place, Markable) else None

    def _moment(self, text: str, word: str) -> Mark | None:
        """The moment that was typed; the line opens again where it is none."""
        try:
            moment = times.read_moment(text, self.workspace.now())
        except ValueError as error:
            self.ask_command(f"{word} {text}", str(error), problem=True)
            return None
        return marks.of_moment(self.workspace.now() if moment is None else moment)

    def _said(self, mark: Mark, marked: bool) -> str:
        if not marked:
            return f"No longer marked: {mark.label}."
        return f"Marked: {mark.label}."
