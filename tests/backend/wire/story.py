"""One story a service: its operations called once each, and whether what they say survives the wire."""

from __future__ import annotations

import asyncio
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from backend.engine.context import Call, Caller
from backend.engine.parts import local_aws
from backend.model.item import Document
from backend.wire import protocol as wire
from backend.wire.local import LocalWorld
from backend.wire.services import Protocol
from backend.wire.validate import checked_input, output_faults

ACCOUNT = "696686700433"
REGION = "ap-southeast-1"

_PROTOCOLS = {"s3": Protocol.REST_XML, "sns": Protocol.QUERY, "sts": Protocol.QUERY}
_READERS = {Protocol.REST_XML: "rest-xml", Protocol.QUERY: "query", Protocol.JSON: "json"}
_NOT_MODELLED = {"GetBucketLocation"}
"""Answers that clients read with code of their own."""


class Story:
    """Calls of one service, each checked on its way in and out."""

    def __init__(self, world: LocalWorld, service: str) -> None:
        self.told: set[str] = set()
        self._world = world
        self._service = service
        self._model = wire.service_model(service)

    def __call__(self, operation: str, caller: Caller | None = None, /, **params: Any) -> Document:
        self.told.add(operation)
        model = self._model.operation_model(operation)
        checked = checked_input(self._service, model.input_shape, params)
        answer = asyncio.run(self._world.call(Call(self._service, operation, checked, REGION, caller or Caller())))
        assert output_faults(model.output_shape, answer) == [], operation
        if operation not in _NOT_MODELLED:
            assert self._over_the_wire(model, answer) == _without_empties(answer), operation
        return answer

    def _over_the_wire(self, model: Any, answer: Document) -> Any:
        protocol = _PROTOCOLS.get(self._service, Protocol.JSON)
        reply = wire.answer(protocol, model, answer, "00000000-0000-0000-0000-000000000000")
        response = {"body": reply.body, "headers": HeadersDict(reply.headers), "status_code": reply.status}
        parsed = create_parser(_READERS[protocol]).parse(response, model.output_shape)
        parsed.pop("ResponseMetadata")
        if "Body" in parsed:
            parsed["Body"] = reply.body  # clients read it as a stream, past the parser
        return _without_empties(parsed)

    @property
    def untold(self) -> set[str]:
        return set(local_aws().operations[self._service]) - self.told

    def pass_time(self, milliseconds: int) -> None:
        asyncio.run(self._world.jump(milliseconds))


def _without_empties(value: Any) -> Any:
    """XML has no empty lists, and JSON's are tested elsewhere."""
    if isinstance(value, dict):
        return {key: _without_empties(member) for key, member in value.items() if member not in ([], {}, None, b"", "")}
    if isinstance(value, list):
        return [_without_empties(member) for member in value]
    return value
