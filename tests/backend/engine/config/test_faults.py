"""Faults on request: they strike what they name, while they last."""

from __future__ import annotations

import pytest

from backend.engine.config import faults
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import HOUR, MINUTE, SECOND
from tests.backend.engine.conftest import START, CallFixture


def inject(engine: Engine, **spec: object) -> None:
    engine.act(lambda ctx: faults.inject(ctx, spec))


def test_a_call_fails_as_asked_and_others_do_not(engine: Engine, call: CallFixture) -> None:
    inject(
        engine,
        name="error",
        service="config",
        operation="DescribeDeliveryChannels",
        code="AccessDeniedException",
        message="not you",
    )

    with pytest.raises(ServiceError) as refusal:
        call("config", "DescribeDeliveryChannels")
    assert str(refusal.value) == "AccessDeniedException: not you"
    assert call("config", "DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}

    engine.act(faults.clear)
    assert call("config", "DescribeDeliveryChannels") == {"DeliveryChannels": []}


def test_throttling_has_its_own_words(engine: Engine, call: CallFixture) -> None:
    inject(engine, name="throttling", service="config")

    with pytest.raises(ServiceError) as refusal:
        call("config", "DescribeConfigurationRecorders")
    assert str(refusal.value) == "ThrottlingException: Rate exceeded"
    assert call("sts", "GetCallerIdentity")


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "status"),
    [
        ("config", "DescribeConfigRules", {}, "AccessDeniedException", 400),
        ("s3", "ListBuckets", {}, "AccessDenied", 403),
        ("sns", "ListTopics", {}, "AuthorizationError", 403),
        ("sqs", "ListQueues", {}, "AccessDenied", 403),
    ],
)
def test_a_denied_call_says_what_is_missing(
    engine: Engine, call: CallFixture, service: str, operation: str, params: Document, code: str, status: int
) -> None:
    inject(engine, name="denied", service=service, operation=operation)

    with pytest.raises(ServiceError) as refusal:
        call(service, operation, **params)

    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert f"is not authorized to perform: {service}:{operation}" in refusal.value.message
    assert call("config", "DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [("s3", "ListBuckets", "SlowDown"), ("sns", "ListTopics", "Throttled"), ("sqs", "ListQueues", "RequestThrottled")],
)
def test_each_service_has_its_own_word_for_too_much(
    engine: Engine, call: CallFixture, service: str, operation: str, code: str
) -> None:
    inject(engine, name="throttling", service=service)

    with pytest.raises(ServiceError) as refusal:
        call(service, operation)
    assert refusal.value.code == code


def test_calls_can_fail_so_many_times(engine: Engine, call: CallFixture) -> None:
    inject(engine, name="throttling", service="config", times=2)

    for _ in range(2):
        with pytest.raises(ServiceError):
            call("config", "DescribeConfigurationRecorders")

    assert call("config", "DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}


def test_a_fault_of_one_region_leaves_the_other(engine: Engine, call: CallFixture) -> None:
    inject(engine, name="throttling", region="us-east-1")

    assert call("config", "DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}
    with pytest.raises(ServiceError):
        call("config", "DescribeConfigurationRecorders", region="us-east-1")


def test_a_fault_can_end_by_itself(engine: Engine, call: CallFixture, ctx: Context) -> None:
    inject(engine, name="throttling", seconds=60)
    assert [fault.name for fault in faults.listing(ctx)] == ["throttling"]

    engine.advance(START + MINUTE)

    assert faults.listing(ctx) == []
    assert call("config", "DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}


def test_one_kind_of_fault_can_be_mended_alone(engine: Engine, ctx: Context) -> None:
    inject(engine, name="topic-gone")
    inject(engine, name="access-denied")

    engine.act(lambda ctx: faults.clear(ctx, "topic-gone"))

    assert faults.active(ctx, "topic-gone") is None
    assert faults.active(ctx, "access-denied") is not None


@pytest.mark.parametrize("spec", [{"name": "earthquake"}, {"name": "error", "colour": "red"}, {}, {"name": 3}])
def test_what_is_no_fault_is_refused(engine: Engine, spec: Document) -> None:
    with pytest.raises(ServiceError) as refusal:
        inject(engine, **spec)

    assert refusal.value.code == "ValidationException"


def test_a_fault_strikes_as_often_as_it_was_told_to(engine: Engine, ctx: Context) -> None:
    inject(engine, name="dropped-event", times=2)
    struck: list[bool] = []

    for _ in range(3):
        engine.act(lambda ctx: struck.append(faults.use(ctx, "dropped-event")))

    assert struck == [True, True, False]


def test_deliveries_can_come_late(engine: Engine, call: CallFixture, recording: None) -> None:
    inject(engine, name="delivery-lag", milliseconds=10 * MINUTE)
    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")

    def delivered(kind: str) -> bool:
        found = call("s3", "ListObjectsV2", Bucket="config-bucket-sgp")["Contents"]
        return any(f"/{kind}/" in each["Key"] for each in found)

    engine.advance(START + 10 * MINUTE)
    assert not delivered("ConfigSnapshot")
    engine.advance(START + 10 * MINUTE + SECOND)
    assert delivered("ConfigSnapshot")

    engine.advance(START + 6 * HOUR + 9 * MINUTE)
    assert not delivered("ConfigHistory")
    engine.advance(START + 6 * HOUR + 10 * MINUTE)
    assert delivered("ConfigHistory")


def test_a_denied_bucket_fails_the_delivery(engine: Engine, call: CallFixture, recording: None) -> None:
    inject(engine, name="access-denied")
    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + SECOND)

    (status,) = call("config", "DescribeDeliveryChannelStatus")["DeliveryChannelsStatus"]

    info = status["configSnapshotDeliveryInfo"]
    assert (info["lastStatus"], info["lastErrorCode"]) == ("FAILURE", "AccessDenied")
    assert info["lastErrorMessage"].endswith("Access Denied.")
