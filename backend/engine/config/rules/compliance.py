"""The calls that read verdicts: per rule, per resource, in detail and in sum (reference: aws-config.md §5.4, §5.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.engine.config import pages
from backend.engine.config.rules import checks, operations, proactive, results
from backend.engine.config.rules.register import ConfigRule
from backend.engine.context import Context
from backend.engine.store import Row
from backend.model.item import Document
from backend.model.moment import to_datetime
from backend.rules.verdict import COMPLIANT, INSUFFICIENT_DATA, NON_COMPLIANT, NOT_APPLICABLE

COUNT_CAP = 25
"""Contributors, and rules in a summary."""
RESOURCES_CAP = 100
"""Resources in a summary."""

_AGGREGATE_TYPES = (COMPLIANT, NON_COMPLIANT, INSUFFICIENT_DATA)
_DETAIL_TYPES = (COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE)


def describe_compliance_by_config_rule(ctx: Context, params: Document) -> Document:
    """DescribeComplianceByConfigRule: one verdict a rule, 25 rules a page (before the filter)."""
    wanted = _wanted(params, _AGGREGATE_TYPES)
    found, token = operations.chosen(ctx, "DescribeComplianceByConfigRule", params)
    verdicts = [(rule, _of_rule(ctx, rule)) for rule in found]
    return {
        "ComplianceByConfigRules": [
            {"ConfigRuleName": rule.name, "Compliance": compliance}
            for rule, compliance in verdicts
            if compliance["ComplianceType"] in wanted
        ],
        **token,
    }


def _of_rule(ctx: Context, rule: ConfigRule) -> Document:
    rows = ctx.store.all(
        "SELECT compliance, count(*) AS n FROM rule_results WHERE region = ? AND rule = ? GROUP BY compliance",
        (ctx.region, rule.rule_id),
    )
    return _aggregate({row["compliance"]: row["n"] for row in rows})


def _aggregate(counts: dict[str, int]) -> Document:
    """The verdict over many: one bad one decides, and only those that say something count."""
    if counts.get(NON_COMPLIANT):
        return {
            "ComplianceType": NON_COMPLIANT,
            "ComplianceContributorCount": capped(counts[NON_COMPLIANT], COUNT_CAP),
        }
    return {"ComplianceType": COMPLIANT if counts.get(COMPLIANT) else INSUFFICIENT_DATA}


def capped(count: int, cap: int) -> Document:
    """A number as `ComplianceContributorCount`, not said exactly above a cap."""
    return {"CappedCount": min(count, cap), "CapExceeded": count > cap}


def describe_compliance_by_resource(ctx: Context, params: Document) -> Document:
    """DescribeComplianceByResource: one verdict a resource that some rule looked at."""
    operation = "DescribeComplianceByResource"
    wanted = _wanted(params, _AGGREGATE_TYPES)
    _id_needs_type(params)
    limit = pages.size(params.get("Limit"))
    behind = pages.after(ctx, operation, params.get("NextToken")) or [params.get("ResourceType") or "", ""]
    where, values = _resources(params, behind)
    verdict = (
        f"CASE WHEN sum(compliance = '{NON_COMPLIANT}') THEN '{NON_COMPLIANT}'"
        f" WHEN sum(compliance = '{COMPLIANT}') THEN '{COMPLIANT}' ELSE '{INSUFFICIENT_DATA}' END"
    )
    rows = ctx.store.all(
        f"SELECT type, id, sum(compliance = '{NON_COMPLIANT}') AS bad, {verdict} AS verdict FROM rule_results"
        f" WHERE region = ? AND {where}"
        f" GROUP BY type, id HAVING verdict IN ({_marks(wanted)}) ORDER BY type, id LIMIT ?",
        (ctx.region, *values, *wanted, limit + 1),
    )
    return {
        "ComplianceByResources": [
            {
                "ResourceType": row["type"],
                "ResourceId": row["id"],
                "Compliance": _aggregate({row["verdict"]: row["bad"] or 1}),
            }
            for row in rows[:limit]
        ],
        **_more(ctx, operation, rows, limit, ("type", "id")),
    }


def get_compliance_details_by_config_rule(ctx: Context, params: Document) -> Document:
    """GetComplianceDetailsByConfigRule: the results of one rule, by resource."""
    operation = "GetComplianceDetailsByConfigRule"
    wanted = _wanted(params, _DETAIL_TYPES, (COMPLIANT, NON_COMPLIANT))
    rule = operations.single(ctx, params["ConfigRuleName"])
    operation = f"{operation} {rule.rule_id}"  # a token leads through the results of one rule
    limit = pages.size(params.get("Limit"))
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["", ""]
    rows = ctx.store.all(
        "SELECT * FROM rule_results WHERE region = ? AND rule = ? AND (type, id) > (?, ?)"
        f" AND compliance IN ({_marks(wanted)}) ORDER BY type, id LIMIT ?",
        (ctx.region, rule.rule_id, *behind, *wanted, limit + 1),
    )
    return {
        "EvaluationResults": [results.document(rule.name, row) for row in rows[:limit]],
        **_more(ctx, operation, rows, limit, ("type", "id")),
    }


def get_compliance_details_by_resource(ctx: Context, params: Document) -> Document:
    """GetComplianceDetailsByResource: what each rule said of one resource, or in one evaluation, by rule name."""
    operation = "GetComplianceDetailsByResource"
    wanted = _wanted(params, _DETAIL_TYPES, (COMPLIANT, NON_COMPLIANT))
    limit = pages.MOST_RESULTS_IN_PAGE
    # The model of this call has no InvalidNextTokenException.
    refusal = "InvalidParameterValueException"
    behind = pages.after(ctx, operation, params.get("NextToken"), refusal=refusal) or [""]
    if params.get("ResourceEvaluationId"):
        said = [
            row
            for row in proactive.of_evaluation(ctx, params["ResourceEvaluationId"])
            if row["rule"] > behind[0] and row["compliance"] in wanted
        ]
        shown, token = pages.cut(ctx, operation, said, limit, lambda row: [row["rule"]])
        return {"EvaluationResults": [proactive.document(row) for row in shown], **token}
    if not params.get("ResourceType") or not params.get("ResourceId"):
        raise checks.invalid("ResourceType and ResourceId are both needed.")
    rows = ctx.store.all(
        "SELECT s.*, r.name FROM rule_results s JOIN config_rules r ON r.region = s.region AND r.id = s.rule"
        f" WHERE s.region = ? AND s.type = ? AND s.id = ? AND s.compliance IN ({_marks(wanted)}) AND r.name > ?"
        " ORDER BY r.name LIMIT ?",
        (ctx.region, params["ResourceType"], params["ResourceId"], *wanted, *behind, limit + 1),
    )
    return {
        "EvaluationResults": [results.document(row["name"], row) for row in rows[:limit]],
        **_more(ctx, operation, rows, limit, ("name",)),
    }


def get_compliance_summary_by_config_rule(ctx: Context, params: Document) -> Document:
    """GetComplianceSummaryByConfigRule: how many rules are kept and broken, each counted up to 25."""
    rows = ctx.store.all(
        f"SELECT max(compliance = '{NON_COMPLIANT}') AS bad FROM rule_results"
        " WHERE region = ? AND compliance IN (?, ?) GROUP BY rule",
        (ctx.region, COMPLIANT, NON_COMPLIANT),
    )
    return {"ComplianceSummary": _summary(ctx, rows, COUNT_CAP)}


def get_compliance_summary_by_resource_type(ctx: Context, params: Document) -> Document:
    """GetComplianceSummaryByResourceType: resources in order and not, up to 100 each, in all or by type."""
    types: list[str | None] = list(dict.fromkeys(params.get("ResourceTypes") or [])) or [None]
    summaries = []
    for kind in types:
        rows = ctx.store.all(
            f"SELECT max(compliance = '{NON_COMPLIANT}') AS bad FROM rule_results"
            " WHERE region = ? AND compliance IN (?, ?) AND (? IS NULL OR type = ?) GROUP BY type, id",
            (ctx.region, COMPLIANT, NON_COMPLIANT, kind, kind),
        )
        named = {"ResourceType": kind} if kind else {}
        summaries.append({**named, "ComplianceSummary": _summary(ctx, rows, RESOURCES_CAP)})
    return {"ComplianceSummariesByResourceType": summaries}


def _summary(ctx: Context, rows: Sequence[Row], cap: int) -> Document:
    bad = sum(row["bad"] for row in rows)
    return {
        "CompliantResourceCount": capped(len(rows) - bad, cap),
        "NonCompliantResourceCount": capped(bad, cap),
        "ComplianceSummaryTimestamp": to_datetime(ctx.now),
    }


def _wanted(params: Document, allowed: Sequence[str], unasked: Sequence[str] | None = None) -> Sequence[str]:
    """The compliance types asked for. Raises ServiceError InvalidParameterValueException for one not taken here."""
    given: list[str] = params.get("ComplianceTypes") or []
    for kind in given:
        if kind not in allowed:
            raise checks.invalid(f"The ComplianceType {kind} is not valid here. Valid values: {', '.join(allowed)}")
    return given or unasked or allowed


def _id_needs_type(params: Document) -> None:
    if params.get("ResourceId") and not params.get("ResourceType"):
        raise checks.invalid("A ResourceType is needed when a ResourceId is given.")


def _resources(params: Document, behind: list[str]) -> tuple[str, list[str]]:
    """The condition for the resources asked for that come behind a (type, id) pair, and its values."""
    if not params.get("ResourceType"):
        return "(type, id) > (?, ?)", behind
    if params.get("ResourceId"):
        return "type = ? AND id > ? AND id = ?", [*behind, params["ResourceId"]]
    return "type = ? AND id > ?", behind


def _more(ctx: Context, operation: str, rows: Sequence[Row], limit: int, key: Iterable[str]) -> Document:
    if len(rows) <= limit:
        return {}
    return {"NextToken": pages.token(ctx, operation, [rows[limit - 1][column] for column in key])}


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


OPERATIONS = {
    "DescribeComplianceByConfigRule": describe_compliance_by_config_rule,
    "DescribeComplianceByResource": describe_compliance_by_resource,
    "GetComplianceDetailsByConfigRule": get_compliance_details_by_config_rule,
    "GetComplianceDetailsByResource": get_compliance_details_by_resource,
    "GetComplianceSummaryByConfigRule": get_compliance_summary_by_config_rule,
    "GetComplianceSummaryByResourceType": get_compliance_summary_by_resource_type,
}
