from __future__ import annotations

import pytest
from rich.cells import cell_len

from tui import glyphs


@pytest.mark.parametrize("signs", [glyphs.UNICODE, glyphs.ASCII], ids=["unicode", "ascii"])
def test_each_sign_takes_one_cell(signs: glyphs.Glyphs) -> None:
    assert {name: cell_len(getattr(signs, name)) for name in glyphs.names()} == dict.fromkeys(glyphs.names(), 1)


def test_the_plain_set_is_ascii() -> None:
    assert all(getattr(glyphs.ASCII, name).isascii() for name in glyphs.names())


@pytest.mark.parametrize("signs", [glyphs.UNICODE, glyphs.ASCII], ids=["unicode", "ascii"])
def test_states_differ_by_sign_and_not_by_colour_alone(signs: glyphs.Glyphs) -> None:
    states = [signs.good, signs.bad, signs.warning, signs.unknown, signs.on, signs.off, signs.waiting]
    assert len(set(states)) == len(states)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, glyphs.UNICODE),
        ({"LANG": "en_US.UTF-8"}, glyphs.UNICODE),
        ({"LANG": "de_DE.utf8"}, glyphs.UNICODE),
        ({"LANG": "C"}, glyphs.ASCII),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, glyphs.ASCII),
        ({"LC_CTYPE": "C.UTF-8"}, glyphs.UNICODE),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, glyphs.UNICODE),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, glyphs.ASCII),
        ({"LANG": "en_US.ISO-8859-1"}, glyphs.ASCII),
        ({"LANG": "en_US.UTF-8", "TERM": "vt100"}, glyphs.ASCII),
    ],
)
def test_the_locale_decides(environment: dict[str, str], expected: glyphs.Glyphs) -> None:
    assert glyphs.choose(environment) is expected
