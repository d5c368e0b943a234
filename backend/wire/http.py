"""The local AWS over loopback HTTP: a bare ASGI application."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from typing import Protocol as Protocol_

from botocore.exceptions import UnknownServiceError

from backend.engine.context import Call, Caller
from backend.engine.engine import WorldOptions
from backend.engine.errors import ServiceError, not_implemented
from backend.model.item import Document
from backend.model.problem import Problem
from backend.wire import protocol as wire
from backend.wire.bodies import plain_body
from backend.wire.control import Control, is_control
from backend.wire.exchange import Reply, Request
from backend.wire.failures import Failure, failure
from backend.wire.local import LocalWorld
from backend.wire.routes import RestRoutes
from backend.wire.services import Address, Protocol, address
from backend.wire.validate import checked_input

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_OBJECT = 512 * 1024 * 1024
"""Bytes of a request that carries an object; a larger one goes up in parts."""

LARGEST_CALL = 8 * 1024 * 1024
"""Bytes of any other request; no service that the engine has takes more."""

_DROPPED = 64 * 1024 * 1024
"""Bytes beyond the largest request that are taken before the server hangs up."""

_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

log = logging.getLogger("configscope.wire")


class Answering(Protocol_):
    """Whoever answers AWS calls: a local world, or what stands in for one."""

    @property
    def options(self) -> WorldOptions: ...

    def answers(self, service: str, operation: str) -> bool:
        """Whether there is such an operation."""

    async def call(self, call: Call, *, here: bool = False) -> Document:
        """Answer one call. Raises `ServiceError`."""


class Application:
    """Answers AWS calls, and of a local world also the control paths of configscope."""

    def __init__(self, world: Answering) -> None:
        self._world = world
        self._control = Control(world) if isinstance(world, LocalWorld) else None
        self._models: dict[str, Any] = {}
        self._routes: dict[str, RestRoutes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = _request(scope)
        try:
            reply = _foreign(request) or await self._with_body(request, receive)
        except _HungUp:
            return  # half a request is none, and nobody waits for an answer
        await _send(reply, send)

    async def _with_body(self, head: Request, receive: Receive) -> Reply:
        where = address(head)
        objects = where.protocol is Protocol.REST_XML and not is_control(head)
        body = await _read(receive, LARGEST_OBJECT if objects else LARGEST_CALL)
        if body is None and objects:
            return _early(head, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400)
        if body is None:
            return _early(head, "RequestEntityTooLargeException", "The request is larger than any service takes", 413)
        request = Request(head.method, head.path, head.query_string, head.headers, body, head.peer)
        if self._control is not None and is_control(request):
            return await self._control.answer(request)
        # A form names its operation in its body; elsewhere the head has said it all.
        return await self._answer(request, where if where.protocol is Protocol.JSON else address(request))

    async def _answer(self, request: Request, where: Address) -> Reply:
        request_id = str(uuid.uuid4())
        model = self._model(where.service)
        try:
            return await self._call(request, where, model, request_id)
        except ServiceError as error:
            failed = failure(model, error)
        except Problem as problem:
            failed = Failure("ServiceUnavailable", "ServiceUnavailable", str(problem), 503, sender=False)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            failed = Failure("InternalFailure", "InternalFailure", "The local engine failed; see its log.", 500, False)
        return wire.refusal(where.protocol, model, failed, request, request_id)

    async def _call(self, request: Request, where: Address, model: Any, request_id: str) -> Reply:
        if not where.service:
            raise ServiceError("MissingAuthenticationToken", "The request names no service: it is not signed", 403)
        if model is None or where.protocol in (Protocol.CBOR, Protocol.OTHER):
            raise not_implemented(where.service, where.operation)
        request = plain_body(request, objects=where.protocol is Protocol.REST_XML)
        name = where.operation
        labels: dict[str, str] = {}
        if where.protocol is Protocol.REST_XML:
            found, labels = self._routes_of(where.service).find(request)
            name = found or f"{request.method} {request.path}"
        if not self._world.answers(where.service, name):
            raise not_implemented(where.service, name)
        operation = model.operation_model(name)
        params = wire.parse(where.protocol, operation, request, labels)
        call = Call(
            service=where.service,
            operation=name,
            params=checked_input(where.service, operation.input_shape, params),
            region=where.region or self._world.options.home_region,
            caller=Caller(where.access_key, request.peer, request.headers.get("user-agent", ""), request_id=request_id),
        )
        document = await self._world.call(call, here=True)
        return wire.answer(where.protocol, operation, document, request_id)

    def _model(self, service: str) -> Any:
        """The model of a service, read once; None for a service that AWS does not have."""
        if service not in self._models:
            try:
                self._models[service] = wire.service_model(service) if service else None
            except UnknownServiceError:
                return None
        return self._models[service]

    def _routes_of(self, service: str) -> RestRoutes:
        if service not in self._routes:
            self._routes[service] = RestRoutes(self._model(service))
        return self._routes[service]


def _request(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("utf-8", "surrogateescape")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    client = scope.get("client")
    return Request(
        method=scope["method"].upper(),
        path=scope["raw_path"].decode("latin-1"),
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        peer=client[0] if client else "127.0.0.1",
    )


def _foreign(request: Request) -> Reply | None:
    """Refuse what does not come from a program on this machine.

    A page in a browser may be made to talk to 127.0.0.1: under a name of its own (DNS rebinding: the Host is
    foreign) or straight across origins (there is an Origin). No AWS client sends either.
    """
    if not (request.host in _OWN_HOSTS or request.host.endswith(".localhost")):
        text = f"This is a local AWS on 127.0.0.1; it does not answer for the host '{request.host}'"
        return _early(request, "MisdirectedRequest", text, 421)
    if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return _early(request, "AccessDenied", "A local AWS does not answer to web pages", 403)
    return None


def _early(request: Request, code: str, message: str, status: int) -> Reply:
    """A refusal before the body was read."""
    where = address(request)
    return wire.refusal(where.protocol, None, Failure(code, code, message, status, True), request, str(uuid.uuid4()))


class _HungUp(Exception):
    """The client went before its request was whole."""


async def _read(receive: Receive, largest: int) -> bytes | None:
    """The whole body; None when it is larger than `largest` bytes. Raises `_HungUp`.

    Somewhat more is still taken, and dropped: a client reads its answer only when it has sent all.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUp
        part = message.get("body", b"")
        size += len(part)
        if size <= largest:
            parts.append(part)
        if not message.get("more_body") or size > largest + _DROPPED:
            return b"".join(parts) if size <= largest else None


async def _send(reply: Reply, send: Send) -> None:
    headers = {"content-length": str(len(reply.body)), **reply.headers}
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(name.encode("latin-1"), _header(value)) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": reply.body})


def _header(value: str) -> bytes:
    """A header value that cannot break out of its line."""
    return value.replace("\r", " ").replace("\n", " ").encode("utf-8", "surrogateescape")
