"""Handlers behind custom rules: called with what the engine noted, heard with what they report."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest

from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.model.moment import DAY, HOUR, MINUTE, SECOND
from backend.wire.local import LocalWorld
from tests.backend.wire.handlers.conftest import SCHEDULED, VOLUME, Account, Run
from tests.backend.wire.handlers.handler_files import BAD, GOOD, JUDGE, RDK_JUDGE, write, write_rdk

BUCKET = "AWS::S3::Bucket"
PASS = 5 * SECOND
"""Until a rule that was put has looked at everything."""


def names(engine: Engine, account: str) -> set[str]:
    """The buckets of an account at home."""
    return {each.resource_id for each in estate.of_type(engine.context(account=account), BUCKET)}


async def volumes(world: LocalWorld) -> dict[str, bool]:
    """Which volumes there are at home, and whether they are encrypted."""
    return await world.run(
        lambda engine: {
            each.resource_id: each.configuration["encrypted"] for each in estate.of_type(engine.context(), VOLUME)
        }
    )


@pytest.mark.requirement("RUL-01")
@pytest.mark.requirement("RUL-09")
async def test_a_plain_file_judges_each_resource(run: Run, account: Account, world: LocalWorld, tmp_path: Path) -> None:
    write(tmp_path, judge=JUDGE)
    await run()
    await account.put_rule("judge")
    await world.jump(PASS)
    there = await volumes(world)
    assert await account.verdicts("judge") == {
        name: "COMPLIANT" if encrypted else "NON_COMPLIANT" for name, encrypted in there.items()
    }
    status = await account.status("judge")
    assert "LastErrorCode" not in status
    assert "LastFailedEvaluationTime" not in status
    assert status["LastSuccessfulEvaluationTime"] == status["LastSuccessfulInvocationTime"], "at its own time"


@pytest.mark.requirement("RUL-16")
async def test_a_change_makes_it_run_again(run: Run, account: Account, world: LocalWorld, tmp_path: Path) -> None:
    write(tmp_path, again=JUDGE)
    await run()
    await account.put_rule("again")
    await world.jump(PASS)
    name = next(name for name, encrypted in (await volumes(world)).items() if not encrypted)

    def encrypt(ctx: Context) -> None:
        found = estate.get(ctx, VOLUME, name)
        assert found is not None
        estate.put(ctx, estate.edited(found, encrypted=True))

    assert (await account.verdicts("again"))[name] == "NON_COMPLIANT"
    await world.run(lambda engine: engine.act(encrypt))
    await world.jump(10 * SECOND)
    assert (await account.verdicts("again"))[name] == "COMPLIANT"


async def test_an_rdk_folder_refuses_bad_parameters_and_judges_by_good_ones(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    write_rdk(tmp_path, "LARGE")
    await run()
    await account.put_rule("LARGE", InputParameters='{"largest": "some"}')
    await world.jump(PASS)
    assert await account.error("LARGE") == (
        "InvalidParameterValueException",
        "The parameter largest must be a number of GiB.",
    )
    assert await account.verdicts("LARGE") == {}
    await account.put_rule("LARGE", InputParameters='{"largest": "0"}')
    await world.jump(PASS)
    assert await account.error("LARGE") == (None, None)
    assert set((await account.verdicts("LARGE")).values()) == {"NON_COMPLIANT"}


async def test_a_handler_on_a_schedule_reports_at_each_of_its_times_during_a_jump(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    write_rdk(tmp_path, "HOURLY")
    await run()
    before = (await world.clock()).now
    await account.put_rule(
        "HOURLY", SCHEDULED, InputParameters='{"largest": "1"}', MaximumExecutionFrequency="One_Hour"
    )
    await world.jump(2 * DAY)
    assert await account.verdicts("HOURLY") == {account.account: "COMPLIANT"}
    assert await account.error("HOURLY") == (None, None)
    status = await account.status("HOURLY")
    assert status["LastSuccessfulEvaluationTime"] == status["LastSuccessfulInvocationTime"]
    assert status["LastSuccessfulEvaluationTime"].timestamp() * 1000 > before + 2 * DAY - HOUR


async def test_a_role_is_taken_on(run: Run, account: Account, world: LocalWorld, tmp_path: Path) -> None:
    write_rdk(tmp_path, "ROLE", RDK_JUDGE.replace("ASSUME_ROLE_MODE = False", "ASSUME_ROLE_MODE = True"))
    await run()
    await account.put_rule("ROLE", InputParameters='{"largest": "9999"}')
    await world.jump(PASS)
    assert await account.error("ROLE") == (None, None)
    assert set((await account.verdicts("ROLE")).values()) == {"COMPLIANT"}


async def test_a_library_that_asks_aws_first_falls_back_at_once(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    asks = (
        "    sts = boto3.client('sts', endpoint_url='https://sts.ap-southeast-1.amazonaws.com')\n"
        "    try:\n        sts.get_caller_identity()\n"
        "    except:\n        sts = boto3.client('sts')\n"
    )
    text = RDK_JUDGE.replace("ASSUME_ROLE_MODE = False", "ASSUME_ROLE_MODE = True")
    text = text.replace('    sts = boto3.client("sts")\n', asks)
    assert asks in text
    write_rdk(tmp_path, "ASKS", text)
    await run(timeout=5)
    await account.put_rule("ASKS", SCHEDULED, InputParameters='{"largest": "1"}')
    await world.jump(PASS)
    assert await account.error("ASKS") == (None, None)
    assert await account.verdicts("ASKS") == {account.account: "COMPLIANT"}


async def test_an_item_too_large_for_an_event_is_asked_for(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    write_rdk(tmp_path, "CROWDED")
    await run()
    await account.put_rule(
        "CROWDED", "OversizedConfigurationItemChangeNotification", InputParameters='{"largest": "0"}'
    )
    await world.jump(PASS)
    assert await account.verdicts("CROWDED") == {}
    name = min(await volumes(world))

    def crowd(ctx: Context) -> None:
        found = estate.get(ctx, VOLUME, name)
        assert found is not None
        estate.put(ctx, estate.tagged(found, {f"key-{number}": "x" * 200 for number in range(1_500)}))

    await world.run(lambda engine: engine.act(crowd))
    await world.jump(10 * SECOND)
    assert await account.verdicts("CROWDED") == {name: "NON_COMPLIANT"}


async def test_a_failure_stays_until_a_later_call_goes_well(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    text = JUDGE.replace(
        "    log.info(",
        "    if item['resourceId'] == 'FIRST':\n        raise ValueError('not this one')\n    log.info(",
    )
    first = min(await volumes(world))
    write(tmp_path, mends=text.replace("FIRST", first))
    await run()
    await account.put_rule("mends")
    await world.jump(PASS)
    count = len(await volumes(world))
    assert len(await account.verdicts("mends")) == count - 1, "those after it went on"
    assert (await account.error("mends"))[0] == "ValueError"
    write(tmp_path, mends=JUDGE)
    await world.jump(MINUTE)
    await account.call("StartConfigRulesEvaluation", ConfigRuleNames=["mends"])
    assert (await account.error("mends"))[0] == "ValueError"
    await world.jump(PASS)
    assert await account.error("mends") == (None, None)
    assert len(await account.verdicts("mends")) == count


async def test_each_account_has_its_own_calls(run: Run, account: Account, world: LocalWorld, tmp_path: Path) -> None:
    write(tmp_path, both=JUDGE)
    await run()
    other = Account(world, (await world.run(lambda engine: engine.accounts.ids))[1], account.region)
    for each in (account, other):
        await each.put_rule("both", Scope={"ComplianceResourceTypes": [BUCKET]})
    await world.jump(PASS)
    await world.jump(20 * MINUTE)  # the event history is late
    for each in (account, other):
        there = await world.run(partial(names, account=each.account))
        assert there and set(await each.verdicts("both")) == there
        attributes = [{"AttributeKey": "EventName", "AttributeValue": "PutEvaluations"}]
        answer = await each.call("LookupEvents", service="cloudtrail", LookupAttributes=attributes, MaxResults=1)
        identity = json.loads(answer["Events"][0]["CloudTrailEvent"])["userIdentity"]
        assert identity["arn"] == f"arn:aws:sts::{each.account}:assumed-role/both-role/both", "who did it"


async def test_one_that_never_ends_is_given_up_and_the_others_go_on(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    write(tmp_path, loops=BAD["loops"], fine=JUDGE)
    await run(timeout=0.3)
    count = len(await volumes(world))
    await account.put_rule("loops")
    await account.put_rule("fine")
    await world.jump(PASS)
    assert await account.error("loops") == (
        "Sandbox.Timedout",
        "loops was stopped: it was not done with this call after 0.3 s."
        f" So it went 3 times in a row: the {count - 3} calls that waited are left out.",
    )
    assert "LastFailedEvaluationTime" in await account.status("loops")
    assert len(await account.verdicts("fine")) == count


async def test_what_is_raised_stands_in_the_status(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    write(tmp_path, raises=BAD["raises"])
    await run()
    await account.put_rule("raises")
    await world.jump(PASS)
    assert await account.error("raises") == ("KeyError", "'nothing' (raises.py, line 2).")


async def test_the_log_lies_where_lambda_puts_it(run: Run, account: Account, world: LocalWorld, tmp_path: Path) -> None:
    write(tmp_path, prints=BAD["raises"], idle=GOOD, leaves=BAD["quits"])
    await run()
    for name in ("prints", "idle", "leaves"):
        await account.put_rule(name, SCHEDULED)
    await world.jump(PASS)
    raised = await account.log("prints")
    assert raised[0].startswith("START RequestId: ")
    assert raised[1] == "[ERROR] KeyError: 'nothing'"
    assert raised[-2].startswith("END RequestId: ")
    assert "Duration: " in raised[-1]
    assert (await account.log("leaves"))[1:3] == [
        "bye",
        "[ERROR] Runtime.ExitError: The process of leaves ended with this call: exit status 3.",
    ]
    assert (await account.log("idle"))[-1] == (
        "The function ended well without PutEvaluations for this call: no verdict comes of it."
    )


async def test_a_changed_file_is_used_and_is_a_change_of_the_function(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    write(tmp_path, turns=BAD["raises"])
    await run()
    await account.put_rule("turns")
    await world.jump(PASS)
    before = await _code(world, "turns")
    write(tmp_path, turns=JUDGE)
    await account.put_rule("turns")
    await world.jump(PASS)
    assert await account.error("turns") == (None, None)
    assert len(await account.verdicts("turns")) == len(await volumes(world))
    assert await _code(world, "turns") not in (None, before)


async def test_the_end_comes_at_once_though_a_call_is_under_way(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    write(tmp_path, stays=f"open({str(tmp_path / 'begun')!r}, 'w')\n" + BAD["loops"])
    runner = await run(timeout=600, load_seconds=600)
    await account.put_rule("stays", SCHEDULED)
    jump = asyncio.ensure_future(world.jump(PASS))
    while not await asyncio.to_thread((tmp_path / "begun").exists):
        assert not jump.done(), "it waits for the call"
    await asyncio.wait_for(runner.close(), 20)
    await asyncio.wait_for(jump, 20)
    assert await account.error("stays") == (None, None)


async def test_only_functions_that_are_there_can_be_named(
    run: Run, account: Account, world: LocalWorld, tmp_path: Path
) -> None:
    write(tmp_path, here=GOOD, broken="def lambda_handler(\n")
    runner = await run()
    assert [handler.name for handler in runner.handlers] == ["here"]
    for name in ("broken", "elsewhere"):
        with pytest.raises(ServiceError, match="cannot be invoked"):
            await account.put_rule(name)
    await runner.close()
    (tmp_path / "here.py").unlink()
    await run()
    assert await _code(world, "here") is None


async def test_a_world_made_afresh_has_its_functions_again(tmp_path: Path) -> None:
    from backend.wire.handlers.finding import find
    from backend.wire.handlers.runner import Runner
    from backend.wire.open import WorldChoice, open_world

    write(tmp_path, here=GOOD)
    world = await open_world(WorldChoice(empty=True))
    runner = await Runner.open(world, "http://127.0.0.1:1", await asyncio.to_thread(find, tmp_path))
    await world.reset()
    assert await _code(world, "here") is not None
    await runner.close()
    await world.close()


async def _code(world: LocalWorld, name: str) -> str | None:
    found = await world.run(lambda engine: estate.get(engine.context(), "AWS::Lambda::Function", name))
    return None if found is None else str(found.configuration["codeSha256"])
