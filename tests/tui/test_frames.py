"""What is sent as a difference shows the same as the whole frame, in a terminal emulator."""

from __future__ import annotations

import io

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.frames import Frames

WIDTH, HEIGHT = 12, 4
STYLES = (Style(), Style(color="red"), Style(bold=True, bgcolor="blue"), Style(color="red", meta={"row": 1}))
LETTERS = st.sampled_from(["a", "b", "─", "日", "é", "e\u0301", " "])


def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=WIDTH)


@st.composite
def rows(draw: st.DrawFn) -> Strip:
    """A row as wide as the screen."""
    segments: list[Segment] = []
    left = WIDTH
    while left > 0:
        text = draw(LETTERS)
        # A mark on the last letter of a row makes the emulator wrap, as no terminal does.
        if Segment(text).cell_length > left or (left == 1 and len(text) > 1):
            text = " "
        segments.append(Segment(text, draw(st.sampled_from(STYLES))))
        left -= segments[-1].cell_length
    return Strip(segments)


FRAMES = st.lists(st.lists(rows(), min_size=HEIGHT, max_size=HEIGHT), min_size=1, max_size=5)


def layout(frame: list[Strip]) -> LayoutUpdate:
    return LayoutUpdate([[row] for row in frame], Region(0, 0, WIDTH, len(frame)))


class Emulated:
    """A terminal that updates are sent to."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.sent = 0

    def send(self, update: CompositorUpdate | None) -> None:
        if update is not None:
            sequences = update.render_segments(console())
            self.sent += len(sequences)
            self.stream.feed(sequences)

    @property
    def looks(self) -> list[list[tuple[object, ...]]]:
        cells = [[self.screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]
        return [[(cell.data, cell.fg, cell.bg, cell.bold) for cell in row] for row in cells]


@settings(max_examples=40, deadline=None)
@given(FRAMES)
def test_a_terminal_that_gets_differences_shows_what_one_that_gets_frames_shows(frames: list[list[Strip]]) -> None:
    whole, saving, known = Emulated(), Emulated(), Frames()
    for frame in frames:
        whole.send(layout(frame))
        saving.send(known.difference(layout(frame)))
        assert saving.looks == whole.looks


@settings(max_examples=40, deadline=None)
@given(FRAMES, st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, WIDTH))
def test_parts_of_frames_are_compared_too(frames: list[list[Strip]], y: int, x1: int, length: int) -> None:
    x2 = min(WIDTH, x1 + length)
    saving, known = Emulated(), Frames()
    shown = frames[0]
    saving.send(known.difference(layout(shown)))
    for frame in frames[1:]:
        # Textual cuts a line where one of its widgets begins; here it is one piece.
        saving.send(known.difference(ChopsUpdate([{0: row} for row in frame], [(y, x1, x2)], [[WIDTH]] * HEIGHT)))
        saving.send(known.difference(layout(frame)))
        whole = Emulated()
        whole.send(layout(frame))
        assert saving.looks == whole.looks


def test_the_same_frame_again_costs_nothing() -> None:
    frame = [Strip([Segment("abcdefghijkl", STYLES[1])])] * HEIGHT
    again = [Strip([Segment("abcdef", STYLES[1]), Segment("ghijkl", STYLES[3])])] * HEIGHT
    known = Frames()
    assert known.difference(layout(frame)) is not None
    assert known.difference(layout(frame)) is None
    assert known.difference(layout(again)) is None, "what a style carries beside its look is nothing to send"


def test_after_a_resize_everything_is_sent_again() -> None:
    frame = [Strip([Segment("abcdefghijkl")])] * HEIGHT
    known = Frames()
    known.difference(layout(frame))
    known.forget()
    assert known.difference(layout(frame)) is not None


def test_one_letter_costs_one_letter() -> None:
    before = [Strip([Segment("abcdefghijkl", STYLES[1])])] * HEIGHT
    after = [*before[:3], Strip([Segment("abcdeXghijkl", STYLES[1])])]
    known, terminal = Frames(), Emulated()
    terminal.send(known.difference(layout(before)))
    first = terminal.sent
    terminal.send(known.difference(layout(after)))
    assert terminal.sent - first < 25
    assert terminal.screen.display[3] == "abcdeXghijkl"
