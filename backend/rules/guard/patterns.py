"""Regular expressions of policies: the syntax of Rust's fancy-regex, and never a search without an end."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from backend.rules.guard.errors import EvaluationError

SEARCH_SECONDS = 1.0
"""After this a search is given up. An ordinary one takes microseconds, a catastrophic one would never end."""


class PatternError(Exception):
    """A regular expression that is not well formed; the text says why."""


class Pattern:
    """A regular expression that is searched for in texts. Two are equal if they are spelled alike."""

    __slots__ = ("_hopeless", "_search", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._search = _compiled(source)
        self._hopeless: int | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def matches(self, text: str) -> bool:
        """Whether it is found in a text. Raises `EvaluationError` if the search takes too long."""
        if self._hopeless is not None and len(text) >= self._hopeless:
            raise self._too_slow(text)
        try:
            return self._search.search(text, timeout=SEARCH_SECONDS) is not None
        except TimeoutError:
            self._hopeless = len(text)  # the next thousand items need not wait for the same end
            raise self._too_slow(text) from None

    def replace(self, text: str, template: str) -> str:
        """What each match becomes by a template with `$1` or `${name}`, joined; what is between them is dropped."""
        expand = _template(template)
        try:
            return "".join(expand(found) for found in self._search.finditer(text, timeout=SEARCH_SECONDS))
        except TimeoutError:
            raise self._too_slow(text) from None

    def _too_slow(self, text: str) -> EvaluationError:
        return EvaluationError(
            f"the regular expression /{self.source}/ takes too long on a text of {len(text)} characters; "
            "write it without a repetition inside a repetition"
        )


@functools.lru_cache(maxsize=512)
def _compiled(source: str) -> Any:
    import regex

    try:
        return regex.compile(_in_python(source), regex.VERSION1)
    except (regex.error, OverflowError, RecursionError) as error:
        raise PatternError(str(error)) from None


def _in_python(source: str) -> str:
    """The few signs that mean something else here: `$` and `\\z` are the very end, `\\h` is a hexadecimal digit."""
    lines = "(?m" in source or "(?im" in source
    out: list[str] = []
    depth = at = 0
    while at < len(source):
        sign = source[at]
        if sign == "\\" and at + 1 < len(source):
            escape = source[at : at + 2]
            out.append({"\\z": r"\Z", "\\h": "[0-9A-Fa-f]", "\\H": "[^0-9A-Fa-f]"}.get(escape, escape))
            at += 2
            continue
        if sign == "[":
            depth += 1
        elif sign == "]":
            depth = max(0, depth - 1)
        out.append(r"\Z" if sign == "$" and not depth and not lines else sign)
        at += 1
    return "".join(out)


def _template(template: str) -> Callable[[Any], str]:
    """A function that fills `$1`, `$name`, `${1}` and `${name}` from a match; `$$` is a dollar."""
    import regex

    sign = regex.compile(r"\$(?:(\$)|(\w+)|\{([^}]*)\})")

    def expand(found: Any) -> str:
        def filled(each: Any) -> str:
            if each[1]:
                return "$"
            name = each[2] or each[3] or ""
            try:
                return found[int(name) if name.isdigit() else name] or ""
            except IndexError:
                return ""

        return str(sign.sub(filled, template))

    return expand
