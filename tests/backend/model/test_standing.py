"""How a resource stands: state, tags, and whether anybody needs it."""

from __future__ import annotations

import pytest

from backend.model.item import ConfigurationItem, Document, Relationship
from backend.model.standing import standing, tally


def item(kind: str, body: Document, **more: object) -> ConfigurationItem:
    return ConfigurationItem(
        resource_type=f"AWS::{kind}",
        resource_id="x",
        configuration=body,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.requirement("INV-02")
@pytest.mark.parametrize(
    ("kind", "body", "state"),
    [
        ("EC2::Instance", {"state": {"code": 16, "name": "running"}}, "running"),
        ("EC2::VPCEndpoint", {"state": {"value": "available"}}, "available"),
        ("ElasticLoadBalancingV2::LoadBalancer", {"state": {"code": "active"}}, "active"),
        ("EC2::Volume", {"state": "in-use"}, "in-use"),
        ("RDS::DBInstance", {"dBInstanceStatus": "available"}, "available"),
        ("DynamoDB::Table", {"tableStatus": "ACTIVE"}, "ACTIVE"),
        ("ECS::TaskDefinition", {"Status": "ACTIVE"}, "ACTIVE"),
        ("S3::Bucket", {"name": "x"}, ""),
    ],
)
def test_the_state_is_the_resources_own_word(kind: str, body: Document, state: str) -> None:
    assert standing(item(kind, body)).state == state


@pytest.mark.requirement("INV-03")
@pytest.mark.parametrize(
    ("kind", "body", "idle"),
    [
        ("EC2::Instance", {"state": {"name": "stopped"}}, "stopped"),
        ("EC2::Instance", {"state": {"name": "running"}}, ""),
        ("EC2::Volume", {"attachments": []}, "attached to nothing"),
        ("EC2::Volume", {"attachments": [{"instanceId": "i-1"}]}, ""),
        ("EC2::EIP", {"publicIp": "192.0.2.1"}, "unused"),
        ("EC2::EIP", {"associationId": "eipassoc-1"}, ""),
        ("EC2::NetworkInterface", {"status": "available"}, "attached to nothing"),
        ("AutoScaling::AutoScalingGroup", {"instances": []}, "has no instances"),
        ("IAM::Policy", {"attachmentCount": 0}, "attached to nobody"),
        ("IAM::Policy", {"attachmentCount": 2}, ""),
        ("IAM::Group", {"groupName": "x"}, "has no users"),
        ("KMS::Key", {"keyState": "PendingDeletion"}, "is PendingDeletion"),
        ("S3::Bucket", {}, ""),
    ],
)
def test_what_may_be_no_longer_needed(kind: str, body: Document, idle: str) -> None:
    assert standing(item(kind, body)).idle == idle


def test_a_group_with_users_is_needed() -> None:
    link = Relationship("Contains User", "AWS::IAM::User", "AIDA1")
    assert standing(item("IAM::Group", {"groupName": "x"}, relationships=(link,))).idle == ""


def test_tags_come_from_the_body_where_only_that_could_be_read() -> None:
    found = standing(item("EC2::Instance", {"tags": [{"key": "Name", "value": "web"}]}))
    assert (found.tags, found.name) == ({"Name": "web"}, "web")


def test_a_deleted_resource_is_that_and_not_idle() -> None:
    found = standing(item("EC2::Volume", {}, status="ResourceDeleted"))
    assert (found.state, found.idle) == ("deleted", "")


@pytest.mark.requirement("INV-01")
def test_resources_are_counted_by_type_region_account_and_tag() -> None:
    found = [
        standing(item("S3::Bucket", {}, region="eu-west-1", account_id="1", tags={"Team": "a"})),
        standing(item("S3::Bucket", {}, region="us-east-1", account_id="1")),
        standing(item("EC2::Volume", {}, region="eu-west-1", account_id="2", tags={"Team": "a"})),
    ]
    assert tally(found, "type") == {"AWS::S3::Bucket": 2, "AWS::EC2::Volume": 1}
    assert tally(found, "region") == {"eu-west-1": 2, "us-east-1": 1}
    assert tally(found, "account") == {"1": 2, "2": 1}
    assert tally(found, "tag:Team") == {"a": 2, "": 1}
    with pytest.raises(KeyError):
        tally(found, "colour")
