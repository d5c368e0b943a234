"""Answers in JSON: what of an answer is sent, and how it is spelled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from moto.core.serialize import JSONSerializer

from backend.model.item import Document
from backend.wire import json_form
from backend.wire.protocol import service_model

_WHOLE = datetime(2026, 3, 1, tzinfo=UTC)
_FRACTION = datetime(2026, 3, 1, 0, 0, 0, 616_000, tzinfo=UTC)


def _sent(service: str, operation: str, answer: Document) -> Any:
    shape = service_model(service).operation_model(operation).output_shape
    return msgspec.json.decode(json_form.body(shape, answer))


def test_moments_are_numbers() -> None:
    status = {"name": "default", "lastStartTime": _WHOLE, "lastStopTime": _FRACTION}
    sent = _sent("config", "DescribeConfigurationRecorderStatus", {"ConfigurationRecordersStatus": [status]})
    (found,) = sent["ConfigurationRecordersStatus"]
    assert found == {"name": "default", "lastStartTime": 1772323200, "lastStopTime": 1772323200.616}
    assert isinstance(found["lastStartTime"], int)


def test_bytes_are_base64() -> None:
    value = {"DataType": "Binary", "BinaryValue": b"\x00\xff"}
    message = {"Body": "x", "MessageAttributes": {"raw": value}}
    sent = _sent("sqs", "ReceiveMessage", {"Messages": [message]})
    assert sent["Messages"][0]["MessageAttributes"]["raw"]["BinaryValue"] == "AP8="


def test_what_is_null_or_not_in_the_model_is_left_out() -> None:
    recorder = {"name": "default", "roleARN": None, "notOfTheModel": 1}
    sent = _sent("config", "DescribeConfigurationRecorders", {"ConfigurationRecorders": [recorder], "other": 1})
    assert sent == {"ConfigurationRecorders": [{"name": "default"}]}


def test_an_operation_without_an_answer_sends_nothing() -> None:
    shape = service_model("config").operation_model("StartConfigurationRecorder").output_shape
    assert json_form.body(shape, {}) == b""


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("GetComplianceSummaryByConfigRule", {"ComplianceSummary": {"ComplianceSummaryTimestamp": _FRACTION}}),
        ("ListTagsForResource", {"Tags": [{"Key": "é", "Value": ""}], "NextToken": "x"}),
        (
            "GetResourceConfigHistory",
            {
                "configurationItems": [
                    {
                        "version": "1.3",
                        "configurationItemCaptureTime": _WHOLE,
                        "configuration": '{"a":"é"}',
                        "supplementaryConfiguration": {"Tags": "[]"},
                        "tags": {},
                        "relationships": [{"resourceId": "vpc-1", "relationshipName": "Is contained in Vpc"}],
                    }
                ]
            },
        ),
    ],
)
def test_it_says_the_same_as_a_serialiser_for_all_protocols(operation: str, answer: Document) -> None:
    model = service_model("config").operation_model(operation)
    theirs = msgspec.json.decode(JSONSerializer(model).serialize(answer)["body"])
    assert _sent("config", operation, answer) == theirs
