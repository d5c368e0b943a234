"""The stream pane: what AWS Config says as it happens, the newest at the foot (STR-10), and alarms on it (STR-11)."""

from __future__ import annotations

import json
import time
from bisect import insort
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from backend.model.delivery import DeliveryState
from backend.model.item import ResourceKey
from backend.model.moment import DAY, Moment, to_iso
from backend.model.problem import Problem
from backend.model.stream import StreamMessage
from tui import times
from tui.panes import stream_views as views
from tui.panes.facts import sign, style_of
from tui.panes.pane import Pane
from tui.panes.spelling import called, kind
from tui.panes.stream_views import VIEWS, Alarms
from tui.plain.output import csv_text
from tui.restyling import flip
from tui.text import legible, visible
from tui.widgets.columns import Column
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from tui.selection import View

KEPT = 3_000
"""Messages kept on screen; the oldest go first."""
SLACK = 500
"""Messages beyond those before the oldest are let go, so that it is not done with every message."""

POLLS = 50
"""Polls at most in one go: a queue that fills as fast as it is read must not keep the pane from anything else."""

LOOK_AT_TOPIC = 10.0
"""Seconds between two looks at whether AWS Config can deliver to the topic at all."""

NARROW = 100
"""Below this many columns change and rule have no columns of their own: message and resource say them."""
_TIME = Column("time", "time", width=8)
_SAID = Column("said", "message", width=18)
_RESOURCE = Column("resource", "resource", minimum=16, weight=3, shorten="middle")
_FEW = (_TIME, _SAID, _RESOURCE)
_WIDE = (
    _TIME,
    _SAID,
    Column("change", "change", width=16),
    _RESOURCE,
    Column("rule", "rule", minimum=10, weight=2, shorten="middle"),
)
_VERDICTS = ("NON_COMPLIANT", "COMPLIANT", "NOT_APPLICABLE", "INSUFFICIENT_DATA")

_NO_STREAM = "There is no stream here."
_NO_VIEW = {
    "all": "Nothing was said yet. Change a resource or deliver a snapshot (d): it is told here.",
    "items": "No item changed yet.",
    "compliance": "No verdict changed yet: rules speak when a verdict becomes another one.",
    "deliveries": "Nothing was delivered yet: d in the delivery pane asks for a snapshot.",
    "failures": "Nothing failed, and nothing newly breaks a rule.",
}


class StreamPane(Pane):
    """The tail of the stream, with a filter, views, a follow flag and alarms."""

    LOADS_HIDDEN = True

    DEFAULT_CSS = """
    StreamPane #stream-how { height: auto; padding: 0 1; display: none; }
    StreamPane.-nowhere #stream-how { display: block; }
    StreamPane.-nowhere #stream-messages { height: 1; }
    """

    class MessageOpened(Message):
        """A message is to be shown in full; `found` are those in the list, of which it is the one at `index`."""

        def __init__(self, found: Sequence[StreamMessage], index: int) -> None:
            super().__init__()
            self.found = found
            self.index = index

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self.messages: list[StreamMessage] = []
        self.following = True
        self.view = "all"
        self.alarms = Alarms(workspace.names)
        self._shown: list[StreamMessage] = []
        self._ids: set[str] = set()
        self._filter = ""
        self._wanted = views.Wanted()
        self._unseen = 0
        self._since: Moment | None = None
        """From when on a message is news; earlier ones were waiting in the queue or the journal."""
        self._failing: dict[str, StreamMessage] = {}
        """The last failure of each delivery that has not succeeded since."""
        self._topic_seen = float("-inf")
        self._broken = ""
        """Why nothing can arrive; empty when it can."""
        self._how = Static(id="stream-how")
        self._how_text = ""
        self._table: BigTable[StreamMessage] = BigTable(
            _WIDE,
            self._cells,
            key=lambda message: message.message_id,
            empty=_NO_VIEW["all"],
            header=False,
            id="stream-messages",
        )

    def body(self) -> ComposeResult:
        yield self._table
        yield self._how

    def main_part(self) -> Widget:
        return self._table

    @property
    def _is_narrow(self) -> bool:
        return self._table.columns is _FEW

    def on_resize(self, event: events.Resize) -> None:
        wanted = _FEW if event.size.width < NARROW else _WIDE
        if self._table.columns is not wanted:
            self._table.set_columns(wanted)

    # Loading

    def on_mount(self) -> None:
        wanted = self.workspace.settings
        self.alarms.bell = wanted.bell
        for word in filter(None, map(str.strip, wanted.watch)):
            self.alarms.words[word.casefold()] = word
        self.workspace.view_changed.subscribe(self, self._moment_moved)
        self.workspace.zone_changed.subscribe(self, lambda _: self._table.refresh())
        self._table.show_marks(self.alarms.watches)

    def _moment_moved(self, view: View) -> None:
        """Show what had been said until the moment looked at."""
        if view.moment != self._moment:
            self._moment = view.moment
            self.remark(self._broken if view.moment is None else self._until(view.moment))
            self._show()

    def _until(self, moment: Moment) -> str:
        """What is known of what had been said by then: a topic keeps nothing, a queue some days from its beginning."""
        first = self.messages[0].time if self.messages else self._since
        if first is None or first <= moment:
            return "What had been said until then."
        began = times.stated(first, self.workspace.zone)
        before = "nobody kept what was said before. The pulse tells the calls of then."
        return f"Messages are known from {began} on: {before}"

    async def load(self, session: Session) -> None:
        if session.stream is None:
            await self._say_how(session)
            return
        flip(self, "-nowhere", False)
        if self._since is None:
            self._since = self.workspace.now()
            self._take(await session.stream.recent())
        await self._look_at_topic(session)
        fresh: list[StreamMessage] = []
        try:
            for _ in range(POLLS):
                arrived = await session.stream.poll()
                if not arrived:
                    return
                fresh += self._take(arrived)
        finally:
            self._announce(fresh)  # once for all that came, also where the last poll failed

    async def _look_at_topic(self, session: Session) -> None:
        """Say so when AWS Config cannot speak: then nothing arrives here, which looks like peace (STR-09)."""
        if session.delivery is None or time.monotonic() - self._topic_seen < LOOK_AT_TOPIC:
            return
        self._topic_seen = time.monotonic()
        try:
            status = await session.delivery.status()
        except Problem:
            return  # the delivery pane says what is missing
        self._broken = self._broken_topic(status.stream) if status is not None else ""
        if self._moment is None:
            self.remark(self._broken)

    def _broken_topic(self, state: DeliveryState) -> str:
        if state.status != "FAILURE":
            return ""
        since = f" since {times.stated(state.status_changed, self.workspace.zone)}" if state.status_changed else ""
        reason = ": ".join(filter(None, (state.error_code, state.error_message)))
        return f"AWS Config fails to deliver to the topic{since}{f': {reason}' if reason else ''}. Nothing new arrives."

    def _take(self, arrived: Sequence[StreamMessage]) -> list[StreamMessage]:
        """Put messages where they belong among the others; those that were not known."""
        fresh = [message for message in arrived if message.message_id not in self._ids]
        if not fresh:
            return []
        self._ids.update(message.message_id for message in fresh)
        shown = [message for message in fresh if self._matches(message)]
        _put_among(self.messages, fresh)
        for message in fresh:
            self._note_failure(message)
        self._unseen = 0 if self.following else self._unseen + len(shown)
        if len(self.messages) > KEPT + SLACK:
            del self.messages[:-KEPT]
            self._ids = {message.message_id for message in self.messages}
            self._show()
        elif shown:
            _put_among(self._shown, shown)
            self._put()
        self._say()
        return fresh

    def _note_failure(self, message: StreamMessage) -> None:
        """Keep which deliveries fail, until the next one of the kind succeeds."""
        what = views.said(message).replace(",", "").split()[0]
        before = self._failing.get(what)
        if message.failed:
            self._failing[what] = message
        elif before is not None and message.time >= before.time and not message.message_type.endswith("Started"):
            del self._failing[what]

    def _announce(self, fresh: Sequence[StreamMessage]) -> None:
        """Ring for what the person asked for, and tell failures whether or not they asked (STR-07)."""
        news = [message for message in fresh if message.time >= (self._since or 0)]
        alarms = [message for message in news if self.alarms.rings(message)]
        failed = [message for message in news if message.failed]
        if alarms:
            self.app.bell()
        told = [*failed, *(message for message in alarms if not message.failed)]
        if told:
            more = f" And {len(told) - 1} more: 6 shows them." if len(told) > 1 else ""
            words = f"{self.signs.bad if failed else self.signs.warning} {views.plainly(told[0], self.workspace.names)}"
            self.post_message(self.Said(f"{words}{more}", "error" if failed else "warning"))

    # Where there is no stream

    async def _say_how(self, session: Session) -> None:
        """Why there is no stream, and how to get one."""
        self._table.set_empty(_NO_STREAM)
        if session.recorder is None:
            self._how_text = "A file holds items, not the messages about them. [ and ] go from change to change."
        elif self.workspace.clock is not None:
            self._how_text = "A local world keeps its queue in its main account and home region: look there."
        else:
            topic = "TOPIC"
            try:
                channel = await session.delivery.channel() if session.delivery is not None else None
                topic = (channel.topic_arn if channel is not None else None) or topic
            except Problem:
                pass
            self._how_text = _how(topic, session.region, session.account)
        flip(self, "-nowhere", True)
        self._how.update(Content(legible(self._how_text) if "\n" not in self._how_text else _lines(self._how_text)))

    # Showing

    def _show(self) -> None:
        """Sift all messages again."""
        self._shown = [message for message in self.messages if self._matches(message)]
        words = self._wanted.words
        self._table.set_match(words[0] if len(words) == 1 else "")
        session = self.workspace.session
        nothing = _NO_VIEW[self.view] if self._moment is None else "No message of then is known."
        nothing = _NO_STREAM if session is not None and session.stream is None else nothing
        nothing = "No message matches the filter: esc shows all." if self._filter else nothing
        self._table.set_empty(nothing)
        self._put()
        self._say()

    def _put(self) -> None:
        self._table.set_list(self._shown)
        if self.following:
            self._unseen = 0
            self._table.put_cursor(len(self._shown) - 1)

    def _say(self) -> None:
        headline = Content(f"{len(self._shown):,}").stylize("$text-muted")
        if self.view != "all":
            headline = Content.assemble(headline, (f" {VIEWS[self.view]}", "$text-accent"))
        mark = Content("")
        if self.alarms.any:
            armed = "bell" if self.alarms.bell else ""
            watching = f"watching {self.alarms.told()}" if self.alarms.told() else ""
            told = legible("  ".join(filter(None, (armed, watching))))
            headline = Content.assemble(headline, (f" {self.signs.marked} {told}", "$text-accent"))
        if self._unseen:
            headline = Content.assemble(headline, " ", (f" {self._unseen} new ", "bold reverse"))
            mark = Content(f"+{self._unseen}").stylize("bold")
        if not self.following:
            headline = Content.assemble(headline, " ", (f"{self.signs.paused} not following", "$text-warning"))
            mark = mark if self._unseen else Content(self.signs.paused).stylize("$text-warning")
        if self._failing:
            told = ", ".join(sorted(self._failing))
            headline = Content.assemble((f"{self.signs.bad} fails: {legible(told)}", "$text-error bold"), " ", headline)
            mark = Content(f"{self.signs.bad}{len(self._failing)}").stylize("$text-error bold")
        self.retitle(headline, mark)

    def _matches(self, message: StreamMessage) -> bool:
        moment = self.workspace.selection.moment
        if moment is not None and message.time > moment:
            return False
        if not views.in_view(message, self.view):
            return False
        return self._wanted.matches(message, self.workspace.names, watched=self.alarms.watches(message))

    def _cells(self, message: StreamMessage) -> tuple[str | Content, ...]:
        key = ResourceKey(message.resource_type, message.resource_id)
        change: str | Content = message.change_type.lower().replace("_", " ")
        verdict = message.change_type in _VERDICTS
        if verdict:
            style = style_of(message.change_type)
            change = Content.assemble(sign(message.change_type, self.signs), " ", (str(change), style))
        resource = (
            f"{kind(key.resource_type)} {called(key, self.workspace.names)}" if key[0] else views.file_of(message)
        )
        why = views.why(message)
        said: str | Content = views.said(message)
        if message.failed:
            said = Content.styled(legible(str(said)), "$text-error bold")
        elif self._is_narrow and message.change_type:
            said = change if verdict else views.said_shortly(message)
        when = _when(message.time, self.workspace.now(), self.workspace.zone)
        if self._is_narrow:
            about = why if message.failed and why else message.rule
            return when, said, "  ".join(filter(None, (resource, about)))
        return (
            when,
            said,
            change,
            resource or why,
            message.rule or (why if resource else ""),
        )

    # What the person does

    def follow(self, following: bool | None = None) -> None:
        """Keep the newest in sight or not; without a word, the other way round."""
        self.following = not self.following if following is None else following
        if self.following:
            self._unseen = 0
            self._table.put_cursor(len(self._shown) - 1)
            self._table.show_cursor()
        self._say()

    def show_view(self, view: str) -> None:
        """Show only the messages of a view."""
        self.view = view
        self._show()

    def alarms_changed(self) -> None:
        """What rings is another: show what is watched."""
        if "is:" in self._wanted.parts:
            self._show()
        self._table.refresh()
        self._say()

    @on(BigTable.Highlighted)
    def reached(self, event: BigTable.Highlighted) -> None:
        """Moving up stops the following, reaching the end begins it again."""
        event.stop()
        at_end = event.index >= len(self._shown) - 1
        if at_end != self.following:
            self.follow(at_end)
        key = views.key_of(event.row)
        if key is not None:
            self.workspace.selection.choose(key, passing=True)

    @on(BigTable.Selected)
    def opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self.open_message()

    def view_note(self) -> str:
        return "" if self.view == "all" else self.view

    def current_resource(self) -> ResourceKey | None:
        """The resource of the message under the cursor."""
        return views.key_of(self._table.current) if self._table.current is not None else None

    def open_message(self) -> bool:
        """Show the message under the cursor in full; False when there is none."""
        if self._table.current is None:
            return False
        self.post_message(self.MessageOpened(tuple(self._shown), self._table.cursor))
        return True

    def names_changed(self) -> None:
        self._table.refresh()

    @property
    def filter_hint(self) -> str:
        """The syntax of the filter."""
        return views.HINT

    def filter_text(self) -> str | None:
        return self._filter

    def apply_filter(self, text: str) -> None:
        self._filter = text
        self._wanted = views.read_filter(text)
        self._show()

    def filter_note(self) -> str:
        return f"{len(self._shown):,} of {len(self.messages):,}"

    def filter_problem(self) -> str:
        """What is wrong with what is typed."""
        return views.wrong_in(self._filter)

    def complete_filter(self, text: str) -> list[str]:
        """What a filter could become."""
        return views.complete(text, self.messages)

    def step_out(self) -> bool:
        if self.view == "all":
            return False
        self.show_view("all")
        return True

    def copy_text(self) -> str:
        if self.has_class("-nowhere"):
            return self._how_text
        message = self._table.current
        return message.resource_id or message.subject if message is not None else ""

    def export(self) -> tuple[str, str]:
        """The messages shown, one JSON document a line."""
        return "jsonl", "".join(json.dumps(message.document, default=str) + "\n" for message in self._shown)

    def export_as(self, suffix: str) -> str | None:
        """The messages as a table, for `.csv`; None for what there is no other form of."""
        if suffix != "csv":
            return None
        columns = ("time", "messageType", "resourceType", "resourceId", "change", "rule", "error")
        return csv_text(columns, map(_row, self._shown))


def _put_among(messages: list[StreamMessage], fresh: Iterable[StreamMessage]) -> None:
    """Keep the order of time; what comes in order, as nearly all does, costs nothing but the adding."""
    for message in fresh:
        if not messages or message.time >= messages[-1].time:
            messages.append(message)
        else:
            insort(messages, message, key=lambda each: each.time)


def _row(message: StreamMessage) -> tuple[str, ...]:
    return (
        to_iso(message.time),
        message.message_type,
        message.resource_type,
        message.resource_id,
        message.change_type,
        message.rule,
        views.why(message),
    )


def _when(moment: Moment, now: Moment, zone: times.Zone) -> str:
    """The time of day, or the age of what is not of today: eight cells."""
    today = (moment + zone.ahead) // DAY == (now + zone.ahead) // DAY
    return times.short(moment, now, zone) if today else times.brief(moment, now) + " ago"


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


def _how(topic: str, region: str, account: str) -> str:
    """How to get a stream on AWS: a queue that is subscribed to the topic, and its name for configscope."""
    queue = f"arn:aws:sqs:{region}:{account}:configscope"
    return (
        "AWS Config speaks to a topic, and a topic keeps nothing: a queue that is subscribed to it does.\n"
        "y copies these lines. The policy of the queue has to let the topic send to it.\n"
        "\n"
        "aws sqs create-queue --queue-name configscope\n"
        f"aws sns subscribe --topic-arn {topic} --protocol sqs --notification-endpoint {queue}\n"
        "configscope --aws --stream-queue configscope\n"
        "\n"
        "Messages that were read are taken off the queue. Until then [ and ] go from change to change."
    )
