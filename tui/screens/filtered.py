"""A page whose list can be filtered: leaving it takes the filter off first."""

from __future__ import annotations

from textual.screen import Screen


class FilteredScreen(Screen[None]):
    """A page says in `apply_filter` what a filter leaves, and keeps its text in `_filter`."""

    _filter = ""

    def filter_text(self) -> str:
        """The filter in force."""
        return self._filter

    def apply_filter(self, text: str) -> None:
        """Show only what contains the text; empty shows all."""
        raise NotImplementedError

    def action_leave(self) -> None:
        if self._filter:
            self.apply_filter("")
        else:
            self.dismiss()
