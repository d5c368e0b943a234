"""Regular expressions of policies: the syntax of Rust's fancy-regex, and never a search without an end."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from backend.rules.guard.errors import EvaluationError

SEARCH_SECONDS = 0.5
"""After this a search is given up. An ordinary one takes microseconds, a catastrophic one would never end."""


LARGEST_PATTERN = 100_000
"""Signs of a pattern, see `_size`. The machine that searches is about as large."""


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

    if _size(source) > LARGEST_PATTERN:
        raise PatternError("it repeats too much")
    try:
        return regex.compile(_in_python(source), regex.VERSION1)
    except regex.error as error:
        raise PatternError(error.msg) from None
    except (OverflowError, RecursionError) as error:
        raise PatternError(str(error)) from None


_TOKENS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\{(\d{1,9}),?(\d{0,9})\}|.", re.DOTALL)


def _size(source: str) -> int:
    """How many signs a pattern stands for, with all that it repeats by number written out."""
    outer: list[int] = []
    size = last = 0
    for token in _TOKENS.finditer(source):
        if token[0] == "(":
            outer.append(size)
            size = last = 0
        elif token[0] == ")":
            last = size
            size += outer.pop() if outer else 0
        elif token[1] is not None:
            more = last * max(0, int(token[2] or token[1]) - 1)
            size, last = size + more, last + more
        else:
            last = 1
            size += 1
    return size


_ESCAPES = {"z": r"\Z", "h": "[0-9A-Fa-f]", "H": "[^0-9A-Fa-f]", "e": r"\x1b"}
_CODE = re.compile(r"\\[xuU]\{([0-9A-Fa-f]{1,8})\}")
_GROUP = re.compile(r"\\k<(\w+)>")
_ASCII_CLASSES = {
    "[:alpha:]": "A-Za-z",
    "[:alnum:]": "0-9A-Za-z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:xdigit:]": "0-9A-Fa-f",
    "[:word:]": "0-9A-Za-z_",
    "[:space:]": r"\t\n\v\f\r ",
}
_LINES = re.compile(r"\(\?[a-z]*m")


def _in_python(source: str) -> str:
    """The few signs that mean something else here: `$` is the very end, named classes are of ASCII.

    Rust compares letters one by one in any case, so that `ß` is not `ss`.
    """
    lines = _LINES.search(source) is not None
    out = ["(?-f)"]
    depth = at = 0
    while at < len(source):
        sign, step = source[at], 1
        if sign == "\\" and at + 1 < len(source):
            code, group = _CODE.match(source, at), _GROUP.match(source, at)
            step = len(code[0]) if code else len(group[0]) if group else 2
            sign = _ESCAPES.get(source[at + 1], source[at : at + 2])
            if code:
                sign = rf"\U{int(code[1], 16):08x}"
            elif group:
                sign = f"(?P={group[1]})"
        elif sign == "[":
            name = source[at : source.find(":]", at) + 2]
            if depth and name in _ASCII_CLASSES:
                sign, step = _ASCII_CLASSES[name], len(name)
            else:
                depth += 1
        elif sign == "]":
            depth = max(0, depth - 1)
        elif sign == "$" and not depth and not lines:
            sign = r"\Z"
        out.append(sign)
        at += step
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
