"""The set-up of AWS Config in the estate's regions: bucket, topic, queue, recorder, channel and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.engine.around import s3
from backend.engine.context import Context
from backend.engine.store import dumps
from backend.engine.world import identity, kinds, names, storage
from backend.engine.world.calls import aws
from backend.model.item import Document

STREAM_QUEUE = "configscope-stream"
"""The queue of the home region from which the explorer reads the stream."""

_ROLE = "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"

HOME_BUCKET, HOME_TOPIC = "config-bucket-sgp", "awsconfig-lab"


AGGREGATOR = "organization"


@dataclass(frozen=True)
class RuleSetup:
    """A managed rule as somebody here put it; `frequency` for rules that run on a schedule."""

    name: str
    identifier: str
    description: str
    parameters: Mapping[str, str] | None = None
    types: Sequence[str] = ()
    frequency: str = ""


_RULES = (
    RuleSetup(
        "rds-storage-encrypted",
        "RDS_STORAGE_ENCRYPTED",
        "Databases keep their data encrypted",
        types=(kinds.DB_INSTANCE,),
    ),
    RuleSetup("encrypted-volumes", "ENCRYPTED_VOLUMES", "Volumes in use are encrypted", types=(kinds.VOLUME,)),
    RuleSetup(
        "root-account-mfa-enabled", "ROOT_ACCOUNT_MFA_ENABLED", "Root signs in with MFA", frequency="TwentyFour_Hours"
    ),
    RuleSetup(
        "iam-user-no-policies-check",
        "IAM_USER_NO_POLICIES_CHECK",
        "Users get their rights from groups",
        types=(kinds.USER,),
    ),
    RuleSetup(
        "required-tags",
        "REQUIRED_TAGS",
        "Tagging standard v3: CostCenter, and Environment of the four we have",
        {"tag1Key": "CostCenter", "tag2Key": "Environment", "tag2Value": "prod,staging,dev,sandbox"},
        (kinds.INSTANCE, kinds.VOLUME, kinds.DB_INSTANCE, kinds.BUCKET, kinds.TABLE, kinds.LOAD_BALANCER),
    ),
    RuleSetup(
        "restricted-ssh",
        "INCOMING_SSH_DISABLED",
        "SSH is not open to the world",
        types=(kinds.SECURITY_GROUP,),
    ),
    RuleSetup(
        "s3-bucket-public-read-prohibited",
        "S3_BUCKET_PUBLIC_READ_PROHIBITED",
        "No bucket is public",
        types=(kinds.BUCKET,),
        frequency="Twelve_Hours",
    ),
    RuleSetup(
        "s3-bucket-versioning-enabled",
        "S3_BUCKET_VERSIONING_ENABLED",
        "Buckets keep old versions",
        types=(kinds.BUCKET,),
    ),
    RuleSetup(
        "ec2-instance-no-public-ip",
        "EC2_INSTANCE_NO_PUBLIC_IP",
        "Servers have no public address",
        types=(kinds.INSTANCE,),
    ),
    RuleSetup(
        "cloudtrail-enabled", "CLOUD_TRAIL_ENABLED", "Every call is recorded in a trail", frequency="TwentyFour_Hours"
    ),
)
ELSEWHERE = ("encrypted-volumes", "restricted-ssh", "s3-bucket-versioning-enabled", "cloudtrail-enabled")
"""The rules that other regions, and other accounts, have as well."""


def account(ctx: Context) -> None:
    """Set AWS Config up in all regions of an account.

    The regions of the main account have a bucket each. Of the other accounts every second one delivers to the home
    bucket of the main account, where logs are collected, and the others to one of their own.
    """
    home = ctx.world.home_region
    for name in ctx.world.regions:
        there = ctx.within(name)
        bucket = bucket_of(there)
        if not s3.exists(there, bucket):
            _make(there, bucket)
        topic = HOME_TOPIC if ctx.world.is_main and name == home else f"awsconfig-{names.place(name)}"
        region(there, bucket, topic, everything=name == home)


def aggregator(ctx: Context) -> None:
    """Let the main account see all accounts of the organization, from home."""
    if ctx.world.is_main and len(ctx.accounts) > 1:
        role = ctx.arn("iam", f"role/service-role/{identity.ORGANIZATION_ROLE}", region="")
        source = {"RoleArn": role, "AllAwsRegions": True}
        aws(
            ctx,
            "config",
            "PutConfigurationAggregator",
            ConfigurationAggregatorName=AGGREGATOR,
            OrganizationAggregationSource=source,
        )


def senders(ctx: Context) -> tuple[str, ...]:
    """The accounts that deliver to the home bucket of the main account, that one first."""
    return ctx.accounts[:1] + ctx.accounts[1::2]


def bucket_of(ctx: Context) -> str:
    """The bucket that the account's AWS Config delivers to in the context's region."""
    home = ctx.region == ctx.world.home_region
    if ctx.account in senders(ctx):
        return HOME_BUCKET if home or not ctx.world.is_main else f"config-bucket-{names.place(ctx.region)}"
    return f"config-bucket-{ctx.account}"


def policy_of(ctx: Context, bucket: str) -> Document:
    """The policy of a bucket that AWS Config delivers to."""
    return storage.delivery_policy(bucket, senders(ctx) if bucket == HOME_BUCKET else (ctx.account,))


def _make(ctx: Context, bucket: str) -> None:
    tags = storage.house_tags(bucket, "AWS Config deliveries")
    # Not versioned, as in the lab: what is delivered once is never written again.
    storage.bucket(ctx, bucket, tags, ctx.now, versioned=False, policy=policy_of(ctx, bucket))


def region(ctx: Context, bucket: str, topic: str, *, everything: bool) -> None:
    """Set AWS Config up in the context's region and start it; `everything`: with global resources."""
    topic_arn = storage.topic(ctx, topic, storage.house_tags(topic, "AWS Config stream"), ctx.now, (storage.CONFIG,))
    recorder: Document = {
        "name": "default",
        "roleARN": f"arn:aws:iam::{ctx.account}:{_ROLE}",
        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": everything},
    }
    aws(ctx, "config", "PutConfigurationRecorder", ConfigurationRecorder=recorder)
    channel: Document = {
        "name": "default",
        "s3BucketName": bucket,
        "snsTopicARN": topic_arn,
        "configSnapshotDeliveryProperties": {"deliveryFrequency": "TwentyFour_Hours"},
    }
    aws(ctx, "config", "PutDeliveryChannel", DeliveryChannel=channel)
    aws(ctx, "config", "StartConfigurationRecorder", ConfigurationRecorderName="default")


def rules(ctx: Context) -> None:
    """Put the managed rules that each region of the account has: all of them at the home of the main one."""
    for name in ctx.world.regions:
        everything = ctx.world.is_main and name == ctx.world.home_region
        for rule in _RULES:
            if everything or rule.name in ELSEWHERE:
                put_rule(ctx.within(name), rule)


def put_rule(ctx: Context, rule: RuleSetup) -> None:
    """One managed rule."""
    asked: Document = {
        "ConfigRuleName": rule.name,
        "Description": rule.description,
        "Source": {"Owner": "AWS", "SourceIdentifier": rule.identifier},
    }
    if rule.types:
        asked["Scope"] = {"ComplianceResourceTypes": list(rule.types)}
    if rule.parameters:
        asked["InputParameters"] = dumps(dict(rule.parameters))
    if rule.frequency:
        asked["MaximumExecutionFrequency"] = rule.frequency
    aws(ctx, "config", "PutConfigRule", ConfigRule=asked)


def stream_queue(ctx: Context, topic_arn: str) -> None:
    """The queue that lets a consumer follow the stream."""
    tags = storage.house_tags(STREAM_QUEUE, "configscope")
    url = storage.queue(ctx, STREAM_QUEUE, tags, ctx.now, {"MessageRetentionPeriod": "1209600"})
    storage.subscribe(ctx, topic_arn, url)
