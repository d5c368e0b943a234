"""The first set-up: recorder, channel and start in one go, at moto's AWS and at the local one."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from backend import connect
from backend.client.api import Api
from backend.client.delivery import DeliveryOverApi
from backend.client.recorder import RecorderOverApi
from backend.client.setup import SetUpOverApi, set_up
from backend.model.delivery import DeliveryChannel
from backend.model.moment import parse
from backend.model.problem import Problem
from backend.model.recorder import Recorder, RecordingGroup
from backend.model.setup import Plan, linked_role
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


PLAN = Plan(recorder=RECORDER, channel=CHANNEL, account="123456789012", region=REGION)


async def _found(part: SetUpOverApi, plan: Plan) -> dict[str, str]:
    return {check.subject: check.state async for check in part.checks(plan)}


async def test_what_is_missing_is_found_at_moto_s_aws_made_and_found_good(api: Api, account: Account) -> None:
    part = SetUpOverApi(api)
    plan = replace(PLAN, channel=replace(CHANNEL, topic_arn=f"arn:aws:sns:{REGION}:123456789012:config-topic"))
    assert await _found(part, plan) == {"role": "bad", "bucket": "bad", "topic": "bad"}
    iam = account.boto("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        Path="/aws-service-role/config.amazonaws.com/",
        RoleName="AWSServiceRoleForConfig",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.close()
    for _ in range(5):
        checks = [check async for check in part.checks(plan)]
        repair = next((check.repair for check in checks if check.repair is not None and check.state == "bad"), None)
        if repair is not None:
            await part.repair(repair)
    found = await _found(part, plan)
    assert found == {"role": "good", "bucket": "good", "policy": "good", "topic": "good", "publish": "good"}


@pytest.mark.requirement("REC-04")
async def test_an_empty_local_account_is_set_up_from_nothing() -> None:
    async with connect.open(connect.Target(memory=True, empty=True)) as connection:
        session = connection.session
        part = session.setup
        assert part is not None and session.recorder is not None and session.delivery is not None
        plan = replace(
            PLAN,
            account=session.account,
            region=session.region,
            recorder=replace(RECORDER, role_arn=linked_role(session.account)),
        )
        for _ in range(3):
            checks = [check async for check in part.checks(plan)]
            repair = next((check.repair for check in checks if check.repair is not None and check.state == "bad"), None)
            if repair is not None:
                await part.repair(repair)
        steps: list[int] = []
        await set_up(session.recorder, session.delivery, plan.recorder, plan.channel, steps.append)
        assert steps == [1, 2, 3]
        recorder = await session.recorder.get()
        assert recorder is not None and recorder.recording
