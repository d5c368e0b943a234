"""The shortest way from one resource to another, link by link, and the others that are as short."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from backend.model import neighbourhood
from backend.model.item import ResourceKey
from backend.model.neighbourhood import Neighbourhood, Node, Ways
from backend.model.usage import Graph
from tui import marks
from tui.glyphs import UNICODE, Glyphs
from tui.panes.links import DERIVED, LONGEST, verdict_words
from tui.panes.spelling import called, counted, kind
from tui.screens.title import TitleBar
from tui.text import fit
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.marks import Mark


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the chain: a resource, or the link between it and the one before."""

    node: Node
    between: bool = False
    before: str = ""
    """What the resource before it is called."""


class Chain(BigTable[Link]):
    """The chain; the links are passed by."""

    def is_stop(self, number: int) -> bool:
        line = self.row(number)
        return line is not None and not line.between


class PathScreen(Screen[None]):
    """One way at a time; `v` shows the next."""

    PLACE = "path"
    FORMS: ClassVar[tuple[str, ...]] = ("json", "svg", "dot", "mmd")
    DEFAULT_CSS = """
    PathScreen { layout: vertical; }
    PathScreen #path-said { height: auto; max-height: 5; padding: 0 1; background: $surface; }
    PathScreen Chain { height: 1fr; }
    PathScreen #path-words { height: 2; padding: 0 1; border-top: solid $panel-lighten-1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Out", id="path.leave", show=False),
        Binding("right,l", "way(1)", "Next way", id="path.next", show=False),
        Binding("left,h", "way(-1)", "Way before", id="path.previous", show=False),
    ]

    def __init__(self, workspace: Workspace, graph: Graph, ways: Ways, signs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._workspace, self._graph, self._ways, self._signs = workspace, graph, ways, signs
        self._number = 0
        self._said = Static(Content(""), id="path-said")
        self._words = Static(Content(""), id="path-words")
        self._chain = Chain(
            (
                Column("name", "resource", minimum=30, weight=4, sortable=False),
                Column("rules", "rules", minimum=10, maximum=60, weight=3, drop=1, sortable=False),
            ),
            self._cells,
            header=False,
            empty="There is no way to show.",
        )

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._said
        yield self._chain
        yield self._words
        yield KeyBar(
            [
                Hint("v", "next way"),
                Hint("enter", "choose"),
                Hint("y", "copy"),
                Hint("e", "export"),
                Hint("p", "other end"),
                Hint("esc", "out"),
            ]
        )

    def on_mount(self) -> None:
        self._chain.focus()
        self._show()

    def show(self, graph: Graph, ways: Ways) -> None:
        """Show what is found over more links; the way in sight stays where it is one of them."""
        shown = [node.key for node in self._way]
        self._graph, self._ways = graph, ways
        same = (number for number, way in enumerate(ways.ways) if [node.key for node in way] == shown)
        self._number = next(same, 0)
        self._show()

    def _show(self) -> None:
        lines = [Content(told(self._ways, self._workspace)).stylize("bold")]
        if self._ways.limit:
            limit = f"{self._signs.warning} Not all was looked at: {fit(self._ways.limit, 300)}."
            lines.append(Content(limit).stylize("$text-warning"))
        if self._ways.count > 1:
            shown = f"Way {self._number + 1:,} of {self._ways.count:,} that are as short"
            more = (
                f"; the first {len(self._ways.ways):,} can be walked" if self._ways.count > len(self._ways.ways) else ""
            )
            lines.append(Content(f"{shown}{more}: v shows the next."))
        self._said.update(Content("\n").join(lines))
        self._chain.set_list(list(_links(self._way)))
        self._tell()

    @property
    def _way(self) -> tuple[Node, ...]:
        return self._ways.ways[self._number] if self._ways.ways else ()

    def _cells(self, line: Link) -> tuple[Cell, ...]:
        node, signs = line.node, self._signs
        if line.between:
            assert node.link is not None
            # The arrow points from the resource that has the link, as in the tree.
            outward, inward = (
                (signs.derived_outward, signs.derived_inward) if node.link.derived else (signs.outward, signs.inward)
            )
            derived = f", {DERIVED}" if node.link.derived else ""
            words = fit(node.link.name.strip(), LONGEST)
            words = f"{words[:1].lower()}{words[1:]}"
            said = f"that one {words}" if node.holds else words
            sign = inward if node.holds else outward
            return Content.assemble((f"  {signs.trunk} {sign} {said}{derived}", "$text-muted")), ""
        name = fit(node.name, LONGEST)
        parts = [
            (f"{signs.on} ", "$text-accent"),
            (f"{kind(node.key.resource_type[-LONGEST:])} ", "$text-muted"),
            (name, "bold"),
        ]
        if node.name != node.key.resource_id:
            parts.append((f" {fit(node.key.resource_id, LONGEST)}", "$text-muted"))
        if node.state:
            parts.append((f" {fit(node.state, 24)}", "$text-muted"))
        return Content.assemble(*parts), verdict_words(node.verdict, signs)

    def _tell(self) -> None:
        line = self._chain.current
        if line is None:
            self._words.update(Content(""))
            return
        told = f"{fit(line.node.key.resource_type, LONGEST)} {fit(line.node.key.resource_id, LONGEST)}"
        self._words.update(Content(told))

    # What the person does

    @on(BigTable.Highlighted)
    def _moved(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._tell()

    @on(BigTable.Selected)
    def _chosen(self, event: BigTable.Selected) -> None:
        """Choose the resource under the cursor in every pane, and open its page."""
        from tui.screens.item import ItemScreen

        event.stop()
        line: Link = event.row
        self._workspace.selection.choose(line.node.key)
        self.app.push_screen(ItemScreen(self._workspace, self._signs))

    def action_way(self, by: int) -> None:
        """Show another way that is as short."""
        if len(self._ways.ways) > 1:
            self._number = (self._number + by) % len(self._ways.ways)
            self._show()

    def next_way(self) -> str:
        """Show the next way; says which."""
        if len(self._ways.ways) < 2:
            return "There is no other way that is as short."
        self.action_way(1)
        return ""

    def action_leave(self) -> None:
        self.dismiss()

    def copy_text(self) -> str:
        """The id under the cursor."""
        line = self._chain.current
        return line.node.key.resource_id if line is not None else ""

    def markable(self) -> Mark | None:
        """What `m` marks: the resource under the cursor."""
        line = self._chain.current
        return marks.of_resource(line.node.key, line.node.name) if line is not None else None

    # Taking away

    @property
    def export_name(self) -> str:
        """What the file is named for."""
        return f"path {self._ways.one.resource_id[:60]} {self._ways.other.resource_id[:60]}"

    def export(self) -> tuple[str, str]:
        """All ways that can be walked, as JSON."""
        return "json", self.export_as("json")

    def export_as(self, form: str) -> str:
        """The ways, or a picture of all of them together."""
        if form == "json":
            return json.dumps(
                {
                    "from": self._ways.one._asdict(),
                    "to": self._ways.other._asdict(),
                    "count": self._ways.count,
                    "resourcesLookedAt": self._ways.looked_at,
                    "notLookedAt": self._ways.limit,
                    "ways": [[_record(node) for node in way] for way in self._ways.ways],
                },
                indent=2,
            )
        from tui import pictures

        return pictures.draw(self.picture(), form)

    def picture(self) -> Neighbourhood:
        """All ways that can be walked, side by side."""
        return neighbourhood.of_ways(self._graph, self._ways, told(self._ways, self._workspace))


def _links(way: tuple[Node, ...]) -> Iterator[Link]:
    before = ""
    for node in way:
        if node.link is not None:
            yield Link(node, True, before)
        yield Link(node)
        before = node.name


def _record(node: Node) -> dict[str, object]:
    return {
        "resourceType": node.key.resource_type,
        "resourceId": node.key.resource_id,
        "name": node.name,
        "failingRules": list(node.verdict.failing) if node.verdict else [],
        "link": node.link.name if node.link is not None else None,
        "derived": node.link.derived if node.link is not None else None,
        "heldBy": None if node.link is None else ("this" if node.holds else "the one before"),
    }


def told(ways: Ways, workspace: Workspace) -> str:
    """What was found, in a sentence. Safe to show."""

    def name(key: ResourceKey) -> str:
        known = called(key, workspace.names)
        return fit(known if known == key.resource_id else f"{known} ({key.resource_id})", 80)

    one, other = name(ways.one), name(ways.other)
    if ways.unknown:
        missing = " and ".join(map(name, ways.unknown))
        return f"{missing} is not among the {ways.looked_at:,} resources that were looked at."
    if not ways.count:
        return (
            f"No way leads from {one} to {other}: {counted(ways.reachable - 1, 'resource')} can be reached from the "
            f"first, of {ways.looked_at:,} looked at, over links in either direction."
        )
    if not ways.steps:
        return f"{one} is both ends."
    how = "one shortest way" if ways.count == 1 else f"{ways.count:,} shortest ways"
    return f"From {one} to {other}: {counted(ways.steps, 'step')}, {how}."
