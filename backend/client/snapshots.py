"""What lies in the bucket of the channel, over the API."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from backend.client import churn as counting
from backend.client.api import Api
from backend.client.downloads import Downloads
from backend.model.cost import Churn
from backend.model.delivery import DeliveryChannel, StoredObject
from backend.model.item import Document
from backend.model.moment import Moment
from backend.model.problem import Problem
from backend.model.spelling import read_moment

_DELIVERED = re.compile(r"/(?:ConfigSnapshot|ConfigHistory)/")
_MANY = 2_000
"""Entries from which on a folder is put in order in a thread: the screen stays alive meanwhile."""
_NUMBERS = re.compile(r"(\d+)")


class SnapshotsOverApi:
    """Browses buckets and fetches objects."""

    def __init__(self, api: Api, account: str, downloads: Downloads | None = None) -> None:
        self._api = api
        self._account = account
        self._downloads = downloads or Downloads(account)
        self._counted: dict[StoredObject, list[counting.Line]] = {}
        """What the history files of the last period hold."""

    async def folder(self, bucket: str, prefix: str = "") -> list[StoredObject]:
        """One level of a bucket: folders first, then objects, numbers ordered as numbers (X-04)."""
        folders: list[StoredObject] = []
        objects: list[StoredObject] = []
        async for page in self._api.pages("s3", "ListObjectsV2", Bucket=bucket, Prefix=prefix, Delimiter="/"):
            for entry in page.get("CommonPrefixes") or ():
                folders.append(StoredObject(bucket=bucket, key=entry["Prefix"], folder=True))
            objects.extend(_stored(bucket, entry) for entry in page.get("Contents") or ())
        if len(folders) + len(objects) > _MANY:
            return await asyncio.to_thread(_arranged, folders, objects)
        return _arranged(folders, objects)

    async def below(self, bucket: str, prefix: str) -> AsyncIterator[list[StoredObject]]:
        """All objects whose keys begin so, page by page in the order of their keys."""
        async for page in self._api.pages("s3", "ListObjectsV2", Bucket=bucket, Prefix=prefix):
            yield [_stored(bucket, entry) for entry in page.get("Contents") or ()]

    async def stored(self, bucket: str, key: str) -> StoredObject:
        """One object in the state it is in now; needs no permission to list the bucket."""
        head = await self._api.call("s3", "HeadObject", Bucket=bucket, Key=key)
        return _stored(
            bucket, {"Key": key, "Size": head.get("ContentLength"), "LastModified": head.get("LastModified")}
        )

    async def recent(
        self, channel: DeliveryChannel, limit: int = 20, until: Moment | None = None
    ) -> list[StoredObject]:
        """The newest files of this account and region: day by day backwards, never the whole bucket."""
        prefix = f"{channel.prefix}/" if channel.prefix else ""
        found: list[StoredObject] = []
        region = f"{prefix}AWSLogs/{self._account}/Config/{self._api.region}/"
        async for day in self._days(channel.bucket, region):
            if until is not None and _begins(day, region) > until:
                continue
            async for page in self._api.pages("s3", "ListObjectsV2", Bucket=channel.bucket, Prefix=day):
                files = (_stored(channel.bucket, entry) for entry in page.get("Contents") or ())
                found.extend(
                    file
                    for file in files
                    if _DELIVERED.search(file.key) and (until is None or (file.modified or 0) <= until)
                )
            if len(found) >= limit:
                break
        return sorted(found, key=lambda file: (file.modified or 0, file.key), reverse=True)[:limit]

    async def download(self, stored: StoredObject) -> Path:
        """A local copy of mode 0600, made once for each state of an object."""
        copy = self._downloads.find(stored)
        if copy is None:
            with self._downloads.writing(stored) as file:
                async for piece in self._api.body(stored.bucket, stored.key):
                    file.write(piece)
            copy = self._downloads.find(stored)
            if self._downloads.crowded:
                await asyncio.to_thread(self._downloads.make_room)
        if copy is None:
            raise Problem(f"{stored.key} was downloaded, but the copy is gone", remedy="Try again")
        return copy

    async def churn(self, channel: DeliveryChannel, since: Moment, until: Moment) -> Churn:
        """Items by type in the history files of a period; each file is fetched and counted once."""
        folders = counting.history_folders(channel, self._account, self._api.region, since, until)
        files: list[StoredObject] = []
        for folder in folders:
            async for page in self._api.pages("s3", "ListObjectsV2", Bucket=channel.bucket, Prefix=folder):
                files.extend(_stored(channel.bucket, entry) for entry in page.get("Contents") or ())
        history = counting.within(files, since)
        found: list[counting.Line] = []
        left_out = fetched = 0
        for file in history.files:
            fetched += file.size
            if fetched > counting.MOST_BYTES:
                left_out += 1
                continue
            found += await self._lines(file)
        self._counted = {file: self._counted[file] for file in history.files if file in self._counted}
        if not found and not history.earlier:
            return Churn(items={}, unknown="No history file was delivered in that time")
        return counting.count(found, history, since, until, left_out)

    async def _lines(self, file: StoredObject) -> list[counting.Line]:
        if file not in self._counted:
            path = await self.download(file)
            self._counted[file] = await asyncio.to_thread(counting.lines, path)
        return self._counted[file]

    async def _days(self, bucket: str, prefix: str) -> AsyncIterator[str]:
        """The day folders (`…/2026/1/5/`) below a region's folder, newest first."""
        for year in await self._numbered(bucket, prefix):
            for month in await self._numbered(bucket, year):
                for day in await self._numbered(bucket, month):
                    yield day

    async def _numbered(self, bucket: str, prefix: str) -> list[str]:
        """Folders whose names are numbers, highest first."""
        entries = await self.folder(bucket, prefix)
        return [one.key for one in reversed(entries) if one.folder and one.key[len(prefix) : -1].isdecimal()]


def _arranged(folders: list[StoredObject], objects: list[StoredObject]) -> list[StoredObject]:
    def key(entry: StoredObject) -> tuple[tuple[int, int, str], ...]:
        return in_order(entry.key)

    return [*sorted(folders, key=key), *sorted(objects, key=key)]


def _begins(day: str, region: str) -> Moment:
    """When the day of a folder (`…/2026/1/5/`) begins; the oldest of times where it is no day."""
    year, month, number = (int(part) for part in day[len(region) :].strip("/").split("/"))
    return read_moment(f"{year:04d}-{month:02d}-{number:02d}") or 0


def in_order(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key in which `2020/8/6` comes before `2020/10/1`: runs of digits count as numbers."""
    parts = _NUMBERS.split(text)
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)


def _stored(bucket: str, entry: Document) -> StoredObject:
    return StoredObject(
        bucket=bucket,
        key=entry["Key"],
        size=int(entry.get("Size") or 0),
        modified=read_moment(entry.get("LastModified")),
    )
