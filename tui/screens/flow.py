"""The flow of a rule: what set its last pass off, how it went, what it found and whom it told, with the time of each
step as far as it is known (RUL-15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from backend.model.compliance import Evaluation, Rule
from backend.model.moment import Moment
from backend.model.problem import Problem
from backend.model.stream import StreamMessage
from tui import glyphs, times
from tui.glyphs import Glyphs
from tui.panes.compliance_views import next_run, parameter_words, trigger_words
from tui.panes.spelling import counted, short_type
from tui.screens.title import TitleBar
from tui.text import legible
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.scroll import Scroll
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of a pass: what it is called, what is known of it, and when it was."""

    name: str
    told: tuple[str, ...]
    at: Moment | None = None
    style: str = ""


def steps_of(
    rule: Rule, verdicts: Sequence[Evaluation], messages: Sequence[StreamMessage], now: Moment
) -> list[FlowStep]:
    """The steps of the last pass of a rule. A time that nothing tells is left open, never made up."""
    scope = ", ".join(map(short_type, rule.scope_types)) or "every resource that it knows"
    parameters = parameter_words(rule)
    following = next_run(rule)
    newest = max((one.recorded_time or 0 for one in verdicts), default=0) or None
    invoked = max((one.invoked_time or 0 for one in verdicts), default=0) or rule.last_invocation
    bad = [one for one in verdicts if one.compliance == "NON_COMPLIANT"]
    said = [message for message in messages if message.rule == rule.name]
    changed = max((m.time for m in said if m.message_type == "ComplianceChangeNotification"), default=None)
    trigger = [f"runs {trigger_words(rule)}", f"judges {scope}"]
    if following is not None:
        trigger.append(f"next {times.ago(following, now)}")
    evaluation = [f"{rule.owner or 'AWS'} {rule.identifier}".strip()]
    if parameters:
        evaluation.append(f"with {parameters}")
    if rule.last_error_code or rule.last_error_message:
        evaluation.append(f"{rule.last_error_code}: {rule.last_error_message}")
    result = [
        f"{rule.compliance.lower().replace('_', ' ')}: {counted(len(bad), 'resource')} of {len(verdicts)} break it"
    ]
    if verdicts and not bad:
        result = [f"{rule.compliance.lower().replace('_', ' ')}: {counted(len(verdicts), 'resource')} keep it"]
    elif not verdicts:
        result = ["no verdict is kept"]
    told = [f"{counted(len(said), 'message')} about this rule in the stream"] if said else []
    told.append(
        "a message goes out only when a verdict changes" if not changed else "the verdict of a resource changed"
    )
    return [
        FlowStep("Trigger", tuple(trigger), invoked),
        FlowStep("Evaluation", tuple(evaluation), rule.last_evaluation, "$text-error" if rule.last_error_code else ""),
        FlowStep("Result", tuple(result), newest, "$text-error" if bad else "$text-success" if verdicts else ""),
        FlowStep("Notification", tuple(told), changed),
    ]


class FlowScreen(Screen[None]):
    """The four steps, one below the other, joined by arrows."""

    PLACE = "flow"
    DEFAULT_CSS = """
    FlowScreen { layout: vertical; }
    FlowScreen #flow-heading {
        height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
    }
    FlowScreen VerticalScroll { height: 1fr; padding: 0 2; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Out", id="flow.leave", show=False)]

    def __init__(self, workspace: Workspace, rule: Rule) -> None:
        super().__init__()
        self._workspace = workspace
        self._rule = rule
        self._steps: list[FlowStep] = []
        self._body = Static(Content("…"))

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield Static(Content.assemble("the flow of ", (legible(self._rule.name), "bold")), id="flow-heading")
        yield Scroll(self._body)
        yield KeyBar([Hint("y", "copy"), Hint("e", "export"), Hint("esc", "out")])

    def on_mount(self) -> None:
        session = self._workspace.session
        if session is not None:
            begin(self, partial(self._load, session), "flow")

    async def _load(self, session: Session) -> None:
        try:
            verdicts = await session.compliance.details(self._rule.name, ()) if session.compliance is not None else []
            messages = await session.stream.recent() if session.stream is not None else []
        except Problem as problem:
            self._workspace.remember("the flow of a rule", problem)
            self._body.update(Content.styled(legible(str(problem)), "$text-error"))
            return
        now = self._workspace.now()
        self._steps = steps_of(self._rule, verdicts, messages, now)
        self._body.update(drawn(self._steps, now, self._workspace.zone, glyphs.of(self.app)))

    def copy_text(self) -> str:
        """The flow as text."""
        return drawn(self._steps, self._workspace.now(), self._workspace.zone, glyphs.of(self.app)).plain

    @property
    def export_name(self) -> str:
        """What an exported file is named for."""
        return f"flow of {self._rule.name}"

    def export(self) -> tuple[str, str]:
        """The flow as text."""
        return "txt", self.copy_text()

    def action_leave(self) -> None:
        self.dismiss()


def drawn(steps: Sequence[FlowStep], now: Moment, zone: times.Zone, signs: Glyphs) -> Content:
    """The steps as a diagram in text."""
    parts: list[Content] = [Content("")]
    for number, step in enumerate(steps, start=1):
        when = f"{times.stated(step.at, zone)}  {times.ago(step.at, now)}" if step.at is not None else "time not known"
        known = "$text-muted" if step.at is not None else "$text-warning"
        parts.append(Content.assemble((f"{number} {step.name:<13}", "bold $text-accent"), (when, known)))
        parts += [Content.assemble(f"{signs.trunk}   ", (legible(told), step.style)) for told in step.told]
        if number < len(steps):
            parts.append(Content.styled(signs.trunk, "$text-muted"))
            parts.append(Content.styled(signs.unfolded, "$text-accent"))
    return Content("\n").join(parts)
