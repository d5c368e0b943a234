"""The keys of lists and trees: they belong to whatever list has the focus, and have names so that they can be set.

The widgets bind them (`tui/widgets/lines.py`, `tui/widgets/json_tree.py`, `tui/panes/link_tree.py`); a test holds the
table and the widgets to each other.
"""

from __future__ import annotations

import msgspec

LISTS, JSON, TREES = "lists", "JSON trees", "the tree of links"


class ListKey(msgspec.Struct, frozen=True):
    """A key of one kind of list. `keys` are Textual key names, comma-separated."""

    id: str
    keys: str
    name: str
    where: str

    @property
    def key_names(self) -> tuple[str, ...]:
        return tuple(self.keys.split(",")) if self.keys else ()


LIST_KEYS: tuple[ListKey, ...] = (
    ListKey("lines.down", "down,j", "Line down", LISTS),
    ListKey("lines.up", "up,k", "Line up", LISTS),
    ListKey("lines.page_down", "pagedown,ctrl+f", "Page down", LISTS),
    ListKey("lines.page_up", "pageup,ctrl+b", "Page up", LISTS),
    ListKey("lines.first", "home,g", "First line", LISTS),
    ListKey("lines.last", "end,G", "Last line", LISTS),
    ListKey("lines.choose", "enter", "Open", LISTS),
    ListKey("json.toggle", "space", "Open or fold", JSON),
    ListKey("json.unfold", "right,l", "Open", JSON),
    ListKey("json.fold", "left,h", "Fold", JSON),
    ListKey("json.unfold_all", "asterisk", "Open all below", JSON),
    ListKey("tree.down", "down,j", "Line down", TREES),
    ListKey("tree.up", "up,k", "Line up", TREES),
    ListKey("tree.open", "right,l", "Open the branch", TREES),
    ListKey("tree.close", "left,h", "Close the branch", TREES),
    ListKey("tree.first", "home,g", "First line", TREES),
    ListKey("tree.last", "end,G", "Last line", TREES),
    ListKey("tree.page_up", "pageup", "Page up", TREES),
    ListKey("tree.page_down", "pagedown", "Page down", TREES),
    ListKey("tree.choose", "enter", "Choose", TREES),
)
