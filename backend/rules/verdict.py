"""Verdicts, and what a check gets to see before it gives one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

    def recorded(self, resource_type: str, resource_id: str) -> Document | None:
        """The newest item of one resource of the region, if it is there. Raises `CannotTell`."""
        ...

    def keyed(self, resource_type: str, by: Keys, *, recorded: bool = False) -> Mapping[str, Sequence[Document]]:
        """Resources of the region by words that `by` finds in each, as `items` or `resources` give them.

        Worked out once for each function: it has to be the same object from call to call. Raises `CannotTell`.
        """
        ...


Keys: TypeAlias = Callable[[Document], Iterable[object]]
"""Words that a resource is found by; what is no text is left out."""

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


class Keyed:
    """What all surroundings share: resources found by words, each table made once."""

    region: str

    def __init__(self) -> None:
        self._tables: dict[tuple[str, Keys, bool], dict[str, list[Document]]] = {}

    def items(self, resource_type: str) -> Iterable[Document]:
        raise NotImplementedError

    def resources(self, resource_type: str) -> Iterable[Document]:
        raise NotImplementedError

    def recorded(self, resource_type: str, resource_id: str) -> Document | None:
        """As `Surroundings.recorded`, out of all of the type."""
        found = self.keyed(resource_type, _own_id, recorded=True).get(resource_id)
        return found[0] if found else None

    def keyed(self, resource_type: str, by: Keys, *, recorded: bool = False) -> Mapping[str, Sequence[Document]]:
        """As `Surroundings.keyed`."""
        table = self._tables.get((resource_type, by, recorded))
        if table is None:
            found = self.items(resource_type) if recorded else here(self.resources(resource_type), self.region)
            table = self._tables[resource_type, by, recorded] = {}
            for one in found:
                for word in by(one):
                    if isinstance(word, str):
                        table.setdefault(word, []).append(one)
        return table


def _own_id(item: Document) -> Iterator[object]:
    yield item.get("resourceId")


def here(resources: Iterable[Document], region: str) -> Iterator[Document]:
    """Those of a region, and those of no region."""
    return (one for one in resources if one.get("awsRegion") in (region, "global", None))
