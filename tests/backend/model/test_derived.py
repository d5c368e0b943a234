"""Links found in configurations: what is found, and that it is told apart from what is recorded."""

from __future__ import annotations

import json

import pytest

from backend.model import derived
from backend.model.item import ConfigurationItem, Document, Json, Relationship

A, R = "696686700433", "ap-southeast-1"
GROUP, SUBNET, VPC = "sg-0123456789abcdef0", "subnet-0123456789abcdef0", "vpc-0123456789abcdef0"
KEY = "0a1b2c3d-1111-2222-3333-444455556666"
BALANCER = f"arn:aws:elasticloadbalancing:{R}:{A}:loadbalancer/app/web/0a1b"


def item(
    kind: str, body: Json, *recorded: Relationship, name: str = "x", supplementary: Document | None = None
) -> ConfigurationItem:
    return ConfigurationItem(
        resource_type=f"AWS::{kind}",
        resource_id=name,
        resource_name=name,
        arn=f"arn:aws:x:{R}:{A}:{name}",
        account_id=A,
        region=R,
        relationships=recorded,
        configuration=body,
        supplementary=supplementary or {},
    )


def ends(found: ConfigurationItem) -> dict[str, str]:
    """Id or name at the other end → its type without `AWS::`."""
    return {
        link.resource_id or link.resource_name or "": link.resource_type.removeprefix("AWS::")
        for link in derived.links(found)
    }


SERVICE = item(
    "ECS::Service",
    {
        "Cluster": f"arn:aws:ecs:{R}:{A}:cluster/main",
        "TaskDefinition": f"arn:aws:ecs:{R}:{A}:task-definition/web:7",
        "Role": f"arn:aws:iam::{A}:role/ecs",
        "LoadBalancers": [{"TargetGroupArn": f"arn:aws:elasticloadbalancing:{R}:{A}:targetgroup/web/0a1b"}],
        "NetworkConfiguration": {"AwsvpcConfiguration": {"SecurityGroups": [GROUP], "Subnets": [SUBNET]}},
    },
)


@pytest.mark.requirement("REL-05")
def test_a_service_of_ecs_is_linked_to_all_it_names() -> None:
    assert ends(SERVICE) == {
        "main": "ECS::Cluster",
        "web": "ECS::TaskDefinition",
        "ecs": "IAM::Role",
        f"arn:aws:elasticloadbalancing:{R}:{A}:targetgroup/web/0a1b": "ElasticLoadBalancingV2::TargetGroup",
        GROUP: "EC2::SecurityGroup",
        SUBNET: "EC2::Subnet",
    }


def test_a_derived_link_says_that_it_is_one_and_where_it_was_found() -> None:
    links = {link.resource_type: link for link in derived.links(SERVICE)}
    group = links["AWS::EC2::SecurityGroup"]
    assert group.derived
    assert group.found_at == "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups"
    assert group.name == "Is associated with "
    assert links["AWS::ECS::Cluster"].name == "Is contained in "


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (
            item(
                "EKS::Cluster",
                {
                    "RoleArn": f"arn:aws:iam::{A}:role/eks",
                    "ResourcesVpcConfig": {"SecurityGroupIds": [GROUP], "SubnetIds": [SUBNET]},
                    "EncryptionConfig": [{"Provider": {"KeyArn": f"arn:aws:kms:{R}:{A}:key/{KEY}"}}],
                },
            ),
            {"eks": "IAM::Role", GROUP: "EC2::SecurityGroup", SUBNET: "EC2::Subnet", KEY: "KMS::Key"},
        ),
        (
            item(
                "ECS::TaskDefinition",
                {
                    "ExecutionRoleArn": f"arn:aws:iam::{A}:role/run",
                    "ContainerDefinitions": [
                        {
                            "Image": f"{A}.dkr.ecr.{R}.amazonaws.com/kestrel/web:1",
                            "Secrets": [{"ValueFrom": f"arn:aws:secretsmanager:{R}:{A}:secret:db-AbCdEf:pw::"}],
                        }
                    ],
                },
            ),
            {
                "run": "IAM::Role",
                "kestrel/web": "ECR::Repository",
                f"arn:aws:secretsmanager:{R}:{A}:secret:db-AbCdEf": "SecretsManager::Secret",
            },
        ),
        (
            item(
                "ElasticLoadBalancingV2::Listener",
                {
                    "LoadBalancerArn": BALANCER,
                    "DefaultActions": [{"TargetGroupArn": f"arn:aws:elasticloadbalancing:{R}:{A}:targetgroup/w/1"}],
                    "Certificates": [{"CertificateArn": f"arn:aws:acm:{R}:{A}:certificate/c"}],
                },
            ),
            {
                BALANCER: "ElasticLoadBalancingV2::LoadBalancer",
                f"arn:aws:elasticloadbalancing:{R}:{A}:targetgroup/w/1": "ElasticLoadBalancingV2::TargetGroup",
                f"arn:aws:acm:{R}:{A}:certificate/c": "ACM::Certificate",
            },
        ),
        (
            item("ElasticLoadBalancingV2::TargetGroup", {"VpcId": VPC, "Targets": [{"Id": "i-0a1b2c3d"}]}),
            {VPC: "EC2::VPC", "i-0a1b2c3d": "EC2::Instance"},
        ),
        (
            item(
                "EC2::LaunchTemplate",
                {"LaunchTemplateData": {"SecurityGroupIds": [GROUP], "IamInstanceProfile": {"Name": "web"}}},
            ),
            {GROUP: "EC2::SecurityGroup", "web": "IAM::InstanceProfile"},
        ),
        (
            item(
                "AutoScaling::AutoScalingGroup",
                {
                    "launchTemplate": {"launchTemplateId": "lt-0123456789abcdef0"},
                    "targetGroupARNs": [f"arn:aws:elasticloadbalancing:{R}:{A}:targetgroup/w/1"],
                },
            ),
            {
                "lt-0123456789abcdef0": "EC2::LaunchTemplate",
                f"arn:aws:elasticloadbalancing:{R}:{A}:targetgroup/w/1": "ElasticLoadBalancingV2::TargetGroup",
            },
        ),
        (
            item(
                "Lambda::Function",
                {
                    "vpcConfig": {"vpcId": VPC},
                    "deadLetterConfig": {"targetArn": f"arn:aws:sqs:{R}:{A}:dead"},
                    "layers": [{"arn": f"arn:aws:lambda:{R}:{A}:layer:deps:3"}],
                    "kMSKeyArn": f"arn:aws:kms:{R}:{A}:key/{KEY}",
                    "fileSystemConfigs": [{"arn": f"arn:aws:elasticfilesystem:{R}:{A}:access-point/fsap-0a1b2c3d"}],
                    "environment": {"variables": {"OUT": f"arn:aws:sns:{R}:{A}:out"}},
                },
            ),
            {
                VPC: "EC2::VPC",
                f"https://sqs.{R}.amazonaws.com/{A}/dead": "SQS::Queue",
                f"arn:aws:lambda:{R}:{A}:layer:deps:3": "Lambda::LayerVersion",
                KEY: "KMS::Key",
                "fsap-0a1b2c3d": "EFS::AccessPoint",
                f"arn:aws:sns:{R}:{A}:out": "SNS::Topic",
            },
        ),
        (
            item(
                "SQS::Queue",
                {
                    "RedrivePolicy": json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{R}:{A}:dead"}),
                    "Policy": json.dumps({"Statement": [{"Resource": f"arn:aws:sns:{R}:{A}:not-this"}]}),
                    "KmsMasterKeyId": KEY,
                },
            ),
            {f"https://sqs.{R}.amazonaws.com/{A}/dead": "SQS::Queue", KEY: "KMS::Key"},
        ),
        (
            item(
                "S3::Bucket",
                {},
                supplementary={
                    "BucketNotificationConfiguration": {
                        "configurations": {"1": {"queueARN": f"arn:aws:sqs:{R}:{A}:new-files", "events": ["s3:*"]}}
                    },
                    "BucketLoggingConfiguration": {"destinationBucketName": "logs"},
                },
            ),
            {f"https://sqs.{R}.amazonaws.com/{A}/new-files": "SQS::Queue", "logs": "S3::Bucket"},
        ),
        (
            item("CloudTrail::Trail", {"s3BucketName": "audit", "snsTopicARN": f"arn:aws:sns:{R}:{A}:t"}),
            {"audit": "S3::Bucket", f"arn:aws:sns:{R}:{A}:t": "SNS::Topic"},
        ),
        (
            item("RDS::DBInstance", {"dBClusterIdentifier": "orders", "monitoringRoleArn": f"arn:aws:iam::{A}:role/m"}),
            {"orders": "RDS::DBCluster", "m": "IAM::Role"},
        ),
        (
            item(
                "CloudFormation::Stack",
                {"roleARN": f"arn:aws:iam::{A}:role/cfn"},
                supplementary={
                    "StackResourceSummaries": [{"resourceType": "AWS::S3::Bucket", "physicalResourceId": "made"}]
                },
            ),
            {"made": "S3::Bucket", "cfn": "IAM::Role"},
        ),
        (
            item(
                "CloudWatch::Alarm",
                {
                    "dimensions": [
                        {"name": "AutoScalingGroupName", "value": "web-asg"},
                        {"name": "LoadBalancer", "value": "app/web/0a1b"},
                    ],
                    "alarmActions": [f"arn:aws:sns:{R}:{A}:page"],
                },
            ),
            {
                "web-asg": "AutoScaling::AutoScalingGroup",
                BALANCER: "ElasticLoadBalancingV2::LoadBalancer",
                f"arn:aws:sns:{R}:{A}:page": "SNS::Topic",
            },
        ),
        (item("EC2::Volume", {"kmsKeyId": f"arn:aws:kms:{R}:{A}:key/{KEY}"}), {KEY: "KMS::Key"}),
        (item("KMS::Alias", {"TargetKeyId": KEY}), {KEY: "KMS::Key"}),
    ],
    ids=lambda value: value.resource_type if isinstance(value, ConfigurationItem) else "",
)
def test_what_is_found_in_the_bodies_of(found: ConfigurationItem, wanted: dict[str, str]) -> None:
    assert ends(found) == wanted
    assert may_show(found), "nobody passes such bodies over"


def may_show(found: ConfigurationItem) -> bool:
    bodies = json.dumps(found.configuration).encode(), json.dumps(found.supplementary).encode()
    return any(derived.may_show(found, body) for body in bodies)


@pytest.mark.parametrize(
    "text",
    [
        f" {GROUP}",
        f"\n{GROUP}\t",
        f"\u00a0{GROUP}",
        f"vpce-svc-0123456789abcdef0,{GROUP} ,x",
        "tgw-attach-01234567",
        json.dumps({"deep": GROUP}),
        json.dumps({"deep": json.dumps({"deeper": f"\n{GROUP}"})}),
        f"https://sqs.{R}.amazonaws.com/{A}/jobs",
        f"see arn:aws-cn:sns:{R}:{A}:news",
    ],
)
def test_bodies_that_show_links_in_any_spelling_are_never_passed_over(text: str) -> None:
    found = item("X::Y", {"at": text})
    assert derived.links(found)
    assert may_show(found)


def test_members_are_known_in_any_case_and_alphabet() -> None:
    found = item("X::Y", {"\u212aMSmasterkey": KEY})
    assert derived.links(found)
    for escaped in (True, False):
        assert derived.may_show(found, json.dumps(found.configuration, ensure_ascii=escaped).encode())


def test_bodies_that_name_only_what_is_known_are_passed_over() -> None:
    recorded = Relationship("Is associated with ", "aws::ec2::securitygroup", GROUP)
    body = {"own": VPC, "groups": [GROUP], "eni": "eni-0123456789abcdef0123456789abcdef", "text": "my-01234567"}
    assert not may_show(item("EC2::VPC", body, recorded, name=VPC))
    assert may_show(item("EC2::VPC", body, name=VPC)), "nothing else leads to the group"
    of_another_type = Relationship("Is associated with ", "AWS::EC2::Subnet", GROUP)
    assert may_show(item("EC2::VPC", body, of_another_type, name=VPC))
    assert may_show(item("Config::ResourceCompliance", {})), "verdicts are read"


def test_what_is_recorded_is_not_derived_again() -> None:
    by_id = Relationship("Is associated with ", "AWS::EC2::SecurityGroup", GROUP)
    by_name = Relationship("Is associated with ", "AWS::IAM::Role", None, "fn")
    body = {"vpcConfig": {"securityGroupIds": [GROUP]}, "role": f"arn:aws:iam::{A}:role/fn"}
    assert derived.links(item("Lambda::Function", body, by_id, by_name)) == ()


def test_a_target_is_told_once_and_a_resource_is_no_target_of_itself() -> None:
    body = {"a": GROUP, "b": [GROUP, GROUP], "own": VPC}
    found = item("EC2::VPC", body, name=VPC)
    assert [link.resource_id for link in derived.links(found)] == [GROUP]


@pytest.mark.parametrize("member", ["policy", "policyDocument", "tags", "Description", "assumeRolePolicyDocument"])
def test_prose_tags_and_policies_link_nothing(member: str) -> None:
    assert derived.links(item("KMS::Key", {member: {"Resource": f"arn:aws:s3:::{member.lower()}"}})) == ()


@pytest.mark.parametrize(
    "body",
    [None, "text", 3, [], [[["sg-"]]], {"": {"": ""}}, {"dimensions": [None, {"name": 3}]}, {"x": "{not json"}],
)
def test_bodies_of_strangers_do_not_break_it(body: Json) -> None:
    assert derived.links(item("CloudWatch::Alarm", body)) == ()


def test_a_body_of_any_depth_is_read() -> None:
    body: Json = GROUP
    for _ in range(5000):
        body = [body]
    assert [link.resource_id for link in derived.links(item("X::Y", body))] == [GROUP]


def test_a_deleted_resource_has_no_links() -> None:
    gone = item("EC2::Volume", {"kmsKeyId": f"arn:aws:kms:{R}:{A}:key/{KEY}"})
    gone.status = "ResourceDeleted"
    assert derived.links(gone) == ()


def test_when_a_link_leads_to_an_item() -> None:
    cluster = item("ECS::Cluster", {}, name="main")
    by_arn = Relationship("", "AWS::ECS::Cluster", cluster.arn)
    guessed = Relationship("", "AWS::ECS::Cluster", "elsewhere", "main", derived=True)
    recorded = Relationship("", "AWS::ECS::Cluster", "elsewhere", "main")
    named = Relationship("", "AWS::ECS::CLUSTER", None, "main")
    assert [derived.points_at(link, cluster) for link in (by_arn, guessed, recorded, named)] == [
        True,
        True,
        False,
        True,
    ]
    assert derived.spellings(cluster) == ("main", cluster.arn)


def test_what_a_resource_is_in_does_not_use_it_and_a_verdict_neither() -> None:
    inside = item("EC2::SecurityGroup", {}, Relationship("Is contained in Vpc", "AWS::EC2::VPC", VPC), name=GROUP)
    network = item("EC2::VPC", {}, Relationship("Contains SecurityGroup", "AWS::EC2::SecurityGroup", GROUP), name=VPC)
    verdict = item("Config::ResourceCompliance", {}, Relationship("", "AWS::EC2::SecurityGroup", GROUP))
    server = item("EC2::Instance", {"securityGroups": [{"groupId": GROUP}]})
    assert derived.link_to(network, inside) is None
    assert derived.link_to(verdict, inside) is None
    found = derived.link_to(server, inside)
    assert found is not None and found.derived
