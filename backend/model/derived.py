"""Links that AWS Config does not record, found in what an item says of its resource.

Most newer types have no recorded links at all (rules.md §7): a service of ECS names its cluster, its task definition
and its security groups in its configuration and nowhere else. Such links are marked `derived` and are never mixed up
with recorded ones: where both would tell the same, the recorded one stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from backend.model import link_names
from backend.model.arns import Target, may_name, targets
from backend.model.item import ConfigurationItem, Document, Json, Relationship
from backend.model.spelling import same_type

VERDICTS = "AWS::Config::"
"""What AWS Config's own types begin with: its recorder, and what it found out about resources."""

_OPAQUE = ("AWS::SSM::ManagedInstanceInventory", VERDICTS)
"""Types whose bodies name no resources of the account: lists of software, verdicts."""

_PASSED_OVER = frozenset(
    {
        "accesscontrollist",
        "assumerolepolicydocument",
        "description",
        "document",
        "policy",
        "policydocument",
        "policytext",
        "policyversionlist",
        "rolepolicylist",
        "taglist",
        "tags",
        "tagset",
        "userpolicylist",
    }
)
"""Members that hold prose, tags or policies: who may do something to a resource is not linked to it by that."""

_MEMBERS: Mapping[tuple[str, str], tuple[str, bool]] = {
    ("AWS::ApiGateway::Method", "restapiid"): ("AWS::ApiGateway::RestApi", True),
    ("AWS::ApiGateway::UsagePlan", "apiid"): ("AWS::ApiGateway::RestApi", True),
    ("AWS::ApiGatewayV2::Integration", "apiid"): ("AWS::ApiGatewayV2::Api", True),
    ("AWS::CloudTrail::Trail", "s3bucketname"): ("AWS::S3::Bucket", True),
    ("AWS::ECS::Service", "cluster"): ("AWS::ECS::Cluster", True),
    ("AWS::EKS::Addon", "clustername"): ("AWS::EKS::Cluster", True),
    ("AWS::EKS::FargateProfile", "clustername"): ("AWS::EKS::Cluster", True),
    ("AWS::EKS::IdentityProviderConfig", "clustername"): ("AWS::EKS::Cluster", True),
    ("AWS::Glue::Job", "role"): ("AWS::IAM::Role", False),
    ("AWS::KMS::Alias", "targetkeyid"): ("AWS::KMS::Key", True),
    ("AWS::RDS::DBInstance", "dbclusteridentifier"): ("AWS::RDS::DBCluster", False),
    ("AWS::RDS::DBInstance", "readreplicasourcedbinstanceidentifier"): ("AWS::RDS::DBInstance", False),
    ("AWS::RDS::DBSnapshot", "dbinstanceidentifier"): ("AWS::RDS::DBInstance", False),
    ("AWS::S3::Bucket", "destinationbucketname"): ("AWS::S3::Bucket", True),
}
"""Members that hold a plain id (True) or name (False) of a resource, by type and member in lower case."""

_PROFILE = "iaminstanceprofile"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")

_MARKS_OF_ALL = (b"kms", _PROFILE.encode())
_MARKS: Mapping[str, tuple[bytes, ...]] = {
    **{
        kind: (*_MARKS_OF_ALL, *(member.encode() for one, member in _MEMBERS if one == kind))
        for kind in sorted({kind for kind, _ in _MEMBERS})
    },
    "AWS::CloudWatch::Alarm": (*_MARKS_OF_ALL, b"dimensions"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (*_MARKS_OF_ALL, b"access_logs.s3.bucket"),
    "AWS::CloudFormation::Stack": (*_MARKS_OF_ALL, b"physicalresourceid"),
}
"""What stands in bodies of a type, in lower case, where they tell of others without an ARN or an id of EC2."""

_DIMENSIONS: Mapping[str, tuple[str, bool]] = {
    "AutoScalingGroupName": ("AWS::AutoScaling::AutoScalingGroup", False),
    "BucketName": ("AWS::S3::Bucket", True),
    "ClusterName": ("AWS::ECS::Cluster", True),
    "DBClusterIdentifier": ("AWS::RDS::DBCluster", False),
    "DBInstanceIdentifier": ("AWS::RDS::DBInstance", False),
    "FunctionName": ("AWS::Lambda::Function", True),
    "QueueName": ("AWS::SQS::Queue", False),
    "TableName": ("AWS::DynamoDB::Table", True),
    "TopicName": ("AWS::SNS::Topic", False),
}
"""What a dimension of an alarm names, by id (True) or by name."""

_CONTAINERS = frozenset(
    {
        "AWS::EC2::VPC",
        "AWS::EC2::Subnet",
        "AWS::ECS::Cluster",
        "AWS::EKS::Cluster",
        "AWS::RDS::DBCluster",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
    }
)


class _Value(NamedTuple):
    """A text somewhere in a body, and the names of the members that lead to it."""

    path: tuple[str, ...]
    text: str


def links(item: ConfigurationItem) -> tuple[Relationship, ...]:
    """The derived links of an item, each target once, in the order in which the body names them."""
    if item.deleted or item.resource_type.startswith(_OPAQUE):
        return ()
    if item.configuration is None and not item.supplementary:
        return ()
    recorded = {_end(link.resource_type, end) for link in item.relationships for end in _ends(link)}
    found: dict[tuple[str, str], Relationship] = {}
    for value, target in _named(item):
        ends = {_end(target.resource_type, end) for end in (target.resource_id, target.resource_name) if end}
        if not ends or ends & recorded or not ends.isdisjoint(found) or _is_self(item, target):
            continue
        link = Relationship(
            name=_name(item.resource_type, target.resource_type),
            resource_type=target.resource_type,
            resource_id=target.resource_id,
            resource_name=target.resource_name,
            derived=True,
            found_at=".".join(value.path),
        )
        found.update(dict.fromkeys(ends, link))
    return tuple(dict.fromkeys(found.values()))


def may_show(item: ConfigurationItem, body: bytes) -> bool:
    """Whether a body of an item, as JSON text, may show links beside the recorded ones: False only where it does not.

    `item` may lack its bodies. Verdicts are always worth reading.
    """
    kind = item.resource_type
    if kind.startswith(VERDICTS):
        return True
    # What is escaped or no ASCII may be another spelling of anything.
    if not body.isascii() or b"\\u" in body:
        return True
    lowered = body.lower()
    for mark in _MARKS.get(kind, _MARKS_OF_ALL):
        if mark in lowered:
            return True
    return any(target is None or not _is_told(item, target) for target in may_name(body))


def _is_told(item: ConfigurationItem, target: Target) -> bool:
    """Whether a target with an id is the item itself, or what a recorded link of it leads to."""
    end = target.resource_id
    return _is_self(item, target) or any(
        end in (link.resource_id, link.resource_name) and same_type(link.resource_type, target.resource_type)
        for link in item.relationships
    )


def points_at(link: Relationship, item: ConfigurationItem) -> bool:
    """Whether a link of another item, recorded or derived, leads to this one."""
    if not same_type(link.resource_type, item.resource_type):
        return False
    if link.resource_id and link.resource_id in (item.resource_id, item.arn):
        return True
    # A recorded link with an id means that id; a derived one may have guessed the id from a name.
    return bool(
        link.resource_name and (link.derived or not link.resource_id) and link.resource_name == item.resource_name
    )


def link_to(other: ConfigurationItem, item: ConfigurationItem) -> Relationship | None:
    """The link of another resource to this one: as it is recorded, or else as its configuration shows it.

    None for verdicts of AWS Config, which are about a resource and do not use it, and for what the resource tells
    itself that it is contained in: a network does not use its groups.
    """
    if other.resource_type.startswith(VERDICTS):
        return None
    link = next((link for link in (*other.relationships, *links(other)) if points_at(link, item)), None)
    if link is not None and link_names.verb_of(link.name) == link_names.CONTAINS and _tells_of(item, other):
        return None
    return link


def _tells_of(item: ConfigurationItem, other: ConfigurationItem) -> bool:
    return any(points_at(link, other) for link in item.relationships)


def spellings(item: ConfigurationItem) -> tuple[str, ...]:
    """The texts by which other items may name this one: its id, its name, its ARN."""
    return tuple(dict.fromkeys(text for text in (item.resource_id, item.resource_name, item.arn) if text))


def _named(item: ConfigurationItem) -> Iterator[tuple[_Value, Target]]:
    """Everything that the bodies of an item name, with where they do."""
    special = _SPECIAL.get(item.resource_type)
    if special is not None:
        yield from special(item)
    for body in (item.configuration, item.supplementary):
        for value in _texts(body):
            for target in _targets(item, value):
                yield value, target


def _targets(item: ConfigurationItem, value: _Value) -> Iterator[Target]:
    member = value.path[-1].casefold() if value.path else ""
    any_found = False
    for target in targets(value.text, item.account_id):
        any_found = True
        yield target
    if any_found or not value.text:
        return
    plain = _MEMBERS.get((item.resource_type, member))
    if plain is not None:
        yield _target(*plain, value.text)
    elif "kms" in member and _UUID.fullmatch(value.text):
        yield Target("AWS::KMS::Key", value.text)
    elif member == "name" and len(value.path) > 1 and value.path[-2].casefold() == _PROFILE:
        yield Target("AWS::IAM::InstanceProfile", None, value.text)


def _texts(body: Json) -> Iterator[_Value]:
    """Every text of a body, in its order; text that holds JSON (a redrive policy) is opened."""
    waiting: list[tuple[tuple[str, ...], Json]] = [((), body)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [
                ((*path, name), inner)
                for name, inner in reversed(value.items())
                if isinstance(inner, _HOLDING) and name.casefold() not in _PASSED_OVER
            ]
        elif isinstance(value, list):
            waiting += [(path, inner) for inner in reversed(value) if isinstance(inner, _HOLDING)]
        elif isinstance(value, str):
            if value.startswith("{"):
                opened = _opened(value)
                if opened is not None:
                    waiting.append((path, opened))
                    continue
            yield _Value(path, value)


_HOLDING = (str, dict, list)
"""Values that are texts, or may hold some."""


def _opened(text: str) -> Document | None:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _alarm(item: ConfigurationItem) -> Iterator[tuple[_Value, Target]]:
    body = item.configuration if isinstance(item.configuration, dict) else {}
    for each in _dicts(body.get("dimensions")):
        name, value = each.get("name"), each.get("value")
        if not isinstance(name, str) or not isinstance(value, str):
            continue
        where = _Value(("dimensions", name), value)
        if name in _DIMENSIONS:
            yield where, _target(*_DIMENSIONS[name], value)
        elif name in ("LoadBalancer", "TargetGroup") and "/" in value:
            # The dimension holds what follows in the ARN (`app/front/0a1b`, `targetgroup/front/0a1b`).
            tail = value if name == "TargetGroup" else f"loadbalancer/{value}"
            arn = f"arn:aws:elasticloadbalancing:{item.region}:{item.account_id}:{tail}"
            yield from ((where, target) for target in targets(arn))


def _load_balancer(item: ConfigurationItem) -> Iterator[tuple[_Value, Target]]:
    for each in _dicts(item.supplementary.get("LoadBalancerAttributes")):
        if each.get("key") == "access_logs.s3.bucket" and isinstance(each.get("value"), str) and each["value"]:
            yield (
                _Value(("LoadBalancerAttributes", "access_logs.s3.bucket"), each["value"]),
                Target("AWS::S3::Bucket", each["value"]),
            )


def _stack(item: ConfigurationItem) -> Iterator[tuple[_Value, Target]]:
    for each in _dicts(item.supplementary.get("StackResourceSummaries")):
        kind, physical = each.get("resourceType"), each.get("physicalResourceId")
        if isinstance(kind, str) and isinstance(physical, str) and physical:
            yield _Value(("StackResourceSummaries",), physical), Target(kind, physical, physical)


_SPECIAL: Mapping[str, Callable[[ConfigurationItem], Iterator[tuple[_Value, Target]]]] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "AWS::CloudFormation::Stack": _stack,
}
"""Types whose bodies keep names and values apart, so that a value alone does not tell what it names."""


def _dicts(value: Json) -> Iterator[Document]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def _target(resource_type: str, by_id: bool, text: str) -> Target:
    return Target(resource_type, text if by_id else None, text)


def _is_self(item: ConfigurationItem, target: Target) -> bool:
    if not same_type(target.resource_type, item.resource_type):
        return False
    if target.resource_id:
        return target.resource_id in (item.resource_id, item.arn)
    return target.resource_name == item.resource_name


def _name(holder: str, other: str) -> str:
    """Named as AWS Config would: by its own word where it records such links for other resources of the type."""
    known = link_names.name(holder, other)
    if known is not None:
        return known
    return f"{link_names.IN if other in _CONTAINERS else link_names.ASSOCIATED} "


def _ends(link: Relationship) -> Iterator[str]:
    return (end for end in (link.resource_id, link.resource_name) if end)


def _end(resource_type: str, end: str) -> tuple[str, str]:
    return resource_type.casefold(), end
