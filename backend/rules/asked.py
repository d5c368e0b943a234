"""A rule as somebody asks for it: by a put, in the template of a pack, over the API. It can judge items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from backend.model.item import Document, Json
from backend.rules import refusals
from backend.rules.catalogue import PERIODIC, ManagedRule, catalogue
from backend.rules.guard import PolicyError
from backend.rules.judging import judge, judge_account
from backend.rules.managed import check_of
from backend.rules.policy_check import policy_check, policy_of
from backend.rules.scope import covers, types_of
from backend.rules.verdict import INSUFFICIENT_DATA, NOT_APPLICABLE, Check, Surroundings, Verdict

AWS, LAMBDA, POLICY = "AWS", "CUSTOM_LAMBDA", "CUSTOM_POLICY"
PROCESS_CHECK = "AWS_CONFIG_PROCESS_CHECK"
"""The identifier of a rule that a person answers, through PutExternalEvaluation (reference: rules.md §2)."""


@dataclass(frozen=True)
class AskedRule:
    """A rule: its name, where it comes from, its parameters as given, its scope."""

    name: str
    owner: str = AWS
    identifier: str = ""
    """Of the managed rule, or the ARN of the function."""
    given: Mapping[str, str] = field(default_factory=dict)
    scope: Document = field(default_factory=dict)
    policy: str = ""
    """The Guard text of a custom policy rule."""
    description: str = ""

    @cached_property
    def managed(self) -> ManagedRule | None:
        return catalogue().get(self.identifier) if self.owner == AWS else None

    @cached_property
    def check(self) -> Check | None:
        """How it decides; None where `obstacle` says why not. Raises `PolicyError` for a Guard text with an error."""
        if self.flaw:
            return None
        if self.owner == POLICY:
            return policy_check(self.policy)
        return check_of(self.identifier) if self.owner == AWS else None

    @cached_property
    def flaw(self) -> str:
        """What is wrong with the parameters of a managed rule; those that are not given have their defaults."""
        if self.managed is None:
            return ""
        known = {each.name for each in self.managed.parameters}
        strange = [name for name in self.given if name not in known]
        if strange:
            return f"{self.managed.title} has no parameter {strange[0]}."
        return refusals.of_parameters(self.managed, self.parameters)

    @property
    def obstacle(self) -> str:
        """Why it cannot be evaluated here; empty where it can."""
        if self.owner == POLICY:
            try:
                policy_of(self.policy)
            except PolicyError as error:
                return str(error)
            return ""
        if self.owner == LAMBDA:
            return "It is a function of its own: only a world that may run functions evaluates it."
        if self.identifier == PROCESS_CHECK:
            return "It is a process check: a person answers it."
        if self.managed is None:
            return f"{self.identifier} is no managed rule of AWS Config."
        return self.flaw if check_of(self.identifier) else f"{self.identifier} is not evaluated here."

    @property
    def faulty(self) -> bool:
        """Whether it is wrong in itself: it names no rule, its parameters are wrong, or its policy cannot be read."""
        if self.owner == POLICY:
            return bool(self.obstacle)
        if self.flaw:
            return True
        return self.owner == AWS and self.managed is None and self.identifier != PROCESS_CHECK

    @property
    def types(self) -> tuple[str, ...] | None:
        """The resource types it looks at; None for all, empty for rules over the account."""
        return types_of(self.scope, self.managed)

    @property
    def scheduled(self) -> bool:
        """Whether it runs on a schedule alone."""
        return self.managed is not None and self.managed.triggers == {PERIODIC}

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters with the defaults that AWS assumes."""
        return self.managed.with_defaults(self.given) if self.managed else dict(self.given)

    def looks_at(self, resource_type: str) -> bool:
        """Whether items of a type are its business."""
        types = self.types
        return types is None or resource_type in types

    def judge(self, item: Document, around: Surroundings) -> Verdict:
        """What it says of an item; NOT_APPLICABLE outside of its scope. Raises `PolicyError`."""
        check = self.check
        if check is None:
            return Verdict(INSUFFICIENT_DATA, self.obstacle)
        if not self.looks_at(str(item.get("resourceType"))) or not covers(self.scope, item):
            return Verdict(NOT_APPLICABLE, "The rule does not look at this resource.")
        return judge(check, item, self.parameters, around)

    def judge_account(self, around: Surroundings) -> Verdict:
        """What it says of the account."""
        if self.check is None:
            return Verdict(INSUFFICIENT_DATA, self.obstacle)
        return judge_account(self.check, self.parameters, around)


def asked_rule(definition: Document) -> AskedRule:
    """A rule from a ConfigRule as PutConfigRule takes it and DescribeConfigRules gives it."""
    source: Document = definition.get("Source") or {}
    policy: Document = source.get("CustomPolicyDetails") or {}
    return AskedRule(
        name=str(definition.get("ConfigRuleName") or source.get("SourceIdentifier") or ""),
        owner=str(source.get("Owner") or AWS),
        identifier=str(source.get("SourceIdentifier") or ""),
        given=read_parameters(definition.get("InputParameters")),
        scope=definition.get("Scope") or {},
        policy=str(policy.get("PolicyText") or ""),
        description=str(definition.get("Description") or ""),
    )


def read_parameters(text: Json) -> dict[str, str]:
    """Input parameters from their JSON text; numbers and booleans become their text, anything odd is left out."""
    if isinstance(text, str):
        try:
            text = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return {}
    if not isinstance(text, dict):
        return {}
    return {
        str(name): value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in text.items()
    }
