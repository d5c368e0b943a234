from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.model.stream import StreamMessage
from tests.tui.fake_session import BUCKET, INSTANCE, NOW, World
from tests.tui.opened import SMALL, WIDE, opened
from tui.screens.difference import DifferenceScreen
from tui.screens.file import FileScreen
from tui.screens.item import ItemScreen
from tui.screens.message import MessageScreen

CHANGE = StreamMessage(
    message_id="a",
    time=NOW,
    message_type="ConfigurationItemChangeNotification",
    resource_type=INSTANCE.resource_type,
    resource_id=INSTANCE.resource_id,
    change_type="UPDATE",
    document={
        "messageType": "ConfigurationItemChangeNotification",
        "configurationItemDiff": {
            "changeType": "UPDATE",
            "changedProperties": {
                "Configuration.InstanceType": {
                    "previousValue": "t3.small",
                    "updatedValue": "t3.large",
                    "changeType": "UPDATE",
                },
                "Tags.0": {"previousValue": None, "updatedValue": {"key": "Team"}, "changeType": "CREATE"},
            },
        },
    },
)
FILE = StreamMessage(
    message_id="b",
    time=NOW + 1,
    message_type="ConfigurationSnapshotDeliveryCompleted",
    document={"s3Bucket": "config-bucket-sgp", "s3ObjectKey": "a/1_Config_r_ConfigSnapshot_1.json.gz"},
)
VERDICT = StreamMessage(
    message_id="c",
    time=NOW + 2,
    message_type="ComplianceChangeNotification",
    resource_type=BUCKET.resource_type,
    resource_id=BUCKET.resource_id,
    change_type="NON_COMPLIANT",
    rule="encrypted-volumes",
    document={
        "oldEvaluationResult": {"complianceType": "COMPLIANT"},
        "newEvaluationResult": {"complianceType": "NON_COMPLIANT", "annotation": "It is open."},
    },
)


async def test_a_change_is_told_in_words_with_what_changed_and_its_json() -> None:
    for size in (SMALL, WIDE):
        async with opened(size, world=World(messages=[CHANGE])) as it:
            await it.press("6", "i")
            assert "EC2 Instance web-1 was changed: 2 properties." in it.text
            assert "t3.small → t3.large" in it.row("Configuration.InstanceType  ")
            assert "configurationItemDiff" in it.text


async def test_a_change_opens_with_both_values() -> None:
    async with opened(SMALL, world=World(messages=[CHANGE])) as it:
        await it.press("6", "enter", "j", "j", "enter")
        assert isinstance(it.app.screen, DifferenceScreen)
        assert "before" in it.text
        assert "t3.small" in it.text


async def test_it_leads_to_the_resource_and_straight_to_its_timeline() -> None:
    async with opened(SMALL, world=World(messages=[CHANGE])) as it:
        await it.press("6", "enter", "enter")
        assert isinstance(it.app.screen, ItemScreen)
        assert it.app.workspace.resource == INSTANCE
        await it.press("escape", "j", "enter")
        assert isinstance(it.app.screen, ItemScreen)
        assert it.app.screen.timeline.display


async def test_the_file_of_a_delivery_opens_from_its_message() -> None:
    async with opened(SMALL, world=World(messages=[FILE])) as it:
        await it.press("6", "enter")
        assert "A snapshot file is in the bucket (snapshot, all types)." in it.text
        assert "s3://config-bucket-sgp/a/1_Config_r_ConfigSnapshot_1.json.gz" in it.text
        await it.press("enter")
        assert isinstance(it.app.screen, FileScreen)


@pytest.mark.requirement("RUL-03")
async def test_a_verdict_is_told_with_the_one_before_and_leads_to_its_rule() -> None:
    async with opened(SMALL, world=World(messages=[VERDICT])) as it:
        await it.press("6", "enter")
        told = " ".join(it.text.split())
        assert "is non compliant by encrypted-volumes, it was compliant. The rule says: It is open." in told
        assert "AWS Config only tells of it; it changes nothing." in told
        assert "✓ COMPLIANT → ✗ NON_COMPLIANT" in it.row("verdict")
        await it.press("j", "j", "enter")
        assert it.app.dashboard.current.id == "compliance"
        assert "encrypted-volumes" in it.text


async def test_the_ones_before_and_after_are_a_key_away(tmp_path: Path) -> None:
    async with opened(SMALL, world=World(messages=[CHANGE, FILE, VERDICT])) as it:
        await it.press("6", "enter")
        assert "3 of 3" in it.row("compliance changed")
        await it.press("less_than_sign", "less_than_sign", "less_than_sign")
        assert "1 of 3" in it.row("item changed")
        await it.press("greater_than_sign")
        assert "2 of 3" in it.row("snapshot delivered")
        await it.line(f"export {tmp_path / 'm.json'}")
        assert json.loads((tmp_path / "m.json").read_text())["s3Bucket"] == "config-bucket-sgp"
        await it.press("escape")
        assert not isinstance(it.app.screen, MessageScreen)
