"""What went wrong since the start, the newest first, in the words it was told in, with the service's own code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from tui import times
from tui.panes.facts import Fact, Facts, words
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.sheet import Sheet
from tui.workspace import Mishap


class ProblemsScreen(ModalScreen[None]):
    """The list; only to be read."""

    DEFAULT_CSS = """
    ProblemsScreen { align: center middle; background: $background 50%; }
    ProblemsScreen Sheet { width: 96; }
    ProblemsScreen VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    ProblemsScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,exclamation_mark,enter", "leave", "Close", id="problems.leave", show=False)
    ]

    def __init__(self, mishaps: Iterable[Mishap], zone: times.Zone) -> None:
        super().__init__()
        self._mishaps = list(mishaps)[::-1]
        self._zone = zone

    def compose(self) -> ComposeResult:
        facts = Facts()
        facts.show([fact for mishap in self._mishaps for fact in _told(mishap, self._zone)])
        yield Sheet(f"Problems so far: {len(self._mishaps)}", VerticalScroll(facts), KeyBar([Hint("esc", "close")]))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_leave(self) -> None:
        self.dismiss(None)


def _told(mishap: Mishap, zone: times.Zone) -> list[Fact]:
    again = f", {mishap.times} times" if mishap.times > 1 else ""
    facts = [
        Fact(""),
        Fact("when", Content(f"{times.stated(mishap.moment, zone)}{again}")),
        Fact("where", words(mishap.place)),
        Fact("what", words(str(mishap.problem), "$text-error")),
    ]
    return [*facts, Fact("code", words(mishap.problem.code))] if mishap.problem.code else facts
