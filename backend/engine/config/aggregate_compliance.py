"""The operations that show the verdicts an aggregator has collected (each source as of its last refresh)."""

from __future__ import annotations

from collections.abc import Sequence

from backend.engine.config import aggregate_sources, aggregate_sums, pages
from backend.engine.config.rules import results
from backend.engine.config.rules.compliance import COUNT_CAP, RESOURCES_CAP, capped
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row
from backend.model.item import Document
from backend.model.moment import to_datetime
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT

RULES_IN_PAGE, RESULTS_IN_PAGE = 1000, 50
"""When no limit, or 0, is given (service model)."""

_JUDGED = (COMPLIANT, NON_COMPLIANT)

_RULES = f"""
SELECT account, source_region, rule, sum(compliance = '{NON_COMPLIANT}') AS bad, count(*) AS looked_at
FROM aggregate_results
WHERE region = ? AND aggregator = ? AND compliance IN (?, ?)
AND account = ifnull(?, account) AND source_region = ifnull(?, source_region)
GROUP BY account, source_region, rule
"""
"""The rules that have a verdict, and over how many resources."""


def describe_aggregate_compliance_by_config_rules(ctx: Context, params: Document) -> Document:
    """DescribeAggregateComplianceByConfigRules: the rules that have a verdict, by source and name."""
    aggregator = aggregate_sources.named(ctx, params)
    operation = f"DescribeAggregateComplianceByConfigRules of {aggregator.name}"
    filters: Document = params.get("Filters") or {}
    wanted = _wanted(filters.get("ComplianceType"))
    limit = params.get("Limit") or RULES_IN_PAGE
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["", "", ""]
    name = filters.get("ConfigRuleName")
    rows = ctx.store.all(
        f"SELECT * FROM ({_RULES}) WHERE (account, source_region, rule) > (?, ?, ?) AND rule = ifnull(?, rule)"
        " AND iif(bad, ?, ?) IN (?, ?) ORDER BY account, source_region, rule LIMIT ?",
        (
            *(ctx.region, aggregator.name, *_JUDGED, filters.get("AccountId"), filters.get("AwsRegion")),
            *(*behind, name, NON_COMPLIANT, COMPLIANT, wanted[0], wanted[-1], limit + 1),
        ),
    )
    shown, token = pages.cut(
        ctx, operation, rows, limit, lambda row: [row["account"], row["source_region"], row["rule"]]
    )
    return {"AggregateComplianceByConfigRules": [_rule(row) for row in shown], **token}


def _rule(row: Row) -> Document:
    bad: int = row["bad"]
    return {
        "ConfigRuleName": row["rule"],
        "Compliance": {
            "ComplianceType": NON_COMPLIANT if bad else COMPLIANT,
            "ComplianceContributorCount": capped(bad or row["looked_at"], RESOURCES_CAP),
        },
        "AccountId": row["account"],
        "AwsRegion": row["source_region"],
    }


def get_aggregate_compliance_details_by_config_rule(ctx: Context, params: Document) -> Document:
    """GetAggregateComplianceDetailsByConfigRule: the results of one rule in one source, by resource."""
    aggregator = aggregate_sources.named(ctx, params)
    operation = f"GetAggregateComplianceDetailsByConfigRule of {aggregator.name}"
    wanted = _wanted(params.get("ComplianceType"))
    limit = params.get("Limit") or RESULTS_IN_PAGE
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["", ""]
    rows = ctx.store.all(
        "SELECT * FROM aggregate_results WHERE region = ? AND aggregator = ? AND account = ? AND source_region = ?"
        " AND rule = ? AND (type, id) > (?, ?) AND compliance IN (?, ?) ORDER BY type, id LIMIT ?",
        (
            *(ctx.region, aggregator.name, params["AccountId"], params["AwsRegion"], params["ConfigRuleName"]),
            *(*behind, wanted[0], wanted[-1], limit + 1),
        ),
    )
    shown, token = pages.cut(ctx, operation, rows, limit, lambda row: [row["type"], row["id"]])
    return {
        "AggregateEvaluationResults": [
            {
                **results.document(row["rule"], row, mode=None),
                "AccountId": row["account"],
                "AwsRegion": row["source_region"],
            }
            for row in shown
        ],
        **token,
    }


def get_aggregate_config_rule_compliance_summary(ctx: Context, params: Document) -> Document:
    """GetAggregateConfigRuleComplianceSummary: how many rules comply, by account or region, or in all."""
    groups, members = aggregate_sums.page(
        ctx,
        "GetAggregateConfigRuleComplianceSummary",
        params,
        sums="sum(bad > 0) AS bad, count(*) AS rules",
        of=_RULES,
        bound=_JUDGED,
        size=RULES_IN_PAGE,
    )
    return {
        "AggregateComplianceCounts": [
            {
                **name,
                "ComplianceSummary": {
                    "CompliantResourceCount": capped(row["rules"] - row["bad"], COUNT_CAP),
                    "NonCompliantResourceCount": capped(row["bad"], COUNT_CAP),
                    "ComplianceSummaryTimestamp": to_datetime(ctx.now),
                },
            }
            for name, row in groups
        ],
        **members,
    }


def _wanted(compliance: str | None) -> Sequence[str]:
    """The verdicts asked for. Raises ServiceError ValidationException for one that aggregators don't show."""
    if compliance not in (None, *_JUDGED):
        raise ServiceError(
            "ValidationException", f"The ComplianceType {compliance} is not supported. Use {' or '.join(_JUDGED)}."
        )
    return _JUDGED if compliance is None else (compliance,)


OPERATIONS: dict[str, Operation] = {
    "DescribeAggregateComplianceByConfigRules": describe_aggregate_compliance_by_config_rules,
    "GetAggregateComplianceDetailsByConfigRule": get_aggregate_compliance_details_by_config_rule,
    "GetAggregateConfigRuleComplianceSummary": get_aggregate_config_rule_compliance_summary,
}
