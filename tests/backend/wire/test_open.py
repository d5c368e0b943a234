"""Opening worlds by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.model.problem import BadInput
from backend.wire.open import WorldChoice, open_world


async def test_a_world_that_is_there_is_opened_with_its_numbers_or_without(tmp_path: Path) -> None:
    made = await open_world(WorldChoice("lab", resources=0, parent=tmp_path))
    await made.close()
    for resources in (None, 0):
        again = await open_world(WorldChoice("lab", resources=resources, parent=tmp_path))
        await again.close()
        assert again.options.resources == 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"resources": 500}, "made for 0 resources: --resources says how large a new world is made"),
        ({"accounts": 3}, "made for 2 accounts: --accounts says how many accounts a new world is made"),
        ({"regions": 2}, "made for 1 region: --regions says how many regions a new world is made"),
    ],
)
async def test_a_world_that_is_there_is_not_made_with_other_numbers(
    tmp_path: Path, asked: dict[str, Any], words: str
) -> None:
    made = WorldChoice("lab", parent=tmp_path, resources=0, accounts=2, regions=1)
    world = await open_world(made)
    await world.close()
    with pytest.raises(BadInput, match=words):
        await open_world(replace(made, **asked))
    again = await open_world(made)
    assert await again.run(lambda engine: len(engine.accounts)) == 2
    await again.close()
