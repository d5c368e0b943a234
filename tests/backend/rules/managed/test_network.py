"""What the rules over security groups, networks and the ways into them say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import ACCOUNT, Known, judged

WORLD4, WORLD6, OFFICE = "0.0.0.0/0", "::/0", "203.0.113.0/24"


def permission(protocol: str, first: int | None, last: int | None, *networks: str) -> Document:
    """As items spell one: plain networks beside those of `ipv4Ranges`."""
    ports: Document = {} if first is None else {"fromPort": first, "toPort": last}
    old = [each for each in networks if ":" not in each]
    new = [each for each in networks if ":" in each]
    return {
        "ipProtocol": protocol,
        **ports,
        "ipRanges": old,
        "ipv4Ranges": [{"cidrIp": each} for each in old],
        "ipv6Ranges": [{"cidrIpv6": each} for each in new],
        "userIdGroupPairs": [],
    }


def group(*permissions: Document, **changes: Json) -> Document:
    return {"groupId": "sg-1", "groupName": "web", "ipPermissions": [*permissions], "ownerId": ACCOUNT, **changes}


def placed(configuration: Document, resource_id: str = "one") -> Document:
    return {"resourceId": resource_id, "configuration": configuration}


def linked(*types: str) -> Document:
    return {"configuration": group(), "relationships": [{"resourceType": each, "resourceId": "x"} for each in types]}


def entry(number: int, action: str, network: str, ports: tuple[int, int] | None, **changes: Json) -> Document:
    body: Document = {"ruleNumber": number, "egress": False, "protocol": "6", "ruleAction": action, **changes}
    body["ipv6CidrBlock" if ":" in network else "cidrBlock"] = network
    if ports is not None:
        body["portRange"] = {"from": ports[0], "to": ports[1]}
    return body


def acl(*entries: Document) -> Document:
    return {"networkAclId": "acl-1", "entries": [*entries]}


def endpoint(service: str, vpc: str = "vpc-1") -> Document:
    return other("AWS::EC2::VPCEndpoint", {"serviceName": f"com.amazonaws.ap-southeast-1.{service}", "vpcId": vpc})


def peering(*, accepter: Json = True, requester: Json = True) -> Document:
    sides = {"accepterVpcInfo": ("vpc-1", accepter), "requesterVpcInfo": ("vpc-2", requester)}
    return {
        name: {"vpcId": vpc, "peeringOptions": {"allowDnsResolutionFromRemoteVpc": found}}
        for name, (vpc, found) in sides.items()
    }


def tunnels(*logging: Json) -> Document:
    return {
        "options": {
            "tunnelOptions": [{"logOptions": {"cloudWatchLogOptions": {"logEnabled": each}}} for each in logging]
        }
    }


SSH = permission("tcp", 22, 22, WORLD4)
FIRST = "ipPermissions.0"
VPC = placed({"vpcId": "vpc-1"}, "vpc-1")
PORTS, RESTRICTED = "VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS", "VPC_SG_PORT_RESTRICTION_CHECK"
ATTACHED, ON_SCHEDULE = "EC2_SECURITY_GROUP_ATTACHED_TO_ENI", "EC2_SECURITY_GROUP_ATTACHED_TO_ENI_PERIODIC"
LOGGED = "options.tunnelOptions.1.logOptions.cloudWatchLogOptions.logEnabled"
DNS = "peeringOptions.allowDnsResolutionFromRemoteVpc"

CASES = (
    *of(
        "INCOMING_SSH_DISABLED",
        good(group(permission("tcp", 22, 22, OFFICE), permission("tcp", 443, 443, WORLD4))),
        good(group(permission("udp", 22, 22, WORLD4))),
        bad(group(SSH), "Port 22 is open to 0.0.0.0/0", FIRST),
        bad(group(permission("6", 0, 1024, WORLD6)), "Port 22 is open to ::/0", FIRST),
        bad(
            group(permission("tcp", 443, 443, OFFICE), permission("-1", None, None, WORLD4)),
            "Port 22",
            "ipPermissions.1",
        ),
    ),
    *of(
        "RESTRICTED_INCOMING_TRAFFIC",
        good(group(SSH)),
        good(group(permission("tcp", 3389, 3389, OFFICE))),
        bad(group(permission("tcp", 3389, 3389, WORLD4)), "Port 3389", FIRST),
        bad(group(permission("tcp", 20, 21, WORLD6)), "Port 20", FIRST),
        bad(group(SSH), "Port 22", FIRST, blockedPorts="80, 22"),
        *(bad(group(SSH), "Port 22", FIRST, **{f"blockedPort{place}": "22"}) for place in range(1, 6)),
    ),
    *of(
        PORTS,
        good(group(permission("tcp", 443, 443, WORLD4)), authorizedTcpPorts="80,443"),
        good(group(permission("tcp", 1025, 2000, WORLD4)), authorizedTcpPorts="443,1020-3000"),
        good(group(permission("udp", 53, 53, WORLD6)), authorizedUdpPorts="53"),
        out(group(SSH | {"ipRanges": [OFFICE], "ipv4Ranges": []}), "nobody in from anywhere"),
        out(group(), "nobody in from anywhere"),
        bad(group(permission("tcp", 443, 443, WORLD4)), "lets in tcp 443 from 0.0.0.0/0", FIRST),
        bad(group(permission("tcp", 1, 500, WORLD4)), "tcp 1-500", FIRST, authorizedTcpPorts="1-499"),
        bad(
            group(permission("udp", 53, 53, WORLD4)), "udp 53", FIRST, authorizedTcpPorts="53", authorizedUdpPorts="54"
        ),
        bad(group(permission("-1", None, None, WORLD4)), "all ports", FIRST, authorizedTcpPorts="0-65535"),
    ),
    *of(
        RESTRICTED,
        good(group(permission("tcp", 22, 22, OFFICE))),
        good(group(SSH), restrictPorts="80"),
        good(group(SSH), protocolType="UDP"),
        good(group(SSH), ipType="IPv6"),
        good(group(permission("icmp", -1, -1, WORLD4))),
        bad(group(SSH), "Port 22", FIRST),
        bad(group(permission("udp", 3389, 3389, WORLD6)), "Port 3389 is open to ::/0", FIRST),
        bad(group(permission("tcp", 0, 80, WORLD4)), "Port 0", FIRST, restrictPorts="0"),
        bad(group(SSH), "Port 22", FIRST, protocolType="tcp", ipType="ipv4"),
        bad(group(SSH, ownerId="999988887777"), "Port 22", FIRST, excludeExternalSecurityGroups="false"),
        out(group(SSH, ownerId="999988887777"), "999988887777 owns"),
        out(group(SSH, ownerId="999988887777"), "owns", excludeExternalSecurityGroups="true"),
    ),
    *of(
        "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
        good(group(groupName="default", ipPermissionsEgress=[])),
        bad(group(SSH, groupName="default"), "1 rules on the way in", "ipPermissions"),
        bad(
            group(groupName="default", ipPermissionsEgress=[permission("-1", None, None, WORLD4)]),
            "on the way out",
            "ipPermissionsEgress",
        ),
        out(group(SSH), "no default group"),
    ),
    *of(
        ATTACHED,
        good(linked("AWS::EC2::VPC", "AWS::EC2::NetworkInterface")),
        good(linked("AWS::EC2::Instance")),
        bad(linked("AWS::EC2::VPC"), "No network interface", "relationships"),
        out(group(groupName="default"), "the default one"),
    ),
    *of(
        ON_SCHEDULE,
        good(placed(group(), "sg-1"), other("AWS::EC2::NetworkInterface", {"groups": [{"groupId": "sg-1"}]})),
        bad(
            placed(group(), "sg-1"),
            "No network interface",
            "",
            other("AWS::EC2::NetworkInterface", {"groups": [{"groupId": "sg-2"}]}),
        ),
        out(placed(group(ownerId="444455556666"), "sg-1"), "444455556666 owns"),
        out(placed(group(groupName="default"), "sg-1"), "the default one"),
    ),
    *of(
        "VPC_FLOW_LOGS_ENABLED",
        good(VPC, other("AWS::EC2::FlowLog", {"resourceId": "vpc-1", "trafficType": "REJECT"})),
        good(VPC, other("AWS::EC2::FlowLog", {"resourceId": "vpc-1", "trafficType": "ALL"}), trafficType="ALL"),
        bad(VPC, "no flow log", "", other("AWS::EC2::FlowLog", {"resourceId": "vpc-2"})),
        bad(
            VPC,
            "no flow log of ALL traffic",
            "",
            other("AWS::EC2::FlowLog", {"resourceId": "vpc-1", "trafficType": "REJECT"}),
            trafficType="all",
        ),
    ),
    *of(
        "NO_UNRESTRICTED_ROUTE_TO_IGW",
        good(placed({"routes": [{"destinationCidrBlock": "10.0.0.0/16", "gatewayId": "local"}]})),
        good(placed({"routes": [{"destinationCidrBlock": WORLD4, "natGatewayId": "nat-1"}]})),
        good(placed({"routes": [{"destinationCidrBlock": OFFICE, "gatewayId": "igw-1"}]})),
        good(placed({"routes": [{"destinationCidrBlock": WORLD4, "gatewayId": "igw-1"}]}), routeTableIds="two, one"),
        bad(
            placed({"routes": [{"destinationCidrBlock": WORLD4, "gatewayId": "igw-1"}]}),
            "0.0.0.0/0 goes to igw-1",
            "routes.0",
            routeTableIds="two",
        ),
        bad(placed({"routes": [{"destinationIpv6CidrBlock": WORLD6, "gatewayId": "igw-1"}]}), "::/0", "routes.0"),
    ),
    *of(
        "INTERNET_GATEWAY_AUTHORIZED_VPC_ONLY",
        good({"attachments": [{"state": "available", "vpcId": "vpc-1"}]}, AuthorizedVpcIds="vpc-2,vpc-1"),
        bad({"attachments": [{"vpcId": "vpc-1"}]}, "attached to vpc-1", "attachments"),
        bad({"attachments": [{"vpcId": "vpc-1"}]}, "attached to vpc-1", "attachments", AuthorizedVpcIds="vpc-2"),
        out({"attachments": []}, "attached to no VPC"),
    ),
    *of(
        "NACL_NO_UNRESTRICTED_SSH_RDP",
        good(acl(entry(100, "allow", WORLD4, (443, 443)))),
        good(acl(entry(100, "allow", OFFICE, (22, 22)), entry(32767, "deny", WORLD4, None, protocol="-1"))),
        good(acl(entry(90, "deny", WORLD4, (0, 65535)), entry(100, "allow", WORLD4, (22, 22)))),
        good(acl(entry(100, "allow", WORLD4, (22, 22), egress=True))),
        bad(acl(entry(100, "allow", WORLD4, (22, 22))), "lets 0.0.0.0/0 to port 22", "entries"),
        bad(acl(entry(100, "allow", WORLD6, (3000, 4000))), "to port 3389", "entries"),
        bad(acl(entry(100, "allow", WORLD4, None, protocol="-1")), "to port 22", "entries"),
        bad(acl(entry(100, "allow", WORLD4, (3389, 3389), protocol="17")), "to port 3389", "entries"),
        bad(
            acl(entry(90, "deny", WORLD4, (22, 22), protocol="17"), entry(100, "allow", WORLD4, (22, 22))),
            "Entry 100 lets 0.0.0.0/0 to port 22",
            "entries",
        ),
        bad(
            acl(entry(90, "deny", WORLD4, (22, 22)), entry(101, "allow", WORLD6, (22, 22))),
            "Entry 101 lets ::/0 to port 22",
            "entries",
        ),
    ),
    *of(
        "SERVICE_VPC_ENDPOINT_ENABLED",
        good(VPC, endpoint("s3"), endpoint("ec2"), serviceName="ec2"),
        good(VPC, endpoint("ec2-fips"), serviceName="ec2-fips"),
        bad(VPC, "no endpoint for ec2-fips", "", endpoint("ec2"), serviceName="ec2-fips"),
        bad(VPC, "no endpoint for ec2", "", endpoint("s3"), endpoint("ec2", "vpc-2"), serviceName="ec2"),
    ),
    *of(
        "VPC_ENDPOINT_ENABLED",
        good(VPC, endpoint("ecr.api"), endpoint("ec2-fips"), serviceNames="ecr.api, com.amazonaws.ap-southeast-1.ec2"),
        good(
            VPC,
            endpoint("sns"),
            other("AWS::SNS::Topic", {}),
            serviceNames="sns",
            scopeConfigResourceTypes="AWS::SNS::Topic",
        ),
        bad(VPC, "no endpoint for sqs", "", endpoint("sns"), serviceNames="sns,sqs", vpcIds="vpc-1"),
        bad(
            VPC,
            "no endpoint for sns",
            "",
            other("AWS::SNS::Topic", {}),
            serviceNames="sns",
            scopeConfigResourceTypes="AWS::SQS::Queue,AWS::SNS::Topic",
        ),
        out(VPC, "none of vpcIds", serviceNames="sns", vpcIds="vpc-2"),
        out(VPC, "Nothing of scope", serviceNames="sns", scopeConfigResourceTypes="AWS::SNS::Topic"),
    ),
    *of(
        "VPC_VPN_2_TUNNELS_UP",
        good({"vgwTelemetry": [{"status": "UP"}, {"status": "UP"}]}),
        bad({"vgwTelemetry": [{"status": "UP"}, {"status": "DOWN"}]}, "1 of 2 tunnels", "vgwTelemetry"),
        bad({"vgwTelemetry": []}, "0 of 2 tunnels", "vgwTelemetry"),
    ),
    *of(
        "VPC_NETWORK_ACL_UNUSED_CHECK",
        good({"isDefault": False, "associations": [{"subnetId": "subnet-1"}]}),
        bad({"isDefault": False, "associations": []}, "associations", "associations.subnetId"),
        out({"isDefault": True, "associations": []}),
    ),
    *of(
        "SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED",
        good({"mapPublicIpOnLaunch": False}),
        bad({"mapPublicIpOnLaunch": True}, "mapPublicIpOnLaunch", "mapPublicIpOnLaunch"),
    ),
    *of(
        "EC2_TRANSIT_GATEWAY_AUTO_VPC_ATTACH_DISABLED",
        good({"AutoAcceptSharedAttachments": "disable"}),
        bad({"AutoAcceptSharedAttachments": "enable"}, "enable", "AutoAcceptSharedAttachments"),
    ),
    *of(
        "EC2_VPN_CONNECTION_LOGGING_ENABLED",
        good(tunnels(True, "true")),
        bad(tunnels(True, False), "does not log", LOGGED),
    ),
    *of(
        "VPC_PEERING_DNS_RESOLUTION_CHECK",
        good(peering()),
        good(peering(), vpcIds="vpc-3, vpc-2"),
        bad(peering(accepter=False), "accepter's side", f"accepterVpcInfo.{DNS}"),
        bad(peering(requester=None), "requester's side", f"requesterVpcInfo.{DNS}", vpcIds="vpc-1"),
        out(peering(accepter=False), "none of vpcIds", vpcIds="vpc-3"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("network", CASES) == []


def test_tunnels_of_which_no_logging_is_recorded_get_no_verdict() -> None:
    item: Document = {"configuration": {"options": {"tunnelOptions": [{"startupAction": "add"}]}}}
    verdict = judged("EC2_VPN_CONNECTION_LOGGING_ENABLED", item, Known())
    assert verdict.compliance == "INSUFFICIENT_DATA"
    assert "not recorded whether the tunnels log" in verdict.annotation
