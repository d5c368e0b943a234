"""The configuration recorders of a region as they are kept: settings, whether they record, and what they record.

One belongs to the customer; AWS services may have theirs beside it (aws-config.md §2.6).
"""

from __future__ import annotations

from typing import Any

import msgspec

from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model.coverage import (
    CONTINUOUS,
    DAILY,
    GLOBAL_TYPES,
    HOME_REGIONS,
    RECORDER_TYPE,
    REGIONS_WITHOUT_GLOBAL,
)
from backend.model.item import Document
from backend.model.moment import Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS recorders (
    region TEXT NOT NULL,
    linked INTEGER NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, linked, name)
) WITHOUT ROWID;
"""

ALL, INCLUDED, EXCLUDED = "ALL_SUPPORTED_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES"

PAID, INTERNAL = "PAID", "INTERNAL"
"""The recording scopes: items of an INTERNAL recorder are free and not delivered."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A frequency of recording for some types."""

    types: tuple[str, ...]
    frequency: str
    description: str | None = None


class RecorderState(msgspec.Struct, frozen=True, kw_only=True):
    """A recorder of a region: the customer's, or one that is linked to a service."""

    name: str
    arn: str
    role_arn: str
    strategy: str = ALL
    include_global: bool = False
    types: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    frequency: str = CONTINUOUS
    overrides: tuple[Override, ...] = ()
    recording: bool = False
    started: Moment | None = None
    stopped: Moment | None = None
    status: str = ""
    status_changed: Moment | None = None
    error_code: str = ""
    error_message: str = ""
    scope: str = PAID
    principal: str = ""
    """The service that a recorder is linked to; empty for the customer's."""
    connector_arn: str = ""
    reach: Document | None = None
    """`scopeConfiguration`: what is recorded of another cloud."""

    @property
    def linked(self) -> bool:
        return bool(self.principal)

    def records(self, resource_type: str, region: str) -> bool:
        """Whether items are made for a type in a region, by the recording group alone.

        Recorders record themselves, and customers' own types (PutResourceConfig) that no group can name.
        """
        if resource_type == RECORDER_TYPE or not resource_type.startswith("AWS::"):
            return not self.linked
        if resource_type in GLOBAL_TYPES and region in REGIONS_WITHOUT_GLOBAL:
            return False
        if HOME_REGIONS.get(resource_type, region) != region:
            return False
        if self.strategy == INCLUDED:
            return resource_type in self.types
        if self.strategy == EXCLUDED:
            return resource_type not in self.excluded
        return self.include_global or resource_type not in GLOBAL_TYPES

    def daily(self, resource_type: str) -> bool:
        """Whether a type is recorded once a day only."""
        if resource_type.startswith("AWS::Config::"):
            return False
        for override in self.overrides:
            if resource_type in override.types:
                return override.frequency == DAILY
        return self.frequency == DAILY


_BODY = msgspec.json.Decoder(RecorderState)


def of(ctx: Context) -> RecorderState | None:
    """The customer's recorder in the context's region."""
    row = ctx.store.one("SELECT body FROM recorders WHERE region = ? AND linked = 0", (ctx.region,))
    return _BODY.decode(row["body"]) if row else None


def every(ctx: Context) -> list[RecorderState]:
    """All recorders of the context's region, the customer's first."""
    rows = ctx.store.all("SELECT body FROM recorders WHERE region = ? ORDER BY linked, name", (ctx.region,))
    return [_BODY.decode(row["body"]) for row in rows]


def regions(ctx: Context) -> list[str]:
    """The regions that have a recorder."""
    return [row["region"] for row in ctx.store.all("SELECT DISTINCT region FROM recorders ORDER BY region")]


def require(ctx: Context, purpose: str) -> None:
    """Raises ServiceError NoAvailableConfigurationRecorderException in a region without any recorder."""
    if not every(ctx):
        raise ServiceError(
            "NoAvailableConfigurationRecorderException", f"Configuration recorder is not available to {purpose}."
        )


def save(ctx: Context, recorder: RecorderState) -> None:
    ctx.store.run(
        "INSERT OR REPLACE INTO recorders VALUES (?, ?, ?, ?)",
        (ctx.region, recorder.linked, recorder.name, dumps(recorder)),
    )


def change(ctx: Context, recorder: RecorderState, **fields: Any) -> RecorderState:
    """Keep the recorder with some fields changed; the changed one."""
    changed = msgspec.structs.replace(recorder, **fields)
    save(ctx, changed)
    return changed


def remove(ctx: Context, recorder: RecorderState) -> None:
    ctx.store.run(
        "DELETE FROM recorders WHERE region = ? AND linked = ? AND name = ?",
        (ctx.region, recorder.linked, recorder.name),
    )


def document(recorder: RecorderState) -> Document:
    """A recorder as Describe answers it, with every default filled in."""
    found: Document = {
        "arn": recorder.arn,
        "name": recorder.name,
        "roleARN": recorder.role_arn,
        "recordingGroup": group_document(recorder),
        "recordingMode": mode_document(recorder),
        "recordingScope": recorder.scope,
    }
    members = {
        "servicePrincipal": recorder.principal,
        "connectorArn": recorder.connector_arn,
        "scopeConfiguration": recorder.reach,
    }
    found.update({member: value for member, value in members.items() if value})
    return found


def group_document(recorder: RecorderState) -> Document:
    """`recordingGroup` as Describe answers it, with every default filled in (recorded.md §3)."""
    return {
        "allSupported": recorder.strategy == ALL,
        "includeGlobalResourceTypes": recorder.include_global,
        "resourceTypes": list(recorder.types),
        "exclusionByResourceTypes": {"resourceTypes": list(recorder.excluded)},
        "recordingStrategy": {"useOnly": recorder.strategy},
    }


def mode_document(recorder: RecorderState) -> Document:
    """`recordingMode` as Describe answers it."""
    return {
        "recordingFrequency": recorder.frequency,
        "recordingModeOverrides": [
            {
                **({"description": override.description} if override.description else {}),
                "resourceTypes": list(override.types),
                "recordingFrequency": override.frequency,
            }
            for override in recorder.overrides
        ],
    }
