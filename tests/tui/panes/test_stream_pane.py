from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from backend.model.delivery import DeliveryState
from backend.model.moment import HOUR
from backend.model.stream import StreamMessage
from tests.tui.fake_session import BUCKET, INSTANCE, NOW, VOLUME, World
from tests.tui.opened import GRID, SMALL, WIDE, opened
from tui.panes.stream import KEPT, SLACK, StreamPane
from tui.panes.stream_views import VIEWS, complete, wrong_in
from tui.settings import Settings


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
        await it.press("6", "enter", "enter")
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


async def test_after_a_look_at_the_past_there_is_still_no_stream() -> None:
    async with opened(SMALL, files=True) as it:
        await it.press("6")
        await it.line("at -2d")
        await it.press("n")
        assert "There is no stream here" in it.box("stream")
        assert "Nothing was said yet" not in it.text


def _compliance(number: int, before: str = "COMPLIANT", after: str = "NON_COMPLIANT") -> StreamMessage:
    return replace(
        _message(number, "ComplianceChangeNotification", change_type=after, rule="encrypted-volumes"),
        resource_type=VOLUME.resource_type,
        resource_id=VOLUME.resource_id,
        document={
            "messageType": "ComplianceChangeNotification",
            "oldEvaluationResult": {"complianceType": before},
            "newEvaluationResult": {"complianceType": after, "annotation": "The volume is not encrypted."},
        },
    )


def _delivery(number: int, what: str, how: str) -> StreamMessage:
    key = f"AWSLogs/1/Config/r/2026/3/7/Config{what}/1_Config_r_Config{what}_AWS::EC2::Volume_1.json.gz"
    document = {"errorCode": "AccessDenied", "errorMessage": "Access Denied"} if how == "Failed" else {}
    if how == "Completed":
        document = {"s3Bucket": "config-bucket-sgp", "s3ObjectKey": key}
    return StreamMessage(
        message_id=f"d{number}",
        time=NOW + number,
        message_type=f"Configuration{what}Delivery{how}",
        document=document,
    )


@pytest.mark.requirement("STR-01", "STR-02", "STR-03", "STR-04", "STR-05", "STR-06")
@pytest.mark.parametrize("size", [SMALL, GRID])
async def test_each_kind_of_message_is_told_in_words(size: tuple[int, int]) -> None:
    started = StreamMessage(
        message_id="e", time=NOW + 5, message_type="ConfigRulesEvaluationStarted", rule="restricted-ssh"
    )
    async with opened(size, world=World(messages=[])) as it:
        await it.press("6")
        it.world.arriving = [
            _message(1),
            _delivery(2, "Snapshot", "Started"),
            _delivery(3, "Snapshot", "Completed"),
            _delivery(4, "History", "Completed"),
            started,
            _compliance(6),
        ]
        await it.changed()
        assert "Bucket reports-sgp" in it.row("item changed")
        assert it.row("snapshot started")
        assert "snapshot, all types" in it.row("snapshot delivered")
        assert "history Volume" in it.row("history delivered")
        assert "restricted-ssh" in it.row("evaluation started")
        assert "encrypted-volumes" in it.row("✗ non compliant")
        assert "Volume vol-0b2" in it.row("✗ non compliant")


@pytest.mark.requirement("STR-08")
async def test_created_changed_and_deleted_are_told_apart_where_there_is_little_room() -> None:
    async with opened(SMALL) as it:
        await it.press("6")
        it.world.arriving = [
            _message(1, change_type="CREATE"),
            _message(2, change_type="UPDATE"),
            _message(3, change_type="DELETE"),
        ]
        await it.changed()
        assert "reports-sgp" in it.row("item created")
        assert "reports-sgp" in it.row("item deleted")


@pytest.mark.requirement("STR-07")
async def test_a_failed_delivery_is_said_aloud_until_one_succeeds() -> None:
    async with opened(SMALL) as it:
        await it.press("3")
        it.world.arriving = [_delivery(1, "History", "Failed")]
        await it.changed()
        assert "AWS Config could not deliver the history: AccessDenied: Access Denied." in it.text
        assert "6 Stream ✗1" in it.lines[1], "also where the stream is out of sight"
        await it.press("6")
        await it.line("messages failures")
        assert "AccessDenied" in it.row("history failed")
        it.world.arriving = [_delivery(2, "History", "Completed")]
        await it.changed()
        assert "6 Stream ✗1" not in it.lines[1]


@pytest.mark.requirement("STR-09")
async def test_a_topic_that_cannot_be_reached_is_told_with_since_when() -> None:
    world = World()
    assert world.status is not None
    world.status = replace(
        world.status, stream=DeliveryState(status="FAILURE", error_code="NotFound", status_changed=NOW - HOUR)
    )
    async with opened(SMALL, world=world) as it:
        await it.press("6")
        told = " ".join(it.text.split())
        assert "fails to deliver to the topic since 2026-03-07 13:22:31 UTC: NotFound" in told


@pytest.mark.requirement("STR-10")
@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("msg:compliance", ["c6"]),
        ("type:volume", ["c6"]),
        ("id:vol-0b2", ["c6"]),
        ("id:reports msg:item", ["n1"]),
        ("rule:encrypted", ["c6"]),
        ("is:failed", ["d3"]),
        ("accessdenied", ["d3"]),
        ("type:volume id:nothing", []),
    ],
)
async def test_the_filter_asks_for_message_type_resource_type_id_and_rule(wanted: str, shown: list[str]) -> None:
    messages = [_message(1), _delivery(3, "History", "Failed"), replace(_compliance(6), message_id="c6")]
    async with opened(SMALL, world=World(messages=messages)) as it:
        await it.press("6")
        await it.line(f"filter {wanted}")
        pane = it.app.dashboard.panes["stream"]
        assert isinstance(pane, StreamPane)
        assert [message.message_id for message in pane._shown] == shown


@pytest.mark.requirement("STR-10")
async def test_views_walk_from_all_to_failures() -> None:
    messages = [_message(1), _delivery(2, "Snapshot", "Completed"), _compliance(3), _delivery(4, "History", "Failed")]
    async with opened(SMALL, world=World(messages=messages)) as it:
        await it.press("6")
        seen = []
        for _ in VIEWS:
            await it.press("v")
            pane = it.app.dashboard.panes["stream"]
            assert isinstance(pane, StreamPane)
            seen.append((pane.view, len(pane._shown)))
        assert seen == [("items", 1), ("compliance", 1), ("deliveries", 2), ("failures", 2), ("all", 4)]


@pytest.mark.requirement("STR-11")
async def test_the_bell_rings_once_for_what_newly_breaks_a_rule_and_only_if_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened(SMALL) as it:
        rung: list[bool] = []
        monkeypatch.setattr(it.app, "bell", lambda: rung.append(True))
        it.world.arriving = [_compliance(1)]
        await it.changed()
        assert rung == [], "nobody asked"
        await it.press("B")
        it.world.arriving = [_compliance(2), _compliance(3)]
        await it.changed()
        assert rung == [True]
        assert "EC2 Volume vol-0b2 is non compliant by encrypted-volumes" in " ".join(it.text.split())
        it.world.arriving = [_compliance(4, before="NON_COMPLIANT"), _compliance(5, "NON_COMPLIANT", "COMPLIANT")]
        await it.changed()
        assert rung == [True], "it was broken before, and it was mended"
        await it.line("bell off")
        it.world.arriving = [_compliance(6)]
        await it.changed()
        assert rung == [True]


@pytest.mark.requirement("STR-11")
async def test_a_change_of_what_is_watched_rings_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(GRID) as it:
        rung: list[bool] = []
        monkeypatch.setattr(it.app, "bell", lambda: rung.append(True))
        await it.line("watch AWS::S3::Bucket")
        assert "watching AWS::S3::Bucket" in it.row("6 Stream")
        it.world.arriving = [_message(1)]
        await it.changed()
        assert rung == [True]
        assert "S3 Bucket reports-sgp was changed." in it.text
        await it.line("watch none")
        it.app.workspace.selection.choose(INSTANCE)
        await it.press("W")
        it.world.arriving = [
            _message(2),
            _message(3, resource_type=INSTANCE.resource_type, resource_id=INSTANCE.resource_id),
        ]
        await it.changed()
        assert rung == [True, True]
        assert "EC2 Instance web-1 was changed." in it.text


@pytest.mark.requirement("STR-11")
@pytest.mark.parametrize("word", ["bucket", "AWS::S3::Bucket", "REPORTS-SGP"])
async def test_the_settings_say_what_rings_from_the_start(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    async with opened(GRID, settings=Settings(bell=True, watch=(word,))) as it:
        rung: list[bool] = []
        monkeypatch.setattr(it.app, "bell", lambda: rung.append(True))
        assert f"bell  watching {word}" in it.row("6 Stream")
        it.world.arriving = [_message(1)]
        await it.changed()
        assert rung == [True]
        it.world.arriving = [_compliance(2)]
        await it.changed()
        assert rung == [True, True]
        await it.line(f"watch {word.lower()}")
        it.world.arriving = [_message(3)]
        await it.changed()
        assert rung == [True, True], "watched no longer"


@pytest.mark.requirement("STR-11")
async def test_what_comes_together_rings_once_however_many_polls_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(SMALL, settings=Settings(bell=True)) as it:
        rung: list[bool] = []
        monkeypatch.setattr(it.app, "bell", lambda: rung.append(True))
        it.world.arriving, it.world.polled = [_compliance(number) for number in range(1, 8)], 2
        await it.changed()
        assert rung == [True]
        assert "And 6 more: 6 shows them." in " ".join(it.text.split())


async def test_what_waited_in_the_queue_does_not_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(SMALL) as it:
        rung: list[bool] = []
        monkeypatch.setattr(it.app, "bell", lambda: rung.append(True))
        await it.press("B")
        it.world.arriving = [replace(_compliance(1), time=NOW - HOUR)]
        await it.changed()
        assert rung == []


async def test_messages_that_arrive_late_stand_where_they_belong_and_old_ones_go() -> None:
    async with opened(SMALL, world=World(messages=[])) as it:
        await it.press("6")
        it.world.arriving = [_message(number) for number in range(KEPT + SLACK)]
        await it.changed()
        it.world.arriving = [_message(9_999_999), replace(_message(1), message_id="late")]
        await it.changed()
        pane = it.app.dashboard.panes["stream"]
        assert isinstance(pane, StreamPane)
        times = [message.time for message in pane.messages]
        assert times == sorted(times)
        assert len(times) == KEPT
        assert times[-1] == NOW + 9_999_999


async def test_a_message_that_comes_late_leaves_the_cursor_where_it_is() -> None:
    async with opened(SMALL, world=World(messages=[_message(number * 10) for number in range(1, 400)])) as it:
        await it.press("6", "k", "k")
        pane = it.app.dashboard.panes["stream"]
        assert isinstance(pane, StreamPane)
        assert pane._table.current is not None
        assert pane._table.current.message_id == "n3970"
        it.world.arriving = [_message(15), _message(3969), _message(3_995)]
        await it.changed()
        assert [each.time for each in pane._shown] == sorted(each.time for each in pane._shown)
        assert len(pane._shown) == 402
        assert pane._table.current.message_id == "n3970"


async def test_times_are_said_in_the_offset_as_soon_as_it_is_another() -> None:
    async with opened(SMALL, settings=Settings(time_offset="+02:00")) as it:
        await it.press("6")
        before = it.row("item changed")[1:9]
        await it.press("O")
        assert int(it.row("item changed")[1:3]) == int(before[:2]) - 2


async def test_without_a_queue_it_says_how_to_get_a_stream() -> None:
    async with opened(SMALL, world=World(has_queue=False), clock=False) as it:
        await it.press("6")
        assert "There is no stream here" in it.text
        assert "aws sqs create-queue" in it.text
        assert "arn:aws:sns:ap-southeast-1:696686700433:awsconfig-lab" in it.text
        assert "--stream-queue configscope" in it.text


async def test_messages_go_to_a_file_as_lines_or_as_a_table(tmp_path: Path) -> None:
    async with opened(SMALL, world=World(messages=[_compliance(1)])) as it:
        await it.press("6")
        await it.line(f"export {tmp_path / 'said.jsonl'}")
        assert json.loads((tmp_path / "said.jsonl").read_text())["messageType"] == "ComplianceChangeNotification"
        await it.line(f"export {tmp_path / 'said.csv'}")
        assert "encrypted-volumes" in (tmp_path / "said.csv").read_text()


def test_a_filter_is_completed_from_what_was_said() -> None:
    said = [_compliance(1), _message(2)]
    assert complete("web ty", said) == ["web type:"]
    assert complete("type:V", said) == ["type:Volume"]
    assert complete("rule:", said) == ["rule:encrypted-volumes"]
    assert wrong_in("is:broken")
    assert not wrong_in("is:failed")
