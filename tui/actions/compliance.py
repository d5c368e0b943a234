"""What is done with rules and their verdicts."""

from __future__ import annotations

from backend.client.session import Session
from backend.model.problem import BadInput
from tui.actions.change import Changes
from tui.actions.deed import Action
from tui.panes.compliance import CompliancePane
from tui.panes.compliance_views import VIEWS
from tui.screens.confirm import Question


class ComplianceDeeds(Changes):
    """Evaluates rules, and shows their verdicts from other sides."""

    def table(self) -> dict[str, Action]:
        return {
            "compliance.evaluate": lambda text: self._change(
                "evaluate", lambda session: self._evaluate(session, every=text.strip().casefold() == "all")
            ),
            "compliance.view": self.next_view,
            "compliance.flow": lambda _: self.flow(),
        }

    @property
    def verdicts(self) -> CompliancePane:
        """The pane of the verdicts."""
        pane = self.dashboard.panes["compliance"]
        assert isinstance(pane, CompliancePane)
        return pane

    def next_view(self, name: str) -> None:
        """The view of this name, or the one after the present one."""
        known = list(VIEWS)
        if name and name not in known:
            self.app.say(f"There is no view “{name}”; there are {', '.join(known)}.", "warning")
            return
        self.dashboard.go_to("compliance")
        self.verdicts.show_view(name or known[(known.index(self.verdicts.view) + 1) % len(known)])

    def flow(self) -> None:
        """The flow of the rule under the cursor."""
        rule = self.verdicts.current_rule()
        if rule is None:
            self.app.say("Choose a rule first: its flow is shown then.")
            return
        from tui.screens.flow import FlowScreen

        self.app.push_screen(FlowScreen(self.workspace, rule))

    # Rules

    async def _evaluate(self, session: Session, *, every: bool) -> None:
        pane = self.verdicts
        rule = pane.current_rule()
        names = pane.broken_rules() if every else [rule.name] if rule is not None else []
        if session.compliance is None or not names:
            raise BadInput("No rule is broken" if every else "No rule is chosen")
        told = names[0] if len(names) == 1 else f"{len(names)} rules: {', '.join(names)}"
        question = Question(
            title="Evaluate the rule again?" if len(names) == 1 else "Evaluate all broken rules again?",
            changes=(("rule" if len(names) == 1 else "rules", told), ("region", session.region)),
            command=self._command(session, "start-config-rules-evaluation", {"config-rule-names": names}),
            yes="evaluate",
        )
        if await self._agreed(question):
            await session.compliance.evaluate(names)
            self.app.say(f"{told} {'is' if len(names) == 1 else 'are'} being evaluated.")
