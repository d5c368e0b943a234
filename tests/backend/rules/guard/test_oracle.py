"""The same policies here and in AWS's own engine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from backend.rules.guard import EvaluationError, parse
from tests.backend.rules.guard import oracle
from tests.backend.rules.guard.cases import BROKEN, DOCUMENT, FAILS, OTHERWISE, PASSES, SKIPS
from tests.backend.rules.guard.generated import DOCUMENTS, policies

WHOLE = [
    *(("PASS", text) for text in PASSES),
    *(("FAIL", text) for text in FAILS),
    *(("SKIP", text) for text in SKIPS),
]


def ours(text: str, document: dict[str, Any]) -> list[str]:
    try:
        verdict = parse(text).check(document)
    except EvaluationError:
        return [oracle.ERROR]
    return [verdict.status.value, *(rule.status.value for rule in verdict.rules)]


@pytest.mark.parametrize(("status", "text"), WHOLE)
def test_a_policy_has_the_status_that_guard_gives_it(status: str, text: str) -> None:
    assert ours(text, DOCUMENT)[0] == status


@pytest.mark.parametrize("text", BROKEN)
def test_what_guard_cannot_evaluate_is_an_error(text: str) -> None:
    assert ours(text, DOCUMENT) == [oracle.ERROR]


@pytest.mark.parametrize(("status", "text"), [(status, text) for status, _, text in OTHERWISE])
def test_where_guard_makes_no_sense_the_status_is_the_one_the_text_says(status: str, text: str) -> None:
    assert ours(text, DOCUMENT)[0] == status


def test_the_statuses_above_are_those_of_aws_own_engine() -> None:
    oracle.engine()
    expected = [*WHOLE, *((oracle.ERROR, text) for text in BROKEN), *((theirs, text) for _, theirs, text in OTHERWISE)]
    wrong = [(text, status) for status, text in expected if oracle.statuses(text, DOCUMENT)[0] != status]
    assert not wrong


@settings(max_examples=250, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=policies(), document=DOCUMENTS)
def test_any_policy_has_the_statuses_that_aws_own_engine_gives(text: str, document: dict[str, Any]) -> None:
    theirs = oracle.statuses(text, document)
    assume(theirs != [oracle.ERROR])  # it breaks off where a clause fails here, see is_empty in clauses.py
    assert ours(text, document) == theirs
