"""Identifiers that look like AWS's and come out the same for the same seed and calls."""

from __future__ import annotations

import hashlib
import random
import string
import uuid

from backend.engine.store import Store

_LOWER = string.ascii_lowercase + string.digits


class Ids:
    """A source of identifiers and chance, drawn from the world's seed and a counter kept in the store.

    `name` tells the sources of one world apart; the main account's has none.
    """

    def __init__(self, store: Store, seed: int, name: str = "") -> None:
        self._store = store
        self._name = name and f"/{name}"
        self.seed: int = store.meta("seed", seed)
        self._count, self._reads = self._kept()
        self._saved: tuple[int, int] | None = None

    def _kept(self) -> tuple[int, int]:
        return self._store.meta("ids", 0), self._store.meta("ids.reads", 0)

    def save(self) -> None:
        """Write down how many were drawn, if any were since the last time."""
        if self._saved is None:
            self._store.set_meta("seed", self.seed)
        counts = self._count, self._reads
        if self._saved != counts:
            self._store.set_meta("ids", self._count)
            self._store.set_meta("ids.reads", self._reads)
        self._saved = counts

    def reload(self) -> None:
        """After a transaction was undone: forget what it had drawn."""
        self._count, self._reads = self._kept()
        self._saved = None

    def read_hex(self) -> str:
        """64 hex digits for what only reads or receives; drawn apart, so that looking at a world changes nothing."""
        self._reads += 1
        return hashlib.blake2b(f"{self.seed}{self._name}/read/{self._reads}".encode(), digest_size=32).hexdigest()

    def bytes(self) -> bytes:
        """32 bytes nobody got before."""
        self._count += 1
        return hashlib.blake2b(f"{self.seed}{self._name}/{self._count}".encode(), digest_size=32).digest()

    def uuid(self) -> str:
        return str(uuid.UUID(bytes=self.bytes()[:16], version=4))

    def hex(self, length: int) -> str:
        return self.bytes().hex()[:length]

    def lower(self, length: int) -> str:
        """Lower-case letters and digits, as in `config-rule-ab12cd` (at most 32)."""
        return "".join(_LOWER[byte % 36] for byte in self.bytes()[:length])

    def upper(self, length: int) -> str:
        """Upper-case letters and digits, as in access keys (at most 32)."""
        return self.lower(length).upper()

    def resource(self, prefix: str) -> str:
        """An EC2-style id: `i-` and 17 hex digits, beginning with 0."""
        return f"{prefix}-0{self.hex(16)}"

    def chance(self) -> random.Random:
        """A random source of its own, for choices that belong together."""
        return random.Random(self.bytes())
