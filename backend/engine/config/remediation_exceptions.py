"""Remediation exceptions: resources that automatic remediation leaves alone (reference: aws-config.md §8.3)."""

from __future__ import annotations

from collections.abc import Iterable

from backend.engine.config import pages
from backend.engine.config.rules import checks, register, remedies
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row
from backend.model.item import Document, ResourceKey
from backend.model.moment import from_datetime, to_datetime

_PAGE = 25
"""The most the model lets an answer hold, whatever `Limit` says."""


def put_remediation_exceptions(ctx: Context, params: Document) -> Document:
    """PutRemediationExceptions: for up to 100 resources, until they expire. Raises InvalidParameterValueException."""
    rule = params["ConfigRuleName"]
    if register.by_name(ctx, rule) is None:
        raise checks.invalid(f"The ConfigRule '{rule}' provided in the request is invalid.")
    expires = from_datetime(params["ExpirationTime"]) if params.get("ExpirationTime") else None
    if expires is not None and expires <= ctx.now:
        raise checks.invalid("The expiration time must be in the future.")
    remedies.except_from(ctx, rule, _keys(params["ResourceKeys"]), params.get("Message") or "", expires)
    return {"FailedBatches": []}


def _keys(given: Iterable[Document]) -> list[ResourceKey]:
    keys = [_key(key) for key in given]
    if not all(all(key) for key in keys):
        raise checks.invalid("A resource key needs a ResourceType and a ResourceId.")
    return keys


def _key(given: Document) -> ResourceKey:
    return ResourceKey(given.get("ResourceType", ""), given.get("ResourceId", ""))


def describe_remediation_exceptions(ctx: Context, params: Document) -> Document:
    """DescribeRemediationExceptions: those of a rule that have not expired, by type and id."""
    operation = "DescribeRemediationExceptions"
    keys, limit = params.get("ResourceKeys"), params.get("Limit") or _PAGE
    if keys and params.get("NextToken"):
        raise checks.invalid("ResourceKeys and a NextToken cannot be given together.")
    wanted = set(_keys(keys)) if keys else None
    behind = tuple(pages.after(ctx, operation, params.get("NextToken")) or ("", ""))
    rows = [
        row
        for row in remedies.exceptions(ctx, params["ConfigRuleName"])
        if (row["type"], row["id"]) > behind and (wanted is None or (row["type"], row["id"]) in wanted)
    ]
    shown, token = pages.cut(ctx, operation, rows, min(limit, _PAGE), lambda row: [row["type"], row["id"]])
    return {"RemediationExceptions": [_document(row) for row in shown], **token}


def _document(row: Row) -> Document:
    return {
        "ConfigRuleName": row["rule"],
        "ResourceType": row["type"],
        "ResourceId": row["id"],
        **({"Message": row["message"]} if row["message"] else {}),
        **({"ExpirationTime": to_datetime(row["expires"])} if row["expires"] is not None else {}),
    }


def delete_remediation_exceptions(ctx: Context, params: Document) -> Document:
    """DeleteRemediationExceptions: resources without one come back in `FailedBatches`.

    Raises ServiceError NoSuchRemediationExceptionException when no resource has one.
    """
    rule, given = params["ConfigRuleName"], params["ResourceKeys"]
    there = {(row["type"], row["id"]) for row in remedies.exceptions(ctx, rule)}
    if not there.intersection(map(_key, given)):
        raise ServiceError(
            "NoSuchRemediationExceptionException", "You tried to delete a remediation exception that does not exist."
        )
    ctx.store.run_many(
        "DELETE FROM remediation_exceptions WHERE region = ? AND rule = ? AND type = ? AND id = ?",
        [(ctx.region, rule, *_key(each)) for each in given],
    )
    lost = [each for each in given if _key(each) not in there]
    if not lost:
        return {"FailedBatches": []}
    return {"FailedBatches": [{"FailureMessage": "The remediation exception does not exist.", "FailedItems": lost}]}


OPERATIONS: dict[str, Operation] = {
    "PutRemediationExceptions": put_remediation_exceptions,
    "DescribeRemediationExceptions": describe_remediation_exceptions,
    "DeleteRemediationExceptions": delete_remediation_exceptions,
}
