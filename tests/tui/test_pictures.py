"""A neighbourhood as a picture: the same each time, and text from data is only text in it."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from backend.model import neighbourhood
from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.neighbourhood import Neighbourhood
from backend.model.usage import Graph
from tests.tui.hostile import HOSTILE
from tui import pictures

KIND = "AWS::EC2::Instance"


def _star(count: int, name: str = "", link: str = "Is attached to Instance") -> Neighbourhood:
    """A root with so many others around it; the first fails a rule, the last is linked by derivation only."""
    graph = Graph()
    links = tuple(
        Relationship(link, KIND, f"i-{number}", derived=number == count - 1, found_at="a.b") for number in range(count)
    )
    graph.add(ConfigurationItem(resource_type=KIND, resource_id="root", tags={"Name": name}, relationships=links))
    for number in range(count):
        graph.add(ConfigurationItem(resource_type=KIND, resource_id=f"i-{number}", resource_name=name or None))
    graph.judge(ResourceKey(KIND, "i-0"), name or "encrypted", "NON_COMPLIANT")
    return neighbourhood.around(graph, ResourceKey(KIND, "root"), 2)


@pytest.mark.parametrize("count", [0, 1, 9, 79, 300])
@pytest.mark.parametrize("form", sorted(pictures.FORMS))
def test_the_same_neighbourhood_gives_the_same_bytes(count: int, form: str) -> None:
    assert pictures.draw(_star(count), form) == pictures.draw(_star(count), form)


@pytest.mark.parametrize("count", [0, 9, 79])
def test_no_box_of_an_svg_stands_on_another_or_outside(count: int) -> None:
    root = ET.fromstring(pictures.draw(_star(count), "svg"))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = [
        (float(each.attrib["x"]), float(each.attrib["y"]), float(each.attrib["width"]), float(each.attrib["height"]))
        for each in root.iter("{http://www.w3.org/2000/svg}rect")
        if each.attrib.get("class", "").startswith("box")
    ]
    assert len(boxes) == count + 1
    for number, (x, y, wide, high) in enumerate(boxes):
        assert 0 <= x <= width - wide
        assert 0 <= y <= height - high
        for other_x, other_y, _, _ in boxes[:number]:
            assert abs(x - other_x) >= wide or abs(y - other_y) >= high


def test_what_fails_is_told_in_words_and_what_is_derived_is_dashed() -> None:
    shown = _star(3)
    svg, dot, mermaid = (pictures.draw(shown, form) for form in ("svg", "dot", "mmd"))
    assert all("✗ 1 rule fails" in drawn for drawn in (svg, dot, mermaid))
    assert svg.count('class="link derived" marker-end="url(#tip)" d="M') == 2
    assert dot.count("style=dashed") == 1
    assert mermaid.count("-.->") == 1
    assert "not judged" in svg
    assert [node["failingRules"] for node in json.loads(pictures.draw(shown, "json"))["nodes"]].count(
        ["encrypted"]
    ) == 1


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_text_of_strangers_is_only_text(name: str) -> None:
    bad = HOSTILE[name][:10_000]
    shown = _star(3, bad, bad)
    root = ET.fromstring(pictures.draw(shown, "svg"))
    allowed = {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "text", "g"}
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == allowed
    assert not any(
        attribute.startswith("on") or "href" in attribute for each in root.iter() for attribute in each.attrib
    )
    for line in pictures.draw(shown, "dot").splitlines()[1:-1]:
        # Outside of its quotes a line has only what the form itself has.
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert re.fullmatch(r"[\s\w\[\]=,;>.-]*", bare), line
    for line in pictures.draw(shown, "mmd").splitlines():
        if line.startswith("  n"):
            bare = re.sub(r'"[^"]*"', "", line)
            assert re.fullmatch(r"  n\d+(\[\]| (-->|-\.->)\|\| n\d+)", bare), line
