from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from backend.model.delivery import DeliveryState, StoredObject
from backend.model.moment import HOUR
from backend.model.problem import Denied, Missing, Refused
from backend.model.reading import OpenedFile
from tests.tui.fake_session import NOW, World
from tests.tui.looking import style_at
from tests.tui.opened import SMALL, WIDE, opened

SNAPSHOT_ID = "8b7a6c5d-1111-4222-8333-444455556666"


@pytest.mark.requirement("CHN-16")
async def test_the_three_states_stand_below_each_other_where_it_is_narrow() -> None:
    async with opened() as it:
        box = " ".join(it.box("delivery").split())
        assert "✗ failing" in box
        assert "snapshot ✓ SUCCESS 2 h ago" in box
        assert "history ✗ FAILURE 30 m ago" in box
        assert "stream ✓ SUCCESS for 10 d" in box
        assert "snapshot in 4 h" in box
        assert "NoSuchBucket:Thespecifiedbucketdoesnotexist" in it.unwrapped("delivery")


@pytest.mark.requirement("CHN-16")
@pytest.mark.requirement("CHN-08", "HIS-08")
async def test_the_three_states_stand_side_by_side_where_there_is_room() -> None:
    async with opened((140, 24)) as it:
        await it.press("2")
        heads = it.row("Snapshot")
        assert heads.index("Snapshot") < heads.index("History") < heads.index("Stream")
        states = it.row("status")
        assert states.count("✓ SUCCESS") == 2
        assert states.count("✗ FAILURE") == 1
        assert "NoSuchBucket" in it.row("code")
        assert "The specified bucket does not exist" in it.row("message")
        assert "in 4 h" in it.row("next  ")
        assert style_at(it.app, "FAILURE").color != style_at(it.app, "SUCCESS").color


@pytest.mark.requirement("CHN-16")
@pytest.mark.parametrize("size", [SMALL, WIDE, (140, 24)])
async def test_channel_and_topic_are_named_where_there_is_room(size: tuple[int, int]) -> None:
    async with opened(size) as it:
        await it.press("2")
        box = it.box("delivery")
        assert re.search(r"channel +default", box)
        assert re.search(r"topic +(arn:aws:sns:ap-southeast-1:696686700433:)?awsconfig-lab", box)


async def test_the_newest_file_stays_under_the_cursor_until_the_cursor_is_moved() -> None:
    async with opened(SMALL) as it:
        await it.press("2")
        for number in (1, 2):
            key = f"AWSLogs/1/Config/r/2026/3/7/ConfigSnapshot/1_Config_r_ConfigSnapshot_x_new-{number}.json.gz"
            it.world.objects.insert(0, StoredObject(bucket="config-bucket-sgp", key=key, size=number, modified=NOW))
            await it.changed()
            if number == 1:
                assert "1 B" in it.row("▌")
                await it.press("j")
        assert "1 B" not in it.row("▌")
        assert "2 B" not in it.row("▌")


@pytest.mark.requirement("CHN-16")
async def test_the_error_of_a_delivery_is_told_in_the_services_own_words() -> None:
    world = World()
    assert world.status is not None
    words = "Failed to put object to bucket: config-bucket-sgp (Service: Amazon S3; Status Code: 404)"
    world.status = replace(world.status, stream=replace(world.status.stream, status="FAILURE", error_message=words))
    async with opened(SMALL, world=world) as it:
        await it.press("2")
        assert words.replace(" ", "") in it.unwrapped("delivery")


async def test_three_long_errors_leave_room_for_all_states_and_the_files() -> None:
    world = World()
    assert world.status is not None
    why = "An exception occurred while trying to deliver data to your Amazon S3 bucket, which does not let it in."
    failed = {"status": "FAILURE", "error_code": "AccessDenied", "error_message": why}
    world.status = replace(
        world.status,
        **{part: replace(getattr(world.status, part), **failed) for part in ("snapshot", "history", "stream")},
    )
    async with opened(world=world) as it:
        box = it.box("delivery")
        assert box.count("✗ FAILURE") == 3
        assert box.count("AccessDenied: An exception occurr…") == 3
        assert "snapshot, all types" in box
        await it.press("2", "z")
        assert it.text.count("AccessDenied") == 3
        assert "let it in." in it.text


async def test_a_state_that_was_never_tried_says_so() -> None:
    world = World()
    assert world.status is not None
    world.status = replace(
        world.status, history=replace(world.status.history, status="", error_code="", error_message="")
    )
    async with opened(world=world) as it:
        assert "○ not tried yet" in it.box("delivery")


async def test_without_channel_nothing_is_delivered() -> None:
    async with opened(world=World(channel=None, status=None)) as it:
        assert "There is no delivery channel" in it.box("delivery")
        await it.press("d")
        assert "no delivery channel in this region" in it.lines[-1]


@pytest.mark.requirement("SNP-02")
@pytest.mark.requirement("SNP-12")
@pytest.mark.requirement("SNP-16")
async def test_a_snapshot_is_delivered_now_and_its_arrival_watched() -> None:
    async with opened() as it:
        await it.press("d")
        assert "Deliver a snapshot now?" in it.text
        assert "aws configservice deliver-config-snapshot" in it.text
        assert "--delivery-channel-name default" in it.text
        assert it.world.calls == []
        await it.press("y")
        assert it.world.calls == ["deliver default"]
        assert "◌ started ◌ completed ◌" in " ".join(it.box("delivery").split())
        key = f"AWSLogs/1/Config/r/2026/3/7/ConfigSnapshot/1_Config_r_ConfigSnapshot_20260307T1Z_{SNAPSHOT_ID}.json.gz"
        it.world.objects.insert(0, StoredObject(bucket="config-bucket-sgp", key=key, size=512, modified=NOW))
        await it.changed()
        assert "arrived" in it.lines[-1]
        assert SNAPSHOT_ID not in it.unwrapped("delivery")
        assert "snapshot, all types" in it.row("▌   0 s")


@pytest.mark.requirement("S3-07")
@pytest.mark.requirement("SNP-09")
@pytest.mark.requirement("SNP-10")
async def test_a_delivered_file_is_opened_with_enter(tmp_path: Path) -> None:
    items = [
        {"resourceType": "AWS::EC2::Volume", "resourceId": f"vol-{number}", "configuration": {"size": number}}
        for number in range(3)
    ]
    file = tmp_path / "snapshot.json.gz"
    file.write_bytes(gzip.compress(json.dumps({"fileVersion": "1.0", "configurationItems": items}).encode()))
    async with opened(world=World(file=file)) as it:
        await it.press("2", "enter")
        for _ in range(20):
            await it.settle()
        assert "3 items" in it.lines[1]
        assert "item 1 of 3" in it.text
        await it.press("j")
        assert "item 2 of 3" in it.text
        await it.press("slash")
        await it.type("vol-2")
        await it.press("enter")
        assert "vol-2" in it.text
        assert "vol-0" not in it.text
        await it.press("enter")
        assert it.lines[1].strip() == "vol-2", "the page of the resource"
        await it.press("escape")
        assert "3 items" in it.lines[1]
        await it.press("escape", "escape")
        assert "2 Delivery" in it.text


async def test_a_file_that_is_gone_is_said_to_be_gone() -> None:
    async with opened() as it:
        await it.press("2", "enter")
        assert "There is no object" in it.text


@pytest.mark.requirement("CHN-06")
@pytest.mark.requirement("SNP-16")
@pytest.mark.requirement("SNP-04")
async def test_the_frequency_is_chosen_and_put_with_the_equivalent_command() -> None:
    async with opened((160, 40)) as it:
        await it.press("F")
        assert "every" in it.text.lower()
        assert "6 hours" in it.row("as it is now")
        assert it.text.count("as it is now") == 2, "the cursor is on it: its remark stands below, too"
        await it.press("home", "enter")
        assert "Six_Hours → One_Hour" in it.text
        assert "put-delivery-channel" in it.text
        assert '"deliveryFrequency":"One_Hour"' in it.text
        await it.press("y")
        assert it.world.calls == ["put channel default config-bucket-sgp One_Hour"]
        assert "every 1 h" in it.box("delivery")


async def test_a_frequency_can_be_typed_and_nonsense_is_refused() -> None:
    async with opened() as it:
        await it.line("frequency twelve hours")
        assert "Six_Hours → Twelve_Hours" in it.text
        await it.press("n")
        await it.line("frequency hourly")
        assert "is no delivery frequency" in it.text
        assert it.world.calls == []


@pytest.mark.requirement("CHN-01")
@pytest.mark.requirement("CHN-19")
async def test_the_channel_is_set_up_in_a_form() -> None:
    world = World(channel=None, status=None)
    async with opened((160, 40), world=world) as it:
        await it.press("C")
        assert "Delivery channel in ap-southeast-1" in it.text
        assert "config-bucket-696686700433" in it.text
        await it.press("tab", "tab")
        await it.type("arn:aws:sns:ap-southeast-1:696686700433:lab")
        await it.press("enter")
        assert "put-delivery-channel" in it.text
        assert "– → config-bucket-696686700433" in it.text
        await it.press("y")
        assert it.world.channel is not None
        assert it.world.channel.topic_arn == "arn:aws:sns:ap-southeast-1:696686700433:lab"
        assert it.world.channel.frequency is None


async def test_a_refused_change_is_told_and_kept_among_the_problems() -> None:
    refusal = Refused("The channel cannot be put", "the bucket does not exist", code="NoSuchBucketException")
    async with opened(world=World(fails={"changes": refusal})) as it:
        await it.line("frequency One_Hour")
        await it.press("y")
        assert "the bucket does not exist" in it.text
        await it.press("exclamation_mark", "enter")
        assert "NoSuchBucketException" in it.text


@pytest.mark.requirement("CHN-17")
@pytest.mark.requirement("CHN-04", "CHN-07")
async def test_the_channel_is_exported_as_delivery_channel_json(tmp_path: Path) -> None:
    written = tmp_path / "deliveryChannel.json"
    async with opened() as it:
        await it.press("2")
        await it.line(f"export {written}")
        assert "Written to" in it.text
    assert written.stat().st_mode & 0o777 == 0o600
    assert json.loads(written.read_text()) == {
        "name": "default",
        "s3BucketName": "config-bucket-sgp",
        "snsTopicARN": "arn:aws:sns:ap-southeast-1:696686700433:awsconfig-lab",
        "configSnapshotDeliveryProperties": {"deliveryFrequency": "Six_Hours"},
    }


async def test_a_bucket_that_cannot_be_listed_leaves_the_states_in_sight() -> None:
    world = World(fails={"snapshots": Missing("The bucket config-bucket-sgp does not exist")})
    async with opened(SMALL, world=world) as it:
        await it.press("2")
        assert "✗ FAILURE" in it.text
        assert "The bucket config-bucket-sgp does not exist" in it.text


@pytest.mark.requirement("CHN-16", "HIS-09")
async def test_an_error_is_told_in_plain_words_with_what_to_do() -> None:
    async with opened((80, 30)) as it:
        await it.press("2")
        plain = " ".join(it.text.split())
        assert "NoSuchBucket: The specified bucket does not exist" in plain
        assert "The bucket config-bucket-sgp does not exist (any more)" in plain
        assert "Make it again with its policy" in plain
        assert "30 m ago, arrived 7 h ago" in it.row("history  ")
    async with opened((140, 30)) as it:
        await it.press("2")
        assert "means" in it.row("The bucket config-bucket-sgp")
        assert "Make it again" in it.row("to do")
        assert "about in 5 h 30 m" in it.text


@pytest.mark.requirement("HIS-12")
@pytest.mark.requirement("CHN-18")
async def test_histories_and_snapshots_are_explained_and_kept_apart() -> None:
    world = World()
    key = "AWSLogs/1/Config/r/2026/3/7/ConfigHistory/1_Config_r_ConfigHistory_AWS::EC2::Volume_a_b_1.json.gz"
    world.objects.append(StoredObject(bucket="config-bucket-sgp", key=key, size=10, modified=NOW))
    async with opened((100, 30), world=world) as it:
        await it.press("2")
        assert "a snapshot holds all resources at one moment; a history holds all changes of one type" in " ".join(
            it.text.split()
        )
        assert "history Volume" in it.text
        await it.press("v")
        assert "snapshots: each holds every resource as it was at one moment" in it.text
        assert "history Volume" not in it.text
        await it.press("v")
        assert "histories: each holds every item of one type" in it.text
        assert "snapshot, all types" not in it.text


@pytest.mark.requirement("SNP-11", "SNP-12")
async def test_a_snapshot_is_followed_step_by_step() -> None:
    async with opened((100, 30)) as it:
        await it.press("2", "d", "y")
        assert "not seen yet" in it.row("started")
        message = it.world.messages[0]
        told = {"configSnapshotId": SNAPSHOT_ID}
        for number, kind in enumerate(("Started", "Completed"), start=1):
            kind = f"ConfigurationSnapshotDelivery{kind}"
            it.world.messages.append(
                replace(message, message_id=kind, message_type=kind, time=NOW + number * 1000, document=told)
            )
        await it.changed()
        assert "✓ 2026-03-07 14:22:32 UTC  after 1 s" in it.row("started")
        assert "after 2 s" in it.row("completed")
        assert "not seen yet" in it.row("in bucket")
        key = f"AWSLogs/1/Config/r/2026/3/7/ConfigSnapshot/1_Config_r_ConfigSnapshot_20260307T1Z_{SNAPSHOT_ID}.json.gz"
        it.world.objects.insert(0, StoredObject(bucket="config-bucket-sgp", key=key, size=512, modified=NOW + 3_000))
        await it.changed()
        assert "after 3 s  512 B, enter opens it" in it.row("in bucket")
        await it.press("escape")
        assert "in bucket" not in it.text


@pytest.mark.requirement("SNP-11")
async def test_a_snapshot_that_fails_says_why() -> None:
    async with opened((100, 30)) as it:
        await it.press("2", "d", "y")
        kind = "ConfigurationSnapshotDeliveryFailed"
        told = {"configSnapshotId": SNAPSHOT_ID, "errorCode": "AccessDenied", "errorMessage": "no way in"}
        it.world.messages.append(
            replace(it.world.messages[0], message_id="f", message_type=kind, time=NOW, document=told)
        )
        await it.changed()
        assert "✗ AccessDenied: no way in" in it.row("failed")


@pytest.mark.requirement("CHN-17")
async def test_a_channel_is_set_as_a_file_has_it(tmp_path: Path) -> None:
    path = tmp_path / "deliveryChannel.json"
    path.write_text(json.dumps({"name": "default", "s3BucketName": "lab", "snsTopicARN": "arn:aws:sns:r:1:t"}))
    async with opened(WIDE) as it:
        await it.line(f"channel {path}")
        for _ in range(5):
            await it.settle()
        assert "config-bucket-sgp → lab" in it.text
        await it.press("y")
        assert it.world.calls == ["put channel default lab None"]
        await it.line(f"channel {tmp_path}/none.json")
        for _ in range(5):
            await it.settle()
        assert "cannot be read" in it.text


@pytest.mark.requirement("HIS-10")
async def test_a_history_that_arrives_again_loses_its_error() -> None:
    async with opened((140, 30)) as it:
        await it.press("2")
        assert "NoSuchBucket" in it.text
        assert it.world.status is not None
        well = DeliveryState(status="SUCCESS", last_attempt=NOW, last_success=NOW)
        it.world.status = replace(it.world.status, history=well)
        await it.changed()
        assert it.row("status").count("✓ SUCCESS") == 3
        assert "NoSuchBucket" not in it.text


async def test_what_could_not_be_asked_is_not_said_to_be_missing() -> None:
    world = World(fails={"delivery": Denied("The delivery channel cannot be read", "config:… is missing")})
    async with opened(SMALL, world=world) as it:
        await it.press("2")
        assert "cannot be read" in it.text
        assert "There is no delivery channel" not in it.text


async def test_over_files_it_lists_what_is_open_and_how_far_each_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"configurationItems": [{"resourceType": "AWS::New::Thing", "resourceId": "t-1"}]}))
    own = OpenedFile(path, "mine.json", path.stat().st_size, 1, False, NOW - 3 * HOUR, "whole")
    reading = OpenedFile(tmp_path / "b.json.gz", "b.json.gz", 5_000_000, 1_200, True, NOW - HOUR, "reading")
    world = World(opened=(own, reading))
    async with opened(WIDE, world=world, files=True, landing="delivery") as it:
        assert "2 files" in it.row("2 Delivery")
        assert re.search(r"mine\.json +1 items ", it.row("mine.json"))
        assert "1,200 …" in it.row("b.json.gz")
        assert "snapshot" in it.row("b.json.gz")
        world.opened = (own, reading._replace(items=9_000, state="broken"))
        await it.changed()
        assert "✗ 9,000" in it.row("b.json.gz")
        await it.press("y")
        assert it.app.clipboard == str(path)
        await it.press("enter")
        await it.app.workers.wait_for_complete()
        await it.settle()
        assert "1 of 1 resource" in it.text
        assert "AWS::New::Thing" in it.text
        assert "to know" in it.text or "wrong" in it.text
        await it.press("escape")
        assert it.app.screen is it.app.dashboard


async def test_a_file_that_came_through_a_pipe_is_not_looked_through_again(tmp_path: Path) -> None:
    piped = OpenedFile(tmp_path / "0", "standard input", None, 12, True, NOW, "whole")
    async with opened(world=World(opened=(piped,)), files=True, landing="delivery") as it:
        await it.press("enter")
        assert "It cannot be read once more" in it.text
