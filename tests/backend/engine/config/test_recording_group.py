"""What a recorder records: the recording group and mode that callers ask for, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from backend.engine.config import recorder_state
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource
from backend.model.item import Document

Call: TypeAlias = Callable[..., Document]
Put: TypeAlias = Callable[..., None]

REGION = "ap-southeast-1"
ROLE = "arn:aws:iam::696686700433:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
INSTANCES = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]}


def put_recorder(call: Call, group: Document | None = None, **members: Any) -> None:
    settings = {"name": "default", "roleARN": ROLE, **members}
    if group is not None:
        settings["recordingGroup"] = group
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)


def described(call: Call) -> Document:
    (found,) = call("config", "DescribeConfigurationRecorders")["ConfigurationRecorders"]
    assert isinstance(found, dict)
    return found


def start(call: Call) -> None:
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")


def instance(resource_id: str = "i-0f1") -> Resource:
    return Resource(resource_type="AWS::EC2::Instance", resource_id=resource_id, region=REGION)


def volume(resource_id: str = "vol-1") -> Resource:
    return Resource(resource_type="AWS::EC2::Volume", resource_id=resource_id, region=REGION)


def listed(call: Call, resource_type: str) -> list[str]:
    found = call("config", "ListDiscoveredResources", resourceType=resource_type)["resourceIdentifiers"]
    return [each["resourceId"] for each in found]


def test_without_a_group_everything_but_iam_is_recorded(call: Call) -> None:
    put_recorder(call)

    group = described(call)["recordingGroup"]

    assert (group["allSupported"], group["includeGlobalResourceTypes"]) == (True, False)
    assert group["recordingStrategy"] == {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}


EXCLUSION = {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}
INCLUSION = {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}
ALL = {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}
TYPES = ["AWS::EC2::Instance"]


@pytest.mark.parametrize(
    ("group", "strategy"),
    [
        ({"allSupported": True}, "ALL_SUPPORTED_RESOURCE_TYPES"),
        ({"allSupported": True, "recordingStrategy": ALL}, "ALL_SUPPORTED_RESOURCE_TYPES"),
        ({"resourceTypes": TYPES}, "INCLUSION_BY_RESOURCE_TYPES"),
        ({"resourceTypes": TYPES, "recordingStrategy": INCLUSION}, "INCLUSION_BY_RESOURCE_TYPES"),
        (
            {"exclusionByResourceTypes": {"resourceTypes": TYPES}, "recordingStrategy": EXCLUSION},
            "EXCLUSION_BY_RESOURCE_TYPES",
        ),
    ],
)
def test_groups_that_make_sense(call: Call, group: Document, strategy: str) -> None:
    put_recorder(call, group)

    assert described(call)["recordingGroup"]["recordingStrategy"] == {"useOnly": strategy}


@pytest.mark.parametrize(
    "group",
    [
        {},
        {"allSupported": False, "includeGlobalResourceTypes": True},
        {"allSupported": True, "resourceTypes": TYPES},
        {"allSupported": True, "exclusionByResourceTypes": {"resourceTypes": TYPES}},
        {"allSupported": True, "recordingStrategy": INCLUSION},
        {"resourceTypes": TYPES, "includeGlobalResourceTypes": True},
        {"resourceTypes": TYPES, "recordingStrategy": ALL},
        {"exclusionByResourceTypes": {"resourceTypes": TYPES}},
        {"exclusionByResourceTypes": {"resourceTypes": []}, "recordingStrategy": EXCLUSION},
        {"recordingStrategy": INCLUSION},
    ],
)
def test_groups_that_contradict_themselves_are_refused(call: Call, group: Document) -> None:
    with pytest.raises(ServiceError) as refusal:
        put_recorder(call, group)

    assert refusal.value.code == "InvalidRecordingGroupException"


@pytest.mark.requirement("REC-01")
def test_only_named_types_yield_items(call: Call, put: Put, recorder: None) -> None:
    put(instance("i-before"), volume("vol-before"))
    put_recorder(call, INSTANCES)
    start(call)
    put(instance("i-after"), volume("vol-after"))

    assert listed(call, "AWS::EC2::Instance") == ["i-after", "i-before"]
    assert listed(call, "AWS::EC2::Volume") == []
    assert listed(call, "AWS::S3::Bucket") == []


def test_excluded_types_yield_no_items(call: Call, put: Put, recorder: None) -> None:
    group = {"exclusionByResourceTypes": {"resourceTypes": ["AWS::EC2::Volume"]}, "recordingStrategy": EXCLUSION}
    put_recorder(call, group)
    start(call)

    put(instance(), volume())

    assert listed(call, "AWS::EC2::Instance") == ["i-0f1"]
    assert listed(call, "AWS::EC2::Volume") == []


@pytest.mark.requirement("REC-09")
@pytest.mark.parametrize(("included", "expected"), [(True, ["AIDA1"]), (False, [])])
def test_global_types_are_recorded_when_asked_for(
    call: Call, put: Put, recorder: None, included: bool, expected: list[str]
) -> None:
    put_recorder(call, {"allSupported": True, "includeGlobalResourceTypes": included})
    start(call)

    put(Resource(resource_type="AWS::IAM::User", resource_id="AIDA1", region="global", name="ana"), instance())

    assert listed(call, "AWS::IAM::User") == expected
    assert listed(call, "AWS::EC2::Instance") == ["i-0f1"]


def test_iam_cannot_be_recorded_in_the_youngest_regions(ctx: Context, call: Call) -> None:
    put_recorder(call, {"allSupported": True, "includeGlobalResourceTypes": True})
    found = recorder_state.of(ctx)

    assert found is not None
    assert found.records("AWS::IAM::Role", "eu-west-1")
    assert not found.records("AWS::IAM::Role", "eu-south-2")


def test_daily_recording_is_kept_and_checked(call: Call) -> None:
    override = {"description": "busy", "resourceTypes": ["AWS::EC2::NetworkInterface"], "recordingFrequency": "DAILY"}
    mode = {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": [override]}
    put_recorder(call, recordingMode=mode)
    assert described(call)["recordingMode"] == mode

    override["resourceTypes"] = ["AWS::Config::ResourceCompliance"]
    with pytest.raises(ServiceError) as refusal:
        put_recorder(call, recordingMode=mode)
    assert refusal.value.code == "ValidationException"
