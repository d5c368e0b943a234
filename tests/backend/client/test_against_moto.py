"""The client against an AWS that nobody here wrote."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from backend.client.api import Api
from backend.client.compliance import read_rule
from backend.client.opening import sign_in
from backend.client.session import Session
from backend.files.read import read_items
from backend.model.delivery import DeliveryChannel
from backend.model.problem import Missing, ReadOnly, Refused
from backend.model.recorder import Recorder, RecordingGroup
from tests.backend.client.conftest import REGION, Account

ROLE = "arn:aws:iam::123456789012:role/config"


@pytest.fixture
async def session(api: Api) -> Session:
    return await sign_in(api)


async def test_who_we_are_is_asked_of_sts(session: Session) -> None:
    assert session.account == "123456789012"
    assert session.region == REGION
    assert not session.read_only


async def test_a_region_without_set_up_has_nothing(session: Session) -> None:
    assert session.recorder is not None
    assert session.delivery is not None
    assert await session.recorder.get() is None
    assert await session.delivery.channel() is None


@pytest.mark.requirement("REC-02")
@pytest.mark.requirement("CHN-07")
async def test_recorder_and_channel_are_read_as_boto3_put_them(session: Session, account: Account) -> None:
    account.boto("s3").create_bucket(
        Bucket="config-bucket-test", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    config = account.boto("config")
    group = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]}
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": ROLE, "recordingGroup": group}
    )
    config.put_delivery_channel(
        DeliveryChannel={
            "name": "default",
            "s3BucketName": "config-bucket-test",
            "s3KeyPrefix": "audit",
            "configSnapshotDeliveryProperties": {"deliveryFrequency": "Six_Hours"},
        }
    )
    config.start_configuration_recorder(ConfigurationRecorderName="default")

    assert session.recorder is not None
    assert session.delivery is not None
    recorder = await session.recorder.get()
    assert recorder is not None
    assert (recorder.name, recorder.role_arn, recorder.recording) == ("default", ROLE, True)
    assert recorder.group.resource_types == ("AWS::EC2::Instance",)
    assert not recorder.group.all_supported
    assert await session.delivery.channel() == DeliveryChannel(
        name="default", bucket="config-bucket-test", prefix="audit", frequency="Six_Hours"
    )


async def test_what_the_client_puts_boto3_reads(session: Session, account: Account) -> None:
    assert session.recorder is not None
    group = RecordingGroup(
        all_supported=False, resource_types=("AWS::S3::Bucket",), strategy="INCLUSION_BY_RESOURCE_TYPES"
    )
    await session.recorder.put(Recorder(name="default", role_arn=ROLE, group=group))
    [stored] = account.boto("config").describe_configuration_recorders()["ConfigurationRecorders"]
    assert stored["recordingGroup"]["resourceTypes"] == ["AWS::S3::Bucket"]
    await session.recorder.delete("default")
    assert await session.recorder.get() is None


async def test_an_unknown_recorder_is_missing(session: Session) -> None:
    assert session.recorder is not None
    with pytest.raises(Missing) as refusal:
        await session.recorder.start("nobody")
    assert refusal.value.code == "NoSuchConfigurationRecorderException"


async def test_objects_of_a_bucket_are_listed_and_fetched(session: Session, account: Account) -> None:
    s3 = account.boto("s3")
    s3.create_bucket(Bucket="config-bucket-test", CreateBucketConfiguration={"LocationConstraint": REGION})
    item = {"resourceType": "AWS::S3::Bucket", "resourceId": "b", "configurationItemVersion": "1.3"}
    body = gzip.compress(json.dumps({"fileVersion": "1.0", "configurationItems": [item]}).encode())
    folder = f"AWSLogs/123456789012/Config/{REGION}"
    for day in ("2026/9/27", "2026/10/2", "2025/12/31"):
        key = f"{folder}/{day}/ConfigSnapshot/of-{day.replace('/', '-')}.json.gz"
        s3.put_object(Bucket="config-bucket-test", Key=key, Body=body, ContentEncoding="gzip")

    assert session.snapshots is not None
    months = await session.snapshots.folder("config-bucket-test", f"{folder}/2026/")
    assert [month.key.removeprefix(folder) for month in months] == ["/2026/9/", "/2026/10/"]
    assert all(month.folder for month in months)

    recent = await session.snapshots.recent(DeliveryChannel(name="default", bucket="config-bucket-test"), limit=2)
    assert {one.key.rpartition("/")[2] for one in recent} == {"of-2026-10-2.json.gz", "of-2026-9-27.json.gz"}

    copy = await session.snapshots.download(recent[0])
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [found.resource_id for found in read_items(copy)] == ["b"]
    assert await session.snapshots.download(recent[0]) == copy
    assert Path(copy).name == recent[0].key.rpartition("/")[2]


async def test_a_bucket_that_does_not_exist_is_missing(session: Session) -> None:
    assert session.snapshots is not None
    with pytest.raises(Missing) as refusal:
        await session.snapshots.folder("nobody-has-this-bucket")
    assert refusal.value.code == "NoSuchBucket"


async def test_an_endpoint_that_does_not_know_an_operation_is_quoted_without_its_page(session: Session) -> None:
    assert session.delivery is not None
    with pytest.raises(Refused) as refusal:
        await session.delivery.status()  # moto has no DescribeDeliveryChannelStatus
    assert "HTTP 50" in str(refusal.value)
    assert "<" not in str(refusal.value)


async def test_rules_are_read_with_their_scope(api: Api, account: Account) -> None:
    config = account.boto("config")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": ROLE})
    config.put_config_rule(
        ConfigRule={
            "ConfigRuleName": "volumes",
            "Scope": {"ComplianceResourceTypes": ["AWS::EC2::Volume"]},
            "Source": {"Owner": "AWS", "SourceIdentifier": "ENCRYPTED_VOLUMES"},
        }
    )
    # moto has the rules but no verdicts, so the answer is read by itself.
    [rule] = [read_rule(one, {}, {}) for one in await api.collect("config", "DescribeConfigRules", "ConfigRules")]
    assert (rule.name, rule.identifier, rule.scope_types) == ("volumes", "ENCRYPTED_VOLUMES", ("AWS::EC2::Volume",))


async def test_resources_are_listed_and_their_newest_item_is_read(session: Session, account: Account) -> None:
    s3 = account.boto("s3")
    s3.create_bucket(Bucket="a-bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket="a-bucket", Tagging={"TagSet": [{"Key": "team", "Value": "audit"}]})
    assert session.resources is not None
    listed = [one async for batch in session.resources.listing("AWS::S3::Bucket") for one in batch]
    assert [(one.resource_type, one.resource_id) for one in listed] == [("AWS::S3::Bucket", "a-bucket")]
    item = await session.resources.item(listed[0].key)
    assert item is not None
    assert item.tags == {"team": "audit"}
    assert item.arn == "arn:aws:s3:::a-bucket"
    assert isinstance(item.configuration, dict)


async def test_a_read_only_session_changes_nothing(account: Account) -> None:
    from backend.client.credentials import aws_session

    api = Api(aws_session(None), REGION, endpoint_url=account.url, attempts=1)
    try:
        session = await sign_in(api)
        assert session.read_only
        assert session.recorder is not None
        with pytest.raises(ReadOnly):
            await session.recorder.put(Recorder(name="default", role_arn=ROLE, group=RecordingGroup()))
        assert account.boto("config").describe_configuration_recorders()["ConfigurationRecorders"] == []
    finally:
        await api.close()
