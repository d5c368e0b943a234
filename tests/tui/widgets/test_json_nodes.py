from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.item import Json
from tui.widgets.json_nodes import Node, path_text, value_text, walk

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def below(value: Json) -> list[Node]:
    return Node(None, "", value).unfold(40)


def test_a_value_unfolds_to_its_fields() -> None:
    nodes = below({"state": {"name": "running"}, "groups": ["a", "b"], "none": None})
    assert [(node.label, node.can_open) for node in nodes] == [("state", True), ("groups", True), ("none", False)]
    assert [child.label for child in nodes[1].unfold(40)] == ["[0]", "[1]"]
    assert nodes[1].unfold(40)[1].path == ("groups", 1)


@pytest.mark.parametrize("value", [{}, []])
def test_what_is_empty_cannot_be_opened(value: Json) -> None:
    (node,) = below({"empty": value})
    assert not node.can_open


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (None, "null"),
        (12.5, "12.5"),
        ("running", "running"),
        ("true", '"true"'),
        ("null", '"null"'),
        ("12", '"12"'),
        ("", '""'),
        (" blank at an end", '" blank at an end"'),
        ("{}", '"{}"'),
    ],
)
def test_texts_that_could_be_taken_for_other_values_stand_in_quotes(value: Json, shown: str) -> None:
    (node,) = below({"field": value})
    assert node.shown == shown


def test_a_long_text_opens_in_full() -> None:
    text = "first line\n" + "x" * 90
    (node,) = below({"userData": text})
    pieces = node.unfold(40)
    assert [str(piece.value) for piece in pieces] == ["first line", "x" * 40, "x" * 40, "x" * 10]
    assert all(piece.is_piece for piece in pieces)


@pytest.mark.parametrize(
    "text", ['{"Statement":[{"Effect":"Allow"}]}', "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%7D%5D%7D"]
)
def test_a_text_that_is_json_opens_as_what_it_holds(text: str) -> None:
    (node,) = below({"policy": text})
    inner, statement = node.unfold(40)
    assert inner.label == "(json)"
    assert (statement.label, statement.value) == ("Statement", [{"Effect": "Allow"}])


@pytest.mark.parametrize("text", ["{not json at all}", '{"a":"\ud800"}', "[" * 50_000, "{" + "x" * 600_000])
def test_a_text_that_only_looks_like_json_opens_as_text(text: str) -> None:
    (node,) = below({"policy": text})
    assert all(piece.is_piece for piece in node.unfold(40))


def test_paths_read_as_people_write_them() -> None:
    assert path_text(("configuration", "groups", 0, "groupId")) == "configuration.groups[0].groupId"


@given(ANY_JSON)
def test_a_walk_meets_every_field(value: Json) -> None:
    for path, found in walk(value):
        here = value
        for step in path:
            here = here[step]
        assert here is found or here == found


@given(st.dictionaries(st.text(max_size=5), ANY_JSON, min_size=1))
def test_values_can_be_copied_as_json(value: Json) -> None:
    assert json.loads(value_text(value)) == value


def test_a_walk_takes_any_depth() -> None:
    deep: Json = "bottom"
    for _ in range(10_000):
        deep = [deep]
    assert sum(1 for _ in walk(deep)) == 10_000
