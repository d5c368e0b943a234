"""What the person looks at: one resource and one moment, shared by every pane.

The resource chosen in any pane is the resource in all of them, and back and forward walk the resources chosen
before. The moment is None while the screen shows *now*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from backend.model.item import ResourceKey
from backend.model.moment import Moment

REMEMBERED = 200
"""How many chosen resources back can reach; the oldest are forgotten first."""


class View(NamedTuple):
    """The chosen resource (None before the first choice) and the chosen moment (None: now)."""

    resource: ResourceKey | None
    moment: Moment | None


class Selection:
    """The shared resource and moment; tells its listeners about each change, once, with the new view."""

    def __init__(self) -> None:
        self._visited: list[ResourceKey] = []
        self._position = -1
        self._passing = False
        self._moment: Moment | None = None
        self._listeners: list[Callable[[View], None]] = []

    @property
    def resource(self) -> ResourceKey | None:
        return self._visited[self._position] if self._visited else None

    @property
    def moment(self) -> Moment | None:
        return self._moment

    @property
    def view(self) -> View:
        return View(self.resource, self._moment)

    @property
    def trail(self) -> tuple[ResourceKey, ...]:
        """The chosen resource and those that `back` leads to, the oldest first."""
        return tuple(self._visited[: self._position + 1])

    @property
    def can_go_back(self) -> bool:
        return self._position > 0

    @property
    def can_go_forward(self) -> bool:
        return self._position < len(self._visited) - 1

    def listen(self, listener: Callable[[View], None]) -> None:
        self._listeners.append(listener)

    def choose(self, resource: ResourceKey, *, passing: bool = False) -> None:
        """Make this the resource of every pane; what lay forward of here is forgotten, as in a browser.

        With `passing` it is only rested on, as a cursor does on its way: the next row rested on takes its place, so
        that back does not lead through every row that was passed.
        """
        replaces = passing and self._passing
        self._passing = passing and (self._passing or resource != self.resource)
        if resource == self.resource:
            return
        keep = self._position if replaces else self._position + 1
        del self._visited[max(keep, 0) :]
        if not self._visited or self._visited[-1] != resource:
            self._visited.append(resource)
        del self._visited[:-REMEMBERED]
        self._position = len(self._visited) - 1
        self._tell()

    def back(self) -> bool:
        """Return to the resource chosen before; False at the beginning."""
        if not self.can_go_back:
            return False
        self._passing = False
        self._position -= 1
        self._tell()
        return True

    def forward(self) -> bool:
        """Undo one `back`; False at the end."""
        if not self.can_go_forward:
            return False
        self._passing = False
        self._position += 1
        self._tell()
        return True

    def look_at(self, moment: Moment | None) -> None:
        """Show everything as of `moment` (epoch milliseconds); None returns to now."""
        if moment == self._moment:
            return
        self._moment = moment
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener(self.view)
