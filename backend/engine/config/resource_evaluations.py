"""Resource evaluations: checking a resource against the rules before it is made (reference: aws-config.md §8.2)."""

from __future__ import annotations

import hashlib

import msgspec

from backend.engine.clock import Due
from backend.engine.config import pages
from backend.engine.config.rules import checks, proactive
from backend.engine.config.rules.register import PROACTIVE
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.model.item import Document, Json
from backend.model.moment import SECOND, Moment, from_datetime, to_datetime
from backend.rules.verdict import COMPLIANT, INSUFFICIENT_DATA, NON_COMPLIANT

SCHEMA = """
CREATE TABLE IF NOT EXISTS resource_evaluations (
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    started INTEGER NOT NULL,
    context TEXT NOT NULL,
    token TEXT NOT NULL,
    request TEXT NOT NULL,
    details TEXT NOT NULL,
    status TEXT NOT NULL,
    compliance TEXT NOT NULL,
    PRIMARY KEY (region, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resource_evaluations_by_time ON resource_evaluations (region, started);
CREATE INDEX IF NOT EXISTS resource_evaluations_by_token ON resource_evaluations (region, token);
"""
"""`request` is a hash of the input, to tell a repeated call from another one with the same token."""

EVALUATION = "config.resource.evaluation"
EVALUATION_TIME: Moment = 3 * SECOND

TYPES = frozenset(
    {
        "AWS::ApiGateway::Stage",
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::EC2::EIP",
        "AWS::EC2::Instance",
        "AWS::EC2::Subnet",
        "AWS::Elasticsearch::Domain",
        "AWS::Lambda::Function",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
    }
)
"""What can be evaluated proactively (reference: aws-config.md §5.6)."""

_IN_PROGRESS, _SUCCEEDED = "IN_PROGRESS", "SUCCEEDED"
_PAGE = 10


def start_resource_evaluation(ctx: Context, params: Document) -> Document:
    """StartResourceEvaluation: the same client token with the same input gives the same evaluation again.

    Raises ServiceError InvalidParameterValueException or IdempotentParameterMismatch.
    """
    details: Document = params["ResourceDetails"]
    if params["EvaluationMode"] != PROACTIVE:
        raise checks.invalid(f"The only EvaluationMode of a resource evaluation is {PROACTIVE}.")
    if details["ResourceType"] not in TYPES:
        raise checks.invalid(f"Resources of type {details['ResourceType']} cannot be evaluated proactively.")
    _properties(details["ResourceConfiguration"])
    token = params.get("ClientToken") or ""
    request = hashlib.blake2b(dumps(params).encode(), digest_size=16).hexdigest()
    before = ctx.store.one(
        "SELECT id, request FROM resource_evaluations WHERE region = ? AND token = ? AND token != ''",
        (ctx.region, token),
    )
    if before is not None:
        if before["request"] != request:
            raise ServiceError("IdempotentParameterMismatch", "The client token was used before with other parameters.")
        return {"ResourceEvaluationId": before["id"]}
    evaluation = ctx.ids.uuid()
    context = (params.get("EvaluationContext") or {}).get("EvaluationContextIdentifier") or ""
    ctx.store.run(
        "INSERT INTO resource_evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (ctx.region, evaluation, ctx.now, context, token, request, dumps(details), _IN_PROGRESS, INSUFFICIENT_DATA),
    )
    ctx.clock.schedule(ctx.now + EVALUATION_TIME, EVALUATION, ctx.region, evaluation)
    return {"ResourceEvaluationId": evaluation}


def _properties(text: str) -> Document:
    """The resource as CloudFormation would be given it. Raises ServiceError InvalidParameterValueException."""
    try:
        found: Json = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise checks.invalid("The ResourceConfiguration is not a JSON object.")
    return found


def _evaluation_due(ctx: Context, due: Due) -> None:
    row = _find(ctx, due.key)
    if row is None:
        return
    details = loads(row["details"])
    resource = {**details, "ResourceConfiguration": _properties(details["ResourceConfiguration"])}
    said = {verdict.compliance for verdict in proactive.evaluate(ctx, due.key, resource, row["started"])}
    compliance = next((each for each in (NON_COMPLIANT, COMPLIANT) if each in said), INSUFFICIENT_DATA)
    ctx.store.run(
        "UPDATE resource_evaluations SET status = ?, compliance = ? WHERE region = ? AND id = ?",
        (_SUCCEEDED, compliance, ctx.region, due.key),
    )


def get_resource_evaluation_summary(ctx: Context, params: Document) -> Document:
    """GetResourceEvaluationSummary: how far an evaluation is, and its verdict once it has one."""
    row = _find(ctx, params["ResourceEvaluationId"])
    if row is None:
        raise ServiceError(
            "ResourceNotFoundException", f"The resource evaluation {params['ResourceEvaluationId']} does not exist."
        )
    return {
        **_document(row),
        "EvaluationStatus": {"Status": row["status"]},
        **({"Compliance": row["compliance"]} if row["status"] == _SUCCEEDED else {}),
        **({"EvaluationContext": {"EvaluationContextIdentifier": row["context"]}} if row["context"] else {}),
        "ResourceDetails": loads(row["details"]),
    }


def list_resource_evaluations(ctx: Context, params: Document) -> Document:
    """ListResourceEvaluations: newest first, ten a page unless `Limit` says otherwise.

    Raises ServiceError InvalidTimeRangeException for a window that ends before it starts.
    """
    operation = "ListResourceEvaluations"
    filters: Document = params.get("Filters") or {}
    window: Document = filters.get("TimeWindow") or {}
    start, end = (from_datetime(window[name]) if window.get(name) else None for name in ("StartTime", "EndTime"))
    if start is not None and end is not None and start >= end:
        raise ServiceError("InvalidTimeRangeException", "The time window ends before it starts.")
    if filters.get("EvaluationMode", PROACTIVE) != PROACTIVE:
        return {"ResourceEvaluations": []}
    limit = params.get("Limit") or _PAGE
    behind = pages.after(ctx, operation, params.get("NextToken"))
    clauses: list[str] = ["region = ?"]
    values: list[Json] = [ctx.region]
    for clause, value in (
        ("started >= ?", start),
        ("started <= ?", end),
        ("context = ?", filters.get("EvaluationContextIdentifier")),
    ):
        if value is not None:
            clauses.append(clause)
            values.append(value)
    if behind is not None:
        clauses.append("(started, id) < (?, ?)")
        values += [int(behind[0]), behind[1]]
    rows = ctx.store.all(
        f"SELECT * FROM resource_evaluations WHERE {' AND '.join(clauses)} ORDER BY started DESC, id DESC LIMIT ?",
        (*values, limit + 1),
    )
    shown, token = pages.cut(ctx, operation, rows, limit, lambda row: [str(row["started"]), row["id"]])
    return {"ResourceEvaluations": [_document(row) for row in shown], **token}


def _document(row: Row) -> Document:
    return {
        "ResourceEvaluationId": row["id"],
        "EvaluationMode": PROACTIVE,
        "EvaluationStartTimestamp": to_datetime(row["started"]),
    }


def _find(ctx: Context, evaluation: str) -> Row | None:
    return ctx.store.one("SELECT * FROM resource_evaluations WHERE region = ? AND id = ?", (ctx.region, evaluation))


OPERATIONS: dict[str, Operation] = {
    "StartResourceEvaluation": start_resource_evaluation,
    "GetResourceEvaluationSummary": get_resource_evaluation_summary,
    "ListResourceEvaluations": list_resource_evaluations,
}
DUE: dict[str, DueHandler] = {EVALUATION: _evaluation_due}
