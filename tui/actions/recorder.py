"""Starting and stopping the recorder, how long its items are kept, and the set-up (REC-07, REC-11, ITM-17)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from backend.client.session import Session
from backend.model.problem import Missing, Problem
from backend.model.retention import LONGEST, SHORTEST, read_days
from backend.model.setup import STEPS
from tui.actions.change import Changes
from tui.actions.deed import Action
from tui.panes.recorder import RecorderPane, group_words, kept_words
from tui.screens.confirm import Question

if TYPE_CHECKING:
    from backend.model.setup import Plan, Repair
    from tui.screens.set_up import SetUpScreen


_DEFAULT = "default"


class RecorderDeeds(Changes):
    """What is done to the recorder."""

    def table(self) -> dict[str, Action]:
        return {
            "recorder.start": lambda _: self._change("start the recorder", self._start),
            "recorder.stop": lambda _: self._change("stop the recorder", self._stop),
            "recorder.retention": lambda text: self._change(
                "set the retention", lambda session: self._set_retention(session, text)
            ),
            "recorder.view": self.turn,
            "recorder.set_up": lambda _: self.begin("set-up", self._open_set_up()),
        }

    def turn(self, view: str) -> None:
        """The recorder pane's list by another view."""
        pane = self.dashboard.panes["recorder"]
        if isinstance(pane, RecorderPane):
            self.dashboard.go_to("recorder")
            pane.turn(view)

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

    async def _set_retention(self, session: Session, text: str) -> None:
        part = session.recorder
        if part is None:
            return
        before = await part.retention()
        if not text:
            self.ask_command("retention ", f"now {kept_words(before)}: {SHORTEST} to {LONGEST} days, 1y, or default")
            return
        days = None if text.strip().lower() == _DEFAULT else read_days(text)
        if days == before:
            self.app.say(f"Items are kept {kept_words(before)} already.")
            return
        if days is None:
            command = self._command(
                session, "delete-retention-configuration", {"retention-configuration-name": "default"}
            )
        else:
            command = self._command(session, "put-retention-configuration", {"retention-period-in-days": str(days)})
        shorter = (days or LONGEST) < (before or LONGEST)
        question = Question(
            title="Change how long items are kept?",
            changes=(("region", session.region), ("kept", f"{kept_words(before)} → {kept_words(days)}")),
            warning="Items that are older are removed, and cannot be told any more." if shorter else "",
            command=command,
            yes="change it",
        )
        if await self._agreed(question):
            await part.keep(days)
            self.app.say(f"Items are kept {kept_words(days)} from now on.")

    # The set-up

    async def _open_set_up(self) -> None:
        from tui.plans import first_plan
        from tui.screens.set_up import SetUpScreen

        session = self.workspace.session
        if session is None or session.recorder is None or session.delivery is None:
            return
        recorder, channel = await asyncio.gather(session.recorder.get(), session.delivery.channel())
        types: tuple[str, ...] = ()
        counts: dict[str, int] | None = None
        if session.resources is not None:
            types = await session.resources.types()
            with contextlib.suppress(Problem):  # without a recorder AWS counts nothing, which is no problem here
                counts = await session.resources.counts() if recorder is not None else None
        screen = SetUpScreen(
            self.workspace,
            first_plan(session, recorder, channel),
            exists=recorder is not None,
            types=types,
            counts=counts,
            go=lambda plan: self.begin("set up", self._set_up(session, screen, plan)),
            problem=self._told,
        )
        await self.app.push_screen(screen)

    def _told(self, problem: Problem) -> None:
        self.workspace.remember("set-up", problem)
        self.app.say(str(problem), "error")

    async def _set_up(self, session: Session, screen: SetUpScreen, plan: Plan) -> None:
        """Make what is missing, each part when the person agrees; then set up, and say how far it is."""
        if not await self._mended(session, screen):
            return
        wrong = [check for check in await screen.look() if check.state == "bad"]
        question = Question(
            title="Set up AWS Config, and start recording?",
            changes=(
                ("region", plan.region),
                ("recorder", f"{plan.recorder.name}, {group_words(plan.recorder.group).plain}"),
                ("bucket", plan.channel.bucket),
                ("topic", plan.channel.topic_arn or "none"),
            ),
            warning=". ".join(check.told for check in wrong),
            command="\n".join(screen.commands()),
            yes="set up",
        )
        if await self._agreed(question):
            await self._do_set_up(session, screen, plan)

    async def _mended(self, session: Session, screen: SetUpScreen) -> bool:
        """Ask for each thing that is missing whether it is to be made; False when the person said no to one."""
        assert session.setup is not None
        made: list[str] = []
        while True:
            checks = await screen.look()
            wanted = [check.repair for check in checks if check.repair is not None and check.state == "bad"]
            repair = next((one for one in wanted if one.title not in made), None)
            if repair is None:
                return True
            question = Question(
                title=f"{repair.title}?",
                command=screen.repair_command(repair),
                yes="do it",
                changes=_told_params(repair),
            )
            if not await self._agreed(question):
                self.app.say(f"Not done: {repair.title.lower()}. Nothing is set up yet.")
                return False
            await session.setup.repair(repair)
            made.append(repair.title)

    async def _do_set_up(self, session: Session, screen: SetUpScreen, plan: Plan) -> None:
        from backend.client.setup import set_up

        assert session.recorder is not None and session.delivery is not None
        done = 0

        def told(count: int, failed: str = "") -> None:
            nonlocal done
            done = count
            screen.show_steps(list(_steps(count, failed)))

        told(0)
        try:
            await set_up(session.recorder, session.delivery, plan.recorder, plan.channel, told)
        except Problem as problem:
            told(done, str(problem))
            raise
        screen.take_as_given()
        for pane in self.dashboard.panes.values():
            pane.reload()
        self.app.say("AWS Config is set up and records. The first resources appear in the panes; esc shows them.")


def _steps(count: int, failed: str) -> Iterator[tuple[str, str]]:
    """The steps of a set-up of which `count` are done, and the next one under way, or `failed`."""
    for number, step in enumerate(STEPS):
        if number < count:
            yield "good", step
        elif number > count:
            yield "off", step
        else:
            yield ("bad", f"{step}: {failed}") if failed else ("waiting", step)
    if count == len(STEPS):
        yield "good", "AWS Config records"


def _told_params(repair: Repair) -> tuple[tuple[str, str], ...]:
    """What a repair is about, in a line or two; a policy is told in the command."""
    return tuple((name, value) for name, value in repair.params.items() if isinstance(value, str) and len(value) < 100)
