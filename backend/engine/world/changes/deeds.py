"""What every change needs: something to change, and a trace of who did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from backend.engine.around import cloudtrail
from backend.engine.context import Caller, Context
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.engine.world.people import acting
from backend.model.item import Document, ResourceKey

_TRIES = 40
"""How many resources are looked at for one that can be changed so."""


def deed(
    ctx: Context,
    caller: Caller,
    service: str,
    name: str,
    request: Document | None,
    *touched: Resource,
    also: Sequence[ResourceKey] = (),
    response: Document | None = None,
    read_only: bool = False,
    error: tuple[str, str] | None = None,
) -> None:
    """Record a call of a service that has no operations here (`ec2`, `iam`, `rds` …); the estate is changed apart.

    `touched` and `also` are all whose items change by it, so that a lookup by any of them finds the call.
    `error` is (code, message) of a call that was refused.
    """
    cloudtrail.record(
        acting(ctx, caller),
        source=service,
        name=name,
        request=request,
        response=response,
        read_only=read_only,
        error=error,
        resources=[*(resource.key for resource in touched), *also],
    )


def linked(resource: Resource) -> list[ResourceKey]:
    """What a resource is linked to: when it comes or goes, their items tell so."""
    return [ResourceKey(link.resource_type, link.resource_id) for link in resource.links if link.resource_id]


def pick(
    ctx: Context,
    chance: Random,
    resource_type: str,
    fits: Callable[[Resource], bool] = lambda _resource: True,
    *,
    region: str = "",
) -> Resource | None:
    """Some resource of a type that fits, or None when none of those looked at does."""
    where = region or ctx.region
    rows = ctx.store.all(
        "SELECT id FROM resources WHERE region = ? AND type = ? ORDER BY id",
        (where, resource_type),
    )
    for row in chance.sample(rows, min(_TRIES, len(rows))):
        found = estate.get(ctx, resource_type, row["id"], where)
        if found is not None and fits(found):
            return found
    return None
