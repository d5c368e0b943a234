"""When a bucket policy opens a bucket to everybody."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.rules.managed.policies import public_statement

READING = frozenset({"s3:getobject", "s3:listbucket"})


def allow(**members: Json) -> Document:
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", **members}


@pytest.mark.parametrize(
    "statement",
    [
        allow(),
        allow(Principal={"AWS": "*"}),
        allow(Principal={"AWS": ["arn:aws:iam::1:root", "*"]}),
        allow(Action="*"),
        allow(Action=["s3:PutObject", "s3:Get*"]),
        allow(Action="S3:GETOBJECT"),
        {**allow(NotAction="s3:PutObject"), "Action": None},
        allow(Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}),
        allow(Condition={"StringLike": {"aws:PrincipalArn": "*"}}),
        allow(Condition={"StringEquals": {"aws:SourceAccount": "${aws:PrincipalTag/owner}"}}),
        allow(Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r-1"}}),
        allow(Condition={"StringEqualsIfExists": {"aws:SourceAccount": "1"}}),
        allow(Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}),
    ],
)
def test_public(statement: Document) -> None:
    assert public_statement({"Statement": statement}, READING) == statement


@pytest.mark.parametrize(
    "statement",
    [
        allow(Effect="Deny"),
        allow(Principal={"AWS": "arn:aws:iam::1:root"}),
        allow(Principal={"Service": "*"}),
        allow(Action="s3:PutObject"),
        {**allow(NotAction="s3:*"), "Action": None},
        allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        allow(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
        allow(Condition={"StringEquals": {"AWS:PrincipalOrgID": "o-1"}}),
        allow(Condition={"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r-1"}}),
    ],
)
def test_not_public(statement: Document) -> None:
    assert public_statement({"Statement": [statement]}, READING) is None


@pytest.mark.parametrize(
    "policy", [{}, {"Statement": None}, {"Statement": ["x", 3]}, {"Statement": {"Effect": "Allow"}}]
)
def test_strange_policies_are_no_reason_to_fail(policy: Document) -> None:
    assert public_statement(policy, READING) is None
