"""Inputs against the service models, in AWS's words."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.wire.validate import checked_input, output_faults


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    loader = Loader()
    services = ("config", "sns", "sqs", "s3", "events", "sts")
    return {name: ServiceModel(loader.load_service_model(name, "service-2"), name) for name in services}


def _check(models: dict[str, Any], service: str, operation: str, params: Document) -> Document:
    return checked_input(service, models[service].operation_model(operation).input_shape, params)


def _refused(models: dict[str, Any], service: str, operation: str, params: Document) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        _check(models, service, operation, params)
    return caught.value


@pytest.mark.parametrize(
    ("operation", "params", "violation"),
    [
        (
            "PutConfigurationRecorder",
            {},
            "Value null at 'configurationRecorder' failed to satisfy constraint: Member must not be null",
        ),
        (
            "PutDeliveryChannel",
            {"DeliveryChannel": {"configSnapshotDeliveryProperties": {"deliveryFrequency": "Hourly"}}},
            "Value 'Hourly' at 'deliveryChannel.configSnapshotDeliveryProperties.deliveryFrequency' failed to satisfy "
            "constraint: Member must satisfy enum value set: "
            "[One_Hour, Three_Hours, Six_Hours, Twelve_Hours, TwentyFour_Hours]",
        ),
        (
            "PutRetentionConfiguration",
            {"RetentionPeriodInDays": 9999},
            "Value '9999' at 'retentionPeriodInDays' failed to satisfy constraint: "
            "Member must have value less than or equal to 2557",
        ),
        (
            "PutRetentionConfiguration",
            {"RetentionPeriodInDays": 29},
            "Value '29' at 'retentionPeriodInDays' failed to satisfy constraint: "
            "Member must have value greater than or equal to 30",
        ),
        (
            "TagResource",
            {"ResourceArn": "a", "Tags": [{"Key": "", "Value": "v"}]},
            "Value '' at 'tags.1.member.key' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            "DeliverConfigSnapshot",
            {"deliveryChannelName": "x" * 257},
            f"Value '{'x' * 257}' at 'deliveryChannelName' failed to satisfy constraint: "
            "Member must have length less than or equal to 256",
        ),
        (
            "DescribeConfigRules",
            {"ConfigRuleNames": [" "]},
            "Value ' ' at 'configRuleNames.1.member' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: .*\S.*",
        ),
        (
            "BatchGetResourceConfig",
            {"resourceKeys": []},
            "Value '[]' at 'resourceKeys' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
    ],
)
@pytest.mark.requirement("ITM-17")
def test_each_constraint_in_the_service_s_words(
    models: dict[str, Any], operation: str, params: Document, violation: str
) -> None:
    error = _refused(models, "config", operation, params)
    assert (error.code, error.status) == ("ValidationException", 400)
    assert error.message == f"1 validation error detected: {violation}"


def test_rules_of_packs_whose_names_are_as_long_as_they_may_be_can_be_asked_for(models: dict[str, Any]) -> None:
    shape = models["config"].operation_model("GetComplianceDetailsByConfigRule").input_shape
    assert checked_input("config", shape, {"ConfigRuleName": "r" * 128}) == {"ConfigRuleName": "r" * 128}
    error = _refused(models, "config", "GetComplianceDetailsByConfigRule", {"ConfigRuleName": "r" * 129})
    assert "have length less than or equal to" in error.message


def test_all_violations_are_named(models: dict[str, Any]) -> None:
    error = _refused(models, "config", "GetResourceConfigHistory", {"limit": -1})
    assert error.message.startswith("3 validation errors detected: Value null at 'resourceType' failed")
    assert "; Value null at 'resourceId' failed" in error.message
    assert "; Value '-1' at 'limit' failed" in error.message


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        ("sns", "CreateTopic", {}, "ValidationError"),
        ("sqs", "SendMessage", {"MessageBody": "x"}, "MissingParameter"),
        ("events", "PutRule", {}, "ValidationException"),
        ("s3", "PutBucketVersioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "On"}}, "MalformedXML"),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k", "ACL": "open"}, "InvalidArgument"),
    ],
)
def test_the_code_is_the_service_s(
    models: dict[str, Any], service: str, operation: str, params: Document, code: str
) -> None:
    assert _refused(models, service, operation, params).code == code


def test_sqs_names_the_parameter(models: dict[str, Any]) -> None:
    error = _refused(models, "sqs", "SendMessage", {"MessageBody": "x"})
    assert error.message == "The request must contain the parameter QueueUrl."


@pytest.mark.parametrize(
    "params",
    [
        {"resourceKeys": "i-1"},
        {"resourceKeys": {"resourceId": "i-1"}},
        {"resourceKeys": ["i-1"]},
        {"resourceKeys": [{"resourceType": 5, "resourceId": "i-1"}]},
    ],
)
def test_a_value_of_another_type_cannot_be_converted(models: dict[str, Any], params: Document) -> None:
    assert _refused(models, "config", "BatchGetResourceConfig", params).code == "SerializationException"


@pytest.mark.parametrize("limit", ["5", True, 5.5, None])
def test_a_number_is_a_number(models: dict[str, Any], limit: Any) -> None:
    params = {"ResourceArn": "a", "Limit": limit}
    if limit is None:
        assert "Limit" not in _check(models, "config", "ListTagsForResource", params)
    else:
        assert _refused(models, "config", "ListTagsForResource", params).code == "SerializationException"


@pytest.mark.parametrize(
    "time",
    [
        1677574120,
        1677574120.0,
        "2023-02-28T08:48:40Z",
        "2023-02-28T15:48:40+07:00",
        datetime(2023, 2, 28, 8, 48, 40),  # noqa: DTZ001 - botocore takes such a time for UTC
    ],
)
def test_times_of_every_form_become_aware(models: dict[str, Any], time: Any) -> None:
    params = {"resourceType": "AWS::EC2::Instance", "resourceId": "i-1", "laterTime": time}
    found = _check(models, "config", "GetResourceConfigHistory", params)["laterTime"]
    assert found == datetime(2023, 2, 28, 8, 48, 40, tzinfo=UTC)


def test_a_time_that_is_none_cannot_be_converted(models: dict[str, Any]) -> None:
    params = {"resourceType": "AWS::EC2::Instance", "resourceId": "i-1", "laterTime": "yesterday"}
    assert _refused(models, "config", "GetResourceConfigHistory", params).code == "SerializationException"


@pytest.mark.parametrize("body", [b"data", bytearray(b"data"), memoryview(b"data"), "data", io.BytesIO(b"data")])
def test_bodies_become_bytes(models: dict[str, Any], body: Any) -> None:
    assert _check(models, "s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": body})["Body"] == b"data"


def test_a_recorded_type_that_the_model_lacks_is_let_through(models: dict[str, Any]) -> None:
    params = {"resourceType": "AWS::Config::ConfigurationRecorder", "resourceId": "default"}
    assert _check(models, "config", "GetResourceConfigHistory", params) == params
    assert (
        "enum value set"
        in _refused(
            models, "config", "GetResourceConfigHistory", {**params, "resourceType": "AWS::EC2::Teapot"}
        ).message
    )


def test_a_type_of_a_customers_own_can_be_asked_for_and_not_be_listed(models: dict[str, Any]) -> None:
    own = "Kestrel::Parcel::Robot"
    params: dict[str, Any] = {"resourceType": own, "resourceId": "r-1"}
    assert _check(models, "config", "GetResourceConfigHistory", params) == params
    keys = {"resourceKeys": [params]}
    assert _check(models, "config", "BatchGetResourceConfig", keys) == keys

    group = {"ConfigurationRecorder": {"recordingGroup": {"resourceTypes": [own]}}}
    for operation, wrong in (
        ("PutConfigurationRecorder", group),
        ("GetResourceConfigHistory", {**params, "resourceType": "AWS::Own::Thing"}),
        ("GetResourceConfigHistory", {**params, "resourceType": "Robot"}),
    ):
        assert "enum value set" in _refused(models, "config", operation, wrong).message


def test_patterns_of_java_are_understood_or_let_be(models: dict[str, Any]) -> None:
    """`[\\p{L}…]` (STS tags) and `[\\d-_/]` (stored queries) are no patterns to Python."""
    params = {"RoleArn": "a" * 20, "RoleSessionName": "me", "Tags": [{"Key": "Größe", "Value": "1"}]}
    assert _check(models, "sts", "AssumeRole", params) == params
    params["Tags"] = [{"Key": "a*b", "Value": "1"}]
    assert "tags.1.member.key" in _refused(models, "sts", "AssumeRole", params).message
    arn = "arn:aws:config:eu-west-1:1:stored-query/a-b/query-c-d"
    query = {"QueryName": "q", "QueryId": "i", "QueryArn": arn, "Expression": "SELECT resourceId"}
    assert _check(models, "config", "PutStoredQuery", {"StoredQuery": query}) == {"StoredQuery": query}


def test_answers_are_compared_with_their_shape(models: dict[str, Any]) -> None:
    shape = models["config"].operation_model("DescribeDeliveryChannelStatus").output_shape
    fine = {"DeliveryChannelsStatus": [{"name": "x", "configStreamDeliveryInfo": {"lastStatus": "SUCCESS"}}]}
    assert output_faults(shape, fine) == []
    wrong = {
        "DeliveryChannelsStatus": [
            {
                "nam": "x",
                "name": 5,
                "configHistoryDeliveryInfo": {"lastAttemptTime": 1677574120},
                "configSnapshotDeliveryInfo": {"lastAttemptTime": datetime.min},  # noqa: DTZ901
            }
        ]
    }
    assert output_faults(shape, wrong) == [
        ".DeliveryChannelsStatus[0].nam: not in DeliveryChannelStatus",
        ".DeliveryChannelsStatus[0].name: int where String is a string",
        ".DeliveryChannelsStatus[0].configHistoryDeliveryInfo.lastAttemptTime: int where Date is a timestamp",
        ".DeliveryChannelsStatus[0].configSnapshotDeliveryInfo.lastAttemptTime: a time without a zone",
    ]
    assert output_faults(None, {"x": 1}) == ["an answer where the model has none: {'x': 1}"]
