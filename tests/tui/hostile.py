"""Strings that people who mean no good could put into names, tags and configuration."""

from __future__ import annotations

HOSTILE: dict[str, str] = {
    "an action in markup": "[@click=app.quit()]press me[/]",
    "an action behind a blank": "[ @click=app.quit()]press me[/]",
    "markup that does not open": "arn [/nope] x",
    "markup that does not close": "[bold red]x",
    "a list read as markup": "['a','b'] [x]",
    "a colour variable": "[$primary]x",
    "an escape that sets the title": "\x1b]0;owned\x07x",
    "an escape that clears the screen": "\x1b[2Jx",
    "an escape that writes the clipboard": "\x1b]52;c;b3duZWQ=\x1b\\x",
    "an escape of one byte": "\x9b31mx",
    "a NUL": "a\x00b",
    "delete": "a\x7fb",
    "line ends": "one\ntwo\r\nthree\u2028four\u2029five\x85six",
    "tabs": "a\tb\vc\fd",
    "text turned around": "invoice\u202efdp.exe",
    "isolates": "\u2066a\u2069",
    "zero width": "a\u200bb\u200cc\ufeffd\u2060e",
    "a lone surrogate": "a\ud800b",
    "too many marks": "z" + "\u0301" * 500,
    "a mark first": "\u0301a",
    "a variation selector": "\u2764\ufe0f",
    "tags of no picture": "\U000e0041\U000e0042",
    "wide letters": "\u65e5\u672c\u8a9e" * 200,
    "very long": "x" * 200_000,
    "empty": "",
    "blank": "   ",
}

ACTING = ("an action in markup", "markup that does not open", "an escape that sets the title", "text turned around")
"""Names of those that would do the most harm."""

MARKUP_FIRST = "[@click=app.quit()]x[/nope]\x1b]0;o\x07\u202e\x9b31m"
STEERING_FIRST = "\x9b31m\u202e\x1b]0;o\x07[@click=app.quit()]x[/nope]"
"""All that acts in one string short enough to be seen whole; either half comes first where little room is left."""

FORBIDDEN = frozenset(
    [
        *map(chr, range(0x20)),
        *map(chr, range(0x7F, 0xA0)),
        *"\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069",
        *"\ufeff\ufe0e\ufe0f",
        *map(chr, range(0xD800, 0xE000)),
    ]
)
"""Characters that must never reach the terminal out of data."""
