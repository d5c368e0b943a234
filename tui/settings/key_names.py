"""Names of keys: what people write, what Textual calls it, and what a terminal can send at all."""

from __future__ import annotations

import re
import unicodedata

_RENAMED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_NAMED = {
    "escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", *(f"f{number}" for number in range(1, 13)),
}  # fmt: skip
"""Keys with names that terminals send."""
_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "bksp": "backspace",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    " ": "space",
    "←": "left",
    "→": "right",
    "↑": "up",
    "↓": "down",
}
_SAME_BYTE = {"i": "tab", "m": "enter", "h": "backspace", "left_square_bracket": "escape"}
"""What a terminal sends for ctrl and a letter that has a key of its own: nobody can tell the two apart."""
_TAKEN = {
    "ctrl+c": "it interrupts",
    "ctrl+z": "it suspends",
    "ctrl+s": "many terminals stop at it",
    "ctrl+q": "many terminals go on at it",
}


def named(character: str) -> str:
    """What Textual calls the key of a character."""
    if character.isalnum():
        return character
    raw = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(raw, raw)


_BY_NAME = {named(chr(code)) for code in range(33, 127) if not chr(code).isalnum()}
"""The names of all signs on a keyboard."""


def read(written: str) -> tuple[str, str]:
    """A key as it is written as (the name that Textual uses, why no terminal sends it); one of them is empty."""
    text = written.strip() if written != " " else written
    if len(text) == 1 and text not in _ALIASES:
        return (named(text), "") if text.isprintable() else ("", "it is no key")
    if re.fullmatch(r"\^\S", text):
        text = f"ctrl+{text[1].lower()}"
    *modifiers, last = re.split(r"[+-](?=.)", text) if len(text) > 1 else [text]
    modifiers = [
        {"^": "ctrl", "control": "ctrl", "meta": "alt", "option": "alt"}.get(m.lower(), m.lower()) for m in modifiers
    ]
    last = _ALIASES.get(last.lower(), last)
    last = named(last) if len(last) == 1 else last.lower()
    known = len(last) == 1 or last in _NAMED or last in _BY_NAME
    if not known:
        return "", "there is no such key"
    return _modified(modifiers, last)


def _modified(modifiers: list[str], last: str) -> tuple[str, str]:
    odd = next((one for one in modifiers if one not in ("ctrl", "alt", "shift")), "")
    if odd:
        return "", f"terminals do not send “{odd}”"
    one_sign = len(last) == 1 or last in _BY_NAME
    if "shift" in modifiers and one_sign:
        capital = last.upper() if len(last) == 1 else ""
        return "", f"terminals send the capital letter instead: {capital}" if capital else "write the sign it makes"
    if modifiers == ["ctrl"] and last in _SAME_BYTE:
        return "", f"a terminal sends the same for it as for {_SAME_BYTE[last]}"
    if "ctrl" in modifiers and (
        last in ("enter", "tab", "escape", "space", "backspace") or (one_sign and not last.isalpha())
    ):
        return "", "most terminals cannot send it"
    if "ctrl" in modifiers and len(last) == 1 and not last.isascii():
        return "", "most terminals cannot send it"
    if "alt" in modifiers and last == "escape":
        return "", "most terminals cannot send it"
    if "shift" in modifiers and last in ("enter", "space", "escape", "backspace"):
        return "", "most terminals cannot send it"
    if "ctrl" in modifiers and one_sign:
        last = last.lower()
    name = "+".join([*(one for one in ("alt", "ctrl", "shift") if one in modifiers), last])
    return ("", _TAKEN[name]) if name in _TAKEN else (name, "")
