"""Customers' own types through boto3: reported, read, gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.conftest import Refusal

ROBOT = {"ResourceType": "Kestrel::Parcel::Robot", "ResourceId": "r-1"}
KEY = {"resourceType": "Kestrel::Parcel::Robot", "resourceId": "r-1"}


@pytest.mark.operation("PutResourceConfig", "DeleteResourceConfig")
@pytest.mark.operation("GetResourceConfigHistory", "ListDiscoveredResources", "BatchGetResourceConfig")
def test_the_life_of_a_reported_resource(config: Any, recording: None) -> None:
    for arms in (2, 3):
        body = json.dumps({"arms": arms})
        config.put_resource_config(**ROBOT, SchemaVersionId="1", Configuration=body, Tags={"hall": "4"})
    (item,) = config.batch_get_resource_config(resourceKeys=[KEY])["baseConfigurationItems"]
    assert json.loads(item["configuration"]) == {"arms": 3}
    config.delete_resource_config(**ROBOT)

    found = config.get_resource_config_history(**KEY, chronologicalOrder="Forward")["configurationItems"]
    assert [each["configurationItemStatus"] for each in found] == ["ResourceDiscovered", "OK", "ResourceDeleted"]
    assert [each["configuration"] for each in found] == ['{"arms":2}', '{"arms":3}', "null"]
    assert found[0]["tags"] == {"hall": "4"}
    kind = KEY["resourceType"]
    assert config.list_discovered_resources(resourceType=kind)["resourceIdentifiers"] == []
    (gone,) = config.list_discovered_resources(resourceType=kind, includeDeletedResources=True)["resourceIdentifiers"]
    assert "resourceDeletionTime" in gone


def test_reports_that_are_refused(config: Any, refused: Refusal, recording: None) -> None:
    good = {**ROBOT, "SchemaVersionId": "1", "Configuration": "{}"}
    for wrong in (
        {"ResourceType": "AWS::EC2::Instance"},
        {"Configuration": "no json"},
        {"Configuration": json.dumps({"a": "x" * 65536})},
        {"SchemaVersionId": "not one!"},
    ):
        assert refused(config.put_resource_config, **{**good, **wrong})[0] == "ValidationException"
    assert refused(config.delete_resource_config, **ROBOT)[0] == "ValidationException"


def test_no_list_of_types_has_room_for_an_own_one(config: Any, refused: Refusal, stopped: None) -> None:
    role = config.describe_configuration_recorders()["ConfigurationRecorders"][0]["roleARN"]
    settings = {"name": "default", "roleARN": role, "recordingGroup": {"resourceTypes": [KEY["resourceType"]]}}

    assert refused(config.put_configuration_recorder, ConfigurationRecorder=settings)[0] == "ValidationException"
    assert refused(config.put_resource_config, **ROBOT, SchemaVersionId="1", Configuration="{}")[0] == (
        "NoRunningConfigurationRecorderException"
    )
