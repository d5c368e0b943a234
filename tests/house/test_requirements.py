"""The marks on the tests name requirements that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.list_requirements import FAMILIES, known, marks

SHARED = Path(__file__).parents[3] / "shared" / "requirements.md"


def test_every_mark_names_a_known_requirement() -> None:
    unknown = {f"{name} in {test}" for name, test in marks()} - {
        f"{name} in {test}" for name, test in marks() if name in known()
    }
    assert not unknown


def test_the_families_are_those_of_the_list() -> None:
    if not SHARED.is_file():
        pytest.skip("the requirements document does not lie beside this checkout")
    found = re.findall(r"^- \*\*([A-Z0-9]+)-\d+\*\*", SHARED.read_text(encoding="utf-8"), re.MULTILINE)
    assert {family: found.count(family) for family in FAMILIES} == FAMILIES
