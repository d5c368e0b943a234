"""Verdicts out of the items that AWS Config records of them: what the past and files tell of rules.

Such an item (`AWS::Config::ResourceCompliance`) names the rules that judged a resource and what each of them said,
without reasons. The rules themselves, their parameters and their packs are not recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.client.session import CompliancePart
from backend.model.compliance import Evaluation, FunctionLog, Overall, Pack, Remedy, Rule
from backend.model.item import ConfigurationItem, Document, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import Missing, Problem
from backend.model.verdicts import Verdict, read_verdict, recorded_verdicts, verdict_key

if TYPE_CHECKING:
    from backend.rules.explaining import Explanation

_BAD, _GOOD = "NON_COMPLIANT", "COMPLIANT"
_UNKNOWN_RULES = "Only verdicts were recorded: the rules themselves are not known"


@dataclass
class _Tally:
    """What all verdicts come to; of those that are kept, nothing has to be read again."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Verdicts of each rule by what they say."""
    last: dict[str, Moment] = field(default_factory=dict)
    """When something new was said by each rule."""
    broken: dict[str, list[Evaluation]] = field(default_factory=dict)
    """What breaks each rule."""
    resources: dict[str, list[int]] = field(default_factory=dict)
    """Resources of each type that keep their rules, and that do not."""

    def take(self, item: ConfigurationItem) -> None:
        found = list(recorded_verdicts(item))
        for one in found:
            counts = self.counts.setdefault(one.rule, {})
            counts[one.compliance] = counts.get(one.compliance, 0) + 1
            self.last[one.rule] = max(self.last.get(one.rule, 0), item.capture_time)
            if one.compliance == _BAD:
                self.broken.setdefault(one.rule, []).append(one)
        if found:
            of_type = self.resources.setdefault(found[0].resource_type, [0, 0])
            of_type[any(one.compliance == _BAD for one in found)] += 1


class RecordedCompliance:
    """Rules as far as recorded verdicts name them; nothing can be changed."""

    def __init__(
        self,
        items: Callable[[], AsyncIterator[Sequence[ConfigurationItem]]],
        item: Callable[[ResourceKey], Awaitable[ConfigurationItem | None]],
        refused: Callable[[], Problem],
        now: CompliancePart | None = None,
    ) -> None:
        """`items` gives the items of verdicts in batches, `item` one; `now` knows the rules as they are today."""
        self._items = items
        self._item = item
        self._refused = refused
        self._now = now
        self._counting = asyncio.Lock()
        self._counted: _Tally | None = None

    async def _tally(self) -> _Tally:
        """Counted once; a count that nobody waits for any more ends."""
        async with self._counting:
            if self._counted is None:
                tally = _Tally()
                async for batch in self._items():
                    for item in batch:
                        tally.take(item)
                    await asyncio.sleep(0)
                self._counted = tally
        return self._counted

    async def rules(self) -> list[Rule]:
        tally = await self._tally()
        return [
            Rule(
                name=name,
                compliance=_BAD if counts.get(_BAD) else _GOOD,
                non_compliant_count=counts.get(_BAD, 0),
                last_evaluation=tally.last[name] or None,
            )
            for name, counts in tally.counts.items()
        ]

    async def details(self, rule: str, compliance: Sequence[str] = (_BAD,)) -> list[Evaluation]:
        if tuple(compliance) == (_BAD,):
            return list((await self._tally()).broken.get(rule, ()))
        return [
            found
            async for batch in self._items()
            for item in batch
            for found in recorded_verdicts(item)
            if found.rule == rule and (not compliance or found.compliance in compliance)
        ]

    async def log(self, rule: Rule) -> FunctionLog | None:
        return None

    async def remedy(self, rule: str) -> Remedy | None:
        return None

    async def of_resource(self, key: ResourceKey) -> list[Evaluation]:
        item = await self._item(verdict_key(key))
        return list(recorded_verdicts(item)) if item is not None else []

    async def verdicts(self, keys: Sequence[ResourceKey]) -> dict[ResourceKey, Verdict]:
        items = await asyncio.gather(*(self._item(verdict_key(key)) for key in keys))
        read = (read_verdict(item) if item is not None and not item.deleted else None for item in items)
        return {key: found[1] for key, found in zip(keys, read, strict=True) if found is not None}

    async def overall(self, types: Sequence[str] = ()) -> Overall:
        resources = (await self._tally()).resources
        by_type = {one: (resources[one][0], resources[one][1]) if one in resources else (0, 0) for one in types}
        good, bad = (sum(each[place] for each in resources.values()) for place in (0, 1))
        return Overall(compliant_resources=good, broken_resources=bad, by_type=by_type)

    async def packs(self) -> list[Pack]:
        return []

    async def explain(self, rule: str, item: ConfigurationItem, now: Moment) -> Explanation:
        """By the rule as it is now: how it was then is not kept."""
        if self._now is None:
            raise Missing(_UNKNOWN_RULES)
        return await self._now.explain(rule, item, now)

    async def definition(self, rule: str) -> Document:
        """As it is now: how it was then is not kept."""
        if self._now is None:
            raise Missing(_UNKNOWN_RULES)
        return await self._now.definition(rule)

    async def evaluate(self, names: Sequence[str]) -> None:
        raise self._refused()

    async def put(self, definition: Document) -> None:
        raise self._refused()

    async def delete(self, rule: str) -> None:
        raise self._refused()

    async def put_pack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        raise self._refused()

    async def delete_pack(self, name: str) -> None:
        raise self._refused()
