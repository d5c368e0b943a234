"""What an aggregator knows of its sources: how far each has been collected, and whether it may be.

An aggregator shows each source as it was at its last refresh. Items have a history in the source, so only the moment is
kept for them; verdicts have none, so `aggregate_results` keeps a copy.

A source is SUCCEEDED when the last refresh could read it, OUTDATED when an earlier one could (it is then shown as it
was) or when none has tried yet, and FAILED when it never let this aggregator in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from backend.engine.clock import Due
from backend.engine.config import (
    aggregate_results,
    aggregator_state,
    authorizations,
    pages,
    recorder_state,
)
from backend.engine.config.aggregator_state import REFRESH, Aggregator, Source
from backend.engine.config.recorder_state import RecorderState
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row
from backend.model.item import Document
from backend.model.moment import MINUTE, Moment, to_datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS aggregator_sources (
    region TEXT NOT NULL,
    aggregator TEXT NOT NULL,
    account TEXT NOT NULL,
    source_region TEXT NOT NULL,
    status TEXT NOT NULL,
    tried INTEGER,
    collected INTEGER,
    error_code TEXT NOT NULL,
    error_message TEXT NOT NULL,
    PRIMARY KEY (region, aggregator, account, source_region)
) WITHOUT ROWID;
"""
"""`collected` is the moment that the data shown are of; `tried` that of the last refresh, successful or not."""

SUCCEEDED, FAILED, OUTDATED = "SUCCEEDED", "FAILED", "OUTDATED"
ACCOUNT, ORGANIZATION = "ACCOUNT", "ORGANIZATION"

REFRESH_PERIOD: Moment = 5 * MINUTE
_SOURCES_IN_PAGE = 100


class Collected(NamedTuple):
    """A source that an aggregator can show, as of a moment."""

    at: Context
    """The account and region of the source."""
    when: Moment
    types: frozenset[str]
    """The only types that the aggregator wants; none for all."""
    recorders: tuple[RecorderState, ...] | None
    """The only recorders that count; None for all."""

    def shows(self, resource_type: str) -> bool:
        """Whether items of a type are collected."""
        if self.types and resource_type not in self.types:
            return False
        if self.recorders is None:
            return True
        return any(recorder.records(resource_type, self.at.region) for recorder in self.recorders)

    @property
    def source(self) -> Source:
        return Source(self.at.account, self.at.region)


def collected(ctx: Context, aggregator: Aggregator, account: str | None, region: str | None) -> Iterator[Collected]:
    """The sources of an aggregator that were ever read, by account and region; narrowed to one of either if given."""
    for row in ctx.store.all(
        "SELECT account, source_region, collected FROM aggregator_sources WHERE region = ? AND aggregator = ?"
        " AND collected IS NOT NULL AND account = ifnull(?, account) AND source_region = ifnull(?, source_region)"
        " ORDER BY account, source_region",
        (ctx.region, aggregator.name, account, region),
    ):
        there = ctx.in_account(row["account"], row["source_region"])
        linked = tuple(each for each in recorder_state.every(there) if each.principal in aggregator.services)
        yield Collected(there, row["collected"], aggregator.types, linked if aggregator.services else None)


def named(ctx: Context, params: Document) -> Aggregator:
    """The aggregator a call is about. Raises ServiceError NoSuchConfigurationAggregatorException."""
    found = aggregator_state.by_name(ctx, params["ConfigurationAggregatorName"])
    if found is None:
        raise no_such_aggregator()
    return found


def no_such_aggregator() -> ServiceError:
    """The refusal for an aggregator that is not there."""
    return ServiceError(
        "NoSuchConfigurationAggregatorException",
        "The configuration aggregator does not exist. Check the configuration aggregator name and try again.",
    )


def follow(ctx: Context, aggregator: Aggregator) -> None:
    """Begin with the sources of a new or changed aggregator: ask those that have to agree, let go of former ones."""
    wanted = _keep(ctx, aggregator)
    ctx.store.run_many(
        "INSERT OR IGNORE INTO aggregator_sources VALUES (?, ?, ?, ?, ?, NULL, NULL, '', '')",
        [(*_key(ctx, aggregator, source), OUTDATED) for source in wanted],
    )
    shut_out = [source for source in wanted if not _may_read(ctx, aggregator, source)]
    for source in shut_out:
        _ask(ctx, source)
    _note_shut_out(ctx, aggregator, shut_out)
    aggregator_state.refresh_soon(ctx, aggregator)


def forget(ctx: Context, aggregator: Aggregator) -> None:
    """Drop what was collected for an aggregator that goes, and its requests."""
    ctx.clock.cancel(REFRESH, ctx.region, aggregator.name)
    for row in _rows(ctx, aggregator):
        _let_go(ctx, aggregator, Source(row["account"], row["source_region"]))


def _refresh_due(ctx: Context, due: Due) -> None:
    aggregator = aggregator_state.by_name(ctx, due.key)
    if aggregator is None:
        return
    ctx.clock.schedule(due.at + REFRESH_PERIOD, REFRESH, ctx.region, aggregator.name)
    before = {Source(row["account"], row["source_region"]): row for row in _rows(ctx, aggregator)}
    read: list[Source] = []
    shut_out: list[Source] = []
    for source in _keep(ctx, aggregator):
        row = before.get(source)
        if _may_read(ctx, aggregator, source):
            there = ctx.in_account(source.account, source.region)
            aggregate_results.collect(ctx, aggregator.name, there, row["collected"] if row else None)
            read.append(source)
        else:
            if row is None or row["status"] == SUCCEEDED:
                _ask(ctx, source)
            shut_out.append(source)
    ctx.store.run_many(
        "INSERT OR REPLACE INTO aggregator_sources VALUES (?, ?, ?, ?, ?, ?, ?, '', '')",
        [(*_key(ctx, aggregator, source), SUCCEEDED, ctx.now, ctx.now) for source in read],
    )
    _note_shut_out(ctx, aggregator, shut_out)


def _keep(ctx: Context, aggregator: Aggregator) -> Iterable[Source]:
    """The sources as they are now, after those that no longer are have been let go."""
    wanted = dict.fromkeys(aggregator.sources(ctx))
    for row in _rows(ctx, aggregator):
        source = Source(row["account"], row["source_region"])
        if source not in wanted:
            _let_go(ctx, aggregator, source)
    return wanted


def _may_read(ctx: Context, aggregator: Aggregator, source: Source) -> bool:
    """Whether a source lets the aggregator in: the own account and the organization do, others by authorization."""
    if source.account == ctx.account:
        return True
    if source.account not in ctx.accounts:
        return False
    if aggregator.of_organization:
        return True
    return authorizations.allows(ctx.in_account(source.account, source.region), ctx.account, ctx.region)


def _ask(ctx: Context, source: Source) -> None:
    if source.account in ctx.accounts:
        authorizations.ask(ctx.in_account(source.account, source.region), ctx.account, ctx.region)


def _note_shut_out(ctx: Context, aggregator: Aggregator, sources: Iterable[Source]) -> None:
    """Note that sources did not let the aggregator in."""
    ctx.store.run_many(
        "INSERT INTO aggregator_sources VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?)"
        " ON CONFLICT DO UPDATE SET status = iif(collected IS NULL, excluded.status, ?), tried = excluded.tried,"
        " error_code = excluded.error_code, error_message = excluded.error_message",
        [
            (
                *_key(ctx, aggregator, source),
                *(FAILED, ctx.now, "AccessDenied"),
                f"The source account {source.account} has not authorized the aggregator account {ctx.account} in "
                f"{ctx.region} to collect data from {source.region}.",
                OUTDATED,
            )
            for source in sources
        ],
    )


def _let_go(ctx: Context, aggregator: Aggregator, source: Source) -> None:
    """A source is one no more: its data go, and its request unless another aggregator here waits for it too."""
    aggregate_results.forget(ctx, aggregator.name, source)
    ctx.store.run(
        "DELETE FROM aggregator_sources WHERE region = ? AND aggregator = ? AND account = ? AND source_region = ?",
        _key(ctx, aggregator, source),
    )
    others = ctx.store.one(
        "SELECT 1 FROM aggregator_sources WHERE region = ? AND account = ? AND source_region = ?", (ctx.region, *source)
    )
    if others is None and source.account in ctx.accounts:
        authorizations.withdraw(ctx.in_account(source.account, source.region), ctx.account, ctx.region)


def _key(ctx: Context, aggregator: Aggregator, source: Source) -> tuple[str, str, str, str]:
    return ctx.region, aggregator.name, source.account, source.region


def _rows(ctx: Context, aggregator: Aggregator) -> list[Row]:
    return ctx.store.all(
        "SELECT * FROM aggregator_sources WHERE region = ? AND aggregator = ? ORDER BY account, source_region",
        (ctx.region, aggregator.name),
    )


def describe_configuration_aggregator_sources_status(ctx: Context, params: Document) -> Document:
    """DescribeConfigurationAggregatorSourcesStatus: by kind, account and region; the organization comes first."""
    aggregator = named(ctx, params)
    operation = f"DescribeConfigurationAggregatorSourcesStatus of {aggregator.name}"
    limit = params.get("Limit") or _SOURCES_IN_PAGE
    wanted = params.get("UpdateStatus") or (SUCCEEDED, FAILED, OUTDATED)
    behind = pages.after(ctx, operation, params.get("NextToken")) or ["", ""]
    statuses = [
        status
        for status in _statuses(ctx, aggregator)
        if status["LastUpdateStatus"] in wanted and _place(status) > behind
    ]
    shown, token = pages.cut(ctx, operation, statuses, limit, _place)
    return {"AggregatedSourceStatusList": shown, **token}


def _statuses(ctx: Context, aggregator: Aggregator) -> Iterator[Document]:
    rows = _rows(ctx, aggregator)
    if aggregator.of_organization:
        tried = max((row["tried"] for row in rows if row["tried"] is not None), default=None)
        yield {
            "SourceId": ctx.world.accounts.organization,
            "SourceType": ORGANIZATION,
            "AwsRegion": ctx.region,
            "LastUpdateStatus": OUTDATED if tried is None else SUCCEEDED,
            **({} if tried is None else {"LastUpdateTime": to_datetime(tried)}),
        }
    for row in rows:
        yield {
            "SourceId": row["account"],
            "SourceType": ACCOUNT,
            "AwsRegion": row["source_region"],
            "LastUpdateStatus": row["status"],
            **({} if row["tried"] is None else {"LastUpdateTime": to_datetime(row["tried"])}),
            **({"LastErrorCode": row["error_code"]} if row["error_code"] else {}),
            **({"LastErrorMessage": row["error_message"]} if row["error_message"] else {}),
        }


def _place(status: Document) -> list[str]:
    """Where a status stands in the list: account ids are digits, so that the organization has to be put before them."""
    return ["!" if status["SourceType"] == ORGANIZATION else status["SourceId"], status["AwsRegion"]]


OPERATIONS: dict[str, Operation] = {
    "DescribeConfigurationAggregatorSourcesStatus": describe_configuration_aggregator_sources_status
}
DUE: dict[str, DueHandler] = {REFRESH: _refresh_due}
