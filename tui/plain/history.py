"""`configscope history`: the items of a resource and what changed."""

from __future__ import annotations

from typing import NamedTuple

from backend.client.session import Session
from backend.connect import Connection
from backend.model.comparison import telling
from backend.model.diff import Change, changes
from backend.model.item import ConfigurationItem, Document
from backend.model.moment import to_iso
from backend.model.problem import BadInput, Missing
from backend.model.trail import TrailEvent
from tui.plain.naming import moment_of, resource_of, resources_of
from tui.plain.output import Format, cell, say, write_json, write_rows


class Wanted(NamedTuple):
    """What of the history is to be shown."""

    earlier: str | None = None
    later: str | None = None
    changes: bool = False
    who: bool = False
    limit: int = 100


class _Step(NamedTuple):
    item: ConfigurationItem
    changes: tuple[Change, ...]
    kind: str
    call: TrailEvent | None


async def history(connection: Connection, form: Format, words: tuple[str, ...], wanted: Wanted) -> int:
    """Print the items, newest first; with `changes` a line for each field that changed."""
    earlier, later = await moment_of(connection, wanted.earlier), await moment_of(connection, wanted.later)
    if earlier is not None and later is not None and earlier > later:
        raise BadInput("The period ends before it begins", f"{to_iso(earlier)} is after {to_iso(later)}")
    session = connection.session
    key = await resource_of(session, words)
    part = resources_of(session)
    items = await part.history(key, earlier, later, wanted.limit)
    if not items and (earlier, later) == (None, None):
        raise Missing(f"No item of {key.resource_type} {key.resource_id} is known")
    before = await part.history(key, None, items[-1].capture_time - 1, 1) if items else []
    steps = [await _step(session, items, place, before, wanted.who) for place in range(len(items))]
    if wanted.who and session.trail is None:
        say("Who made the changes is not known: a file holds no trail.")
    _print(form, steps, wanted)
    if len(items) == wanted.limit:
        say(f"There may be more than these {wanted.limit}: --limit asks for more, --to for earlier ones.")
    return 0


async def _step(
    session: Session, items: list[ConfigurationItem], place: int, before: list[ConfigurationItem], who: bool
) -> _Step:
    item = items[place]
    previous = items[place + 1] if place + 1 < len(items) else next(iter(before), None)
    kind = "DELETE" if item.deleted else "CREATE" if previous is None or previous.deleted else "UPDATE"
    changed = tuple(changes(telling(previous), telling(item))) if previous is not None and kind == "UPDATE" else ()
    call = await session.trail.cause(item, previous) if who and session.trail is not None else None
    return _Step(item, changed, kind, call)


def _print(form: Format, steps: list[_Step], wanted: Wanted) -> None:
    if form is Format.JSON:
        write_json([_document(step, wanted.who) for step in steps])
        return
    if wanted.changes:
        columns: tuple[str, ...] = ("captured", "change", "field", "before", "after")
        rows = [row for step in steps for row in _change_rows(step)]
    else:
        columns = ("captured", "change", "status", "changes", "fields")
        rows = [_item_row(step) for step in steps]
    if wanted.who:
        columns += ("event", "user", "address", "agent")
        callers = [caller for step in steps for caller in [_caller(step)] * (_lines(step) if wanted.changes else 1)]
        rows = [(*row, *caller) for row, caller in zip(rows, callers, strict=True)]
    write_rows(form, columns, rows)


def _change_rows(step: _Step) -> list[tuple[str, ...]]:
    told = step.changes or (Change("", step.kind, None, None),)
    captured = to_iso(step.item.capture_time)
    return [(captured, each.kind, each.path, cell(each.before), cell(each.after)) for each in told]


def _lines(step: _Step) -> int:
    return max(1, len(step.changes))


def _item_row(step: _Step) -> tuple[str, ...]:
    fields = ", ".join(change.path for change in step.changes)
    return to_iso(step.item.capture_time), step.kind, step.item.status, str(len(step.changes)), fields


def _caller(step: _Step) -> tuple[str, ...]:
    call = step.call
    return (call.name, call.user, call.source_ip, call.user_agent) if call is not None else ("", "", "", "")


def _document(step: _Step, who: bool) -> Document:
    call = step.call
    told = (
        {"event": call.name, "user": call.user, "address": call.source_ip, "agent": call.user_agent} if call else None
    )
    return {
        "captured": to_iso(step.item.capture_time),
        "change": step.kind,
        "status": step.item.status,
        "changes": [
            {"field": change.path, "change": change.kind, "before": change.before, "after": change.after}
            for change in step.changes
        ],
        **({"call": told} if who else {}),
    }
