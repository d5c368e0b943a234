"""How something put for a whole organization comes to its accounts: in its own time, account by account.

What is put (a rule, a conformance pack) is kept in the management account's region it was put in. After a moment it is
made in the same region of every account that is not excluded; each account succeeds or fails by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from backend.engine.clock import Due
from backend.engine.config import organization, pages, roles, tagging
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps
from backend.model.item import Document
from backend.model.moment import SECOND, Moment, to_datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS organization_deployments (
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, kind, name)
) WITHOUT ROWID;
"""

PRINCIPAL = "config-multiaccountsetup.amazonaws.com"
"""The service that owns what is made in the accounts (reference: aws-config.md §9)."""

CREATE, UPDATE, DELETE = "CREATE", "UPDATE", "DELETE"
IN_PROGRESS, SUCCESSFUL, FAILED = "IN_PROGRESS", "SUCCESSFUL", "FAILED"

_START: Moment = 10 * SECOND
_LOOK: Moment = 5 * SECOND
"""From the call to the first account, and between two looks at how far they are; the service takes minutes."""

PAGE = 100
"""When no limit, or 0, is given (service model, CosmosPageLimit)."""


class Member(msgspec.Struct, omit_defaults=True):
    """How far one account is; `outcome` completes the name of a status: `CREATE_` and `SUCCESSFUL`."""

    outcome: str
    updated: Moment
    code: str = ""
    message: str = ""


class Deployment(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One thing put for the organization."""

    name: str
    suffix: str
    arn: str
    definition: Document
    excluded: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    """Accounts that had it and are excluded now."""
    phase: str = CREATE
    started: bool = False
    updated: Moment
    members: dict[str, Member] = {}

    @property
    def outcome(self) -> str:
        """How far all accounts are: one that is under way or failed decides."""
        found = {member.outcome for member in self.members.values()}
        return next((outcome for outcome in (IN_PROGRESS, FAILED) if outcome in found), SUCCESSFUL)

    def status(self, outcome: str) -> str:
        return f"{self.phase}_{outcome}"


class State(NamedTuple):
    """What there is of a deployment in an account: whether that is final, and what went wrong."""

    settled: bool
    code: str = ""
    message: str = ""


class Kind(NamedTuple):
    """What is deployed, by which members calls name it, and how it is done in one account.

    `member` holds its name in the organization, `status_member` the status of one account, `deployed_member` the name
    in the account. `deploy` and `withdraw` begin in the account of the context; they may raise `ServiceError`. `state`
    tells how far the account is.
    """

    name: str
    arn_prefix: str
    deployed_prefix: str
    no_such: str
    member: str
    status_member: str
    deployed_member: str
    deploy: Callable[[Context, Deployment], None]
    withdraw: Callable[[Context, Deployment], None]
    state: Callable[[Context, Deployment], State]

    @property
    def due(self) -> str:
        return f"config.organization.{self.name}"

    def deployed_name(self, deployment: Deployment) -> str:
        """What it is called in the accounts."""
        return f"{self.deployed_prefix}-{deployment.name}-{deployment.suffix}"


_BODY = msgspec.json.Decoder(Deployment)


def find(ctx: Context, kind: Kind, name: str) -> Deployment | None:
    """One by name; None when nothing of that name was put."""
    row = ctx.store.one(
        "SELECT body FROM organization_deployments WHERE region = ? AND kind = ? AND name = ?",
        (ctx.region, kind.name, name),
    )
    return _decode(row) if row else None


def everything(ctx: Context, kind: Kind) -> list[Deployment]:
    """All of a kind in the region by name."""
    rows = ctx.store.all(
        "SELECT body FROM organization_deployments WHERE region = ? AND kind = ? ORDER BY name", (ctx.region, kind.name)
    )
    return [_decode(row) for row in rows]


def named(ctx: Context, kind: Kind, name: str) -> Deployment:
    """One by name. Raises the `no_such` ServiceError of its kind."""
    found = find(ctx, kind, name)
    if found is None:
        raise _no_such(kind)
    return found


def asked(ctx: Context, kind: Kind, params: Document) -> Deployment:
    """The one a call names. Raises the refusals of `organization.need_access` and of `named`."""
    organization.need_access(ctx)
    return named(ctx, kind, params[kind.member])


def has_room(ctx: Context, kind: Kind, name: str, most: int) -> bool:
    """Whether one of this name may be put where no more than `most` may be."""
    return find(ctx, kind, name) is not None or len(everything(ctx, kind)) < most


def chosen(ctx: Context, kind: Kind, operation: str, params: Document) -> tuple[list[Deployment], Document]:
    """Those that a call names, or a page of all; with them the NextToken member, if there is more.

    Raises the refusals of `organization.need_access` and of `named`.
    """
    organization.need_access(ctx)
    names = params.get(f"{kind.member}s")
    if names:
        return [named(ctx, kind, name) for name in dict.fromkeys(names)], {}
    limit = params.get("Limit") or PAGE
    [behind] = pages.after(ctx, operation, params.get("NextToken")) or [""]
    found = [deployment for deployment in everything(ctx, kind) if deployment.name > behind]
    return pages.cut(ctx, operation, found, limit, lambda deployment: [deployment.name])


def put(ctx: Context, kind: Kind, name: str, definition: Document, params: Document) -> Deployment:
    """Begin to deploy something new, or to bring the accounts to a changed definition; tags count at creation only.

    The account gets the service-linked role for that when it has none (aws-config.md §9).
    Raises ServiceError ResourceInUseException while the accounts are still busy with it.
    """
    known = find(ctx, kind, name)
    if known is not None:
        _refuse_busy(known)
    suffix = known.suffix if known else ctx.ids.lower(8)
    excluded = tuple(dict.fromkeys(params.get("ExcludedAccounts") or ()))
    deployment = Deployment(
        name=name,
        suffix=suffix,
        arn=known.arn if known else ctx.arn("config", f"{kind.arn_prefix}/{name}-{suffix}"),
        definition=definition,
        excluded=excluded,
        leaving=tuple(account for account in known.members if account in excluded) if known else (),
        phase=UPDATE if known else CREATE,
        updated=ctx.now,
    )
    roles.service_role(
        ctx, "AWSServiceRoleForConfigMultiAccountSetup", "AWSConfigMultiAccountSetupPolicy", principal=PRINCIPAL
    )
    if known is None:
        tagging.tag_new(ctx, deployment.arn, params.get("Tags") or ())
    accounts = [account for account in organization.members(ctx) if account not in excluded]
    _begin(ctx, kind, deployment, accounts)
    return deployment


def delete(ctx: Context, kind: Kind, params: Document) -> None:
    """Begin to take what a call names away from all accounts.

    Raises ServiceError ResourceInUseException, and the refusals of `asked`.
    """
    deployment = asked(ctx, kind, params)
    _refuse_busy(deployment)
    deployment.phase = DELETE
    _begin(ctx, kind, deployment, deployment.members)


def _refuse_busy(deployment: Deployment) -> None:
    if deployment.outcome == IN_PROGRESS:
        raise ServiceError(
            "ResourceInUseException",
            f"{deployment.name} is {deployment.status(IN_PROGRESS)}. Try again when that is complete.",
        )


def _begin(ctx: Context, kind: Kind, deployment: Deployment, accounts: Iterable[str]) -> None:
    deployment.started, deployment.updated = False, ctx.now
    deployment.members = {account: Member(IN_PROGRESS, ctx.now) for account in accounts}
    _save(ctx, kind, deployment)
    ctx.clock.schedule(ctx.now + _START, kind.due, ctx.region, deployment.name)


def advance(ctx: Context, kind: Kind, due: Due) -> None:
    """What happens when something is due: the accounts begin, or one looks how far they are."""
    deployment = find(ctx, kind, due.key)
    if deployment is None:
        return
    if not deployment.started:
        deployment.started = True
        _start(ctx, kind, deployment)
    for account, member in deployment.members.items():
        if member.outcome == IN_PROGRESS:
            state = kind.state(ctx.in_account(account), deployment)
            if state.settled:
                _settle(member, ctx.now, state.code, state.message)
    if deployment.outcome == IN_PROGRESS:
        ctx.clock.schedule(due.at + _LOOK, kind.due, ctx.region, deployment.name)
    elif deployment.status(deployment.outcome) == f"{DELETE}_{SUCCESSFUL}":
        _forget(ctx, kind, deployment)
        return
    else:
        deployment.updated = ctx.now
    _save(ctx, kind, deployment)


def _start(ctx: Context, kind: Kind, deployment: Deployment) -> None:
    """Let every account begin; what one cannot do does not keep the others."""
    for account in deployment.leaving:
        kind.withdraw(ctx.in_account(account), deployment)
    deployment.leaving = ()
    begin = kind.withdraw if deployment.phase == DELETE else kind.deploy
    for account, member in deployment.members.items():
        try:
            with ctx.store.savepoint():
                begin(ctx.in_account(account), deployment)
        except ServiceError as refusal:
            _settle(member, ctx.now, refusal.code, refusal.message)


def _settle(member: Member, now: Moment, code: str, message: str) -> None:
    member.outcome, member.updated = FAILED if code else SUCCESSFUL, now
    member.code, member.message = code, message


def _save(ctx: Context, kind: Kind, deployment: Deployment) -> None:
    ctx.store.run(
        "INSERT OR REPLACE INTO organization_deployments VALUES (?, ?, ?, ?)",
        (ctx.region, kind.name, deployment.name, dumps(deployment)),
    )


def _forget(ctx: Context, kind: Kind, deployment: Deployment) -> None:
    tagging.forget(ctx, deployment.arn)
    ctx.store.run(
        "DELETE FROM organization_deployments WHERE region = ? AND kind = ? AND name = ?",
        (ctx.region, kind.name, deployment.name),
    )


def statuses(
    ctx: Context, kind: Kind, operation: str, params: Document, status_member: str
) -> tuple[list[Document], Document]:
    """How far those are that a call names, or a page of all; with them the NextToken member, if there is more."""
    found, token = chosen(ctx, kind, operation, params)
    told: list[Document] = [
        {
            kind.member: deployment.name,
            status_member: deployment.status(deployment.outcome),
            **_first_failure(deployment),
            "LastUpdateTime": to_datetime(deployment.updated),
        }
        for deployment in found
    ]
    return told, token


def detailed(ctx: Context, kind: Kind, operation: str, params: Document) -> tuple[list[Document], Document]:
    """The accounts of a deployment with their status, narrowed and cut as a call asks."""
    deployment = asked(ctx, kind, params)
    filters: Document = params.get("Filters") or {}
    [behind] = pages.after(ctx, operation, params.get("NextToken")) or [""]
    found: list[Document] = [
        {
            "AccountId": account,
            kind.deployed_member: kind.deployed_name(deployment),
            kind.status_member: deployment.status(member.outcome),
            **_told(member),
        }
        for account, member in sorted(deployment.members.items())
        if account > behind
        and filters.get("AccountId") in (None, account)
        and filters.get(kind.status_member) in (None, deployment.status(member.outcome))
    ]
    return pages.cut(ctx, operation, found, params.get("Limit") or PAGE, lambda told: [told["AccountId"]])


def _told(member: Member) -> Mapping[str, object]:
    return {
        **({"ErrorCode": member.code} if member.code else {}),
        **({"ErrorMessage": member.message} if member.message else {}),
        "LastUpdateTime": to_datetime(member.updated),
    }


def _first_failure(deployment: Deployment) -> Document:
    """Code and message of the first account that failed, as the status of the whole tells them."""
    for account, member in sorted(deployment.members.items()):
        if member.outcome == FAILED:
            return {"ErrorCode": member.code, "ErrorMessage": f"{account}: {member.message}"}
    return {}


def _no_such(kind: Kind) -> ServiceError:
    what = kind.arn_prefix.replace("-", " ")
    return ServiceError(
        kind.no_such,
        f"One or more {what}s with specified names are not present. Ensure your names are correct and try your request "
        "again later.",
    )


def _decode(row: Row) -> Deployment:
    return _BODY.decode(row["body"])
