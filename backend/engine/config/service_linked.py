"""Recorders that belong to AWS services: they always record, and only their service changes them.

Reference: aws-config.md §2.6.
"""

from __future__ import annotations

import msgspec

from backend.engine.around import identity
from backend.engine.config import connectors, linked_services, recorder, recorder_state, recording, roles
from backend.engine.config.linked_services import SERVICES, LinkedService
from backend.engine.config.recorder_state import ALL, INCLUDED, INTERNAL, RecorderState
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.model.item import Document

_SCOPES = frozenset({"tenant", "subscription"})
"""The kinds of scope of an Azure connector (model: ScopeConfiguration)."""


def put_service_linked_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Make the recorder of a service; it records from now on. The account gets the role it needs."""
    principal = params["ServicePrincipal"]
    service = _service(principal)
    if _of(ctx, principal) is not None:
        raise ServiceError(
            "ConflictException",
            f"A service-linked configuration recorder already exists for the service principal '{principal}'.",
        )
    made = msgspec.structs.replace(
        recorder.new(ctx, linked_services.PREFIX + service.name, params.get("Tags") or ()),
        role_arn=roles.linked(ctx),
        strategy=INCLUDED if service.types else ALL,
        types=service.types,
        scope=INTERNAL,
        principal=principal,
    )
    recorder.begin(ctx, made)
    return {"Arn": made.arn, "Name": made.name}


def delete_service_linked_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Remove the recorder of a service, named by its principal or its ARN; what it recorded stays readable."""
    principal, arn = params.get("ServicePrincipal"), params.get("Arn")
    if bool(principal) == bool(arn):
        raise ServiceError("ValidationException", "You must specify either a service principal or an ARN, not both.")
    if principal:
        _service(principal)
        found = _of(ctx, principal)
    else:
        found = next((each for each in recorder_state.every(ctx) if each.linked and each.arn == arn), None)
    if found is None:
        raise recorder.unknown()
    recorder.end(ctx, found)
    return {"Arn": found.arn, "Name": found.name}


def put_third_party_service_linked_configuration_recorder(ctx: Context, params: Document) -> Document:
    """Make or change a recorder for another cloud. Only the linked service may call this, in lenient worlds everybody.

    There is no other cloud here, so such a recorder records nothing but itself.
    """
    principal, connector_arn, reach = (
        params[each] for each in ("ServicePrincipal", "ConnectorArn", "ScopeConfiguration")
    )
    if ctx.caller.service != principal and not ctx.world.lenient:
        raise ServiceError(
            "AccessDeniedException",
            f"User: {identity.principal(ctx).arn} is not authorized to perform:"
            " config:PutThirdPartyServiceLinkedConfigurationRecorder",
        )
    service = _service(principal)
    tenant = connectors.tenant(ctx, connector_arn)
    if tenant is None:
        raise ServiceError("ValidationException", f"The connector '{connector_arn}' does not exist.")
    _check_reach(reach)
    found = _of(ctx, principal, connector_arn)
    if found is not None:
        changed = recorder_state.change(ctx, found, reach=reach)
        recording.note_recorder(ctx, changed)
        return {"Arn": found.arn, "Name": found.name}
    made = msgspec.structs.replace(
        recorder.new(ctx, f"{linked_services.PREFIX}{service.name}_{tenant}", params.get("Tags") or ()),
        role_arn=roles.linked(ctx),
        strategy=INCLUDED,
        scope=INTERNAL,
        principal=principal,
        connector_arn=connector_arn,
        reach=reach,
    )
    recorder.begin(ctx, made)
    return {"Arn": made.arn, "Name": made.name}


OPERATIONS: dict[str, Operation] = {
    "PutServiceLinkedConfigurationRecorder": put_service_linked_configuration_recorder,
    "DeleteServiceLinkedConfigurationRecorder": delete_service_linked_configuration_recorder,
    "PutThirdPartyServiceLinkedConfigurationRecorder": put_third_party_service_linked_configuration_recorder,
}


def _service(principal: str) -> LinkedService:
    service = SERVICES.get(principal)
    if service is None:
        raise ServiceError(
            "ValidationException",
            f"The service principal '{principal}' does not support service-linked configuration recorders.",
        )
    return service


def _of(ctx: Context, principal: str, connector_arn: str = "") -> RecorderState | None:
    for found in recorder_state.every(ctx):
        if (found.principal, found.connector_arn) == (principal, connector_arn):
            return found
    return None


def _check_reach(reach: Document) -> None:
    """Raises ServiceError ValidationException for a scope that says nothing or contradicts itself."""
    wrong = ""
    if reach["scopeType"] not in _SCOPES:
        wrong = f"The scope type '{reach['scopeType']}' is not valid."
    elif reach["scopeType"] == "subscription" and not reach.get("scopeValues"):
        wrong = "The scope type 'subscription' needs scope values."
    elif reach["allRegions"] == bool(reach.get("includedRegions")):
        wrong = "You must specify either all regions or a list of regions."
    if wrong:
        raise ServiceError("ValidationException", wrong)
