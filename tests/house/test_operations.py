"""The README's table of operations is true, and every operation that is answered is tried with a stock client."""

from __future__ import annotations

from tests.list_operations import LEFT_OUT, README, answered, marks, operations, table


def test_the_table_in_the_readme_is_the_present_one() -> None:
    assert table() in README.read_text(encoding="utf-8"), "run make conformance"


def test_an_operation_is_answered_or_it_is_said_why_not() -> None:
    assert answered() <= set(operations())
    assert set(LEFT_OUT) == set(operations()) - answered()


def test_every_answered_operation_is_tried_with_a_stock_client() -> None:
    assert answered() - {mark.operation for mark in marks()} == set()


def test_a_mark_names_an_operation_and_stands_on_a_test_that_has_a_client() -> None:
    known = set(operations())
    assert [mark for mark in marks() if mark.operation not in known or not mark.client] == []
