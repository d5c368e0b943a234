"""Security groups: who may come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.engine.context import Context
from backend.engine.world import ec2, kinds, names
from backend.engine.world.estate import Link
from backend.model.item import Document

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Allow:
    """One inbound permission: a port (or range, or -1 for all traffic) for a CIDR or another group."""

    port: int
    source: str
    note: str = ""
    last_port: int | None = None
    protocol: str = "tcp"


def permission(ctx: Context, allow: Allow) -> Document:
    """An entry of `ipPermissions`: the ranges stand in it twice, as plain strings and as objects."""
    six = ":" in allow.source
    group = allow.source.startswith("sg-")
    entry: Document = {"ipProtocol": allow.protocol}
    if allow.port >= 0:
        entry |= {"fromPort": allow.port, "toPort": allow.port if allow.last_port is None else allow.last_port}
    note = {"description": allow.note} if allow.note else {}
    return entry | {
        "ipv6Ranges": [{"cidrIpv6": allow.source, **note}] if six else [],
        "prefixListIds": [],
        "userIdGroupPairs": [{"groupId": allow.source, "userId": ctx.account, **note}] if group else [],
        "ipv4Ranges": [] if six or group else [{"cidrIp": allow.source, **note}],
        "ipRanges": [] if six or group else [allow.source],
    }


def security_group(
    ctx: Context,
    vpc_id: str,
    name: str,
    description: str,
    allows: Sequence[Allow],
    tags: Mapping[str, str],
) -> str:
    """A security group; its id."""
    group_id = ctx.ids.resource("sg")
    everything = Allow(-1, ANYWHERE, protocol="-1")
    inside = [Allow(-1, group_id, protocol="-1")] if name == "default" else allows
    body = {
        "description": description,
        "groupName": name,
        "ipPermissions": [permission(ctx, allow) for allow in inside],
        "ownerId": ctx.account,
        "groupId": group_id,
        "ipPermissionsEgress": [permission(ctx, everything)],
        "tags": names.tag_list(tags),
        "vpcId": vpc_id,
    }
    links = (Link("Is contained in Vpc", kinds.VPC, vpc_id),)
    ec2.put(ctx, kinds.SECURITY_GROUP, group_id, f"security-group/{group_id}", body, tags, name=name, links=links)
    return group_id
