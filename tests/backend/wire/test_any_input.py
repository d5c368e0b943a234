"""Whatever fits the service model is answered or refused; nothing that a client can send breaks the engine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import ResponseParserError, create_parser

from backend.engine.context import Call, Caller
from backend.engine.engine import Engine, WorldOptions
from backend.engine.errors import ServiceError
from backend.engine.parts import local_aws
from backend.engine.world import builder
from backend.model.moment import HOUR, SECOND, parse, to_datetime
from backend.wire import protocol as wire
from backend.wire.exchange import Reply
from backend.wire.services import Protocol
from backend.wire.validate import checked_input, output_faults

START = parse("2023-02-28T09:41:00Z")
ACCOUNT = "696686700433"
REGION = "ap-southeast-1"

_PROTOCOLS = {"s3": Protocol.REST_XML, "sns": Protocol.QUERY, "sts": Protocol.QUERY}

_TEXTS = (
    *("", "x", "default", "a" * 300, "é\x00ß", "*", "1", "true", "null", "{}", "[]", '{"a":1}', '{"Statement":[]}'),
    *("../..", "a//b", "a/", "/", "All", "rate(5 minutes)", "bytes=0-", "bytes=5-1", "AWS::EC2::Instance"),
    *("config-bucket-sgp", "config-bucket-sgp/AWSLogs", "awsconfig-lab", "configscope-stream", "encrypted-volumes"),
    f"arn:aws:sns:{REGION}:{ACCOUNT}:awsconfig-lab",
    f"arn:aws:sqs:{REGION}:{ACCOUNT}:configscope-stream",
    f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/configscope-stream",
)
_ENDINGS = frozenset({"DeleteConfigurationRecorder", "DeleteDeliveryChannel", "DeleteQueue", "DeleteBucket"})
"""Operations after which little is left to call; they come rarely."""


class Anything:
    """Values that fit a shape, drawn at random."""

    def __init__(self, seed: int, texts: tuple[str, ...]) -> None:
        self.random = random.Random(seed)
        self._texts = texts

    def of(self, shape: Any, depth: int = 0) -> Any:
        draw, limits = self.random, shape.metadata
        match shape.type_name:
            case "structure":
                share = 0.5 if depth < 3 else 0.2
                return {
                    name: self.of(member, depth + 1)
                    for name, member in shape.members.items()
                    if name in shape.required_members or draw.random() < share
                }
            case "list":
                count = max(limits.get("min", 0), draw.choice([0, 1, 1, 2]))
                return [self.of(shape.member, depth + 1) for _ in range(count)]
            case "map":
                return {self.of(shape.key): self.of(shape.value, depth + 1) for _ in range(draw.choice([0, 1, 2]))}
            case "string":
                return draw.choice(limits.get("enum") or self._texts)
            case "boolean":
                return draw.random() < 0.5
            case "timestamp":
                return to_datetime(START) + timedelta(hours=draw.choice([-1000, -5, 0, 5, 100_000]))
            case "blob":
                return draw.choice([b"", b"x", b"\x00\xff" * 10])
            case "float" | "double":
                return draw.choice([0.0, 1.5])
            case _:
                return draw.choice([limits.get("min", 0), limits.get("max", 10), 0, 1, 5, 10**12, -1])


@pytest.fixture
def engine() -> Iterator[Engine]:
    options = WorldOptions(start=START, resources=60, past_days=1)
    engine = Engine(None, options, local_aws())
    builder.build(engine, options)
    yield engine
    engine.close()


def _unreadable(spoken: Protocol, model: Any, reply: Reply) -> list[str]:
    """Whether a client can read what goes over the wire."""
    response = {"body": reply.body, "headers": HeadersDict(reply.headers), "status_code": reply.status}
    try:
        create_parser(spoken.value).parse(response, model.output_shape)
    except ResponseParserError as error:
        return [f"{model.name}: {error}"]
    return []


def _try(engine: Engine, seed: int, calls: int) -> list[str]:
    """Make random calls; what an answer holds that its shape has not."""
    operations = local_aws().operations
    models = {service: wire.service_model(service) for service in operations}
    known = engine.store.all("SELECT id FROM resources ORDER BY region, type, id")
    anything = Anything(seed, (*_TEXTS, *(row["id"] for row in known[::20])))
    draw = anything.random
    faults: list[str] = []
    for _ in range(calls):
        service = draw.choice(list(operations))
        name = draw.choice(list(operations[service]))
        if name in _ENDINGS and draw.random() < 0.9:
            continue
        model = models[service].operation_model(name)
        region = draw.choice([REGION, REGION, REGION, "us-east-1", "eu-west-1"])
        try:
            asked = anything.of(model.input_shape) if model.input_shape else {}
            params = checked_input(service, model.input_shape, asked)
            answer = engine.call(Call(service, name, params, region, Caller(access_key="AKIATEST")))
        except ServiceError:
            continue
        spoken = _PROTOCOLS.get(service, Protocol.JSON)
        faults += _unreadable(spoken, model, wire.answer(spoken, model, answer, "0" * 36))
        faults += [f"{service}:{name} {fault}" for fault in output_faults(model.output_shape, answer)]
        if draw.random() < 0.02:
            engine.advance(engine.now + draw.choice([SECOND, HOUR, 6 * HOUR]))
    return faults


def test_nothing_breaks_the_engine(engine: Engine) -> None:
    assert _try(engine, seed=7, calls=2_000) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_nothing_breaks_the_engine_for_long(engine: Engine, seed: int) -> None:
    assert _try(engine, seed, calls=50_000) == []
