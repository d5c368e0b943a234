"""Resources of customers' own types, reported by their owners instead of being looked at.

The service takes only types that are registered with CloudFormation and holds each report against the registered
schema. There is no such registry here: every well-formed type name is taken, whatever its schema.
"""

from __future__ import annotations

import re

import msgspec

from backend.engine.config import items, recorder_state, recording
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import loads
from backend.engine.world.estate import Resource
from backend.model.item import DELETED_STATUSES, Document

LARGEST = 64 * 1024
"""Bytes of `Configuration` (model: PutResourceConfig)."""

MOST_ACTIVE = 100_000
"""Resources of customers' own types in a region (model: MaxActiveResourcesExceededException)."""

_TYPE = re.compile(r"[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2}(::MODULE)?")
_RESERVED = frozenset({"aws", "amzn", "amazon", "alexa", "custom"})
"""First parts of type names that customers cannot use."""

_MOST_TAGS, _LONGEST_KEY, _LONGEST_VALUE = 50, 128, 256


def put_resource_config(ctx: Context, params: Document) -> Document:
    """Record the state of a resource as its owner reports it; an item is made when it says something new."""
    resource_type, resource_id = params["ResourceType"], params["ResourceId"]
    _check_type(resource_type)
    configuration = _body(params["Configuration"])
    tags: dict[str, str] = params.get("Tags") or {}
    _check_tags(tags)
    _need_running_recorder(ctx)
    before = items.latest(ctx, resource_type, resource_id)
    if (before is None or before["configurationItemStatus"] in DELETED_STATUSES) and _active(ctx) >= MOST_ACTIVE:
        raise ServiceError(
            "MaxActiveResourcesExceededException",
            "You have reached the limit of active custom resource types in your account."
            f" There is a limit of {MOST_ACTIVE:,}. Delete unused resources using DeleteResourceConfig.",
        )
    resource = Resource(
        resource_type=resource_type,
        resource_id=resource_id,
        region=ctx.region,
        name=params.get("ResourceName"),
        configuration=configuration,
        tags=tags,
    )
    recording.record_state(ctx, resource)
    return {}


def delete_resource_config(ctx: Context, params: Document) -> Document:
    """Record that a resource is gone."""
    resource_type, resource_id = params["ResourceType"], params["ResourceId"]
    _check_type(resource_type)
    _need_running_recorder(ctx)
    before = items.latest(ctx, resource_type, resource_id)
    if before is None or before["configurationItemStatus"] in DELETED_STATUSES:
        raise ServiceError("ValidationException", f"Resource {resource_id} of type {resource_type} is not recorded.")
    resource = Resource(
        resource_type=resource_type, resource_id=resource_id, region=ctx.region, name=before["resourceName"]
    )
    recording.record_state(ctx, resource, gone=True)
    return {}


OPERATIONS: dict[str, Operation] = {
    "PutResourceConfig": put_resource_config,
    "DeleteResourceConfig": delete_resource_config,
}


def _check_type(resource_type: str) -> None:
    if not _TYPE.fullmatch(resource_type) or resource_type.partition("::")[0].lower() in _RESERVED:
        raise ServiceError("ValidationException", f"The resource type '{resource_type}' is not a custom resource type.")


def _body(text: str) -> Document:
    """`Configuration` as an object. Raises ServiceError ValidationException."""
    try:
        size, body = len(text.encode()), loads(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ServiceError("ValidationException", "The configuration is not valid JSON.") from error
    if size > LARGEST:
        raise ServiceError("ValidationException", "The configuration must not exceed 64 KB.")
    if not isinstance(body, dict):
        raise ServiceError("ValidationException", "The configuration must be a JSON object.")
    return body


def _check_tags(tags: dict[str, str]) -> None:
    if len(tags) > _MOST_TAGS or any(
        not 1 <= len(key) <= _LONGEST_KEY or len(value) > _LONGEST_VALUE for key, value in tags.items()
    ):
        raise ServiceError(
            "ValidationException",
            f"A resource has at most {_MOST_TAGS} tags, with keys of 1 to {_LONGEST_KEY} characters and values of at"
            f" most {_LONGEST_VALUE}.",
        )


def _need_running_recorder(ctx: Context) -> None:
    recorder = recorder_state.of(ctx)
    if recorder is None or not recorder.recording:
        raise ServiceError(
            "NoRunningConfigurationRecorderException",
            "Configuration recorder is turned off. Turn on configuration recorder.",
        )


def _active(ctx: Context) -> int:
    """How many resources of customers' own types are there; their type names stand before and behind AWS's."""
    row = ctx.store.one(
        "SELECT (SELECT count(*) FROM inventory WHERE region = ? AND type < 'AWS::' AND deleted IS NULL)"
        " + (SELECT count(*) FROM inventory WHERE region = ? AND type > 'AWS:;' AND deleted IS NULL) AS number",
        (ctx.region, ctx.region),
    )
    return row["number"] if row else 0
