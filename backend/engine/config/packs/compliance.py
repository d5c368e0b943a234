"""The calls that read the verdicts of packs (reference: aws-config.md §5.5, §8.2)."""

from __future__ import annotations

from backend.engine.config import pages
from backend.engine.config.packs import operations, register, verdicts
from backend.engine.config.packs.register import Pack
from backend.engine.config.packs.verdicts import RuleVerdict
from backend.engine.config.rules import checks, results
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model.item import Document
from backend.model.moment import to_datetime
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT

_RULES_IN_PAGE = 1000
_RESULTS_IN_PAGE = 100
_PACKS_IN_PAGE = 20


def describe_conformance_pack_compliance(ctx: Context, params: Document) -> Document:
    """DescribeConformancePackCompliance: one verdict a rule of the pack, by name."""
    operation = "DescribeConformancePackCompliance"
    filters: Document = params.get("Filters") or {}
    pack, rules = _asked(ctx, params["ConformancePackName"], filters)
    wanted = filters.get("ComplianceType")
    [behind] = pages.after(ctx, operation, params.get("NextToken")) or [""]
    limit = params.get("Limit") or _RULES_IN_PAGE
    found = [rule for rule in rules if rule.name > behind and wanted in (None, rule.compliance)]
    shown, token = pages.cut(ctx, operation, found, limit, lambda rule: [rule.name])
    return {
        "ConformancePackName": pack.name,
        "ConformancePackRuleComplianceList": [
            {"ConfigRuleName": rule.name, "ComplianceType": rule.compliance, "Controls": []} for rule in shown
        ],
        **token,
    }


def get_conformance_pack_compliance_details(ctx: Context, params: Document) -> Document:
    """GetConformancePackComplianceDetails: the results of the pack's rules, by rule and resource."""
    operation = "GetConformancePackComplianceDetails"
    filters: Document = params.get("Filters") or {}
    if filters.get("ResourceIds") and not filters.get("ResourceType"):
        raise checks.invalid("A ResourceType is needed when ResourceIds are given.")
    pack, rules = _asked(ctx, params["ConformancePackName"], filters)
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["", "", ""]
    limit = params.get("Limit") or _RESULTS_IN_PAGE
    clauses = ["s.region = ?", "s.compliance IN (?, ?)", "(r.name, s.type, s.id) > (?, ?, ?)"]
    values = [ctx.region, COMPLIANT, NON_COMPLIANT, *behind]
    for clause, value in (
        ("s.rule IN (SELECT value FROM json_each(?))", dumps([rule.rule_id for rule in rules])),
        ("s.compliance = ?", filters.get("ComplianceType")),
        ("s.type = ?", filters.get("ResourceType")),
        ("s.id IN (SELECT value FROM json_each(?))", _listed(filters.get("ResourceIds"))),
    ):
        if value is not None:
            clauses.append(clause)
            values.append(value)
    rows = ctx.store.all(
        "SELECT s.*, r.name FROM rule_results s JOIN config_rules r ON r.region = s.region AND r.id = s.rule"
        f" WHERE {' AND '.join(clauses)} ORDER BY r.name, s.type, s.id LIMIT ?",
        (*values, limit + 1),
    )
    shown, token = pages.cut(ctx, operation, rows, limit, lambda row: [row["name"], row["type"], row["id"]])
    return {
        "ConformancePackName": pack.name,
        "ConformancePackRuleEvaluationResults": [results.document(row["name"], row) for row in shown],
        **token,
    }


def _listed(ids: list[str] | None) -> str | None:
    return dumps(ids) if ids else None


def _asked(ctx: Context, name: str, filters: Document) -> tuple[Pack, list[RuleVerdict]]:
    """A pack, and those of its rules that a filter names.

    Raises ServiceError NoSuchConformancePackException or NoSuchConfigRuleInConformancePackException.
    """
    [pack] = register.existing(ctx, [name])
    rules = verdicts.of_rules(ctx, pack)
    names = set(filters.get("ConfigRuleNames") or ())
    if not names <= {rule.name for rule in rules}:
        raise ServiceError(
            "NoSuchConfigRuleInConformancePackException",
            f"One or more of the Config rules are not in the conformance pack {name}.",
        )
    return pack, [rule for rule in rules if not names or rule.name in names]


def get_conformance_pack_compliance_summary(ctx: Context, params: Document) -> Document:
    """GetConformancePackComplianceSummary: one verdict a pack."""
    operation = "GetConformancePackComplianceSummary"
    packs = register.existing(ctx, params["ConformancePackNames"])
    shown, token = operations.page(ctx, operation, packs, params)
    return {
        "ConformancePackComplianceSummaryList": [
            {
                "ConformancePackName": pack.name,
                "ConformancePackComplianceStatus": verdicts.together(verdicts.of_rules(ctx, pack)),
            }
            for pack in shown
        ],
        **token,
    }


def list_conformance_pack_compliance_scores(ctx: Context, params: Document) -> Document:
    """ListConformancePackComplianceScores: by name, or by score; packs without one come first going up."""
    operation = "ListConformancePackComplianceScores"
    names = (params.get("Filters") or {}).get("ConformancePackNames")
    scored = [(pack, verdicts.tally(ctx, pack)) for pack in register.everything(ctx) if not names or pack.name in names]
    if params.get("SortBy"):
        scored.sort(key=lambda each: each[1].compliant / each[1].pairs if each[1].pairs else -1.0)
    if params.get("SortOrder") == "DESCENDING":
        scored.reverse()
    # The order may change with every evaluation, so a page goes on at a place, not behind a name.
    [place] = pages.after(ctx, operation, params.get("NextToken")) or ["0"]
    start, limit = int(place), params.get("Limit") or _PACKS_IN_PAGE
    answer: Document = {
        "ConformancePackComplianceScores": [
            {
                "ConformancePackName": pack.name,
                "Score": tally.score,
                "LastUpdatedTime": to_datetime(tally.latest or pack.completed or pack.requested),
            }
            for pack, tally in scored[start : start + limit]
        ]
    }
    if start + limit < len(scored):
        answer["NextToken"] = pages.token(ctx, operation, [str(start + limit)])
    return answer


OPERATIONS: dict[str, Operation] = {
    "DescribeConformancePackCompliance": describe_conformance_pack_compliance,
    "GetConformancePackComplianceDetails": get_conformance_pack_compliance_details,
    "GetConformancePackComplianceSummary": get_conformance_pack_compliance_summary,
    "ListConformancePackComplianceScores": list_conformance_pack_compliance_scores,
}
