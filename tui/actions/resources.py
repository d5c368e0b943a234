"""What is done with the inventory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.actions.deed import Action, Deeds
from tui.panes.inventory_columns import COLUMNS, USUAL
from tui.panes.inventory_views import VIEWS
from tui.panes.listing import GROUPINGS, Order
from tui.panes.snapshots import SnapshotsPane
from tui.screens.menu import Entry, MenuScreen

if TYPE_CHECKING:
    from tui.screens.choices import Choice

_TAGS_OFFERED = 12
"""Tags that are offered as columns and groups: those that most resources have."""


class ResourcesDeeds(Deeds):
    """Chooses resources, and what is shown of them."""

    def table(self) -> dict[str, Action]:
        return {
            "look.resource": self.choose_resource,
            "resources.view": self.view,
            "resources.order": self.order,
            "resources.columns": self.columns,
            "resources.preview": lambda _: self.preview(),
            "resources.by": self.count_by,
        }

    @property
    def resources(self) -> SnapshotsPane:
        pane = self.dashboard.panes["snapshots"]
        assert isinstance(pane, SnapshotsPane)
        return pane

    def go_there(self) -> None:
        """Bring the resources to the front: a word typed elsewhere is about them."""
        while not self.in_front:
            self.app.pop_screen()
        if self.pane is not self.resources:
            self.dashboard.go_to("snapshots")

    def choose_resource(self, text: str) -> None:
        """Choose a resource by id or name, or look for what was typed."""
        if not text:
            self.ask_command("resource ", "an id or a name")
            return
        found = self.resources.find(text)
        if found is not None:
            self.workspace.selection.choose(found)
        else:
            self.dashboard.go_to("snapshots")
            self.resources.apply_filter(text)

    def view(self, name: str) -> None:
        """The view of this name, or the next one."""
        self.go_there()
        known = list(VIEWS)
        now = self.resources.inventory.looked.view
        wanted = [view for view in known if view.startswith(name.casefold())] if name else []
        if name and not wanted:
            self.ask_command(f"view {name}", f"there are {', '.join(known)}", problem=True)
            return
        self.resources.look_at_view(wanted[0] if wanted else known[(known.index(now) + 1) % len(known)])

    # Order

    def order(self, column: str) -> None:
        """Order by a column, or ask which."""
        self.go_there()
        if column:
            self._order_by(column)
            return
        order = self.resources.inventory.looked.order
        entries = [
            Entry(key, str(number), self._named(key), self._direction(key, order))
            for number, key in enumerate(self.resources.column_keys, start=1)
        ]
        menu = MenuScreen("Order by", [("", entries)], choose="order", shortcuts=True, at=order.column)
        self.app.push_screen(menu, lambda chosen: self._order_by(chosen) if chosen else None)

    def _order_by(self, text: str) -> None:
        column = self._column(text.removeprefix("-"))
        if column is None:
            self.ask_command(f"order {text}", f"there are {', '.join(COLUMNS)} and tag:Key", problem=True)
            return
        now = self.resources.inventory.looked.order
        turned = text.startswith("-") or (column == now.column and not now.descending)
        self.resources.order_by(Order(column, turned))

    def _direction(self, key: str, order: Order) -> str:
        if key != order.column:
            return ""
        return "ordered by it now, last first" if order.descending else "ordered by it now; again: last first"

    def _named(self, key: str) -> str:
        return COLUMNS[key].title if key in COLUMNS else key

    def _column(self, text: str) -> str | None:
        """The key of the column that is meant."""
        if text.startswith("tag:") and text != "tag:":
            return text
        shown = self.resources.column_keys
        known = [
            key for key in (*COLUMNS, *shown) if text.casefold() in (key, COLUMNS[key].title if key in COLUMNS else "")
        ]
        begun = [key for key in COLUMNS if text and key.startswith(text.casefold())]
        return next(iter((*known, *begun)), None)

    # Columns

    def columns(self, text: str) -> None:
        """Show these columns, or ask which."""
        from tui.screens.choices import ChoicesScreen

        self.go_there()
        if text:
            self._show_columns(text.replace(",", " ").split())
            return
        shown = self.resources.chosen_columns or tuple(
            key for key in self.resources.column_keys if key in self._offered()
        )
        screen = ChoicesScreen(
            "Columns",
            self._choices(),
            shown,
            self.resources.choose_columns,
            note="What has no room is left out, the last of them first: z gives the list the whole screen.",
        )
        self.app.push_screen(screen)

    def _offered(self) -> list[str]:
        tags = (f"tag:{key}" for key in self.resources.inventory.tag_keys()[:_TAGS_OFFERED] if key != "Name")
        return list(dict.fromkeys((*COLUMNS, *tags, *self.resources.chosen_columns)))

    def _choices(self) -> list[Choice]:
        from tui.screens.choices import Choice

        says = {
            "name": "what people call it",
            "state": "running, in-use",
            "zone": "the availability zone",
            "status": "OK, ResourceDiscovered",
            "verdict": "the rules that it breaks",
            "tags": "all of them",
            "captured": "the newest item",
            "created": "the resource itself",
        }
        return [Choice(key, self._named(key), says.get(key, "")) for key in self._offered()]

    def _show_columns(self, words: Sequence[str]) -> None:
        keys = [self._column(word) for word in words]
        unknown = [word for word, key in zip(words, keys, strict=True) if key is None]
        if unknown:
            note = f"there is no {unknown[0]}; there are {', '.join(COLUMNS)} and tag:Key"
            self.ask_command(f"columns {' '.join(words)}", note, problem=True)
        else:
            self.resources.choose_columns([key for key in (*USUAL[:1], *keys) if key is not None])

    def preview(self) -> None:
        """Show the item below the list, or hide it; say so where there is no room for it."""
        self.go_there()
        self.resources.preview()

    # Groups

    def count_by(self, by: str) -> None:
        """Count by this, or ask by what."""
        self.go_there()
        if self.dashboard.zoomed:
            self.dashboard.zoom()  # the counts stand beside the list
        of_files = not self.workspace.circumstances.has_account
        if by in GROUPINGS or (by.startswith("tag:") and by != "tag:") or (of_files and "." in by.strip(".")):
            self.resources.count_by(by)
            return
        if by:
            there_are = f"there are {', '.join(GROUPINGS)}, tag:Key"
            paths = "and in files any path, as configuration.instanceType" if of_files else "and, in files, any path"
            self.ask_command(f"by {by}", f"{there_are} {paths}", problem=True)
            return
        tags = [Entry(f"tag:{key}", "", key) for key in self.resources.inventory.tag_keys()[:_TAGS_OFFERED]]
        groups = [("", [Entry(one, "", one) for one in GROUPINGS]), ("Values of a tag", tags)]
        menu = MenuScreen("Count by", groups, choose="count", at=self.resources.inventory.looked.by)
        self.app.push_screen(menu, lambda chosen: self.resources.count_by(chosen) if chosen else None)
