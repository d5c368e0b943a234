"""A handler tried on an item: what it reports is seen, and nothing is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend import connect
from backend.model.compliance import Evaluation
from backend.model.moment import parse
from backend.model.problem import BadInput
from backend.wire.handlers.trying import try_handler
from backend.wire.local import LocalWorld
from tests.backend.wire.handlers.handler_files import BAD, GOOD, JUDGE, RDK_JUDGE, write, write_rdk

NOW = parse("2026-03-07T14:00:00Z")
CAPTURED = "2026-03-07T12:00:00.000Z"
VOLUME: dict[str, Any] = {
    "resourceType": "AWS::EC2::Volume",
    "resourceId": "vol-1",
    "awsAccountId": "222222222222",
    "awsRegion": "eu-west-1",
    "ARN": "arn:aws:ec2:eu-west-1:222222222222:volume/vol-1",
    "configurationItemVersion": "1.3",
    "configurationItemCaptureTime": CAPTURED,
    "configurationItemStatus": "OK",
    "configurationStateId": 1772884800000,
    "configuration": {"encrypted": False, "size": 80},
    "supplementaryConfiguration": {},
    "relationships": [],
    "tags": {},
}


@pytest.mark.requirement("RUL-09")
async def test_what_it_reports_is_seen(tmp_path: Path) -> None:
    write(tmp_path, judge=JUDGE)
    told = await try_handler(tmp_path / "judge.py", VOLUME, now=NOW)
    assert told.error == ""
    assert told.evaluations == (
        Evaluation(
            rule="",
            resource_type="AWS::EC2::Volume",
            resource_id="vol-1",
            compliance="NON_COMPLIANT",
            annotation="in the clear",
            ordering_time=parse(CAPTURED),
        ),
    )
    assert "looking at vol-1" in told.log
    assert 0 < told.seconds < 10


async def test_an_item_of_the_api_is_spelled_as_in_events(tmp_path: Path) -> None:
    write(tmp_path, judge=JUDGE)
    item = {
        "resourceType": "AWS::EC2::Volume",
        "resourceId": "vol-1",
        "accountId": "222222222222",
        "configuration": '{"encrypted": true}',
    }
    told = await try_handler(tmp_path / "judge.py", item, now=NOW)
    assert [(found.compliance, found.annotation) for found in told.evaluations] == [("COMPLIANT", "encrypted")]


@pytest.mark.parametrize(
    ("parameters", "found"), [({"largest": "80"}, ["COMPLIANT"]), ({"largest": "79"}, ["NON_COMPLIANT"])]
)
async def test_an_rdk_folder_is_called_with_parameters(
    tmp_path: Path, parameters: dict[str, str], found: list[str]
) -> None:
    place = write_rdk(tmp_path, "LARGE")
    told = await try_handler(place, VOLUME, parameters, now=NOW)
    assert [each.compliance for each in told.evaluations] == found
    assert "there were 0" in told.log


async def test_without_parameters_those_of_the_folder_are_taken_and_a_refusal_is_the_outcome(tmp_path: Path) -> None:
    told = await try_handler(write_rdk(tmp_path, "GOOD", InputParameters='{"largest": "99"}'), VOLUME, now=NOW)
    assert [each.compliance for each in told.evaluations] == ["COMPLIANT"]
    told = await try_handler(write_rdk(tmp_path, "NONE"), VOLUME, now=NOW)
    assert (
        told.error == "InvalidParameterValueException: The parameter largest must be a number of GiB."
        and not told.evaluations
    )


async def test_a_schedule_a_role_and_the_item_of_an_oversized_message_are_played(tmp_path: Path) -> None:
    role = RDK_JUDGE.replace("ASSUME_ROLE_MODE = False", "ASSUME_ROLE_MODE = True")
    place = write_rdk(tmp_path, "ROLE", role)
    told = await try_handler(place, None, {"largest": "1"}, now=NOW)
    assert [(each.resource_type, each.ordering_time) for each in told.evaluations] == [("AWS::::Account", NOW)]
    asks = (
        "import boto3\n\ndef lambda_handler(event, context):\n"
        "    config = boto3.client('config')\n"
        "    found = config.get_resource_config_history(resourceType='AWS::EC2::Volume', resourceId='vol-1')\n"
        "    print(found['configurationItems'][0]['configuration'])\n"
    )
    write(tmp_path, asks=asks)
    told = await try_handler(tmp_path / "asks.py", VOLUME, now=NOW)
    assert told.error == ""
    assert '{"encrypted":false,"size":80}' in told.log


async def test_what_goes_wrong_is_the_outcome(tmp_path: Path) -> None:
    write(tmp_path, raises=BAD["raises"], loops=BAD["loops"])
    told = await try_handler(tmp_path / "raises.py", VOLUME, now=NOW)
    assert told.error == "KeyError: 'nothing' (raises.py, line 2)."
    told = await try_handler(tmp_path / "loops.py", VOLUME, now=NOW, timeout=0.3)
    assert told.error == "Sandbox.Timedout: loops was stopped: it was not done with this call after 0.3 s."
    assert told.log == "in\n"


async def test_only_a_world_behind_it_answers_for_other_services(tmp_path: Path, world: LocalWorld) -> None:
    text = (
        "import boto3\n\ndef lambda_handler(event, context):\n"
        "    print('buckets:', len(boto3.client('s3').list_buckets()['Buckets']))\n"
    )
    write(tmp_path, asks=text)
    alone = await try_handler(tmp_path / "asks.py", None, now=NOW)
    assert alone.error_code == "ClientError"
    assert "ListBuckets" in alone.error_message
    over = await try_handler(tmp_path / "asks.py", None, now=NOW, under=world)
    assert over.error == ""
    assert "buckets: " in over.log


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.py", "none.py cannot be tried: .*none.py has no lambda_handler"),
        ("broken.py", "broken.py cannot be tried: .*broken.py is no Python"),
        ("", "it holds 2 handlers. Name one Python file, or one RDK folder."),
    ],
)
async def test_a_file_without_a_handler_is_a_sentence(tmp_path: Path, name: str, words: str) -> None:
    write(tmp_path, none="x = 1\n", broken="def\n", good=GOOD, better=GOOD)
    with pytest.raises(BadInput, match=words):
        await connect.try_handler(tmp_path / name, VOLUME)
