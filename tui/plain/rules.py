"""`configscope rules`: the managed rules there are, and trying a rule on an item without storing anything."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import NamedTuple

from backend.connect import Connection
from backend.files.read import read_items
from backend.model.item import ConfigurationItem
from backend.model.moment import to_iso
from backend.model.problem import BadInput, Missing
from tui import library
from tui.plain.check import given_parameters
from tui.plain.given import FOUND, UNDONE, WELL
from tui.plain.naming import moment_of, now_of, resource_of, resources_of
from tui.plain.output import Format, say, write_json, write_rows
from tui.trying import Tried, judged, meant, run

_TRIED = ("captured", "rule", "compliance", "annotation", "path", "found", "expected")
_BROKEN = "NON_COMPLIANT"
_MOST = 1_000
"""Items of a resource's history that are looked at."""


class Wanted(NamedTuple):
    """What is tried, on what."""

    form: Format
    rule: str
    items: tuple[str, ...]
    """A resource in words, or one file of items."""
    as_of: str | None = None
    history: bool = False
    parameters: tuple[str, ...] = ()


def listing(form: Format, words: tuple[str, ...]) -> int:
    """List the managed rules that a search in the library finds. Raises `BadInput`."""
    search = " ".join(words)
    if wrong := library.wrong_in(search):
        raise BadInput(f"“{search}” is no search", wrong)
    if any(part.field == "there" for part in library.read(search)):
        raise BadInput("“there:” asks for the rules of an account, which is not at hand", remedy="The explorer has it")
    found = library.matching(library.entries(), search, {})
    write_rows(form, library.LISTED, [library.row(entry) for entry in found])
    say(f"{len(found):,} of {len(library.entries()):,} managed rules")
    return WELL


def try_on_file(wanted: Wanted) -> int | None:
    """The same as `try_rule` where a file holds the items and no function runs: that needs no world. Else None."""
    items = _of_file(Path(wanted.items[0])) if len(wanted.items) == 1 else None
    chosen = meant(wanted.rule, given_parameters(wanted.parameters))
    if items is None or chosen.handler is not None:
        return None
    now = time.time_ns() // 1_000_000
    some = items if wanted.history else items[:1]
    return _tell(wanted, [(item, one) for item in some for one in judged(chosen.rules, item, now)])


async def try_rule(connection: Connection, wanted: Wanted) -> int:
    """Print what a rule says of items: 3 for one that breaks it, 1 when it could not be asked. Raises `Problem`."""
    given = given_parameters(wanted.parameters)
    chosen = meant(wanted.rule, given)
    now = await now_of(connection)
    told: list[tuple[ConfigurationItem, Tried]] = []
    for item in await _items(connection, wanted):
        if chosen.handler is not None:
            told += [(item, one) for one in await run(connection, chosen.handler, item, given)]
        else:
            told += [(item, one) for one in judged(chosen.rules, item, now)]
    return _tell(wanted, told)


def _tell(wanted: Wanted, told: list[tuple[ConfigurationItem, Tried]]) -> int:
    if not told:
        raise BadInput("No rule looks at this resource", remedy="Name a rule for its type")
    _print(wanted.form, told)
    if any(one.obstacle for _, one in told):
        return UNDONE
    return FOUND if any(one.compliance == _BROKEN for _, one in told) else WELL


async def _items(connection: Connection, wanted: Wanted) -> list[ConfigurationItem]:
    """The items that are meant: of a file, or of a resource: the newest, that of a moment, or all."""
    words = wanted.items
    if len(words) == 1 and (found := await asyncio.to_thread(_of_file, Path(words[0]))) is not None:
        return found if wanted.history else found[:1]
    part, key = resources_of(connection.session), await resource_of(connection.session, words)
    moment = await moment_of(connection, wanted.as_of)
    if wanted.history:
        return await part.history(key, limit=_MOST)
    item = await part.item(key) if moment is None else await part.as_of(key, moment)
    if item is None:
        raise Missing(f"No item of {key.resource_type} {key.resource_id} is known")
    return [item]


def _of_file(path: Path) -> list[ConfigurationItem] | None:
    return list(read_items(path)) if path.is_file() else None


def _print(form: Format, told: list[tuple[ConfigurationItem, Tried]]) -> None:
    if form is Format.JSON:
        write_json([_document(item, one) for item, one in told])
    else:
        write_rows(form, _TRIED, [row for item, one in told for row in _rows(item, one)])
    for one in {one.log: one for _, one in told if one.log}.values():
        say(f"--- log of {one.rule}")
        for line in one.log.splitlines():
            say(line)
    for _, one in told:
        if one.obstacle:
            say(f"{one.rule}: {one.obstacle}")


def _rows(item: ConfigurationItem, one: Tried) -> list[tuple[str, ...]]:
    from backend.rules.table import shown

    head = (to_iso(item.capture_time), one.rule, one.compliance or "-", one.annotation)
    if not one.reasons:
        return [(*head, "", "", "")]
    first = (head, *(("", "", "", "") for _ in one.reasons[1:]))
    return [
        (*head, reason.path, "" if reason.found is None else shown(reason.found), reason.expected)
        for head, reason in zip(first, one.reasons, strict=True)
    ]


def _document(item: ConfigurationItem, one: Tried) -> dict[str, object]:
    return {
        "resourceType": item.resource_type,
        "resourceId": item.resource_id,
        "captured": to_iso(item.capture_time),
        "rule": one.rule,
        "compliance": one.compliance or None,
        "annotation": one.annotation,
        "reasons": [{"path": each.path, "found": each.found, "expected": each.expected} for each in one.reasons],
        "error": one.obstacle or None,
        "log": one.log or None,
        "seconds": one.seconds,
    }
