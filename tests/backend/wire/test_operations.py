"""Every operation of AWS Config's neighbours, called once: its input and answer fit the service model, and the answer
comes out of the wire as it went in.

One story for each service; a story that leaves an operation out fails, so an operation cannot be added without one.
"""

from __future__ import annotations

import asyncio
import json

from backend.engine.around import logs
from backend.engine.engine import Engine
from backend.engine.parts import local_aws
from backend.engine.world import estate
from backend.wire.local import LocalWorld
from tests.backend.wire.story import ACCOUNT, REGION, Story


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

    call("PutObjectLockConfiguration", **there, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    call("GetObjectLockConfiguration", **there)

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
    call("AddPermission", **queue, Label="other", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    call("RemovePermission", **queue, Label="other")
    call("PurgeQueue", **queue)
    call("DeleteQueue", **queue)
    assert call.untold == set()


def test_sts(built: LocalWorld) -> None:
    call = Story(built, "sts")
    call("GetCallerIdentity")
    role = next(iter(asyncio.run(built.run(_any_role))))
    call("AssumeRole", RoleArn=role, RoleSessionName="story")
    assert call.untold == set()


def test_iam(built: LocalWorld) -> None:
    call = Story(built, "iam")
    assert (
        call("GetRole", RoleName="AWSServiceRoleForConfig")["Role"]["Path"] == "/aws-service-role/config.amazonaws.com/"
    )
    made = call("CreateServiceLinkedRole", AWSServiceName="config-conforms.amazonaws.com")["Role"]
    assert made["RoleName"] == "AWSServiceRoleForConfigConforms"
    assert call.untold == set()


def _any_role(engine: Engine) -> list[str]:
    roles = estate.of_type(engine.context(), "AWS::IAM::Role", estate.GLOBAL)
    return [role.arn for role in roles if role.arn]


def test_events(built: LocalWorld) -> None:
    call = Story(built, "events")
    call("ListEventBuses")
    call("DescribeEventBus")
    call("CreateEventBus", Name="own")
    allowed = {"Action": "events:PutEvents", "Principal": "111122223333", "StatementId": "other"}
    call("PutPermission", EventBusName="own", **allowed)
    call("RemovePermission", EventBusName="own", StatementId="other")
    call("DeleteEventBus", Name="own")
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


def test_kms(built: LocalWorld) -> None:
    call = Story(built, "kms")
    made = call("CreateKey", Description="a story")["KeyMetadata"]
    key = {"KeyId": made["KeyId"]}
    assert call("DescribeKey", **key)["KeyMetadata"] == made
    call("ListKeys")
    policy = call("GetKeyPolicy", **key, PolicyName="default")["Policy"]
    call("PutKeyPolicy", **key, PolicyName="default", Policy=policy)
    call("CreateAlias", AliasName="alias/a-story", TargetKeyId=made["KeyId"])
    assert call("ListAliases", **key)["Aliases"]
    data = call("GenerateDataKey", **key, KeySpec="AES_256")
    assert call("Decrypt", CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]
    call("DisableKey", **key)
    call("EnableKey", **key)
    call("ScheduleKeyDeletion", **key)
    call("CancelKeyDeletion", **key)
    assert call.untold == set()


def test_ssm(built: LocalWorld) -> None:
    call = Story(built, "ssm")
    role = {"IamRole": "service-role/AmazonEC2RunCommandRoleForManagedInstances"}
    activation = call("CreateActivation", **role, DefaultInstanceName="kiosk")
    assert call("DescribeActivations")["ActivationList"]
    call("DeleteActivation", ActivationId=activation["ActivationId"])
    nodes = call("DescribeInstanceInformation")["InstanceInformationList"]
    node = next(each["InstanceId"] for each in nodes if each["InstanceId"].startswith("mi-"))
    content = [{"Name": "curl", "Version": "8.0", "Publisher": "", "ApplicationType": "Applications/Internet"}]
    told = {"TypeName": "AWS:Application", "SchemaVersion": "1.1", "CaptureTime": "2023-02-28T09:41:00Z"}
    call("PutInventory", InstanceId=node, Items=[{**told, "Content": content}])
    assert call("ListInventoryEntries", InstanceId=node, TypeName="AWS:Application")["Entries"]
    assert call("GetInventory")["Entities"]
    assert call("GetInventorySchema")["Schemas"]
    named = {"Name": "AWS-GatherSoftwareInventory"}
    targets = [{"Key": "InstanceIds", "Values": [node]}]
    made = call("CreateAssociation", **named, Targets=targets)["AssociationDescription"]
    association = {"AssociationId": made["AssociationId"]}
    call("DescribeAssociation", **association)
    assert call("ListAssociations")["Associations"]
    call("DeleteAssociation", **association)
    call("DeregisterManagedInstance", InstanceId=node)
    assert call.untold == set()


def test_logs(built: LocalWorld) -> None:
    group = "/aws/lambda/a-story"

    def write(engine: Engine) -> None:
        engine.act(lambda ctx: logs.write(ctx, group, "a-stream", ["one", "two"]))

    asyncio.run(built.run(write))
    call = Story(built, "logs")
    named = {"logGroupName": group}
    assert call("DescribeLogGroups", logGroupNamePrefix=group)["logGroups"]
    [stream] = call("DescribeLogStreams", **named)["logStreams"]
    assert call("GetLogEvents", **named, logStreamName=stream["logStreamName"])["events"]
    assert call("FilterLogEvents", **named, filterPattern="two")["events"]
    assert call.untold == set()


def test_there_is_a_story_for_every_service() -> None:
    stories = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert set(local_aws().operations) - {"config"} <= stories
