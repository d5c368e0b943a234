"""The App: it opens the connection after the first paint, keeps what is shared, and routes the keys.

What the commands do is in `tui.actions`, what they are in `tui.commands`, what is on the screen in `tui.screens`.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

from rich.text import Text
from textual import events, on
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from backend.model.noise import USUAL, Noise
from backend.model.problem import BadInput, Problem
from tui import glyphs, themes, times
from tui.commands import BY_ID, COMMANDS, Command
from tui.frames import Frames
from tui.jobs import Jobs
from tui.names import FileNames
from tui.pen import erases_in_colour
from tui.screens.opening import OpeningScreen
from tui.settings import Loaded, places
from tui.settings.key_names import read
from tui.settings.keymap import judge
from tui.terminal import line_filters
from tui.text import visible
from tui.widgets.key_bar import Hint, KeyBar
from tui.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.command import Provider
    from textual.notifications import SeverityLevel

    from backend.connect import Connection, Progress
    from backend.files.glimpse import Glimpsed
    from tui.actions import Actions
    from tui.panes.pane import Pane
    from tui.screens.dashboard import Dashboard
    from tui.screens.line import LineScreen
    from tui.widgets.columns import Column
    from tui.widgets.saying import Saying

Begin: TypeAlias = "tuple[str, str] | Callable[[Connection], tuple[str, str]]"
"""A command and its argument, done as soon as there is a connection; where they hang on it, a function of it."""

Opener: TypeAlias = "Callable[[Progress], AbstractAsyncContextManager[Connection]]"
"""Takes a reporter of progress, gives the connection for as long as the app runs."""

_LEFT_TO_WIDGETS = frozenset({"move.next", "move.previous", "move.in", "app.commands"})
"""Commands whose keys Textual or the focused widget handles itself."""

CLOCK_READ_EVERY = 1.0
"""Seconds between two readings of the simulated clock; in between, `Workspace.now` counts on."""

JOBS_SHOWN_EVERY = 0.5
"""Seconds between two looks at what is under way."""


def palette() -> type[Provider]:
    """What is in the palette."""
    from tui.palette import Commands

    return Commands


def key_bindings(commands: Iterable[Command] = COMMANDS) -> list[BindingType]:
    """The keys of the registry; all lead to `ConfigScope.action_run`."""
    return [
        Binding(command.keys, f"run('{command.id}')", command.label, id=command.id, tooltip=command.help, show=False)
        for command in commands
        if command.keys and command.id not in _LEFT_TO_WIDGETS
    ]


class ConfigScope(App[int]):
    """configscope over one connection."""

    TITLE = "configscope"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {palette}
    CSS = """
    .-far ModalScreen { background: transparent; }
    CommandPalette SearchIcon { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = key_bindings()

    dashboard: Dashboard
    actions: Actions

    def __init__(
        self,
        opener: Opener,
        *,
        theme: str = "",
        landing: str = "",
        loaded: Loaded | None = None,
        environment: Mapping[str, str] = os.environ,
        begin: Begin | None = None,
        first_rows: Sequence[Glimpsed] = (),
    ) -> None:
        """`opener` connects, once something is on the screen.

        `theme` and `landing` (the pane in front at the start) are those of the settings when empty.
        `loaded` are the settings as they were read; the defaults without it. `begin` is a command and its argument,
        done as soon as there is a connection. `first_rows` are shown until there is one.
        """
        self.loaded = loaded if loaded is not None else Loaded(places.settings_file(environment))
        settings = self.loaded.settings
        colours = themes.choose(theme or settings.theme, environment)
        super().__init__(ansi_color=colours.ansi_color)
        self.environment = environment
        self._first_rows = first_rows
        self._until_next_key: Saying | None = None
        """A sentence that is of no more use once another key is pressed."""
        self.animation_level = settings.animation
        self.glyphs = glyphs.choose(environment, settings.ascii)
        self.mouse_taken = settings.mouse
        self.printed_at_exit = ""
        """What was copied and is to be printed when configscope ends."""
        self._filters[:0] = line_filters(self.glyphs)
        # Dimming what lies below a dialog sends the whole screen, twice: too much for a slow link.
        self.set_class(any(name in environment for name in ("SSH_CONNECTION", "SSH_TTY")), "-far")
        self.own_themes: set[str] = set()
        if colours.theme in themes.SHIPPED:
            self.register_theme(themes.one(colours.theme))
        else:
            self.read_own_themes()
            self.register_theme(themes.one(themes.DEFAULT))
        self._begin_in(colours.theme if colours.theme in self.available_themes else themes.DEFAULT)
        self.workspace = Workspace(self)
        self.workspace.settings = settings
        self.workspace.noise = Noise((*USUAL, *settings.noise))
        self.workspace.zone = times.read_zone(self.workspace.settings.time_offset)
        self.workspace.keymap = judge(self.loaded.keys, self.loaded.path.name)
        self._bind()
        self.jobs = Jobs(self)
        self.ready = False
        """False until the dashboard is there: a command given before is done then."""
        self._given_before: list[tuple[str, str]] = []
        self._landing = landing or settings.landing
        self._opener = opener
        self._begin = begin
        self._connecting: asyncio.Task[None] | None = None
        self._frames = Frames(erases=erases_in_colour(environment))

    def _begin_in(self, name: str) -> None:
        """Take a theme while nothing is styled yet: set as later ones are, it would have all styles parsed twice."""
        self.set_reactive(ConfigScope.theme, name)
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode")
        self.set_class(not dark, "-light-mode")
        self.add_class(f"-theme-{name}")
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> Screen[Any]:
        opening = OpeningScreen(self.workspace, self._landing, self._first_rows)
        # Only a screen that was pushed can be switched from, and the first one was not.
        opening._push_result_callback(opening, None)
        return opening

    def on_dashboard_asked(self, event: Dashboard.Asked) -> None:
        """A command was typed or clicked."""
        self.run_command(event.command_id, event.argument)

    # Life

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                # A dropped SSH link must not leave the terminal in the alternate screen with the mouse on.
                loop.add_signal_handler(number, self.exit, 128 + number)
        self._job_timer = self.set_interval(JOBS_SHOWN_EVERY, self.show_jobs, pause=True)
        self.app_resume_signal.subscribe(self, lambda _: self._frames.forget(), immediate=True)
        self.workspace.zone_changed.subscribe(self, lambda _: self.show_zone())
        self.call_after_refresh(self.connect)

    def read_own_themes(self) -> None:
        """Take the person's own themes in; one that is not right is a sentence among the warnings."""
        if self.own_themes:
            return
        found, warnings = themes.own(places.themes_folder(self.environment))
        for one in found:
            self.register_theme(one)
        self.own_themes = {one.name for one in found}
        self.loaded.warnings += warnings

    def tell_settings(self) -> None:
        """Say what was wrong in the settings and themes, now that there is a screen to say it on."""
        self.read_own_themes()
        warnings = [*self.loaded.warnings, *self.workspace.keymap.warnings]
        for warning in warnings:
            self.workspace.remember("settings", BadInput(warning))
        if warnings:
            more = f" And {len(warnings) - 1} more: ! lists them." if len(warnings) > 1 else ""
            self.say(f"{warnings[0]}{more}", "warning")

    def connect(self) -> None:
        """Open the connection, now that something is on the screen."""
        self._connecting = asyncio.create_task(self._live(), name="connection")

    async def on_unmount(self, event: events.Unmount) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._connecting

    async def _live(self) -> None:
        """The dashboard, then the connection."""
        await self._furnish()
        await self._stay_connected()

    async def _furnish(self) -> None:
        """Import what the first paint can do without, in a thread, and put the dashboard in place of its frame."""
        self.actions, self.dashboard = await asyncio.to_thread(self._import_rest)
        for other in themes.shipped():
            self.register_theme(other)
        with self.batch_update():
            await self.switch_screen(self.dashboard)
            await self.dashboard.furnish()
        painted = asyncio.Event()
        self.dashboard.call_after_refresh(painted.set)
        await painted.wait()
        self.ready = True
        self.show_zone()
        self.tell_settings()
        for command_id, argument in self._given_before:
            self.run_command(command_id, argument)

    def _import_rest(self) -> tuple[Actions, Dashboard]:
        from tui.actions import Actions
        from tui.screens.dashboard import Dashboard

        return Actions(self), Dashboard(self.workspace, self._landing)

    async def _stay_connected(self) -> None:
        """Open, watch and close the connection, all in one task: its context ends where it began."""
        try:
            async with self._opener(self.report_progress) as connection:
                self.workspace.connection = connection
                if connection.session.table is not None:
                    self.workspace.names = FileNames(connection.session.table)
                await self.read_clock()
                await self._learn_arguments()
                self.workspace.connected.publish(None)
                self.refresh_bindings()
                self._tell_remarks(connection)
                if self._begin is not None:
                    self.run_command(*(self._begin(connection) if callable(self._begin) else self._begin))
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._watch(connection))
                    group.create_task(self._tick())
        except* Problem as problems:
            self.connection_failed(_leaves(problems)[0])
        except* Exception as errors:  # noqa: BLE001 - the last station: reported and told, not hidden
            self.connection_failed(self.workspace.defect("The connection", _leaves(errors)[0]))

    def _tell_remarks(self, connection: Connection) -> None:
        """What was left out when a local world was opened: files among the handlers that are none."""
        if connection.clock is None or not connection.remarks:
            return
        for remark in connection.remarks:
            self.workspace.remember("the handlers", Problem(remark.removesuffix(".")))
        more = f" (and {len(connection.remarks) - 1} more)" if len(connection.remarks) > 1 else ""
        self.say(f"{visible(connection.remarks[0])}{more}", "warning")

    async def _learn_arguments(self) -> None:
        """What the `:` line can complete beyond the words of the commands."""
        from backend.model.delivery import FREQUENCIES
        from tui.help import CONCEPTS
        from tui.panes.stream_views import VIEWS

        clock = self.workspace.clock
        self.workspace.arguments = {
            "app.theme": (*self.theme_names, "write"),
            "app.help": tuple(CONCEPTS),
            "delivery.frequency": tuple(FREQUENCIES),
            "stream.view": tuple(VIEWS),
            "stream.bell": ("on", "off"),
            "clock.play": tuple(story.name for story in await clock.scenarios()) if clock is not None else (),
        }

    async def _watch(self, connection: Connection) -> None:
        async for _ in connection.watch():
            self.workspace.data_changed.publish(None)

    async def _tick(self) -> None:
        """Keep the simulated clock on the screen right: it may be moved from elsewhere too."""
        while True:
            await asyncio.sleep(CLOCK_READ_EVERY)
            await self.read_clock()

    async def read_clock(self) -> None:
        clock = self.workspace.clock
        if clock is not None:
            self.workspace.set_clock_state(await clock.state())

    def report_progress(self, what: str, part: float) -> None:
        """Say what the connecting is at, where panes wait for it."""
        self.workspace.progress = f"{what} {part:.0%}" if part else what
        self.workspace.progressed.publish(None)

    def connection_failed(self, problem: Problem) -> None:
        """Nothing to look at, or no longer: say why where the panes wait."""
        self.workspace.remember("connection", problem)
        self.workspace.failure = problem
        self.workspace.progressed.publish(None)

    @property
    def theme_names(self) -> list[str]:
        """The themes to choose from: ours, then the person's own."""
        return [*themes.SHIPPED, *sorted(self.own_themes - set(themes.SHIPPED))]

    def show_zone(self) -> None:
        """Let the titles of columns of times say what zone they are in."""
        from tui.widgets.table import BigTable

        zone = self.workspace.zone
        for screen in self.screen_stack:
            for table in screen.query(BigTable):
                if any(times.is_titled(column.title) for column in table.columns):
                    table.set_columns([_in_zone(column, zone) for column in table.columns])

    # Keys and commands

    def _bind(self) -> None:
        """Bind the keys that hold, where the person has set others than the table has.

        Textual's own keymap takes all commands off a key when one of them moves: it serves for the lists only.
        """
        keymap = self.workspace.keymap
        if not keymap.changed:
            return
        bound = self._bindings.key_to_bindings
        for key, bindings in list(bound.items()):
            left = [one for one in bindings if one.id not in BY_ID and one.action != "command_palette"]
            bound[key] = left
            if not left:
                del bound[key]
        for binding in key_bindings(keymap.commands):
            for one in Binding.make_bindings([binding]):
                bound.setdefault(one.key, []).append(one)
        palette = next(one for one in keymap.commands if one.id == "app.commands")
        for key in palette.key_names:
            bound.setdefault(key, []).insert(0, Binding(key, "command_palette", show=False, priority=True))
        self.set_keymap(keymap.for_widgets())

    def shown_key(self, key: str) -> str:
        """What a hint shows for a key of the table, see `KeyBar`."""
        return self.workspace.keymap.shown(key, self.place)

    @property
    def bar_note(self) -> Hint | None:
        """What stands in the bottom row for as long as it lasts: that the mouse is the terminal's."""
        if self.mouse_taken:
            return None
        command = next(one for one in self.workspace.keymap.commands if one.id == "app.mouse")
        return Hint(command.key_label or ":mouse", "mouse is the terminal's", command.id)

    def give_mouse(self, taken: bool) -> None:
        """Take the mouse, or give it back to the terminal: then it selects text as in any other program."""
        self.mouse_taken = taken
        driver = self._driver
        switch = getattr(driver, "_enable_mouse_support" if taken else "_disable_mouse_support", None)
        if driver is not None and switch is not None:
            driver._mouse = True  # without it neither of the two does anything
            switch()
            driver._mouse = taken  # so that a suspended program does not take it again by itself
        for bar in self.screen.query(KeyBar):
            bar.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A command that cannot work here does not exist here."""
        if action != "run":
            return super().check_action(action, parameters)
        return self.workspace.circumstances.key_works(BY_ID[str(parameters[0])], self.place)

    @property
    def place(self) -> str:
        """What is in front: the id of a pane, or the name that a page gives itself."""
        screen = self.screen
        if self.ready and screen is self.dashboard:
            return self.dashboard.current.id or ""
        return str(getattr(screen, "PLACE", ""))

    @on(KeyBar.Clicked)
    def hint_clicked(self, event: KeyBar.Clicked) -> None:
        """A hint of a page or dialog was clicked: as if its key had been pressed."""
        if event.hint.id in BY_ID:
            self.run_command(event.hint.id)
        elif key := read(event.hint.key)[0]:
            self.simulate_key(key)

    def action_run(self, command_id: str) -> None:
        """What the keys are bound to."""
        self.run_command(command_id)

    def run_command(self, command_id: str, argument: str = "") -> None:
        """Do a command of the registry, if it exists here."""
        command = BY_ID[command_id]
        if not self.ready:
            if command_id == "app.quit":
                self.exit(0)
            self._given_before.append((command_id, argument))
        elif self.workspace.circumstances.offers(command):
            self.actions.run(command, argument)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A defect in an action ends that action, not the app."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            self.say(str(self.workspace.defect(event.worker.name or "An action", error)), "error")

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            if self._until_next_key is not None:
                self._until_next_key.go()
                self._until_next_key = None
            line = self._line
            if line is not None:
                line.pressed(event)
            elif event.key == "escape" and not self.screen.is_modal and (ended := self.jobs.cancel()):
                self.say(f"Ended: {ended}.")
                return
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """A key that nothing below has used: its binding is done next, unless it was meant for a line that opens."""
        line = self._line
        if line is not None and line.takes_back(event):
            event.stop()
            event.prevent_default()
        elif self.ready and self.workspace.session is not None and not self.screen.is_modal:
            self._say_why_not(event.key)

    def _say_why_not(self, key: str) -> None:
        """A key of a command that cannot work here says so, where no other command has it."""
        here = self.workspace.circumstances
        meant = [one for one in here.table if key in one.key_names and (not one.scope or self.place in one.scope)]
        if meant and not any(map(here.offers, meant)):
            self._until_next_key = self.say(f"{meant[0].name}: {here.why_not(meant[0])}.", "warning")

    @property
    def _line(self) -> LineScreen | None:
        """The line that is typed into, if one is open."""
        if not self.ready:
            return None
        from tui.screens.line import LineScreen

        return self.screen if isinstance(self.screen, LineScreen) else None

    def action_help_quit(self) -> None:
        """ctrl+c: people press it to get out."""
        self.say("Press q to leave configscope.")

    def say(self, text: str, severity: SeverityLevel = "information") -> Saying:
        """A sentence over the bottom row; a new one takes the place of the one before."""
        from tui.widgets.saying import Saying

        self.screen.query(Saying).remove()
        saying = Saying(text, severity)
        self.screen.mount(saying)
        return saying

    def show_jobs(self) -> None:
        """Say what is under way for longer than a moment; looks again while there is something."""
        if not self.is_running or not self.screen_stack:
            return  # on the way out
        from tui.widgets.job_line import JobLine

        for hidden in self.screen_stack[:-1]:
            hidden.query(JobLine).remove()  # a page that opened over it is told now; what it left would stay for ever
        jobs = self.jobs.shown() if not self.screen.is_modal else []  # what asks something waits, it does not work
        if self.jobs.running and not jobs:
            self.screen.query(JobLine).remove()
            return
        if not jobs:
            self._job_timer.pause()
            self.screen.query(JobLine).remove()
            return
        self._job_timer.resume()
        lines = self.screen.query(JobLine)
        line = lines.first() if lines else JobLine()
        if not lines:
            self.screen.mount(line)
        job = jobs[-1]
        ending = f"{len(jobs)} under way, esc ends this one" if len(jobs) > 1 else "esc ends it"
        line.show(f"{self.glyphs.waiting} {job.told()}", job.done / job.total if job.total else None, ending)

    def on_pane_said(self, event: Pane.Said) -> None:
        """A pane has something to tell."""
        self.say(event.text, event.severity)

    # What is sent to the terminal

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send a frame: only what differs from the one before, see `tui.frames`."""
        sends = self._running and not self._closed and not self.is_headless and not self._batch_count
        frame: Any = renderable
        if sends and isinstance(frame, CompositorUpdate):
            frame = self._frames.difference(frame)
        super()._display(screen, frame)

    def on_resize(self) -> None:
        self._frames.forget()

    def repaint(self) -> None:
        """Send everything again, whatever the terminal may show by now."""
        self._frames.forget()
        self.screen.refresh(layout=True)

    # What must not reach the terminal

    def _fatal_error(self) -> None:
        """Textual would print a traceback with the values of all locals, secrets among them: say where a report is."""
        error = self._exception
        problem = self.workspace.defect("configscope", error if error is not None else RuntimeError("unknown"))
        self._exit_renderables.append(Text(visible(str(problem))))
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """See `_fatal_error`: whatever a renderable would tell goes into the report, not to the terminal."""
        self._fatal_error()


ErrorT = TypeVar("ErrorT", bound=BaseException)


def _leaves(group: BaseExceptionGroup[ErrorT]) -> list[ErrorT]:
    """The errors inside a group of groups."""
    found: list[ErrorT] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _in_zone(column: Column, zone: times.Zone) -> Column:
    if not times.is_titled(column.title):
        return column
    return dataclasses.replace(column, title=times.titled(column.title, zone))
