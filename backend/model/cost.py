"""What AWS Config costs: a price for what is recorded and evaluated, as an estimate and said to be one.

List prices of us-east-1 without tax, discounts and the prices of the neighbours (S3, SNS, Lambda). A bill counts the
tiers over all accounts of an organization; what INTERNAL recorders record costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from backend.model.compliance import Rule
from backend.model.coverage import CONTINUOUS, DAILY, NEVER_DAILY, PACK_COMPLIANCE_TYPE, RECORDER_TYPE, frequency_of
from backend.model.delivery import FREQUENCIES
from backend.model.moment import DAY, Moment
from backend.model.recorder import Recorder

DAYS_PER_MONTH = 30
FREE_TYPES = frozenset({RECORDER_TYPE, PACK_COMPLIANCE_TYPE})
"""Types whose items are free."""

_ON_CHANGE = frozenset({"ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification"})


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """What one thing costs, in USD."""

    continuous_item: float = 0.003
    daily_item: float = 0.012
    evaluations: tuple[tuple[int | None, float], ...] = ((100_000, 0.001), (500_000, 0.0008), (None, 0.0005))
    """Tiers of a month: up to so many evaluations, the price of each; None has no end."""


LIST_PRICES = Prices()


class Churn(msgspec.Struct, frozen=True, kw_only=True):
    """How many items were recorded of each type in some time, and what that is known from."""

    items: Mapping[str, int]
    resources: Mapping[str, int] = {}
    """Of how many different resources they are, by type; a type that is not in it is not known."""
    span: Moment = DAY
    """The time they were counted over, in milliseconds."""
    rests_on: str = ""
    """What was counted: `14 history files`, `212 messages of the stream`; empty when nothing could be."""
    unknown: str = ""
    """Why nothing is known, or what was left out: a sentence."""

    @property
    def known(self) -> bool:
        return bool(self.rests_on) and self.span > 0

    def per_day(self, resource_type: str) -> float:
        """Items of a type in a day."""
        return self.items.get(resource_type, 0) * DAY / self.span if self.span else 0.0

    @property
    def total_per_day(self) -> float:
        return sum(self.items.values()) * DAY / self.span if self.span else 0.0


class TypeCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one type costs in a day."""

    resource_type: str
    frequency: str
    items: float
    """Items in a day."""
    price: float
    """USD in a day."""
    if_daily: float | None = None
    """USD in a day if it were recorded once a day; None when that is not known, or not possible."""

    @property
    def saving(self) -> float:
        """What DAILY would save in a day; 0 where it would not."""
        return max(0.0, self.price - self.if_daily) if self.if_daily is not None else 0.0


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What all of it costs, the dearest type first."""

    types: tuple[TypeCost, ...]
    evaluations: float
    """Evaluations of rules in a day."""
    evaluations_price: float
    """USD in a day."""
    prices: Prices
    known: bool = True
    """False when nothing is known of the items: then only the rules are in it."""

    @property
    def items(self) -> float:
        return sum(one.items for one in self.types)

    @property
    def items_price(self) -> float:
        return sum(one.price for one in self.types)

    @property
    def per_day(self) -> float:
        return self.items_price + self.evaluations_price

    @property
    def per_month(self) -> float:
        return self.per_day * DAYS_PER_MONTH

    @property
    def savings(self) -> tuple[TypeCost, ...]:
        """The types that would be cheaper DAILY, what saves most first."""
        return tuple(sorted((one for one in self.types if one.saving > 0), key=lambda one: -one.saving))

    @property
    def saving_per_month(self) -> float:
        return sum(one.saving for one in self.types) * DAYS_PER_MONTH

    @property
    def basis(self) -> str:
        """What the numbers are, to be said beside them."""
        return "estimate at AWS's public list prices, which change"


def estimate(
    recorder: Recorder | None,
    churn: Churn,
    rules: Iterable[Rule] = (),
    counts: Mapping[str, int] | None = None,
    prices: Prices = LIST_PRICES,
) -> Estimate:
    """What a region costs if every day is like the time that `churn` was counted over."""
    types = sorted(
        (_type_cost(recorder, name, churn, prices) for name in churn.items),
        key=lambda one: (-one.price, -one.items, one.resource_type),
    )
    evaluations = evaluations_per_day(rules, churn, counts or {})
    month = evaluation_price(evaluations * DAYS_PER_MONTH, prices)
    return Estimate(
        types=tuple(types),
        evaluations=evaluations,
        evaluations_price=month / DAYS_PER_MONTH,
        prices=prices,
        known=churn.known,
    )


def evaluations_per_day(rules: Iterable[Rule], churn: Churn, counts: Mapping[str, int]) -> float:
    """Evaluations in a day: one a change of what a rule is about, and one a resource at each run on a schedule.

    Rules of conformance packs are among the rules, and their evaluations have the same price.
    """
    return sum(_evaluations(rule, churn, counts) for rule in rules)


def evaluation_price(evaluations: float, prices: Prices = LIST_PRICES) -> float:
    """USD for the evaluations of one month, tier by tier."""
    price, below = 0.0, 0
    for end, each in prices.evaluations:
        within = evaluations - below if end is None else min(evaluations, end) - below
        if within <= 0:
            break
        price += within * each
        below = end or below
    return price


def _type_cost(recorder: Recorder | None, resource_type: str, churn: Churn, prices: Prices) -> TypeCost:
    items = churn.per_day(resource_type)
    frequency = frequency_of(recorder, resource_type) if recorder is not None else CONTINUOUS
    each = prices.daily_item if frequency == DAILY else prices.continuous_item
    price = 0.0 if resource_type in FREE_TYPES else items * each
    changed = churn.resources.get(resource_type)
    if_daily = None
    if changed is not None and frequency != DAILY and resource_type not in NEVER_DAILY and churn.known:
        # One item a resource and day at most; over less than a day each resource may still change later in it.
        if_daily = min(items, changed * max(1.0, DAY / churn.span)) * prices.daily_item
    return TypeCost(resource_type=resource_type, frequency=frequency, items=items, price=price, if_daily=if_daily)


def _evaluations(rule: Rule, churn: Churn, counts: Mapping[str, int]) -> float:
    told = 0.0
    if _ON_CHANGE.intersection(rule.triggers) or not (rule.triggers or rule.periodic):
        # Managed rules name no trigger: those without a schedule run on changes.
        told += sum(map(churn.per_day, rule.scope_types)) if rule.scope_types else churn.total_per_day
    length = FREQUENCIES.get(rule.periodic or "")
    if length:
        told += DAY / length * max(1, sum(counts.get(name, 0) for name in rule.scope_types))
    return told
