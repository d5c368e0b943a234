"""Surroundings of a rule that a test fills in by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from backend.model.item import Document, Json
from backend.model.moment import Moment
from backend.rules.catalogue import catalogue
from backend.rules.facts import FACTS
from backend.rules.judging import judge, judge_account
from backend.rules.managed import check_of
from backend.rules.verdict import CannotTell, Keyed, Verdict

REGION, ACCOUNT = "ap-southeast-1", "111122223333"
NOW: Moment = 1_790_000_000_000
"""21 September 2026."""


@dataclass
class Known(Keyed):
    """What is known beside an item: other resources, by type in the order given, and facts."""

    others: Iterable[Document] = ()
    facts: Mapping[str, Json] = field(default_factory=dict)
    region: str = REGION
    account: str = ACCOUNT
    now: Moment = NOW
    knows_facts: bool = True

    def __post_init__(self) -> None:
        super().__init__()

    def fact(self, name: str) -> Json:
        if not self.knows_facts:
            raise CannotTell(f"It is not known {FACTS[name].says}.")
        return self.facts.get(name, FACTS[name].fresh)

    def items(self, resource_type: str) -> Iterable[Document]:
        return (one for one in self.others if one["resourceType"] == resource_type)

    def resources(self, resource_type: str) -> Iterable[Document]:
        return self.items(resource_type)


def judged(
    identifier: str,
    item: Document,
    around: Known | None = None,
    /,
    **parameters: str,
) -> Verdict:
    """What a managed rule says of an item; its type is the first of the rule's, unless the item names one."""
    managed, check = catalogue()[identifier], check_of(identifier)
    assert check is not None, f"{identifier} is not evaluated"
    kind = managed.types[0] if managed.types else "AWS::::Account"
    whole = {"resourceType": kind, "resourceId": "one", "awsRegion": REGION, "awsAccountId": ACCOUNT, **item}
    return judge(check, whole, managed.with_defaults(parameters), around or Known())


def account_judged(identifier: str, around: Known | None = None, /, **parameters: str) -> Verdict:
    """What a managed rule says of the account."""
    check = check_of(identifier)
    assert check is not None, f"{identifier} is not evaluated"
    return judge_account(check, catalogue()[identifier].with_defaults(parameters), around or Known())
