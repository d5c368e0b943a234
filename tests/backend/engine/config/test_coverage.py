"""What recorders make of a type: an item, a notice, or a failure."""

from __future__ import annotations

import gzip
import json

import pytest

from backend.engine.config import items
from backend.engine.config import recording as recording_module
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import DAY
from tests.backend.engine.config.conftest import instance, remove, start, statuses, stop
from tests.backend.engine.conftest import REGION, ROLE, START, CallFixture, Messages, PutFixture

QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/696686700433/jobs"


def only(call: CallFixture, *types: str) -> None:
    """Let the recorder record some types only."""
    settings = {"name": "default", "roleARN": ROLE, "recordingGroup": {"resourceTypes": list(types)}}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)


@pytest.mark.requirement("ITM-03")
def test_a_resource_of_a_type_not_recorded_is_noticed_and_not_shown(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    only(call, "AWS::S3::Bucket")
    messages()
    put(instance(name="web-1"))
    put(instance(name="web-1", state="stopped"))

    (item,) = items.history(ctx, "AWS::EC2::Instance", "i-0f1")
    assert item["configurationItemStatus"] == "ResourceNotRecorded"
    assert (item["configuration"], item["relationships"], item["tags"]) == (None, [], {})
    assert (item["availabilityZone"], item["resourceCreationTime"], item["resourceName"]) == (None, None, "web-1")
    ((subject, message),) = messages("ConfigurationItemChangeNotification")
    assert subject.startswith(f"[AWS Config:{REGION}] AWS::EC2::Instance i-0f1 Created in Account")
    assert message["configurationItemDiff"] == {"changedProperties": {}, "changeType": "CREATE"}

    remove(engine, *instance().key)
    assert statuses(ctx, instance()) == ["ResourceNotRecorded", "ResourceDeletedNotRecorded"]
    ((subject, message),) = messages("ConfigurationItemChangeNotification")
    assert "i-0f1 Deleted in Account" in subject
    assert message["configurationItemDiff"] == {"changedProperties": {}, "changeType": "DELETE"}


def test_what_is_not_recorded_is_in_no_count_no_batch_and_no_file(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    only(call, "AWS::S3::Bucket")
    put(instance(), Resource(resource_type="AWS::S3::Bucket", resource_id="b", region=REGION, configuration={}))

    assert list(items.live(ctx, "AWS::EC2::Instance")) == []
    assert "AWS::EC2::Instance" not in items.counts(ctx)
    call("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    engine.advance(START + DAY)
    keys = [each["Key"] for each in call("s3", "ListObjectsV2", Bucket="config-bucket-sgp")["Contents"]]
    assert any("ConfigHistory_AWS::S3::Bucket" in key for key in keys)
    assert not any("AWS::EC2::Instance" in key for key in keys)
    for key in keys:
        if "ConfigSnapshot_" in key:
            body = gzip.decompress(call("s3", "GetObject", Bucket="config-bucket-sgp", Key=key)["Body"])
            types = {each["resourceType"] for each in json.loads(body)["configurationItems"]}
            assert types == {"AWS::S3::Bucket", "AWS::Config::ConfigurationRecorder"}


def test_at_the_start_what_is_not_recorded_is_seen_without_a_word(
    ctx: Context, call: CallFixture, put: PutFixture, messages: Messages, recorder: None
) -> None:
    put(instance())
    only(call, "AWS::S3::Bucket")
    messages()
    start(call)

    assert statuses(ctx, instance()) == ["ResourceNotRecorded"]
    told = messages("ConfigurationItemChangeNotification")
    assert "AWS::EC2::Instance" not in {message["configurationItem"]["resourceType"] for _, message in told}


def test_a_type_that_comes_to_be_recorded_is_discovered(
    ctx: Context, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    only(call, "AWS::S3::Bucket")
    put(instance())
    messages()
    only(call, "AWS::EC2::Instance")

    assert statuses(ctx, instance()) == ["ResourceNotRecorded", "ResourceDiscovered"]
    subjects = [subject for subject, _ in messages("ConfigurationItemChangeNotification")]
    assert any("i-0f1 Discovered" in subject for subject in subjects)


def test_iam_is_not_even_noticed_where_it_is_not_recorded(
    ctx: Context, call: CallFixture, put: PutFixture, recording: None
) -> None:
    only(call, "AWS::S3::Bucket")
    put(Resource(resource_type="AWS::IAM::User", resource_id="AIDA1", region="global", name="ana"))

    assert items.latest(ctx, "AWS::IAM::User", "AIDA1") is None


def test_a_type_no_longer_recorded_is_still_seen_to_go(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(instance())
    group = {"resourceTypes": ["AWS::S3::Bucket"]}
    settings = {"name": "default", "roleARN": ROLE, "recordingGroup": group}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)

    put(instance(state="stopped"))
    remove(engine, *instance().key)

    assert statuses(ctx, instance()) == ["ResourceDiscovered", "ResourceDeletedNotRecorded"]


def custom_role(documents: list[Document], managed: tuple[str, ...] = ()) -> Resource:
    return Resource(
        resource_type="AWS::IAM::Role",
        resource_id="AROA1",
        region="global",
        name="config-role",
        arn="arn:aws:iam::696686700433:role/config-role",
        configuration={
            "rolePolicyList": [{"policyName": "p", "policyDocument": each} for each in documents],
            "attachedManagedPolicies": [
                {"policyName": name, "policyArn": f"arn:aws:iam::aws:policy/service-role/{name}"} for name in managed
            ],
        },
    )


def use_role(call: CallFixture) -> None:
    settings = {"name": "default", "roleARN": "arn:aws:iam::696686700433:role/config-role"}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)


@pytest.mark.requirement("PRM-03")
def test_a_role_that_may_not_read_a_type_fails_visibly(
    ctx: Context, call: CallFixture, put: PutFixture, recording: None
) -> None:
    statement = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}
    put(custom_role([{"Version": "2012-10-17", "Statement": statement}]))
    use_role(call)

    put(instance())

    assert items.latest(ctx, "AWS::EC2::Instance", "i-0f1") is None
    (status,) = call("config", "DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    assert (status["lastStatus"], status["lastErrorCode"]) == ("FAILURE", "AccessDenied")
    assert "AWS::EC2::Instance" in status["lastErrorMessage"]

    put(Resource(resource_type="AWS::S3::Bucket", resource_id="b", region=REGION))
    assert items.latest(ctx, "AWS::S3::Bucket", "b") is not None


@pytest.mark.requirement("PRM-03")
@pytest.mark.parametrize(
    "role",
    [
        custom_role([], ("AWS_ConfigRole",)),
        custom_role([{"Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}]),
    ],
)
def test_a_role_that_may_read_a_type_records_it(
    ctx: Context, call: CallFixture, put: PutFixture, recording: None, role: Resource
) -> None:
    put(role)
    use_role(call)

    put(instance())

    assert items.latest(ctx, "AWS::EC2::Instance", "i-0f1") is not None
    (status,) = call("config", "DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    assert "lastErrorCode" not in status


@pytest.mark.requirement("PRM-03")
def test_putting_a_better_role_ends_the_failure_though_nothing_is_new(
    call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(instance())
    put(custom_role([]))
    use_role(call)
    (status,) = call("config", "DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    assert status["lastStatus"] == "FAILURE"

    linked = "arn:aws:iam::696686700433:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default", "roleARN": linked})

    (status,) = call("config", "DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    assert status["lastStatus"] == "SUCCESS"
    assert "lastErrorCode" not in status


def assert_recorded(ctx: Context, resource: Resource, *, expected: bool) -> None:
    assert recording_module.record_state(ctx, resource) is expected


def test_what_others_report_is_recorded_as_the_group_says_and_stays_when_the_recorder_restarts(
    ctx: Context, engine: Engine, call: CallFixture, recording: None
) -> None:
    verdict = Resource(
        resource_type="AWS::Config::ResourceCompliance",
        resource_id="AWS::S3::Bucket/b",
        region=REGION,
        configuration={"complianceType": "COMPLIANT"},
    )
    only(call, "AWS::S3::Bucket")
    engine.act(lambda ctx: assert_recorded(ctx, verdict, expected=False))
    only(call, "AWS::Config::ResourceCompliance")
    engine.act(lambda ctx: assert_recorded(ctx, verdict, expected=True))
    stop(call)
    engine.act(lambda ctx: assert_recorded(ctx, verdict, expected=False))
    start(call)

    assert statuses(ctx, verdict) == ["ResourceDiscovered"]
