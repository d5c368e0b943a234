"""Marking what is to be compared, and comparing it."""

from __future__ import annotations

import asyncio
import shlex
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from backend.model.noise import USUAL, Noise
from backend.model.problem import BadInput, Missing
from tui import glyphs, marks, times
from tui.actions.deed import Action, Deeds
from tui.marks import Mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.client.session import ResourcesPart, Session
    from backend.model.comparison import Comparison, Side
    from backend.model.item import ConfigurationItem
    from tui.jobs import Job


_CLEAR, _USUAL = "clear", "usual"
"""What `:noise` does with all paths."""


@runtime_checkable
class Markable(Protocol):
    """A pane or page with rows that can be marked."""

    def markable(self) -> Mark | None:
        """What `m` marks: what is under the cursor."""


@runtime_checkable
class Noisy(Protocol):
    """A page with changes of which some are not worth a look."""

    def noise_path(self) -> str:
        """The path under the cursor."""


class ComparisonDeeds(Deeds):
    """Marks two things and shows what differs."""

    def table(self) -> dict[str, Action]:
        return {
            "compare.mark": self.mark,
            "compare.unmark": lambda _: self.unmark(),
            "compare.marked": lambda _: self.compare_marked(),
            "compare.two": self.compare_two,
            "compare.ignore": self.ignore,
            "compare.noise": self.show_noise,
        }

    # Marks

    def mark(self, text: str) -> None:
        """Mark what is under the cursor, or the moment that was typed."""
        if text:
            try:
                found: Mark | None = self._moment(text)
            except ValueError as error:
                self.ask_command(f"mark {text}", str(error), problem=True)
                return
        else:
            found = self.under_cursor
        if found is None:
            self.app.say("Nothing here can be marked. :mark -1d marks a moment.")
            return
        marked = self.workspace.marks.toggle(found)
        if not marked:
            self.app.say(f"No longer marked: {found.label}.")
        elif len(self.workspace.marks) == marks.COMPARED:
            self.app.say(f"Marked: {found.label}. D shows what differs.")
        else:
            self.app.say(f"Marked: {found.label}. Mark another one, or press D on it.")

    def unmark(self) -> None:
        if not self.workspace.marks.clear():
            self.app.say("Nothing is marked.")

    @property
    def under_cursor(self) -> Mark | None:
        """What could be marked in the page in front, or the pane."""
        place = self.pane if self.in_front else self.app.screen
        return place.markable() if isinstance(place, Markable) else None

    def _moment(self, text: str) -> Mark:
        """The moment that was typed. Raises `ValueError`."""
        workspace = self.workspace
        moment = times.read_moment(text, workspace.now(), workspace.zone)
        return marks.of_moment(moment, workspace.zone) if moment is not None else Mark("now", moment=workspace.now())

    def ignore(self, path: str) -> None:
        """Leave the changes at a path out from now on, or let them in again."""
        place = self.pane if self.in_front else self.app.screen
        path = path or (place.noise_path() if isinstance(place, Noisy) else "")
        if not path:
            self._list_noise()
            return
        before = self.workspace.noise
        noise = before.toggled(path)
        self.workspace.noise = noise
        added = len(noise.paths) > len(before.paths)
        named = (set(noise.paths) ^ set(before.paths)).pop()
        self.app.say(
            f"Ignored: {named}. :ignore {named} lets it in again." if added else f"No longer ignored: {named}."
        )

    def show_noise(self, text: str) -> None:
        """List the ignored paths, to let one in again; `clear` lets all in, `usual` ignores as at the start."""
        word = text.strip().lower()
        if word == _CLEAR:
            self.workspace.noise = Noise()
            self.app.say("No path is ignored now. :noise usual ignores as at the start.")
        elif word == _USUAL:
            self.workspace.noise = Noise((*USUAL, *self.workspace.settings.noise))
            self.app.say("Ignored as at the start; :noise lists what.")
        elif word:
            self.ask_command(f"noise {text}", "clear lets all in, usual ignores as at the start", problem=True)
        else:
            self._list_noise()

    def _list_noise(self) -> None:
        from tui.screens.menu import Entry, MenuScreen

        paths = self.workspace.noise.paths
        own = [
            Entry(path, "", path, "Ignored by you: by N, :ignore or the setting noise.")
            for path in paths
            if path not in USUAL
        ]
        usual = [Entry(path, "", path, "Changes whenever the resource is used.") for path in paths if path in USUAL]
        ends = [Entry(_CLEAR, "C", "Let all in", "Compares every field, as :noise clear does.")] if paths else []
        if paths != (*USUAL, *self.workspace.settings.noise):
            ends.append(Entry(_USUAL, "U", "As at the start", "Ignores the usual paths and those of the settings."))

        def chosen(entry: str | None) -> None:
            if entry in (_CLEAR, _USUAL):
                self.show_noise(entry)
            elif entry:
                self.ignore(entry)

        groups = [("Ignored by you", own), ("Ignored as usual", usual), ("All", ends)]
        self.app.push_screen(MenuScreen("Ignored fields", groups, choose="choose", shortcuts=True), chosen)

    # Comparing

    def compare_marked(self) -> None:
        """Compare the two that are marked, or the one that is with what is under the cursor."""
        chosen = list(self.workspace.marks)
        here = self.under_cursor
        if len(chosen) == 1 and here is not None and here not in chosen:
            chosen.append(here)
        if len(chosen) < marks.COMPARED:
            self.app.say("Mark two with m: resources, items, snapshot files or moments; then D shows what differs.")
            return
        self._compare(chosen[0], chosen[1])

    def compare_two(self, text: str) -> None:
        """Compare two moments or files; one alone is compared with now."""
        hint = "two moments or files: -1d now, 2026-03-01 2026-03-02"
        if not text and len(self.workspace.marks) == marks.COMPARED:
            self.compare_marked()
            return
        try:
            words = shlex.split(text)
            chosen = [self._typed(word) for word in words]
        except ValueError as error:
            self.ask_command(f"compare {text}", str(error), problem=True)
            return
        if len(chosen) == 1:
            chosen.append(self._typed("now"))
        if len(chosen) != marks.COMPARED:
            self.ask_command(f"compare {text}", hint, problem=bool(text))
            return
        self._compare(chosen[0], chosen[1])

    def _typed(self, word: str) -> Mark:
        path = Path(word).expanduser()
        if path.is_file() or "/" in word or ".json" in word:
            return Mark(word, path=path)
        return self._moment(word)

    def _compare(self, one: Mark, other: Mark) -> None:
        if one.of_estate != other.of_estate:
            self.app.say(f"{one.label} and {other.label} cannot be compared: mark two of a kind.")
            return
        if one.of_estate:
            self.app.jobs.run("comparing", lambda job: self._estates(*_in_order(one, other), job))
        else:
            self.begin("comparing", self._items(*_in_order(one, other)))

    async def _estates(self, one: Mark, other: Mark, job: Job) -> None:
        """Read both sides, compare them beside the loop, and open the page."""
        from backend.model.comparison import compare

        session = self.workspace.session
        if session is None:
            return
        ended = threading.Event()

        def report(done: int, total: int, what: str) -> None:
            if ended.is_set():
                raise asyncio.CancelledError
            job.report(done, total, what)

        with ExitStack() as opened:
            try:
                sides = [await self._side(session, mark, opened, report) for mark in (one, other)]
                found = await asyncio.to_thread(compare, sides[0], sides[1], report)
            except asyncio.CancelledError:
                ended.set()
                raise
            self._show(found, (sides[0], sides[1]), opened.pop_all())

    async def _side(
        self, session: Session, mark: Mark, opened: ExitStack, report: Callable[[int, int, str], None]
    ) -> Side:
        from backend.model.comparison import ItemsSide, Origin

        path = mark.path
        if mark.stored is not None:
            if session.snapshots is None:
                raise BadInput("There is no bucket to read the file from")
            report(0, 0, "")
            path = await session.snapshots.download(mark.stored)
        if path is not None:
            from backend.files.comparison import FileSide

            side = FileSide(path, mark.label)
            opened.callback(side.close)
            return side
        at = mark.moment if mark.label != "now" else None
        estate = await _resources(session).estate(at, report)
        items = await asyncio.to_thread(list, estate.items.values())
        return ItemsSide(items, Origin(label=mark.label, moment=mark.moment, gaps=tuple(estate.gaps)))

    async def _items(self, one: Mark, other: Mark) -> None:
        """Compare two resources, or two items of one."""
        from backend.model.comparison import of_two

        session = self.workspace.session
        if session is None:
            return
        before, after = [await self._item(_resources(session), mark) for mark in (one, other)]
        self._show(of_two(before, after, (one.label, other.label)), None, ExitStack())

    async def _item(self, part: ResourcesPart, mark: Mark) -> ConfigurationItem:
        assert mark.resource is not None
        moment = mark.moment if mark.moment is not None else self.workspace.selection.moment
        found = await (part.item(mark.resource) if moment is None else part.as_of(mark.resource, moment))
        if found is None:
            raise Missing(f"No item of {mark.label} is known")
        return found

    def _show(self, found: Comparison, sides: tuple[Side, Side] | None, opened: ExitStack) -> None:
        from tui.screens.comparison import ComparisonScreen

        page = ComparisonScreen(self.workspace, found, glyphs.of(self.app), sides, partial(opened.close))
        self.app.push_screen(page)


def _resources(session: Session) -> ResourcesPart:
    if session.resources is None:
        raise BadInput("There is no inventory to compare")
    return session.resources


def _in_order(one: Mark, other: Mark) -> tuple[Mark, Mark]:
    """The earlier one first, where both tell when they are of."""
    times_of = [mark.stored.modified if mark.stored is not None else mark.moment for mark in (one, other)]
    if times_of[0] is not None and times_of[1] is not None and times_of[0] > times_of[1]:
        return other, one
    return one, other
