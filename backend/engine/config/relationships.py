"""Relationships of an item: the links a resource itself shows, and those that others have to it.

A direct link comes from a resource's own describe call and is kept with it in the estate. For some pairs of types the
other side's item tells of it as well; for all others only one side does (`backend.model.link_names`).

When a link comes or goes, both items that tell of it are written (REL-07). AWS says that a resource may also get an
item when only the settings of a related one changed, one that holds no change of its own; whether and when that happens
is not documented (aws-config.md §6.1), and here an item is written only when it has something new to say.
"""

from __future__ import annotations

from backend.engine.context import Context
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model import link_names
from backend.model.item import Document

_IAM = "AWS::IAM::"


def of(ctx: Context, resource: Resource) -> list[Document]:
    """The `relationships` of a resource's item: its own links first, then those of others to it, each target once."""
    entries = [_entry(link) for link in resource.links]
    seen = {(link.resource_type, link.resource_id or link.resource_name) for link in resource.links}
    here = resource.resource_type
    for region, key, _ in estate.linked_from(ctx, resource.key, resource.name):
        name = link_names.mirrored(here, key.resource_type)
        if name is not None and (key.resource_type, key.resource_id) not in seen:
            seen.add((key.resource_type, key.resource_id))
            # IAM's items name both ends of a link by id and by name.
            other = estate.get(ctx, *key, region) if key.resource_type.startswith(_IAM) else None
            entries.append(_entry(Link(name, *key, other.name if other else None)))
    return entries


def touched(ctx: Context, before: Resource | None, after: Resource | None) -> list[Resource]:
    """The resources at the other end of links that came or went, if their items tell of such links (REL-07)."""
    resource = after or before
    if resource is None:
        return []
    old, new = _links(before), _links(after)
    moved = [link for end, link in {**old, **new}.items() if (end in old) != (end in new)]
    told = [link for link in moved if link_names.mirrored(link.resource_type, resource.resource_type) is not None]
    found = [_resolve(ctx, link, resource.region) for link in told]
    return [other for other in found if other is not None]


def crowd(ctx: Context, resource: Resource) -> int:
    """How many resources link to this one."""
    row = ctx.store.one(
        "SELECT count(*) AS number FROM links WHERE target_type = ? AND target = ?",
        (resource.resource_type, resource.resource_id),
    )
    return row["number"] if row else 0


def _links(resource: Resource | None) -> dict[tuple[str, str | None], Link]:
    """The links of a resource by what is at their other end."""
    links = resource.links if resource else ()
    return {(link.resource_type, link.resource_id or link.resource_name): link for link in links}


def _resolve(ctx: Context, link: Link, region: str) -> Resource | None:
    if link.resource_id:
        return estate.get(ctx, link.resource_type, link.resource_id, region)
    return estate.by_name(ctx, link.resource_type, link.resource_name) if link.resource_name else None


def _entry(link: Link) -> Document:
    return {
        "resourceId": link.resource_id,
        "resourceName": link.resource_name,
        "resourceType": link.resource_type,
        "name": link.name,
    }
