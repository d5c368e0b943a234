"""The signs configscope draws with, and a plain ASCII set for terminals that have no others."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Glyphs(msgspec.Struct, frozen=True):
    """One sign for one meaning. Each takes exactly one cell unless it says otherwise."""

    good: str = "✓"
    bad: str = "✗"
    warning: str = "▲"
    unknown: str = "?"
    on: str = "●"
    off: str = "○"
    waiting: str = "◌"
    folded: str = "▸"
    unfolded: str = "▾"
    leaf: str = " "
    outward: str = "→"
    inward: str = "←"
    derived_outward: str = "⇢"
    derived_inward: str = "⇠"
    seen: str = "↺"
    ascending: str = "▴"
    descending: str = "▾"
    branch: str = "├"
    last_branch: str = "└"
    trunk: str = "│"
    twig: str = "─"
    rule: str = "─"
    divider: str = "│"
    cursor: str = "▌"
    bullet: str = "·"
    ellipsis: str = "…"
    nothing: str = "–"
    plus: str = "+"
    minus: str = "−"
    change: str = "~"
    about: str = "≈"
    paused: str = "‖"
    running: str = "▸"
    marked: str = "◆"
    ascii_only: bool = False

    @property
    def steps(self) -> str:
        """Eight heights, the lowest first."""
        return "_.,-~=+#" if self.ascii_only else "▁▂▃▄▅▆▇█"


UNICODE = Glyphs()
ASCII = Glyphs(
    good="+",
    bad="x",
    warning="!",
    unknown="?",
    on="*",
    off="o",
    waiting=".",
    folded=">",
    unfolded="v",
    leaf=" ",
    outward=">",
    inward="<",
    derived_outward="}",
    derived_inward="{",
    seen="^",
    ascending="^",
    descending="v",
    branch="|",
    last_branch="`",
    trunk="|",
    twig="-",
    rule="-",
    divider="|",
    cursor=">",
    bullet="-",
    ellipsis="~",
    nothing="-",
    plus="+",
    minus="-",
    change="~",
    about="~",
    paused="=",
    running=">",
    marked="#",
    ascii_only=True,
)


_COERCED = "C.UTF-8"
"""What Python itself puts into LC_CTYPE where the locale is C (PEP 538); it says nothing about the terminal."""


def choose(environment: Mapping[str, str], wish: str = "auto") -> Glyphs:
    """The set for a terminal with these variables: ASCII where the locale is not UTF-8 or TERM is too simple.

    The wish “on” or “off” (for ASCII) decides instead.
    """
    if wish != "auto":
        return ASCII if wish == "on" else UNICODE
    if environment.get("TERM", "") in ("dumb", "vt100", "vt102", "vt220"):
        return ASCII
    asked = {name: environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")}
    if asked["LC_CTYPE"] == _COERCED and asked["LANG"] in ("C", "POSIX"):
        asked["LC_CTYPE"] = ""
    locale = asked["LC_ALL"] or asked["LC_CTYPE"] or asked["LANG"]
    if not locale or "UTF-8" in locale.upper() or "UTF8" in locale.upper():
        # No locale at all is what containers and cron have; their terminals speak UTF-8 like all others.
        return UNICODE
    return ASCII


def of(app: object) -> Glyphs:
    """The set an app has chosen in its attribute `glyphs`; Unicode when it has none."""
    glyphs = getattr(app, "glyphs", UNICODE)
    return glyphs if isinstance(glyphs, Glyphs) else UNICODE


def names() -> tuple[str, ...]:
    """The meanings, for the tests and the help."""
    return tuple(name for name in Glyphs.__struct_fields__ if isinstance(getattr(UNICODE, name), str))
