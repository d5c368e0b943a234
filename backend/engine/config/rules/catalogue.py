"""The managed rules this engine has: identifier, name, triggers, resource types, parameters, check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.engine.config.rules.verdict import AccountCheck, ItemCheck

CHANGE = "change"
PERIODIC = "periodic"
ACCOUNT_TYPE = "AWS::::Account"


@dataclass(frozen=True)
class Parameter:
    """An input parameter of a managed rule; `kind` is AWS's word: String, CSV, int, boolean, double, StringMap."""

    name: str
    kind: str = "String"
    required: bool = False
    default: str | None = None


@dataclass(frozen=True)
class ManagedRule:
    """One managed rule. Exactly one of `item` and `account` decides it."""

    identifier: str
    triggers: frozenset[str]
    types: tuple[str, ...] = ()
    """Resource types it judges; empty for rules over the account."""
    parameters: tuple[Parameter, ...] = ()
    item: ItemCheck | None = None
    account: AccountCheck | None = None
    proactive: bool = False
    """Whether it can judge a resource before that is made (reference: rules.md §1)."""
    name: str = ""
    """Its name in the console when that is not the identifier in lower case with dashes."""

    @property
    def title(self) -> str:
        return self.name or self.identifier.lower().replace("_", "-")

    def with_defaults(self, given: Mapping[str, str]) -> dict[str, str]:
        """The parameters a check gets: those given over those AWS assumes."""
        assumed = {part.name: part.default for part in self.parameters if part.default is not None}
        return assumed | dict(given)


ON_CHANGE = frozenset({CHANGE})
ON_SCHEDULE = frozenset({PERIODIC})
HYBRID = frozenset({CHANGE, PERIODIC})
