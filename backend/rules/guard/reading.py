"""The text of a policy, read into its parts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from importlib import resources

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from backend.model.item import Json
from backend.rules.guard import syntax
from backend.rules.guard.errors import PolicyError
from backend.rules.guard.patterns import Pattern, PatternError
from backend.rules.guard.syntax import Place
from backend.rules.guard.values import Char, End, Range

LONGEST_TEXT = 10_000
"""Characters of a policy, as PutConfigRule has it."""

DEEPEST_NESTING = 40
"""Brackets and braces within each other. The evaluator calls itself for each."""

DEFAULT_RULE = "default"
"""The rule of the clauses that stand outside of rules."""

_LARGEST = 2**63 - 1
_RANGE = re.compile(r"r([(\[])[ \t]*(\S+?)[ \t]*,[ \t]*(\S+?)[ \t]*([)\]])", re.DOTALL)
_CLAUSE = "a clause"
_OPERATOR = "an operator such as ==, in, exists or !empty"
_VALUE = "a value, a property or a variable"
_WORDS = {
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "LSQB": "'['",
    "RSQB": "']'",
    "LPAR": "'('",
    "RPAR": "')'",
    "COLON": "':'",
    "COMMA": "','",
    "_ASSIGN": "'='",
    "COMPARE": _OPERATOR,
    "IN": _OPERATOR,
    "UNARY": _OPERATOR,
    "NOT_EMPTY": _OPERATOR,
    "INT": _VALUE,
    "MAP_KEY": "a key",
    "STRING": _CLAUSE,
    "VARIABLE": _CLAUSE,
    "_RULE": "a rule",
    "_LET": "a variable",
    "NAME": "a name",
}
_OPEN = (
    ("<<", ">>", "MESSAGE", "a message"),
    ("'", "'", "STRING", "a text"),
    ('"', '"', "STRING", "a text"),
    ("/", "/", "REGEX", "a regular expression"),
)
_PARTS = ("'['", "'('")
"""Brackets that only go on with what was read."""

_SAID_FIRST = (_OPERATOR, _VALUE, _CLAUSE)


def read(text: str) -> syntax.PolicyText:
    """The parts of a policy. Raises `PolicyError` for what cannot be read."""
    if len(text) > LONGEST_TEXT:
        raise PolicyError(1, 1, f"a policy has at most {LONGEST_TEXT} characters, this one has {len(text)}")
    try:
        policy: syntax.PolicyText = _grammar().parse(text)  # type: ignore[assignment]  # made by _Reading
    except UnexpectedInput as error:
        raise _understood(text, error) from None
    if not policy.rules:
        raise PolicyError(1, 1, "expected a rule or a clause, the text has none")
    return policy


@functools.cache
def _grammar() -> Lark:
    text = resources.files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="contextual", transformer=_Reading(), postlex=_Nesting())


class _Nesting:
    """Counts brackets as the words go by."""

    always_accept = ()

    def process(self, words: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for word in words:
            if word.type in ("LBRACE", "LSQB", "LPAR"):
                depth += 1
                if depth > DEEPEST_NESTING:
                    raise PolicyError(*_place(word), f"more than {DEEPEST_NESTING} brackets are open here")
            elif word.type in ("RBRACE", "RSQB", "RPAR"):
                depth -= 1
            yield word


def _understood(text: str, error: UnexpectedInput) -> PolicyError:
    """What a person can do something with: where, what was there, what could have been."""
    allowed = _allowed(text)
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        before = text.rstrip().split("\n")
        return PolicyError(len(before), len(before[-1]) + 1, f"the text ends, expected {_expected(allowed)}")
    line, column = error.line, error.column
    rest = text.split("\n")[line - 1][column - 1 :]
    for opening, closing, word, what in _OPEN:
        if rest.startswith(opening) and word in allowed:
            return PolicyError(line, column, f"{what} that opens with {opening} has to close with {closing}")
    found = (re.match(r"\w+|[=!<>]+|\S", rest) or [""])[0]
    return PolicyError(line, column, f"expected {_expected(allowed)}, found '{found}'")


def _allowed(text: str) -> set[str]:
    """The terminals that could have stood where reading ended. What the parser's error tells holds elsewhere, too."""
    again = _grammar().parse_interactive(text)
    try:
        for _ in again.iter_parse():
            pass
    except UnexpectedInput:
        pass
    accepted: set[str] = again.accepts()  # type: ignore[no-untyped-call]
    return accepted


def _expected(allowed: set[str]) -> str:
    words = dict.fromkeys(_WORDS[each] for each in sorted(allowed) if each in _WORDS)
    for first in _SAID_FIRST:
        if first in words:  # a name is a part of each of these, and would say no more
            signs = [word for word in words if word.startswith("'") and word not in _PARTS]
            words = dict.fromkeys([first] if first is _VALUE else [first, *signs])
            break
    *most, last = words or {"the end": None}
    return f"{', '.join(most)} or {last}" if most else last


def _place(word: Token) -> tuple[int, int]:
    return word.line or 1, word.column or 1


def _at(word: Token) -> Place:
    return Place(*_place(word))


def _unquoted(word: str) -> str:
    return word[1:-1].replace("\\" + word[0], word[0])


def _message(word: Token | None) -> str:
    return "" if word is None else str(word)[2:-2].strip()


def _negated(operator: Token) -> tuple[str, bool]:
    """An operator without its `not`, and whether it had one."""
    plain = re.sub(r"^(not|NOT|!)\s*(?=[A-Za-z])", "", operator)
    if plain == "!=":
        return "==", True
    return plain.lower(), plain != operator


def _end(text: str, word: Token) -> End:
    if re.fullmatch(r"-?\d+", text):
        return _whole(word, text)
    if re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        return _real(word, text)
    if len(text) == 1:
        return Char(text)
    raise PolicyError(*_place(word), f"'{text}' is no end of a range, expected a number or one character")


def _whole(word: Token, text: str) -> int:
    if len(text) > 20 or abs(int(text)) > _LARGEST:
        raise PolicyError(*_place(word), f"{text[:20]} is too large for an integer of 64 bits")
    return int(text)


def _real(word: Token, text: str) -> float:
    if float(text) in (float("inf"), float("-inf")):
        raise PolicyError(*_place(word), f"{text[:20]} is too large for a float of 64 bits")
    return float(text)


def _given(parts: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(part for part in parts if part is not None)


@v_args(inline=True)
class _Reading(Transformer[Token, syntax.PolicyText]):
    """Makes the parts of syntax.py of the grammar's rules."""

    def start(self, *parts: object) -> syntax.PolicyText:
        lets = tuple(part for part in parts if isinstance(part, syntax.Let))
        rules = tuple(part for part in parts if isinstance(part, syntax.Rule))
        loose: syntax.Conjunctions = tuple(part for part in parts if isinstance(part, tuple))
        if loose:
            block = syntax.Block((), loose)
            rules = (syntax.Rule(loose[0][0].place, DEFAULT_RULE, None, (), block), *rules)
        return syntax.PolicyText(lets, rules)

    def let(self, name: Token, value: syntax.Operand) -> syntax.Let:
        return syntax.Let(_at(name), str(name), value)

    def rule(self, name: Token, conditions: syntax.Conjunctions | None, block: syntax.Block) -> syntax.Rule:
        return syntax.Rule(_at(name), str(name), None, conditions or (), block)

    def shared_rule(self, name: Token, *rest: Token | syntax.Block | None) -> syntax.Rule:
        *names, block = rest
        assert isinstance(block, syntax.Block)
        parameters = tuple(dict.fromkeys(str(each) for each in _given(tuple(names))))
        return syntax.Rule(_at(name), str(name), parameters, (), block)

    def block(self, *parts: syntax.Let | tuple[syntax.Clause, ...]) -> syntax.Block:
        lets = tuple(part for part in parts if isinstance(part, syntax.Let))
        return syntax.Block(lets, tuple(part for part in parts if isinstance(part, tuple)))

    def clauses(self, *either: syntax.Clause) -> tuple[syntax.Clause, ...]:
        return either

    top_clauses = filter_clauses = conditions = clauses

    def when(self, *conditions: tuple[syntax.Clause, ...]) -> syntax.Conjunctions:
        return conditions

    def when_block(self, conditions: syntax.Conjunctions, block: syntax.Block) -> syntax.WhenBlock:
        return syntax.WhenBlock(conditions[0][0].place, conditions, block)

    def type_block(self, name: Token, conditions: syntax.Conjunctions | None, block: syntax.Block) -> syntax.TypeBlock:
        return syntax.TypeBlock(_at(name), name.removesuffix("::MODULE"), conditions or (), block)

    def type_clause(self, name: Token, clause: syntax.Clause) -> syntax.TypeBlock:
        return self.type_block(name, None, syntax.Block((), ((clause,),)))

    def block_clause(self, query: syntax.Query, needed: Token | None, block: syntax.Block) -> syntax.BlockClause:
        return syntax.BlockClause(query.place, query, needed is not None, block)

    def unary_clause(
        self, inverted: Token | None, query: syntax.Query, operator: Token, message: Token | None
    ) -> syntax.Unary:
        name, negated = _negated(operator)
        return syntax.Unary(query.place, inverted is not None, query, name, negated, _message(message))

    def binary_clause(
        self,
        inverted: Token | None,
        query: syntax.Query,
        operator: Token,
        expected: syntax.Operand,
        message: Token | None,
    ) -> syntax.Binary:
        name, negated = _negated(operator)
        return syntax.Binary(query.place, inverted is not None, query, name, negated, expected, _message(message))

    def call(self, negated: Token | None, name: Token, *rest: syntax.Operand | Token | None) -> syntax.Call:
        *arguments, message = rest
        assert message is None or isinstance(message, Token)
        given = _given(tuple(arguments))
        return syntax.Call(_at(name), negated is not None, str(name), given, _message(message))  # type: ignore[arg-type]

    def reference(self, negated: Token | None, name: Token, message: Token | None) -> syntax.Reference:
        return syntax.Reference(_at(name), negated is not None, str(name), _message(message))

    condition_reference = reference

    def function(self, name: Token, *arguments: syntax.Operand | None) -> syntax.Function:
        return syntax.Function(_at(name), str(name), _given(arguments))  # type: ignore[arg-type]

    def query(self, some: Token | None, head: Token, *parts: syntax.Part) -> syntax.Query:
        start: syntax.Key | syntax.Variable | syntax.This
        if head.type == "VARIABLE":
            start = syntax.Variable(head[1:])
        elif head.type == "THIS":
            start = syntax.This()
        else:
            start = syntax.Key(_unquoted(head) if head.type == "STRING" else str(head))
        return syntax.Query(_at(some or head), some is not None, start, parts)

    found = query

    def key(self, name: Token) -> syntax.Part:
        return syntax.Key(name[1:])

    def quoted_key(self, name: Token) -> syntax.Part:
        return syntax.Key(_unquoted(name[1:]))

    def text_key(self, name: Token) -> syntax.Part:
        return syntax.Key(_unquoted(name))

    def dot_index(self, number: Token) -> syntax.Part:
        return syntax.Index(_whole(number, number[1:]))

    def index(self, number: Token) -> syntax.Part:
        return syntax.Index(_whole(number, number))

    def variable_key(self, name: Token) -> syntax.Part:
        return syntax.KeyOf(name[2:], _at(name))

    def all_values(self, _sign: Token) -> syntax.Part:
        return syntax.AllValues()

    def all_elements(self, _sign: Token) -> syntax.Part:
        return syntax.AllElements()

    def captured_elements(self, name: Token) -> syntax.Part:
        return syntax.AllElements(str(name))

    def filter(self, capture: Token | None, *conjunctions: tuple[syntax.Clause, ...]) -> syntax.Part:
        return syntax.Filter(None if capture is None else str(capture), conjunctions)

    def key_filter(self, capture: Token | None, operator: Token, expected: syntax.Operand) -> syntax.Part:
        name, negated = _negated(operator)
        return syntax.KeyFilter(None if capture is None else str(capture), name, negated, expected)

    def text(self, word: Token) -> syntax.Literal:
        return syntax.Literal(_unquoted(word))

    def integer(self, word: Token) -> syntax.Literal:
        return syntax.Literal(_whole(word, word))

    def number(self, word: Token) -> syntax.Literal:
        return syntax.Literal(_real(word, word))

    def true(self, _word: Token) -> syntax.Literal:
        return syntax.Literal(True)

    def false(self, _word: Token) -> syntax.Literal:
        return syntax.Literal(False)

    def null(self, _word: Token) -> syntax.Literal:
        return syntax.Literal(None)

    def regex(self, word: Token) -> syntax.Literal:
        try:
            return syntax.Literal(Pattern(_unquoted(word)))
        except PatternError as error:
            raise PolicyError(*_place(word), f"the regular expression is not well formed: {error}") from None

    def range_of(self, word: Token) -> syntax.Literal:
        parts = _RANGE.fullmatch(word)
        if parts is None:
            raise PolicyError(*_place(word), f"'{word}' is no range, expected two ends such as r[1, 10)")
        low, high = _end(parts[2], word), _end(parts[3], word)
        if type(low) is not type(high):
            raise PolicyError(
                *_place(word), f"the ends of '{word}' have to be of one kind, integers, floats or characters"
            )
        return syntax.Literal(Range(low, high, parts[1] == "[", parts[4] == "]"))

    def sequence(self, *values: syntax.Literal | None) -> syntax.Literal:
        return syntax.Literal([each.value for each in values if each is not None])

    def pair(self, name: Token, value: syntax.Literal) -> tuple[str, Json]:
        return _unquoted(name) if name.type == "STRING" else str(name), value.value

    def mapping(self, *pairs: tuple[str, Json] | None) -> syntax.Literal:
        return syntax.Literal(dict(pair for pair in pairs if pair is not None))
