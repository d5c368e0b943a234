"""How AWS's long names are told in narrow columns."""

from __future__ import annotations

from collections.abc import Mapping

from backend.model.item import ResourceKey
from tui.text import legible

_SERVICES = {"ElasticLoadBalancing": "ELB", "ElasticLoadBalancingV2": "ELBv2"}
"""What people call services whose names leave no room for anything else."""

_VERDICT = "AWS::Config::ResourceCompliance"
_INVENTORY = "AWS::SSM::ManagedInstanceInventory"
_INSTANCE = "AWS::EC2::Instance"


def short_type(resource_type: str) -> str:
    """`AWS::EC2::SecurityGroup` as `EC2 SecurityGroup`; what is not of AWS stays whole. Safe to show.

    A service that its type repeats is not said twice: `AutoScalingGroup`, not `AutoScaling AutoScalingGroup`.
    """
    parts = legible(resource_type).split("::")
    if len(parts) < 3 or parts[0] != "AWS":
        return legible(resource_type)
    service, *rest = parts[1:]
    if service and rest[-1].startswith(service) and rest[-1] != service:
        return " ".join(rest)
    return " ".join(filter(None, (_SERVICES.get(service, service), *rest)))


def kind(resource_type: str) -> str:
    """The last part of a type: `SecurityGroup`. Safe to show."""
    return legible(resource_type).rpartition("::")[2]


def called(key: ResourceKey, names: Mapping[ResourceKey, str]) -> str:
    """The name of a resource, as far as it is known; else what it is about, or its id. Not made safe to show.

    What AWS Config and SSM keep about another resource has that one's id for a name: `Volume data-1` says more than
    `AWS::EC2::Volume/vol-0b2`.
    """
    name = names.get(key)
    if name:
        return name
    if key.resource_type == _VERDICT and "/" in key.resource_id:
        about, _, its_id = key.resource_id.partition("/")
        return f"{about.rpartition('::')[2]} {names.get(ResourceKey(about, its_id)) or its_id}"
    if key.resource_type == _INVENTORY:
        return names.get(ResourceKey(_INSTANCE, key.resource_id)) or key.resource_id
    return key.resource_id


def counted(count: int, what: str) -> str:
    """`1 link`, `1,200 links`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def size(count: int) -> str:
    """A size in bytes as people say it."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
