"""Resource policies: who may do what to a bucket, a topic or a queue.

Facts: around-config.md §9 (policies). Explicit Deny before Allow before nothing; action names and condition keys
are compared without regard to case, `Statement` may be one object (SQS-07, SQS-08).
"""

from __future__ import annotations

import enum
import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from backend.engine.store import loads
from backend.model import moment
from backend.model.item import Document, Json

_SESSION = re.compile(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/.*")


class Decision(enum.Enum):
    """What a policy says of a request; NOTHING leaves it to the owner's own rights."""

    ALLOW = "allow"
    DENY = "deny"
    NOTHING = "nothing"


class MalformedPolicy(ValueError):
    """The text is no policy; the message says why."""


@dataclass(frozen=True)
class Request:
    """Something that a principal wants to do."""

    principal: str
    """An ARN, or a service name such as `sns.amazonaws.com`."""
    action: str
    """`s3:PutObject`"""
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    """Condition keys, in lower case, and their values."""

    @property
    def is_service(self) -> bool:
        return self.principal.endswith(".amazonaws.com")


def parse(text: str) -> Document:
    """A policy document from its text. Raises `MalformedPolicy`."""
    try:
        document = loads(text)
    except ValueError as error:
        raise MalformedPolicy(f"This policy contains invalid Json: {error}") from error
    if not isinstance(document, dict):
        raise MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    found = document.get("Statement")
    if not found or not isinstance(found, (dict, list)):
        raise MalformedPolicy("Missing required field Statement")
    for statement in statements(document):
        if statement.get("Effect") not in {"Allow", "Deny"}:
            raise MalformedPolicy("Missing required field Effect")
        if not any(name in statement for name in ("Principal", "NotPrincipal")):
            raise MalformedPolicy("Missing required field Principal")
        if not any(name in statement for name in ("Action", "NotAction")):
            raise MalformedPolicy("Missing required field Action")
        _check_conditions(statement.get("Condition") or {})
    return document


def statements(document: Document) -> list[Document]:
    """The statements of a policy, given as a list or as one object. Raises `MalformedPolicy` for anything else."""
    found = document.get("Statement") or []
    listed = [found] if isinstance(found, dict) else found
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise MalformedPolicy("Statement must be an object or a list of objects")
    return listed


def resources(document: Document) -> Iterator[str]:
    """Every resource that the policy's statements name."""
    for statement in statements(document):
        yield from _listed(statement.get("Resource", statement.get("NotResource", [])))


def decide(document: Document | None, request: Request) -> Decision:
    """What a policy says of a request; no policy says nothing."""
    decision = Decision.NOTHING
    context = {**_about(request), **request.context}
    context.pop("aws:principalorgid" if request.is_service else "aws:sourceorgid", None)
    for statement in statements(document or {}):
        if not _applies(statement, request, context):
            continue
        if statement.get("Effect") == "Deny":
            return Decision.DENY
        decision = Decision.ALLOW
    return decision


def like(pattern: str, value: str) -> bool:
    """Whether a value fits a pattern with `*` (any run) and `?` (one character)."""
    if pattern == value or pattern == "*":
        return True
    if "*" not in pattern and "?" not in pattern:
        return False
    expression = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def is_public(document: Document | None) -> bool:
    """Whether a policy lets everybody in: an Allow for all principals that no condition narrows."""
    return any(
        statement.get("Effect") == "Allow"
        and _everybody(statement.get("Principal"))
        and not _narrowed(statement.get("Condition") or {})
        for statement in statements(document or {})
    )


def _applies(statement: Document, request: Request, context: Mapping[str, str]) -> bool:
    return (
        _principal_fits(statement, request)
        and _fits(statement, "Action", request.action.lower(), lower=True)
        and _fits(statement, "Resource", request.resource)
        and _conditions_hold(statement.get("Condition") or {}, context)
    )


def _principal_fits(statement: Document, request: Request) -> bool:
    if "NotPrincipal" in statement:
        return not _names(statement["NotPrincipal"], request)
    return _names(statement.get("Principal"), request)


def _names(principal: Json, request: Request) -> bool:
    if _everybody(principal):
        return True
    if not isinstance(principal, dict):
        return False
    if request.is_service:
        return request.principal in _listed(principal.get("Service", []))
    return any(_is_principal(named, request.principal) for named in _listed(principal.get("AWS", [])))


def _is_principal(named: str, arn: str) -> bool:
    """An account (by id or root ARN) covers all its principals; a role covers its sessions."""
    account = _account(arn)
    if named == arn or (account and named in {account, f"arn:aws:iam::{account}:root"}):
        return True
    session = _SESSION.fullmatch(arn)
    if session is None:
        return False
    return re.fullmatch(rf"arn:aws:iam::{session[1]}:role/(?:.*/)?{re.escape(session[2])}", named) is not None


def _account(arn: str) -> str:
    return arn.split(":")[4] if arn.count(":") >= 5 else ""


def _everybody(principal: Json) -> bool:
    return principal == "*" or (isinstance(principal, dict) and "*" in _listed(principal.get("AWS", [])))


def _fits(statement: Document, name: str, value: str, *, lower: bool = False) -> bool:
    """`Action`/`NotAction` and `Resource`/`NotResource`; a statement without resource means the policy's own."""
    negated = f"Not{name}" in statement
    patterns = statement.get(f"Not{name}" if negated else name)
    if patterns is None:
        return True
    found = any(like(pattern.lower() if lower else pattern, value) for pattern in _listed(patterns))
    return found != negated


def _listed(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


_Test = Callable[[str, str], bool]


def _about(request: Request) -> dict[str, str]:
    """The condition keys that follow from the principal itself."""
    if request.is_service:
        return {"aws:principalisawsservice": "true", "aws:principalservicename": request.principal}
    account = _account(request.principal)
    session = _SESSION.fullmatch(request.principal)
    arn = f"arn:aws:iam::{account}:role/{session[2]}" if session else request.principal
    return {"aws:principalisawsservice": "false", "aws:principalarn": arn, "aws:principalaccount": account}


def _number(compare: Callable[[float, float], bool]) -> _Test:
    return _reading(float, compare)


def _date(compare: Callable[[float, float], bool]) -> _Test:
    return _reading(lambda text: moment.parse(float(text) if text.replace(".", "").isdigit() else text), compare)


def _reading(read: Callable[[str], float], compare: Callable[[float, float], bool]) -> _Test:
    """Compare the request's value with the wanted one, as what `read` makes of both; what it cannot read never fits."""

    def test(wanted: str, value: str) -> bool:
        try:
            return compare(read(value), read(wanted))
        except ValueError:
            return False

    return test


def _in_network(wanted: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


_TESTS: dict[str, _Test] = {
    "stringequals": lambda wanted, value: wanted == value,
    "stringequalsignorecase": lambda wanted, value: wanted.lower() == value.lower(),
    "stringlike": like,
    "arnequals": like,
    "arnlike": like,
    "bool": lambda wanted, value: wanted.lower() == value.lower(),
    "ipaddress": _in_network,
    **{
        f"{kind}{name}": of(compare)
        for kind, of in (("numeric", _number), ("date", _date))
        for name, compare in (
            ("equals", operator.eq),
            ("lessthan", operator.lt),
            ("lessthanequals", operator.le),
            ("greaterthan", operator.gt),
            ("greaterthanequals", operator.ge),
        )
    },
}
_NEGATIONS = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
_IDENTIFYING = re.compile(
    r"aws:(sourcearn|sourceaccount|sourceowner|sourceorgid|principal\w+|userid|sourcevpce?|sourceip)"
)
"""Keys that narrow "everybody" down to somebody known."""


def _check_conditions(conditions: Json) -> None:
    if not isinstance(conditions, dict) or not all(isinstance(each, dict) for each in conditions.values()):
        raise MalformedPolicy("Invalid Condition")
    for kind in conditions:
        name = _bare(kind)[0]
        if name not in _TESTS and name not in _NEGATIONS and name != "null":
            raise MalformedPolicy(f"Invalid Condition type : {kind}")


def _bare(kind: str) -> tuple[str, bool]:
    """(the operator in lower case without set prefix and IfExists, whether a missing key fits)."""
    name = kind.lower().rpartition(":")[2]
    return name.removesuffix("ifexists"), name.endswith("ifexists")


def _conditions_hold(conditions: Document, context: Mapping[str, str]) -> bool:
    return all(
        _condition_holds(kind, key.lower(), _listed(wanted), context)
        for kind, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _condition_holds(kind: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    name, if_exists = _bare(kind)
    value = context.get(key)
    if name == "null":
        return (value is None) == (wanted[0].lower() == "true")
    negated = name in _NEGATIONS
    if value is None:
        return if_exists or negated
    test = _TESTS[_NEGATIONS.get(name, name)]
    return any(test(each, value) for each in wanted) != negated


def _narrowed(conditions: Document) -> bool:
    return any(
        _bare(kind)[0] not in _NEGATIONS and _IDENTIFYING.fullmatch(key.lower()) is not None
        for kind, keys in conditions.items()
        for key in keys
    )
