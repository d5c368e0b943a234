"""Which resource an identifier inside a configuration means: ARNs, ids of EC2, addresses of queues, images, buckets.

AWS Config's own ids differ by type: for some the ARN is the id, for some the last part of it, and some are known by
their name only (aws-config.md §1.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple


class Target(NamedTuple):
    """A resource that is named somewhere; by id, by name, or by both."""

    resource_type: str
    resource_id: str | None = None
    resource_name: str | None = None


_IDS: Mapping[str, str] = {
    "i": "EC2::Instance",
    "vpc": "EC2::VPC",
    "subnet": "EC2::Subnet",
    "sg": "EC2::SecurityGroup",
    "eni": "EC2::NetworkInterface",
    "vol": "EC2::Volume",
    "rtb": "EC2::RouteTable",
    "acl": "EC2::NetworkAcl",
    "igw": "EC2::InternetGateway",
    "eigw": "EC2::EgressOnlyInternetGateway",
    "nat": "EC2::NatGateway",
    "eipalloc": "EC2::EIP",
    "vpce": "EC2::VPCEndpoint",
    "vpce-svc": "EC2::VPCEndpointService",
    "lt": "EC2::LaunchTemplate",
    "pcx": "EC2::VPCPeeringConnection",
    "cgw": "EC2::CustomerGateway",
    "vgw": "EC2::VPNGateway",
    "vpn": "EC2::VPNConnection",
    "tgw": "EC2::TransitGateway",
    "tgw-attach": "EC2::TransitGatewayAttachment",
    "tgw-rtb": "EC2::TransitGatewayRouteTable",
    "pl": "EC2::PrefixList",
    "dopt": "EC2::DHCPOptions",
    "h": "EC2::Host",
    "cr": "EC2::CapacityReservation",
    "fl": "EC2::FlowLog",
    "fs": "EFS::FileSystem",
    "fsap": "EFS::AccessPoint",
}
_ID = re.compile(r"([a-z]+(?:-(?:svc|attach|rtb))?)-(?:[0-9a-f]{17}|[0-9a-f]{8})")
_HEX = re.compile(rb"-(?<=[a-z]-)(?:[0-9a-f]{17}|[0-9a-f]{8})(?![0-9a-zA-Z_-])")
"""How an id of EC2 ends."""
_PREFIX = frozenset(b"abcdefghijklmnopqrstuvwxyz-")
_ARN = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|):([^\s\"',{}]+)")
_QUEUE = re.compile(r"https://sqs\.[a-z0-9-]+\.amazonaws\.com/\d{12}/([\w-]+(?:\.fifo)?)")
_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/([^:@\s]+)(?:[:@]\S+)?")
_ORIGIN = re.compile(r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3(?:-website)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com")

ARN, TAIL, NAME = "arn", "tail", "name"
"""What AWS Config's id of a type is: the whole ARN, its last part, or something the ARN does not hold."""

_ARNS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "acm": ((r"certificate/.+", "ACM::Certificate", ARN),),
    "autoscaling": ((r"autoScalingGroup:[^:]*:autoScalingGroupName/(.+)", "AutoScaling::AutoScalingGroup", ARN),),
    "backup": ((r"backup-vault:(.+)", "Backup::BackupVault", TAIL),),
    "cloudformation": ((r"stack/([^/]+)/.+", "CloudFormation::Stack", ARN),),
    "cloudfront": ((r"distribution/(.+)", "CloudFront::Distribution", TAIL),),
    "cloudtrail": ((r"trail/(.+)", "CloudTrail::Trail", TAIL),),
    "cloudwatch": ((r"alarm:(.+)", "CloudWatch::Alarm", TAIL),),
    "codebuild": ((r"project/(.+)", "CodeBuild::Project", NAME),),
    "dynamodb": ((r"table/([^/]+)(?:/.*)?", "DynamoDB::Table", TAIL),),
    "ecr": ((r"repository/(.+)", "ECR::Repository", TAIL),),
    "ecs": (
        (r"cluster/(.+)", "ECS::Cluster", TAIL),
        (r"service/(?:[^/]+/)?([^/]+)", "ECS::Service", ARN),
        (r"task-definition/([^:]+)(?::\d+)?", "ECS::TaskDefinition", TAIL),
    ),
    "eks": ((r"cluster/([^/]+)", "EKS::Cluster", TAIL),),
    "elasticfilesystem": (
        (r"file-system/(.+)", "EFS::FileSystem", TAIL),
        (r"access-point/(.+)", "EFS::AccessPoint", TAIL),
    ),
    "elasticloadbalancing": (
        (r"loadbalancer/(?:app|net|gwy)/([^/]+)/[^/]+", "ElasticLoadBalancingV2::LoadBalancer", ARN),
        (r"loadbalancer/([^/]+)", "ElasticLoadBalancing::LoadBalancer", TAIL),
        (r"targetgroup/([^/]+)/[^/]+", "ElasticLoadBalancingV2::TargetGroup", ARN),
        (r"listener/.+", "ElasticLoadBalancingV2::Listener", ARN),
    ),
    "es": ((r"domain/([^/]+)", "OpenSearch::Domain", NAME),),
    "events": ((r"rule/(?:[^/]+/)?([^/]+)", "Events::Rule", TAIL), (r"event-bus/(.+)", "Events::EventBus", TAIL)),
    "firehose": ((r"deliverystream/(.+)", "KinesisFirehose::DeliveryStream", TAIL),),
    "iam": (
        (r"role/(?:.*/)?([^/]+)", "IAM::Role", NAME),
        (r"user/(?:.*/)?([^/]+)", "IAM::User", NAME),
        (r"group/(?:.*/)?([^/]+)", "IAM::Group", NAME),
        (r"policy/(?:.*/)?([^/]+)", "IAM::Policy", NAME),
        (r"instance-profile/(?:.*/)?([^/]+)", "IAM::InstanceProfile", NAME),
        (r"server-certificate/(?:.*/)?([^/]+)", "IAM::ServerCertificate", NAME),
    ),
    "kinesis": ((r"stream/([^/]+)(?:/.*)?", "Kinesis::Stream", TAIL),),
    "kms": ((r"key/(.+)", "KMS::Key", TAIL),),
    "lambda": (
        (r"function:([^:/]+)(?::[^:/]+)?(?:/invocations)?", "Lambda::Function", TAIL),
        (r"layer:[^:]+:\d+", "Lambda::LayerVersion", ARN),
    ),
    "rds": (
        (r"db:(.+)", "RDS::DBInstance", NAME),
        (r"cluster:(.+)", "RDS::DBCluster", NAME),
        (r"snapshot:(.+)", "RDS::DBSnapshot", TAIL),
        (r"subgrp:(.+)", "RDS::DBSubnetGroup", TAIL),
    ),
    "redshift": ((r"cluster:(.+)", "Redshift::Cluster", TAIL),),
    "s3": ((r"([^/:*]+)(?:/.*)?", "S3::Bucket", TAIL),),
    "secretsmanager": ((r"secret:[^:]+", "SecretsManager::Secret", ARN),),
    "sns": ((r"([^:]+)(?::[0-9a-f-]{36})?", "SNS::Topic", ARN),),
    "states": ((r"stateMachine:([^:]+)", "StepFunctions::StateMachine", ARN),),
    "wafv2": ((r"(?:regional|global)/webacl/([^/]+)/.+", "WAFv2::WebACL", ARN),),
}
_COMPILED: Mapping[str, tuple[tuple[re.Pattern[str], str, str], ...]] = {
    service: tuple((re.compile(pattern), f"AWS::{kind}", form) for pattern, kind, form in rows)
    for service, rows in _ARNS.items()
}


def targets(text: str, account: str = "") -> Iterator[Target]:
    """The resources that a value names: as a whole, in a list with commas, or by ARNs somewhere in it.

    With `account` given, ARNs of other accounts are passed over: what they name is not to be found here.
    """
    if len(text) < 4 or len(text) > 2048:
        return
    if "arn:aws" in text:
        for match in _ARN.finditer(text):
            found = _of_arn(match, account)
            if found is not None:
                yield found
            elif "arn:aws" in match[4]:
                # API Gateway wraps the ARN of a function in one of its own.
                yield from targets(match[4][match[4].index("arn:aws") :], account)
        return
    if "-" in text:
        for part in text.split(",") if "," in text else (text,):
            of_ec2 = _ID.fullmatch(part.strip())
            if of_ec2 and of_ec2[1] in _IDS:
                yield Target(f"AWS::{_IDS[of_ec2[1]]}", part.strip())
    if "amazonaws.com" in text:
        yield from _addressed(text)


def may_name(text: bytes) -> Iterator[Target | None]:
    """What JSON text in ASCII without escaped letters may name: resources with an id of EC2, None for anything else.

    Whatever `targets` finds in a value of it is told here; not all that is told here is found there.
    """
    if b"arn:aws" in text or b"amazonaws.com" in text:
        yield None
    for match in _HEX.finditer(text):
        start = match.start()
        while start and text[start - 1] in _PREFIX:
            start -= 1
        kind = _IDS.get(text[start : match.start()].decode())
        if kind is not None:
            yield Target(f"AWS::{kind}", text[start : match.end()].decode())
        elif text[start - 1 : start] == b"\\":
            yield None  # the first letter belongs to an escape (`\n`)


def _of_arn(match: re.Match[str], account: str) -> Target | None:
    service, region, owner, resource = match.groups()
    if owner == "aws" or (account and owner and owner != account):
        return None
    if service == "sqs":
        return Target("AWS::SQS::Queue", f"https://sqs.{region}.amazonaws.com/{owner}/{resource}", resource)
    if service == "ec2":
        return next(targets(resource.rpartition("/")[2]), None)
    for pattern, kind, form in _COMPILED.get(service, ()):
        # A secret may be followed by the key in it, a topic by a subscription: what is matched is the resource.
        found = pattern.fullmatch(resource) or (pattern.match(resource) if service == "secretsmanager" else None)
        if found:
            name = found[1] if pattern.groups else None
            whole = match[0][: match.start(4) - match.start()] + (found[0] if service != "sns" else name or "")
            if form == ARN:
                return Target(kind, whole, name)
            return Target(kind, name if form == TAIL else None, name)
    return None


def _addressed(text: str) -> Iterator[Target]:
    queue = _QUEUE.fullmatch(text)
    if queue:
        yield Target("AWS::SQS::Queue", text, queue[1])
    image = _IMAGE.fullmatch(text)
    if image:
        yield Target("AWS::ECR::Repository", image[1], image[1])
    origin = _ORIGIN.fullmatch(text)
    if origin:
        yield Target("AWS::S3::Bucket", origin[1], origin[1])
