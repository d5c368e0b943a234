"""The rows that answer a query."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from backend.engine.config.query.expression import Aggregate, Column, Ordering, Property, Query
from backend.engine.config.query.values import holds, member, values
from backend.model.item import Document, Json

Key: TypeAlias = tuple[Json, ...]


def row(document: Document) -> Document:
    """An item as queries see it: the API's names, tags as a list, links without their names (aws-config.md §7.1)."""
    seen = {
        "accountId": document["awsAccountId"],
        "awsRegion": document["awsRegion"],
        "arn": document["ARN"],
        "availabilityZone": document["availabilityZone"],
        "configurationItemCaptureTime": document["configurationItemCaptureTime"],
        "configurationItemDeliveryTime": document.get("configurationItemDeliveryTime"),
        "configurationItemStatus": document["configurationItemStatus"],
        "configurationStateId": str(document["configurationStateId"]),
        "recordingFrequency": document.get("recordingFrequency"),
        "resourceCreationTime": document["resourceCreationTime"],
        "resourceId": document["resourceId"],
        "resourceName": document["resourceName"],
        "resourceType": document["resourceType"],
        "version": document["configurationItemVersion"],
        "configuration": document["configuration"],
        "supplementaryConfiguration": document["supplementaryConfiguration"],
        "relationships": [
            {name: value for name, value in link.items() if name != "name" and value is not None}
            for link in document["relationships"]
        ],
        "tags": [
            {"key": key, "tag": f"{key}={value}", "value": value} for key, value in sorted(document["tags"].items())
        ],
    }
    return {name: value for name, value in seen.items() if value is not None}


def answer(query: Query, rows: Iterable[Document], begin: int = 0, end: int | None = None) -> list[Document]:
    """The rows of the answer from `begin` to before `end`, in its order: as asked for, else as the items came.

    Where neither an order nor groups are asked for, no more items are read than that takes.
    """
    found = matching(query, rows)
    if query.grouped:
        return _groups(query, found)[begin:end]
    if not query.orders:
        return columns(query, itertools.islice(found, begin, end))
    ordered = list(found)
    for order in reversed(query.orders):
        _sort(ordered, [_first(values(each, _path(order.column))) for each in ordered], order)
    return columns(query, ordered[begin:end])


def matching(query: Query, rows: Iterable[Document]) -> Iterator[Document]:
    """The rows that meet the condition of a query."""
    return (each for each in rows if holds(query.where, each))


def columns(query: Query, rows: Iterable[Document]) -> list[Document]:
    """What the columns of a query leave of rows."""
    tree = _tree([column for column in query.columns if isinstance(column, Property)])
    return [_projected(each, tree) or {} for each in rows]


def _groups(query: Query, rows: Iterable[Document]) -> list[Document]:
    """One row for each combination of the properties in GROUP BY; an item of several values counts in each."""
    groups: dict[Key, list[Document]] = {}
    for each in rows:
        choices = [_distinct(values(each, named.path)) or [None] for named in query.groups]
        for key in itertools.product(*choices):
            groups.setdefault(key, []).append(each)
    if not query.groups and not groups:
        groups[()] = []
    keys = list(groups)
    for order in reversed(query.orders):
        _sort(keys, [_of_group(order.column, query.groups, key, groups[key]) for key in keys], order)
    return [_group_row(query, key, groups[key]) for key in keys]


def _group_row(query: Query, key: Key, members: Sequence[Document]) -> Document:
    found: Document = {}
    for column in query.columns:
        value = _of_group(column, query.groups, key, members)
        if value is None:
            continue
        *parents, last = (column.name,) if isinstance(column, Aggregate) else column.path
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return found


def _of_group(column: Column, groups: Sequence[Property], key: Key, members: Sequence[Document]) -> Json:
    if isinstance(column, Property):
        return key[groups.index(column)]
    return _aggregated(column, members)


def _aggregated(column: Aggregate, members: Sequence[Document]) -> Json:
    if column.argument is None:
        return len(members)
    path = column.argument.path
    found = [value for each in members for value in values(each, path)]
    if column.function == "COUNT":
        return sum(1 for each in members if any(True for _ in values(each, path)))
    numbers = [value for value in found if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if column.function == "SUM":
        return _whole(sum(numbers))
    if column.function == "AVG":
        return sum(numbers) / len(numbers) if numbers else None
    extreme = max if column.function == "MAX" else min
    if numbers:
        return _whole(extreme(numbers))
    return extreme((value for value in found if isinstance(value, str)), default=None)


def _whole(number: float) -> Json:
    return int(number) if float(number).is_integer() else number


_Tree: TypeAlias = "dict[str, _Tree]"


def _tree(columns: Iterable[Property]) -> _Tree:
    """The paths as one tree; a path asked for whole has no branches."""
    tree: _Tree = {}
    for path in sorted({column.path for column in columns}, key=len):
        place = tree
        for number, step in enumerate(path):
            if step in place and not place[step]:
                break  # a shorter path has it all
            place = place.setdefault(step, {})
            if number == len(path) - 1:
                place.clear()
    return tree


def _projected(node: Json, tree: _Tree) -> Json:
    """What a tree of paths leaves of a value; None for nothing. Lists are kept, numbers come as floats (§7.2)."""
    if isinstance(node, list):
        return [part for part in (_projected(element, tree) for element in node) if part is not None]
    if not tree:
        return float(node) if isinstance(node, int) and not isinstance(node, bool) else node
    if isinstance(node, str):
        return dict.fromkeys(tree, node) if set(tree) <= {"value", "name"} else None
    if not isinstance(node, dict):
        return None
    found = {}
    for step, branches in tree.items():
        name = member(node, step)
        part = None if name is None else _projected(node[name], branches)
        if name is not None and part is not None:
            found[name] = part
    return found or None


def _distinct(found: Iterator[Json]) -> list[Json]:
    return list(dict.fromkeys(value for value in found if not isinstance(value, (dict, list))))


def _first(found: Iterator[Json]) -> Json:
    return next(found, None)


def _path(column: Column) -> tuple[str, ...]:
    return column.path if isinstance(column, Property) else ()


def _sort(things: list, ranks: Sequence[Json], order: Ordering) -> None:  # type: ignore[type-arg]  # rows or keys
    """Sort in place by what each is worth; numbers before texts, and what has no value last."""
    ranked = sorted(
        ((_rank(value), number) for number, value in enumerate(ranks) if value is not None),
        key=lambda pair: pair[0],
        reverse=order.descending,
    )
    places = [number for _, number in ranked] + [number for number, value in enumerate(ranks) if value is None]
    things[:] = [things[number] for number in places]


def _rank(value: Json) -> tuple[int, float, str]:
    if isinstance(value, (int, float)):
        return 0, float(value), ""
    return 1, 0.0, str(value)
