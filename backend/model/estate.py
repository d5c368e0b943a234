"""All resources at one moment: what was there, what that rests on, and what is not known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import msgspec

from backend.model.item import ConfigurationItem, Document, ResourceKey, ResourceSummary
from backend.model.moment import Moment

RECORDER = "AWS::Config::ConfigurationRecorder"
VERDICT = "AWS::Config::ResourceCompliance"

_NAMED = 3
"""Types that a sentence names one by one."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an estate was put together from; a file has a place and a hash, the API has neither."""

    kind: Literal["API", "snapshot", "history", "file"]
    bucket: str = ""
    key: str = ""
    """The object's key, or the path of a local file."""
    sha256: str = ""
    moment: Moment | None = None
    """When it was written; None for the API."""


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """What was true of all resources at a moment; `moment` is None for now."""

    moment: Moment | None = None
    items: Mapping[ResourceKey, ConfigurationItem] = {}
    """The newest item until then of each resource that was there."""
    deleted: Mapping[ResourceKey, Moment] = {}
    """Resources that had been there, with when they went, as far as that was met."""
    sources: tuple[Source, ...] = ()
    gaps: tuple[str, ...] = ()
    """What is not known, in sentences for a person."""

    def counts(self) -> dict[str, int]:
        """Resources by type, most first."""
        counted = Counter(key.resource_type for key in self.items)
        return dict(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))

    def summaries(self, resource_type: str | None = None) -> list[ResourceSummary]:
        """The resources as rows of the inventory, by type and name."""
        rows = [
            ResourceSummary(
                resource_type=item.resource_type,
                resource_id=item.resource_id,
                resource_name=item.resource_name,
                region=item.region,
            )
            for item in self.items.values()
            if resource_type in (None, item.resource_type)
        ]
        return sorted(rows, key=lambda row: (row.resource_type, row.label, row.resource_id))

    @property
    def recorder(self) -> ConfigurationItem | None:
        """The item of the recorder, which tells its settings then; None where it is not recorded."""
        return next((item for key, item in self.items.items() if key.resource_type == RECORDER), None)

    @property
    def verdicts(self) -> tuple[ConfigurationItem, ...]:
        """What the rules said then: the items of compliance, one for each resource that was judged."""
        return tuple(item for key, item in self.items.items() if key.resource_type == VERDICT)


def recording_gaps(recorder: ConfigurationItem | None) -> list[str]:
    """What the recorder's own item says was not recorded at a moment."""
    settings: Document = recorder.configuration if recorder and isinstance(recorder.configuration, dict) else {}
    if not settings:
        return ["Whether recording was on then is not known: the recorder itself is not recorded."]
    gaps = []
    if settings.get("Recording") is False:
        gaps.append("Recording was off then: what changed while it was off is not known.")
    group = settings.get("RecordingGroup")
    if isinstance(group, dict):
        only, without = _types(group.get("ResourceTypes")), _types(group.get("ExclusionByResourceTypes"))
        if only and group.get("AllSupported") is not True:
            gaps.append(f"Only {_listed(only)} were recorded then: nothing is known of other types.")
        elif without:
            gaps.append(f"{_listed(without)} were left out of recording then: nothing is known of them.")
    return gaps


def _types(value: object) -> list[str]:
    if isinstance(value, dict):
        value = value.get("ResourceTypes")
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _listed(types: list[str]) -> str:
    shown = ", ".join(types[:_NAMED])
    return f"{shown} and {len(types) - _NAMED} more types" if len(types) > _NAMED else shown
