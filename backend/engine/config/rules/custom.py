"""Custom Lambda rules: what the function is called with, and what it reports back."""

from __future__ import annotations

import base64

from backend.engine.around import outbox
from backend.engine.config import items
from backend.engine.config.rules import register, results
from backend.engine.config.rules.register import (
    ITEM_CHANGED,
    OVERSIZED_CHANGED,
    SCHEDULED,
    SNAPSHOT_DELIVERED,
    ConfigRule,
)
from backend.engine.config.rules.results import Finding
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.engine.world import estate
from backend.model.item import DELETED_STATUSES, Document, ResourceKey
from backend.model.moment import DAY, Moment, from_datetime, to_iso
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, Verdict

SCHEMA = """
CREATE TABLE IF NOT EXISTS rule_invocations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL,
    rule TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    left_scope INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    called INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS rule_invocations_by_rule ON rule_invocations (region, rule, at);
"""

TOKEN_LIFE: Moment = DAY
"""How long a result token is taken; the service does not say."""

_ROLE = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"

_REPORTED = frozenset({COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE})


def callable_here(ctx: Context, arn: str) -> bool:
    """Whether a Lambda function is there for AWS Config to call; a version or alias may be named.

    It is the account's own, or that of an organization's rule in the management account. A lenient world takes any.
    """
    if ctx.world.lenient:
        return True
    parts = arn.split(":")
    if len(parts) < 7 or parts[2] != "lambda" or parts[5] != "function":
        return False
    region, account, name = parts[3], parts[4], parts[6]
    if account not in (ctx.account, ctx.accounts[0]):
        return False
    return estate.get(ctx.in_account(account), "AWS::Lambda::Function", name, region) is not None


def invoke(
    ctx: Context,
    rule: ConfigRule,
    kind: str,
    *,
    item: Document | None = None,
    diff: Document | None = None,
    message: Document | None = None,
    left_scope: bool = False,
) -> None:
    """Note a call of a rule's function, to be made by whoever runs functions; the caller saves the rule.

    `kind` is the message type. The item itself stays in the table of items; the note only names it. Nobody runs
    functions here: what this one would have got, the token with it, lies in the outbox.
    """
    function = rule.source["SourceIdentifier"]
    if not callable_here(ctx, function):
        rule.invocation_failed = ctx.now
        rule.error_code = "ResourceNotFoundException"
        rule.error_message = f"Function not found: {function}"
        return
    ctx.store.run(
        "DELETE FROM rule_invocations WHERE region = ? AND rule = ? AND at < ?",
        (ctx.region, rule.rule_id, ctx.now - TOKEN_LIFE),
    )
    token = base64.b64encode(ctx.ids.bytes() + ctx.ids.bytes()).decode()
    moment = item["configurationStateId"] if item else None
    body = dumps({"moment": moment, "diff": diff, "message": message})
    ctx.store.run(
        "INSERT INTO rule_invocations (token, region, rule, at, kind, type, id, body, left_scope, answered)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (
            *(token, ctx.region, rule.rule_id, ctx.now, kind),
            *(item["resourceType"] if item else "", item["resourceId"] if item else ""),
            *(body, left_scope),
        ),
    )
    called = {"arn": rule.arn, "topic": "", "protocol": "lambda", "endpoint": function}
    outbox.post(ctx, called, ctx.ids.uuid(), "", dumps(event(ctx, token)))
    rule.invoked = ctx.now
    if rule.evaluation_failed is None or (rule.invocation_failed or 0) > rule.evaluation_failed:
        # What went wrong was that there was no function. A failure of the function stays until a later call goes well.
        rule.error_code = rule.error_message = ""


def waiting(ctx: Context, rule: ConfigRule) -> list[str]:
    """Result tokens of calls that nobody answered yet, oldest first."""
    rows = ctx.store.all(
        "SELECT token FROM rule_invocations WHERE region = ? AND rule = ? AND NOT answered ORDER BY seq",
        (ctx.region, rule.rule_id),
    )
    return [row["token"] for row in rows]


def event(ctx: Context, token: str) -> Document:
    """The event a function is called with (aws-config.md §5.3). Raises ServiceError InvalidResultTokenException."""
    noted = _noted(ctx, token)
    rule = _rule(ctx, noted)
    return as_event(
        _invoking(ctx, noted),
        parameters=rule.parameters_text or "{}",
        token=token,
        rule=(rule.arn, rule.name, rule.rule_id),
        account=ctx.account,
        left_scope=bool(noted["left_scope"]),
    )


def as_event(
    invoking: Document,
    *,
    parameters: str,
    token: str,
    rule: tuple[str, str, str],
    account: str,
    left_scope: bool = False,
) -> Document:
    """The event around what made a rule run; `rule` is its ARN, name and id, `parameters` JSON text."""
    arn, name, rule_id = rule
    return {
        "version": "1.0",
        "invokingEvent": dumps(invoking),
        "ruleParameters": parameters,
        "resultToken": token,
        "eventLeftScope": left_scope,
        "executionRoleArn": f"arn:aws:iam::{account}:role/{_ROLE}",
        "configRuleArn": arn,
        "configRuleName": name,
        "configRuleId": rule_id,
        "accountId": account,
    }


def _invoking(ctx: Context, noted: Row) -> Document:
    body = loads(noted["body"])
    created = to_iso(noted["at"])
    if noted["kind"] == ITEM_CHANGED:
        return item_changed(
            items.at(ctx, ResourceKey(noted["type"], noted["id"]), body["moment"]), body["diff"], created
        )
    if noted["kind"] in (SNAPSHOT_DELIVERED, OVERSIZED_CHANGED):
        return dict(body["message"])
    return scheduled(ctx.account, created)


def item_changed(item: Document | None, diff: Document | None, created: str) -> Document:
    """The invoking event of a change; `created` is the time of the notification as AWS writes it."""
    return {
        "configurationItemDiff": diff,
        "configurationItem": item,
        "notificationCreationTime": created,
        "messageType": ITEM_CHANGED,
        "recordVersion": "1.3",
    }


def scheduled(account: str, created: str) -> Document:
    """The invoking event of a schedule."""
    return {
        "awsAccountId": account,
        "notificationCreationTime": created,
        "messageType": SCHEDULED,
        "recordVersion": "1.0",
    }


def check_evaluations(params: Document) -> Document:
    """What PutEvaluations answers: the evaluations that cannot be kept. Raises ServiceError when there are none."""
    evaluations = params.get("Evaluations") or []
    if not evaluations:
        raise ServiceError(
            "InvalidParameterValueException",
            "The Evaluations object in your request cannot be null. Add the required parameters and try again.",
        )
    return {"FailedEvaluations": [found for found in evaluations if found["ComplianceType"] not in _REPORTED]}


def put_evaluations(ctx: Context, params: Document) -> Document:
    """PutEvaluations: what a function found. TestMode checks the input and keeps nothing."""
    answer = check_evaluations(params)
    if params.get("TestMode"):
        return answer
    evaluations, failed = params["Evaluations"], answer["FailedEvaluations"]
    token = params.get("ResultToken") or ""
    noted = _noted(ctx, token)
    rule = _rule(ctx, noted)
    for found in evaluations:
        if found["ComplianceType"] not in _REPORTED:
            continue
        verdict = Verdict(found["ComplianceType"], found.get("Annotation") or "")
        finding = Finding(
            found["ComplianceResourceType"],
            found["ComplianceResourceId"],
            verdict,
            from_datetime(found["OrderingTimestamp"]),
        )
        if verdict.compliance == NOT_APPLICABLE and _gone(ctx, finding):
            results.drop(ctx, rule, finding.resource_type, finding.resource_id)
        else:
            results.record(ctx, rule, finding, noted["at"])
    ctx.store.run("UPDATE rule_invocations SET answered = 1 WHERE token = ?", (token,))
    if failed:
        rule.evaluation_failed = ctx.now
    if len(failed) < len(evaluations):
        rule.evaluated = ctx.now
    register.save(ctx, rule)
    return {"FailedEvaluations": failed}


def _gone(ctx: Context, finding: Finding) -> bool:
    """Whether a function speaks of a deleted resource, of which no result stays (aws-config.md §5.2)."""
    item = items.latest(ctx, finding.resource_type, finding.resource_id)
    return item is not None and item["configurationItemStatus"] in DELETED_STATUSES


def forget(ctx: Context, rule: ConfigRule) -> None:
    """Drop the noted calls of a rule."""
    ctx.store.run("DELETE FROM rule_invocations WHERE region = ? AND rule = ?", (ctx.region, rule.rule_id))


def _noted(ctx: Context, token: str) -> Row:
    noted = ctx.store.one("SELECT * FROM rule_invocations WHERE token = ? AND region = ?", (token, ctx.region))
    if noted is None or noted["at"] < ctx.now - TOKEN_LIFE:
        raise ServiceError("InvalidResultTokenException", "The resultToken provided is invalid")
    return noted


def _rule(ctx: Context, noted: Row) -> ConfigRule:
    rule = register.by_id(ctx, noted["rule"])
    if rule is None:
        raise ServiceError(
            "NoSuchConfigRuleException",
            "The ConfigRule provided in the request is invalid. Please check the configRule name.",
        )
    return rule
