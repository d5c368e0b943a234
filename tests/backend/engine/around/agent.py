"""The agent of Systems Manager on a machine: what it reports, and how that is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from backend.engine.errors import ServiceError
from backend.model.item import Document
from tests.backend.engine.conftest import CallFixture

TYPE = "AWS::SSM::ManagedInstanceInventory"
SERVER, OUTSIDE = "i-0123456789abcdef0", "mi-0123456789abcdef0"


def information(node: str, **more: str) -> Document:
    """What the agent says of the machine itself."""
    told = {"InstanceId": node, "PlatformName": "Amazon Linux", "PlatformType": "Linux", "PlatformVersion": "2023"}
    told |= {"AgentVersion": "3.3.1.0", "ComputerName": "web-1", "IpAddress": "10.0.0.5"}
    return section("AWS:InstanceInformation", {**told, **more})


def section(name: str, *entries: dict[str, str], version: str = "", **more: Any) -> Document:
    """The inventory of one type, as an agent reports it."""
    known = "1.1" if name == "AWS:Application" else "1.0"
    captured = {"CaptureTime": "2026-03-01T00:00:00Z", "Content": list(entries)}
    return {"TypeName": name, "SchemaVersion": version or known, **captured, **more}


def collect(call: CallFixture, key: str = "InstanceIds", *values: str) -> Document:
    """Turn the collection on, for all nodes when no values are given."""
    targets = [{"Key": key, "Values": list(values) or ["*"]}]
    described: Document = call("ssm", "CreateAssociation", Name="AWS-GatherSoftwareInventory", Targets=targets)[
        "AssociationDescription"
    ]
    return described


def refusal_code(call: CallFixture, operation: str, **params: Any) -> str:
    """The code with which Systems Manager refuses a call."""
    with pytest.raises(ServiceError) as caught:
        call("ssm", operation, **params)
    return caught.value.code
