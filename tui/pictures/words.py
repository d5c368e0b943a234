"""What stands in a picture: the words of a box, of a link, of the whole. Safe to show; each form escapes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from backend.model.item import Relationship, ResourceKey
from backend.model.neighbourhood import Neighbourhood, Node
from backend.model.spelling import fold
from tui.panes.links import link_words
from tui.panes.spelling import counted, short_type
from tui.text import fit

LONG = 80
"""Characters of a name in a form that is read as text."""


class Join(NamedTuple):
    """A line between two boxes, by their numbers: all that links them in one direction."""

    holder: int
    other: int
    words: str
    derived: bool
    tree: bool
    """True for the link by which one of them was reached."""


def type_of(node: Node, cells: int = LONG) -> str:
    return fit(short_type(node.key.resource_type[-200:]), cells)


def name_of(node: Node, cells: int = LONG) -> str:
    return fit(node.name or node.key.resource_id, cells, shorten="middle")


def verdict_of(node: Node) -> str:
    """What the rules say, in two or three words."""
    verdict = node.verdict
    if verdict is None or not (verdict.failing or verdict.passing):
        return "not judged"
    failing = len(verdict.failing)
    if not failing:
        return "✓ complies"
    return f"✗ {counted(failing, 'rule')} {'fails' if failing == 1 else 'fail'}"


def standing_of(node: Node) -> str:
    """`bad`, `good` or `none`: what the colour of a box says besides the words in it."""
    if node.verdict is None or not (node.verdict.failing or node.verdict.passing):
        return "none"
    return "bad" if node.verdict.failing else "good"


def words_of(link: Relationship, other: ResourceKey) -> str:
    """What a link says, as its holder tells it of the other one: the picture has an arrow for the direction."""
    told = Relationship(link.name[:200], other.resource_type[-200:], other.resource_id)
    return fit(link_words(told), LONG) or "is linked to"


def joins(shown: Neighbourhood) -> list[Join]:
    """The lines to draw: one for each pair and direction; a recorded link rather than a derived one."""
    numbers = {fold(node.key): number for number, node in enumerate(shown.nodes)}
    tree = {
        frozenset((number, numbers[fold(node.through)]))
        for number, node in enumerate(shown.nodes)
        if node.through is not None
    }
    found: dict[tuple[int, int], Join] = {}
    for holder, link, other in sorted(shown.edges, key=lambda edge: edge.link.derived):
        ends = numbers[fold(holder)], numbers[fold(other)]
        if ends not in found:
            found[ends] = Join(*ends, words_of(link, other), link.derived, frozenset(ends) in tree)
    return [found[ends] for ends in sorted(found)]


def title(shown: Neighbourhood) -> str:
    """What the picture is of."""
    return shown.title or f"{name_of(shown.nodes[0])} and what is around it"


def remarks(shown: Neighbourhood) -> Iterator[str]:
    """What to mind about the picture, in sentences."""
    others = len(shown.nodes) - 1
    failing = sum(standing_of(node) == "bad" for node in shown.nodes[1:])
    types = len({node.key.resource_type.casefold() for node in shown.nodes[1:]})
    if not others:
        yield "Nothing is linked to it."
    else:
        fails = f"rules fail on {failing:,} of them" if failing else "no rule is known to fail on them"
        yield f"{counted(others, 'resource')} of {counted(types, 'type')}; {fails}."
    if shown.left_out:
        yield f"{shown.left_out:,} more are not shown."
    if shown.limit:
        yield f"Not all was looked at: {fit(shown.limit, 300)}."
