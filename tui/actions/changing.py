"""Changes to the account. Each is asked for, shown with the equivalent `aws` command, and only then made (INV-10)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from msgspec.structs import replace

from backend.client.session import Session
from backend.model.delivery import FREQUENCIES, DeliveryChannel
from backend.model.moment import HOUR, Moment
from backend.model.problem import BadInput, Missing
from tui.actions.deed import Action, Deeds
from tui.equivalents import aws, channel_json
from tui.panes.compliance import CompliancePane
from tui.panes.delivery import DeliveryPane
from tui.panes.spelling import counted
from tui.screens.channel import ChannelScreen
from tui.screens.confirm import ConfirmScreen, Question
from tui.screens.menu import Entry, MenuScreen

_ON_DEMAND = "on demand only"


class Changing(Deeds):
    """Exists only where changes are allowed."""

    def table(self) -> dict[str, Action]:
        return {
            "recorder.start": lambda _: self._change("start the recorder", self._start),
            "recorder.stop": lambda _: self._change("stop the recorder", self._stop),
            "delivery.deliver": lambda _: self._change("deliver a snapshot", self._deliver),
            "delivery.frequency": lambda text: self._change(
                "set the frequency", lambda session: self._set_frequency(session, text)
            ),
            "delivery.channel": lambda _: self._change("set the channel", self._set_channel),
            "compliance.evaluate": lambda _: self._change("evaluate", self._evaluate),
        }

    def _change(self, name: str, job: Callable[[Session], Awaitable[None]]) -> None:
        session = self.workspace.session
        if session is not None:
            self.begin(name, self._then_refresh(job, session))

    async def _then_refresh(self, job: Callable[[Session], Awaitable[None]], session: Session) -> None:
        await job(session)
        for pane in self.dashboard.panes.values():
            pane.reload()

    async def _agreed(self, question: Question) -> bool:
        return await self.app.push_screen_wait(ConfirmScreen(question))

    def _command(self, session: Session, operation: str, arguments: Mapping[str, str]) -> str:
        connection = self.workspace.connection
        return aws(operation, arguments, region=session.region, endpoint_url=connection.url if connection else None)

    # The recorder (REC-07, REC-11)

    async def _start(self, session: Session) -> None:
        await self._set_recording(session, recording=True)

    async def _stop(self, session: Session) -> None:
        await self._set_recording(session, recording=False)

    async def _set_recording(self, session: Session, *, recording: bool) -> None:
        part = session.recorder
        recorder = await part.get() if part is not None else None
        if part is None or recorder is None:
            raise Missing("There is no recorder in this region")
        if recorder.recording == recording:
            self.app.say(f"The recorder {recorder.name} {'records already' if recording else 'is stopped already'}.")
            return
        operation = "start-configuration-recorder" if recording else "stop-configuration-recorder"
        question = Question(
            title=f"{'Start' if recording else 'Stop'} the recorder?",
            changes=(
                ("recorder", recorder.name),
                ("region", session.region),
                ("recording", "off → on" if recording else "on → off"),
            ),
            warning="" if recording else "While it is stopped, no change of any resource is recorded.",
            command=self._command(session, operation, {"configuration-recorder-name": recorder.name}),
            yes="start" if recording else "stop",
        )
        if await self._agreed(question):
            await (part.start(recorder.name) if recording else part.stop(recorder.name))
            self.app.say(f"The recorder {recorder.name} {'records' if recording else 'is stopped'}.")

    # Delivery (SNP-02, SNP-16, CHN-04, CHN-16)

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

    # Rules

    async def _evaluate(self, session: Session) -> None:
        pane = self.dashboard.panes["compliance"]
        assert isinstance(pane, CompliancePane)
        rule = pane.current_rule()
        if session.compliance is None or rule is None:
            raise BadInput("No rule is chosen")
        question = Question(
            title="Evaluate the rule again?",
            changes=(("rule", rule.name), ("region", session.region)),
            command=self._command(session, "start-config-rules-evaluation", {"config-rule-names": rule.name}),
            yes="evaluate",
        )
        if await self._agreed(question):
            await session.compliance.evaluate([rule.name])
            self.app.say(f"{rule.name} is being evaluated.")


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
