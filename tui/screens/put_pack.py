"""The form of a conformance pack: the file of its template, its parameters, and what comes of each of its rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.containers import Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from backend.rules.packs.template import TemplateParameter
from tui.rule_drafts import Draft, PackDraft, Template, read_template
from tui.screens.form import Row
from tui.screens.putting import PutScreen
from tui.text import legible
from tui.widgets.choice import Choice
from tui.widgets.plain_input import PlainInput
from tui.work import begin
from tui.workspace import Workspace


class PutPackScreen(PutScreen):
    """A new pack, or another template for one that is there."""

    PLACE: ClassVar[str] = "put-pack"

    def __init__(
        self, workspace: Workspace, go: Callable[[Draft], None], *, path: str = "", names: Iterable[str] = ()
    ) -> None:
        """`names` are those of the packs that are there."""
        super().__init__(workspace, "Put a conformance pack", go)
        self._names = frozenset(names)
        self._template = Template(problem="Name the file of a template: YAML or JSON.")
        self._reading: Timer | None = None
        self._path = PlainInput(path, placeholder="path of the template", id="put-path", select_on_focus=False)
        self._called = PlainInput(placeholder="required", id="put-name", select_on_focus=False)
        self._named = ""
        """The name that the file gave; another one was typed."""
        self._parameters: dict[str, PlainInput | Choice] = {}
        self._box = Vertical(classes="form--more")

    def rows(self) -> Iterable[Widget]:
        yield Row("template", self._path)
        yield Row("name", self._called)
        yield self._box

    def on_mount(self) -> None:
        super().on_mount()
        self._path.focus()
        if self._path.value:
            begin(self, self._read, "template")

    @on(Input.Changed, "#put-path")
    def path_typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._reading is not None:
            self._reading.stop()
        self._reading = self.set_timer(self.pause, lambda: begin(self, self._read, "template"))

    async def _read(self) -> None:
        """Read the template that is named, and have a field for each of its parameters."""
        template = await asyncio.to_thread(read_template, self._path.value)
        if template.parameters != self._template.parameters:
            kept = {name: field.value for name, field in self._parameters.items()}
            self._parameters = {
                each.name: _field(each, kept.get(each.name, each.default or "")) for each in template.parameters
            }
            await self._box.remove_children()
            await self._box.mount(*(Row(name, field) for name, field in self._parameters.items()))
            self.widen_labels()
        self._template = template
        if template.text and self._called.value in ("", self._named) and template.path is not None:
            self._named = _pack_name(template.path.stem)
            self._called.value = self._named
        self.changed()

    async def _put(self) -> None:
        await self._read()  # the file may be another one than when it was named
        await super()._put()

    def draft(self) -> PackDraft:
        given = {name: field.value.strip() for name, field in self._parameters.items() if field.value.strip()}
        local = self._workspace.clock is not None
        return PackDraft(self._called.value.strip(), self._template, given, self._names, local)

    def note_of(self, field: Widget) -> str:
        found = next((each for each in self._template.parameters if self._parameters.get(each.name) is field), None)
        if found is None:
            return ""
        told = f"{found.name}: {found.kind}"
        default = f", {found.default} when nothing is given" if found.default is not None else ", required"
        return f"{told}{default}{f'. {found.description}' if found.description else ''}"


def _field(parameter: TemplateParameter, value: str) -> PlainInput | Choice:
    """The field of a parameter of a template."""
    if parameter.allowed:
        words = [(each, each) for each in parameter.allowed]
        if parameter.default is None:
            words.insert(0, ("", "choose one"))
        return Choice(words, value if value in parameter.allowed else words[0][0])
    hint = parameter.kind if parameter.default is not None else f"{parameter.kind}, required"
    return PlainInput(value, placeholder=legible(hint), select_on_focus=False)


def _pack_name(stem: str) -> str:
    """A name that the service takes, out of the name of a file."""
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in stem).strip("-")
    return kept if kept[:1].isalpha() else f"pack-{kept}".rstrip("-")
