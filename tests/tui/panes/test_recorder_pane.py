from __future__ import annotations

import pytest
from msgspec.structs import replace

from backend.model.problem import Denied
from backend.model.recorder import LinkedRecorder, ModeOverride, RecordingGroup
from tests.tui.fake_session import NOW, ROLE, World
from tests.tui.opened import SMALL, WIDE, opened


@pytest.mark.requirement("REC-11")
@pytest.mark.requirement("PRM-01")
@pytest.mark.requirement("REC-02")
async def test_the_pane_says_whether_anything_is_recorded_what_and_since_when() -> None:
    async with opened(SMALL) as it:
        await it.press("1")
        assert "default  ● recording" in it.row("name")
        assert "✓ SUCCESS" in it.row("status")
        assert "2026-02-22 14:22:31 UTC  13 d ago" in it.row("started")
        assert "all types + global" in it.row("records")
        assert ROLE in it.text.replace(" ", "").replace("\n", "")
        assert "5 resources of 5 types" in it.text
        assert "EC2 Instance" in it.text


@pytest.mark.requirement("REC-11")
async def test_a_stopped_recorder_is_told_by_sign_and_word_and_when() -> None:
    world = World()
    assert world.recorder is not None
    world.recorder = replace(world.recorder, recording=False, last_stop_time=NOW - 60_000)
    async with opened(WIDE, world=world) as it:
        assert "○ stopped" in it.row("1 Recorder")
        assert "2026-03-07 14:21:31 UTC  1 m ago" in it.row("│ stopped  ")


async def test_named_and_excluded_types_are_told() -> None:
    world = World()
    assert world.recorder is not None
    group = RecordingGroup(all_supported=False, resource_types=("AWS::EC2::Instance",))
    world.recorder = replace(world.recorder, group=group)
    async with opened(SMALL, world=world) as it:
        await it.press("1")
        assert "only EC2 Instance" in it.row("records")
        world.recorder = replace(world.recorder, group=RecordingGroup(excluded_types=("AWS::IAM::Role",)))
        await it.changed()
        assert "all types but IAM Role" in it.row("records")


async def test_types_recorded_daily_are_told_beside_the_recorder_s_own_frequency() -> None:
    world = World()
    assert world.recorder is not None
    daily = ModeOverride(("AWS::EC2::Volume", "AWS::S3::Bucket"), "DAILY")
    world.recorder = replace(world.recorder, overrides=(daily,))
    async with opened(SMALL, world=world) as it:
        await it.press("1")
        assert "continuous; daily for EC2 Volume, S3 Bucket" in it.row("frequency")


async def test_the_recorders_of_aws_services_are_named_also_where_the_customer_has_none() -> None:
    hub = LinkedRecorder("AWSConfigurationRecorderForSecurityHubCSPM", "securityhub.amazonaws.com", "INTERNAL")
    async with opened(SMALL, world=World(linked=(hub,))) as it:
        await it.press("1")
        assert "SecurityHubCSPM" in it.row("linked")
    async with opened(SMALL, world=World(recorder=None, linked=(hub,))) as it:
        await it.press("1")
        assert "There is no recorder" in it.text
        assert "SecurityHubCSPM" in it.row("linked")


async def test_who_may_not_list_recorders_sees_the_customer_s_all_the_same() -> None:
    world = World(fails={"linked": Denied("Recorders cannot be listed", "config:ListConfigurationRecorders")})
    async with opened(SMALL, world=world) as it:
        await it.press("1")
        assert "● recording" in it.row("name")
        await it.changed()
        assert [mishap.times for mishap in it.app.workspace.mishaps] == [1]


async def test_a_role_that_lacks_a_permission_is_told_in_the_words_of_aws() -> None:
    world = World()
    assert world.recorder is not None
    why = "The role may not call ec2:DescribeVolumes."
    world.recorder = replace(
        world.recorder, last_status="FAILURE", last_error_code="AccessDenied", last_error_message=why
    )
    async with opened(SMALL, world=world) as it:
        await it.press("1")
        assert "✗ recording fails" in it.row("name")
        assert f"AccessDenied {why}" in it.row("error")


async def test_a_region_without_recorder_is_said_to_record_nothing() -> None:
    async with opened(world=World(recorder=None)) as it:
        assert "○ none" in it.row("1 Recorder")
        assert "There is no recorder" in it.box("recorder")


@pytest.mark.requirement("REC-07")
@pytest.mark.requirement("REC-11")
async def test_stopping_is_asked_for_with_the_equivalent_command_and_then_done() -> None:
    async with opened() as it:
        await it.press("S")
        assert "Stop the recorder?" in it.text
        assert "on → off" in it.text
        assert "aws configservice stop-configuration-recorder" in it.text
        assert "--configuration-recorder-name default" in it.text
        assert "--region ap-southeast-1" in it.text
        assert it.world.calls == []
        await it.press("y")
        assert it.world.calls == ["stop default"]
        assert "○ stopped" in it.row("1 Recorder")
        await it.press("s")
        assert "start-configuration-recorder" in it.text
        await it.press("y")
        assert it.world.calls == ["stop default", "start default"]
        assert "● recording" in it.row("1 Recorder")


async def test_saying_no_changes_nothing() -> None:
    async with opened() as it:
        await it.press("S", "n")
        await it.press("S", "escape")
        assert it.world.calls == []
        assert "● recording" in it.row("1 Recorder")


async def test_a_recorder_that_records_is_not_started_again() -> None:
    async with opened() as it:
        await it.press("s")
        assert "records already" in it.text
        assert it.world.calls == []


@pytest.mark.requirement("INV-10")
async def test_read_only_there_is_no_stopping() -> None:
    async with opened(read_only=True) as it:
        await it.press("1", "S")
        assert "Stop the recorder?" not in it.text
        assert "S stop" not in it.lines[-1]
        await it.line("stop")
        assert "read-only: --allow-changes allows it" in it.lines[-1]
        assert it.world.calls == []


async def test_a_missing_permission_is_this_panes_problem_only() -> None:
    world = World(fails={"recorder": Denied("The recorder cannot be read", "config:DescribeConfigurationRecorders")})
    async with opened(world=world) as it:
        assert "config:DescribeConfigurationRecorders" in it.unwrapped("recorder")
        assert "config-bucket-sgp" in it.box("delivery")
        world.fails.clear()
        await it.changed()
        assert "● recording" in it.box("recorder")


async def test_counts_that_cannot_be_had_are_not_said_to_be_none() -> None:
    async with opened(
        SMALL, world=World(fails={"resources": Denied("config:GetDiscoveredResourceCounts is denied")})
    ) as it:
        await it.press("1")
        assert "is denied" in it.text
        assert "0 resources" not in it.text


@pytest.mark.requirement("INV-11", "REC-11")
async def test_the_types_recorded_and_not_are_listed_with_counts_and_searched() -> None:
    world = World(other_types={"AWS::EC2::NatGateway", "AWS::IAM::Role", "AWS::Config::ResourceCompliance"})
    assert world.recorder is not None
    group = RecordingGroup(
        all_supported=False, resource_types=("AWS::EC2::Instance",), strategy="INCLUSION_BY_RESOURCE_TYPES"
    )
    world.recorder = replace(world.recorder, group=group)
    async with opened(SMALL, world=world) as it:
        await it.press("1")
        assert "recorded 1 type" in it.text
        assert "continuous" in it.row("▌      1  EC2 Instance")
        assert "gap" in it.row("7 types not recorded: only those in the list are")
        await it.press("v")
        assert "not recorded 7 types" in it.text
        assert "not in the recorder's list" in it.row("EC2 Volume")
        await it.press("slash")
        await it.type("nat")
        await it.press("enter")
        assert "1 of 7 types" in it.text
        assert "EC2 NatGateway" in it.text
        assert "EC2 Volume" not in it.box("recorder")
        await it.press("escape", "v")
        assert "all 8 types" in it.text


async def test_what_each_type_costs_is_an_estimate_and_says_what_it_rests_on() -> None:
    async with opened(SMALL) as it:
        await it.line("types cost")
        for _ in range(3):
            await it.settle()
        assert "USD a month" in it.text
        assert "estimate" in it.text
        assert "public list prices" in it.text
        assert "8 history files" in " ".join(it.text.split())
        assert "36.00" in it.row("NetworkInterface")
        assert "480" in it.row("43.20")


async def test_a_cost_that_cannot_be_told_is_not_said_to_be_nothing() -> None:
    async with opened(SMALL, world=World(channel=None, status=None)) as it:
        it.world.messages.clear()
        await it.line("types cost")
        for _ in range(3):
            await it.settle()
        assert "items unknown" in it.text


async def test_enter_on_a_type_shows_its_resources() -> None:
    async with opened(SMALL) as it:
        await it.press("1", "slash")
        await it.type("volume")
        await it.press("enter", "enter")
        assert it.app.dashboard.current.id == "snapshots"
        assert it.app.dashboard.current.filter_text() == "AWS::EC2::Volume"


async def test_a_region_without_recorder_says_how_to_go_on() -> None:
    async with opened(SMALL, world=World(recorder=None)) as it:
        await it.press("1")
        assert "U sets AWS Config up" in " ".join(it.text.split())


@pytest.mark.requirement("ITM-17")
async def test_how_long_items_are_kept_is_shown_and_set_within_the_bounds_of_aws() -> None:
    async with opened(WIDE, landing="recorder") as it:
        assert "7 years, as without a setting" in it.row("kept")
        for wrong in ("29", "2558", "8y", "soon"):
            await it.line(f"retention {wrong}")
            assert "30 days at least" in it.text or "no number of days" in it.text
            await it.press("escape")
            assert it.world.calls == []
        await it.line("retention 1y")
        assert "--retention-period-in-days 365" in it.text
        assert "cannot be told any more" in it.text
        await it.press("n")
        assert it.world.calls == []
        await it.line("retention 90")
        await it.press("y")
        assert it.world.calls == ["keep 90"]
        assert "90 days" in it.row("kept")
        await it.line("retention default")
        assert "delete-retention-configuration" in it.text
        await it.press("y")
        assert it.world.retention is None


async def test_in_a_read_only_account_the_retention_is_only_shown() -> None:
    async with opened(WIDE, landing="recorder", read_only=True) as it:
        assert "7 years" in it.row("kept")
        await it.line("retention 90")
        assert it.world.calls == []
        assert "retention-period" not in it.text
