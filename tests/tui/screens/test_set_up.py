"""Setting AWS Config up from the form: checks, documents, commands, and then the deed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.model.problem import Refused
from backend.model.setup import Check, Repair
from tests.tui.fake_session import World
from tests.tui.opened import SMALL, WIDE, Opened, opened

MISSING = Check(
    subject="bucket",
    state="bad",
    told="There is no bucket config-bucket-696686700433",
    remedy="Let it be created",
    repair=Repair(title="Create the bucket", service="s3", operation="CreateBucket", params={"Bucket": "b"}),
)


def empty() -> World:
    return World(recorder=None, channel=None, status=None, other_types={"AWS::IAM::Role"})


async def choose_only(it: Opened, words: str) -> None:
    """From all types to only those that a search finds."""
    await it.press("right", "right", "enter", "slash")
    await it.type(words)
    await it.press("enter", "a", "enter")


@pytest.mark.requirement("REC-04", "REC-09", "CHN-01", "PRM-01")
async def test_an_empty_region_is_set_up_from_one_form_and_then_records() -> None:
    async with opened(SMALL, world=empty()) as it:
        await it.press("U")
        assert "all types" in it.row("records")
        assert "AWSServiceRoleForConfig" in it.app.screen.query_one("#set-up-role").value  # type: ignore[attr-defined]
        assert "config-bucket-696686700433" in it.row("bucket  ")
        await it.press("enter")
        assert "put-configuration-recorder" in it.text
        assert it.world.calls == []
        await it.press("y")
        assert it.world.calls == [
            "put recorder default",
            "put channel default config-bucket-696686700433 TwentyFour_Hours",
            "start default",
        ]
        assert "✓ AWS Config records" in it.text
        assert it.world.recorder is not None and it.world.recorder.recording
        assert it.world.recorder.group.include_global


@pytest.mark.requirement("REC-01", "INV-11")
async def test_types_are_picked_from_a_list_that_is_searched() -> None:
    async with opened(SMALL, world=empty()) as it:
        await it.press("U")
        await choose_only(it, "ec2 vol")
        assert "1 type: EC2 Volume" in it.row("records")
        await it.press("enter", "space", "escape", "left", "enter")
        assert "Types that are left out" in it.text
        await it.press("escape", "right", "tab", "enter", "y")
        assert it.world.recorder is not None
        assert it.world.recorder.group.resource_types == ("AWS::EC2::Volume",)


async def test_what_is_missing_is_made_first_each_part_when_one_agrees() -> None:
    world = empty()
    world.checks = [MISSING]
    async with opened(SMALL, world=world) as it:
        await it.press("U")
        assert "✗ bucket   There is no bucket" in it.text
        await it.press("enter")
        assert "aws s3api create-bucket" in it.text
        await it.press("n")
        assert it.world.calls == []
        await it.press("enter", "y")
        assert it.world.calls == ["s3 CreateBucket"]
        await it.press("y")
        assert it.world.calls[-1] == "start default"


async def test_what_is_typed_wrong_is_said_while_it_is_typed() -> None:
    async with opened(SMALL, world=empty()) as it:
        await it.press("U", "down", "down", "down", "ctrl+u")
        await it.type("admin")
        await it.press("enter")
        assert "✗ role     This is no ARN of a role" in it.text
        assert it.world.calls == []


async def test_a_step_that_is_refused_is_told_where_it_stands() -> None:
    world = empty()
    world.fails["changes"] = Refused("config:PutDeliveryChannel was refused", "no such bucket")
    async with opened(SMALL, world=world) as it:
        await it.press("U", "enter", "y")
        assert "✓ put the recorder" in it.text
        assert "✗ put the delivery channel: config:PutDeliveryChannel was refused" in it.text
        assert "○ start recording" in it.text


@pytest.mark.requirement("CHN-17")
async def test_both_documents_are_shown_saved_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(WIDE) as it:
        await it.press("U", "ctrl+n")
        assert "deliveryChannel.json" in it.text
        assert '"deliveryFrequency": "Six_Hours"' in it.text
        await it.press("ctrl+s")
        saved = json.loads((tmp_path / "deliveryChannel.json").read_text())
        assert saved["s3BucketName"] == "config-bucket-sgp"
        assert json.loads((tmp_path / "configurationRecorder.json").read_text())["name"] == "default"
        (tmp_path / "lab.json").write_text(json.dumps({"DeliveryChannels": [{**saved, "s3BucketName": "lab-bucket"}]}))
        await it.press("ctrl+l")
        await it.type("lab.json")
        await it.press("enter")
        assert "lab-bucket" in it.row("bucket  ")
        assert "Loaded the channel" in it.text
        assert it.world.calls == []


async def test_a_file_that_is_neither_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("[]")
    async with opened(WIDE) as it:
        await it.press("U", "ctrl+l")
        await it.type(str(path))
        await it.press("enter")
        assert "holds neither a recorder nor a delivery channel" in it.text


@pytest.mark.requirement("INV-10")
async def test_read_only_the_form_shows_the_commands_and_does_nothing() -> None:
    async with opened(SMALL, read_only=True) as it:
        await it.press("U", "enter")
        assert "aws configservice put-configuration-recorder" in it.text
        assert it.world.calls == []
        await it.line("setup")


async def test_a_set_up_that_was_typed_into_is_left_at_once_when_it_is_done_and_else_not() -> None:
    async with opened(SMALL, world=empty()) as it:
        await it.press("U")
        it.app.screen.query_one("#set-up-prefix").focus()
        await it.type("config")
        await it.press("escape")
        assert "esc again leaves" in it.text
        await it.press("enter", "y")
        assert "✓ AWS Config records" in it.text
        await it.press("escape")
        assert it.app.screen is it.app.dashboard
