"""Managed rules over security groups, networks and the ways into them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from backend.model.item import Document, Json
from backend.rules.expectations import (
    NOT_TRUE,
    PRESENT,
    none_of,
)
from backend.rules.reading import body, listed, number, objects, parsed, split_csv, truth
from backend.rules.table import need, need_any, rule
from backend.rules.verdict import (
    FINE,
    CannotTell,
    Check,
    Parameters,
    Reason,
    Surroundings,
    Verdict,
    bad,
    here,
    out_of_scope,
)

SSH, RDP = 22, 3389
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_TCP = frozenset({"tcp", "6", "-1"})
_UDP = frozenset({"udp", "17", "-1"})
_PROTOCOLS = {"TCP": _TCP, "UDP": _UDP}
_VERSIONS = {"IPV4": frozenset({"0.0.0.0/0"}), "IPV6": frozenset({"::/0"})}
_PERMISSIONS = ("configuration.ipPermissions",)


def open_to_world(group: Document, port: int, protocols: frozenset[str] = _TCP) -> str | None:
    """The network from which anybody reaches a port of a security group, or None."""
    for permission in objects(group.get("ipPermissions")):
        if str(permission.get("ipProtocol")).lower() in protocols and _covers(permission, port):
            for network in _networks(permission):
                if isinstance(network, str) and network in _ANYWHERE:
                    return network
    return None


def _covers(permission: Document, port: int) -> bool:
    first, last = _ports(permission)
    return first <= port <= last


def _ports(permission: Document) -> tuple[int, int]:
    first, last = permission.get("fromPort"), permission.get("toPort")
    if str(permission.get("ipProtocol")) == "-1" or not isinstance(first, int) or first == -1:
        return 0, 65535
    return first, last if isinstance(last, int) else first


def _networks(permission: Document) -> Iterator[Json]:
    # Items carry plain CIDR strings in ipRanges beside the objects of ipv4Ranges (reference: aws-config.md §1.1).
    for member, field in (("ipRanges", "cidrIp"), ("ipv4Ranges", "cidrIp"), ("ipv6Ranges", "cidrIpv6")):
        for network in listed(permission.get(member)):
            yield network.get(field) if isinstance(network, dict) else network


def _ways_in(group: Document, anywhere: frozenset[str] = _ANYWHERE) -> Iterator[tuple[int, Document, str]]:
    """The permissions of a group that are open to the world: place, permission, network."""
    for place, permission in enumerate(listed(group.get("ipPermissions"))):
        if isinstance(permission, dict):
            network = next((each for each in _networks(permission) if isinstance(each, str) and each in anywhere), None)
            if network:
                yield place, permission, network


def _closed(
    ports: list[int],
    item: Document,
    protocols: frozenset[str] = _TCP,
    anywhere: frozenset[str] = _ANYWHERE,
) -> Verdict:
    for place, permission, network in _ways_in(body(item), anywhere):
        if str(permission.get("ipProtocol")).lower() in protocols:
            for port in ports:
                if _covers(permission, port):
                    reason = Reason(
                        f"configuration.ipPermissions.{place}", network, f"no way to port {port} from anywhere"
                    )
                    return bad(f"Port {port} is open to {network}.", reason)
    return FINE


def _ssh_restricted(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    return _closed([SSH], item)


def _common_ports(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    texts = [parameters.get(f"blockedPort{place}") or "" for place in range(1, 6)]
    texts += split_csv(parameters.get("blockedPorts") or "")
    return _closed([int(port) for text in texts if (port := number(text)) is not None], item)


def _authorized_ports(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    allowed = {"tcp": parameters.get("authorizedTcpPorts") or "", "udp": parameters.get("authorizedUdpPorts") or ""}
    ways_in = list(_ways_in(body(item)))
    if not ways_in:
        return out_of_scope("The group lets nobody in from anywhere.")
    for place, permission, network in ways_in:
        protocol = {"6": "tcp", "17": "udp"}.get(
            str(permission.get("ipProtocol")), str(permission.get("ipProtocol")).lower()
        )
        first, last = _ports(permission)
        fits = protocol in allowed and any(low <= first and last <= high for low, high in _ranges(allowed[protocol]))
        if not fits:
            ports = "all ports" if (first, last) == (0, 65535) else f"{first}-{last}" if first != last else str(first)
            wanted = f"from anywhere only tcp {allowed['tcp'] or 'none'}, udp {allowed['udp'] or 'none'}"
            reason = Reason(f"configuration.ipPermissions.{place}", f"{protocol} {ports} from {network}", wanted)
            return bad(f"The group lets in {protocol} {ports} from {network}.", reason)
    return FINE


def _ranges(text: str) -> list[tuple[int, int]]:
    found = []
    for part in split_csv(text):
        first, _, last = part.partition("-")
        low, high = number(first), number(last or first)
        if low is not None and high is not None:
            found.append((int(low), int(high)))
    return found


def _port_restriction(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """Groups that another account owns, and shares, are left out unless asked for."""
    owner = _other_owner(item)
    if owner is not None and truth(parameters.get("excludeExternalSecurityGroups")) is not False:
        return out_of_scope(f"The account {owner} owns the group.")
    wanted = split_csv(parameters.get("restrictPorts") or f"{SSH},{RDP}")
    ports = [int(port) for text in wanted if (port := number(text)) is not None]
    protocols = _PROTOCOLS.get((parameters.get("protocolType") or "").upper(), _TCP | _UDP)
    networks = _VERSIONS.get((parameters.get("ipType") or "").upper(), _ANYWHERE)
    return _closed(ports, item, protocols, networks)


def _attached(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """By the group's own item: it tells of the interfaces and instances that have it (rules.md §7)."""
    if body(item).get("groupName") == "default":
        return out_of_scope("The group is the default one.")
    for link in objects(item.get("relationships")):
        if link.get("resourceType") in ("AWS::EC2::NetworkInterface", "AWS::EC2::Instance"):
            return FINE
    return bad(
        "No network interface has the group.", Reason("relationships", None, "a network interface with the group")
    )


def _groups(interface: Document) -> Iterator[Json]:
    return (each.get("groupId") for each in objects(body(interface).get("groups")))


def _other_owner(group: Document) -> Json:
    """The account that owns a group and shares it; None where it is this one."""
    owner = body(group).get("ownerId")
    return owner if owner != group.get("awsAccountId") else None


def _attached_on_schedule(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    owner = _other_owner(item)
    if owner is not None:
        return out_of_scope(f"The account {owner} owns the group.")
    if body(item).get("groupName") == "default":
        return out_of_scope("The group is the default one.")
    if item.get("resourceId") in around.keyed("AWS::EC2::NetworkInterface", _groups):
        return FINE
    return bad("No network interface has the group.", Reason("", None, "a network interface with it"))


def _logged(log: Document) -> Iterator[Json]:
    yield body(log).get("resourceId")


def _flow_logs(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    wanted = (parameters.get("trafficType") or "").upper()
    for log in around.keyed("AWS::EC2::FlowLog", _logged).get(str(item.get("resourceId")), ()):
        if wanted in ("", body(log).get("trafficType")):
            return FINE
    traffic = f" of {wanted} traffic" if wanted else ""
    return bad(f"The VPC has no flow log{traffic}.", Reason("", None, f"a flow log{traffic}"))


def _no_route_out(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if item.get("resourceId") in split_csv(parameters.get("routeTableIds") or ""):
        return FINE  # these may
    for place, route in enumerate(objects(body(item).get("routes"))):
        target = route.get("destinationCidrBlock") or route.get("destinationIpv6CidrBlock")
        gateway = str(route.get("gatewayId") or "")
        if target in _ANYWHERE and gateway.startswith("igw-"):
            return bad(
                f"{target} goes to {gateway}.", Reason(f"configuration.routes.{place}", gateway, "no internet gateway")
            )
    return FINE


def _gateway_of_known_vpcs(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    attached = [str(each.get("vpcId")) for each in objects(body(item).get("attachments"))]
    if not attached:
        return out_of_scope("The gateway is attached to no VPC.")
    allowed = split_csv(parameters.get("AuthorizedVpcIds") or "")
    strange = [vpc for vpc in attached if vpc not in allowed]
    if strange and allowed:
        return bad(
            f"The gateway is attached to {strange[0]}.",
            Reason("configuration.attachments", strange[0], f"one of {', '.join(allowed)}"),
        )
    return (
        FINE
        if allowed
        else bad(
            f"The gateway is attached to {attached[0]}.",
            Reason("configuration.attachments", attached[0], "a VPC of AuthorizedVpcIds"),
        )
    )


def _acl_narrow(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    entries = sorted(
        (entry for entry in objects(body(item).get("entries")) if entry.get("egress") is False),
        key=lambda entry: number(entry.get("ruleNumber")) or 0,
    )
    # Each way is decided by itself: a refusal over UDP or IPv4 closes neither TCP nor IPv6.
    for port, anywhere, protocols in product((SSH, RDP), sorted(_ANYWHERE), (_TCP, _UDP)):
        for entry in entries:
            network = entry.get("cidrBlock") or entry.get("ipv6CidrBlock")
            if network != anywhere or str(entry.get("protocol")) not in protocols:
                continue
            ports = parsed(entry.get("portRange"))
            first, last = number(ports.get("from")), number(ports.get("to"))
            if first is not None and last is not None and not first <= port <= last:
                continue
            if str(entry.get("ruleAction")).lower() == "allow":
                return bad(
                    f"Entry {entry.get('ruleNumber')} lets {network} to port {port}.",
                    Reason("configuration.entries", network, f"no way to port {port} from anywhere"),
                )
            break  # a refusal with a lower number decides
    return FINE


def _endpoint(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    return _reached(item, [parameters.get("serviceName") or ""], around)


def _endpoints(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    only = split_csv(parameters.get("vpcIds") or "")
    if only and item.get("resourceId") not in only:
        return out_of_scope("The VPC is none of vpcIds.")
    scope = split_csv(parameters.get("scopeConfigResourceTypes") or "")
    if scope and not any(True for kind in scope for _one in around.items(kind)):
        return out_of_scope("Nothing of scopeConfigResourceTypes is recorded.")
    return _reached(item, split_csv(parameters.get("serviceNames") or ""), around)


def _reached(vpc: Document, services: list[str], around: Surroundings) -> Verdict:
    """Whether a VPC has an endpoint for each service; one that keeps to FIPS is one too."""
    there = [
        str(body(each).get("serviceName"))
        for each in here(around.resources("AWS::EC2::VPCEndpoint"), around.region)
        if body(each).get("vpcId") == vpc.get("resourceId")
    ]
    for name in services:
        if not any(each.endswith((f".{name}", f".{name}-fips")) or each in (name, f"{name}-fips") for each in there):
            return bad(f"The VPC has no endpoint for {name}.", Reason("", None, f"an endpoint for {name}"))
    return FINE


def _default_closed(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    group = body(item)
    if group.get("groupName") != "default":
        return out_of_scope("The group is no default group.")
    for member, way in (("ipPermissions", "in"), ("ipPermissionsEgress", "out")):
        rules = listed(group.get(member))
        if rules:
            return bad(
                f"The default group has {len(rules)} rules on the way {way}.",
                Reason(f"configuration.{member}", len(rules), "no rules"),
            )
    return FINE


def _logging(item: Document, _: Parameters, _around: Surroundings) -> Verdict:
    """Each tunnel logs; what items leave out cannot be told. Raises `CannotTell`."""
    tunnels = list(objects(parsed(body(item).get("options")).get("tunnelOptions")))
    if not any("logOptions" in tunnel for tunnel in tunnels):
        raise CannotTell("It is not recorded whether the tunnels log.")
    for place, tunnel in enumerate(tunnels):
        logged = parsed(parsed(tunnel.get("logOptions")).get("cloudWatchLogOptions")).get("logEnabled")
        if truth(logged) is not True:
            path = f"configuration.options.tunnelOptions.{place}.logOptions.cloudWatchLogOptions.logEnabled"
            return bad("A tunnel does not log to CloudWatch.", Reason(path, logged, "true"))
    return FINE


def _resolves(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """Both sides resolve, of a connection with one of vpcIds if given."""
    sides = [(name, parsed(body(item).get(name))) for name in ("accepterVpcInfo", "requesterVpcInfo")]
    only = split_csv(parameters.get("vpcIds") or "")
    if only and not any(side.get("vpcId") in only for _name, side in sides):
        return out_of_scope("The connection is with none of vpcIds.")
    for name, side in sides:
        found = parsed(side.get("peeringOptions")).get("allowDnsResolutionFromRemoteVpc")
        if truth(found) is not True:
            path = f"configuration.{name}.peeringOptions.allowDnsResolutionFromRemoteVpc"
            who = name.removesuffix("VpcInfo")
            return bad(f"Names of the {who}'s side are not resolved.", Reason(path, found, "true"))
    return FINE


def _tunnels(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    tunnels = [str(each.get("status")) for each in objects(body(item).get("vgwTelemetry"))]
    up = [status for status in tunnels if status.upper() == "UP"]
    if len(up) >= 2:
        return FINE
    return bad(
        f"{len(up)} of {max(len(tunnels), 2)} tunnels are up.",
        Reason("configuration.vgwTelemetry", list(tunnels), "two tunnels UP"),
    )


CHECKS = (
    Check("INCOMING_SSH_DISABLED", "Nobody reaches port 22 from anywhere.", item=_ssh_restricted, reads=_PERMISSIONS),
    Check(
        "RESTRICTED_INCOMING_TRAFFIC",
        "Nobody reaches a blocked TCP port from anywhere.",
        item=_common_ports,
        reads=_PERMISSIONS,
    ),
    Check(
        "VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS",
        "Only the authorised ports are open to anywhere.",
        item=_authorized_ports,
        reads=_PERMISSIONS,
    ),
    Check(
        "VPC_SG_PORT_RESTRICTION_CHECK",
        "Nobody reaches the restricted ports (22 and 3389) from anywhere.",
        item=_port_restriction,
        reads=(*_PERMISSIONS, "configuration.ownerId", "awsAccountId"),
    ),
    Check(
        "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
        "The default group lets nothing in or out.",
        item=_default_closed,
        reads=("configuration.groupName", "configuration.ipPermissions", "configuration.ipPermissionsEgress"),
    ),
    Check(
        "EC2_SECURITY_GROUP_ATTACHED_TO_ENI",
        "A network interface has the group.",
        item=_attached,
        reads=("relationships", "configuration.groupName"),
    ),
    Check(
        "EC2_SECURITY_GROUP_ATTACHED_TO_ENI_PERIODIC",
        "A network interface has the group.",
        item=_attached_on_schedule,
        reads=("resourceId", "configuration.ownerId", "configuration.groupName", "awsAccountId"),
        around=True,
    ),
    Check(
        "VPC_FLOW_LOGS_ENABLED",
        "The VPC has a flow log, of trafficType if given.",
        item=_flow_logs,
        reads=("resourceId",),
        around=True,
    ),
    Check(
        "NO_UNRESTRICTED_ROUTE_TO_IGW",
        "No route leads from anywhere to an internet gateway.",
        item=_no_route_out,
        reads=("configuration.routes", "resourceId"),
    ),
    Check(
        "INTERNET_GATEWAY_AUTHORIZED_VPC_ONLY",
        "The gateway is attached only to the VPCs of AuthorizedVpcIds.",
        item=_gateway_of_known_vpcs,
        reads=("configuration.attachments",),
    ),
    Check(
        "NACL_NO_UNRESTRICTED_SSH_RDP",
        "No entry lets anywhere in to ports 22 and 3389.",
        item=_acl_narrow,
        reads=("configuration.entries",),
    ),
    Check(
        "SERVICE_VPC_ENDPOINT_ENABLED",
        "The VPC has an endpoint for serviceName.",
        item=_endpoint,
        reads=("resourceId",),
        around=True,
    ),
    Check(
        "VPC_ENDPOINT_ENABLED",
        "The VPC has an endpoint for each of serviceNames.",
        item=_endpoints,
        reads=("resourceId",),
        around=True,
    ),
    Check(
        "VPC_VPN_2_TUNNELS_UP",
        "Both tunnels of the connection are up.",
        item=_tunnels,
        reads=("configuration.vgwTelemetry",),
    ),
    rule(
        "VPC_NETWORK_ACL_UNUSED_CHECK",
        "A subnet uses the network ACL.",
        need_any("associations[].subnetId", PRESENT),
        only=(need("isDefault", NOT_TRUE),),
    ),
    rule(
        "SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED",
        "Instances in the subnet get no public address by themselves.",
        need("mapPublicIpOnLaunch", NOT_TRUE),
    ),
    rule(
        "EC2_TRANSIT_GATEWAY_AUTO_VPC_ATTACH_DISABLED",
        "Attachments of other accounts are not accepted by themselves.",
        need("AutoAcceptSharedAttachments", none_of("enable")),
    ),
    Check(
        "EC2_VPN_CONNECTION_LOGGING_ENABLED",
        "Each tunnel logs to CloudWatch.",
        item=_logging,
        reads=("configuration.options",),
    ),
    Check(
        "VPC_PEERING_DNS_RESOLUTION_CHECK",
        "Both sides resolve names of each other.",
        item=_resolves,
        reads=("configuration.accepterVpcInfo", "configuration.requesterVpcInfo"),
    ),
)
