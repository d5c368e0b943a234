"""What is recorded later than it happened: once a day, or after a lag."""

from __future__ import annotations

from backend.engine.config import faults, items
from backend.engine.config import recording as recording_module
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import DAY, HOUR
from tests.backend.engine.config.conftest import instance, remove, start, statuses, stop
from tests.backend.engine.conftest import REGION, ROLE, START, CallFixture, PutFixture

QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/696686700433/jobs"


def daily(call: CallFixture, *overridden: str) -> None:
    mode: Document = {"recordingFrequency": "DAILY"}
    if overridden:
        mode["recordingModeOverrides"] = [{"resourceTypes": list(overridden), "recordingFrequency": "CONTINUOUS"}]
    settings = {"name": "default", "roleARN": ROLE, "recordingMode": mode}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)


def test_daily_recording_keeps_the_newest_state_of_the_day(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(instance())
    settings = {"name": "default", "roleARN": ROLE, "recordingMode": {"recordingFrequency": "DAILY"}}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)

    engine.advance(START + HOUR)
    put(instance(state="stopping"), instance("i-back"))
    put(instance(state="stopped"))
    assert len(statuses(ctx, instance())) == 1

    engine.advance(START + DAY)
    item = items.latest(ctx, "AWS::EC2::Instance", "i-0f1")
    assert statuses(ctx, instance()) == ["ResourceDiscovered", "OK"]
    assert item is not None and item["configuration"]["state"]["name"] == "stopped"
    assert item["recordingFrequency"] == "DAILY"
    assert statuses(ctx, instance("i-back")) == ["ResourceDiscovered"]

    engine.advance(START + DAY + HOUR)
    put(instance(state="running"))
    put(instance(state="stopped"))
    engine.advance(START + 3 * DAY)
    assert len(statuses(ctx, instance())) == 2


def test_an_override_records_at_once_what_else_waits_for_the_day_to_end(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    daily(call, "AWS::S3::Bucket")
    bucket = Resource(resource_type="AWS::S3::Bucket", resource_id="b", region=REGION, configuration={})
    put(instance(), bucket)

    assert (statuses(ctx, instance()), statuses(ctx, bucket)) == ([], ["ResourceDiscovered"])
    item = items.latest(ctx, "AWS::S3::Bucket", "b")
    assert item is not None and "recordingFrequency" not in item
    engine.advance(START + DAY)
    assert statuses(ctx, instance()) == ["ResourceDiscovered"]


def test_a_day_has_one_item_also_when_the_recorder_is_restarted(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recorder: None
) -> None:
    put(instance())
    daily(call)
    start(call)
    item = items.latest(ctx, "AWS::EC2::Instance", "i-0f1")
    assert item is not None and item["recordingFrequency"] == "DAILY", "discovery does not wait"

    stop(call)
    put(instance(state="stopped"))
    start(call)
    assert statuses(ctx, instance()) == ["ResourceDiscovered"]
    engine.advance(START + DAY)
    assert statuses(ctx, instance()) == ["ResourceDiscovered", "OK"]


def test_a_daily_deletion_is_recorded_at_the_end_of_the_day(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    put(instance())
    daily(call)
    remove(engine, *instance().key)
    assert statuses(ctx, instance()) == ["ResourceDiscovered"]

    engine.advance(START + DAY)
    item = items.latest(ctx, "AWS::EC2::Instance", "i-0f1")
    assert item is not None and item["configurationItemStatus"] == "ResourceDeleted"
    assert item["recordingFrequency"] == "DAILY"
    assert item["configurationItemDeliveryTime"] == "2026-03-02T00:00:00.000Z"


def test_nothing_is_delivered_before_it_was_captured(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    daily(call)
    for resource_id in ("i-0f1", "i-0f2", "i-0f3"):
        put(instance(resource_id))
    engine.advance(START + DAY)
    for resource_id in ("i-0f1", "i-0f2", "i-0f3"):
        item = items.latest(ctx, "AWS::EC2::Instance", resource_id)
        assert item is not None
        assert item["configurationItemCaptureTime"] <= item["configurationItemDeliveryTime"]


def test_the_recorder_itself_and_verdicts_never_wait(
    ctx: Context, engine: Engine, call: CallFixture, recording: None
) -> None:
    daily(call)
    verdict = Resource(
        resource_type="AWS::Config::ResourceCompliance",
        resource_id="AWS::S3::Bucket/b",
        region=REGION,
        configuration={"complianceType": "COMPLIANT"},
    )
    engine.act(lambda ctx: note(ctx, verdict))

    found = items.latest(ctx, "AWS::Config::ConfigurationRecorder", "default")
    assert found is not None
    assert found["configuration"]["RecordingMode"]["RecordingFrequency"] == "DAILY"
    assert "recordingFrequency" not in found
    assert statuses(ctx, verdict) == ["ResourceDiscovered"]


def test_a_lag_of_recording_makes_one_item_of_several_changes(
    ctx: Context, engine: Engine, put: PutFixture, recording: None
) -> None:
    engine.act(lambda ctx: faults.inject(ctx, {"name": "recording-lag", "milliseconds": HOUR}))
    put(instance())
    put(instance(state="stopped"))
    assert statuses(ctx, instance()) == []

    engine.advance(START + HOUR)
    item = items.latest(ctx, "AWS::EC2::Instance", "i-0f1")
    assert statuses(ctx, instance()) == ["ResourceDiscovered"]
    assert item is not None and item["configuration"]["state"]["name"] == "stopped"
    assert item["configurationStateId"] == START + HOUR

    remove(engine, *instance().key)
    engine.advance(START + 2 * HOUR)
    assert statuses(ctx, instance()) == ["ResourceDiscovered", "ResourceDeleted"]


def test_a_resource_that_came_and_went_within_the_lag_was_never_there(
    ctx: Context, engine: Engine, put: PutFixture, recording: None
) -> None:
    engine.act(lambda ctx: faults.inject(ctx, {"name": "recording-lag", "milliseconds": HOUR}))
    put(instance())
    remove(engine, *instance().key)
    engine.advance(START + DAY)

    assert statuses(ctx, instance()) == []


def note(ctx: Context, resource: Resource) -> None:
    recording_module.record_state(ctx, resource)


def test_the_end_of_the_day_is_an_event_of_the_recorder(
    engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    daily(call)
    put(instance())
    engine.advance(START + DAY)

    (status,) = call("config", "DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    assert status["lastStatusChangeTime"] == moment.to_datetime(START + DAY)


def test_what_waited_when_the_recorder_was_stopped_is_found_at_the_next_start(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    daily(call)
    put(instance())
    stop(call)
    engine.advance(START + DAY)
    assert statuses(ctx, instance()) == []

    start(call)
    assert statuses(ctx, instance()) == ["ResourceDiscovered"]
