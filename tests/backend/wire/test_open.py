"""Opening worlds by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.model.problem import BadInput
from backend.wire.open import WorldChoice, open_world


async def test_a_world_that_is_there_is_not_made_in_another_size(tmp_path: Path) -> None:
    made = await open_world(WorldChoice("lab", resources=0, parent=tmp_path))
    await made.close()
    with pytest.raises(BadInput, match="lab is there already"):
        await open_world(WorldChoice("lab", resources=500, parent=tmp_path))
    for resources in (None, 0):
        again = await open_world(WorldChoice("lab", resources=resources, parent=tmp_path))
        await again.close()
