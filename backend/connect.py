"""The one place that knows all ways to AWS Config: a target in, a connection out.

Everything heavy is imported when a connection is opened, so that importing this module costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import msgspec

from backend.model.address import S3Address
from backend.model.clock import ClockState, ScenarioInfo
from backend.model.item import Document
from backend.model.moment import Moment
from backend.model.problem import BadInput, Missing

if TYPE_CHECKING:
    from backend.client.bucket_files import Fetched
    from backend.client.session import Session
    from backend.model.compliance import HandlerOutcome
    from backend.wire.local import LocalWorld
    from backend.wire.open import WorldChoice

Progress: TypeAlias = Callable[[str, float], None]
"""Told what is being done and how much of it is (0 to 1); called on the loop that opened the connection."""

AWS_WATCH_SECONDS = 30.0
"""How often a view of AWS is asked to look again, unless the target says otherwise."""

LOCAL_WATCH_SECONDS = 0.3
"""The shortest time between two notices of a local world."""

STREAM_QUEUE = "configscope-stream"
"""The queue in the home region of a local world that feeds the stream pane."""

LOCAL_ACCESS_KEY = "AKIALOCALCONFIGSCOPE"
"""The access key of the explorer's own calls to a local world."""

DEFAULT_PORT = 4566

_SERVICES = ("config", "s3", "sqs", "sts", "cloudtrail")
"""What the explorer calls."""


class Target(msgspec.Struct, frozen=True):
    """What to look at: a local world (the default), AWS or a compatible endpoint, or files."""

    kind: Literal["local", "aws", "files"] = "local"

    world: str = "default"
    memory: bool = False
    empty: bool = False
    speed: float = 1.0
    resources: int | None = None
    seed: int = 1
    lenient: bool = False
    accounts: int | None = None
    regions: int | None = None
    account: str | None = None
    """Which account of a local world is looked at; None: its main one."""
    start: Moment | None = None
    worlds_folder: Path | None = None
    serve_port: int | None = None
    """Answer on this loopback port as well."""
    handlers: Path | None = None
    """A folder with handlers of custom rules to run; they call back on loopback. None: nothing is run."""
    handler_seconds: float | None = None
    """How long a call of a handler may take; None: as its function has it."""
    deploy_rules: bool = False
    """Put the rules that RDK folders among the handlers describe."""

    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    stream_queue: str | None = None
    """The queue that feeds the stream on AWS; on a local world the builder's."""

    watch_seconds: float = AWS_WATCH_SECONDS
    """Time between two looks at AWS; a local world tells each change itself."""

    files: tuple[Path | S3Address, ...] = ()
    no_cache: bool = False
    rules: tuple[Path, ...] = ()
    """Files of rules that the files are judged by."""
    """True: no index of large files is kept, or looked for, in the cache folder."""
    bucket_of: Target | None = None
    """Where the buckets among the files are: in AWS, or (None) in the default local world."""
    largest: int | None = None
    """Bytes that each file may inflate to; None: the usual limits."""

    read_only: bool | None = None
    """None: writes are allowed on a local world, refused on AWS."""

    @property
    def refuses_writes(self) -> bool:
        return self.kind != "local" if self.read_only is None else self.read_only


class ServeOptions(msgspec.Struct, frozen=True):
    """What `configscope serve` is started with: a local target and a port (0: any free one)."""

    target: Target = msgspec.field(default_factory=Target)
    port: int = DEFAULT_PORT


class ClockControl(Protocol):
    """The clock of a local world. All methods raise `Problem`."""

    async def state(self) -> ClockState: ...

    async def pause(self) -> None: ...

    async def resume(self) -> None: ...

    async def set_speed(self, speed: float) -> None: ...

    async def jump(self, milliseconds: Moment) -> None:
        """Move on; returns when all that was due on the way has happened."""

    async def scenarios(self) -> list[ScenarioInfo]: ...

    async def play(self, name: str) -> None:
        """Put the steps of a scenario on the clock."""


class Connection(msgspec.Struct):
    """An open way to AWS Config."""

    session: Session
    label: str
    """What is looked at, in a few words: `local · default`, `aws · audit · eu-central-1`, `snapshot.json.gz`."""
    read_only: bool
    clock: ClockControl | None = None
    """None where time cannot be held: AWS and files."""
    url: str | None = None
    """Where a local world answers on loopback, if it does."""
    files: tuple[Path, ...] = ()
    """The files that are looked at; those of a bucket as they were downloaded."""
    remarks: tuple[str, ...] = ()
    """What was left out of a bucket, a sentence each; the session tells it too, with what the files hold besides."""
    _ticks: Callable[[], AsyncGenerator[None, None]] | None = None
    _world: LocalWorld | None = None

    async def try_handler(
        self,
        file: Path,
        item: Document | None,
        parameters: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
    ) -> HandlerOutcome:
        """As `try_handler` of this module; a local world answers what the handler asks of other services."""
        return await try_handler(file, item, parameters, timeout=timeout, under=self._world)

    def watch(self) -> AsyncGenerator[None, None]:
        """Yields whenever the data may have changed; end it by closing the iterator or cancelling."""
        return _never() if self._ticks is None else self._ticks()


@contextlib.asynccontextmanager
async def open(target: Target, progress: Progress | None = None) -> AsyncIterator[Connection]:  # noqa: A001
    """Open a target and close it again. Raises `Problem` for whatever cannot be reached, read or used."""
    opening = {"local": _open_local, "aws": _open_aws, "files": _open_files}[target.kind]
    async with opening(target, progress) as connection:
        yield connection


async def try_handler(
    file: Path,
    item: Document | None,
    parameters: Mapping[str, str] | None = None,
    *,
    timeout: float | None = None,
    under: LocalWorld | None = None,
) -> HandlerOutcome:
    """Call the Lambda handler of a file, or of an RDK folder, once on an item (None: on its schedule); keeps nothing.

    The handler runs in a process of its own, as behind a rule. `timeout` is in seconds; None: what its function has.
    Raises `BadInput` for a file without a handler; whatever else goes wrong is in the outcome.
    """
    from backend.wire.handlers import trying

    now = under.now() if under is not None else round(time.time() * 1000)
    return await trying.try_handler(file, item, parameters, now=now, under=under, timeout=timeout)


def serve(options: ServeOptions) -> int:
    """Run `configscope serve` until it is told to stop; the exit code."""
    from backend.wire import serve as server

    target = options.target
    return server.serve(
        server.ServeOptions(_choice(target), options.port, target.handlers, target.handler_seconds, target.deploy_rules)
    )


@contextlib.asynccontextmanager
async def _open_local(target: Target, progress: Progress | None) -> AsyncIterator[Connection]:
    await asyncio.to_thread(_import_local)  # 400 ms that would stop the screen
    from backend.client.api import Api
    from backend.client.opening import sign_in
    from backend.wire.inprocess import local_session, warm_up
    from backend.wire.open import open_world

    if target.region is not None:
        await asyncio.to_thread(_check_region, target.region)  # before the world is made, as below: fail early
    async with contextlib.AsyncExitStack() as stack:
        found = None
        if target.handlers is not None:
            from backend.wire.handlers.finding import find

            found = await asyncio.to_thread(find, target.handlers)
        listener = None
        if target.serve_port is not None or found is not None:
            listener = await asyncio.to_thread(_listen, target.serve_port or 0)
            stack.callback(listener.close)
        world = await open_world(_choice(target), _on_this_loop(progress))
        stack.push_async_callback(world.close)
        region = target.region or world.options.home_region
        other = await _other_account(world, target.account)
        has_stream = region == world.options.home_region and not target.empty and other is None
        calls = local_session(world, other or LOCAL_ACCESS_KEY)
        await asyncio.to_thread(warm_up, calls, _SERVICES)
        api = Api(calls, region, read_only=target.refuses_writes)
        session = await sign_in(
            api,
            stream_queue=STREAM_QUEUE if has_stream else None,
            journal=world.place.folder / "stream.jsonl" if world.place else None,
            now=world.now,
        )
        stack.push_async_callback(session.close)
        url = None
        if listener is not None:
            from backend.wire.server import Beside

            beside = Beside(world, listener)
            stack.push_async_callback(beside.close)
            url = beside.url
        remarks: tuple[str, ...] = ()
        if found is not None and url is not None:
            from backend.wire.handlers.runner import Runner, Terms

            runner = await Runner.open(
                world, url, found, Terms(timeout=target.handler_seconds, deploy_rules=target.deploy_rules)
            )
            stack.push_async_callback(runner.close)
            remarks = runner.complaints
        yield Connection(
            session=session,
            label=f"local · {world.name or ('empty' if target.empty else 'memory')}",
            read_only=target.refuses_writes,
            clock=_LocalClock(world),
            url=url,
            remarks=remarks,
            _ticks=lambda: _changes(world),
            _world=world,
        )


@contextlib.asynccontextmanager
async def _open_aws(target: Target, progress: Progress | None) -> AsyncIterator[Connection]:
    if progress:
        progress("Signing in", 0.0)
    await asyncio.to_thread(_import_aws)
    from backend.client.api import Api
    from backend.client.credentials import aws_session, region_of
    from backend.client.journal import journal_path
    from backend.client.opening import sign_in

    credentials = aws_session(target.profile, target.role_arn, target.endpoint_url, target.region)
    region = region_of(credentials, target.region)
    api = Api(credentials, region, read_only=target.refuses_writes, endpoint_url=target.endpoint_url)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(api.close)
        queue = target.stream_queue
        journal = journal_path(_file_name(target.profile or "default", region, queue)) if queue else None
        session = await sign_in(api, stream_queue=queue, journal=journal)
        where = target.endpoint_url or "aws"
        yield Connection(
            session=session,
            label=" · ".join(filter(None, (where, target.profile, region))),
            read_only=target.refuses_writes,
            _ticks=lambda: _every(target.watch_seconds),
        )


@contextlib.asynccontextmanager
async def _open_files(target: Target, progress: Progress | None) -> AsyncIterator[Connection]:
    if not target.files:
        raise BadInput("No file was named")
    await asyncio.to_thread(_import_files)
    from backend.client.files import open_files
    from backend.files.cache import Cache

    found = await fetch(target, progress)
    cache = None if target.no_cache else Cache()
    session = await open_files(
        *found.paths, cache=cache, largest=target.largest, remarks=found.remarks, rules=target.rules
    )
    try:
        yield Connection(
            session=session,
            label=_label(target.files),
            read_only=True,
            files=tuple(found.paths),
            remarks=tuple(found.remarks),
        )
    finally:
        await session.close()


async def fetch(target: Target, progress: Progress | None = None) -> Fetched:
    """The files of a target in the order in which they were named, those in buckets downloaded.

    Raises `Problem` where a bucket cannot be looked into, or has no such files.
    """
    from backend.client.bucket_files import Fetched, fetch

    found = Fetched()
    async with contextlib.AsyncExitStack() as stack:
        buckets: Session | None = None
        for file in target.files:
            if isinstance(file, Path):
                found.paths.append(file)
                continue
            if buckets is None:
                buckets = (await stack.enter_async_context(open(target.bucket_of or Target(), progress))).session
            assert buckets.snapshots is not None
            one = await fetch(buckets.snapshots, file, progress or _silent)
            found.paths += one.paths
            found.remarks += one.remarks
    return found


def _silent(what: str, part: float) -> None:
    return None


def _label(files: Sequence[Path | S3Address]) -> str:
    from backend.files.source import called

    names = " · ".join(called(file) if isinstance(file, Path) else str(file) for file in files[:2])
    return names if len(files) <= 2 else f"{len(files):,} files"


def _file_name(*parts: str) -> str:
    return "-".join(re.sub(r"[^A-Za-z0-9._-]+", "_", part) for part in parts)


def _choice(target: Target) -> WorldChoice:
    from backend.wire.open import WorldChoice

    return WorldChoice(
        name=target.world,
        memory=target.memory,
        empty=target.empty,
        resources=target.resources,
        seed=target.seed,
        lenient=target.lenient,
        accounts=target.accounts,
        regions=target.regions,
        speed=target.speed,
        start=target.start,
        parent=target.worlds_folder,
    )


def _import_files() -> None:
    import backend.client.files  # noqa: F401


def _import_local() -> None:
    import backend.client.opening
    import backend.wire.inprocess
    import backend.wire.open  # noqa: F401


async def _other_account(world: LocalWorld, wanted: str | None) -> str | None:
    """The account that is looked at where it is not the main one; its id is an access key to it as well.

    Raises `Missing` for an account that the world does not have.
    """
    main, *others = await world.run(lambda engine: engine.accounts.ids)
    if wanted in (None, main):
        return None
    if wanted not in others:
        raise Missing(
            f"The world has no account {wanted}",
            f"it has {', '.join((main, *others))}",
            "" if others else "--accounts gives a new world several",
        )
    return wanted


def _check_region(region: str) -> None:
    """Raises `BadInput` for a word that is no region of AWS: a local world answers in all of them, even if empty."""
    from botocore.session import Session as BotoSession

    known = BotoSession().get_available_regions("config")
    if region not in known:
        near = [name for name in known if name.split("-")[0] == region.split("-")[0]]
        raise BadInput(f"There is no region {region}", f"near it are {', '.join(near)}" if near else "")


def _listen(port: int) -> socket.socket:
    from backend.wire.server import listen

    return listen(port)


def _import_aws() -> None:
    import backend.client.credentials
    import backend.client.opening  # noqa: F401


def _on_this_loop(progress: Progress | None) -> Progress | None:
    """The same callback, called on the running loop from whatever thread."""
    if progress is None:
        return None
    loop = asyncio.get_running_loop()

    def tell(what: str, part: float) -> None:
        loop.call_soon_threadsafe(progress, what, part)

    return tell


class _LocalClock:
    """`ClockControl` over a local world."""

    def __init__(self, world: LocalWorld) -> None:
        self.state = world.clock
        self.pause = world.pause
        self.resume = world.resume
        self.set_speed = world.set_speed
        self.jump = world.jump
        self.scenarios = world.scenarios
        self.play = world.play


async def _changes(world: LocalWorld) -> AsyncGenerator[None, None]:
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(changed.set)

    end = world.watch(tell)
    try:
        while True:
            await changed.wait()
            changed.clear()
            yield
            await asyncio.sleep(LOCAL_WATCH_SECONDS)
    finally:
        end()


async def _every(seconds: float) -> AsyncGenerator[None, None]:
    while True:
        await asyncio.sleep(seconds)
        yield


async def _never() -> AsyncGenerator[None, None]:
    await asyncio.Event().wait()
    yield
