"""AWS calls without a socket: clients of a session are answered by a local world.

botocore asks its `before-call` handlers whether they have the answer already. Ours always has: it takes the
parameters as the caller gave them, has the engine answer, and returns what a parsed response would be.
"""

from __future__ import annotations

import asyncio
import io
import os
import uuid
from collections.abc import Iterable
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.response import AioStreamingBody
from aiobotocore.session import AioSession

from backend.engine.context import Call, Caller
from backend.engine.errors import ServiceError, not_implemented
from backend.model.item import Document
from backend.wire.failures import failure
from backend.wire.local import LocalWorld
from backend.wire.validate import checked_input

_NOWHERE: dict[str, tuple[str | None, str | None, str | None, None]] = {
    "profile": (None, None, None, None),
    "region": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
    "data_path": (None, None, None, None),
}
"""Settings that must not leak in from the person's AWS configuration: a local world works without any."""

_PARAMS = "configscope_params"


def local_session(world: LocalWorld, access_key: str) -> AioSession:
    """A session whose clients are answered by the world; needs no credentials, configuration or network."""
    session = AioSession(session_vars=_NOWHERE)
    session.set_credentials(access_key, "local")
    session.set_default_client_config(AioConfig(ignore_configured_endpoint_urls=True))
    session.register("before-parameter-build", _remember)
    session.register("before-call", _Answering(world, access_key))
    return session


def warm_up(session: AioSession, services: Iterable[str]) -> None:
    """Create and drop a client of each service, so that the next creation takes milliseconds.

    For a thread beside the screen: the first client of a session costs 200 ms, most of it reading models
    (performance.md §7), and they stay with the session.
    """

    async def create() -> None:
        for service in services:
            async with session.create_client(service, region_name="us-east-1"):
                pass

    asyncio.run(create())


def _remember(params: Document, context: Document, **_: Any) -> None:
    """Keep the parameters: `before-call` sees only the request made of them."""
    context[_PARAMS] = params


class _Answering:
    """The handler of `before-call`."""

    def __init__(self, world: LocalWorld, access_key: str) -> None:
        self._world = world
        self._access_key = access_key

    async def __call__(self, model: Any, params: Document, context: Document, **_: Any) -> tuple[_Response, Document]:
        service_model = model.service_model
        service: str = service_model.service_name
        try:
            if not self._world.answers(service, model.name):
                raise not_implemented(service, model.name)
            call = Call(
                service=service,
                operation=model.name,
                params=checked_input(service, model.input_shape, context[_PARAMS]),
                region=context["client_region"],
                caller=Caller(access_key=self._access_key, user_agent=params["headers"].get("User-Agent", "")),
            )
            answer = await self._world.call(call)
        except ServiceError as error:
            return _refused(service_model, model, error)
        return _answered(model, answer)


class _Response:
    """As much of an HTTP response as botocore looks at after `before-call`."""

    raw = None
    """None tells botocore's own handlers that there is no body left to parse."""

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.headers: dict[str, str] = {}


def _answered(model: Any, answer: Document) -> tuple[_Response, Document]:
    status = 206 if "ContentRange" in answer else model.http.get("responseCode", 200)
    body = model.get_streaming_output() if model.has_streaming_output else None
    if body is not None:
        data = answer.get(_payload_name(model)) or b""
        answer = {**answer, _payload_name(model): AioStreamingBody(_RawBody(data), len(data))}
    return _Response(status), {**answer, "ResponseMetadata": _metadata(status)}


def _refused(service_model: Any, model: Any, error: ServiceError) -> tuple[_Response, Document]:
    failed = failure(service_model, error)
    # The answer to a HEAD has no body, so that clients know the status only (around-config.md §0).
    head = model.http.get("method") == "HEAD"
    details: Document = {"Code": str(failed.status) if head else failed.code, "Message": failed.message}
    if "awsQueryCompatible" in service_model.metadata:
        details |= {"QueryErrorCode": failed.shape, "Type": "Sender" if failed.sender else "Receiver"}
    elif service_model.protocol == "query":
        details["Type"] = "Sender" if failed.sender else "Receiver"
    return _Response(failed.status), {"Error": details, "ResponseMetadata": _metadata(failed.status)}


def _payload_name(model: Any) -> str:
    name: str = model.output_shape.serialization["payload"]
    return name


def _metadata(status: int) -> Document:
    return {"RequestId": str(uuid.uuid4()), "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}


class _RawBody:
    """The stream below an `AioStreamingBody`, over bytes that are already here."""

    url = "local:"

    def __init__(self, data: bytes) -> None:
        self._size = len(data)
        self._stream = io.BytesIO(data)
        self.content = self

    async def read(self, amount: int = -1) -> bytes:
        return self._stream.read(amount)

    def at_eof(self) -> bool:
        return self._stream.tell() >= self._size

    def close(self) -> None:
        self._stream.close()
