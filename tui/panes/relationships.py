"""The relationships pane: what the chosen resource is connected to, in both directions, opened branch by branch.

A link is shown from the side it is looked at from (REL-04, REL-05). A resource met again on the way down is marked
and not opened a second time, so a cycle ends.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from backend.model.item import Relationship, ResourceKey
from tui.panes.pane import Pane
from tui.panes.spelling import counted, kind
from tui.text import visible
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session

_MOST = 200
"""Links shown of one resource; the rest is only counted: a VPC can hold thousands."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What a line of the tree stands for; without a key it is a remark."""

    key: ResourceKey | None
    again: bool = False
    """True when the resource stands above this line already: opening it would never end."""


class LinkTree(Tree[Branch]):
    """A tree that opens to the right and closes to the left, like every list here without animation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor_down", "Down", show=False, id="tree.down"),
        Binding("up,k", "cursor_up", "Up", show=False, id="tree.up"),
        Binding("right,l", "open_branch", "Open the branch", show=False, id="tree.open"),
        Binding("left,h", "close_branch", "Close the branch", show=False, id="tree.close"),
        Binding("home,g", "scroll_home", "First", show=False, id="tree.first"),
        Binding("end,G", "scroll_end", "Last", show=False, id="tree.last"),
        Binding("pageup", "page_up", "Page up", show=False, id="tree.page_up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="tree.page_down"),
        Binding("enter", "select_cursor", "Choose", show=False, id="tree.choose"),
    ]
    DEFAULT_CSS = """
    LinkTree { background: transparent; padding: 0 1; scrollbar-size-horizontal: 0; scrollbar-size-vertical: 1; }
    """

    def __init__(self) -> None:
        super().__init__("", Branch(None))
        self.auto_expand = False
        self.guide_depth = 2
        self.show_root = True

    def action_open_branch(self) -> None:
        """Open the branch, or go to its first line when it is open."""
        node = self.cursor_node
        if node is None:
            return
        if node.is_expanded and node.children:
            self.move_cursor(node.children[0])
        else:
            node.expand()

    def action_close_branch(self) -> None:
        """Close the branch, or go to the line it belongs to when it is closed."""
        node = self.cursor_node
        if node is None:
            return
        if node.is_expanded and node.allow_expand:
            node.collapse()
        elif node.parent is not None:
            self.move_cursor(node.parent)

    def render_label(self, node: TreeNode[Branch], base_style: Style, style: Style) -> Text:
        """The label, cut with an ellipsis where the pane ends: Textual would only stop."""
        label = super().render_label(node, base_style, style)
        depth = 0
        above = node.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        room = self.size.width - depth * self.guide_depth
        if room > 0:
            label.truncate(room, overflow="ellipsis")
        return label

    def process_label(self, label: str | Text) -> Text:
        """Labels are made as text, never read as markup."""
        return label if isinstance(label, Text) else Text(visible(label))


class RelationshipsPane(Pane):
    """The links of the chosen resource as a tree."""

    FOLLOWS_VIEW = True

    def __init__(self, workspace: Workspace, pane_id: str, name: str, number: int) -> None:
        super().__init__(workspace, pane_id, name, number)
        self._tree = LinkTree()
        self._links: dict[ResourceKey, tuple[Relationship, ...]] = {}
        self._root: ResourceKey | None = None

    def body(self) -> ComposeResult:
        yield self._tree

    def main_part(self) -> Widget:
        return self._tree

    # Loading

    async def load(self, session: Session) -> None:
        """Fetch the links of the chosen resource and of every open branch, then show what changed."""
        root = self.workspace.resource
        if root is None:
            self._tree.display = False
            self.retitle(Content("none chosen").stylize("$text-muted"))
            return
        wanted = [root] if root != self._root else list(dict.fromkeys([root, *self._open_keys()]))
        links = dict(zip(wanted, await asyncio.gather(*(self._fetch(session, key) for key in wanted)), strict=True))
        if root == self._root and all(self._links.get(key) == links[key] for key in wanted):
            return
        self._links = links
        self._root = root
        self._plant(set(wanted))

    async def _fetch(self, session: Session, key: ResourceKey) -> tuple[Relationship, ...]:
        moment = self.workspace.selection.moment
        if moment is not None and session.resources is not None:
            item = await session.resources.as_of(key, moment)
            return item.relationships if item is not None else ()
        if session.relationships is None:
            return ()
        return await session.relationships.neighbours(key)

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
        tree.display = True
        tree.reset(self._named(self._root, Style(bold=True)), Branch(self._root))
        self._grow(tree.root, opened)
        tree.root.expand()
        tree.cursor_line = max(0, line) if self._root in opened and len(opened) > 1 else 0
        count = len(self._links.get(self._root, ()))
        self.retitle(Content(counted(count, "link")).stylize("$text-muted"))

    def _grow(self, node: TreeNode[Branch], opened: set[ResourceKey]) -> None:
        """Put the links of a node's resource below it."""
        branch = node.data
        if branch is None or branch.key is None:
            return
        above = set(self._path(node))
        links = self._links.get(branch.key, ())
        node.remove_children()
        if not links:
            node.add_leaf(Text("no links", style="dim"), Branch(None))
        for link in links[:_MOST]:
            key = ResourceKey(link.resource_type, link.resource_id or link.resource_name or "")
            again = key in above
            child = node.add(self._label(link, key, again), Branch(key, again), allow_expand=not again)
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
        inward = (link.direction or "").upper() == "IN"
        label = Text()
        label.append(f"{self.signs.inward if inward else self.signs.outward} ", style="bold")
        label.append_text(self._named(key))
        if link.resource_name and link.resource_name != key.resource_id:
            label.append(f" {visible(link.resource_name)}", style="dim")
        if again:
            label.append(f" {self.signs.seen} above", style="dim")
        label.append(f"  {link_words(link)}", style="dim")
        if link.derived:
            label.append(" (inferred)", style="dim italic")
        return label

    def _named(self, key: ResourceKey, style: Style | None = None) -> Text:
        name = self.workspace.names.get(key)
        label = Text(f"{kind(key.resource_type)} {visible(name or key.resource_id)}", style=style or "")
        if name and name != key.resource_id:
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


def link_words(link: Relationship) -> str:
    """`Is attached to Instance` as `is attached to`: the type stands beside it already. Safe to show."""
    words = visible(link.name).strip()
    for ending in (kind(link.resource_type), kind(link.resource_type).lower()):
        words = words.removesuffix(f" {ending}")
    return words[:1].lower() + words[1:]
