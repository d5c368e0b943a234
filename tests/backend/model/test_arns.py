"""What an identifier inside a configuration means."""

from __future__ import annotations

import pytest

from backend.model.arns import Target, targets

A = "696686700433"
R = "ap-southeast-1"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("sg-0123456789abcdef0", Target("AWS::EC2::SecurityGroup", "sg-0123456789abcdef0")),
        ("tgw-attach-0a1b2c3d", Target("AWS::EC2::TransitGatewayAttachment", "tgw-attach-0a1b2c3d")),
        (f"arn:aws:kms:{R}:{A}:key/1234", Target("AWS::KMS::Key", "1234", "1234")),
        (f"arn:aws:iam::{A}:role/service-role/ci", Target("AWS::IAM::Role", None, "ci")),
        (f"arn:aws:iam::{A}:instance-profile/web", Target("AWS::IAM::InstanceProfile", None, "web")),
        (f"arn:aws:lambda:{R}:{A}:function:ship:live", Target("AWS::Lambda::Function", "ship", "ship")),
        ("arn:aws:s3:::logs/prefix/key", Target("AWS::S3::Bucket", "logs", "logs")),
        (
            f"arn:aws:sqs:{R}:{A}:dead",
            Target("AWS::SQS::Queue", f"https://sqs.{R}.amazonaws.com/{A}/dead", "dead"),
        ),
        (f"arn:aws:sns:{R}:{A}:alarms", Target("AWS::SNS::Topic", f"arn:aws:sns:{R}:{A}:alarms", "alarms")),
        (
            f"arn:aws:sns:{R}:{A}:alarms:0a1b2c3d-0000-0000-0000-000000000000",
            Target("AWS::SNS::Topic", f"arn:aws:sns:{R}:{A}:alarms", "alarms"),
        ),
        (f"arn:aws:ecs:{R}:{A}:cluster/main", Target("AWS::ECS::Cluster", "main", "main")),
        (
            f"arn:aws:ecs:{R}:{A}:service/main/web",
            Target("AWS::ECS::Service", f"arn:aws:ecs:{R}:{A}:service/main/web", "web"),
        ),
        (f"arn:aws:ecs:{R}:{A}:task-definition/web:7", Target("AWS::ECS::TaskDefinition", "web", "web")),
        (
            f"arn:aws:elasticloadbalancing:{R}:{A}:targetgroup/web/0a1b",
            Target(
                "AWS::ElasticLoadBalancingV2::TargetGroup",
                f"arn:aws:elasticloadbalancing:{R}:{A}:targetgroup/web/0a1b",
                "web",
            ),
        ),
        (
            f"arn:aws:elasticloadbalancing:{R}:{A}:loadbalancer/old",
            Target("AWS::ElasticLoadBalancing::LoadBalancer", "old", "old"),
        ),
        (
            f"arn:aws:secretsmanager:{R}:{A}:secret:db-AbCdEf:password::",
            Target("AWS::SecretsManager::Secret", f"arn:aws:secretsmanager:{R}:{A}:secret:db-AbCdEf"),
        ),
        (f"arn:aws:rds:{R}:{A}:cluster:orders", Target("AWS::RDS::DBCluster", None, "orders")),
        (f"arn:aws:ec2:{R}:{A}:subnet/subnet-0a1b2c3d", Target("AWS::EC2::Subnet", "subnet-0a1b2c3d")),
        (
            f"arn:aws:apigateway:{R}:lambda:path/2015-03-31/functions/arn:aws:lambda:{R}:{A}:function:ship/invocations",
            Target("AWS::Lambda::Function", "ship", "ship"),
        ),
        (
            f"https://sqs.{R}.amazonaws.com/{A}/inbox",
            Target("AWS::SQS::Queue", f"https://sqs.{R}.amazonaws.com/{A}/inbox", "inbox"),
        ),
        (
            f"{A}.dkr.ecr.{R}.amazonaws.com/kestrel/web:1.4",
            Target("AWS::ECR::Repository", "kestrel/web", "kestrel/web"),
        ),
        (f"assets.s3.{R}.amazonaws.com", Target("AWS::S3::Bucket", "assets", "assets")),
    ],
)
def test_what_a_text_names(text: str, target: Target) -> None:
    assert list(targets(text)) == [target]


def test_a_list_with_commas_names_several() -> None:
    found = [target.resource_id for target in targets("subnet-0a1b2c3d,subnet-0a1b2c3e")]
    assert found == ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sg-not-an-id",
        "ami-0123456789abcdef0",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "arn:aws:s3:::*",
        "arn:aws:logs:ap-southeast-1:696686700433:log-group:x",
        "arn:aws:",
        "x" * 5000,
    ],
)
def test_what_names_nothing(text: str) -> None:
    assert list(targets(text)) == []


def test_what_belongs_to_another_account_is_not_here() -> None:
    assert list(targets("arn:aws:kms:ap-southeast-1:111122223333:key/1", A)) == []
    assert list(targets(f"arn:aws:kms:ap-southeast-1:{A}:key/1", A)) != []
