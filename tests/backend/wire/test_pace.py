"""Simulated time against wall time, as arithmetic."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.problem import BadInput
from backend.wire.pace import Pace


def test_time_passes_at_its_speed() -> None:
    pace = Pace(1_000, wall=50.0, speed=60)
    assert pace.at(50.0) == 1_000
    assert pace.at(51.5) == 1_000 + 90_000
    assert pace.wait(51.5, 1_000 + 120_000) == 0.5
    assert pace.wait(51.5, 0) == 0


def test_a_paused_clock_stands_and_goes_on_where_it_stood() -> None:
    pace = Pace(0, wall=0.0)
    pace.pause(10.0)
    assert pace.at(99.0) == 10_000
    assert pace.wait(99.0, 20_000) is None
    pace.resume(100.0)
    assert pace.at(101.0) == 11_000


def test_a_change_of_speed_does_not_jump() -> None:
    pace = Pace(0, wall=0.0)
    pace.set_speed(10.0, 1_000)
    assert pace.at(10.0) == 10_000
    assert pace.at(10.5) == 510_000


def test_time_does_not_go_back_with_the_wall() -> None:
    assert Pace(5_000, wall=10.0).at(9.0) == 5_000


@pytest.mark.parametrize("speed", [0, -1, 1e9, math.nan, math.inf])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(BadInput, match="is not possible"):
        Pace(0, wall=0.0, speed=speed)
    pace = Pace(0, wall=0.0, speed=2)
    with pytest.raises(BadInput):
        pace.set_speed(1.0, speed)
    assert pace.speed == 2


@given(st.lists(st.tuples(st.floats(0, 1e4), st.sampled_from(["pause", "resume", "faster", "look"]))))
def test_time_never_goes_back(steps: list[tuple[float, str]]) -> None:
    pace, wall, last = Pace(0, wall=0.0), 0.0, 0
    for passed, step in steps:
        wall += passed
        if step == "pause":
            pace.pause(wall)
        elif step == "resume":
            pace.resume(wall)
        elif step == "faster":
            pace.set_speed(wall, pace.speed * 1.5 if pace.speed < 1e5 else 1)
        assert pace.at(wall) >= last
        last = pace.at(wall)
