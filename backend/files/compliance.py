"""Rules and verdicts of opened files: what an account asks AWS Config for, the rules say of the files themselves."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from backend.files.inventory import FileInventory
from backend.files.rule_files import rules_in
from backend.files.verdicts import FileJudge, Outcome, Place, judge_index
from backend.model.compliance import Evaluation, FunctionLog, Overall, Pack, PackRule, Remedy, Rule
from backend.model.item import ConfigurationItem, Document, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import Missing, ReadOnly
from backend.model.verdicts import Verdict
from backend.rules.asked import AskedRule
from backend.rules.catalogue import ACCOUNT_TYPE, CHANGE
from backend.rules.explaining import Explanation, explain
from backend.rules.verdict import COMPLIANT, INSUFFICIENT_DATA, NON_COMPLIANT, NOT_APPLICABLE

EXPLAINED = 2_000
"""Verdicts of one rule that come with their annotation: each is given once more for it."""


class FileCompliance:
    """What the rules of some files say of others; judged once, when all is read. `load` raises `Problem`."""

    def __init__(self, inventory: FileInventory, paths: Sequence[Path]) -> None:
        """`paths` are the files of rules (`backend.rules.given`)."""
        self._inventory = inventory
        self._paths = paths
        self._packs: dict[str, list[AskedRule]] = {}
        self._judging: asyncio.Task[FileJudge] | None = None
        self._lock = threading.Lock()

    async def _judge(self) -> FileJudge:
        """Waits until all is read and judged. Raises `BadInput` for files of rules that cannot be read."""
        if self._judging is None or (self._judging.done() and self._judging.exception() is not None):
            self._judging = asyncio.create_task(self._begin(), name="judging files")
        return await asyncio.shield(self._judging)

    async def _begin(self) -> FileJudge:
        self._packs = await asyncio.to_thread(_read, self._paths)
        await self._inventory.wait()
        return await asyncio.to_thread(self._all)

    def _all(self) -> FileJudge:
        rules = [rule for pack in self._packs.values() for rule in pack]
        judge = FileJudge(rules, round(time.time() * 1000))
        judge_index(judge, self._inventory.index)
        judge.finish()
        return judge

    async def rules(self) -> list[Rule]:
        judge = await self._judge()
        return sorted((_rule(one) for one in judge.outcomes), key=lambda rule: rule.name.casefold())

    async def details(self, rule: str, compliance: Sequence[str] = (NON_COMPLIANT,)) -> list[Evaluation]:
        judge = await self._judge()
        wanted = tuple(compliance) or (COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE)
        return await asyncio.to_thread(self._details, judge, rule, wanted)

    def _details(self, judge: FileJudge, name: str, wanted: Sequence[str]) -> list[Evaluation]:
        index = self._inventory.index
        rows = list(judge.rows_of(name, wanted))
        asked = next((one.rule for one in judge.outcomes if one.rule.name == name), None)
        found = []
        with self._lock:
            texts = index.bodies.raw([row for row, _ in rows[:EXPLAINED]])
            why = [_annotation(judge, asked, text) for text in texts]
        for place, (row, said) in enumerate(rows):
            key, moment = index.key(row), index.captured(row)
            found.append(_evaluation(name, key, said, why[place] if place < len(why) else "", moment))
        found += [
            _evaluation(name, one.key, one.verdict.compliance, one.verdict.annotation, None)
            for one in judge.accounts
            if one.rule == name and one.verdict.compliance in wanted
        ]
        return found

    async def log(self, rule: Rule) -> FunctionLog | None:
        """Files have no functions."""
        return None

    async def remedy(self, rule: str) -> Remedy | None:
        """Files have none."""
        return None

    async def of_resource(self, key: ResourceKey) -> list[Evaluation]:
        judge = await self._judge()
        if key.resource_type == ACCOUNT_TYPE:
            return [
                _evaluation(one.rule, one.key, one.verdict.compliance, one.verdict.annotation, None)
                for one in judge.accounts
                if one.key == key and one.verdict.compliance != INSUFFICIENT_DATA
            ]
        row = self._inventory.index.newest(key)
        return [] if row is None else await asyncio.to_thread(self._of_row, judge, row)

    def _of_row(self, judge: FileJudge, row: int) -> list[Evaluation]:
        index = self._inventory.index
        with self._lock:
            [text] = index.bodies.raw([row])
        key, moment = index.key(row), index.captured(row)
        return [
            _evaluation(rule.name, key, said, _annotation(judge, rule, text), moment)
            for rule, said in sorted(judge.said_of(row), key=lambda each: each[0].name)
            if said in (COMPLIANT, NON_COMPLIANT)
        ]

    async def verdicts(self, keys: Sequence[ResourceKey]) -> dict[ResourceKey, Verdict]:
        judge = await self._judge()
        found = {}
        for key in keys:
            row = self._inventory.index.newest(key)
            verdict = Verdict()
            for rule, said in judge.said_of(row) if row is not None else ():
                verdict = verdict.with_rule(rule.name, said)
            if verdict != Verdict():
                found[key] = verdict
        return found

    async def overall(self, types: Sequence[str] = ()) -> Overall:
        judge = await self._judge()
        index, states = self._inventory.index, judge.broken_by()
        kinds = index.column("resource_type")
        by_type = {}
        for kind in types:
            rows = states[kinds == index.words.find(kind)]
            by_type[kind] = (int(np.count_nonzero(rows == 1)), int(np.count_nonzero(rows == 2)))
        return Overall(
            compliant_resources=int(np.count_nonzero(states == 1)),
            broken_resources=int(np.count_nonzero(states == 2)),
            by_type=by_type,
        )

    async def packs(self) -> list[Pack]:
        judge = await self._judge()
        said = {one.rule.name: one for one in judge.outcomes}
        return [_pack(name, [said[rule.name] for rule in rules]) for name, rules in sorted(self._packs.items())]

    async def explain(self, rule: str, item: ConfigurationItem, now: Moment) -> Explanation:
        judge = await self._judge()
        for one in judge.outcomes:
            if one.rule.name == rule:
                around = judge.view(Place(item.account_id, item.region))
                return await asyncio.to_thread(explain, one.rule, item, now, around)
        raise Missing(f"There is no rule {rule}")

    async def evaluate(self, names: Sequence[str]) -> None:
        raise ReadOnly("Files are judged once", remedy="Open them again to judge them anew")

    async def definition(self, rule: str) -> Document:
        raise ReadOnly(f"{rule} is as its file says", remedy="Edit the file, and open it again")

    async def put(self, definition: Document) -> None:
        raise _no_account()

    async def delete(self, rule: str) -> None:
        raise _no_account()

    async def put_pack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        raise _no_account()

    async def delete_pack(self, name: str) -> None:
        raise _no_account()


def _no_account() -> ReadOnly:
    return ReadOnly("There is no account behind a file to put rules into", remedy="Open a world, or an account")


def _read(paths: Sequence[Path]) -> dict[str, list[AskedRule]]:
    found: dict[str, list[AskedRule]] = {}
    met: set[str] = set()
    for path in paths:
        rules = rules_in(path)
        # Two packs may have rules of one name: AWS tells them apart by an end of the name, which each pack has.
        name = path.stem
        found[name] = [replace(rule, name=f"{rule.name}-{name}") if rule.name in met else rule for rule in rules]
        met.update(rule.name for rule in found[name])
    return found


def _rule(one: Outcome) -> Rule:
    rule, managed = one.rule, one.rule.managed
    triggers = ("ConfigurationItemChangeNotification",) if managed is None or CHANGE in managed.triggers else ()
    return Rule(
        name=rule.name,
        owner=rule.owner,
        identifier=rule.identifier,
        description=rule.description,
        state="ACTIVE",
        parameters=msgspec.json.encode(dict(rule.given)).decode(),
        scope_types=rule.types or (),
        triggers=triggers,
        compliance=one.compliance,
        non_compliant_count=one.counts.get(NON_COMPLIANT, 0),
        last_error_code="NotEvaluated" if one.obstacle else "",
        last_error_message=one.obstacle,
    )


def _annotation(judge: FileJudge, rule: AskedRule | None, text: bytes) -> str:
    """Why a rule says what it says of an item."""
    document: Document = msgspec.json.decode(text)
    if rule is None:
        return ""
    place = Place(str(document.get("awsAccountId") or ""), str(document.get("awsRegion") or ""))
    return rule.judge(document, judge.view(place)).annotation


def _evaluation(rule: str, key: ResourceKey, said: str, why: str, moment: int | None) -> Evaluation:
    return Evaluation(
        rule=rule,
        resource_type=key.resource_type,
        resource_id=key.resource_id,
        compliance=said,
        annotation=why,
        ordering_time=moment,
        recorded_time=moment,
    )


def _pack(name: str, outcomes: Sequence[Outcome]) -> Pack:
    good = sum(one.counts.get(COMPLIANT, 0) for one in outcomes)
    bad = sum(one.counts.get(NON_COMPLIANT, 0) for one in outcomes)
    said = [one.compliance for one in outcomes]
    return Pack(
        name=name,
        status="JUDGED HERE",
        compliance=next((each for each in (NON_COMPLIANT, COMPLIANT) if each in said), INSUFFICIENT_DATA),
        score=100 * good / (good + bad) if good + bad else None,
        rules=tuple(PackRule(one.rule.name, one.compliance) for one in outcomes),
    )
