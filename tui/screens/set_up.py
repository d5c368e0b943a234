"""Setting AWS Config up: what is recorded, where it goes and with which role, in one form (PRM-01, CHN-01, REC-04).

Below the form stands, in turn, what was checked, the two documents, and the commands that do the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static

from backend.client.session import Session
from backend.model import setup
from backend.model.channel_document import read_channel, write_channel
from backend.model.delivery import FREQUENCIES, DeliveryChannel
from backend.model.item import Document
from backend.model.problem import BadInput, Problem
from backend.model.recorder import Recorder, RecordingGroup
from backend.model.recorder_document import read_recorder, write_recorder
from backend.model.setup import BAD, GOOD, Check, Plan
from tui import exporting, glyphs
from tui.equivalents import aws
from tui.panes.delivery import frequency_words
from tui.panes.spelling import counted, short_type
from tui.restyling import flip
from tui.screens.line import LineScreen
from tui.screens.title import TitleBar
from tui.screens.types import TypesScreen
from tui.text import legible
from tui.widgets.choice import Choice
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.plain_input import PlainInput
from tui.work import begin
from tui.workspace import Workspace

BESIDE = 130
"""From this many columns on the checks stand beside the form, not below."""
PAUSE = 0.6
"""Seconds after the last key until what was typed is looked up."""

ALL, BUT, ONLY = "ALL_SUPPORTED_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES"
_VIEWS = ("checks", "documents", "commands")

_TEXTS = (
    ("role", "role", "ARN of the role that AWS Config acts with"),
    ("recorder", "recorder", "default"),
    ("bucket", "bucket", "config-bucket-…"),
    ("prefix", "prefix", "none"),
    ("topic", "topic", "none: no messages are sent; a name or an ARN"),
    ("channel", "channel", "default"),
)
"""Field id, label, and what stands in the empty field."""


class SetUpScreen(Screen[None]):
    """The form. `go` is what enter does with the plan; nothing is changed by the form itself."""

    PLACE = "set-up"
    DEFAULT_CSS = """
    SetUpScreen { layout: vertical; }
    SetUpScreen #set-up-heading { height: 1; padding: 0 1; background: $surface; text-style: bold; }
    SetUpScreen #set-up-body { layout: vertical; height: 1fr; }
    SetUpScreen #set-up-form { height: auto; }
    SetUpScreen #set-up-form Horizontal { height: 1; }
    SetUpScreen .set-up--label { width: 12; padding: 0 1; color: $text-muted; }
    SetUpScreen PlainInput { padding: 0 1; background: $panel; }
    SetUpScreen PlainInput:focus { padding: 0 1; background: $primary-muted; }
    SetUpScreen VerticalScroll { height: 1fr; border-top: solid $panel-lighten-1; scrollbar-size-vertical: 1; }
    SetUpScreen VerticalScroll:focus { border-top: solid $accent; }
    SetUpScreen #set-up-told { height: auto; padding: 0 1; }
    SetUpScreen.-beside #set-up-body { layout: horizontal; }
    SetUpScreen.-beside #set-up-form { width: 1fr; }
    SetUpScreen.-beside VerticalScroll {
        width: 1fr; height: 1fr; border-top: none; border-left: solid $panel-lighten-1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="set_up.leave", show=False),
        Binding("down", "app.focus_next", "Next field", id="set_up.next", show=False),
        Binding("up", "app.focus_previous", "Previous field", id="set_up.previous", show=False),
        Binding("ctrl+n", "turn", "Next view", id="set_up.view", show=False, priority=True),
        Binding("ctrl+s", "save", "Save", id="set_up.save", show=False, priority=True),
        Binding("ctrl+l", "load", "Load", id="set_up.load", show=False, priority=True),
        Binding("ctrl+r", "check", "Check again", id="set_up.check", show=False, priority=True),
    ]

    def __init__(
        self,
        workspace: Workspace,
        plan: Plan,
        *,
        exists: bool,
        types: Sequence[str],
        counts: Mapping[str, int] | None,
        go: Callable[[Plan], None],
        problem: Callable[[Problem], None],
    ) -> None:
        """`exists` when there is a recorder already: its name, and the channel's, then cannot be changed."""
        super().__init__()
        self._workspace = workspace
        self._before = plan
        self._exists = exists
        self._known_types = types
        self._counts = counts
        self._go = go
        self._problem = problem
        self._chosen: dict[str, tuple[str, ...]] = {}
        self._choices = {
            "types": Choice(((ALL, "all types"), (BUT, "all types but …"), (ONLY, "only these …")), ALL),
            "global": Choice((("yes", "with IAM"), ("no", "without IAM")), "yes"),
            "often": Choice((("CONTINUOUS", "every change"), ("DAILY", "once a day")), "CONTINUOUS"),
            "frequency": Choice(
                (("", "on demand only"), *((name, frequency_words(name)) for name in FREQUENCIES)), "TwentyFour_Hours"
            ),
        }
        self._texts = {
            field: PlainInput(placeholder=hint, id=f"set-up-{field}", select_on_focus=False)
            for field, _, hint in _TEXTS
        }
        self._told = Static(Content(""), id="set-up-told")
        self._scroll = VerticalScroll(self._told)
        self._view = "checks"
        self._checks: list[Check] = []
        self._checking = False
        self._steps: list[tuple[str, str]] = []
        self._timer: Timer | None = None
        self._fill(plan)

    def compose(self) -> ComposeResult:
        session = self._workspace.session
        region = session.region if session is not None else ""
        yield TitleBar(self._workspace)
        yield Static(Content(f"Set up AWS Config in {legible(region)}"), id="set-up-heading")
        labels = {"types": "records", "global": "global", "often": "record", "frequency": "snapshots"}
        order = ("types", "global", "often", "role", "recorder", "bucket", "prefix", "topic", "frequency", "channel")
        labels |= {field: label for field, label, _ in _TEXTS}
        fields = {**self._choices, **self._texts}
        rows = [
            Horizontal(Static(labels[field], classes="set-up--label", markup=False), fields[field]) for field in order
        ]
        yield Vertical(Vertical(*rows, id="set-up-form"), self._scroll, id="set-up-body")
        yield KeyBar(
            [
                Hint("enter", "set up" if self._may_change else "nothing: read-only"),
                Hint("tab", "next"),
                Hint("← →", "choose"),
                Hint("^n", "documents, commands"),
                Hint("^s", "save"),
                Hint("^l", "load"),
                Hint("esc", "leave"),
            ]
        )

    def on_mount(self) -> None:
        for widget in self._texts.values():
            widget.cursor_blink = False
        for field in ("recorder", "channel"):
            self._texts[field].disabled = self._exists
        self._choices["types"].focus()
        self._notes()
        self.action_check()

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)
        self._show()

    @property
    def _may_change(self) -> bool:
        return not self._workspace.circumstances.read_only

    # The plan

    def _fill(self, plan: Plan) -> None:
        recorder, channel = plan.recorder, plan.channel
        group = recorder.group
        self._chosen = {ONLY: group.resource_types, BUT: group.excluded_types}
        values = {
            "types": group.strategy,
            "global": "yes" if group.include_global or group.strategy != ALL else "no",
            "often": recorder.frequency,
            "frequency": channel.frequency or "",
        }
        for field, value in values.items():
            self._choices[field].put(value)
        texts = {
            "role": recorder.role_arn,
            "recorder": recorder.name,
            "bucket": channel.bucket,
            "prefix": channel.prefix or "",
            "topic": channel.topic_arn or "",
            "channel": channel.name,
        }
        for field, text in texts.items():
            with self._texts[field].prevent(Input.Changed):
                self._texts[field].value = text

    @property
    def plan(self) -> Plan:
        """What the form says now."""
        before = self._before
        text = {field: widget.value.strip() for field, widget in self._texts.items()}
        strategy = self._choices["types"].value
        group = RecordingGroup(
            all_supported=strategy == ALL,
            include_global=strategy == ALL and self._choices["global"].value == "yes",
            resource_types=self._chosen[ONLY] if strategy == ONLY else (),
            excluded_types=self._chosen[BUT] if strategy == BUT else (),
            strategy=strategy,
        )
        recorder = replace(
            before.recorder,
            name=text["recorder"],
            role_arn=text["role"],
            group=group,
            frequency=self._choices["often"].value,
        )
        channel = replace(
            before.channel,
            name=text["channel"],
            bucket=text["bucket"],
            prefix=text["prefix"].strip("/") or None,
            topic_arn=setup.topic_arn(text["topic"], before.account, before.region),
            frequency=self._choices["frequency"].value or None,
        )
        return Plan(recorder=recorder, channel=channel, account=before.account, region=before.region)

    def _notes(self) -> None:
        """What the choices say beside their words."""
        strategy = self._choices["types"].value
        chosen = self._chosen.get(strategy, ())
        names = ", ".join(map(short_type, chosen))
        self._choices["types"].say(
            f"{counted(len(chosen), 'type')}: {names}" if chosen else "" if strategy == ALL else "enter chooses them"
        )
        self._choices["global"].say(
            "users, groups, roles and policies; one region of the account is enough"
            if strategy == ALL
            else "as the list of types says"
        )
        daily = self._choices["often"].value == "DAILY"
        self._choices["often"].say("the last state of a day" if daily else "")

    # Checking

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        event.stop()
        self._changed()

    @on(Choice.Changed)
    def turned(self, event: Choice.Changed) -> None:
        event.stop()
        self._notes()
        self._changed()

    def _changed(self) -> None:
        self._steps = []
        self._checks = []
        self._checking = True
        self._show()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, self.action_check)

    def action_check(self) -> None:
        """Look everything up now."""
        begin(self, self.check, "set-up")

    async def check(self) -> list[Check]:
        """What the checks find; shown as they come. Of two that run at once, the later one is shown."""
        plan = self.plan
        found = list(setup.flaws(plan))
        self._checks, self._checking = found, True
        session = self._workspace.session
        self._show()
        part = session.setup if session is not None else None
        if part is not None and not found:
            async for check in part.checks(plan):
                found.append(check)
                self._show()
        if self._checks is found:
            self._checking = False
            self._show()
        return list(found)

    # Showing

    def show_steps(self, steps: Sequence[tuple[str, str]]) -> None:
        """How far the set-up is: a state (`good`, `bad`, `waiting`, `off`) and a sentence for each step."""
        self._steps, self._view = list(steps), "checks"
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        views = {"checks": self._told_checks, "documents": self._told_documents, "commands": self._told_commands}
        self._told.update(Content("\n").join(views[self._view]()))

    def _told_checks(self) -> list[Content]:
        signs = glyphs.of(self.app)
        styles = {"good": "$text-success", "bad": "$text-error bold", "unknown": "$text-warning"}
        lines = []
        for state, text in self._steps:
            sign = getattr(signs, state)
            lines.append(Content.assemble((f"{sign} ", styles.get(state, "$text-muted")), legible(text)))
        if self._steps:
            lines.append(Content(""))
        for check in self._checks:
            remedy = f". {legible(check.remedy)}" if check.remedy else ""
            lines.append(
                Content.assemble(
                    (f"{getattr(signs, check.state)} ", styles[check.state]),
                    (f"{check.subject:<8} ", "$text-muted"),
                    legible(check.told),
                    (remedy, "$text-muted"),
                )
            )
        if self._checking:
            lines.append(Content.styled(f"{signs.waiting} looking …", "$text-muted"))
        elif self._may_change:
            missing = any(check.repair is not None and check.state == BAD for check in self._checks)
            what = "enter makes what is missing, asks for each, and then sets up" if missing else "enter sets up"
            lines.append(Content.styled(f"{what}; nothing is done without being asked for", "$text-muted"))
        else:
            lines.append(Content.styled("Read-only: ^n shows the documents and commands that do it", "$text-muted"))
        return lines

    def _told_documents(self) -> list[Content]:
        lines = []
        for name, document in self.documents().items():
            lines.append(Content.styled(name, "$text-accent bold"))
            lines += [Content(legible(line)) for line in json.dumps(document, indent=2).splitlines()]
        return lines

    def _told_commands(self) -> list[Content]:
        lines = [Content.styled("The same on the command line:", "$text-muted")]
        for command in self.commands():
            lines += [Content.styled(legible(line), "$text-accent") for line in command.splitlines()]
        repairs = [check.repair for check in self._checks if check.repair is not None and check.state != GOOD]
        if repairs:
            lines += [Content(""), Content.styled("Before it, what is missing:", "$text-muted")]
            for repair in repairs:
                command = self.repair_command(repair)
                lines += [Content.styled(legible(line), "$text-accent") for line in command.splitlines()]
        return lines

    def documents(self) -> dict[str, Document]:
        """The two documents by the names that people give their files."""
        plan = self.plan
        return {
            "configurationRecorder.json": write_recorder(plan.recorder),
            "deliveryChannel.json": write_channel(plan.channel),
        }

    def commands(self) -> list[str]:
        """The commands of the set-up, in order."""
        plan = self.plan
        connection = self._workspace.connection
        url = connection.url if connection else None
        document = write_recorder(plan.recorder)
        group = document.pop("recordingGroup")
        told = [
            (
                "put-configuration-recorder",
                {"configuration-recorder": _compact(document), "recording-group": _compact(group)},
            ),
            ("put-delivery-channel", {"delivery-channel": _compact(write_channel(plan.channel))}),
            ("start-configuration-recorder", {"configuration-recorder-name": plan.recorder.name}),
        ]
        return [aws(name, arguments, region=plan.region, endpoint_url=url) for name, arguments in told]

    def repair_command(self, repair: setup.Repair) -> str:
        """The command of a repair."""
        from tui.equivalents import call

        connection = self._workspace.connection
        url = connection.url if connection else None
        return call(repair.service, repair.operation, repair.params, region=self.plan.region, endpoint_url=url)

    # What the person does

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.begin()

    @on(Choice.Entered)
    def entered_choice(self, event: Choice.Entered) -> None:
        event.stop()
        choice = event.choice
        if choice is self._choices["types"] and choice.value != ALL:
            self._choose_types(choice.value)
        else:
            self.begin()

    def begin(self) -> None:
        """Do it, if it may be done."""
        flaws = list(setup.flaws(self.plan))
        self._view = "checks"
        if flaws:
            self._checks, self._checking = flaws, False
            self._show()
        elif self._may_change:
            self._go(self.plan)
        else:
            self._view = "commands"
            self._show()

    def _choose_types(self, strategy: str) -> None:
        title = "Types that are recorded" if strategy == ONLY else "Types that are left out"

        def chosen(types: tuple[str, ...] | None) -> None:
            if types is not None:
                self._chosen[strategy] = types
                self._notes()
                self._changed()

        page = TypesScreen(self._workspace, title, self._known_types, self._chosen[strategy], self._counts)
        self.app.push_screen(page, chosen)

    def action_turn(self) -> None:
        """The next view: checks, documents, commands."""
        self._view = _VIEWS[(_VIEWS.index(self._view) + 1) % len(_VIEWS)]
        self._scroll.scroll_home(animate=False)
        self._show()

    def action_save(self) -> None:
        """Write both documents to the working folder; nothing is written over."""
        try:
            written = [
                exporting.write(name, "json", json.dumps(document, indent=2), 0, name)
                for name, document in self.documents().items()
            ]
        except Problem as problem:
            self._problem(problem)
            return
        self._say(f"Written: {', '.join(path.name for path in written)} in {written[0].parent}")

    def action_load(self) -> None:
        """Ask for a file and take over what it says."""

        def done(path: str | None) -> None:
            if path:
                self.load(path)

        hint = "deliveryChannel.json, configurationRecorder.json, or what describe-… answered"
        self.app.push_screen(LineScreen("load", hint=hint), done)

    def load(self, path: str) -> None:
        """Take over a recorder or a channel, or both, out of a file."""
        try:
            recorder, channel = read_documents(path)
        except Problem as problem:
            self._problem(problem)
            return
        plan = self.plan
        if recorder is not None:
            name = plan.recorder.name if self._exists else recorder.name or plan.recorder.name
            self._before = replace(plan, recorder=replace(recorder, name=name))
        if channel is not None:
            name = plan.channel.name if self._exists else channel.name or plan.channel.name
            self._before = replace(self._before if recorder else plan, channel=replace(channel, name=name))
        self._fill(self._before)
        self._notes()
        self._changed()
        what = " and ".join(filter(None, ("the recorder" if recorder else "", "the channel" if channel else "")))
        self._say(f"Loaded {what} from {Path(path).name}; nothing is changed yet.")

    def _say(self, text: str) -> None:
        self._steps = [("good", text)]
        self._view = "checks"
        self._show()

    def copy_text(self) -> str:
        """All commands, ready for a shell."""
        return "\n".join(self.commands())

    def action_leave(self) -> None:
        self.dismiss()


def read_documents(name: str) -> tuple[Recorder | None, DeliveryChannel | None]:
    """A recorder and a channel in a file, as put or as described. Raises `BadInput`."""
    path = Path(name).expanduser()
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path} cannot be read", error.strerror or "") from error
    except ValueError as error:
        raise BadInput(f"{path} is no JSON", str(error)) from error
    recorder = _part(found, ("ConfigurationRecorders", "ConfigurationRecorder"), "roleARN", "recordingGroup")
    channel = _part(found, ("DeliveryChannels", "DeliveryChannel"), "s3BucketName")
    if recorder is None and channel is None:
        raise BadInput(
            f"{path.name} holds neither a recorder nor a delivery channel",
            "",
            "A channel has s3BucketName, a recorder has roleARN",
        )
    try:
        return read_recorder(recorder, {}) if recorder else None, read_channel(channel) if channel else None
    except (AttributeError, TypeError) as error:
        raise BadInput(f"{path.name} is not formed like a recorder or channel", str(error)) from error


def _part(found: object, wrappings: Sequence[str], *members: str) -> Document | None:
    if not isinstance(found, dict):
        return None
    lower = {str(name).lower(): value for name, value in found.items()}
    for name in wrappings:
        inner = lower.get(name.lower())
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(inner, dict):
            return inner
    return found if any(member in found for member in members) else None


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def first_plan(session: Session, recorder: Recorder | None, channel: DeliveryChannel | None) -> Plan:
    """What the form begins with: what is there, else what AWS and the lab of the README use."""
    return Plan(
        recorder=recorder
        or Recorder(
            name="default",
            role_arn=setup.linked_role(session.account),
            group=RecordingGroup(include_global=True),
        ),
        channel=channel
        or DeliveryChannel(
            name="default",
            bucket=f"config-bucket-{session.account}",
            topic_arn=setup.topic_arn("config-topic", session.account, session.region),
            frequency="TwentyFour_Hours",
        ),
        account=session.account,
        region=session.region,
    )
