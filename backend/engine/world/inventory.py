"""Software inventory of managed machines: what Systems Manager collects and AWS Config records.

Five inventory types (references: aws-config.md §11, around-config.md §11). `Content` is a map from entry to values.
The guide counts the firewall to instance information, though its schema has no attribute for it; it stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.engine.context import Context
from backend.engine.world import estate, kinds
from backend.engine.world.estate import Link, Resource
from backend.model.item import Document
from backend.model.moment import Moment, to_iso

AGENT = "3.3.2299.0"
_SCHEMAS = {
    "AWS:InstanceInformation": "1.0",
    "AWS:Application": "1.1",
    "AWS:AWSComponent": "1.0",
    "AWS:Network": "1.0",
    "AWS:WindowsUpdate": "1.0",
}

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
    tags: Mapping[str, str] | None = None


def collect(ctx: Context, machine: Machine, collected: Moment) -> None:
    """The first full inventory of a machine."""
    body = {
        kind: {
            "SchemaVersion": schema,
            "CaptureTime": to_iso(collected)[:19] + "Z",
            "Content": _content(machine, kind),
        }
        for kind, schema in _SCHEMAS.items()
        if machine.windows or kind != "AWS:WindowsUpdate"
    }
    on_ec2 = machine.machine_id.startswith("i-")
    estate.put(
        ctx,
        Resource(
            resource_type=kinds.INVENTORY,
            resource_id=machine.machine_id,
            region=ctx.region,
            arn=ctx.arn("ssm", f"managed-instance-inventory/{machine.machine_id}"),
            configuration=body,
            tags=dict(machine.tags or {}),
            links=(Link("Is associated with ", kinds.INSTANCE, machine.machine_id),) if on_ec2 else (),
        ),
    )


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


def with_entry(resource: Resource, kind: str, entry: str, values: Document, collected: Moment) -> Resource:
    """A machine's inventory with one entry added or replaced; not yet `put`."""
    section = resource.configuration[kind]
    return estate.edited(
        resource,
        **{
            kind: {
                **section,
                "CaptureTime": to_iso(collected)[:19] + "Z",
                "Content": {**section["Content"], entry: values},
            }
        },
    )


def _content(machine: Machine, kind: str) -> Document:
    long_ago: Moment = 1_725_148_800_000
    if kind == "AWS:InstanceInformation":
        return {machine.machine_id: _information(machine)}
    if kind == "AWS:Network":
        adapter = "Ethernet 2" if machine.windows else "ens5"
        return {
            adapter: {
                "Name": adapter,
                "SubnetMask": machine.mask,
                "Gateway": machine.gateway,
                "DHCPServer": machine.gateway,
                "DNSServer": machine.gateway.rsplit(".", 1)[0] + ".2",
                "MacAddress": "0A:58:0A:14:03:0E",
                "IPV4": machine.address,
                "IPV6": "fe80::95c6:1829:5d16:432c",
            }
        }
    if kind == "AWS:WindowsUpdate":
        return {
            update: {
                "HotFixId": update,
                "Description": description,
                "InstalledTime": "Wednesday, September 10, 2025 12:00:00 AM",
                "InstalledBy": "NT AUTHORITY\\SYSTEM",
            }
            for update, description in _UPDATES.items()
        }
    if kind == "AWS:AWSComponent":
        return {
            name: {
                "Name": name,
                "ApplicationType": "Development/Tools",
                "Publisher": "Amazon Web Services",
                "Version": version,
                "InstalledTime": to_iso(long_ago)[:19] + "Z",
                "Architecture": "x86_64",
                "URL": "https://aws.amazon.com/",
            }
            for name, version in _components(machine).items()
        }
    if machine.windows:
        return {
            name: {
                "Name": name,
                "ApplicationType": "",
                "Publisher": publisher,
                "Version": version,
                "InstalledTime": to_iso(long_ago)[:19] + "Z",
                "Architecture": "x86_64",
                "URL": "",
            }
            for name, (version, publisher) in WINDOWS_PROGRAMS.items()
        }
    return {name: package(name, version, release, long_ago) for name, (version, release) in LINUX_PACKAGES.items()}


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
