"""What all kinds of actions share: the app, the current pane, and a way to do what takes time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from tui.commands import BY_WORD, read_line
from tui.screens.line import LineScreen

if TYPE_CHECKING:
    from backend.client.session import Session
    from backend.model.item import ResourceKey
    from tui.app import ConfigScope
    from tui.panes.pane import Pane
    from tui.screens.dashboard import Dashboard
    from tui.workspace import Workspace

Action: TypeAlias = Callable[[str], None]
"""Does a command; takes what was typed after its word."""


@runtime_checkable
class Copied(Protocol):
    """Something that can be copied from."""

    def copy_text(self) -> str:
        """What is under the cursor, in full."""


@runtime_checkable
class PathCopied(Protocol):
    """Something under whose cursor there is a path, an ARN or an address in S3."""

    def copy_path(self) -> str:
        """That; empty where there is none."""


@runtime_checkable
class Exported(Protocol):
    """Something that can be written to a file."""

    @property
    def export_name(self) -> str:
        """What the file is named for."""

    def export(self) -> tuple[str, str]:
        """File suffix and text."""


@runtime_checkable
class ExportedAs(Protocol):
    """Something that can be written in several forms, told apart by the suffix of the file."""

    def export_as(self, suffix: str) -> str | None:
        """The text; None for a suffix that means nothing here."""


@runtime_checkable
class ItemsExported(Protocol):
    """Something whose rows are resources: their items can be written too, in the forms of `tui.exporting_items`."""

    def exported_items(self) -> tuple[Session, Sequence[ResourceKey]] | None:
        """Those shown, and the session that knows them; None while there is none."""


@runtime_checkable
class Filtered(Protocol):
    """Something that can be filtered."""

    def filter_text(self) -> str | None: ...

    def filter_note(self) -> str: ...

    def apply_filter(self, text: str) -> None: ...


@runtime_checkable
class Explained(Protocol):
    """Something whose filter has a syntax of its own."""

    filter_hint: str
    """An example, for the empty line."""

    def filter_problem(self) -> str:
        """What is wrong with what is typed; empty when nothing is."""

    def complete_filter(self, text: str) -> list[str]:
        """Whole lines that it could become."""


class Deeds:
    """One kind of actions."""

    def __init__(self, app: ConfigScope) -> None:
        self.app = app

    def table(self) -> dict[str, Action]:
        """The actions by command id."""
        raise NotImplementedError

    @property
    def workspace(self) -> Workspace:
        return self.app.workspace

    @property
    def dashboard(self) -> Dashboard:
        return self.app.dashboard

    @property
    def pane(self) -> Pane:
        """The pane that has the focus, or had it last."""
        return self.dashboard.current

    @property
    def filtered(self) -> Filtered | None:
        """What `/` filters: the page in front, or the pane."""
        screen = self.app.screen
        if screen is self.dashboard:
            return self.pane if self.pane.filter_text() is not None else self.dashboard.panes["snapshots"]
        return screen if isinstance(screen, Filtered) else None

    @property
    def copied(self) -> Copied | None:
        """What `y` copies from: the page in front, or the pane."""
        screen = self.app.screen
        if screen is self.dashboard:
            return self.pane
        return screen if isinstance(screen, Copied) else None

    @property
    def exported(self) -> Exported | None:
        """What `e` exports: the page in front, or the pane."""
        screen = self.app.screen
        if screen is self.dashboard:
            return self.pane
        return screen if isinstance(screen, Exported) else None

    @property
    def in_front(self) -> bool:
        """True while the dashboard is what the person looks at, and not a page over it."""
        return self.app.screen is self.dashboard

    def ask_command(self, text: str = "", note: str = "", *, problem: bool = False) -> None:
        """Open the command line with what is typed already."""
        self.app.push_screen(
            LineScreen(
                ":",
                text=text,
                note=note,
                hint="a command; tab completes it",
                complete=self._completions,
                refuse=self._refusal,
                earlier=self.workspace.earlier_lines,
                problem=problem,
            ),
            self._do_line,
        )

    def _do_line(self, line: str | None) -> None:
        command, argument = read_line(line or "")
        if command is not None:
            self.app.run_command(command.id, argument)

    def _refusal(self, line: str) -> str:
        command, _ = read_line(line)
        if not line.strip():
            return ""
        if command is not None:
            return self.workspace.circumstances.why_not(command)
        return f"there is no command “{line.split()[0]}” here"

    def _completions(self, text: str) -> list[str]:
        """What the line could become: a word of a command, or an argument it takes."""
        word, blank, begun = text.partition(" ")
        if not blank:
            return [found for found in self.workspace.circumstances.words() if found.startswith(word.lower())]
        command = BY_WORD.get(word.lower())
        choices = self.workspace.arguments.get(command.id, ()) if command is not None else ()
        return [f"{word} {choice}" for choice in choices if choice.startswith(begun)]

    def begin(self, name: str, job: Coroutine[Any, Any, None]) -> None:
        """Run what takes time; the same one begun again takes its place, and a problem becomes a sentence."""
        self.app.jobs.run(name, lambda _: job)
