"""The table of recorded links: which pairs of types, by which names, told by one side or by both."""

from __future__ import annotations

import pytest

from backend.model import link_names

EC2 = "AWS::EC2::"


@pytest.mark.requirement("REL-02")
@pytest.mark.parametrize(
    ("holder", "other", "name"),
    [
        ("Volume", "Instance", "Is attached to Instance"),
        ("Instance", "Volume", "Is attached to Volume"),
        ("Instance", "EIP", "Is attached to ElasticIp"),
        ("Instance", "NetworkInterface", "Contains NetworkInterface"),
        ("Instance", "RouteTable", "Is contained in RouteTable"),
        ("Subnet", "NetworkAcl", "Is attached to NetworkAcl"),
        ("VPC", "InternetGateway", "Is attached to InternetGateway"),
        ("VPC", "VPNGateway", "Is attached to VpnGateway"),
        ("VPC", "RouteTable", "Contains RouteTable"),
        ("SecurityGroup", "NetworkInterface", "Is associated with NetworkInterface"),
        ("CustomerGateway", "VPNConnection", "Is attached to VpnConnection"),
    ],
)
def test_the_names_on_the_other_side(holder: str, other: str, name: str) -> None:
    assert link_names.mirrored(EC2 + holder, EC2 + other) == name


@pytest.mark.parametrize(
    ("holder", "other"),
    [
        ("AWS::EC2::SecurityGroup", "AWS::RDS::DBInstance"),
        ("AWS::EC2::Subnet", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
        ("AWS::EC2::SecurityGroup", "AWS::Lambda::Function"),
        ("AWS::EC2::Subnet", "AWS::EC2::NatGateway"),
        ("AWS::EC2::VPC", "AWS::EC2::VPCEndpoint"),
        ("AWS::EC2::Subnet", "AWS::AutoScaling::AutoScalingGroup"),
        ("AWS::EC2::VPC", "AWS::Redshift::Cluster"),
    ],
)
def test_pairs_that_only_one_side_tells_of(holder: str, other: str) -> None:
    assert link_names.mirrored(holder, other) is None


@pytest.mark.requirement("REL-02")
@pytest.mark.parametrize(
    ("holder", "other", "name"),
    [
        # The old style ends with a word for the target, the new one with a blank (rules.md §7).
        ("AWS::EC2::Instance", "AWS::EC2::Subnet", "Is contained in Subnet"),
        ("AWS::EC2::VPNConnection", "AWS::EC2::VPNGateway", "Is attached to VpnGateway"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::EC2::VPC", "Is contained in Vpc"),
        ("AWS::ElasticLoadBalancing::LoadBalancer", "AWS::EC2::VPC", "Is contained in "),
        ("AWS::IAM::User", "AWS::IAM::Policy", "Is attached to CustomerManagedPolicy"),
        ("AWS::RDS::DBInstance", "AWS::RDS::DBSubnetGroup", "Is associated with DBSubnetGroup"),
        ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "Contains "),
        ("AWS::Lambda::Function", "AWS::EC2::Subnet", "Is contained in "),
        ("AWS::CodePipeline::Pipeline", "AWS::S3::Bucket", "Is attached to "),
        ("AWS::EC2::NatGateway", "AWS::EC2::Subnet", "Is contained in "),
        ("AWS::CloudFormation::Stack", "AWS::SQS::Queue", "Contains "),
        ("AWS::Config::ResourceCompliance", "AWS::S3::Bucket", "Is associated with "),
    ],
)
def test_the_two_styles_of_names(holder: str, other: str, name: str) -> None:
    assert link_names.name(holder, other) == name


def test_only_seven_old_types_of_ec2_have_indirect_links() -> None:
    indirect = {link.holder.removeprefix(EC2) for link in link_names.LINKS.values() if link.indirect}
    assert indirect == {
        "Instance",
        "SecurityGroup",
        "NetworkInterface",
        "Subnet",
        "VPC",
        "VPNGateway",
        "CustomerGateway",
    }


def test_an_indirect_link_has_a_direct_one_opposite() -> None:
    for (holder, other), link in link_names.LINKS.items():
        if link.indirect:
            assert not link_names.LINKS[other, holder].indirect


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::ECS::Service", "AWS::KMS::Key", "AWS::SQS::Queue"])
def test_types_that_record_no_link(kind: str) -> None:
    assert not any(holder == kind for holder, _ in link_names.LINKS)


def test_a_bucket_of_logs_is_told_by_the_bucket_that_logs_only() -> None:
    assert link_names.name("AWS::S3::Bucket", "AWS::S3::Bucket") == "Is associated with "
    assert link_names.mirrored("AWS::S3::Bucket", "AWS::S3::Bucket") is None


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("Is contained in Vpc", "Is contained in"),
        ("Is associated with ", "Is associated with"),
        ("Contains NetworkInterface", "Contains"),
        ("Attached to Instance", "Is attached to"),
        ("runs beside", ""),
    ],
)
def test_the_verb_of_a_name_in_any_style(name: str, verb: str) -> None:
    assert link_names.verb_of(name) == verb
