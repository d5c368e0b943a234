"""What the rules over OpenSearch and Elasticsearch domains say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, prove, prove_reads

AUDIT_GROUP = "arn:aws:logs:ap-southeast-1:111122223333:log-group:audit:*"
POLICY = "Policy-Min-TLS-1-2-2019-07"


def logs(*names: str) -> Document:
    return {name: {"Enabled": True, "CloudWatchLogsLogGroupArn": AUDIT_GROUP} for name in names}


def domain(**changes: Json) -> Document:
    """A domain of OpenSearch, whose members are spelled as in the API."""
    return {
        "DomainName": "search",
        "EngineVersion": "OpenSearch_2.13",
        "EncryptionAtRestOptions": {"Enabled": True},
        "NodeToNodeEncryptionOptions": {"Enabled": True},
        "VPCOptions": {"SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-1"]},
        "LogPublishingOptions": logs("ES_APPLICATION_LOGS", "AUDIT_LOGS"),
        "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": POLICY},
        "AdvancedSecurityOptions": {"Enabled": True},
        "ClusterConfig": {
            "InstanceCount": 3,
            "ZoneAwarenessEnabled": True,
            "DedicatedMasterEnabled": True,
            "DedicatedMasterCount": 3,
        },
        **changes,
    }


def old_domain(**changes: Json) -> Document:
    """One of Elasticsearch, whose members begin small."""
    return {
        "domainName": "search",
        "elasticsearchVersion": "7.10",
        "encryptionAtRestOptions": {"enabled": True},
        "nodeToNodeEncryptionOptions": {"enabled": True},
        "vpcoptions": {"subnetIds": ["subnet-a"], "vpcid": "vpc-1"},
        "logPublishingOptions": {"ES_APPLICATION_LOGS": {"enabled": True, "cloudWatchLogsLogGroupArn": AUDIT_GROUP}},
        **changes,
    }


OFF: Document = {"Enabled": False}
OLD_OFF: Document = {"enabled": False}
CLUSTER: Document = domain()["ClusterConfig"]

CASES: tuple[Case, ...] = (
    *of(
        "OPENSEARCH_ENCRYPTED_AT_REST",
        good(domain()),
        bad(domain(EncryptionAtRestOptions=OFF), "Enabled is false", "EncryptionAtRestOptions.Enabled"),
    ),
    *of(
        "ELASTICSEARCH_ENCRYPTED_AT_REST",
        good(old_domain()),
        bad(old_domain(encryptionAtRestOptions=OLD_OFF), "enabled is false", "encryptionAtRestOptions.enabled"),
    ),
    *of(
        "OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK",
        good(domain()),
        bad(domain(NodeToNodeEncryptionOptions=OFF), "Enabled is false", "NodeToNodeEncryptionOptions.Enabled"),
    ),
    *of(
        "ELASTICSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK",
        good(old_domain()),
        bad(old_domain(nodeToNodeEncryptionOptions=OLD_OFF), "is false", "nodeToNodeEncryptionOptions.enabled"),
    ),
    *of(
        "OPENSEARCH_IN_VPC_ONLY",
        good(domain()),
        bad(domain(VPCOptions={"SubnetIds": []}), "SubnetIds is empty", "VPCOptions.SubnetIds"),
    ),
    *of(
        "ELASTICSEARCH_IN_VPC_ONLY",
        good(old_domain()),
        bad(old_domain(vpcoptions={"subnetIds": []}), "subnetIds is empty", "vpcoptions.subnetIds"),
    ),
    *of(
        "OPENSEARCH_LOGS_TO_CLOUDWATCH",
        good(domain()),
        good(domain(), logTypes="error"),
        bad(domain(LogPublishingOptions={"AUDIT_LOGS": OFF}), "No log goes", "LogPublishingOptions"),
        bad(domain(), "SEARCH_SLOW_LOGS, INDEX_SLOW_LOGS do not", "LogPublishingOptions", logTypes="search,index"),
    ),
    *of(
        "ELASTICSEARCH_LOGS_TO_CLOUDWATCH",
        good(old_domain()),
        bad(old_domain(logPublishingOptions=None), "No log goes", "logPublishingOptions"),
        bad(old_domain(), "SEARCH_SLOW_LOGS do not", "logPublishingOptions", logTypes="search,error"),
    ),
    *of(
        "OPENSEARCH_AUDIT_LOGGING_ENABLED",
        good(domain(), cloudWatchLogsLogGroupArnList=AUDIT_GROUP),
        bad(domain(LogPublishingOptions=logs("INDEX_SLOW_LOGS")), "audit log does not", "LogPublishingOptions"),
        bad(
            domain(),
            "another log group",
            "LogPublishingOptions.AUDIT_LOGS.CloudWatchLogsLogGroupArn",
            cloudWatchLogsLogGroupArnList=f"{AUDIT_GROUP}2",
        ),
    ),
    *of(
        "OPENSEARCH_HTTPS_REQUIRED",
        good(domain(), tlsPolicies=POLICY),
        bad(domain(DomainEndpointOptions={"EnforceHTTPS": False}), "is false", "DomainEndpointOptions.EnforceHTTPS"),
        bad(domain(), f"is {POLICY}", "DomainEndpointOptions.TLSSecurityPolicy", tlsPolicies=f"{POLICY}-PFS"),
    ),
    *of(
        "OPENSEARCH_ACCESS_CONTROL_ENABLED",
        good(domain()),
        bad(domain(AdvancedSecurityOptions=OFF), "Enabled is false", "AdvancedSecurityOptions.Enabled"),
    ),
    *of(
        "OPENSEARCH_DATA_NODE_FAULT_TOLERANCE",
        good(domain()),
        bad(domain(ClusterConfig={**CLUSTER, "InstanceCount": 2}), "is 2, not 3", "ClusterConfig.InstanceCount"),
        bad(
            domain(ClusterConfig={**CLUSTER, "ZoneAwarenessEnabled": False}),
            "ZoneAwarenessEnabled is false",
            "ClusterConfig.ZoneAwarenessEnabled",
        ),
    ),
    *of(
        "OPENSEARCH_PRIMARY_NODE_FAULT_TOLERANCE",
        good(domain()),
        bad(
            domain(ClusterConfig={**CLUSTER, "DedicatedMasterEnabled": False}),
            "DedicatedMasterEnabled is false",
            "ClusterConfig.DedicatedMasterEnabled",
        ),
        bad(
            domain(ClusterConfig={**CLUSTER, "DedicatedMasterCount": 2}),
            "is 2, not 3 or more",
            "ClusterConfig.DedicatedMasterCount",
        ),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_search_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_search_has_its_cases() -> None:
    assert missing("search", CASES) == []
