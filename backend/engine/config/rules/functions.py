"""Functions behind custom rules: that they are there, which calls wait to be made, and how a call ended.

The engine runs no function. Whoever does (`backend.wire.handlers`) registers it here, takes the calls that
`custom.invoke` noted, and tells how each ended; what a function found comes by PutEvaluations, like any other call.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import msgspec

from backend.engine.around import identity, logs
from backend.engine.config.rules import register
from backend.engine.context import Context
from backend.engine.world import estate, kinds
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import HOUR, Moment, to_iso

CALL_LIFE: Moment = 6 * HOUR
"""How long a call waits for somebody to make it, as in Lambda's own queue of events."""

_SILENT = "The function ended well without PutEvaluations for this call: no verdict comes of it."

_TAG = "configscope:handler"
"""Marks the functions that were registered here, so that one whose file is gone can be taken away again."""


class FunctionCall(msgspec.Struct, frozen=True):
    """A call that was noted for a function."""

    number: int
    token: str
    account: str
    region: str
    rule: str
    """The id of the rule."""
    function: str
    """The ARN of the function, without version or alias."""


class FunctionEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a call ended."""

    code: str = ""
    """Empty when it went well."""
    message: str = ""
    stream: str
    """The log stream of the process that it was made in."""
    lines: tuple[str, ...] = ()
    """What it printed."""


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function as Lambda would describe it."""

    name: str
    handler: str
    """`module.function`."""
    runtime: str
    timeout: int
    """Seconds."""
    memory: int
    """MB."""
    code: bytes
    description: str = ""


def function_arn(ctx: Context, name: str) -> str:
    """The ARN of a function of this account and region."""
    return ctx.arn("lambda", f"function:{name}")


def register_function(ctx: Context, function: Function) -> None:
    """Have a function in this account and region, or its new code; one of the estate's own with that name stays."""
    before = estate.get(ctx, kinds.FUNCTION, function.name)
    arn = function_arn(ctx, function.name)
    digest = hashlib.sha256(function.code).hexdigest()
    tags = {_TAG: digest[:16]}
    if before is not None and (_TAG not in before.tags or before.tags == tags):
        return
    body: Document = {
        "functionName": function.name,
        "functionArn": arn,
        "runtime": function.runtime,
        "handler": function.handler,
        "codeSize": len(function.code),
        "codeSha256": digest,
        "lastModified": to_iso(ctx.now).replace("Z", "+0000"),
        "description": function.description,
        "timeout": function.timeout,
        "memorySize": function.memory,
        "version": "$LATEST",
        "state": "Active",
        "packageType": "Zip",
    }
    estate.put(
        ctx,
        Resource(
            resource_type=kinds.FUNCTION,
            resource_id=function.name,
            region=ctx.region,
            name=function.name,
            arn=arn,
            zone=kinds.NOT_APPLICABLE,
            created=before.created if before else ctx.now,
            configuration=body,
            supplementary={"Tags": tags},
            tags=tags,
        ),
    )


def access_key(name: str, account: str) -> str:
    """The key that a function signs its calls with when it works in an account."""
    digest = base64.b32encode(hashlib.sha256(f"{account}/{name}".encode()).digest()).decode()
    return f"ASIA{digest[:16]}"


def sign_in(ctx: Context, names: Sequence[str]) -> None:
    """Have the calls of functions in this account known as theirs: those of a role's session with a function's name."""
    for name in names:
        identity.register_session(ctx, access_key(name, ctx.account), f"{name}-role", name)


def remove_functions(ctx: Context, but: frozenset[str]) -> None:
    """Take away the functions that were registered here earlier and are not among these names any more."""
    for function in list(estate.of_type(ctx, kinds.FUNCTION)):
        if _TAG in function.tags and function.resource_id not in but:
            estate.remove(ctx, kinds.FUNCTION, function.resource_id)


def waiting_calls(ctx: Context, after: int) -> list[FunctionCall]:
    """The calls of this account that nobody made yet, oldest first, from behind a number on."""
    rows = ctx.store.all(
        "SELECT seq, token, region, rule FROM rule_invocations WHERE seq > ? AND NOT called AND at >= ? ORDER BY seq",
        (after, ctx.now - CALL_LIFE),
    )
    functions: dict[tuple[str, str], str] = {}
    found: list[FunctionCall] = []
    for row in rows:
        where = row["region"], row["rule"]
        if where not in functions:
            rule = register.by_id(ctx.within(row["region"]), row["rule"])
            functions[where] = _unqualified(rule.source.get("SourceIdentifier", "")) if rule else ""
        found.append(FunctionCall(row["seq"], row["token"], ctx.account, *where, functions[where]))
    return found


def ended(ctx: Context, token: str, function: str, ended: FunctionEnd) -> None:
    """A call of this region was made, and how it went; a failure stands in the evaluation status of its rule.

    What the function printed goes where Lambda puts it: into CloudWatch Logs where the function is.
    """
    noted = ctx.store.one(
        "SELECT rule, answered, at FROM rule_invocations WHERE token = ? AND region = ?", (token, ctx.region)
    )
    silent = noted is not None and not noted["answered"] and not ended.code
    _, _, _, region, account, _, name = function.split(":")[:7]
    lines = (*ended.lines, *((_SILENT,) if silent else ()))
    logs.write(ctx.in_account(account, region), log_group(name), ended.stream, lines)
    if noted is None:  # the rule is gone, and its calls with it
        return
    ctx.store.run("UPDATE rule_invocations SET called = 1 WHERE token = ?", (token,))
    rule = register.by_id(ctx, noted["rule"])
    if rule is None:
        return
    if ended.code:
        rule.evaluation_failed = ctx.now
        rule.error_code, rule.error_message = ended.code, ended.message
    elif rule.error_code and noted["at"] > (rule.evaluation_failed or 0):
        rule.error_code = rule.error_message = ""
    else:
        return
    register.save(ctx, rule)


def log_group(name: str) -> str:
    """Where CloudWatch Logs keeps what a function prints."""
    return f"/aws/lambda/{name}"


def dropped(ctx: Context, tokens: list[str]) -> None:
    """Calls of this region that nobody will make."""
    ctx.store.run_many(
        "UPDATE rule_invocations SET called = 1 WHERE token = ? AND region = ?",
        [(token, ctx.region) for token in tokens],
    )


def _unqualified(arn: str) -> str:
    return ":".join(arn.split(":")[:7])
