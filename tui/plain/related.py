"""`configscope related`: the links of a resource, who has one to it, and what a change of it could affect."""

from __future__ import annotations

from backend.connect import Connection
from backend.model.item import Relationship, ResourceKey
from backend.model.problem import BadInput
from tui.plain.naming import resource_of
from tui.plain.output import Format, say, write_rows

_LINKS = ("direction", "link", "type", "id", "name", "derived")
_STEPS = ("step", "type", "id", "link", "through_type", "through_id")


async def related(connection: Connection, form: Format, words: tuple[str, ...], steps: int | None, users: bool) -> int:
    """Print the links; with `steps` what could be affected by a change, with `users` who has a link."""
    part = connection.session.relationships
    if part is None:
        raise BadInput("Links cannot be looked up here")
    key = await resource_of(connection.session, words)
    if steps is not None:
        impact = await part.impact(key, steps)
        rows = [
            (str(one.steps), *one.key, one.link.name, *_known(one.through))
            for one in sorted(impact.reached, key=lambda one: (one.steps, one.key))
        ]
        write_rows(form, _STEPS, rows)
        _told(impact.limit)
        return 0
    if users:
        usage = await part.used_by(key)
        write_rows(form, _LINKS, [_row(link) for link in usage.links])
        _told(usage.limit)
    else:
        write_rows(form, _LINKS, [_row(link) for link in await part.neighbours(key)])
    return 0


def _row(link: Relationship) -> tuple[str, ...]:
    return (
        link.direction or "OUT",
        link.name,
        link.resource_type,
        link.resource_id or "",
        link.resource_name or "",
        f"from {link.found_at}" if link.derived and link.found_at else "derived" if link.derived else "",
    )


def _known(key: ResourceKey) -> tuple[str, str]:
    return key.resource_type, key.resource_id


def _told(limit: str) -> None:
    if limit:
        say(f"Not all was looked at: {limit}.")
