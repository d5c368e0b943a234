"""How EC2's resources stand in the estate: their ARNs, and what most of them have in common."""

from __future__ import annotations

from collections.abc import Mapping

from backend.engine.context import Context
from backend.engine.world import estate, kinds
from backend.engine.world.estate import Link, Resource
from backend.model.item import Document
from backend.model.moment import Moment


def resource(
    ctx: Context,
    resource_type: str,
    resource_id: str,
    path: str,
    body: Document,
    tags: Mapping[str, str],
    *,
    name: str | None = None,
    zone: str = kinds.NOT_APPLICABLE,
    links: tuple[Link, ...] = (),
    created: Moment | None = None,
) -> Resource:
    """A resource of EC2 in the context's region; `path` is the last part of its ARN (`volume/vol-…`)."""
    return Resource(
        resource_type=resource_type,
        resource_id=resource_id,
        region=ctx.region,
        name=name,
        arn=ctx.arn("ec2", path),
        zone=zone,
        created=created,
        configuration=body,
        tags=dict(tags),
        links=links,
    )


def put(
    ctx: Context,
    resource_type: str,
    resource_id: str,
    path: str,
    body: Document,
    tags: Mapping[str, str],
    *,
    name: str | None = None,
    zone: str = kinds.NOT_APPLICABLE,
    links: tuple[Link, ...] = (),
    created: Moment | None = None,
) -> None:
    """Create it as `resource` makes it."""
    made = resource(
        ctx, resource_type, resource_id, path, body, tags, name=name, zone=zone, links=links, created=created
    )
    estate.put(ctx, made)
