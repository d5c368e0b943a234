"""Verdicts out of the items that hold them, over files."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.client.files import open_files
from backend.client.session import CompliancePart, Session
from backend.model.estate import VERDICT
from backend.model.item import Document, ResourceKey
from backend.model.moment import parse
from backend.model.problem import Missing, Refused
from tests.backend.files.samples import history, item, snapshot, write

BAD, GOOD = "NON_COMPLIANT", "COMPLIANT"
OPEN, CLOSED = (ResourceKey("AWS::EC2::Volume", name) for name in ("vol-1", "vol-2"))


def verdict(key: ResourceKey, at: str = "2026-01-05T10:00:00.000Z", **said: str) -> Document:
    rules = [{"configRuleName": name, "complianceType": compliance} for name, compliance in said.items()]
    target = {"targetResourceType": key.resource_type, "targetResourceId": key.resource_id}
    return item(
        0,
        resourceType=VERDICT,
        resourceId="/".join(key),
        configurationItemCaptureTime=at,
        configuration={**target, "complianceType": "", "configRuleList": rules},
    )


async def opened(tmp_path: Path, *items: Document) -> tuple[Session, CompliancePart]:
    session = await open_files(write(tmp_path / "s.json", snapshot(item(1), *items)))
    assert session.compliance is not None and session.recorded
    return session, session.compliance


async def test_rules_are_those_that_verdicts_name(tmp_path: Path) -> None:
    session, part = await opened(tmp_path, verdict(OPEN, encrypted=BAD, tags=GOOD), verdict(CLOSED, encrypted=GOOD))
    rules = {rule.name: rule for rule in await part.rules()}
    assert {name: (rule.compliance, rule.non_compliant_count) for name, rule in rules.items()} == {
        "encrypted": (BAD, 1),
        "tags": (GOOD, 0),
    }
    assert rules["tags"].last_evaluation == parse("2026-01-05T10:00:00Z")
    assert [found.resource_id for found in await part.details("encrypted")] == ["vol-1"]
    assert [found.resource_id for found in await part.details("encrypted", ())] == ["vol-1", "vol-2"]
    assert [found.resource_id for found in await part.details("encrypted", (GOOD,))] == ["vol-2"]
    await session.close()


async def test_verdicts_of_resources_and_how_all_stand(tmp_path: Path) -> None:
    session, part = await opened(tmp_path, verdict(OPEN, encrypted=BAD, tags=GOOD), verdict(CLOSED, encrypted=GOOD))
    assert {found.rule: found.compliance for found in await part.of_resource(OPEN)} == {"encrypted": BAD, "tags": GOOD}
    unknown = ResourceKey("AWS::EC2::Instance", "i-1")
    known = await part.verdicts([OPEN, CLOSED, unknown])
    assert {key.resource_id: (one.failing, one.passing) for key, one in known.items()} == {
        "vol-1": (("encrypted",), 1),
        "vol-2": ((), 1),
    }
    assert await part.of_resource(unknown) == []
    overall = await part.overall(["AWS::EC2::Volume", "AWS::EC2::Instance"])
    assert (overall.compliant_resources, overall.broken_resources) == (1, 1)
    assert overall.by_type == {"AWS::EC2::Volume": (1, 1), "AWS::EC2::Instance": (0, 0)}
    await session.close()


async def test_a_file_without_verdicts_has_no_rules_and_nothing_can_be_changed(tmp_path: Path) -> None:
    session, part = await opened(tmp_path)
    assert await part.rules() == []
    assert await part.packs() == []
    with pytest.raises(Missing, match="the rules themselves are not known"):
        await part.definition("encrypted")
    for change in (part.evaluate(["encrypted"]), part.delete("encrypted"), part.put({}), part.delete_pack("p")):
        with pytest.raises(Refused, match="Files cannot be changed"):
            await change
    await session.close()


async def test_in_the_past_the_verdicts_are_those_of_then_and_deleted_ones_are_none(tmp_path: Path) -> None:
    gone = {**verdict(CLOSED, "2026-01-07T10:00:00.000Z"), "configurationItemStatus": "ResourceDeleted"}
    changes = [
        verdict(OPEN, "2026-01-03T10:00:00.000Z", encrypted=GOOD),
        verdict(OPEN, "2026-01-05T10:00:00.000Z", encrypted=BAD),
        verdict(CLOSED, "2026-01-05T10:00:00.000Z", encrypted=BAD),
        gone,
    ]
    session = await open_files(write(tmp_path / "h.json", history(*changes)))
    assert session.compliance is not None and session.as_of is not None
    assert [rule.non_compliant_count for rule in await session.compliance.rules()] == [1]
    then = session.as_of(parse("2026-01-04T00:00:00Z"))
    assert then.compliance is not None
    assert [(rule.compliance, rule.non_compliant_count) for rule in await then.compliance.rules()] == [(GOOD, 0)]
    await session.close()
