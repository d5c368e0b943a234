"""Tokens lead behind a key of one operation and one region, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.engine.config import pages
from backend.engine.context import Context
from backend.engine.errors import ServiceError

SETTINGS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@SETTINGS
@given(key=st.lists(TEXT, min_size=1, max_size=2))
def test_a_token_leads_back_to_its_key(ctx: Context, key: list[str]) -> None:
    assert pages.after(ctx, "ListThings", pages.token(ctx, "ListThings", key)) == key


@SETTINGS
@given(key=TEXT, at=st.integers(min_value=0), letter=st.sampled_from("Aa0+"))
def test_a_token_that_was_touched_is_refused(ctx: Context, key: str, at: int, letter: str) -> None:
    token = pages.token(ctx, "ListThings", [key])
    at %= len(token.rstrip("=")) - 1
    touched = token[:at] + letter + token[at + 1 :]
    if touched != token:
        with pytest.raises(ServiceError, match="InvalidNextTokenException"):
            pages.after(ctx, "ListThings", touched)


def test_a_token_is_for_one_operation_in_one_region(ctx: Context) -> None:
    token = pages.token(ctx, "ListThings", ["a"])
    for elsewhere, operation in ((ctx, "ListOthers"), (ctx.within("us-east-1"), "ListThings")):
        with pytest.raises(ServiceError, match="InvalidNextTokenException"):
            pages.after(elsewhere, operation, token)


@SETTINGS
@given(text=TEXT.filter(bool))
def test_any_other_text_is_refused(ctx: Context, text: str) -> None:
    with pytest.raises(ServiceError, match="InvalidNextTokenException"):
        pages.after(ctx, "ListThings", text)


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_begins_at_the_beginning(ctx: Context, token: str | None) -> None:
    assert pages.after(ctx, "ListThings", token) is None


@pytest.mark.parametrize(("limit", "size"), [(None, 10), (0, 10), (1, 1), (100, 100), (1000, 100)])
def test_the_size_of_a_page(limit: int | None, size: int) -> None:
    assert pages.size(limit) == size
