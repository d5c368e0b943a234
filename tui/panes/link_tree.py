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
from backend.model.verdicts import Verdict
from tui import glyphs
from tui.panes.links import DERIVED
from tui.panes.spelling import counted
from tui.text import legible

DERIVED_STYLE = "dim italic"


@dataclass(frozen=True, slots=True)
class Branch:
    """What a line of the tree stands for; without a key it is a remark."""

    key: ResourceKey | None
    again: bool = False
    """True when the resource stands above this line already: opening it would never end."""
    link: Relationship | None = None
    """The link that led here; none for the resource at the root."""
    rest: int = 0
    """Of a remark: the place from which on there are more links, to be shown when it is chosen."""
    words: str = ""
    """What the link says. Safe to show."""
    verdict: Verdict | None = None
    count: int | None = None
    """How many links the resource has, as far as that is known before it is opened."""
    state: str = ""


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
    LinkTree > .link--bad { color: $text-error; text-style: bold; }
    LinkTree > .link--good { color: $text-success; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"link--bad", "link--good"}

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
        """The whole line where there is room; else what matters most of it, cut with an ellipsis."""
        branch = node.data
        label = super().render_label(node, base_style, style)
        if branch is None or branch.key is None:
            return self._cut(label, node, Text())
        words = Text(style=style)
        if branch.state:
            words.append(f" {branch.state}", "dim")
        if branch.count is not None and not node.is_expanded and not branch.again:
            words.append(f" ({branch.count:,})", "dim")
        if branch.words:
            words.append(f"  {branch.words}", "dim")
        derived = branch.link is not None and branch.link.derived
        ending = Text(f", {DERIVED}" if derived else "", DERIVED_STYLE)
        whole = Text.assemble(label, self._sign(branch.verdict, style, in_words=True), words, ending)
        if whole.cell_len <= self._room(node) or not self.size.width:
            return whole
        ending = Text.assemble(self._sign(branch.verdict, style), (f" {DERIVED}" if derived else "", DERIVED_STYLE))
        return self._cut(Text.assemble(label, words), node, ending)

    def _sign(self, verdict: Verdict | None, style: Style, *, in_words: bool = False) -> Text:
        """What the rules say of a resource; nothing where no rule has judged it."""
        if verdict is None or not (verdict.failing or verdict.passing):
            return Text()
        signs, failing = glyphs.of(self.app), len(verdict.failing)
        colour = self.get_component_rich_style("link--bad" if failing else "link--good", partial=True)
        if not failing:
            return Text(f" {signs.good}", style + colour)
        told = f" {signs.bad} {counted(failing, 'rule')}" if in_words else f" {signs.bad}{failing}"
        return Text(told, style + colour)

    def _cut(self, label: Text, node: TreeNode[Branch], ending: Text) -> Text:
        """A label in the room there is: Textual would only stop. What ends it stays in sight, whatever gives way."""
        room = self._room(node)
        if room <= 0 or label.cell_len + ending.cell_len <= room:
            return Text.assemble(label, ending)
        if room <= 2 * ending.cell_len:
            ending = Text()
        label.truncate(room - ending.cell_len, overflow="ellipsis")
        return Text.assemble(label, ending)

    def _room(self, node: TreeNode[Branch]) -> int:
        depth = 0
        above = node.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        return self.size.width - depth * self.guide_depth

    def process_label(self, label: str | Text) -> Text:
        """Labels are made as text, never read as markup."""
        return label if isinstance(label, Text) else Text(legible(label))
