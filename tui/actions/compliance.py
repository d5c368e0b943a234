"""What is done with rules and their verdicts."""

from __future__ import annotations

from backend.client.session import Session
from backend.model.problem import BadInput
from tui.actions.change import Changes
from tui.actions.deed import Action
from tui.panes.compliance import CompliancePane
from tui.screens.confirm import Question


class ComplianceDeeds(Changes):
    """Evaluates rules."""

    def table(self) -> dict[str, Action]:
        return {"compliance.evaluate": lambda _: self._change("evaluate", self._evaluate)}

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
