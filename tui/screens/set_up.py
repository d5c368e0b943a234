"""Setting AWS Config up: what is recorded, where it goes and with which role, in one form (PRM-01, CHN-01, REC-04).

Below the form stands, in turn, what was checked, the two documents, and the commands that do the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from backend.model import setup
from backend.model.channel_document import write_channel
from backend.model.delivery import FREQUENCIES
from backend.model.item import Document
from backend.model.problem import Problem
from backend.model.recorder import RecordingGroup
from backend.model.recorder_document import write_recorder
from backend.model.setup import BAD, GOOD, Check, Plan
from tui import exporting, glyphs
from tui.equivalents import aws
from tui.panes.delivery import frequency_words
from tui.panes.spelling import counted, short_type
from tui.plans import read_documents
from tui.screens.form import SAME_COMMAND, FormScreen, Row, command_lines, document_lines
from tui.screens.line import LineScreen
from tui.widgets.choice import Choice
from tui.widgets.key_bar import Hint
from tui.widgets.plain_input import PlainInput
from tui.workspace import Workspace

ALL, BUT, ONLY = "ALL_SUPPORTED_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES"
_SUBJECT = 8
"""Columns that what was checked takes."""

_TEXTS = (
    ("role", "role", "ARN of the role that AWS Config acts with"),
    ("recorder", "recorder", "default"),
    ("bucket", "bucket", "config-bucket-…"),
    ("prefix", "prefix", "none"),
    ("topic", "topic", "none: no messages are sent; a name or an ARN"),
    ("channel", "channel", "default"),
)
"""Field id, label, and what stands in the empty field."""


class SetUpScreen(FormScreen):
    """The form. `go` is what enter does with the plan; nothing is changed by the form itself."""

    PLACE = "set-up"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="set_up.save", show=False, priority=True),
        Binding("ctrl+l", "load", "Load", id="set_up.load", show=False, priority=True),
        Binding("ctrl+r", "check", "Check again", id="set_up.check", show=False, priority=True),
    ]
    extra_hints = (Hint("^s", "save"), Hint("^l", "load"))
    pause = 0.6
    # Longer than in other forms: the account is asked each time.

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
        super().__init__(workspace, "Set up AWS Config", "set up")
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
        self._checks: list[Check] = []
        self._checking = False
        self._steps: list[tuple[str, str]] = []
        self._fill(plan)

    def rows(self) -> Iterable[Widget]:
        labels = {"types": "records", "global": "global", "often": "record", "frequency": "snapshots"}
        labels |= {field: label for field, label, _ in _TEXTS}
        order = ("types", "global", "often", "role", "recorder", "bucket", "prefix", "topic", "frequency", "channel")
        fields = {**self._choices, **self._texts}
        return [Row(labels[field], fields[field]) for field in order]

    def on_mount(self) -> None:
        super().on_mount()
        for field in ("recorder", "channel"):
            self._texts[field].disabled = self._exists
        self._choices["types"].focus()
        self.chosen()

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

    def chosen(self) -> None:
        # What the choices say beside their words.
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

    def changed(self) -> None:
        self._steps = []
        self._checks = []
        self._checking = True
        self.show()
        super().changed()

    def action_check(self) -> None:
        """Look everything up now."""
        self.look_through()

    async def look(self) -> list[Check]:
        """What the checks find; shown as they come. Of two that run at once, the later one is shown."""
        plan = self.plan
        found = list(setup.flaws(plan))
        self._checks, self._checking = found, True
        session = self._workspace.session
        self.show()
        part = session.setup if session is not None else None
        if part is not None and not found:
            async for check in part.checks(plan):
                found.append(check)
                self.show()
        if self._checks is found:
            self._checking = False
            self.show()
        return list(found)

    # Showing

    def show_steps(self, steps: Sequence[tuple[str, str]]) -> None:
        """How far the set-up is: a state (`good`, `bad`, `waiting`, `off`) and a sentence for each step."""
        self._steps = list(steps)
        self.turn_to("checks")

    def views(self) -> Mapping[str, Callable[[], list[Content]]]:
        return {"checks": self._told_checks, "documents": self._told_documents, "commands": self._told_commands}

    def _told_checks(self) -> list[Content]:
        signs = glyphs.of(self.app)
        lines = [self.finding(state, "", text) for state, text in self._steps]
        if self._steps:
            lines.append(Content(""))
        for check in self._checks:
            lines.append(self.finding(check.state, check.subject, check.told, check.remedy, column=_SUBJECT))
        if self._checking:
            lines.append(Content.styled(f"{signs.waiting} looking …", "$text-muted"))
        elif self.may_change:
            missing = any(check.repair is not None and check.state == BAD for check in self._checks)
            what = "enter makes what is missing, asks for each, and then sets up" if missing else "enter sets up"
            lines.append(Content.styled(f"{what}; nothing is done without being asked for", "$text-muted"))
        else:
            lines.append(Content.styled("Read-only: ^n shows the documents and commands that do it", "$text-muted"))
        return lines

    def _told_documents(self) -> list[Content]:
        lines = []
        for name, document in self.documents().items():
            lines += [Content.styled(name, "$text-accent bold"), *document_lines(document)]
        return lines

    def _told_commands(self) -> list[Content]:
        lines = [Content.styled(SAME_COMMAND, "$text-muted")]
        for command in self.commands():
            lines += command_lines(command)
        repairs = [check.repair for check in self._checks if check.repair is not None and check.state != GOOD]
        if repairs:
            lines += [Content(""), Content.styled("Before it, what is missing:", "$text-muted")]
        for repair in repairs:
            lines += command_lines(self.repair_command(repair))
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

    def put(self) -> None:
        flaws = list(setup.flaws(self.plan))
        if flaws:
            self._checks, self._checking = flaws, False
            self.turn_to("checks")
        elif self.may_change:
            self.turn_to("checks")
            self._go(self.plan)
        else:
            self.turn_to("commands")

    def choose_more(self, choice: Choice) -> bool:
        if choice is not self._choices["types"] or choice.value == ALL:
            return False
        strategy = choice.value

        def take(types: tuple[str, ...]) -> None:
            self._chosen[strategy] = types

        title = "Types that are recorded" if strategy == ONLY else "Types that are left out"
        self.choose_types(title, self._known_types, self._chosen[strategy], take, self._counts)
        return True

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
        self.chosen()
        self.changed()
        what = " and ".join(filter(None, ("the recorder" if recorder else "", "the channel" if channel else "")))
        self._say(f"Loaded {what} from {Path(path).name}; nothing is changed yet.")

    def _say(self, text: str) -> None:
        self.show_steps([("good", text)])

    def copy_text(self) -> str:
        """All commands, ready for a shell."""
        return "\n".join(self.commands())


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))
