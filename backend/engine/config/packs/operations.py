"""The calls that put, show and delete conformance packs (reference: aws-config.md §8.2)."""

from __future__ import annotations

from collections.abc import Iterable

from backend.engine.around import s3
from backend.engine.config import pages, tagging
from backend.engine.config.packs import deployment, register
from backend.engine.config.packs.register import CREATING, DELETING, Pack
from backend.engine.config.rules import checks
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import to_datetime
from backend.rules.packs import template
from backend.rules.packs.intrinsics import TemplateError

MOST_PACKS = 50
"""Per account and region (reference: aws-config.md §5.7)."""

_SOURCES = ("TemplateBody", "TemplateS3Uri", "TemplateSSMDocumentDetails")
_LARGEST_OBJECT = 300 * 1024
"""Bytes of a template in a bucket; one in the call is held to 51,200 by the model."""

_PAGE = 20


def put_conformance_pack(ctx: Context, params: Document) -> Document:
    """PutConformancePack: the pack is CREATE_IN_PROGRESS, and its rules follow. Tags count at creation only."""
    return {"ConformancePackArn": put(ctx, params).arn}


def put(ctx: Context, params: Document, *, created_by: str = "") -> Pack:
    """Begin to make or change a pack, from the input of PutConformancePack; `created_by` is the service that owns it.

    Raises ServiceError ConformancePackTemplateValidationException, ResourceInUseException,
    MaxNumberOfConformancePacksExceededException, InsufficientPermissionsException or InvalidParameterValueException.
    """
    name = params["ConformancePackName"]
    text = template_text(ctx, params)
    parameters = params.get("ConformancePackInputParameters") or []
    given = {each["ParameterName"]: each["ParameterValue"] for each in parameters}
    if len(given) < len(parameters):
        raise checks.invalid("A parameter of the conformance pack is given twice.")
    known = register.find(ctx, name)
    pack = _new(ctx, name, created_by) if known is None else known
    refuse_service_linked(pack, created_by)
    _refuse_busy(pack, known is not None)
    try:
        pack.wanted_rules, pack.wanted_remediations = template.read(text, given, pseudo(ctx, pack.stack_arn))
    except TemplateError as error:
        raise ServiceError("ConformancePackTemplateValidationException", str(error)) from error
    pack.parameters = parameters
    pack.bucket, pack.key_prefix = params.get("DeliveryS3Bucket"), params.get("DeliveryS3KeyPrefix")
    if known is None:
        tagging.tag_new(ctx, pack.arn, params.get("Tags") or ())
    deployment.begin(ctx, pack)
    return pack


def template_text(ctx: Context, params: Document) -> str:
    """The template that the input of PutConformancePack gives or points to. Raises ServiceError as `put` does."""
    given = [source for source in _SOURCES if params.get(source)]
    if len(given) != 1:
        raise checks.invalid(f"You must specify exactly one of {', '.join(_SOURCES)}.")
    if given == ["TemplateBody"]:
        return str(params["TemplateBody"])
    if given == ["TemplateSSMDocumentDetails"]:
        raise checks.invalid("The local engine has no SSM documents. Give the template itself, or one in a bucket.")
    bucket, _, key = params["TemplateS3Uri"].removeprefix("s3://").partition("/")
    try:
        if s3.exists(ctx, bucket) and not s3.allows(
            ctx, bucket, ctx.arn("iam", "root", region=""), "s3:GetObject", key
        ):
            raise ServiceError("AccessDenied")
        body = s3.get_body(ctx, bucket, key)
    except ServiceError as refusal:
        raise ServiceError(
            "InsufficientPermissionsException",
            f"The template {params['TemplateS3Uri']} cannot be read: {refusal.code}.",
        ) from refusal
    if len(body) > _LARGEST_OBJECT:
        raise ServiceError("ConformancePackTemplateValidationException", "The template is larger than 300 KB.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ServiceError("ConformancePackTemplateValidationException", "The template is not UTF-8 text.") from error


def _new(ctx: Context, name: str, created_by: str) -> Pack:
    if len(register.everything(ctx)) >= MOST_PACKS:
        raise ServiceError(
            "MaxNumberOfConformancePacksExceededException",
            f"You have reached the limit of the number of conformance packs you can create: {MOST_PACKS}.",
        )
    pack_id = f"conformance-pack-{ctx.ids.lower(9)}"
    stack = f"stack/awsconfigconforms-{name}-{pack_id}/{ctx.ids.uuid()}"
    return Pack(
        name=name,
        pack_id=pack_id,
        arn=ctx.arn("config", f"conformance-pack/{name}/{pack_id}"),
        stack_arn=ctx.arn("cloudformation", stack),
        requested=ctx.now,
        created_by=created_by,
    )


def pseudo(ctx: Context, stack_arn: str) -> dict[str, str]:
    """The pseudo parameters of CloudFormation."""
    return {
        "AWS::Region": ctx.region,
        "AWS::AccountId": ctx.account,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": stack_arn.split("/")[1],
        "AWS::StackId": stack_arn,
    }


def delete_conformance_pack(ctx: Context, params: Document) -> Document:
    """DeleteConformancePack: the pack is DELETE_IN_PROGRESS for a while, then it and its rules are gone."""
    [pack] = register.existing(ctx, [params["ConformancePackName"]])
    refuse_service_linked(pack, "")
    _refuse_busy(pack, known=True)
    deployment.end(ctx, pack)
    return {}


def describe_conformance_packs(ctx: Context, params: Document) -> Document:
    """DescribeConformancePacks: packs by name, or all of them, 20 a page."""
    names = params.get("ConformancePackNames")
    packs = register.existing(ctx, names) if names else register.everything(ctx)
    shown, token = page(ctx, "DescribeConformancePacks", packs, params)
    return {"ConformancePackDetails": [_document(pack) for pack in shown], **token}


def _document(pack: Pack) -> Document:
    optional: Document = {
        "DeliveryS3Bucket": pack.bucket,
        "DeliveryS3KeyPrefix": pack.key_prefix,
        "CreatedBy": pack.created_by,
    }
    return {
        "ConformancePackName": pack.name,
        "ConformancePackArn": pack.arn,
        "ConformancePackId": pack.pack_id,
        "ConformancePackInputParameters": pack.parameters,
        "LastUpdateRequestedTime": to_datetime(pack.requested),
        **{member: value for member, value in optional.items() if value},
    }


def describe_conformance_pack_status(ctx: Context, params: Document) -> Document:
    """DescribeConformancePackStatus: how far packs are; names that are not there are left out."""
    wanted = params.get("ConformancePackNames")
    packs = [pack for pack in register.everything(ctx) if not wanted or pack.name in wanted]
    shown, token = page(ctx, "DescribeConformancePackStatus", packs, params)
    return {"ConformancePackStatusDetails": [_status(pack) for pack in shown], **token}


def _status(pack: Pack) -> Document:
    return {
        "ConformancePackName": pack.name,
        "ConformancePackId": pack.pack_id,
        "ConformancePackArn": pack.arn,
        "ConformancePackState": pack.state,
        "StackArn": pack.stack_arn,
        **({"ConformancePackStatusReason": pack.reason} if pack.reason else {}),
        "LastUpdateRequestedTime": to_datetime(pack.requested),
        **({"LastUpdateCompletedTime": to_datetime(pack.completed)} if pack.completed is not None else {}),
    }


def page(ctx: Context, operation: str, packs: Iterable[Pack], params: Document) -> tuple[list[Pack], Document]:
    """Some of the packs, by name; with them the NextToken member, if there is more."""
    limit = params.get("Limit") or _PAGE
    [behind] = pages.after(ctx, operation, params.get("NextToken")) or [""]
    left = sorted((pack for pack in packs if pack.name > behind), key=lambda pack: pack.name)
    return pages.cut(ctx, operation, left, limit, lambda pack: [pack.name])


def refuse_service_linked(pack: Pack, caller: str) -> None:
    """Raises ServiceError ResourceInUseException for a pack that another service owns."""
    if pack.created_by != caller:
        raise ServiceError(
            "ResourceInUseException",
            f"The conformance pack {pack.name} belongs to {pack.created_by or 'this account'}.",
        )


def _refuse_busy(pack: Pack, known: bool) -> None:
    if known and pack.state in (CREATING, DELETING):
        raise ServiceError(
            "ResourceInUseException",
            f"Operation already in progress: the conformance pack {pack.name} is {pack.state}.",
        )


OPERATIONS: dict[str, Operation] = {
    "PutConformancePack": put_conformance_pack,
    "DescribeConformancePacks": describe_conformance_packs,
    "DescribeConformancePackStatus": describe_conformance_pack_status,
    "DeleteConformancePack": delete_conformance_pack,
}
