"""`configscope keys`: what this terminal really sends for a key, and what that key does."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tui.commands import show_key
from tui.plain.output import Format, say, write_rows
from tui.settings import Loaded
from tui.settings.keymap import Keymap, judge
from tui.text import visible

_KITTY_ON, _KITTY_OFF = "\x1b[>1u", "\x1b[<u"
"""The finer reports of keys that the explorer asks for as well; terminals without them ignore it."""
_LEAVING = ("q", "escape", "ctrl+c")
_WHOLE = 0.15
"""Seconds of silence after which an escape sequence is taken to be whole."""


def list_keys(loaded: Loaded, form: Format) -> int:
    """The table of all commands with the keys that hold; 1 when some wishes could not be done."""
    keymap = judge(loaded.keys, loaded.path.name)
    rows = []
    for one in keymap.commands:
        words = ", ".join(f":{word}" for word in one.words)
        rows.append([one.id, " ".join(show_key(key) for key in one.key_names), words, one.name])
    for listed in keymap.lists:
        keys = " ".join(show_key(key) for key in listed.key_names)
        rows.append([listed.id, keys, "", f"{listed.name}, in {listed.where}"])
    write_rows(form, ["command", "keys", "words", "what it does"], rows)
    for warning in keymap.warnings:
        say(f"configscope: {warning}")
    return 1 if keymap.warnings else 0


def watch_keys(loaded: Loaded) -> int:
    """Say of each key pressed what arrives; 2 without a terminal, which is left as it was found in any case."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        say(
            "configscope: keys are pressed on a terminal, and there is none here. `configscope keys --list` needs none."
        )
        return 2
    keymap = judge(loaded.keys, loaded.path.name)
    for warning in keymap.warnings:
        say(f"configscope: {warning}")
    write = sys.stdout.write
    with _raw(sys.stdin.fileno()):  # before anybody is asked to press: a key that comes earlier is thrown away
        write("Press any key to see what your terminal sends. q, esc or ctrl+c twice leaves.\r\n\r\n")
        write(f"{'bytes':<24}{'name':<20}command\r\n")
        sys.stdout.flush()
        _watch(keymap, sys.stdin.fileno())
    return 0


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    """Every key as it comes, none acted upon; whatever happens, the terminal gets its manner back."""
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        sys.stdout.write(_KITTY_ON)
        sys.stdout.flush()
        yield
    finally:
        sys.stdout.write(_KITTY_OFF)
        sys.stdout.flush()
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _watch(keymap: Keymap, descriptor: int) -> None:
    read_keys = reader()
    last = ""
    while data := _next(descriptor):
        names = read_keys(data)
        for name in names or [""]:
            sys.stdout.write(f"{line(data, name, keymap)}\r\n")
        sys.stdout.flush()
        for name in names:
            if name in _LEAVING and name == last:
                return
            last = name


def _next(descriptor: int) -> bytes:
    """The bytes of one key, or of what came at once with it; empty at the end of the input."""
    data = os.read(descriptor, 1024)
    until = time.monotonic() + _WHOLE
    while data.startswith(b"\x1b") and (left := until - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            more = os.read(descriptor, 1024)
            if not more:
                break
            data += more
    return data


def reader() -> Callable[[bytes], list[str]]:
    """What turns bytes into names of keys: Textual's own parser."""
    from textual import constants, events
    from textual._xterm_parser import XTermParser

    parser = XTermParser()

    def names(data: bytes) -> list[str]:
        found = list(parser.feed(data.decode("utf-8", "replace")))
        if data.startswith(b"\x1b"):
            # It holds an escape back for what may follow; after this silence nothing does.
            time.sleep(constants.ESCAPE_DELAY * 1.1)
            found += list(parser.tick())
        return [one.key for one in found if isinstance(one, events.Key)]

    return names


def line(data: bytes, name: str, keymap: Keymap) -> str:
    """One key as a line: its bytes, its name, and the commands it is bound to."""
    bound = [f"{one.id} ({one.name})" for one in keymap.commands if name in one.key_names]
    bound += [f"{one.id} (in {one.where})" for one in keymap.lists if name in one.key_names]
    told = ", ".join(bound) or ("nothing" if name else "no key that is known")
    shown = " ".join(f"{one:02x}" for one in data[:16]) + (" …" if len(data) > 16 else "")
    return f"{shown:<24}{visible(name) or '–':<20}{told}"
