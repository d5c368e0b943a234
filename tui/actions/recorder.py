"""Starting and stopping the recorder (REC-07, REC-11)."""

from __future__ import annotations

from backend.client.session import Session
from backend.model.problem import Missing
from tui.actions.change import Changes
from tui.actions.deed import Action
from tui.screens.confirm import Question


class RecorderDeeds(Changes):
    """What is done to the recorder."""

    def table(self) -> dict[str, Action]:
        return {
            "recorder.start": lambda _: self._change("start the recorder", self._start),
            "recorder.stop": lambda _: self._change("stop the recorder", self._stop),
        }

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
