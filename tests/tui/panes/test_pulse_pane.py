from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend import connect
from backend.connect import Target
from backend.model.compliance import Rule
from backend.model.delivery import StoredObject
from backend.model.estate import VERDICT
from backend.model.item import Document, Json, ResourceKey
from backend.model.moment import DAY, HOUR, MINUTE
from backend.model.problem import Denied
from backend.model.trail import TrailEvent
from tests.backend.files.samples import item as sample
from tests.backend.files.samples import snapshot, write
from tests.tui.fake_session import INSTANCE, NOW, World, item
from tests.tui.looking import at_rest
from tests.tui.opened import ENVIRONMENT, GRID, SMALL, WIDE, opened
from tui.app import ConfigScope
from tui.glyphs import ASCII, UNICODE
from tui.panes.compliance import CompliancePane
from tui.panes.pulse_lines import bars, hourly


def call(minutes: int, name: str = "ModifyInstanceAttribute", user: str = "ana", error: str = "") -> TrailEvent:
    return TrailEvent(
        event_id=f"e{minutes}",
        time=NOW - minutes * MINUTE,
        name=name,
        source="ec2.amazonaws.com",
        user=user,
        error_code=error,
        resources=((INSTANCE.resource_type, INSTANCE.resource_id),),
    )


def verdicts(rules: Json) -> Document:
    return {"targetResourceType": "AWS::EC2::Instance", "targetResourceId": "i-2", "configRuleList": rules}


@asynccontextmanager
async def over_files(size: tuple[int, int], *paths: Path) -> AsyncIterator[tuple[ConfigScope, str]]:
    """The app over files with the pulse in front, and what it shows once all is read."""
    target = Target(kind="files", files=paths, no_cache=True)
    app = ConfigScope(lambda progress: connect.open(target, progress), landing="pulse", environment=ENVIRONMENT)
    async with app.run_test(size=size) as pilot:
        while app.workspace.connection is None:
            await pilot.pause()
        yield app, await at_rest(app, pilot)


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.requirement("REC-11", "CHN-16", "RUL-12")
async def test_one_glance_tells_whether_it_records_arrives_and_holds(size: tuple[int, int]) -> None:
    async with opened(size, landing="pulse") as it:
        assert "● recording  for 13 d" in it.text
        assert "records all types + global" in it.text
        assert "✓ SUCCESS  arrived 2 h ago" in it.text
        assert "✗ 1 of 2 rules" in it.text
        assert "encrypted-volumes" in it.text


@pytest.mark.requirement("INV-07")
async def test_what_changed_in_a_day_is_counted_and_the_newest_are_told_with_their_callers() -> None:
    world = World(events=[call(5), call(90, user="build"), call(200, error="AccessDenied")])
    async with opened(SMALL, world=world, landing="pulse") as it:
        assert "2 changes, 1 refused in 24 h" in it.text
        assert "ana 2" in it.text
        assert "5 m ago  ModifyInstanceAttribute  Instance web-1  ana" in it.text
        assert "✗ refused ModifyInstanceAttribute" in it.text


async def test_a_line_leads_to_the_pane_that_knows_more() -> None:
    async with opened(SMALL, landing="pulse") as it:
        await it.press("j", "j", "enter")
        assert it.app.dashboard.current.id == "delivery"
        await it.press("0")
        assert it.app.dashboard.current.id == "pulse"


async def test_a_part_that_may_not_be_asked_says_why_and_the_others_go_on() -> None:
    world = World()
    world.fails["compliance"] = Denied("The rules cannot be listed", "config:DescribeConfigRules is not allowed")
    async with opened(SMALL, world=world, landing="pulse") as it:
        assert "config:DescribeConfigRules is not allowed" in it.text
        assert "● recording" in it.text


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_over_files_it_tells_what_they_hold_what_is_broken_and_what_changed_last(
    size: tuple[int, int], tmp_path: Path
) -> None:
    said: Json = [{"configRuleName": "encrypted-volumes", "complianceType": "NON_COMPLIANT"}]
    verdict = sample(3, resourceType=VERDICT, resourceId="AWS::EC2::Instance/i-2", configuration=verdicts(said))
    changed = sample(2, configurationItemCaptureTime="2026-01-07T10:00:00.000Z")
    path = write(tmp_path / "night.json", snapshot(sample(1), changed, verdict, {"neither": "type nor id"}))
    async with over_files(size, path) as (app, shown):
        rows = shown.splitlines()
        assert any("Files" in row and "night.json" in row for row in rows)
        assert "3 resources of 2 types" in shown
        assert "captured 2026-01-05 10:00:00" in shown
        assert "to 2026-01-07 10:00:00 UTC" in shown
        assert "✗ 1 of 1 rule, 1 verdict" in shown
        assert "1 item in the last 24 h of them" in shown
        assert "Instance  host 2" in shown
        assert "1 entry is no configuration item" in shown
        assert app.dashboard.panes["pulse"].id == "pulse"


async def test_of_files_that_nothing_judged_it_says_how_they_are_judged(tmp_path: Path) -> None:
    async with over_files(SMALL, write(tmp_path / "night.json", snapshot(sample(1)))) as (_, shown):
        assert "not known: open FILE --rules RULES judges what the files hold" in shown
        assert "nothing was left out of what the files hold" in shown


async def test_a_rule_of_the_pulse_is_the_one_under_the_cursor_where_it_leads() -> None:
    world = World(rules=[*World().rules, Rule(name="z-tags", compliance="NON_COMPLIANT", non_compliant_count=1)])
    async with opened(SMALL, world=world, landing="pulse") as it:
        while "z-tags" not in it.app.dashboard.panes["pulse"].copy_text():
            await it.press("j")
        await it.press("enter")
        pane = it.app.dashboard.panes["compliance"]
        assert isinstance(pane, CompliancePane)
        rule = pane.current_rule()
        assert rule is not None and rule.name == "z-tags"


def test_the_bars_have_one_sign_an_hour() -> None:
    calls = [call(30), call(40), call(3 * 60 + 5)]
    assert bars(hourly(calls, NOW), UNICODE) == "▁" * 20 + "▅" + "▁▁" + "█"
    assert bars(hourly(calls, NOW), ASCII).strip() == "+  #"
    assert bars(hourly([call(25 * HOUR // MINUTE)], NOW), UNICODE) == "▁" * 24


@pytest.mark.requirement("INV-11")
async def test_what_the_record_does_not_tell_and_what_it_costs_stand_below() -> None:
    from backend.model.recorder import Recorder, RecordingGroup

    only = RecordingGroup(
        all_supported=False, resource_types=("AWS::EC2::Instance",), strategy="INCLUSION_BY_RESOURCE_TYPES"
    )
    recorder = Recorder(name="default", role_arn="arn:role", group=only, recording=True, last_status="SUCCESS")
    async with opened(WIDE, world=World(recorder=recorder), landing="pulse") as it:
        gaps = it.row("Gaps")
        assert "types are not recorded" in gaps
        assert "USD a day" in it.row("Cost") or "not known" in it.row("Cost")


@pytest.mark.parametrize("size", [SMALL, GRID])
async def test_looking_back_the_pulse_is_that_of_then(size: tuple[int, int]) -> None:
    world = with_a_past(World())
    async with opened(size, world=world, landing="pulse") as it:
        assert "recording" in it.row("Recording ")
        assert "ModifyInstanceAttribute" in it.text
        assert "encrypted-volumes" in it.text
        await it.line("at -3d")
        pulse = it.box("pulse")
        assert "As it was then" in pulse
        assert "stopped" in it.row("Recording ")
        assert "TerminateInstances" in pulse
        assert "ModifyInstanceAttribute" not in pulse, "a call of today is none of then"
        assert "rule-of-then" in pulse
        assert "encrypted-volumes" not in pulse
        assert "arrived 2 h ago" in it.row("snapshot")
        assert "no file of then is there" in it.row("history")
        await it.press("n")
        assert "ModifyInstanceAttribute" in it.text
        assert "rule-of-then" not in it.text


async def test_what_cannot_be_read_of_then_is_said_in_the_pulse() -> None:
    async with opened(SMALL, world=with_a_past(World()), landing="pulse") as it:
        it.world.fails["estate"] = Denied("The past cannot be read", "config:GetResourceConfigHistory is missing")
        await it.line("at -3d")
        assert "config:GetResourceConfigHistory is missing" in it.text


def with_a_past(world: World) -> World:
    """A world whose recorder stood still three days ago, with another call, another verdict and a snapshot of then."""
    world.events = [
        call(5),
        TrailEvent(event_id="then", name="TerminateInstances", source="ec2.amazonaws.com", time=NOW - 3 * DAY - HOUR),
    ]
    recorder = ResourceKey("AWS::Config::ConfigurationRecorder", "default")
    off: Document = {"Name": "default", "Recording": False, "RecordingGroup": {"AllSupported": True}}
    world.estate[recorder] = [item(recorder, "", captured=NOW - 9 * DAY, configuration=off)]
    judged = ResourceKey(VERDICT, f"{INSTANCE.resource_type}/{INSTANCE.resource_id}")
    rules: list[Json] = [{"configRuleName": "rule-of-then", "complianceType": "NON_COMPLIANT"}]
    about: Document = {
        "targetResourceType": INSTANCE.resource_type, "targetResourceId": INSTANCE.resource_id, "configRuleList": rules
    }  # fmt: skip
    world.estate[judged] = [item(judged, "", captured=NOW - 9 * DAY, configuration=about)]
    key = "AWSLogs/1/Config/r/2026/3/3/ConfigSnapshot/1_Config_r_ConfigSnapshot_then_x.json.gz"
    world.objects.append(StoredObject(bucket="config-bucket-sgp", key=key, modified=NOW - 3 * DAY - 2 * HOUR))
    return world
