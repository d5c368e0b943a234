"""Files of rules are read no further than rules may be long."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.files.rule_files import read_text, rules_in
from backend.model.problem import BadInput


@pytest.mark.parametrize(
    ("data", "says"), [(b"\xff\xfe", "no text in UTF-8"), (b"x" * 400_000, "rules.guard is larger than the 300 KiB")]
)
def test_what_is_no_file_of_rules_says_why(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "rules.guard"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=says):
        rules_in(path)


def test_what_never_ends_is_not_read_to_its_end() -> None:
    with pytest.raises(BadInput, match="zero is larger"):
        read_text(Path("/dev/zero"))


def test_a_policy_is_named_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "no-public.guard"
    path.write_bytes(b"\xef\xbb\xbfrule any { tags exists }")
    assert [rule.name for rule in rules_in(path)] == ["no-public"]
    with pytest.raises(BadInput, match=r"gone\.guard cannot be read"):
        rules_in(tmp_path / "gone.guard")
