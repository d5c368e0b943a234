"""A form: fields, and in turn what was found of them, the documents, and the commands that do the same.

A form itself changes nothing: whoever opens it is told what is to be done, and asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from backend.model.item import Json
from tui import glyphs
from tui.restyling import flip
from tui.screens.title import TitleBar
from tui.screens.types import TypesScreen
from tui.text import legible, pad, width
from tui.widgets.choice import Choice
from tui.widgets.key_bar import Hint, KeyBar
from tui.work import begin
from tui.workspace import Workspace

BESIDE = 130
"""From this many columns on what is said stands beside the fields, not below."""
_NARROWEST_LABEL, _WIDEST_LABEL = 12, 40
_STYLES = {"good": "$text-success", "bad": "$text-error bold", "unknown": "$text-warning"}


class Row(Horizontal):
    """A field with its name before it."""

    DEFAULT_CSS = "Row { height: 1; }"

    def __init__(self, label: str, field: Widget) -> None:
        told = legible(label)
        self.label = Static(Content(told), classes="form--label")
        self.label_width = width(told)
        self.field = field
        super().__init__(self.label, field)


class FormScreen(Screen[None]):
    """The form. A subclass has the fields (`rows`), looks through them (`look`), and says what it found (`views`)."""

    DEFAULT_CSS = """
    FormScreen { layout: vertical; }
    FormScreen #form-heading {
        height: 1; padding: 0 1; background: $surface; text-style: bold; text-wrap: nowrap; text-overflow: ellipsis;
    }
    FormScreen #form-body { layout: vertical; height: 1fr; }
    FormScreen #form-fields { height: auto; max-height: 60%; scrollbar-size-vertical: 1; }
    FormScreen .form--more { height: auto; }
    FormScreen .form--label {
        width: 14; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    FormScreen PlainInput { padding: 0 1; background: $panel; }
    FormScreen PlainInput:focus { padding: 0 1; background: $primary-muted; }
    FormScreen TextArea, FormScreen TextArea:focus {
        height: 7; border: none; border-top: solid $panel-lighten-1; padding: 0 1; background: transparent;
    }
    FormScreen TextArea:focus { border-top: solid $accent; }
    FormScreen #form-scroll { height: 1fr; border-top: solid $panel-lighten-1; scrollbar-size-vertical: 1; }
    FormScreen #form-scroll:focus { border-top: solid $accent; }
    FormScreen #form-told { height: auto; padding: 0 1; }
    FormScreen.-beside #form-body { layout: horizontal; }
    FormScreen.-beside #form-fields { width: 1fr; height: 1fr; max-height: 100%; }
    FormScreen.-beside TextArea, FormScreen.-beside TextArea:focus { height: 30; }
    FormScreen.-beside #form-scroll {
        width: 1fr; height: 1fr; border-top: none; border-left: solid $panel-lighten-1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="form.leave", show=False),
        Binding("down", "app.focus_next", "Next field", id="form.next", show=False),
        Binding("up", "app.focus_previous", "Previous field", id="form.previous", show=False),
        Binding("ctrl+n", "turn", "Next view", id="form.view", show=False, priority=True),
    ]
    extra_hints: ClassVar[tuple[Hint, ...]] = ()
    pause: ClassVar[float] = 0.15
    """Seconds after the last key until what was typed is looked through."""

    def __init__(self, workspace: Workspace, title: str, deed: str) -> None:
        """`deed` is what enter does, in a word."""
        super().__init__()
        self._workspace = workspace
        self._title = title
        self._deed = deed
        self._view = 0
        self._as_given: dict[Widget, str] = {}
        self._leaving = False
        self._timer: Timer | None = None
        self._told = Static(Content(""), id="form-told")
        self._scroll = VerticalScroll(self._told, id="form-scroll")

    # What a subclass says

    def rows(self) -> Iterable[Widget]:
        """The fields, mostly in a `Row` each."""
        raise NotImplementedError

    def views(self) -> Mapping[str, Callable[[], list[Content]]]:
        """What is said below the fields, by a word each; the first is what was found of them."""
        raise NotImplementedError

    async def look(self) -> object:
        """Find out what is wrong now."""
        raise NotImplementedError

    def put(self) -> None:
        """Do what the form is for, if it may be done."""
        raise NotImplementedError

    @property
    def may_change(self) -> bool:
        """Whether it may be done: not read-only, and not while another moment is looked at."""
        circumstances = self._workspace.circumstances
        return not circumstances.read_only and not circumstances.in_the_past

    # Building

    def compose(self) -> ComposeResult:
        session = self._workspace.session
        yield TitleBar(self._workspace)
        where = f"  in {session.region}" if session is not None else ""
        heading = Content.assemble(legible(self._title), (legible(where), "$text-muted"))
        yield Static(heading, id="form-heading")
        yield Vertical(VerticalScroll(*self.rows(), id="form-fields", can_focus=False), self._scroll, id="form-body")
        yield KeyBar(
            [
                Hint("enter", self._deed if self.may_change else "nothing: read-only"),
                Hint("tab", "next"),
                Hint("← →", "choose"),
                Hint("^n", list(self.views())[1]),
                *self.extra_hints,
                Hint("esc", "leave"),
            ]
        )

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
        for area in self.query(TextArea):
            area.cursor_blink = False
        self.widen_labels()
        self.take_as_given()
        self.look_through()

    def take_as_given(self) -> None:
        """What the fields say now is not the person's own: leaving loses nothing."""
        self._as_given = self._said()

    def _said(self) -> dict[Widget, str]:
        texts = {area: area.text for area in self.query(TextArea)}
        return {field: field.value for field in (*self.query(Input), *self.query(Choice))} | texts

    def widen_labels(self) -> None:
        """Give the names of the fields the room that the longest takes."""
        rows = list(self.query(Row))
        longest = max(row.label_width for row in rows)
        for row in rows:
            row.label.styles.width = min(self.widest_label, max(_NARROWEST_LABEL, longest + 2))

    @property
    def widest_label(self) -> int:
        """Columns that names may take: what is typed needs more of them."""
        columns = self.app.size.width // (2 if self.app.size.width >= BESIDE else 1)
        return min(_WIDEST_LABEL, max(_NARROWEST_LABEL, columns * 2 // 5))

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)
        if self.is_mounted:
            self.widen_labels()

    # Looking through what was typed

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    def field_changed(self, event: Input.Changed | TextArea.Changed | Choice.Changed) -> None:
        event.stop()
        if isinstance(event, Choice.Changed):
            self.chosen()
        self.changed()

    def chosen(self) -> None:
        """Another word was chosen: what else of the form depends on it."""

    def changed(self) -> None:
        """Something was typed or chosen: look through it once no key follows."""
        self._leaving = False
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(self.pause, self.look_through)

    def look_through(self) -> None:
        """Find out what is wrong now."""
        begin(self, self.look, "form")

    # Showing

    def turn_to(self, view: str) -> None:
        """Show a view from its beginning."""
        self._view = list(self.views()).index(view)
        self._scroll.scroll_home(animate=False)
        self.show()

    def show(self) -> None:
        """Say what is known now."""
        if self.is_mounted:
            lines = list(self.views().values())[self._view]()
            if self._leaving:
                lines.insert(0, Content.styled("esc again leaves, and what was typed is lost", "$text-warning"))
            self._told.update(Content("\n").join(lines))

    def finding(self, state: str, subject: str, told: str, remedy: str = "", *, column: int = 0) -> Content:
        """A line of what was found: a state (`good`, `bad`, `unknown` …), what of, and a sentence."""
        sign = getattr(glyphs.of(self.app), state)
        return Content.assemble(
            (f"{sign} ", _STYLES.get(state, "$text-muted")),
            (f"{pad(legible(subject), column)} " if subject else "", "$text-muted"),
            legible(told),
            (f". {legible(remedy)}" if remedy else "", "$text-muted"),
        )

    # What the person does

    @on(Input.Submitted)
    @on(Choice.Entered)
    def entered(self, event: Input.Submitted | Choice.Entered) -> None:
        event.stop()
        if not (isinstance(event, Choice.Entered) and self.choose_more(event.choice)):
            self.put()

    def choose_more(self, choice: Choice) -> bool:
        """Open the list behind a choice; False where there is none."""
        return False

    def choose_types(
        self,
        title: str,
        known: Sequence[str],
        before: Sequence[str],
        take: Callable[[tuple[str, ...]], None],
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Open the list of types; `take` is given those that are chosen."""

        def done(types: tuple[str, ...] | None) -> None:
            if types is not None:
                take(types)
                self.chosen()
                self.changed()

        self.app.push_screen(TypesScreen(self._workspace, title, known, before, counts), done)

    def action_turn(self) -> None:
        """The next view."""
        names = list(self.views())
        self.turn_to(names[(self._view + 1) % len(names)])

    def action_leave(self) -> None:
        """Leave; where something was typed, only when the person says so again."""
        typed = any(said != self._as_given.get(field, said) for field, said in self._said().items())
        if typed and not self._leaving:
            self._leaving = True
            self._scroll.scroll_home(animate=False)
            self.show()
        else:
            self.dismiss()


def document_lines(document: Json) -> list[Content]:
    """A document, spelled with one member a line."""
    return [Content(legible(line)) for line in json.dumps(document, indent=2).splitlines()]


def command_lines(command: str) -> list[Content]:
    """A command, as it is typed."""
    return [Content.styled(legible(line), "$text-accent") for line in command.splitlines()]


SAME_COMMAND = "The same on the command line:"
