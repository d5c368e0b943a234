"""The neighbours' tests check every answer against the output shape of the service model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import botocore.session
import pytest
from botocore.validate import ParamValidator

from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world.estate import Resource
from backend.model.item import Document
from tests.backend.engine.around.agent import SERVER, collect
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture, PutFixture

NEWS = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"

Act: TypeAlias = Callable[[Callable[[Context], object]], None]
Refused: TypeAlias = Callable[..., ServiceError]
Subscriber: TypeAlias = Callable[..., str]


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
def call(engine: Engine, check_shape: Callable[[str, str, Document], None]) -> CallFixture:
    """As the engine's `call`, with the answer held against the service model; `by` is the caller."""

    def call(
        service: str, operation: str, *, region: str = REGION, by: Caller | None = None, **params: Any
    ) -> Document:
        answer = engine.call(Call(service, operation, params, region, by or Caller()))
        check_shape(service, operation, answer)
        return answer

    return call


@pytest.fixture
def act(engine: Engine) -> Act:
    """Does something inside the engine that is no API call, whatever it gives back."""

    def act(change: Callable[[Context], object]) -> None:
        def run(ctx: Context) -> None:
            change(ctx)

        engine.act(run)

    return act


@pytest.fixture
def refused(call: CallFixture) -> Refused:
    """Makes a call that must be refused; the refusal."""

    def refused(service: str, operation: str, **params: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            call(service, operation, **params)
        return caught.value

    return refused


@pytest.fixture
def bucket(call: CallFixture) -> str:
    """An empty bucket in the home region."""
    call("s3", "CreateBucket", Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "reports"


@pytest.fixture
def topic(call: CallFixture) -> str:
    """The ARN of a topic named `news`."""
    arn: str = call("sns", "CreateTopic", Name="news", Tags=[{"Key": "team", "Value": "audit"}])["TopicArn"]
    return arn


@pytest.fixture
def subscriber(call: CallFixture, topic: str) -> Subscriber:
    """Makes a queue that the topic may write to, and subscribes it; the queue's URL."""

    def subscriber(name: str = "inbox", topics: tuple[str, ...] = (NEWS,), **attributes: str) -> str:
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        policy = queue_policy("sns", arn, Condition={"ArnEquals": {"aws:SourceArn": list(topics)}})
        url: str = call("sqs", "CreateQueue", QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        for each in topics:
            call("sns", "Subscribe", TopicArn=each, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        return url

    return subscriber


def queue_policy(service: str, queue: str, **members: Any) -> str:
    """The policy that lets a service send to a queue."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        **members,
    }
    return json.dumps({"Statement": statement})


def inbox(call: CallFixture, url: str) -> list[str]:
    """The bodies of what waits in a queue."""
    found = call("sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]


@pytest.fixture
def server(put: PutFixture) -> None:
    """A running instance."""
    body = {"state": {"name": "running"}}
    put(
        Resource(
            resource_type="AWS::EC2::Instance",
            resource_id=SERVER,
            region="ap-southeast-1",
            configuration=body,
            tags={"Env": "prod"},
        )
    )


@pytest.fixture
def report(call: CallFixture, server: None) -> CallFixture:
    """Send inventory as the agent of the instance does: `report(section(…))`."""

    def report(*sections: Document, node: str = SERVER) -> Document:
        return call("ssm", "PutInventory", InstanceId=node, Items=list(sections))

    return report


@pytest.fixture
def collected(call: CallFixture) -> str:
    """The collection is on for all nodes; its association's id."""
    found: str = collect(call)["AssociationId"]
    return found
