"""Rules over opened files, asked as an account is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.client.files import open_files
from backend.client.session import CompliancePart, Session
from backend.model.item import ResourceKey
from backend.model.problem import BadInput, ReadOnly
from tests.backend.files.samples import item, snapshot, write

PACK = """
Resources:
  Volumes:
    Type: AWS::Config::ConfigRule
    Properties: {ConfigRuleName: volumes, Source: {Owner: AWS, SourceIdentifier: ENCRYPTED_VOLUMES}}
  Root:
    Type: AWS::Config::ConfigRule
    Properties: {ConfigRuleName: root, Source: {Owner: AWS, SourceIdentifier: ROOT_ACCOUNT_MFA_ENABLED}}
"""
VOLUME = "AWS::EC2::Volume"


async def judged(tmp_path: Path, *packs: str) -> Session:
    body = {"attachments": [{"state": "attached"}]}
    volumes = [
        item(n, resourceType=VOLUME, resourceId=f"vol-{n}", configuration={**body, "encrypted": n > 0})
        for n in range(3)
    ]
    paths = []
    for number, text in enumerate(packs):
        paths.append(tmp_path / f"pack{number}.yaml")
        paths[-1].write_text(text)
    return await open_files(write(tmp_path / "snapshot.json", snapshot(*volumes)), rules=paths)


def part_of(session: Session) -> CompliancePart:
    assert session.compliance is not None
    return session.compliance


async def test_rules_details_and_verdicts(tmp_path: Path) -> None:
    session = await judged(tmp_path, PACK)
    part = part_of(session)
    rules = await part.rules()
    assert [(one.name, one.compliance, one.non_compliant_count) for one in rules] == [
        ("root", "INSUFFICIENT_DATA", 0),
        ("volumes", "NON_COMPLIANT", 1),
    ]
    [broken] = await part.details("volumes")
    assert (broken.resource_id, broken.annotation) == ("vol-0", "The volume is attached and not encrypted.")
    assert len(await part.details("volumes", ())) == 3
    key = ResourceKey(VOLUME, "vol-0")
    [said] = await part.of_resource(key)
    assert (said.rule, said.compliance) == ("volumes", "NON_COMPLIANT")
    assert (await part.verdicts([key, ResourceKey(VOLUME, "vol-none")]))[key].failing == ("volumes",)
    overall = await part.overall([VOLUME])
    assert (overall.compliant_resources, overall.broken_resources, overall.by_type) == (2, 1, {VOLUME: (2, 1)})
    await session.close()


async def test_packs_have_scores_and_their_rules_do_not_meet(tmp_path: Path) -> None:
    session = await judged(tmp_path, PACK, PACK)
    part = part_of(session)
    first, second = await part.packs()
    assert [rule.name for rule in first.rules] == ["volumes", "root"]
    assert [rule.name for rule in second.rules] == ["volumes-pack1", "root-pack1"]
    assert (first.compliance, round(first.score or 0)) == ("NON_COMPLIANT", 67)
    await session.close()


async def test_rules_that_cannot_be_read_are_a_sentence_of_this_part_alone(tmp_path: Path) -> None:
    session = await judged(tmp_path, "Resources: [")
    with pytest.raises(BadInput, match=r"pack0\.yaml is no template"):
        await part_of(session).rules()
    assert session.resources is not None
    assert await session.resources.counts() == {VOLUME: 3}
    await session.close()


async def test_files_are_judged_once(tmp_path: Path) -> None:
    session = await judged(tmp_path, PACK)
    with pytest.raises(ReadOnly):
        await part_of(session).evaluate(["volumes"])
    await session.close()
