"""The neighbours' tests check every answer against the output shape of the service model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.model.item import Document

REGION = "ap-southeast-1"


@pytest.fixture(scope="session")
def check_shape() -> Callable[[str, str, Document], None]:
    """Fails when an answer is not of the operation's output shape."""
    session = botocore.session.get_session()
    models: dict[str, Any] = {}

    def check(service: str, operation: str, answer: Document) -> None:
        model = models.setdefault(service, session.get_service_model(service))
        shape = model.operation_model(operation).output_shape
        if shape is None:
            assert answer == {}, f"{operation} has no output"
            return
        assert set(answer) <= set(shape.members), f"{operation} answers members it does not have"
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), report.generate_report()

    return check


@pytest.fixture
def call(engine: Engine, check_shape: Callable[[str, str, Document], None]) -> Callable[..., Document]:
    """As the engine's `call`, with the answer held against the service model; `by` is the caller."""

    def call(
        service: str, operation: str, *, region: str = REGION, by: Caller | None = None, **params: Any
    ) -> Document:
        answer = engine.call(Call(service, operation, params, region, by or Caller()))
        check_shape(service, operation, answer)
        return answer

    return call


@pytest.fixture
def act(engine: Engine) -> Callable[[Callable[[Context], object]], None]:
    """Does something inside the engine that is no API call, whatever it gives back."""

    def act(change: Callable[[Context], object]) -> None:
        def run(ctx: Context) -> None:
            change(ctx)

        engine.act(run)

    return act


@pytest.fixture
def refused(call: Callable[..., Document]) -> Callable[..., ServiceError]:
    """Makes a call that must be refused; the refusal."""

    def refused(service: str, operation: str, **params: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            call(service, operation, **params)
        return caught.value

    return refused


@pytest.fixture
def bucket(call: Callable[..., Document]) -> str:
    """An empty bucket in the home region."""
    call("s3", "CreateBucket", Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "reports"
