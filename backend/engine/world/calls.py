"""AWS calls made inside the world, by its people and programs, through the same operations that clients reach."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from backend.engine.around import cloudtrail, s3, sns, sqs, ssm
from backend.engine.config import aggregators, delivery, recorder, retention, rules, snapshots
from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.world.people import acting
from backend.model.item import Document
from backend.model.moment import Moment

_FORGOTTEN = Caller(user_agent="before the trail")
"""Who made what was there before this world's past begins: nobody can look it up any more."""

_OPERATIONS: Mapping[str, Mapping[str, Operation]] = MappingProxyType(
    {
        "config": {
            name: operation
            for module in (recorder, delivery, snapshots, retention, rules, aggregators)
            for name, operation in module.OPERATIONS.items()
        },
        "s3": s3.OPERATIONS,
        "sns": sns.OPERATIONS,
        "sqs": sqs.OPERATIONS,
        "ssm": ssm.OPERATIONS,
    }
)


def aws(ctx: Context, service: str, operation: str, **params: object) -> Document:
    """Make a call as the context's caller; it is recorded in the trail, a refusal too. Raises `ServiceError`."""
    call = Call(service, operation, params, ctx.region, ctx.caller)
    answer: Document | None = None
    refusal: ServiceError | None = None
    try:
        with ctx.store.savepoint():
            answer = _OPERATIONS[service][operation](ctx, call.params)
    except ServiceError as error:
        refusal = error
    if ctx.caller != _FORGOTTEN:
        cloudtrail.record_call(ctx, call, answer, refusal)
    if refusal is not None:
        raise refusal
    return answer or {}


@contextlib.contextmanager
def at_the_time(ctx: Context, moment: Moment) -> Iterator[Context]:
    """A context for calls made at a moment before this world's past, of which the trail knows nothing.

    With the present moment, or a later one, it is the context itself.
    """
    now = ctx.clock.now
    if moment >= now:
        yield ctx
        return
    ctx.clock.now = moment
    try:
        yield acting(ctx, _FORGOTTEN)
    finally:
        ctx.clock.now = now
