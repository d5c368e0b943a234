"""A class that is flipped looks as if the whole screen had been styled anew, for a fraction of the styling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.containers import Vertical
from textual.css.stylesheet import Stylesheet
from textual.widgets import Static

from tui.restyling import flip

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest
    from textual.app import ComposeResult
    from textual.dom import DOMNode


class Part(Vertical):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"part--cursor"}


class Crowd(App[None]):
    CSS = """
    #room.-dark { background: black; }
    #room.-dark #one { display: none; }
    #room.-dark .many, #room.-dark Part:focus-within { width: 7; }
    #room.-dark Part > .part--cursor { color: red; }
    #room Static { height: 1; }
    """

    def compose(self) -> ComposeResult:
        with Vertical(id="room"):
            yield Static("one", id="one")
            yield Static("two", classes="many")
            yield Part(Static("inside"))
            for number in range(20):
                yield Static(str(number))


def _looks(app: App[None]) -> list[object]:
    rooms = app.query_one("#room").walk_children(with_self=True)
    return [(dict(one.styles.get_rules()), dict(one._component_styles.items())) for one in rooms]


async def test_all_that_the_class_is_for_is_styled() -> None:
    app = Crowd()
    async with app.run_test():
        room = app.query_one("#room")
        for on in (True, False):
            flip(room, "-dark", on)
            flipped = _looks(app)
            app.stylesheet.update(room)
            assert flipped == _looks(app), on
            assert app.query_one("#one").display is not on


async def test_what_the_class_is_not_for_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Crowd()
    async with app.run_test():
        styled: list[DOMNode] = []

        def note(_: Stylesheet, nodes: Iterable[DOMNode], animate: bool = False) -> None:
            styled.extend(nodes)

        monkeypatch.setattr(Stylesheet, "update_nodes", note)
        flip(app.query_one("#room"), "-dark", True)
        assert [one.css_identifier for one in styled] == ["Vertical#room", "Static#one", "Static", "Part"]
        styled.clear()
        flip(app.query_one("#room"), "-dark", True)
        assert not styled, "it has the class already"
