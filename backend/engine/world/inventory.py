"""Software inventory of managed machines: what Systems Manager collects and AWS Config records.

Five kinds of inventory (references: aws-config.md §11, around-config.md §11). The guide counts the firewall to instance
information, though its schema has no attribute for it; it stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.engine.around import ssm_collection, ssm_inventory, ssm_schemas
from backend.engine.context import Context
from backend.engine.world import people
from backend.engine.world.calls import at_the_time, aws
from backend.engine.world.people import acting
from backend.model.item import Document
from backend.model.moment import Moment, to_iso

AGENT = "3.3.2299.0"

LINUX_PACKAGES: Mapping[str, tuple[str, str]] = {
    "bash": ("5.2.15", "1.amzn2023.0.2"),
    "curl-minimal": ("8.11.1", "4.amzn2023.0.1"),
    "kernel": ("6.1.148", "173.267.amzn2023"),
    "openssh-server": ("8.7p1", "8.amzn2023.0.15"),
    "openssl": ("3.2.2", "1.amzn2023.0.1"),
    "python3.12": ("3.12.11", "1.amzn2023.0.1"),
    "sudo": ("1.9.15", "1.p5.amzn2023.0.1"),
    "systemd": ("252.23", "3.amzn2023"),
}
"""Package → (version, release) of a machine fresh from its image."""

WINDOWS_PROGRAMS: Mapping[str, tuple[str, str]] = {
    "Microsoft SQL Server 2019 (64-bit)": ("15.0.4430.1", "Microsoft Corporation"),
    "Kestrel ERP Client — español": ("11.4.2", "Sistemas Lozano S.A."),
    "Google Chrome": ("141.0.7390.54", "Google LLC"),
    "7-Zip 24.09 (x64)": ("24.09", "Igor Pavlov"),
}
_UPDATES: Mapping[str, str] = {
    "KB5065428": "Security Update",
    "KB5064010": "Security Update",
    "KB5054979": "Update",
}


@dataclass(frozen=True)
class Machine:
    """A managed machine: an instance, or with an id `mi-…` a server in one of the company's own rooms."""

    machine_id: str
    name: str
    address: str
    gateway: str
    mask: str
    windows: bool = False


def switch_on(ctx: Context, created: Moment) -> None:
    """Have the software of all managed machines of the region collected."""
    with at_the_time(ctx, created) as then:
        aws(
            then,
            "ssm",
            "CreateAssociation",
            Name=ssm_collection.DOCUMENT,
            AssociationName="inventory-of-everything",
            ScheduleExpression="rate(30 minutes)",
            Targets=[{"Key": "InstanceIds", "Values": ["*"]}],
        )


def collect(ctx: Context, machine: Machine, collected: Moment) -> None:
    """Make a machine a managed one, with its first full inventory."""
    with at_the_time(ctx, collected) as then:
        if not machine.machine_id.startswith("i-"):
            aws(then, "ssm", "CreateActivation", DefaultInstanceName=machine.name, IamRole="kestrel-hybrid-servers")
        items = [
            _item(then, name, _entries(machine, name))
            for name in ssm_schemas.RECORDED
            if machine.windows or name != "AWS:WindowsUpdate"
        ]
        aws(then, "ssm", "PutInventory", InstanceId=machine.machine_id, Items=items)


def entries(ctx: Context, machine_id: str, name: str) -> list[Document]:
    """What is known of one kind of a machine's inventory; empty where nothing is."""
    asked = {"InstanceId": machine_id, "TypeName": name, "MaxResults": 50}
    found: list[Document] = ssm_inventory.list_inventory_entries(ctx, asked)["Entries"]
    return found


def report(ctx: Context, machine_id: str, name: str, found: list[Document]) -> None:
    """The agent of a machine tells what it found of one kind: all of it, as agents do."""
    agent = acting(ctx, people.SSM)
    aws(agent, "ssm", "PutInventory", InstanceId=machine_id, Items=[_item(ctx, name, found)])


def with_entry(found: list[Document], entry: Document, key: str = "Name") -> list[Document]:
    """Entries with one added, or put in the place of the one that has its key."""
    others = [each for each in found if each[key] != entry[key]]
    return sorted([*others, entry], key=lambda each: str(each[key]))


def _item(ctx: Context, name: str, found: list[Document]) -> Document:
    version = ssm_schemas.SCHEMAS[name].version
    return {"TypeName": name, "SchemaVersion": version, "CaptureTime": to_iso(ctx.now)[:19] + "Z", "Content": found}


def package(name: str, version: str, release: str, installed: Moment) -> Document:
    """An entry of a Linux machine's `AWS:Application`."""
    return {
        "Name": name,
        "ApplicationType": "System Environment/Base",
        "Publisher": "Amazon Linux",
        "Version": version,
        "Release": release,
        "Epoch": "0",
        "InstalledTime": to_iso(installed)[:19] + "Z",
        "Architecture": "x86_64",
        "Summary": f"{name} of Amazon Linux 2023",
        "PackageId": f"{name}-{version}-{release}.src.rpm",
    }


def hotfix(update: str, description: str, day: str) -> Document:
    """An entry of `AWS:WindowsUpdate`; Windows tells the day in words."""
    return {
        "HotFixId": update,
        "Description": description,
        "InstalledTime": f"{day} 12:00:00 AM",
        "InstalledBy": "NT AUTHORITY\\SYSTEM",
    }


def _entries(machine: Machine, kind: str) -> list[Document]:
    long_ago: Moment = 1_725_148_800_000
    if kind == ssm_schemas.INFORMATION:
        return [_information(machine)]
    if kind == "AWS:Network":
        adapter = "Ethernet 2" if machine.windows else "ens5"
        return [
            {
                "Name": adapter,
                "SubnetMask": machine.mask,
                "Gateway": machine.gateway,
                "DHCPServer": machine.gateway,
                "DNSServer": machine.gateway.rsplit(".", 1)[0] + ".2",
                "MacAddress": "0A:58:0A:14:03:0E",
                "IPV4": machine.address,
                "IPV6": "fe80::95c6:1829:5d16:432c",
            }
        ]
    if kind == "AWS:WindowsUpdate":
        return [
            hotfix(update, description, "Wednesday, September 10, 2025") for update, description in _UPDATES.items()
        ]
    if kind == "AWS:AWSComponent":
        return [
            {
                "Name": name,
                "ApplicationType": "Development/Tools",
                "Publisher": "Amazon Web Services",
                "Version": version,
                "InstalledTime": to_iso(long_ago)[:19] + "Z",
                "Architecture": "x86_64",
                "URL": "https://aws.amazon.com/",
            }
            for name, version in _components(machine).items()
        ]
    if machine.windows:
        return [
            {
                "Name": name,
                "ApplicationType": "",
                "Publisher": publisher,
                "Version": version,
                "InstalledTime": to_iso(long_ago)[:19] + "Z",
                "Architecture": "x86_64",
                "URL": "",
            }
            for name, (version, publisher) in WINDOWS_PROGRAMS.items()
        ]
    return [package(name, version, release, long_ago) for name, (version, release) in LINUX_PACKAGES.items()]


def _information(machine: Machine) -> Document:
    on_ec2 = machine.machine_id.startswith("i-")
    return {
        "AgentType": "amazon-ssm-agent",
        "AgentVersion": AGENT,
        "AgentStatus": "Active",
        "ComputerName": f"{machine.name.upper()}.CORP.KESTREL" if machine.windows else f"{machine.name}.corp.kestrel",
        "InstanceId": machine.machine_id,
        "InstanceStatus": "Active",
        "IpAddress": machine.address,
        "PlatformName": "Microsoft Windows Server 2019 Datacenter" if machine.windows else "Amazon Linux",
        "PlatformType": "Windows" if machine.windows else "Linux",
        "PlatformVersion": "10.0.17763" if machine.windows else "2023",
        "ResourceType": "EC2Instance" if on_ec2 else "ManagedInstance",
        "FirewallStatus": "Domain: on; Private: on; Public: off" if machine.windows else "firewalld: active",
    }


def _components(machine: Machine) -> Mapping[str, str]:
    if machine.windows:
        return {"AWS Tools for Windows": "3.15.2820", "EC2ConfigService": "4.9.5777", "Amazon SSM Agent": AGENT}
    return {"amazon-ssm-agent": AGENT, "aws-cli": "2.28.1", "aws-cfn-bootstrap": "2.0.35"}
