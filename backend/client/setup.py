"""The first set-up of AWS Config in a region: what has to be there for it, and the set-up itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import unquote

from backend.client.api import Api
from backend.client.session import DeliveryPart, RecorderPart
from backend.model import setup
from backend.model.delivery import DeliveryChannel
from backend.model.item import Json
from backend.model.problem import Denied, Missing, Problem
from backend.model.recorder import Recorder
from backend.model.setup import BAD, GOOD, UNKNOWN, Check, Plan, Repair


async def set_up(
    recorders: RecorderPart,
    deliveries: DeliveryPart,
    recorder: Recorder,
    channel: DeliveryChannel,
    done: Callable[[int], None] = lambda _: None,
) -> None:
    """Put the recorder and the channel and start recording: three calls, in the only order that AWS takes (REC-04).

    `done` is told how many of the `setup.STEPS` are. Nothing is taken back when one of them is refused: what was put
    can be put again, and so the whole be repeated.
    """
    await recorders.put(recorder)
    done(1)
    await deliveries.put(channel)
    done(2)
    await recorders.start(recorder.name)
    done(3)


class SetUpOverApi:
    """Looks at the bucket, the topic and the role that AWS Config is to use, and makes what is missing."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def checks(self, plan: Plan) -> AsyncIterator[Check]:
        """One thing after the other. What may not be asked is told as unknown, never raised."""
        yield await self._role(plan)
        async for check in self._bucket(plan):
            yield check
        if plan.channel.topic_arn:
            async for check in self._topic(plan):
                yield check

    async def repair(self, repair: Repair) -> None:
        """Make the call that a check asked for. Raises `Problem`."""
        await self._api.call(repair.service, repair.operation, **repair.params)

    # The role

    async def _role(self, plan: Plan) -> Check:
        arn = plan.recorder.role_arn
        name = arn.rpartition("/")[2]
        try:
            answer = await self._api.call("iam", "GetRole", RoleName=name)
        except Missing:
            if setup.is_linked(arn):
                make = Repair(
                    title="Create AWS Config's own role",
                    service="iam",
                    operation="CreateServiceLinkedRole",
                    params={"AWSServiceName": setup.SERVICE},
                )
                return _check("role", BAD, "The service-linked role does not exist yet", "Let it be created", make)
            return _check("role", BAD, f"There is no role {name}", "Make it in IAM, trusting config.amazonaws.com")
        except Problem as problem:
            if setup.is_linked(arn):
                return _check("role", UNKNOWN, "AWS Config's own role; IAM could not be asked about it", _why(problem))
            return _check("role", UNKNOWN, "Whether the role exists could not be found out", _why(problem))
        trust = (answer.get("Role") or {}).get("AssumeRolePolicyDocument")
        if isinstance(trust, str):
            trust = json.loads(unquote(trust)) if trust else {}
        if not setup.trusts(trust):
            return _check("role", BAD, "The role does not trust AWS Config", f"Let {setup.SERVICE} assume it")
        return _check("role", GOOD, "The role exists and trusts AWS Config")

    # The bucket

    async def _bucket(self, plan: Plan) -> AsyncIterator[Check]:
        bucket = plan.channel.bucket
        try:
            await self._api.call("s3", "HeadBucket", Bucket=bucket)
        except Missing:
            yield _check("bucket", BAD, f"There is no bucket {bucket}", "Let it be created", _make_bucket(plan))
            return
        except Denied:
            yield _check("bucket", UNKNOWN, "The bucket exists, but may not be looked at", "It may be somebody else's")
        except Problem as problem:
            yield _check("bucket", UNKNOWN, "The bucket could not be looked at", _why(problem))
            return
        else:
            yield _check("bucket", GOOD, "The bucket exists")
        yield await self._bucket_policy(plan)

    async def _bucket_policy(self, plan: Plan) -> Check:
        bucket = plan.channel.bucket
        try:
            policy = str((await self._api.call("s3", "GetBucketPolicy", Bucket=bucket)).get("Policy") or "")
        except Missing:
            policy = ""
        except Problem as problem:
            return _check("policy", UNKNOWN, "Whether AWS Config may write to it could not be found out", _why(problem))
        role = plan.recorder.role_arn
        arn = f"arn:aws:s3:::{bucket}"
        asked = (
            ("s3:GetBucketAcl", arn),
            ("s3:PutObject", f"{arn}/{setup.delivery_prefix(plan)}ConfigWritabilityCheckFile"),
        )
        verdicts = [setup.allows(policy, action, resource, plan, role) for action, resource in asked]
        if all(verdicts):
            return _check("policy", GOOD, "Its policy lets AWS Config write")
        mend = Repair(
            title="Let AWS Config write to the bucket",
            service="s3",
            operation="PutBucketPolicy",
            params={"Bucket": bucket, "Policy": setup.merged(policy, setup.bucket_statements(plan))},
        )
        if None in verdicts:
            return _check("policy", UNKNOWN, "Its policy has conditions that cannot be judged from here", "", mend)
        if not setup.is_linked(role):
            told = "Its policy does not let AWS Config write; the role's own policies may"
            return _check("policy", UNKNOWN, told, "Or let the bucket's policy be extended", mend)
        return _check("policy", BAD, "Its policy does not let AWS Config write", "Let it be extended", mend)

    # The topic

    async def _topic(self, plan: Plan) -> AsyncIterator[Check]:
        arn = plan.channel.topic_arn or ""
        try:
            answer = await self._api.call("sns", "GetTopicAttributes", TopicArn=arn)
        except Missing:
            name = arn.rpartition(":")[2]
            make = Repair(title="Create the topic", service="sns", operation="CreateTopic", params={"Name": name})
            yield _check("topic", BAD, f"There is no topic {name}", "Let it be created", make)
            return
        except Problem as problem:
            yield _check("topic", UNKNOWN, "The topic could not be looked at", _why(problem))
            return
        yield _check("topic", GOOD, "The topic exists")
        policy = str((answer.get("Attributes") or {}).get("Policy") or "")
        verdict = setup.allows(policy, "sns:Publish", arn, plan, plan.recorder.role_arn)
        if verdict:
            yield _check("publish", GOOD, "Its policy lets AWS Config publish")
            return
        mend = Repair(
            title="Let AWS Config publish to the topic",
            service="sns",
            operation="SetTopicAttributes",
            params={
                "TopicArn": arn,
                "AttributeName": "Policy",
                "AttributeValue": setup.merged(policy, [setup.topic_statement(plan)]),
            },
        )
        if verdict is None:
            yield _check("publish", UNKNOWN, "Its policy has conditions that cannot be judged from here", "", mend)
        elif not setup.is_linked(plan.recorder.role_arn):
            told = "Its policy does not let AWS Config publish; the role's own policies may"
            yield _check("publish", UNKNOWN, told, "Or let the topic's policy be extended", mend)
        else:
            yield _check("publish", BAD, "Its policy does not let AWS Config publish", "Let it be extended", mend)


def _make_bucket(plan: Plan) -> Repair:
    params: dict[str, Json] = {"Bucket": plan.channel.bucket}
    if plan.region != "us-east-1":
        params["CreateBucketConfiguration"] = {"LocationConstraint": plan.region}
    return Repair(title="Create the bucket", service="s3", operation="CreateBucket", params=params)


def _check(subject: str, state: str, told: str, remedy: str = "", repair: Repair | None = None) -> Check:
    return Check(subject=subject, state=state, told=told, remedy=remedy, repair=repair)


def _why(problem: Problem) -> str:
    return problem.why or problem.what
