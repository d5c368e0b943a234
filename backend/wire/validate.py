"""Checks inputs and answers against the service models, and brings inputs into the form operations get.

AWS checks required members, types, enumerations, patterns, lengths and bounds before an operation sees its
input; clients check only a part of that (reference: aws-config.md §0). Both doors of the engine check here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from backend.engine.errors import ServiceError
from backend.model import moment
from backend.model.item import Document, Json

Shape: TypeAlias = Any
"""A botocore shape; botocore ships no types."""

RECORDED_TYPES_NOT_IN_MODEL = frozenset(
    {
        "AWS::Config::ConfigurationRecorder",
        "AWS::DMS::ReplicationInstance",
        "AWS::DMS::ReplicationTask",
        "AWS::NetworkFirewall::TLSInspectionConfiguration",
        "AWS::Route53::HealthCheck",
        "AWS::SageMaker::EndpointConfig",
        "AWS::SageMaker::NotebookInstance",
    }
)
"""Types that AWS Config has schemas for while the enumeration `ResourceType` lacks them."""

_RULE_NAMES = re.compile(r"onfigRuleNames?\b")
_RULE_NAME = 128
"""Characters of the name of a rule, as PutConfigRule takes it and packs make it. The models of some operations that ask
for a rule say 64, by which a good part of the rules of packs could not be asked for."""

_CUSTOM_TYPE = re.compile(r"(?!AWS::)[A-Za-z0-9]+(::[A-Za-z0-9]+){2,3}")

_CODES = {"sns": "ValidationError", "sts": "ValidationError", "iam": "ValidationError", "cloudwatch": "ValidationError"}
"""The query services name the refusal `ValidationError`; the JSON services `ValidationException`."""

_JAVA_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": r"\s"}


class Violation(NamedTuple):
    """One constraint that one member fails."""

    value: str
    path: str
    constraint: str

    def __str__(self) -> str:
        return f"{self.value} at '{self.path}' failed to satisfy constraint: Member must {self.constraint}"


def checked_input(service: str, shape: Shape | None, params: Document) -> Document:
    """The input as an operation gets it: aware UTC datetimes, bytes, native numbers, known members only.

    Raises `ServiceError`, naming all violations in AWS's words.
    """
    if shape is None:
        return {}
    walk = _Walk()
    document: Document = walk.read(shape, params, "")
    if walk.violations:
        raise _refusal(service, walk.violations)
    return document


def violations(shape: Shape, document: Document) -> list[Violation]:
    """The constraints of a shape (required members, enumerations, patterns, lengths, bounds) that a document breaks.

    Raises `ServiceError` where a member is of another type than the shape's.
    """
    walk = _Walk()
    walk.read(shape, document, "")
    return walk.violations


def output_faults(shape: Shape | None, answer: Document) -> list[str]:
    """What in an answer does not fit the output shape: members that it lacks, wrong types, missing ones."""
    faults: list[str] = []
    if shape is None:
        return [f"an answer where the model has none: {answer}"] if answer else []
    _compare(shape, answer, "", faults)
    return faults


def _refusal(service: str, violations: list[Violation]) -> ServiceError:
    if service == "sqs":
        # SQS speaks of parameters; its model has no other constraints than required members.
        name = violations[0].path.rpartition(".")[2]
        return ServiceError("MissingParameter", f"The request must contain the parameter {_upper(name)}.")
    if service == "s3":
        if any("." in violation.path for violation in violations):
            return ServiceError(
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema",
            )
        return ServiceError("InvalidArgument", f"Value {'; '.join(map(str, violations))}")
    count = len(violations)
    return ServiceError(
        _CODES.get(service, "ValidationException"),
        f"{count} validation error{'s' if count > 1 else ''} detected: "
        + "; ".join(f"Value {violation}" for violation in violations),
    )


class _Walk:
    """One walk over an input and its shape."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def read(self, shape: Shape, value: Any, path: str) -> Any:
        reader = _READERS[shape.type_name]
        return reader(self, shape, value, path)

    def _structure(self, shape: Shape, value: Any, path: str) -> Document:
        _expect(isinstance(value, dict), value, "a structure")
        if getattr(shape, "is_document_type", False):
            return dict(value)
        members = shape.members
        inside = f"{path}." if path else ""
        for name in shape.required_members:
            if value.get(name) is None:
                self.violations.append(Violation("null", inside + _lower(name), "not be null"))
        return {
            name: self.read(members[name], member, inside + _lower(name))
            for name, member in value.items()
            if member is not None and name in members
        }

    def _list(self, shape: Shape, value: Any, path: str) -> list[Any]:
        _expect(isinstance(value, (list, tuple)), value, "a list")
        self._length(shape, len(value), value, path)
        return [
            self.read(shape.member, member, f"{path}.{number}.member") for number, member in enumerate(value, start=1)
        ]

    def _map(self, shape: Shape, value: Any, path: str) -> Document:
        _expect(isinstance(value, dict), value, "a map")
        self._length(shape, len(value), value, path)
        return {
            self.read(shape.key, key, f"{path}.key"): self.read(shape.value, member, f"{path}.{key}.member")
            for key, member in value.items()
            if member is not None
        }

    def _string(self, shape: Shape, value: Any, path: str) -> str:
        _expect(isinstance(value, str), value, "a string")
        text: str = value
        if not (shape.name == "StringWithCharLimit64" and _RULE_NAMES.search(path) and len(text) <= _RULE_NAME):
            self._length(shape, len(text), text, path)
        enum = shape.metadata.get("enum")
        if enum and text not in enum and not (shape.name == "ResourceType" and _may_be_recorded(text, path)):
            self._fail(text, path, f"satisfy enum value set: [{', '.join(enum)}]")
        pattern = shape.metadata.get("pattern")
        if pattern and not _matches(pattern, text):
            self._fail(text, path, f"satisfy regular expression pattern: {pattern}")
        return text

    def _integer(self, shape: Shape, value: Any, path: str) -> int:
        whole = isinstance(value, float) and value.is_integer()
        _expect((isinstance(value, int) or whole) and not isinstance(value, bool), value, "an integer")
        self._bounds(shape, value, path)
        return int(value)

    def _number(self, shape: Shape, value: Any, path: str) -> float:
        _expect(isinstance(value, (int, float)) and not isinstance(value, bool), value, "a number")
        self._bounds(shape, value, path)
        return float(value)

    def _boolean(self, shape: Shape, value: Any, path: str) -> bool:
        _expect(isinstance(value, bool), value, "a boolean")
        return bool(value)

    def _timestamp(self, shape: Shape, value: Any, path: str) -> datetime:
        _expect(isinstance(value, (datetime, int, float, str)) and not isinstance(value, bool), value, "a timestamp")
        try:
            return moment.to_datetime(moment.parse(value))
        except (ValueError, OverflowError):
            _expect(False, value, "a timestamp")
            raise

    def _blob(self, shape: Shape, value: Any, path: str) -> bytes:
        if hasattr(value, "read"):
            value = value.read()
        _expect(isinstance(value, (bytes, bytearray, memoryview, str)), value, "a blob")
        data = value.encode() if isinstance(value, str) else bytes(value)
        if not shape.serialization.get("streaming"):
            self._length(shape, len(data), "…", path)
        return data

    def _length(self, shape: Shape, length: int, value: Any, path: str) -> None:
        limits = shape.metadata
        if length < limits.get("min", 0):
            self._fail(value, path, f"have length greater than or equal to {limits['min']}")
        if "max" in limits and length > limits["max"]:
            self._fail(value, path, f"have length less than or equal to {limits['max']}")

    def _bounds(self, shape: Shape, value: float, path: str) -> None:
        limits = shape.metadata
        if "min" in limits and value < limits["min"]:
            self._fail(value, path, f"have value greater than or equal to {limits['min']}")
        if "max" in limits and value > limits["max"]:
            self._fail(value, path, f"have value less than or equal to {limits['max']}")

    def _fail(self, value: Any, path: str, constraint: str) -> None:
        self.violations.append(Violation(f"'{_shown(value)}'", path, constraint))


_READERS: dict[str, Callable[..., Any]] = {
    "structure": _Walk._structure,
    "list": _Walk._list,
    "map": _Walk._map,
    "string": _Walk._string,
    "character": _Walk._string,
    "integer": _Walk._integer,
    "long": _Walk._integer,
    "short": _Walk._integer,
    "byte": _Walk._integer,
    "float": _Walk._number,
    "double": _Walk._number,
    "bigdecimal": _Walk._number,
    "boolean": _Walk._boolean,
    "timestamp": _Walk._timestamp,
    "blob": _Walk._blob,
}

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "blob": (bytes,),
}


def _compare(shape: Shape, value: Any, path: str, faults: list[str]) -> None:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        if getattr(shape, "is_document_type", False):
            return
        faults.extend(f"{path}.{name}: not in {shape.name}" for name in value if name not in shape.members)
        faults.extend(f"{path}.{name}: missing in {shape.name}" for name in shape.required_members if name not in value)
        for name, member in value.items():
            if name in shape.members:
                _compare(shape.members[name], member, f"{path}.{name}", faults)
    elif kind == "list" and isinstance(value, list):
        for number, member in enumerate(value):
            _compare(shape.member, member, f"{path}[{number}]", faults)
    elif kind == "map" and isinstance(value, dict):
        for key, member in value.items():
            _compare(shape.key, key, f"{path}.{key}", faults)
            _compare(shape.value, member, f"{path}.{key}", faults)
    elif not isinstance(value, _PYTHON_TYPES.get(kind, ())) or (isinstance(value, bool) and kind != "boolean"):
        faults.append(f"{path}: {type(value).__name__} where {shape.name} is a {kind}")
    elif isinstance(value, datetime) and value.tzinfo is None:
        faults.append(f"{path}: a time without a zone")


def _may_be_recorded(resource_type: str, path: str) -> bool:
    """Whether items of a type that the model does not list can exist.

    One of customers' own (PutResourceConfig) can be asked for, and answered, as the type of one resource; no list of
    types has room for it.
    """
    return resource_type in RECORDED_TYPES_NOT_IN_MODEL or (
        path.endswith("resourceType") and _CUSTOM_TYPE.fullmatch(resource_type) is not None
    )


def _expect(right: bool, value: Json, wanted: str) -> None:
    if not right:
        raise ServiceError("SerializationException", f"{type(value).__name__} value cannot be converted to {wanted}")


def _matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits a pattern of the model, which is written in Java's dialect."""
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    pattern = re.sub(r"(\\[dws])-(?=[^\]])", r"\1\\-", pattern)
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return True  # a class that Python's dialect lacks: better unchecked than refused


def _shown(value: Any) -> str:
    """A value inside a message, as Java's toString gives it."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_shown(member)}" for key, member in value.items()) + "}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]
