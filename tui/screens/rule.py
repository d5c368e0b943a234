"""A rule in full: who judges, what, with which parameters, when it runs, and how its last passes went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from backend.model.compliance import Rule
from backend.model.moment import Moment
from tui import glyphs, times
from tui.panes.compliance_views import judge_words, next_run, trigger_words
from tui.panes.facts import Fact, Facts, moment, state, words
from tui.screens.modal import Modal
from tui.widgets.json_nodes import value_text
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.sheet import Sheet
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult


class RuleScreen(Modal[None]):
    """The rule; only to be read and copied."""

    PLACE = "rule"
    DEFAULT_CSS = """
    RuleScreen { align: center middle; background: $background 50%; }
    RuleScreen Sheet { width: 110; }
    RuleScreen VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    RuleScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,i", "leave", "Close", id="rule.leave", show=False)]

    def __init__(self, workspace: Workspace, rule: Rule) -> None:
        super().__init__()
        self._workspace = workspace
        self._rule = rule
        self._facts = Facts()

    def compose(self) -> ComposeResult:
        yield Sheet(
            self._rule.name,
            VerticalScroll(self._facts),
            KeyBar([Hint("↑ ↓", "scroll"), Hint("y", "copy"), Hint("esc", "close")]),
        )

    def on_mount(self) -> None:
        verdict = state(self._rule.compliance, glyphs.of(self.app))
        self._facts.show(list(facts_of(self._rule, verdict, self._workspace.now(), self._workspace.zone)))
        self.query_one(VerticalScroll).focus()

    def copy_text(self) -> str:
        """All of it as text."""
        return f"{self._rule.name}\n{self._facts.text()}"

    def action_leave(self) -> None:
        self.dismiss(None)


def facts_of(rule: Rule, verdict: Content, now: Moment, zone: times.Zone) -> Iterator[Fact]:
    """All that is known of a rule."""
    yield Fact("verdict", verdict)
    if rule.last_error_message or rule.last_error_code:
        yield Fact("error", words(f"{rule.last_error_code}: {rule.last_error_message}", "$text-error"))
    yield Fact("checks", words(rule.description))
    yield Fact("judged by", words(judge_words(rule)))
    yield Fact("judges", words(", ".join(rule.scope_types) or "every resource that it knows"))
    parameters = _parameters(rule)
    if not parameters:
        yield Fact("parameters", Content.styled("none", "$text-muted"))
    for number, (name, value) in enumerate(parameters):
        yield Fact(" " if number else "parameters", words(f"{name} = {value}"))
    yield Fact("runs", words(trigger_words(rule)))
    yield moment("last run", rule.last_invocation, now, zone)
    yield moment("evaluated", rule.last_evaluation, now, zone)
    following = next_run(rule)
    if following is not None:
        yield moment("next run", following, now, zone)
    elif rule.periodic:
        yield Fact("next run", words("not known: it has not run yet"))
    else:
        yield Fact("next run", words("when a resource changes"))
    yield Fact("state", words(rule.state))
    yield Fact("ARN", words(rule.arn))


def _parameters(rule: Rule) -> list[tuple[str, str]]:
    try:
        held = msgspec.json.decode(rule.parameters or "{}")
    except msgspec.DecodeError:
        held = None
    if not isinstance(held, dict):
        return [("input", rule.parameters)]
    return [(str(name), value_text(value)) for name, value in held.items()]
