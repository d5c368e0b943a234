"""The relationships pane: what the chosen resource is connected to, in both directions, opened branch by branch.

A link is shown from the side it is looked at from (REL-04, REL-05), a derived one with a sign and a word of its own,
and each resource with what the rules say of it. A resource met again on the way down is marked and not opened a second
time, so a cycle ends. `v` shows all links, only what it uses, or only what uses it; `u` looks for everybody who does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from backend.model import neighbourhood
from backend.model.item import Relationship, ResourceKey
from backend.model.moment import Moment
from backend.model.neighbourhood import Neighbourhood
from backend.model.usage import Graph
from backend.model.verdicts import Verdict
from tui import marks
from tui.glyphs import Glyphs
from tui.link_book import LinkBook, verdicts_of
from tui.panes.link_tree import Branch, LinkTree
from tui.panes.links import DERIVED, LONGEST, arrow, is_inward, link_words, links_of, origin, other_end, verdict_words
from tui.panes.pane import Pane
from tui.panes.spelling import called, counted, kind
from tui.restyling import flip
from tui.text import fit
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from tui.marks import Mark
    from tui.selection import View

_MOST = 200
"""Links shown of one resource at first; the next ones come when they are asked for: a VPC can hold thousands."""

ASKED_UNASKED = 1_000
"""Up to this many resources, where reading costs nothing, all are read for the links of others, without `u`."""

RESTED = 0.4
"""Seconds that a resource has to stay chosen for that: who moves on through a list reads nothing."""

SIDES = ("all", "uses", "used")
"""Which links are shown: all, those it has itself, or those of others to it."""

_TALL = 18
"""From this many rows on the words below the tree have a row more."""


class RelationshipsPane(Pane):
    """The links of the chosen resource as a tree, and below it in words what stands under the cursor."""

    FOLLOWS_VIEW = True
    FORMS: ClassVar[tuple[str, ...]] = ("json", "svg", "dot", "mmd")
    """What the links can be written as (`export_as`)."""
    DEFAULT_CSS = """
    RelationshipsPane LinkTree { height: 1fr; }
    RelationshipsPane #link-words { height: 4; padding: 0 1; border-top: solid $panel-lighten-1; color: $text-muted; }
    RelationshipsPane.-tall #link-words { height: 5; }
    """

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self._tree = LinkTree()
        self.book = LinkBook(workspace)
        """The links of all resources, as they were last read."""
        self._links: dict[ResourceKey, tuple[Relationship, ...]] = {}
        self._verdicts: dict[ResourceKey, Verdict] = {}
        self._root: ResourceKey | None = None
        self._moment: Moment | None = None
        """The moment that the links were true at."""
        self._others: tuple[Relationship, ...] = ()
        """The links of others to the resource at the root, as far as they were asked for."""
        self.users_only = False
        """True while everybody who uses the resource was looked for, and nothing else is shown."""
        self.side = "all"
        """Which of the links are shown (`SIDES`)."""
        self._words = Static("", markup=False, id="link-words")

    def body(self) -> ComposeResult:
        yield self._tree
        yield self._words

    def main_part(self) -> Widget:
        return self._tree

    def on_mount(self) -> None:
        # Before what every pane does: what is loaded because data changed must find out from the book that they did.
        self.workspace.data_changed.subscribe(self, lambda _: self.book.data_changed())

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-tall", event.size.height >= _TALL)

    # Loading

    async def load(self, session: Session) -> None:
        """Fetch the links of the chosen resource and of every open branch, then show what changed."""
        root = self.workspace.resource
        if root is None:
            self._tree.display = self._words.display = False
            self.retitle(Content("none chosen").stylize("$text-muted"))
            return
        wanted = [root] if root != self._root else list(dict.fromkeys([root, *self._open_keys()]))
        links = dict(zip(wanted, await asyncio.gather(*(self._fetch(session, key) for key in wanted)), strict=True))
        known = self.book.known()
        moment = self.workspace.selection.moment
        if root != self._root or moment != self._moment or self.users_only:
            self._others = ()
        self._moment = moment
        if known is not None and not self.users_only:
            self._others = known.used_by(root)
        links[root] = _with_others(links[root], self._others)
        self._take(root, links)
        await self._judge(session, known)
        if known is None and await self._asks_unasked(session):
            self.notice.clear()
            await asyncio.sleep(RESTED)
            known = await self.book.read(session)
            self._others = known.used_by(root)
            self._take(root, links | {root: _with_others(links[root], self._others)})
            await self._judge(session, known)

    def _take(self, root: ResourceKey, links: dict[ResourceKey, tuple[Relationship, ...]]) -> None:
        """Show what was fetched, if it is not what is shown."""
        if root == self._root and all(self._links.get(key) == links[key] for key in links):
            return
        opened = set(links)
        self._links = links
        self._root = root
        self._plant(opened)

    async def _fetch(self, session: Session, key: ResourceKey) -> tuple[Relationship, ...]:
        moment = self.workspace.selection.moment
        if self.users_only and moment is not None:
            return (await self.book.read(session)).used_by(key)
        if moment is not None and session.resources is not None:
            item = await session.resources.as_of(key, moment)
            return links_of(item) if item is not None else ()
        if session.relationships is None:
            return ()
        if self.users_only:
            usage = await session.relationships.used_by(key)
            self.remark(usage.limit and f"Not all is known: {usage.limit}.")
            return usage.links
        return await session.relationships.neighbours(key)

    async def _asks_unasked(self, session: Session) -> bool:
        """True where reading all items costs nothing: in a local world, or in files, that are not large."""
        if self.users_only or not self.book.costs_nothing:
            return False
        counts = await session.resources.counts() if session.resources is not None else {}
        return sum(counts.values()) <= ASKED_UNASKED

    async def _judge(self, session: Session, known: Graph | None) -> None:
        """Find out what the rules say of the resources shown, and say it."""
        keys = list(dict.fromkeys(node.data.key for node in self._lines() if node.data and node.data.key))
        if known is not None and self.book.has_verdicts:
            verdicts = {key: verdict for key in keys if (verdict := known.verdict(key)) is not None}
        else:
            verdicts = await verdicts_of(session, keys[:_MOST], self.workspace.selection.moment)
        self._verdicts = verdicts
        self._relabel()

    def reload(self, *, anew: bool = False) -> None:
        """As every pane; but who uses a resource of an account is read again only when it is asked for."""
        if anew or not self.users_only or self.workspace.clock is not None:
            super().reload(anew=anew)

    def view_changed(self, view: View) -> None:
        """Follow the selection; where reading all items costs calls, moving on shows the links again."""
        if view.resource != self._root and not self.book.costs_nothing:
            self.users_only = False
            self.remark("")
        super().view_changed(view)

    def show_users(self, only: bool) -> None:
        """Show only who uses the chosen resource, or all its links."""
        self.users_only = only
        self.side = "all"
        self._root = None
        self.remark("")
        if only and not self.book.costs_nothing and self.workspace.resource is not None:
            self.notice.wait("reading the items of all resources")
        self.reload(anew=True)

    def next_side(self) -> str:
        """Show the links of the next side; says what is shown then."""
        if self.users_only:
            self.show_users(False)
            return "All links."
        self.side = SIDES[(SIDES.index(self.side) + 1) % len(SIDES)]
        if self._root is not None:
            self._plant({self._root})
        if self.side == "used" and self.book.known() is None:
            return "What uses it, as far as it tells of that itself: u looks for all others."
        return {"all": "All links.", "uses": "What it uses.", "used": "What uses it."}[self.side]

    def step_out(self) -> bool:
        if self.users_only or self.side != "all":
            self.show_users(False)
            return True
        return False

    def _open_keys(self) -> Iterator[ResourceKey]:
        for node in self._lines():
            if node.is_expanded and node.data is not None and node.data.key is not None:
                yield node.data.key

    def _lines(self, below: TreeNode[Branch] | None = None) -> Iterator[TreeNode[Branch]]:
        node = below if below is not None else self._tree.root
        yield node
        for child in node.children:
            yield from self._lines(child)

    # Showing

    def _plant(self, opened: set[ResourceKey]) -> None:
        """Build the tree anew, with the branches open that were open."""
        assert self._root is not None
        tree = self._tree
        line = tree.cursor_line
        tree.display = self._words.display = True
        tree.reset(self._named(self._root, Style(bold=True)), self._branch(self._root))
        self._grow(tree.root, opened)
        tree.root.expand()
        tree.cursor_line = max(0, line) if self._root in opened and len(opened) > 1 else 0
        count = len(self._shown(self._root))
        told = {"all": counted(count, "link"), "uses": f"uses {count:,}", "used": f"used by {count:,}"}[self.side]
        self.retitle(Content(f"used by {count:,}" if self.users_only else told).stylize("$text-muted"))
        self._tell(tree.cursor_node)

    def _shown(self, key: ResourceKey) -> tuple[Relationship, ...]:
        """The links of a resource on the side that is looked at."""
        links = self._links.get(key, ())
        if self.side == "all" or self.users_only:
            return links
        return tuple(link for link in links if is_inward(link) == (self.side == "used"))

    def _tell(self, node: TreeNode[Branch] | None) -> None:
        """Say in words what the link under the cursor is, and what the rules say; at the root, what the signs mean."""
        branch = node.data if node is not None else None
        if branch is None or branch.key is None or node is None:
            more = branch is not None and branch.rest
            lines = [Content("enter shows the next ones" if more else "u looks in the items of all for who uses it")]
        else:
            verdict = verdict_words(branch.verdict, self.signs)
            words = legend(self.signs) if branch.link is None else told(branch.link, self.signs)
            # What fails matters more than where the link was found, where not all has room.
            lines = (
                [verdict, *map(Content, words)]
                if branch.link is None
                else [Content(words[0]), verdict, Content(words[1])]
            )
        self._words.update(Content("\n").join(line for line in lines if line.plain))

    def _grow(self, node: TreeNode[Branch], opened: set[ResourceKey], start: int = 0) -> None:
        """Put the links of a node's resource below it, those from `start` on."""
        branch = node.data
        if branch is None or branch.key is None:
            return
        above = set(self._path(node))
        links = self._shown(branch.key)
        if not start:
            node.remove_children()
        if not links:
            node.add_leaf(Text(self._nothing(), style="dim"), Branch(None))
        for link in links[start : start + _MOST]:
            key = other_end(link)
            again = key in above
            child = node.add(self._label(link, key, again), self._branch(key, again, link), allow_expand=not again)
            if key in opened and not again and key in self._links:
                self._grow(child, opened)
                child.expand()
        rest = len(links) - start - _MOST
        if rest > 0:
            node.add_leaf(Text(f"{self.signs.ellipsis} {rest:,} more", style="dim"), Branch(None, rest=start + _MOST))

    def _nothing(self) -> str:
        if self.users_only or self.side == "used":
            return "nothing uses it"
        return "uses nothing" if self.side == "uses" else "no links"

    def _branch(self, key: ResourceKey, again: bool = False, link: Relationship | None = None) -> Branch:
        graph = self.book.known()
        known = graph.resource(key) if graph is not None else None
        count = len(self._shown(key)) if key in self._links else None
        if count is None and graph is not None and known is not None and not self.users_only:
            ends = {edge.holder for edge in graph.edges_of(key)} | {edge.other for edge in graph.edges_of(key)}
            count = len(ends - {known.key})
        return Branch(
            key,
            again,
            link,
            words=link_words(link) if link is not None else "",
            verdict=self._verdicts.get(key),
            count=count if link is not None else None,
            state=fit(known.state, 24) if known is not None else "",
        )

    def _relabel(self) -> None:
        """Say of each line shown what became known since."""
        for node in self._lines():
            branch = node.data
            if branch is None or branch.key is None:
                continue
            fresh = self._branch(branch.key, branch.again, branch.link)
            if fresh != branch:
                node.data = fresh
                node.refresh()
        self._tree.refresh()
        self._tell(self._tree.cursor_node)

    def _path(self, node: TreeNode[Branch]) -> Iterator[ResourceKey]:
        step: TreeNode[Branch] | None = node
        while step is not None:
            if step.data is not None and step.data.key is not None:
                yield step.data.key
            step = step.parent

    def _label(self, link: Relationship, key: ResourceKey, again: bool) -> Text:
        label = Text()
        label.append(f"{arrow(link, self.signs)} ", style="bold")
        label.append_text(self._named(key))
        if link.resource_name and link.resource_name not in (key.resource_id, called(key, self.workspace.names)):
            label.append(f" {fit(link.resource_name, LONGEST)}", style="dim")
        if again:
            label.append(f" {self.signs.seen} above", style="dim")
        return label

    def _named(self, key: ResourceKey, style: Style | None = None) -> Text:
        name = called(key, self.workspace.names)
        graph = self.book.known()
        if name == key.resource_id and graph is not None and (known := graph.resource(key)) is not None:
            name = known.name
        label = Text(f"{kind(key.resource_type[-LONGEST:])} {fit(name, LONGEST)}", style=style or "")
        if name != key.resource_id:
            label.append(f" {fit(key.resource_id, LONGEST)}", style="dim")
        return label

    # What the person does

    @on(Tree.NodeExpanded)
    def opened(self, event: Tree.NodeExpanded[Branch]) -> None:
        """Fetch the links of a branch when it is opened for the first time."""
        event.stop()
        branch = event.node.data
        if branch is None or branch.key is None or branch.again or event.node.children:
            return
        if branch.key in self._links:
            self._grow(event.node, set())
        else:
            begin(self, partial(self._fetch_branch, event.node, branch.key), "pane-branch", beside=True)

    async def _fetch_branch(self, node: TreeNode[Branch], key: ResourceKey) -> None:
        session = self.workspace.session
        if session is None:
            return
        links = await self.guarded(partial(self._fetch, session, key))
        if links is None:
            return
        known = self.book.known()
        self._links[key] = links if known is None or self.users_only else _with_others(links, known.used_by(key))
        self._grow(node, set())
        await self._judge(session, known)

    @on(Tree.NodeHighlighted)
    def reached(self, event: Tree.NodeHighlighted[Branch]) -> None:
        """Say what the link under the cursor is."""
        event.stop()
        self._tell(event.node)

    @on(Tree.NodeSelected)
    def chosen(self, event: Tree.NodeSelected[Branch]) -> None:
        """Make the resource under the cursor the chosen one; the chosen one opens its page."""
        event.stop()
        branch, node = event.node.data, event.node
        if branch is not None and branch.rest and node.parent is not None:
            parent, number = node.parent, branch.rest
            node.remove()
            self._grow(parent, set(), number)
        elif branch is None or branch.key is None:
            return
        elif branch.key == self.workspace.resource:
            self.post_message(self.Opened(branch.key))
        else:
            self.workspace.selection.choose(branch.key)

    def names_changed(self) -> None:
        if self._root is not None:
            self._plant({self._root, *self._open_keys()})

    @property
    def under_cursor(self) -> ResourceKey | None:
        """The resource under the cursor."""
        node = self._tree.cursor_node
        return node.data.key if node is not None and node.data is not None else None

    def copy_text(self) -> str:
        key = self.under_cursor
        return key.resource_id if key is not None else ""

    def markable(self) -> Mark | None:
        key = self.under_cursor
        return marks.of_resource(key, called(key, self.workspace.names)) if key is not None else None

    # Taking away

    @property
    def export_name(self) -> str:
        return f"{self.pane_name} {self._root.resource_id[:LONGEST]}" if self._root is not None else self.pane_name

    def export(self) -> tuple[str, str]:
        """The links known so far, one record each."""
        return "json", self.export_as("json")

    def export_as(self, form: str) -> str:
        """The open part of the tree: its links as JSON, or a picture of it."""
        if form == "json":
            return json.dumps(list(_records(self._links)), indent=2)
        from tui import pictures

        return pictures.draw(self.picture(), form)

    def picture(self) -> Neighbourhood:
        """What the tree shows, as a neighbourhood: the open branches."""
        assert self._root is not None
        lines = [
            neighbourhood.Line(other_end(branch.link), branch.link, above.data.key)
            for node in self._lines()
            if (branch := node.data) is not None
            and branch.link is not None
            and (above := node.parent) is not None
            and above.data is not None
            and above.data.key is not None
        ]
        names = {key: called(key, self.workspace.names) for key in (self._root, *(line.key for line in lines))}
        return neighbourhood.of_tree(self._root, lines, names, self._verdicts, self.book.known())


def _records(links: dict[ResourceKey, tuple[Relationship, ...]]) -> Iterator[dict[str, object]]:
    for key, own in links.items():
        for link in own:
            yield {
                "from": {"resourceType": key.resource_type, "resourceId": key.resource_id},
                "name": link.name,
                "direction": link.direction or "OUT",
                "derived": link.derived,
                "foundAt": link.found_at or None,
                "to": {
                    "resourceType": link.resource_type,
                    "resourceId": link.resource_id,
                    "resourceName": link.resource_name,
                },
            }


def _with_others(own: tuple[Relationship, ...], others: Iterable[Relationship]) -> tuple[Relationship, ...]:
    """The links of a resource, then those that only others have to it."""
    known = {other_end(link) for link in own}
    return (*own, *(link for link in others if other_end(link) not in known))


def legend(signs: Glyphs) -> tuple[str, str]:
    """What the signs of links mean."""
    return (
        f"{signs.outward} its own link  {signs.inward} one of another",
        f"{signs.derived_outward} {signs.derived_inward} {DERIVED}, not recorded",
    )


def told(link: Relationship, signs: Glyphs) -> tuple[str, str]:
    """A link in two lines: what it says, and where that comes from."""
    words = fit(link.name.strip(), LONGEST)
    if is_inward(link):
        words = f"that one {words[:1].lower()}{words[1:]}"
    return f"{arrow(link, signs)} {words}", f"  {origin(link)}"
