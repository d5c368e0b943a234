"""The JSON record of one API call, as CloudTrail writes it (reference: around-config.md §1.1-1.3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

import msgspec

from backend.engine.around import identity
from backend.engine.context import Call, Context
from backend.engine.store import dumps
from backend.model.item import Document, Json
from backend.model.moment import Moment, to_iso

VERSION = "1.11"
GLOBAL_REGION = "us-east-1"
"""Where events of global services are recorded (TRE-11)."""

_GLOBAL_SERVICES = frozenset({"iam", "route53", "cloudfront", "organizations", "signin", "support"})
_SOURCES = {"cloudwatch": "monitoring", "opensearch": "es", "elbv2": "elasticloadbalancing"}
"""Services whose event source is not botocore's name for them."""

_PART_LIMIT = 100 * 1024
_TEXT_LIMIT = 1024

DATA_PLANE: dict[str, frozenset[str]] = {
    "s3": frozenset(
        {
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjects",
            "GetObject",
            "HeadObject",
            "ListMultipartUploads",
            "ListObjectVersions",
            "ListObjects",
            "ListObjectsV2",
            "ListParts",
            "PutObject",
            "UploadPart",
            "UploadPartCopy",
        }
    ),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "sqs": frozenset(
        {
            "ChangeMessageVisibility",
            "ChangeMessageVisibilityBatch",
            "DeleteMessage",
            "DeleteMessageBatch",
            "ReceiveMessage",
            "SendMessage",
            "SendMessageBatch",
        }
    ),
}
"""Calls that are data events or not recorded at all; the event history holds management events only (TRE-18)."""


_CONTENT = frozenset({"Body", "Plaintext", "CiphertextBlob"})
"""Members that hold what was stored or kept secret, which no record repeats."""


class TrailRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record with what it is looked up by."""

    id: str
    region: str
    source: str
    user: str
    access_key: str
    document: Document
    text: str


def source_of(service: str) -> str:
    """`ec2` → `ec2.amazonaws.com`; a full source is kept."""
    return service if service.endswith(".amazonaws.com") else f"{_SOURCES.get(service, service)}.amazonaws.com"


def make(
    ctx: Context,
    *,
    source: str,
    name: str,
    at: Moment,
    request: Document | None,
    response: Document | None,
    read_only: bool,
    event_type: str = "AwsApiCall",
    error: tuple[str, str] | None = None,
) -> TrailRecord:
    """The record of a call by the context's caller, completed at `at`; `error` is (code, message)."""
    principal = identity.principal(ctx)
    raw = bytes.fromhex(ctx.ids.read_hex()) if read_only else ctx.ids.bytes()
    event_id = str(uuid.UUID(bytes=raw[:16], version=4))
    region = GLOBAL_REGION if source.partition(".")[0] in _GLOBAL_SERVICES else ctx.region
    record: Document = {
        "eventVersion": VERSION,
        "userIdentity": _foreign(ctx, principal) if ctx.caller.account else principal.identity,
        "eventTime": to_iso(at)[:19] + "Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": ctx.caller.source_ip,
        "userAgent": ctx.caller.user_agent[:_TEXT_LIMIT],
    }
    if error is not None:
        record["errorCode"] = error[0]
        if error[1]:
            record["errorMessage"] = error[1][:_TEXT_LIMIT]
    inner = source == "config.amazonaws.com"
    asked = _lowered(request, inner=inner, bucket_name=source == "s3.amazonaws.com")
    if inner and name == "GetResourceConfigHistory" and asked is not None:
        asked.setdefault("limit", 0)  # the number that stands for none (aws-config.md §12)
    record["requestParameters"] = asked
    record["responseElements"] = None if read_only or error is not None else _lowered(response, inner=inner)
    record["requestID"] = ctx.caller.request_id or str(uuid.UUID(bytes=raw[16:], version=4))
    record["eventID"] = event_id
    record["readOnly"] = read_only
    record["eventType"] = event_type
    record["managementEvent"] = True
    record["recipientAccountId"] = ctx.account
    record["eventCategory"] = "Management"
    text = dumps(record)
    if len(text) > _PART_LIMIT:
        for part in ("requestParameters", "responseElements"):
            size = len(dumps(record[part]))
            if size > _PART_LIMIT:
                record[part] = {"omitted": True, "originalSize": size, "reason": f"{part} too large"}
        text = dumps(record)
    return TrailRecord(
        id=event_id,
        region=region,
        source=source,
        user=principal.user_name,
        access_key=principal.identity.get("accessKeyId", ""),
        document=record,
        text=text,
    )


def _foreign(ctx: Context, principal: identity.Principal) -> Document:
    """Somebody of another account, of whom this one is told no more (reference: around-config.md §1.2)."""
    return {"type": "AWSAccount", "principalId": principal.id, "accountId": ctx.caller.account}


def touched(ctx: Context, call: Call, answer: Document | None) -> Iterator[tuple[str, str]]:
    """(resource type, name) of what a call of these services was about, by the id its items have.

    Calls of AWS Config give none, as recorded from the service (reference: recorded.md §3).
    """
    params = call.params
    if call.service == "s3" and "Bucket" in params:
        yield "AWS::S3::Bucket", params["Bucket"]
    elif call.service == "sns":
        arn = (answer or {}).get("TopicArn") or params.get("TopicArn") or params.get("ResourceArn")
        if arn:
            yield "AWS::SNS::Topic", arn
    elif call.service == "sqs":
        queue = params.get("QueueUrl") or params.get("QueueName")
        if queue:
            name = queue.rsplit("/", 1)[-1]
            yield "AWS::SQS::Queue", f"https://sqs.{ctx.region}.amazonaws.com/{ctx.account}/{name}"
    elif call.service == "kms":
        key = params.get("KeyId") or ((answer or {}).get("KeyMetadata") or {}).get("KeyId")
        if key:
            yield "AWS::KMS::Key", key.rsplit("/", 1)[-1]
    elif call.service == "ssm":
        yield from (("AWS::SSM::ManagedInstanceInventory", node) for node in _nodes(params))
    elif call.service == "events":
        rule = params.get("Rule") or (params.get("Name") if "Rule" in call.operation else None)
        if rule:
            yield "AWS::Events::Rule", rule
    elif call.service == "sts" and "RoleArn" in params:
        yield "AWS::IAM::Role", params["RoleArn"]
        yield "AWS::IAM::Role", params["RoleArn"].rsplit("/", 1)[-1]


def _nodes(params: Document) -> Iterator[str]:
    """The managed nodes that a call names."""
    if params.get("InstanceId"):
        yield params["InstanceId"]
    for target in params.get("Targets") or ():
        if target.get("Key") == "InstanceIds":
            yield from (node for node in target.get("Values") or () if node != "*")


_MAPS = frozenset({"Tags", "Parameters"})
"""Members of AWS Config's calls whose own members a caller named, where they are no lists."""


def _lowered(members: Document | None, *, inner: bool = False, bucket_name: bool = False) -> Document | None:
    """Members with the first letter of their names in lower case; None when there are none.

    `inner`: those of the structures in them too, as AWS Config has it; S3 keeps these as its XML spells them.
    """
    if not members:
        return None
    plain = {_low(name): _plain(value, inner, name) for name, value in members.items() if name not in _CONTENT}
    if bucket_name and "bucket" in plain:
        plain = {"bucketName": plain.pop("bucket"), **plain}
    return plain


def _low(name: str) -> str:
    return name[:1].lower() + name[1:]


def _plain(value: Json, inner: bool, member: str = "") -> Json:
    """A value without secrets and with times as text; `member` is the one that it is the value of."""
    if isinstance(value, dict):
        rename = inner and member not in _MAPS
        # The one member that CloudTrail leaves out of answers: the secret of temporary credentials.
        return {
            _low(name) if rename else name: _plain(each, inner, name)
            for name, each in value.items()
            if name != "SecretAccessKey"
        }
    if isinstance(value, (list, tuple)):
        return [_plain(each, inner) for each in value]
    if isinstance(value, datetime):
        return _date(value)
    return value


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _date(value: datetime) -> str:
    """`Dec 11, 2014 12:58:42 AM`."""
    hour = value.hour % 12 or 12
    half = "AM" if value.hour < 12 else "PM"
    return f"{_MONTHS[value.month - 1]} {value.day}, {value.year} {hour}:{value:%M:%S} {half}"
