"""Why a rule says what it says of a resource: which properties decided, what they are and what they should be.

The rule is asked again here, of the item at hand: AWS Config tells no more than a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from backend.model.compliance import Evaluation
from backend.model.item import ConfigurationItem, Json, ResourceKey
from backend.model.problem import Problem
from tui import glyphs
from tui.item_fields import fields
from tui.panes.facts import Fact, Facts, moment, state, words
from tui.panes.spelling import called, short_type
from tui.screens.modal import Modal
from tui.text import legible
from tui.widgets.entries import Entries, Line
from tui.widgets.json_nodes import JsonPath, value_text
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.sheet import Sheet
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from backend.rules.explaining import Explanation
    from backend.rules.verdict import Reason

_VALUE = 400
"""Characters of a value that can come to show in a line."""
_FEWEST, _AROUND = 3, 17
"""Rows that the reasons have at least, and those that everything else takes where the terminal is narrow."""


class VerdictScreen(Modal[None]):
    """The verdict with its reasons; a reason leads to the property in the item."""

    PLACE = "verdict"
    DEFAULT_CSS = """
    VerdictScreen { align: center middle; background: $background 50%; }
    VerdictScreen Sheet { width: 110; }
    VerdictScreen #verdict-note { height: auto; padding: 0 1; margin-top: 1; color: $text-muted; }
    VerdictScreen Entries { height: auto; margin-top: 1; }
    VerdictScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,w", "leave", "Close", id="verdict.leave", show=False)]

    def __init__(self, workspace: Workspace, found: Evaluation) -> None:
        super().__init__()
        self._workspace = workspace
        self._found = found
        self._facts = Facts()
        self._lines = Entries(names=9, id="verdict-reasons")
        self._note = Static(Content("asking the rule …"), id="verdict-note")
        self._item: ConfigurationItem | None = None

    @property
    def key(self) -> ResourceKey:
        return ResourceKey(self._found.resource_type, self._found.resource_id)

    def fit(self, size: Size) -> None:
        self._lines.styles.max_height = max(_FEWEST, size.height - _AROUND)

    def compose(self) -> ComposeResult:
        yield Sheet(
            f"Why {self._found.rule} says so",
            self._facts,
            self._lines,
            self._note,
            KeyBar([Hint("enter", "show in the item"), Hint("y", "copy"), Hint("esc", "close")]),
        )

    def on_mount(self) -> None:
        self._facts.show(list(self._told()))
        self._lines.focus()
        session = self._workspace.session
        if session is not None:
            begin(self, partial(self._load, session), "verdict")

    async def _load(self, session: Session) -> None:
        try:
            item = await self._item_of(session)
            if item is None:
                self._say("No item tells of this: the rule asked the service itself, or judges the account as a whole.")
                return
            self._item = item
            if session.compliance is None:
                self._say("There are no rules here.")
                return
            self._show(await session.compliance.explain(self._found.rule, item, self._workspace.now()))
        except Problem as problem:
            self._workspace.remember("why a verdict was given", problem)
            self._say(str(problem), "$text-error")

    async def _item_of(self, session: Session) -> ConfigurationItem | None:
        """The item that the verdict speaks of."""
        if session.resources is None:
            return None
        at = self._workspace.selection.moment
        if at is not None:
            return await session.resources.as_of(self.key, at)
        return await session.resources.item(self.key)

    def _say(self, text: str, style: str = "$text-muted") -> None:
        self._note.update(Content.styled(legible(text), style))

    def _told(self) -> Iterator[Fact]:
        zone, now = self._workspace.zone, self._workspace.now()
        yield Fact("verdict", state(self._found.compliance, glyphs.of(self.app)))
        name = legible(called(self.key, self._workspace.names))
        yield Fact("resource", Content.assemble((f"{short_type(self.key.resource_type)} ", "$text-muted"), name))
        if self._found.annotation:
            yield Fact("reason", words(self._found.annotation))
        yield moment("since", self._found.recorded_time, now, zone)

    def _show(self, told: Explanation) -> None:
        if told.obstacle:
            self._say(f"The rule cannot be asked here: {told.obstacle}")
            return
        facts = [*self._told(), Fact("the rule", words(told.decides))]
        parameters = ", ".join(f"{name} = {value}" for name, value in sorted(told.rule.parameters.items()))
        if parameters:
            facts.append(Fact("parameters", words(parameters)))
        self._facts.show(facts)
        self._lines.show(list(self._reasons(told)))
        self._say(self._remark(told))

    def _reasons(self, told: Explanation) -> Iterator[Line]:
        signs = glyphs.of(self.app)
        for number, reason in enumerate(told.verdict.reasons):
            section = "" if number else "decided"
            if not reason.path:
                yield Line(Content(legible(f"there should be {reason.expected}")), section)
                continue
            path = self._place(reason)
            yield Line(Content.styled(legible(reason.path), "bold"), section, path)
            found = "not set" if reason.found is None else value_text(reason.found)[:_VALUE]
            yield Line(Content.assemble((f"  {signs.minus} is ", "$text-error"), legible(found)))
            yield Line(Content.assemble((f"  {signs.plus} expected ", "$text-success"), legible(reason.expected)))

    def _place(self, reason: Reason) -> JsonPath | None:
        """Where the property stands in the item's fields: as near as there is something."""
        if self._item is None:
            return None
        return resolved(reason.path, dict(fields(self._item)))

    def _remark(self, told: Explanation) -> str:
        said = told.verdict.compliance
        if said == "INSUFFICIENT_DATA":
            return told.verdict.annotation
        if said != self._found.compliance:
            return f"Asked of this item now, the rule says {said}: it, the item or what lies around changed since."
        if not told.verdict.reasons:
            return "Nothing speaks against the resource." if said == "COMPLIANT" else told.verdict.annotation
        return "Asked again here, of this item."

    @on(Entries.Chosen)
    def chosen(self, event: Entries.Chosen) -> None:
        """A reason leads to the property in the item."""
        event.stop()
        if not isinstance(event.goes_to, tuple):
            return
        from tui.screens.item import ItemScreen

        path: JsonPath = event.goes_to
        self._workspace.selection.choose(self.key)
        behind = self.app.screen_stack[-2]
        self.dismiss(None)
        if isinstance(behind, ItemScreen):
            behind.show_field(path)
            return
        page = ItemScreen(self._workspace, glyphs.of(self.app))
        page.show_field(path)
        self.app.push_screen(page)

    def copy_text(self) -> str:
        """All of it as text."""
        reasons = "\n".join(line.content.plain for line in self._lines.entries)
        return f"{self._found.rule}\n{self._facts.text()}\n{reasons}"

    def action_leave(self) -> None:
        self.dismiss(None)


def resolved(dotted: str, value: Json) -> JsonPath:
    """A dotted path as steps through a value, as far as they lead; names may hold dots themselves."""
    steps: list[str | int] = []
    parts = dotted.split(".")
    while parts:
        found = _step(parts, value)
        if found is None:
            break
        step, used = found
        steps.append(step)
        value = value[step]
        parts = parts[used:]
    return tuple(steps)


def _step(parts: list[str], value: Json) -> tuple[str | int, int] | None:
    if isinstance(value, list):
        place = int(parts[0]) if parts[0].isdecimal() else -1
        return (place, 1) if 0 <= place < len(value) else None
    if isinstance(value, dict):
        for used in range(1, len(parts) + 1):
            name = ".".join(parts[:used])
            if name in value:
                return name, used
    return None
