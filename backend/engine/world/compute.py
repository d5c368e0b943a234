"""Servers of the estate: instances with their interfaces and volumes.

An instance is spelled three times over: its own body repeats its interfaces and volumes, which have items of their
own. What is made here agrees in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.engine.context import Context
from backend.engine.world import addresses, ec2, estate, kinds, names
from backend.engine.world.addresses import Subnet
from backend.engine.world.estate import Link, Resource
from backend.engine.world.network import Network
from backend.model.item import Document
from backend.model.moment import SECOND, Moment, to_iso

RUNNING = {"code": 16, "name": "running"}
STOPPED = {"code": 80, "name": "stopped"}
LINUX_IMAGE = "ami-0c802847a7dd848c0"
WINDOWS_IMAGE = "ami-0f62d9254ca98e1aa"


@dataclass(frozen=True)
class Disk:
    """A volume to make; `key` is the KMS key's ARN, empty for an unencrypted volume."""

    device: str
    size: int
    key: str = ""
    volume_type: str = "gp3"
    ends_with_instance: bool = True
    snapshot: bool = True


@dataclass(frozen=True)
class Server:
    """An instance to make. `groups` are (id, name) of its security groups."""

    name: str
    subnet: Subnet
    groups: Sequence[tuple[str, str]]
    tags: Mapping[str, str]
    disks: Sequence[Disk]
    instance_type: str = "t3.medium"
    image: str = LINUX_IMAGE
    profile: str = ""
    public: bool = False
    running: bool = True
    key_name: str = ""
    hardened: bool = True
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further tags of the instance alone (`aws:autoscaling:groupName`)."""


def launch(ctx: Context, network: Network, server: Server, created: Moment) -> Resource:
    """An instance with its interface and volumes, all put into the estate; the instance."""
    instance_id = ctx.ids.resource("i")
    interface_id = ctx.ids.resource("eni")
    private = addresses.address_in(ctx, server.subnet.cidr)
    public = addresses.public_address(ctx) if server.public and server.running else ""
    attached = {
        "attachmentId": ctx.ids.resource("eni-attach"),
        "attachTime": to_iso(created),
        "deleteOnTermination": True,
        "deviceIndex": 0,
        "status": "attached",
        "networkCardIndex": 0,
    }
    interface = {
        **({"association": association(ctx, public)} if public else {}),
        "attachment": attached,
        "description": "",
        "groups": [{"groupName": name, "groupId": group} for group, name in server.groups],
        "ipv6Addresses": [],
        "macAddress": addresses.mac_address(ctx),
        "networkInterfaceId": interface_id,
        "ownerId": ctx.account,
        "privateDnsName": addresses.dns_name(ctx, private),
        "privateIpAddress": private,
        "privateIpAddresses": [
            {
                **({"association": association(ctx, public)} if public else {}),
                "primary": True,
                "privateDnsName": addresses.dns_name(ctx, private),
                "privateIpAddress": private,
            }
        ],
        "sourceDestCheck": True,
        "status": "in-use",
        "subnetId": server.subnet.subnet_id,
        "vpcId": network.vpc_id,
        "interfaceType": "interface",
    }
    _put_interface(ctx, interface, instance_id, server.subnet)
    mappings = []
    for disk in server.disks:
        volume_id = volume(ctx, disk, server.subnet.zone, server.tags, created, instance_id)
        mappings.append(mapping(disk.device, volume_id, created + SECOND, disk.ends_with_instance))
    tags = {**server.tags, **server.extra}
    body = _instance_body(ctx, network, server, instance_id, interface, mappings, tags, created)
    links = (
        Link("Contains NetworkInterface", kinds.NETWORK_INTERFACE, interface_id),
        *(Link("Is associated with SecurityGroup", kinds.SECURITY_GROUP, group) for group, _ in server.groups),
        Link("Is contained in Subnet", kinds.SUBNET, server.subnet.subnet_id),
        *(attached_volume(entry["ebs"]["volumeId"]) for entry in mappings),
        Link("Is contained in Vpc", kinds.VPC, network.vpc_id),
    )
    made = ec2.resource(
        ctx,
        kinds.INSTANCE,
        instance_id,
        f"instance/{instance_id}",
        body,
        tags,
        zone=server.subnet.zone,
        links=links,
        created=created,
    )
    estate.put(ctx, made)
    return made


def association(ctx: Context, public: str, owner: str = "amazon") -> Document:
    """How an interface shows its public address; `owner` is the account for an elastic one."""
    return {"ipOwnerId": owner, "publicDnsName": public_name(ctx, public), "publicIp": public}


def public_name(ctx: Context, public: str) -> str:
    """The name that EC2 gives to a public address."""
    domain = "compute-1" if ctx.region == "us-east-1" else f"{ctx.region}.compute"
    return f"ec2-{public.replace('.', '-')}.{domain}.amazonaws.com"


def mapping(device: str, volume_id: str, attached: Moment, ends_with_instance: bool) -> Document:
    """An entry of an instance's `blockDeviceMappings`."""
    return {
        "deviceName": device,
        "ebs": {
            "attachTime": to_iso(attached),
            "deleteOnTermination": ends_with_instance,
            "status": "attached",
            "volumeId": volume_id,
        },
    }


def attached_volume(volume_id: str) -> Link:
    """An instance's link to one of its volumes."""
    return Link("Is attached to Volume", kinds.VOLUME, volume_id)


def attachment(volume_id: str, instance_id: str, device: str, attached: Moment, ends_with_instance: bool) -> Document:
    """An entry of a volume's `attachments`."""
    return {
        "attachTime": to_iso(attached),
        "device": device,
        "instanceId": instance_id,
        "state": "attached",
        "volumeId": volume_id,
        "deleteOnTermination": ends_with_instance,
    }


def volume(ctx: Context, disk: Disk, zone: str, tags: Mapping[str, str], created: Moment, instance_id: str = "") -> str:
    """A volume, attached to the instance named or to nothing; its id."""
    volume_id = ctx.ids.resource("vol")
    own = {**tags, "Name": f"{tags['Name']}-{disk.device.rsplit('/', 1)[-1]}"} if "Name" in tags else dict(tags)
    held = attachment(volume_id, instance_id, disk.device, created + SECOND, disk.ends_with_instance)
    body = {
        "attachments": [held] if instance_id else [],
        "availabilityZone": zone,
        "createTime": to_iso(created),
        "encrypted": bool(disk.key),
        **({"kmsKeyId": disk.key} if disk.key else {}),
        "size": disk.size,
        "snapshotId": ctx.ids.resource("snap") if disk.snapshot else "",
        "state": "in-use" if instance_id else "available",
        "volumeId": volume_id,
        "iops": 3000 if disk.volume_type == "gp3" else max(100, disk.size * 3),
        "tags": names.tag_list(own),
        "volumeType": disk.volume_type,
        "multiAttachEnabled": False,
        **({"throughput": 125} if disk.volume_type == "gp3" else {}),
    }
    links = (Link("Is attached to Instance", kinds.INSTANCE, instance_id),) if instance_id else ()
    ec2.put(ctx, kinds.VOLUME, volume_id, f"volume/{volume_id}", body, own, zone=zone, links=links, created=created)
    return volume_id


def _put_interface(ctx: Context, described: Document, instance_id: str, subnet: Subnet) -> None:
    interface_id = described["networkInterfaceId"]
    body = {
        **described,
        "attachment": {
            **described["attachment"],
            "instanceId": instance_id,
            "instanceOwnerId": ctx.account,
        },
        "availabilityZone": subnet.zone,
        "requesterManaged": False,
        "tagSet": [],
    }
    links = (
        Link("Is attached to Instance", kinds.INSTANCE, instance_id),
        *(
            Link("Is associated with SecurityGroup", kinds.SECURITY_GROUP, group["groupId"])
            for group in described["groups"]
        ),
        Link("Is contained in Subnet", kinds.SUBNET, subnet.subnet_id),
        Link("Is contained in Vpc", kinds.VPC, described["vpcId"]),
    )
    path = f"network-interface/{interface_id}"
    ec2.put(ctx, kinds.NETWORK_INTERFACE, interface_id, path, body, {}, zone=subnet.zone, links=links)


def _instance_body(
    ctx: Context,
    network: Network,
    server: Server,
    instance_id: str,
    interface: Document,
    mappings: Sequence[Document],
    tags: Mapping[str, str],
    created: Moment,
) -> Document:
    public = interface.get("association", {}).get("publicIp", "")
    profile = {"arn": ctx.arn("iam", f"instance-profile/{server.profile}", region=""), "id": "AIPA" + ctx.ids.upper(17)}
    return {
        "amiLaunchIndex": 0,
        "imageId": server.image,
        "instanceId": instance_id,
        "instanceType": server.instance_type,
        **({"keyName": server.key_name} if server.key_name else {}),
        "launchTime": to_iso(created),
        "monitoring": {"state": "disabled"},
        "placement": {"availabilityZone": server.subnet.zone, "groupName": "", "tenancy": "default"},
        **({"platform": "windows"} if server.image == WINDOWS_IMAGE else {}),
        "privateDnsName": interface["privateDnsName"],
        "privateIpAddress": interface["privateIpAddress"],
        "productCodes": [],
        "publicDnsName": public_name(ctx, public) if public else "",
        **({"publicIpAddress": public} if public else {}),
        "state": RUNNING if server.running else STOPPED,
        "stateTransitionReason": "" if server.running else "User initiated (2025-08-29 10:12:44 GMT)",
        "subnetId": server.subnet.subnet_id,
        "vpcId": network.vpc_id,
        "architecture": "x86_64",
        "blockDeviceMappings": list(mappings),
        "clientToken": ctx.ids.uuid(),
        "ebsOptimized": False,
        "enaSupport": True,
        "hypervisor": "xen",
        **({"iamInstanceProfile": profile} if server.profile else {}),
        "networkInterfaces": [interface],
        "rootDeviceName": server.disks[0].device,
        "rootDeviceType": "ebs",
        "securityGroups": interface["groups"],
        "sourceDestCheck": True,
        "tags": names.tag_list(tags),
        "virtualizationType": "hvm",
        "cpuOptions": {"coreCount": 1, "threadsPerCore": 2},
        "capacityReservationSpecification": {"capacityReservationPreference": "open"},
        "hibernationOptions": {"configured": False},
        "metadataOptions": {
            "state": "applied",
            "httpTokens": "required" if server.hardened else "optional",
            "httpPutResponseHopLimit": 2 if server.hardened else 1,
            "httpEndpoint": "enabled",
            "httpProtocolIpv6": "disabled",
            "instanceMetadataTags": "disabled",
        },
        "enclaveOptions": {"enabled": False},
        "platformDetails": "Windows" if server.image == WINDOWS_IMAGE else "Linux/UNIX",
        "usageOperation": "RunInstances:0002" if server.image == WINDOWS_IMAGE else "RunInstances",
        "kernelId": None,
    }
