"""Delivery: a snapshot now, how often, where to, and what lies in the bucket (SNP-02, SNP-16, CHN-04, CHN-16)."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from backend.client.session import Session
from backend.model.delivery import FREQUENCIES, DeliveryChannel, StoredObject
from backend.model.moment import HOUR, Moment
from backend.model.problem import BadInput, Missing
from tui import exporting
from tui.actions.change import Changes
from tui.actions.deed import Action
from tui.equivalents import channel_json
from tui.panes.delivery import DeliveryPane
from tui.panes.spelling import counted
from tui.screens.bucket import BucketScreen
from tui.screens.channel import ChannelScreen
from tui.screens.confirm import Question
from tui.screens.line import LineScreen
from tui.screens.menu import Entry, MenuScreen
from tui.text import legible

_ON_DEMAND = "on demand only"


class DeliveryDeeds(Changes):
    """What is done to the channel, and with its bucket."""

    def table(self) -> dict[str, Action]:
        return {
            "delivery.deliver": lambda _: self._change("deliver a snapshot", self._deliver),
            "delivery.frequency": lambda text: self._change(
                "set the frequency", lambda session: self._set_frequency(session, text)
            ),
            "delivery.channel": lambda path: self._change(
                "set the channel", lambda session: self._set_channel(session, path)
            ),
            "delivery.view": self.turn,
            "delivery.download": self.download,
            "look.bucket": self.browse,
        }

    def turn(self, view: str) -> None:
        """The delivery pane's files by another view."""
        pane = self.dashboard.panes["delivery"]
        assert isinstance(pane, DeliveryPane)
        self.dashboard.go_to("delivery")
        pane.turn(view)

    def download(self, path: str) -> None:
        """Write the file under the cursor to the path that was named, or ask for one."""
        source = self.dashboard.panes["delivery"] if self.in_front else self.app.screen
        stored: StoredObject | None = getattr(source, "downloadable", None)
        session = self.workspace.session
        if stored is None or session is None or session.snapshots is None:
            self.app.say("Put the cursor on a file of the bucket to download it.")
            return
        part, name = session.snapshots, stored.key.rpartition("/")[2]

        async def fetch(wanted: str) -> None:
            fetched = await part.download(stored)
            written = await asyncio.to_thread(exporting.copy_file, fetched, name, wanted)
            self.app.say(f"Written to {written}")

        def named(wanted: str | None) -> None:
            if wanted is not None:
                self.app.jobs.run(f"downloading {legible(name)}", lambda _: fetch(wanted))

        if path:
            named(path)
        else:
            hint = f"path or folder; empty: {name} here"
            self.app.push_screen(LineScreen("download to", hint=hint), named)

    def browse(self, bucket: str) -> None:
        """Open the bucket that was named, or that of the delivery channel."""
        self.begin("bucket", self._browse(bucket))

    async def _browse(self, bucket: str) -> None:
        session = self.workspace.session
        if not bucket and session is not None and session.delivery is not None:
            channel = await session.delivery.channel()
            bucket = channel.bucket if channel is not None else ""
        if bucket:
            await self.app.push_screen(BucketScreen(self.workspace, bucket))
        else:
            self.app.say("There is no delivery channel, and so no bucket of it; :bucket NAME opens another.")

    async def _channel(self, session: Session) -> DeliveryChannel:
        channel = await session.delivery.channel() if session.delivery is not None else None
        if channel is None:
            raise Missing("There is no delivery channel in this region", remedy="C sets one up")
        return channel

    async def _deliver(self, session: Session) -> None:
        assert session.delivery is not None
        channel = await self._channel(session)
        question = Question(
            title="Deliver a snapshot now?",
            changes=(("channel", channel.name), ("bucket", channel.bucket), ("region", session.region)),
            command=self._command(session, "deliver-config-snapshot", {"delivery-channel-name": channel.name}),
            yes="deliver",
        )
        if await self._agreed(question):
            snapshot_id = await session.delivery.deliver(channel.name)
            pane = self.dashboard.panes["delivery"]
            assert isinstance(pane, DeliveryPane)
            self.dashboard.go_to("delivery")
            pane.asked_for(snapshot_id)

    async def _set_frequency(self, session: Session, wanted: str) -> None:
        channel = await self._channel(session)
        if not wanted:
            entries = [
                Entry(name, "", _said(length), "as it is now" if name == channel.frequency else "")
                for name, length in FREQUENCIES.items()
            ]
            none = Entry(_ON_DEMAND, "", _ON_DEMAND, "as it is now" if channel.frequency is None else "")
            groups = [("Every", entries), ("Or", [none])]
            menu = MenuScreen("Snapshot frequency", groups, choose="choose", at=channel.frequency or _ON_DEMAND)
            chosen: str | None = await self.app.push_screen_wait(menu)
            if not chosen:
                return
            wanted = chosen
        frequency = None if wanted == _ON_DEMAND else _frequency(wanted)
        await self._put(session, channel, replace(channel, frequency=frequency))

    async def _set_channel(self, session: Session, path: str) -> None:
        """By the form, or as a file has it (CHN-17)."""
        assert session.delivery is not None
        before = await session.delivery.channel()
        if path:
            from tui.plans import read_documents

            _, named = await asyncio.to_thread(read_documents, path)
            if named is None:
                raise BadInput(f"{path} holds no delivery channel", "it has no s3BucketName")
            await self._put(session, before, named)
            return
        after = await self.app.push_screen_wait(ChannelScreen(before, session.account, session.region))
        if after is not None:
            await self._put(session, before, after)

    async def _put(self, session: Session, before: DeliveryChannel | None, after: DeliveryChannel) -> None:
        assert session.delivery is not None
        changes = list(_differences(before, after))
        if not changes:
            self.app.say("The delivery channel is like that already.")
            return
        question = Question(
            title="Set the delivery channel?",
            changes=(("channel", after.name), ("region", session.region), *changes),
            command=self._command(session, "put-delivery-channel", {"delivery-channel": channel_json(after)}),
            yes="set",
        )
        if await self._agreed(question):
            await session.delivery.put(after)
            self.app.say("The delivery channel is set.")


def _said(length: Moment) -> str:
    return counted(length // HOUR, "hour")


def _frequency(text: str) -> str:
    """AWS's word for what was typed: `One_Hour`, `one hour`, `onehour`."""
    plain = text.replace("_", "").replace(" ", "").lower()
    for name in FREQUENCIES:
        if name.replace("_", "").lower() == plain:
            return name
    raise BadInput(f"“{text}” is no delivery frequency", f"there are {', '.join(FREQUENCIES)}")


def _differences(before: DeliveryChannel | None, after: DeliveryChannel) -> list[tuple[str, str]]:
    rows = []
    for label, field in (
        ("bucket", "bucket"),
        ("prefix", "prefix"),
        ("topic", "topic_arn"),
        ("frequency", "frequency"),
    ):
        old = getattr(before, field) if before is not None else None
        new = getattr(after, field)
        if old != new:
            rows.append((label, f"{old or '–'} → {new or '–'}"))
    return rows
