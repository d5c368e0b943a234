"""Faults on request: refused calls, and neighbours of AWS Config that fail.

A fault lasts until it is cleared or, when it was given `seconds`, until that much simulated time has passed.

| name             | what it does                                                                        |
|------------------|-------------------------------------------------------------------------------------|
| `error`          | calls fail: `service`, `operation`, `code`, `message`, `status`, `fault`            |
| `throttling`     | calls fail with ThrottlingException "Rate exceeded"; `service`, `operation` narrow  |
| `access-denied`  | the channel's bucket refuses AWS Config                                             |
| `topic-gone`     | the channel's topic is not found                                                    |
| `delivery-lag`   | snapshots and history files come `milliseconds` late                                |
| `dropped-event`  | events of AWS Config do not reach the bus; with `times` only that many              |
"""

from __future__ import annotations

import msgspec

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

NAMES = ("error", "throttling", "access-denied", "topic-gone", "delivery-lag", "dropped-event")
_OF_CALLS = ("error", "throttling")


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
    if fault.times is not None:
        if fault.times <= 1:
            ctx.store.run("DELETE FROM faults WHERE seq = ?", (fault.number,))
        else:
            left = dumps(msgspec.structs.replace(fault, times=fault.times - 1))
            ctx.store.run("UPDATE faults SET body = ? WHERE seq = ?", (left, fault.number))
    return True


def check(ctx: Context, call: Call) -> None:
    """Raise the error that was asked for, when this call is one that it names."""
    for fault in _every(ctx):
        if fault.name in _OF_CALLS and _lasts(ctx, fault) and _names(fault, call):
            if fault.name == "throttling":
                raise ServiceError("ThrottlingException", "Rate exceeded")
            raise ServiceError(fault.code, fault.message, fault.status, fault.fault)


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
