"""The links of all resources as they were last read: what the blast radius, the ways and the incoming links rest on.

Reading them costs calls for every resource. So they are read when somebody asks, kept until something changes or
another moment is looked at, and it is told when they were read and what was not looked at.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backend.model.item import ResourceKey
from backend.model.moment import MINUTE, Moment
from backend.model.problem import Denied, Problem, Refused
from backend.model.usage import Graph
from backend.model.verdicts import Verdict, read_verdict, verdict_key

if TYPE_CHECKING:
    from backend.client.session import Session
    from tui.workspace import Workspace

Report = Callable[[int, int, str], None]

KEPT = 10 * MINUTE
"""How long a reading of an account is used again (by its clock); `r` reads anew at any time."""

ALL = 1_000_000
"""Resources read where that costs nothing, or where all are asked for."""

_JUDGED_ONE_BY_ONE = 40
"""Resources of which the verdicts are looked up where each takes a call."""

_FAILING_RULES = 50
"""Rules of which the failing resources are asked for, where verdicts do not come with the items."""


class LinkBook:
    """Reads the links of all resources, and keeps them for as long as they are good."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._graph: Graph | None = None
        self._moment: Moment | None = None
        self._stale = False
        self._whole = False
        self.read_at: Moment = 0
        self.has_verdicts = False
        """True when the verdicts came with the items, those of passing resources too."""

    @property
    def costs_nothing(self) -> bool:
        """True where reading takes no calls of an account: in a local world, and over files."""
        session = self._workspace.session
        return self._workspace.clock is not None or (session is not None and session.recorder is None)

    def known(self) -> Graph | None:
        """The links as of the moment looked at, if they are there and still good."""
        moment = self._workspace.selection.moment
        if self._graph is None or moment != self._moment:
            return None
        if moment is None and (self._stale or self._workspace.now() - self.read_at > KEPT) and self.ages:
            return None
        return self._graph

    @property
    def ages(self) -> bool:
        """False over files, which do not change while they are looked at."""
        session = self._workspace.session
        return session is None or session.recorder is not None

    def data_changed(self) -> None:
        """Something changed on the other side: in a local world the links are read again when they are asked for."""
        self._stale = self._workspace.clock is not None

    async def read(
        self, session: Session, report: Report | None = None, *, anew: bool = False, whole: bool = False
    ) -> Graph:
        """The links as of the moment looked at; `whole` reads without a bound. Raises `Problem`."""
        kept = None if anew or (whole and not self._whole) else self.known()
        if kept is not None:
            return kept
        moment, at = self._workspace.selection.moment, self._workspace.now()
        self._stale = False
        whole = whole or (moment is None and self.costs_nothing)
        with collecting_later():
            if moment is None:
                graph = await self._read_now(session, report, whole)
            else:
                graph = await _read_then(session, moment, report)
            self.has_verdicts = graph.judged > 0
            if not graph.judged and moment is None and session.compliance is not None:
                await _judge(graph, session)
            await asyncio.to_thread(_settle, graph)
        self._graph, self._moment, self._whole, self.read_at = graph, moment, whole, at
        return graph

    async def at_once(self, session: Session) -> Graph | None:
        """What links are there before any are read, with its limit; None where there are none, or all are known."""
        if self.known() is not None or self._workspace.selection.moment is not None or session.relationships is None:
            return None
        return await session.relationships.recorded()

    async def _read_now(self, session: Session, report: Report | None, whole: bool) -> Graph:
        if session.relationships is None:
            raise Refused("Links are not known here")
        told = (lambda done, total: report(done, total, "resources")) if report is not None else None
        return await session.relationships.whole(told, ALL if whole else 0)


@contextmanager
def collecting_later() -> Iterator[None]:
    """Put off the search for garbage while much is built that is none.

    Python looks through all there is whenever it has grown by a quarter; with tens of thousands of resources each look
    holds the screen for most of a second. What was built is passed over by later looks: a graph has no cycles, and goes
    when nobody holds it.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def _read_then(session: Session, moment: Moment, report: Report | None) -> Graph:
    if session.resources is None:
        raise Refused("The items of a moment are not known here")
    estate = await session.resources.estate(moment, report)
    graph = Graph()
    for number, item in enumerate(estate.items.values()):
        graph.add(item)
        if number % 100 == 0:
            await asyncio.sleep(0)
    graph.limit = " ".join(estate.gaps).rstrip(".")
    return graph


async def _judge(graph: Graph, session: Session) -> None:
    """Take in which resources the rules fail; what cannot be asked stays unsaid."""
    assert session.compliance is not None
    try:
        rules = [rule.name for rule in await session.compliance.rules() if rule.compliance == "NON_COMPLIANT"]
        for rule in rules[:_FAILING_RULES]:
            for verdict in await session.compliance.details(rule):
                key = ResourceKey(verdict.resource_type, verdict.resource_id)
                graph.judge(key, verdict.rule, verdict.compliance)
    except (Denied, Refused):
        return


def _settle(graph: Graph) -> None:
    """Join the links while nobody waits for it."""
    for known in graph.resources():
        graph.edges_of(known.key)
        graph.affected(known.key, 1)
        return


async def verdicts_of(
    session: Session, keys: Iterable[ResourceKey], moment: Moment | None
) -> dict[ResourceKey, Verdict]:
    """What the rules say of some resources, now or at a moment; empty where that cannot be asked."""
    wanted = list(keys)
    try:
        if moment is None and session.compliance is not None:
            return await session.compliance.verdicts(wanted)
        if session.resources is None:
            return {}
        resources = session.resources
        about = [verdict_key(key) for key in wanted[:_JUDGED_ONE_BY_ONE]]
        if moment is None:
            items = await asyncio.gather(*map(resources.item, about))
        else:
            items = await asyncio.gather(*(resources.as_of(key, moment) for key in about))
    except Problem:
        return {}
    read = (read_verdict(item) if item is not None and not item.deleted else None for item in items)
    return {key: judged[1] for key, judged in zip(wanted, read, strict=False) if judged is not None}
