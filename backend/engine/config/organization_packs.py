"""Conformance packs for a whole organization: put once, deployed in every account, shown with how far each is."""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import organization, organization_deployments
from backend.engine.config.organization_deployments import DELETE, PRINCIPAL, Deployment, Kind, State
from backend.engine.config.packs import deployment as pack_deployment
from backend.engine.config.packs import operations, register
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import to_datetime
from backend.rules.packs import template
from backend.rules.packs.intrinsics import TemplateError

MOST_PACKS = 50
"""For an organization (reference: aws-config.md §5.7)."""

_BUCKET_PREFIX = "awsconfigconforms"

_KEPT = ("DeliveryS3Bucket", "DeliveryS3KeyPrefix", "ConformancePackInputParameters")


def put_organization_conformance_pack(ctx: Context, params: Document) -> Document:
    """PutOrganizationConformancePack: the accounts follow; a template in a bucket goes before one in the call.

    Raises ServiceError OrganizationConformancePackTemplateValidationException, ResourceInUseException,
    ValidationException, InsufficientPermissionsException, MaxNumberOfOrganizationConformancePacksExceededException and
    the refusals of `organization.need_management`.
    """
    organization.need_management(ctx)
    name: str = params["OrganizationConformancePackName"]
    if not params.get("TemplateS3Uri") and not params.get("TemplateBody"):
        raise ServiceError("ValidationException", "You must specify either the TemplateS3Uri or the TemplateBody.")
    bucket = params.get("DeliveryS3Bucket")
    if bucket and not bucket.startswith(_BUCKET_PREFIX):
        raise ServiceError(
            "ValidationException", f"The name of the delivery bucket {bucket} must begin with {_BUCKET_PREFIX}."
        )
    definition = {member: params[member] for member in _KEPT if params.get(member)}
    definition["TemplateBody"] = _template(ctx, params)
    if not organization_deployments.has_room(ctx, _KIND, name, MOST_PACKS):
        raise ServiceError(
            "MaxNumberOfOrganizationConformancePacksExceededException",
            f"You have reached the limit of the number of organization conformance packs you can create: {MOST_PACKS}.",
        )
    return {"OrganizationConformancePackArn": organization_deployments.put(ctx, _KIND, name, definition, params).arn}


def _template(ctx: Context, params: Document) -> str:
    """The text of the template, read where the call is made, and found to be one."""
    source = "TemplateS3Uri" if params.get("TemplateS3Uri") else "TemplateBody"
    given = {
        each["ParameterName"]: each["ParameterValue"] for each in params.get("ConformancePackInputParameters") or ()
    }
    stack_arn = ctx.arn("cloudformation", f"stack/{params['OrganizationConformancePackName']}/validation")
    try:
        text = operations.template_text(ctx, {source: params[source]})
        template.read(text, given, operations.pseudo(ctx, stack_arn))
    except ServiceError as refusal:
        if refusal.code != "ConformancePackTemplateValidationException":
            raise
        raise _bad_template(refusal.message) from refusal
    except TemplateError as error:
        raise _bad_template(str(error)) from error
    return text


def _bad_template(message: str) -> ServiceError:
    return ServiceError("OrganizationConformancePackTemplateValidationException", message)


def _deploy(ctx: Context, deployment: Deployment) -> None:
    name = _KIND.deployed_name(deployment)
    operations.put(ctx, {**deployment.definition, "ConformancePackName": name}, created_by=PRINCIPAL)


def _withdraw(ctx: Context, deployment: Deployment) -> None:
    pack = register.find(ctx, _KIND.deployed_name(deployment))
    if pack is not None:
        pack_deployment.end(ctx, pack)


def _state(ctx: Context, deployment: Deployment) -> State:
    """How far the pack of the account is."""
    pack = register.find(ctx, _KIND.deployed_name(deployment))
    if pack is None:
        return State(settled=True)
    if pack.state == register.FAILED and deployment.phase != DELETE:
        return State(settled=True, code="ConformancePackDeploymentFailed", message=pack.reason)
    return State(settled=pack.state == register.CREATED and deployment.phase != DELETE)


_KIND = Kind(
    name="pack",
    arn_prefix="organization-conformance-pack",
    deployed_prefix="OrgConformsPack",
    no_such="NoSuchOrganizationConformancePackException",
    member="OrganizationConformancePackName",
    status_member="Status",
    deployed_member="ConformancePackName",
    deploy=_deploy,
    withdraw=_withdraw,
    state=_state,
)


def describe_organization_conformance_packs(ctx: Context, params: Document) -> Document:
    """DescribeOrganizationConformancePacks: those that are named, or all of them in pages; without the templates."""
    found, token = organization_deployments.chosen(ctx, _KIND, "DescribeOrganizationConformancePacks", params)
    return {"OrganizationConformancePacks": [_document(deployment) for deployment in found], **token}


def _document(deployment: Deployment) -> Document:
    definition = deployment.definition
    delivery = ("DeliveryS3Bucket", "DeliveryS3KeyPrefix")
    return {
        "OrganizationConformancePackName": deployment.name,
        "OrganizationConformancePackArn": deployment.arn,
        **{member: definition[member] for member in delivery if member in definition},
        "ConformancePackInputParameters": definition.get("ConformancePackInputParameters", []),
        "ExcludedAccounts": list(deployment.excluded),
        "LastUpdateTime": to_datetime(deployment.updated),
    }


def describe_organization_conformance_pack_statuses(ctx: Context, params: Document) -> Document:
    """DescribeOrganizationConformancePackStatuses: successful when every account is."""
    found, token = organization_deployments.statuses(
        ctx, _KIND, "DescribeOrganizationConformancePackStatuses", params, "Status"
    )
    return {"OrganizationConformancePackStatuses": found, **token}


def get_organization_conformance_pack_detailed_status(ctx: Context, params: Document) -> Document:
    """GetOrganizationConformancePackDetailedStatus: one status an account."""
    found, token = organization_deployments.detailed(ctx, _KIND, "GetOrganizationConformancePackDetailedStatus", params)
    return {"OrganizationConformancePackDetailedStatuses": found, **token}


def delete_organization_conformance_pack(ctx: Context, params: Document) -> Document:
    """DeleteOrganizationConformancePack: DELETE_IN_PROGRESS until the pack is gone from every account."""
    organization_deployments.delete(ctx, _KIND, params)
    return {}


def _due(ctx: Context, due: Due) -> None:
    organization_deployments.advance(ctx, _KIND, due)


OPERATIONS: dict[str, Operation] = {
    "PutOrganizationConformancePack": put_organization_conformance_pack,
    "DescribeOrganizationConformancePacks": describe_organization_conformance_packs,
    "DescribeOrganizationConformancePackStatuses": describe_organization_conformance_pack_statuses,
    "GetOrganizationConformancePackDetailedStatus": get_organization_conformance_pack_detailed_status,
    "DeleteOrganizationConformancePack": delete_organization_conformance_pack,
}
DUE: dict[str, DueHandler] = {_KIND.due: _due}
