"""Verdicts, and what a check gets to see before it gives one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias

from backend.engine.config import items
from backend.engine.config.rules import account
from backend.engine.context import Context
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document, Json

COMPLIANT = "COMPLIANT"
NON_COMPLIANT = "NON_COMPLIANT"
NOT_APPLICABLE = "NOT_APPLICABLE"
INSUFFICIENT_DATA = "INSUFFICIENT_DATA"

ANNOTATION_LIMIT = 256
"""Characters (service model, StringWithCharLimit256)."""


class Verdict(NamedTuple):
    """What a rule says of a resource; the annotation says why."""

    compliance: str
    annotation: str = ""


FINE = Verdict(COMPLIANT)


def bad(reason: str) -> Verdict:
    """Non-compliant, with a reason cut to what the service takes."""
    if len(reason) > ANNOTATION_LIMIT:
        reason = reason[: ANNOTATION_LIMIT - 1] + "…"
    return Verdict(NON_COMPLIANT, reason)


def out_of_scope(reason: str = "") -> Verdict:
    """The rule has nothing to say of this resource as it is now."""
    return Verdict(NOT_APPLICABLE, reason)


class AccountView:
    """The account and region as checks see them, beyond the item at hand."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    @property
    def region(self) -> str:
        return self._ctx.region

    @property
    def account(self) -> str:
        return self._ctx.account

    def fact(self, name: str) -> Json:
        """A fact of `account.FACTS`."""
        return account.fact(self._ctx, name)

    def items(self, resource_type: str) -> Iterator[Document]:
        """The newest items of live resources of a type, as recorded."""
        return items.live(self._ctx, resource_type)

    def resources(self, resource_type: str) -> Iterator[Resource]:
        """Resources of a type in every region as they are now, recorded or not."""
        return estate.everywhere(self._ctx, resource_type)

    @cached_property
    def public_access_block(self) -> Document:
        """The account's S3 public access block; empty when none was set."""
        for resource in self.resources("AWS::S3::AccountPublicAccessBlock"):
            if isinstance(resource.configuration, dict):
                return resource.configuration
        return {}


Parameters: TypeAlias = Mapping[str, str]
"""A rule's input parameters with the defaults filled in."""

ItemCheck: TypeAlias = Callable[[Document, Parameters, AccountView], Verdict]
"""Judges one configuration item (file spelling)."""

AccountCheck: TypeAlias = Callable[[AccountView, Parameters], Verdict]
"""Judges the account as a whole."""
