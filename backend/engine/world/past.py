"""The past of a new world: the days before it is handed over, with ordinary life and a few stories worth finding."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from backend.engine.around import cloudtrail
from backend.engine.config.rules.account import set_fact
from backend.engine.context import Caller, Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.world import compute, estate, kinds, life, people, setup, storage
from backend.engine.world.addresses import Subnet
from backend.engine.world.calls import aws
from backend.engine.world.changes import access, stores
from backend.engine.world.changes.deeds import deed, linked, pick
from backend.engine.world.compute import Disk, Server
from backend.engine.world.doors import ANYWHERE, Allow
from backend.engine.world.network import Network
from backend.engine.world.people import acting
from backend.model.moment import DAY, HOUR, MINUTE, SECOND, Moment
from backend.rules.facts import ROOT_MFA

Story: TypeAlias = Callable[[Context], None]

_WIDE_OPEN = Allow(22, ANYWHERE, "quick test, will remove")
_STORY_GROUP = "storefront-prod-app"


def live(engine: Engine, options: WorldOptions, tell: Callable[[str, float], None]) -> None:
    """Run the clock to the handover; `tell` hears of every day."""
    begin = engine.now
    for account in engine.accounts.ids:
        engine.act(lambda ctx: life.begin(ctx), account=account)
    stories = [(options.start - before, story) for before, story in STORIES if options.start - before > begin]
    for day in range(1, options.past_days + 1):
        evening = begin_of_day(options, day)
        for moment, story in stories:
            if engine.now < moment <= evening:
                engine.advance(moment)
                engine.act(story)
        engine.advance(evening)
        tell(f"Living day {day} of {options.past_days}", 0.35 + 0.6 * day / options.past_days)
    # Whoever opens the world sees something happen within the minute.
    engine.act(lambda ctx: life.begin(ctx, ctx.now + 40 * SECOND))


def begin_of_day(options: WorldOptions, day: int) -> Moment:
    """The moment that many days after the past began."""
    return options.start - (options.past_days - day) * DAY


def _door_opened(ctx: Context) -> None:
    group = estate.by_name(ctx, kinds.SECURITY_GROUP, _STORY_GROUP, ctx.region)
    if group is not None:
        access.open_port(ctx, group, _WIDE_OPEN, people.KENJI.caller)


def _door_closed(ctx: Context) -> None:
    group = estate.by_name(ctx, kinds.SECURITY_GROUP, _STORY_GROUP, ctx.region)
    if group is not None:
        access.close_port(ctx, group, _WIDE_OPEN, people.WEILING.caller)


def _jenkins_tamed(ctx: Context) -> None:
    user = estate.by_name(ctx, kinds.USER, "jenkins-legacy")
    if user is not None:
        access.detach_policies(ctx, user, people.AISHA.in_console)


def _recorder_paused(ctx: Context) -> None:
    for region in ctx.world.regions[1:2]:
        where = acting(ctx.within(region), people.NURUL.caller)
        aws(where, "config", "StopConfigurationRecorder", ConfigurationRecorderName="default")


def _recorder_resumed(ctx: Context) -> None:
    for region in ctx.world.regions[1:2]:
        where = acting(ctx.within(region), people.AISHA.caller)
        aws(where, "config", "StartConfigurationRecorder", ConfigurationRecorderName="default")


def _exports_versioned(ctx: Context) -> None:
    bucket = pick(ctx, Random(0), kinds.BUCKET, lambda bucket: bucket.resource_id == "kestrel-old-exports")
    if bucket is not None:
        wanted = {"Status": "Enabled"}
        caller = acting(ctx, people.WEILING.in_console)
        aws(caller, "s3", "PutBucketVersioning", Bucket=bucket.resource_id, VersioningConfiguration=wanted)


def _root_protected(ctx: Context) -> None:
    root = Caller(source_ip=people.OFFICE, user_agent=people.AISHA.in_console.user_agent)
    here = acting(ctx, root)
    serial = ctx.arn("iam", "mfa/root-account-mfa-device", region="")
    cloudtrail.record(here, source="iam", name="EnableMFADevice", request={"serialNumber": serial, "userName": "root"})
    set_fact(ctx, ROOT_MFA, True)


def _auditor_asks(ctx: Context) -> None:
    caller = acting(ctx, people.ANA.caller)
    aws(caller, "config", "DeliverConfigSnapshot", deliveryChannelName="default")


def _stream_wanted(ctx: Context) -> None:
    setup.stream_queue(acting(ctx, people.AISHA.caller), ctx.arn("sns", setup.HOME_TOPIC))


def _old_backup(ctx: Context) -> None:
    stores.back_up(ctx, ctx.ids.chance())


def _careless_server(ctx: Context) -> None:
    """A developer tries something in the default VPC: public, unencrypted, untagged."""
    default = pick(ctx, Random(0), kinds.SUBNET, lambda subnet: subnet.configuration["defaultForAz"])
    if default is None:
        return
    place = Subnet(default.resource_id, default.zone or "", default.configuration["cidrBlock"])
    network = Network(default.configuration["vpcId"], place.cidr, "", (place,), (), "")
    group = pick(ctx, Random(0), kinds.SECURITY_GROUP, lambda group: group.name == "launch-wizard-7")
    groups = [(group.resource_id, group.name or "")] if group else []
    disks = [Disk("/dev/xvda", 8)]
    tags = {"Name": "marek-test-do-not-delete"}
    server = Server(tags["Name"], place, groups, tags, disks, "t3.large", public=True, hardened=False)
    made = compute.launch(ctx, network, server, ctx.now)
    request = {"instancesSet": {"items": [{"imageId": server.image, "minCount": 1, "maxCount": 1}]}}
    deed(ctx, people.MAREK.in_console, "ec2", "RunInstances", request, made, also=linked(made))


def _export_lost(ctx: Context) -> None:
    """A bucket that was made for one evening."""
    here = acting(ctx, people.ZOE.caller)
    storage.bucket(here, "kestrel-export-2025q3-draft", {"Owner": "Zoë"}, ctx.now, versioned=False)


def _export_gone(ctx: Context) -> None:
    aws(acting(ctx, people.ZOE.caller), "s3", "DeleteBucket", Bucket="kestrel-export-2025q3-draft")


STORIES: tuple[tuple[Moment, Story], ...] = (
    (12 * DAY - 6 * HOUR, _export_lost),
    (12 * DAY - 9 * HOUR, _export_gone),
    (11 * DAY - 5 * HOUR, _door_opened),
    (11 * DAY - 5 * HOUR - 95 * MINUTE, _door_closed),
    (10 * DAY - 3 * HOUR, _jenkins_tamed),
    (9 * DAY - 2 * HOUR, _exports_versioned),
    (8 * DAY - 4 * HOUR, _recorder_paused),
    (8 * DAY - 4 * HOUR - 50 * MINUTE, _recorder_resumed),
    (6 * DAY - 3 * HOUR, _root_protected),
    (4 * DAY - 17 * HOUR, _old_backup),
    (2 * DAY, _stream_wanted),
    (1 * DAY - 2 * HOUR, _auditor_asks),
    (7 * HOUR, _careless_server),
)
"""How long before the handover something happens, oldest first."""
