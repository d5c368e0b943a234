"""The compliance pane: which rules are broken, by what, since when (RUL-12, RUL-13)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from textual import events, on
from textual.content import Content
from textual.widget import Widget

from backend.model.compliance import Evaluation, Rule
from backend.model.item import ResourceKey
from backend.model.moment import to_iso
from tui import times
from tui.panes.facts import sign, style_of
from tui.panes.pane import Pane
from tui.panes.spelling import kind
from tui.widgets.columns import Column
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from tui.selection import View

BESIDE = 90
"""From this many columns on the violations stand beside the rules, not below."""

_ORDER = {"NON_COMPLIANT": 0, "INSUFFICIENT_DATA": 1, "COMPLIANT": 2, "NOT_APPLICABLE": 3}


class CompliancePane(Pane):
    """Rules, the most broken first, and what breaks the one under the cursor."""

    FOLLOWS_VIEW = True
    LOADS_HIDDEN = True

    DEFAULT_CSS = """
    CompliancePane #compliance-rules { height: 1fr; }
    CompliancePane #compliance-violations { height: 1fr; border-top: solid $panel-lighten-1; }
    CompliancePane.-beside > .pane--body { layout: horizontal; }
    CompliancePane.-beside #compliance-violations { border-top: none; border-left: solid $panel-lighten-1; width: 2fr; }
    """

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self.rules: list[Rule] = []
        self.violations: list[Evaluation] = []
        self._filter = ""
        self._rules: BigTable[Rule] = BigTable(
            (
                Column("sign", "", width=1),
                Column("count", "bad", width=4, right=True),
                Column("name", "rule", minimum=26, weight=3, shorten="middle"),
                Column("verdict", "verdict", width=17, drop=2),
                Column("passed", times.titled("last", workspace.zone), width=13, drop=1),
            ),
            self._rule_cells,
            key=lambda rule: rule.name,
            empty="",
            id="compliance-rules",
        )
        self._violations: BigTable[Evaluation] = BigTable(
            (
                Column("age", "since", width=6, right=True),
                Column("resource", "resource", minimum=30, weight=3, shorten="middle"),
                Column("why", "why", minimum=30, weight=4, drop=1),
                Column("time", times.titled("found", workspace.zone), width=19, drop=2),
            ),
            self._violation_cells,
            key=lambda found: (found.resource_type, found.resource_id),
            empty="",
            id="compliance-violations",
        )

    def body(self) -> ComposeResult:
        yield self._rules
        yield self._violations

    def main_part(self) -> Widget:
        return self._rules

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= BESIDE, "-beside")

    # Loading

    def view_changed(self, view: View) -> None:
        """AWS Config keeps no verdicts of then: say that these are of now."""
        self.remark("The verdicts are those of now." if view.moment is not None else "")

    async def load(self, session: Session) -> None:
        if session.compliance is None:
            self._rules.set_empty("A file holds no verdicts.")
            self._violations.set_empty("")
            return
        rules = await session.compliance.rules()
        self.rules = sorted(
            rules, key=lambda rule: (-rule.non_compliant_count, _ORDER.get(rule.compliance, 1), rule.name)
        )
        self._show_rules()
        await self._load_violations(session)

    async def _load_violations(self, session: Session) -> None:
        rule = self._rules.current
        if rule is None or session.compliance is None:
            self.violations = []
        elif rule.compliance == "NON_COMPLIANT":
            self.violations = await session.compliance.details(rule.name)
        else:
            self.violations = []
        self._violations.set_empty("" if rule is None else _nothing(rule))
        self._violations.set_list(self.violations)

    # Showing

    def _tick(self) -> None:
        """Ages grow while nothing else happens."""
        if self.violations and self.is_on_screen:
            self._violations.refresh()

    def _show_rules(self) -> None:
        wanted = self._filter.casefold()
        shown = [rule for rule in self.rules if wanted in f"{rule.name} {rule.compliance} {rule.identifier}".casefold()]
        self._rules.set_empty("Nothing matches the filter." if self._filter else "There are no rules.")
        self._rules.set_match(self._filter)
        self._rules.set_list(shown)
        broken = [rule for rule in self.rules if rule.compliance == "NON_COMPLIANT"]
        if not self.rules:
            self.retitle(Content(""))
        elif broken:
            words = f"{self.signs.bad} {len(broken)} of {len(self.rules)} broken"
            mark = Content(f"{self.signs.bad}{len(broken)}").stylize("$text-error bold")
            self.retitle(Content(words).stylize("$text-error bold"), mark)
        else:
            told = Content(f"{self.signs.good} all {len(self.rules)} kept").stylize("$text-success")
            self.retitle(told, told[:1])

    def _rule_cells(self, rule: Rule) -> tuple[str | Content, ...]:
        count = f"{rule.non_compliant_count}{'+' if rule.count_capped else ''}" if rule.non_compliant_count else ""
        last = rule.last_evaluation
        return (
            sign(rule.compliance, self.signs),
            Content(count).stylize(style_of(rule.compliance)),
            rule.name,
            Content(rule.compliance.lower().replace("_", " ")).stylize(style_of(rule.compliance)),
            times.short(last, self.workspace.now(), self.workspace.zone) if last is not None else "",
        )

    def _violation_cells(self, found: Evaluation) -> tuple[str | Content, ...]:
        key = ResourceKey(found.resource_type, found.resource_id)
        since = found.recorded_time
        return (
            times.brief(since, self.workspace.now()) if since is not None else "",
            f"{kind(found.resource_type)} {self.workspace.names.get(key) or found.resource_id}",
            found.annotation,
            times.full(since, self.workspace.zone) if since is not None else "",
        )

    # What the person does

    @on(BigTable.Highlighted, "#compliance-rules")
    def rule_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._follow_rule()

    def _follow_rule(self) -> None:
        """Show what breaks the rule that is under the cursor now."""
        session = self.workspace.session
        if session is not None:
            self.run_worker(
                self.guarded(self._load_violations(session)),
                group="pane-violations",
                exclusive=True,
                exit_on_error=False,
            )

    @on(BigTable.Selected, "#compliance-rules")
    def rule_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        if self.violations:
            self._violations.focus()

    @on(BigTable.Highlighted, "#compliance-violations")
    def resource_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self.workspace.selection.choose(_key(event.row), passing=True)

    @on(BigTable.Selected, "#compliance-violations")
    def resource_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self.workspace.selection.choose(_key(event.row))
        self.post_message(self.Opened(_key(event.row)))

    def step_out(self) -> bool:
        if self._violations.has_focus:
            self._rules.focus()
            return True
        return False

    def current_rule(self) -> Rule | None:
        """The rule under the cursor."""
        return self._rules.current

    def names_changed(self) -> None:
        self._violations.refresh()

    def filter_text(self) -> str | None:
        return self._filter

    def apply_filter(self, text: str) -> None:
        self._filter = text
        before = self._rules.current
        self._show_rules()
        now = self._rules.current
        if (before and before.name) != (now and now.name):
            self._follow_rule()

    def filter_note(self) -> str:
        return f"{self._rules.line_count:,} of {len(self.rules):,}"

    def copy_text(self) -> str:
        found = self._violations.current
        if self._violations.has_focus and found is not None:
            return found.resource_id
        rule = self._rules.current
        return rule.name if rule is not None else ""

    def export(self) -> tuple[str, str]:
        """The rules with their counts, and the violations of the one under the cursor."""
        rule = self._rules.current
        return "json", json.dumps(
            {
                "rules": [
                    {"name": one.name, "compliance": one.compliance, "nonCompliant": one.non_compliant_count}
                    for one in self.rules
                ],
                "rule": rule.name if rule is not None else None,
                "violations": [
                    {
                        "resourceType": found.resource_type,
                        "resourceId": found.resource_id,
                        "annotation": found.annotation,
                        "recorded": to_iso(found.recorded_time) if found.recorded_time is not None else None,
                    }
                    for found in self.violations
                ],
            },
            indent=2,
        )


def _key(found: Evaluation) -> ResourceKey:
    return ResourceKey(found.resource_type, found.resource_id)


def _nothing(rule: Rule) -> str:
    """What to say of a rule without violations."""
    if rule.last_error_message:
        return f"{rule.last_error_code}: {rule.last_error_message}"
    if rule.compliance == "COMPLIANT":
        return "Nothing breaks this rule."
    return "This rule has no verdicts yet."
