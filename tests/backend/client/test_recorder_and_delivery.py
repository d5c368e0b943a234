"""Recorder and channel: the spellings of AWS, old and new, and what is put."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from backend.client.delivery import DeliveryOverApi, read_status
from backend.client.recorder import RecorderOverApi
from backend.model.channel_document import read_channel, write_channel
from backend.model.delivery import DeliveryChannel
from backend.model.item import Document
from backend.model.moment import parse
from backend.model.recorder import LinkedRecorder, ModeOverride, Recorder, RecordingGroup
from backend.model.recorder_document import read_recorder, write_recorder
from tests.backend.client.scripted import ScriptedApi


def test_a_recorder_of_an_older_account_has_the_defaults() -> None:
    recorder = read_recorder(
        {
            "name": "default",
            "roleARN": "arn:aws:iam::1:role/r",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True, "resourceTypes": []},
        },
        {
            "name": "default",
            "recording": True,
            "lastStatus": "Success",
            "lastStartTime": datetime(2026, 3, 1, tzinfo=UTC),
        },
    )
    assert recorder.group.strategy == "ALL_SUPPORTED_RESOURCE_TYPES"
    assert recorder.frequency == "CONTINUOUS"
    assert (recorder.recording, recorder.last_status) == (True, "SUCCESS")
    assert recorder.last_start_time == parse("2026-03-01T00:00:00Z")


@pytest.mark.parametrize(
    "group",
    [
        RecordingGroup(include_global=True),
        RecordingGroup(False, False, ("AWS::EC2::Instance",), (), "INCLUSION_BY_RESOURCE_TYPES"),
        RecordingGroup(False, False, (), ("AWS::EC2::Subnet",), "EXCLUSION_BY_RESOURCE_TYPES"),
    ],
)
def test_a_recorder_that_is_put_comes_back_the_same(group: RecordingGroup) -> None:
    recorder = Recorder(name="default", role_arn="arn:aws:iam::1:role/r", group=group, frequency="CONTINUOUS")
    daily = ModeOverride(("AWS::EC2::Volume", "AWS::S3::Bucket"), "DAILY", "rarely looked at")
    assert read_recorder(write_recorder(replace(recorder, overrides=(daily,))), {}).overrides == (daily,)
    recorder = replace(recorder, frequency="DAILY")
    assert read_recorder(write_recorder(recorder), {}) == recorder


def test_members_that_do_not_belong_together_are_not_sent() -> None:
    group = RecordingGroup(False, True, ("AWS::EC2::Instance",), ("AWS::EC2::Subnet",), "INCLUSION_BY_RESOURCE_TYPES")
    sent = write_recorder(Recorder(name="default", role_arn="r", group=group))["recordingGroup"]
    assert "exclusionByResourceTypes" not in sent
    assert "includeGlobalResourceTypes" not in sent


async def test_the_recorders_of_aws_services_are_told_apart_from_the_customer_s() -> None:
    hub = {
        "name": "AWSConfigurationRecorderForSecurityHubCSPM",
        "servicePrincipal": "securityhub.amazonaws.com",
        "recordingScope": "INTERNAL",
    }
    own = {"name": "default", "recordingScope": "PAID"}
    first: Document = {"ConfigurationRecorderSummaries": [own], "NextToken": "n"}
    second: Document = {"ConfigurationRecorderSummaries": [hub]}
    api = ScriptedApi({"ListConfigurationRecorders": [first, second]})
    assert await RecorderOverApi(api).linked() == (
        LinkedRecorder("AWSConfigurationRecorderForSecurityHubCSPM", "securityhub.amazonaws.com", "INTERNAL"),
    )


@pytest.mark.requirement("REC-07")
async def test_start_and_stop_name_the_recorder() -> None:
    api = ScriptedApi({"StartConfigurationRecorder": {}, "StopConfigurationRecorder": {}})
    recorder = RecorderOverApi(api)
    await recorder.start("default")
    await recorder.stop("default")
    assert api.asked == [
        ("StartConfigurationRecorder", {"ConfigurationRecorderName": "default"}),
        ("StopConfigurationRecorder", {"ConfigurationRecorderName": "default"}),
    ]


def test_a_channel_that_is_put_comes_back_the_same() -> None:
    channel = DeliveryChannel(name="default", bucket="b", prefix="p", topic_arn="arn:t", frequency="One_Hour")
    assert read_channel(write_channel(channel)) == channel


def test_what_a_channel_does_not_have_is_not_sent() -> None:
    assert write_channel(DeliveryChannel(name="default", bucket="b")) == {"name": "default", "s3BucketName": "b"}


@pytest.mark.requirement("SNP-02")
async def test_a_snapshot_is_asked_for_by_the_name_of_the_channel() -> None:
    api = ScriptedApi({"DeliverConfigSnapshot": {"configSnapshotId": "94ccff53"}})
    assert await DeliveryOverApi(api).deliver("default") == "94ccff53"
    assert api.asked == [("DeliverConfigSnapshot", {"deliveryChannelName": "default"})]


@pytest.mark.requirement("CHN-15")
@pytest.mark.requirement("CHN-08")
@pytest.mark.parametrize("when", [1677555871.656, "2023-02-28T03:44:31.656Z", "2023-02-28T10:44:31.656000+07:00"])
def test_the_three_states_in_every_form_of_time(when: str | float) -> None:
    status = read_status(
        {
            "name": "default",
            "configSnapshotDeliveryInfo": {"nextDeliveryTime": when},
            "configHistoryDeliveryInfo": {
                "lastStatus": "FAILURE",
                "lastErrorCode": "NoSuchBucket",
                "lastErrorMessage": "The bucket does not exist",
                "lastAttemptTime": when,
            },
            "configStreamDeliveryInfo": {"lastStatus": "Not_Applicable", "lastStatusChangeTime": when},
        }
    )
    moment = 1677555871656
    assert (status.snapshot.status, status.snapshot.next_delivery) == ("", moment)
    assert (status.history.status, status.history.error_code, status.history.last_attempt) == (
        "FAILURE",
        "NoSuchBucket",
        moment,
    )
    assert (status.stream.status, status.stream.status_changed) == ("NOT_APPLICABLE", moment)


def test_a_block_that_is_empty_or_absent_has_no_status() -> None:
    status = read_status({"name": "default", "configSnapshotDeliveryInfo": {}})
    assert status.snapshot.status == status.stream.status == ""
    assert status.snapshot.last_attempt is None


def test_status_words_are_compared_without_case() -> None:
    info = {"lastStatus": "Success"}
    assert read_status({"name": "d", "configStreamDeliveryInfo": info}).stream.status == "SUCCESS"
