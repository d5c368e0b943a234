"""Worlds of several accounts and regions: each with its own estate, AWS Config and life."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from backend.engine.config import channel
from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.engine.world import builder, estate, kinds, life, setup, story
from backend.model.item import Document
from backend.model.moment import DAY, HOUR
from tests.backend.engine.world.conftest import HOME, OTHER, START, make


def options(accounts: int = 3, regions: int = 2, resources: int = 300, past_days: int = 2) -> WorldOptions:
    return WorldOptions(START, resources=resources, past_days=past_days, accounts=accounts, regions=regions)


@pytest.fixture(scope="module")
def company() -> Iterator[Engine]:
    """Three accounts in two regions. Only to be looked at."""
    engine = make(options())
    yield engine
    engine.close()


def ask(engine: Engine, account: str, service: str, operation: str, region: str = HOME, **params: object) -> Document:
    return engine.call(Call(service, operation, params, region, Caller(access_key=account)))


def everywhere(engine: Engine) -> Iterator[Context]:
    """Every account in every region."""
    for world in engine.accounts:
        for region in world.regions:
            yield engine.context(region, account=world.account)


def test_each_account_is_set_up_in_each_region(company: Engine) -> None:
    for ctx in everywhere(company):
        status = ask(company, ctx.account, "config", "DescribeConfigurationRecorderStatus", ctx.region)
        assert status["ConfigurationRecordersStatus"][0]["recording"], (ctx.account, ctx.region)
        assert channel.state(ctx, "snapshot").status == "SUCCESS", (ctx.account, ctx.region)
        assert channel.state(ctx, "history").status in ("SUCCESS", "NOT_APPLICABLE"), (ctx.account, ctx.region)
        rules = ask(company, ctx.account, "config", "DescribeConfigRules", ctx.region)["ConfigRules"]
        assert {rule["ConfigRuleName"] for rule in rules} >= set(setup.ELSEWHERE)


def test_the_accounts_beside_the_main_one_are_small(company: Engine) -> None:
    main, *others = (estate.count(company.context(account=account)) for account in company.accounts.ids)
    assert 280 <= main <= 380
    assert all(60 <= size <= 110 for size in others)


def test_every_second_account_delivers_to_the_bucket_of_the_main_one(company: Engine) -> None:
    main, second, third = company.accounts.ids
    buckets = {ctx.account: channel.of(ctx) for ctx in everywhere(company) if ctx.region == HOME}
    assert {account: found and found.bucket for account, found in buckets.items()} == {
        main: setup.HOME_BUCKET,
        second: setup.HOME_BUCKET,
        third: f"config-bucket-{third}",
    }
    for account, bucket, sender in ((main, setup.HOME_BUCKET, second), (third, f"config-bucket-{third}", third)):
        for region in (HOME, OTHER):
            prefix = f"AWSLogs/{sender}/Config/{region}/"
            assert ask(company, account, "s3", "ListObjectsV2", Bucket=bucket, Prefix=prefix)["KeyCount"], prefix


def test_the_main_account_sees_all_accounts_in_an_aggregator(company: Engine) -> None:
    main = company.accounts.ids[0]
    asked = {"ConfigurationAggregatorName": setup.AGGREGATOR, "GroupByKey": "ACCOUNT_ID"}
    answer = ask(company, main, "config", "GetAggregateDiscoveredResourceCounts", **asked)
    counts = {each["GroupName"]: each["ResourceCount"] for each in answer["GroupedResourceCounts"]}
    assert set(counts) == set(company.accounts.ids)
    assert all(counts.values())


def test_items_say_whose_they_are(company: Engine) -> None:
    second = company.accounts.ids[1]
    roles = ask(company, second, "config", "ListDiscoveredResources", resourceType=kinds.ROLE)["resourceIdentifiers"]
    asked = {"resourceType": kinds.ROLE, "resourceId": roles[0]["resourceId"]}
    (item,) = ask(company, second, "config", "GetResourceConfigHistory", limit=1, **asked)["configurationItems"]
    assert item["accountId"] == second
    assert f":{second}:" in item["arn"]


def test_people_come_into_other_accounts_by_a_role(company: Engine) -> None:
    second = company.accounts.ids[1]
    rows = company.accounts[second].store.all("SELECT record FROM trail_events")
    identities = [json.loads(row["record"])["userIdentity"] for row in rows]
    people = [each["arn"] for each in identities if "OrganizationAccountAccessRole" in each.get("arn", "")]
    assert any(arn.endswith("/aisha.rahman") for arn in people)
    assert {each["userName"] for each in identities if each["type"] == "IAMUser"} <= {"local.admin"}
    role = f"arn:aws:iam::{second}:role/OrganizationAccountAccessRole"
    answer = ask(company, company.accounts.ids[0], "sts", "AssumeRole", RoleArn=role, RoleSessionName="me")
    session = answer["Credentials"]["AccessKeyId"]
    assert ask(company, session, "sts", "GetCallerIdentity")["Account"] == second


def test_each_account_has_a_life_of_its_own_and_the_main_one_the_liveliest() -> None:
    engine = make(options(accounts=2, past_days=0))
    before = [world.store.meta("last_unique") for world in engine.accounts]
    assert all(world.clock.when(life.KIND) for world in engine.accounts)
    engine.advance(START + 7 * DAY)
    counts = []
    for world in engine.accounts:
        row = world.store.one("SELECT count(*) AS n FROM trail_events WHERE NOT read_only AND at > ?", (START,))
        counts.append(row["n"] if row else 0)
    assert counts[0] > 3 * counts[1] > 0
    assert all(world.store.meta("last_unique") > moment for world, moment in zip(engine.accounts, before, strict=True))
    engine.close()


@pytest.mark.parametrize(("regions", "names"), [(1, [HOME]), (4, [HOME, OTHER, "eu-west-1", "eu-central-1"])])
def test_a_world_has_as_many_regions_as_were_asked_for(regions: int, names: list[str]) -> None:
    engine = make(options(accounts=1, regions=regions, past_days=14))
    ctx = engine.context()
    rows = ctx.store.all("SELECT DISTINCT region FROM resources WHERE region <> ?", (estate.GLOBAL,))
    assert {row["region"] for row in rows} == set(names)
    for region in names:
        assert channel.state(ctx.within(region), "snapshot").status == "SUCCESS"
    engine.close()


def test_an_empty_world_has_empty_accounts() -> None:
    engine = make(options(resources=0))
    assert len(engine.accounts) == 3
    assert [estate.count(engine.context(account=account)) for account in engine.accounts.ids] == [0, 0, 0]
    assert {world.clock.now for world in engine.accounts} == {START}
    engine.close()


def test_the_same_seed_gives_the_same_accounts() -> None:
    found = []
    for _ in range(2):
        engine = make(options(accounts=2, past_days=1))
        engine.advance(START + 12 * HOUR)
        rows = (row for world in engine.accounts for row in world.store.each("SELECT * FROM items"))
        found.append([tuple(row) for row in rows])
        engine.close()
    assert found[0] == found[1]


def test_a_broken_build_leaves_nothing_in_any_account() -> None:
    chosen = options(accounts=2, past_days=1)
    engine = Engine(None, chosen, local_aws())

    def break_down(_what: str, share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        builder.build(engine, chosen, break_down)
    assert [estate.count(engine.context(account=account)) for account in engine.accounts.ids] == [0, 0]
    engine.close()


def of_the_bucket(deed: str) -> Callable[[Context], None]:
    return lambda ctx: story.DEEDS[deed](ctx, {"bucket": setup.HOME_BUCKET})


def test_a_lost_bucket_is_mended_for_all_who_deliver_to_it() -> None:
    engine = make(options(accounts=2, past_days=1))
    second = engine.accounts.ids[1]
    there = engine.context(account=second)
    for deed, status in (("lose-bucket", "FAILURE"), ("mend-bucket", "SUCCESS")):
        engine.act(of_the_bucket(deed))
        engine.advance(engine.now + 25 * HOUR)
        assert channel.state(there, "snapshot").status == status
    engine.close()
