"""Queues and their settings (reference: around-config.md §9; the item's form: recorded.md §3)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from backend.engine.around import identity, policy
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import loads
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import MINUTE, SECOND

QUEUE = "AWS::SQS::Queue"

_DEFAULTS = {
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "DelaySeconds": "0",
    "MessageRetentionPeriod": "345600",
    "MaximumMessageSize": "1048576",
    "VisibilityTimeout": "30",
}
LONGEST = 1_048_576
"""Bytes of a message, and of all messages of a batch together (around-config.md §9: 262,144 in older texts)."""

_RANGES = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, LONGEST),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
_FREE = {"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled"}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_PAGE = 1000
_POLICY_LIMIT = 8192
_POLICY_STATEMENTS = 20
_MOST_PRINCIPALS, _MOST_CONDITIONS, _MOST_ACTIONS = 50, 10, 7


def missing() -> ServiceError:
    return ServiceError("QueueDoesNotExist", "The specified queue does not exist.")


def url(ctx: Context, name: str) -> str:
    """The queue URL of a name, which is also the id of its items."""
    return f"https://sqs.{ctx.region}.amazonaws.com/{ctx.account}/{name}"


def find(ctx: Context, queue_url: str) -> Resource:
    """A queue of the region by its URL, whatever host the URL names. Raises QueueDoesNotExist.

    Clients of a local endpoint may put its address in front; only a URL of another region is another queue.
    """
    parts = urlsplit(queue_url)
    region = re.fullmatch(r"(?:sqs\.)?([a-z]{2}-[a-z-]+-\d)\.(?:queue\.)?amazonaws\.com", parts.hostname or "")
    if region is not None and region[1] != ctx.region:
        raise missing()
    queue = estate.get(ctx, QUEUE, url(ctx, parts.path.rsplit("/", 1)[-1]))
    if queue is None:
        raise missing()
    return queue


def where_it_is(name: str, operation: Operation) -> Operation:
    """An operation in the account that the URL of its queue names, if that queue's policy lets the caller in."""
    action = name.removesuffix("Batch")

    def run(ctx: Context, params: Document) -> Document:
        there = _owner_of(ctx, params.get("QueueUrl", ""))
        if there is not ctx:
            allow_caller(there, find(there, params["QueueUrl"]), action)
        return operation(there, params)

    return run


def _owner_of(ctx: Context, queue_url: str) -> Context:
    if len(ctx.accounts) == 1:
        return ctx
    account = urlsplit(queue_url).path.strip("/").partition("/")[0]
    return ctx.in_account(account) if account in ctx.accounts and account != ctx.account else ctx


def by_arn(ctx: Context, arn: str) -> Resource:
    """A queue of any region by its ARN. Raises QueueDoesNotExist."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[2] != "sqs" or parts[4] != ctx.account:
        raise missing()
    there = ctx.within(parts[3])
    queue = estate.get(there, QUEUE, url(there, parts[5]))
    if queue is None:
        raise missing()
    return queue


def arn(queue: Resource) -> str:
    return str(queue.configuration["QueueArn"])


def number(queue: Resource, attribute: str) -> int:
    """A numeric attribute; they are kept as text, as in items."""
    return int(queue.configuration.get(attribute, _DEFAULTS[attribute]))


def allow(ctx: Context, queue: Resource, request: policy.Request) -> None:
    """Raises AccessDenied (403) unless the queue's policy, or ownership, lets the request through (SQS-05, SQS-06).

    In a lenient world everything may pass that no statement denies.
    """
    text = queue.configuration.get("Policy")
    decision = policy.decide(policy.parse(text) if text else None, request)
    owner = not request.is_service and request.principal.split(":")[4:5] == [ctx.account]
    if decision is policy.Decision.ALLOW or (decision is policy.Decision.NOTHING and (owner or ctx.world.lenient)):
        return
    raise ServiceError("AccessDenied", f"Access to the resource {queue.resource_id} is denied.", 403)


def allow_caller(ctx: Context, queue: Resource, action: str) -> None:
    """The same for the caller of an operation."""
    caller = identity.principal(ctx).arn
    allow(ctx, queue, policy.Request(caller, f"sqs:{action}", arn(queue), identity.surroundings(ctx)))


def create_queue(ctx: Context, params: Document) -> Document:
    """Make a queue, or answer the URL of the one that is there with the same attributes.

    Raises InvalidParameterValue, InvalidAttributeName, InvalidAttributeValue, QueueNameExists and QueueDeletedRecently.
    """
    name = params["QueueName"]
    if not _NAME.fullmatch(name):
        raise ServiceError(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        )
    attributes = params.get("Attributes") or {}
    queue_url = url(ctx, name)
    queue_arn = ctx.arn("sqs", name)
    present = estate.get(ctx, QUEUE, queue_url)
    if present is not None:
        for attribute, value in attributes.items():
            if present.configuration.get(attribute) != value:
                raise ServiceError(
                    "QueueNameExists",
                    f"A queue already exists with the same name and a different value for attribute {attribute}",
                )
        return {"QueueUrl": queue_url}
    _check(attributes, queue_arn)
    deleted = ctx.store.meta(f"deleted/{queue_arn}")
    if deleted is not None and ctx.now - deleted < MINUTE:
        raise ServiceError(
            "QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        )
    stamp = str(ctx.now // SECOND)
    configuration = {
        **_DEFAULTS,
        **attributes,
        "CreatedTimestamp": stamp,
        "LastModifiedTimestamp": stamp,
        "QueueArn": queue_arn,
    }
    tags = params.get("tags") or {}
    estate.put(
        ctx,
        Resource(
            resource_type=QUEUE,
            resource_id=queue_url,
            region=ctx.region,
            name=name,
            arn=queue_arn,
            zone="Not Applicable",
            created=ctx.now // SECOND * SECOND,
            configuration=configuration,
            supplementary={"Tags": tags},
            tags=tags,
        ),
    )
    return {"QueueUrl": queue_url}


def delete_queue(ctx: Context, params: Document) -> Document:
    """Remove a queue with its messages."""
    queue = find(ctx, params["QueueUrl"])
    allow_caller(ctx, queue, "DeleteQueue")
    ctx.store.run("DELETE FROM queue_messages WHERE queue = ?", (arn(queue),))
    estate.remove(ctx, QUEUE, queue.resource_id)
    ctx.store.set_meta(f"deleted/{arn(queue)}", ctx.now)
    return {}


def get_queue_url(ctx: Context, params: Document) -> Document:
    """The URL of a queue by name; QueueDoesNotExist for one of another account that does not let the caller know."""
    owner = params.get("QueueOwnerAWSAccountId", ctx.account)
    if owner == ctx.account:
        return {"QueueUrl": find(ctx, url(ctx, params["QueueName"])).resource_id}
    if owner not in ctx.accounts:
        raise missing()
    there = ctx.in_account(owner)
    queue = find(there, url(there, params["QueueName"]))
    try:
        allow_caller(there, queue, "GetQueueUrl")
    except ServiceError as error:
        raise missing() from error
    return {"QueueUrl": queue.resource_id}


def list_queues(ctx: Context, params: Document) -> Document:
    """URLs of the region's queues by name; without queues the key is absent."""
    prefix = params.get("QueueNamePrefix") or ""
    after = params.get("NextToken") or ""
    found = sorted(queue.resource_id for queue in estate.of_type(ctx, QUEUE) if (queue.name or "").startswith(prefix))
    rest = [queue_url for queue_url in found if queue_url > after]
    limit = params.get("MaxResults", _PAGE)
    if not 1 <= limit <= _PAGE:
        raise ServiceError("InvalidParameterValue", f"Value for parameter MaxResults is invalid. Must be 1 to {_PAGE}.")
    answer: Document = {"QueueUrls": rest[:limit]} if rest else {}
    if len(rest) > limit and "MaxResults" in params:
        answer["NextToken"] = rest[limit - 1]
    return answer


def set_queue_attributes(ctx: Context, params: Document) -> Document:
    """Change settings; an empty text takes Policy, RedrivePolicy and the like away."""
    queue = find(ctx, params["QueueUrl"])
    allow_caller(ctx, queue, "SetQueueAttributes")
    attributes = params["Attributes"]
    _check(attributes, arn(queue))
    changed = {**queue.configuration, **attributes}
    for name in _FREE & set(attributes):
        if attributes[name] == "":
            changed.pop(name, None)
    if changed != queue.configuration:
        changed["LastModifiedTimestamp"] = str(ctx.now // SECOND)
        estate.put(ctx, msgspec.structs.replace(queue, configuration=changed))
    return {}


def list_queue_tags(ctx: Context, params: Document) -> Document:
    tags = find(ctx, params["QueueUrl"]).tags
    return {"Tags": tags} if tags else {}


def tag_queue(ctx: Context, params: Document) -> Document:
    queue = find(ctx, params["QueueUrl"])
    return _retag(ctx, queue, {**queue.tags, **params["Tags"]})


def untag_queue(ctx: Context, params: Document) -> Document:
    queue = find(ctx, params["QueueUrl"])
    return _retag(ctx, queue, {key: value for key, value in queue.tags.items() if key not in params["TagKeys"]})


def _retag(ctx: Context, queue: Resource, tags: dict[str, str]) -> Document:
    if tags != queue.tags:
        supplementary = {**queue.supplementary, "Tags": tags}
        estate.put(ctx, msgspec.structs.replace(queue, tags=tags, supplementary=supplementary))
    return {}


def _check(attributes: dict[str, str], queue_arn: str) -> None:
    for name, value in attributes.items():
        if name in _RANGES:
            low, high = _RANGES[name]
            if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
                raise _bad_value(name)
        elif name not in _FREE:
            raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
        elif name == "Policy" and value:
            _check_policy(value, queue_arn)
        elif name == "RedrivePolicy" and value:
            _check_redrive(value)


def _check_policy(text: str, queue_arn: str) -> None:
    """One policy covers this queue only (SQS-10)."""
    try:
        document = policy.parse(text)
        resources = list(policy.resources(document))
    except policy.MalformedPolicy as error:
        raise _bad_value("Policy") from error
    held = policy.statements(document)
    too_long = len(text.encode()) > _POLICY_LIMIT or len(held) > _POLICY_STATEMENTS
    if (
        too_long
        or any(_overfull(each) for each in held)
        or not all(policy.like(named, queue_arn) for named in resources)
    ):
        raise _bad_value("Policy")


def _overfull(statement: Document) -> bool:
    """Whether a statement names more than a queue's policy may."""
    principal = statement.get("Principal")
    named = principal.values() if isinstance(principal, dict) else [principal]
    principals = sum(len(each) if isinstance(each, list) else 1 for each in named)
    conditions = sum(len(keys) for keys in (statement.get("Condition") or {}).values())
    action = statement.get("Action")
    actions = len(action) if isinstance(action, list) else 1
    return principals > _MOST_PRINCIPALS or conditions > _MOST_CONDITIONS or actions > _MOST_ACTIONS


def _check_redrive(text: str) -> None:
    try:
        redrive = loads(text)
        good = (
            redrive["deadLetterTargetArn"].startswith("arn:aws:sqs:") and 1 <= int(redrive["maxReceiveCount"]) <= 1000
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _bad_value("RedrivePolicy") from error
    if not good:
        raise _bad_value("RedrivePolicy")


def _bad_value(name: str) -> ServiceError:
    return ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


OPERATIONS: dict[str, Operation] = {
    "CreateQueue": create_queue,
    "DeleteQueue": delete_queue,
    "GetQueueUrl": get_queue_url,
    "ListQueues": list_queues,
    "SetQueueAttributes": set_queue_attributes,
    "ListQueueTags": list_queue_tags,
    "TagQueue": tag_queue,
    "UntagQueue": untag_queue,
}
