"""Addresses of the estate: elastic ones, private ones, and the interfaces that services keep for themselves."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.engine.context import Context
from backend.engine.world import estate, kinds, names
from backend.engine.world.estate import Link, Resource
from backend.model.moment import Moment, to_iso


@dataclass(frozen=True)
class Subnet:
    subnet_id: str
    zone: str
    cidr: str


def address_in(ctx: Context, cidr: str) -> str:
    """An address of a subnet, past the five that AWS keeps for itself."""
    block = ipaddress.ip_network(cidr)
    return str(block[ctx.ids.chance().randrange(5, block.num_addresses - 1)])


def public_address(ctx: Context) -> str:
    """An address that looks public; drawn from a range of Amazon's in the region."""
    chance = ctx.ids.chance()
    first = "13.250" if ctx.region.startswith("ap-") else "44.203"
    return f"{first}.{chance.randrange(1, 255)}.{chance.randrange(1, 255)}"


def elastic_ip(ctx: Context, tags: Mapping[str, str]) -> Resource:
    """An address that nobody uses yet; see `attached_ip`."""
    allocation = ctx.ids.resource("eipalloc")
    body = {
        "publicIp": public_address(ctx),
        "allocationId": allocation,
        "domain": "vpc",
        "tags": names.tag_list(tags),
        "publicIpv4Pool": "amazon",
        "networkBorderGroup": ctx.region,
    }
    return Resource(
        resource_type=kinds.EIP,
        resource_id=allocation,
        region=ctx.region,
        arn=ctx.arn("ec2", f"eip-allocation/{allocation}"),
        zone=kinds.NOT_APPLICABLE,
        configuration=body,
        tags=dict(tags),
    )


def attached_ip(ctx: Context, address: Resource, interface: str, private: str, instance: str = "") -> Resource:
    """An elastic address in use by an interface, and by the instance behind it."""
    body = address.configuration | {
        "associationId": ctx.ids.resource("eipassoc"),
        "networkInterfaceId": interface,
        "networkInterfaceOwnerId": ctx.account,
        "privateIpAddress": private,
        **({"instanceId": instance} if instance else {}),
    }
    links = [Link("Is attached to NetworkInterface", kinds.NETWORK_INTERFACE, interface)]
    if instance:
        links.append(Link("Is attached to Instance", kinds.INSTANCE, instance))
    return estate.changed(address, configuration=body, links=tuple(links))


def managed_interface(
    ctx: Context,
    interface: str,
    vpc_id: str,
    subnet: Subnet,
    private: str,
    description: str,
    created: Moment,
    groups: Sequence[tuple[str, str]] = (),
) -> Resource:
    """An interface that a service keeps for itself (NAT gateway, load balancer, endpoint); `groups`: (id, name)."""
    body = {
        "attachment": {
            "attachmentId": ctx.ids.resource("ela-attach"),
            "deleteOnTermination": False,
            "deviceIndex": 1,
            "instanceOwnerId": "amazon-aws",
            "status": "attached",
            "attachTime": to_iso(created),
        },
        "availabilityZone": subnet.zone,
        "description": description,
        "groups": [{"groupName": name, "groupId": group} for group, name in groups],
        "interfaceType": "interface" if groups else "nat_gateway",
        "ipv6Addresses": [],
        "macAddress": mac_address(ctx),
        "networkInterfaceId": interface,
        "ownerId": ctx.account,
        "privateDnsName": dns_name(ctx, private),
        "privateIpAddress": private,
        "privateIpAddresses": [
            {"primary": True, "privateDnsName": dns_name(ctx, private), "privateIpAddress": private}
        ],
        "requesterManaged": True,
        "sourceDestCheck": False,
        "status": "in-use",
        "subnetId": subnet.subnet_id,
        "tagSet": [],
        "vpcId": vpc_id,
    }
    return Resource(
        resource_type=kinds.NETWORK_INTERFACE,
        resource_id=interface,
        region=ctx.region,
        arn=ctx.arn("ec2", f"network-interface/{interface}"),
        zone=subnet.zone,
        configuration=body,
        links=(
            *(Link("Is associated with SecurityGroup", kinds.SECURITY_GROUP, group) for group, _ in groups),
            Link("Is contained in Subnet", kinds.SUBNET, subnet.subnet_id),
            Link("Is contained in Vpc", kinds.VPC, vpc_id),
        ),
    )


def mac_address(ctx: Context) -> str:
    return ":".join(["02", *(f"{byte:02x}" for byte in ctx.ids.bytes()[:5])])


def dns_name(ctx: Context, private: str) -> str:
    """The name that EC2 gives to a private address."""
    domain = "ec2.internal" if ctx.region == "us-east-1" else f"{ctx.region}.compute.internal"
    return f"ip-{private.replace('.', '-')}.{domain}"
