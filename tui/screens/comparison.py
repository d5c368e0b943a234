"""What differs between two snapshots, moments or resources: types, then resources, then fields (SNP-14, SNP-15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from backend.model.comparison import CHANGED, GONE, NEW, Comparison, Difference, Side, TypeCount, telling
from backend.model.diff import CREATE, DELETE, Change
from backend.model.item import ConfigurationItem
from backend.model.noise import USUAL
from backend.model.problem import Problem
from backend.model.spelling import fold
from tui import comparison_text
from tui.glyphs import Glyphs
from tui.panes.spelling import called, kind, short_type
from tui.plain.output import cell
from tui.restyling import flip
from tui.screens.filtered import FilteredScreen
from tui.screens.item import ItemScreen
from tui.screens.item_tables import change_table
from tui.screens.timeline_rows import kind_sign
from tui.screens.title import TitleBar
from tui.text import fit, legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

BESIDE = 120
"""From this many columns on the fields stand beside the resources, not below."""

ALL = ""
"""The type row that stands for all types."""

_KINDS = {NEW: CREATE, GONE: DELETE, CHANGED: "UPDATE"}
_GAPS = 2
"""Gaps that are told in the heading; all are in the export."""


class ComparisonScreen(FilteredScreen):
    """The page of one comparison."""

    PLACE = "comparison"
    DEFAULT_CSS = """
    ComparisonScreen { layout: vertical; }
    ComparisonScreen #comparison-heading { height: auto; padding: 0 1; background: $surface; }
    ComparisonScreen #comparison-body { height: 1fr; }
    ComparisonScreen #comparison-types { width: 31; height: 1fr; }
    ComparisonScreen #comparison-right {
        width: 1fr; height: 1fr; border-left: solid $panel-lighten-1; layout: vertical;
    }
    ComparisonScreen #comparison-resources { height: 1fr; }
    ComparisonScreen #comparison-fields { height: 1fr; border-top: solid $panel-lighten-1; }
    ComparisonScreen.-beside #comparison-types { width: 38; }
    ComparisonScreen.-beside #comparison-right { layout: horizontal; }
    ComparisonScreen.-beside #comparison-resources { width: 2fr; height: 1fr; }
    ComparisonScreen.-beside #comparison-fields {
        width: 3fr; height: 1fr; border-top: none; border-left: solid $panel-lighten-1;
    }
    ComparisonScreen.-single #comparison-types { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Out", id="comparison.leave", show=False),
        Binding("right,l", "further", "To the next part", id="comparison.further", show=False),
        Binding("left,h", "nearer", "To the part before", id="comparison.nearer", show=False),
    ]

    def __init__(
        self,
        workspace: Workspace,
        found: Comparison,
        signs: Glyphs,
        sides: tuple[Side, Side] | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """`sides` are asked for the items of what is new or gone; `close` is called when the page is left for good."""
        super().__init__()
        self._workspace = workspace
        self._signs = signs
        self._whole = found
        self._found = found
        self._sides = sides
        self._close = close
        self._shown: list[Difference] = []
        self._heading = Static(Content(""), id="comparison-heading")
        self._types: BigTable[TypeCount] = BigTable(
            (
                Column("type", "type", minimum=10, shorten="middle", sortable=False),
                *(Column(word, word, width=4, right=True, sortable=False) for word in (NEW, GONE)),
                Column(CHANGED, "chg", width=4, right=True, sortable=False),
            ),
            self._type_cells,
            key=lambda row: row.resource_type,
            empty="Nothing differs.",
            id="comparison-types",
        )
        self._resources: BigTable[Difference] = BigTable(
            (),
            self._cells,
            key=lambda row: (row.kind, row.key),
            empty="Nothing differs.",
            id="comparison-resources",
        )
        self._fields = change_table(signs)
        self._fields.id = "comparison-fields"
        self._bar = KeyBar()

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._heading
        yield Horizontal(
            self._types, Vertical(self._resources, self._fields, id="comparison-right"), id="comparison-body"
        )
        yield self._bar

    def on_mount(self) -> None:
        self._bar.set_hints(
            [
                Hint("enter", "open"),
                Hint("tab", "part"),
                Hint("/", "filter"),
                Hint("N", "ignore field"),
                Hint("e", "export"),
                Hint("y", "copy"),
                Hint("esc", "out"),
            ]
        )
        self._workspace.noise_changed.subscribe(self, lambda _: self.take_noise())
        self.take_noise()
        single = len(self._found.differences) == 1 and len(self._whole.differences) == 1
        flip(self, "-single", single)
        (self._fields if single else self._types).focus()

    def on_unmount(self) -> None:
        self._close()

    def on_resize(self, event: events.Resize) -> None:
        flip(self, "-beside", event.size.width >= BESIDE)
        self._say()

    # Showing

    def take_noise(self) -> None:
        """Show what is left without the ignored paths."""
        self._found = self._whole.without(self._workspace.noise)
        self._show(self._current_type)

    def _show(self, chosen: str) -> None:
        """Everything again: the types that have rows, the rows of the chosen one."""
        words = self._filter.casefold().split()
        rows = [each for each in self._found.differences if all(word in _told(each) for word in words)]
        types = _counted(rows)
        every = TypeCount(ALL, *(sum(getattr(one, name) for one in types) for name in (NEW, GONE, CHANGED)))
        empty = "Nothing matches the filter." if words else "Nothing differs."
        self._types.set_empty(empty)
        self._types.set_list([every, *types] if types else [])
        place = self._types.find(chosen)
        self._types.put_cursor(place or 0)
        self._rows = rows
        self._show_type(chosen if place is not None else ALL)
        self._say()

    def _show_type(self, chosen: str) -> None:
        self._shown = [each for each in self._rows if chosen in (ALL, each.key.resource_type)]
        columns = [
            Column("kind", "", width=1, sortable=False),
            Column("name", "name", minimum=20, weight=3, shorten="middle", sortable=False),
        ]
        if chosen == ALL:
            columns.append(Column("type", "type", minimum=10, maximum=22, drop=1, shorten="middle", sortable=False))
        columns.append(Column("id", "id", minimum=14, maximum=24, weight=2, drop=2, shorten="middle", sortable=False))
        columns.append(Column("count", "n", width=3, right=True, sortable=False))
        self._resources.set_columns(columns)
        self._resources.set_match(self._filter if len(self._filter.split()) == 1 else "")
        self._resources.set_empty("Nothing matches the filter." if self._filter else "Nothing differs.")
        self._resources.set_list(self._shown)
        self._show_fields()

    def _show_fields(self) -> None:
        difference = self._resources.current
        self._fields.set_empty("")
        self._fields.set_list(self._changes(difference) if difference is not None else ())
        self._fields.put_cursor(0)

    def _changes(self, difference: Difference) -> Sequence[Change]:
        """What changed; of what is new or gone all it has, which its side still knows."""
        if difference.kind == CHANGED or self._sides is None:
            return difference.changes
        side = self._sides[difference.kind == NEW]
        try:
            [item] = side.read([fold(difference.key)])
        except Problem as problem:
            self._fields.set_empty(str(problem))
            return ()
        return list(_whole(item, difference.kind))

    def _say(self) -> None:
        """The heading: both sides, what differs, and what is not known of them."""
        width = max(20, self.size.width - 2)
        found, zone = self._found, self._workspace.zone
        lines = [
            Content.assemble((f"{word:7}", "$text-muted"), fit(comparison_text.what_is(origin, zone), width - 7))
            for word, origin in (("before", found.before), ("after", found.after))
        ]
        counts = Content.assemble(
            (f"{self._signs.plus}{found.count(NEW):,} new", "$text-success bold"),
            "  ",
            (f"{self._signs.minus}{found.count(GONE):,} gone", "$text-error bold"),
            "  ",
            (f"{self._signs.change}{found.count(CHANGED):,} changed", "$text-warning bold"),
            f"  {found.same:,} the same",
        )
        paths = self._workspace.noise.paths
        if paths and (found.ignored or paths != USUAL):
            counts = Content.assemble(
                counts, (f" ({found.ignored:,} but for {len(paths)} ignored paths)", "$text-muted")
            )
        lines.append(counts)
        gaps = [*found.before.gaps, *(gap for gap in found.after.gaps if gap not in found.before.gaps)]
        lines += [Content.styled(fit(f"{self._signs.warning} {gap}", width), "$text-warning") for gap in gaps[:_GAPS]]
        if len(gaps) > _GAPS:
            lines.append(Content.styled(f"{len(gaps) - _GAPS} more gaps: e exports them all", "$text-warning"))
        self._heading.update(Content("\n").join(lines))

    @property
    def _current_type(self) -> str:
        row = self._types.current
        return row.resource_type if row is not None else ALL

    def _type_cells(self, row: TypeCount) -> tuple[Cell, ...]:
        name = Content("all types").stylize("bold") if row.resource_type == ALL else short_type(row.resource_type)
        return (
            name,
            _count(self._signs.plus, row.new, "$text-success"),
            _count(self._signs.minus, row.gone, "$text-error"),
            _count(self._signs.change, row.changed, "$text-warning"),
        )

    def _cells(self, row: Difference) -> tuple[Cell, ...]:
        name = row.name or called(row.key, self._workspace.names)
        count = str(len(row.changes)) if row.changes else ""
        middle = (kind(row.key.resource_type),) if self._current_type == ALL else ()
        return (kind_sign(_KINDS[row.kind], self._signs), name, *middle, row.key.resource_id, count)

    # What the person does

    @on(BigTable.Highlighted, "#comparison-types")
    def type_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._show_type(event.row.resource_type)
        self._resources.put_cursor(0)
        self._show_fields()

    @on(BigTable.Highlighted, "#comparison-resources")
    def resource_reached(self, event: BigTable.Highlighted) -> None:
        event.stop()
        self._show_fields()

    @on(BigTable.Selected, "#comparison-types")
    def type_opened(self, event: BigTable.Selected) -> None:
        event.stop()
        self._resources.focus()

    @on(BigTable.Selected)
    def resource_opened(self, event: BigTable.Selected) -> None:
        """To the resource itself, from its row or from one of its fields."""
        event.stop()
        difference = self._resources.current
        if difference is not None and event.control is not self._types:
            self._workspace.selection.choose(difference.key)
            self.app.push_screen(ItemScreen(self._workspace, self._signs))

    def action_further(self) -> None:
        (self._fields if self._resources.has_focus else self._resources).focus()

    def action_nearer(self) -> None:
        nearer = self._types if self._resources.has_focus and self._types.display else self._resources
        nearer.focus()

    def noise_path(self) -> str:
        """The path that `N` ignores: that of the field under the cursor."""
        change = self._fields.current
        return change.path if change is not None else ""

    def filter_note(self) -> str:
        """How much the filter leaves."""
        return f"{len(self._shown):,} of {len(self._found.differences):,}"

    def apply_filter(self, text: str) -> None:
        """Show only what contains all words: in type, id, name, kind of difference or a changed field."""
        self._filter = text
        self._show(self._current_type)

    def copy_text(self) -> str:
        """What is under the cursor, in full."""
        change, difference, row = self._fields.current, self._resources.current, self._types.current
        if self._fields.has_focus and change is not None:
            return f"{change.path}: {cell(change.before)} -> {cell(change.after)}"
        if self._types.has_focus and row is not None and row.resource_type:
            return row.resource_type
        return difference.key.resource_id if difference is not None else ""

    @property
    def export_name(self) -> str:
        """What an exported file is named for."""
        return "comparison"

    def export(self) -> tuple[str, str]:
        """All that differs, as a page of Markdown."""
        return "md", comparison_text.as_markdown(self._found)

    def export_as(self, suffix: str) -> str | None:
        """The same as a file of another suffix: `json`, `csv`; None for one that is not known."""
        forms = {"md": comparison_text.as_markdown, "json": comparison_text.as_json, "csv": comparison_text.as_csv}
        return forms[suffix](self._found) if suffix in forms else None


def _counted(rows: Sequence[Difference]) -> list[TypeCount]:
    counted: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = counted.setdefault(row.key.resource_type, {NEW: 0, GONE: 0, CHANGED: 0})
        counts[row.kind] += 1
    return [TypeCount(name, counts[NEW], counts[GONE], counts[CHANGED]) for name, counts in sorted(counted.items())]


def _count(sign: str, count: int, style: str) -> Content:
    if not count:
        return Content("")
    return Content.styled(f"{sign}{count}" if count < 1000 else f"{count // 1000}k", style)


def _told(difference: Difference) -> str:
    paths = " ".join(change.path for change in difference.changes)
    return legible(f"{difference.kind} {' '.join(difference.key)} {difference.name} {paths}").casefold()


def _whole(item: ConfigurationItem, what: str) -> Sequence[Change]:
    """All that a resource has, as if each field were new (or gone)."""
    from tui.plain.item import flat  # beside what the subcommands load

    fields = [(path, value) for path, value in flat("", telling(item)) if value not in ("", "[]", "{}")]
    if what == NEW:
        return [Change(path, CREATE, None, value) for path, value in fields]
    return [Change(path, DELETE, value, None) for path, value in fields]
