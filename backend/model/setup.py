"""Setting AWS Config up in a region: what is wanted, what has to be there for it, and the policies it needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec

from backend.model.delivery import DeliveryChannel
from backend.model.item import Document, Json
from backend.model.recorder import Recorder

SERVICE = "config.amazonaws.com"
"""The principal of AWS Config."""

GOOD, BAD, UNKNOWN = "good", "bad", "unknown"

STEPS = ("put the recorder", "put the delivery channel", "start recording")
"""What a set-up does, in the only order that AWS takes."""

ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/([\w+=,.@/-]+)")
TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):(\d{12}):([\w-]{1,256})")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be set up."""

    recorder: Recorder
    channel: DeliveryChannel
    account: str
    region: str


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """A call that would mend what a check found, as the service model spells it."""

    title: str
    service: str
    operation: str
    params: dict[str, Json]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one thing is as it has to be; `remedy` says what to do when it is not."""

    subject: str
    state: str
    """`good`, `bad`, or `unknown` when it could not be found out."""
    told: str
    remedy: str = ""
    repair: Repair | None = None


def linked_role(account: str) -> str:
    """The ARN of AWS Config's service-linked role."""
    return f"arn:aws:iam::{account}:role/aws-service-role/{SERVICE}/AWSServiceRoleForConfig"


def is_linked(role_arn: str) -> bool:
    return f":role/aws-service-role/{SERVICE}/" in role_arn


def topic_arn(text: str, account: str, region: str) -> str | None:
    """A topic as typed, its name alone too, as an ARN; None for no topic."""
    text = text.strip()
    if not text:
        return None
    return text if ":" in text else f"arn:aws:sns:{region}:{account}:{text}"


def flaws(plan: Plan) -> Iterator[Check]:
    """What is wrong with a plan by its words alone: to be said while it is typed."""
    recorder, channel = plan.recorder, plan.channel
    group = recorder.group
    if group.strategy == "INCLUSION_BY_RESOURCE_TYPES" and not group.resource_types:
        yield _bad("types", "No type is chosen", "Choose at least one, or record all types")
    if group.strategy == "EXCLUSION_BY_RESOURCE_TYPES" and not group.excluded_types:
        yield _bad("types", "No type is left out", "Choose what to leave out, or record all types")
    role = ROLE.fullmatch(recorder.role_arn)
    if role is None:
        yield _bad("role", "This is no ARN of a role", f"The usual one is {linked_role(plan.account)}")
    elif role[1] != plan.account:
        yield _bad("role", f"This role is in account {role[1]}", f"The recorder needs one of {plan.account}")
    if not recorder.name:
        yield _bad("recorder", "The recorder has no name", "The usual one is “default”")
    if not channel.name:
        yield _bad("channel", "The channel has no name", "The usual one is “default”")
    if not channel.bucket:
        yield _bad("bucket", "A channel needs a bucket", "History and snapshots are put there")
    elif not BUCKET.fullmatch(channel.bucket):
        yield _bad("bucket", "No bucket can have this name", "3 to 63 lower-case letters, digits, dots and dashes")
    if channel.topic_arn:
        topic = TOPIC.fullmatch(channel.topic_arn)
        if topic is None:
            yield _bad("topic", "This is no ARN of a topic", "Give its name alone, or arn:aws:sns:REGION:ACCOUNT:NAME")
        elif topic[1] != plan.region:
            yield _bad("topic", f"This topic is in {topic[1]}", f"It has to be in {plan.region}, as the recorder is")


def _bad(subject: str, told: str, remedy: str) -> Check:
    return Check(subject=subject, state=BAD, told=told, remedy=remedy)


# Policies


def bucket_statements(plan: Plan) -> list[Json]:
    """What a bucket's policy has to say so that AWS Config can deliver into it (aws-config.md §9)."""
    arn = f"arn:aws:s3:::{plan.channel.bucket}"
    only_us: Json = {"StringEquals": {"AWS:SourceAccount": plan.account}}
    owned: Json = {"StringEquals": {"AWS:SourceAccount": plan.account, "s3:x-amz-acl": "bucket-owner-full-control"}}
    return [
        _allow("AWSConfigBucketPermissionsCheck", "s3:GetBucketAcl", arn, only_us),
        _allow("AWSConfigBucketExistenceCheck", "s3:ListBucket", arn, only_us),
        _allow("AWSConfigBucketDelivery", "s3:PutObject", f"{arn}/{delivery_prefix(plan)}*", owned),
    ]


def topic_statement(plan: Plan) -> Json:
    """What a topic's policy has to say so that AWS Config can publish to it."""
    only_us: Json = {"StringEquals": {"AWS:SourceAccount": plan.account}}
    return _allow("AWSConfigSNSPolicy", "sns:Publish", plan.channel.topic_arn or "", only_us)


def delivery_prefix(plan: Plan) -> str:
    """Where the keys of delivered files begin."""
    prefix = f"{plan.channel.prefix}/" if plan.channel.prefix else ""
    return f"{prefix}AWSLogs/{plan.account}/Config/"


def merged(policy: str, statements: Iterable[Json]) -> str:
    """A policy with some statements added; those of the same name make place for them."""
    document = _read(policy) or {"Version": "2012-10-17", "Statement": []}
    new = list(statements)
    names = {one.get("Sid") for one in new if isinstance(one, dict)}
    kept = [one for one in _statements(document) if one.get("Sid") not in names]
    return json.dumps({**document, "Statement": [*kept, *new]})


def allows(policy: str, action: str, resource: str, plan: Plan, extra: str = "") -> bool | None:
    """Whether a policy of a resource lets AWS Config act; None where a condition cannot be judged from here.

    `extra` is another principal that may be named instead: the recorder's role.
    """
    found: bool | None = False
    for statement in _statements(_read(policy)):
        if not _about(statement, "Principal", [SERVICE, extra] if extra else [SERVICE]):
            continue
        if not _matches(statement.get("Action"), action) or not _matches(statement.get("Resource", "*"), resource):
            continue
        holds = _holds(statement.get("Condition"), plan)
        if statement.get("Effect") == "Deny":
            if holds is not False:
                return False if holds else None
        elif holds:
            found = True
        elif holds is None and found is False:
            found = None
    return found


def trusts(policy: Json) -> bool:
    """Whether the trust policy of a role lets AWS Config assume it."""
    document = policy if isinstance(policy, dict) else _read(str(policy or ""))
    return any(
        statement.get("Effect") == "Allow"
        and _about(statement, "Principal", [SERVICE])
        and _matches(statement.get("Action"), "sts:AssumeRole")
        for statement in _statements(document)
    )


def _allow(sid: str, action: str, resource: str, condition: Json) -> Json:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }


def _read(policy: str) -> Document:
    try:
        found = json.loads(policy) if policy else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _statements(document: Document) -> list[Document]:
    found = document.get("Statement") or []
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def _about(statement: Document, member: str, principals: list[str]) -> bool:
    told = statement.get(member)
    if told == "*":
        return True
    if not isinstance(told, dict):
        return False
    named = [name for value in told.values() for name in (value if isinstance(value, list) else [value])]
    return "*" in named or any(principal in named for principal in principals)


def _matches(told: Json, wanted: str) -> bool:
    patterns = told if isinstance(told, list) else [told]
    return any(fnmatchcase(wanted.lower(), str(pattern).lower()) for pattern in patterns if pattern)


def _holds(condition: Json, plan: Plan) -> bool | None:
    """Whether a condition holds for calls of AWS Config; None when it asks for something else than we know."""
    if not isinstance(condition, dict):
        return True
    known = {
        "aws:sourceaccount": plan.account,
        "aws:sourcearn": f"arn:aws:config:{plan.region}:{plan.account}:x",
        "s3:x-amz-acl": "bucket-owner-full-control",
        "aws:securetransport": "true",
    }
    for operator, asked in condition.items():
        for key, values in (asked if isinstance(asked, dict) else {}).items():
            value = known.get(key.lower())
            if value is None or not operator.lower().startswith(("string", "arn", "bool")) or "not" in operator.lower():
                return None if key.lower() != "aws:sourceowner" else False
            if not any(fnmatchcase(value, str(one)) for one in (values if isinstance(values, list) else [values])):
                return False
    return True
