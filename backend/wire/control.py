"""The controls of a local world beside its AWS calls, in JSON below `/_configscope`.

| request                                  | what it does                                                       |
|------------------------------------------|--------------------------------------------------------------------|
| GET health                               | says that the world lives: name, accounts, regions (home first)    |
| GET state                                | time, speed, number of writes, size of each account, faults        |
| POST clock `{"advance": "6h"}`           | moves on; answers when all that was due on the way has happened    |
| POST clock `{"speed": 60}`, `{"paused": true}` | how time passes from now on                                  |
| GET scenarios, POST scenarios `{"name"}` | what can be played; play one                                       |
| GET, POST, DELETE faults                 | what fails on request; `backend.engine.config.faults` has the list |
| GET outbox                               | mail, SMS, push and web requests that would have left the engine   |
| POST reset                               | makes the world afresh                                             |
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from backend.engine.around import outbox
from backend.engine.config import faults
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.model.item import Document, Json
from backend.model.moment import DAY, HOUR, MINUTE, SECOND, Moment, to_iso
from backend.model.problem import BadInput, Missing, Problem
from backend.wire.exchange import Reply, Request
from backend.wire.local import LocalWorld

PATH = "/_configscope"
"""No bucket can have this name, so no S3 path begins with it."""

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")

_Handler: TypeAlias = Callable[[Request], Awaitable[Json]]

log = logging.getLogger("configscope.wire")


def is_control(request: Request) -> bool:
    return request.path == PATH or request.path.startswith(f"{PATH}/")


class Control:
    """Answers the control paths of one world."""

    def __init__(self, world: LocalWorld) -> None:
        self._world = world
        self._handlers: dict[tuple[str, str], _Handler] = {
            ("GET", "health"): self._health,
            ("GET", "state"): self._state,
            ("POST", "clock"): self._clock,
            ("GET", "scenarios"): self._scenarios,
            ("POST", "scenarios"): self._play,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._inject,
            ("DELETE", "faults"): self._mend,
            ("GET", "outbox"): self._outbox,
            ("POST", "reset"): self._reset,
        }

    async def answer(self, request: Request) -> Reply:
        """The reply to a control request; errors are `{"error": sentence}` with a 4xx or 5xx status."""
        name = request.path.removeprefix(PATH).strip("/")
        handler = self._handlers.get((request.method, name))
        if handler is None:
            known = sorted({path for _, path in self._handlers})
            methods = [method for method, path in self._handlers if path == name]
            if methods:
                return _json(405, {"error": f"{PATH}/{name} takes {' and '.join(methods)}."})
            return _json(404, {"error": f"There is no {request.path}. There are: {', '.join(known)}."})
        try:
            return _json(200, await handler(request))
        except (BadInput, ServiceError) as error:
            return _json(400, {"error": error.message if isinstance(error, ServiceError) else str(error)})
        except Missing as problem:
            return _json(404, {"error": str(problem)})
        except Problem as problem:
            return _json(503, {"error": str(problem)})
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return _json(500, {"error": "The local engine failed; see its log."})

    async def _health(self, request: Request) -> Json:
        def look(engine: Engine) -> Document:
            return {
                "status": "ok",
                "account": engine.world.account,
                "region": engine.world.home_region,
                "accounts": engine.accounts.ids,
                "regions": engine.world.regions,
            }

        return {**await self._world.run(look), "world": self._world.name}

    async def _state(self, request: Request) -> Json:
        clock = await self._world.clock()
        return {
            "now": to_iso(clock.now),
            "speed": clock.speed,
            "paused": clock.paused,
            "revision": await self._world.run(lambda engine: engine.revision),
            "accounts": await self._world.run(_accounts),
            "faults": await self._faults(request),
        }

    async def _clock(self, request: Request) -> Json:
        wanted = _body(request, _ClockChange)
        if wanted.speed is not None:
            await self._world.set_speed(wanted.speed)
        if wanted.paused is not None:
            await (self._world.pause() if wanted.paused else self._world.resume())
        if wanted.advance is not None:
            await self._world.jump(_duration(wanted.advance))
        return await self._state(request)

    async def _scenarios(self, request: Request) -> Json:
        return msgspec.to_builtins(await self._world.scenarios())

    async def _play(self, request: Request) -> Json:
        name = _body(request, _ScenarioChoice).name
        await self._world.play(name)
        return {"playing": name}

    async def _faults(self, request: Request) -> Json:
        return await self._world.run(lambda engine: _of_all(engine, faults.listing))

    async def _inject(self, request: Request) -> Json:
        """In every account, or in the one that the fault names."""
        spec = _body(request, dict[str, Any])
        account = spec.pop("account", None)

        def inject(engine: Engine) -> None:
            if account not in (None, *engine.accounts.ids):
                raise BadInput(f"There is no account {account}", f"there are {', '.join(engine.accounts.ids)}")
            for each in engine.accounts.ids:
                if account in (None, each):
                    engine.act(lambda ctx: faults.inject(ctx, spec), account=each)

        await self._world.run(inject)
        return await self._faults(request)

    async def _mend(self, request: Request) -> Json:
        name = request.query.get("name")

        def mend(engine: Engine) -> None:
            for each in engine.accounts.ids:
                engine.act(lambda ctx: faults.clear(ctx, name), account=each)

        await self._world.run(mend)
        return await self._faults(request)

    async def _outbox(self, request: Request) -> Json:
        return await self._world.run(lambda engine: _of_all(engine, outbox.listing))

    async def _reset(self, request: Request) -> Json:
        await self._world.reset()
        return await self._state(request)


def _of_all(engine: Engine, listing: Callable[[Context], Sequence[msgspec.Struct]]) -> list[Document]:
    """What is listed of each account, told apart by it."""
    return [
        {"account": account, **msgspec.to_builtins(each)}
        for account in engine.accounts.ids
        for each in listing(engine.context(account=account))
    ]


def _accounts(engine: Engine) -> list[Document]:
    """How large each account is, and when something happens in it next."""
    found: list[Document] = []
    for world in engine.accounts:
        due = world.clock.next_due()
        resources = estate.count(engine.context(account=world.account))
        found.append({"account": world.account, "resources": resources, "next": None if due is None else to_iso(due)})
    return found


class _ClockChange(msgspec.Struct, forbid_unknown_fields=True):
    advance: str | float | None = None
    """Seconds, or a duration such as "6h" or "1d12h"."""
    speed: float | None = None
    paused: bool | None = None


class _ScenarioChoice(msgspec.Struct, forbid_unknown_fields=True):
    name: str


def _body(request: Request, kind: Any) -> Any:
    try:
        return msgspec.json.decode(request.body or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"{request.path} cannot be asked so", str(error)) from error


def _duration(text: str | float) -> Moment:
    """Milliseconds of a duration given in seconds or as "1d12h". Raises `BadInput`."""
    if isinstance(text, (int, float)):
        length = text * SECOND
    elif _DURATION.fullmatch(text):
        length = sum(float(number) * _UNITS[unit] for number, unit in _PIECE.findall(text))
    else:
        raise BadInput(f"{text!r} is no duration", "a duration is a number of seconds, or like 30m, 6h, 1d12h")
    if not 0 <= length <= 3660 * DAY:
        raise BadInput(f"The clock cannot move on by {text}", "it moves forward, at most ten years at a time")
    return round(length)


def _json(status: int, value: Json) -> Reply:
    return Reply(status, {"content-type": "application/json"}, msgspec.json.encode(value) + b"\n")
