"""Any JSON as a two-column table of field and value, folded, opened on demand (ITM-19).

Objects and lists show as `{…}` and `[…]` with their number of fields or items. Long values are shortened in the
middle; opened, they stand in full below. A text that is itself JSON, such as a policy, opens as what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style

from backend.model.item import Json
from tui.text import fit, pad, width
from tui.widgets.json_nodes import JsonPath, Node, path_text, value_text, walk
from tui.widgets.lines import LineView

_INDENT = 2
_OPENED_AT_ONCE = 2_000
"""Lines that one `*` opens at most."""
_MATCHES = 5_000


class JsonTree(LineView):
    """A JSON value, one line a field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "fold_or_open", "Open or fold", id="json.toggle", show=False),
        Binding("right,l", "unfold", "Open", id="json.unfold", show=False),
        Binding("left,h", "fold", "Fold", id="json.fold", show=False),
        Binding("asterisk", "unfold_all", "Open all below", id="json.unfold_all", show=False),
    ]

    class Highlighted(Message):
        """The person moved the cursor to this field."""

        def __init__(self, tree: JsonTree, path: JsonPath, value: Json) -> None:
            super().__init__()
            self.tree = tree
            self.path = path
            self.value = value

        @property
        def control(self) -> JsonTree:
            return self.tree

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, JsonTree.Highlighted) and message.control is self.control

    class Selected(Highlighted):
        """The person pressed enter on a field that cannot be opened."""

    def __init__(
        self,
        value: Json = None,
        *,
        empty: str = "Nothing is recorded here.",
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.header_lines = 1
        self._empty = empty
        self._note = ""
        self._root = Node(None, "", value)
        self._lines: list[Node] = []
        self._match = ""
        self._matches: list[JsonPath] = []
        self._marks: Mapping[str, Content] = {}
        self._field_cells = 0
        self._lines = self._root.unfold(self._text_cells())
        self._measure(self._lines)

    # What is shown

    def set_value(self, value: Json, *, index: int | None = None, total: int | None = None) -> None:
        """Show another value; what was open stays open where it still exists, and so does the cursor.

        `index` (from 0) and `total` say which item of its file this is.
        """
        opened = [node.path for node in self._lines if node.open]
        at = self.path
        self._note = "" if index is None else f"item {index + 1:,}" + ("" if total is None else f" of {total:,}")
        self._root = Node(None, "", value)
        self._lines = self._root.unfold(self._text_cells())
        self._field_cells = 0
        self._measure(self._lines)
        for path in opened:
            self._open_path(path, itself=True)
        if at:
            self.cursor = self._nearest(at)
        if self._match:
            self.find(self._match, move=False)
        self.lines_changed()

    @property
    def value(self) -> Json:
        """The whole value."""
        return self._root.value

    def set_marks(self, marks: Mapping[str, Content]) -> None:
        """Put a sign of one cell before fields, by their path as text: `{"configuration.state": Content("~")}`."""
        self._marks = marks
        self.refresh()

    @property
    def line_count(self) -> int:
        return len(self._lines)

    # What is under the cursor

    @property
    def current(self) -> Node | None:
        return self._lines[self.cursor] if self._lines else None

    @property
    def path(self) -> JsonPath:
        """The way to the field under the cursor: field names and list positions."""
        return self.current.path if self.current else ()

    def path_text(self) -> str:
        """The path as people write it: `configuration.groups[0].groupId`."""
        return path_text(self.path)

    def value_text(self) -> str:
        """The value under the cursor in full, to be copied: text as it is, all else as JSON."""
        return value_text(self.current.value) if self.current else ""

    # Opening and folding

    def _text_cells(self) -> int:
        return max(20, self.room - 6) if self.is_attached else 74

    def _open(self, number: int) -> None:
        node = self._lines[number]
        if not node.open and node.can_open:
            children = node.unfold(self._text_cells())
            self._lines[number + 1 : number + 1] = children
            self._measure(children)

    def _fold(self, number: int) -> None:
        node = self._lines[number]
        end = number + 1
        while end < len(self._lines) and self._lines[end].depth > node.depth:
            self._lines[end].open = False
            end += 1
        del self._lines[number + 1 : end]
        node.open = False

    def _measure(self, nodes: Iterable[Node]) -> None:
        widest = max((_INDENT * node.depth + width(node.label[:60]) for node in nodes if node.label), default=0)
        self._field_cells = max(self._field_cells, widest)

    def _number(self, path: JsonPath) -> int | None:
        return next((number for number, node in enumerate(self._lines) if node.path == path), None)

    def _nearest(self, path: JsonPath) -> int:
        while path:
            number = self._number(path)
            if number is not None:
                return number
            path = path[:-1]
        return 0

    def _open_path(self, path: JsonPath, *, itself: bool = False) -> int | None:
        """Open all that leads to `path`; the number of its line, or None when there is no such field."""
        for length in range(1, len(path) + int(itself)):
            number = self._number(path[:length])
            if number is None:
                return None
            self._open(number)
        return self._number(path)

    def reveal(self, path: JsonPath, *, open_it: bool = False) -> bool:
        """Open what leads to this field, or also itself, and put the cursor there; False when it does not exist."""
        number = self._open_path(path, itself=open_it)
        if number is None:
            return False
        self.lines_changed()
        self.cursor = number
        return True

    def action_fold_or_open(self) -> None:
        node = self.current
        if node is None or not node.can_open:
            return
        if node.open:
            self._fold(self.cursor)
        else:
            self._open(self.cursor)
        self.lines_changed()

    def action_unfold(self) -> None:
        node = self.current
        if node is not None and node.open:
            self.go_to(self.cursor + 1)
        else:
            self.action_fold_or_open()

    def action_fold(self) -> None:
        """Fold this field; when it is folded already, go to the one it is in."""
        node = self.current
        if node is None:
            return
        if node.open:
            self.action_fold_or_open()
        elif node.parent is not None and node.parent is not self._root:
            self.go_to(self._lines.index(node.parent))

    def action_unfold_all(self) -> None:
        node = self.current
        if node is None:
            return
        number = self.cursor
        opened_before = len(self._lines)
        while number < len(self._lines) and (number == self.cursor or self._lines[number].depth > node.depth):
            if len(self._lines) - opened_before > _OPENED_AT_ONCE:
                break
            if not self._lines[number].is_text:
                self._open(number)
            number += 1
        self.lines_changed()

    def chosen(self) -> None:
        node = self.current
        if node is not None and node.can_open:
            self.action_fold_or_open()
        elif node is not None:
            self.post_message(self.Selected(self, node.path, node.value))

    def clicked(self, number: int, x: int) -> None:
        node = self._lines[number]
        if node.can_open and x <= self._indent(node, self.room) + 2:
            self.action_fold_or_open()

    def moved(self) -> None:
        if self.current is not None:
            self.post_message(self.Highlighted(self, self.current.path, self.current.value))

    def on_resize(self) -> None:
        if any(node.open and node.is_text for node in self._lines):
            self.set_value(self.value)  # texts in full are broken anew
        super().on_resize()

    # Searching

    def find(self, text: str, *, move: bool = True) -> int:
        """Mark every field whose name or value contains `text`, opened or not; the number found (5,000 at most).

        With `move` the cursor goes to the first one from where it is.
        """
        self._match = text.casefold()
        self._matches = []
        if self._match:
            for path, value in walk(self.value):
                own = value if isinstance(value, str) else "" if isinstance(value, dict | list) else value_text(value)
                if self._match in str(path[-1]).casefold() or self._match in own.casefold():
                    self._matches.append(path)
                    if len(self._matches) == _MATCHES:
                        break
        if move and self._matches and self.path not in self._matches:
            self.find_next()
        self.refresh()
        return len(self._matches)

    def find_next(self, by: int = 1) -> bool:
        """Go to the next field found, or the one before with -1; False when nothing was found."""
        if not self._matches:
            return False
        order = {path: place for place, (path, _) in enumerate(walk(self.value))}
        here = order.get(self.path, -1)
        places = [order[path] for path in self._matches]
        if by > 0:
            chosen = next((index for index, place in enumerate(places) if place > here), 0)
        else:
            chosen = next((index for index in reversed(range(len(places))) if places[index] < here), len(places) - 1)
        found = self.reveal(self._matches[chosen])
        self.moved()
        return found

    # Drawing

    def _indent(self, node: Node, cells: int) -> int:
        return 1 + min(_INDENT * node.depth, cells // 3)

    def _value_start(self, cells: int) -> int:
        return min(self._field_cells + 5, max(14, cells * 9 // 20))

    def draw_header(self, line: int, cells: int, style: Style) -> list[Segment]:
        start = self._value_start(cells)
        text = pad(pad("   field", start) + "value", cells - width(self._note)) + self._note
        return [Segment(fit(text, cells, ellipsis=""), style.rich_style)]

    def draw_line(self, number: int, cells: int, style: Style, plain: bool) -> list[Segment]:
        node = self._lines[number]
        signs = self.glyphs
        indent = self._indent(node, cells)
        mark = Content(self.cursor_mark) if number == self.cursor else self._mark(node)
        lead = mark.pad_right(indent - 1)
        if node.is_piece:
            text = fit(str(node.value), cells - indent - 2, ellipsis="", ascii_only=signs.ascii_only)
            return self.paint(Content.assemble(lead, "  ", text), style)
        sign = (signs.unfolded if node.open else signs.folded) if node.can_open else signs.leaf
        start = self._value_start(cells)
        label = fit(node.label, start - indent - 3, shorten="middle", ellipsis=signs.ellipsis,
                    ascii_only=signs.ascii_only)  # fmt: skip
        field = Content.assemble(lead, sign, " ", self._matched(label))
        room = max(1, cells - start)
        value = self._value(node, room)
        field = field.pad_right(max(1, start - field.cell_length))
        line = Content.assemble(field, value)
        return self.paint(self._matched(line.plain) if plain else line, style)

    def _mark(self, node: Node) -> Content:
        if not self._marks:
            return Content(" ")
        path = path_text(node.path)
        if path in self._marks:
            return self._marks[path]
        inside = not node.open and any(one.startswith((f"{path}.", f"{path}[")) for one in self._marks)
        return Content.styled(self.glyphs.bullet, "$text-warning") if inside else Content(" ")

    def _value(self, node: Node, room: int) -> Content:
        signs = self.glyphs
        if isinstance(node.value, dict | list):
            brackets = "{}" if isinstance(node.value, dict) else "[]"
            if not node.value:
                return Content.styled(brackets, "$text-muted")
            count = len(node.value)
            what = ("field" if count == 1 else "fields") if brackets == "{}" else ("item" if count == 1 else "items")
            folded = "" if node.open else f"{brackets[0]}{'...' if signs.ascii_only else '…'}{brackets[1]} "
            return Content.styled(fit(f"{folded}{count:,} {what}", room), "$text-muted")
        text = fit(node.shown, room, shorten="middle", ellipsis=signs.ellipsis, ascii_only=signs.ascii_only)
        if isinstance(node.value, str):
            return self._matched(text)
        return Content.styled(text, "$text-muted" if node.value is None else "$text-accent")

    def _matched(self, text: str) -> Content:
        content = Content(text)
        at = text.casefold().find(self._match) if self._match else -1
        if at < 0 or len(text.casefold()) != len(text):
            return content
        return content.stylize(self.get_visual_style("lines--match", partial=True), at, at + len(self._match))
