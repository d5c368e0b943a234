"""Paths whose changes are not worth a look: a last use, a counter, a timestamp."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.model.diff import Change

USUAL: tuple[str, ...] = (
    "configuration.roleLastUsed",
    "configuration.passwordLastUsed",
    "configuration.accessKeyLastUsed",
    "supplementaryConfiguration.*LastUsed",
    "configuration.lastUpdated*",
    "configuration.lastModified*",
    "configuration.latestRestorableTime",
    "configuration.updatedAt",
)
"""What services change by themselves whenever a resource is used, and what only tells when it was changed."""

_INDEX = re.compile(r"\[\d+\]")


class Noise:
    """A set of ignored paths. One names itself and all below it; `*` stands for any signs, `[]` for any place."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self.paths = tuple(dict.fromkeys(path.strip() for path in paths if path.strip()))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Made when the first change is judged: the first paint comes sooner."""
        parts = [_INDEX.sub("[]", path) for path in self.paths]
        spelled = "|".join(re.escape(part).replace(r"\*", ".*?") for part in parts)
        return re.compile(rf"(?:{spelled})(?:$|[.\[])", re.IGNORECASE) if spelled else None

    def hides(self, path: str) -> bool:
        """True when a change at this path is ignored."""
        return self._pattern is not None and self._pattern.match(_INDEX.sub("[]", path)) is not None

    def heard(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """The changes that are left."""
        return tuple(change for change in changes if not self.hides(change.path))

    def toggled(self, path: str) -> Noise:
        """With this path (any place of a list in it), or without it where it was ignored."""
        path = _INDEX.sub("[]", path)
        if path in self.paths:
            return Noise(each for each in self.paths if each != path)
        return Noise((*self.paths, path))
