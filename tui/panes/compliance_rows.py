"""What stands in the rows of the compliance pane, and what is exported of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

Cells: TypeAlias = tuple[str | Content, ...]

EXPORTED = ("rule", "compliance", "resourceType", "resourceId", "annotation", "recorded")
"""The columns of an exported table."""


def key_of(found: Evaluation) -> ResourceKey:
    """The resource of a verdict."""
    return ResourceKey(found.resource_type, found.resource_id)


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
