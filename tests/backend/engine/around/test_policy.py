"""Who may do what by a resource policy."""

from __future__ import annotations

import json

import pytest

from backend.engine.around import policy
from backend.engine.around.policy import Decision, Request
from backend.model.item import Document

QUEUE = "arn:aws:sqs:us-east-2:444455556666:queue1"
TOPIC = "arn:aws:sns:us-east-2:111122223333:test-topic"

TWO_ACCOUNTS: Document = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": ["111122223333", "444455556666"]},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
    },
}


def statement(**parts: object) -> Document:
    allow: Document = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    return {"Statement": [{**allow, **parts}]}


def read(principal: str = "arn:aws:iam::1:user/ann", resource: str = "arn:aws:s3:::b/k", **context: str) -> Request:
    keys = {key.replace("_", ":"): value for key, value in context.items()}
    return Request(principal, "s3:GetObject", resource, keys)


@pytest.mark.requirement("SQS-05")
@pytest.mark.requirement("SQS-08")
@pytest.mark.parametrize(
    ("account", "decision"),
    [("111122223333", Decision.ALLOW), ("444455556666", Decision.ALLOW), ("999900001111", Decision.NOTHING)],
)
def test_a_grant_to_named_accounts_covers_their_principals(account: str, decision: Decision) -> None:
    request = Request(f"arn:aws:iam::{account}:user/sender", "sqs:SendMessage", QUEUE)
    assert policy.decide(TWO_ACCOUNTS, request) is decision


@pytest.mark.requirement("SQS-06")
@pytest.mark.requirement("SQS-07")
def test_a_topic_may_send_to_a_queue_only_from_the_named_source() -> None:
    document: Document = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "SQS:SendMessage",
            "Resource": QUEUE,
            "Condition": {"StringEquals": {"aws:SourceArn": TOPIC}},
        }
    }
    asked = Request("sns.amazonaws.com", "sqs:SendMessage", QUEUE, {"aws:sourcearn": TOPIC})
    assert policy.decide(document, asked) is Decision.ALLOW
    other = Request("sns.amazonaws.com", "sqs:SendMessage", QUEUE, {"aws:sourcearn": f"{TOPIC}-2"})
    assert policy.decide(document, other) is Decision.NOTHING
    user = Request("arn:aws:iam::111122223333:user/x", "sqs:SendMessage", QUEUE, {"aws:sourcearn": TOPIC})
    assert policy.decide(document, user) is Decision.NOTHING


def test_a_deny_beats_every_allow() -> None:
    both: Document = {"Statement": [*statement()["Statement"], *statement(Effect="Deny")["Statement"]]}
    assert policy.decide(both, read()) is Decision.DENY


def test_no_policy_says_nothing() -> None:
    assert policy.decide(None, read()) is Decision.NOTHING


@pytest.mark.parametrize(
    ("parts", "request_", "fits"),
    [
        ({}, read(), True),
        ({}, read(resource="arn:aws:s3:::other/k"), False),
        ({"Action": ["s3:Get*"]}, read(), True),
        ({"Action": "S3:GETOBJECT"}, read(), True),
        ({"Resource": "arn:aws:s3:::b/?"}, read(), True),
        ({"Resource": "arn:aws:s3:::b/??"}, read(), False),
        ({"Action": None, "NotAction": "s3:Put*"}, read(), True),
        ({"Principal": {"AWS": "arn:aws:iam::1:root"}}, read(), True),
        ({"Principal": {"AWS": "arn:aws:iam::2:root"}}, read(), False),
        ({"Principal": {"AWS": "arn:aws:iam::1:role/ops"}}, read("arn:aws:sts::1:assumed-role/ops/me"), True),
        ({"Principal": {"AWS": "arn:aws:iam::1:role/x/ops"}}, read("arn:aws:sts::1:assumed-role/ops/me"), True),
        ({"Principal": {"Service": "config.amazonaws.com"}}, read("config.amazonaws.com"), True),
        ({"Principal": {"Service": "config.amazonaws.com"}}, read("sns.amazonaws.com"), False),
    ],
)
def test_principal_action_and_resource_must_all_fit(parts: Document, request_: Request, fits: bool) -> None:
    document = statement(**parts)
    document["Statement"][0] = {key: value for key, value in document["Statement"][0].items() if value is not None}
    assert (policy.decide(document, request_) is Decision.ALLOW) == fits


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({"StringEquals": {"AWS:SourceAccount": "1"}}, True),
        ({"StringEquals": {"aws:SourceAccount": ["2", "1"]}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringNotEquals": {"aws:Unknown": "1"}}, True),
        ({"StringEquals": {"aws:Unknown": "1"}}, False),
        ({"StringEqualsIfExists": {"aws:Unknown": "1"}}, True),
        ({"StringLike": {"aws:SourceAccount": "?"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:config:*:1:*"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:SourceAccount": "1"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Null": {"aws:Unknown": "true"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"NumericLessThan": {"s3:max-keys": "11"}}, True),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, False),
        ({"NumericNotEquals": {"s3:max-keys": "10"}}, False),
        ({"NumericEquals": {"s3:max-keys": "ten"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, True),
        ({"DateLessThanEquals": {"aws:CurrentTime": "1767225600"}}, False),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, True),
    ],
)
def test_conditions_compare_keys_without_case(condition: Document, fits: bool) -> None:
    request = Request(
        "config.amazonaws.com",
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        {
            "aws:sourceaccount": "1",
            "aws:sourcearn": "arn:aws:config:eu-west-1:1:rule/x",
            "aws:securetransport": "true",
            "aws:sourceip": "10.2.3.4",
            "aws:currenttime": "2026-03-01T00:00:00Z",
            "s3:max-keys": "10",
        },
    )
    assert (policy.decide(statement(Condition=condition), request) is Decision.ALLOW) == fits


def test_a_deny_for_all_but_one_role_spares_its_sessions() -> None:
    only_ops = {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/ops"}}
    document = statement(Effect="Deny", Condition=only_ops)
    assert policy.decide(document, read("arn:aws:sts::1:assumed-role/ops/me")) is Decision.NOTHING
    assert policy.decide(document, read("arn:aws:iam::1:user/ann")) is Decision.DENY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"Statement": "x"}',
        '{"Statement": ["x"]}',
        json.dumps(statement(Effect="Maybe")),
        json.dumps(statement(Condition={"StringWeird": {"a": "b"}})),
        json.dumps({"Statement": {"Effect": "Allow", "Action": "*"}}),
        json.dumps({"Statement": {"Effect": "Allow", "Principal": "*"}}),
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(policy.MalformedPolicy):
        policy.parse(text)


@pytest.mark.parametrize(
    ("parts", "public"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": "1"}}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    ],
)
def test_public_means_everybody_and_nothing_that_narrows_them(parts: Document, public: bool) -> None:
    assert policy.is_public(statement(**parts)) is public
