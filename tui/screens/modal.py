"""The screens that ask or explain something over a page, which stays dimly in sight behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, ScreenResultType

from tui.restyling import keep_styles


class Modal(ModalScreen[ScreenResultType]):
    """A screen over a page."""

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        keep_styles(event)
        self.fit(self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """The first size is told twice: laying everything out again, the page behind too, would take as long again."""
        if self.outer_size == event.size:
            event.stop()
            event.prevent_default()
        else:
            self.fit(event.size)

    def fit(self, size: Size) -> None:
        """Make the parts as large as the terminal has room for; called before they are laid out."""

    def render(self) -> RenderableType:
        behind = super().render()
        return Veil(behind.screen, behind.color) if isinstance(behind, BackgroundScreen) else behind


class Veil(BackgroundScreen):
    """The page behind: like Textual's, but each style of it is dimmed once, not once a word in each frame."""

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterator[Segment]:
        for text, style, control in segments:
            yield Segment(text, style if control else _dimmed(style or Style.null(), color), control)


@lru_cache(maxsize=2048)
def _dimmed(style: Style, color: Color) -> Style:
    [dimmed] = BackgroundScreen.process_segments([Segment("", style)], color)
    return dimmed.style or style
