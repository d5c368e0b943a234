"""Moving about: panes, zoom, filter, back and forward, help, themes, the way out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from backend.model.problem import BadInput
from tui.actions.deed import Action, Deeds, Explained
from tui.commands import PANES
from tui.screens.line import LineScreen
from tui.settings import places

if TYPE_CHECKING:
    from textual.widget import Widget


class Looking(Deeds):
    """What changes the view and nothing else."""

    def table(self) -> dict[str, Action]:
        return {
            **{f"pane.{pane}": partial(self.go_to, pane) for pane, _ in PANES},
            "move.out": lambda _: self.step_out(),
            "move.back": lambda _: self.back(),
            "move.forward": lambda _: self.forward(),
            "look.filter": self.filter,
            "look.zoom": lambda _: self.dashboard.zoom(),
            "look.refresh": lambda _: self.refresh(),
            "look.problems": lambda _: self.show_problems(),
            "app.line": lambda _: self.ask_command(),
            "app.theme": self.theme,
            "app.mouse": lambda _: self.mouse(),
            "app.help": self.help,
            "app.keys": lambda _: self.keys(),
            "look.jump": lambda _: self.jump(),
            "app.quit": lambda _: self.app.exit(0),
        }

    def go_to(self, pane_id: str, argument: str) -> None:
        while not self.in_front:
            self.app.pop_screen()
        self.dashboard.go_to(pane_id)

    def step_out(self) -> None:
        """One step out, the innermost first: the filter, the pane's own, the zoom, the marks, the moment."""
        if not self.in_front:
            self.app.pop_screen()
        elif self.pane.filter_text():
            self.pane.apply_filter("")
        elif self.pane.step_out():
            pass
        elif self.dashboard.zoomed:
            self.dashboard.zoom()
        elif self.workspace.marks.clear():
            pass
        elif self.workspace.selection.moment is not None:
            self.workspace.selection.look_at(None)

    def back(self) -> None:
        if not self.workspace.selection.back():
            self.app.say("There is no resource before this one.")

    def forward(self) -> None:
        if not self.workspace.selection.forward():
            self.app.say("There is no resource after this one.")

    def filter(self, text: str) -> None:
        """Filter the current pane by what was typed, or ask what by; where there is no filter, the resources."""
        rows = self.filtered
        if rows is None:
            return
        if self.in_front and rows is not self.pane:
            self.dashboard.go_to("snapshots")
        if text:
            rows.apply_filter(text)
            return

        def typed(text: str) -> str:
            rows.apply_filter(text)
            return rows.filter_note()

        def done(line: str | None) -> None:
            if line is None:
                rows.apply_filter("")

        explained = rows if isinstance(rows, Explained) else None
        self.app.push_screen(
            LineScreen(
                "/",
                text=rows.filter_text() or "",
                hint=explained.filter_hint if explained is not None else "text to look for",
                note=rows.filter_note() if rows.filter_text() else "",
                typed=typed,
                told=rows.filter_note,
                wrong=explained.filter_problem if explained is not None else None,
                complete=explained.complete_filter if explained is not None else None,
            ),
            done,
        )

    def refresh(self) -> None:
        for pane in self.dashboard.panes.values():
            pane.reload(anew=True)
        self.app.repaint()

    def show_problems(self) -> None:
        if self.workspace.mishaps:
            from tui.screens.problems import ProblemsScreen

            self.app.push_screen(ProblemsScreen(self.workspace.mishaps, self.workspace.zone))
        else:
            self.app.say("Nothing went wrong so far.")

    def theme(self, name: str) -> None:
        """The theme of this name; without one, all of them to choose from. `write` puts it into the settings."""
        known = self.app.theme_names
        if name == "write":
            self.write_theme()
        elif not name:
            from tui.screens.themes import ThemesScreen

            own = self.app.own_themes
            self.app.push_screen(ThemesScreen(known, self.app.theme, self.put_on, own), self._theme_chosen)
        elif name not in known:
            self.app.say(f"There is no theme “{name}”; there are {', '.join(known)}.", "warning")
        else:
            self.put_on(name)
            self.app.say(f"Theme: {name}. :theme write keeps it in the settings.")

    def put_on(self, name: str) -> None:
        self.app.theme = name

    def _theme_chosen(self, answer: str | None) -> None:
        if answer == "write":
            self.write_theme()
        elif answer:
            self.app.say(f"Theme: {self.app.theme}. :theme write keeps it in the settings.")

    def write_theme(self) -> None:
        """Put the theme that is on into the settings file."""
        from tui.settings.writing import set_value

        path = self.app.loaded.path
        try:
            set_value(path, "theme", self.app.theme)
        except BadInput as problem:
            self.workspace.remember("settings", problem)
            self.app.say(str(problem), "error")
        else:
            self.app.say(f"Written: theme = “{self.app.theme}” in {places.short(path)}")

    def mouse(self) -> None:
        """The mouse is the terminal's, or ours again."""
        self.app.give_mouse(not self.app.mouse_taken)
        self.app.say(
            "The mouse is taken again: click, scroll, drag."
            if self.app.mouse_taken
            else "The mouse is the terminal's: it selects text now. The same key takes it again."
        )

    def help(self, word: str) -> None:
        """What is in front in plain words, or the concept of this word."""
        from tui.help import CONCEPTS, PLACES, find
        from tui.help.places import NO_PLACE
        from tui.screens.explain import ExplainScreen

        concept = find(word) if word else None
        if word and concept is None:
            self.app.say(f"There is no concept “{word}”; there are {', '.join(CONCEPTS)}.", "warning")
            return
        place = self.app.place
        here = self.workspace.circumstances
        commands = [one for one in here.commands() if one.keys and here.key_works(one, place)]
        mine = [one for one in commands if one.scope or one.bar_in == place]
        shown = [*mine, *(one for one in commands if one.bar and not one.bar_in and one not in mine)]
        screen = ExplainScreen(PLACES.get(place, NO_PLACE), shown, concept)
        self.app.push_screen(screen, lambda answer: self.keys() if answer else None)

    def keys(self) -> None:
        """The table of all keys and commands."""
        from tui.screens.help import HelpScreen

        table = HelpScreen(self.workspace.circumstances.commands(), self.app.glyphs, self.workspace.keymap.lists)
        self.app.push_screen(table, self._chosen_in_help)

    def jump(self) -> None:
        """A letter on each part of what is in front."""
        from tui.screens.jump import JumpScreen, targets

        found = targets(self.app.screen)
        if len(found) > 1:
            self.app.push_screen(JumpScreen(found), self._jumped)
        else:
            self.app.say("There is only one part here.")

    def _jumped(self, part: Widget | None) -> None:
        if part is not None and part.is_attached:
            part.focus(scroll_visible=False)

    def _chosen_in_help(self, command_id: str | None) -> None:
        if command_id:
            self.app.run_command(command_id)
