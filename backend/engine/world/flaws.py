"""What is wrong in the estate, on purpose: everything that a rule, or an auditor, should find.

Open doors, unencrypted disks, a public bucket, servers nobody switched off, things nobody tagged. (Users with
policies and keys of their own stand in `identity`.)
"""

from __future__ import annotations

from backend.engine.context import Context
from backend.engine.world import addresses, compute, data, doors, estate, fleets, inventory, kinds, names, storage
from backend.engine.world.addresses import Subnet
from backend.engine.world.compute import Disk, Server
from backend.engine.world.data import Database
from backend.engine.world.doors import Allow
from backend.engine.world.estate import Resource
from backend.engine.world.inventory import Machine
from backend.engine.world.network import Network
from backend.model.moment import DAY, Moment

BASTION_GROUP = "bastion-ssh"
PRESS_KIT = f"{names.COMPANY}-press-kit"


def build(ctx: Context, main: Network, old: Network, key: str, now: Moment) -> None:
    """Everything wrong in the home region; `old` is the default VPC that nobody dared to remove."""
    _bastion(ctx, main, key, now - 1100 * DAY)
    _legacy(ctx, old, now - 2300 * DAY)
    _forgotten(ctx, main, old, now)
    tags = {"Name": PRESS_KIT, "Note": names.RUNBOOK}
    storage.bucket(ctx, PRESS_KIT, tags, now - 1200 * DAY, versioned=False, public=True)
    storage.bucket(ctx, f"{names.COMPANY}-tmp-marek", {}, now - 220 * DAY, versioned=False)
    storage.bucket(ctx, f"{names.COMPANY}-old-exports", {"Owner": "?"}, now - 1900 * DAY, versioned=False)


def _bastion(ctx: Context, network: Network, key: str, created: Moment) -> None:
    """A way in with an elastic address; its group is open to an office and, since one night, to the world."""
    tags = names.tags("bastion-prod", names.PLATFORM, "prod", Notes=names.LONG_DESCRIPTION)
    allows = [
        Allow(22, "203.0.113.0/24", "Singapore office"),
        Allow(22, doors.ANYWHERE, "TEMP for incident INC-2291, remove!!"),
    ]
    group = doors.security_group(ctx, network.vpc_id, BASTION_GROUP, "SSH to the bastion", allows, tags)
    server = Server(
        "bastion-prod",
        network.public[0],
        [(group, BASTION_GROUP)],
        tags,
        [Disk("/dev/xvda", 16, key)],
        "t3.micro",
        key_name="ops-2022",
    )
    made = compute.launch(ctx, network, server, created)
    attach_address(ctx, made, addresses.elastic_ip(ctx, {**tags, "Name": "bastion-ip"}))


def attach_address(ctx: Context, instance: Resource, address: Resource) -> None:
    """Give an instance an elastic address: instance, interface and address tell of it."""
    public = address.configuration["publicIp"]
    held = instance.configuration["networkInterfaces"][0]
    shown = compute.association(ctx, public, ctx.account)
    private = {**held["privateIpAddresses"][0], "association": shown}
    inner = {**held, "association": shown, "privateIpAddresses": [private]}
    estate.put(
        ctx,
        estate.edited(
            instance,
            publicIpAddress=public,
            publicDnsName=compute.public_name(ctx, public),
            networkInterfaces=[inner],
        ),
    )
    interface = estate.get(ctx, kinds.NETWORK_INTERFACE, held["networkInterfaceId"])
    if interface is not None:
        estate.put(ctx, estate.edited(interface, association=shown, privateIpAddresses=[private]))
    where = (held["networkInterfaceId"], held["privateIpAddress"], instance.resource_id)
    estate.put(ctx, addresses.attached_ip(ctx, address, *where))


def _legacy(ctx: Context, network: Network, created: Moment) -> None:
    """An old ERP: Windows on unencrypted disks with public addresses, its database open and in the clear."""
    tags = names.tags("erp-app-01", names.FINANCE, "prod", application="legacy-erp", Criticality="hoch / 高")
    allows = [
        Allow(3389, "198.51.100.0/24", "RDP Dublin"),
        Allow(443, doors.ANYWHERE),
        Allow(1433, "10.0.0.0/8", "SQL from everywhere inside"),
    ]
    group = doors.security_group(ctx, network.vpc_id, "launch-wizard-7", "launch-wizard-7 created 2019-06", allows, {})
    groups = [(group, "launch-wizard-7")]
    disks = [Disk("/dev/sda1", 120, volume_type="gp2"), Disk("xvdf", 800, volume_type="gp2", ends_with_instance=False)]
    windows = Server(
        "erp-app-01",
        network.public[0],
        groups,
        tags,
        disks,
        "m5.xlarge",
        compute.WINDOWS_IMAGE,
        public=True,
        key_name="erp",
        hardened=False,
    )
    application = compute.launch(ctx, network, windows, created)
    _collect(ctx, application, network.public[0], windows.name, windows=True)
    cron = {"Name": "erp-batch-01", "Owner": "Bjørn (left 2023)"}
    linux = Server(
        "erp-batch-01",
        network.public[1],
        groups,
        cron,
        [Disk("/dev/xvda", 40, volume_type="gp2")],
        "t2.small",
        public=True,
        key_name="erp",
        hardened=False,
    )
    batch = compute.launch(ctx, network, linux, created + 90 * DAY)
    _collect(ctx, batch, network.public[1], linux.name, windows=False)
    subnets = data.subnet_group(ctx, "default-legacy", network, {})
    mysql = Database("legacy-erp", data.MYSQL, group, subnets, "", tags, 500, "db.m5.large", public=True, backups=0)
    identifier = data.instance(ctx, network, mysql, created)
    source = estate.get(ctx, kinds.DB_INSTANCE, identifier)
    if source is not None:
        taken = ctx.now - 410 * DAY
        estate.put(ctx, data.snapshot(ctx, source, "legacy-erp-before-migration", taken, automated=False))
    fleets.auto_scaling_group(
        ctx, "legacy-erp-web", network, ("", ""), [], {"Name": "legacy-erp-web"}, created, configuration="erp-web-v3"
    )
    inventory.switch_on(ctx, created)
    # Servers in the company's own rooms, managed over the internet: they have an inventory and nothing else.
    rooms = Machine("mi-0f3a9c1e5b7d2468a", "gdn-dc-01", "10.200.4.11", "10.200.4.1", "255.255.255.0", windows=True)
    inventory.collect(ctx, rooms, ctx.now)
    dock = Machine("mi-0a1b2c3d4e5f60718", "sin-dock-gw", "10.201.9.2", "10.201.9.1", "255.255.255.128")
    inventory.collect(ctx, dock, ctx.now)


def _collect(ctx: Context, instance: Resource, subnet: Subnet, name: str, *, windows: bool) -> None:
    address = instance.configuration["privateIpAddress"]
    gateway = subnet.cidr.split("/")[0].rsplit(".", 1)[0] + ".1"
    machine = Machine(instance.resource_id, name, address, gateway, "255.255.240.0", windows)
    inventory.collect(ctx, machine, ctx.now)


def _forgotten(ctx: Context, main: Network, old: Network, now: Moment) -> None:
    """Stopped servers, volumes attached to nothing, an address that only costs money."""
    compute.launch(
        ctx,
        old,
        Server(
            "",
            old.public[2],
            [(old.default_group, "default")],
            {},
            [Disk("/dev/xvda", 8, volume_type="gp2")],
            "t2.micro",
            running=False,
            key_name="kenji-test",
            hardened=False,
        ),
        now - 640 * DAY,
    )
    trial = {"Name": "gpu-trial", "Owner": names.DATA.owner, "Ticket": "DATA-771 ✅ delete after demo 🚚"}
    group = [(main.default_group, "default")]
    gpu = Server("gpu-trial", main.inside[0], group, trial, [Disk("/dev/xvda", 100)], "g4dn.xlarge", running=False)
    compute.launch(ctx, main, gpu, now - 96 * DAY)
    lost = {"Name": "restore-test-2024-11", "Owner": "Nguyễn Thị Hoa"}
    compute.volume(ctx, Disk("/dev/sdf", 1000, volume_type="gp2"), main.inside[0].zone, lost, now - 330 * DAY)
    compute.volume(ctx, Disk("/dev/sdg", 20, volume_type="gp2"), old.public[0].zone, {}, now - 800 * DAY)
    estate.put(ctx, addresses.elastic_ip(ctx, {"Name": "old-vpn (?)"}))
