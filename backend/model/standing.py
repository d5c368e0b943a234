"""How a resource stands: its state, and whether anybody still needs it (INV-01 to INV-03)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from backend.model.exposure import exposed
from backend.model.item import ConfigurationItem, Document, Json, ResourceKey
from backend.model.moment import Moment
from backend.model.spelling import read_tags


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A resource in a line: what an inventory is sorted, counted and filtered by."""

    key: ResourceKey
    name: str
    region: str
    account: str
    tags: dict[str, str]
    state: str
    """In the resource's own word (`running`, `in-use`, `Active`); empty for types that have none."""
    idle: str = ""
    """Why it may be no longer needed, in a few words; empty for what is in use, or cannot be told."""
    exposed: str = ""
    """What its own settings leave open, in a few words (RUL-14); empty when nothing is seen in them."""
    zone: str = ""
    status: str = ""
    """The status of the item (`OK`, `ResourceDiscovered`)."""
    captured: Moment = 0
    created: Moment | None = None
    links: tuple[ResourceKey, ...] = ()
    """What its recorded links lead to; where a link names no id, the name stands for it."""


def standing(item: ConfigurationItem) -> Standing:
    """How a resource stands by its newest item; tags also out of the body, where only that could be read."""
    body = item.configuration if isinstance(item.configuration, dict) else {}
    tags = item.tags or read_tags(next((body[name] for name in ("tags", "tagSet", "Tags") if body.get(name)), None))
    return Standing(
        key=item.key,
        name=tags.get("Name") or item.label,
        region=item.region,
        account=item.account_id,
        tags=tags,
        state="deleted" if item.deleted else state_of(body),
        idle="" if item.deleted else _idle(item, body),
        exposed="" if item.deleted else exposed(item, body),
        zone=item.availability_zone or "",
        status=item.status,
        captured=item.capture_time,
        created=item.creation_time,
        links=tuple(
            ResourceKey(link.resource_type, link.resource_id or link.resource_name or "") for link in item.relationships
        ),
    )


def tally(standings: Iterable[Standing], by: str) -> dict[str, int]:
    """How many there are of each `type`, `region`, `account`, `state`, or value of a tag (`tag:Team`), most first.

    Resources without the tag, or without a state, are counted under the empty text. Raises `KeyError` for any other
    word.
    """
    tag = by.removeprefix("tag:")
    told = _BY[by] if tag == by else lambda found: found.tags.get(tag, "")
    counted = Counter(told(found) for found in standings)
    return dict(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))


_BY: Mapping[str, Callable[[Standing], str]] = {
    "type": lambda found: found.key.resource_type,
    "region": lambda found: found.region,
    "account": lambda found: found.account,
    "state": lambda found: found.state,
}

_STATES = ("state", "State", "status", "Status", "dBInstanceStatus", "tableStatus", "keyState", "stackStatus")
"""The members that hold a state, in the spellings of the types."""
_WRAPPED = ("name", "code", "value")
"""The members that it is in where it is wrapped."""


def state_of(body: Document) -> str:
    """The word for its state in the body of a resource; empty where there is none."""
    return state_in(map(body.get, _STATES))


def state_in(values: Iterable[Json]) -> str:
    """The first word for a state; some types wrap it (`{"code": 16, "name": "running"}`)."""
    for value in values:
        if not value:
            continue
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            for inner in _WRAPPED:
                if isinstance(word := value.get(inner), str):
                    if word:
                        return word
                    break
    return ""


def _idle(item: ConfigurationItem, body: Document) -> str:
    told = _IDLE.get(item.resource_type)
    return told(item, body) if told and body else ""


def _stopped(_item: ConfigurationItem, body: Document) -> str:
    return "stopped" if state_of(body) == "stopped" else ""


def _unattached(_item: ConfigurationItem, body: Document) -> str:
    return "" if body.get("attachments") or body.get("attachment") else "attached to nothing"


def _unused_address(_item: ConfigurationItem, body: Document) -> str:
    return "" if body.get("associationId") or body.get("instanceId") or body.get("networkInterfaceId") else "unused"


def _no_member(_item: ConfigurationItem, body: Document) -> str:
    return "" if body.get("instances") else "has no instances"


def _unattached_policy(_item: ConfigurationItem, body: Document) -> str:
    return "attached to nobody" if body.get("attachmentCount") == 0 else ""


def _empty_group(item: ConfigurationItem, _body: Document) -> str:
    return "" if any(link.resource_type == "AWS::IAM::User" for link in item.relationships) else "has no users"


def _unusable_key(_item: ConfigurationItem, body: Document) -> str:
    state = state_of(body)
    return "" if state in ("", "Enabled") else f"is {state}"


_IDLE: Mapping[str, Callable[[ConfigurationItem, Document], str]] = {
    "AWS::EC2::Instance": _stopped,
    "AWS::RDS::DBInstance": _stopped,
    "AWS::EC2::Volume": _unattached,
    "AWS::EC2::NetworkInterface": _unattached,
    "AWS::EC2::EIP": _unused_address,
    "AWS::AutoScaling::AutoScalingGroup": _no_member,
    "AWS::IAM::Policy": _unattached_policy,
    "AWS::IAM::Group": _empty_group,
    "AWS::KMS::Key": _unusable_key,
}
"""Types of which their own item tells whether they are in use."""

IDLE_TYPES = frozenset(_IDLE)
"""Types of which `Standing.idle` can tell something."""
