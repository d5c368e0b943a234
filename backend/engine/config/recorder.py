"""The operations on the configuration recorder: put, describe, start, stop, delete, and its types."""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import channel, history, recorder_state, recording, retention, roles
from backend.engine.config.recorder_state import RecorderState, group_document, mode_document
from backend.engine.config.recording_group import read_group, read_mode
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import SECOND

SCHEMA = recorder_state.SCHEMA + recording.SCHEMA

STARTED = "config.recorder.started"
"""The due thing that turns a started recorder's status to SUCCESS."""

_SETTLING = 10 * SECOND
"""How long after the start that is (recorded.md §3)."""

_LINKED_PREFIX = "AWSConfigurationRecorderFor"
"""Names of recorders that belong to AWS services."""


def put_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Create or change the one recorder of the region; a running one goes on running."""
    asked = params["ConfigurationRecorder"]
    name = asked.get("name", "default")
    if not name.strip():
        raise ServiceError(
            "InvalidConfigurationRecorderNameException",
            f"The configuration recorder name '{name}' is not valid, blank string.",
        )
    if name.startswith(_LINKED_PREFIX):
        raise ServiceError(
            "InvalidConfigurationRecorderNameException",
            f"The configuration recorder name '{name}' is not valid, the prefix '{_LINKED_PREFIX}' is reserved.",
        )
    if not roles.is_arn(asked.get("roleARN", "")):
        raise ServiceError("InvalidRoleException", "The role arn passed is not valid.")
    group = read_group(asked.get("recordingGroup"))
    frequency, overrides = read_mode(asked.get("recordingMode"))
    before = recorder_state.of(ctx)
    if before is not None and before.name != name:
        raise ServiceError(
            "MaxNumberOfConfigurationRecordersExceededException",
            f"Failed to put configuration recorder '{name}' because the maximum number of"
            " configuration recorders: 1 is reached.",
        )
    settings = {"role_arn": asked["roleARN"], "frequency": frequency, "overrides": overrides, **group._asdict()}
    after = recorder_state.change(ctx, before or _new(ctx, name, params), **settings)
    if after != before:
        recording.note_recorder(ctx, after)
        recording.discover(ctx)
    return {}


def describe_configuration_recorders(ctx: Context, params: Document) -> Document:
    """The recorder's settings with every default filled in (REC-02)."""
    return {"ConfigurationRecorders": [_document(each) for each in _selected(ctx, params)]}


def describe_configuration_recorder_status(ctx: Context, params: Document) -> Document:
    """Whether it records, since when, and what became of the last recording; only what has happened so far."""
    return {"ConfigurationRecordersStatus": [_status(each) for each in _selected(ctx, params)]}


def list_configuration_recorders(ctx: Context, params: Document) -> Document:
    """Names and ARNs; the only filter is `recordingScope`."""
    wanted = [value for each in params.get("Filters") or [] for value in each.get("filterValue") or []]
    found = recorder_state.of(ctx)
    if found is None or (wanted and "PAID" not in wanted):
        return {"ConfigurationRecorderSummaries": []}
    return {"ConfigurationRecorderSummaries": [{"arn": found.arn, "name": found.name, "recordingScope": "PAID"}]}


def start_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Begin to record: what is there is discovered at once. Starting a running recorder changes nothing."""
    recorder = _named(ctx, params)
    if channel.of(ctx) is None:
        raise ServiceError(
            "NoAvailableDeliveryChannelException",
            "Delivery channel is not available to start configuration recorder.",
        )
    if recorder.recording:
        return {}
    recorder = recorder_state.change(
        ctx,
        recorder,
        recording=True,
        started=ctx.now,
        status="PENDING",
        status_changed=ctx.now,
        error_code="",
        error_message="",
    )
    ctx.clock.schedule(ctx.now + _SETTLING, STARTED, ctx.region)
    history.begin(ctx)
    retention.begin(ctx)
    recording.note_recorder(ctx, recorder)
    recording.discover(ctx)
    return {}


def stop_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Stop recording; what was recorded stays readable (REC-07, REC-08)."""
    recorder = _named(ctx, params)
    if recorder.recording:
        recorder = recorder_state.change(ctx, recorder, recording=False, stopped=ctx.now, status_changed=ctx.now)
        ctx.clock.cancel(STARTED, ctx.region)
        recording.note_recorder(ctx, recorder)
    return {}


def delete_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Remove the recorder; its items stay."""
    recorder = _named(ctx, params)
    recording.note_recorder(ctx, recorder, gone=True)
    recorder_state.remove(ctx)
    ctx.clock.cancel(STARTED, ctx.region)
    return {}


def associate_resource_types(ctx: Context, params: Document) -> Document:
    """Add types to the list of an inclusion or exclusion recorder."""
    return _change_types(ctx, params, add=True)


def disassociate_resource_types(ctx: Context, params: Document) -> Document:
    """Take types from the list of an inclusion or exclusion recorder."""
    return _change_types(ctx, params, add=False)


def settle(ctx: Context, due: Due) -> None:
    """Ten seconds after the start the recorder says that it works, unless it has found that it does not."""
    recorder = recorder_state.of(ctx)
    if recorder is not None and recorder.recording and recorder.status == "PENDING":
        recorder_state.change(ctx, recorder, status="SUCCESS", status_changed=ctx.now)


OPERATIONS: dict[str, Operation] = {
    "PutConfigurationRecorder": put_configuration_recorder,
    "DescribeConfigurationRecorders": describe_configuration_recorders,
    "DescribeConfigurationRecorderStatus": describe_configuration_recorder_status,
    "ListConfigurationRecorders": list_configuration_recorders,
    "StartConfigurationRecorder": start_configuration_recorder,
    "StopConfigurationRecorder": stop_configuration_recorder,
    "DeleteConfigurationRecorder": delete_configuration_recorder,
    "AssociateResourceTypes": associate_resource_types,
    "DisassociateResourceTypes": disassociate_resource_types,
}

DUE: dict[str, DueHandler] = {STARTED: settle, **recording.DUE}


def _new(ctx: Context, name: str, params: Document) -> RecorderState:
    """A recorder that does nothing yet. Tags count at creation only (recorded.md §3)."""
    arn = ctx.arn("config", f"configuration-recorder/{name}/{ctx.ids.lower(16)}")
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}
    return RecorderState(name=name, arn=arn, role_arn="", tags=tags)


def _unknown() -> ServiceError:
    return ServiceError(
        "NoSuchConfigurationRecorderException",
        "The name of the configuration recorder you entered cannot be found."
        " Verify the configuration recorder name, and try again.",
    )


def _named(ctx: Context, params: Document) -> RecorderState:
    found = recorder_state.of(ctx)
    if found is None or found.name != params["ConfigurationRecorderName"]:
        raise _unknown()
    return found


def _selected(ctx: Context, params: Document) -> list[RecorderState]:
    names, principal, arn = (params.get(each) for each in ("ConfigurationRecorderNames", "ServicePrincipal", "Arn"))
    if sum(map(bool, (names, principal, arn))) > 1:
        raise ServiceError(
            "ValidationException",
            "You can specify only one of configuration recorder names, service principal and ARN.",
        )
    found = recorder_state.of(ctx)
    unknown = (
        principal
        or any(found is None or name != found.name for name in names or [])
        or (arn and (found is None or found.arn != arn))
    )
    if unknown:
        raise _unknown()
    return [found] if found else []


def _document(recorder: RecorderState) -> Document:
    return {
        "arn": recorder.arn,
        "name": recorder.name,
        "roleARN": recorder.role_arn,
        "recordingGroup": group_document(recorder),
        "recordingMode": mode_document(recorder),
        "recordingScope": "PAID",
    }


def _status(recorder: RecorderState) -> Document:
    status: Document = {"arn": recorder.arn, "name": recorder.name, "recording": recorder.recording}
    times = {
        "lastStartTime": recorder.started,
        "lastStopTime": recorder.stopped,
        "lastStatusChangeTime": recorder.status_changed,
    }
    texts = {
        "lastStatus": recorder.status,
        "lastErrorCode": recorder.error_code,
        "lastErrorMessage": recorder.error_message,
    }
    status.update({member: moment.to_datetime(time) for member, time in times.items() if time is not None})
    status.update({member: text for member, text in texts.items() if text})
    return status


def _change_types(ctx: Context, params: Document, *, add: bool) -> Document:
    recorder = recorder_state.of(ctx)
    if recorder is None or recorder.arn != params["ConfigurationRecorderArn"]:
        raise _unknown()
    if recorder.strategy == recorder_state.ALL:
        raise ServiceError(
            "ValidationException", "The recorder records all supported resource types, so its list cannot be changed."
        )
    listed = "types" if recorder.strategy == recorder_state.INCLUDED else "excluded"
    have: tuple[str, ...] = getattr(recorder, listed)
    asked = params["ResourceTypes"]
    wrong = [each for each in asked if (each in have) == add]
    if wrong:
        state = "already" if add else "not"
        raise ServiceError("ValidationException", f"These resource types are {state} listed: {', '.join(wrong)}")
    left = (*have, *asked) if add else tuple(each for each in have if each not in asked)
    if not left:
        raise ServiceError("ValidationException", "The recorder must keep at least one resource type.")
    recorder = recorder_state.change(ctx, recorder, **{listed: left})
    recording.note_recorder(ctx, recorder)
    recording.discover(ctx)
    return {"ConfigurationRecorder": _document(recorder)}
