"""Programs in a real pseudo terminal, read back through a terminal emulator."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import pyte

_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[c": b"\x1b[?62c"}
"""What a terminal answers when it is asked for synchronized output and for its kind."""


class _Screen(pyte.Screen):  # type: ignore[misc]  # pyte ships no types
    """An emulated screen that ignores, as terminals do, what it does not know."""

    def select_graphic_rendition(self, *attrs: int, private: bool = False, **kwargs: object) -> None:
        if not private:  # `CSI > 4 ; 2 m` asks for other key codes, not for colours
            super().select_graphic_rendition(*attrs)


class Terminal:
    """One program in a pseudo terminal of a size; what it writes is kept, and drawn on a screen."""

    def __init__(
        self, command: Sequence[str], columns: int = 80, rows: int = 24, environment: Mapping[str, str] | None = None
    ) -> None:
        self.started = time.perf_counter()
        self.written = self._unseen = b""
        self._screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            # The size comes first: a program that has started asks for it once.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            # An environment of its own: readline, where it is loaded, puts LINES and COLUMNS into that of the process.
            own = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
            os.execvpe(command[0], list(command), {k: v for k, v in own.items() if k not in ("COLUMNS", "LINES")})

    @property
    def screen(self) -> list[str]:
        """The rows as a person sees them; drawn only now, as the emulator is slower than what it looks at."""
        unseen, self._unseen = self._unseen, b""
        self._stream.feed(unseen)
        return list(self._screen.display)

    def wait_for(self, text: bytes, timeout: float = 30.0) -> float:
        """Seconds from the start of the program until it has written `text`."""
        self._until(lambda: text in self.written, repr(text), timeout)
        return time.perf_counter() - self.started

    def wait_to_see(self, text: str, timeout: float = 30.0) -> None:
        """Wait until `text` stands in a row of the screen."""
        self._until(lambda: any(text in row for row in self.screen), text, timeout)

    def wait_until_gone(self, text: str, timeout: float = 30.0) -> None:
        """Wait until `text` stands in no row of the screen."""
        self._until(lambda: not any(text in row for row in self.screen), f"the end of {text}", timeout)

    def _until(self, met: Callable[[], bool], what: str, timeout: float) -> None:
        until = time.perf_counter() + timeout
        while not met():
            left = until - time.perf_counter()
            if left <= 0:
                raise TimeoutError(what + " never came; the screen:\n" + "\n".join(self.screen))
            self.read(min(left, 1.0))

    def read(self, timeout: float) -> bytes:
        """What is written next; empty when nothing is, in the time given."""
        if not select.select([self._end], [], [], timeout)[0]:
            return b""
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            data = os.read(self._end, 1 << 16)
            self.written += data
            self._unseen += data
            for question, answer in _ANSWERS.items():
                if question in data:
                    os.write(self._end, answer)
            return data
        return b""

    def press(self, keys: bytes) -> None:
        os.write(self._end, keys)

    def bytes_of(self, key: bytes) -> int:
        """How many bytes are written for one key, until 150 ms of silence; a busy machine may begin late."""
        self.press(key)
        count = 0
        while data := self.read(0.15 if count else 1.5):
            count += len(data)
        return count

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def exit_code(self, timeout: float = 30.0) -> int:
        """Wait for the end, reading what is still written; the exit code, negative for a signal."""
        until = time.perf_counter() + timeout
        while time.perf_counter() < until:
            self.read(0.05)
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                while self.read(0.05):
                    pass
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
        raise TimeoutError("it does not end")

    def close(self) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._end)


@contextlib.contextmanager
def running(
    code: str, columns: int = 80, rows: int = 24, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """A Python program in a terminal."""
    terminal = Terminal([sys.executable, "-c", code], columns, rows, environment)
    try:
        yield terminal
    finally:
        terminal.close()


def explorer(*arguments: str) -> str:
    """The program that is `configscope` with these arguments."""
    return f"import sys; sys.argv = ['configscope', *{list(arguments)!r}]; from tui.cli import main; sys.exit(main())"
