"""The recorder in the spelling of the API, which is also that of `configurationRecorder.json`."""

from __future__ import annotations

from backend.model.item import Document
from backend.model.recorder import ModeOverride, Recorder, RecordingGroup
from backend.model.spelling import read_moment


def read_recorder(settings: Document, state: Document) -> Recorder:
    """A recorder from its settings and its status; what older accounts leave out has AWS's default."""
    group = settings.get("recordingGroup") or {}
    types = tuple(group.get("resourceTypes") or ())
    excluded = tuple((group.get("exclusionByResourceTypes") or {}).get("resourceTypes") or ())
    mode = settings.get("recordingMode") or {}
    all_supported = bool(group.get("allSupported"))
    return Recorder(
        name=settings.get("name") or "",
        role_arn=settings.get("roleARN") or "",
        arn=settings.get("arn") or "",
        group=RecordingGroup(
            all_supported=all_supported,
            include_global=bool(group.get("includeGlobalResourceTypes")),
            resource_types=types,
            excluded_types=excluded,
            strategy=(group.get("recordingStrategy") or {}).get("useOnly") or _strategy(all_supported, excluded),
        ),
        frequency=mode.get("recordingFrequency") or "CONTINUOUS",
        overrides=tuple(map(_override, mode.get("recordingModeOverrides") or ())),
        recording=bool(state.get("recording")),
        last_status=(state.get("lastStatus") or "").upper(),
        last_error_code=state.get("lastErrorCode") or "",
        last_error_message=state.get("lastErrorMessage") or "",
        last_start_time=read_moment(state.get("lastStartTime")),
        last_stop_time=read_moment(state.get("lastStopTime")),
        last_status_change_time=read_moment(state.get("lastStatusChangeTime")),
    )


def write_recorder(recorder: Recorder) -> Document:
    """The input of PutConfigurationRecorder (aws-config.md §2.2: members that do not belong together are refused)."""
    group = recorder.group
    recording: Document = {"recordingStrategy": {"useOnly": group.strategy}}
    if group.strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        recording["exclusionByResourceTypes"] = {"resourceTypes": list(group.excluded_types)}
    elif group.strategy == "INCLUSION_BY_RESOURCE_TYPES":
        recording |= {"allSupported": False, "resourceTypes": list(group.resource_types)}
    else:
        recording |= {"allSupported": True, "includeGlobalResourceTypes": group.include_global}
    mode: Document = {"recordingFrequency": recorder.frequency}
    if recorder.overrides:
        mode["recordingModeOverrides"] = [
            {
                **({"description": override.description} if override.description else {}),
                "resourceTypes": list(override.resource_types),
                "recordingFrequency": override.frequency,
            }
            for override in recorder.overrides
        ]
    return {
        "name": recorder.name,
        "roleARN": recorder.role_arn,
        "recordingGroup": recording,
        "recordingMode": mode,
    }


def _override(document: Document) -> ModeOverride:
    return ModeOverride(
        tuple(document.get("resourceTypes") or ()),
        document.get("recordingFrequency") or "",
        document.get("description") or "",
    )


def _strategy(all_supported: bool, excluded: tuple[str, ...]) -> str:
    if all_supported:
        return "ALL_SUPPORTED_RESOURCE_TYPES"
    return "EXCLUSION_BY_RESOURCE_TYPES" if excluded else "INCLUSION_BY_RESOURCE_TYPES"
