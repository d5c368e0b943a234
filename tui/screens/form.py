"""A form for what is put into the account: fields, and in turn what is wrong, the document and the command.

The form itself changes nothing: `go` is told what is to be put, asks, and says with `refused` what came of it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
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

from tui import glyphs
from tui.equivalents import aws
from tui.restyling import flip
from tui.rule_drafts import Draft, Finding
from tui.screens.title import TitleBar
from tui.text import legible, pad, width
from tui.widgets.choice import Choice
from tui.widgets.key_bar import Hint, KeyBar
from tui.work import begin
from tui.workspace import Workspace

BESIDE = 130
"""From this many columns on what is said stands beside the fields, not below."""
PAUSE = 0.15
"""Seconds after the last key until what was typed is looked through."""
_VIEWS = ("checks", "document", "command")
_WIDEST_LABEL = 40
_STYLES = {"good": "$text-success", "bad": "$text-error bold", "unknown": "$text-warning"}
_MOST_TOLD = 400
"""Findings that are shown."""


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
    """The form. A subclass has the fields (`rows`) and says what they mean (`draft`)."""

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
        Binding("ctrl+r", "put", "Put it", id="form.put", show=False, priority=True),
    ]
    extra_hints: ClassVar[tuple[Hint, ...]] = ()

    def __init__(self, workspace: Workspace, title: str, go: Callable[[Draft], None]) -> None:
        super().__init__()
        self._workspace = workspace
        self._title = title
        self._go = go
        self._view = _VIEWS[0]
        self._findings: Sequence[Finding] = ()
        self._refusal = ""
        self._timer: Timer | None = None
        self._told = Static(Content(""), id="form-told")
        self._scroll = VerticalScroll(self._told, id="form-scroll")

    # What a subclass says

    def rows(self) -> Iterable[Widget]:
        """The fields, mostly in a `Row` each."""
        raise NotImplementedError

    def draft(self) -> Draft:
        """What the fields say now."""
        raise NotImplementedError

    @property
    def purpose(self) -> str:
        """What is put in a sentence; empty where there is nothing to say."""
        return ""

    def note_of(self, field: Widget) -> str:
        """What to say of a field while it has the focus."""
        return ""

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
                Hint("enter", "put" if self.may_change else "nothing: read-only"),
                Hint("tab", "next"),
                Hint("← →", "choose"),
                Hint("^n", "document"),
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
        self.look_through()

    def widen_labels(self) -> None:
        """Give the names of the fields the room that the longest takes."""
        rows = list(self.query(Row))
        longest = max(row.label_width for row in rows)
        for row in rows:
            row.label.styles.width = min(_WIDEST_LABEL, max(12, longest + 2))

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)

    @property
    def may_change(self) -> bool:
        """Whether what the form says can be put: not read-only, and not while another moment is looked at."""
        circumstances = self._workspace.circumstances
        return not circumstances.read_only and not circumstances.in_the_past

    # Looking through what was typed

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    def field_changed(self, event: Input.Changed | TextArea.Changed | Choice.Changed) -> None:
        event.stop()
        self.changed()

    def changed(self) -> None:
        """Something was typed or chosen: look through it once no key follows."""
        self._refusal = ""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, self.look_through)

    def look_through(self) -> None:
        """Find out what is wrong now."""
        begin(self, self._look, "form")

    async def _look(self) -> Draft:
        draft = self.draft()
        self._findings = await asyncio.to_thread(draft.findings)
        self._show()
        return draft

    # Showing

    def refused(self, why: str) -> None:
        """It could not be put: say why, where the flaws are said."""
        self._refusal = why
        self._turn_to("checks")

    def _turn_to(self, view: str) -> None:
        self._view = view
        self._scroll.scroll_home(animate=False)
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        views = {"checks": self._told_checks, "document": self._told_document, "command": self._told_command}
        self._told.update(Content("\n").join(views[self._view]()))

    def _told_checks(self) -> list[Content]:
        signs = glyphs.of(self.app)
        lines = [Content(legible(self.purpose))] if self.purpose else []
        if self._refusal:
            lines.append(Content.assemble((f"{signs.bad} ", _STYLES["bad"]), (legible(self._refusal), "$text-error")))
        if self.focused is not None and (note := self.note_of(self.focused)):
            lines.append(Content.styled(legible(note), "$text-muted"))
        column = min(_WIDEST_LABEL, max((width(legible(found.subject)) for found in self._findings), default=0))
        for found in sorted(self._findings, key=lambda found: found.state != "bad")[:_MOST_TOLD]:
            lines.append(
                Content.assemble(
                    (f"{getattr(signs, found.state)} ", _STYLES[found.state]),
                    (f"{pad(legible(found.subject), column)} ", "$text-muted"),
                    legible(found.told),
                )
            )
        if not any(found.state == "bad" for found in self._findings):
            put = "enter puts it; nothing is done without being asked for"
            told = put if self.may_change else "Nothing can be changed here: ^n shows the document and the command"
            lines.append(Content.styled(told, "$text-muted"))
        return lines

    def _told_document(self) -> list[Content]:
        lines = [Content.styled("What is sent:", "$text-muted")]
        return lines + [Content(legible(line)) for line in json.dumps(self.draft().document(), indent=2).splitlines()]

    def _told_command(self) -> list[Content]:
        lines = [Content.styled("The same on the command line:", "$text-muted")]
        return lines + [Content.styled(legible(line), "$text-accent") for line in self.command().splitlines()]

    def command(self) -> str:
        """The `aws` command that the form stands for."""
        operation, options = self.draft().command()
        session, connection = self._workspace.session, self._workspace.connection
        return aws(
            operation,
            options,
            region=session.region if session is not None else "",
            endpoint_url=connection.url if connection is not None else None,
        )

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if self._view == "checks":
            self._show()

    def copy_text(self) -> str:
        """The command."""
        return self.command()

    # What the person does

    @on(Input.Submitted)
    @on(Choice.Entered)
    def entered(self, event: Input.Submitted | Choice.Entered) -> None:
        event.stop()
        if not (isinstance(event, Choice.Entered) and self.choose_more(event.choice)):
            self.action_put()

    def choose_more(self, choice: Choice) -> bool:
        """Open the list behind a choice; False where there is none."""
        return False

    def action_put(self) -> None:
        """Put it, if it may be put."""
        begin(self, self._put, "form")

    async def _put(self) -> None:
        self._refusal = ""
        draft = await self._look()
        if any(found.state == "bad" for found in self._findings):
            self._turn_to("checks")
        elif self.may_change:
            self._go(draft)
        else:
            self._turn_to("command")

    def action_turn(self) -> None:
        """The next view: checks, document, command."""
        self._turn_to(_VIEWS[(_VIEWS.index(self._view) + 1) % len(_VIEWS)])

    def action_leave(self) -> None:
        self.dismiss()
