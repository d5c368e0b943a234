"""Reading a configuration item in any spelling it is met in.

There are three (reference: `ConfigurationItem` of the API model, the files of formats 1.2 and 1.3, and the sample of
format 1.0 in the developer guide); they are not kept apart strictly, because files met in practice mix them.
What is odd is taken, what is missing stays empty: only an item without type and id is refused.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from backend.model import moment
from backend.model.item import ConfigurationItem, Document, Json, Relationship, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import BadInput

_YEAR_1, _YEAR_10000 = -62_135_596_800_000, 253_402_300_800_000
"""What can be shown as a date."""

_CAPTURE_TIME = ("configurationItemCaptureTime",)
_VERSION = ("configurationItemVersion", "version", "snapshotVersion")
_ACCOUNT = ("awsAccountId", "accountId")
_ARN = ("ARN", "arn")
_STATE_ID = ("configurationStateId", "configurationStateID", "configurationItemState")
_MD5 = ("configurationStateMd5Hash", "configurationItemMD5Hash")
_ZONE = ("availabilityZone", "availibilityZone")
_LINK_NAME = ("name", "relationshipName")
_TAG_KEY = ("key", "Key", "tagName", "TagKey")
_TAG_VALUE = ("value", "Value", "tagValue", "TagValue")


def read_item(document: Document) -> ConfigurationItem:
    """The item that a JSON object spells (format 1.0 to 1.3, message, or answer of the API; X-02, ITM-21).

    Raises `BadInput` when it is not a JSON object with `resourceType` and `resourceId`.
    """
    if not is_item(document):
        raise BadInput("This is no configuration item", "it lacks a resourceType or a resourceId")
    return ConfigurationItem(
        resource_type=_text(document.get("resourceType")),
        resource_id=_text(document.get("resourceId")),
        resource_name=_text(document.get("resourceName")) or None,
        arn=_text(_first(document, _ARN)) or None,
        account_id=_text(_first(document, _ACCOUNT)),
        region=_text(document.get("awsRegion")),
        availability_zone=_text(_first(document, _ZONE)) or None,
        status=_text(document.get("configurationItemStatus")) or "OK",
        version=_text(_first(document, _VERSION)),
        capture_time=read_moment(_first(document, _CAPTURE_TIME)) or 0,
        creation_time=read_moment(document.get("resourceCreationTime")),
        state_id=_text(_first(document, _STATE_ID)),
        md5=_text(_first(document, _MD5)),
        related_events=tuple(_text(event) for event in _list(document.get("relatedEvents"))),
        relationships=read_relationships(document.get("relationships")),
        configuration=_unpack(document.get("configuration")),
        supplementary=_supplementary(document),
        tags=read_tags(document.get("tags")),
    )


def is_item(document: Json) -> bool:
    """Whether a JSON value names a resource, and so can be read as an item."""
    return isinstance(document, dict) and bool(document.get("resourceType")) and bool(document.get("resourceId"))


def read_moment(value: Json) -> Moment | None:
    """A time in any of the spellings, epoch seconds included; None for what is absent, empty or no time of ours."""
    if value is None or isinstance(value, bool) or not isinstance(value, (str, int, float, datetime)):
        return None
    try:
        found = moment.parse(value)
    except (ValueError, OverflowError):
        return None
    return found if _YEAR_1 <= found < _YEAR_10000 else None


def read_relationships(value: Json) -> tuple[Relationship, ...]:
    """The links of an item; the direction, where there is one, in upper case (REL-03)."""
    return tuple(
        Relationship(
            name=_text(_first(link, _LINK_NAME)),
            resource_type=_text(link.get("resourceType")),
            resource_id=_text(link.get("resourceId")) or None,
            resource_name=_text(link.get("resourceName")) or None,
            direction=_text(link.get("direction")).upper() or None,
        )
        for link in _list(value)
        if isinstance(link, dict)
    )


def read_tags(value: Json) -> dict[str, str]:
    """Tags from a map, or from a list of key and value in any of the spellings inside configurations (ITM-15)."""
    if isinstance(value, dict):
        return {_text(key): _text(text) for key, text in value.items()}
    return {
        _text(_first(tag, _TAG_KEY)): _text(_first(tag, _TAG_VALUE))
        for tag in _list(value)
        if isinstance(tag, dict) and _first(tag, _TAG_KEY) is not None
    }


def same_type(one: str, other: str) -> bool:
    """Whether two spellings name the same resource type (`AWS::EC2::SUBNET`; REL-08)."""
    return one.casefold() == other.casefold()


def fold(key: ResourceKey) -> ResourceKey:
    """The key under which all spellings of a resource meet."""
    return ResourceKey(key.resource_type.casefold(), key.resource_id)


def _first(document: Document, names: tuple[str, ...]) -> Json:
    for name in names:
        value = document.get(name)
        if value is not None:
            return value
    return None


def _text(value: Json) -> str:
    """Text as it stands; a number or anything else in its JSON form, so that nothing is lost."""
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _unpack(value: Json) -> Json:
    """A body that the API sends as JSON text; text that is no JSON stays text."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def _supplementary(document: Document) -> Document:
    """Each value unpacked once where the API packed it; in files a text value (AccessControlList) is meant as text."""
    value = document.get("supplementaryConfiguration")
    if not isinstance(value, dict):
        return {}
    if "configurationItemVersion" in document:
        return value
    return {name: _unpack(part) for name, part in value.items()}
