"""The operations that make, show and delete configuration aggregators."""

from __future__ import annotations

from backend.engine.config import aggregate_sources, aggregator_state, organization, pages, roles, tagging
from backend.engine.config.aggregator_state import Aggregator
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import DAY

SCHEMA = (
    aggregator_state.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS aggregator_account_changes (
    region TEXT NOT NULL,
    at INTEGER NOT NULL,
    accounts INTEGER NOT NULL,
    PRIMARY KEY (region, at)
) WITHOUT ROWID;
"""
)

MOST_AGGREGATORS = 50
MOST_ACCOUNTS = 10_000
MOST_ACCOUNT_CHANGES = 1_000
"""Per account and region, per aggregator, and for all aggregators in a week (reference: aws-config.md §5.7)."""
_WEEK = 7 * DAY

_AGGREGATORS_IN_PAGE = 100


def put_configuration_aggregator(ctx: Context, params: Document) -> Document:
    """PutConfigurationAggregator: what is given replaces what was there; tags count at creation only.

    Raises ServiceError InvalidParameterValueException, InvalidRoleException, LimitExceededException and the refusals
    of `organization.need_management`.
    """
    name: str = params["ConfigurationAggregatorName"]
    before = aggregator_state.by_name(ctx, name)
    accounts, role_arn, regions = _sources(ctx, params)
    filters = _filters(params)
    if before is None and len(aggregator_state.page(ctx)) >= MOST_AGGREGATORS:
        raise _limit(f"The account already has {MOST_AGGREGATORS} configuration aggregators in this region.")
    _count_changes(ctx, set(before.accounts if before else ()) ^ set(accounts))
    arn = before.arn if before else ctx.arn("config", f"config-aggregator/config-aggregator-{ctx.ids.lower(8)}")
    if before is None:
        tagging.tag_new(ctx, arn, params.get("Tags") or ())
    after = Aggregator(
        name=name,
        arn=arn,
        accounts=accounts,
        role_arn=role_arn,
        regions=regions,
        filters=filters,
        created=before.created if before else ctx.now,
        updated=ctx.now,
    )
    aggregator_state.put(ctx, after)
    aggregate_sources.follow(ctx, after)
    return {"ConfigurationAggregator": aggregator_state.document(after)}


def _sources(ctx: Context, params: Document) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """The accounts, the role and the regions that were asked for; no regions for all."""
    by_account: list[Document] = params.get("AccountAggregationSources") or []
    by_organization: Document | None = params.get("OrganizationAggregationSource")
    if by_account and by_organization:
        raise _invalid(
            "The configuration aggregator cannot be created because your request contains both the "
            "AccountAggregationSource and the OrganizationAggregationSource. Include only one aggregation source and "
            "try again."
        )
    if by_organization:
        role_arn: str = by_organization["RoleArn"]
        if not roles.is_arn(role_arn):
            raise ServiceError("InvalidRoleException", "The role arn passed is not valid.")
        regions = _regions(by_organization)
        organization.need_management(ctx)
        return (), role_arn, regions
    if by_account:
        accounts = tuple(dict.fromkeys(by_account[0]["AccountIds"]))
        if len(accounts) > MOST_ACCOUNTS:
            raise _limit(f"A configuration aggregator can have at most {MOST_ACCOUNTS} source accounts.")
        return accounts, "", _regions(by_account[0])
    raise _invalid(
        "The configuration aggregator cannot be created because your request is missing either the "
        "AccountAggregationSource or the OrganizationAggregationSource. Include the appropriate aggregation source and "
        "try again."
    )


def _regions(source: Document) -> tuple[str, ...]:
    regions = tuple(dict.fromkeys(source.get("AwsRegions") or ()))
    everywhere = source.get("AllAwsRegions", False)
    if regions and everywhere:
        raise _invalid(
            "Your configuration aggregator contains a list of regions and also specifies the use of all regions. You "
            "must choose one of these options."
        )
    if not regions and not everywhere:
        raise _invalid("Your request does not specify any regions. Select AWS Config-supported regions and try again.")
    for region in regions:
        if not aggregator_state.is_region(region):
            raise _invalid(f"The region '{region}' is not valid. Select AWS Config-supported regions and try again.")
    return regions


def _filters(params: Document) -> Document:
    filters: Document = params.get("AggregatorFilters") or {}
    if "AggregatorFilters" in params and not any(each.get("Value") for each in filters.values()):
        raise _invalid("AggregatorFilters needs the values of either ResourceType or ServicePrincipal.")
    return filters


def _count_changes(ctx: Context, changed: set[str]) -> None:
    """Keep account of added and removed source accounts. Raises ServiceError LimitExceededException."""
    ctx.store.run("DELETE FROM aggregator_account_changes WHERE at <= ?", (ctx.now - _WEEK,))
    row = ctx.store.one(
        "SELECT ifnull(sum(accounts), 0) AS n FROM aggregator_account_changes WHERE region = ?", (ctx.region,)
    )
    if len(changed) + (row["n"] if row else 0) > MOST_ACCOUNT_CHANGES:
        raise _limit(f"At most {MOST_ACCOUNT_CHANGES} source accounts can be added and removed in a week.")
    if changed:
        ctx.store.run(
            "INSERT INTO aggregator_account_changes VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET accounts = accounts + excluded.accounts",
            (ctx.region, ctx.now, len(changed)),
        )


def describe_configuration_aggregators(ctx: Context, params: Document) -> Document:
    """DescribeConfigurationAggregators: those that are named, or all of them in pages, by name."""
    operation = "DescribeConfigurationAggregators"
    names: list[str] = params.get("ConfigurationAggregatorNames") or []
    if names:
        found = [aggregator_state.by_name(ctx, name) for name in sorted(set(names))]
        there = [aggregator for aggregator in found if aggregator is not None]
        if len(there) < len(found):
            raise aggregate_sources.no_such_aggregator()
        return {"ConfigurationAggregators": [aggregator_state.document(aggregator) for aggregator in there]}
    limit = params.get("Limit") or _AGGREGATORS_IN_PAGE
    behind = pages.after(ctx, operation, params.get("NextToken")) or [""]
    shown, token = pages.cut(
        ctx, operation, aggregator_state.page(ctx, behind[0], limit + 1), limit, lambda aggregator: [aggregator.name]
    )
    return {"ConfigurationAggregators": [aggregator_state.document(aggregator) for aggregator in shown], **token}


def delete_configuration_aggregator(ctx: Context, params: Document) -> Document:
    """DeleteConfigurationAggregator: with it goes what it has collected."""
    aggregator = aggregate_sources.named(ctx, params)
    aggregate_sources.forget(ctx, aggregator)
    tagging.forget(ctx, aggregator.arn)
    aggregator_state.remove(ctx, aggregator)
    return {}


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message)


def _limit(message: str) -> ServiceError:
    return ServiceError("LimitExceededException", message)


OPERATIONS: dict[str, Operation] = {
    "PutConfigurationAggregator": put_configuration_aggregator,
    "DescribeConfigurationAggregators": describe_configuration_aggregators,
    "DeleteConfigurationAggregator": delete_configuration_aggregator,
}
