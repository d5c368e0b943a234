"""The recorder pane: is anything recorded, what, since when, and how many resources of each type (REC-11)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from backend.model.moment import Moment
from backend.model.problem import Denied, Refused
from backend.model.recorder import LinkedRecorder, Recorder, RecordingGroup
from tui.glyphs import Glyphs
from tui.panes.facts import NOTHING, Fact, Facts, moment, state, words
from tui.panes.pane import Pane
from tui.panes.spelling import counted, kind, short_type
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import RecorderPart, Session

_BAR = 8
"""Cells of the longest bar beside the counts."""
_COUNT = 6
"""Cells of a count and the blank behind it."""


_LINKED = "AWSConfigurationRecorderFor"
"""How the names of the recorders of AWS services begin."""


class RecorderPane(Pane):
    """The one customer recorder of the region, and what it has found."""

    LOADS_HIDDEN = True

    DEFAULT_CSS = """
    RecorderPane VerticalScroll { scrollbar-size-vertical: 1; }
    """

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self.recorder: Recorder | None = None
        self._linked: tuple[LinkedRecorder, ...] = ()
        self._refusal = ""
        """Why the recorders of AWS services could not be listed; told once, not at every load."""
        self._counts: Mapping[str, int] | None = None
        """None until they are known."""
        self._facts = Facts()
        self._types = Facts(values=_COUNT + _BAR)
        self._scroll = VerticalScroll(self._facts, self._types)

    def body(self) -> ComposeResult:
        yield self._scroll

    def main_part(self) -> Widget:
        return self._scroll

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    async def load(self, session: Session) -> None:
        if session.recorder is not None:
            self.recorder = await session.recorder.get()
            self.show()
            self._linked = await self._others(session.recorder)
        if session.resources is not None:
            self._counts = await session.resources.counts()
        if session.recorder is None:
            self._show_file()
        else:
            self.show()

    async def _others(self, part: RecorderPart) -> tuple[LinkedRecorder, ...]:
        """The recorders of AWS services; who may not list them, or cannot, sees the customer's all the same."""
        try:
            return await part.linked()
        except (Denied, Refused) as problem:
            if str(problem) != self._refusal:
                self._refusal = str(problem)
                self.workspace.remember(self.pane_name, problem)
            return ()

    def _tick(self) -> None:
        """Ages grow while nothing else happens."""
        if self.recorder is not None and self.is_on_screen:
            self._show_facts(self.recorder)

    def _show_facts(self, recorder: Recorder) -> None:
        facts = recorder_facts(recorder, self.workspace.now(), self.signs)
        self._facts.show([*facts, *linked_facts(self._linked)])

    def show(self) -> None:
        """Show the recorder as last fetched, with ages of this moment."""
        if self.recorder is None:
            nothing = Fact("", Content("There is no recorder in this region: nothing is recorded."))
            self._facts.show([nothing, *linked_facts(self._linked)])
            none = Content(f"{self.signs.off} none").stylize("$text-warning")
            self.retitle(none, none[:1])
        else:
            self._show_facts(self.recorder)
            told = on_or_off(self.recorder, self.signs)
            self.retitle(told, told[:1])
        self._types.show(list(count_facts(self._counts)) if self._counts is not None else [])

    def _show_file(self) -> None:
        self._facts.show([Fact("", Content("A file has no recorder. It holds:").stylize("$text-muted"))])
        self._types.show(list(count_facts(self._counts or {})))
        self.retitle(Content(f"{self.signs.off} file").stylize("$text-muted"))

    def copy_text(self) -> str:
        return self.recorder.role_arn if self.recorder else ""

    def export(self) -> tuple[str, str]:
        """The recorder as DescribeConfigurationRecorders tells it, and the counts."""
        recorder = self.recorder
        return "json", json.dumps(
            {
                "recorder": None
                if recorder is None
                else {
                    "name": recorder.name,
                    "roleARN": recorder.role_arn,
                    "recording": recorder.recording,
                    "lastStatus": recorder.last_status,
                    "recordingGroup": {
                        "allSupported": recorder.group.all_supported,
                        "includeGlobalResourceTypes": recorder.group.include_global,
                        "resourceTypes": list(recorder.group.resource_types),
                        "exclusionByResourceTypes": {"resourceTypes": list(recorder.group.excluded_types)},
                        "recordingStrategy": {"useOnly": recorder.group.strategy},
                    },
                    "recordingMode": {
                        "recordingFrequency": recorder.frequency,
                        "recordingModeOverrides": [
                            {"resourceTypes": list(each.resource_types), "recordingFrequency": each.frequency}
                            for each in recorder.overrides
                        ],
                    },
                },
                "serviceLinkedRecorders": [
                    {"name": each.name, "servicePrincipal": each.principal} for each in self._linked
                ],
                "resourceCounts": dict(self._counts or {}),
            },
            indent=2,
        )


def on_or_off(recorder: Recorder, signs: Glyphs) -> Content:
    """Recording or not, by sign, word and colour."""
    if not recorder.recording:
        return Content(f"{signs.off} stopped").stylize("$text-warning bold")
    if recorder.last_status.upper() == "FAILURE":
        return Content(f"{signs.bad} recording fails").stylize("$text-error bold")
    return Content(f"{signs.on} recording").stylize("$text-success bold")


def recorder_facts(recorder: Recorder, now: Moment, signs: Glyphs) -> Iterator[Fact]:
    """The facts of a recorder, the most asked first."""
    yield Fact("name", Content.assemble(words(recorder.name), "  ", on_or_off(recorder, signs)))
    yield Fact("status", state(recorder.last_status, signs))
    if recorder.last_error_code or recorder.last_error_message:
        yield Fact("error", words(f"{recorder.last_error_code} {recorder.last_error_message}".strip(), "$text-error"))
    yield moment("started", recorder.last_start_time, now)
    if recorder.last_stop_time is not None:
        yield moment("stopped", recorder.last_stop_time, now)
    yield Fact("records", group_words(recorder.group))
    if recorder.overrides or recorder.frequency not in ("", "CONTINUOUS"):
        yield Fact("frequency", Content("; ").join(mode_words(recorder)))
    yield Fact("role", words(recorder.role_arn), short=(words(recorder.role_arn.rpartition("/")[2]),), middle=True)


def mode_words(recorder: Recorder) -> Iterator[Content]:
    """How often a recorder records: its own frequency, then that of the types which have another."""
    yield words(recorder.frequency.lower())
    for override in recorder.overrides:
        types = words(", ".join(map(short_type, override.resource_types)))
        yield Content.assemble(words(override.frequency.lower()), " for ", types)


def linked_facts(linked: Sequence[LinkedRecorder]) -> Iterator[Fact]:
    """The recorders of AWS services, which the customer cannot change."""
    names = [each.name.removeprefix(_LINKED) for each in linked]
    if names:
        yield Fact("linked", words(", ".join(names)), short=(words(counted(len(names), "AWS service")),))


def group_words(group: RecordingGroup) -> Content:
    """The recording group as a sentence."""
    if group.excluded_types:
        return Content.assemble("all types but ", words(", ".join(short_type(name) for name in group.excluded_types)))
    if group.all_supported:
        return Content("all types + global" if group.include_global else "all types but global")
    if not group.resource_types:
        return NOTHING
    return Content.assemble("only ", words(", ".join(short_type(name) for name in group.resource_types)))


def count_facts(counts: Mapping[str, int]) -> Iterator[Fact]:
    """The counts of each type with a bar, the largest first."""
    total = sum(counts.values())
    yield Fact("")
    yield Fact(f"{counted(total, 'resource')} of {counted(len(counts), 'type')}")
    most = max(counts.values(), default=0)
    for resource_type, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        bar = "▇" * max(1, round(_BAR * count / most)) if count else ""
        told = Content.assemble(f"{count:>5,} ", (bar, "$primary"))
        yield Fact(short_type(resource_type), told, tight=kind(resource_type))
