"""The part of a graph of links that is looked at: what lies around a resource, what a change of it could affect, and
the shortest ways from one resource to another.

`network` gives networkx's form of it, for whoever wants to compute on; networkx is loaded only then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import msgspec

from backend.model.item import Relationship, ResourceKey
from backend.model.spelling import fold
from backend.model.usage import Edge, Graph, Reach
from backend.model.verdicts import Verdict

if TYPE_CHECKING:
    import networkx as nx

    Network: TypeAlias = nx.MultiDiGraph[ResourceKey]

MOST = 400
"""Resources in a neighbourhood; more make no picture."""
WAYS = 200
"""Shortest ways that are told one by one; more are only counted."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A resource of a neighbourhood."""

    key: ResourceKey
    name: str
    step: int
    """How many links it is away from the root; below 0 on the side of those that use the root."""
    state: str = ""
    verdict: Verdict | None = None
    """None when no rule has judged it, or verdicts could not be read."""
    through: ResourceKey | None = None
    """The resource one step nearer to the root."""
    link: Relationship | None = None
    """The link on that last step, as its holder has it."""
    holds: bool = False
    """True when it is this resource that has that link, and not the nearer one."""


class Neighbourhood(msgspec.Struct, frozen=True, kw_only=True):
    """Resources around a root, and all the links between them."""

    root: ResourceKey
    nodes: tuple[Node, ...]
    """The root first, then by distance."""
    edges: tuple[Edge, ...]
    left_out: int = 0
    """How many more there would be."""
    limit: str = ""
    """What was not looked at, as in `Usage`."""
    title: str = ""

    def network(self) -> Network:
        """As networkx knows graphs: nodes with type, name, step and failing rules, links with name and kind."""
        return network(((node.key, _told(node)) for node in self.nodes), self.edges)


def around(graph: Graph, root: ResourceKey, steps: int, most: int = MOST) -> Neighbourhood:
    """What is linked to a resource in either direction, by at most so many links.

    Who uses the root stands on the negative side, what it uses on the positive, and what is found behind a resource on
    the side of that.
    """
    found: dict[ResourceKey, Node] = {fold(root): _node(graph, root, 0)}
    edge_of_known = [root]
    left_out = 0
    for step in range(1, steps + 1):
        reached: list[ResourceKey] = []
        beyond: set[ResourceKey] = set()
        for through in edge_of_known:
            side = -1 if found[fold(through)].step < 0 else 1
            for edge in graph.edges_of(through):
                holds = fold(edge.other) == fold(through)
                key = edge.holder if holds else edge.other
                if fold(key) in found or fold(key) in beyond:
                    continue
                if len(found) >= most:
                    beyond.add(fold(key))
                    continue
                at = (-1 if holds else 1) if step == 1 else side * step
                found[fold(key)] = _node(graph, key, at, through, edge.link, holds)
                reached.append(key)
        left_out += len(beyond)
        edge_of_known = reached
    return _between(graph, root, found.values(), left_out)


def blast(graph: Graph, root: ResourceKey, reached: Iterable[Reach]) -> Neighbourhood:
    """What a change of a resource could affect, as a neighbourhood without its links; `cut` has them.

    All of it stands on the positive side.
    """
    nodes = [_node(graph, root, 0)]
    for reach in reached:
        nodes.append(_node(graph, reach.key, reach.steps, reach.through, reach.link, _holds(graph, reach)))
    return Neighbourhood(root=nodes[0].key, nodes=tuple(nodes), edges=(), limit=graph.limit)


def cut(graph: Graph, shown: Neighbourhood, most: int = MOST) -> Neighbourhood:
    """The nearest of a neighbourhood, as many as make a picture, with all the links between them."""
    return _between(graph, shown.root, shown.nodes[:most], max(0, len(shown.nodes) - most))


def of_ways(graph: Graph, found: Ways, title: str = "") -> Neighbourhood:
    """All ways that are told, side by side, from the one end to the other."""
    nodes: dict[ResourceKey, Node] = {}
    for way in found.ways:
        for node in way:
            nodes.setdefault(fold(node.key), node)
    ends = nodes or {fold(found.one): _node(graph, found.one, 0)}
    shown = sorted(ends.values(), key=lambda node: node.step)[:MOST]
    drawn = _between(graph, found.one, shown, max(0, len(ends) - MOST))
    return msgspec.structs.replace(drawn, title=title)


class Line(NamedTuple):
    """A line of a tree of links: a resource, the link that leads to it as the one above tells it, and that one."""

    key: ResourceKey
    link: Relationship
    above: ResourceKey


def of_tree(
    root: ResourceKey,
    lines: Iterable[Line],
    names: Mapping[ResourceKey, str],
    verdicts: Mapping[ResourceKey, Verdict],
    graph: Graph | None = None,
) -> Neighbourhood:
    """What a tree shows, its lines from the top; with a graph also the links between its branches."""

    def node(key: ResourceKey, step: int, line: Line | None = None) -> Node:
        known = graph.resource(key) if graph is not None else None
        return Node(
            key=key,
            name=names.get(key) or key.resource_id,
            step=step,
            state=known.state if known is not None else "",
            verdict=verdicts.get(key),
            through=line.above if line else None,
            link=line.link if line else None,
            holds=line is not None and _inward(line.link),
        )

    found = {fold(root): node(root, 0)}
    edges: dict[tuple[ResourceKey, ResourceKey], Edge] = {}
    left_out = 0
    for line in lines:
        holder, other = (line.key, line.above) if _inward(line.link) else (line.above, line.key)
        if fold(line.key) not in found:
            if len(found) >= MOST or fold(line.above) not in found:
                left_out += 1
                continue
            at = found[fold(line.above)].step
            side = (-1 if _inward(line.link) else 1) if at == 0 else (1 if at > 0 else -1)
            found[fold(line.key)] = node(line.key, at + side, line)
        edges.setdefault((fold(holder), fold(other)), Edge(holder, line.link, other))
    nodes = tuple(found.values())
    if graph is not None:
        for edge in _between(graph, root, nodes, 0).edges:
            edges.setdefault((fold(edge.holder), fold(edge.other)), edge)
    return Neighbourhood(root=root, nodes=nodes, edges=tuple(edges.values()), left_out=left_out)


def _inward(link: Relationship) -> bool:
    return (link.direction or "").upper() == "IN"


def _holds(graph: Graph, reach: Reach) -> bool:
    """Whether it is the reached resource that has the link it was reached by."""
    return any(edge.link is reach.link and fold(edge.holder) == fold(reach.key) for edge in graph.edges_of(reach.key))


def _node(
    graph: Graph,
    key: ResourceKey,
    step: int,
    through: ResourceKey | None = None,
    link: Relationship | None = None,
    holds: bool = False,
) -> Node:
    known = graph.resource(key)
    return Node(
        key=known.key if known else key,
        name=known.name if known else key.resource_id,
        step=step,
        state=known.state if known else "",
        verdict=graph.verdict(key),
        through=through,
        link=link,
        holds=holds,
    )


def _between(graph: Graph, root: ResourceKey, nodes: Iterable[Node], left_out: int) -> Neighbourhood:
    nodes = tuple(nodes)
    inside = {fold(node.key) for node in nodes}
    edges = tuple(
        edge
        for node in nodes
        for edge in graph.edges_of(node.key)
        if fold(edge.holder) == fold(node.key) and fold(edge.other) in inside and fold(edge.other) != fold(edge.holder)
    )
    return Neighbourhood(root=root, nodes=nodes, edges=edges, left_out=left_out, limit=graph.limit)


def _told(node: Node) -> dict[str, Any]:
    return {
        "type": node.key.resource_type,
        "name": node.name,
        "step": node.step,
        "state": node.state,
        "failing": list(node.verdict.failing) if node.verdict else [],
        "judged": node.verdict is not None,
    }


def network(nodes: Iterable[tuple[ResourceKey, Mapping[str, Any]]], edges: Iterable[Edge]) -> Network:
    """A directed graph of networkx: an edge for each link, from the resource that has it."""
    import networkx as nx

    made: Network = nx.MultiDiGraph()
    for key, told in nodes:
        made.add_node(key, **told)
    for edge in edges:
        made.add_edge(edge.holder, edge.other, name=edge.link.name, derived=edge.link.derived, link=edge.link)
    return made


def whole_network(graph: Graph) -> Network:
    """All of a graph for networkx. Takes a second for fifty thousand links."""
    nodes = ((known.key, {"type": known.key.resource_type, "name": known.name}) for known in graph.resources())
    return network(nodes, graph.edges())


# Ways


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """The shortest ways between two resources over links in either direction."""

    one: ResourceKey
    other: ResourceKey
    count: int = 0
    """How many of the same length there are; 0 when no way leads there."""
    ways: tuple[tuple[Node, ...], ...] = ()
    """The first of them, each from one end to the other; `through` and `link` of a node tell of the step to it."""
    looked_at: int = 0
    """Resources in the graph."""
    reachable: int = 0
    """Resources that the first can be joined with at all."""
    unknown: tuple[ResourceKey, ...] = ()
    """Ends that were not among the resources read."""
    limit: str = ""

    @property
    def steps(self) -> int:
        return len(self.ways[0]) - 1 if self.ways else 0


def ways(graph: Graph, one: ResourceKey, other: ResourceKey, most: int = WAYS) -> Ways:
    """The shortest ways from one resource to another; all of one length, in a settled order."""
    ends = [graph.resource(one), graph.resource(other)]
    unknown = tuple(key for key, end in zip((one, other), ends, strict=True) if end is None)
    if ends[0] is None or ends[1] is None:
        return Ways(one=one, other=other, looked_at=len(graph), unknown=unknown, limit=graph.limit)
    import networkx as nx

    start, goal = ends[0].key, ends[1].key
    joined: nx.Graph[ResourceKey] = nx.Graph()
    joined.add_nodes_from(sorted(known.key for known in graph.resources()))
    joined.add_edges_from(sorted({(edge.holder, edge.other) for edge in graph.edges()}))
    before = cast("dict[ResourceKey, list[ResourceKey]]", nx.predecessor(joined, start))
    if goal not in before:
        return Ways(one=start, other=goal, looked_at=len(graph), reachable=len(before), limit=graph.limit)
    return Ways(
        one=start,
        other=goal,
        count=_count(before, goal),
        ways=tuple(tuple(_chain(graph, way)) for way in islice(_ways_back(before, start, goal), most)),
        looked_at=len(graph),
        reachable=len(before),
        limit=graph.limit,
    )


def _count(before: Mapping[ResourceKey, list[ResourceKey]], goal: ResourceKey) -> int:
    """How many ways lead to the goal, without walking them: there may be millions."""
    layers = [[goal]]
    while layers[-1]:
        layers.append(list(dict.fromkeys(key for later in layers[-1] for key in before[later])))
    counts: dict[ResourceKey, int] = {}
    for layer in reversed(layers):
        for key in layer:
            counts[key] = sum(counts[earlier] for earlier in before[key]) if before[key] else 1
    return counts[goal]


def _ways_back(
    before: Mapping[ResourceKey, list[ResourceKey]], start: ResourceKey, goal: ResourceKey
) -> Iterator[list[ResourceKey]]:
    """The ways one after another, each from the start on."""
    rest: list[list[ResourceKey]] = [[goal]]
    while rest:
        way = rest.pop()
        if way[-1] == start:
            yield way[::-1]
        else:
            rest += [[*way, key] for key in sorted(before[way[-1]], reverse=True)]


def _chain(graph: Graph, way: list[ResourceKey]) -> Iterator[Node]:
    yield _node(graph, way[0], 0)
    for step, (through, key) in enumerate(pairwise(way), start=1):
        joining = [edge for edge in graph.edges_of(through) if {edge.holder, edge.other} == {through, key}]
        # A recorded link rather than a derived one, and the link of the nearer one rather than that of the other.
        edge = min(joining, key=lambda edge: (edge.link.derived, edge.holder != through))
        yield _node(graph, key, step, through, edge.link, edge.holder == key)
