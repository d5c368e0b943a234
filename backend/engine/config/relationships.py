"""Relationships of an item: the links a resource itself shows, and those that others have to it.

A direct link comes from a resource's own describe call and is kept with it in the estate. For the pairs of types
below the other side's item tells of it as well (an indirect link); for all other pairs only one side does
(references: recorded.md §3, aws-config.md §6, rules.md §7).
"""

from __future__ import annotations

from backend.engine.context import Context
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model.item import Document

_EC2, _IAM, _EB = "AWS::EC2::", "AWS::IAM::", "AWS::ElasticBeanstalk::"
_WORDS = {"VPC": "Vpc", "EIP": "ElasticIp", "VPNGateway": "VpnGateway", "VPNConnection": "VpnConnection"}
"""Target words of names that differ from the type's last part."""

_INDIRECT: dict[str, dict[str, tuple[str, ...]]] = {
    "Instance": {
        "Contains": ("NetworkInterface",),
        "Is attached to": ("Volume", "EIP"),
        "Is associated with": ("SecurityGroup",),
        "Is contained in": ("RouteTable", "Host"),
    },
    "NetworkInterface": {
        "Is attached to": ("Instance", "EIP"),
        "Is contained in": ("RouteTable",),
    },
    "Volume": {"Is attached to": ("Instance",)},
    "EIP": {"Is attached to": ("Instance", "NetworkInterface")},
    "SecurityGroup": {"Is associated with": ("Instance", "NetworkInterface")},
    "Subnet": {
        "Contains": ("Instance", "NetworkInterface"),
        "Is attached to": ("NetworkAcl",),
        "Is contained in": ("RouteTable",),
    },
    "VPC": {
        "Contains": ("Instance", "NetworkAcl", "NetworkInterface", "RouteTable", "SecurityGroup", "Subnet"),
        "Is attached to": ("InternetGateway", "VPNGateway"),
    },
    "NetworkAcl": {"Is attached to": ("Subnet",)},
    "RouteTable": {"Contains": ("Instance", "NetworkInterface", "Subnet", "VPNGateway")},
    "InternetGateway": {"Is attached to": ("VPC",)},
    "VPNGateway": {"Is attached to": ("VPC", "VPNConnection"), "Is contained in": ("RouteTable",)},
    "CustomerGateway": {"Is attached to": ("VPNConnection",)},
    "VPNConnection": {"Is attached to": ("CustomerGateway", "VPNGateway")},
    "Host": {"Contains": ("Instance",)},
}
"""EC2: what the item of a type says of another type that links to it directly."""

_NAMES: dict[tuple[str, str], str] = {
    **{
        (_EC2 + holder, _EC2 + other): f"{verb} {_WORDS.get(other, other)}"
        for holder, verbs in _INDIRECT.items()
        for verb, others in verbs.items()
        for other in others
    },
    (_IAM + "Group", _IAM + "User"): "Contains User",
    (_IAM + "User", _IAM + "Group"): "Is attached to Group",
    **{(_IAM + "Policy", _IAM + word): f"Is attached to {word}" for word in ("User", "Group", "Role")},
    **{(_IAM + word, _IAM + "Policy"): "Is attached to CustomerManagedPolicy" for word in ("User", "Group", "Role")},
    # The newer types end after the preposition, with a blank.
    (_EB + "Application", _EB + "ApplicationVersion"): "Contains ",
    (_EB + "Application", _EB + "Environment"): "Contains ",
    (_EB + "ApplicationVersion", _EB + "Application"): "Is contained in ",
    (_EB + "Environment", _EB + "Application"): "Is contained in ",
}


def other_side(holder: str, other: str) -> str | None:
    """The name under which an item of type `holder` tells of an `other` that links to it; None when it does not."""
    return _NAMES.get((holder, other))


def of(ctx: Context, resource: Resource) -> list[Document]:
    """The `relationships` of a resource's item: its own links first, then those of others to it, each target once."""
    entries = [_entry(link) for link in resource.links]
    seen = {(link.resource_type, link.resource_id or link.resource_name) for link in resource.links}
    here = resource.resource_type
    for region, key, _ in estate.linked_from(ctx, resource.key, resource.name):
        name = other_side(here, key.resource_type)
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
    told = [link for link in moved if other_side(link.resource_type, resource.resource_type) is not None]
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
