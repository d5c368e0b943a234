"""The AWS services that have configuration recorders of their own, and what those record.

Principals and names are those of the guide's page on the configuration recorder. All of them are free of charge
(scope INTERNAL) as far as anybody has shown; which types each records is the service's business and not documented, so
the lists here are this engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

PREFIX = "AWSConfigurationRecorderFor"
"""How the names of linked recorders begin; customers' may not."""


class LinkedService(NamedTuple):
    """A service with a recorder; without `types` it records all supported ones but IAM's."""

    name: str
    types: tuple[str, ...] = ()


SERVICES: Mapping[str, LinkedService] = {
    "observabilityadmin.amazonaws.com": LinkedService(
        "ObservabilityAdmin",
        ("AWS::EC2::Instance", "AWS::EC2::VPC", "AWS::Lambda::Function"),
    ),
    "telemetry-enablement.observabilityadmin.amazonaws.com": LinkedService(
        "ObservabilityAdmin_TelemetryEnablement",
        ("AWS::EC2::FlowLog", "AWS::EC2::VPC", "AWS::EKS::Cluster", "AWS::WAFv2::WebACL"),
    ),
    "securityhub.amazonaws.com": LinkedService(
        "SecurityHubCSPM",
        (
            "AWS::AutoScaling::AutoScalingGroup",
            "AWS::CloudFormation::Stack",
            "AWS::CloudTrail::Trail",
            "AWS::CodeBuild::Project",
            "AWS::DynamoDB::Table",
            "AWS::EC2::EIP",
            "AWS::EC2::Instance",
            "AWS::EC2::NetworkAcl",
            "AWS::EC2::NetworkInterface",
            "AWS::EC2::SecurityGroup",
            "AWS::EC2::Subnet",
            "AWS::EC2::VPC",
            "AWS::EC2::Volume",
            "AWS::ElasticLoadBalancing::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::IAM::Group",
            "AWS::IAM::Policy",
            "AWS::IAM::Role",
            "AWS::IAM::User",
            "AWS::KMS::Key",
            "AWS::Lambda::Function",
            "AWS::RDS::DBCluster",
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBSnapshot",
            "AWS::Redshift::Cluster",
            "AWS::S3::Bucket",
            "AWS::SNS::Topic",
            "AWS::SQS::Queue",
            "AWS::SecretsManager::Secret",
        ),
    ),
    "securityhubv2.amazonaws.com": LinkedService("SecurityHubAssets"),
}
