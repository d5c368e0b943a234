"""The types that are recorded, those that are not, and what each costs: the rows of the recorder pane's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from backend.model.cost import Churn, Estimate, TypeCost
from backend.model.coverage import DAILY, Coverage, TypeCoverage
from tui import times
from tui.panes.spelling import counted, short_type
from tui.widgets.columns import Column
from tui.widgets.lines import Cell

VIEWS = ("recorded", "not recorded", "all", "cost")
"""What the list shows, in the order that `v` takes."""

_TYPE = Column("type", "type", minimum=22, weight=3, sortable=False)
COLUMNS: dict[str, tuple[Column, ...]] = {
    "recorded": (
        Column("count", "number", width=7, right=True, sortable=False),
        _TYPE,
        Column("how", "recorded", width=10, drop=1, sortable=False),
    ),
    "not recorded": (
        Column("count", "number", width=7, right=True, sortable=False),
        _TYPE,
        Column("how", "why not", minimum=24, weight=2, maximum=34, drop=1, sortable=False),
    ),
    "cost": (
        Column("items", "items/day", width=9, right=True, sortable=False),
        Column("price", "USD/month", width=9, right=True, sortable=False),
        _TYPE,
        Column("saving", "daily saves", width=11, right=True, drop=1, sortable=False),
        Column("how", "recorded", width=10, drop=2, sortable=False),
    ),
}
COLUMNS["all"] = (*COLUMNS["not recorded"][:2], Column("how", "recorded", minimum=24, weight=2, maximum=34, drop=1))


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A line of the list: how a type is recorded, and what it costs where that is shown."""

    resource_type: str
    coverage: TypeCoverage | None = None
    cost: TypeCost | None = None


def rows(view: str, coverage: Coverage, estimate: Estimate | None) -> list[TypeRow]:
    """The rows of a view; types that have resources first, the most first."""
    if view == "cost":
        return [TypeRow(one.resource_type, cost=one) for one in estimate.types] if estimate is not None else []
    shown = {"recorded": coverage.recorded, "not recorded": coverage.not_recorded}.get(view, coverage.types)
    ordered = sorted(shown, key=lambda one: (-(one.count or 0), one.resource_type))
    return [TypeRow(one.resource_type, coverage=one) for one in ordered]


def matching(found: Sequence[TypeRow], text: str) -> list[TypeRow]:
    """The rows that have all words in the type, or in how it is recorded."""
    words = text.casefold().split()
    return [row for row in found if all(word in _told(row) for word in words)]


def _told(row: TypeRow) -> str:
    how = f"{row.coverage.frequency} {row.coverage.why}" if row.coverage is not None else ""
    return f"{row.resource_type} {short_type(row.resource_type)} {how}".casefold()


def cells(view: str, row: TypeRow) -> tuple[Cell, ...]:
    """The cells of a row under the columns of its view."""
    if row.cost is not None:
        cost = row.cost
        saving = cost.saving * 30
        return (
            f"{cost.items:,.0f}" if cost.items >= 10 else f"{cost.items:.1f}",
            f"{cost.price * 30:,.2f}",
            short_type(row.resource_type),
            Content.styled(f"{saving:,.2f}", "$text-success bold") if saving > 0 else "",
            cost.frequency.lower(),
        )
    one = row.coverage
    if one is None:
        return ("", short_type(row.resource_type), "")
    count = "" if one.count is None else f"{one.count:,}" if one.count else "–"
    return count, short_type(row.resource_type), _how(one, view)


def _how(one: TypeCoverage, view: str) -> Cell:
    if one.recorded:
        return Content.styled("daily", "$text-warning") if one.frequency == DAILY else one.frequency.lower()
    return Content.styled(one.why if view != "recorded" else "", "$text-warning")


def heading(view: str, coverage: Coverage, shown: int, estimate: Estimate | None, churn: Churn | None) -> Content:
    """What stands over the list: what it shows, in a line or two."""
    label = Content.styled(f"{view} ", "bold")
    if view == "cost":
        return Content.assemble(label, _cost(estimate, churn))
    total = len(rows(view, coverage, None))
    told = counted(total, "type") if shown == total else f"{shown:,} of {counted(total, 'type')}"
    known = [one.count for one in coverage.types if one.count is not None]
    resources = sum(known)
    types = sum(1 for count in known if count)
    found = f"; {counted(resources, 'resource')} of {counted(types, 'type')}" if known else ""
    return Content.assemble(label, told, (found, "$text-muted"))


def _cost(estimate: Estimate | None, churn: Churn | None) -> Content:
    if estimate is None or churn is None:
        return Content.styled("counting …", "$text-muted")
    rules = f"rules {estimate.evaluations_price * 30:,.2f} for {estimate.evaluations:,.0f} evaluations a day"
    if not churn.known:
        return Content.assemble(
            ("items unknown: ", "$text-warning"), churn.unknown, (f"; {rules}. An {estimate.basis}", "$text-muted")
        )
    advice = f"; DAILY would save {estimate.saving_per_month:,.2f}" if estimate.saving_per_month >= 0.01 else ""
    return Content.assemble(
        (f"about {estimate.per_month:,.2f} USD a month", "bold"),
        advice,
        (f"; {rules}. An {estimate.basis}, from {churn.rests_on} of {times.length(churn.span)}", "$text-muted"),
        (f"; {churn.unknown}" if churn.unknown else "", "$text-warning"),
    )
