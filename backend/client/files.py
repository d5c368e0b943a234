"""From files to a session. Nothing here loads what speaks to AWS: that takes longer than to read a small file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from backend.client.recorded import RecordedCompliance
from backend.client.session import CompliancePart, Session
from backend.files.cache import Cache
from backend.files.inventory import FileInventory, FileResources
from backend.files.relationships import FileRelationships
from backend.files.selection import items_of
from backend.files.source import called
from backend.model.estate import VERDICT
from backend.model.moment import Moment
from backend.model.problem import Refused


async def open_files(
    *paths: Path,
    cache: Cache | None = None,
    largest: int | None = None,
    remarks: Sequence[str] = (),
    rules: Sequence[Path] = (),
) -> Session:
    """A read-only session over snapshot or history files. Raises `BadInput` for a file that is neither.

    `largest` are the bytes that each file may inflate to, in place of the usual limits.

    Returns as soon as the beginning of the first file has proved to be one; reading goes on in the background.
    With a `cache` the index is kept for the next opening. `remarks` are what has to be said of how the files were come
    by; the session says it before its own. `rules` are files of rules, by which the session has a compliance part.
    """
    inventory = FileInventory(paths, cache, largest)
    await inventory.begin()
    return _session(inventory, remarks, compliance=_compliance(inventory, rules) if rules else None)


def _compliance(inventory: FileInventory, rules: Sequence[Path]) -> CompliancePart:
    from backend.files.compliance import FileCompliance  # what judges is not needed to show files

    return FileCompliance(inventory, rules)


def _session(
    inventory: FileInventory,
    remarks: Sequence[str],
    moment: Moment | None = None,
    *,
    compliance: CompliancePart | None = None,
) -> Session:
    """A session over files, as they were at a moment."""
    paths = inventory.paths
    resources = FileResources(inventory, moment)
    return Session(
        account=inventory.account,
        region=inventory.region,
        who=", ".join(called(path) for path in paths[:3]) + (" …" if len(paths) > 3 else ""),
        read_only=True,
        resources=resources,
        relationships=FileRelationships(inventory),
        compliance=compliance or RecordedCompliance(partial(resources.of_type, VERDICT), resources.item, _files),
        recorded=compliance is None,
        table=partial(inventory.table, moment),
        as_of=partial(_session, inventory, remarks),
        settled=inventory.settled,
        told_of=inventory.told_of,
        remarks=lambda: (*remarks, *inventory.remarks(moment)),
        items_of=items_of(inventory),
        files=inventory.files,
        reading=inventory.reading,
        stop_reading=inventory.stop,
        on_close=inventory.close,
    )


def _files() -> Refused:
    return Refused("Files cannot be changed")
