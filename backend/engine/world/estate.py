"""The resources that exist: what AWS Config looks at.

Every change of a resource, whoever makes it, goes through `put` and `remove`; they are the one write path.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backend.engine.context import Context
from backend.engine.store import Row, dumps
from backend.model.item import Document, Json, ResourceKey
from backend.model.moment import Moment

GLOBAL = "global"
"""The region of IAM resources, as their items spell it (reference: aws-config.md §1.1)."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (region, type, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resources_by_name ON resources (type, name);
CREATE TABLE IF NOT EXISTS links (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS links_from ON links (type, id);
CREATE INDEX IF NOT EXISTS links_to ON links (target_type, target);
"""


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """A direct link of a resource, as its own describe call shows it; names are today's ("Is attached to …")."""

    name: str
    resource_type: str
    resource_id: str | None = None
    resource_name: str | None = None


class Resource(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A resource as the account has it. `configuration` and `supplementary` are spelled as in items."""

    resource_type: str
    resource_id: str
    region: str
    name: str | None = None
    arn: str | None = None
    zone: str | None = None
    """`availabilityZone` of its items: a zone, "Regional", "Multiple Availability Zones", "Not Applicable"."""
    created: Moment | None = None
    configuration: Json = None
    supplementary: Document = {}
    tags: dict[str, str] = {}
    links: tuple[Link, ...] = ()

    @property
    def key(self) -> ResourceKey:
        return ResourceKey(self.resource_type, self.resource_id)


_BODY = msgspec.json.Decoder(Resource)


def put(ctx: Context, resource: Resource) -> None:
    """Create or replace a resource, and tell AWS Config."""
    before = get(ctx, resource.resource_type, resource.resource_id, resource.region)
    where = (resource.region, resource.resource_type, resource.resource_id)
    ctx.store.run("INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?)", (*where, resource.name, dumps(resource)))
    if before is None or before.links != resource.links:
        _unlink(ctx, *where)
        ctx.store.run_many(
            "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)",
            [
                (*where, link.resource_type, link.resource_id or link.resource_name, link.name)
                for link in resource.links
            ],
        )
    ctx.world.on_change(ctx, before, resource)


def remove(ctx: Context, resource_type: str, resource_id: str, region: str | None = None) -> bool:
    """Delete a resource, and tell AWS Config; false when it was not there."""
    before = get(ctx, resource_type, resource_id, region)
    if before is None:
        return False
    ctx.store.run(
        "DELETE FROM resources WHERE region = ? AND type = ? AND id = ?",
        (before.region, resource_type, resource_id),
    )
    _unlink(ctx, before.region, resource_type, resource_id)
    ctx.world.on_change(ctx, before, None)
    return True


def changed(resource: Resource, **fields: Json) -> Resource:
    """A copy of a resource with some fields replaced; not yet `put`."""
    return msgspec.structs.replace(resource, **fields)


def edited(resource: Resource, **properties: Json) -> Resource:
    """A copy of a resource with properties of its configuration replaced; not yet `put`."""
    return changed(resource, configuration={**resource.configuration, **properties})


def tagged(resource: Resource, tags: dict[str, str]) -> Resource:
    """A copy of a resource with other tags, wherever its body repeats them; not yet `put`."""
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    body = resource.configuration
    repeated = [name for name in ("tags", "tagSet", "tagList") if isinstance(body, dict) and name in body]
    supplementary = resource.supplementary
    if isinstance(supplementary.get("Tags"), list):
        supplementary = {**supplementary, "Tags": listed}
    return changed(
        resource,
        tags=tags,
        supplementary=supplementary,
        configuration={**body, **dict.fromkeys(repeated, listed)} if repeated else body,
    )


def count(ctx: Context) -> int:
    """How many resources there are, in all regions."""
    row = ctx.store.one("SELECT count(*) AS n FROM resources")
    return row["n"] if row else 0


def get(ctx: Context, resource_type: str, resource_id: str, region: str | None = None) -> Resource | None:
    """A resource by type and id, in the context's region unless one is named (IAM: `GLOBAL`)."""
    row = ctx.store.one(
        "SELECT body FROM resources WHERE region = ? AND type = ? AND id = ?",
        (region or ctx.region, resource_type, resource_id),
    )
    return decode(row) if row else None


def by_name(ctx: Context, resource_type: str, name: str, region: str | None = None) -> Resource | None:
    """A resource by type and name, of any region unless one is named."""
    rows = ctx.store.all(
        "SELECT region, body FROM resources WHERE type = ? AND name = ? ORDER BY region, id", (resource_type, name)
    )
    return next((decode(row) for row in rows if region in (None, row["region"])), None)


def of_type(ctx: Context, resource_type: str, region: str | None = None) -> Iterator[Resource]:
    """All resources of a type in the context's region (or the one named), by id."""
    for row in ctx.store.all(
        "SELECT body FROM resources WHERE region = ? AND type = ? ORDER BY id",
        (region or ctx.region, resource_type),
    ):
        yield decode(row)


def in_region(ctx: Context, region: str | None = None) -> Iterator[Resource]:
    """All resources of a region, by type and id."""
    for row in ctx.store.all("SELECT body FROM resources WHERE region = ? ORDER BY type, id", (region or ctx.region,)):
        yield decode(row)


def everywhere(ctx: Context, resource_type: str) -> Iterator[Resource]:
    """All resources of a type in every region, by region and id."""
    for row in ctx.store.all("SELECT body FROM resources WHERE type = ? ORDER BY region, id", (resource_type,)):
        yield decode(row)


def linked_from(ctx: Context, key: ResourceKey, name: str | None = None) -> list[tuple[str, ResourceKey, str]]:
    """Who links directly to a resource: (region, key of the other side, name of the link as it has it)."""
    rows = ctx.store.all(
        "SELECT region, type, id, name FROM links WHERE target_type = ? AND target IN (?, ?) ORDER BY type, id",
        (key.resource_type, key.resource_id, name or key.resource_id),
    )
    return [(row["region"], ResourceKey(row["type"], row["id"]), row["name"]) for row in rows]


def decode(row: Row) -> Resource:
    return _BODY.decode(row["body"])


def _unlink(ctx: Context, region: str, resource_type: str, resource_id: str) -> None:
    ctx.store.run("DELETE FROM links WHERE region = ? AND type = ? AND id = ?", (region, resource_type, resource_id))
