"""The estate region by region: what each has once, and the workloads that fill it to the size asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from backend.engine.context import Context
from backend.engine.world import estate, flaws, names, network, services, storage, workloads
from backend.engine.world.names import Application
from backend.engine.world.network import Network
from backend.engine.world.workloads import Site, Workload
from backend.model.moment import DAY

_CROWDED = 14
"""After so many workloads a VPC is full, and the next is built."""

ALARM_TOPIC = "ops-alarms"


class Region:
    """A region being built. It opens networks as they are needed."""

    def __init__(self, ctx: Context, first_block: int) -> None:
        self._ctx = ctx
        self._blocks = iter(range(first_block, first_block + 10_000))
        self._sites: dict[str, Site] = {}
        self._placed: dict[str, int] = {}
        self._certificate = ""
        self._alarms = ""
        self._log_bucket = ""

    def found(self) -> None:
        """What a region has once: log bucket, trail, certificate, topic for alarms."""
        ctx = self._ctx
        suffix = ctx.region.replace("-", "")
        self._log_bucket = storage.own_name(ctx, f"access-logs-{suffix}")
        storage.bucket(ctx, self._log_bucket, storage.house_tags(self._log_bucket, "access logs"), ctx.now - 900 * DAY)
        tags = storage.house_tags(ALARM_TOPIC, "pages the operators")
        self._alarms = storage.topic(ctx, ALARM_TOPIC, tags, ctx.now - 890 * DAY, ("cloudwatch.amazonaws.com",))
        self._certificate = services.certificate(
            ctx, names.DOMAIN, storage.house_tags(names.DOMAIN, "public endpoints"), ctx.now - 120 * DAY
        )

    def trail(self) -> None:
        """A trail over all regions, with its bucket and key."""
        ctx = self._ctx
        bucket = f"{names.COMPANY}-cloudtrail-{ctx.account[-4:]}"
        tags = storage.house_tags(bucket, "audit trail")
        key = services.key(ctx, "CloudTrail log files", tags, ctx.now - 1400 * DAY)
        storage.bucket(ctx, bucket, tags, ctx.now - 1400 * DAY, key=key)
        services.trail(ctx, f"{names.COMPANY}-all-regions", bucket, tags, everywhere=True, kms_key=key)

    def site(self, environment: str) -> Site:
        """A place for one more workload of an environment."""
        placed = self._placed.get(environment, 0)
        if environment not in self._sites or placed % _CROWDED == 0:
            self._sites[environment] = self._open(environment, placed // _CROWDED)
        self._placed[environment] = placed + 1
        return self._sites[environment]

    def first(self, environment: str) -> Network:
        """The network of an environment that was opened first or is open now."""
        if environment not in self._sites:
            self._sites[environment] = self._open(environment, 0)
            self._placed.setdefault(environment, 1)
        return self._sites[environment].network

    def key(self, environment: str) -> str:
        """ARN of the key of an environment."""
        self.first(environment)
        return self._sites[environment].key

    def default_network(self) -> Network:
        """The VPC that came with the account."""
        ctx = self._ctx
        return network.build(
            ctx, "default", "172.31.0.0/16", "", ctx.now - 2400 * DAY, private=False, default=True, nat=False
        )

    def _open(self, environment: str, number: int) -> Site:
        ctx = self._ctx
        name = environment if number == 0 else f"{environment}-{number + 1}"
        zones = "abc" if environment == "prod" else "ab"
        created = ctx.now - (1300 - number) * DAY
        made = network.build(ctx, name, f"10.{next(self._blocks) % 200}.0.0/16", environment, created, zones=zones)
        network.endpoint(ctx, made, "s3", created)
        if environment == "prod":
            network.flow_log(ctx, made, self._log_bucket, created)
        tags = names.tags(name, names.SECURITY, environment)
        key = services.key(ctx, f"Data at rest, {name}", tags, created, rotates=environment == "prod")
        return Site(ctx, made, key, self._certificate, self._alarms, self._log_bucket)


def build(ctx: Context, resources: int) -> None:
    """All regions, with about so many resources in all (never fewer than the hundred or so that belong to each)."""
    home, others = _founded(ctx)
    home.trail()
    flaws.build(ctx, home.first("prod"), home.default_network(), home.key("prod"), ctx.now)
    workloads.place(Workload(home.site("prod"), names.YARD, ctx.now - 610 * DAY))
    _grow(ctx, resources, _plan(home, others, names.applications()))


def build_member(ctx: Context, resources: int) -> None:
    """The same for an account beside the main one, which runs some of the applications and has no default network."""
    home, others = _founded(ctx)
    first = 7 * ctx.accounts.index(ctx.account) % len(names.APPLICATIONS)
    _grow(ctx, resources, _plan(home, others, islice(names.applications(), first, None)))


def _founded(ctx: Context) -> tuple[Region, list[Region]]:
    """The home region and the others, each with what a region has once."""
    home, *others = (Region(ctx.within(name), 20 + 40 * place) for place, name in enumerate(ctx.world.regions))
    for region in (home, *others):
        region.found()
    return home, others


def _grow(ctx: Context, resources: int, plan: Iterator[tuple[Site, Application, int]]) -> None:
    while estate.count(ctx) < resources:
        site, application, age = next(plan)
        extra = {} if age % 3 else {"Runbook": names.RUNBOOK}
        workloads.place(Workload(site, application, ctx.now - age * DAY, extra))


def _plan(
    home: Region, others: list[Region], applications: Iterable[Application]
) -> Iterator[tuple[Site, Application, int]]:
    """What is placed where, and how many days ago, without end."""
    for number, application in enumerate(applications):
        age = 30 + (number * 83) % 900
        yield home.site("prod"), application, age
        if (number % 3 == 1 and others) or len(others) > 1:
            yield others[number % len(others)].site("prod"), application, age - 9
        if number % 2 == 0:
            yield home.site("staging"), application, age - 20
