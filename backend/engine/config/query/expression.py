"""The text of an advanced query, read into what it means."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from importlib import resources
from typing import TypeAlias

from lark import Lark, Token, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError
from lark.visitors import Transformer, v_args

ALL_FIELDS = (
    "accountId",
    "awsRegion",
    "arn",
    "availabilityZone",
    "configurationItemCaptureTime",
    "resourceCreationTime",
    "resourceId",
    "resourceName",
    "resourceType",
    "version",
)
"""What `*` stands for (reference: aws-config.md §7.1)."""

ROOTS = frozenset(
    {
        *ALL_FIELDS,
        "configuration",
        "configurationItemDeliveryTime",
        "configurationItemStatus",
        "configurationStateId",
        "recordingFrequency",
        "relationships",
        "supplementaryConfiguration",
        "tags",
    }
)
"""First steps of the properties that can be asked for."""

MOST_GROUPS = 3
LEAST_PREFIX = 3
"""Characters of a LIKE pattern before its first wildcard."""

Literal: TypeAlias = str | float | bool


class ExpressionError(Exception):
    """A query that the service refuses; the text says where or why."""


@dataclass(frozen=True)
class Property:
    """A path into an item, as it was written."""

    name: str

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))


@dataclass(frozen=True)
class Aggregate:
    """A function over the rows of a group; `argument` is None for `*`."""

    function: str
    argument: Property | None

    @property
    def name(self) -> str:
        """The member of a result that holds it."""
        return f"{self.function}({self.argument.name if self.argument else '*'})"


Column: TypeAlias = Property | Aggregate


@dataclass(frozen=True)
class Compared:
    """`property operator literal`; `!=` and `<>` are read as a negated `=`."""

    property: Property
    operator: str
    literal: Literal


@dataclass(frozen=True)
class Between:
    """Both ends belong to it."""

    property: Property
    low: Literal
    high: Literal


@dataclass(frozen=True)
class Like:
    """A pattern in which `%` stands for any text and `_` for one character."""

    property: Property
    pattern: str


@dataclass(frozen=True)
class Not:
    """What the condition does not hold for."""

    condition: Condition


@dataclass(frozen=True)
class AllOf:
    """`AND` of two or more."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """`OR` of two or more."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = "Compared | Between | Like | Not | AllOf | AnyOf"


@dataclass(frozen=True)
class Ordering:
    """One term of ORDER BY."""

    column: Column
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A SELECT that was understood."""

    columns: tuple[Column, ...]
    where: Condition | None = None
    groups: tuple[Property, ...] = ()
    orders: tuple[Ordering, ...] = ()
    grouped: bool = field(init=False)
    """Whether a row of the answer stands for a group of items."""

    def __post_init__(self) -> None:
        aggregates = any(isinstance(column, Aggregate) for column in self.columns)
        object.__setattr__(self, "grouped", aggregates or bool(self.groups))


def read(text: str) -> Query:
    """A query from its text. Raises `ExpressionError` for what the service does not take."""
    try:
        query: Query = _Reading().transform(_grammar().parse(text))
    except UnexpectedInput as error:
        raise ExpressionError(_where(text, error)) from error
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise error.orig_exc from error
        raise
    _check(query)
    return query


def properties(query: Query) -> list[Property]:
    """Every property that a query names, in the order of its parts."""
    named: list[Column | None] = [*query.columns, *query.groups, *(order.column for order in query.orders)]
    found = [column.argument if isinstance(column, Aggregate) else column for column in named]
    return [each for each in found if each is not None] + _conditions(query.where)


@functools.cache
def _grammar() -> Lark:
    text = resources.files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, start="query", parser="lalr", lexer="contextual", maybe_placeholders=True)


def _where(text: str, error: UnexpectedInput) -> str:
    line, column = error.line, error.column
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if at_end or line < 1 or column < 1:
        before = text.rstrip().splitlines() or [""]
        return f"syntax error at line {len(before)}, column {len(before[-1]) + 1}: the expression ends too early"
    rest = text.splitlines()[line - 1][column - 1 :].split()
    return f"syntax error at line {line}, column {column}: unexpected '{rest[0][:40] if rest else ''}'"


def _check(query: Query) -> None:
    spelled: dict[str, str] = {}
    for each in properties(query):
        root = each.path[0]
        if root not in ROOTS and root.lower() not in {name.lower() for name in ROOTS}:
            raise ExpressionError(f"unknown property '{each.name}'")
        if spelled.setdefault(each.name.lower(), each.name) != each.name:
            raise ExpressionError(f"'{spelled[each.name.lower()]}' and '{each.name}' differ only in case")
    if len(query.groups) > MOST_GROUPS:
        raise ExpressionError(f"at most {MOST_GROUPS} properties are allowed in GROUP BY")
    if query.grouped:
        alone = [each for each in query.columns if isinstance(each, Property) and each not in query.groups]
        if alone:
            raise ExpressionError(f"'{alone[0].name}' must be in GROUP BY or inside an aggregate function")
    if any(isinstance(order.column, Aggregate) for order in query.orders):
        if not query.grouped:
            raise ExpressionError("an aggregate in ORDER BY needs a GROUP BY")
        if len(query.groups) > 1:
            raise ExpressionError("with an aggregate in ORDER BY, GROUP BY takes one property")
    elif query.grouped and any(order.column not in query.groups for order in query.orders):
        raise ExpressionError("ORDER BY takes the properties of GROUP BY")


def _conditions(condition: Condition | None) -> list[Property]:
    match condition:
        case None:
            return []
        case Not(inner):
            return _conditions(inner)
        case AllOf(parts) | AnyOf(parts):
            return [each for part in parts for each in _conditions(part)]
        case Compared() | Between() | Like():
            return [condition.property]


@v_args(inline=True)
class _Reading(Transformer[Token, Query]):
    """Makes the values above of the grammar's rules."""

    def property(self, name: Token) -> Property:
        return Property(str(name))

    def everything(self) -> tuple[Property, ...]:
        return tuple(map(Property, ALL_FIELDS))

    def aggregate(self, function: Token, argument: Token) -> Aggregate:
        name = str(function).upper()
        if argument == "*" and name != "COUNT":
            raise ExpressionError(f"{name} needs a property")
        return Aggregate(name, None if argument == "*" else Property(str(argument)))

    def string(self, text: Token) -> str:
        return str(text)[1:-1].replace("''", "'")

    def number(self, text: Token) -> float:
        return float(text)

    def true(self, _word: Token) -> bool:
        return True

    def false(self, _word: Token) -> bool:
        return False

    def compared(self, named: Property, operator: Token, literal: Literal) -> Condition:
        if operator in ("!=", "<>"):
            return Not(Compared(named, "=", literal))
        return Compared(named, str(operator), literal)

    def among(self, named: Property, negated: Token | None, *literals: Literal) -> Condition:
        found = AnyOf(tuple(Compared(named, "=", literal) for literal in literals))
        return Not(found) if negated else found

    def between(self, named: Property, negated: Token | None, low: Literal, high: Literal) -> Condition:
        return Not(Between(named, low, high)) if negated else Between(named, low, high)

    def like(self, named: Property, negated: Token | None, text: Token) -> Condition:
        pattern = self.string(text)
        prefix = min((pattern.index(sign) for sign in "%_" if sign in pattern), default=len(pattern))
        if prefix < min(LEAST_PREFIX, len(pattern)):
            raise ExpressionError(f"LIKE needs at least {LEAST_PREFIX} characters before the wildcard: '{pattern}'")
        return Not(Like(named, pattern)) if negated else Like(named, pattern)

    def none_of(self, condition: Condition) -> Condition:
        return Not(condition)

    def all_of(self, *conditions: Condition) -> Condition:
        return AllOf(conditions)

    def any_of(self, *conditions: Condition) -> Condition:
        return AnyOf(conditions)

    def where(self, condition: Condition) -> Condition:
        return condition

    def group(self, *named: Property) -> tuple[Property, ...]:
        return named

    def ordering(self, column: Column, direction: Token | None) -> Ordering:
        return Ordering(column, direction is not None and direction.lower() == "desc")

    def order(self, *orders: Ordering) -> tuple[Ordering, ...]:
        return orders

    def query(self, *parts: object) -> Query:
        *selected, where, groups, orders = parts
        columns = [each for part in selected for each in (part if isinstance(part, tuple) else (part,))]
        return Query(
            tuple(dict.fromkeys(columns)),  # lark hands over what the methods above made
            where,  # type: ignore[arg-type]
            groups or (),  # type: ignore[arg-type]
            orders or (),  # type: ignore[arg-type]
        )
