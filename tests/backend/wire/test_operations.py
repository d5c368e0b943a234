"""Every operation that the engine has, called once: its input and answer fit the service model, and the answer
comes out of the wire as it went in.

One story for each service; a story that leaves an operation out fails, so an operation cannot be added without one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from backend.engine.context import Call
from backend.engine.engine import Engine
from backend.engine.parts import local_aws
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import parse
from backend.wire import protocol as wire
from backend.wire.local import LocalWorld
from backend.wire.open import WorldChoice, open_world
from backend.wire.services import Protocol
from backend.wire.validate import checked_input, output_faults

ACCOUNT = "696686700433"
REGION = "ap-southeast-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"

_PROTOCOLS = {"s3": Protocol.REST_XML, "sns": Protocol.QUERY, "sts": Protocol.QUERY}
_READERS = {Protocol.REST_XML: "rest-xml", Protocol.QUERY: "query", Protocol.JSON: "json"}
_NOT_MODELLED = {"GetBucketLocation"}
"""Answers that clients read with code of their own."""


class Story:
    """Calls of one service, each checked on its way in and out."""

    def __init__(self, world: LocalWorld, service: str) -> None:
        self.told: set[str] = set()
        self._world = world
        self._service = service
        self._model = wire.service_model(service)

    def __call__(self, operation: str, **params: Any) -> Document:
        self.told.add(operation)
        model = self._model.operation_model(operation)
        checked = checked_input(self._service, model.input_shape, params)
        answer = asyncio.run(self._world.call(Call(self._service, operation, checked, REGION)))
        assert output_faults(model.output_shape, answer) == [], operation
        if operation not in _NOT_MODELLED:
            assert self._over_the_wire(model, answer) == _without_empties(answer), operation
        return answer

    def _over_the_wire(self, model: Any, answer: Document) -> Any:
        protocol = _PROTOCOLS.get(self._service, Protocol.JSON)
        reply = wire.answer(protocol, model, answer, "00000000-0000-0000-0000-000000000000")
        response = {"body": reply.body, "headers": HeadersDict(reply.headers), "status_code": reply.status}
        parsed = create_parser(_READERS[protocol]).parse(response, model.output_shape)
        parsed.pop("ResponseMetadata")
        if "Body" in parsed:
            parsed["Body"] = reply.body  # clients read it as a stream, past the parser
        return _without_empties(parsed)

    @property
    def untold(self) -> set[str]:
        return set(local_aws().operations[self._service]) - self.told

    def pass_time(self, milliseconds: int) -> None:
        asyncio.run(self._world.jump(milliseconds))


def _without_empties(value: Any) -> Any:
    """XML has no empty lists, and JSON's are tested elsewhere."""
    if isinstance(value, dict):
        return {key: _without_empties(member) for key, member in value.items() if member not in ([], {}, None, b"", "")}
    if isinstance(value, list):
        return [_without_empties(member) for member in value]
    return value


@pytest.fixture(scope="module")
def built() -> Iterator[LocalWorld]:
    """One estate for all stories; its clock stands."""
    choice = WorldChoice(memory=True, start=parse("2023-02-28T09:41:00Z"), resources=60)
    world = asyncio.run(open_world(choice))
    asyncio.run(world.pause())
    yield world
    asyncio.run(world.close())


def test_config(built: LocalWorld) -> None:
    call = Story(built, "config")
    recorder = call("DescribeConfigurationRecorders")["ConfigurationRecorders"][0]
    call("ListConfigurationRecorders")
    call("DescribeConfigurationRecorderStatus")
    call("DescribeDeliveryChannelStatus")
    channel = call("DescribeDeliveryChannels")["DeliveryChannels"][0]
    call("DeliverConfigSnapshot", deliveryChannelName=channel["name"])
    call.pass_time(2_000)

    call("GetDiscoveredResourceCounts")
    instance = call("ListDiscoveredResources", resourceType="AWS::EC2::Instance")["resourceIdentifiers"][0]
    key = {"resourceType": instance["resourceType"], "resourceId": instance["resourceId"]}
    assert call("BatchGetResourceConfig", resourceKeys=[key])["baseConfigurationItems"]
    assert call("GetResourceConfigHistory", **key)["configurationItems"]

    call("PutRetentionConfiguration", RetentionPeriodInDays=400)
    call("DescribeRetentionConfigurations")
    call("DeleteRetentionConfiguration", RetentionConfigurationName="default")

    rule = call("DescribeConfigRules")["ConfigRules"][0]["ConfigRuleName"]
    call("DescribeConfigRuleEvaluationStatus")
    call("DescribeComplianceByConfigRule")
    call("DescribeComplianceByResource")
    call("GetComplianceDetailsByConfigRule", ConfigRuleName=rule)
    call("GetComplianceDetailsByResource", ResourceType=key["resourceType"], ResourceId=key["resourceId"])
    call("GetComplianceSummaryByConfigRule")
    call("GetComplianceSummaryByResourceType")
    verdict = {
        "ComplianceResourceType": key["resourceType"],
        "ComplianceResourceId": key["resourceId"],
        "ComplianceType": "COMPLIANT",
        "OrderingTimestamp": 1677577260,
    }
    call("PutEvaluations", ResultToken="any", TestMode=True, Evaluations=[verdict])
    own = {"ConfigRuleName": "own", "Source": {"Owner": "AWS", "SourceIdentifier": "CLOUD_TRAIL_ENABLED"}}
    call("PutConfigRule", ConfigRule=own)
    call.pass_time(60_000)
    call("StartConfigRulesEvaluation", ConfigRuleNames=["own"])
    call.pass_time(60_000)
    call("DeleteEvaluationResults", ConfigRuleName="own")
    call.pass_time(60_000)
    call("DeleteConfigRule", ConfigRuleName="own")

    call("TagResource", ResourceArn=recorder["arn"], Tags=[{"Key": "team", "Value": "platform"}])
    assert call("ListTagsForResource", ResourceArn=recorder["arn"])["Tags"]
    call("UntagResource", ResourceArn=recorder["arn"], TagKeys=["team"])

    call("StopConfigurationRecorder", ConfigurationRecorderName="default")
    group = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]}
    put = {"name": "default", "roleARN": ROLE, "recordingGroup": group}
    call("PutConfigurationRecorder", ConfigurationRecorder=put)
    call("AssociateResourceTypes", ConfigurationRecorderArn=recorder["arn"], ResourceTypes=["AWS::EC2::Volume"])
    call("DisassociateResourceTypes", ConfigurationRecorderArn=recorder["arn"], ResourceTypes=["AWS::EC2::Volume"])
    call("DeleteDeliveryChannel", DeliveryChannelName="default")
    call("PutDeliveryChannel", DeliveryChannel=channel)
    call("StartConfigurationRecorder", ConfigurationRecorderName="default")
    call("DeleteConfigurationRecorder", ConfigurationRecorderName="default")
    assert call.untold == set()


def test_s3(built: LocalWorld) -> None:
    call = Story(built, "s3")
    there = {"Bucket": "a-story"}
    one, two = there | {"Key": "a/one"}, there | {"Key": "a/two"}
    call("CreateBucket", **there, CreateBucketConfiguration={"LocationConstraint": REGION})
    call("ListBuckets")
    call("HeadBucket", **there)
    call("GetBucketLocation", **there)

    call("PutObject", **one, Body=b"one", ContentType="text/plain", Metadata={"who": "me"})
    assert call("GetObject", **one)["Body"] == b"one"
    call("GetObject", **one, Range="bytes=1-1")
    call("HeadObject", **one)
    call("CopyObject", **two, CopySource="a-story/a/one")
    call("ListObjects", **there, Delimiter="/")
    call("ListObjectsV2", **there, MaxKeys=1)
    call("DeleteObject", **one)
    call("DeleteObjects", **there, Delete={"Objects": [{"Key": "a/none"}]})

    upload = two | {"UploadId": call("CreateMultipartUpload", **two)["UploadId"]}
    part = call("UploadPart", **upload, PartNumber=1, Body=b"part")
    call("UploadPartCopy", **upload, PartNumber=2, CopySource="a-story/a/two")
    call("ListParts", **upload)
    call("ListMultipartUploads", **there)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    call("CompleteMultipartUpload", **upload, MultipartUpload=parts)
    call("AbortMultipartUpload", **two, UploadId=call("CreateMultipartUpload", **two)["UploadId"])

    call("PutBucketVersioning", **there, VersioningConfiguration={"Status": "Enabled"})
    call("GetBucketVersioning", **there)
    call("ListObjectVersions", **there)
    call("PutBucketTagging", **there, Tagging={"TagSet": [{"Key": "team", "Value": "platform"}]})
    call("GetBucketTagging", **there)
    call("DeleteBucketTagging", **there)
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    call("PutBucketEncryption", **there, ServerSideEncryptionConfiguration=encryption)
    call("GetBucketEncryption", **there)
    call("DeleteBucketEncryption", **there)
    call("PutPublicAccessBlock", **there, PublicAccessBlockConfiguration={"BlockPublicAcls": False})
    call("GetPublicAccessBlock", **there)
    call("DeletePublicAccessBlock", **there)
    call("PutBucketAcl", **there, ACL="private")
    call("GetBucketAcl", **there)
    call("PutBucketLogging", **there, BucketLoggingStatus={})
    call("GetBucketLogging", **there)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a-story/*"}
    call("PutBucketPolicy", **there, Policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    call("GetBucketPolicy", **there)
    call("GetBucketPolicyStatus", **there)
    call("DeleteBucketPolicy", **there)

    for version in call("ListObjectVersions", **there).get("Versions", ()):
        call("DeleteObject", **there, Key=version["Key"], VersionId=version["VersionId"])
    for marker in call("ListObjectVersions", **there).get("DeleteMarkers", ()):
        call("DeleteObject", **there, Key=marker["Key"], VersionId=marker["VersionId"])
    call("DeleteBucket", **there)
    assert call.untold == set()


def test_sns(built: LocalWorld) -> None:
    call = Story(built, "sns")
    topic = call("CreateTopic", Name="a-story")["TopicArn"]
    call("ListTopics")
    call("SetTopicAttributes", TopicArn=topic, AttributeName="DisplayName", AttributeValue="A story")
    call("GetTopicAttributes", TopicArn=topic)
    call("TagResource", ResourceArn=topic, Tags=[{"Key": "team", "Value": "platform"}])
    call("ListTagsForResource", ResourceArn=topic)
    call("UntagResource", ResourceArn=topic, TagKeys=["team"])
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:configscope-stream"
    subscription = call("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    call("GetSubscriptionAttributes", SubscriptionArn=subscription)
    call(
        "SetSubscriptionAttributes",
        SubscriptionArn=subscription,
        AttributeName="RawMessageDelivery",
        AttributeValue="true",
    )
    call("ListSubscriptions")
    call("ListSubscriptionsByTopic", TopicArn=topic)
    call("Publish", TopicArn=topic, Message="ding", Subject="dong")
    call("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "ding"}])
    call("Unsubscribe", SubscriptionArn=subscription)
    call("DeleteTopic", TopicArn=topic)
    assert call.untold - {"ConfirmSubscription"} == set()  # its token goes by mail


def test_sqs(built: LocalWorld) -> None:
    call = Story(built, "sqs")
    queue = {"QueueUrl": call("CreateQueue", QueueName="a-story")["QueueUrl"]}
    call("GetQueueUrl", QueueName="a-story")
    call("ListQueues")
    call("SetQueueAttributes", **queue, Attributes={"VisibilityTimeout": "60"})
    call("GetQueueAttributes", **queue, AttributeNames=["All"])
    call("TagQueue", **queue, Tags={"team": "platform"})
    call("ListQueueTags", **queue)
    call("UntagQueue", **queue, TagKeys=["team"])
    attribute = {"kind": {"DataType": "String", "StringValue": "test"}}
    call("SendMessage", **queue, MessageBody="one", MessageAttributes=attribute)
    call("SendMessageBatch", **queue, Entries=[{"Id": "a", "MessageBody": "two"}, {"Id": "b", "MessageBody": "three"}])
    received = call("ReceiveMessage", **queue, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    first, second = (message["ReceiptHandle"] for message in received[:2])
    call("ChangeMessageVisibility", **queue, ReceiptHandle=first, VisibilityTimeout=0)
    entry = {"Id": "a", "ReceiptHandle": second}
    call("ChangeMessageVisibilityBatch", **queue, Entries=[{**entry, "VisibilityTimeout": 5}])
    call("DeleteMessage", **queue, ReceiptHandle=first)
    call("DeleteMessageBatch", **queue, Entries=[entry])
    call("PurgeQueue", **queue)
    call("DeleteQueue", **queue)
    assert call.untold == set()


def test_sts(built: LocalWorld) -> None:
    call = Story(built, "sts")
    call("GetCallerIdentity")
    role = next(iter(asyncio.run(built.run(_any_role))))
    call("AssumeRole", RoleArn=role, RoleSessionName="story")
    assert call.untold == set()


def _any_role(engine: Engine) -> list[str]:
    roles = estate.of_type(engine.context(), "AWS::IAM::Role", estate.GLOBAL)
    return [role.arn for role in roles if role.arn]


def test_events(built: LocalWorld) -> None:
    call = Story(built, "events")
    call("ListEventBuses")
    call("DescribeEventBus")
    pattern = json.dumps({"source": ["aws.config"]})
    arn = call("PutRule", Name="a-story", EventPattern=pattern)["RuleArn"]
    call("ListRules")
    call("DescribeRule", Name="a-story")
    call("DisableRule", Name="a-story")
    call("EnableRule", Name="a-story")
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:configscope-stream"
    call("PutTargets", Rule="a-story", Targets=[{"Id": "1", "Arn": queue}])
    call("ListTargetsByRule", Rule="a-story")
    call("ListRuleNamesByTarget", TargetArn=queue)
    call("ListTagsForResource", ResourceARN=arn)
    call("PutEvents", Entries=[{"Source": "my.app", "DetailType": "Test", "Detail": "{}"}])
    event = {
        "id": "1",
        "account": ACCOUNT,
        "source": "aws.config",
        "time": "2023-02-28T09:41:00Z",
        "region": REGION,
        "resources": [],
        "detail-type": "x",
        "detail": {},
    }
    assert call("TestEventPattern", EventPattern=pattern, Event=json.dumps(event)) == {"Result": True}
    call("RemoveTargets", Rule="a-story", Ids=["1"])
    call("DeleteRule", Name="a-story")
    assert call.untold == set()


def test_cloudtrail(built: LocalWorld) -> None:
    call = Story(built, "cloudtrail")
    assert call("LookupEvents", MaxResults=5)["Events"]
    assert call.untold == set()


def test_there_is_a_story_for_every_service() -> None:
    stories = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert set(local_aws().operations) <= stories
