"""What is done with rules and their verdicts."""

from __future__ import annotations

from functools import partial

from backend.client.session import Session
from backend.model.item import ResourceKey
from backend.model.problem import BadInput
from backend.model.verdicts import verdict_key
from tui.actions.change import Changes
from tui.actions.deed import Action
from tui.panes.compliance import CompliancePane
from tui.panes.compliance_views import VIEWS
from tui.panes.stream import StreamPane
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
            "compliance.rule": lambda _: self.rule(),
            "compliance.timeline": lambda _: self.timeline(),
            "compliance.verdicts": lambda _: self.verdict_history(),
            "compliance.why": lambda _: self.why(),
            "compliance.try": self.try_rule,
            "compliance.library": self.library,
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

    def rule(self) -> None:
        """The rule under the cursor in full, or the history of the pack."""
        pack = self.verdicts.current_pack()
        if pack is not None:
            from tui.screens.pack import PackScreen

            self.app.push_screen(PackScreen(self.workspace, pack, self.app.glyphs))
            return
        rule = self.verdicts.current_rule()
        if rule is None:
            self.app.say("Choose a rule first: all that is known of it is shown then.")
            return
        from tui.screens.rule import RuleScreen

        def done(change: bool | None) -> None:
            if change:
                self.app.run_command("putting.change", rule.name)

        self.app.push_screen(RuleScreen(self.workspace, rule), done)

    def why(self) -> None:
        """The reasons of the verdict under the cursor."""
        from tui.screens.item import ItemScreen
        from tui.screens.verdict import VerdictScreen

        screen = self.app.screen
        found = screen.current_verdict if isinstance(screen, ItemScreen) else self.verdicts.current_violation()
        if found is None:
            self.app.say("Choose a verdict first: what decided it is shown then.")
            return
        self.app.push_screen(VerdictScreen(self.workspace, found))

    def try_rule(self, named: str) -> None:
        """A rule tried on the items of the resource at hand."""
        key = self.workspace.resource
        if key is None:
            self.app.say("Choose a resource first: a rule is tried on its items.")
            return
        from tui.screens.trying import TryScreen

        self.app.push_screen(TryScreen(self.workspace, key, named.strip(), self.app.glyphs))

    def library(self, search: str) -> None:
        """The managed rules that there are, those first that are searched for."""
        from tui.screens.library import LibraryScreen

        put = partial(self.app.run_command, "putting.rule")
        self.app.push_screen(LibraryScreen(self.workspace, put, search.strip()))

    def timeline(self) -> None:
        """The timeline of the resource under the cursor."""
        self._open_timeline(self._resource)

    def verdict_history(self) -> None:
        """How the verdicts on the resource under the cursor came about, where AWS Config records them."""
        self._open_timeline(verdict_key(self._resource) if self._resource is not None else None)

    @property
    def _resource(self) -> ResourceKey | None:
        """The resource under the cursor, or the one that the verdict or message there is about."""
        pane = self.pane
        if isinstance(pane, StreamPane):
            return pane.current_resource()
        if pane is self.verdicts:
            found = self.verdicts.current_violation()
            return ResourceKey(found.resource_type, found.resource_id) if found is not None else None
        return self.workspace.resource

    def _open_timeline(self, key: ResourceKey | None) -> None:
        if key is None:
            self.app.say("There is no resource under the cursor.")
            return
        from tui.screens.item import ItemScreen

        self.workspace.selection.choose(key)
        page = ItemScreen(self.workspace, self.app.glyphs)
        self.app.push_screen(page)
        page.call_after_refresh(page.show_part, "timeline")

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
