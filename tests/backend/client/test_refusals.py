"""Every way in which AWS or the network refuses, as a sentence that says what to do."""

from __future__ import annotations

import socket

import pytest

from backend.client.api import Api
from backend.client.credentials import aws_session, region_of
from backend.client.refusals import iam_action
from backend.model.problem import BadInput, Denied, Missing, NotSignedIn, Problem, ReadOnly, Refused, Unreachable
from tests.backend.client.scripted import answering

READ = ("config", "DescribeDeliveryChannels")


async def refused(status: int, code: str, message: str = "") -> Problem:
    """What a call raises that an endpoint answers with this error."""
    async with answering(status, {"__type": code, "message": message}) as url:
        api = Api(aws_session(None), "eu-west-1", endpoint_url=url, attempts=1)
        try:
            with pytest.raises(Problem) as raised:
                await api.call(*READ)
        finally:
            await api.close()
    return raised.value


async def test_a_missing_permission_is_named() -> None:
    problem = await refused(400, "AccessDeniedException", "User: x is not authorized")
    assert isinstance(problem, Denied)
    assert "config:DescribeDeliveryChannels" in problem.why


async def test_the_permission_that_aws_names_goes_first() -> None:
    message = "User: u is not authorized to perform: kms:Decrypt on resource: k with an explicit deny in a policy"
    problem = await refused(400, "AccessDeniedException", message)
    assert isinstance(problem, Denied)
    assert "kms:Decrypt" in problem.why
    assert "denies" in problem.why


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])
async def test_credentials_that_are_not_accepted_ask_to_sign_in(code: str) -> None:
    problem = await refused(400, code, "The security token included in the request is expired")
    assert isinstance(problem, NotSignedIn)
    assert "--profile" in problem.remedy


async def test_what_does_not_exist_is_missing() -> None:
    problem = await refused(400, "NoSuchDeliveryChannelException", "Cannot find delivery channel")
    assert isinstance(problem, Missing)
    assert problem.code == "NoSuchDeliveryChannelException"


async def test_throttling_asks_for_patience() -> None:
    problem = await refused(400, "ThrottlingException", "Rate exceeded")
    assert isinstance(problem, Refused)
    assert "slow down" in problem.what


async def test_any_other_error_keeps_code_and_message() -> None:
    problem = await refused(400, "InvalidLimitException", "The limit is wrong")
    assert isinstance(problem, Refused)
    assert (problem.code, problem.why) == ("InvalidLimitException", "The limit is wrong")


async def test_nobody_at_the_endpoint_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: connections are refused
        api = Api(aws_session(None), "eu-west-1", endpoint_url=f"http://127.0.0.1:{taken.getsockname()[1]}", attempts=1)
        with pytest.raises(Unreachable) as raised:
            await api.call(*READ)
        await api.close()
    assert "--endpoint-url" in raised.value.remedy


async def test_no_credentials_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    api = Api(aws_session(None), "eu-west-1", endpoint_url="http://127.0.0.1:9", attempts=1)
    with pytest.raises(NotSignedIn):
        await api.call(*READ)
    await api.close()


async def test_an_endpoint_that_is_no_url() -> None:
    api = Api(aws_session(None), "eu-west-1", endpoint_url="localhost", attempts=1)
    with pytest.raises(BadInput):
        await api.call(*READ)
    await api.close()


def test_a_profile_that_there_is_not() -> None:
    with pytest.raises(BadInput) as raised:
        aws_session("nobody")
    assert "nobody" in str(raised.value)


def test_a_region_must_be_known() -> None:
    with pytest.raises(BadInput) as raised:
        region_of(aws_session(None), None)
    assert "--region" in raised.value.remedy
    assert region_of(aws_session(None), "eu-west-1") == "eu-west-1"


@pytest.mark.requirement("INV-10")
@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("config", "StartConfigurationRecorder"),
        ("config", "DeliverConfigSnapshot"),
        ("config", "PutDeliveryChannel"),
        ("config", "StartConfigRulesEvaluation"),
        ("sqs", "DeleteMessageBatch"),
        ("s3", "PutObject"),
    ],
)
async def test_writes_are_refused_before_anything_is_sent(service: str, operation: str) -> None:
    api = Api(aws_session(None), "eu-west-1", endpoint_url="http://127.0.0.1:9", attempts=1)
    with pytest.raises(ReadOnly):
        await api.call(service, operation)
    await api.close()


def test_permissions_that_are_not_named_like_their_operation() -> None:
    assert iam_action("s3", "ListObjectsV2") == "s3:ListBucket"
    assert iam_action("sqs", "DeleteMessageBatch") == "sqs:DeleteMessage"
    assert iam_action("config", "BatchGetResourceConfig") == "config:BatchGetResourceConfig"
