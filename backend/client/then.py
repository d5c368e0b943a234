"""The session as it was at a moment: the same parts, answered from the estate of then.

Panes show the past with what shows the present. What AWS Config does not keep of then (states of deliveries, settings
of rules) is empty here, and whoever shows it says so. Nothing can be changed in the past.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from backend.client.recorded import RecordedCompliance
from backend.client.session import (
    CompliancePart,
    DeliveryPart,
    ResourcesPart,
    Session,
    SnapshotsPart,
    StreamPart,
)
from backend.model.cost import Churn
from backend.model.delivery import ChannelStatus, DeliveryChannel, StoredObject
from backend.model.estate import Estate
from backend.model.item import ConfigurationItem, Json, ResourceKey, ResourceSummary
from backend.model.moment import Moment
from backend.model.problem import Refused
from backend.model.recorder import LinkedRecorder, Recorder
from backend.model.recorder_document import read_recorder
from backend.model.standing import Standing, standing
from backend.model.stream import StreamMessage

BATCH = 1000


def session_then(now: Session, estate: Estate) -> Session:
    """The session `now` as of the moment of an estate."""
    moment = estate.moment
    if moment is None or now.resources is None:
        return now
    return replace(
        now,
        items_of=None,
        resources=ResourcesThen(now.resources, estate, moment),
        recorder=RecorderThen(estate) if now.recorder is not None else None,
        delivery=DeliveryThen(now.delivery) if now.delivery is not None else None,
        snapshots=SnapshotsThen(now.snapshots, moment) if now.snapshots is not None else None,
        compliance=_compliance_then(estate, now.compliance) if now.compliance is not None or estate.verdicts else None,
        stream=StreamThen(now.stream, moment) if now.stream is not None else None,
    )


class ResourcesThen:
    """The inventory of then."""

    def __init__(self, now: ResourcesPart, estate: Estate, moment: Moment) -> None:
        self._now = now
        self._estate = estate
        self._moment = moment

    async def counts(self) -> dict[str, int]:
        return self._estate.counts()

    async def listing(self, resource_type: str | None = None) -> AsyncIterator[list[ResourceSummary]]:
        rows = self._estate.summaries(resource_type)
        for first in range(0, len(rows), BATCH):
            yield rows[first : first + BATCH]

    async def standings(self, since: Moment | None = None) -> AsyncIterator[list[Standing]]:
        items = [item for item in self._estate.items.values() if since is None or item.capture_time >= since]
        for first in range(0, len(items), BATCH):
            yield [standing(item) for item in items[first : first + BATCH]]

    async def deleted(self, types: Sequence[str]) -> AsyncIterator[list[ResourceSummary]]:
        """Those that were gone by then."""
        gone = [
            ResourceSummary(
                resource_type=key.resource_type, resource_id=key.resource_id, deletion_time=self._estate.deleted[key]
            )
            for key in self._estate.deleted
            if key.resource_type in types
        ]
        if gone:
            yield gone

    async def types(self) -> tuple[str, ...]:
        return await self._now.types()

    async def item(self, key: ResourceKey) -> ConfigurationItem | None:
        return self._estate.items.get(key) or await self._now.as_of(key, self._moment)

    async def history(
        self, key: ResourceKey, earlier: Moment | None = None, later: Moment | None = None, limit: int = 100
    ) -> list[ConfigurationItem]:
        until = self._moment if later is None else min(later, self._moment)
        return await self._now.history(key, earlier, until, limit)

    async def as_of(self, key: ResourceKey, moment: Moment) -> ConfigurationItem | None:
        if moment == self._moment and key in self._estate.items:
            return self._estate.items[key]
        return await self._now.as_of(key, moment)

    async def next_change(
        self, moment: Moment, *, back: bool = False, report: Callable[[int, int, str], None] | None = None
    ) -> Moment | None:
        return await self._now.next_change(moment, back=back, report=report)

    async def estate(
        self, moment: Moment | None = None, report: Callable[[int, int, str], None] | None = None
    ) -> Estate:
        return self._estate if moment in (None, self._moment) else await self._now.estate(moment, report)


class RecorderThen:
    """The recorder as its own item tells it; its states (attempts, errors) are not kept."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    async def get(self) -> Recorder | None:
        item = self._estate.recorder
        if item is None or not isinstance(item.configuration, dict):
            return None
        settings = item.configuration
        found = read_recorder(_lowered(settings), {})
        on = settings.get("Recording") is True
        since = {"last_start_time": item.capture_time} if on else {"last_stop_time": item.capture_time}
        return msgspec.structs.replace(found, recording=on, **since)

    async def linked(self) -> tuple[LinkedRecorder, ...]:
        return ()

    async def retention(self) -> int | None:
        return None

    async def keep(self, days: int | None) -> None:
        raise _past()

    async def start(self, name: str) -> None:
        raise _past()

    async def stop(self, name: str) -> None:
        raise _past()

    async def put(self, recorder: Recorder) -> None:
        raise _past()

    async def delete(self, name: str) -> None:
        raise _past()


class DeliveryThen:
    """The channel of now: AWS Config keeps neither its settings nor its states of then."""

    def __init__(self, now: DeliveryPart) -> None:
        self._now = now

    async def channel(self) -> DeliveryChannel | None:
        return await self._now.channel()

    async def status(self) -> ChannelStatus | None:
        return None

    async def deliver(self, name: str) -> str:
        raise _past()

    async def put(self, channel: DeliveryChannel) -> None:
        raise _past()

    async def delete(self, name: str) -> None:
        raise _past()


class SnapshotsThen:
    """The files that were there."""

    def __init__(self, now: SnapshotsPart, moment: Moment) -> None:
        self._now = now
        self._moment = moment

    async def folder(self, bucket: str, prefix: str = "") -> list[StoredObject]:
        found = await self._now.folder(bucket, prefix)
        return [one for one in found if one.folder or (one.modified or 0) <= self._moment]

    async def recent(
        self, channel: DeliveryChannel, limit: int = 20, until: Moment | None = None
    ) -> list[StoredObject]:
        return await self._now.recent(channel, limit, self._moment if until is None else min(until, self._moment))

    async def below(self, bucket: str, prefix: str) -> AsyncIterator[list[StoredObject]]:
        async for page in self._now.below(bucket, prefix):
            yield [one for one in page if (one.modified or 0) <= self._moment]

    async def stored(self, bucket: str, key: str) -> StoredObject:
        return await self._now.stored(bucket, key)

    async def download(self, stored: StoredObject) -> Path:
        return await self._now.download(stored)

    async def churn(self, channel: DeliveryChannel, since: Moment, until: Moment) -> Churn:
        return await self._now.churn(channel, since, min(until, self._moment))


def _compliance_then(estate: Estate, now: CompliancePart | None) -> CompliancePart:
    """The verdicts of then; without reasons, which their items lack."""

    async def items() -> AsyncIterator[Sequence[ConfigurationItem]]:
        yield estate.verdicts

    async def item(key: ResourceKey) -> ConfigurationItem | None:
        return estate.items.get(key)

    return RecordedCompliance(items, item, _past, now)


class StreamThen:
    """What had been said by then; nothing new is."""

    def __init__(self, now: StreamPart, moment: Moment) -> None:
        self._now = now
        self._moment = moment

    async def poll(self) -> list[StreamMessage]:
        return []

    async def recent(self) -> list[StreamMessage]:
        return [message for message in await self._now.recent() if message.time <= self._moment]


def _lowered(value: Json) -> Json:
    """The item of a recorder begins its names with capitals, the answers of the API do not."""
    if isinstance(value, dict):
        return {f"{name[:1].lower()}{name[1:]}": _lowered(part) for name, part in value.items()}
    return [_lowered(part) for part in value] if isinstance(value, list) else value


def _past() -> Refused:
    return Refused("The past cannot be changed", remedy="n goes back to now")
