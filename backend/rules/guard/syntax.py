"""The parts of a policy, as they stand in its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from backend.model.item import Json


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Key:
    """A step to a named property."""

    name: str


@dataclass(frozen=True, slots=True)
class KeyOf:
    """A step to the properties that a variable names."""

    variable: str
    place: Place


@dataclass(frozen=True, slots=True)
class Index:
    """A step to one element; a negative one counts from the end."""

    number: int


@dataclass(frozen=True, slots=True)
class AllElements:
    """`[*]`, or `[name]`, which also keeps the keys it went over."""

    capture: str | None = None


@dataclass(frozen=True, slots=True)
class AllValues:
    """`.*`"""


@dataclass(frozen=True, slots=True)
class Filter:
    """`[ clauses ]`: the elements for which the clauses hold."""

    capture: str | None
    conjunctions: Conjunctions


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """`[ keys == … ]`: the values whose keys compare well."""

    capture: str | None
    operator: str
    negated: bool
    expected: Operand


Part: TypeAlias = Key | KeyOf | Index | AllElements | AllValues | Filter | KeyFilter


@dataclass(frozen=True, slots=True)
class Variable:
    """`%name` at the head of a query."""

    name: str


@dataclass(frozen=True, slots=True)
class This:
    """The value that is being looked at."""


@dataclass(frozen=True, slots=True)
class Query:
    """A path to values. With `some`, one value that holds is enough."""

    place: Place
    some: bool
    head: Key | Variable | This
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written; regular expressions and ranges are the types of values.py."""

    value: Json


@dataclass(frozen=True, slots=True)
class Function:
    """A call of a built-in function."""

    place: Place
    name: str
    arguments: tuple[Operand, ...]


Operand: TypeAlias = Literal | Query | Function


@dataclass(frozen=True, slots=True)
class Unary:
    """`query exists`. `inverted` is a `not` before the clause, `negated` one before the operator."""

    place: Place
    inverted: bool
    query: Query
    operator: str
    negated: bool
    message: str


@dataclass(frozen=True, slots=True)
class Binary:
    """`query == operand`."""

    place: Place
    inverted: bool
    query: Query
    operator: str
    negated: bool
    expected: Operand
    message: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A rule named as a clause."""

    place: Place
    negated: bool
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Call:
    """A rule with parameters, called as a clause."""

    place: Place
    negated: bool
    name: str
    arguments: tuple[Operand, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Let:
    """A variable."""

    place: Place
    name: str
    value: Operand


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between braces."""

    lets: tuple[Let, ...]
    conjunctions: Conjunctions


@dataclass(frozen=True, slots=True)
class BlockClause:
    """`query { … }`; `needed` is the `!empty` before the brace."""

    place: Place
    query: Query
    needed: bool
    block: Block


@dataclass(frozen=True, slots=True)
class WhenBlock:
    """`when conditions { … }`"""

    place: Place
    conditions: Conjunctions
    block: Block


@dataclass(frozen=True, slots=True)
class TypeBlock:
    """`AWS::S3::Bucket { … }`, over the resources of a template."""

    place: Place
    type: str
    conditions: Conjunctions
    block: Block


Clause: TypeAlias = Unary | Binary | Reference | Call | BlockClause | WhenBlock | TypeBlock
Conjunctions: TypeAlias = tuple[tuple[Clause, ...], ...]
"""All of the outer have to hold; of each inner, one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule; `parameters` is None unless it is called with some."""

    place: Place
    name: str
    parameters: tuple[str, ...] | None
    conditions: Conjunctions
    block: Block


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A whole policy."""

    lets: tuple[Let, ...]
    rules: tuple[Rule, ...]
