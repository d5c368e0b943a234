"""Configuration items and what they hold."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import msgspec

from backend.model.moment import Moment

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict with str keys."""

Document: TypeAlias = dict[str, Json]
"""A JSON object, in the spelling of the place it comes from."""

DELETED_STATUSES = frozenset({"ResourceDeleted", "ResourceDeletedNotRecorded"})


class ResourceKey(NamedTuple):
    """What names a resource inside one account and region."""

    resource_type: str
    resource_id: str


class PlacedKey(ResourceKey):
    """The same for where several accounts or regions are looked at together, and more than one has such a resource.

    Two of them are the same resource only where their places are; a key without a place may mean any of them.
    """

    account: str
    region: str

    def __new__(cls, key: ResourceKey, account: str, region: str) -> PlacedKey:
        self = super().__new__(cls, *key)
        self.account, self.region = account, region
        return self

    @property
    def place(self) -> tuple[str, str]:
        return self.account, self.region

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PlacedKey) and self.place != other.place:
            return False
        return tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = ResourceKey.__hash__


class Relationship(msgspec.Struct, frozen=True, gc=False):
    """One link of an item; it may name its target by id, by name, or both."""

    name: str
    resource_type: str
    resource_id: str | None = None
    resource_name: str | None = None
    direction: str | None = None
    derived: bool = False
    """True when the link was inferred by configscope from `configuration`, not recorded by AWS Config."""
    found_at: str = ""
    """Where in the item a derived link was found (`LaunchTemplateData.SecurityGroupIds`)."""


class ConfigurationItem(msgspec.Struct, kw_only=True):
    """One resource at one moment, whatever spelling it was read from (ITM-01, ITM-06, X-02)."""

    resource_type: str
    resource_id: str
    resource_name: str | None = None
    arn: str | None = None
    account_id: str = ""
    region: str = ""
    availability_zone: str | None = None
    status: str = "OK"
    version: str = "1.3"
    capture_time: Moment = 0
    creation_time: Moment | None = None
    state_id: str = ""
    md5: str = ""
    related_events: tuple[str, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    configuration: Json = None
    supplementary: Document = {}
    tags: dict[str, str] = {}

    @property
    def key(self) -> ResourceKey:
        return ResourceKey(self.resource_type, self.resource_id)

    @property
    def deleted(self) -> bool:
        return self.status in DELETED_STATUSES

    @property
    def label(self) -> str:
        """The name a person knows it by: the Name tag, the resource name, or the id."""
        return self.tags.get("Name") or self.resource_name or self.resource_id


class ResourceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the inventory: enough to list, filter and select a resource."""

    resource_type: str
    resource_id: str
    resource_name: str | None = None
    region: str = ""
    deletion_time: Moment | None = None

    @property
    def key(self) -> ResourceKey:
        return ResourceKey(self.resource_type, self.resource_id)

    @property
    def label(self) -> str:
        return self.resource_name or self.resource_id
