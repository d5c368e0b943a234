"""The files of AWS Config below an address in a bucket: found, and downloaded to be read as other files are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from backend.client.session import SnapshotsPart
from backend.client.together import four_at_a_time
from backend.model.address import JSON_FILES, S3Address
from backend.model.delivery import StoredObject
from backend.model.problem import BadInput, Denied, Missing, Problem, Refused

MOST = 5_000
"""Files taken from below one address, the newest of all; at four at a time they take some minutes."""

MOST_LISTED = 200_000
"""Objects that are looked at below one address; a thousand take a call."""

_PATIENCE = 8
"""Files that may fail before the first one is there; then the others would fail as well."""

_STAMP = re.compile(r"_(\d{8}T\d{6}Z)_")
_FAILURES = (Denied, Missing, Refused)
"""What may be wrong with one object and not with the next: gone meanwhile, archived, another key."""

Report = Callable[[str, float], None]
"""Told what is being done, and how much of it is done (0 to 1)."""


class Fetched(msgspec.Struct):
    """What was downloaded."""

    paths: list[Path] = msgspec.field(default_factory=list)
    """In the order of the names of the files, which is that of their times."""
    remarks: list[str] = msgspec.field(default_factory=list)
    """What has to be said of what was left out, a sentence each."""


async def fetch(snapshots: SnapshotsPart, address: S3Address, report: Report) -> Fetched:
    """Download what AWS Config delivered below an address, or the one object that it names.

    Raises `Problem` where there is no such bucket or no such file, where one may not look, and where the disk is full.
    """
    report(f"Looking into the bucket {address.bucket}", 0.0)
    found = Fetched()
    objects = _chosen(await _listed(snapshots, address, report, found), address, found)
    await _Download(snapshots, objects, address, report, found).run()
    return found


async def _listed(snapshots: SnapshotsPart, address: S3Address, report: Report, found: Fetched) -> list[StoredObject]:
    """The objects that an address means."""
    if address.names_file:
        try:
            return [await snapshots.stored(address.bucket, address.key)]
        except (Missing, Denied):
            pass  # the listing tells it better, and it may be a folder of such a name
    inside: list[StoredObject] = []
    beside: list[StoredObject] = []
    looked_at = 0
    folder = address.key if not address.key or address.key.endswith("/") else f"{address.key}/"
    try:
        async for page in snapshots.below(address.bucket, address.key):
            if page and page[0].key == address.key and not address.key.endswith("/"):
                return page[:1]
            for stored in page:
                (inside if stored.key.startswith(folder) else beside).append(stored)
            looked_at += len(page)
            if looked_at:
                report(f"Looking into the bucket {address.bucket}: {looked_at:,} objects", 0.0)
            if looked_at >= MOST_LISTED:
                found.remarks.append(
                    f"{address} holds more than {looked_at:,} objects: those after them were not looked at. "
                    "Name a folder of one region, month or day."
                )
                break
    except Missing as problem:
        if problem.code != "NoSuchBucket":
            raise
        raise Missing(
            f"There is no bucket {address.bucket}", "nobody has one of this name", "Is it spelled right?", problem.code
        ) from problem
    # Of 2026/1/2 the day is meant, and not the twentieth as well.
    return inside or beside


def _chosen(objects: list[StoredObject], address: S3Address, found: Fetched) -> list[StoredObject]:
    """Those that hold configuration items, oldest first. Raises `BadInput` when none does."""
    if len(objects) == 1 and objects[0].key == address.key:
        return objects
    if not objects:
        below = "the bucket is empty" if not address.key else "nothing lies there"
        raise BadInput(f"There is no object below {address}", below, "Files of AWS Config lie below AWSLogs/")
    delivered = sorted(
        (one for one in objects if one.delivers and one.key.endswith(JSON_FILES)),
        key=lambda one: (_stamp(one.key), one.key),
    )
    if not delivered:
        some = "the one object there is none" if len(objects) == 1 else f"none of the {len(objects):,} objects is one"
        raise BadInput(
            f"There is no file of AWS Config below {address}",
            some,
            "They lie below ConfigSnapshot and ConfigHistory; one of another name is taken when its key is given whole",
        )
    if len(delivered) > MOST:
        found.remarks.append(
            f"{len(delivered):,} files lie below {address}: only the newest {MOST:,} are looked at. "
            "Name a folder of one month or day for others."
        )
    return delivered[-MOST:]


def _stamp(key: str) -> str:
    """The first time in the name of a delivered file: keys go by account and region first."""
    stamped = _STAMP.search(key.rpartition("/")[2])
    return stamped[1] if stamped else ""


class _Download:
    """One download of several objects, four at a time."""

    def __init__(
        self, snapshots: SnapshotsPart, objects: list[StoredObject], address: S3Address, report: Report, found: Fetched
    ) -> None:
        self._snapshots = snapshots
        self._waiting = iter(enumerate(objects))
        self._bucket = address.bucket
        self._report = report
        self._found = found
        self._count = len(objects)
        self._bytes = sum(one.size for one in objects)
        self._bytes_done = 0
        self._copies: dict[int, Path] = {}
        self._failed: list[tuple[StoredObject, Problem]] = []

    async def run(self) -> None:
        """Raises the first problem when no object could be downloaded, or when the next would not fare better."""
        self._tell()
        await four_at_a_time(self._work)
        self._found.paths += [self._copies[number] for number in sorted(self._copies)]
        if not self._failed:
            return
        stored, problem = self._failed[0]
        if not self._copies:
            raise problem
        more = f" So are {len(self._failed) - 1:,} others." if len(self._failed) > 1 else ""
        self._found.remarks.append(f"s3://{stored.bucket}/{stored.key} is left out: {problem}{more}")

    async def _work(self) -> None:
        for number, stored in self._waiting:
            try:
                self._copies[number] = await self._snapshots.download(stored)
            except _FAILURES as problem:
                self._failed.append((stored, problem))
                if not self._copies and len(self._failed) >= _PATIENCE:
                    raise
            self._bytes_done += stored.size
            self._tell()

    def _tell(self) -> None:
        done = len(self._copies) + len(self._failed)
        files = "the file" if self._count == 1 else f"{done:,} of {self._count:,} files"
        self._report(
            f"Downloading {files} from the bucket {self._bucket}", self._bytes_done / self._bytes if self._bytes else 0
        )
