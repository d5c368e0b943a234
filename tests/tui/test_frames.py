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

    def __init__(self, height: int = HEIGHT) -> None:
        self.height = height
        self.screen = pyte.Screen(WIDTH, height)
        self.stream = pyte.Stream(self.screen)
        self.sent = 0
        self.received = ""

    def send(self, update: CompositorUpdate | None) -> None:
        if update is not None:
            sequences = update.render_segments(console())
            self.sent += len(sequences)
            self.received += sequences
            self.stream.feed(sequences)

    @property
    def looks(self) -> list[list[tuple[object, ...]]]:
        cells = [[self.screen.buffer[y][x] for x in range(WIDTH)] for y in range(self.height)]
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


@settings(max_examples=60, deadline=None)
@given(
    st.lists(rows(), min_size=12, max_size=20),
    st.sampled_from([9, 14]),
    st.booleans(),
    st.lists(st.sampled_from(["j", "k", "J", "K", "page", "back", "g", "G"]), max_size=25),
)
def test_lists_that_scroll_show_what_whole_frames_show(
    lines: list[Strip], height: int, erases: bool, keys: list[str]
) -> None:
    """A list with a cursor between a title and a row of keys, walked at random; the terminal moves its rows."""
    room, count = height - 2, len(lines)
    whole, saving, known = Emulated(height), Emulated(height), Frames(erases=erases)
    top = cursor = 0
    for number, key in enumerate(["", *keys]):
        steps = {"j": 1, "k": -1, "J": 3, "K": -3, "page": room, "back": -room, "g": -count, "G": count, "": 0}
        cursor = max(0, min(count - 1, cursor + steps[key]))
        top = max(cursor - room + 1, min(top, cursor))
        shown = [
            Strip([Segment(line.text, STYLES[2])]) if at == cursor else line
            for at, line in enumerate(lines[top : top + room], top)
        ]
        title = Strip([Segment(f"{number % 2 or '':<{WIDTH}}", STYLES[number % 3])])
        frame = [title, *shown, *[Strip([Segment(" " * WIDTH)])] * (room - len(shown)), title]
        whole.send(layout(frame))
        saving.send(known.difference(layout(frame)))
        assert saving.looks == whole.looks


def test_rows_that_only_move_are_moved_by_the_terminal() -> None:
    def row(number: int) -> Strip:
        return Strip([Segment(f"row {number:8}", STYLES[2])])

    known, terminal = Frames(), Emulated(10)
    terminal.send(known.difference(layout([row(number) for number in range(10)])))
    first = terminal.sent
    terminal.send(known.difference(layout([row(number + 1) for number in range(10)])))
    assert terminal.sent - first < 75, "one row and a few sequences"
    assert terminal.screen.display == [f"row {number:8}" for number in range(1, 11)]


def test_a_row_moves_only_with_all_of_its_width() -> None:
    """Terminals have no regions of columns that one could rely on: the left half must not move with the right one."""

    def row(left: int, right: int) -> Strip:
        return Strip([Segment(f"{left:6}{right:6}")])

    known, terminal = Frames(), Emulated(10)
    terminal.send(known.difference(layout([row(y, y) for y in range(10)])))
    terminal.send(known.difference(layout([row(y, y + 1) for y in range(10)])))
    assert terminal.screen.display == [f"{y:6}{y + 1:6}" for y in range(10)]


def test_blanks_are_erased_where_the_terminal_erases_in_colour() -> None:
    blank = [Strip([Segment(" " * WIDTH, STYLES[2])])] * HEIGHT
    saving, plain, erasing, writing = Emulated(), Emulated(), Frames(erases=True), Frames()
    saving.send(erasing.difference(layout(blank)))
    plain.send(writing.difference(layout(blank)))
    assert saving.looks == plain.looks
    assert "\x1b[12X" in saving.received
    assert "X" not in plain.received


def test_the_look_is_plain_after_each_update() -> None:
    """Whatever else writes to the terminal starts from a plain look, as after Textual's own updates."""
    known = Frames()
    update = known.difference(layout([Strip([Segment("abcdefghijkl", STYLES[2])])] * HEIGHT))
    assert update is not None
    assert update.render_segments(console()).endswith("\x1b[m")


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
