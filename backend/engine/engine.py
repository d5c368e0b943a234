"""The engine: one door for every AWS call, and the passing of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from backend.engine.clock import Clock, Due
from backend.engine.context import Call, Caller, Context, OnChange, World
from backend.engine.errors import ServiceError, not_implemented
from backend.engine.ids import Ids
from backend.engine.store import Store
from backend.model.item import Document
from backend.model.moment import Moment

Operation: TypeAlias = Callable[[Context, Document], Document]
"""Takes the input of the service model, returns its output or raises `ServiceError`."""

DueHandler: TypeAlias = Callable[[Context, Due], None]


@dataclass(frozen=True)
class WorldOptions:
    """What a new world is made from."""

    start: Moment
    """The simulated moment at which the world is handed over (its past lies before)."""
    seed: int = 1
    account: str = "696686700433"
    home_region: str = "ap-southeast-1"
    resources: int = 300
    """About how many resources the estate has; 0 leaves the account empty."""
    past_days: int = 14
    lenient: bool = False


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


class Engine:
    """A local AWS. Synchronous; used from one thread; time moves only through `advance`."""

    def __init__(self, folder: Path | None, options: WorldOptions, parts: Parts) -> None:
        self._parts = parts
        self.store = Store(folder, parts.schemas)
        self.new = self.store.meta("account") is None
        clock = Clock(self.store, options.start)
        ids = Ids(self.store, options.seed)
        self.world = World(
            store=self.store,
            clock=clock,
            ids=ids,
            account=self.store.meta("account", options.account),
            home_region=self.store.meta("home_region", options.home_region),
            lenient=options.lenient,
            on_change=parts.on_change,
        )
        self.revision = 0
        """Counts the writes of this process, so that a watcher can tell that something changed."""

    @property
    def now(self) -> Moment:
        return self.world.clock.now

    def context(self, region: str | None = None, caller: Caller | None = None) -> Context:
        return Context(self.world, region or self.world.home_region, caller or Caller())

    def call(self, call: Call) -> Document:
        """Answer one call in one transaction. Raises `ServiceError`; a refusal is recorded in the trail too."""
        context = self.context(call.region, call.caller)
        operation = self._parts.operations.get(call.service, {}).get(call.operation)
        if operation is None:
            raise not_implemented(call.service, call.operation)
        with self._step():
            answer: Document | None = None
            refusal: ServiceError | None = None
            try:
                with self.store.savepoint():
                    self._parts.check_fault(context, call)
                    answer = operation(context, call.params)
            except ServiceError as error:
                refusal = error
            self._parts.record_call(context, call, answer, refusal)
        if not is_read(call.operation) and call.operation not in _CONSUMING:
            self.revision += 1
        if refusal is not None:
            raise refusal
        return answer or {}

    def act(self, change: Callable[[Context], None], region: str | None = None, caller: Caller | None = None) -> None:
        """Run a change of the world that is no API call (scenarios, the builder) in one transaction."""
        with self._step():
            change(self.context(region, caller))
        self.revision += 1

    def advance(self, until: Moment, limit: int | None = None) -> bool:
        """Let what is due up to `until` happen, each at its own time; true when all of it has.

        With `limit` at most that many things happen, so that a caller can go on in bites.
        """
        done = 0
        while limit is None or done < limit:
            at = self.world.clock.next_due()
            if at is None or at > until:
                with self._step():
                    self.world.clock.move(until)
                return True
            with self._step():
                self.world.clock.move(at)
                due = self.world.clock.take(at)
                if due is not None:
                    handler = self._parts.due[due.kind]
                    handler(self.context(due.region or None), due)
            self.revision += 1
            done += 1
        return False

    def close(self) -> None:
        self.store.close()

    def _step(self) -> _Step:
        return _Step(self)


class _Step:
    """A transaction that carries clock and identifiers with it, forward or back."""

    def __init__(self, engine: Engine) -> None:
        self._world = engine.world
        self._transaction = engine.store.transaction()

    def __enter__(self) -> None:
        self._before = self._world.clock.now
        self._transaction.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        clock, ids = self._world.clock, self._world.ids
        if error is None:
            clock.save()
            ids.save()
        try:
            self._transaction.__exit__(kind, error, trace)
        finally:
            if error is not None:
                clock.now = self._before
                clock.reload()
                ids.reload()


_CONSUMING = frozenset({"ReceiveMessage", "DeleteMessage", "DeleteMessageBatch"})
"""Writes that a watcher itself makes; counting them would wake it for ever."""

_READS = ("Describe", "Get", "List", "BatchGet", "Select", "Lookup", "Head", "Test")


def is_read(operation: str) -> bool:
    """Whether an operation only reads, by AWS's naming (reference: CloudTrail's readOnly)."""
    return operation.startswith(_READS)
