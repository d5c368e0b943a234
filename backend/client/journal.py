"""The journal of the stream: what was taken off the queue, kept on this machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable
from pathlib import Path

import msgspec
import platformdirs

from backend.model.problem import Problem
from backend.model.stream import StreamMessage

KEPT = 500
"""Messages that are kept."""

_DECODER = msgspec.json.Decoder(StreamMessage)


def journal_path(name: str) -> Path:
    """Where the journal of a target lies (XDG state folder); `name` is a world's, or account and region."""
    return platformdirs.user_state_path("configscope") / "streams" / f"{name}.jsonl"


class Journal:
    """The last messages, oldest first, in memory and, with a path, in a file of mode 0600."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._messages: deque[StreamMessage] = deque(maxlen=KEPT)
        self._ids: set[str] = set()
        self._lines = 0
        self._loaded = path is None

    def all(self) -> list[StreamMessage]:
        self._load()
        return list(self._messages)

    def add(self, messages: Iterable[StreamMessage]) -> list[StreamMessage]:
        """Keep messages; those that are new. Queues deliver at least once, so some come twice."""
        self._load()
        new = []
        for message in messages:
            if message.message_id in self._ids:
                continue
            if len(self._messages) == KEPT:
                self._ids.discard(self._messages[0].message_id)
            self._messages.append(message)
            self._ids.add(message.message_id)
            new.append(message)
        if new:
            self._write(new)
        return new

    def _load(self) -> None:
        if self._loaded or self._path is None:
            return
        self._loaded = True
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._problem(error) from error
        self._lines = len(lines)
        for line in lines[-KEPT:]:
            try:
                message = _DECODER.decode(line)
            except (msgspec.DecodeError, msgspec.ValidationError):
                continue  # the last line of a process that was killed, or of another version
            self._messages.append(message)
            self._ids.add(message.message_id)

    def _write(self, new: list[StreamMessage]) -> None:
        if self._path is None:
            return
        whole = self._lines + len(new) > 2 * KEPT
        messages = list(self._messages) if whole else new
        data = b"".join(msgspec.json.encode(message) + b"\n" for message in messages)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if whole:
                unfinished = self._path.with_suffix(".unfinished")
                with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(data)
                unfinished.rename(self._path)
            else:
                with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
                    file.write(data)
        except OSError as error:
            raise self._problem(error) from error
        self._lines = len(messages) if whole else self._lines + len(new)

    def _problem(self, error: OSError) -> Problem:
        return Problem("The journal of the stream cannot be kept", str(error), f"Look at {self._path}")
