"""Rules put from the parameters.json of RDK folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.model.moment import SECOND
from backend.model.problem import BadInput
from backend.wire.handlers.deploying import config_rule
from backend.wire.handlers.finding import RuleFacts
from backend.wire.local import LocalWorld
from tests.backend.wire.handlers.conftest import ITEM_CHANGED, SCHEDULED, VOLUME, Account, Run
from tests.backend.wire.handlers.handler_files import GOOD, write, write_rdk

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:x"


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (
            {"types": (VOLUME,)},
            {
                "Scope": {"ComplianceResourceTypes": [VOLUME]},
                "triggers": [(ITEM_CHANGED, None), ("OversizedConfigurationItemChangeNotification", None)],
            },
        ),
        (
            {"types": ("ALL",)},
            {"triggers": [(ITEM_CHANGED, None), ("OversizedConfigurationItemChangeNotification", None)]},
        ),
        ({"period": "Six_Hours"}, {"triggers": [(SCHEDULED, "Six_Hours")]}),
        (
            {"period": "Six_Hours", "parameters": '{"a": "1", "b": "", "c": 3}', "description": "what it is"},
            {
                "triggers": [(SCHEDULED, "Six_Hours")],
                "InputParameters": '{"a":"1","c":"3"}',
                "Description": "what it is",
            },
        ),
    ],
)
def test_a_folder_says_what_its_rule_is(facts: dict[str, Any], found: dict[str, Any]) -> None:
    rule = config_rule(ARN, RuleFacts(name="R", **facts))
    source = rule.pop("Source")
    assert (rule.pop("ConfigRuleName"), source["Owner"], source["SourceIdentifier"]) == ("R", "CUSTOM_LAMBDA", ARN)
    triggers = [(each["MessageType"], each.get("MaximumExecutionFrequency")) for each in source["SourceDetails"]]
    assert {**rule, "triggers": triggers} == found


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "it has neither SourceEvents nor SourcePeriodic"),
        ({"period": "One_Hour", "parameters": "[]"}, "its InputParameters are no JSON object"),
    ],
)
def test_a_folder_that_does_not_say_it_is_told(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        config_rule(ARN, RuleFacts(name="R", **facts))


@pytest.mark.requirement("RUL-09")
async def test_rules_are_put_once_and_run(run: Run, account: Account, world: LocalWorld, tmp_path: Path) -> None:
    write(tmp_path, plain=GOOD)
    write_rdk(tmp_path, "SMALL", SourceEvents=VOLUME, InputParameters=json.dumps({"largest": "99999"}))
    write_rdk(tmp_path, "WRONG", SourcePeriodic="Sometimes")
    runner = await run(deploy_rules=True)
    [complaint] = runner.complaints
    assert complaint.startswith("The rule WRONG is not deployed: ")
    await world.jump(5 * SECOND)
    assert set((await account.verdicts("SMALL")).values()) == {"COMPLIANT"}
    await account.put_rule("SMALL", InputParameters='{"largest": "0"}')
    await runner.close()
    await run(deploy_rules=True)
    answer = await account.call("DescribeConfigRules", ConfigRuleNames=["SMALL"])
    assert [rule["InputParameters"] for rule in answer["ConfigRules"]] == ['{"largest": "0"}'], "as the person put it"
