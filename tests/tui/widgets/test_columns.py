from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.columns import Column, place

COLUMNS = (
    Column("type", "type", minimum=8, maximum=20, drop=1),
    Column("id", "id", minimum=10, weight=2),
    Column("state", "state", width=9),
    Column("when", "when", width=12, drop=2),
)


def shown(width: int) -> dict[str, int]:
    return {one.column.key: one.width for one in place(COLUMNS, width)}


def test_what_is_left_is_shared_by_weight_up_to_the_maximum() -> None:
    assert shown(100) == {"type": 20, "id": 52, "state": 9, "when": 12}


def test_columns_go_in_their_order_when_there_is_no_room() -> None:
    assert list(shown(48)) == ["type", "id", "state", "when"]
    assert list(shown(40)) == ["type", "id", "state"]
    assert list(shown(28)) == ["id", "state"]


def test_columns_that_must_stay_shrink_below_their_minimum() -> None:
    assert shown(18) == {"id": 6, "state": 9}


columns = st.lists(
    st.builds(
        Column,
        key=st.uuids().map(str),
        title=st.just("t"),
        width=st.sampled_from([0, 0, 1, 5, 12]),
        minimum=st.integers(1, 20),
        maximum=st.integers(20, 60),
        weight=st.integers(1, 5),
        drop=st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
)


@given(columns, st.integers(1, 200), st.integers(1, 2))
def test_columns_never_overlap_and_never_pass_the_edge(some: list[Column], width: int, gap: int) -> None:
    placed = place(some, width, gap=gap)
    ends = [one.start + one.width for one in placed]
    assert all(end <= width for end in ends)
    assert all(one.start >= end + gap for one, end in zip(placed[1:], ends, strict=False))
    assert all(one.width > 0 for one in placed)


def test_a_column_that_wants_room_is_left_out_of_a_narrow_table() -> None:
    columns = (Column("name", "name"), Column("tags", "tags", room=100))
    assert [one.column.key for one in place(columns, 99)] == ["name"]
    assert [(one.column.key, one.index) for one in place(columns, 100)] == [("name", 0), ("tags", 1)]
