"""What the rules say of a resource in short: which of them fail, and how many it passes.

AWS Config keeps that as a resource of its own, `AWS::Config::ResourceCompliance`, beside what it is about: whoever
reads the items of all resources, now or as of a moment, has the verdicts as well, without a call for each.
"""

from __future__ import annotations

import msgspec

from backend.model.estate import VERDICT
from backend.model.item import ConfigurationItem, ResourceKey


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


def read_verdict(item: ConfigurationItem) -> tuple[ResourceKey, Verdict] | None:
    """The resource that a verdict item is about, and the verdict; None for any other item."""
    if item.resource_type != VERDICT or not isinstance(item.configuration, dict):
        return None
    body = item.configuration
    its_type, its_id = about(item.key)
    key = ResourceKey(str(body.get("targetResourceType") or its_type), str(body.get("targetResourceId") or its_id))
    verdict = Verdict()
    rules = body.get("configRuleList")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict):
            verdict = verdict.with_rule(str(rule.get("configRuleName") or ""), str(rule.get("complianceType") or ""))
    return key, verdict
