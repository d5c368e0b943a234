"""The blast radius: what a change of the chosen resource could affect, to any depth, with the rules that fail there.

The links of all resources are read once (`tui.link_book`); another depth, another order and another root are only
computed. What was not looked at is said.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from backend.model import neighbourhood
from backend.model.item import ResourceKey
from backend.model.neighbourhood import Neighbourhood, Node
from backend.model.usage import Graph
from backend.model.verdicts import about
from tui import marks, times
from tui.glyphs import UNICODE, Glyphs
from tui.link_book import LinkBook
from tui.panes.facts import Facts
from tui.panes.links import LONGEST, verdict_words
from tui.panes.spelling import counted, kind
from tui.restyling import flip, keep_styles
from tui.screens.blast_lines import Line, as_csv, as_markdown, counts, ordered, record, searched, sentence, why
from tui.screens.filtered import FilteredScreen
from tui.screens.title import TitleBar
from tui.text import fit
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.marks import Mark

WIDE = 140
"""From this many columns on the counts stand beside the list."""

ORDERS = ("step", "type", "rule", "tree")
"""How the list can be grouped."""

DEPTH, DEEPEST = 3, 50
"""Steps at first, and at most: no estate is deeper."""

Reader = Callable[["BlastScreen", bool, bool], None]
"""Reads the links for the page, anew or without a bound, and calls `show` with them."""


class Reached(BigTable[Line]):
    """The list; headings are passed by."""

    def is_stop(self, number: int) -> bool:
        line = self.row(number)
        return line is not None and line.node is not None

    def draw_line(self, number: int, cells: int, style: Style, plain: bool) -> list[Segment]:
        line = self.row(number)
        if line is not None and line.node is None:
            return self.paint(Content.styled(fit(f" {line.heading}", cells), "$text-accent bold"), style)
        return super().draw_line(number, cells, style, plain)


class BlastScreen(FilteredScreen):
    """What a change could affect, as a list in four orders."""

    PLACE = "blast"
    FORMS: ClassVar[tuple[str, ...]] = ("csv", "json", "md", "svg", "dot", "mmd")
    DEFAULT_CSS = """
    BlastScreen { layout: vertical; }
    BlastScreen #blast-said { height: auto; max-height: 4; padding: 0 1; background: $surface; }
    BlastScreen #blast-body { height: 1fr; }
    BlastScreen Reached { width: 1fr; height: 1fr; }
    BlastScreen #blast-counts { display: none; width: 44; border-left: solid $panel-lighten-1; }
    BlastScreen.-wide #blast-counts { display: block; }
    BlastScreen #blast-words {
        height: 2; padding: 0 1; border-top: solid $panel-lighten-1;
        color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Out", id="blast.leave", show=False),
        Binding("plus,equals_sign,right,l", "deeper(1)", "One step deeper", id="blast.deeper", show=False),
        Binding("minus,left,h", "deeper(-1)", "One step less", id="blast.shallower", show=False),
        Binding("a", "read_all", "Read all resources", id="blast.all", show=False),
        Binding("r", "read_again", "Read again", id="blast.again", show=False),
        Binding("i", "open_page", "Open the page", id="blast.page", show=False),
    ]

    def __init__(
        self,
        workspace: Workspace,
        book: LinkBook,
        reader: Reader,
        *,
        depth: int = DEPTH,
        planned: str = "",
        signs: Glyphs = UNICODE,
    ) -> None:
        """`planned` is what somebody is about to do (`stopping`); empty for any change."""
        super().__init__()
        self._workspace, self._book, self._read = workspace, book, reader
        self._signs = signs
        self.depth = max(1, min(DEEPEST, depth))
        self._planned = planned
        self._order = "step"
        self._graph: Graph | None = None
        self._shown: Neighbourhood | None = None
        self._begun = False
        """True where only those links are known that are there at once."""
        self._ended = ""
        """Why links are still missing that were to follow the first ones."""
        self._deepest = False
        """True when one step more would reach nothing new."""
        self._lines: list[Line] = []
        self._computing = 0
        self._said = Static(Content(""), id="blast-said")
        self._facts = Facts()
        self._words = Static(Content(""), id="blast-words")
        self._table = Reached(
            (
                Column("name", "resource", minimum=22, weight=4, sortable=False),
                Column("rules", "rules", width=12, sortable=False),
                Column("why", "because it", minimum=18, weight=3, drop=1, sortable=False),
                Column("step", "step", width=4, right=True, drop=2, sortable=False),
            ),
            self._cells,
            key=lambda line: line.node.key if line.node is not None else line.heading,
            empty="…",
        )
        self._bar = KeyBar(
            [
                Hint("+ -", "depth"),
                Hint("v", "order"),
                Hint("enter", "from here"),
                Hint("i", "open"),
                Hint("/", "filter"),
                Hint("e", "export"),
                Hint("esc", "out"),
            ]
        )

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._said
        yield Horizontal(self._table, VerticalScroll(self._facts, id="blast-counts"), id="blast-body")
        yield self._words
        yield self._bar

    def on_mount(self) -> None:
        self._workspace.view_changed.subscribe(self, lambda _: self.follow())
        self._table.focus()
        self.follow()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        keep_styles(event)

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-wide", event.size.width >= WIDE)

    # Reading and computing

    def follow(self) -> None:
        """The chosen resource or the moment changed: compute anew, and read anew where that takes it."""
        self._graph = self._book.known()
        if self._graph is not None:
            self.show(self._graph)
            return
        self._said.update(Content(f"{self._signs.waiting} reading the links of all resources"))
        self._read(self, False, False)

    def show(self, graph: Graph, *, begun: bool = False) -> None:
        """Compute what is reached over these links, and show it; `begun` says that more are being read."""
        self._graph = graph
        self._begun, self._ended = begun, ""
        self._walk(graph)

    def _walk(self, graph: Graph) -> None:
        self._computing += 1
        begin(self, partial(self._compute, graph, self._computing), "blast")

    def failed(self, why: str) -> None:
        """The links could not be read; those that are there stay."""
        if self._begun and self._graph is not None:
            self._ended = why
            if self._shown is not None:
                self._say(self._graph)
            return
        self._said.update(Content(fit(why, 400)))
        self._table.set_empty("Nothing is known. r reads again.")
        self._table.set_list(())

    async def _compute(self, graph: Graph, number: int) -> None:
        root = self._workspace.resource
        if root is None:
            self.failed("No resource is chosen.")
            return
        shown, deepest = await asyncio.to_thread(_radius, graph, about(root), self.depth)
        if number == self._computing:
            self._shown, self._deepest = shown, deepest
            self._say(graph)
            self._list()

    # Showing

    def _say(self, graph: Graph) -> None:
        shown = self._shown
        assert shown is not None
        at = self._workspace.selection.moment
        zone = self._workspace.zone
        told = times.full(at if at is not None else self._book.read_at, zone)
        read = f"{'as of' if at is not None else 'read'} {told} {zone.name}"
        rest = f"{len(graph):,} looked at, {read}"
        lines = [Content.assemble((sentence(shown, self.depth, self._planned), "bold")), Content(rest)]
        if graph.resource(shown.root) is None:
            lines[0] = Content(
                f"{fit(shown.root.resource_id, 60)} is not among what was looked at: it is deleted, or new."
            )
        if shown.limit:
            more = "" if at is not None or self._book.costs_nothing else "; a reads all"
            limit = f"{self._signs.warning} Not all was looked at: {fit(shown.limit, 300)}{more}."
            if self._begun:
                limit += f" {fit(self._ended, 200)} r reads on." if self._ended else " They are being read."
                del lines[1]
            lines.append(Content(limit).stylize("$text-warning"))
        elif self._deepest:
            lines[1] = Content(f"{rest}; nothing more lies deeper")
        self._said.update(Content("\n").join(lines))
        self._facts.show(list(counts(shown.nodes[1:], self._signs)))

    def _list(self) -> None:
        """Put the reached resources into the list, in the order chosen."""
        shown = self._shown
        if shown is None:
            return
        words = self._filter.casefold().split()
        nodes = [node for node in shown.nodes[1:] if all(word in searched(node) for word in words)]
        lines = [Line(node=shown.nodes[0])] if not words else []
        rest = list(ordered(nodes, self._order, shown))
        if self._order == "rule" and not rest and not words:
            rest = [Line("No rule is known to fail there.")]
        self._lines = [*lines, *rest]
        self._table.set_empty("Nothing here matches the filter." if words else "Nothing is affected by it.")
        self._table.set_match(words[0] if len(words) == 1 else "")
        self._table.set_list(self._lines)
        if not self._table.is_stop(self._table.cursor):
            stops = (place for place in range(len(self._lines)) if self._table.is_stop(place))
            self._table.put_cursor(next(stops, 0))
        self._tell()

    def _cells(self, line: Line) -> tuple[Cell, ...]:
        node = line.node
        if node is None:
            return ()
        name = fit(node.name, LONGEST)
        what = f"{kind(node.key.resource_type[-LONGEST:])} "
        told: list[str | tuple[str, str]] = ["  " * line.indent, (what, "$text-muted"), name]
        if node.state:
            told.append((f" {fit(node.state, 24)}", "$text-muted"))
        if node.name != node.key.resource_id:
            # Last, because it is the first to be cut; the row below the list has it in full.
            told.append((f" {fit(node.key.resource_id, LONGEST)}", "$text-muted"))
        return Content.assemble(*told), self._verdict(node), self._why(node), str(node.step or "")

    def _verdict(self, node: Node) -> Content:
        verdict = node.verdict
        if verdict is None or not (verdict.failing or verdict.passing):
            return Content.styled(f"{self._signs.nothing} not judged", "$text-muted")
        if not verdict.failing:
            return Content.styled(f"{self._signs.good} complies", "$text-success")
        return Content.styled(f"{self._signs.bad} {counted(len(verdict.failing), 'rule')}", "$text-error bold")

    def _why(self, node: Node) -> str:
        """How it hangs on the one before: `is attached to web-1`, `data-1 is attached to it`."""
        if node.link is None or node.through is None or self._shown is None:
            return "this is what changes" if node.step == 0 else ""
        nearer = next((one for one in self._shown.nodes if one.key == node.through), None)
        return why(node, nearer.name if nearer is not None else node.through.resource_id)

    def _tell(self) -> None:
        """The one under the cursor in full, in words."""
        line = self._table.current
        node = line.node if line is not None else None
        if node is None:
            self._words.update(Content(""))
            return
        verdict = verdict_words(node.verdict, self._signs)
        words = fit(self._why(node), 300)
        told = Content.assemble(words, "   " if words and verdict.plain else "", verdict)
        self._words.update(Content.assemble(told, (f"   {fit(node.key.resource_id, LONGEST)}", "$text-muted")))

    # What the person does

    @on(BigTable.Highlighted)
    def _moved(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._tell()

    @on(BigTable.Selected)
    def _chosen(self, event: BigTable.Selected) -> None:
        """Start from the one under the cursor; the one it started from opens its page."""
        event.stop()
        key = self.under_cursor
        if key is None:
            return
        if key == self._workspace.resource:
            self.action_open_page()
        else:
            self._filter = ""
            self._workspace.selection.choose(key)

    @property
    def under_cursor(self) -> ResourceKey | None:
        line = self._table.current
        return line.node.key if line is not None and line.node is not None else None

    def action_open_page(self) -> None:
        """The page of the resource under the cursor."""
        from tui.screens.item import ItemScreen

        key = self.under_cursor
        if key is not None:
            self._workspace.selection.choose(key)
            self.app.push_screen(ItemScreen(self._workspace, self._signs))

    def action_deeper(self, by: int) -> None:
        """Look one step further, or one less."""
        depth = max(1, min(DEEPEST, self.depth + by))
        if self._graph is None or depth == self.depth or (by > 0 and self._deepest):
            return
        self.depth = depth
        self._walk(self._graph)

    def action_read_all(self) -> None:
        self._read(self, True, True)

    def action_read_again(self) -> None:
        self._read(self, True, False)

    def next_order(self) -> str:
        """Group the list by the next thing; says by what."""
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._list()
        return {
            "step": "By step.",
            "type": "By type.",
            "rule": "By failing rule.",
            "tree": "As a tree: each below what it hangs on.",
        }[self._order]

    def filter_note(self) -> str:
        """How much the filter leaves."""
        total = len(self._shown.nodes) - 1 if self._shown is not None else 0
        return f"{len({line.node.key for line in self._lines if line.node is not None}):,} of {total:,}"

    def apply_filter(self, text: str) -> None:
        """Show only what has all the words in its type, id, name or failing rules."""
        self._filter = text
        self._list()

    def copy_text(self) -> str:
        """The id under the cursor."""
        key = self.under_cursor
        return key.resource_id if key is not None else ""

    def markable(self) -> Mark | None:
        """What `m` marks: the resource under the cursor."""
        line = self._table.current
        return marks.of_resource(line.node.key, line.node.name) if line is not None and line.node else None

    # Taking away

    @property
    def export_name(self) -> str:
        """What the file is named for."""
        root = self._workspace.resource
        return f"blast {root.resource_id[:LONGEST]}" if root is not None else "blast"

    def export(self) -> tuple[str, str]:
        """The list as CSV."""
        return "csv", self.export_as("csv")

    def export_as(self, form: str) -> str:
        """What is reached, in one of `FORMS`."""
        shown = self._shown
        if shown is None:
            return ""
        told = sentence(shown, self.depth, self._planned)
        if form == "csv":
            return as_csv(shown)
        if form == "md":
            return as_markdown(shown, told)
        if form == "json":
            records = [record(node) for node in shown.nodes]
            return json.dumps({"said": told, "notLookedAt": shown.limit, "resources": records}, indent=2)
        from tui import pictures

        return pictures.draw(self.picture(), form)

    def picture(self) -> Neighbourhood:
        """What is reached, as far as a picture can hold it."""
        from msgspec.structs import replace

        shown = self._shown
        assert shown is not None
        assert self._graph is not None
        held = neighbourhood.cut(self._graph, shown)
        return replace(held, title=sentence(shown, self.depth, self._planned))


def _radius(graph: Graph, root: ResourceKey, depth: int) -> tuple[Neighbourhood, bool]:
    """What is reached, and whether one step more would reach nothing new."""
    further = graph.affected(root, depth + 1)
    reached = [reach for reach in further if reach.steps <= depth]
    return neighbourhood.blast(graph, root, reached), len(reached) == len(further)
