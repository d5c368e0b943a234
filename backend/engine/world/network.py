"""Networks of the estate: VPCs with their subnets, routes, gateways, access lists and default security group.

Bodies are spelled as in real items (older EC2 types: the lower-camel describe output).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.engine.context import Context
from backend.engine.world import addresses, doors, ec2, estate, kinds, names
from backend.engine.world.addresses import Subnet
from backend.engine.world.estate import Link
from backend.model.item import Document
from backend.model.moment import Moment


@dataclass(frozen=True)
class Network:
    """What a workload has to know of the kinds.VPC it is placed in."""

    vpc_id: str
    cidr: str
    environment: str
    public: tuple[Subnet, ...]
    private: tuple[Subnet, ...]
    default_group: str

    @property
    def inside(self) -> tuple[Subnet, ...]:
        """Where servers go: private subnets where there are some."""
        return self.private or self.public


def build(
    ctx: Context,
    name: str,
    cidr: str,
    environment: str,
    created: Moment,
    *,
    zones: str = "abc",
    private: bool = True,
    default: bool = False,
    nat: bool = True,
) -> Network:
    """A VPC with everything a kinds.VPC has; `cidr` is a /16, subnets are /20."""
    vpc_id = ctx.ids.resource("vpc")
    tags = {} if default else names.tags(name, names.PLATFORM, environment)
    body = {
        "cidrBlock": cidr,
        "dhcpOptionsId": ctx.ids.resource("dopt"),
        "state": "available",
        "vpcId": vpc_id,
        "ownerId": ctx.account,
        "instanceTenancy": "default",
        "ipv6CidrBlockAssociationSet": [],
        "cidrBlockAssociationSet": [
            {
                "associationId": ctx.ids.resource("vpc-cidr-assoc"),
                "cidrBlock": cidr,
                "cidrBlockState": {"state": "associated"},
            }
        ],
        "isDefault": default,
        "tags": names.tag_list(tags),
    }
    ec2.put(ctx, kinds.VPC, vpc_id, f"vpc/{vpc_id}", body, tags, zone=kinds.SEVERAL_ZONES)
    gateway = _internet_gateway(ctx, vpc_id, name, tags)
    blocks = ipaddress.ip_network(cidr).subnets(new_prefix=20)
    public = tuple(
        _subnet(ctx, vpc_id, f"{name}-public-{zone}", ctx.region + zone, str(next(blocks)), environment, default, True)
        for zone in zones
    )
    inner = tuple(
        _subnet(ctx, vpc_id, f"{name}-private-{zone}", ctx.region + zone, str(next(blocks)), environment, False, False)
        for zone in (zones if private else "")
    )
    _route_table(ctx, vpc_id, cidr, f"{name}-public", environment, {"gatewayId": gateway}, public)
    if inner:
        hop = {"natGatewayId": _nat_gateway(ctx, vpc_id, public[0], name, environment, created)} if nat else None
        _route_table(ctx, vpc_id, cidr, f"{name}-private", environment, hop, inner)
    _network_acl(ctx, vpc_id, (*public, *inner), tags)
    group = doors.security_group(ctx, vpc_id, "default", "default VPC security group", (), {})
    return Network(vpc_id, cidr, environment, public, inner, group)


def _subnet(
    ctx: Context,
    vpc_id: str,
    name: str,
    zone: str,
    cidr: str,
    environment: str,
    default: bool,
    public: bool,
) -> Subnet:
    subnet_id = ctx.ids.resource("subnet")
    tags = {} if default else names.tags(name, names.PLATFORM, environment, Tier="public" if public else "private")
    body = {
        "availabilityZone": zone,
        "availabilityZoneId": f"{ctx.region[:2]}{ctx.region.split('-')[1][0]}e1-az{'abcdef'.index(zone[-1]) + 1}",
        "availableIpAddressCount": 4091,
        "cidrBlock": cidr,
        "defaultForAz": default,
        "mapPublicIpOnLaunch": public,
        "state": "available",
        "subnetId": subnet_id,
        "vpcId": vpc_id,
        "ownerId": ctx.account,
        "assignIpv6AddressOnCreation": False,
        "ipv6CidrBlockAssociationSet": [],
        "tags": names.tag_list(tags),
        "subnetArn": ctx.arn("ec2", f"subnet/{subnet_id}"),
    }
    ec2.put(ctx, kinds.SUBNET, subnet_id, f"subnet/{subnet_id}", body, tags, zone=zone, links=(_in_vpc(vpc_id),))
    return Subnet(subnet_id, zone, cidr)


def _internet_gateway(ctx: Context, vpc_id: str, name: str, vpc_tags: Mapping[str, str]) -> str:
    gateway = ctx.ids.resource("igw")
    tags = {**vpc_tags, "Name": f"{name}-igw"} if vpc_tags else {}
    body = {
        "attachments": [{"state": "available", "vpcId": vpc_id}],
        "internetGatewayId": gateway,
        "ownerId": ctx.account,
        "tags": names.tag_list(tags),
    }
    links = (Link("Is attached to Vpc", kinds.VPC, vpc_id),)
    ec2.put(
        ctx,
        kinds.INTERNET_GATEWAY,
        gateway,
        f"internet-gateway/{gateway}",
        body,
        tags,
        zone=kinds.SEVERAL_ZONES,
        links=links,
    )
    return gateway


def _nat_gateway(ctx: Context, vpc_id: str, subnet: Subnet, name: str, environment: str, created: Moment) -> str:
    gateway = ctx.ids.resource("nat")
    interface = ctx.ids.resource("eni")
    private = addresses.address_in(ctx, subnet.cidr)
    tags = names.tags(f"{name}-nat", names.PLATFORM, environment)
    address = addresses.elastic_ip(ctx, {**tags, "Name": f"{name}-nat-ip"})
    estate.put(ctx, addresses.attached_ip(ctx, address, interface, private))
    body = {
        "createTime": created,
        "natGatewayAddresses": [
            {
                "allocationId": address.resource_id,
                "networkInterfaceId": interface,
                "privateIp": private,
                "publicIp": address.configuration["publicIp"],
            }
        ],
        "natGatewayId": gateway,
        "state": "available",
        "subnetId": subnet.subnet_id,
        "vpcId": vpc_id,
        "tags": names.tag_list(tags),
        "connectivityType": "public",
    }
    links = (Link("Is contained in ", kinds.SUBNET, subnet.subnet_id), Link("Is contained in ", kinds.VPC, vpc_id))
    ec2.put(ctx, kinds.NAT_GATEWAY, gateway, f"natgateway/{gateway}", body, tags, links=links, created=created)
    described = f"Interface for NAT Gateway {gateway}"
    estate.put(ctx, addresses.managed_interface(ctx, interface, vpc_id, subnet, private, described, created))
    return gateway


def _route_table(
    ctx: Context,
    vpc_id: str,
    cidr: str,
    name: str,
    environment: str,
    outward: Mapping[str, str] | None,
    subnets: Sequence[Subnet],
) -> None:
    table = ctx.ids.resource("rtb")
    tags = names.tags(name, names.PLATFORM, environment)
    routes: list[Document] = [
        {"destinationCidrBlock": cidr, "gatewayId": "local", "origin": "CreateRouteTable", "state": "active"}
    ]
    if outward:
        routes.append({"destinationCidrBlock": doors.ANYWHERE, **outward, "origin": "CreateRoute", "state": "active"})
    body = {
        "associations": [
            {
                "main": False,
                "routeTableAssociationId": ctx.ids.resource("rtbassoc"),
                "routeTableId": table,
                "subnetId": subnet.subnet_id,
                "associationState": {"state": "associated"},
            }
            for subnet in subnets
        ],
        "propagatingVgws": [],
        "routeTableId": table,
        "routes": routes,
        "tags": names.tag_list(tags),
        "vpcId": vpc_id,
        "ownerId": ctx.account,
    }
    links = (*(Link("Contains Subnet", kinds.SUBNET, subnet.subnet_id) for subnet in subnets), _in_vpc(vpc_id))
    ec2.put(ctx, kinds.ROUTE_TABLE, table, f"route-table/{table}", body, tags, links=links)


def _network_acl(ctx: Context, vpc_id: str, subnets: Sequence[Subnet], tags: Mapping[str, str]) -> None:
    acl = ctx.ids.resource("acl")
    body = {
        "associations": [
            {
                "networkAclAssociationId": ctx.ids.resource("aclassoc"),
                "networkAclId": acl,
                "subnetId": subnet.subnet_id,
            }
            for subnet in subnets
        ],
        "entries": [
            {
                "cidrBlock": doors.ANYWHERE,
                "egress": egress,
                "protocol": "-1",
                "ruleAction": action,
                "ruleNumber": number,
            }
            for egress in (True, False)
            for number, action in ((100, "allow"), (32767, "deny"))
        ],
        "isDefault": True,
        "networkAclId": acl,
        "tags": names.tag_list(tags),
        "vpcId": vpc_id,
        "ownerId": ctx.account,
    }
    links = (*(Link("Is attached to Subnet", kinds.SUBNET, subnet.subnet_id) for subnet in subnets), _in_vpc(vpc_id))
    ec2.put(ctx, kinds.NETWORK_ACL, acl, f"network-acl/{acl}", body, tags, zone=kinds.SEVERAL_ZONES, links=links)


def endpoint(ctx: Context, network: Network, service: str, created: Moment) -> None:
    """A gateway endpoint (S3, DynamoDB) of a kinds.VPC."""
    identifier = ctx.ids.resource("vpce")
    tags = names.tags(f"{network.environment}-{service}", names.PLATFORM, network.environment)
    body = {
        "vpcEndpointId": identifier,
        "vpcEndpointType": "Gateway",
        "vpcId": network.vpc_id,
        "serviceName": f"com.amazonaws.{ctx.region}.{service}",
        "state": {"value": "available"},
        "policyDocument": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*",'
        '"Resource":"*"}]}',
        "routeTableIds": [],
        "subnetIds": [],
        "groups": [],
        "privateDnsEnabled": False,
        "requesterManaged": False,
        "networkInterfaceIds": [],
        "dnsEntries": [],
        "creationTimestamp": created,
        "tags": names.tag_list(tags),
        "ownerId": ctx.account,
    }
    links = (Link("Is contained in ", kinds.VPC, network.vpc_id),)
    ec2.put(ctx, kinds.VPC_ENDPOINT, identifier, f"vpc-endpoint/{identifier}", body, tags, links=links, created=created)


def flow_log(ctx: Context, network: Network, bucket: str, created: Moment) -> None:
    """A record of the kinds.VPC's traffic, kept in a bucket."""
    identifier = ctx.ids.resource("fl")
    tags = names.tags(f"{network.environment}-flow-log", names.SECURITY, network.environment)
    body = {
        "creationTime": created,
        "deliverLogsStatus": "SUCCESS",
        "flowLogId": identifier,
        "flowLogStatus": "ACTIVE",
        "resourceId": network.vpc_id,
        "trafficType": "REJECT",
        "logDestinationType": "s3",
        "logDestination": f"arn:aws:s3:::{bucket}",
        "logFormat": "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
        "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}",
        "tags": names.tag_list(tags),
        "maxAggregationInterval": 600,
        "destinationOptions": {"fileFormat": "parquet", "hiveCompatiblePartitions": True, "perHourPartition": False},
    }
    ec2.put(ctx, kinds.FLOW_LOG, identifier, f"vpc-flow-log/{identifier}", body, tags, created=created)


def _in_vpc(vpc_id: str) -> Link:
    return Link("Is contained in Vpc", kinds.VPC, vpc_id)
