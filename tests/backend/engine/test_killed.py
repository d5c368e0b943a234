"""A process killed while one account writes into another: what was answered is there, in both, and the world opens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from backend.engine.context import Call, Caller
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.model.item import Document

REGION = "ap-southeast-1"
_WRITER = """
import sys
from pathlib import Path
from tests.backend.engine.test_killed import opened, publish, set_up
engine = opened(Path(sys.argv[1]))
if engine.new:
    set_up(engine)
while True:
    print(publish(engine), flush=True)
"""


def opened(folder: Path) -> Engine:
    return Engine(folder, WorldOptions(start=1_772_323_200_000, resources=0, accounts=2), local_aws())


def set_up(engine: Engine) -> None:
    """A topic of the main account, and a queue of the other one that follows it."""
    engine.act(lambda ctx: engine.found())
    main, other = engine.accounts.ids
    topic, queue = f"arn:aws:sns:{REGION}:{main}:stream", f"arn:aws:sqs:{REGION}:{other}:inbox"
    _call(engine, main, "sns", "CreateTopic", Name="stream")
    _call(
        engine, main, "sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=_open(topic)
    )
    _call(engine, other, "sqs", "CreateQueue", QueueName="inbox", Attributes={"Policy": _open(queue)})
    _call(engine, other, "sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue)


def publish(engine: Engine) -> str:
    """Tell the topic something, and write down in the main account that it was told; the message's id."""
    main = engine.accounts.ids[0]
    topic = f"arn:aws:sns:{REGION}:{main}:stream"
    sent: str = _call(engine, main, "sns", "Publish", TopicArn=topic, Message="news")["MessageId"]
    _call(engine, main, "sns", "TagResource", ResourceArn=topic, Tags=[{"Key": "last", "Value": sent}])
    return sent


def _open(arn: str) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": arn}})


def _call(engine: Engine, account: str, service: str, operation: str, **params: object) -> Document:
    return engine.call(Call(service, operation, params, REGION, Caller(access_key=account)))


def received(engine: Engine) -> list[str]:
    rows = engine.accounts[engine.accounts.ids[1]].store.all("SELECT body FROM queue_messages ORDER BY seq")
    return [json.loads(row["body"])["MessageId"] for row in rows]


def tagged(engine: Engine) -> str | None:
    main = engine.accounts.ids[0]
    topic = f"arn:aws:sns:{REGION}:{main}:stream"
    tags = _call(engine, main, "sns", "ListTagsForResource", ResourceArn=topic)["Tags"]
    return tags[0]["Value"] if tags else None


@pytest.mark.parametrize("kills", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_what_was_answered_outlives_a_kill_in_both_accounts(tmp_path: Path, kills: int) -> None:
    chance = Random(7)
    answered: list[str] = []
    for killed in range(1, kills + 1):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            answered += [process.stdout.readline().strip() for _ in range(chance.randint(1, 40))]
            process.kill()
            answered += process.stdout.read().split()
        engine = opened(tmp_path)
        # A message whose other half was lost is sent again under the id that was not used up.
        there = list(dict.fromkeys(received(engine)))
        last = tagged(engine)
        engine.close()
        assert [each for each in there if each in set(answered)] == answered
        # Beyond what was answered there is at most the one that was under way.
        assert len(there) - len(answered) <= killed
        assert last in there[there.index(answered[-1]) :]
