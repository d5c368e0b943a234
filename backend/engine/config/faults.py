"""Faults on request: calls that are refused, neighbours of AWS Config that fail, and what comes late or gets lost.

A fault lasts until it is cleared or, when it was given `seconds`, until that much simulated time has passed; with
`times` it strikes that often and is gone.

| name              | what it does                                                                       |
|-------------------|------------------------------------------------------------------------------------|
| `error`           | calls fail: `service`, `operation`, `code`, `message`, `status`, `fault`           |
| `throttling`      | calls fail as when there are too many: `service`, `operation` narrow               |
| `denied`          | calls fail as without permission: `service`, `operation` narrow                    |
| `access-denied`   | the channel's bucket refuses AWS Config                                            |
| `slow-down`       | the channel's bucket is asked too often                                            |
| `key-denied`      | the KMS key refuses AWS Config                                                     |
| `topic-gone`      | the channel's topic is not found                                                   |
| `topic-denied`    | the channel's topic refuses AWS Config                                             |
| `topic-throttled` | the channel's topic is asked too often                                             |
| `delivery-lag`    | snapshots and history files come `milliseconds` late                               |
| `stream-lag`      | messages and events of AWS Config come `milliseconds` late                         |
| `recording-lag`   | changes of resources are recorded `milliseconds` late, several at once as one      |
| `empty-pages`     | a history is answered seven days a page, empty pages among them                    |
| `stop-lag`        | for `milliseconds` after the recorder stopped its channel cannot be deleted        |
| `dropped-message` | messages of AWS Config do not reach the topic, and nobody notices                  |
| `dropped-event`   | events of AWS Config do not reach the bus                                          |
"""

from __future__ import annotations

import msgspec

from backend.engine.around import identity
from backend.engine.context import Call, Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model.item import Document
from backend.model.moment import SECOND, Moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    body TEXT NOT NULL
);
"""

_OF_CALLS = ("error", "throttling", "denied")
NAMES = (
    *_OF_CALLS,
    "access-denied",
    "slow-down",
    "key-denied",
    "topic-gone",
    "topic-denied",
    "topic-throttled",
    "delivery-lag",
    "stream-lag",
    "recording-lag",
    "empty-pages",
    "stop-lag",
    "dropped-message",
    "dropped-event",
)

_THROTTLED = {
    "s3": ServiceError("SlowDown", "Please reduce your request rate.", 503),
    "sns": ServiceError("Throttled", "Rate exceeded", 429),
    "sts": ServiceError("Throttling", "Rate exceeded"),
    "sqs": ServiceError("RequestThrottled", "Rate exceeded"),
}
"""How services say that there are too many calls, where it is not ThrottlingException (recorded.md §2)."""

_DENIED = {"s3": "AccessDenied", "sns": "AuthorizationError", "sts": "AccessDenied", "sqs": "AccessDenied"}
"""How services say that a permission is missing, where it is not AccessDeniedException."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong; empty strings match everything."""

    name: str
    region: str = ""
    service: str = ""
    operation: str = ""
    code: str = "InternalFailure"
    message: str = ""
    status: int = 400
    fault: bool = False
    milliseconds: Moment = 0
    times: int | None = None
    until: Moment | None = None
    number: int = 0


def inject(ctx: Context, spec: Document) -> None:
    """Make something fail from now on. `spec` has a `name` and what the table above says, `region` and `seconds`.

    Raises ServiceError ValidationException for a name or member that does not exist.
    """
    spec = dict(spec)
    seconds = spec.pop("seconds", None)
    try:
        fault = msgspec.convert(spec, _Spec)
    except msgspec.ValidationError as error:
        raise ServiceError("ValidationException", f"This fault is not understood: {error}") from error
    if fault.name not in NAMES:
        raise ServiceError("ValidationException", f"There is no fault '{fault.name}'. Known are: {', '.join(NAMES)}")
    until = ctx.now + round(seconds * SECOND) if seconds is not None else None
    body = dumps(msgspec.structs.replace(fault, until=until))
    ctx.store.run("INSERT INTO faults (name, region, body) VALUES (?, ?, ?)", (fault.name, fault.region, body))


def clear(ctx: Context, name: str | None = None) -> None:
    """Mend everything, or what has one name."""
    if name is None:
        ctx.store.run("DELETE FROM faults")
    else:
        ctx.store.run("DELETE FROM faults WHERE name = ?", (name,))


def listing(ctx: Context) -> list[Fault]:
    """Every fault that is in force now, oldest first."""
    return [fault for fault in _every(ctx) if _lasts(ctx, fault)]


def some(ctx: Context) -> bool:
    """Whether anything at all was made to fail; a cheap question before the others."""
    return ctx.store.one("SELECT 1 FROM faults LIMIT 1") is not None


def active(ctx: Context, name: str) -> Fault | None:
    """The newest fault of a name that is in force in the context's region."""
    found = None
    for fault in _every(ctx, name):
        if _lasts(ctx, fault) and fault.region in ("", ctx.region):
            found = fault
    return found


def use(ctx: Context, name: str) -> bool:
    """Whether a fault of a name strikes now; one with `times` strikes that often and is then gone."""
    fault = active(ctx, name)
    if fault is None:
        return False
    _struck(ctx, fault)
    return True


def _struck(ctx: Context, fault: Fault) -> None:
    if fault.times is None:
        return
    if fault.times <= 1:
        ctx.store.run("DELETE FROM faults WHERE seq = ?", (fault.number,))
    else:
        left = dumps(msgspec.structs.replace(fault, times=fault.times - 1))
        ctx.store.run("UPDATE faults SET body = ? WHERE seq = ?", (left, fault.number))


def check(ctx: Context, call: Call) -> None:
    """Raise the error that was asked for, when this call is one that it names."""
    for fault in _every(ctx):
        if fault.name in _OF_CALLS and _lasts(ctx, fault) and _names(fault, call):
            _struck(ctx, fault)
            raise _refusal(ctx, fault, call)


def _refusal(ctx: Context, fault: Fault, call: Call) -> ServiceError:
    if fault.name == "throttling":
        return _THROTTLED.get(call.service) or ServiceError("ThrottlingException", "Rate exceeded")
    if fault.name == "denied":
        code, action = _DENIED.get(call.service, "AccessDeniedException"), f"{call.service}:{call.operation}"
        who = identity.principal(ctx).arn
        text = f"User: {who} is not authorized to perform: {action} because no identity-based policy allows it"
        return ServiceError(code, text, 400 if code == "AccessDeniedException" else 403)
    return ServiceError(fault.code, fault.message, fault.status, fault.fault)


class _Spec(Fault, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault as it is asked for."""


_BODY = msgspec.json.Decoder(Fault)


def _every(ctx: Context, name: str | None = None) -> list[Fault]:
    rows = ctx.store.all("SELECT seq, name, body FROM faults ORDER BY seq")
    return [
        msgspec.structs.replace(_BODY.decode(row["body"]), number=row["seq"])
        for row in rows
        if name in (None, row["name"])
    ]


def _lasts(ctx: Context, fault: Fault) -> bool:
    return fault.until is None or ctx.now < fault.until


def _names(fault: Fault, call: Call) -> bool:
    return (
        fault.region in ("", call.region)
        and fault.service in ("", call.service)
        and fault.operation in ("", call.operation)
    )
