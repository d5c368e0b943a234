"""What an engine operation gets beside its input: who calls, where, and the world it acts on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from backend.engine.accounts import Accounts
from backend.engine.clock import Clock
from backend.engine.ids import Ids
from backend.engine.store import Store
from backend.model.item import Document
from backend.model.moment import Moment

if TYPE_CHECKING:
    from backend.engine.world.estate import Resource

LOOPBACK_ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Caller:
    """Who makes a call.

    Callers over the wire have an access key; services acting on their own have `service`
    (`config.amazonaws.com`); scenario actors name an IAM `user` or a `role` with session name.
    """

    access_key: str = ""
    source_ip: str = LOOPBACK_ADDRESS
    user_agent: str = "configscope"
    service: str = ""
    user: str = ""
    role: str = ""
    account: str = ""
    """The account the caller belongs to where that is not the context's own."""
    request_id: str = ""
    """The id the wire answers with; the trail draws one for calls that come without."""


@dataclass(frozen=True)
class Call:
    """One AWS API call, its input in the shape of the service model (botocore's `service_name`)."""

    service: str
    operation: str
    params: Document
    region: str
    caller: Caller = field(default_factory=Caller)


OnChange: TypeAlias = "Callable[[Context, Resource | None, Resource | None], None]"
"""Called with the resource before and after a change; None for "was not there" and "is gone"."""


@dataclass(frozen=True)
class World:
    """One account: the parts every operation in it shares."""

    store: Store
    clock: Clock
    ids: Ids
    account: str
    home_region: str
    on_change: OnChange
    accounts: Accounts
    """All accounts of the same world, this one among them."""
    regions: tuple[str, ...]
    """Where the world is set up, home first; calls elsewhere find an account on its first day."""
    lenient: bool = False

    @property
    def is_main(self) -> bool:
        return self.accounts.main is self


@dataclass(frozen=True)
class Context:
    """A world seen from one call: its region and caller."""

    world: World
    region: str
    caller: Caller

    @property
    def store(self) -> Store:
        return self.world.store

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def ids(self) -> Ids:
        return self.world.ids

    @property
    def account(self) -> str:
        return self.world.account

    @property
    def now(self) -> Moment:
        return self.world.clock.now

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ids of all accounts of this world, the main one first."""
        return self.world.accounts.ids

    def in_account(self, account: str, region: str | None = None) -> Context:
        """The same caller in another account, and in another region if one is named.

        What is written there belongs to the running transaction. Raises `KeyError` for an account that the world
        does not have.
        """
        world = self.world.accounts[account]
        world.store.join()
        home = self.caller.account or self.account
        caller = replace(self.caller, account="" if home == account else home)
        return Context(world, region or self.region, caller)

    def owner_of(self, arn: str) -> Context:
        """The account that an ARN names, where the world has it; else this one."""
        account = "".join(arn.split(":")[4:5])
        if account == self.account or account not in self.world.accounts:
            return self
        return self.in_account(account)

    @property
    def calling_account(self) -> str:
        """The account that the caller belongs to."""
        return self.caller.account or self.account

    def within(self, region: str) -> Context:
        """The same caller in another region."""
        return replace(self, region=region)

    def as_service(self, service: str) -> Context:
        """The same region, with a service (`config`) as caller."""
        name = f"{service}.amazonaws.com"
        return replace(self, caller=Caller(source_ip=name, user_agent=name, service=name))

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """`arn:aws:<service>:<region>:<account>:<resource>`; pass region="" for global services."""
        return f"arn:aws:{service}:{self.region if region is None else region}:{self.account}:{resource}"
