"""Types of inventory and what their entries may say (reference: around-config.md §11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from backend.engine.errors import ServiceError
from backend.model.item import Document


class Schema(NamedTuple):
    """A type of inventory: its version, its attributes, and the one that tells its entries apart."""

    version: str
    attributes: tuple[str, ...]
    key: str = "Name"


INFORMATION = "AWS:InstanceInformation"

SCHEMAS: Mapping[str, Schema] = {
    "AWS:Application": Schema(
        "1.1",
        (
            "Name",
            "ApplicationType",
            "Publisher",
            "Version",
            "Release",
            "Epoch",
            "InstalledTime",
            "Architecture",
            "URL",
            "Summary",
            "PackageId",
        ),
    ),
    "AWS:AWSComponent": Schema(
        "1.0", ("Name", "ApplicationType", "Publisher", "Version", "InstalledTime", "Architecture", "URL")
    ),
    INFORMATION: Schema(
        "1.0",
        (
            "AgentType",
            "AgentVersion",
            "AgentStatus",
            "ComputerName",
            "InstanceId",
            "InstanceStatus",
            "IamRole",
            "IpAddress",
            "PlatformName",
            "PlatformType",
            "PlatformVersion",
            "ResourceType",
            "FirewallStatus",
        ),
        "InstanceId",
    ),
    "AWS:Network": Schema(
        "1.0", ("Name", "SubnetMask", "Gateway", "DHCPServer", "DNSServer", "MacAddress", "IPV4", "IPV6")
    ),
    "AWS:WindowsUpdate": Schema("1.0", ("HotFixId", "Description", "InstalledTime", "InstalledBy"), "HotFixId"),
    "AWS:File": Schema(
        "1.0",
        (
            "Name",
            "Size",
            "Description",
            "FileVersion",
            "InstalledDate",
            "ModificationTime",
            "LastAccessTime",
            "ProductName",
            "InstalledDir",
            "ProductLanguage",
            "CompanyName",
            "ProductVersion",
        ),
    ),
    "AWS:Service": Schema(
        "1.0", ("Name", "DisplayName", "ServiceType", "Status", "DependentServices", "ServicesDependedOn", "StartType")
    ),
    "AWS:WindowsRegistry": Schema("1.0", ("KeyPath", "ValueName", "ValueType", "Value"), "KeyPath"),
    "AWS:WindowsRole": Schema(
        "1.0",
        (
            "Name",
            "DisplayName",
            "Path",
            "FeatureType",
            "DependsOn",
            "Description",
            "Installed",
            "InstalledState",
            "SubFeatures",
            "ServerComponentDescriptor",
            "Parent",
        ),
    ),
}
"""`FirewallStatus` is ours: the guides count the firewall to instance information, whose schema has no place for it."""

RECORDED = ("AWS:InstanceInformation", "AWS:Application", "AWS:AWSComponent", "AWS:Network", "AWS:WindowsUpdate")
"""What AWS Config records, in the order of its items; types of people's own it does not (aws-config.md §11)."""

CUSTOM = "Custom:"
_MOST_ATTRIBUTES = 50


def check(item: Document) -> None:
    """Refuse an item of PutInventory whose type, version or entries do not fit.

    Raises InvalidTypeNameException, UnsupportedInventorySchemaVersionException and InvalidItemContentException.
    """
    name = item["TypeName"]
    entries = item.get("Content") or []
    if name.startswith(CUSTOM):
        if any(len(entry) > _MOST_ATTRIBUTES for entry in entries):
            raise _content(name, f"An entry of {name} has more than {_MOST_ATTRIBUTES} attributes.")
        return
    schema = known(name)
    if item["SchemaVersion"] != schema.version:
        raise ServiceError(
            "UnsupportedInventorySchemaVersionException",
            f"Schema version {item['SchemaVersion']} of {name} is not supported. Supported is {schema.version}.",
        )
    for entry in entries:
        strange = sorted(set(entry) - set(schema.attributes))
        if strange:
            raise _content(name, f"{name} has no attribute {', '.join(strange)}.")
        if not entry.get(schema.key):
            raise _content(name, f"An entry of {name} lacks {schema.key}.")


def known(name: str) -> Schema:
    """The schema of one of AWS's own types. Raises InvalidTypeNameException."""
    if name not in SCHEMAS:
        raise ServiceError("InvalidTypeNameException", f"The inventory type {name} is not valid.")
    return SCHEMAS[name]


def by_entry(name: str, entries: list[Document]) -> Document:
    """Entries as an item of AWS Config has them: a map; a value is a list where several have one key."""
    grouped: dict[str, list[Document]] = {}
    for entry in entries:
        grouped.setdefault(entry.get(SCHEMAS[name].key, ""), []).append(entry)
    return {key: found[0] if len(found) == 1 else found for key, found in grouped.items()}


def _content(name: str, message: str) -> ServiceError:
    return ServiceError("InvalidItemContentException", f"{message} (type {name})")
