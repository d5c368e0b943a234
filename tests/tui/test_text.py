from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tui.text import LONGEST, fit, legible, pad, visible, width

ANY_TEXT = st.text(st.characters(), max_size=80)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, [with] brackets", "plain text, [with] brackets"),
        ("\x1b[2J", "␛[2J"),
        ("a\x00b\x7fc", "a␀b␡c"),
        ("one\ntwo\tthree", "one↵two⇥three"),
        ("\x9b31m", "‹9B›31m"),
        ("gnp\u202efdp", "gnp‹202E›fdp"),
        ("a\u200bb", "a‹200B›b"),
        ("a\u00a0b", "a␣b"),
        ("Größe 日本 नमस्ते 🚀", "Größe 日本 नमस्ते 🚀"),
        ("\u0301a", "‹301›a"),
        ("\u2764\ufe0f", "❤‹FE0F›"),
    ],
)
def test_what_does_not_simply_print_is_shown_by_a_sign(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_ascii_terminals_get_numbers_for_all_else() -> None:
    assert visible("Größe\x1b", ascii_only=True) == "Gr<F6><DF>e<1B>"


@given(ANY_TEXT)
def test_nothing_that_steers_the_terminal_is_left(text: str) -> None:
    assert not FORBIDDEN & set(visible(text))
    visible(text).encode()  # a lone surrogate would end the program here


@given(ANY_TEXT)
def test_nothing_is_dropped(text: str) -> None:
    assert len(visible(text)) >= len(text)


@given(ANY_TEXT)
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    once = visible(text)
    assert visible(once) == once


@given(ANY_TEXT, st.integers(0, 30), st.sampled_from(["end", "middle", "start"]))
def test_text_fits_into_its_cells(text: str, cells: int, shorten: str) -> None:
    assert cell_len(fit(text, cells, shorten=shorten)) <= cells
    assert not FORBIDDEN & set(fit(text, cells, shorten=shorten))


def test_text_is_cut_where_it_says_least() -> None:
    arn = "arn:aws:iam::123456789012:role/reader"
    assert fit(arn, 17) == "arn:aws:iam::123…"
    assert fit(arn, 17, shorten="middle") == "arn:aws:…e/reader"
    assert fit(arn, 17, shorten="start") == "…9012:role/reader"
    assert fit(arn, 40, shorten="middle") == arn


def test_wide_letters_are_never_cut_in_half() -> None:
    assert fit("日本語日本語", 6) == "日本…"
    assert pad(fit("日本語日本語", 6), 6) == "日本… "


@pytest.mark.parametrize("shorten", ["end", "middle", "start"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_fits_too(name: str, shorten: str) -> None:
    assert width(fit(HOSTILE[name], 20, shorten=shorten)) <= 20


def test_plain_commands_can_use_it_without_textual() -> None:
    code = "import sys, tui.text; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_of_a_megabyte_the_beginning_is_legible_and_the_rest_counted() -> None:
    told = legible("\x1b" + "x" * 1_000_000)
    assert told.startswith("␛xxx")
    assert told.endswith(f"… and {1_000_001 - LONGEST:,} characters more")
    assert len(told) < LONGEST + 50
    assert legible("as it is") == "as it is"
