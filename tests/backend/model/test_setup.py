"""What a set-up needs: names and ARNs that can be, and policies that let AWS Config in."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from backend.model.delivery import DeliveryChannel
from backend.model.recorder import Recorder, RecordingGroup
from backend.model.setup import (
    Plan,
    allows,
    bucket_statements,
    flaws,
    linked_role,
    merged,
    topic_arn,
    topic_statement,
    trusts,
)

ACCOUNT, REGION = "123456789012", "eu-west-1"
PLAN = Plan(
    recorder=Recorder(name="default", role_arn=linked_role(ACCOUNT), group=RecordingGroup()),
    channel=DeliveryChannel(
        name="default", bucket="config-lab", topic_arn=topic_arn("awsconfig-lab", ACCOUNT, REGION), prefix="p"
    ),
    account=ACCOUNT,
    region=REGION,
)
KEY = f"arn:aws:s3:::config-lab/p/AWSLogs/{ACCOUNT}/Config/ConfigWritabilityCheckFile"


def test_a_plan_that_can_be_has_no_flaws() -> None:
    assert list(flaws(PLAN)) == []
    assert PLAN.channel.topic_arn == "arn:aws:sns:eu-west-1:123456789012:awsconfig-lab"


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (replace(PLAN, recorder=replace(PLAN.recorder, role_arn="admin")), "no ARN of a role"),
        (replace(PLAN, region="us-east-1"), "This topic is in eu-west-1"),
        (replace(PLAN, channel=replace(PLAN.channel, bucket="Big_Bucket")), "No bucket can have this name"),
        (replace(PLAN, recorder=replace(PLAN.recorder, role_arn=linked_role("999999999999"))), "account 999999999999"),
    ],
)
def test_what_cannot_be_is_told(plan: Plan, told: str) -> None:
    assert any(told in flaw.told for flaw in flaws(plan))


def test_the_policy_we_write_lets_aws_config_in_and_keeps_what_was_there() -> None:
    before = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "Mine", "Effect": "Deny"}]})
    after = merged(before, bucket_statements(PLAN))
    assert json.loads(after)["Statement"][0]["Sid"] == "Mine"
    assert merged(after, bucket_statements(PLAN)) == after
    assert allows(after, "s3:PutObject", KEY, PLAN) is True
    assert allows(after, "s3:GetBucketAcl", "arn:aws:s3:::config-lab", PLAN) is True
    assert allows(after, "s3:PutObject", KEY, replace(PLAN, account="999999999999")) is False
    assert allows(merged("", [topic_statement(PLAN)]), "sns:Publish", PLAN.channel.topic_arn or "", PLAN) is True


def test_a_denial_wins_and_a_condition_we_cannot_judge_is_not_guessed() -> None:
    policy = json.loads(merged("", bucket_statements(PLAN)))
    policy["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"})
    assert allows(json.dumps(policy), "s3:PutObject", KEY, PLAN) is False
    policy["Statement"][-1]["Condition"] = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    assert allows(json.dumps(policy), "s3:PutObject", KEY, PLAN) is None
    assert allows("", "s3:PutObject", KEY, PLAN) is False


def test_a_denial_of_what_is_not_encrypted_on_its_way_does_not_touch_aws_config() -> None:
    policy = json.loads(merged("", bucket_statements(PLAN)))
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    policy["Statement"].append(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": insecure}
    )
    assert allows(json.dumps(policy), "s3:PutObject", KEY, PLAN) is True


def test_a_role_that_trusts_aws_config() -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": ["config.amazonaws.com"]}, "Action": "sts:AssumeRole"}
    assert trusts({"Statement": [trust]})
    assert not trusts({"Statement": {**trust, "Principal": {"Service": "ec2.amazonaws.com"}}})
