"""Every pane and page with strings of people who mean no good: shown as text, all of it, and nothing acts."""

from __future__ import annotations

import pytest

from backend.model.compliance import Evaluation, Rule
from backend.model.cost import Churn
from backend.model.delivery import ChannelStatus, DeliveryChannel, DeliveryState, StoredObject
from backend.model.item import Relationship, ResourceKey
from backend.model.problem import Refused
from backend.model.recorder import LinkedRecorder, ModeOverride, Recorder, RecordingGroup
from backend.model.setup import Check, Repair
from backend.model.stream import StreamMessage
from tests.tui.fake_session import NOW, World, item
from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.opened import GRID, SMALL, WIDE, Opened, opened
from tui import marks
from tui.text import visible


def _world(bad: str) -> World:
    """A world in which every string is a bad one."""
    key = ResourceKey(f"AWS::{bad}::{bad}", bad or "x")
    state = DeliveryState(status=bad, error_code=bad, error_message=bad, last_attempt=NOW)
    return World(
        recorder=Recorder(
            name=bad,
            role_arn=bad,
            group=RecordingGroup(all_supported=False, resource_types=(bad,)),
            frequency=bad,
            overrides=(ModeOverride((bad,), bad, bad),),
            recording=True,
            last_status=bad,
            last_error_message=bad,
        ),
        checks=[
            Check(
                subject=bad,
                state="bad",
                told=bad,
                remedy=bad,
                repair=Repair(title=bad, service=bad, operation=bad, params={bad: bad}),
            )
        ],
        churn=Churn(items={bad: 9}, resources={bad: 1}, rests_on=bad, unknown=bad),
        other_types={bad},
        linked=(LinkedRecorder(bad, bad, bad),),
        unread=bad,
        channel=DeliveryChannel(name=bad, bucket=bad, prefix=bad, topic_arn=bad, frequency=bad),
        status=ChannelStatus(name=bad, snapshot=state, history=state, stream=state),
        objects=[StoredObject(bucket=bad, key=f"{bad}/{bad}", size=1, modified=NOW)],
        estate={
            key: [
                item(
                    key,
                    bad,
                    tags={bad: bad, "Name": bad},
                    configuration={bad: [bad, {bad: bad}]},
                    relationships=[
                        Relationship(bad, f"{bad}::{bad}", bad, bad, bad),
                        Relationship(bad, f"AWS::{bad}", bad, bad, derived=True, found_at=bad),
                    ],
                    status=bad,
                )
            ]
        },
        rules=[Rule(name=bad, compliance="NON_COMPLIANT", non_compliant_count=1, last_error_message=bad)],
        evaluations=[
            Evaluation(rule=bad, resource_type=bad, resource_id=bad, compliance=bad, annotation=bad, recorded_time=NOW)
        ],
        messages=[
            StreamMessage(
                message_id="m",
                time=NOW,
                message_type=bad,
                resource_type=bad,
                resource_id=bad,
                change_type=bad,
                rule=bad,
                document={
                    "s3ObjectKey": bad,
                    "s3Bucket": bad,
                    "configurationItemDiff": {
                        "changedProperties": {bad: {"previousValue": bad, "updatedValue": [bad]}}
                    },
                },
            ),
            StreamMessage(
                message_id="n",
                time=NOW,
                message_type="ConfigurationHistoryDeliveryFailed",
                document={"errorCode": bad, "errorMessage": bad},
            ),
            StreamMessage(
                message_id="o",
                time=NOW,
                message_type="OversizedConfigurationItemChangeDeliveryFailed",
                resource_type=bad,
                resource_id=bad,
                document={"s3DeliverySummary": {"errorCode": bad, "errorMessage": bad}},
            ),
        ],
    )


def _sound(it: Opened, name: str = "") -> None:
    """Nothing on the screen steers the terminal, and nothing on it can be pressed that data brought."""
    shown = it.text.replace("\n", "")
    assert not FORBIDDEN.intersection(shown), name
    for strip in it.app.screen._compositor.render_strips():
        for segment in strip:
            meta = segment.style.meta if segment.style is not None else {}
            assert "@click" not in meta
            assert segment.style is None or segment.style.link is None
    assert it.app.is_running


async def test_all_panes_at_once() -> None:
    async with opened(WIDE) as it:
        for name, bad in HOSTILE.items():
            vars(it.world).update(vars(_world(bad[:10_000])))
            it.app.workspace.names.clear()
            await it.changed()
            assert visible(bad)[:5].strip() in it.box("recorder"), name
            it.app.say(bad[:10_000])
            await it.settle()
            _sound(it, name)


async def test_refusals_in_all_panes_at_once() -> None:
    parts = ("recorder", "delivery", "resources", "relationships", "compliance", "stream", "snapshots")
    async with opened(WIDE) as it:
        for name, bad in HOSTILE.items():
            it.world.fails.update({part: Refused(bad[:300], bad[:300], code=bad[:100]) for part in parts})
            await it.changed()
            _sound(it, name)
        await it.press("exclamation_mark")
        _sound(it, "the list of problems")


ACTING = ("an action in markup", "markup that does not open", "an escape that sets the title", "text turned around")


@pytest.mark.parametrize("name", ACTING)
async def test_one_pane_at_a_time_and_what_opens_from_them(name: str) -> None:
    bad = HOSTILE[name]
    async with opened(SMALL, world=_world(bad)) as it:
        for number in "123456":
            await it.press(number)
            _sound(it)
        await it.press("4", "down", "down")
        _sound(it)
        await it.press("u")
        _sound(it)
        await it.press("escape", "x")
        _sound(it, "the blast radius")
        for _ in range(3):
            await it.press("v", "down")
            _sound(it, "the blast radius")
        await it.line(f"blast 2 {bad[:60]}")
        _sound(it, "what is planned")
        [key, *_] = it.world.estate
        await it.press("escape")
        it.app.workspace.marks.toggle(marks.of_resource(key))
        it.app.workspace.marks.toggle(marks.of_resource(ResourceKey(f"{bad}::{bad}", bad)))
        await it.press("p")
        _sound(it, "the shortest way")
        it.app.workspace.marks.clear()
        await it.press("escape", "2", "enter")
        _sound(it)
        await it.press("escape", "b")
        _sound(it)
        await it.press("escape", "6", "enter")
        _sound(it)
        for _ in range(3):
            await it.press("less_than_sign")
            _sound(it)
        await it.press("escape")
        for _ in range(5):
            await it.press("v")
            _sound(it)
        await it.line(f"watch {bad}")
        _sound(it)
        await it.press("5")
        for _ in range(5):
            await it.press("v")
            _sound(it)
        await it.press("L")
        _sound(it)
        await it.press("escape", "i")
        _sound(it)
        await it.press("escape", "3", "enter")
        _sound(it)
        for part in "123456":
            await it.press(part)
            _sound(it)
        await it.press("escape", "slash")
        await it.type(bad)
        _sound(it)
        await it.press("escape", "S")
        _sound(it)
        await it.press("y", "C")
        _sound(it)
        await it.press("escape", "y", "exclamation_mark", "escape")
        _sound(it)


@pytest.mark.parametrize("name", ACTING)
async def test_the_set_up_and_the_types(name: str) -> None:
    bad = HOSTILE[name]
    async with opened(SMALL, world=_world(bad)) as it:
        await it.press("1")
        for _ in range(4):
            await it.press("v")
            _sound(it)
        await it.press("2", "v", "v", "v", "d", "y")
        _sound(it)
        await it.press("U")
        _sound(it)
        for _ in range(2):
            await it.press("ctrl+n")
            _sound(it)
        await it.press("right", "right", "enter")
        _sound(it)


async def test_markup_is_shown_as_it_is() -> None:
    async with opened(GRID, world=_world("[red]x[/]")) as it:
        assert "[red]x[/]" in it.box("recorder")
        assert "[red]x[/]" in it.box("delivery")
        assert "[red]x[/]" in it.box("snapshots")
        assert "[red]x[/]" in it.box("relationships")
        assert "[red]x[/]" in it.box("compliance")
        assert "[red]x[/]" in it.box("stream")
