"""Managed rules over tags."""

from __future__ import annotations

from backend.engine.config.rules.catalogue import ON_CHANGE, ManagedRule, Parameter
from backend.engine.config.rules.managed.reading import split_csv
from backend.engine.config.rules.verdict import FINE, AccountView, Parameters, Verdict, bad
from backend.model.item import Document

_PAIRS = range(1, 7)


def _required_tags(item: Document, parameters: Parameters, _: AccountView) -> Verdict:
    tags: dict[str, str] = item.get("tags") or {}
    faults = []
    for number in _PAIRS:
        key = parameters.get(f"tag{number}Key")
        if not key:
            continue
        allowed = split_csv(parameters.get(f"tag{number}Value") or "")
        if key not in tags:
            faults.append(f"tag {key} is missing")
        elif allowed and tags[key] not in allowed:
            faults.append(f"tag {key} has another value than {', '.join(allowed)}")
    return bad(_sentence(faults)) if faults else FINE


def _sentence(faults: list[str]) -> str:
    text = "; ".join(faults)
    return f"{text[0].upper()}{text[1:]}."


_TYPES = (
    "AWS::ACM::Certificate",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::CloudFormation::Stack",
    "AWS::CodeBuild::Project",
    "AWS::DynamoDB::Table",
    "AWS::EC2::CustomerGateway",
    "AWS::EC2::Instance",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPNConnection",
    "AWS::EC2::VPNGateway",
    "AWS::EC2::Volume",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBSecurityGroup",
    "AWS::RDS::DBSnapshot",
    "AWS::RDS::DBSubnetGroup",
    "AWS::RDS::EventSubscription",
    "AWS::Redshift::Cluster",
    "AWS::Redshift::ClusterParameterGroup",
    "AWS::Redshift::ClusterSecurityGroup",
    "AWS::Redshift::ClusterSnapshot",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::S3::Bucket",
)

RULES = (
    ManagedRule(
        "REQUIRED_TAGS",
        ON_CHANGE,
        _TYPES,
        tuple(
            parameter
            for number in _PAIRS
            for parameter in (
                Parameter(f"tag{number}Key", required=number == 1, default="CostCenter" if number == 1 else None),
                Parameter(f"tag{number}Value", "CSV"),
            )
        ),
        item=_required_tags,
    ),
)
