"""The first set-up: recorder, channel and start in one go, at moto's AWS and at the local one."""

from __future__ import annotations

import pytest

from backend import connect
from backend.client.api import Api
from backend.client.delivery import DeliveryOverApi
from backend.client.recorder import RecorderOverApi
from backend.client.setup import set_up
from backend.model.delivery import DeliveryChannel
from backend.model.moment import parse
from backend.model.problem import Problem
from backend.model.recorder import Recorder, RecordingGroup
from tests.backend.client.conftest import REGION, Account

RECORDER = Recorder(
    name="default",
    role_arn="arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
    group=RecordingGroup(include_global=True),
)
CHANNEL = DeliveryChannel(name="default", bucket="config-first", frequency="Six_Hours")


@pytest.mark.requirement("REC-04", "REC-09")
async def test_a_set_up_account_records(api: Api, account: Account) -> None:
    s3 = account.boto("s3")
    s3.create_bucket(Bucket="config-first", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.close()

    await set_up(RecorderOverApi(api), DeliveryOverApi(api), RECORDER, CHANNEL)

    recorder = await RecorderOverApi(api).get()
    assert recorder is not None
    assert recorder.recording
    assert recorder.group.include_global
    assert await DeliveryOverApi(api).channel() == CHANNEL


@pytest.mark.requirement("REC-04")
async def test_a_set_up_that_was_refused_can_be_repeated() -> None:
    target = connect.Target(memory=True, start=parse("2023-02-28T09:41:00Z"), resources=60)
    async with connect.open(target) as connection:
        recorders, deliveries = connection.session.recorder, connection.session.delivery
        assert recorders is not None and deliveries is not None
        before, channel = await recorders.get(), await deliveries.channel()
        assert before is not None and channel is not None
        await recorders.stop(before.name)
        await deliveries.delete(channel.name)
        await recorders.delete(before.name)

        with pytest.raises(Problem):
            await set_up(recorders, deliveries, before, CHANNEL)
        await set_up(recorders, deliveries, before, channel)

        after = await recorders.get()
        assert after is not None and after.recording
        assert after.group == before.group
