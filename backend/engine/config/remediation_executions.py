"""Remediation, by hand or by itself: queued, begun, and failed, for there is no automation here to run the document.

The service would run it and end in SUCCEEDED or FAILED; the step details say that this engine did not try.
"""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import pages, remediation
from backend.engine.config.rules import register, remedies, results
from backend.engine.context import Context
from backend.engine.engine import DueHandler, Operation
from backend.engine.store import Row
from backend.model.item import Document, ResourceKey
from backend.model.moment import to_datetime
from backend.rules.verdict import NON_COMPLIANT

_NEXT = {remedies.QUEUED: remedies.IN_PROGRESS, remedies.IN_PROGRESS: remedies.FAILED}
_PAGE = 100


def start_remediation_execution(ctx: Context, params: Document) -> Document:
    """StartRemediationExecution: resources that the rule does not find wrong come back in `FailedItems`.

    Raises ServiceError NoSuchRemediationConfigurationException.
    """
    name = params["ConfigRuleName"]
    remediation.existing(ctx, name)
    failed = []
    for given in params["ResourceKeys"]:
        key = ResourceKey(given["resourceType"], given["resourceId"])
        if _wrong(ctx, name, key):
            remedies.begin(ctx, name, key)
        else:
            failed.append(given)
    if not failed:
        return {}
    return {"FailureMessage": f"The rule {name} does not find these resources non-compliant.", "FailedItems": failed}


def _wrong(ctx: Context, name: str, key: ResourceKey) -> bool:
    """Whether a rule finds a resource non-compliant."""
    rule = register.by_name(ctx, name)
    result = results.one(ctx, rule, *key) if rule else None
    return result is not None and result["compliance"] == NON_COMPLIANT


def _step_due(ctx: Context, due: Due) -> None:
    """Move the executions of a rule on; come again while some have not ended."""
    rule = due.key
    for before, after in reversed(_NEXT.items()):
        remedies.move(ctx, rule, before, after, since=ctx.now - remedies.STEP_TIME)
    configuration = remedies.of(ctx, rule)
    if configuration is not None and configuration["Automatic"]:
        for row in remedies.executions(ctx, rule):
            if row["attempt"] and (row["state"], row["updated"]) == (remedies.FAILED, ctx.now):
                _try_again(ctx, configuration, row)
    if remedies.running(ctx, rule):
        ctx.clock.schedule(ctx.now + remedies.STEP_TIME, remedies.STEP, ctx.region, rule)


def _try_again(ctx: Context, configuration: Document, row: Row) -> None:
    """After an automatic attempt that failed: another one, and after the last an exception, as the service does."""
    rule, key = row["rule"], ResourceKey(row["type"], row["id"])
    if not _wrong(ctx, rule, key):
        return
    if row["attempt"] < configuration["MaximumAutomaticAttempts"]:
        remedies.begin(ctx, rule, key, attempt=row["attempt"] + 1)
    else:
        remedies.except_from(ctx, rule, [key], f"Remediation failed {row['attempt']} times.", None)


def describe_remediation_execution_status(ctx: Context, params: Document) -> Document:
    """DescribeRemediationExecutionStatus: the last execution for each resource, by type and id."""
    operation = "DescribeRemediationExecutionStatus"
    name = params["ConfigRuleName"]
    document = str(remediation.existing(ctx, name)["TargetId"])
    wanted = {(key["resourceType"], key["resourceId"]) for key in params.get("ResourceKeys") or ()}
    behind = tuple(pages.after(ctx, operation, params.get("NextToken")) or ("", ""))
    rows = [
        row
        for row in remedies.executions(ctx, name)
        if (row["type"], row["id"]) > behind and (not wanted or (row["type"], row["id"]) in wanted)
    ]
    shown, token = pages.cut(ctx, operation, rows, params.get("Limit") or _PAGE, lambda row: [row["type"], row["id"]])
    return {"RemediationExecutionStatuses": [_status(row, document) for row in shown], **token}


def _status(row: Row, document: str) -> Document:
    steps: list[Document] = []
    if row["state"] == remedies.FAILED:
        steps = [
            {
                "Name": document,
                "State": "FAILED",
                "ErrorMessage": f"The local engine has no Systems Manager Automation: {document} was not run.",
                "StartTime": to_datetime(row["invoked"]),
                "StopTime": to_datetime(row["updated"]),
            }
        ]
    return {
        "ResourceKey": {"resourceType": row["type"], "resourceId": row["id"]},
        "State": row["state"],
        "StepDetails": steps,
        "InvocationTime": to_datetime(row["invoked"]),
        "LastUpdatedTime": to_datetime(row["updated"]),
    }


OPERATIONS: dict[str, Operation] = {
    "StartRemediationExecution": start_remediation_execution,
    "DescribeRemediationExecutionStatus": describe_remediation_execution_status,
}
DUE: dict[str, DueHandler] = {remedies.STEP: _step_due}
