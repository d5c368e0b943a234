"""The tree of links: what a line of it stands for, how it is moved through, and how a long line is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from backend.model.item import Relationship, ResourceKey
from tui.panes.links import DERIVED
from tui.text import visible

DERIVED_STYLE = "dim italic"


@dataclass(frozen=True, slots=True)
class Branch:
    """What a line of the tree stands for; without a key it is a remark."""

    key: ResourceKey | None
    again: bool = False
    """True when the resource stands above this line already: opening it would never end."""
    link: Relationship | None = None
    """The link that led here; none for the resource at the root."""


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
        if room > 0 and label.cell_len > room:
            link = node.data.link if node.data is not None else None
            # The word stays in sight, whatever else gives way: the sign alone is not enough.
            ending = f" {DERIVED}" if link is not None and link.derived and room > 2 * len(DERIVED) else ""
            label.truncate(room - len(ending), overflow="ellipsis")
            label.append(ending, style=DERIVED_STYLE)
        return label

    def process_label(self, label: str | Text) -> Text:
        """Labels are made as text, never read as markup."""
        return label if isinstance(label, Text) else Text(visible(label))
