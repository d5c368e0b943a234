"""Several accounts over loopback, with a client that nobody here wrote: boto3, signing as one account or another."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from backend.engine.accounts import account_ids
from backend.model.moment import parse
from backend.wire.local import LocalWorld
from backend.wire.open import WorldChoice, open_world
from backend.wire.server import Beside, listen

START = parse("2026-03-02T02:00:00Z")
MAIN, SECOND = account_ids("696686700433", 2)
REGION = "ap-southeast-1"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Two accounts with a small estate, nothing kept; where they answer."""
    world = asyncio.run(open_world(WorldChoice(memory=True, start=START, resources=40, accounts=2)))
    server = Beside(world, listen(0))
    yield server.url
    asyncio.run(server.close())
    asyncio.run(world.close())


def client(url: str, service: str, key: str = "test", token: str | None = None) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        aws_session_token=token,
    )


def pass_time(url: str, length: str) -> None:
    """Let the clock move on."""
    asked = urllib.request.Request(f"{url}/_configscope/clock", json.dumps({"advance": length}).encode())
    urllib.request.urlopen(asked).close()


def code(refusal: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refusal.value.response["Error"]["Code"])


@pytest.mark.parametrize(("key", "account"), [("test", MAIN), (MAIN, MAIN), (SECOND, SECOND), ("123456789012", MAIN)])
def test_an_account_number_as_access_key_means_that_account(url: str, key: str, account: str) -> None:
    assert client(url, "sts", key).get_caller_identity()["Account"] == account


def test_each_account_has_a_recorder_of_its_own(url: str) -> None:
    roles = {
        account: client(url, "config", account).describe_configuration_recorders()["ConfigurationRecorders"][0]
        for account in (MAIN, SECOND)
    }
    assert {account: recorder["roleARN"].split(":")[4] for account, recorder in roles.items()} == {
        MAIN: MAIN,
        SECOND: SECOND,
    }


def test_a_session_of_a_role_acts_in_the_roles_account(url: str) -> None:
    wanted = {"RoleArn": f"arn:aws:iam::{SECOND}:role/OrganizationAccountAccessRole", "RoleSessionName": "me"}
    given = client(url, "sts", MAIN).assume_role(**wanted)["Credentials"]
    key, token = given["AccessKeyId"], given["SessionToken"]
    who = client(url, "sts", key, token).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{SECOND}:assumed-role/OrganizationAccountAccessRole/me"
    client(url, "sns", key, token).create_topic(Name="made-by-me")
    topics = [topic["TopicArn"] for topic in client(url, "sns", SECOND).list_topics()["Topics"]]
    assert f"arn:aws:sns:{REGION}:{SECOND}:made-by-me" in topics


def test_a_snapshot_of_one_account_arrives_in_the_bucket_of_another(url: str) -> None:
    snapshot = client(url, "config", SECOND).deliver_config_snapshot(deliveryChannelName="default")["configSnapshotId"]
    pass_time(url, "30m")
    found = client(url, "s3", MAIN).list_objects_v2(Bucket="config-bucket-sgp", Prefix=f"AWSLogs/{SECOND}/")
    assert any(snapshot in entry["Key"] for entry in found["Contents"])
    with pytest.raises(ClientError) as refusal:
        client(url, "s3", SECOND).list_objects_v2(Bucket="config-bucket-sgp")
    assert code(refusal) == "AccessDenied"


def test_a_message_crosses_accounts_where_the_queue_allows_it(url: str) -> None:
    topic = client(url, "sns", MAIN).create_topic(Name="shared")["TopicArn"]
    opened = {"Effect": "Allow", "Principal": {"AWS": SECOND}, "Action": "SNS:Subscribe", "Resource": topic}
    text = json.dumps({"Statement": opened})
    client(url, "sns", MAIN).set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    queues = client(url, "sqs", SECOND)
    queue = queues.create_queue(QueueName="shared")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{SECOND}:shared"
    client(url, "sns", SECOND).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    client(url, "sns", MAIN).publish(TopicArn=topic, Message="refused")
    assert "Messages" not in queues.receive_message(QueueUrl=queue)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [statement]})})
    client(url, "sns", MAIN).publish(TopicArn=topic, Message="allowed")
    (message,) = queues.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "allowed"
    with pytest.raises(ClientError) as refusal:
        client(url, "sqs", MAIN).receive_message(QueueUrl=queue)
    assert code(refusal) == "AccessDenied"


async def kept(folder: Path, accounts: int | None = None) -> LocalWorld:
    return await open_world(WorldChoice("lab", start=START, resources=0, accounts=accounts, parent=folder))


async def test_a_kept_world_has_its_accounts_again_and_after_a_reset(tmp_path: Path) -> None:
    world = await kept(tmp_path, accounts=3)
    accounts = await world.run(lambda engine: engine.accounts.ids)
    await world.run(lambda engine: engine.act(lambda ctx: ctx.store.set_meta("note", 1), account=accounts[2]))
    await world.close()
    world = await kept(tmp_path)
    assert await world.run(lambda engine: engine.accounts.ids) == accounts
    assert await world.run(lambda engine: engine.accounts[accounts[2]].store.meta("note")) == 1
    await world.reset()
    assert await world.run(lambda engine: engine.accounts.ids) == accounts
    assert await world.run(lambda engine: engine.accounts[accounts[2]].store.meta("note")) is None
    await world.close()
