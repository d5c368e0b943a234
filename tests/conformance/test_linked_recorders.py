"""Recorders of AWS services, and connectors to another cloud, through boto3."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.wire.open import WorldChoice
from tests.backend.engine.conftest import ACCOUNT, REGION, ROLE, START
from tests.conformance.conftest import Boto, Refusal, serve_world

PRINCIPAL = "securityhub.amazonaws.com"
NAME = "AWSConfigurationRecorderForSecurityHubCSPM"
TENANT = "263dd747-5cc8-4e18-abf2-a25d8e374f66"


@pytest.mark.operation("PutServiceLinkedConfigurationRecorder", "DeleteServiceLinkedConfigurationRecorder")
@pytest.mark.operation("ListConfigurationRecorders", "DescribeConfigurationRecorders")
def test_the_recorder_of_a_service_from_its_making_to_its_end(config: Any, refused: Refusal, stopped: None) -> None:
    made = config.put_service_linked_configuration_recorder(ServicePrincipal=PRINCIPAL)
    assert made["Name"] == NAME
    assert made["Arn"].startswith(f"arn:aws:config:{REGION}:{ACCOUNT}:configuration-recorder/{NAME}/")
    again = refused(config.put_service_linked_configuration_recorder, ServicePrincipal=PRINCIPAL)
    assert again[0] == "ConflictException"

    (mine,) = config.describe_configuration_recorders()["ConfigurationRecorders"]
    assert mine["name"] == "default"
    (linked,) = config.describe_configuration_recorders(ServicePrincipal=PRINCIPAL)["ConfigurationRecorders"]
    assert (linked["name"], linked["roleARN"], linked["recordingScope"]) == (NAME, ROLE, "INTERNAL")
    (state,) = config.describe_configuration_recorder_status(Arn=made["Arn"])["ConfigurationRecordersStatus"]
    assert (state["recording"], state["servicePrincipal"]) == (True, PRINCIPAL)
    summaries = config.list_configuration_recorders()["ConfigurationRecorderSummaries"]
    assert [each["name"] for each in summaries] == ["default", NAME]
    paginator = config.get_paginator("list_configuration_recorders")
    pages = paginator.paginate(PaginationConfig={"PageSize": 1})
    assert [len(page["ConfigurationRecorderSummaries"]) for page in pages] == [1, 1]

    for call in (config.start_configuration_recorder, config.stop_configuration_recorder):
        assert refused(call, ConfigurationRecorderName=NAME)[0] == "UnmodifiableEntityException"
    ended = config.delete_service_linked_configuration_recorder(Arn=made["Arn"])
    assert (ended["Arn"], ended["Name"]) == (made["Arn"], NAME)
    code, _ = refused(config.delete_service_linked_configuration_recorder, ServicePrincipal=PRINCIPAL)
    assert code == "NoSuchConfigurationRecorderException"


@pytest.mark.operation("PutConnector", "GetConnector", "ListConnectors", "DeleteConnector")
def test_a_connector_from_its_making_to_its_end(config: Any, refused: Refusal) -> None:
    azure = {"tenantIdentifier": TENANT, "clientIdentifier": "app"}
    arn = config.put_connector(ConnectorConfiguration={"azure": azure}, Tags=[{"Key": "k", "Value": "v"}])["Arn"]

    found = config.get_connector(Arn=arn)["Connector"]
    assert found["connectorConfiguration"] == {"azure": azure}
    assert found["createdTime"].replace(microsecond=0) == datetime(2026, 3, 1, tzinfo=UTC)
    (summary,) = config.list_connectors(Filters=[{"filterName": "provider", "filterValues": ["AZURE"]}])[
        "ConnectorSummaries"
    ]
    assert (summary["arn"], summary["provider"], summary["tenantIdentifier"]) == (arn, "AZURE", TENANT)
    assert config.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    assert refused(config.put_connector, ConnectorConfiguration={"azure": azure})[0] == "ConflictException"

    config.delete_connector(Arn=arn)
    assert refused(config.get_connector, Arn=arn)[0] == "ResourceNotFoundException"
    assert config.list_connectors()["ConnectorSummaries"] == []


def over_azure(config: Any) -> dict[str, Any]:
    """What makes a recorder of an Azure tenant."""
    azure = {"tenantIdentifier": TENANT, "clientIdentifier": "app"}
    return {
        "ServicePrincipal": PRINCIPAL,
        "ConnectorArn": config.put_connector(ConnectorConfiguration={"azure": azure})["Arn"],
        "ScopeConfiguration": {"scopeType": "tenant", "allRegions": True},
    }


def test_only_the_service_makes_a_recorder_of_another_cloud(config: Any, refused: Refusal) -> None:
    code, text = refused(config.put_third_party_service_linked_configuration_recorder, **over_azure(config))

    assert code == "AccessDeniedException"
    assert text.endswith("is not authorized to perform: config:PutThirdPartyServiceLinkedConfigurationRecorder")


@pytest.fixture
def lenient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """boto3's client of AWS Config in a world that does not ask who may."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _, url in serve_world(WorldChoice(empty=True, start=START, lenient=True)):
        boto = Boto(url)
        yield boto.client("config")
        boto.close()


@pytest.mark.operation("PutThirdPartyServiceLinkedConfigurationRecorder")
def test_a_lenient_world_lets_everybody_make_one(lenient: Any) -> None:
    made = lenient.put_third_party_service_linked_configuration_recorder(**over_azure(lenient))

    (found,) = lenient.describe_configuration_recorders(Arn=made["Arn"])["ConfigurationRecorders"]
    assert found["scopeConfiguration"] == {"scopeType": "tenant", "allRegions": True}
    (summary,) = lenient.list_configuration_recorders()["ConfigurationRecorderSummaries"]
    assert (summary["provider"], summary["recordingScope"]) == ("AZURE", "INTERNAL")
