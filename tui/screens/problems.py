"""What went wrong since the start, the newest first; enter shows all of one: what, why, what to do, and the code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size

from tui import times
from tui.panes.facts import Fact, Facts, words
from tui.screens.modal import Modal
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.scroll import Scroll
from tui.widgets.sheet import Sheet
from tui.widgets.table import BigTable
from tui.workspace import Mishap

_CODE = Column("code", "code", minimum=10, maximum=26, weight=1, drop=1, sortable=False)


class ProblemsScreen(Modal[None]):
    """The list, or one of them in full."""

    PLACE = "problems"
    DEFAULT_CSS = """
    ProblemsScreen { align: center middle; background: $background 50%; }
    ProblemsScreen:ansi { background: transparent; }
    ProblemsScreen Sheet { width: 110; }
    ProblemsScreen BigTable { background: transparent; }
    ProblemsScreen VerticalScroll { display: none; }
    ProblemsScreen.-one VerticalScroll { display: block; }
    ProblemsScreen.-one BigTable { display: none; }
    ProblemsScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,exclamation_mark", "leave", "Close", id="problems.leave", show=False),
        Binding("enter", "open", "Open or close one", id="problems.open", show=False),
        Binding("y", "copy", "Copy", id="problems.copy", show=False),
        Binding("e", "export", "Export", id="problems.export", show=False),
    ]

    def __init__(self, mishaps: Iterable[Mishap], zone: times.Zone) -> None:
        super().__init__()
        self._zone = zone
        self._mishaps = list(mishaps)[::-1]
        self._table: BigTable[Mishap] = BigTable(
            (
                Column("time", f"time ({zone.name})", width=13, sortable=False),
                Column("times", "", width=4, right=True, sortable=False),
                Column("place", "where", minimum=8, maximum=16, sortable=False),
                Column("what", "what", minimum=24, weight=4, sortable=False),
                *([_CODE] if any(one.problem.code for one in self._mishaps) else []),
            ),
            self._cells,
        )
        self._facts = Facts()

    def compose(self) -> ComposeResult:
        hints = [Hint("enter", "all of it"), Hint("y", "copy"), Hint("e", "export"), Hint("esc", "close")]
        yield Sheet(f"Problems so far: {len(self._mishaps)}", self._table, Scroll(self._facts), KeyBar(hints))

    def on_mount(self) -> None:
        self._table.set_list(self._mishaps)
        self._table.focus()

    def fit(self, size: Size) -> None:
        self._table.styles.height = max(3, min(len(self._mishaps) + 1, size.height * 94 // 100 - 6))

    def _cells(self, mishap: Mishap) -> tuple[Cell, ...]:
        clock = times.full(mishap.moment, self._zone)[-8:]
        again = f"×{mishap.times}" if mishap.times > 1 else ""
        what = Content.styled(legible(str(mishap.problem)), "$text-error")
        return (clock, again, mishap.place, what, mishap.problem.code)

    # One of them

    @on(BigTable.Selected)
    def chosen(self, event: BigTable.Selected) -> None:
        event.stop()
        self._facts.show(_told(event.row, self._zone))
        self.add_class("-one")
        self.query_one(VerticalScroll).focus()

    def action_open(self) -> None:
        """Enter on the one that is open goes back to the list."""
        self.action_leave()

    def action_leave(self) -> None:
        if self.has_class("-one"):
            self.remove_class("-one")
            self._table.focus()
        else:
            self.dismiss(None)

    # Taking away

    def action_copy(self) -> None:
        self.app.run_command("take.copy")  # type: ignore[attr-defined]

    def action_export(self) -> None:
        self.app.run_command("take.export")  # type: ignore[attr-defined]

    def copy_text(self) -> str:
        """All of the problem under the cursor."""
        mishap = self._table.current
        if mishap is None:
            return ""
        return "\n".join(f"{name}: {value}" for name, value in _fields(mishap, self._zone).items() if value)

    @property
    def export_name(self) -> str:
        """What an exported file is named for."""
        return "problems"

    def export(self) -> tuple[str, str]:
        """All of them, the newest first."""
        return "json", json.dumps(
            [_fields(mishap, self._zone) for mishap in self._mishaps], ensure_ascii=False, indent=2
        )


def _fields(mishap: Mishap, zone: times.Zone) -> dict[str, str]:
    problem = mishap.problem
    return {
        "time": times.stated(mishap.moment, zone),
        "times": str(mishap.times),
        "where": mishap.place,
        "what": problem.what,
        "why": problem.why,
        "what to do": problem.remedy,
        "kind": type(problem).__name__,
        "code": problem.code,
        "request": problem.request_id,
    }


def _told(mishap: Mishap, zone: times.Zone) -> list[Fact]:
    told = _fields(mishap, zone)
    if mishap.times == 1:
        del told["times"]
    styles = {"what": "$text-error", "what to do": "bold"}
    return [Fact(name, words(value, styles.get(name, ""))) for name, value in told.items() if value]
