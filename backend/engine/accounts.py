"""The accounts and regions of a world: which there are, and who holds what in each."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.engine.context import World

_REGIONS = (
    "ap-southeast-1",
    "us-east-1",
    "eu-west-1",
    "eu-central-1",
    "us-west-2",
    "ap-northeast-1",
    "ap-southeast-2",
    "eu-west-2",
    "us-east-2",
    "ap-south-1",
    "ca-central-1",
    "sa-east-1",
    "eu-north-1",
    "ap-northeast-2",
    "eu-west-3",
    "us-west-1",
    "ap-northeast-3",
)
"""The regions that every account has without asking for them, in the order in which a world takes them."""


def account_ids(main: str, count: int) -> tuple[str, ...]:
    """The accounts of a world of that many, the main one first; the same for every seed."""
    return (main, *(_account_id(main, number) for number in range(1, count)))


def region_names(home: str, count: int) -> tuple[str, ...]:
    """The regions in which a world of that many is set up, home first."""
    return (home, *(region for region in _REGIONS if region != home))[:count]


_LOWER = string.ascii_lowercase + string.digits


class Accounts:
    """The accounts of one world, the main one first. Each is a `World` with a store of its own."""

    def __init__(self) -> None:
        self._worlds: dict[str, World] = {}

    def add(self, world: World) -> None:
        self._worlds[world.account] = world

    def __iter__(self) -> Iterator[World]:
        return iter(self._worlds.values())

    def __len__(self) -> int:
        return len(self._worlds)

    def __contains__(self, account: str) -> bool:
        return account in self._worlds

    def __getitem__(self, account: str) -> World:
        """Raises `KeyError` for an account that the world does not have."""
        return self._worlds[account]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._worlds)

    @property
    def organization(self) -> str:
        """The organization of several accounts, `o-` and ten letters or digits; empty for one that stands alone."""
        if len(self._worlds) == 1:
            return ""
        digest = hashlib.blake2b(self.main.account.encode(), digest_size=10).digest()
        return "o-" + "".join(_LOWER[byte % len(_LOWER)] for byte in digest)

    @property
    def main(self) -> World:
        return next(iter(self))

    def others(self, than: World) -> Sequence[World]:
        return [world for world in self if world is not than]


def _account_id(main: str, number: int) -> str:
    digest = hashlib.blake2b(f"{main}/{number}".encode(), digest_size=8).digest()
    return str(10**11 + int.from_bytes(digest) % (9 * 10**11))
