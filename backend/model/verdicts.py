"""What the rules say of a resource in short: which of them fail, and how many it passes.

AWS Config keeps that as a resource of its own, `AWS::Config::ResourceCompliance`, beside what it is about: whoever
reads the items of all resources, now or as of a moment, has the verdicts as well, without a call for each.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backend.model.compliance import Evaluation
from backend.model.estate import VERDICT
from backend.model.item import ConfigurationItem, Document, ResourceKey


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The rules that a resource fails, by name, and how many it passes."""

    failing: tuple[str, ...] = ()
    passing: int = 0

    def with_rule(self, rule: str, compliance: str) -> Verdict:
        """The same with one more rule; what is neither compliant nor not is left out (X-05)."""
        word = compliance.upper()
        if word == "NON_COMPLIANT" and rule not in self.failing:
            return Verdict(tuple(sorted((*self.failing, rule))), self.passing)
        return Verdict(self.failing, self.passing + 1) if word == "COMPLIANT" else self


def verdict_key(key: ResourceKey) -> ResourceKey:
    """The resource that holds the verdicts on another."""
    return ResourceKey(VERDICT, f"{key.resource_type}/{key.resource_id}")


def about(key: ResourceKey) -> ResourceKey:
    """The resource that a verdict is about; any other resource itself."""
    its_type, slash, its_id = key.resource_id.partition("/")
    return ResourceKey(its_type, its_id) if key.resource_type == VERDICT and slash else key


def recorded_verdicts(item: ConfigurationItem) -> Iterator[Evaluation]:
    """What each rule said of a resource, out of the item that holds it; nothing of other items, or of one deleted."""
    if item.resource_type != VERDICT or item.deleted or not isinstance(item.configuration, dict):
        return
    key = _judged(item.key, item.configuration)
    rules = item.configuration.get("configRuleList")
    for each in rules if isinstance(rules, list) else ():
        if isinstance(each, dict):
            yield Evaluation(
                rule=str(each.get("configRuleName") or each.get("configRuleId") or ""),
                resource_type=key.resource_type,
                resource_id=key.resource_id,
                compliance=str(each.get("complianceType") or ""),
                recorded_time=item.capture_time,
            )


def read_verdict(item: ConfigurationItem) -> tuple[ResourceKey, Verdict] | None:
    """The resource that a verdict item is about, and the verdict; None for any other item."""
    if item.resource_type != VERDICT or not isinstance(item.configuration, dict):
        return None
    verdict = Verdict()
    for one in recorded_verdicts(item):
        verdict = verdict.with_rule(one.rule, one.compliance)
    return _judged(item.key, item.configuration), verdict


def _judged(key: ResourceKey, told: Document) -> ResourceKey:
    """The resource that a verdict item is about: as its body says, else as its own id does."""
    its_type, its_id = about(key)
    return ResourceKey(str(told.get("targetResourceType") or its_type), str(told.get("targetResourceId") or its_id))
