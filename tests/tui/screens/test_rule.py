"""A rule in full, and the log of the function behind a custom one."""

from __future__ import annotations

import pytest

from backend.model.compliance import FunctionLog, LogLine, Remedy, Rule
from backend.model.moment import MINUTE
from backend.model.problem import Denied
from tests.tui.fake_session import NOW, World
from tests.tui.opened import GRID, SMALL, opened

ARN = "arn:aws:lambda:ap-southeast-1:696686700433:function:judge"
GROUP = "/aws/lambda/judge"
CUSTOM = Rule(
    name="judged",
    owner="CUSTOM_LAMBDA",
    identifier=ARN,
    last_error_code="KeyError",
    last_error_message="'size' (judge.py, line 9).",
    last_failure=NOW - MINUTE,
)
LINES = (
    "START RequestId: 1-2 Version: $LATEST",
    "looking at vol-1",
    "[ERROR] KeyError: 'size'",
    "END RequestId: 1-2",
    "REPORT RequestId: 1-2\tDuration: 3.20 ms\tBilled Duration: 4 ms",
)


def world(log: FunctionLog | None = None, rule: Rule = CUSTOM) -> World:
    return World(rules=[rule], log=log)


@pytest.mark.requirement("RUL-09")
async def test_a_custom_rule_shows_its_last_failure_and_the_log_of_its_function() -> None:
    lines = tuple(LogLine(NOW - MINUTE, text) for text in LINES)
    async with opened(GRID, world=world(FunctionLog(group=GROUP, region="ap-southeast-1", lines=lines))) as it:
        await it.press("5", "i")
        await it.settle()
        assert "KeyError: 'size' (judge.py, line 9)." in it.row("error")
        assert "1 m ago" in it.row("failed")
        assert "CloudWatch Logs in ap-southeast-1, group /aws/lambda/judge" in it.text
        await it.press("G")
        assert "14:21:31 looking at vol-1" in it.text
        assert "[ERROR] KeyError: 'size'" in it.text
        assert "── call 1-2" in it.text
        assert "took 3.20 ms" in it.text
        assert "RequestId" not in it.text


async def test_without_a_log_it_says_where_one_would_be() -> None:
    async with opened(GRID, world=world(FunctionLog(group=GROUP, region="ap-southeast-1"))) as it:
        await it.press("5", "i")
        await it.settle()
        await it.press("G")
        assert "group /aws/lambda/judge" in it.text
        assert "Nothing is kept there" in it.text
        assert "--allow-lambda DIR" in it.text


async def test_a_log_that_may_not_be_read_is_a_sentence() -> None:
    no = Denied("Not allowed to call logs:DescribeLogStreams", "the credentials lack the permission")
    denied = world()
    denied.fails["logs"] = no
    async with opened(GRID, world=denied) as it:
        await it.press("5", "i")
        await it.settle()
        await it.press("G")
        assert "Not allowed to call logs:DescribeLogStreams" in it.text


async def test_a_managed_rule_has_no_log() -> None:
    async with opened(GRID, world=world(rule=Rule(name="managed", owner="AWS"))) as it:
        await it.press("5", "i")
        await it.settle()
        assert "Log of its function" not in it.text


async def test_the_remediation_of_a_rule_is_shown_and_why_it_did_not_run() -> None:
    plain = Rule(name="encrypted-volumes", identifier="ENCRYPTED_VOLUMES")
    made = World(rules=[plain])
    made.remedies[plain.name] = Remedy(
        document="AWSConfigRemediation-EncryptVolume",
        parameters=("VolumeId = the resource's id",),
        states={"FAILED": 3},
        error="The local engine has no Systems Manager Automation.",
    )
    async with opened(GRID, world=made) as it:
        await it.press("5", "i")
        await it.settle()
        assert "AWSConfigRemediation-EncryptVolume, when somebody asks for it" in it.row("remedy")
        assert "VolumeId = the resource's id" in it.text
        assert "3 FAILED" in it.text
        assert "has no Systems Manager Automation" in it.text


async def test_of_a_rule_that_only_verdicts_tell_of_nothing_is_made_up() -> None:
    recorded = Rule(name="encrypted", compliance="NON_COMPLIANT", non_compliant_count=1, last_evaluation=NOW - MINUTE)
    async with opened(GRID, world=world(rule=recorded)) as it:
        await it.press("5", "i")
        assert "Only its verdicts were recorded" in it.text
        assert "1 m ago" in it.row("evaluated")
        assert not any(words in it.text for words in ("judged by", "parameters", "next run"))


async def test_of_a_long_rule_the_keys_stay_in_sight_and_its_end_can_be_reached() -> None:
    parameters = "{" + ", ".join(f'"tag{n}Key": "Team{n}"' for n in range(1, 13)) + "}"
    rule = Rule(name="long", owner="AWS", parameters=parameters, arn="arn:aws:config:::config-rule/the-end")
    async with opened(SMALL, world=world(rule=rule)) as it:
        await it.press("5", "i")
        assert "tag1Key = Team1" in it.text
        assert "the-end" not in it.text
        assert "scroll" in it.row("esc close")
        await it.press("G")
        assert "the-end" in it.text
        assert "scroll" in it.row("esc close")
