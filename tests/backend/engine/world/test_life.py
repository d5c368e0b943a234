"""Ordinary life: what people change, and when."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random

import pytest

from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.world import estate, identity, kinds, life, people
from backend.engine.world.changes import access, releases, servers
from backend.engine.world.doors import ANYWHERE, Allow
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.moment import DAY, HOUR
from tests.backend.engine.world.conftest import START, make, options
from tests.backend.engine.world.test_estate_bodies import disagreements

_BEFORE = {"attach": "detach", "forget_neighbour": "allow_neighbour", "scale_in": "scale_out"}
"""Changes that can only be made once another was."""


@pytest.fixture(scope="module")
def town() -> Iterator[Engine]:
    """A world to which every habit happens."""
    engine = make(options(past_days=1))
    engine.act(life.end)
    yield engine
    engine.close()


def counted(engine: Engine, table: str) -> int:
    row = engine.store.one(f"SELECT count(*) AS n FROM {table}")
    assert row is not None
    return int(row["n"])


def insist(engine: Engine, name: str) -> bool:
    """Try a change until it can be made; it depends on chance which resource is looked at."""
    made: list[bool] = []

    def attempt(ctx: Context) -> None:
        chance = Random(7)
        made.append(any(life.NAMED[name](ctx, chance) for _ in range(20)))

    engine.act(attempt)
    return made[0]


@pytest.mark.parametrize("name", sorted(life.NAMED))
def test_every_habit_changes_something_and_leaves_a_trace(town: Engine, name: str) -> None:
    if name in _BEFORE:
        assert insist(town, _BEFORE[name])
    items, events = counted(town, "items"), counted(town, "trail_events")
    assert insist(town, name)
    assert counted(town, "trail_events") > events
    if name == "look_around":
        assert counted(town, "items") == items
    else:
        assert counted(town, "items") > items
    assert disagreements(town.context()) == []
    row = town.store.one("SELECT user, record FROM trail_events ORDER BY seq DESC LIMIT 1")
    assert row is not None
    assert row["user"] or "rds.amazonaws.com" in row["record"]


@pytest.mark.parametrize(
    ("when", "open_"),
    [
        ("2026-03-02T01:00:00Z", True),  # Monday nine in the morning, Singapore
        ("2026-03-02T00:59:00Z", False),
        ("2026-03-06T09:59:00Z", True),  # Friday, one minute to six
        ("2026-03-06T10:00:00Z", False),
        ("2026-03-07T03:00:00Z", False),  # Saturday
        ("2026-03-08T03:00:00Z", False),  # Sunday
    ],
)
def test_the_offices_keep_singapore_time(when: str, open_: bool) -> None:
    assert life.in_office(moment.parse(when)) is open_


def test_most_changes_are_made_in_office_hours(lived: Engine) -> None:
    rows = lived.store.all("SELECT DISTINCT at FROM trail_events WHERE at > ?", (START - 13 * DAY,))
    busy = sum(life.in_office(row["at"]) for row in rows)
    hours = sum(life.in_office(START - 13 * DAY + hour * HOUR) for hour in range(13 * 24))
    assert busy / hours > 2 * (len(rows) - busy) / (13 * 24 - hours)


def test_life_can_be_ended_and_begun_again(world: Engine) -> None:
    assert world.world.clock.when(life.KIND) is None
    events = counted(world, "trail_events")
    world.advance(START + 2 * DAY)
    assert counted(world, "trail_events") == events
    world.act(life.begin)
    world.advance(START + 4 * DAY)
    assert counted(world, "trail_events") > events


def find(ctx: Context, resource_type: str, fits: Callable[[Resource], bool]) -> Resource:
    return next(each for each in estate.of_type(ctx, resource_type) if fits(each))


def test_a_stopped_server_loses_its_public_address_and_a_started_one_gets_another(world: Engine, here: Context) -> None:
    server = find(here, kinds.INSTANCE, lambda each: each.tags.get("Name") == "erp-app-01")
    old = server.configuration["publicIpAddress"]
    world.act(lambda ctx: servers.stop(ctx, server, people.ARJUN.caller))
    stopped = find(here, kinds.INSTANCE, lambda each: each.resource_id == server.resource_id)
    assert stopped.configuration["state"] == {"code": 80, "name": "stopped"}
    assert "publicIpAddress" not in stopped.configuration
    assert stopped.configuration["stateTransitionReason"] == "User initiated (2026-03-02 02:00:00 GMT)"
    world.act(lambda ctx: servers.start(ctx, stopped, people.ARJUN.caller))
    running = find(here, kinds.INSTANCE, lambda each: each.resource_id == server.resource_id)
    assert running.configuration["publicIpAddress"] not in (old, "")
    assert "stateReason" not in running.configuration
    assert disagreements(here) == []


def test_an_elastic_address_stays_with_a_stopped_server(world: Engine, here: Context) -> None:
    server = find(here, kinds.INSTANCE, lambda each: each.tags.get("Name") == "bastion-prod")
    world.act(lambda ctx: servers.stop(ctx, server, people.ARJUN.caller))
    stopped = find(here, kinds.INSTANCE, lambda each: each.resource_id == server.resource_id)
    assert stopped.configuration["publicIpAddress"] == server.configuration["publicIpAddress"]


def test_a_terminated_server_takes_its_interface_and_leaves_its_data_volume(world: Engine, here: Context) -> None:
    server = find(here, kinds.INSTANCE, lambda each: len(each.configuration["blockDeviceMappings"]) == 2)
    kept: list[str] = []
    gone: list[str] = []
    for mapping in server.configuration["blockDeviceMappings"]:
        (gone if mapping["ebs"]["deleteOnTermination"] else kept).append(mapping["ebs"]["volumeId"])
    interface = server.configuration["networkInterfaces"][0]["networkInterfaceId"]
    world.act(lambda ctx: servers.terminate(ctx, server, people.WEILING.caller))
    assert estate.get(here, kinds.INSTANCE, server.resource_id) is None
    assert estate.get(here, kinds.NETWORK_INTERFACE, interface) is None
    assert [estate.get(here, kinds.VOLUME, each) for each in gone] == [None]
    left = estate.get(here, kinds.VOLUME, kept[0])
    assert left is not None and left.configuration["state"] == "available" and left.links == ()


def test_what_was_opened_can_be_closed_and_nothing_else_is(world: Engine, here: Context) -> None:
    group = find(here, kinds.SECURITY_GROUP, lambda each: each.name == "storefront-prod-app")
    before = group.configuration["ipPermissions"]
    wide = Allow(22, ANYWHERE, "oops")
    world.act(lambda ctx: access.open_port(ctx, group, wide, people.KENJI.caller))
    opened = find(here, kinds.SECURITY_GROUP, lambda each: each.name == "storefront-prod-app")
    assert opened.configuration["ipPermissions"][-1]["ipRanges"] == [ANYWHERE]
    assert opened.configuration["ipPermissions"][-1]["ipv4Ranges"] == [{"cidrIp": ANYWHERE, "description": "oops"}]
    world.act(lambda ctx: access.close_port(ctx, opened, Allow(22, ANYWHERE), people.KENJI.caller))
    closed = find(here, kinds.SECURITY_GROUP, lambda each: each.name == "storefront-prod-app")
    assert closed.configuration["ipPermissions"] == before


@pytest.mark.requirement("TRE-19")
def test_what_cannot_be_done_is_recorded_as_attempted(world: Engine, here: Context) -> None:
    group = find(here, kinds.SECURITY_GROUP, lambda each: each.name == "bastion-ssh")
    twice, never = Allow(22, ANYWHERE), Allow(2222, ANYWHERE)
    world.act(lambda ctx: access.open_port(ctx, group, twice, people.KENJI.caller))
    world.act(lambda ctx: access.close_port(ctx, group, never, people.KENJI.caller))
    assert find(here, kinds.SECURITY_GROUP, lambda each: each.name == "bastion-ssh") == group
    rows = here.store.all("SELECT record FROM trail_events ORDER BY seq DESC LIMIT 2")
    codes = [json.loads(row["record"])["errorCode"] for row in rows]
    assert codes == ["InvalidPermission.NotFound", "InvalidPermission.Duplicate"]


def test_a_user_moves_between_groups_with_their_links(world: Engine, here: Context) -> None:
    def groups() -> dict[str, list[str]]:
        return {
            person.user: list(user.configuration["groupList"])
            for person in people.DEVELOPERS
            if (user := estate.by_name(here, kinds.USER, person.user))
        }

    before = groups()

    def move(ctx: Context) -> None:
        assert access.move_user(ctx, Random(3))

    world.act(move)
    after = groups()
    (moved,) = [name for name in before if before[name] != after[name]]
    assert after[moved] == [*before[moved], "data-engineers"]
    user = estate.by_name(here, kinds.USER, moved)
    assert user is not None
    assert [link.resource_name for link in user.links] == after[moved]


def test_tags_change_in_the_item_and_in_its_body(world: Engine, here: Context) -> None:
    def tag(ctx: Context) -> None:
        assert releases.retag(ctx, Random(1))

    world.act(tag)
    row = here.store.one("SELECT region, type, id FROM resources WHERE body LIKE '%\"Note\"%' LIMIT 1")
    assert row is not None
    found = estate.get(here, row["type"], row["id"], row["region"])
    assert found is not None and "Note" in found.tags


def test_the_users_of_the_pipeline_are_roles_of_the_estate(here: Context) -> None:
    for caller in (people.PIPELINE, people.TERRAFORM, people.SCHEDULER, people.AUTOSCALING, people.SSM):
        assert estate.by_name(here, kinds.ROLE, caller.role.split("/")[0]) is not None
    for name in (*(person.user for person in people.PEOPLE), people.REPORTS.user, identity.LOCAL_USER):
        assert estate.by_name(here, kinds.USER, name) is not None
