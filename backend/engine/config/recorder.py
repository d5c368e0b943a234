"""The operations on the configuration recorder: put, describe, start, stop, delete, and its types."""

from __future__ import annotations

from collections.abc import Sequence

from backend.engine.clock import Due
from backend.engine.config import (
    channel,
    history,
    linked_services,
    pages,
    recorder_state,
    recording,
    retention,
    roles,
    tagging,
)
from backend.engine.config.recorder_state import RecorderState, document
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

_PAGE = 20


def put_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Create or change the one recorder of the region; a running one goes on running."""
    asked = params["ConfigurationRecorder"]
    name = asked.get("name", "default")
    if not name.strip():
        raise ServiceError(
            "InvalidConfigurationRecorderNameException",
            f"The configuration recorder name '{name}' is not valid, blank string.",
        )
    if asked.get("servicePrincipal") or any(each.linked and each.name == name for each in recorder_state.every(ctx)):
        raise _owned_by_service("PutServiceLinkedConfigurationRecorder")
    if name.startswith(linked_services.PREFIX):
        raise ServiceError(
            "InvalidConfigurationRecorderNameException",
            f"The configuration recorder name '{name}' is not valid, the prefix"
            f" '{linked_services.PREFIX}' is reserved.",
        )
    if not roles.is_arn(asked.get("roleARN", "")):
        raise ServiceError("InvalidRoleException", "The role arn passed is not valid.")
    group = read_group(asked.get("recordingGroup"))
    frequency, overrides = read_mode(asked.get("recordingMode"), group)
    before = recorder_state.of(ctx)
    if before is not None and before.name != name:
        raise ServiceError(
            "MaxNumberOfConfigurationRecordersExceededException",
            f"Failed to put configuration recorder '{name}' because the maximum number of"
            " configuration recorders: 1 is reached.",
        )
    settings = {"role_arn": asked["roleARN"], "frequency": frequency, "overrides": overrides, **group._asdict()}
    after = recorder_state.change(ctx, before or new(ctx, name, params.get("Tags") or ()), **settings)
    if after != before:
        recording.note_recorder(ctx, after)
        recording.discover(ctx)
    return {}


def describe_configuration_recorders(ctx: Context, params: Document) -> Document:
    """The recorder's settings with every default filled in (REC-02)."""
    return {"ConfigurationRecorders": [document(each) for each in _selected(ctx, params)]}


def describe_configuration_recorder_status(ctx: Context, params: Document) -> Document:
    """Whether it records, since when, and what became of the last recording; only what has happened so far."""
    return {"ConfigurationRecordersStatus": [_status(each) for each in _selected(ctx, params)]}


def list_configuration_recorders(ctx: Context, params: Document) -> Document:
    """Names and ARNs of all recorders, linked ones too; 20 a page. The only filter is `recordingScope`."""
    operation = "ListConfigurationRecorders"
    asked = [value for each in params.get("Filters") or [] for value in each.get("filterValue") or []]
    found = [each for each in recorder_state.every(ctx) if not asked or each.scope in asked]
    behind = pages.after(ctx, operation, params.get("NextToken"), refusal="ValidationException")
    if behind is not None:
        names = [each.name for each in found]
        found = found[names.index(behind[0]) + 1 :] if behind[0] in names else []
    limit = params.get("MaxResults") or _PAGE
    answer: Document = {"ConfigurationRecorderSummaries": [_summary(each) for each in found[:limit]]}
    if len(found) > limit:
        answer["NextToken"] = pages.token(ctx, operation, [found[limit - 1].name])
    return answer


def start_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Begin to record: what is there is discovered at once. Starting a running recorder changes nothing."""
    recorder = _customers(ctx, params)
    if channel.of(ctx) is None:
        raise ServiceError(
            "NoAvailableDeliveryChannelException",
            "Delivery channel is not available to start configuration recorder.",
        )
    if recorder.recording:
        return {}
    history.begin(ctx)
    begin(ctx, recorder)
    return {}


def stop_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Stop recording; what was recorded stays readable (REC-07, REC-08)."""
    recorder = _customers(ctx, params)
    if recorder.recording:
        recorder = recorder_state.change(ctx, recorder, recording=False, stopped=ctx.now, status_changed=ctx.now)
        ctx.clock.cancel(STARTED, ctx.region, recorder.name)
        recording.note_recorder(ctx, recorder)
    return {}


def delete_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Remove the recorder; its items stay."""
    end(ctx, _customers(ctx, params))
    return {}


def associate_resource_types(ctx: Context, params: Document) -> Document:
    """Add types to the list of an inclusion or exclusion recorder."""
    return _change_types(ctx, params, add=True)


def disassociate_resource_types(ctx: Context, params: Document) -> Document:
    """Take types from the list of an inclusion or exclusion recorder."""
    return _change_types(ctx, params, add=False)


def begin(ctx: Context, recorder: RecorderState) -> RecorderState:
    """Let a recorder record: what is there is discovered at once. The recorder as it is from then on."""
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
    ctx.clock.schedule(ctx.now + _SETTLING, STARTED, ctx.region, recorder.name)
    retention.begin(ctx)
    recording.note_recorder(ctx, recorder)
    recording.discover(ctx)
    return recorder


def end(ctx: Context, recorder: RecorderState) -> None:
    """Remove a recorder; its items stay."""
    recording.note_recorder(ctx, recorder, gone=True)
    recorder_state.remove(ctx, recorder)
    tagging.forget(ctx, recorder.arn)
    ctx.clock.cancel(STARTED, ctx.region, recorder.name)


def settle(ctx: Context, due: Due) -> None:
    """Ten seconds after the start a recorder says that it works, unless it has found that it does not."""
    for recorder in recorder_state.every(ctx):
        if recorder.name == due.key and recorder.recording and recorder.status == "PENDING":
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


def new(ctx: Context, name: str, tags: Sequence[Document]) -> RecorderState:
    """A recorder that does nothing yet. Tags count at creation only (recorded.md §3)."""
    arn = ctx.arn("config", f"configuration-recorder/{name}/{ctx.ids.lower(16)}")
    tagging.tag_new(ctx, arn, tags)
    return RecorderState(name=name, arn=arn, role_arn="")


def unknown() -> ServiceError:
    """The refusal for a recorder that is not there."""
    return ServiceError(
        "NoSuchConfigurationRecorderException",
        "The name of the configuration recorder you entered cannot be found."
        " Verify the configuration recorder name, and try again.",
    )


def _owned_by_service(operation: str) -> ServiceError:
    return ServiceError(
        "UnmodifiableEntityException",
        f"The requested operation is not valid for a service-linked configuration recorder. Use the {operation}"
        " operation instead.",
    )


def _customers(ctx: Context, params: Document) -> RecorderState:
    """The customer's recorder by its name; those of services can be neither started, stopped nor deleted like it."""
    name = params["ConfigurationRecorderName"]
    for found in recorder_state.every(ctx):
        if found.name == name:
            if found.linked:
                raise _owned_by_service("DeleteServiceLinkedConfigurationRecorder")
            return found
    raise unknown()


def _selected(ctx: Context, params: Document) -> list[RecorderState]:
    """The recorder that a name, a service principal or an ARN means, or the customer's when nothing is named."""
    names, principal, arn = (params.get(each) for each in ("ConfigurationRecorderNames", "ServicePrincipal", "Arn"))
    if sum(map(bool, (names, principal, arn))) > 1 or len(names or ()) > 1:
        raise ServiceError("ValidationException", "You can specify only one configuration recorder.")
    if principal and principal not in linked_services.SERVICES:
        raise ServiceError("ValidationException", f"The service principal '{principal}' is not valid.")
    recorders = recorder_state.every(ctx)
    if names:
        found = [each for each in recorders if each.name in names]
    elif principal:
        found = [each for each in recorders if each.principal == principal]
    elif arn:
        found = [each for each in recorders if each.arn == arn]
    else:
        return [each for each in recorders if not each.linked]
    if not found:
        raise unknown()
    return found


def _summary(recorder: RecorderState) -> Document:
    found: Document = {"arn": recorder.arn, "name": recorder.name, "recordingScope": recorder.scope}
    if recorder.linked:
        found["servicePrincipal"] = recorder.principal
    if recorder.connector_arn:
        found["provider"] = "AZURE"
    return found


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
        "servicePrincipal": recorder.principal,
    }
    status.update({member: moment.to_datetime(time) for member, time in times.items() if time is not None})
    status.update({member: text for member, text in texts.items() if text})
    return status


def _change_types(ctx: Context, params: Document, *, add: bool) -> Document:
    asked = params["ResourceTypes"]
    recorder = next(
        (each for each in recorder_state.every(ctx) if each.arn == params["ConfigurationRecorderArn"]), None
    )
    if recorder is None:
        raise unknown()
    if recorder.linked:
        raise ServiceError(
            "ConflictException",
            "Your requested change to the configuration recorder has been denied by its linked AWS service.",
        )
    if recorder.strategy == recorder_state.ALL:
        raise ServiceError(
            "ValidationException", "The recorder records all supported resource types, so its list cannot be changed."
        )
    listed = "types" if recorder.strategy == recorder_state.INCLUDED else "excluded"
    have: tuple[str, ...] = getattr(recorder, listed)
    # To record a type, a recorder of exclusions takes it off its list (model: AssociateResourceTypes).
    longer = add == (listed == "types")
    wrong = [each for each in asked if (each in have) == longer]
    if not asked:
        raise ServiceError("ValidationException", "The list of resource types is empty.")
    if wrong:
        state = "already" if longer else "not"
        raise ServiceError("ValidationException", f"These resource types are {state} listed: {', '.join(wrong)}")
    left = (*have, *dict.fromkeys(asked)) if longer else tuple(each for each in have if each not in asked)
    if not left:
        raise ServiceError("ValidationException", "The recorder must keep at least one resource type.")
    recorder = recorder_state.change(ctx, recorder, **{listed: left})
    recording.note_recorder(ctx, recorder)
    recording.discover(ctx)
    return {"ConfigurationRecorder": document(recorder)}
