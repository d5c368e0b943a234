"""Short ways to put rules, pass time and read verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from backend.engine.config import items
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model.item import Json
from backend.model.moment import DAY, HOUR, SECOND
from tests.backend.engine.config.lab import Lab
from tests.backend.engine.conftest import ACCOUNT, REGION, START, CallFixture, PutFixture


class PutRule(Protocol):
    """Put a managed rule and give it time for its first pass, unless `settle` is false."""

    def __call__(
        self, identifier: str, *, parameters: dict[str, str] | None = None, settle: bool = True, **members: Any
    ) -> str: ...


class Wait(Protocol):
    """Let simulated seconds pass."""

    def __call__(self, seconds: float) -> None: ...


class Verdicts(Protocol):
    """What a rule says: resource id → compliance type."""

    def __call__(self, rule: str, *types: str) -> dict[str, str]: ...


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Three accounts in which nothing is yet."""
    lab = Lab()
    yield lab
    lab.engine.close()


@pytest.fixture
def recording_lab(lab: Lab) -> Lab:
    """Three accounts that record."""
    for account in lab.accounts:
        lab.record(account)
    return lab


@pytest.fixture
def wait(engine: Engine) -> Wait:
    def wait(seconds: float) -> None:
        engine.advance(engine.now + round(seconds * SECOND))

    return wait


@pytest.fixture
def put_rule(call: CallFixture, wait: Wait) -> PutRule:
    def put_rule(
        identifier: str, *, parameters: dict[str, str] | None = None, settle: bool = True, **members: Any
    ) -> str:
        rule = {
            "ConfigRuleName": identifier.lower().replace("_", "-"),
            "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
            **({"InputParameters": json.dumps(parameters)} if parameters else {}),
            **members,
        }
        call("config", "PutConfigRule", ConfigRule=rule)
        if settle:
            wait(5)
        return str(rule["ConfigRuleName"])

    return put_rule


@pytest.fixture
def verdicts(call: CallFixture) -> Verdicts:
    def verdicts(rule: str, *types: str) -> dict[str, str]:
        answer = call(
            "config", "GetComplianceDetailsByConfigRule", ConfigRuleName=rule, ComplianceTypes=list(types), Limit=100
        )
        return {
            result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: result["ComplianceType"]
            for result in answer["EvaluationResults"]
        }

    return verdicts


def refusal_code(call: CallFixture, operation: str, **params: Any) -> str:
    """The code with which an operation of AWS Config refuses a call."""
    with pytest.raises(ServiceError) as refusal:
        call("config", operation, **params)
    return refusal.value.code


def volume(name: str, *, encrypted: bool, attached: bool = True, tags: dict[str, str] | None = None) -> Resource:
    """An EBS volume."""
    attachments: Json = [{"instanceId": "i-1", "volumeId": name, "state": "attached"}] if attached else []
    return Resource(
        resource_type="AWS::EC2::Volume",
        resource_id=name,
        region=REGION,
        arn=f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/{name}",
        configuration={
            "volumeId": name,
            "encrypted": encrypted,
            "state": "in-use" if attached else "available",
            "attachments": attachments,
        },
        tags=tags or {},
    )


def instance(resource_id: str = "i-0f1", *, state: str = "running", **members: Any) -> Resource:
    """A server, a day old at the start."""
    configuration = {"instanceId": resource_id, "state": {"name": state}}
    body: dict[str, Any] = {
        "resource_type": "AWS::EC2::Instance",
        "resource_id": resource_id,
        "region": REGION,
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{resource_id}",
        "zone": f"{REGION}a",
        "created": START - DAY,
        "configuration": configuration,
        "tags": {"Name": "web"},
    }
    return Resource(**body | members)


def statuses(ctx: Context, resource: Resource) -> list[str]:
    """The status of each item of a resource, oldest first."""
    found = items.history(ctx, resource.resource_type, resource.resource_id, forward=True)
    return [document["configurationItemStatus"] for document in found]


def start(call: CallFixture) -> None:
    """Start the recorder of the home region."""
    call("config", "StartConfigurationRecorder", ConfigurationRecorderName="default")


def stop(call: CallFixture) -> None:
    """Stop the recorder of the home region."""
    call("config", "StopConfigurationRecorder", ConfigurationRecorderName="default")


def sized_volume(resource_id: str = "vol-1", *, size: int = 8, **members: Any) -> Resource:
    """An EBS volume of so many GiB."""
    return Resource(
        resource_type="AWS::EC2::Volume",
        resource_id=resource_id,
        region=REGION,
        configuration={"volumeId": resource_id, "size": size},
        **members,
    )


@pytest.fixture
def three_sizes(engine: Engine, put: PutFixture, recording: None) -> None:
    """The volume `vol-1` of 8, then 16, then 32 GiB, an hour apart from a day after the start on."""
    for hour, size in enumerate((8, 16, 32)):
        engine.advance(START + DAY + hour * HOUR)
        put(sized_volume(size=size))


def linked_volume(resource_id: str, *links: Link) -> Resource:
    """An EBS volume with links, and with a member that is null."""
    return Resource(
        resource_type="AWS::EC2::Volume",
        resource_id=resource_id,
        region=REGION,
        configuration={"volumeId": resource_id, "outpostArn": None},
        links=links,
    )


def table(name: str = "orders", **members: Any) -> Resource:
    """A DynamoDB table."""
    return Resource(
        resource_type="AWS::DynamoDB::Table",
        resource_id=name,
        region=REGION,
        arn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}",
        **members,
    )


def bucket(name: str, *, versioning: str = "Off") -> Resource:
    """A private S3 bucket."""
    return Resource(
        resource_type="AWS::S3::Bucket",
        resource_id=name,
        name=name,
        region=REGION,
        arn=f"arn:aws:s3:::{name}",
        configuration={"name": name},
        supplementary={"BucketVersioningConfiguration": {"status": versioning, "isMfaDeleteEnabled": None}},
    )


def remove(engine: Engine, resource_type: str, resource_id: str) -> None:
    """Delete a resource of the home region."""

    def change(ctx: Context) -> None:
        assert estate.remove(ctx, resource_type, resource_id)

    engine.act(change)
