"""A session and a connection made of plain values, for tests of the panes: every part answers from a list.

`World` is what the parts answer from; a test changes it and calls `connection.changed()` as the engine would.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backend.client.session import Session
from backend.connect import Connection, Progress
from backend.model.clock import ClockState, ScenarioInfo
from backend.model.compliance import Evaluation, FunctionLog, Overall, Pack, Remedy, Rule
from backend.model.cost import Churn
from backend.model.delivery import ChannelStatus, DeliveryChannel, DeliveryState, StoredObject
from backend.model.estate import Estate, Source
from backend.model.item import ConfigurationItem, Document, Relationship, ResourceKey, ResourceSummary
from backend.model.moment import DAY, HOUR, MINUTE, Moment, parse
from backend.model.problem import Missing, Problem, Refused
from backend.model.reading import OpenedFile
from backend.model.recorder import LinkedRecorder, Recorder, RecordingGroup
from backend.model.setup import Check, Plan, Repair
from backend.model.standing import Standing, standing
from backend.model.stream import StreamMessage
from backend.model.trail import TrailEvent
from backend.model.usage import Graph, Impact, Usage
from backend.model.verdicts import Verdict
from backend.rules.asked import AskedRule
from backend.rules.explaining import Explanation, explain

NOW = parse("2026-03-07T14:22:31Z")
ROLE = "arn:aws:iam::696686700433:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"

INSTANCE = ResourceKey("AWS::EC2::Instance", "i-0a1")
VOLUME = ResourceKey("AWS::EC2::Volume", "vol-0b2")
GROUP = ResourceKey("AWS::EC2::SecurityGroup", "sg-0c3")
VPC = ResourceKey("AWS::EC2::VPC", "vpc-0d4")
BUCKET = ResourceKey("AWS::S3::Bucket", "reports-sgp")

HOSTILE = "[@click=app.quit()]x[/] [red]\x1b]0;owned\x07\x1b[2J\u202etxt[/nope]\x9b31m"
"""Markup that acts, markup that does not close, escapes that set titles and clear screens, text turned around."""


BATCH = 100
"""Resources in one batch of a listing, as ListDiscoveredResources gives them."""


def item(
    key: ResourceKey,
    name: str = "",
    *,
    captured: Moment = NOW - DAY,
    relationships: Sequence[Relationship] = (),
    tags: dict[str, str] | None = None,
    status: str = "OK",
    configuration: object = None,
) -> ConfigurationItem:
    """A configuration item of the home region."""
    return ConfigurationItem(
        resource_type=key.resource_type,
        resource_id=key.resource_id,
        resource_name=name or None,
        arn=f"arn:aws:thing:ap-southeast-1:696686700433:{key.resource_id}",
        account_id="696686700433",
        region="ap-southeast-1",
        status=status,
        capture_time=captured,
        creation_time=NOW - 13 * DAY,
        state_id=str(captured),
        relationships=tuple(relationships),
        tags=tags or {},
        configuration=configuration if configuration is not None else {"id": key.resource_id},
    )


def _link(name: str, key: ResourceKey) -> Relationship:
    return Relationship(name, key.resource_type, key.resource_id)


def _estate() -> dict[ResourceKey, list[ConfigurationItem]]:
    items = [
        item(
            INSTANCE,
            "web-1",
            relationships=[
                _link("Is attached to Volume", VOLUME),
                _link("Is associated with SecurityGroup", GROUP),
                _link("Is contained in Vpc", VPC),
            ],
            tags={"Name": "web-1", "Team": "shop"},
            configuration={"instanceId": "i-0a1", "instanceType": "t3.large", "state": {"name": "running", "code": 16}},
        ),
        item(VOLUME, relationships=[_link("Is attached to Instance", INSTANCE)], configuration={"encrypted": False}),
        item(GROUP, "open-door", relationships=[_link("Is contained in Vpc", VPC)]),
        item(VPC, "main"),
        item(BUCKET, "reports-sgp", tags={"Team": "finance"}),
    ]
    estate = {entry.key: [entry] for entry in items}
    estate[INSTANCE].append(
        item(
            INSTANCE, "web-1", captured=NOW - 3 * DAY, configuration={"instanceType": "t3.small"}, tags={"Team": "shop"}
        )
    )
    return estate


@dataclass
class World:
    """What the fake answers."""

    now: Moment = NOW
    who: str = "user/ana"
    """Who the credentials are."""
    label: str = "local · test"
    """What the connection is called."""
    scenarios: list[ScenarioInfo] = field(
        default_factory=lambda: [
            ScenarioInfo(name="open-door", title="Open door", description="A security group opened to the world.")
        ]
    )
    """The stories of the clock."""
    recorder: Recorder | None = field(
        default_factory=lambda: Recorder(
            name="default",
            role_arn=ROLE,
            group=RecordingGroup(include_global=True),
            recording=True,
            last_status="SUCCESS",
            last_start_time=NOW - 13 * DAY,
        )
    )
    one_sided: bool = False
    """Whether the links of others to a resource are told only when they are asked for, as over an API."""
    read_whole: int = 0
    """How often all items were read."""
    read_items: int = 0
    """How often it was read how all resources stand."""
    recorded_links: Graph | None = None
    """Links that are there at once."""
    whole_waits: asyncio.Event | None = None
    """What the reading of all links waits for before it ends."""
    unread: str = ""
    """What was not looked at to find them."""
    packs: list[Pack] = field(default_factory=list)
    """Conformance packs."""
    events: list[TrailEvent] = field(default_factory=list)
    """What the trail knows."""
    linked: tuple[LinkedRecorder, ...] = ()
    """The recorders of AWS services."""
    channel: DeliveryChannel | None = field(
        default_factory=lambda: DeliveryChannel(
            name="default",
            bucket="config-bucket-sgp",
            topic_arn="arn:aws:sns:ap-southeast-1:696686700433:awsconfig-lab",
            frequency="Six_Hours",
        )
    )
    status: ChannelStatus | None = field(
        default_factory=lambda: ChannelStatus(
            name="default",
            snapshot=DeliveryState(
                status="SUCCESS",
                last_attempt=NOW - 2 * HOUR,
                last_success=NOW - 2 * HOUR,
                next_delivery=NOW + 4 * HOUR,
            ),
            history=DeliveryState(
                status="FAILURE",
                error_code="NoSuchBucket",
                error_message="The specified bucket does not exist",
                last_attempt=NOW - 30 * MINUTE,
                last_success=NOW - 7 * HOUR,
            ),
            stream=DeliveryState(status="SUCCESS", status_changed=NOW - 10 * DAY),
        )
    )
    objects: list[StoredObject] = field(
        default_factory=lambda: [
            StoredObject(
                bucket="config-bucket-sgp",
                key=(
                    "AWSLogs/696686700433/Config/ap-southeast-1/2026/3/7/ConfigSnapshot/696686700433_Config_ap-southeast-1_"
                    "ConfigSnapshot_20260307T122231Z_0f1e2d3c-1111-4222-8333-444455556666.json.gz"
                ),
                size=48_211,
                modified=NOW - 2 * HOUR,
            )
        ]
    )
    estate: dict[ResourceKey, list[ConfigurationItem]] = field(default_factory=_estate)
    """Items of each resource, newest first."""
    other_types: set[str] = field(default_factory=set)
    """Types that could be recorded, beside those of the estate."""
    rules: list[Rule] = field(
        default_factory=lambda: [
            Rule(name="restricted-ssh", compliance="COMPLIANT", identifier="INCOMING_SSH_DISABLED"),
            Rule(
                name="encrypted-volumes",
                compliance="NON_COMPLIANT",
                non_compliant_count=1,
                identifier="ENCRYPTED_VOLUMES",
                last_evaluation=NOW - HOUR,
            ),
        ]
    )
    evaluations: list[Evaluation] = field(
        default_factory=lambda: [
            Evaluation(
                rule="encrypted-volumes",
                resource_type=VOLUME.resource_type,
                resource_id=VOLUME.resource_id,
                compliance="NON_COMPLIANT",
                annotation="The volume is not encrypted.",
                recorded_time=NOW - HOUR,
            )
        ]
    )
    remarks: tuple[str, ...] = ()
    """What was left out when the connection was opened."""
    log: FunctionLog | None = None
    """What the functions of custom rules printed."""
    remedies: dict[str, Remedy] = field(default_factory=dict)
    """The remediations of rules."""
    messages: list[StreamMessage] = field(
        default_factory=lambda: [
            StreamMessage(
                message_id=f"m{number}",
                time=NOW - (5 - number) * MINUTE,
                message_type="ConfigurationItemChangeNotification",
                resource_type=INSTANCE.resource_type,
                resource_id=INSTANCE.resource_id,
                change_type="UPDATE",
            )
            for number in range(3)
        ]
    )
    has_queue: bool = True
    """Whether a queue was named for the stream."""
    arriving: list[StreamMessage] = field(default_factory=list)
    """Messages the next poll brings."""
    polled: int = 1_000_000
    """Messages that one poll brings at most."""
    opened: tuple[OpenedFile, ...] = ()
    """The files that are open, where there is no account."""
    checks: list[Check] = field(default_factory=list)
    """What the checks of a set-up find."""
    plans: list[Plan] = field(default_factory=list)
    """The set-ups that were checked."""
    churn: Churn = field(
        default_factory=lambda: Churn(
            items={"AWS::EC2::Instance": 12, "AWS::EC2::NetworkInterface": 480},
            resources={"AWS::EC2::Instance": 6, "AWS::EC2::NetworkInterface": 20},
            rests_on="8 history files",
        )
    )
    """How many items the history files hold."""
    retention: int | None = None
    """Days that items are kept, where it is set."""
    folders: dict[str, list[StoredObject]] = field(default_factory=dict)
    """What lies in each folder of the bucket."""
    definitions: dict[str, Document] = field(default_factory=dict)
    """Rules as PutConfigRule takes them, by name."""
    templates: dict[str, str] = field(default_factory=dict)
    """Texts of the packs that were put."""
    fails: dict[str, Problem] = field(default_factory=dict)
    """Part names (`recorder`, `resources` …) that answer with a problem."""
    calls: list[str] = field(default_factory=list)
    """The changes that were asked for."""
    file: Path | None = None
    gaps: tuple[str, ...] = ()
    """What the estate says is not known."""

    def answer(self, part: str) -> None:
        if part in self.fails:
            raise self.fails[part]


class _Recorder:
    def __init__(self, world: World) -> None:
        self._world = world

    async def get(self) -> Recorder | None:
        self._world.answer("recorder")
        return self._world.recorder

    async def linked(self) -> tuple[LinkedRecorder, ...]:
        self._world.answer("linked")
        return self._world.linked

    async def start(self, name: str) -> None:
        self._set(name, True)

    async def stop(self, name: str) -> None:
        self._set(name, False)

    async def retention(self) -> int | None:
        self._world.answer("retention")
        return self._world.retention

    async def keep(self, days: int | None) -> None:
        self._world.calls.append(f"keep {days}")
        self._world.retention = days

    async def put(self, recorder: Recorder) -> None:
        self._world.calls.append(f"put recorder {recorder.name}")
        self._world.recorder = recorder

    async def delete(self, name: str) -> None:
        self._world.calls.append(f"delete recorder {name}")
        self._world.recorder = None

    def _set(self, name: str, recording: bool) -> None:
        from msgspec.structs import replace

        self._world.calls.append(f"{'start' if recording else 'stop'} {name}")
        self._world.answer("changes")
        assert self._world.recorder is not None
        self._world.recorder = replace(self._world.recorder, recording=recording, last_status="PENDING")


class _Delivery:
    def __init__(self, world: World) -> None:
        self._world = world

    async def channel(self) -> DeliveryChannel | None:
        self._world.answer("delivery")
        return self._world.channel

    async def status(self) -> ChannelStatus | None:
        self._world.answer("delivery")
        return self._world.status

    async def deliver(self, name: str) -> str:
        self._world.calls.append(f"deliver {name}")
        self._world.answer("changes")
        return "8b7a6c5d-1111-4222-8333-444455556666"

    async def put(self, channel: DeliveryChannel) -> None:
        self._world.calls.append(f"put channel {channel.name} {channel.bucket} {channel.frequency}")
        self._world.answer("changes")
        self._world.channel = channel

    async def delete(self, name: str) -> None:
        self._world.calls.append(f"delete channel {name}")
        self._world.channel = None


class _SetUp:
    def __init__(self, world: World) -> None:
        self._world = world

    async def checks(self, plan: Plan) -> AsyncIterator[Check]:
        self._world.plans.append(plan)
        for check in list(self._world.checks):
            yield check

    async def repair(self, repair: Repair) -> None:
        self._world.calls.append(f"{repair.service} {repair.operation}")
        self._world.answer("changes")
        self._world.checks = [one for one in self._world.checks if one.repair != repair]


class _Snapshots:
    def __init__(self, world: World) -> None:
        self._world = world

    async def folder(self, bucket: str, prefix: str = "") -> list[StoredObject]:
        self._world.answer("snapshots")
        return self._world.folders.get(prefix, self._world.objects)

    async def recent(
        self, channel: DeliveryChannel, limit: int = 20, until: Moment | None = None
    ) -> list[StoredObject]:
        self._world.answer("snapshots")
        return [one for one in self._world.objects if until is None or (one.modified or 0) <= until][:limit]

    async def below(self, bucket: str, prefix: str) -> AsyncIterator[list[StoredObject]]:
        self._world.answer("snapshots")
        yield [one for one in self._world.objects if one.key.startswith(prefix)]

    async def stored(self, bucket: str, key: str) -> StoredObject:
        self._world.answer("snapshots")
        for one in self._world.objects:
            if one.key == key:
                return one
        raise Missing(f"There is no object {key}")

    async def download(self, stored: StoredObject) -> Path:
        if self._world.file is None:
            raise Missing(f"There is no object {stored.key}")
        return self._world.file

    async def churn(self, channel: DeliveryChannel, since: Moment, until: Moment) -> Churn:
        self._world.answer("snapshots")
        return self._world.churn


class _Resources:
    def __init__(self, world: World) -> None:
        self._world = world

    async def counts(self) -> dict[str, int]:
        self._world.answer("resources")
        counts: dict[str, int] = {}
        for key, items in self._world.estate.items():
            if not items[0].deleted:
                counts[key.resource_type] = counts.get(key.resource_type, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))

    async def listing(self, resource_type: str | None = None) -> AsyncIterator[list[ResourceSummary]]:
        self._world.answer("resources")
        rows = [
            ResourceSummary(
                resource_type=key.resource_type,
                resource_id=key.resource_id,
                resource_name=items[0].resource_name,
                region=items[0].region,
            )
            for key, items in self._world.estate.items()
            if resource_type in (None, key.resource_type) and not items[0].deleted
        ]
        for start in range(0, len(rows), BATCH):
            yield rows[start : start + BATCH]

    async def standings(self, since: Moment | None = None) -> AsyncIterator[list[Standing]]:
        self._world.answer("items")
        self._world.read_items += since is None
        found = [
            standing(items[0])
            for items in self._world.estate.values()
            if not items[0].deleted and (since is None or items[0].capture_time >= since)
        ]
        for start in range(0, len(found), BATCH):
            yield found[start : start + BATCH]

    async def deleted(self, types: Sequence[str]) -> AsyncIterator[list[ResourceSummary]]:
        yield [
            ResourceSummary(
                resource_type=key.resource_type,
                resource_id=key.resource_id,
                resource_name=items[0].resource_name,
                region=items[0].region,
                deletion_time=items[0].capture_time,
            )
            for key, items in self._world.estate.items()
            if items[0].deleted and key.resource_type in types
        ]

    async def types(self) -> tuple[str, ...]:
        return tuple(sorted({key.resource_type for key in self._world.estate} | self._world.other_types))

    async def item(self, key: ResourceKey) -> ConfigurationItem | None:
        self._world.answer("resources")
        items = self._world.estate.get(key)
        return items[0] if items else None

    async def history(
        self, key: ResourceKey, earlier: Moment | None = None, later: Moment | None = None, limit: int = 100
    ) -> list[ConfigurationItem]:
        return [
            entry
            for entry in self._world.estate.get(key, [])
            if (earlier is None or entry.capture_time >= earlier) and (later is None or entry.capture_time <= later)
        ][:limit]

    async def as_of(self, key: ResourceKey, moment: Moment) -> ConfigurationItem | None:
        found = await self.history(key, later=moment, limit=1)
        return found[0] if found else None

    async def next_change(
        self, moment: Moment, *, back: bool = False, report: Callable[[int, int, str], None] | None = None
    ) -> Moment | None:
        self._world.answer("estate")
        times = [item.capture_time for items in self._world.estate.values() for item in items]
        if back:
            return max((time for time in times if time < moment), default=None)
        return min((time for time in times if time > moment), default=None)

    async def estate(
        self, moment: Moment | None = None, report: Callable[[int, int, str], None] | None = None
    ) -> Estate:
        self._world.answer("estate")
        items: dict[ResourceKey, ConfigurationItem] = {}
        deleted: dict[ResourceKey, Moment] = {}
        for key, entries in self._world.estate.items():
            known = [entry for entry in entries if moment is None or entry.capture_time <= moment]
            if known and known[0].deleted:
                deleted[key] = known[0].capture_time
            elif known:
                items[key] = known[0]
        if report is not None:
            report(len(items), len(items), "resources")
        return Estate(moment=moment, items=items, deleted=deleted, sources=(Source(kind="API"),), gaps=self._world.gaps)


class _Relationships:
    def __init__(self, world: World) -> None:
        self._world = world

    async def neighbours(self, key: ResourceKey) -> tuple[Relationship, ...]:
        self._world.answer("relationships")
        items = self._world.estate.get(key)
        out = items[0].relationships if items else ()
        return out if self._world.one_sided else (*out, *self._back(key, out))

    def _back(self, key: ResourceKey, out: tuple[Relationship, ...]) -> tuple[Relationship, ...]:
        known = {(link.resource_type, link.resource_id) for link in out}
        return tuple(
            Relationship(
                link.name,
                other.resource_type,
                other.resource_id,
                direction="IN",
                derived=link.derived,
                found_at=link.found_at,
            )
            for other, entries in self._world.estate.items()
            for link in entries[0].relationships
            if (link.resource_type, link.resource_id) == key and other not in known
        )

    async def used_by(self, key: ResourceKey) -> Usage:
        self._world.answer("relationships")
        self._world.read_whole += 1
        return Usage(links=self._back(key, ()), limit=self._world.unread)

    async def impact(self, key: ResourceKey, steps: int = 3) -> Impact:
        graph = await self.whole()
        return Impact(reached=graph.affected(key, steps))

    async def whole(self, report: Callable[[int, int], None] | None = None, most: int = 0) -> Graph:
        self._world.answer("relationships")
        self._world.read_whole += 1
        graph = Graph()
        for items in self._world.estate.values():
            if not items[0].deleted:
                graph.add(items[0])
        graph.limit = self._world.unread
        if self._world.whole_waits is not None:
            await self._world.whole_waits.wait()
        return graph

    async def recorded(self) -> Graph | None:
        return self._world.recorded_links


class _Compliance:
    def __init__(self, world: World) -> None:
        self._world = world

    async def rules(self) -> list[Rule]:
        self._world.answer("compliance")
        return list(self._world.rules)

    async def details(self, rule: str, compliance: Sequence[str] = ("NON_COMPLIANT",)) -> list[Evaluation]:
        self._world.answer("compliance")
        return [
            found
            for found in self._world.evaluations
            if found.rule == rule and (not compliance or found.compliance in compliance)
        ]

    async def explain(self, rule: str, item: ConfigurationItem, now: Moment) -> Explanation:
        self._world.answer("compliance")
        found = next((one for one in self._world.rules if one.name == rule), None)
        return explain(AskedRule(rule, identifier=found.identifier if found is not None else ""), item, now)

    async def log(self, rule: Rule) -> FunctionLog | None:
        self._world.answer("logs")
        return self._world.log if rule.owner == "CUSTOM_LAMBDA" else None

    async def remedy(self, rule: str) -> Remedy | None:
        return self._world.remedies.get(rule)

    async def of_resource(self, key: ResourceKey) -> list[Evaluation]:
        return [found for found in self._world.evaluations if (found.resource_type, found.resource_id) == key]

    async def verdicts(self, keys: Sequence[ResourceKey]) -> dict[ResourceKey, Verdict]:
        self._world.answer("compliance")
        found: dict[ResourceKey, Verdict] = {}
        for one in self._world.evaluations:
            key = ResourceKey(one.resource_type, one.resource_id)
            if key in keys:
                found[key] = found.get(key, Verdict()).with_rule(one.rule, one.compliance)
        return found

    async def overall(self, types: Sequence[str] = ()) -> Overall:
        self._world.answer("compliance")
        bad = {
            (one.resource_type, one.resource_id) for one in self._world.evaluations if one.compliance == "NON_COMPLIANT"
        }
        well = {(one.resource_type, one.resource_id) for one in self._world.evaluations} - bad
        count = {
            name: (sum(1 for one in well if one[0] == name), sum(1 for one in bad if one[0] == name)) for name in types
        }
        return Overall(compliant_resources=len(well), broken_resources=len(bad), by_type=count)

    async def packs(self) -> list[Pack]:
        self._world.answer("compliance")
        return list(self._world.packs)

    async def evaluate(self, names: Sequence[str]) -> None:
        self._world.calls.append(f"evaluate {' '.join(names)}")
        self._world.answer("changes")

    async def definition(self, rule: str) -> Document:
        self._world.answer("compliance")
        return self._world.definitions[rule]

    async def put(self, definition: Document) -> None:
        self._world.answer("changes")
        self._world.calls.append(f"put {definition['ConfigRuleName']}")
        self._world.definitions[definition["ConfigRuleName"]] = definition

    async def delete(self, rule: str) -> None:
        self._world.answer("changes")
        self._world.calls.append(f"delete {rule}")

    async def put_pack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        self._world.answer("changes")
        given = " ".join(f"{key}={value}" for key, value in parameters.items())
        self._world.calls.append(f"put pack {name} {given}".rstrip())
        self._world.templates[name] = template

    async def delete_pack(self, name: str) -> None:
        self._world.answer("changes")
        self._world.calls.append(f"delete pack {name}")


class _Stream:
    def __init__(self, world: World) -> None:
        self._world = world

    async def poll(self) -> list[StreamMessage]:
        self._world.answer("stream")
        at = self._world.polled
        arrived, self._world.arriving = self._world.arriving[:at], self._world.arriving[at:]
        self._world.messages += arrived
        return arrived

    async def recent(self) -> list[StreamMessage]:
        self._world.answer("stream")
        return list(self._world.messages)


class _Trail:
    def __init__(self, world: World) -> None:
        self.world = world

    async def lookup(
        self,
        resource: str | None = None,
        earlier: Moment | None = None,
        later: Moment | None = None,
        limit: int = 50,
        write_only: bool = False,
    ) -> list[TrailEvent]:
        self.world.answer("trail")
        found = [
            event
            for event in self.world.events
            if (resource is None or any(resource == name for _, name in event.resources))
            and (earlier is None or event.time >= earlier)
            and (later is None or event.time <= later)
            and not (write_only and event.read_only)
        ]
        return sorted(found, key=lambda event: -event.time)[:limit]

    async def cause(self, item: ConfigurationItem, previous: ConfigurationItem | None = None) -> TrailEvent | None:
        events = await self.lookup(item.resource_id, later=item.capture_time, limit=1, write_only=True)
        return events[0] if events else None


class FakeClock:
    """A clock that moves only when told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.speed = 1.0
        self.paused = True
        self.played: list[str] = []

    async def state(self) -> ClockState:
        return ClockState(now=self._world.now, speed=self.speed, paused=self.paused)

    async def pause(self) -> None:
        self.paused = True

    async def resume(self) -> None:
        self.paused = False

    async def set_speed(self, speed: float) -> None:
        self.speed = speed

    async def jump(self, milliseconds: int) -> None:
        self._world.now += milliseconds

    async def scenarios(self) -> list[ScenarioInfo]:
        return self._world.scenarios

    async def play(self, name: str) -> None:
        if name != "open-door":
            raise Refused(f"There is no scenario {name}")
        self.played.append(name)


class FakeConnection:
    """A connection over a `World`; `changed` is what a write in another terminal looks like."""

    def __init__(self, world: World, *, read_only: bool = False, files: bool = False, clock: bool = True) -> None:
        self.clock = FakeClock(world)
        self._news: asyncio.Queue[None] = asyncio.Queue()
        self.closed = False
        self.connection = Connection(
            session=Session(
                account="696686700433",
                region="ap-southeast-1",
                who=world.who,
                read_only=read_only,
                recorder=None if files else _Recorder(world),
                delivery=None if files else _Delivery(world),
                setup=None if files else _SetUp(world),
                snapshots=None if files else _Snapshots(world),
                resources=_Resources(world),
                relationships=_Relationships(world),
                compliance=None if files else _Compliance(world),
                stream=_Stream(world) if world.has_queue and not files else None,
                trail=None if files else _Trail(world),
                files=(lambda: world.opened) if files else None,
            ),
            label="snapshot.json" if files else world.label,
            read_only=read_only or files,
            clock=self.clock if clock and not files else None,
            remarks=world.remarks,
            _ticks=self._watch,
        )

    async def _watch(self) -> AsyncGenerator[None, None]:
        while True:
            await self._news.get()
            yield

    def changed(self) -> None:
        self._news.put_nowait(None)

    @asynccontextmanager
    async def open(self, progress: Progress) -> AsyncIterator[Connection]:
        """What the app is started with."""
        progress("building the estate", 0.4)
        try:
            yield self.connection
        finally:
            self.closed = True
