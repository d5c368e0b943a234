"""The delivery pane: does what is recorded arrive, where, how often, and if not, why (CHN-16, SNP-16)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from backend.model.channel_document import write_channel
from backend.model.delivery import FREQUENCIES, ChannelStatus, DeliveryChannel, DeliveryState, StoredObject
from backend.model.delivery_errors import meaning
from backend.model.moment import HOUR, SECOND, Moment
from backend.model.problem import Problem
from backend.model.reading import OpenedFile
from tui import marks, times
from tui.glyphs import Glyphs
from tui.marks import Mark
from tui.panes.delivering import Delivering
from tui.panes.facts import NOTHING, Fact, Facts, moment, state, words
from tui.panes.opened_files import OpenedFiles
from tui.panes.pane import Pane
from tui.panes.spelling import counted, kind, size
from tui.restyling import flip
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session

BESIDE = 84
"""From this many columns on the three states stand side by side."""

TALL = 18
"""From this many rows on there is room for the names of the channel and its topic."""

_FILES = 3
"""Rows that the newest files need at least."""

NARROWEST = 10
"""Cells below which nothing can be told in a line: the pane has no place on the screen yet."""

VIEWS = ("files", "snapshots", "histories")
"""Which files are listed, in the order that `v` takes."""

EXPLAINED = {
    "files": "a snapshot holds all resources at one moment; a history holds all changes of one type over six hours.",
    "snapshots": "each holds every resource as it was at one moment; at the frequency, and on demand.",
    "histories": "each holds every item of one type since the file before; every six hours, if it changed.",
}
"""What the files of a view are (HIS-12)."""

RECENT = 60
"""Files that are listed."""

HISTORY_EVERY = 6 * HOUR
"""History files are written about that often."""

_LABELS = (("snapshot", "Snapshot"), ("history", "History"), ("stream", "Stream"))


class DeliveryPane(Pane):
    """The delivery channel, its three states, and the newest files in its bucket."""

    LOADS_HIDDEN = True
    THEN = "The files that were there then. The settings are those of now, and states of then are not kept."

    DEFAULT_CSS = """
    DeliveryPane #delivery-states { height: auto; max-height: 55%; overflow-y: auto; display: none; padding: 1 0; }
    DeliveryPane.-beside #delivery-states { display: block; }
    DeliveryPane #delivery-heading { height: auto; max-height: 3; padding: 0 1; background: $surface; display: none; }
    DeliveryPane.-told #delivery-heading { display: block; }
    DeliveryPane #delivery-objects { min-height: 4; }
    DeliveryPane #delivery-opened { display: none; }
    DeliveryPane.-opened #delivery-opened { display: block; }
    DeliveryPane.-opened #delivery-objects { display: none; }
    """

    class FileOpened(Message):
        """A delivered file is to be opened."""

        def __init__(self, stored: StoredObject) -> None:
            super().__init__()
            self.stored = stored

    class LookAsked(Message):
        """A file that is open is to be looked through."""

        def __init__(self, opened: OpenedFile) -> None:
            super().__init__()
            self.opened = opened

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self._answered = False
        """True once it is known whether there is a channel."""
        self.channel: DeliveryChannel | None = None
        self.status: ChannelStatus | None = None
        self.objects: list[StoredObject] = []
        self.delivering: Delivering | None = None
        """The snapshot that was asked for last, until esc takes it away."""
        self.view = VIEWS[0]
        self._told = ""
        self._nothing = ""
        self._heading = Static(Content(""), id="delivery-heading")
        self._facts = Facts()
        self._states = {part: Facts() for part, _ in _LABELS}
        self._table: BigTable[StoredObject] = BigTable(
            (
                Column("age", "ago", width=6, right=True),
                Column("what", "delivered", minimum=22, maximum=40, weight=2),
                Column("size", "size", width=8, right=True, drop=1),
                Column("time", times.titled("when", workspace.zone), width=19, drop=2),
                Column("name", "file", minimum=30, weight=3, shorten="middle", drop=3),
            ),
            self._cells,
            key=lambda stored: stored.key,
            empty="",
            id="delivery-objects",
        )
        self._opened = OpenedFiles(workspace, "delivery-opened")
        self._files: tuple[OpenedFile, ...] = ()

    def body(self) -> ComposeResult:
        yield self._facts
        yield Horizontal(*self._states.values(), id="delivery-states")
        yield self._heading
        yield self._table
        yield self._opened

    def main_part(self) -> Widget:
        return self._opened if self.has_class("-opened") else self._table

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self._table.show_marks(lambda stored: marks.of_file(stored) in self.workspace.marks)
        self.workspace.marks_changed.subscribe(self, lambda _: self._table.refresh())

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)
        flip(self, "-told", event.size.height >= TALL)
        self._show_facts()

    # Loading

    async def load(self, session: Session) -> None:
        if session.delivery is None:
            self._facts.show([Fact("", Content("A file has no delivery channel. Open are:").stylize("$text-muted"))])
            self._show_opened(session)
            return
        self.channel = await session.delivery.channel()
        self._answered = True
        self.status = await session.delivery.status()
        self.show()
        if self.is_on_screen:
            await self._load_objects(session)
            await self._follow(session)

    def _show_opened(self, session: Session) -> None:
        """What is open, where that are files."""
        self._files = tuple(session.files()) if session.files is not None else ()
        flip(self, "-opened", bool(self._files))
        self._opened.set_list(self._files)
        self.retitle(Content.styled(counted(len(self._files), "file"), "$text-muted"))

    async def _load_objects(self, session: Session) -> None:
        """The newest files; a bucket that cannot be listed is said in their place, the states stay in sight."""
        self._nothing = "Nothing was delivered yet."
        self.objects = []
        if self.channel is not None and session.snapshots is not None:
            try:
                self.objects = await session.snapshots.recent(self.channel, RECENT)
            except Problem as problem:
                self.workspace.remember(self.pane_name, problem)
                self._nothing = str(problem)
        self._show_objects()

    def _show_objects(self) -> None:
        wanted = {"snapshots": "snapshot", "histories": "history"}.get(self.view, "")
        shown = [one for one in self.objects if wanted in ("", one.delivers)]
        self._table.set_empty(f"No {self.view} among the newest files." if self.objects else self._nothing)
        at_newest = self._table.cursor == 0
        self._table.set_list(shown)
        if at_newest:
            self._table.put_cursor(0)
        told = Content.assemble((f"{self.view}: ", "bold"), (EXPLAINED[self.view], "$text-muted"))
        if told.markup != self._told:
            self._told = told.markup
            self._heading.update(told)

    def turn(self, word: str = "") -> None:
        """The next view of the files, or the one that was named."""
        named = next((view for view in VIEWS if word and view.startswith(word.lower())), "")
        self.view = named or VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]
        self._show_objects()
        self._table.go_to(0)
        flip(self, "-told", True)

    def asked_for(self, snapshot_id: str) -> None:
        """Watch for the snapshot that was just asked for."""
        self.delivering = Delivering(snapshot_id, self.workspace.now())
        self._show_facts()
        self.reload()

    async def _follow(self, session: Session) -> None:
        """See how far the snapshot is that was asked for, and say so when it ends."""
        under_way = self.delivering
        if under_way is None or not under_way.awaits(self.workspace.now()):
            return
        messages = []
        if session.stream is not None:
            # Whoever may not read the stream still sees status and bucket.
            with contextlib.suppress(Problem):
                messages = await session.stream.recent()
        under_way.learn(messages, self.status, self.objects)
        if under_way.ended and not under_way.announced:
            under_way.announced = True
            self._announce(under_way)
        self._show_facts()

    def _announce(self, ended: Delivering) -> None:
        if ended.failure:
            self.post_message(self.Said(f"The snapshot did not arrive. {ended.failure}"))
            return
        at = next((number for number in range(self._table.line_count) if self._is(number, ended.snapshot_id)), None)
        if at is not None:
            self._table.put_cursor(at)
        stored = ended.stored
        took = (stored.modified or self.workspace.now()) - ended.asked if stored is not None else 0
        after = f" after {times.length(took)}" if took >= SECOND else ""
        self.post_message(self.Said(f"The snapshot arrived{after}: enter opens it."))

    def _is(self, number: int, snapshot_id: str) -> bool:
        stored = self._table.row(number)
        return stored is not None and snapshot_id in stored.key

    def step_out(self) -> bool:
        """Esc takes the snapshot that was asked for off the pane."""
        if self.delivering is None:
            return False
        self.delivering = None
        self._show_facts()
        return True

    # Showing

    def show(self) -> None:
        told = headline(self.channel, self.status, self.signs)
        self.retitle(told, told[:1])
        self._show_facts()

    def _tick(self) -> None:
        session = self.workspace.session
        if not self.is_on_screen or session is None:
            return
        if session.files is not None and tuple(session.files()) != self._files:
            self._show_opened(session)
        if self.channel is not None:
            self._show_facts()
            self._table.refresh()
            if self.delivering is not None and self.delivering.awaits(self.workspace.now()):
                self.reload()

    def _show_facts(self) -> None:
        now = self.workspace.looked_at_from
        if self.channel is None:
            if self._answered and self.workspace.session is not None and self.workspace.session.delivery is not None:
                self._facts.show(
                    [Fact("", Content("There is no delivery channel: nothing is delivered. U sets AWS Config up."))]
                )
            return
        beside = self.has_class("-beside")
        facts = [*channel_facts(self.channel, self.status, now, full=beside or self.size.height >= TALL)]
        if self.delivering is not None:
            tall = beside or self.size.height >= TALL
            zone = self.workspace.zone
            facts += self.delivering.facts(now, self.signs, zone) if tall else [self.delivering.brief(self.signs)]
        if self.status is not None:
            if beside:
                for part, title in _LABELS:
                    self._states[part].show(list(self._state_facts(title, getattr(self.status, part), now)))
            else:
                facts += self._brief_states(self.status, facts, now)
        self._facts.show(facts)

    def _state_facts(self, title: str, one: DeliveryState, now: Moment) -> Iterator[Fact]:
        return state_facts(title, one, now, self.signs, self.workspace.zone, self.channel)

    def _brief_states(self, status: ChannelStatus, above: Sequence[Fact], now: Moment) -> list[Fact]:
        """The three states; their errors in a line each where all in full would leave no room for the files."""
        width = self.size.width - 2  # the facts stand a blank from either side

        def states(room: int = 0, *, plain: bool) -> list[Fact]:
            facts = [
                fact for part, _ in _LABELS for fact in brief_state(part, getattr(status, part), now, self.signs, room)
            ]
            return [*facts, *plain_words(status, self.channel)] if plain else facts

        whole = states(plain=True)
        if width < NARROWEST:
            return whole
        for told in (whole, states(width, plain=True), states(plain=False)):
            if self._facts.height_of([*above, *told], width) + self._least <= self.size.height:
                return told
        return states(width, plain=False)

    @property
    def _least(self) -> int:
        """Rows that the files need at least, with what is said over them."""
        return _FILES + (3 if self.has_class("-told") else 0)

    def _cells(self, stored: StoredObject) -> tuple[str | Content, ...]:
        at = stored.modified
        return (
            times.brief(at, self.workspace.looked_at_from) if at is not None else "",
            what_is(stored.key),
            size(stored.size),
            times.full(at, self.workspace.zone) if at is not None else "",
            stored.key.rpartition("/")[2],
        )

    # What the person does

    @on(BigTable.Selected, "#delivery-objects")
    def opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self.post_message(self.FileOpened(event.row))

    @on(BigTable.Selected, "#delivery-opened")
    def asked_about(self, event: BigTable.Selected) -> None:
        event.stop()
        self.post_message(self.LookAsked(event.row))

    @property
    def downloadable(self) -> StoredObject | None:
        """What `w` downloads: the file under the cursor."""
        return self._table.current

    def copy_text(self) -> str:
        if self._opened.current is not None:
            return str(self._opened.current.path)
        stored = self._table.current
        return f"s3://{stored.bucket}/{stored.key}" if stored is not None else ""

    def markable(self) -> Mark | None:
        stored = self._table.current
        return marks.of_file(stored) if stored is not None else None

    def export(self) -> tuple[str, str]:
        """The channel as `deliveryChannel.json` has it (CHN-17); the files where they are what is open."""
        if self._files:
            return self._opened.export()
        return "json", json.dumps(write_channel(self.channel) if self.channel else None, indent=2)


def headline(channel: DeliveryChannel | None, status: ChannelStatus | None, signs: Glyphs) -> Content:
    """All three states in one word: the worst."""
    if channel is None:
        return Content(f"{signs.off} none").stylize("$text-warning")
    if status is None:
        return Content("")
    states = [getattr(status, part).status.upper() for part, _ in _LABELS]
    if "FAILURE" in states:
        return Content(f"{signs.bad} failing").stylize("$text-error bold")
    if "SUCCESS" in states:
        return Content(f"{signs.good} arriving").stylize("$text-success")
    return Content(f"{signs.off} not tried yet").stylize("$text-muted")


def channel_facts(channel: DeliveryChannel, status: ChannelStatus | None, now: Moment, *, full: bool) -> Iterator[Fact]:
    """Where items go and how often."""
    place = channel.bucket + (f"/{channel.prefix}" if channel.prefix else "")
    yield Fact("bucket", words(place))
    if full:
        yield Fact("channel", words(channel.name))
    if full or channel.topic_arn is None:
        topic = channel.topic_arn or ""
        yield Fact("topic", words(topic), short=(words(topic.rpartition(":")[2]),), middle=True)
    every = words(frequency_words(channel.frequency)) if channel.frequency else Content("on demand only")
    following = status.snapshot.next_delivery if status is not None else None
    yield Fact("frequency", every)
    if following is not None:
        yield Fact("next", Content.assemble("snapshot ", (times.ago(following, now), "bold")))


def frequency_words(frequency: str) -> str:
    """`TwentyFour_Hours` as `every 24 h`; a word that is not AWS's stays as it is. Safe to show."""
    length = FREQUENCIES.get(frequency)
    return f"every {length // HOUR} h" if length is not None else legible(frequency)


def plain_words(status: ChannelStatus, channel: DeliveryChannel | None) -> Iterator[Fact]:
    """What the errors mean and what to do, each meaning once."""
    found = (meaning(getattr(status, part), channel, part) for part, _ in _LABELS)
    for one in dict.fromkeys(one for one in found if one is not None):
        yield Fact("", words(f"{one.means}. {one.remedy}.", "$text-warning"))


def brief_state(label: str, one: DeliveryState, now: Moment, signs: Glyphs, room: int = 0) -> Iterator[Fact]:
    """One state in a line, with the error in AWS's own words below it, cut to `room` cells where that is not 0."""
    age = ""
    if one.last_attempt is not None:
        age = f"  {times.brief(one.last_attempt, now)} ago"
        if one.last_success is not None and one.last_success != one.last_attempt:
            age += f", arrived {times.brief(one.last_success, now)} ago"
    elif one.status_changed is not None:
        # The stream tells no attempts, only since when its state is what it is.
        age = f"  for {times.brief(one.status_changed, now)}"
    yield Fact(label, Content.assemble(state(one.status, signs), (age, "$text-muted")))
    if one.error_code or one.error_message:
        why = words(": ".join(filter(None, (one.error_code, one.error_message))), "$text-error")
        yield Fact("", why.truncate(room, ellipsis=True) if room else why)


def state_facts(
    title: str,
    one: DeliveryState,
    now: Moment,
    signs: Glyphs,
    zone: times.Zone,
    channel: DeliveryChannel | None = None,
) -> Iterator[Fact]:
    """One state in full."""
    yield Fact(title)
    yield Fact("status", state(one.status, signs))
    if one.error_code or one.error_message:
        yield Fact("code", words(one.error_code, "$text-error"))
        yield Fact("message", words(one.error_message, "$text-error"))
    found = meaning(one, channel, title.lower())
    if found is not None:
        yield Fact("means", words(f"{found.means}."))
        yield Fact("to do", words(f"{found.remedy}.", "$text-warning"))
    if title == "Stream":
        yield moment("changed", one.status_changed, now, zone)
        return
    yield moment("tried", one.last_attempt, now, zone)
    yield moment("arrived", one.last_success, now, zone)
    following = one.next_delivery
    if following is not None:
        yield Fact("next", Content(times.ago(following, now)).stylize("bold"))
    elif title == "History" and one.last_attempt is not None:
        yield Fact("next", Content(f"about {times.ago(one.last_attempt + HISTORY_EVERY, now)}").stylize("bold"))
    else:
        yield Fact("next", NOTHING)


def what_is(key: str) -> str:
    """What an object holds, by its name: a snapshot, the history of a type (HIS-12), what a trail logged (S3-02)."""
    name = key.rpartition("/")[2]
    if "_ConfigSnapshot_" in name:
        return "snapshot, all types"
    if "_ConfigHistory_" in name:
        return f"history {kind(name.partition('_ConfigHistory_')[2].partition('_')[0])}"
    return next((what for mark, what in _OF_TRAILS.items() if mark in name), name)


_OF_TRAILS = {"_CloudTrail_": "CloudTrail log", "_CloudTrail-Digest_": "CloudTrail digest"}
"""What else lies in a bucket that a trail shares with AWS Config."""
