"""The tables of the compliance pane, what stands in their rows, and what is exported of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from textual.content import Content

from backend.model.compliance import Evaluation, Rule
from backend.model.item import Document, ResourceKey
from backend.model.moment import Moment, to_iso
from tui import times
from tui.glyphs import Glyphs
from tui.panes.compliance_views import Offender, PackRow
from tui.panes.facts import sign, style_of
from tui.panes.spelling import called, kind
from tui.times import Zone
from tui.widgets.columns import Column
from tui.widgets.table import BigTable

Cells: TypeAlias = tuple[str | Content, ...]

EXPORTED = ("rule", "compliance", "resourceType", "resourceId", "annotation", "recorded")
"""The columns of an exported table."""


def key_of(found: Evaluation) -> ResourceKey:
    """The resource of a verdict."""
    return ResourceKey(found.resource_type, found.resource_id)


def rules_table(cells: Callable[[Rule], Cells], zone: Zone) -> BigTable[Rule]:
    """The rules, one in a row."""
    columns = (
        Column("sign", "", width=1),
        Column("count", "bad", width=4, right=True),
        Column("name", "rule", minimum=26, weight=3, shorten="middle"),
        Column("verdict", "verdict", width=17, drop=2),
        Column("passed", times.titled("last", zone), width=13, drop=1),
    )
    return BigTable(columns, cells, key=lambda rule: rule.name, empty="", id="compliance-rules")


def offenders_table(cells: Callable[[Offender], Cells]) -> BigTable[Offender]:
    """The resources that break rules."""
    columns = (
        Column("count", "bad", width=4, right=True),
        Column("resource", "resource", minimum=26, weight=3, shorten="middle"),
        Column("rules", "breaks", minimum=20, weight=3, drop=1),
    )
    return BigTable(columns, cells, key=lambda row: row.key, empty="", id="compliance-resources")


def packs_table(cells: Callable[[PackRow], Cells]) -> BigTable[PackRow]:
    """The packs, each with its rules below it."""
    columns = (
        Column("sign", "", width=1),
        Column("name", "pack and rules", minimum=26, weight=3, shorten="middle"),
        Column("score", "score", width=7, right=True),
        Column("verdict", "verdict", width=17, drop=1),
    )
    return BigTable(columns, cells, key=_pack_key, empty="", id="compliance-packs")


def _pack_key(row: PackRow) -> tuple[str, str]:
    return row.pack.name, row.rule.name if row.rule is not None else ""


def violations_table(cells: Callable[[Evaluation], Cells], zone: Zone) -> BigTable[Evaluation]:
    """What breaks a rule, or what a resource breaks."""
    columns = violation_columns(zone, of_rules=False)
    return BigTable(columns, cells, key=_violation_key, empty="", id="compliance-violations")


def _violation_key(found: Evaluation) -> tuple[str, str, str]:
    return found.rule, found.resource_type, found.resource_id


def violation_columns(zone: Zone, *, of_rules: bool) -> tuple[Column, ...]:
    """The columns of verdicts, by the rules that gave them or by the resources that they are about."""
    return (
        Column("age", "since", width=6, right=True),
        Column("what", "rule" if of_rules else "resource", minimum=30, weight=3, shorten="middle"),
        Column("why", "why", minimum=30, weight=4, drop=1),
        Column("time", times.titled("found", zone), width=19, drop=2),
    )


def rule_cells(rule: Rule, signs: Glyphs, now: Moment, zone: Zone) -> Cells:
    """A rule with its verdict, and when it ran last."""
    count = f"{rule.non_compliant_count}{'+' if rule.count_capped else ''}" if rule.non_compliant_count else ""
    last = rule.last_evaluation
    return (
        sign(rule.compliance, signs),
        Content(count).stylize(style_of(rule.compliance)),
        rule.name,
        _verdict(rule.compliance),
        times.short(last, now, zone) if last is not None else "",
    )


def offender_cells(row: Offender, signs: Glyphs, names: Mapping[ResourceKey, str]) -> Cells:
    """A resource with the rules that it breaks."""
    return (
        Content.styled(f"{signs.bad}{len(row.verdicts)}", "$text-error"),
        f"{kind(row.key.resource_type)} {called(row.key, names)}",
        ", ".join(found.rule for found in row.verdicts),
    )


def pack_cells(row: PackRow, signs: Glyphs, *, unfolded: bool) -> Cells:
    """A pack with its score, or one of its rules."""
    compliance = row.rule.compliance if row.rule is not None else row.pack.compliance
    if row.rule is not None:
        return sign(compliance, signs), f"  {row.rule.name}", "", _verdict(compliance)
    score = f"{row.pack.score:.0f} %" if row.pack.score is not None else ""
    fold = signs.unfolded if unfolded else signs.folded
    return sign(compliance, signs), f"{fold} {row.pack.name}", score, _verdict(compliance)


def violation_cells(found: Evaluation, what: str, now: Moment, zone: Zone) -> Cells:
    """A verdict: since when, of what, and why."""
    since = found.recorded_time
    return (
        times.brief(since, now) if since is not None else "",
        what,
        found.annotation,
        times.full(since, zone) if since is not None else "",
    )


def _verdict(compliance: str) -> Content:
    return Content(compliance.lower().replace("_", " ")).stylize(style_of(compliance))


def nothing(rule: Rule) -> str:
    """What to say of a rule without violations."""
    if rule.last_error_message:
        return f"{rule.last_error_code}: {rule.last_error_message}"
    if rule.compliance == "COMPLIANT":
        return "Nothing breaks this rule."
    return "This rule has no verdicts yet: E evaluates it."


def document(view: str, rules: Sequence[Rule], rule: str | None, violations: Sequence[Evaluation]) -> Document:
    """What is shown, to be exported."""
    return {
        "view": view,
        "rules": [
            {"name": one.name, "compliance": one.compliance, "nonCompliant": one.non_compliant_count} for one in rules
        ],
        "rule": rule,
        "violations": [
            {
                "rule": found.rule,
                "resourceType": found.resource_type,
                "resourceId": found.resource_id,
                "annotation": found.annotation,
                "recorded": to_iso(found.recorded_time) if found.recorded_time is not None else None,
            }
            for found in violations
        ],
    }


def exported(found: Evaluation) -> tuple[str, ...]:
    """A verdict as a row of an exported table."""
    when = to_iso(found.recorded_time) if found.recorded_time is not None else ""
    return found.rule, found.compliance, *key_of(found), found.annotation, when
