"""Writing a report: a folder, or a zip, of files and their hashes. The same evidence gives the same bytes."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import msgspec

from backend.model.item import Document, Json
from backend.model.moment import to_compact, to_iso
from backend.model.problem import BadInput
from tui.item_fields import fields
from tui.plain.output import json_text
from tui.report import tables
from tui.report.evidence import Evidence
from tui.report.markdown import markdown
from tui.report.page import page

SUMS = "SHA256SUMS"
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a zip: a zip of the same report is the same."""


def files(found: Evidence) -> dict[str, bytes]:
    """The files of a report by name, and the list of their hashes as `sha256sum -c` reads it."""
    made = {
        "report.html": page(found),
        "report.md": markdown(found),
        "report.json": json_text(document(found)) + "\n",
        "resources.csv": tables.as_csv(tables.resources(found)),
        "compliance.csv": tables.as_csv(tables.compliance(found)),
        "changes.csv": tables.as_csv(tables.changes(found)),
        "items.json": json_text(_items(found)) + "\n",
    }
    written = {name: text.encode("utf-8", "backslashreplace") for name, text in made.items()}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(written.items()))
    return {**written, SUMS: sums.encode()}


def document(found: Evidence) -> Document:
    """The report as JSON; the configuration of the resources is in items.json."""
    return {
        "report": {name.lower().replace(" ", "_"): value for name, value in tables.facts(found)},
        "as_of": to_iso(found.moment),
        "gaps": list(found.gaps),
        "recorder": msgspec.to_builtins(found.recorder),
        "channel": msgspec.to_builtins(found.channel),
        "deliveries": msgspec.to_builtins(found.deliveries),
        **{
            name: _records(table)
            for name, table in (
                ("types", tables.types(found)),
                ("rules", tables.rules(found)),
                ("verdicts", tables.compliance(found)),
                ("changes", tables.changes(found)),
                ("resources", tables.resources(found)),
                ("sources", tables.sources(found)),
            )
        },
        "deleted": [{"type": key.resource_type, "id": key.resource_id, "at": to_iso(at)} for key, at in found.deleted],
    }


def write(found: Evidence, wanted: str = "") -> Path:
    """Write the files to a folder of this name (a zip where it ends so), or one named for the report; where it is.

    Nothing is written over, and only its owner can read it. Raises `BadInput` when it cannot be written.
    """
    name = f"configscope-report-{found.account or 'files'}-{found.region or 'all'}-{to_compact(found.moment)}"
    path = Path(wanted).expanduser() if wanted else Path(name)
    if wanted and path.is_dir():
        path /= name
    made = files(found)
    for number in range(1, 100):
        target = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            if target.suffix.lower() == ".zip":
                _zip(target, made)
            else:
                _folder(target, made)
        except FileExistsError:
            continue
        except OSError as error:
            raise BadInput(f"{target} cannot be written", error.strerror or str(error)) from error
        return target.absolute()
    raise BadInput(f"{path} and 98 more of that name exist already")


def packed_size(target: Path) -> int:
    """Bytes of a zip that was written."""
    return target.stat().st_size


def _folder(target: Path, made: dict[str, bytes]) -> None:
    target.mkdir(mode=0o700)
    for name, data in made.items():
        with os.fdopen(os.open(target / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)


def _zip(target: Path, made: dict[str, bytes]) -> None:
    with (
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name, data in sorted(made.items()):
            packed.writestr(zipfile.ZipInfo(name, _OLDEST), data, zipfile.ZIP_DEFLATED)


def _items(found: Evidence) -> Document:
    """Every configuration, in the form of a snapshot file: `configscope open` reads it back."""
    return {"fileVersion": "1.0", "configurationItems": [fields(item) for item in found.items]}


def _records(table: tables.Table) -> list[Json]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]
