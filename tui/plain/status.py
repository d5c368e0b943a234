"""`configscope status`: does the recorder record, do deliveries arrive, what is broken."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from backend.client.session import Session
from backend.connect import Connection
from backend.model.compliance import Rule
from backend.model.delivery import ChannelStatus, DeliveryChannel, DeliveryState
from backend.model.item import Document, Json
from backend.model.moment import Moment, to_iso
from backend.model.problem import Problem
from backend.model.recorder import Recorder
from tui.plain.output import Format, say, write_json, write_rows

T = TypeVar("T")

HEALTHY, PROBLEM, UNHEALTHY = 0, 1, 3
"""Exit codes: all is well; a part could not be asked; the recorder is off or a delivery fails."""

_COLUMNS = ("what", "state", "detail")


@dataclass
class Findings:
    """What the parts answered; a part that could not be asked is in `problems`."""

    recorder: Recorder | None = None
    channel: DeliveryChannel | None = None
    deliveries: ChannelStatus | None = None
    rules: list[Rule] = field(default_factory=list)
    problems: dict[str, Problem] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """What is wrong, as sentences. Broken rules are no fault of AWS Config."""
        return [*self._recorder_faults(), *self._delivery_faults()]

    def _recorder_faults(self) -> list[str]:
        recorder = self.recorder
        if "recorder" in self.problems:
            return []
        if recorder is None:
            return ["This region has no recorder."]
        if not recorder.recording:
            return [f"The recorder {recorder.name} is stopped."]
        if recorder.last_status == "FAILURE":
            return [f"The recorder {recorder.name} fails: {recorder.last_error_code} {recorder.last_error_message}"]
        return []

    def _delivery_faults(self) -> list[str]:
        faults = []
        if self.channel is None and "channel" not in self.problems:
            faults.append("This region has no delivery channel.")
        for name, state in _states(self.deliveries):
            if state.status == "FAILURE":
                faults.append(f"The delivery of the {name} fails: {state.error_code} {state.error_message}".strip())
        return faults


async def status(connection: Connection, form: Format) -> int:
    """Print the state of AWS Config; the exit code says it too."""
    session = connection.session
    findings = await gather(session)
    if form is Format.JSON:
        write_json(as_document(session, findings))
    else:
        write_rows(form, _COLUMNS, as_rows(session, findings))
    for sentence in dict.fromkeys(map(str, findings.problems.values())):  # expired credentials stop every part
        say(sentence)
    for fault in findings.faults:
        say(fault)
    if findings.problems:
        return PROBLEM
    return UNHEALTHY if findings.faults else HEALTHY


async def gather(session: Session) -> Findings:
    """Ask all parts at once; one that is refused does not keep the others from answering."""
    findings = Findings()

    async def part(name: str, asking: Awaitable[T], otherwise: T) -> T:
        try:
            return await asking
        except Problem as problem:
            findings.problems[name] = problem
            return otherwise

    if session.recorder is None or session.delivery is None or session.compliance is None:
        return findings
    findings.recorder, findings.channel, findings.deliveries, findings.rules = await asyncio.gather(
        part("recorder", session.recorder.get(), None),
        part("channel", session.delivery.channel(), None),
        part("deliveries", session.delivery.status(), None),
        part("rules", session.compliance.rules(), []),
    )
    findings.problems = dict(sorted(findings.problems.items()))  # not as they happened to come in
    return findings


def as_rows(session: Session, findings: Findings) -> list[tuple[str, str, str]]:
    """The findings as lines of subject, state and detail."""
    rows = [("account", session.account, f"{session.region}, as {session.who}")]
    rows.append(("recorder", *_unless(findings, "recorder", _recorder(findings.recorder))))
    rows.append(("channel", *_unless(findings, "channel", _channel(findings.channel))))
    if "deliveries" in findings.problems:
        rows.append(("deliveries", *_unless(findings, "deliveries", ("", ""))))
    rows.extend((name, state.status or "NONE", _delivery(state)) for name, state in _states(findings.deliveries))
    rows.append(("rules", *_unless(findings, "rules", _rules(findings.rules))))
    return rows


def as_document(session: Session, findings: Findings) -> Document:
    """The findings as JSON; times in ISO 8601 and UTC."""
    return {
        "account": session.account,
        "region": session.region,
        "who": session.who,
        "recorder": _plain(findings.recorder),
        "channel": _plain(findings.channel),
        "deliveries": {name: _plain(state) for name, state in _states(findings.deliveries)},
        "rules": None if "rules" in findings.problems else _counted(findings.rules),
        "faults": findings.faults,
        "problems": {name: str(problem) for name, problem in findings.problems.items()},
        "healthy": not findings.faults and not findings.problems,
    }


def _states(status: ChannelStatus | None) -> list[tuple[str, DeliveryState]]:
    if status is None:
        return []
    return [("snapshot", status.snapshot), ("history", status.history), ("stream", status.stream)]


def _unless(findings: Findings, part: str, line: tuple[str, str]) -> tuple[str, str]:
    problem = findings.problems.get(part)
    return ("UNKNOWN", problem.why or problem.what) if problem else line


def _recorder(recorder: Recorder | None) -> tuple[str, str]:
    if recorder is None:
        return "MISSING", "no recorder in this region"
    if not recorder.recording:
        return "STOPPED", _join(recorder.name, _since("since", recorder.last_stop_time))
    state = "FAILURE" if recorder.last_status == "FAILURE" else "RECORDING"
    trouble = f"{recorder.last_error_code} {recorder.last_error_message}".strip()
    return state, _join(recorder.name, _since("since", recorder.last_start_time), trouble)


def _channel(channel: DeliveryChannel | None) -> tuple[str, str]:
    if channel is None:
        return "MISSING", "no delivery channel in this region"
    bucket = f"s3://{channel.bucket}" + (f"/{channel.prefix}" if channel.prefix else "")
    topic = f"topic {channel.topic_arn.rpartition(':')[2]}" if channel.topic_arn else "no topic"
    frequency = f"snapshots {channel.frequency}" if channel.frequency else "no periodic snapshots"
    return "SET", _join(channel.name, bucket, topic, frequency)


def _delivery(state: DeliveryState) -> str:
    return _join(
        _since("last tried", state.last_attempt) if state.status == "FAILURE" else "",
        _since("last delivered", state.last_success),
        _since("changed", state.status_changed),
        _since("next", state.next_delivery),
        f"{state.error_code} {state.error_message}".strip(),
    )


def _rules(rules: list[Rule]) -> tuple[str, str]:
    counted = _counted(rules)
    broken = counted["NON_COMPLIANT"]
    state = "NON_COMPLIANT" if broken else "COMPLIANT" if counted["COMPLIANT"] else "NONE"
    words = {"COMPLIANT": "compliant", "NON_COMPLIANT": "non-compliant", "INSUFFICIENT_DATA": "without data"}
    return state, _join(*(f"{counted[word]} {text}" for word, text in words.items()))


def _counted(rules: list[Rule]) -> dict[str, int]:
    counter = Counter(rule.compliance for rule in rules)
    first = ("COMPLIANT", "NON_COMPLIANT", "INSUFFICIENT_DATA")
    return {word: counter[word] for word in dict.fromkeys([*first, *sorted(counter)])}


def _since(word: str, moment: Moment | None) -> str:
    return f"{word} {to_iso(moment)}" if moment is not None else ""


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


_TIMES = frozenset(
    {"last_start_time", "last_stop_time", "last_status_change_time"}
    | {"last_attempt", "last_success", "next_delivery", "status_changed"}
)


def _plain(value: msgspec.Struct | None) -> Json:
    """A struct as JSON, with its moments as times."""
    if value is None:
        return None
    document: Document = msgspec.to_builtins(value)
    return {name: to_iso(part) if name in _TIMES and part is not None else part for name, part in document.items()}
