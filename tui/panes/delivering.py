"""A snapshot that was asked for, on its way: started, completed, seen in the bucket, or failed (SNP-11, SNP-12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from backend.model.delivery import ChannelStatus, StoredObject
from backend.model.moment import SECOND, Moment
from backend.model.stream import StreamMessage
from tui import times
from tui.glyphs import Glyphs
from tui.panes.facts import Fact, words
from tui.panes.spelling import size

_STRAGGLERS = 15 * SECOND
"""How long after the asking messages are waited for, when the object is there already."""
_STARTED = "ConfigurationSnapshotDeliveryStarted"
_COMPLETED = "ConfigurationSnapshotDeliveryCompleted"
_FAILED = "ConfigurationSnapshotDeliveryFailed"


@dataclass(slots=True)
class Delivering:
    """One delivery; the moments are those of AWS, or None for what was not seen yet."""

    snapshot_id: str
    asked: Moment
    started: Moment | None = None
    completed: Moment | None = None
    stored: StoredObject | None = None
    failure: str = ""
    announced: bool = False
    """Whether its end was told."""

    @property
    def ended(self) -> bool:
        """Nothing more will happen: it failed, or its object is there."""
        return bool(self.failure) or self.stored is not None

    def awaits(self, now: Moment) -> bool:
        """Whether there is more to learn: messages of the stream come some seconds after the object."""
        return not self.announced or (self.started is None and not self.failure and now - self.asked < _STRAGGLERS)

    def learn(
        self,
        messages: Sequence[StreamMessage],
        status: ChannelStatus | None,
        objects: Sequence[StoredObject],
    ) -> None:
        """Take over what stream, status and bucket tell of it."""
        for message in messages:
            if message.document.get("configSnapshotId") != self.snapshot_id:
                continue
            if message.message_type == _STARTED:
                self.started = message.time
            elif message.message_type == _COMPLETED:
                self.completed = message.time
            elif message.message_type == _FAILED:
                code, text = (str(message.document.get(name) or "") for name in ("errorCode", "errorMessage"))
                self.failure = ": ".join(filter(None, (code, text))) or "AWS gave no reason"
        self.stored = next((one for one in objects if self.snapshot_id in one.key), self.stored)
        if status is not None:
            self._learn_status(status)

    def _learn_status(self, status: ChannelStatus) -> None:
        """The status tells of the newest attempt, whichever it is: it counts from the moment of asking on."""
        snapshot = status.snapshot
        tried = snapshot.last_attempt
        if tried is None or tried + SECOND < self.asked:
            return
        if snapshot.status.upper() == "FAILURE" and self.stored is None:
            self.failure = self.failure or ": ".join(filter(None, (snapshot.error_code, snapshot.error_message)))
        elif snapshot.status.upper() == "SUCCESS" and self.completed is None:
            self.completed = snapshot.last_success

    def facts(self, now: Moment, signs: Glyphs, zone: times.Zone) -> Iterator[Fact]:
        """The steps, one a line, with the time that each took from the asking on."""
        yield Fact(
            "asked for", Content.assemble(words(self.snapshot_id), (f"  {times.ago(self.asked, now)}", "$text-muted"))
        )
        yield self._step(
            "started", self.started, signs, zone, passed=self.completed is not None or self.stored is not None
        )
        if self.failure:
            yield Fact(
                "failed", Content.assemble((f"{signs.bad} ", "$text-error bold"), words(self.failure, "$text-error"))
            )
            return
        yield self._step("completed", self.completed, signs, zone, passed=self.stored is not None)
        seen = self.stored
        told = f"  {size(seen.size)}, enter opens it" if seen is not None else ""
        yield self._step(
            "in bucket", seen.modified if seen is not None else None, signs, zone, told, passed=seen is not None
        )

    def brief(self, signs: Glyphs) -> Fact:
        """The same in one line."""
        if self.failure:
            return Fact("asked for", Content.styled(f"{signs.bad} did not arrive", "$text-error bold"))
        completed = self.completed is not None or self.stored is not None
        steps = (("started", self.started is not None or completed), ("completed", completed), ("there", self.ended))
        done = " ".join(f"{signs.good if passed else signs.waiting} {step}" for step, passed in steps)
        return Fact("asked for", Content.styled(done, "$text-success" if self.ended else "$text-warning"))

    def _step(
        self, label: str, at: Moment | None, signs: Glyphs, zone: times.Zone, more: str = "", *, passed: bool = False
    ) -> Fact:
        if at is None and not passed:
            return Fact(label, Content.styled(f"{signs.waiting} not seen yet", "$text-warning"))
        after = (
            f"{times.stated(at, zone)}  after {times.length(at - self.asked)}"
            if at is not None
            else "passed; the stream tells when, once it is read"
        )
        return Fact(label, Content.assemble((f"{signs.good} ", "$text-success"), after, (more, "$text-muted")))
