"""Who uses a resource, and what a change of it could touch: answers put together from the items of all resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from backend.model import derived, link_names
from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.spelling import fold
from backend.model.standing import state_of
from backend.model.verdicts import Verdict, read_verdict


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """The links of other resources to one resource; each tells, as seen from there, who has it (direction "IN")."""

    links: tuple[Relationship, ...] = ()
    limit: str = ""
    """What was not looked at, in words for a person; empty when the answer is whole."""


class Reach(msgspec.Struct, frozen=True):
    """A resource that a change of another could affect."""

    key: ResourceKey
    steps: int
    """How many links away it is."""
    link: Relationship
    """The last link on the way there, as its holder has it."""
    through: ResourceKey
    """The resource one step nearer to the change."""


def incoming(link: Relationship, holder: ConfigurationItem) -> Relationship:
    """A link as the resource at its other end sees it: who has it, and under which name."""
    return Relationship(
        name=link.name,
        resource_type=holder.resource_type,
        resource_id=holder.resource_id,
        resource_name=holder.resource_name,
        direction="IN",
        derived=link.derived,
        found_at=link.found_at,
    )


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of one resource could affect, nearest first (REL-06)."""

    reached: tuple[Reach, ...] = ()
    limit: str = ""
    """What was not looked at, as in `Usage`."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """A resource as a graph knows it."""

    key: ResourceKey
    name: str
    state: str = ""
    """In the resource's own word (`running`), empty for types that have none."""


class Edge(NamedTuple):
    """A link between two resources, their keys spelled as their own items do."""

    holder: ResourceKey
    link: Relationship
    other: ResourceKey


ONLY_RECORDED = "links that only configurations show, and verdicts in files, are not known yet"
"""The limit of links that are there at once, before any item is read."""

_POLICY = "AWS::IAM::Policy"
_NO_EDGES: tuple[Edge, ...] = ()
_NO_VERDICT = Verdict()


class Graph:
    """The links of many resources, recorded and derived, with their names, states and verdicts; keeps no bodies.

    All items are added first, then it is asked; the first question after that takes the time to join the links.
    """

    def __init__(self) -> None:
        self._holders: list[tuple[ResourceKey, tuple[Relationship, ...]]] = []
        self._spelled: dict[tuple[str, str], ResourceKey] = {}
        self._known: dict[ResourceKey, Known] = {}
        self._verdicts: dict[ResourceKey, Verdict] = {}
        self._joined: dict[ResourceKey, list[Edge]] | None = None
        self._depends: _Depends | None = None
        self.limit = ""
        """What was not looked at, as in `Usage`."""

    def __len__(self) -> int:
        return len(self._known)

    # Building

    def add(self, item: ConfigurationItem) -> None:
        """Take in the item of a living resource; verdicts of AWS Config are kept as such, not as resources."""
        if item.resource_type.startswith(derived.VERDICTS):
            judged = read_verdict(item)
            if judged is not None:
                self._verdicts[fold(judged[0])] = judged[1]
            return
        for text in derived.spellings(item):
            self._spelled.setdefault((item.resource_type.casefold(), text), item.key)
        body = item.configuration if isinstance(item.configuration, dict) else {}
        self._known[fold(item.key)] = Known(item.key, item.label, state_of(body))
        self._holders.append((item.key, (*item.relationships, *derived.links(item))))
        self._joined = self._depends = None

    def judge(self, key: ResourceKey, rule: str, compliance: str) -> None:
        """Take in the verdict of one rule, where verdicts were read apart from the items."""
        self._verdicts[fold(key)] = self._verdicts.get(fold(key), _NO_VERDICT).with_rule(rule, compliance)

    # What it holds

    @property
    def judged(self) -> int:
        """How many resources have a verdict."""
        return len(self._verdicts)

    def resources(self) -> Iterator[Known]:
        """All resources, as they came."""
        return iter(self._known.values())

    def resource(self, key: ResourceKey) -> Known | None:
        """A resource in the spelling of its own item; None when it was not among those read."""
        return self._known.get(fold(key))

    def verdict(self, key: ResourceKey) -> Verdict | None:
        """What the rules say of a resource; None when no rule has judged it."""
        return self._verdicts.get(fold(key))

    def edges(self) -> Iterator[Edge]:
        """All links of which both ends are known."""
        for holder, links in self._holders:
            for link in links:
                other = self._end(link)
                if other is not None:
                    yield Edge(holder, link, other)

    def edges_of(self, key: ResourceKey) -> Sequence[Edge]:
        """The links that a resource has, and those that others have to it."""
        return self._join().get(fold(key), _NO_EDGES)

    def used_by(self, key: ResourceKey) -> tuple[Relationship, ...]:
        """The links of others to a resource, as `Usage` tells them; one for each, a recorded one where there are two.

        What merely contains a resource that tells of that itself does not use it.
        """
        edges = self.edges_of(key)
        own = {fold(edge.other) for edge in edges if fold(edge.holder) == fold(key)}
        found: dict[ResourceKey, Relationship] = {}
        for holder, link, _ in sorted(edges, key=lambda edge: edge.link.derived):
            folded = fold(holder)
            contains = link_names.verb_of(link.name) == link_names.CONTAINS and folded in own
            if folded == fold(key) or folded in found or contains:
                continue
            known = self.resource(holder)
            assert known is not None
            found[folded] = msgspec.structs.replace(
                link,
                resource_type=holder.resource_type,
                resource_id=holder.resource_id,
                resource_name=None if known.name == holder.resource_id else known.name,
                direction="IN",
            )
        return tuple(found.values())

    # What follows from it

    def affected(self, changed: ResourceKey, steps: int = 3) -> tuple[Reach, ...]:
        """The resources that a change of one could affect, by at most so many links (REL-06).

        Who has a link to a resource depends on it: a server on its group, a function on its role. What a resource
        contains depends on it too. What a resource merely is contained in, or uses, is not affected by it.
        """
        if self._depends is None:
            depends: _Depends = {}
            for holder, link, other in self.edges():
                for on, dependent in dependences(link, holder, other):
                    depends.setdefault(fold(on), {}).setdefault(fold(dependent), (dependent, link))
            self._depends = depends
        return tuple(_walk(self._depends, changed, steps))

    def _join(self) -> dict[ResourceKey, list[Edge]]:
        if self._joined is None:
            joined: dict[ResourceKey, list[Edge]] = {}
            for edge in self.edges():
                for end in {fold(edge.holder), fold(edge.other)}:
                    joined.setdefault(end, []).append(edge)
            self._joined = joined
        return self._joined

    def _end(self, link: Relationship) -> ResourceKey | None:
        kind = link.resource_type.casefold()
        ends = (self._spelled.get((kind, end)) for end in (link.resource_id, link.resource_name) if end)
        return next((key for key in ends if key is not None), None)


_Depends: TypeAlias = dict[ResourceKey, dict[ResourceKey, tuple[ResourceKey, Relationship]]]


def dependences(
    link: Relationship, holder: ResourceKey, other: ResourceKey
) -> tuple[tuple[ResourceKey, ResourceKey], ...]:
    """(what is depended on, what depends on it): one pair, or two where each depends on the other."""
    verb = link_names.verb_of(link.name)
    pair = holder.resource_type, other.resource_type
    if verb == link_names.CONTAINS or holder.resource_type == _POLICY:
        return ((holder, other),)
    if verb == link_names.ATTACHED and other.resource_type != _POLICY and link_names.mirrored(*pair):
        # A disk and its server, a gateway and its network: neither goes on without the other.
        return ((holder, other), (other, holder))
    recorded = link_names.LINKS.get(pair)
    if recorded is not None and recorded.indirect and verb != link_names.IN:
        # Only inferred: the other one has the link, and so depends on this one.
        return ((holder, other),)
    return ((other, holder),)


def _walk(
    depends: _Depends,
    changed: ResourceKey,
    steps: int,
) -> Iterator[Reach]:
    seen = {fold(changed)}
    edge = [changed]
    for step in range(1, steps + 1):
        reached = []
        for through in edge:
            for folded, (key, link) in depends.get(fold(through), {}).items():
                if folded not in seen:
                    seen.add(folded)
                    reached.append(key)
                    yield Reach(key, step, link, through)
        edge = reached
