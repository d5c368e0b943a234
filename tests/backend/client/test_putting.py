"""Putting and deleting rules and packs over the API."""

from __future__ import annotations

import pytest

from backend import connect
from backend.client.compliance import ComplianceOverApi
from backend.client.session import CompliancePart
from backend.model.item import Document
from backend.model.problem import Missing, ReadOnly, Refused
from tests.backend.client.scripted import ScriptedApi
from tests.conformance.watch import Watch

POLICY = "rule tagged { tags.Owner exists }"
RULE: Document = {
    "ConfigRuleName": "keys",
    "Source": {"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"},
    "InputParameters": '{"maxAccessKeyAge": "30"}',
}
OWN: Document = {
    "ConfigRuleName": "tagged",
    "Source": {
        "Owner": "CUSTOM_POLICY",
        "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}],
        "CustomPolicyDetails": {"PolicyRuntime": "guard-2.x.x", "PolicyText": POLICY},
    },
}
PACK = """
Parameters: {Age: {Type: String, Default: '90'}}
Resources:
  Keys:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: pack-keys
      InputParameters: {maxAccessKeyAge: {Ref: Age}}
      Source: {Owner: AWS, SourceIdentifier: ACCESS_KEYS_ROTATED}
"""


async def test_a_rule_that_was_put_comes_back_with_its_policy_and_goes(watch: Watch) -> None:
    async with connect.open(connect.Target(memory=True, resources=30)) as connection:
        part = connection.session.compliance
        assert part is not None
        await part.put(RULE)
        found = await part.definition("keys")
        assert {name: found[name] for name in RULE} == RULE
        await part.put(OWN)
        found = await part.definition("tagged")
        assert found["Source"]["CustomPolicyDetails"]["PolicyText"] == POLICY
        assert {"keys", "tagged"} <= {rule.name for rule in await part.rules()}
        assert connection.clock is not None
        await connection.clock.jump(60_000)
        await part.delete("keys")
        await connection.clock.jump(60_000)
        assert "keys" not in {rule.name for rule in await part.rules()}
        with pytest.raises(Missing):
            await part.definition("keys")


async def test_what_the_service_refuses_is_a_sentence(watch: Watch) -> None:
    async with connect.open(connect.Target(memory=True, resources=30)) as connection:
        part = connection.session.compliance
        assert part is not None
        with pytest.raises(Refused, match="it takes a whole number"):
            await part.put({**RULE, "InputParameters": '{"maxAccessKeyAge": "soon"}'})


async def test_a_pack_is_put_with_its_parameters_and_deleted(watch: Watch) -> None:
    async with connect.open(connect.Target(memory=True, resources=30)) as connection:
        part = connection.session.compliance
        assert part is not None and connection.clock is not None
        await part.put_pack("basics", PACK, {"Age": "45"})
        await connection.clock.jump(120_000)
        [pack] = [pack for pack in await part.packs() if pack.name == "basics"]
        [rule] = pack.rules
        assert (await part.definition(rule.name))["InputParameters"] == '{"maxAccessKeyAge":"45"}'
        await part.delete_pack("basics")
        await connection.clock.jump(120_000)
        assert "basics" not in {pack.name for pack in await part.packs()}


@pytest.mark.requirement("INV-10")
async def test_a_read_only_session_puts_and_deletes_nothing() -> None:
    api = ScriptedApi({}, read_only=True)
    part: CompliancePart = ComplianceOverApi(api)
    for asked in (part.put(RULE), part.delete("keys"), part.put_pack("basics", PACK, {}), part.delete_pack("basics")):
        with pytest.raises(ReadOnly):
            await asked
    assert api.asked == []
