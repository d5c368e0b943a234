"""Worlds with an estate, for the tests of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from backend.engine.context import Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.engine.world import builder, life
from backend.model import moment
from backend.model.moment import Moment

START: Moment = moment.parse("2026-03-02T02:00:00Z")
"""A Monday, ten in the morning in Singapore."""

HOME, OTHER = "ap-southeast-1", "us-east-1"

Build: TypeAlias = Callable[..., Engine]


def options(resources: int = 300, past_days: int = 14, seed: int = 1) -> WorldOptions:
    return WorldOptions(start=START, resources=resources, past_days=past_days, seed=seed)


def make(chosen: WorldOptions) -> Engine:
    engine = Engine(None, chosen, local_aws())
    builder.build(engine, chosen)
    return engine


@pytest.fixture(scope="session")
def lived() -> Iterator[Engine]:
    """The default world at handover. Only to be looked at: many tests share it."""
    engine = make(options())
    yield engine
    engine.close()


@pytest.fixture
def world() -> Iterator[Engine]:
    """A world of its own with hardly any past, in which nobody does anything but the test."""
    engine = make(options(past_days=1))
    engine.act(life.end)
    yield engine
    engine.close()


@pytest.fixture
def here(world: Engine) -> Context:
    """The home region of `world`."""
    return world.context()
