"""Flips a class and styles anew only what the rules about that class are for.

Textual styles all descendants whenever a class of a widget changes: for a screen full of panes that is a tenth of a
second in which no key is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.css.model import SelectorType

if TYPE_CHECKING:
    from textual.css.model import Selector
    from textual.css.stylesheet import Stylesheet
    from textual.dom import DOMNode
    from textual.events import ScreenResume

_SIGNS = {SelectorType.CLASS: ".", SelectorType.ID: "#"}


def flip(node: DOMNode, name: str, on: bool) -> None:
    """Give the widget a class, or take it away."""
    if node.has_class(name) == on:
        return
    node.set_class(on, name, update=False)
    if not node.is_attached:
        return  # it is styled when it is mounted
    sheet = node.app.stylesheet
    names = set(_styled_by(sheet, name))
    sheet.update_nodes([node, *(one for one in node.walk_children() if names & _answers_to(one))])


def keep_styles(event: ScreenResume) -> None:
    """A screen that comes in front is styled: it was when it was mounted, and all are when the theme changes."""
    event.refresh_styles = False


def _styled_by(sheet: Stylesheet, name: str) -> Iterator[str]:
    """What the rules about a class name from there on: the widgets that they style are among those."""
    for rule in sheet.rules:
        for selectors in rule.selector_set:
            told = [at for at, one in enumerate(selectors.selectors) if _is_class(one, name)]
            if told:
                yield from (_spelled(one) for one in selectors.selectors[told[0] :])


def _is_class(selector: Selector, name: str) -> bool:
    return selector.type is SelectorType.CLASS and selector.name == name


def _spelled(selector: Selector) -> str:
    return f"{_SIGNS.get(selector.type, '')}{selector.name}"


def _answers_to(node: DOMNode) -> set[str]:
    """The names under which a rule may mean a widget, or a part of its drawing that has a style of its own."""
    return node._selector_names | {f".{part}" for part in node._get_component_classes()}
