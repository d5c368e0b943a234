"""Resources of the context's region as services other than EC2 name them: by an id, often a name, and an ARN."""

from __future__ import annotations

from collections.abc import Mapping

from backend.engine.context import Context
from backend.engine.world import kinds
from backend.engine.world.estate import Link, Resource
from backend.model.item import Document, Json
from backend.model.moment import Moment


def resource(
    ctx: Context,
    resource_type: str,
    resource_id: str,
    name: str | None,
    arn: str,
    body: Json,
    tags: Mapping[str, str],
    *,
    zone: str = kinds.REGIONAL,
    supplementary: Document | None = None,
    created: Moment | None = None,
    links: tuple[Link, ...] = (),
) -> Resource:
    """A resource that is not yet in the estate."""
    return Resource(
        resource_type=resource_type,
        resource_id=resource_id,
        region=ctx.region,
        name=name,
        arn=arn,
        zone=zone,
        created=created,
        configuration=body,
        supplementary=supplementary or {},
        tags=dict(tags),
        links=links,
    )
