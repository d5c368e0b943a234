"""Associations: which machines have their software collected, the first of the two switches of INV-19.

Of all documents that can be associated with machines only the one that gathers inventory means anything here.
"""

from __future__ import annotations

import msgspec

from backend.engine.around.ssm_nodes import Node
from backend.engine.config import pages
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model.item import Document
from backend.model.moment import Moment, to_datetime

DOCUMENT = "AWS-GatherSoftwareInventory"

SCHEMA = """
CREATE TABLE IF NOT EXISTS ssm_associations (
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, id)
) WITHOUT ROWID;
"""

_PAGE = 50


class Association(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A document that runs on machines: on one named, or on those that targets describe."""

    id: str
    created: Moment
    document: str = DOCUMENT
    name: str = ""
    schedule: str = ""
    instance: str = ""
    targets: list[Document] = []
    parameters: dict[str, list[str]] = {}


_ASSOCIATION = msgspec.json.Decoder(Association)


def covers(ctx: Context, node: Node) -> bool:
    """Whether the software of a node is collected."""
    return any(_targets(association, node) for association in every(ctx))


def every(ctx: Context) -> list[Association]:
    """The region's associations, by id."""
    rows = ctx.store.all("SELECT body FROM ssm_associations WHERE region = ? ORDER BY id", (ctx.region,))
    return [_ASSOCIATION.decode(row["body"]) for row in rows]


def _targets(association: Association, node: Node) -> bool:
    """By the instance, by ids, `*` for all, or by a tag; several targets must all fit."""
    if association.instance:
        return association.instance == node.id
    return bool(association.targets) and all(_fits(node, target) for target in association.targets)


def _fits(node: Node, target: Document) -> bool:
    key, values = target.get("Key") or "", target.get("Values") or []
    if key == "InstanceIds":
        return "*" in values or node.id in values
    if key.startswith("tag:"):
        return node.tags.get(key.removeprefix("tag:")) in values
    return key == "tag-key" and any(value in node.tags for value in values)


def create_association(ctx: Context, params: Document) -> Document:
    """Have machines collected. Raises InvalidDocument, InvalidTarget, InvalidSchedule, AssociationAlreadyExists."""
    if params["Name"] != DOCUMENT:
        raise ServiceError("InvalidDocument", f"Document with name {params['Name']} does not exist.")
    instance, targets = params.get("InstanceId") or "", params.get("Targets") or []
    if bool(instance) == bool(targets):
        raise ServiceError("InvalidTarget", "Give either an instance ID or targets.")
    for target in targets:
        key = target.get("Key") or ""
        if key not in ("InstanceIds", "tag-key") and not key.startswith("tag:"):
            raise ServiceError("InvalidTarget", f"The target key {key or '(none)'} is not valid.")
    schedule = params.get("ScheduleExpression") or ""
    if schedule and not schedule.startswith(("rate(", "cron(", "at(")):
        raise ServiceError("InvalidSchedule", f"The schedule expression {schedule} is not valid.")
    if instance and any(each.instance == instance for each in every(ctx)):
        raise ServiceError("AssociationAlreadyExists", f"{DOCUMENT} is associated with {instance} already.")
    made = Association(
        id=ctx.ids.uuid(),
        created=ctx.now,
        name=params.get("AssociationName") or "",
        schedule=schedule,
        instance=instance,
        targets=targets,
        parameters=params.get("Parameters") or {},
    )
    ctx.store.run("INSERT INTO ssm_associations VALUES (?, ?, ?)", (ctx.region, made.id, dumps(made)))
    return {"AssociationDescription": _described(made)}


def describe_association(ctx: Context, params: Document) -> Document:
    """One association, by its id or by its instance. Raises AssociationDoesNotExist."""
    return {"AssociationDescription": _described(_find(ctx, params))}


def list_associations(ctx: Context, params: Document) -> Document:
    """The associations of the region that fit all filters, by id. Raises InvalidNextToken."""
    last = pages.after(ctx, "ListAssociations", params.get("NextToken"), refusal="InvalidNextToken")
    wanted = {each["key"]: each["value"] for each in params.get("AssociationFilterList") or []}
    members = {"InstanceId": "InstanceId", "Name": "Name", "AssociationId": "AssociationId"}
    members |= {"AssociationName": "AssociationName", "AssociationStatusName": "Status"}
    fitting = []
    for association in every(ctx):
        shown = _described(association)
        told = {**shown, "Status": "Success"}
        if all(told.get(members[key]) == value for key, value in wanted.items() if key in members):
            fitting.append({name: value for name, value in shown.items() if name in _LISTED})
    limit = params.get("MaxResults") or _PAGE
    rest = [each for each in fitting if not last or each["AssociationId"] > last[0]]
    page, more = pages.cut(ctx, "ListAssociations", rest[: limit + 1], limit, lambda each: [each["AssociationId"]])
    return {"Associations": page, **more}


def delete_association(ctx: Context, params: Document) -> Document:
    """The machines are collected no longer: no more items come, those that came stay."""
    found = _find(ctx, params)
    ctx.store.run("DELETE FROM ssm_associations WHERE region = ? AND id = ?", (ctx.region, found.id))
    return {}


def _find(ctx: Context, params: Document) -> Association:
    wanted, instance = params.get("AssociationId"), params.get("InstanceId")
    for association in every(ctx):
        if association.id == wanted if wanted else instance and association.instance == instance:
            return association
    raise ServiceError("AssociationDoesNotExist", "The specified association does not exist.")


_LISTED = frozenset(
    {
        "Name",
        "InstanceId",
        "AssociationId",
        "AssociationVersion",
        "DocumentVersion",
        "Targets",
        "Overview",
        "ScheduleExpression",
        "AssociationName",
    }
)


def _described(association: Association) -> Document:
    shown: Document = {
        "Name": association.document,
        "InstanceId": association.instance,
        "AssociationVersion": "1",
        "Date": to_datetime(association.created),
        "Overview": {"Status": "Success", "DetailedStatus": "Success"},
        "DocumentVersion": "$DEFAULT",
        "Parameters": association.parameters,
        "AssociationId": association.id,
        "Targets": association.targets,
        "ScheduleExpression": association.schedule,
        "AssociationName": association.name,
    }
    return {name: value for name, value in shown.items() if value not in ("", {})}
