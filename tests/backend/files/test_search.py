"""Words looked for in the names of all rows at once, as one would look in each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.files.columns import Texts
from backend.files.names import LETTERS, letters_of
from backend.files.ordering import ranks
from backend.files.search import containing, found_in

SOME = st.text("ab-é", max_size=12)


def texts(parts: list[str]) -> Texts:
    made = Texts()
    made.add([f"{part}\0" for part in parts])  # as rows have it, none is empty
    return made


@given(st.lists(SOME, max_size=30), st.text("ab-é", min_size=1, max_size=3))
def test_a_word_is_found_in_the_texts_that_have_it(parts: list[str], word: str) -> None:
    wanted = [word in part for part in parts]
    assert containing(texts(parts), word).tolist() == wanted
    rows, places = found_in(texts(parts), word)
    assert sorted(set(rows.tolist())) == [number for number, there in enumerate(wanted) if there]
    whole = "".join(f"{part}\0" for part in parts).encode()
    assert all(whole[place : place + len(word.encode())] == word.encode() for place in places.tolist())


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=20))
def test_a_letter_that_nearly_all_have_is_found_as_well(parts: list[str]) -> None:
    many = [part * 9 for part in parts]
    assert containing(texts(many), "a").tolist() == ["a" in part for part in many]
    assert containing(texts(many), "aa").tolist() == ["aa" in part for part in many]


@pytest.mark.parametrize("letter", LETTERS)
def test_letters_are_kept_for_each_row(letter: str) -> None:
    parts = ["web-1", "db_2.x", "a:b/c", "Ü", letter]
    bit = 1 << LETTERS.index(letter)
    assert [bool(int(bits) & bit) for bits in letters_of(texts(parts), 5)] == [letter in part for part in parts]


@given(st.lists(st.text("abc\u00e9", max_size=30), max_size=40))
def test_texts_are_put_in_order(parts: list[str]) -> None:
    found = ranks(texts(parts), len(parts)).tolist()
    ordered = sorted(range(len(parts)), key=lambda number: (f"{parts[number]}\0".encode(), number))
    assert found == [ordered.index(number) for number in range(len(parts))]
