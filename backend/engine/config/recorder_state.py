"""The configuration recorder as a region keeps it: its settings, whether it records, and what it records."""

from __future__ import annotations

from typing import Any

import msgspec

from backend.engine.context import Context
from backend.engine.store import dumps
from backend.model.item import Document
from backend.model.moment import Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS recorders (
    region TEXT PRIMARY KEY,
    body TEXT NOT NULL
) WITHOUT ROWID;
"""

RECORDER_TYPE = "AWS::Config::ConfigurationRecorder"

ALL, INCLUDED, EXCLUDED = "ALL_SUPPORTED_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES"

GLOBAL_TYPES = frozenset({"AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"})
"""The types that `includeGlobalResourceTypes` is about (reference: aws-config.md §2.2)."""

REGIONS_WITHOUT_GLOBAL = frozenset(
    {"ap-south-2", "ap-southeast-4", "ca-west-1", "eu-south-2", "eu-central-2", "il-central-1", "me-central-1"}
)
"""Regions opened after February 2022: IAM cannot be recorded there."""

CONTINUOUS, DAILY = "CONTINUOUS", "DAILY"


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A frequency of recording for some types."""

    types: tuple[str, ...]
    frequency: str
    description: str | None = None


class RecorderState(msgspec.Struct, frozen=True, kw_only=True):
    """The one customer recorder of a region."""

    name: str
    arn: str
    role_arn: str
    strategy: str = ALL
    include_global: bool = False
    types: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    frequency: str = CONTINUOUS
    overrides: tuple[Override, ...] = ()
    tags: dict[str, str] = {}
    recording: bool = False
    started: Moment | None = None
    stopped: Moment | None = None
    status: str = ""
    status_changed: Moment | None = None
    error_code: str = ""
    error_message: str = ""

    def records(self, resource_type: str, region: str) -> bool:
        """Whether items are made for a type in a region, by the recording group alone."""
        if resource_type == RECORDER_TYPE:
            return True
        if resource_type in GLOBAL_TYPES and region in REGIONS_WITHOUT_GLOBAL:
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
    """The recorder of the context's region."""
    row = ctx.store.one("SELECT body FROM recorders WHERE region = ?", (ctx.region,))
    return _BODY.decode(row["body"]) if row else None


def regions(ctx: Context) -> list[str]:
    """The regions that have a recorder."""
    return [row["region"] for row in ctx.store.all("SELECT region FROM recorders ORDER BY region")]


def save(ctx: Context, recorder: RecorderState) -> None:
    ctx.store.run("INSERT OR REPLACE INTO recorders VALUES (?, ?)", (ctx.region, dumps(recorder)))


def change(ctx: Context, recorder: RecorderState, **fields: Any) -> RecorderState:
    """Keep the recorder with some fields changed; the changed one."""
    changed = msgspec.structs.replace(recorder, **fields)
    save(ctx, changed)
    return changed


def remove(ctx: Context) -> None:
    ctx.store.run("DELETE FROM recorders WHERE region = ?", (ctx.region,))


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
