"""A world in which every string is a bad one, and what must hold on every screen that shows it."""

from __future__ import annotations

from backend.model.clock import ScenarioInfo
from backend.model.compliance import Evaluation, Pack, PackRule, Rule
from backend.model.cost import Churn
from backend.model.delivery import ChannelStatus, DeliveryChannel, DeliveryState, StoredObject
from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.moment import DAY, HOUR
from backend.model.recorder import LinkedRecorder, ModeOverride, Recorder, RecordingGroup
from backend.model.setup import Check, Repair
from backend.model.stream import StreamMessage
from backend.model.trail import TrailEvent
from tests.tui.fake_session import NOW, World, item
from tests.tui.hostile import FORBIDDEN
from tests.tui.opened import Opened


def hostile_world(bad: str) -> World:
    """A world in which every string is `bad`: two resources that hang together, the first with two items."""
    key, other = (ResourceKey(f"AWS::{bad}::{bad}", f"{bad or 'x'}{number}") for number in ("", "2"))
    state = DeliveryState(status=bad, error_code=bad, error_message=bad, last_attempt=NOW)
    return World(
        who=bad,
        label=bad,
        scenarios=[ScenarioInfo(name=bad, title=bad, description=bad)],
        recorder=Recorder(
            name=bad,
            role_arn=bad,
            group=RecordingGroup(all_supported=False, resource_types=(bad,)),
            frequency=bad,
            overrides=(ModeOverride((bad,), bad, bad),),
            recording=True,
            last_status=bad,
            last_error_code=bad,
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
        gaps=(bad,),
        channel=DeliveryChannel(name=bad, bucket=bad, prefix=bad, topic_arn=bad, frequency=bad),
        status=ChannelStatus(name=bad, snapshot=state, history=state, stream=state),
        objects=[StoredObject(bucket=bad, key=f"{bad}/{bad}", size=1, modified=NOW)],
        estate={
            key: [_item(key, other, bad, bad), _item(key, other, bad, f"{bad}.", NOW - 3 * DAY)],
            other: [_item(other, key, bad, bad)],
        },
        rules=[
            Rule(
                name=bad,
                arn=bad,
                rule_id=bad,
                owner=bad,
                identifier=bad,
                description=bad,
                state=bad,
                parameters=f'{{"{bad}": "{bad}"}}',
                scope_types=(bad,),
                periodic=bad,
                triggers=(bad,),
                compliance="NON_COMPLIANT",
                non_compliant_count=1,
                last_evaluation=NOW - HOUR,
                last_error_code=bad,
                last_error_message=bad,
            )
        ],
        packs=[Pack(name=bad, status=bad, why=bad, compliance=bad, rules=(PackRule(bad, bad),))],
        evaluations=[
            Evaluation(
                rule=bad,
                resource_type=key.resource_type,
                resource_id=key.resource_id,
                compliance=verdict,
                annotation=bad,
                recorded_time=NOW,
            )
            for verdict in ("NON_COMPLIANT", bad)
        ],
        events=[
            TrailEvent(
                event_id=bad,
                time=NOW - DAY - HOUR,
                name=bad,
                source=bad,
                user=bad,
                source_ip=bad,
                user_agent=bad,
                region=bad,
                error_code=bad,
                resources=((key.resource_type, key.resource_id),),
                record={bad: bad, "userIdentity": {"arn": bad, "userName": bad, "type": bad}},
            )
        ],
        messages=list(_messages(key, bad)),
    )


def _item(key: ResourceKey, other: ResourceKey, bad: str, value: str, captured: int = NOW - DAY) -> ConfigurationItem:
    return item(
        key,
        bad,
        captured=captured,
        tags={bad: value, "Name": bad},
        configuration={bad: [value, {bad: value}]},
        relationships=[
            Relationship(bad, other.resource_type, other.resource_id),
            Relationship(bad, f"{bad}::{bad}", bad, bad, bad),
            Relationship(bad, f"AWS::{bad}", bad, bad, derived=True, found_at=bad),
        ],
        status=bad,
    )


def _messages(key: ResourceKey, bad: str) -> tuple[StreamMessage, ...]:
    return (
        StreamMessage(
            message_id="m",
            time=NOW,
            message_type=bad,
            resource_type=key.resource_type,
            resource_id=key.resource_id,
            change_type=bad,
            rule=bad,
            document={
                "s3ObjectKey": bad,
                "s3Bucket": bad,
                bad: [bad, {bad: bad}],
                "configurationItemDiff": {"changedProperties": {bad: {"previousValue": bad, "updatedValue": [bad]}}},
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
    )


def assert_sound(it: Opened, name: str = "") -> None:
    """Nothing on the screen steers the terminal, and nothing on it can be pressed that data brought."""
    shown = it.text.replace("\n", "")
    assert not FORBIDDEN.intersection(shown), name
    for strip in it.app.screen._compositor.render_strips():
        for segment in strip:
            meta = segment.style.meta if segment.style is not None else {}
            assert "@click" not in meta, name
            assert segment.style is None or segment.style.link is None, name
    assert it.app.is_running, name
