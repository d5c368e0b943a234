"""What policy documents say: whom they let in, and what they allow.

When a resource policy is public is as S3 defines it:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from urllib.parse import unquote

from backend.model.item import Document, Json
from backend.rules.reading import listed, objects, parsed

_NARROWING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
_EQUAL_OPERATORS = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
_ADDRESS_OPERATORS = frozenset({"ipaddress"})
_OPEN = re.compile(r"[*?]|\$\{")
"""What makes a value stand for many: a wildcard, or a variable of the request."""
_WIDEST_NARROW_PREFIX = {4: 8, 6: 32}
"""The widest networks that still count as fixed places, by IP version."""


def document(value: Json) -> Document:
    """A policy document: an object, its JSON text, that text URL-encoded (IAM), or a list of one of these."""
    [value, *_] = listed(value) or [None]
    if isinstance(value, str) and value.startswith("%7B"):
        value = unquote(value)
    return parsed(value)


def statements(policy: Document, effect: str = "Allow") -> Iterator[Document]:
    """The statements of a policy with one effect."""
    return (each for each in objects(policy.get("Statement")) if each.get("Effect") == effect)


def public_statement(policy: Document, actions: Collection[str] = ()) -> Document | None:
    """The first statement that allows everybody one of `actions` (lower case), or anything, or None."""
    for statement in statements(policy):
        if (
            everybody(statement.get("Principal"))
            and (not actions or names_any(statement, actions))
            and not narrowed(statement.get("Condition"))
        ):
            return statement
    return None


def everybody(principal: Json) -> bool:
    """Whether a principal is anybody at all."""
    if isinstance(principal, dict):
        return "*" in listed(principal.get("AWS"))
    return bool(principal == "*")


def names_any(statement: Document, actions: Collection[str]) -> bool:
    """Whether a statement names one of some actions (lower case), by itself or by a pattern."""
    if "NotAction" in statement:
        left_out = [str(pattern).lower() for pattern in listed(statement["NotAction"])]
        return any(not matches(action, left_out) for action in actions)
    patterns = [str(pattern).lower() for pattern in listed(statement.get("Action"))]
    return any(matches(action, patterns) for action in actions)


def matches(text: str, patterns: Collection[str]) -> bool:
    """Whether a text fits one of some patterns with * and ?."""
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def overlap(one: str, other: str) -> bool:
    """Whether some action fits two patterns with *, as far as one of them is in the other or they begin alike."""
    one, other = one.lower(), other.lower()
    if fnmatchcase(one, other) or fnmatchcase(other, one):
        return True
    head, other_head = one.split("*")[0], other.split("*")[0]
    return "*" in one and "*" in other and (head.startswith(other_head) or other_head.startswith(head))


def all_resources(statement: Document) -> bool:
    """Whether a statement is about everything."""
    return "*" in listed(statement.get("Resource"))


def narrowed(condition: Json) -> bool:
    """Whether a condition ties the statement to fixed callers or places."""
    return any(
        all(map(_narrow_network, fixed))
        if key == "aws:sourceip"
        else key in _NARROWING_KEYS and not any(_OPEN.search(value) for value in fixed)
        for key, fixed in held_to(condition)
    )


def held_to(condition: Json) -> Iterator[tuple[str, list[str]]]:
    """The keys (lower case) a condition ties to one of some values; what it excludes or lets be absent is not told."""
    for operator, tests in parsed(condition).items():
        scope, _, plain = operator.lower().rpartition(":")
        for key, values in parsed(tests).items():
            operators = _ADDRESS_OPERATORS if key.lower() == "aws:sourceip" else _EQUAL_OPERATORS
            fixed = [str(value) for value in listed(values)]
            if fixed and plain in operators and scope != "forallvalues":
                yield key.lower(), fixed


def _narrow_network(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST_NARROW_PREFIX[network.version]
