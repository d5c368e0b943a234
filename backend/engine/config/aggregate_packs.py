"""The operations that show the conformance packs an aggregator has collected (each source as of its last refresh)."""

from __future__ import annotations

from backend.engine.config import aggregate_sources, aggregate_sums, pages
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.store import Row
from backend.model.item import Document
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT

_PAGE = 100
"""When no limit, or 0, is given (service model)."""

_PACKS = """
SELECT * FROM aggregate_packs WHERE region = ? AND aggregator = ?
AND account = ifnull(?, account) AND source_region = ifnull(?, source_region)
"""


def describe_aggregate_compliance_by_conformance_packs(ctx: Context, params: Document) -> Document:
    """DescribeAggregateComplianceByConformancePacks: every pack with the number of its rules, by source and name."""
    aggregator = aggregate_sources.named(ctx, params)
    operation = f"DescribeAggregateComplianceByConformancePacks of {aggregator.name}"
    filters: Document = params.get("Filters") or {}
    limit = params.get("Limit") or _PAGE
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["", "", ""]
    rows = ctx.store.all(
        f"{_PACKS} AND pack = ifnull(?, pack) AND compliance = ifnull(?, compliance)"
        " AND (account, source_region, pack) > (?, ?, ?) ORDER BY account, source_region, pack LIMIT ?",
        (
            *(ctx.region, aggregator.name, filters.get("AccountId"), filters.get("AwsRegion")),
            *(filters.get("ConformancePackName"), filters.get("ComplianceType"), *behind, limit + 1),
        ),
    )
    shown, token = pages.cut(
        ctx, operation, rows, limit, lambda row: [row["account"], row["source_region"], row["pack"]]
    )
    return {"AggregateComplianceByConformancePacks": [_pack(row) for row in shown], **token}


def _pack(row: Row) -> Document:
    return {
        "ConformancePackName": row["pack"],
        "Compliance": {
            "ComplianceType": row["compliance"],
            "CompliantRuleCount": row["good"],
            "NonCompliantRuleCount": row["bad"],
            "TotalRuleCount": row["rules"],
        },
        "AccountId": row["account"],
        "AwsRegion": row["source_region"],
    }


def get_aggregate_conformance_pack_compliance_summary(ctx: Context, params: Document) -> Document:
    """GetAggregateConformancePackComplianceSummary: how many packs comply, by account or region, or in all."""
    groups, members = aggregate_sums.page(
        ctx,
        "GetAggregateConformancePackComplianceSummary",
        params,
        sums=f"sum(compliance = '{COMPLIANT}') AS good, sum(compliance = '{NON_COMPLIANT}') AS bad",
        of=_PACKS,
        size=_PAGE,
    )
    return {
        "AggregateConformancePackComplianceSummaries": [
            {
                "ComplianceSummary": {
                    "CompliantConformancePackCount": row["good"],
                    "NonCompliantConformancePackCount": row["bad"],
                },
                **name,
            }
            for name, row in groups
        ],
        **members,
    }


OPERATIONS: dict[str, Operation] = {
    "DescribeAggregateComplianceByConformancePacks": describe_aggregate_compliance_by_conformance_packs,
    "GetAggregateConformancePackComplianceSummary": get_aggregate_conformance_pack_compliance_summary,
}
