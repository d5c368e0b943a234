"""Which line of a TOML file sets what: `tomllib` tells the values only, and a warning needs the line."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(?:\.|$)""")


def lines_of(text: str) -> dict[str, int]:
    """Line number by dotted name, from 1 on; a table counts as the line of its header."""
    found: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = _name(header[1])
            found.setdefault(section, number)
        elif key := _KEY.match(line):
            name = _name(key[1])
            found.setdefault(f"{section}.{name}" if section else name, number)
    return found


def _name(written: str) -> str:
    return ".".join(next(part for part in match if part) for match in _PART.findall(written) if any(match))
