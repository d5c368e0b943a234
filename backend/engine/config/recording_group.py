"""What a caller asks a recorder to record, checked: `recordingGroup` and `recordingMode`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from backend.engine.config.recorder_state import ALL, EXCLUDED, INCLUDED, Override
from backend.engine.errors import ServiceError
from backend.model.coverage import CONTINUOUS, DAILY, NEVER_DAILY
from backend.model.item import Document


class Group(NamedTuple):
    """A recording group that makes sense."""

    strategy: str = ALL
    include_global: bool = False
    types: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def read_group(asked: Document | None) -> Group:
    """Check a `recordingGroup` by the table of aws-config.md §2.2; without one everything but IAM is recorded.

    Raises ServiceError InvalidRecordingGroupException when the members contradict each other.
    """
    if asked is None:
        return Group()
    everything = bool(asked.get("allSupported"))
    include_global = bool(asked.get("includeGlobalResourceTypes"))
    types = tuple(asked.get("resourceTypes") or ())
    excluded = tuple((asked.get("exclusionByResourceTypes") or {}).get("resourceTypes") or ())
    strategy = (asked.get("recordingStrategy") or {}).get("useOnly")
    if everything:
        if types or excluded or strategy not in (None, ALL):
            raise _invalid()
        return Group(ALL, include_global)
    if strategy == EXCLUDED:
        # The strategy overrides everything else in the group.
        if not excluded:
            raise _invalid()
        return Group(EXCLUDED, excluded=excluded)
    if not types or excluded or include_global or strategy not in (None, INCLUDED):
        raise _invalid()
    return Group(INCLUDED, types=types)


def read_mode(asked: Document | None, group: Group) -> tuple[str, tuple[Override, ...]]:
    """Check a `recordingMode`; (frequency, overrides).

    Some of AWS Config's own types cannot be recorded daily: a recorder of everything goes on recording them
    continuously, one that names them must not be daily (model: RecordingMode).
    """
    if asked is None:
        return CONTINUOUS, ()
    overrides = tuple(
        Override(
            types=tuple(each["resourceTypes"]),
            frequency=each["recordingFrequency"],
            description=each.get("description"),
        )
        for each in asked.get("recordingModeOverrides") or []
    )
    if len(overrides) > 1:
        raise ServiceError("ValidationException", "You can specify at most one recording mode override.")
    for override in overrides:
        if override.frequency == DAILY:
            _check_daily(override.types)
    frequency = asked["recordingFrequency"]
    if frequency == DAILY:
        _check_daily(set(group.types).difference(*(override.types for override in overrides)))
    return frequency, overrides


def _check_daily(types: Iterable[str]) -> None:
    wrong = sorted(NEVER_DAILY.intersection(types))
    if wrong:
        raise ServiceError("ValidationException", f"DAILY recording is not supported for {', '.join(wrong)}.")


def _invalid() -> ServiceError:
    return ServiceError("InvalidRecordingGroupException", "The recording group provided is not valid")
