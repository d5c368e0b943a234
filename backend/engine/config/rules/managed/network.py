"""Managed rules over security groups."""

from __future__ import annotations

from collections.abc import Iterator

from backend.engine.config.rules.catalogue import HYBRID, ManagedRule
from backend.engine.config.rules.managed.reading import body, listed, objects
from backend.engine.config.rules.verdict import FINE, AccountView, Parameters, Verdict, bad
from backend.model.item import Document, Json

SSH = 22
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_TCP = frozenset({"tcp", "6", "-1"})


def open_to_world(group: Document, port: int) -> str | None:
    """The network from which anybody reaches a TCP port of a security group, or None."""
    for permission in objects(group.get("ipPermissions")):
        if str(permission.get("ipProtocol")).lower() in _TCP and _covers(permission, port):
            for network in _networks(permission):
                if isinstance(network, str) and network in _ANYWHERE:
                    return network
    return None


def _covers(permission: Document, port: int) -> bool:
    first, last = permission.get("fromPort"), permission.get("toPort")
    if str(permission.get("ipProtocol")) == "-1" or not isinstance(first, int) or first == -1:
        return True
    return first <= port <= (last if isinstance(last, int) else first)


def _networks(permission: Document) -> Iterator[Json]:
    # Items carry plain CIDR strings in ipRanges beside the objects of ipv4Ranges (reference: aws-config.md §1.1).
    for member, field in (("ipRanges", "cidrIp"), ("ipv4Ranges", "cidrIp"), ("ipv6Ranges", "cidrIpv6")):
        for network in listed(permission.get(member)):
            yield network.get(field) if isinstance(network, dict) else network


def _ssh_restricted(item: Document, parameters: Parameters, _: AccountView) -> Verdict:
    network = open_to_world(body(item), SSH)
    if network:
        return bad(f"Port {SSH} is open to {network}.")
    return FINE


RULES = (
    ManagedRule(
        "INCOMING_SSH_DISABLED", HYBRID, ("AWS::EC2::SecurityGroup",), item=_ssh_restricted, name="restricted-ssh"
    ),
)
