"""The engine: one door for every AWS call, and the passing of time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from backend.engine.accounts import Accounts, account_ids, region_names
from backend.engine.clock import Clock, Due, Time
from backend.engine.context import Call, Caller, Context, OnChange, World
from backend.engine.errors import ServiceError, not_implemented
from backend.engine.ids import Ids
from backend.engine.store import Store, Together
from backend.model.item import Document
from backend.model.moment import Moment

Operation: TypeAlias = Callable[[Context, Document], Document]
"""Takes the input of the service model, returns its output or raises `ServiceError`."""

DueHandler: TypeAlias = Callable[[Context, Due], None]

ACCOUNTS_FOLDER = "accounts"
"""Where in a world's folder the accounts beside the main one are, each in a folder named by its id."""


@dataclass(frozen=True)
class WorldOptions:
    """What a new world is made from."""

    start: Moment
    """The simulated moment at which the world is handed over (its past lies before)."""
    seed: int = 1
    account: str = "696686700433"
    home_region: str = "ap-southeast-1"
    resources: int = 300
    """About how many resources the main account has, and each of the others a fifth of it; 0 leaves them empty."""
    past_days: int = 14
    lenient: bool = False
    accounts: int = 1
    """How many accounts there are; with several, the main one is the management account of their organization."""
    regions: int = 2
    """In how many regions an estate is set up, home among them."""


@dataclass(frozen=True)
class Parts:
    """The tables of what the engine can do, put together in `backend.engine.parts`."""

    schemas: tuple[str, ...]
    operations: Mapping[str, Mapping[str, Operation]]
    due: Mapping[str, DueHandler]
    record_call: Callable[[Context, Call, Document | None, ServiceError | None], None]
    check_fault: Callable[[Context, Call], None]
    on_change: OnChange
    """Told of every change of the estate; AWS Config listens here."""
    knows_key: Callable[[World, str], bool]
    """Whether an access key belongs to an account."""


class Engine:
    """A local AWS. Synchronous; used from one thread; time moves only through `advance`."""

    def __init__(self, folder: Path | None, options: WorldOptions, parts: Parts) -> None:
        self._parts = parts
        self._options = options
        self._together = Together()
        self.store = Store(folder, parts.schemas, self._together)
        """That of the main account."""
        self.new = self.store.meta("account") is None
        self._time = Time(self.store.meta("now", options.start))
        self._home_region: str = self.store.meta("home_region", options.home_region)
        regions = options.regions if self.new else WorldOptions.regions
        self._regions = tuple(self.store.meta("regions", region_names(self._home_region, regions)))
        self.accounts = Accounts()
        main = self.store.meta("account", options.account)
        self.world = self._account(main, self.store)
        """The main account."""
        try:
            for other in self.store.meta("accounts", account_ids(main, options.accounts) if self.new else (main,))[1:]:
                place = None if folder is None else folder / ACCOUNTS_FOLDER / other
                self._account(other, Store(place, parts.schemas, self._together))
        except BaseException:
            self.close()
            raise
        self.revision = 0
        """Counts the writes of this process, so that a watcher can tell that something changed."""

    @property
    def now(self) -> Moment:
        return self._time.now

    def context(self, region: str | None = None, caller: Caller | None = None, account: str | None = None) -> Context:
        """A place in an account (the main one) and a region (home). Raises `KeyError` for an account that is none."""
        world = self.world if account is None else self.accounts[account]
        return Context(world, region or self._home_region, caller or Caller())

    def call(self, call: Call) -> Document:
        """Answer one call in one transaction. Raises `ServiceError`; a refusal is recorded in the trail too."""
        context = Context(self._account_of(call.caller), call.region, call.caller)
        operation = self._parts.operations.get(call.service, {}).get(call.operation)
        if operation is None:
            raise not_implemented(call.service, call.operation)
        # What a read leaves is its trace in the trail: nothing to undo, and not worth a wait for the disk.
        reads = is_read(call.operation)
        with self._step(context.world, flush=not reads):
            answer: Document | None = None
            refusal: ServiceError | None = None
            try:
                # Outside of the savepoint: a fault that strikes so many times counts down even as it strikes.
                self._parts.check_fault(context, call)
                with contextlib.nullcontext() if reads else context.store.savepoint():
                    answer = operation(context, call.params)
            except ServiceError as error:
                refusal = error
            self._parts.record_call(context, call, answer, refusal)
        if not reads and call.operation not in _CONSUMING:
            self.revision += 1
        if refusal is not None:
            raise refusal
        return answer or {}

    def act(
        self,
        change: Callable[[Context], None],
        region: str | None = None,
        caller: Caller | None = None,
        account: str | None = None,
    ) -> None:
        """Run a change of the world that is no API call (scenarios, the builder) in one transaction."""
        context = self.context(region, caller, account)
        with self._step(context.world):
            change(context)
        self.revision += 1

    def found(self) -> None:
        """Write down which accounts and regions a new world has; from then on it is not new any more."""
        self.store.set_meta("account", self.world.account)
        self.store.set_meta("home_region", self._home_region)
        self.store.set_meta("accounts", self.accounts.ids)
        self.store.set_meta("regions", self._regions)

    def next_due(self) -> Moment | None:
        """When something happens next in any account."""
        if len(self.accounts) == 1:
            return self.world.clock.next_due()
        return min((at for at, _ in self._queue()), default=None)

    def advance(self, until: Moment, limit: int | None = None) -> bool:
        """Let what is due up to `until` happen, each at its own time; true when all of it has.

        With `limit` at most that many things happen, so that a caller can go on in bites.
        """
        done = 0
        while limit is None or done < limit:
            at, world = min(self._queue(), key=_moment, default=(until + 1, self.world))
            if at > until:
                with self._step(self.world):
                    self.world.clock.move(until)
                    for other in self.accounts.others(self.world):
                        if other.store.unflushed:
                            other.store.join()
                            other.clock.save()
                return True
            # Nobody was told of it yet: the disk is waited for at the end, or by the first call that is answered.
            with self._step(world, flush=False):
                world.clock.move(at)
                due = world.clock.take(at)
                if due is not None:
                    handler = self._parts.due[due.kind]
                    handler(self.context(due.region or None, account=world.account), due)
            self.revision += 1
            done += 1
        return False

    def close(self) -> None:
        for world in self.accounts:
            world.store.close()

    def _account(self, account: str, store: Store) -> World:
        world = World(
            store=store,
            clock=Clock(store, self._time.now, self._time),
            ids=Ids(store, self._options.seed, "" if store is self.store else account),
            account=account,
            home_region=self._home_region,
            on_change=self._parts.on_change,
            accounts=self.accounts,
            regions=self._regions,
            lenient=self._options.lenient,
        )
        self.accounts.add(world)
        return world

    def _account_of(self, caller: Caller) -> World:
        """The account that a call is made in: the one its access key means or is known to, else the main one."""
        key = caller.access_key
        if len(self.accounts) == 1 or not key:
            return self.world
        if key in self.accounts:
            return self.accounts[key]
        return next((world for world in self.accounts if self._parts.knows_key(world, key)), self.world)

    def _queue(self) -> Iterator[tuple[Moment, World]]:
        """What each account waits for next; of two at the same moment the earlier account's comes first."""
        for world in self.accounts:
            at = world.clock.next_due()
            if at is not None:
                yield at, world

    def _step(self, world: World, *, flush: bool = True) -> _Step:
        return _Step(world, flush)


class _Step:
    """A transaction begun in one account that carries clock and identifiers with it, forward or back."""

    def __init__(self, world: World, flush: bool) -> None:
        self._world = world
        self._transaction = world.store.transaction(flush=flush)

    def __enter__(self) -> None:
        self._before = self._world.clock.now
        self._transaction.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            for world in self._world.accounts:
                if world is self._world or world.store.changed:
                    world.clock.save()
                    world.ids.save()
        try:
            self._transaction.__exit__(kind, error, trace)
        finally:
            if error is not None:
                self._world.clock.now = self._before
                for world in self._world.accounts:
                    world.clock.reload()
                    world.ids.reload()


def _moment(waiting: tuple[Moment, World]) -> Moment:
    return waiting[0]


_CONSUMING = frozenset({"ReceiveMessage", "DeleteMessage", "DeleteMessageBatch"})
"""Writes that a watcher itself makes; counting them would wake it for ever."""

_READS = ("Describe", "Get", "List", "BatchGet", "Select", "Lookup", "Head", "Test", "Filter")


def is_read(operation: str) -> bool:
    """Whether an operation only reads, by AWS's naming (reference: CloudTrail's readOnly)."""
    return operation.startswith(_READS)
