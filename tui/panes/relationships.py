"""The relationships pane: what the chosen resource is connected to, in both directions, opened branch by branch.

A link is shown from the side it is looked at from (REL-04, REL-05), a derived one with a sign and a word of its own. A
resource met again on the way down is marked and not opened a second time, so a cycle ends. `u` shows only who uses it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text
from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from backend.model import derived
from backend.model.item import Relationship, ResourceKey
from tui.glyphs import Glyphs
from tui.panes.link_tree import DERIVED_STYLE, Branch, LinkTree
from tui.panes.links import DERIVED, arrow, is_inward, link_words, origin, other_end
from tui.panes.pane import Pane
from tui.panes.spelling import called, counted, kind
from tui.text import visible
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session
    from tui.selection import View

_MOST = 200
"""Links shown of one resource; the rest is only counted: a VPC can hold thousands."""

ASKED_UNASKED = 1_000
"""Up to this many resources of a local world all are read for the links of others to the chosen one, without `u`."""

RESTED = 0.4
"""Seconds that a resource has to stay chosen for that: who moves on through a list reads nothing."""


class RelationshipsPane(Pane):
    """The links of the chosen resource as a tree, and below it in words what stands under the cursor."""

    FOLLOWS_VIEW = True
    DEFAULT_CSS = """
    RelationshipsPane LinkTree { height: 1fr; }
    RelationshipsPane #link-words {
        height: 3; padding: 0 1; border-top: solid $panel-lighten-1; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self._tree = LinkTree()
        self._links: dict[ResourceKey, tuple[Relationship, ...]] = {}
        self._root: ResourceKey | None = None
        self._others: tuple[Relationship, ...] = ()
        """The links of others to the resource at the root, as far as they were asked for."""
        self.users_only = False
        """True while only those are shown that use the resource."""
        self._words = Static("", markup=False, id="link-words")

    def body(self) -> ComposeResult:
        yield self._tree
        yield self._words

    def main_part(self) -> Widget:
        return self._tree

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
        if root != self._root or self.users_only or self.workspace.selection.moment is not None:
            self._others = ()
        links[root] = _with_others(links[root], self._others)
        self._take(root, links)
        if await self._asks_unasked(session):
            self.notice.clear()
            await asyncio.sleep(RESTED)
            self._others = (await session.relationships.used_by(root)).links if session.relationships else ()
            self._take(root, links | {root: _with_others(links[root], self._others)})

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
        if moment is not None and session.resources is not None:
            item = await session.resources.as_of(key, moment)
            return (*item.relationships, *derived.links(item)) if item is not None else ()
        if session.relationships is None:
            return ()
        if self.users_only:
            usage = await session.relationships.used_by(key)
            self.remark(usage.limit and f"Not all is known: {usage.limit}.")
            return usage.links
        return await session.relationships.neighbours(key)

    async def _asks_unasked(self, session: Session) -> bool:
        """True where reading all items costs nothing: in a local world that is not large."""
        if self.users_only or self.workspace.clock is None or self.workspace.selection.moment is not None:
            return False
        counts = await session.resources.counts() if session.resources is not None else {}
        return sum(counts.values()) <= ASKED_UNASKED

    def reload(self, *, anew: bool = False) -> None:
        """As every pane; but who uses a resource of an account is read again only when it is asked for."""
        if anew or not self.users_only or self.workspace.clock is not None:
            super().reload(anew=anew)

    def view_changed(self, view: View) -> None:
        """Follow the selection; where reading all items costs calls, moving on shows the links again."""
        if view.resource != self._root and self.workspace.clock is None:
            self.users_only = False
            self.remark("")
        super().view_changed(view)

    def show_users(self, only: bool) -> None:
        """Show only who uses the chosen resource, or all its links."""
        self.users_only = only
        self._root = None
        self.remark("")
        if only and self.workspace.clock is None and self.workspace.resource is not None:
            self.notice.wait("reading the items of all resources")
        self.reload(anew=True)

    def step_out(self) -> bool:
        if self.users_only:
            self.show_users(False)
            return True
        return False

    def _open_keys(self) -> Iterator[ResourceKey]:
        for node in self._all_below(self._tree.root):
            if node.is_expanded and node.data is not None and node.data.key is not None:
                yield node.data.key

    def _all_below(self, node: TreeNode[Branch]) -> Iterator[TreeNode[Branch]]:
        yield node
        for child in node.children:
            yield from self._all_below(child)

    # Showing

    def _plant(self, opened: set[ResourceKey]) -> None:
        """Build the tree anew, with the branches open that were open."""
        assert self._root is not None
        tree = self._tree
        line = tree.cursor_line
        tree.display = self._words.display = True
        tree.reset(self._named(self._root, Style(bold=True)), Branch(self._root))
        self._grow(tree.root, opened)
        tree.root.expand()
        tree.cursor_line = max(0, line) if self._root in opened and len(opened) > 1 else 0
        count = len(self._links.get(self._root, ()))
        told = f"used by {count:,}" if self._shows_users else counted(count, "link")
        self.retitle(Content(told).stylize("$text-muted"))
        self._tell(tree.cursor_node)

    @property
    def _shows_users(self) -> bool:
        return self.users_only and self.workspace.selection.moment is None

    def _tell(self, node: TreeNode[Branch] | None) -> None:
        """Say in words what the link under the cursor is; at the root, what the signs mean."""
        branch = node.data if node is not None else None
        lines = legend(self.signs) if branch is None or branch.link is None else told(branch.link, self.signs)
        self._words.update(Content("\n").join(map(Content, lines)))

    def _grow(self, node: TreeNode[Branch], opened: set[ResourceKey]) -> None:
        """Put the links of a node's resource below it."""
        branch = node.data
        if branch is None or branch.key is None:
            return
        above = set(self._path(node))
        links = self._links.get(branch.key, ())
        node.remove_children()
        if not links:
            nothing = "nothing uses it" if self._shows_users else "no links"
            node.add_leaf(Text(nothing, style="dim"), Branch(None))
        for link in links[:_MOST]:
            key = other_end(link)
            again = key in above
            child = node.add(self._label(link, key, again), Branch(key, again, link), allow_expand=not again)
            if key in opened and not again and key in self._links:
                self._grow(child, opened)
                child.expand()
        if len(links) > _MOST:
            node.add_leaf(Text(f"{self.signs.ellipsis} {len(links) - _MOST} more", style="dim"), Branch(None))

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
            label.append(f" {visible(link.resource_name)}", style="dim")
        if again:
            label.append(f" {self.signs.seen} above", style="dim")
        label.append(f"  {link_words(link)}", style="dim")
        if link.derived:
            label.append(f", {DERIVED}", style=DERIVED_STYLE)
        return label

    def _named(self, key: ResourceKey, style: Style | None = None) -> Text:
        name = called(key, self.workspace.names)
        label = Text(f"{kind(key.resource_type)} {visible(name)}", style=style or "")
        if name != key.resource_id:
            label.append(f" {visible(key.resource_id)}", style="dim")
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
            self.run_worker(self._fetch_branch(event.node, branch.key), group="pane-branch", exit_on_error=False)

    async def _fetch_branch(self, node: TreeNode[Branch], key: ResourceKey) -> None:
        session = self.workspace.session
        if session is None:
            return
        links = await self.guarded(self._fetch(session, key))
        if links is not None:
            self._links[key] = links
            self._grow(node, set())

    @on(Tree.NodeHighlighted)
    def reached(self, event: Tree.NodeHighlighted[Branch]) -> None:
        """Say what the link under the cursor is."""
        event.stop()
        self._tell(event.node)

    @on(Tree.NodeSelected)
    def chosen(self, event: Tree.NodeSelected[Branch]) -> None:
        """Make the resource under the cursor the chosen one; the chosen one opens its page."""
        event.stop()
        branch = event.node.data
        if branch is None or branch.key is None:
            return
        if branch.key == self.workspace.resource:
            self.post_message(self.Opened(branch.key))
        else:
            self.workspace.selection.choose(branch.key)

    def names_changed(self) -> None:
        if self._root is not None:
            self._plant({self._root, *self._open_keys()})

    def copy_text(self) -> str:
        node = self._tree.cursor_node
        branch = node.data if node is not None else None
        return branch.key.resource_id if branch is not None and branch.key is not None else ""

    def export(self) -> tuple[str, str]:
        """The links known so far, one record each."""
        return "json", json.dumps(
            [
                {
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
                for key, links in self._links.items()
                for link in links
            ],
            indent=2,
        )


def _with_others(own: tuple[Relationship, ...], others: tuple[Relationship, ...]) -> tuple[Relationship, ...]:
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
    words = visible(link.name).strip()
    if is_inward(link):
        words = f"that one {words[:1].lower()}{words[1:]}"
    return f"{arrow(link, signs)} {words}", f"  {origin(link)}"
