"""Connectors to another cloud: put once, read, listed, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from backend.engine.config import connectors
from backend.engine.context import Context
from backend.engine.world import estate
from backend.model import moment
from tests.backend.engine.config.conftest import refusal_code
from tests.backend.engine.conftest import ACCOUNT, REGION, START, CallFixture


def put(call: CallFixture, tenant: str = "tenant-1", client: str = "app", **more: Any) -> str:
    azure = {"tenantIdentifier": tenant, "clientIdentifier": client}
    return str(call("config", "PutConnector", ConnectorConfiguration={"azure": azure}, **more)["Arn"])


def test_a_connector_is_read_as_it_was_put(ctx: Context, call: CallFixture) -> None:
    tags = [{"Key": "owner", "Value": "cloud"}]
    arn = put(call, Tags=tags)

    assert arn.startswith(f"arn:aws:config:{REGION}:{ACCOUNT}:connector/azure/tenant-1/")
    found = call("config", "GetConnector", Arn=arn)["Connector"]
    assert found == {
        "name": found["name"],
        "arn": arn,
        "connectorConfiguration": {"azure": {"tenantIdentifier": "tenant-1", "clientIdentifier": "app"}},
        "createdTime": moment.to_datetime(START),
    }
    assert call("config", "ListTagsForResource", ResourceArn=arn)["Tags"] == tags
    assert estate.by_name(ctx, "AWS::IAM::Role", "AWSServiceRoleForConfigThirdParty") is not None


def test_connectors_are_listed_in_pages(call: CallFixture) -> None:
    arns = [put(call, f"tenant-{number}") for number in range(3)]

    first = call("config", "ListConnectors", MaxResults=2)
    rest = call("config", "ListConnectors", MaxResults=2, NextToken=first["NextToken"])
    listed = first["ConnectorSummaries"] + rest["ConnectorSummaries"]
    assert "NextToken" not in rest
    assert sorted(each["arn"] for each in listed) == sorted(arns)
    assert {each["provider"] for each in listed} == {"AZURE"}
    assert {each["tenantIdentifier"] for each in listed} == {"tenant-0", "tenant-1", "tenant-2"}
    assert refusal_code(call, "ListConnectors", NextToken="nonsense") == "ValidationException"


@pytest.mark.parametrize(("provider", "expected"), [("AZURE", 1), ("GCP", 0)])
def test_connectors_of_a_provider(call: CallFixture, provider: str, expected: int) -> None:
    put(call)

    filters = [{"filterName": "provider", "filterValues": [provider]}]
    assert len(call("config", "ListConnectors", Filters=filters)["ConnectorSummaries"]) == expected


def test_a_connection_is_made_once(call: CallFixture) -> None:
    put(call)

    azure = {"tenantIdentifier": "tenant-1", "clientIdentifier": "app"}
    assert refusal_code(call, "PutConnector", ConnectorConfiguration={"azure": azure}) == "ConflictException"
    put(call, client="another")


def test_a_connection_needs_a_provider_and_identifiers(call: CallFixture) -> None:
    assert refusal_code(call, "PutConnector", ConnectorConfiguration={}) == "ValidationException"
    azure = {"tenantIdentifier": "../x", "clientIdentifier": "app"}
    assert refusal_code(call, "PutConnector", ConnectorConfiguration={"azure": azure}) == "ValidationException"


def test_there_are_only_so_many(call: CallFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectors, "MOST", 1)
    put(call)

    azure = {"tenantIdentifier": "tenant-2", "clientIdentifier": "app"}
    refused = refusal_code(call, "PutConnector", ConnectorConfiguration={"azure": azure})
    assert refused == "MaxNumberOfConnectorsExceededException"


def test_a_connector_goes_with_its_tags_and_is_its_regions_own(call: CallFixture) -> None:
    arn = put(call)
    assert refusal_code(call, "GetConnector", region="us-east-1", Arn=arn) == "ResourceNotFoundException"

    call("config", "DeleteConnector", Arn=arn)
    for operation in ("GetConnector", "DeleteConnector"):
        assert refusal_code(call, operation, Arn=arn) == "ResourceNotFoundException"
    assert refusal_code(call, "ListTagsForResource", ResourceArn=arn) == "ResourceNotFoundException"
