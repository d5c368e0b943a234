"""Verdicts, and what a check gets to see before it gives one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol, TypeAlias

from backend.model.item import Document, Json
from backend.model.moment import Moment

COMPLIANT = "COMPLIANT"
NON_COMPLIANT = "NON_COMPLIANT"
NOT_APPLICABLE = "NOT_APPLICABLE"
INSUFFICIENT_DATA = "INSUFFICIENT_DATA"

ANNOTATION_LIMIT = 256
"""Characters (service model, StringWithCharLimit256)."""


class Reason(NamedTuple):
    """One thing that decided: a property of the item, what it is and what the rule asks of it."""

    path: str
    """Dotted, from the top of the item, with the places in lists as numbers; empty for no single property."""
    found: Json
    expected: str


class Verdict(NamedTuple):
    """What a rule says of a resource; the annotation says why."""

    compliance: str
    annotation: str = ""
    reasons: tuple[Reason, ...] = ()


FINE = Verdict(COMPLIANT)


def bad(reason: str, *reasons: Reason) -> Verdict:
    """Non-compliant, with a sentence cut to what the service takes."""
    return Verdict(NON_COMPLIANT, cut(reason), reasons)


def out_of_scope(reason: str = "", *reasons: Reason) -> Verdict:
    """The rule has nothing to say of this resource as it is now."""
    return Verdict(NOT_APPLICABLE, cut(reason), reasons)


def cut(annotation: str) -> str:
    """As much of an annotation as the service takes."""
    if len(annotation) > ANNOTATION_LIMIT:
        annotation = annotation[: ANNOTATION_LIMIT - 1] + "…"
    return annotation


class CannotTell(Exception):
    """Something a check needs is not known here; the text says what. No verdict is made up for want of it."""


class Surroundings(Protocol):
    """The account and region as checks see them, beyond the item at hand."""

    @property
    def region(self) -> str: ...

    @property
    def account(self) -> str: ...

    @property
    def now(self) -> Moment: ...

    def fact(self, name: str) -> Json:
        """A fact that no item holds, by its name in `backend.rules.facts`. Raises `CannotTell`."""
        ...

    def items(self, resource_type: str) -> Iterable[Document]:
        """The newest items of live resources of a type in the region, as recorded."""
        ...

    def resources(self, resource_type: str) -> Iterable[Document]:
        """Resources of a type in every region as they are now, recorded or not, in the form of items.

        Raises `CannotTell` where only recorded items are known and the type is none that Config records.
        """
        ...


Parameters: TypeAlias = Mapping[str, str]
"""A rule's input parameters with the defaults filled in."""

ItemCheck: TypeAlias = Callable[[Document, Parameters, Surroundings], Verdict]
"""Judges one configuration item (file spelling)."""

AccountCheck: TypeAlias = Callable[[Surroundings, Parameters], Verdict]
"""Judges the account as a whole."""


class Check(NamedTuple):
    """How a managed rule decides. Exactly one of `item` and `account` is there."""

    identifier: str
    decides: str
    """In a sentence: what must be so."""
    item: ItemCheck | None = None
    account: AccountCheck | None = None
    reads: tuple[str, ...] = ()
    """Of an item check: the members it looks at, such as `configuration.multiAZ`, `supplementaryConfiguration.Policy`
    and `tags`; they may be looked into at any depth. Nothing else of the item decides."""
    around: bool = False
    """Whether the surroundings matter too: facts, the clock, or other resources."""


def here(resources: Iterable[Document], region: str) -> Iterator[Document]:
    """Those of a region, and those of no region."""
    return (one for one in resources if one.get("awsRegion") in (region, "global", None))
