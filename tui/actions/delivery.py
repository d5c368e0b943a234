"""Delivery: a snapshot now, how often, where to, and what lies in the bucket (SNP-02, SNP-16, CHN-04, CHN-16)."""

from __future__ import annotations

from msgspec.structs import replace

from backend.client.session import Session
from backend.model.delivery import FREQUENCIES, DeliveryChannel
from backend.model.moment import HOUR, Moment
from backend.model.problem import BadInput, Missing
from tui.actions.change import Changes
from tui.actions.deed import Action
from tui.equivalents import channel_json
from tui.panes.delivery import DeliveryPane
from tui.panes.spelling import counted
from tui.screens.bucket import BucketScreen
from tui.screens.channel import ChannelScreen
from tui.screens.confirm import Question
from tui.screens.menu import Entry, MenuScreen

_ON_DEMAND = "on demand only"


class DeliveryDeeds(Changes):
    """What is done to the channel, and with its bucket."""

    def table(self) -> dict[str, Action]:
        return {
            "delivery.deliver": lambda _: self._change("deliver a snapshot", self._deliver),
            "delivery.frequency": lambda text: self._change(
                "set the frequency", lambda session: self._set_frequency(session, text)
            ),
            "delivery.channel": lambda _: self._change("set the channel", self._set_channel),
            "look.bucket": self.browse,
        }

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

    async def _set_channel(self, session: Session) -> None:
        assert session.delivery is not None
        before = await session.delivery.channel()
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
