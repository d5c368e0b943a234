"""`configscope item`: one configuration item, field by field."""

from __future__ import annotations

from collections.abc import Iterator

from backend.connect import Connection
from backend.model.item import Json
from backend.model.problem import Missing
from tui import times
from tui.item_fields import fields
from tui.plain.naming import moment_of, resource_of, resources_of
from tui.plain.output import Format, cell, write_json, write_rows


async def item(connection: Connection, form: Format, words: tuple[str, ...], as_of: str | None) -> int:
    """Print the item that is true now, or was at a moment; a deleted resource has its last one."""
    moment = await moment_of(connection, as_of)
    key = await resource_of(connection.session, words)
    part = resources_of(connection.session)
    found = await part.item(key) if moment is None else await part.as_of(key, moment)
    if found is None:
        then = f" at {times.stated(moment, times.UTC)}" if moment is not None else ""
        raise Missing(f"No item of {key.resource_type} {key.resource_id} is known{then}")
    document = fields(found)
    if form is Format.JSON:
        write_json(document)
    else:
        write_rows(form, ("field", "value"), list(flat("", document)))
    return 0


def flat(path: str, value: Json) -> Iterator[tuple[str, str]]:
    """A JSON value as a line for each of its ends: `configuration.state.name`, `running`."""
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from flat(f"{path}.{name}" if path else name, part)
    elif isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield from flat(f"{path}[{number}]", part)
    else:
        yield path, cell(value)
