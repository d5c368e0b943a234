"""The account and region as checks see them, beyond the item at hand."""

from __future__ import annotations

from collections.abc import Iterator

from backend.engine.config import items
from backend.engine.config.rules import account
from backend.engine.context import Context
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import DELETED_STATUSES, Document, Json
from backend.model.moment import Moment, to_iso
from backend.rules.facts import ORGANIZATION
from backend.rules.verdict import Keyed


class AccountView(Keyed):
    """One account in one region at one moment (`backend.rules.verdict.Surroundings`)."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.region = ctx.region

    @property
    def account(self) -> str:
        return self._ctx.account

    @property
    def now(self) -> Moment:
        return self._ctx.clock.last

    def fact(self, name: str) -> Json:
        """A fact of `backend.rules.facts`."""
        if name == ORGANIZATION:
            accounts = self._ctx.accounts
            return accounts[0] if len(accounts) > 1 else account.fact(self._ctx, name)
        return account.fact(self._ctx, name)

    def items(self, resource_type: str) -> Iterator[Document]:
        """The newest items of live resources of a type, as recorded."""
        return items.live(self._ctx, resource_type)

    def recorded(self, resource_type: str, resource_id: str) -> Document | None:
        """The newest item of one resource of the region, if it is there."""
        item = items.latest(self._ctx, resource_type, resource_id)
        return None if item is None or item["configurationItemStatus"] in DELETED_STATUSES else item

    def resources(self, resource_type: str) -> Iterator[Document]:
        """Resources of a type in every region as they are now, recorded or not."""
        return map(self._as_item, estate.everywhere(self._ctx, resource_type))

    def _as_item(self, resource: Resource) -> Document:
        return {
            "resourceType": resource.resource_type,
            "resourceId": resource.resource_id,
            "resourceName": resource.name,
            "ARN": resource.arn,
            "awsAccountId": self._ctx.account,
            "awsRegion": resource.region,
            "availabilityZone": resource.zone,
            "configurationItemStatus": "OK",
            "resourceCreationTime": to_iso(resource.created) if resource.created is not None else None,
            "configuration": resource.configuration,
            "supplementaryConfiguration": resource.supplementary,
            "tags": resource.tags,
            "relationships": [
                {
                    "resourceType": link.resource_type,
                    "resourceId": link.resource_id,
                    "resourceName": link.resource_name,
                    "name": link.name,
                }
                for link in resource.links
            ],
        }
