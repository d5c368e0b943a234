"""The form of a rule with a Guard policy of one's own: its text, told where it cannot be read, and its types."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import TextArea

from backend.files.rule_files import read_text
from backend.model.item import Document
from backend.model.problem import BadInput
from tui.panes.spelling import counted, short_type
from tui.rule_drafts import Draft, Finding, RuleDraft, policy_source, puttable, rule_definition
from tui.screens.form import Row
from tui.screens.line import LineScreen
from tui.screens.putting import PutScreen
from tui.widgets.choice import Choice
from tui.widgets.key_bar import Hint
from tui.widgets.plain_input import PlainInput
from tui.work import begin
from tui.workspace import Workspace

EXAMPLE = """\
rule tagged when resourceType exists {
    tags.Owner exists <<every resource has an owner>>
}
"""
ANY, SOME = "any", "some"


class PutPolicyScreen(PutScreen):
    """A new rule with a policy, or one that is there to be changed."""

    PLACE: ClassVar[str] = "put-policy"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "load", "Load a file", id="form.load", show=False, priority=True)
    ]
    extra_hints = (Hint("^l", "load"), Hint("^r", "put"))

    def __init__(
        self,
        workspace: Workspace,
        go: Callable[[Draft], None],
        *,
        before: Document | None = None,
        names: Iterable[str] = (),
        types: Sequence[str] = (),
    ) -> None:
        """`types` are those that can be chosen; `before` is the rule as it is, for a change."""
        title = f"Change {before.get('ConfigRuleName')}" if before is not None else "Put a rule of your own (Guard)"
        super().__init__(workspace, title, go)
        self._before = puttable(before) if before is not None else None
        told = self._before or {}
        self._source: Document = told.get("Source") or {}
        self._names = frozenset(names)
        self._known = tuple(types)
        self._chosen = tuple((told.get("Scope") or {}).get("ComplianceResourceTypes") or ())
        self._called = PlainInput(
            str(told.get("ConfigRuleName") or ""),
            placeholder="required",
            id="put-name",
            select_on_focus=False,
            disabled=before is not None,
        )
        self._types = Choice(((ANY, "every type"), (SOME, "only these …")), SOME if self._chosen else ANY)
        self._description = PlainInput(
            str(told.get("Description") or ""), placeholder="none", id="put-description", select_on_focus=False
        )
        details: Document = self._source.get("CustomPolicyDetails") or {}
        self._policy = TextArea(str(details.get("PolicyText") or EXAMPLE), id="put-text", show_line_numbers=True)

    def rows(self) -> Iterable[Widget]:
        yield Row("name", self._called)
        yield Row("judges", self._types)
        yield Row("description", self._description)
        yield self._policy

    def on_mount(self) -> None:
        super().on_mount()
        (self._policy if self._called.disabled else self._called).focus()
        self._note()

    # Types

    def chosen(self) -> None:
        self._note()

    def _note(self) -> None:
        names = ", ".join(map(short_type, self._chosen))
        told = f"{counted(len(self._chosen), 'type')}: {names}" if names else "enter chooses them"
        self._types.say(told if self._types.value == SOME else "")

    def choose_more(self, choice: Choice) -> bool:
        if choice.value != SOME:
            return False

        self.choose_types("Types that it judges", self._known, self._chosen, self._take)
        return True

    def _take(self, types: tuple[str, ...]) -> None:
        self._chosen = types

    # A file

    def action_load(self) -> None:
        """Ask for a file, and take its text over."""

        def done(path: str | None) -> None:
            if path:
                begin(self, lambda: self.load(path), "policy-file")

        self.app.push_screen(LineScreen("load", hint="the path of a Guard policy"), done)

    async def load(self, path: str) -> None:
        """Take over the text of a file; where that cannot be, say why."""
        try:
            self._policy.text = await asyncio.to_thread(read_text, Path(path.strip()))
        except BadInput as problem:
            self.refused(str(problem))
            return
        if not self._called.value.strip():
            self._called.value = Path(path).stem

    # What it says

    def draft(self) -> RuleDraft:
        types = self._chosen if self._types.value == SOME else ()
        unfinished: tuple[Finding, ...] = ()
        if self._types.value == SOME and not types:
            unfinished = (Finding("bad", "judges", "No type is chosen: enter on it chooses some."),)
        before: Document = (self._before or {}).get("Scope") or {}
        scope: Document = {"ComplianceResourceTypes": list(types)} if types else {}
        # An id or a tag, which this form has no fields for, stays as it is; an id is of one type.
        if types == tuple(before.get("ComplianceResourceTypes") or ()):
            scope = before
        definition = rule_definition(
            self._called.value.strip(),
            policy_source(self._policy.text, self._source),
            description=self._description.value.strip(),
            scope=scope,
        )
        return RuleDraft(definition, self._before, self._names, self._workspace.clock is not None, unfinished)
