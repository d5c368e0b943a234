"""A form for what is put into the account as one document: a rule, or a conformance pack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from tui.equivalents import aws
from tui.rule_drafts import Draft, Finding
from tui.screens.form import SAME_COMMAND, FormScreen, command_lines, document_lines
from tui.text import legible, width
from tui.work import begin
from tui.workspace import Workspace

_MOST_TOLD = 400
"""Findings that are shown."""


class PutScreen(FormScreen):
    """The form. A subclass says what its fields mean (`draft`)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "put", "Put it", id="form.put", show=False, priority=True),
    ]

    def __init__(self, workspace: Workspace, title: str, go: Callable[[Draft], None]) -> None:
        """`go` is told what is to be put, asks, and says with `refused` what came of it."""
        super().__init__(workspace, title, "put")
        self._go = go
        self._findings: Sequence[Finding] = ()
        self._refusal = ""

    # What a subclass says

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

    # Looking through what was typed

    def changed(self) -> None:
        self._refusal = ""
        super().changed()

    async def look(self) -> Draft:
        draft = self.draft()
        self._findings = await asyncio.to_thread(draft.findings)
        self.show()
        return draft

    # Showing

    def views(self) -> Mapping[str, Callable[[], list[Content]]]:
        return {"checks": self._told_checks, "document": self._told_document, "command": self._told_command}

    def refused(self, why: str) -> None:
        """It could not be put: say why, where the flaws are said."""
        self._refusal = why
        self.turn_to("checks")

    def _told_checks(self) -> list[Content]:
        lines = [Content(legible(self.purpose))] if self.purpose else []
        if self._refusal:
            lines.append(self.finding("bad", "", self._refusal))
        if self.focused is not None and (note := self.note_of(self.focused)):
            lines.append(Content.styled(legible(note), "$text-muted"))
        longest = max((width(legible(found.subject)) for found in self._findings), default=0)
        column = min(self.widest_label - 4, longest)
        for found in sorted(self._findings, key=lambda found: found.state != "bad")[:_MOST_TOLD]:
            lines.append(self.finding(found.state, found.subject, found.told, column=column))
        if not self._flawed:
            put = "enter puts it; nothing is done without being asked for"
            told = put if self.may_change else "Nothing can be changed here: ^n shows the document and the command"
            lines.append(Content.styled(told, "$text-muted"))
        return lines

    @property
    def _flawed(self) -> bool:
        return any(found.state == "bad" for found in self._findings)

    def _told_document(self) -> list[Content]:
        return [Content.styled("What is sent:", "$text-muted"), *document_lines(self.draft().document())]

    def _told_command(self) -> list[Content]:
        return [Content.styled(SAME_COMMAND, "$text-muted"), *command_lines(self.command())]

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
        self.show()

    def copy_text(self) -> str:
        """The command."""
        return self.command()

    # What the person does

    def put(self) -> None:
        begin(self, self._put, "form")

    def action_put(self) -> None:
        """Put it, if it may be put."""
        self.put()

    async def _put(self) -> None:
        self._refusal = ""
        draft = await self.look()
        if self._flawed:
            self.turn_to("checks")
        elif self.may_change:
            self._go(draft)
        else:
            self.turn_to("command")
