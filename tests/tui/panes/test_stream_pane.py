from __future__ import annotations

import pytest
from msgspec.structs import replace

from backend.model.stream import StreamMessage
from tests.tui.fake_session import BUCKET, INSTANCE, NOW, World
from tests.tui.opened import SMALL, WIDE, opened


def _message(number: int, message_type: str = "ConfigurationItemChangeNotification", **more: str) -> StreamMessage:
    message = StreamMessage(
        message_id=f"n{number}",
        time=NOW + number,
        message_type=message_type,
        resource_type=BUCKET.resource_type,
        resource_id=BUCKET.resource_id,
        change_type="UPDATE",
    )
    return replace(message, **more)


@pytest.mark.requirement("STR-10")
async def test_what_arrives_is_shown_at_the_foot() -> None:
    async with opened() as it:
        assert it.box("stream").count("item changed") == 3
        it.world.arriving = [_message(1, "ComplianceChangeNotification", change_type="NON_COMPLIANT", rule="tagged")]
        await it.changed()
        last = [row for row in it.box("stream").splitlines() if ":" in row][-1]
        assert "compliance changed" in last
        assert "✗ non compliant" in last
        assert "Bucket reports-sgp" in last
        assert "tagged" in last


@pytest.mark.requirement("STR-10")
async def test_a_failed_delivery_is_told_with_the_words_of_aws() -> None:
    code, why = "NoSuchBucket", "The specified bucket does not exist."
    failed = {"errorCode": code, "errorMessage": why}
    kinds = ("ConfigurationHistoryDeliveryFailed", "ConfigurationSnapshotDeliveryFailed")
    async with opened(WIDE) as it:
        it.world.arriving = [
            *(
                replace(_message(number, kind, resource_type="", resource_id="", change_type=""), document=failed)
                for number, kind in enumerate(kinds)
            ),
            replace(_message(7, "OversizedConfigurationItemChangeNotification")),
            replace(
                _message(8, "OversizedConfigurationItemChangeDeliveryFailed"),
                document={"s3DeliverySummary": failed | {"s3BucketLocation": None}},
            ),
        ]
        await it.changed()
        assert f"{code}: {why}" in it.row("history failed")
        assert f"{code}: {why}" in it.row("snapshot failed")
        assert "Bucket reports-sgp" in it.row("oversized change")
        assert "Bucket reports-sgp" in it.row("oversized, failed")
        assert f"{code}: {why}" in it.row("oversized, failed")
        await it.press("6", "slash")
        await it.type("nosuchbucket")
        assert "oversized change" not in it.text
        assert "history failed" in it.text


@pytest.mark.requirement("STR-10")
@pytest.mark.parametrize(
    ("wanted", "shown"),
    [("compliance", "tagged"), ("bucket", "Bucket"), ("i-0a1", "web-1"), ("NON_COMPLIANT", "tagged")],
)
async def test_the_stream_is_filtered_by_message_type_resource_type_and_id(wanted: str, shown: str) -> None:
    world = World()
    world.messages = [
        _message(1, resource_type=INSTANCE.resource_type, resource_id=INSTANCE.resource_id),
        _message(2),
        _message(
            3,
            "ComplianceChangeNotification",
            resource_type="",
            resource_id="",
            change_type="NON_COMPLIANT",
            rule="tagged",
        ),
    ]
    async with opened(SMALL, world=world) as it:
        await it.press("6")
        await it.line(f"filter {wanted}")
        rows = [row for row in it.lines[2:-1] if row.strip()]
        assert len(rows) == 1
        assert shown in rows[0]


@pytest.mark.requirement("STR-10")
async def test_going_up_stops_the_following_and_the_chip_counts_what_is_new() -> None:
    async with opened() as it:
        await it.press("6", "k")
        assert "not following" in it.row("6 Stream")
        it.world.arriving = [_message(1), _message(2)]
        await it.changed()
        assert " 2 new " in it.row("6 Stream")
        await it.press("f")
        assert "new" not in it.row("6 Stream")
        assert "not following" not in it.row("6 Stream")


async def test_the_end_begins_the_following_again() -> None:
    async with opened() as it:
        await it.press("6", "k", "G")
        assert "not following" not in it.row("6 Stream")


async def test_the_same_message_twice_is_shown_once() -> None:
    async with opened() as it:
        it.world.arriving = [_message(1)]
        await it.changed()
        it.world.arriving = [_message(1)]
        await it.changed()
        assert it.box("stream").count("reports-sgp") == 1


async def test_a_message_leads_to_its_resource() -> None:
    async with opened() as it:
        it.world.arriving = [_message(1)]
        await it.changed()
        await it.press("6", "enter")
        assert it.app.workspace.resource == BUCKET
        assert "reports-sgp" in it.lines[1]


async def test_the_file_that_a_delivery_tells_of_is_named() -> None:
    key = "AWSLogs/1/Config/r/2026/3/7/ConfigHistory/1_Config_r_ConfigHistory_AWS::EC2::Volume_1_2_1.json.gz"
    message = StreamMessage(
        message_id="h",
        time=NOW,
        message_type="ConfigurationHistoryDeliveryCompleted",
        document={"s3ObjectKey": key},
    )
    async with opened(world=World(messages=[message])) as it:
        assert "history delivered" in it.box("stream")
        assert "history Volume" in it.box("stream")


async def test_no_queue_no_stream() -> None:
    async with opened(files=True) as it:
        assert "There is no stream here" in it.box("stream")
