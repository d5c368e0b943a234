"""The stream pane: what AWS Config says as it happens, the newest at the foot (STR-10)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget

from backend.model.item import ResourceKey
from backend.model.moment import DAY, Moment
from backend.model.stream import StreamMessage
from tui import times
from tui.panes.delivery import what_is
from tui.panes.facts import sign, style_of
from tui.panes.pane import Pane
from tui.panes.spelling import called, kind
from tui.widgets.columns import Column
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from tui.selection import View

KEPT = 2_000
"""Messages kept on screen; the oldest go first."""

POLLS = 50
"""Polls at most in one go: a queue that fills as fast as it is read must not keep the pane from anything else."""

_SAID = {
    "ConfigurationItemChangeNotification": "item changed",
    "OversizedConfigurationItemChangeNotification": "oversized change",
    "OversizedConfigurationItemChangeDeliveryFailed": "oversized, failed",
    "ComplianceChangeNotification": "compliance changed",
    "ConfigRulesEvaluationStarted": "evaluation started",
    "ConfigurationSnapshotDeliveryStarted": "snapshot started",
    "ConfigurationSnapshotDeliveryCompleted": "snapshot delivered",
    "ConfigurationSnapshotDeliveryFailed": "snapshot failed",
    "ConfigurationHistoryDeliveryCompleted": "history delivered",
    "ConfigurationHistoryDeliveryFailed": "history failed",
}


class StreamPane(Pane):
    """The tail of the stream, with a filter and a follow flag."""

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self.messages: list[StreamMessage] = []
        self.following = True
        self._shown: list[StreamMessage] = []
        self._filter = ""
        self._unseen = 0
        self._caught_up = False
        self._table: BigTable[StreamMessage] = BigTable(
            (
                Column("time", "time", width=8),
                Column("said", "message", width=18),
                Column("change", "change", width=16, drop=1),
                Column("resource", "resource", minimum=16, weight=3, shorten="middle"),
                Column("rule", "rule", minimum=10, weight=2, drop=2, shorten="middle"),
            ),
            self._cells,
            key=lambda message: message.message_id,
            empty="Nothing was said yet.",
            header=False,
            id="stream-messages",
        )

    def body(self) -> ComposeResult:
        yield self._table

    def main_part(self) -> Widget:
        return self._table

    # Loading

    def on_mount(self) -> None:
        self.workspace.view_changed.subscribe(self, self._moment_moved)

    def _moment_moved(self, view: View) -> None:
        """Show what had been said until the moment looked at."""
        if view.moment != self._moment:
            self._moment = view.moment
            self.remark("What had been said until then." if view.moment is not None else "")
            self._show(0)

    async def load(self, session: Session) -> None:
        if session.stream is None:
            self._table.set_empty("There is no stream here: name a queue that is subscribed to the topic.")
            return
        if not self._caught_up:
            self.messages = list(await session.stream.recent())
            self._caught_up = True
            self._show(0)
        for _ in range(POLLS):
            arrived = await session.stream.poll()
            if not arrived:
                return
            known = {message.message_id for message in self.messages}
            fresh = [message for message in arrived if message.message_id not in known]
            self.messages = sorted(self.messages + fresh, key=lambda message: message.time)[-KEPT:]
            self._show(sum(1 for message in fresh if self._matches(message)))

    # Showing

    def _show(self, fresh: int) -> None:
        self._shown = [message for message in self.messages if self._matches(message)]
        self._table.set_match(self._filter)
        self._table.set_list(self._shown)
        if self.following:
            self._unseen = 0
            self._table.put_cursor(len(self._shown) - 1)
        else:
            self._unseen += fresh
        self._say()

    def _say(self) -> None:
        headline = Content(f"{len(self._shown):,}").stylize("$text-muted")
        mark = Content("")
        if self._unseen:
            headline = Content.assemble(headline, " ", (f" {self._unseen} new ", "bold reverse"))
            mark = Content(f"+{self._unseen}").stylize("bold")
        if not self.following:
            headline = Content.assemble(headline, " ", (f"{self.signs.paused} not following", "$text-warning"))
            mark = mark if self._unseen else Content(self.signs.paused).stylize("$text-warning")
        self.retitle(headline, mark)

    def _matches(self, message: StreamMessage) -> bool:
        moment = self.workspace.selection.moment
        if moment is not None and message.time > moment:
            return False
        wanted = self._filter.casefold()
        if not wanted:
            return True
        name = self.workspace.names.get(ResourceKey(message.resource_type, message.resource_id), "")
        said = _SAID.get(message.message_type, "")
        told = (
            message.message_type,
            said,
            message.resource_type,
            message.resource_id,
            message.change_type,
            message.rule,
            _why(message),
        )
        text = " ".join((*told, name)).casefold()
        return all(word in text for word in wanted.split())

    def _cells(self, message: StreamMessage) -> tuple[str | Content, ...]:
        key = ResourceKey(message.resource_type, message.resource_id)
        change: str | Content = message.change_type.lower().replace("_", " ")
        if message.change_type in ("NON_COMPLIANT", "COMPLIANT", "NOT_APPLICABLE", "INSUFFICIENT_DATA"):
            style = style_of(message.change_type)
            change = Content.assemble(sign(message.change_type, self.signs), " ", (str(change), style))
        resource = f"{kind(key.resource_type)} {called(key, self.workspace.names)}" if key[0] else _file(message)
        why = _why(message)
        failed = "Failed" in message.message_type
        said = _SAID.get(message.message_type, message.message_type)
        return (
            _when(message.time, self.workspace.now(), self.workspace.zone),
            Content(said).stylize("$text-error bold") if failed else said,
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

    @on(BigTable.Highlighted)
    def reached(self, event: BigTable.Highlighted) -> None:
        """Moving up stops the following, reaching the end begins it again."""
        event.stop()
        at_end = event.index >= len(self._shown) - 1
        if at_end != self.following:
            self.follow(at_end)
        message: StreamMessage = event.row
        if message.resource_type:
            self.workspace.selection.choose(ResourceKey(message.resource_type, message.resource_id), passing=True)

    @on(BigTable.Selected)
    def opened(self, event: BigTable.Selected) -> None:
        event.stop()
        message: StreamMessage = event.row
        if message.resource_type:
            key = ResourceKey(message.resource_type, message.resource_id)
            self.workspace.selection.choose(key)
            self.post_message(self.Opened(key))

    def names_changed(self) -> None:
        self._table.refresh()

    def filter_text(self) -> str | None:
        return self._filter

    def apply_filter(self, text: str) -> None:
        self._filter = text
        self._show(0)

    def filter_note(self) -> str:
        return f"{len(self._shown):,} of {len(self.messages):,}"

    def copy_text(self) -> str:
        message = self._table.current
        return message.resource_id or message.subject if message is not None else ""

    def export(self) -> tuple[str, str]:
        """The messages shown, one JSON document a line."""
        return "jsonl", "".join(json.dumps(message.document, default=str) + "\n" for message in self._shown)


def _when(moment: Moment, now: Moment, zone: times.Zone) -> str:
    """The time of day, or the age of what is not of today: eight cells."""
    today = (moment + zone.ahead) // DAY == (now + zone.ahead) // DAY
    return times.short(moment, now, zone) if today else times.brief(moment, now) + " ago"


def _why(message: StreamMessage) -> str:
    """The error that a message about a failed delivery tells, in AWS's own words."""
    for part in (message.document, message.document.get("s3DeliverySummary")):
        if isinstance(part, dict) and (part.get("errorCode") or part.get("errorMessage")):
            return ": ".join(str(part[name]) for name in ("errorCode", "errorMessage") if part.get(name))
    return ""


def _file(message: StreamMessage) -> str:
    """The file that a delivery message tells of."""
    key = message.document.get("s3ObjectKey")
    return what_is(str(key)) if key else ""
