"""A local AWS on loopback with handlers at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from backend.engine.context import Call, Caller
from backend.model.item import Document
from backend.model.moment import parse
from backend.wire.handlers.finding import find
from backend.wire.handlers.runner import Runner, Terms
from backend.wire.local import LocalWorld
from backend.wire.open import WorldChoice, open_world
from backend.wire.server import Beside, listen

VOLUME = "AWS::EC2::Volume"
ITEM_CHANGED, SCHEDULED = "ConfigurationItemChangeNotification", "ScheduledNotification"

Run: TypeAlias = Callable[..., Awaitable[Runner]]


class Account:
    """An account of the world, called from outside."""

    def __init__(self, world: LocalWorld, account: str, region: str) -> None:
        self.world = world
        self.account = account
        self.region = region

    async def call(self, operation: str, *, service: str = "config", **params: Any) -> Document:
        caller = Caller(access_key=self.account)
        return await self.world.call(Call(service, operation, params, self.region, caller))

    async def log(self, function: str) -> list[str]:
        """What CloudWatch Logs has of a function."""
        answer = await self.call("FilterLogEvents", service="logs", logGroupName=f"/aws/lambda/{function}")
        return [event["message"] for event in answer["events"]]

    async def put_rule(self, function: str, trigger: str = ITEM_CHANGED, **members: Any) -> None:
        """A rule of the name of its function, over the volumes."""
        home = self.world.options
        rule = {
            "ConfigRuleName": function,
            "Source": {
                "Owner": "CUSTOM_LAMBDA",
                "SourceIdentifier": f"arn:aws:lambda:{home.home_region}:{home.account}:function:{function}",
                "SourceDetails": [{"EventSource": "aws.config", "MessageType": trigger}],
            },
            "Scope": {"ComplianceResourceTypes": [VOLUME]},
            **members,
        }
        await self.call("PutConfigRule", ConfigRule=rule)

    async def status(self, rule: str) -> Document:
        answer = await self.call("DescribeConfigRuleEvaluationStatus", ConfigRuleNames=[rule])
        [status] = answer["ConfigRulesEvaluationStatus"]
        return dict(status)

    async def error(self, rule: str) -> tuple[str | None, str | None]:
        status = await self.status(rule)
        return status.get("LastErrorCode"), status.get("LastErrorMessage")

    async def verdicts(self, rule: str) -> dict[str, str]:
        answer = await self.call("GetComplianceDetailsByConfigRule", ConfigRuleName=rule, Limit=100)
        return {
            result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: result["ComplianceType"]
            for result in answer["EvaluationResults"]
        }


@pytest.fixture(scope="module")
def estate_world() -> Iterator[tuple[LocalWorld, str]]:
    """One estate with two accounts for all tests of a file, and where it answers; its clock stands."""
    choice = WorldChoice(memory=True, start=parse("2023-02-28T09:41:00Z"), resources=60, accounts=2)
    world = asyncio.run(open_world(choice))
    asyncio.run(world.pause())
    with listen(0) as listener:
        beside = Beside(world, listener)
        yield world, beside.url
        asyncio.run(beside.close())
    asyncio.run(world.close())


@pytest.fixture
def world(estate_world: tuple[LocalWorld, str]) -> LocalWorld:
    return estate_world[0]


@pytest.fixture
async def account(world: LocalWorld) -> Account:
    """The main account at home."""
    return Account(world, world.options.account, world.options.home_region)


@pytest.fixture
async def run(estate_world: tuple[LocalWorld, str], tmp_path: Path) -> AsyncIterator[Run]:
    """Sets the handlers of the test's own folder to work, and ends them."""
    world, url = estate_world
    async with AsyncExitStack() as stack:

        async def run_(timeout: float | None = None, load_seconds: float = 10.0, deploy_rules: bool = False) -> Runner:
            found = await asyncio.to_thread(find, tmp_path)
            runner = await Runner.open(world, url, found, Terms(timeout, load_seconds, deploy_rules=deploy_rules))
            stack.push_async_callback(runner.close)
            return runner

        yield run_
