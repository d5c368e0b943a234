"""The links of all resources of files as arrays: a million of them take some numbers each, and a walk over thousands
takes milliseconds.

It answers as `backend.model.usage.Graph` does. Ends of links are matched by Python's own hash of type and text, which
has a secret in each run: nobody can make two that meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from backend.files.columns import NOTHING, Column, Numbers
from backend.files.index import Index
from backend.files.linked import linked
from backend.model import derived
from backend.model.item import Relationship, ResourceKey
from backend.model.spelling import fold
from backend.model.usage import Edge, Graph, Known, Reach, dependences
from backend.model.verdicts import read_verdict

BATCH = 1000
"""Items that are read in one go."""


class _Step(NamedTuple):
    """What is reached by one more link: resources, from where, and by which link; numbers of each."""

    reached: Numbers
    through: Numbers
    links: Numbers


class FileGraph(Graph):
    """The links of the newest items in files.

    `take_in` all rows, or what is `recorded` of them, then `join`, then ask.
    """

    def __init__(self, index: Index) -> None:
        super().__init__()
        self._index = index
        self._rows = Column("i8")
        """The row of each resource; its place here is its number."""
        self.taken = 0
        """Rows that were taken in."""
        self._numbers: Numbers = np.empty(0, "i4")
        """For each row the number of its resource."""
        self._words: dict[str, int] = {}
        """Numbers of the names of links, and of where derived ones were found: there are few."""
        self._texts: list[str] = []
        self._spelled_hashes = Column("i8")
        self._spelled_of = Column("i4")
        self._links = {name: Column(kind) for name, kind in _LINK.items()}
        self._ends: Numbers = np.empty(0, "i4")
        """For each link the number of the resource at its other end."""
        self._dependents: tuple[Numbers, Numbers, Numbers] = (_NONE, _NONE, _NONE)
        """Where the dependents of each resource begin, these, and the links by which they depend on it."""
        self._touching: tuple[Numbers, Numbers] = (_NONE, _NONE)
        """Where the links that touch each resource begin, and these."""

    # Building

    def take_in(self, rows: Sequence[int]) -> None:
        """Take in the items of some rows. Raises `BadInput` when what was kept of the files is damaged."""
        kept: list[int] = []
        spelled: list[tuple[int, int]] = []
        links: list[tuple[int, ...]] = []
        for row, item in zip(rows, linked(self._index, rows), strict=True):
            if item.resource_type.startswith(derived.VERDICTS):
                judged = read_verdict(item)
                if judged is not None:
                    self._verdicts[fold(judged[0])] = judged[1]
                continue
            number = len(self._rows) + len(kept)
            kept.append(row)
            kind = item.resource_type.casefold()
            spelled += ((hash((kind, text)), number) for text in derived.spellings(item))
            links += (self._link(number, link) for link in (*item.relationships, *derived.links(item)))
        self._rows.extend(np.array(kept, "i8"))
        pairs = np.array(spelled, "i8").reshape(-1, 2)
        self._spelled_hashes.extend(pairs[:, 0])
        self._spelled_of.extend(pairs[:, 1])
        columns = np.array(links, "i8").reshape(-1, len(_LINK))
        for place, column in enumerate(self._links.values()):
            column.extend(columns[:, place])
        self.taken += len(rows)

    def recorded(self, rows: Numbers) -> None:
        """Take in the recorded links of some rows by columns alone: no item is read, and no verdict known."""
        index = self._index
        types, folded = index.column("resource_type"), index.folded_words()
        verdicts = [n for n in np.unique(types).tolist() if index.words.texts.text(n).startswith(derived.VERDICTS)]
        rows = rows[~np.isin(types[rows], verdicts)]
        self._rows.extend(rows)
        ids, names = index.column("resource_id")[rows], index.column("resource_name")[rows]
        kinds = folded[types[rows]]
        spelled = np.stack((_spelling(kinds, ids), _spelling(kinds, names)), axis=1).reshape(-1)
        known = np.flatnonzero(spelled)
        self._spelled_hashes.extend(spelled[known])
        self._spelled_of.extend(known // 2)
        numbers = np.full(index.count, NOTHING, "i4")
        numbers[rows] = np.arange(len(rows))
        ends = index.column("links_end")
        holders = np.repeat(numbers, np.diff(ends, prepend=0))
        kept = np.flatnonzero(holders != NOTHING)
        named = {
            name: index.columns[name].values[: len(holders)][kept] for name in ("target", "target_type", "link_name")
        }
        words, which = np.unique(named["link_name"], return_inverse=True)
        texts = np.array([self._word(index.words.texts.text(word)) for word in words.tolist()], "i4")
        found = {
            "holder": holders[kept],
            "by_id": _spelling(folded[named["target_type"]], named["target"]),
            "by_name": np.zeros(len(kept), "i8"),
            "name": texts[which],
            "found_at": np.full(len(kept), NOTHING, "i4"),
        }
        for name, column in self._links.items():
            column.extend(found[name])

    def _link(self, number: int, link: Relationship) -> tuple[int, ...]:
        kind = link.resource_type.casefold()
        by_id = hash((kind, link.resource_id)) if link.resource_id else 0
        by_name = hash((kind, link.resource_name)) if link.resource_name else 0
        found_at = self._word(link.found_at) if link.derived else NOTHING
        return number, by_id, by_name, self._word(link.name), found_at

    def _word(self, text: str) -> int:
        return self._words.setdefault(text, len(self._words))

    def join(self) -> None:
        """Find the other end of each link, and what depends on what."""
        self._texts = list(self._words)
        self._numbers = np.full(self._index.count, NOTHING, "i4")
        self._numbers[self._rows.values] = np.arange(len(self._rows))
        ends = self._matched("by_id")
        by_name = self._matched("by_name")
        self._ends = np.where(ends == NOTHING, by_name, ends)
        there = np.flatnonzero(self._ends != NOTHING)
        holders, others = self._column("holder")[there], self._ends[there]
        self._dependents = self._depending(there, holders, others)
        both = np.concatenate((holders, others[others != holders]))
        touching = np.concatenate((there, there[others != holders]))
        order = np.lexsort((touching, both))
        self._touching = _starts(both[order], len(self)), touching[order]

    def _matched(self, column: str) -> Numbers:
        """The resources that links name by id, or by name; of two spelled alike the first."""
        hashes, order = np.unique(self._spelled_hashes.values, return_index=True)
        wanted = self._column(column)
        if not len(hashes) or not wanted.any():
            return np.full(len(wanted), NOTHING, "i4")
        places = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
        found = self._spelled_of.values[order[places]]
        return np.where((hashes[places] == wanted) & (wanted != 0), found, NOTHING)

    def _depending(self, there: Numbers, holders: Numbers, others: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Each link says by the types of its ends, and its name, which of them depends on which."""
        types = self._index.column("resource_type")[self._rows.values]
        # All three in one number: there are few words, and sorting rows of three takes ten times as long.
        words, names = len(self._index.words), max(1, len(self._texts))
        combined = (types[holders].astype("i8") * words + types[others]) * names + self._column("name")[there]
        kinds, which = np.unique(combined, return_inverse=True)
        told = [self._says(kind // names // words, kind // names % words, kind % names) for kind in kinds.tolist()]
        says = np.array(told, bool).reshape(-1, 2)[which]
        on_holder, on_other = says[:, 0], says[:, 1]
        on = np.concatenate((holders[on_holder], others[on_other]))
        dependent = np.concatenate((others[on_holder], holders[on_other]))
        links = np.concatenate((there[on_holder], there[on_other]))
        order = np.lexsort((links, on))
        return _starts(on[order], len(self)), dependent[order], links[order]

    def _says(self, holder: int, other: int, name: int) -> tuple[bool, bool]:
        """Whether the other one depends on the holder of such a link, and the holder on the other one."""
        word = self._index.words.texts.text
        one, two = ResourceKey(word(holder), "holder"), ResourceKey(word(other), "other")
        found = dependences(Relationship(self._texts[name], two.resource_type, two.resource_id), one, two)
        return (one, two) in found, (two, one) in found

    def _column(self, name: str) -> Numbers:
        return self._links[name].values

    # What it holds

    def __len__(self) -> int:
        return len(self._rows)

    def resources(self) -> Iterator[Known]:
        return map(self._known_of, range(len(self)))

    def resource(self, key: ResourceKey) -> Known | None:
        number = self.number_of(key)
        return self._known_of(number) if number is not None else None

    def edges(self) -> Iterator[Edge]:
        return map(self._edge, np.flatnonzero(self._ends != NOTHING).tolist())

    def edges_of(self, key: ResourceKey) -> Sequence[Edge]:
        number = self.number_of(key)
        if number is None:
            return ()
        starts, links = self._touching
        return [self._edge(link) for link in links[starts[number] : starts[number + 1]].tolist()]

    def affected(self, changed: ResourceKey, steps: int = 3) -> tuple[Reach, ...]:
        number = self.number_of(changed)
        if number is None:
            return ()
        return tuple(
            chain.from_iterable(self._reaches(at, step) for at, step in enumerate(self.walk(number, steps), 1))
        )

    def walk(self, number: int, steps: int) -> Iterator[_Step]:
        """What depends on a resource, step by step, each resource once."""
        starts, dependents, links = self._dependents
        seen = np.zeros(len(self), bool)
        seen[number] = True
        front = np.array([number])
        for _ in range(steps):
            counts = starts[front + 1] - starts[front]
            through = np.repeat(front, counts)
            places = np.arange(counts.sum()) + np.repeat(starts[front] - np.cumsum(counts) + counts, counts)
            reached = dependents[places]
            fresh = np.flatnonzero(~seen[reached])
            _, first = np.unique(reached[fresh], return_index=True)
            fresh = fresh[np.sort(first)]
            front = reached[fresh]
            if not len(front):
                return
            seen[front] = True
            yield _Step(front, through[fresh], links[places[fresh]])

    def _reaches(self, steps: int, step: _Step) -> Iterator[Reach]:
        for reached, through, link in zip(
            step.reached.tolist(), step.through.tolist(), step.links.tolist(), strict=True
        ):
            yield Reach(self._key(reached), steps, self._relationship(link), self._key(through))

    def number_of(self, key: ResourceKey) -> int | None:
        """The number of a resource; None when it is not among those taken in."""
        rows = self._index.rows_of(key)
        found = [number for number in self._numbers[rows].tolist() if number != NOTHING]
        return found[0] if found else None

    def _key(self, number: int) -> ResourceKey:
        return self._index.key(int(self._rows.values[number]))

    def _known_of(self, number: int) -> Known:
        row, index = int(self._rows.values[number]), self._index
        key = index.key(row)
        label = index.labels.text(row) or index.text("resource_name", row) or key.resource_id
        return Known(key, label, index.text("state", row))

    def _edge(self, link: int) -> Edge:
        holder, other = int(self._column("holder")[link]), int(self._ends[link])
        return Edge(self._key(holder), self._relationship(link), self._key(other))

    def _relationship(self, link: int) -> Relationship:
        """A link with its end spelled as that resource's own item spells it."""
        other = self._key(int(self._ends[link]))
        found_at = int(self._column("found_at")[link])
        return Relationship(
            name=self._texts[int(self._column("name")[link])],
            resource_type=other.resource_type,
            resource_id=other.resource_id,
            derived=found_at != NOTHING,
            found_at=self._texts[found_at] if found_at != NOTHING else "",
        )


_LINK = {"holder": "i4", "by_id": "i8", "by_name": "i8", "name": "i4", "found_at": "i4"}
"""The columns of a link: who has it, hashes of what it leads to, and numbers of words."""

_NONE = np.empty(0, "i8")


def _spelling(kinds: Numbers, symbols: Numbers) -> Numbers:
    """Types and texts by their numbers as one number, 0 where there is no text: in the place of a hash."""
    return np.where(symbols == NOTHING, 0, ((kinds.astype("i8") + 1) << 32) | symbols)


def _starts(ordered: Numbers, count: int) -> Numbers:
    """Where each number from 0 to `count` begins in an ordered array."""
    return np.searchsorted(ordered, np.arange(count + 1))
