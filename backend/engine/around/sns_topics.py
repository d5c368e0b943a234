"""Topics and their settings (reference: around-config.md §8)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from backend.engine.around import identity, kms_keys, policy
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import SECOND

TOPIC = "AWS::SNS::Topic"
PAGE = 100

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SETTABLE = re.compile(
    r"Policy|DisplayName|DeliveryPolicy|KmsMasterKeyId|SignatureVersion|TracingConfig"
    r"|(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn)"
)
_RETRIES = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
_OWNER_ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)


def invalid(reason: str) -> ServiceError:
    return ServiceError("InvalidParameter", f"Invalid parameter: {reason}")


def missing() -> ServiceError:
    return ServiceError("NotFound", "Topic does not exist", 404)


def unauthorized(principal: str, action: str, resource: str) -> ServiceError:
    text = f"User: {principal} is not authorized to perform: {action} on resource: {resource}"
    return ServiceError("AuthorizationError", text, 403)


def find(ctx: Context, topic_arn: str, *, anywhere: bool = False) -> Resource:
    """A topic by its ARN; raises NotFound (404), or InvalidParameter for what is no topic ARN of the region.

    `anywhere` finds it in its own region whatever the context's, as services may publish across regions.
    """
    parts = topic_arn.split(":")
    if len(parts) != 6 or parts[2] != "sns":
        raise invalid("TopicArn")
    if parts[3] != ctx.region and not anywhere:
        raise invalid("TopicArn")
    topic = estate.get(ctx, TOPIC, topic_arn, parts[3])
    if topic is None:
        raise missing()
    return topic


def where_it_is(operation: Operation) -> Operation:
    """An operation in the account whose topic or subscription it names, which may be another than the caller's."""

    def run(ctx: Context, params: Document) -> Document:
        named = params.get("TopicArn") or params.get("TargetArn") or params.get("SubscriptionArn") or ""
        return operation(ctx.owner_of(named), params)

    return run


def check_key(ctx: Context, there: Context, topic: Resource, principal: str) -> None:
    """Raises KMSAccessDenied and its like where a principal cannot use the key that a topic is encrypted with.

    `ctx` is where the principal is, `there` where the topic is.
    """
    key = topic.configuration.get("KmsMasterKeyId")
    refusal = kms_keys.sending_refusal(ctx, there, key, principal) if key else None
    if refusal is not None:
        raise ServiceError(_KEY_CODES[refusal.code], refusal.message)


_KEY_CODES = {
    "AccessDeniedException": "KMSAccessDenied",
    "DisabledException": "KMSDisabled",
    "KMSInvalidStateException": "KMSInvalidState",
    "NotFoundException": "KMSNotFound",
}


def allow(ctx: Context, topic: Resource, request: policy.Request) -> None:
    """Raises AuthorizationError (403) unless the topic's policy, or ownership, lets the request through.

    In a lenient world everything may pass that no statement denies.
    """
    text = topic.configuration.get("Policy")
    decision = policy.decide(policy.parse(text) if text else None, request)
    owner = not request.is_service and request.principal.split(":")[4:5] == [topic.configuration["Owner"]]
    if decision is policy.Decision.ALLOW or (decision is policy.Decision.NOTHING and (owner or ctx.world.lenient)):
        return
    raise unauthorized(request.principal, request.action, request.resource)


def allow_caller(ctx: Context, topic: Resource, action: str) -> None:
    """The same for the caller of an operation."""
    context = {**identity.surroundings(ctx), "aws:sourceowner": ctx.calling_account}
    caller = identity.principal(ctx).arn
    allow(ctx, topic, policy.Request(caller, f"SNS:{action}", topic.resource_id, context))


def create_topic(ctx: Context, params: Document) -> Document:
    """Make a topic; the one that is there with the same attributes is answered again."""
    name = params["Name"]
    if not _NAME.fullmatch(name):
        raise invalid("Topic Name")
    attributes = params.get("Attributes") or {}
    topic_arn = ctx.arn("sns", name)
    present = estate.get(ctx, TOPIC, topic_arn)
    if present is not None:
        if any(present.configuration.get(attribute) != value for attribute, value in attributes.items()):
            raise invalid("Attributes Reason: Topic already exists with different attributes")
        return {"TopicArn": topic_arn}
    for attribute, value in attributes.items():
        _check(attribute, value)
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}
    estate.put(
        ctx,
        Resource(
            resource_type=TOPIC,
            resource_id=topic_arn,
            region=ctx.region,
            name=name,
            arn=topic_arn,
            zone="Not Applicable",
            created=ctx.now // SECOND * SECOND,
            configuration={
                "Policy": _owner_policy(ctx, topic_arn),
                "Owner": ctx.account,
                "TopicArn": topic_arn,
                "EffectiveDeliveryPolicy": dumps(
                    {"http": {"defaultHealthyRetryPolicy": _RETRIES, "disableSubscriptionOverrides": False}}
                ),
                "DisplayName": "",
                **attributes,
            },
            supplementary={"Tags": _tag_list(tags)},
            tags=tags,
        ),
    )
    return {"TopicArn": topic_arn}


def _owner_policy(ctx: Context, topic_arn: str) -> str:
    """The policy of a topic that was given none: all principals, but only those of the owner's account."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in _OWNER_ACTIONS],
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": ctx.account}},
    }
    return dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def delete_topic(ctx: Context, params: Document) -> Document:
    """Remove a topic with its subscriptions; one that is gone already is no error."""
    try:
        topic = find(ctx, params["TopicArn"])
    except ServiceError as error:
        if error.code == "NotFound":
            return {}
        raise
    allow_caller(ctx, topic, "DeleteTopic")
    ctx.store.run("DELETE FROM subscriptions WHERE topic = ?", (topic.resource_id,))
    estate.remove(ctx, TOPIC, topic.resource_id)
    return {}


def list_topics(ctx: Context, params: Document) -> Document:
    """Topics of the region, a hundred at a time."""
    arns = [topic.resource_id for topic in estate.of_type(ctx, TOPIC)]
    return page(params, "Topics", [{"TopicArn": arn} for arn in arns])


def page(params: Document, key: str, entries: list[Document]) -> Document:
    """The part of a list that NextToken, a position, asks for."""
    token = params.get("NextToken") or "0"
    if not (token.isascii() and token.isdigit()):
        raise invalid("NextToken")
    start = int(token)
    answer: Document = {key: entries[start : start + PAGE]}
    if start + PAGE < len(entries):
        answer["NextToken"] = str(start + PAGE)
    return answer


def get_topic_attributes(ctx: Context, params: Document) -> Document:
    """All attributes as text, with the counts of subscriptions."""
    topic = find(ctx, params["TopicArn"])
    allow_caller(ctx, topic, "GetTopicAttributes")
    counts = ctx.store.one(
        "SELECT count(*) FILTER (WHERE NOT pending) AS confirmed, count(*) FILTER (WHERE pending) AS pending"
        " FROM subscriptions WHERE topic = ?",
        (topic.resource_id,),
    )
    return {
        "Attributes": {
            **topic.configuration,
            "SubscriptionsConfirmed": str(counts["confirmed"] if counts else 0),
            "SubscriptionsPending": str(counts["pending"] if counts else 0),
            "SubscriptionsDeleted": "0",
        }
    }


def set_topic_attributes(ctx: Context, params: Document) -> Document:
    """Change one attribute; an empty policy brings the owner's back."""
    topic = find(ctx, params["TopicArn"])
    allow_caller(ctx, topic, "SetTopicAttributes")
    name, value = params["AttributeName"], params.get("AttributeValue", "")
    _check(name, value)
    if name == "Policy" and not value:
        value = _owner_policy(ctx, topic.resource_id)
    changed = {**topic.configuration, name: value}
    if changed != topic.configuration:
        estate.put(ctx, msgspec.structs.replace(topic, configuration=changed))
    return {}


def _check(name: str, value: str) -> None:
    if name in {"FifoTopic", "ContentBasedDeduplication"} and value.lower() == "true":
        raise invalid("Attributes Reason: the local engine has standard topics only")
    if not _SETTABLE.fullmatch(name) and name not in {"FifoTopic", "ContentBasedDeduplication"}:
        raise invalid("AttributeName")
    if name == "Policy" and value:
        try:
            policy.parse(value)
        except policy.MalformedPolicy as error:
            raise invalid(f"Policy Error: {error}") from error


def list_tags_for_resource(ctx: Context, params: Document) -> Document:
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(ctx, params).tags.items()]}


def tag_resource(ctx: Context, params: Document) -> Document:
    topic = _tagged(ctx, params)
    return _retag(ctx, topic, {**topic.tags, **{tag["Key"]: tag["Value"] for tag in params["Tags"]}})


def untag_resource(ctx: Context, params: Document) -> Document:
    topic = _tagged(ctx, params)
    return _retag(ctx, topic, {key: value for key, value in topic.tags.items() if key not in params["TagKeys"]})


def _tagged(ctx: Context, params: dict[str, Any]) -> Resource:
    topic = estate.get(ctx, TOPIC, params["ResourceArn"])
    if topic is None:
        raise ServiceError("ResourceNotFound", "Resource does not exist", 404)
    return topic


def _retag(ctx: Context, topic: Resource, tags: dict[str, str]) -> Document:
    if tags != topic.tags:
        supplementary = {**topic.supplementary, "Tags": _tag_list(tags)}
        estate.put(ctx, msgspec.structs.replace(topic, tags=tags, supplementary=supplementary))
    return {}


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


OPERATIONS: dict[str, Operation] = {
    "CreateTopic": create_topic,
    "DeleteTopic": delete_topic,
    "ListTopics": list_topics,
    "GetTopicAttributes": get_topic_attributes,
    "SetTopicAttributes": set_topic_attributes,
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}

OF_A_TOPIC = ("DeleteTopic", "GetTopicAttributes", "SetTopicAttributes")
"""What a topic's policy can let other accounts do."""
