"""A configuration aggregator as its region keeps it, and the sources it collects from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from backend.engine.config import organization, recorder_state
from backend.engine.context import Context
from backend.engine.store import Row, dumps
from backend.model.item import Document
from backend.model.moment import SECOND, Moment, to_datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS aggregators (
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, name)
) WITHOUT ROWID;
"""

REFRESH = "config.aggregator.refresh"
"""The due thing that brings an aggregator up to date."""
FIRST_REFRESH: Moment = 10 * SECOND
"""From the call that makes data available to the refresh that shows them; AWS takes some minutes."""

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")


class Source(NamedTuple):
    """An account and region whose data an aggregator shows."""

    account: str
    region: str


class Aggregator(msgspec.Struct, frozen=True, kw_only=True):
    """What was put, and when."""

    name: str
    arn: str
    accounts: tuple[str, ...] = ()
    """The source accounts; empty for an aggregator over the organization."""
    role_arn: str = ""
    """The role that reads the organization; empty for one over accounts."""
    regions: tuple[str, ...] = ()
    """The source regions; empty for all of them."""
    filters: Document = {}
    """`AggregatorFilters` as it was given."""
    created: Moment
    updated: Moment

    @property
    def of_organization(self) -> bool:
        return bool(self.role_arn)

    @property
    def types(self) -> frozenset[str]:
        """The only resource types that are collected; none for all."""
        return frozenset(self.filters.get("ResourceType", {}).get("Value") or ())

    @property
    def services(self) -> frozenset[str]:
        """The services of which only the recorders count; none for all recorders."""
        return frozenset(self.filters.get("ServicePrincipal", {}).get("Value") or ())

    def sources(self, ctx: Context) -> Iterator[Source]:
        """Every account and region it collects from, as the world is now.

        "All regions" are those in which the world is set up, and those in which a source account has a recorder.
        """
        for account in organization.members(ctx) if self.of_organization else self.accounts:
            regions = self.regions
            if not regions and account in ctx.accounts:
                theirs = ctx.in_account(account)
                regions = tuple(dict.fromkeys((*ctx.world.regions, *recorder_state.regions(theirs))))
            for region in regions or ctx.world.regions:
                yield Source(account, region)


_BODY = msgspec.json.Decoder(Aggregator)


def is_region(text: str) -> bool:
    """Whether a text has the form of a region's name."""
    return _REGION.fullmatch(text) is not None


def by_name(ctx: Context, name: str) -> Aggregator | None:
    """An aggregator of the context's region."""
    row = ctx.store.one("SELECT body FROM aggregators WHERE region = ? AND name = ?", (ctx.region, name))
    return _decode(row) if row else None


def page(ctx: Context, after: str = "", limit: int = -1) -> list[Aggregator]:
    """Up to `limit` aggregators of the region by name, from behind `after`; all of them by default."""
    rows = ctx.store.all(
        "SELECT body FROM aggregators WHERE region = ? AND name > ? ORDER BY name LIMIT ?", (ctx.region, after, limit)
    )
    return [_decode(row) for row in rows]


def put(ctx: Context, aggregator: Aggregator) -> None:
    """Keep an aggregator, in place of the one of its name."""
    ctx.store.run(
        "INSERT OR REPLACE INTO aggregators VALUES (?, ?, ?)", (ctx.region, aggregator.name, dumps(aggregator))
    )


def remove(ctx: Context, aggregator: Aggregator) -> None:
    """Forget an aggregator."""
    ctx.store.run("DELETE FROM aggregators WHERE region = ? AND name = ?", (ctx.region, aggregator.name))


def refresh_soon(ctx: Context, aggregator: Aggregator) -> None:
    """Let a refresh come shortly; the regular ones go on from there."""
    ctx.clock.schedule(ctx.now + FIRST_REFRESH, REFRESH, ctx.region, aggregator.name)


def document(aggregator: Aggregator) -> Document:
    """An aggregator as Put and Describe answer it."""
    where: Document = {"AllAwsRegions": True} if not aggregator.regions else {"AwsRegions": list(aggregator.regions)}
    return {
        "ConfigurationAggregatorName": aggregator.name,
        "ConfigurationAggregatorArn": aggregator.arn,
        **(
            {"OrganizationAggregationSource": {"RoleArn": aggregator.role_arn, **where}}
            if aggregator.of_organization
            else {"AccountAggregationSources": [{"AccountIds": list(aggregator.accounts), **where}]}
        ),
        "CreationTime": to_datetime(aggregator.created),
        "LastUpdatedTime": to_datetime(aggregator.updated),
        **({"AggregatorFilters": aggregator.filters} if aggregator.filters else {}),
    }


def _decode(row: Row) -> Aggregator:
    return _BODY.decode(row["body"])
