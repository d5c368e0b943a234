"""Cells of tables that leave the program."""

from __future__ import annotations

_FORMULAS = frozenset("=+-@\t\r")


def guarded(text: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula: what begins like one gets a quote before it."""
    return f"'{text}" if text[:1] in _FORMULAS else text
