"""What is done with the links of the chosen resource: from either side, how far a change reaches, and ways."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from backend.model.item import ResourceKey
from backend.model.problem import Problem
from tui.actions.deed import Action, Deeds
from tui.jobs import Job
from tui.link_book import collecting_later
from tui.panes.relationships import RelationshipsPane
from tui.panes.snapshots import SnapshotsPane
from tui.panes.spelling import called
from tui.screens.line import LineScreen

if TYPE_CHECKING:
    from backend.model.neighbourhood import Neighbourhood
    from backend.model.usage import Graph
    from tui.screens.blast import BlastScreen

_OFFERED = 50
"""Names offered to complete what was typed."""

_READING = "reading the links of all resources"


@runtime_checkable
class Drawn(Protocol):
    """A pane or page that there is a picture of."""

    @property
    def export_name(self) -> str: ...

    def picture(self) -> Neighbourhood: ...


class RelationshipsDeeds(Deeds):
    """Shows links from either side, and what follows from them."""

    def table(self) -> dict[str, Action]:
        return {
            "look.users": lambda _: self.users(),
            "links.side": lambda _: self.side(),
            "links.blast": self.blast,
            "blast.order": lambda _: self.blast_order(),
            "links.path": self.path,
            "path.next": lambda _: self.next_way(),
            "take.picture": self.picture,
        }

    @property
    def links(self) -> RelationshipsPane:
        pane = self.dashboard.panes["relationships"]
        assert isinstance(pane, RelationshipsPane)
        return pane

    def _go(self) -> bool:
        """Go to the pane; True when it was in front already."""
        was_there = self.in_front and self.pane is self.links
        while not self.in_front:
            self.app.pop_screen()
        self.dashboard.go_to("relationships")
        return was_there

    def users(self) -> None:
        """Show who uses the chosen resource, or all its links again."""
        was_there = self._go()
        self.links.show_users(not (was_there and self.links.users_only))

    def side(self) -> None:
        """Show all links, what the resource uses, or what uses it."""
        self._go()
        self.app.say(self.links.next_side())

    # The blast radius

    def blast(self, text: str) -> None:
        """Show what a change of the chosen resource could affect: `[depth] [what is planned]`."""
        from tui.screens.blast import DEPTH, BlastScreen

        if not self._can_read():
            return
        first, _, rest = text.strip().partition(" ")
        depth, planned = (int(first), rest) if first.isdecimal() and len(first) < 4 else (DEPTH, text)
        screen = BlastScreen(
            self.workspace, self.links.book, self.read_for, depth=depth, planned=planned, signs=self.app.glyphs
        )
        while not self.in_front:
            self.app.pop_screen()
        self.app.push_screen(screen)

    def _can_read(self) -> bool:
        session = self.workspace.session
        if session is None or session.relationships is None:
            self.app.say("Links between resources are not known here.")
        elif self.workspace.resource is None:
            self.app.say("No resource is chosen: enter on a row of Resources, or :go with an id, chooses one.")
        else:
            return True
        return False

    def read_for(self, screen: BlastScreen, anew: bool, whole: bool) -> None:
        """Read the links of all resources for a page."""

        async def work(job: Job) -> None:
            try:
                first = await self._at_once()
                if first is not None and screen.is_attached:
                    screen.show(first, begun=True)
                graph = await self._graph(job, anew=anew, whole=whole)
            except Problem as problem:
                screen.failed(str(problem))
                raise
            except asyncio.CancelledError:
                if screen.is_attached:
                    screen.failed("The reading was ended before all was read.")
                raise
            if screen.is_attached:
                screen.show(graph)

        self.app.jobs.run(_READING, work)

    async def _at_once(self) -> Graph | None:
        session = self.workspace.session
        assert session is not None
        return await self.links.book.at_once(session)

    async def _graph(self, job: Job, *, anew: bool = False, whole: bool = False) -> Graph:
        session = self.workspace.session
        assert session is not None
        return await self.links.book.read(session, job.report, anew=anew, whole=whole)

    def blast_order(self) -> None:
        from tui.screens.blast import BlastScreen

        if isinstance(self.app.screen, BlastScreen):
            self.app.say(self.app.screen.next_order())

    # Ways

    def path(self, text: str) -> None:
        """Find the shortest way: from the chosen resource to what was typed, or between two that were typed."""
        if not self._can_read():
            return
        marked = [mark.resource for mark in self.workspace.marks if mark.resource is not None]
        if not text and len(marked) == 2:
            self._find_way(marked[0], marked[1])
        elif not text:
            self._ask_other([key for key in marked if key != self.workspace.resource])
        else:
            ends = self._ends(text)
            if ends is None:
                self.ask_command(f"path {text}", "no resource is called so; tab completes a name", problem=True)
            else:
                self._find_way(*ends)

    def _ask_other(self, marked: list[ResourceKey]) -> None:
        chosen = self.workspace.resource
        assert chosen is not None

        def done(line: str | None) -> None:
            key = self._named(line.strip()) if line else None
            if key is not None:
                self._find_way(chosen, key)

        name = called(chosen, self.workspace.names)
        self.app.push_screen(
            LineScreen(
                "to ",
                text=marked[-1].resource_id if marked else "",
                hint=f"the other end of a way from {name[:40]}; tab completes",
                complete=self._known_names,
                refuse=lambda line: "" if not line or self._named(line.strip()) else "no resource is called so",
            ),
            done,
        )

    def _ends(self, text: str) -> tuple[ResourceKey, ResourceKey] | None:
        """The two ends that were typed; a name may have blanks in it. One end only: the other is the chosen one."""
        words = text.split()
        for cut in range(1, len(words)):
            one, other = self._named(" ".join(words[:cut])), self._named(" ".join(words[cut:]))
            if one is not None and other is not None:
                return one, other
        other, chosen = self._named(text.strip()), self.workspace.resource
        return (chosen, other) if other is not None and chosen is not None else None

    def _named(self, text: str) -> ResourceKey | None:
        """The resource with this id or name."""
        for key, name in self._known():
            if text in (key.resource_id, name):
                return key
        pane = self.dashboard.panes["snapshots"]
        assert isinstance(pane, SnapshotsPane)
        return pane.find(text) if text else None

    def _known(self) -> Iterator[tuple[ResourceKey, str]]:
        """Resources with their names, as far as links or listings have told them."""
        graph = self.links.book.known()
        if graph is not None:
            yield from ((known.key, known.name) for known in graph.resources())
        yield from self.workspace.names.items()

    def _known_names(self, text: str) -> list[str]:
        """The names and ids that begin with what was typed."""
        begun = text.casefold()
        found: dict[str, None] = {}
        for key, label in self._known():
            for name in (label, key.resource_id):
                if name and name.casefold().startswith(begun) and name.isprintable() and len(name) < 200:
                    found[name] = None
            if len(found) >= _OFFERED:
                break
        return sorted(found)

    def _find_way(self, one: ResourceKey, other: ResourceKey) -> None:
        async def work(job: Job) -> None:
            from backend.model import neighbourhood
            from backend.model.neighbourhood import Ways
            from tui.screens.path import PathScreen

            async def found(graph: Graph) -> Ways:
                with collecting_later():
                    return await asyncio.to_thread(neighbourhood.ways, graph, one, other)

            async def shown(graph: Graph) -> PathScreen:
                screen = PathScreen(self.workspace, graph, await found(graph), self.app.glyphs)
                while not self.in_front:
                    self.app.pop_screen()
                await self.app.push_screen(screen)
                return screen

            first = await self._at_once()
            begun = await shown(first) if first is not None else None
            graph = await self._graph(job)
            if begun is None:
                await shown(graph)
            elif begun.is_attached:
                begun.show(graph, await found(graph))

        self.app.jobs.run("looking for the shortest way", work)

    def next_way(self) -> None:
        from tui.screens.path import PathScreen

        if isinstance(self.app.screen, PathScreen) and (told := self.app.screen.next_way()):
            self.app.say(told)

    # Pictures

    def picture(self, text: str) -> None:
        """Write a picture of the links in front: `svg`, `dot` or `mermaid`, and where to."""
        from tui.pictures import NAMES

        name, _, path = text.strip().partition(" ")
        form = NAMES.get((name or "svg").lower())
        source = self.app.screen if isinstance(self.app.screen, Drawn) else self.links
        if form is None:
            self.ask_command(f"picture {text}", "svg, dot or mermaid", problem=True)
        elif self.workspace.resource is None or not isinstance(source, Drawn):
            self.app.say("There is no picture of this: choose a resource first.")
        else:
            self.begin("picture", self._draw(source, form, path.strip()))

    async def _draw(self, source: Drawn, form: str, path: str) -> None:
        from tui import exporting, pictures

        try:
            shown = source.picture()
        except AssertionError:
            self.app.say("There is nothing to draw yet.")
            return
        text = await asyncio.to_thread(pictures.draw, shown, form)
        written = exporting.write(source.export_name, form, text, self.workspace.now(), path)
        self.app.say(f"Written to {written}")
