"""The palette (ctrl+p): every command that exists here, and the resources by name. Never markup from data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.panes.spelling import kind
from tui.text import legible

if TYPE_CHECKING:
    from tui.app import ConfigScope

MOST_RESOURCES = 20
"""Resources offered for what is typed."""


class Commands(Provider):
    """The commands of the registry that can do something here."""

    @property
    def _scope(self) -> ConfigScope:
        return cast("ConfigScope", self.app)

    async def discover(self) -> Hits:
        for command in self._scope.workspace.circumstances.commands():
            if command.words or command.keys:
                yield DiscoveryHit(
                    Content(_named(command.name, command.key_label)),
                    partial(self._scope.run_command, command.id),
                    text=command.name,
                    help=command.help,
                )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._scope.workspace.circumstances.commands():
            words = f"{command.name} {' '.join(command.words)}"
            score = matcher.match(words)
            if score > 0:
                yield Hit(
                    score,
                    Content(_named(command.name, command.key_label)),
                    partial(self._scope.run_command, command.id),
                    text=command.name,
                    help=command.help,
                )
        wanted = query.casefold()
        found = 0
        for key, name in self._scope.workspace.names.items():
            if found >= MOST_RESOURCES:
                return
            if wanted in name.casefold() or wanted in key.resource_id.casefold():
                found += 1
                title = f"{kind(key.resource_type)} {legible(name)}"
                yield Hit(
                    0.3,
                    Content(title),
                    partial(self._scope.workspace.selection.choose, key),
                    text=title,
                    help=legible(key.resource_id),
                )


def _named(name: str, key: str) -> str:
    return f"{name}  [{key}]" if key else name
