"""What the rules over SNS, SQS, Kinesis, MSK, Amazon MQ and EventBridge say."""

from __future__ import annotations

import json

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, out, prove, prove_reads

KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
OTHER_KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/77aa01c2"
ROLE = "arn:aws:iam::111122223333:role/feedback"
OWN: Document = {"StringEquals": {"AWS:SourceOwner": "111122223333"}}


def policy(principal: Json, action: str, condition: Document | None = None) -> Document:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}
    return {"Policy": json.dumps(document)}


def stream(kind: str, hours: int = 24) -> Document:
    return {"Name": "clicks", "RetentionPeriodHours": hours, "StreamEncryption": {"EncryptionType": kind}}


def delivery(**encryption: str) -> Document:
    return {"DeliveryStreamName": "archive", "DeliveryStreamEncryptionConfigurationInput": encryption}


TOPICS_AND_QUEUES: tuple[Case, ...] = (
    *of(
        "SNS_ENCRYPTED_KMS",
        good({"TopicArn": "arn:aws:sns:x", "KmsMasterKeyId": KEY}, kmsKeyIds="0d7b5a1e"),
        bad({"TopicArn": "arn:aws:sns:x"}, "KmsMasterKeyId is not set", "KmsMasterKeyId"),
        bad({"KmsMasterKeyId": KEY}, f"not the key {OTHER_KEY}", "KmsMasterKeyId", kmsKeyIds=OTHER_KEY),
    ),
    *of(
        "SNS_TOPIC_MESSAGE_DELIVERY_NOTIFICATION_ENABLED",
        good({"SQSFailureFeedbackRoleArn": ROLE}),
        bad({"TopicArn": "arn:aws:sns:x"}, "FeedbackRoleArn is not set", "HTTPSuccessFeedbackRoleArn"),
    ),
    *of(
        "SNS_TOPIC_NO_PUBLIC_ACCESS",
        good(policy({"AWS": "*"}, "SNS:Publish", OWN)),
        bad(policy({"AWS": "*"}, "SNS:Publish"), "lets anybody in", "Policy"),
    ),
    *of(
        "SQS_QUEUE_NO_PUBLIC_ACCESS",
        good(policy({"AWS": "arn:aws:iam::111122223333:root"}, "SQS:SendMessage")),
        good({"QueueName": "plain"}),
        bad(policy("*", "SQS:SendMessage"), "lets anybody in", "Policy"),
    ),
    *of(
        "SQS_QUEUE_POLICY_FULL_ACCESS_CHECK",
        good(policy({"AWS": "111122223333"}, "SQS:SendMessage")),
        bad(policy({"AWS": "111122223333"}, "SQS:*"), "allows everything", "Policy"),
    ),
    *of(
        "SQS_QUEUE_DLQ_CHECK",
        good({"QueueName": "work", "RedrivePolicy": {"deadLetterTargetArn": "arn:aws:sqs:x", "maxReceiveCount": 3}}),
        good({"QueueName": "failed", "RedriveAllowPolicy": {"redrivePermission": "allowAll"}}),
        bad({"QueueName": "work"}, "RedrivePolicy is not set", "RedrivePolicy"),
    ),
)

STREAMS: tuple[Case, ...] = (
    *of(
        "KINESIS_STREAM_ENCRYPTED",
        good(stream("KMS")),
        bad(stream("NONE"), "EncryptionType is NONE", "StreamEncryption.EncryptionType"),
    ),
    *of(
        "KINESIS_STREAM_BACKUP_RETENTION_CHECK",
        good(stream("KMS", 168)),
        bad(stream("KMS"), "is 24, not 168 or more", "RetentionPeriodHours"),
        bad(stream("KMS", 168), "is 168, not 200", "RetentionPeriodHours", minimumBackupRetentionPeriod="200"),
    ),
    *of(
        "KINESIS_VIDEO_STREAM_MINIMUM_DATA_RETENTION",
        good({"Name": "door", "DataRetentionInHours": 48}, minDataRetentionInHours="24"),
        bad({"DataRetentionInHours": 2}, "is 2, not 24", "DataRetentionInHours", minDataRetentionInHours="24"),
    ),
    *of(
        "KINESIS_FIREHOSE_DELIVERY_STREAM_ENCRYPTED",
        good(delivery(KeyType="AWS_OWNED_CMK")),
        good(delivery(KeyType="CUSTOMER_MANAGED_CMK", KeyARN=KEY), kmsKeyArns=KEY),
        bad(delivery(), "KeyType is not set", "DeliveryStreamEncryptionConfigurationInput.KeyType"),
        bad(
            delivery(KeyType="CUSTOMER_MANAGED_CMK", KeyARN=KEY),
            f"not the key {OTHER_KEY}",
            "DeliveryStreamEncryptionConfigurationInput.KeyARN",
            kmsKeyArns=OTHER_KEY,
        ),
    ),
)


def kafka(*, public: str = "DISABLED", inside: bool = True, open_: bool = False, watch: str = "DEFAULT") -> Document:
    return {
        "ClusterName": "events",
        "EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS", "InCluster": inside}},
        "BrokerNodeGroupInfo": {"ConnectivityInfo": {"PublicAccess": {"Type": public}}},
        "ClientAuthentication": {"Unauthenticated": {"Enabled": open_}},
        "EnhancedMonitoring": watch,
    }


PUBLIC = "BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type"

KAFKA: tuple[Case, ...] = (
    *of(
        "MSK_IN_CLUSTER_NODE_REQUIRE_TLS",
        good(kafka()),
        bad(kafka(inside=False), "InCluster is false", "EncryptionInfo.EncryptionInTransit.InCluster"),
    ),
    *of(
        "MSK_CLUSTER_PUBLIC_ACCESS_DISABLED",
        good(kafka()),
        bad(kafka(public="SERVICE_PROVIDED_EIPS"), "Type is SERVICE_PROVIDED_EIPS", PUBLIC),
    ),
    *of(
        "MSK_UNRESTRICTED_ACCESS_CHECK",
        good(kafka()),
        bad(kafka(open_=True), "Enabled is true", "ClientAuthentication.Unauthenticated.Enabled"),
    ),
    *of(
        "MSK_ENHANCED_MONITORING_ENABLED",
        good(kafka(watch="PER_TOPIC_PER_BROKER")),
        bad(kafka(), "EnhancedMonitoring is DEFAULT", "EnhancedMonitoring"),
        bad(kafka(watch="PER_BROKER"), "EnhancedMonitoring is PER_BROKER", "EnhancedMonitoring"),
    ),
)


def broker(engine: str = "ACTIVEMQ", **changes: Json) -> Document:
    return {
        "BrokerName": "orders",
        "EngineType": engine,
        "DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ" if engine == "ACTIVEMQ" else "CLUSTER_MULTI_AZ",
        "Logs": {"Audit": True, "General": True},
        "PubliclyAccessible": False,
        "AutoMinorVersionUpgrade": True,
        "AuthenticationStrategy": "LDAP",
        "StorageType": "EFS",
        "HostInstanceType": "mq.m5.large",
        **changes,
    }


def of_audit(identifier: str) -> tuple[Case, ...]:
    silent: Document = {"Audit": False, "General": True}
    return of(
        identifier,
        good(broker()),
        bad(broker(Logs=silent), "Logs.Audit is false", "Logs.Audit"),
        out(broker("RABBITMQ", Logs=silent), "EngineType is RABBITMQ"),
    )


def of_upgrade(identifier: str) -> tuple[Case, ...]:
    member = "AutoMinorVersionUpgrade"
    return of(identifier, good(broker()), bad(broker(AutoMinorVersionUpgrade=False), f"{member} is false", member))


BROKERS: tuple[Case, ...] = (
    *of_audit("MQ_CLOUDWATCH_AUDIT_LOG_ENABLED"),
    *of_audit("MQ_CLOUDWATCH_AUDIT_LOGGING_ENABLED"),
    *of(
        "MQ_BROKER_GENERAL_LOGGING_ENABLED",
        good(broker("RABBITMQ")),
        bad(broker(Logs={"Audit": True, "General": False}), "Logs.General is false", "Logs.General"),
    ),
    *of(
        "MQ_NO_PUBLIC_ACCESS",
        good(broker()),
        bad(broker(PubliclyAccessible=True), "PubliclyAccessible is true", "PubliclyAccessible"),
    ),
    *of_upgrade("MQ_AUTO_MINOR_VERSION_UPGRADE_ENABLED"),
    *of_upgrade("MQ_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED"),
    *of(
        "MQ_ACTIVE_DEPLOYMENT_MODE",
        good(broker()),
        bad(broker(DeploymentMode="SINGLE_INSTANCE"), "DeploymentMode is SINGLE_INSTANCE", "DeploymentMode"),
        out(broker("RABBITMQ", DeploymentMode="SINGLE_INSTANCE"), "EngineType is RABBITMQ"),
    ),
    *of(
        "MQ_RABBIT_DEPLOYMENT_MODE",
        good(broker("RABBITMQ")),
        bad(broker("RABBITMQ", DeploymentMode="SINGLE_INSTANCE"), "is SINGLE_INSTANCE", "DeploymentMode"),
        out(broker(DeploymentMode="SINGLE_INSTANCE"), "EngineType is ACTIVEMQ"),
    ),
    *of(
        "MQ_ACTIVE_SINGLE_INSTANCE_BROKER_STORAGE_TYPE_EFS",
        good(broker(DeploymentMode="SINGLE_INSTANCE")),
        bad(broker(DeploymentMode="SINGLE_INSTANCE", StorageType="EBS"), "StorageType is EBS", "StorageType"),
        out(broker(StorageType="EBS"), "DeploymentMode is ACTIVE_STANDBY_MULTI_AZ"),
        out(broker(DeploymentMode="SINGLE_INSTANCE", StorageType="EBS", HostInstanceType="mq.t3.micro"), "mq.t3.micro"),
    ),
    *of(
        "MQ_ACTIVE_BROKER_LDAP_AUTHENTICATION",
        good(broker()),
        bad(broker(AuthenticationStrategy="SIMPLE"), "AuthenticationStrategy is SIMPLE", "AuthenticationStrategy"),
        out(broker("RABBITMQ", AuthenticationStrategy="SIMPLE"), "EngineType is RABBITMQ"),
    ),
    *of(
        "CUSTOM_EVENTBUS_POLICY_ATTACHED",
        good({"Name": "partners", **policy({"AWS": "111122223333"}, "events:PutEvents")}),
        bad({"Name": "partners"}, "Policy is not set", "Policy"),
        out({"Name": "default"}, "Name is default"),
    ),
    *of(
        "GLOBAL_ENDPOINT_EVENT_REPLICATION_ENABLED",
        good({"Name": "world", "ReplicationConfig": {"State": "ENABLED"}}),
        bad({"Name": "world", "ReplicationConfig": {"State": "DISABLED"}}, "is DISABLED", "ReplicationConfig.State"),
    ),
)

CASES = TOPICS_AND_QUEUES + STREAMS + KAFKA + BROKERS


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_messaging_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_messaging_has_its_cases() -> None:
    assert missing("messaging", CASES) == []
