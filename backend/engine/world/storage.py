"""Buckets, topics and queues of the estate, made by the calls that anybody would make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.engine.context import Context
from backend.engine.store import dumps
from backend.engine.world import names
from backend.engine.world.calls import at_the_time, aws
from backend.model.item import Document
from backend.model.moment import Moment

CONFIG = "config.amazonaws.com"


def own_name(ctx: Context, name: str) -> str:
    """The company's name of a bucket: names are global, so all accounts but the main one put their own end to it."""
    return f"{names.COMPANY}-{name}" if ctx.world.is_main else f"{names.COMPANY}-{name}-{ctx.account[-4:]}"


def bucket(
    ctx: Context,
    name: str,
    tags: Mapping[str, str],
    created: Moment,
    *,
    versioned: bool = True,
    key: str = "",
    public: bool = False,
    policy: Document | None = None,
    logs: str = "",
) -> str:
    """A bucket in the context's region; `key` is the ARN of the KMS key it encrypts with. Its name.

    `logs` is the bucket that its access logs go to.
    """
    with at_the_time(ctx, created) as then:
        _make_bucket(then, name, tags, versioned, key, public, policy)
        if logs:
            enabled = {"TargetBucket": logs, "TargetPrefix": f"{name}/"}
            aws(then, "s3", "PutBucketLogging", Bucket=name, BucketLoggingStatus={"LoggingEnabled": enabled})
    return name


def _make_bucket(
    ctx: Context,
    name: str,
    tags: Mapping[str, str],
    versioned: bool,
    key: str,
    public: bool,
    policy: Document | None,
) -> None:
    elsewhere = {} if ctx.region == "us-east-1" else {"LocationConstraint": ctx.region}
    aws(ctx, "s3", "CreateBucket", Bucket=name, **({"CreateBucketConfiguration": elsewhere} if elsewhere else {}))
    if tags:
        upper = [{"Key": tag, "Value": value} for tag, value in tags.items()]
        aws(ctx, "s3", "PutBucketTagging", Bucket=name, Tagging={"TagSet": upper})
    if versioned:
        aws(ctx, "s3", "PutBucketVersioning", Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if key:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        configuration = {"Rules": [{**rule, "BucketKeyEnabled": True}]}
        aws(ctx, "s3", "PutBucketEncryption", Bucket=name, ServerSideEncryptionConfiguration=configuration)
    if public:
        switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        block = dict.fromkeys(switches, False)
        aws(ctx, "s3", "PutPublicAccessBlock", Bucket=name, PublicAccessBlockConfiguration=block)
        policy = public_policy(name)
    if policy:
        aws(ctx, "s3", "PutBucketPolicy", Bucket=name, Policy=dumps(policy))


def public_policy(name: str) -> Document:
    """A bucket policy that lets everybody read everything."""
    return _policy(
        {
            "Sid": "PublicReadGetObject",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{name}/*",
        }
    )


def delivery_policy(name: str, accounts: Sequence[str]) -> Document:
    """What AWS Config needs to deliver to a bucket for some accounts (reference: aws-config.md §9)."""
    folders = [f"arn:aws:s3:::{name}/AWSLogs/{account}/Config/*" for account in accounts]
    source = {"AWS:SourceAccount": _one_or_all(accounts)}
    ours = {"StringEquals": source}
    whole = {"Effect": "Allow", "Principal": {"Service": CONFIG}, "Resource": f"arn:aws:s3:::{name}", "Condition": ours}
    return _policy(
        {"Sid": "AWSConfigBucketPermissionsCheck", **whole, "Action": "s3:GetBucketAcl"},
        {"Sid": "AWSConfigBucketExistenceCheck", **whole, "Action": "s3:ListBucket"},
        {
            "Sid": "AWSConfigBucketDelivery",
            "Effect": "Allow",
            "Principal": {"Service": CONFIG},
            "Action": "s3:PutObject",
            "Resource": _one_or_all(folders),
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}},
        },
    )


def _one_or_all(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def topic(ctx: Context, name: str, tags: Mapping[str, str], created: Moment, publishers: Sequence[str] = ()) -> str:
    """A topic; `publishers` are services that may publish to it. Its ARN."""
    upper = [{"Key": tag, "Value": value} for tag, value in tags.items()]
    with at_the_time(ctx, created) as then:
        arn: str = aws(then, "sns", "CreateTopic", Name=name, Tags=upper)["TopicArn"]
        if publishers:
            policy = dumps(_topic_policy(ctx, arn, publishers))
            aws(then, "sns", "SetTopicAttributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return arn


def _topic_policy(ctx: Context, arn: str, publishers: Sequence[str]) -> Document:
    owner = {
        "Sid": "owner",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ctx.account}:root"},
        "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes", "SNS:SetTopicAttributes"],
        "Resource": arn,
    }
    services = (
        {
            "Sid": service.split(".", 1)[0],
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "SNS:Publish",
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceAccount": ctx.account}},
        }
        for service in publishers
    )
    return _policy(owner, *services)


def queue(
    ctx: Context,
    name: str,
    tags: Mapping[str, str],
    created: Moment,
    attributes: Mapping[str, str] | None = None,
) -> str:
    """A queue; its URL."""
    with at_the_time(ctx, created) as then:
        answer = aws(then, "sqs", "CreateQueue", QueueName=name, Attributes=dict(attributes or {}), tags=dict(tags))
    url: str = answer["QueueUrl"]
    return url


def subscribe(ctx: Context, topic_arn: str, queue_url: str) -> None:
    """Let a queue of the region receive what is published to a topic (SQS-06)."""
    arn = ctx.arn("sqs", queue_url.rsplit("/", 1)[-1])
    policy = _policy(
        {
            "Sid": "topic-may-send",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
    )
    aws(ctx, "sqs", "SetQueueAttributes", QueueUrl=queue_url, Attributes={"Policy": dumps(policy)})
    aws(ctx, "sns", "Subscribe", TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)


def _policy(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def house_tags(name: str, purpose: str) -> dict[str, str]:
    """Tags of what belongs to the account as a whole."""
    return names.tags(name, names.SECURITY, "prod", Purpose=purpose)
