"""A rule in full: who judges, what, with which parameters, when it runs, how its last passes went, and
what the function of a custom rule printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from backend.model.compliance import FunctionLog, Remedy, Rule
from backend.model.moment import Moment
from backend.model.problem import Problem
from tui import glyphs, times
from tui.panes.compliance_views import judge_words, next_run, trigger_words
from tui.panes.facts import Fact, Facts, moment, state, words
from tui.screens.modal import Modal
from tui.widgets.json_nodes import value_text
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.scroll import Scroll
from tui.widgets.sheet import Sheet
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import CompliancePart


_LOG = "Log of its function"
_DURATION = re.compile(r"\bDuration: (\d[\d.]* ms)")


class RuleScreen(Modal[bool]):
    """The rule, to be read and copied; answers True when it is to be changed."""

    PLACE = "rule"
    DEFAULT_CSS = """
    RuleScreen { align: center middle; background: $background 50%; }
    RuleScreen Sheet { width: 110; }
    RuleScreen KeyBar { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,i", "leave", "Close", id="rule.leave", show=False),
        Binding("c", "change", "Change", id="rule.change", show=False),
    ]

    def __init__(self, workspace: Workspace, rule: Rule) -> None:
        super().__init__()
        self._workspace = workspace
        self._rule = rule
        self._facts = Facts()
        self._remedy: list[Fact] = []
        self._more: Sequence[Fact] = ()

    def compose(self) -> ComposeResult:
        yield Sheet(
            self._rule.name,
            Scroll(self._facts),
            KeyBar([Hint("↑ ↓", "scroll"), Hint("y", "copy"), *self._change_hint, Hint("esc", "close")]),
        )

    def on_mount(self) -> None:
        self._show(())
        self.query_one(VerticalScroll).focus()
        session = self._workspace.session
        if session is not None and session.compliance is not None:
            begin(self, partial(self._load_remedy, session.compliance), "rule-remedy")
        if self._rule.owner == "CUSTOM_LAMBDA" and session is not None and session.compliance is not None:
            self._show([Fact(""), Fact(_LOG), words_over("asking CloudWatch Logs …")])
            begin(self, partial(self._load_log, session.compliance), "rule-log")

    async def _load_remedy(self, part: CompliancePart) -> None:
        try:
            remedy = await part.remedy(self._rule.name)
        except Problem as problem:
            self._workspace.remember("the remediation of a rule", problem)
            return
        if remedy is not None:
            self._remedy = list(remedy_facts(remedy))
            self._show(self._more)

    async def _load_log(self, part: CompliancePart) -> None:
        try:
            log = await part.log(self._rule)
        except Problem as problem:
            self._workspace.remember("the log of a rule", problem)
            self._show([Fact(""), Fact(_LOG), words_over(str(problem), "$text-error")])
            return
        self._show(list(log_facts(log, self._workspace.now(), self._workspace.zone)) if log is not None else ())

    def _show(self, more: Sequence[Fact]) -> None:
        verdict = state(self._rule.compliance, glyphs.of(self.app))
        now, zone = self._workspace.now(), self._workspace.zone
        self._more = more
        self._facts.show([*facts_of(self._rule, verdict, now, zone), *self._remedy, *more])

    def copy_text(self) -> str:
        """All of it as text."""
        return f"{self._rule.name}\n{self._facts.text()}"

    def action_leave(self) -> None:
        self.dismiss(False)

    @property
    def _change_hint(self) -> list[Hint]:
        return [Hint("c", "change")] if self._workspace.circumstances.has_account else []

    def action_change(self) -> None:
        if self._change_hint:
            self.dismiss(True)


def facts_of(rule: Rule, verdict: Content, now: Moment, zone: times.Zone) -> Iterator[Fact]:
    """All that is known of a rule."""
    yield Fact("verdict", verdict)
    if rule.last_error_message or rule.last_error_code:
        yield Fact("error", words(f"{rule.last_error_code}: {rule.last_error_message}", "$text-error"))
    if rule.recorded_only:
        yield moment("evaluated", rule.last_evaluation, now, zone)
        yield Fact("")
        yield words_over("Only its verdicts were recorded: what it checks, with what and when, is not known.")
        return
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
    if rule.last_failure is not None:
        yield moment("failed", rule.last_failure, now, zone)
    following = next_run(rule)
    if following is not None:
        yield moment("next run", following, now, zone)
    elif rule.periodic:
        yield Fact("next run", words("not known: it has not run yet"))
    else:
        yield Fact("next run", words("when a resource changes"))
    yield Fact("state", words(rule.state))
    yield Fact("ARN", words(rule.arn))


def remedy_facts(remedy: Remedy) -> Iterator[Fact]:
    """What is to be done with what breaks the rule, and how that went."""
    how = "by itself" if remedy.automatic else "when somebody asks for it"
    yield Fact("remedy", words(f"{remedy.document}, {how}"))
    for number, parameter in enumerate(remedy.parameters):
        yield Fact(" " if number else "  with", words(parameter))
    if remedy.states:
        yield Fact("  went", words(", ".join(f"{count:,} {state}" for state, count in sorted(remedy.states.items()))))
    if remedy.error:
        yield Fact(" ", words(remedy.error, "$text-error"))


def log_facts(log: FunctionLog, now: Moment, zone: times.Zone) -> Iterator[Fact]:
    """What the function of a rule printed last, and where all of it is."""
    yield Fact("")
    yield Fact(_LOG)
    yield words_over(f"CloudWatch Logs in {log.region}, group {log.group}", "$text-muted")
    if not log.lines:
        yield words_over("Nothing is kept there: the function was not called, or wrote nothing.", "$text-warning")
        yield words_over("A local world runs functions only with --allow-lambda DIR.", "$text-muted")
    for line in log.lines:
        told = _log_words(line.text)
        if told is not None:
            yield Fact("", Content.assemble((f"{times.short(line.at, now, zone)} ", "$text-muted"), told))


def _log_words(text: str) -> Content | None:
    """A line of a function's log; of the lines that Lambda puts around a call only what a person wants to know."""
    if text.startswith("END RequestId"):
        return None
    if text.startswith("START RequestId: "):
        return words(f"── call {text.split()[2]}", "$text-muted")
    duration = _DURATION.search(text) if text.startswith("REPORT RequestId") else None
    if duration is not None:
        return words(f"took {duration[1]}", "$text-muted")
    return words(text.expandtabs(2), "$text-error" if text.startswith("[ERROR]") else "")


def words_over(text: str, style: str = "") -> Fact:
    """Words over the whole width."""
    return Fact("", words(text, style))


def _parameters(rule: Rule) -> list[tuple[str, str]]:
    try:
        held = msgspec.json.decode(rule.parameters or "{}")
    except msgspec.DecodeError:
        held = None
    if not isinstance(held, dict):
        return [("input", rule.parameters)]
    return [(str(name), value_text(value)) for name, value in held.items()]
