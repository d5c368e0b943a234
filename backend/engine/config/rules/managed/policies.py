"""When a resource policy is public, as S3 defines it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from fnmatch import fnmatchcase

from backend.engine.config.rules.managed.reading import listed, objects
from backend.model.item import Document, Json

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
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
_WIDEST_NARROW_PREFIX = {4: 8, 6: 32}
"""The widest networks that still count as fixed places, by IP version."""


def public_statement(policy: Document, actions: Collection[str]) -> Document | None:
    """The first statement that allows everybody one of `actions` (lower case), or None."""
    for statement in objects(policy.get("Statement")):
        if (
            statement.get("Effect") == "Allow"
            and _everybody(statement.get("Principal"))
            and _names_any(statement, actions)
            and not _narrowed(statement.get("Condition"))
        ):
            return statement
    return None


def _everybody(principal: Json) -> bool:
    if isinstance(principal, dict):
        return "*" in listed(principal.get("AWS"))
    return bool(principal == "*")


def _names_any(statement: Document, actions: Collection[str]) -> bool:
    if "NotAction" in statement:
        left_out = [str(pattern).lower() for pattern in listed(statement["NotAction"])]
        return any(not _matches(action, left_out) for action in actions)
    patterns = [str(pattern).lower() for pattern in listed(statement.get("Action"))]
    return any(_matches(action, patterns) for action in actions)


def _matches(action: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def _narrowed(condition: Json) -> bool:
    """Whether a condition ties the statement to fixed callers or places."""
    if not isinstance(condition, dict):
        return False
    for operator, tests in condition.items():
        plain = operator.lower().split(":")[-1].removesuffix("ifexists")
        for key, values in tests.items() if isinstance(tests, dict) else ():
            fixed = [str(value) for value in listed(values)]
            if not fixed or operator.lower().endswith("ifexists"):
                continue
            if key.lower() == "aws:sourceip" and plain == "ipaddress" and all(map(_narrow_network, fixed)):
                return True
            if (
                key.lower() in _NARROWING_KEYS
                and plain in ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")
                and not any("*" in value or "?" in value for value in fixed)
            ):
                return True
    return False


def _narrow_network(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST_NARROW_PREFIX[network.version]
