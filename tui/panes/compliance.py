"""The compliance pane: which rules are broken, by what, since when; the same by resource, by pack, and overall
(RUL-12 to RUL-14)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from backend.model.compliance import Evaluation, Overall, Pack, Rule
from tui.names import Naming
from tui.panes import compliance_rows as rows
from tui.panes import compliance_views as views
from tui.panes.compliance_rows import Cells, key_of
from tui.panes.compliance_views import VIEWS, Offender, PackRow, Wanted
from tui.panes.facts import Facts
from tui.panes.pane import Pane
from tui.panes.spelling import counted, kind
from tui.plain.output import csv_text
from tui.restyling import flip
from tui.widgets.entries import Entries
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import CompliancePart, Session

BESIDE = 90
"""From this many columns on the violations stand beside the rules, not below."""
TALL = 17
"""From this many rows on there is room to say what the rule checks."""
HIGH = 28
"""From here on all that is known of a rule fits."""
READERS = 4
"""Rules whose verdicts are asked for at the same time."""

_NO_RULES = (
    "There are no rules: nothing is checked. a shows all managed rules to choose from, A puts a policy of your own, "
    "K a whole pack."
)
_NO_PACKS = (
    "There are no conformance packs here. A pack deploys many rules at once and gives them one score: K puts one from "
    "the file of its template."
)
_ORDER = {"NON_COMPLIANT": 0, "INSUFFICIENT_DATA": 1, "COMPLIANT": 2, "NOT_APPLICABLE": 3}
_NO_VERDICTS = "These files hold no verdicts. configscope open FILE --rules RULES judges what is in them."
_RECORDED = "Verdicts as AWS Config recorded them: without reasons. open FILE --rules RULES judges what the files hold."


class CompliancePane(Pane):
    """Rules, the most broken first, and what breaks the one under the cursor."""

    THEN = "Verdicts as AWS Config recorded them then: without their reasons and the settings of rules."
    LOADS_HIDDEN = True

    DEFAULT_CSS = """
    CompliancePane .compliance--list { height: 1fr; }
    CompliancePane #compliance-detail { height: 1fr; border-top: solid $panel-lighten-1; }
    CompliancePane #compliance-violations { height: 1fr; }
    CompliancePane #compliance-facts { display: none; max-height: 5; }
    CompliancePane.-tall #compliance-facts { display: block; }
    CompliancePane.-high #compliance-facts { max-height: 10; }
    CompliancePane.-beside > .pane--body { layout: horizontal; }
    CompliancePane.-beside #compliance-detail { border-top: none; border-left: solid $panel-lighten-1; width: 1fr; }
    CompliancePane.-beside .compliance--list { width: 1fr; }
    """

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self._asked: Session | None = None
        """What the rules are from: now, or as of the moment that is looked at."""
        self._naming = Naming(workspace)
        self.rules: list[Rule] = []
        self.violations: list[Evaluation] = []
        """What breaks the rule, or what the resource breaks, under the cursor."""
        self.all_violations: list[Evaluation] = []
        """Of all broken rules; fetched for the views that need them."""
        self.packs: list[Pack] = []
        self._unfolded: set[str] = set()
        """The packs whose rules are shown."""
        self.overall: Overall | None = None
        self.view = "rules"
        self._filter = ""
        self._rules = rows.rules_table(self._rule_cells, workspace.zone)
        self._offenders = rows.offenders_table(self._offender_cells)
        self._pack_rows = rows.packs_table(self._pack_cells)
        self._glance = Entries(names=14, id="compliance-overall")
        self._lists: dict[str, Widget] = {
            "rules": self._rules,
            "security": self._rules,
            "resources": self._offenders,
            "packs": self._pack_rows,
            "overall": self._glance,
        }
        for widget in self._lists.values():
            widget.add_class("compliance--list")
            widget.display = widget is self._rules
        self._facts = Facts(widget_id="compliance-facts")
        self._violations = rows.violations_table(self._violation_cells, workspace.zone)
        self._detail = Vertical(self._facts, self._violations, id="compliance-detail")

    def body(self) -> ComposeResult:
        yield from dict.fromkeys(self._lists.values())
        yield self._detail

    def main_part(self) -> Widget:
        return self._lists[self.view]

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)
        flip(self, "-tall", event.size.height >= TALL)
        flip(self, "-high", event.size.height >= HIGH)

    # Loading

    async def load(self, session: Session) -> None:
        self._asked = session
        part = session.compliance
        if part is None:
            return
        rules = await part.rules()
        if session.recorded:
            self.remark(_RECORDED if rules else "")
        self.rules = sorted(
            rules, key=lambda rule: (-rule.non_compliant_count, _ORDER.get(rule.compliance, 1), rule.name)
        )
        self._show()
        if self.view in ("resources", "overall", "security"):
            await self._load_all(part)
        if self.view == "packs":
            met, self.packs = {pack.name for pack in self.packs}, await part.packs()
            if not met and len(self.packs) == 1:
                self._unfolded.add(self.packs[0].name)
        self._show()
        await self._load_violations(session, part)

    async def _load_all(self, part: CompliancePart) -> None:
        """The violations of all broken rules, and how everything stands."""
        found: list[Evaluation] = []
        names = [rule.name for rule in self.rules if rule.compliance == "NON_COMPLIANT"]
        for first in range(0, len(names), READERS):
            some = await asyncio.gather(*(part.details(name) for name in names[first : first + READERS]))
            found += [one for each in some for one in each]
        self.all_violations = found
        if self.view == "overall":
            self.overall = await part.overall(sorted({one.resource_type for one in found}))

    async def _load_violations(self, session: Session, part: CompliancePart) -> None:
        """What stands behind the row under the cursor, and what that is called."""
        rule, offender = self.current_rule(), self._offenders.current
        if self.view == "resources":
            self.violations = list(offender.verdicts) if offender is not None else []
            empty = "" if offender is not None else "Choose a resource."
        elif self.view == "overall" or rule is None:
            self.violations, empty = [], ""
        else:
            found = await part.details(rule.name) if rule.compliance == "NON_COMPLIANT" else []
            self.violations = views.of_security(rule, found) if self.view == "security" else found
            empty = rows.nothing(rule)
        self._violations.set_empty(empty)
        self._violations.set_list(self.violations)
        self._show_facts()
        offenders = views.offenders(self.all_violations) if self.view == "resources" else ()
        await self._naming.learn(session, [row.key for row in offenders] or map(key_of, self.violations))

    # Showing

    def _tick(self) -> None:
        """Ages grow while nothing else happens."""
        if self.is_on_screen:
            if self.violations:
                self._violations.refresh()
            self._show_facts()

    def show_view(self, view: str) -> None:
        """Look at the verdicts in another way."""
        self.view = view
        for widget in dict.fromkeys(self._lists.values()):
            widget.display = widget is self._lists[view]
        self._violations.set_columns(rows.violation_columns(self.workspace.zone, of_rules=view == "resources"))
        self._show()
        if self.is_on_screen:
            self.main_part().focus(scroll_visible=False)
        self.reload(anew=True)

    @property
    def _recorded(self) -> bool:
        return self._asked is not None and self._asked.recorded

    def _wanted(self) -> Wanted:
        return views.read_filter(self._filter)

    def _show(self) -> None:
        """Fill the list of the view that is in front."""
        wanted = self._wanted()
        match = wanted.words[0] if len(wanted.words) == 1 else ""
        nothing = "Nothing matches the filter." if self._filter else ""
        if self.view in ("rules", "security"):
            rules = views.security(self.rules, self.all_violations) if self.view == "security" else self.rules
            none = _NO_VERDICTS if self._recorded else _NO_RULES
            none = none if self.view == "rules" else "No rule is about security."
            self._fill(self._rules, [rule for rule in rules if wanted.of_rule(rule)], nothing or none, match)
        elif self.view == "resources":
            offenders = [
                row for row in views.offenders(self.all_violations) if wanted.of_offender(row, self.workspace.names)
            ]
            self._fill(self._offenders, offenders, nothing or "No resource breaks a rule.", match)
        elif self.view == "packs":
            rows_of_packs = [
                row
                for row in views.pack_rows(self.packs, self._shown_packs(wanted))
                if all(
                    word in f"{row.pack.name} {row.rule.name if row.rule else ''}".casefold() for word in wanted.words
                )
            ]
            none = "No pack is known: only verdicts were recorded." if self._recorded else _NO_PACKS
            self._fill(self._pack_rows, rows_of_packs, nothing or none, match)
        else:
            lines = list(views.overall_lines(self.rules, self.overall, self.all_violations, self.signs))
            self._glance.show(lines)
        self._detail.display = self.view in ("rules", "security") or self._has_rows()
        self._say()

    def _has_rows(self) -> bool:
        """Whether there is a row that something stands behind."""
        shown = self._lists[self.view]
        return isinstance(shown, BigTable) and shown.current is not None

    def _fill(self, table: BigTable[Any], shown: Sequence[Any], empty: str, match: str) -> None:
        table.set_empty(empty)
        table.set_match(match)
        table.set_list(shown)

    def _show_facts(self) -> None:
        rule = self.current_rule()
        facts = list(views.rule_facts(rule, self.workspace.looked_at_from)) if rule is not None else []
        self._facts.show(facts)

    def _say(self) -> None:
        broken = [rule for rule in self.rules if rule.compliance == "NON_COMPLIANT"]
        looked = "" if self.view == "rules" else f"  {VIEWS[self.view]}"
        if not self.rules:
            self.retitle(Content.styled(looked.strip(), "$text-muted"))
        elif broken:
            words = f"{self.signs.bad} {len(broken)} of {len(self.rules)} broken"
            mark = Content(f"{self.signs.bad}{len(broken)}").stylize("$text-error bold")
            self.retitle(Content.assemble((words, "$text-error bold"), (looked, "$text-muted")), mark)
        else:
            told = Content(f"{self.signs.good} all {len(self.rules)} kept").stylize("$text-success")
            self.retitle(Content.assemble(told, (looked, "$text-muted")), told[:1])

    def _rule_cells(self, rule: Rule) -> Cells:
        return rows.rule_cells(rule, self.signs, self.workspace.looked_at_from, self.workspace.zone)

    def _offender_cells(self, row: Offender) -> Cells:
        return rows.offender_cells(row, self.signs, self.workspace.names)

    def _shown_packs(self, wanted: Wanted) -> set[str]:
        """A filter looks into all packs."""
        return {pack.name for pack in self.packs} if wanted.words else self._unfolded

    def _pack_cells(self, row: PackRow) -> Cells:
        return rows.pack_cells(row, self.signs, unfolded=row.pack.name in self._unfolded)

    def _violation_cells(self, found: Evaluation) -> Cells:
        resource = f"{kind(found.resource_type)} {self.workspace.names.get(key_of(found)) or found.resource_id}"
        what = found.rule if self.view == "resources" else resource
        return rows.violation_cells(found, what, self.workspace.looked_at_from, self.workspace.zone)

    # What the person does

    @on(BigTable.Highlighted, ".compliance--list")
    def row_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        if isinstance(event.row, Offender):
            self.workspace.selection.choose(event.row.key, passing=True)
        self._follow_row()

    def _follow_row(self) -> None:
        """Show what stands behind the row that is under the cursor now."""
        session = self._asked
        self._show_facts()
        # What stood behind the row before is no answer for this one, not even for the blink of a request.
        self.violations = []
        self._violations.set_empty("")
        self._violations.set_list(())
        if session is not None and session.compliance is not None:
            begin(
                self,
                partial(self.guarded, partial(self._load_violations, session, session.compliance)),
                "pane-violations",
            )

    @on(BigTable.Selected, ".compliance--list")
    def row_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        if isinstance(event.row, Offender):
            self.workspace.selection.choose(event.row.key)
            self.post_message(self.Opened(event.row.key))
        elif isinstance(event.row, PackRow) and event.row.rule is None:
            self._unfolded ^= {event.row.pack.name}
            self._show()
        elif self.violations:
            self._violations.focus()

    @on(Entries.Chosen)
    def line_chosen(self, event: Entries.Chosen) -> None:
        """A line of the overall view leads to the rules, or to the resources of a type."""
        event.stop()
        went = str(event.goes_to)
        self._filter = went if went.startswith("type:") else ""
        self.show_view("rules" if went == "rules" else "resources")

    @on(BigTable.Highlighted, "#compliance-violations")
    def resource_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self.workspace.selection.choose(key_of(event.row), passing=True)

    @on(BigTable.Selected, "#compliance-violations")
    def resource_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self.workspace.selection.choose(key_of(event.row))
        self.post_message(self.Opened(key_of(event.row)))

    def step_out(self) -> bool:
        if self._violations.has_focus:
            self.main_part().focus()
            return True
        if self.view != "rules":
            self.show_view("rules")
            return True
        return False

    def current_rule(self) -> Rule | None:
        """The rule under the cursor, or the one that the verdict under the cursor is of."""
        if self.view == "packs":
            row = self._pack_rows.current
            name = row.rule.name if row is not None and row.rule is not None else ""
        elif self.view == "resources":
            found = self._violations.current
            name = found.rule if found is not None else ""
        elif self.view == "overall":
            name = ""
        else:
            return self._rules.current
        return next((rule for rule in self.rules if rule.name == name), None)

    def current_pack(self) -> Pack | None:
        """The pack under the cursor, where the cursor is on a pack itself."""
        row = self._pack_rows.current if self.view == "packs" else None
        return row.pack if row is not None and row.rule is None else None

    def view_note(self) -> str:
        return "" if self.view == "rules" else self.view

    def current_violation(self) -> Evaluation | None:
        """The verdict under the cursor, or the first of the rule under the cursor."""
        return self._violations.current

    def broken_rules(self) -> list[str]:
        """The names of the rules that are broken."""
        return [rule.name for rule in self.rules if rule.compliance == "NON_COMPLIANT"]

    def names_changed(self) -> None:
        self._violations.refresh()
        self._offenders.refresh()

    @property
    def filter_hint(self) -> str:
        """The syntax of the filter."""
        return views.HINT

    def filter_text(self) -> str | None:
        return self._filter

    def go_to_rule(self, name: str) -> None:
        """Put the cursor on a rule, whatever is looked at."""
        self._filter = ""
        if self.view != "rules":
            self.show_view("rules")
        self._show()
        number = self._rules.find(name)
        if number is not None:
            self._rules.put_cursor(number)
            self._follow_row()

    def apply_filter(self, text: str) -> None:
        self._filter = text
        before = self._chosen
        self._show()
        if self._chosen != before:
            self._follow_row()

    @property
    def _chosen(self) -> object:
        """What stands under the cursor, as something that can be compared."""
        shown = self._lists[self.view]
        row = shown.current if isinstance(shown, BigTable) else None
        return row.name if isinstance(row, Rule) else row.key if isinstance(row, Offender) else row

    def filter_note(self) -> str:
        if self.view == "resources":
            return f"{self._offenders.line_count:,} of {len(views.offenders(self.all_violations)):,}"
        if self.view == "packs":
            there = len(self.packs) + sum(len(pack.rules) for pack in self.packs)
            return f"{self._pack_rows.line_count:,} of {there:,} packs and rules"
        return f"{self._rules.line_count:,} of {counted(len(self.rules), 'rule')}"

    def filter_problem(self) -> str:
        """What is wrong with what is typed."""
        return views.wrong_in(self._filter)

    def complete_filter(self, text: str) -> list[str]:
        """What a filter could become."""
        return views.complete(text, self.rules, self.all_violations or self.violations)

    def copy_text(self) -> str:
        found, offender = self._violations.current, self._offenders.current
        if self._violations.has_focus and found is not None:
            return found.resource_id
        if self.view == "resources" and offender is not None:
            return offender.key.resource_id
        rule = self.current_rule()
        return rule.name if rule is not None else ""

    def export(self) -> tuple[str, str]:
        """The rules with their counts, and the violations that are shown, as JSON."""
        rule = self.current_rule()
        document = rows.document(self.view, self.rules, rule.name if rule is not None else None, self._exported)
        return "json", json.dumps(document, indent=2)

    def export_as(self, suffix: str) -> str | None:
        """The violations as a table, for `.csv`; None for what there is no other form of."""
        if suffix != "csv":
            return None
        return csv_text(rows.EXPORTED, map(rows.exported, self._exported))

    @property
    def _exported(self) -> list[Evaluation]:
        return self.all_violations if self.view in ("resources", "overall") else self.violations
