"""Rules over files: the same verdicts as each rule gives of each item by itself, in one pass."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from backend.files import judging
from backend.files.index import Index
from backend.files.verdicts import FileJudge, Finding, Place, judge_files, judge_index
from backend.model.item import Document
from backend.model.problem import BadInput
from backend.rules.asked import POLICY, AskedRule
from backend.rules.catalogue import catalogue
from backend.rules.managed import checks
from backend.rules.managed.neighbours import neighbours
from tests.backend.files.samples import item, snapshot, write
from tests.backend.rules.surroundings import NOW

GUARD = """
rule sized when resourceType == 'AWS::EC2::Volume' {
    configuration.size <= 100 <<too large>>
}
"""


def estate(many: int = 3) -> Iterator[Document]:
    """Volumes, instances, groups and buckets, in order and not; spelled in ways that files are met in."""
    for n in range(many):
        yield item(
            n,
            resourceType="AWS::EC2::Volume",
            resourceId=f"vol-{n}",
            tags={"Owner": "web"} if n % 2 else {},
            configuration={"attachments": [{"state": "attached"}], "encrypted": n % 3 == 0, "size": 50 * (n % 5)},
        )
        yield item(
            n,
            resourceType="AWS::EC2::Instance",
            resourceId=f"i-{n}",
            configuration=json.dumps({"imageId": f"ami-{n}", "metadataOptions": {"httpTokens": "required"}}),
        )
        yield item(
            n,
            resourceType="AWS::EC2::SecurityGroup",
            resourceId=f"sg-{n}",
            tags=[{"key": "Owner", "value": "web"}],
            configuration={
                "ipPermissions": [{"ipProtocol": "tcp", "fromPort": 22, "ipRanges": ["0.0.0.0/0"] * (n % 2)}]
            },
        )
        yield item(
            n,
            resourceType="AWS::S3::Bucket",
            resourceId=f"bucket-{n}",
            configuration=None,
            configurationItemStatus="ResourceDeleted" if n % 4 == 3 else "OK",
            supplementaryConfiguration={
                "BucketVersioningConfiguration": json.dumps({"status": ["Enabled", "Off"][n % 2]})
            },
        )


def every_rule() -> list[AskedRule]:
    """All that look at one item alone, with values for the parameters they need, and a policy."""
    rules = [
        AskedRule(
            name, identifier=name, given={each.name: "1" for each in catalogue()[name].parameters if each.required}
        )
        for name, check in sorted(checks().items())
        if check.item and not neighbours(name, {})
    ]
    return [*rules, AskedRule("sized", owner=POLICY, policy=GUARD)]


def counted(judge: FileJudge) -> dict[str, dict[str, int]]:
    return {one.rule.name: dict(one.counts) for one in judge.outcomes if one.counts}


def singly(rules: Sequence[AskedRule], documents: Sequence[Document]) -> dict[str, dict[str, int]]:
    """The same by asking each rule of each item."""
    view = FileJudge(rules, NOW).view(Place("111122223333", "eu-west-1"))
    found: dict[str, Counter[str]] = {}
    for document in documents:
        tags = document["tags"]
        plain = {**document, "tags": {each["key"]: each["value"] for each in tags} if isinstance(tags, list) else tags}
        for rule in rules:
            if rule.looks_at(document["resourceType"]):
                found.setdefault(rule.name, Counter())[rule.judge(plain, view).compliance] += 1
    return {name: dict(counts) for name, counts in found.items()}


@pytest.mark.parametrize("trial", [2, 2_000])
def test_many_at_once_say_what_each_says_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: int) -> None:
    monkeypatch.setattr(judging, "_TRIAL", trial)
    documents, rules = list(estate(40)), every_rule()
    judge = FileJudge(rules, NOW)
    judge_files(judge, [write(tmp_path / "snapshot.json.gz", snapshot(*documents))])
    judge.finish()
    assert judge.items == len(documents)
    assert counted(judge) == singly(rules, documents)


def test_what_is_told_has_the_reasons(tmp_path: Path) -> None:
    told: list[Finding] = []
    rules = [AskedRule("ssh", identifier="INCOMING_SSH_DISABLED"), AskedRule("sized", owner=POLICY, policy=GUARD)]
    judge = FileJudge(rules, NOW, told.append)
    judge_files(judge, [write(tmp_path / "snapshot.json", snapshot(*estate(4)))])
    judge.finish()
    assert [(one.rule, one.key.resource_id) for one in told] == [("ssh", "sg-1"), ("sized", "vol-3"), ("ssh", "sg-3")]
    assert told[0].verdict.reasons[0].path == "configuration.ipPermissions.0"
    assert told[1].verdict.annotation == "too large"
    assert told[1].verdict.reasons[0].path == "configuration.size"


def test_of_history_the_newest_item_of_each_resource_counts(tmp_path: Path) -> None:
    volume = {"resourceType": "AWS::EC2::Volume", "resourceId": "vol-1"}
    body = {"attachments": [{"state": "attached"}]}
    moments = ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]
    older = item(1, **volume, configurationItemCaptureTime=moments[0], configuration={**body, "encrypted": False})
    newer = item(2, **volume, configurationItemCaptureTime=moments[1], configuration={**body, "encrypted": True})
    path = write(tmp_path / "history.json", {"fileVersion": "1.0", "configurationItems": [newer, older]})
    judge = FileJudge([AskedRule("encrypted", identifier="ENCRYPTED_VOLUMES")], NOW)
    judge_files(judge, [path])
    judge.finish()
    assert judge.outcomes[0].counts == {"COMPLIANT": 1}


def test_rules_that_look_at_other_resources_are_asked_when_all_are_known(tmp_path: Path) -> None:
    running = {"state": {"name": "running"}}
    items = [
        item(1, resourceType="AWS::EC2::Instance", resourceId="i-1", configuration=running),
        item(2, resourceType="AWS::EC2::Instance", resourceId="i-2", configuration=running),
        item(3, resourceType="AWS::SSM::ManagedInstanceInventory", resourceId="i-1", configuration={}),
        item(4, resourceType="AWS::EC2::VPC", resourceId="vpc-1"),
    ]
    rules = [
        AskedRule("managed", identifier="EC2_INSTANCE_MANAGED_BY_SSM"),
        AskedRule("logs", identifier="VPC_FLOW_LOGS_ENABLED"),
        AskedRule("mfa", identifier="ROOT_ACCOUNT_MFA_ENABLED"),
    ]
    judge = FileJudge(rules, NOW)
    judge_files(judge, [write(tmp_path / "s.json", snapshot(*items))])
    judge.finish()
    assert [one.counts for one in judge.outcomes] == [
        {"COMPLIANT": 1, "NON_COMPLIANT": 1, "NOT_APPLICABLE": 1},
        {"INSUFFICIENT_DATA": 1},  # no flow log is in the file: there may be none, or they are not recorded
        {"INSUFFICIENT_DATA": 1},
    ]


def test_an_index_tells_which_rows_break_a_rule(tmp_path: Path) -> None:
    index = Index()
    for _ in index.read(write(tmp_path / "snapshot.json", snapshot(*estate(4)))):
        pass
    index.freeze()
    judge = FileJudge([AskedRule("ssh", identifier="INCOMING_SSH_DISABLED")], NOW)
    judge_index(judge, index)
    judge.finish()
    found = [(index.key(row).resource_id, said) for row, said in judge.rows_of("ssh", ["NON_COMPLIANT", "COMPLIANT"])]
    assert found == [("sg-0", "COMPLIANT"), ("sg-1", "NON_COMPLIANT"), ("sg-2", "COMPLIANT"), ("sg-3", "NON_COMPLIANT")]
    row = next(row for row, _ in judge.rows_of("ssh", ["NON_COMPLIANT"]))
    assert [(rule.name, said) for rule, said in judge.said_of(row)] == [("ssh", "NON_COMPLIANT")]
    index.close()


def test_entries_that_are_no_items_are_passed_over(tmp_path: Path) -> None:
    good = item(1, resourceType="AWS::EC2::Volume", configuration={"attachments": [1], "encrypted": False})
    path = write(tmp_path / "s.json", snapshot(good, {"resourceType": 7}, {"resourceType": "AWS::EC2::Volume"}, {}))
    judge = FileJudge([AskedRule("encrypted", identifier="ENCRYPTED_VOLUMES")], NOW)
    judge_files(judge, [path])
    judge.finish()
    assert (judge.items, judge.outcomes[0].counts) == (1, {"NON_COMPLIANT": 1})


def test_a_file_without_items_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"configurationItems": []}')
    with pytest.raises(BadInput):
        judge_files(FileJudge([AskedRule("encrypted", identifier="ENCRYPTED_VOLUMES")], NOW), [path])
