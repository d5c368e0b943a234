"""Who uses a resource, and what a change of it could touch: answers put together from the items of all resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from backend.model import derived, link_names
from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.spelling import fold


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


_POLICY = "AWS::IAM::Policy"

_Edge = tuple[ResourceKey, Relationship, ResourceKey]
"""A link as (holder, link, other end), the ends spelled as their own items do."""


class Graph:
    """The links of many resources, recorded and derived; keeps no bodies."""

    def __init__(self) -> None:
        self._holders: list[tuple[ResourceKey, tuple[Relationship, ...]]] = []
        self._known: dict[tuple[str, str], ResourceKey] = {}

    def add(self, item: ConfigurationItem) -> None:
        """Take in the item of a living resource; verdicts of AWS Config about resources are left out."""
        if item.resource_type.startswith(derived.VERDICTS):
            return
        for text in derived.spellings(item):
            self._known.setdefault((item.resource_type.casefold(), text), item.key)
        self._holders.append((item.key, (*item.relationships, *derived.links(item))))

    def edges(self) -> Iterator[_Edge]:
        """All links of which both ends are known."""
        for holder, links in self._holders:
            for link in links:
                other = self._end(link)
                if other is not None:
                    yield holder, link, other

    def affected(self, changed: ResourceKey, steps: int = 3) -> tuple[Reach, ...]:
        """The resources that a change of one could affect, by at most so many links (REL-06).

        Who has a link to a resource depends on it: a server on its group, a function on its role. What a resource
        contains depends on it too. What a resource merely is contained in, or uses, is not affected by it.
        """
        depends: dict[ResourceKey, dict[ResourceKey, tuple[ResourceKey, Relationship]]] = {}
        for holder, link, other in self.edges():
            for on, dependent in _dependences(link, holder, other):
                depends.setdefault(fold(on), {}).setdefault(fold(dependent), (dependent, link))
        return tuple(_walk(depends, changed, steps))

    def _end(self, link: Relationship) -> ResourceKey | None:
        kind = link.resource_type.casefold()
        ends = (self._known.get((kind, end)) for end in (link.resource_id, link.resource_name) if end)
        return next((key for key in ends if key is not None), None)


def _dependences(
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
    depends: Mapping[ResourceKey, Mapping[ResourceKey, tuple[ResourceKey, Relationship]]],
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
