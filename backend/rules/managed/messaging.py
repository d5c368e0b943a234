"""Managed rules over SNS, SQS, Kinesis, MSK, Amazon MQ and EventBridge."""

from __future__ import annotations

from backend.model.item import Document
from backend.rules.expectations import (
    NOT_TRUE,
    PRESENT,
    TRUE,
    at_least_given,
    key_among,
    none_of,
    one_of,
    starting_with,
)
from backend.rules.managed.policies import document, public_statement, statements
from backend.rules.reading import body, listed
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad

_ACTIVE_MQ = need("EngineType", one_of("ACTIVEMQ"))
_RABBIT_MQ = need("EngineType", one_of("RABBITMQ"))


def _not_public(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    statement = public_statement(document(body(item).get("Policy")))
    if statement is not None:
        return bad("The policy lets anybody in.", Reason("configuration.Policy", statement, "no statement for anybody"))
    return FINE


def _no_full_access(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for statement in statements(document(body(item).get("Policy"))):
        actions = [str(action).lower() for action in listed(statement.get("Action"))]
        if any(action in ("*", "sqs:*") for action in actions):
            return bad(
                "The policy allows everything.",
                Reason("configuration.Policy", statement, "no statement that allows all actions"),
            )
    return FINE


_FEEDBACK = ("HTTP", "Firehose", "Lambda", "Application", "SQS")

CHECKS = (
    rule(
        "SNS_ENCRYPTED_KMS",
        "The topic has a KMS key, one of kmsKeyIds if given.",
        need("KmsMasterKeyId", PRESENT),
        need("KmsMasterKeyId", key_among("kmsKeyIds")),
    ),
    rule(
        "SNS_TOPIC_MESSAGE_DELIVERY_NOTIFICATION_ENABLED",
        "Deliveries are logged for one protocol at least.",
        *(need(f"{protocol}SuccessFeedbackRoleArn", PRESENT) for protocol in _FEEDBACK),
        *(need(f"{protocol}FailureFeedbackRoleArn", PRESENT) for protocol in _FEEDBACK),
        either=True,
    ),
    Check(
        "SNS_TOPIC_NO_PUBLIC_ACCESS",
        "The policy lets not anybody in.",
        item=_not_public,
        reads=("configuration.Policy",),
    ),
    Check(
        "SQS_QUEUE_NO_PUBLIC_ACCESS",
        "The policy lets not anybody in.",
        item=_not_public,
        reads=("configuration.Policy",),
    ),
    Check(
        "SQS_QUEUE_POLICY_FULL_ACCESS_CHECK",
        "The policy does not allow all actions.",
        item=_no_full_access,
        reads=("configuration.Policy",),
    ),
    rule(
        "SQS_QUEUE_DLQ_CHECK",
        "Messages that fail go to another queue.",
        need("RedrivePolicy|RedriveAllowPolicy", PRESENT),
    ),
    rule(
        "KINESIS_STREAM_ENCRYPTED", "The stream is encrypted.", need("StreamEncryption.EncryptionType", one_of("KMS"))
    ),
    rule(
        "KINESIS_STREAM_BACKUP_RETENTION_CHECK",
        "Records are kept long enough.",
        need("RetentionPeriodHours", at_least_given("minimumBackupRetentionPeriod", 168)),
    ),
    rule(
        "KINESIS_VIDEO_STREAM_MINIMUM_DATA_RETENTION",
        "Data is kept long enough.",
        need("DataRetentionInHours", at_least_given("minDataRetentionInHours", 1)),
    ),
    rule(
        "KINESIS_FIREHOSE_DELIVERY_STREAM_ENCRYPTED",
        "The stream is encrypted, with one of kmsKeyArns if given.",
        need("DeliveryStreamEncryptionConfigurationInput.KeyType", PRESENT),
        need("DeliveryStreamEncryptionConfigurationInput.KeyARN", key_among("kmsKeyArns")),
    ),
    rule(
        "MSK_IN_CLUSTER_NODE_REQUIRE_TLS",
        "Nodes talk by TLS.",
        need("EncryptionInfo.EncryptionInTransit.InCluster", TRUE),
    ),
    rule(
        "MSK_CLUSTER_PUBLIC_ACCESS_DISABLED",
        "The cluster is not reachable from the internet.",
        need("BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type", none_of("SERVICE_PROVIDED_EIPS")),
    ),
    rule(
        "MSK_UNRESTRICTED_ACCESS_CHECK",
        "Clients sign in.",
        need("ClientAuthentication.Unauthenticated.Enabled", NOT_TRUE),
    ),
    rule(
        "MSK_ENHANCED_MONITORING_ENABLED",
        "Monitoring goes down to the topics of each broker.",
        need("EnhancedMonitoring", one_of("PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION")),
    ),
    rule(
        "MQ_CLOUDWATCH_AUDIT_LOG_ENABLED",
        "The audit log goes to CloudWatch.",
        need("Logs.Audit", TRUE),
        only=(_ACTIVE_MQ,),
    ),
    rule(
        "MQ_CLOUDWATCH_AUDIT_LOGGING_ENABLED",
        "The audit log goes to CloudWatch.",
        need("Logs.Audit", TRUE),
        only=(_ACTIVE_MQ,),
    ),
    rule("MQ_BROKER_GENERAL_LOGGING_ENABLED", "The general log goes to CloudWatch.", need("Logs.General", TRUE)),
    rule("MQ_NO_PUBLIC_ACCESS", "The broker is not reachable from the internet.", need("PubliclyAccessible", NOT_TRUE)),
    rule(
        "MQ_AUTO_MINOR_VERSION_UPGRADE_ENABLED",
        "Minor versions are taken by themselves.",
        need("AutoMinorVersionUpgrade", TRUE),
    ),
    rule(
        "MQ_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED",
        "Minor versions are taken by themselves.",
        need("AutoMinorVersionUpgrade", TRUE),
    ),
    rule(
        "MQ_ACTIVE_DEPLOYMENT_MODE",
        "The broker stands by in another zone.",
        need("DeploymentMode", one_of("ACTIVE_STANDBY_MULTI_AZ")),
        only=(_ACTIVE_MQ,),
    ),
    rule(
        "MQ_RABBIT_DEPLOYMENT_MODE",
        "The broker is a cluster of several zones.",
        need("DeploymentMode", one_of("CLUSTER_MULTI_AZ")),
        only=(_RABBIT_MQ,),
    ),
    rule(
        "MQ_ACTIVE_SINGLE_INSTANCE_BROKER_STORAGE_TYPE_EFS",
        "A single broker of the family mq.m5 stores in EFS.",
        need("StorageType", one_of("EFS")),
        only=(
            _ACTIVE_MQ,
            need("DeploymentMode", one_of("SINGLE_INSTANCE")),
            need("HostInstanceType", starting_with("mq.m5.")),
        ),
    ),
    rule(
        "MQ_ACTIVE_BROKER_LDAP_AUTHENTICATION",
        "Users sign in by LDAP.",
        need("AuthenticationStrategy", one_of("LDAP")),
        only=(_ACTIVE_MQ,),
    ),
    rule(
        "CUSTOM_EVENTBUS_POLICY_ATTACHED",
        "The bus has a policy.",
        need("Policy", PRESENT),
        only=(need("Name", none_of("default")),),
    ),
    rule(
        "GLOBAL_ENDPOINT_EVENT_REPLICATION_ENABLED",
        "Events are replicated.",
        need("ReplicationConfig.State", one_of("ENABLED")),
    ),
)
