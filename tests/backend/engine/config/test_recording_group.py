"""What a recorder records: the recording group and mode that callers ask for, and what comes of them."""

from __future__ import annotations

from typing import Any

import pytest

from backend.engine.config import recorder_state
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from tests.backend.engine.conftest import REGION, ROLE, CallFixture, PutFixture

INSTANCES = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]}


def put_recorder(call: CallFixture, group: Document | None = None, **members: Any) -> None:
    settings = {"name": "default", "roleARN": ROLE, **members}
    if group is not None:
        settings["recordingGroup"] = group
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)


def described(call: CallFixture) -> Document:
    (found,) = call("config", "DescribeConfigurationRecorders")["ConfigurationRecorders"]
    assert isinstance(found, dict)
    return found


def start(call: CallFixture) -> None:
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")


def instance(resource_id: str = "i-0f1") -> Resource:
    return Resource(resource_type="AWS::EC2::Instance", resource_id=resource_id, region=REGION, configuration={})


def volume(resource_id: str = "vol-1") -> Resource:
    return Resource(resource_type="AWS::EC2::Volume", resource_id=resource_id, region=REGION, configuration={})


def listed(call: CallFixture, resource_type: str, region: str = REGION) -> list[str]:
    answer = call("config", "ListDiscoveredResources", region=region, resourceType=resource_type)
    found = answer["resourceIdentifiers"]
    return [each["resourceId"] for each in found]


def test_without_a_group_everything_but_iam_is_recorded(call: CallFixture) -> None:
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
def test_groups_that_make_sense(call: CallFixture, group: Document, strategy: str) -> None:
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
def test_groups_that_contradict_themselves_are_refused(call: CallFixture, group: Document) -> None:
    with pytest.raises(ServiceError) as refusal:
        put_recorder(call, group)

    assert refusal.value.code == "InvalidRecordingGroupException"


def recorded(call: CallFixture, resource_type: str) -> list[str]:
    """The ids of the resources that have an item with a configuration."""
    keys = [{"resourceType": resource_type, "resourceId": each} for each in listed(call, resource_type)]
    if not keys:
        return []
    items = call("config", "BatchGetResourceConfig", resourceKeys=keys)["baseConfigurationItems"]
    return [each["resourceId"] for each in items if each["configuration"] != "null"]


@pytest.mark.requirement("REC-01")
def test_only_named_types_are_recorded(call: CallFixture, put: PutFixture, recorder: None) -> None:
    put(instance("i-before"), volume("vol-before"))
    put_recorder(call, INSTANCES)
    start(call)
    put(instance("i-after"), volume("vol-after"))

    assert recorded(call, "AWS::EC2::Instance") == ["i-after", "i-before"]
    assert recorded(call, "AWS::EC2::Volume") == []
    assert recorded(call, "AWS::S3::Bucket") == []
    counts = call("config", "GetDiscoveredResourceCounts")["resourceCounts"]
    assert {each["resourceType"]: each["count"] for each in counts} == {
        "AWS::EC2::Instance": 2,
        "AWS::Config::ConfigurationRecorder": 1,
    }


def test_excluded_types_are_not_recorded_and_all_others_are(call: CallFixture, put: PutFixture, recorder: None) -> None:
    group = {"exclusionByResourceTypes": {"resourceTypes": ["AWS::EC2::Volume"]}, "recordingStrategy": EXCLUSION}
    put_recorder(call, group)
    start(call)

    put(
        instance(),
        volume(),
        Resource(resource_type="AWS::IAM::User", resource_id="AIDA1", region="global", configuration={}),
    )

    assert recorded(call, "AWS::EC2::Instance") == ["i-0f1"]
    assert recorded(call, "AWS::EC2::Volume") == []
    assert recorded(call, "AWS::IAM::User") == ["AIDA1"], "an exclusion overrides everything else in the group"


@pytest.mark.requirement("REC-09")
@pytest.mark.parametrize(("included", "expected"), [(True, ["AIDA1"]), (False, [])])
def test_global_types_are_recorded_when_asked_for(
    call: CallFixture, put: PutFixture, recorder: None, included: bool, expected: list[str]
) -> None:
    put_recorder(call, {"allSupported": True, "includeGlobalResourceTypes": included})
    start(call)

    put(Resource(resource_type="AWS::IAM::User", resource_id="AIDA1", region="global", name="ana"), instance())

    assert listed(call, "AWS::IAM::User") == expected
    assert listed(call, "AWS::EC2::Instance") == ["i-0f1"]


def test_iam_cannot_be_recorded_in_the_youngest_regions(ctx: Context, call: CallFixture) -> None:
    put_recorder(call, {"allSupported": True, "includeGlobalResourceTypes": True})
    found = recorder_state.of(ctx)

    assert found is not None
    assert found.records("AWS::IAM::Role", "eu-west-1")
    assert not found.records("AWS::IAM::Role", "eu-south-2")


@pytest.mark.parametrize("included", [True, False])
def test_other_global_types_have_a_home_or_are_recorded_everywhere(
    ctx: Context, call: CallFixture, included: bool
) -> None:
    put_recorder(call, {"allSupported": True, "includeGlobalResourceTypes": included})
    found = recorder_state.of(ctx)

    assert found is not None
    zones, accelerators = "AWS::Route53::HostedZone", "AWS::GlobalAccelerator::Accelerator"
    assert [found.records(zones, region) for region in ("us-east-1", "us-west-2", REGION)] == [True, False, False]
    assert [found.records(accelerators, each) for each in ("us-east-1", "us-west-2", REGION)] == [False, True, False]
    assert all(found.records("AWS::RDS::GlobalCluster", each) for each in ("us-east-1", "eu-south-2", REGION))


def test_a_database_of_the_whole_world_has_an_item_in_each_region(
    ctx: Context, call: CallFixture, recording: None
) -> None:
    put_recorder(call, {"allSupported": True})
    settings = {"name": "default", "roleARN": ROLE}
    call("config", "PutConfigurationRecorder", region="eu-south-2", ConfigurationRecorder=settings)
    channel = {"name": "default", "s3BucketName": "config-bucket-sgp"}
    call("config", "PutDeliveryChannel", region="eu-south-2", DeliveryChannel=channel)
    call("config", "StartConfigurationRecorder", region="eu-south-2", ConfigurationRecorderName="default")
    cluster = Resource(resource_type="AWS::RDS::GlobalCluster", resource_id="cluster-1", region="global")

    with ctx.store.transaction():
        estate.put(ctx, cluster)

    assert listed(call, "AWS::RDS::GlobalCluster") == ["cluster-1"]
    assert listed(call, "AWS::RDS::GlobalCluster", region="eu-south-2") == ["cluster-1"]


def test_daily_recording_is_kept_and_checked(call: CallFixture) -> None:
    override = {"description": "busy", "resourceTypes": ["AWS::EC2::NetworkInterface"], "recordingFrequency": "DAILY"}
    mode = {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": [override]}
    put_recorder(call, recordingMode=mode)
    assert described(call)["recordingMode"] == mode

    override["resourceTypes"] = ["AWS::Config::ResourceCompliance"]
    with pytest.raises(ServiceError) as refusal:
        put_recorder(call, recordingMode=mode)
    assert refusal.value.code == "ValidationException"
    with pytest.raises(ServiceError) as refusal:
        put_recorder(call, recordingMode={"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": [override] * 2})
    assert refusal.value.code == "ValidationException"


def test_what_can_only_be_recorded_continuously_must_not_be_named_by_a_daily_recorder(call: CallFixture) -> None:
    daily: Document = {"recordingFrequency": "DAILY"}
    verdicts = {"resourceTypes": ["AWS::Config::ResourceCompliance", "AWS::EC2::Instance"]}

    put_recorder(call, {"allSupported": True}, recordingMode=daily)
    with pytest.raises(ServiceError) as refusal:
        put_recorder(call, verdicts, recordingMode=daily)
    assert refusal.value.code == "ValidationException"

    at_once = {"resourceTypes": ["AWS::Config::ResourceCompliance"], "recordingFrequency": "CONTINUOUS"}
    put_recorder(call, verdicts, recordingMode={**daily, "recordingModeOverrides": [at_once]})


def test_types_can_be_associated_and_disassociated(call: CallFixture, put: PutFixture, recording: None) -> None:
    put_recorder(call, INSTANCES)
    arn = described(call)["arn"]
    put(volume())

    answer = call("config", "AssociateResourceTypes", ConfigurationRecorderArn=arn, ResourceTypes=["AWS::EC2::Volume"])
    assert answer["ConfigurationRecorder"]["recordingGroup"]["resourceTypes"] == [
        "AWS::EC2::Instance",
        "AWS::EC2::Volume",
    ]
    assert listed(call, "AWS::EC2::Volume") == ["vol-1"]

    with pytest.raises(ServiceError) as refusal:
        call("config", "AssociateResourceTypes", ConfigurationRecorderArn=arn, ResourceTypes=["AWS::EC2::Volume"])
    assert refusal.value.code == "ValidationException"

    call("config", "DisassociateResourceTypes", ConfigurationRecorderArn=arn, ResourceTypes=["AWS::EC2::Volume"])
    assert described(call)["recordingGroup"]["resourceTypes"] == ["AWS::EC2::Instance"]


def test_a_recorder_of_everything_has_no_list_to_change(call: CallFixture) -> None:
    put_recorder(call)
    arn = described(call)["arn"]

    with pytest.raises(ServiceError) as refusal:
        call("config", "AssociateResourceTypes", ConfigurationRecorderArn=arn, ResourceTypes=["AWS::EC2::Volume"])

    assert refusal.value.code == "ValidationException"


def test_an_exclusion_recorder_takes_types_off_its_list_to_record_them(
    call: CallFixture, put: PutFixture, recording: None
) -> None:
    group = {
        "exclusionByResourceTypes": {"resourceTypes": ["AWS::EC2::Volume", "AWS::EC2::Instance"]},
        "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
    }
    put_recorder(call, group)
    arn = described(call)["arn"]
    put(volume())
    assert counted(call, "AWS::EC2::Volume") == 0

    associate(call, arn, "AWS::EC2::Volume")
    assert excluded(call) == ["AWS::EC2::Instance"]
    assert counted(call, "AWS::EC2::Volume") == 1

    call("config", "DisassociateResourceTypes", ConfigurationRecorderArn=arn, ResourceTypes=["AWS::S3::Bucket"])
    assert excluded(call) == ["AWS::EC2::Instance", "AWS::S3::Bucket"]

    for operation, types in (
        ("AssociateResourceTypes", ["AWS::EC2::Volume"]),
        ("DisassociateResourceTypes", ["AWS::S3::Bucket"]),
        ("AssociateResourceTypes", excluded(call)),
        ("AssociateResourceTypes", []),
    ):
        with pytest.raises(ServiceError) as refusal:
            call("config", operation, ConfigurationRecorderArn=arn, ResourceTypes=types)
        assert refusal.value.code == "ValidationException"


def associate(call: CallFixture, arn: str, *types: str) -> None:
    call("config", "AssociateResourceTypes", ConfigurationRecorderArn=arn, ResourceTypes=list(types))


def excluded(call: CallFixture) -> list[str]:
    return list(described(call)["recordingGroup"]["exclusionByResourceTypes"]["resourceTypes"])


def counted(call: CallFixture, resource_type: str) -> int:
    answer = call("config", "GetDiscoveredResourceCounts", resourceTypes=[resource_type])
    return int(answer["totalDiscoveredResources"])


def test_types_of_a_recorder_that_is_not_there(call: CallFixture) -> None:
    with pytest.raises(ServiceError) as refusal:
        associate(call, "arn:aws:config:x", "AWS::EC2::Volume")

    assert refusal.value.code == "NoSuchConfigurationRecorderException"
