"""The configuration recorder and its state."""

from __future__ import annotations

import msgspec

from backend.model.moment import Moment


class RecordingGroup(msgspec.Struct, frozen=True):
    """What is recorded; `strategy` is AWS's `recordingStrategy.useOnly`."""

    all_supported: bool = True
    include_global: bool = False
    resource_types: tuple[str, ...] = ()
    excluded_types: tuple[str, ...] = ()
    strategy: str = "ALL_SUPPORTED_RESOURCE_TYPES"


class ModeOverride(msgspec.Struct, frozen=True):
    """Types that are recorded at another frequency than the recorder's own."""

    resource_types: tuple[str, ...]
    frequency: str
    description: str = ""


class LinkedRecorder(msgspec.Struct, frozen=True):
    """A recorder that an AWS service keeps beside the customer's; only that service changes it."""

    name: str
    principal: str
    scope: str = ""
    """`INTERNAL` for one that costs the customer nothing, or `PAID`."""


class Recorder(msgspec.Struct, frozen=True, kw_only=True):
    """The one customer recorder of a region, settings and status together (REC-02, REC-11)."""

    name: str
    role_arn: str
    group: RecordingGroup
    arn: str = ""
    frequency: str = "CONTINUOUS"
    overrides: tuple[ModeOverride, ...] = ()
    recording: bool = False
    last_status: str = ""
    last_error_code: str = ""
    last_error_message: str = ""
    last_start_time: Moment | None = None
    last_stop_time: Moment | None = None
    last_status_change_time: Moment | None = None
