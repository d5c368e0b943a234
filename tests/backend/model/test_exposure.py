"""What a resource's own settings leave open."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from backend.model.item import ConfigurationItem, Document
from backend.model.standing import standing

ANYBODY = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "s3:GetObject"}}'
LIMITED = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Condition": {"StringEquals": {"a": "b"}}}]}'
ADMIN = quote('{"Statement":[{"Effect":"Allow","Action":"*","Resource":["*"]}]}')


def door(first: int | None, last: int | None, *ranges: object, protocol: str = "tcp") -> Document:
    return {"ipProtocol": protocol, "fromPort": first, "toPort": last, "ipRanges": list(ranges)}


@pytest.mark.requirement("RUL-14")
@pytest.mark.requirement("INV-05")
@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("EC2::SecurityGroup", {"ipPermissions": [door(22, 22, "0.0.0.0/0")]}, "open to anybody: 22"),
        ("EC2::SecurityGroup", {"ipPermissions": [door(22, 22, "10.0.0.0/8")]}, ""),
        ("EC2::SecurityGroup", {"ipPermissions": [door(80, 81, {"cidrIp": "0.0.0.0/0"})]}, "open to anybody: 80-81"),
        ("EC2::SecurityGroup", {"ipPermissions": [{"ipProtocol": "-1", "ipv6Ranges": [{"cidrIpv6": "::/0"}]}]},
         "open to anybody: all ports"),
        ("EC2::SecurityGroup", {"ipPermissions": [door(port, port, "0.0.0.0/0") for port in range(1, 7)]},
         "open to anybody: 1, 2, 3, 4 and 2 more"),
        ("EC2::SecurityGroup", {"ipPermissions": "odd"}, ""),
        ("EC2::Volume", {"encrypted": False}, "not encrypted"),
        ("EC2::Volume", {"encrypted": True}, ""),
        ("RDS::DBInstance", {"publiclyAccessible": True, "storageEncrypted": False},
         "publicly accessible, not encrypted"),
        ("SNS::Topic", {"Policy": ANYBODY}, "policy allows anybody"),
        ("SQS::Queue", {"Policy": LIMITED}, ""),
        ("IAM::Policy", {"policyVersionList": [{"isDefaultVersion": True, "document": ADMIN}]},
         "allows every action on everything"),
        ("IAM::Policy", {"policyVersionList": [{"isDefaultVersion": False, "document": ADMIN}]}, ""),
        ("EC2::Instance", {"publicIpAddress": "192.0.2.1", "metadataOptions": {"httpTokens": "optional"}},
         "public address, metadata without tokens (IMDSv1)"),
        ("CloudTrail::Trail", {"logFileValidationEnabled": False}, "log files are not validated"),
        ("EKS::Cluster", {"ResourcesVpcConfig": {"EndpointPublicAccess": True}}, "public endpoint"),
        ("KMS::Key", {"keyState": "PendingDeletion"}, "will be deleted"),
        ("S3::Bucket", {}, ""),
    ],
)  # fmt: skip
def test_what_the_settings_leave_open(kind: str, body: Document, told: str) -> None:
    item = ConfigurationItem(resource_type=f"AWS::{kind}", resource_id="x", configuration=body)
    assert standing(item).exposed == told


@pytest.mark.requirement("RUL-14")
def test_a_bucket_that_anybody_can_read() -> None:
    item = ConfigurationItem(
        resource_type="AWS::S3::Bucket",
        resource_id="x",
        configuration={"name": "x"},
        supplementary={
            "PublicAccessBlockConfiguration": {"blockPublicAcls": False},
            "BucketPolicy": {"policyText": ANYBODY},
        },
    )
    assert standing(item).exposed == "public access not blocked, policy allows anybody"


@pytest.mark.parametrize("odd", [None, [], "{", {"a": [[]]}, {"policyVersionList": [1, {"document": "%7B"}]}])
def test_odd_bodies_are_read_without_failing(odd: object) -> None:
    for kind in ("IAM::Policy", "S3::Bucket", "SNS::Topic", "EC2::SecurityGroup", "EKS::Cluster", "RDS::DBInstance"):
        standing(ConfigurationItem(resource_type=f"AWS::{kind}", resource_id="x", configuration=odd))


def test_how_it_stands_tells_where_when_and_to_what_it_is_linked() -> None:
    item = ConfigurationItem(
        resource_type="AWS::EC2::Volume",
        resource_id="vol-1",
        availability_zone="eu-west-1a",
        status="ResourceDiscovered",
        capture_time=7,
        creation_time=5,
    )
    found = standing(item)
    assert (found.zone, found.status, found.captured, found.created) == ("eu-west-1a", "ResourceDiscovered", 7, 5)
