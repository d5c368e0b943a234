"""The organization of a world: its accounts, of which the main one is the management account.

A world with one account is in no organization. There are no delegated administrators: nobody registered one.
"""

from __future__ import annotations

from backend.engine.context import Context
from backend.engine.errors import ServiceError


def members(ctx: Context) -> tuple[str, ...]:
    """The accounts of the organization, the management account first; none without one."""
    return ctx.accounts if len(ctx.accounts) > 1 else ()


def need_management(ctx: Context) -> None:
    """Let only the management account put something for all members.

    Raises ServiceError NoAvailableOrganizationException or OrganizationAccessDeniedException.
    """
    if not members(ctx):
        raise ServiceError(
            "NoAvailableOrganizationException",
            "Organization is no longer available. Make sure that your account is part of an AWS Organization.",
        )
    if ctx.account != members(ctx)[0]:
        raise ServiceError(
            "OrganizationAccessDeniedException",
            "This action can only be made by the AWS Organization's management account or a delegated administrator "
            "account.",
        )


def need_access(ctx: Context) -> None:
    """Let only the management account see and remove what was put for all members.

    Raises ServiceError OrganizationAccessDeniedException, also without an organization (aws-samples/aws2tf#86).
    """
    if not members(ctx):
        raise ServiceError(
            "OrganizationAccessDeniedException", "This action can only be made by accounts in an AWS Organization"
        )
    need_management(ctx)
