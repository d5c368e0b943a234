"""Two accounts with the stock command line: keys that mean an account, a role of the other one, a shared bucket."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.engine.accounts import account_ids
from backend.wire.open import WorldChoice, open_world
from backend.wire.server import Beside, listen
from tests.labs.conftest import START, Lab

MAIN, SECOND = account_ids("696686700433", 2)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A shell beside a world of two small accounts."""
    if not (Path(sys.executable).parent / "aws").exists():
        pytest.skip("the aws command line is not installed beside this Python")
    world = asyncio.run(open_world(WorldChoice(memory=True, start=START, resources=40, accounts=2)))
    server = Beside(world, listen(0))
    yield Lab(server.url, tmp_path)
    asyncio.run(server.close())
    asyncio.run(world.close())


def test_the_command_line_speaks_for_one_account_or_the_other(lab: Lab) -> None:
    as_second = f"env AWS_ACCESS_KEY_ID={SECOND} aws"
    (channel,) = lab.json(f"{as_second} configservice describe-delivery-channels")["DeliveryChannels"]
    assert channel["s3BucketName"] == "config-bucket-sgp"
    assert lab.json("aws sts get-caller-identity")["Account"] == MAIN
    assert f"AWSLogs/{SECOND}/Config/" in lab.run(f"aws s3 ls s3://config-bucket-sgp/AWSLogs/{SECOND}/ --recursive")
    assert "AccessDenied" in lab.refused(f"{as_second} s3 ls s3://config-bucket-sgp/")
    role = f"arn:aws:iam::{SECOND}:role/OrganizationAccountAccessRole"
    asked = f"aws sts assume-role --role-arn {role} --role-session-name me"
    key = lab.json(asked)["Credentials"]["AccessKeyId"]
    session = lab.json(f"env AWS_ACCESS_KEY_ID={key} aws sts get-caller-identity")
    assert session["Arn"] == f"arn:aws:sts::{SECOND}:assumed-role/OrganizationAccountAccessRole/me"
