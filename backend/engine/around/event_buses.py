"""Event buses: the default one of each region, and those made for applications (reference: around-config.md §6.1)."""

from __future__ import annotations

import re

from backend.engine.around import identity, policy
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.model.item import Document
from backend.model.moment import to_datetime

DEFAULT = "default"

SCHEMA = """
CREATE TABLE IF NOT EXISTS event_buses (
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    policy TEXT NOT NULL,
    description TEXT NOT NULL,
    tags TEXT NOT NULL,
    made INTEGER NOT NULL,
    PRIMARY KEY (region, name)
) WITHOUT ROWID;
"""

_NAME = re.compile(r"[\w.-]{1,256}")
_MOST = 100
_PAGE = 100


def name_of(named: str | None) -> str:
    """A bus by name or ARN; the default one when none is named."""
    return (named or DEFAULT).rsplit("/", 1)[-1]


def exists(ctx: Context, name: str) -> bool:
    """Whether the region has a bus of this name; the default one is always there."""
    return name == DEFAULT or _row(ctx, name) is not None


def need(ctx: Context, params: Document, member: str = "EventBusName") -> str:
    """The bus that a call names. Raises ResourceNotFoundException."""
    name = name_of(params.get(member))
    if not exists(ctx, name):
        raise unknown(name)
    return name


def unknown(name: str) -> ServiceError:
    """The refusal for a bus that is not there."""
    return ServiceError("ResourceNotFoundException", f"Event bus {name} does not exist.")


def arn(ctx: Context, name: str) -> str:
    """The ARN of a bus by its name."""
    return ctx.arn("events", f"event-bus/{name}")


def place(ctx: Context, named: str | None) -> Context:
    """The account and region of the bus that a call names; the caller's own for a bus by name."""
    parts = (named or "").split(":")
    return ctx.owner_of(named or "").within(parts[3]) if len(parts) == 6 else ctx


def takes(ctx: Context, there: Context, name: str, principal: str) -> bool:
    """Whether a bus takes events of a principal: its own account's always, those of others by its policy."""
    if there.account == ctx.account or principal.split(":")[4:5] == [there.account]:
        return True
    text = _policy(there, name)
    request = policy.Request(principal, "events:PutEvents", arn(there, name), identity.surroundings(ctx))
    return policy.decide(policy.parse(text) if text else None, request) is policy.Decision.ALLOW


def create_event_bus(ctx: Context, params: Document) -> Document:
    """Make a bus. Raises ResourceAlreadyExistsException, ValidationException and LimitExceededException."""
    name = params["Name"]
    if not _NAME.fullmatch(name):
        raise ServiceError("ValidationException", f"Event bus name {name} is not valid.")
    if exists(ctx, name):
        raise ServiceError("ResourceAlreadyExistsException", f"Event bus {name} already exists.")
    if len(_rows(ctx)) >= _MOST:
        raise ServiceError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    tags = dumps(params.get("Tags") or [])
    row = (ctx.region, name, "", params.get("Description") or "", tags, ctx.now)
    ctx.store.run("INSERT INTO event_buses VALUES (?, ?, ?, ?, ?, ?)", row)
    return {"EventBusArn": arn(ctx, name)}


def delete_event_bus(ctx: Context, params: Document) -> Document:
    """Remove a bus without rules; one that is gone already is no error, the default one stays (ValidationException)."""
    name = params["Name"]
    if name == DEFAULT:
        raise ServiceError("ValidationException", "Cannot delete event bus default.")
    if ctx.store.one("SELECT 1 FROM event_rules WHERE region = ? AND bus = ? LIMIT 1", (ctx.region, name)):
        raise ServiceError("ValidationException", f"Event bus {name} can't be deleted since it has rules.")
    ctx.store.run("DELETE FROM event_buses WHERE region = ? AND name = ?", (ctx.region, name))
    return {}


def describe_event_bus(ctx: Context, params: Document) -> Document:
    """A bus with its policy. Raises ResourceNotFoundException."""
    return _listed(ctx, need(ctx, params, "Name"))


def list_event_buses(ctx: Context, params: Document) -> Document:
    """The default bus first, then the others by name."""
    prefix, token = params.get("NamePrefix") or "", params.get("NextToken") or "0"
    if not (token.isascii() and token.isdigit()):
        raise ServiceError("ValidationException", "Parameter NextToken is not valid.")
    names = [name for name in (DEFAULT, *(row["name"] for row in _rows(ctx))) if name.startswith(prefix)]
    start, size = int(token), params.get("Limit") or _PAGE
    answer: Document = {"EventBuses": [_listed(ctx, name) for name in names[start : start + size]]}
    if start + size < len(names):
        answer["NextToken"] = str(start + size)
    return answer


def _listed(ctx: Context, name: str) -> Document:
    listed: Document = {"Name": name, "Arn": arn(ctx, name)}
    row = _row(ctx, name)
    if row is not None:
        if row["policy"]:
            listed["Policy"] = row["policy"]
        if name != DEFAULT:
            listed["CreationTime"] = listed["LastModifiedTime"] = to_datetime(row["made"])
        if row["description"]:
            listed["Description"] = row["description"]
    return listed


def put_permission(ctx: Context, params: Document) -> Document:
    """Let an account (`*` for all) put events on a bus, or set the whole policy. Raises ValidationException."""
    name = need(ctx, params)
    if params.get("Policy"):
        try:
            policy.parse(params["Policy"])
        except policy.MalformedPolicy as error:
            raise ServiceError("ValidationException", f"Parameter Policy is not valid. Reason: {error}") from error
        _set_policy(ctx, name, params["Policy"])
        return {}
    missing = [member for member in ("Action", "Principal", "StatementId") if not params.get(member)]
    if missing:
        raise ServiceError("ValidationException", f"Parameter(s) {', '.join(missing)} must be specified.")
    who = params["Principal"]
    statement: Document = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if who == "*" else {"AWS": f"arn:aws:iam::{who}:root"},
        "Action": params["Action"],
        "Resource": arn(ctx, name),
    }
    condition = params.get("Condition")
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    kept = [each for each in _statements(ctx, name) if each.get("Sid") != statement["Sid"]]
    _set_policy(ctx, name, dumps({"Version": "2012-10-17", "Statement": [*kept, statement]}))
    return {}


def remove_permission(ctx: Context, params: Document) -> Document:
    """Take a statement off, or all. Raises ResourceNotFoundException."""
    name, sid = need(ctx, params), params.get("StatementId")
    held = _statements(ctx, name)
    kept = [] if params.get("RemoveAllPermissions") else [each for each in held if each.get("Sid") != sid]
    if len(kept) == len(held):
        raise ServiceError("ResourceNotFoundException", "EventBus does not have a policy with this statement.")
    _set_policy(ctx, name, dumps({"Version": "2012-10-17", "Statement": kept}) if kept else "")
    return {}


def _statements(ctx: Context, name: str) -> list[Document]:
    text = _policy(ctx, name)
    return policy.statements(loads(text)) if text else []


def _policy(ctx: Context, name: str) -> str:
    row = _row(ctx, name)
    return row["policy"] if row else ""


def _set_policy(ctx: Context, name: str, text: str) -> None:
    # The default bus has a row only once it has a policy.
    ctx.store.run(
        "INSERT INTO event_buses VALUES (?, ?, ?, '', '[]', ?) ON CONFLICT DO UPDATE SET policy = excluded.policy",
        (ctx.region, name, text, ctx.now),
    )


def _row(ctx: Context, name: str) -> Row | None:
    return ctx.store.one("SELECT * FROM event_buses WHERE region = ? AND name = ?", (ctx.region, name))


def _rows(ctx: Context) -> list[Row]:
    return ctx.store.all(
        "SELECT * FROM event_buses WHERE region = ? AND name <> ? ORDER BY name", (ctx.region, DEFAULT)
    )


OPERATIONS: dict[str, Operation] = {
    "CreateEventBus": create_event_bus,
    "DeleteEventBus": delete_event_bus,
    "DescribeEventBus": describe_event_bus,
    "ListEventBuses": list_event_buses,
    "PutPermission": put_permission,
    "RemovePermission": remove_permission,
}
