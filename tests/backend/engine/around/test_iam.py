"""IAM, as far as setting AWS Config up asks."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from tests.backend.engine.around.conftest import Refused
from tests.backend.engine.conftest import ACCOUNT, CallFixture

ROLE = "AWSServiceRoleForConfig"


def test_the_role_of_the_service_is_made_once_and_read_with_its_trust(call: CallFixture, refused: Refused) -> None:
    assert refused("iam", "GetRole", RoleName=ROLE).code == "NoSuchEntity"
    made = call("iam", "CreateServiceLinkedRole", AWSServiceName="config.amazonaws.com")["Role"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/{ROLE}"
    assert call("iam", "GetRole", RoleName=ROLE)["Role"] == made
    [statement] = json.loads(unquote(made["AssumeRolePolicyDocument"]))["Statement"]
    assert statement["Principal"] == {"Service": "config.amazonaws.com"}
    again = refused("iam", "CreateServiceLinkedRole", AWSServiceName="config.amazonaws.com")
    assert again.code == "InvalidInput"


@pytest.mark.parametrize("service", ["ec2.amazonaws.com", "nobody.example"])
def test_a_service_that_is_not_one_of_config_is_refused(service: str, refused: Refused) -> None:
    assert refused("iam", "CreateServiceLinkedRole", AWSServiceName=service).code == "InvalidInput"
