"""Which handlers a folder has, and what is said of files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from backend.model.problem import BadInput
from backend.wire.handlers.finding import LAMBDA_TIMEOUT, RDK_TIMEOUT, RuleFacts, find
from tests.backend.wire.handlers.handler_files import GOOD, write, write_rdk


def test_plain_files_and_rdk_folders_are_found(tmp_path: Path) -> None:
    write(tmp_path, plain=GOOD, plain_test=GOOD, assigned="lambda_handler = print\n")
    write_rdk(
        tmp_path,
        "LARGE_VOLUMES",
        Description="No large ones",
        InputParameters='{"largest": "100"}',
        SourceEvents="AWS::EC2::Volume, AWS::EC2::Instance",
        SourcePeriodic="Three_Hours",
    )
    found = find(tmp_path)
    assert found.complaints == ()
    assert [(handler.name, handler.timeout) for handler in found.handlers] == [
        ("LARGE_VOLUMES", RDK_TIMEOUT),
        ("assigned", LAMBDA_TIMEOUT),
        ("plain", LAMBDA_TIMEOUT),
    ]
    assert found.handlers[0].runtime == "python3.9"
    assert found.handlers[0].facts == RuleFacts(
        name="LARGE_VOLUMES",
        description="No large ones",
        parameters='{"largest": "100"}',
        types=("AWS::EC2::Volume", "AWS::EC2::Instance"),
        period="Three_Hours",
    )


@pytest.mark.parametrize("name", ["one.py", "RULE"])
def test_a_single_handler_may_be_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, one=GOOD)
    write_rdk(tmp_path, "RULE")
    assert [handler.name for handler in find(tmp_path / name).handlers] == [name.removesuffix(".py")]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("broken", "def lambda_handler(event, context)\n    pass\n", "broken.py is no Python: expected ':' in line 1."),
        ("two", "print 'of another age'\n", "two.py is no Python: Missing parentheses"),
        ("other", "def handler(event, context):\n    pass\n", "other.py has no lambda_handler. It is left out."),
        ("a b", GOOD, "a b.py cannot be a function: a name has up to 64 letters, digits, - and _."),
        ("nul", "\0", "nul.py "),
    ],
)
def test_a_file_that_is_none_is_told_and_the_others_are_found(tmp_path: Path, name: str, text: str, words: str) -> None:
    write(tmp_path, **{name: text, "good": GOOD})
    found = find(tmp_path)
    assert [handler.name for handler in found.handlers] == ["good"]
    [complaint] = found.complaints
    assert words in complaint


def test_nothing_is_run_while_it_is_looked_for(tmp_path: Path) -> None:
    write(tmp_path, sly=f"open({str(tmp_path / 'ran')!r}, 'w')\n{GOOD}")
    assert [handler.name for handler in find(tmp_path).handlers] == ["sly"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "parameters.json cannot be read"),
        ("[]", "parameters.json says nothing of a rule: it has no Parameters."),
        (json.dumps({"Parameters": {"SourceRuntime": "java8"}}), "is for java8: only handlers in Python are run."),
    ],
)
def test_a_folder_whose_parameters_are_bad_is_told(tmp_path: Path, text: str, words: str) -> None:
    (write_rdk(tmp_path, "RULE") / "parameters.json").write_text(text)
    found = find(tmp_path)
    assert found.handlers == ()
    assert words in found.complaints[0]


def test_a_folder_without_its_file_is_told_and_one_of_a_managed_rule_is_no_handler(tmp_path: Path) -> None:
    (write_rdk(tmp_path, "EMPTY") / "EMPTY.py").unlink()
    (write_rdk(tmp_path, "MANAGED", SourceIdentifier="ROOT_ACCOUNT_MFA_ENABLED") / "MANAGED.py").unlink()
    found = find(tmp_path)
    assert found.handlers == ()
    [complaint] = found.complaints
    assert "EMPTY has no EMPTY.py" in complaint


def test_a_folder_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"There are no handlers in .*: No such file or directory"):
        find(tmp_path / "nowhere")


def test_a_change_of_a_file_changes_the_stamp(tmp_path: Path) -> None:
    place = write_rdk(tmp_path, "RULE")
    [handler] = find(tmp_path).handlers
    before = handler.stamp()
    (place / "part.py").write_text("x = 1\n")
    assert handler.stamp() != before
    (place / "RULE.py").unlink()
    assert handler.stamp() not in (before, ())
    assert msgspec.structs.replace(handler, facts=None).stamp() == ()
