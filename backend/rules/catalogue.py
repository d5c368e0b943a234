"""The managed rules of AWS Config as the service lists them: identifier, name, triggers, types, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

CHANGE = "change"
PERIODIC = "periodic"
ACCOUNT_TYPE = "AWS::::Account"

_IRREGULAR = {
    "CLOUD_TRAIL_ENABLED": "cloudtrail-enabled",
    "MULTI_REGION_CLOUD_TRAIL_ENABLED": "multi-region-cloudtrail-enabled",
    "INCOMING_SSH_DISABLED": "restricted-ssh",
    "RESTRICTED_INCOMING_TRAFFIC": "restricted-common-ports",
    "INSTANCES_IN_VPC": "ec2-instances-in-vpc",
    "EC2_INSTANCE_MANAGED_BY_SSM": "ec2-instance-managed-by-systems-manager",
}
"""Identifier → name in the console, where that is not the identifier in lower case with dashes."""


@dataclass(frozen=True)
class Parameter:
    """An input parameter of a managed rule; `kind` is AWS's word: String, CSV, int, boolean, double, StringMap."""

    name: str
    kind: str = "String"
    required: bool = False
    default: str | None = None


@dataclass(frozen=True)
class ManagedRule:
    """One managed rule."""

    identifier: str
    triggers: frozenset[str]
    types: tuple[str, ...] = ()
    """Resource types it judges; empty for rules over the account."""
    parameters: tuple[Parameter, ...] = ()
    proactive: bool = False
    """Whether it can judge a resource before that is made."""
    only_later: bool = False
    """Whether it looks only at changes after it was put, never at what is there."""
    packs: int = 0
    """How many of the 122 public sample packs name it."""

    @property
    def title(self) -> str:
        """Its name in the console."""
        return _IRREGULAR.get(self.identifier) or self.identifier.lower().replace("_", "-")

    def with_defaults(self, given: Mapping[str, str]) -> dict[str, str]:
        """The parameters a check gets: those given over those AWS assumes."""
        assumed = {part.name: part.default for part in self.parameters if part.default is not None}
        return assumed | dict(given)


@cache
def catalogue() -> Mapping[str, ManagedRule]:
    """Every managed rule by identifier, in the order of the alphabet."""
    text = resources.files("backend.rules").joinpath("catalogue.txt").read_text("utf-8")
    rules = (_rule(line) for line in text.splitlines() if line and not line.startswith("#"))
    return {rule.identifier: rule for rule in rules}


def _rule(line: str) -> ManagedRule:
    identifier, marks, packs, types, *parameters = line.split(" ")
    return ManagedRule(
        identifier,
        frozenset(trigger for mark, trigger in (("c", CHANGE), ("p", PERIODIC)) if mark in marks),
        () if types == "-" else tuple(f"AWS::{kind}" for kind in types.split(",")),
        tuple(map(_parameter, parameters)),
        proactive="q" in marks,
        only_later="f" in marks,
        packs=int(packs),
    )


def _parameter(text: str) -> Parameter:
    declared, _, default = text.partition("=")
    name, _, kind = declared.partition(":")
    return Parameter(name, kind.rstrip("!"), kind.endswith("!"), default or None)
