"""What rules say of a file: of each item, of resources that hang on others, and of the accounts.

One pass goes over the items; those that rules look at beside the item at hand are kept, and asked for at the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from backend.files.columns import Numbers
from backend.files.heads import decode_known
from backend.files.index import Index
from backend.files.judging import BAD, CODES, Judges
from backend.files.read import decode_documents, slices
from backend.files.source import opened
from backend.model.item import Document, Json, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import BadInput
from backend.model.spelling import read_tags
from backend.rules.asked import AskedRule
from backend.rules.catalogue import ACCOUNT_TYPE
from backend.rules.facts import FACTS
from backend.rules.managed.neighbours import neighbours
from backend.rules.verdict import COMPLIANT, INSUFFICIENT_DATA, NON_COMPLIANT, CannotTell, Keyed, Verdict

_OF_CODE = {code: compliance for compliance, code in CODES.items()}


class Place(NamedTuple):
    """An account and a region of it."""

    account: str
    region: str


class Neighbours:
    """The items that rules look at beside the one at hand, by type; kept as texts, read when somebody asks."""

    def __init__(self, types: Iterable[str]) -> None:
        self.types = frozenset(types)
        self._texts: dict[str, list[tuple[int, bytes]]] = {kind: [] for kind in self.types}
        self._read: dict[str, list[tuple[int, Document]]] = {}

    def keep(self, kind: str, row: int, text: bytes) -> None:
        """Keep the item of a row."""
        self._texts[kind].append((row, text))

    def of_type(self, kind: str) -> list[tuple[int, Document]]:
        """The rows of a type with their items."""
        if kind not in self._read:
            self._read[kind] = [(row, _document(text)) for row, text in self._texts.get(kind, ())]
        return self._read[kind]


class FileView(Keyed):
    """An account and region of a file as rules see it (`backend.rules.verdict.Surroundings`)."""

    def __init__(self, place: Place, now: Moment, neighbours: Neighbours) -> None:
        super().__init__()
        self.account, self.region = place
        self.now = now
        self._neighbours = neighbours

    def fact(self, name: str) -> Json:
        raise CannotTell(f"A file does not say {FACTS[name].says}.")

    def items(self, resource_type: str) -> Iterable[Document]:
        return [one for one in self.resources(resource_type) if one.get("awsRegion") in (self.region, "global", None)]

    def resources(self, resource_type: str) -> Iterable[Document]:
        found = self._neighbours.of_type(resource_type)
        if not found:
            raise CannotTell(f"The file has no {resource_type}: there may be none, or they are not recorded.")
        return [one for _, one in found if one.get("awsAccountId") in (self.account, None)]


@dataclass
class Outcome:
    """What one rule says of all of a file."""

    rule: AskedRule
    obstacle: str = ""
    """Why it could not be asked."""
    counts: dict[str, int] = field(default_factory=dict)
    """Verdict → resources."""

    @property
    def compliance(self) -> str:
        """One bad resource breaks a rule; without any verdict it is INSUFFICIENT_DATA (aws-config.md §5.5)."""
        return next((one for one in (NON_COMPLIANT, COMPLIANT) if self.counts.get(one)), INSUFFICIENT_DATA)


class Finding(NamedTuple):
    """A verdict of a rule on a resource of a file."""

    rule: str
    key: ResourceKey
    place: Place
    verdict: Verdict


Raw = Callable[[], list[bytes]]

Told = Callable[[Finding], None]
"""Told of each resource that breaks a rule, in the order of the file; those that hang on others come last."""


class FileJudge:
    """Rules over the items of a file, in the order of its rows."""

    def __init__(self, rules: Sequence[AskedRule], now: Moment, tell: Told | None = None) -> None:
        self.outcomes = [Outcome(rule, rule.obstacle) for rule in rules]
        able = [outcome for outcome in self.outcomes if not outcome.obstacle]
        self._able = able
        self._now = now
        self._tell = tell
        late = [outcome for outcome in able if neighbours(outcome.rule.identifier, outcome.rule.parameters)]
        needed = {kind for outcome in late for kind in neighbours(outcome.rule.identifier, outcome.rule.parameters)}
        own = {kind for outcome in late for kind in outcome.rule.types or ()}
        self._neighbours = Neighbours(needed | own)
        self._late = late
        self._views: dict[Place, FileView] = {}
        self.judges = Judges([outcome.rule for outcome in able], self._view)
        self.rows = self.items = 0
        """Entries looked at, and items judged."""
        self._asks_accounts = any(outcome.rule.check and outcome.rule.check.account for outcome in able)
        self._classes: list[Numbers] = []
        self._later: dict[int, dict[int, int]] = {}
        self.accounts: list[Finding] = []
        """What rules over accounts say, for each account and region."""
        self._broken: dict[int, tuple[int, ...]] = {}

    def take(self, entries: Sequence[Any], raw: Raw, *, keep: Sequence[bool] | None = None) -> None:
        """Judge some entries. `raw` gives them as they are spelled; what `keep` leaves out is not judged."""
        judges = self.judges
        texts = raw() if judges.whole else None
        numbers = judges.classes_of(entries, texts)
        if keep is not None:
            numbers = [number if kept else -2 for number, kept in zip(numbers, keep, strict=True)]
        for place, number in enumerate(numbers):
            if number < 0:
                continue
            entry = entries[place]
            self.items += 1
            if self._asks_accounts:
                self._view(*_named(entry)[1])
            kind = entry["resourceType"] if isinstance(entry, dict) else entry.resource_type
            if kind in self._neighbours.types:
                texts = texts if texts is not None else raw()
                self._neighbours.keep(kind, self.rows + place, texts[place])
            if self._tell is not None and number and self._bad(number):
                self._tell_of(entry, number, texts[place] if texts is not None else b"")
        self._classes.append(np.array(numbers, "i4"))
        self.rows += len(numbers)

    def _bad(self, number: int) -> tuple[int, ...]:
        found = self._broken.get(number)
        if found is None:
            found = self._broken[number] = self.judges.classes[number].bad
        return found

    def _tell_of(self, entry: Any, number: int, text: bytes) -> None:
        assert self._tell is not None
        for rule in self._bad(number):
            key, place = _named(entry)
            verdict = self.judges.verdict(rule, entry, text)
            self._tell(Finding(self.judges.rules[rule].name, key, place, verdict))

    def finish(self) -> None:
        """Ask what hangs on other items, and the rules over accounts; count."""
        places = [place for place in self._views if place.region not in ("", "global")] or [Place("", "")]
        for number, outcome in enumerate(self._able):
            check = outcome.rule.check
            if check is not None and check.account is not None:
                for place in places:
                    verdict = outcome.rule.judge_account(self._view(*place))
                    finding = Finding(outcome.rule.name, ResourceKey(ACCOUNT_TYPE, place.account), place, verdict)
                    self.accounts.append(finding)
                    outcome.counts[verdict.compliance] = outcome.counts.get(verdict.compliance, 0) + 1
                    if self._tell is not None and verdict.compliance == NON_COMPLIANT:
                        self._tell(finding)
            elif outcome in self._late:
                self._ask_late(number, outcome)
        classes = self.classes
        met = np.bincount(classes[classes >= 0], minlength=len(self.judges.classes))
        for number, count in enumerate(met.tolist()):
            said = self.judges.classes[number]
            for rule, code in zip(said.rules, said.codes, strict=True):
                self._count(self._able[rule], _OF_CODE[code], count)

    def _ask_late(self, number: int, outcome: Outcome) -> None:
        said = self._later.setdefault(number, {})
        for kind in outcome.rule.types or ():
            for row, document in self._neighbours.of_type(kind):
                key, place = _named(document)
                verdict = outcome.rule.judge(document, self._view(*place))
                said[row] = CODES[verdict.compliance]
                self._count(outcome, verdict.compliance, 1)
                if self._tell is not None and verdict.compliance == NON_COMPLIANT:
                    self._tell(Finding(outcome.rule.name, key, place, verdict))

    def _count(self, outcome: Outcome, compliance: str, count: int) -> None:
        if count:
            outcome.counts[compliance] = outcome.counts.get(compliance, 0) + count

    @property
    def classes(self) -> Numbers:
        """The class of each row; below 0 for what was not judged."""
        if len(self._classes) > 1:
            self._classes = [np.concatenate(self._classes)]
        return self._classes[0] if self._classes else np.empty(0, "i4")

    def rows_of(self, name: str, compliances: Sequence[str]) -> Iterator[tuple[int, str]]:
        """The rows that a rule gave one of some verdicts, with the verdict."""
        wanted = {CODES[each] for each in compliances}
        for number, outcome in enumerate(self._able):
            if outcome.rule.name != name:
                continue
            if number in self._later:
                yield from ((row, _OF_CODE[code]) for row, code in self._later[number].items() if code in wanted)
                return
            codes = np.zeros(len(self.judges.classes), "i1")
            for place, said in enumerate(self.judges.classes):
                if number in said.rules:
                    codes[place] = said.codes[said.rules.index(number)]
            classes = self.classes
            of_rows = np.where(classes >= 0, codes[np.maximum(classes, 0)], 0)
            for row in np.flatnonzero(np.isin(of_rows, sorted(wanted))).tolist():
                yield row, _OF_CODE[int(of_rows[row])]

    def said_of(self, row: int) -> Iterator[tuple[AskedRule, str]]:
        """What each rule says of a row."""
        number = int(self.classes[row])
        if number >= 0:
            said = self.judges.classes[number]
            for rule, code in zip(said.rules, said.codes, strict=True):
                yield self._able[rule].rule, _OF_CODE[code]
        for late, codes in self._later.items():
            if row in codes:
                yield self._able[late].rule, _OF_CODE[codes[row]]

    def broken_by(self) -> Numbers:
        """For each row, whether it breaks some rule (2), or keeps all that have a verdict (1), or has none (0)."""
        classes = self.classes
        said = np.zeros(len(self.judges.classes), "i1")
        for number, each in enumerate(self.judges.classes):
            said[number] = 2 if BAD in each.codes else int(CODES[COMPLIANT] in each.codes)
        found = np.where(classes >= 0, said[np.maximum(classes, 0)], 0)
        for codes in self._later.values():
            for row, code in codes.items():
                if code in (BAD, CODES[COMPLIANT]):
                    found[row] = max(int(found[row]), 2 if code == BAD else 1)
        return found

    def view(self, place: Place) -> FileView:
        """The surroundings of an account and region, as the rules saw them."""
        return self._view(*place)

    def _view(self, account: str, region: str) -> FileView:
        place = Place(account, region)
        found = self._views.get(place)
        if found is None:
            found = self._views[place] = FileView(place, self._now, self._neighbours)
        return found


def judge_files(judge: FileJudge, paths: Sequence[Path], largest: int | None = None) -> None:
    """Judge the newest item of each resource of some files.

    A snapshot is judged while it is read: no resource comes twice. Anything else is indexed first. Raises `BadInput`
    for a file that holds no items, or is damaged: what came before that is judged.
    """
    if len(paths) == 1 and _is_snapshot(paths[0], largest):
        with opened(paths[0], largest) as source:
            for part in slices(source, judge.judges.decode):
                judge.take(part.entries, part.raw)
    else:
        with contextlib.closing(Index()) as index:
            flaw: BadInput | None = None
            for path in paths:
                try:
                    for _ in index.read(path, largest):
                        pass
                except BadInput as problem:
                    flaw = flaw or problem
            index.freeze()
            judge_index(judge, index)
            if flaw is not None:
                raise flaw
    if judge.items == 0:
        raise BadInput(f"{paths[0].name} holds no configuration items")


def _is_snapshot(path: Path, largest: int | None) -> bool:
    """Whether a file says in its beginning that it is a snapshot. A pipe is read only once: it is not asked."""
    if not path.is_file():
        return False
    with opened(path, largest) as source, contextlib.suppress(BadInput):
        return next((part.snapshot for part in slices(source, decode_known)), False)
    return False


def judge_index(judge: FileJudge, index: Index) -> None:
    """Judge the newest item of each resource that is there, of files that were read. Raises `BadInput` for damage."""
    keep = np.zeros(index.count, bool)
    keep[index.newest_rows()] = True
    keep &= index.living()
    for block, first in enumerate(index.bodies.first_rows.values.tolist()):
        text = index.bodies.text(block)
        entries = judge.judges.decode(memoryview(text))
        kept = keep[first : first + len(entries)].tolist()
        judge.take(entries, partial(_raw, text), keep=kept)


def _raw(text: bytes) -> list[bytes]:
    return [bytes(one) for one in msgspec.json.decode(text, type=list[msgspec.Raw])]


def _named(entry: Any) -> tuple[ResourceKey, Place]:
    if isinstance(entry, dict):
        key = ResourceKey(str(entry.get("resourceType")), str(entry.get("resourceId")))
        account = entry.get("awsAccountId") or entry.get("accountId") or ""
        return key, Place(str(account), str(entry.get("awsRegion") or ""))
    return ResourceKey(entry.resource_type, entry.resource_id), Place(*entry.place)


def _document(text: bytes) -> Document:
    [document] = decode_documents(b"[" + text + b"]")
    if not isinstance(document, dict):
        return {}
    return {**document, "tags": read_tags(document.get("tags"))}
