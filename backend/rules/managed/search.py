"""Managed rules over OpenSearch and Elasticsearch domains."""

from __future__ import annotations

from backend.model.item import Document
from backend.rules.expectations import PRESENT, TRUE, among, at_least
from backend.rules.reading import body, parsed, split_csv, truth
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad

_NODES = "NodeToNodeEncryptionOptions|nodeToNodeEncryptionOptions.Enabled|enabled"
_REST = "EncryptionAtRestOptions|encryptionAtRestOptions.Enabled|enabled"
_NETWORK = "VPCOptions|vpcoptions|vPCOptions.SubnetIds|subnetIds"
_CLUSTER = "ClusterConfig|elasticsearchClusterConfig"
_LOGS = ("configuration.LogPublishingOptions", "configuration.logPublishingOptions")


def _options(item: Document) -> tuple[str, Document]:
    domain = body(item)
    member = "LogPublishingOptions" if "LogPublishingOptions" in domain else "logPublishingOptions"
    on = {
        name: parsed(each)
        for name, each in parsed(domain.get(member)).items()
        if truth(parsed(each).get("Enabled", parsed(each).get("enabled")))
    }
    return f"configuration.{member}", on


def _publishes(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    path, on = _options(item)
    wanted = [_log(name) for name in split_csv(parameters.get("logTypes") or "")]
    if not on:
        return bad("No log goes to CloudWatch.", Reason(path, [], f"a list with {', '.join(wanted) or 'a log'}"))
    missing = [name for name in wanted if name not in on]
    if missing:
        reason = Reason(path, [*on], f"a list with {', '.join(wanted)}")
        return bad(f"The logs {', '.join(missing)} do not go to CloudWatch.", reason)
    return FINE


def _audits(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    path, on = _options(item)
    groups = split_csv(parameters.get("cloudWatchLogsLogGroupArnList") or "")
    if "AUDIT_LOGS" not in on:
        return bad("The audit log does not go to CloudWatch.", Reason(path, [*on], "a list with AUDIT_LOGS"))
    found = on["AUDIT_LOGS"].get("CloudWatchLogsLogGroupArn")
    if groups and found not in groups:
        path = f"{path}.AUDIT_LOGS.CloudWatchLogsLogGroupArn"
        return bad("The audit log goes to another log group.", Reason(path, found, f"one of {', '.join(groups)}"))
    return FINE


def _log(name: str) -> str:
    """A log as the parameters name it (search, index, error, audit) as the domain does."""
    return {
        "search": "SEARCH_SLOW_LOGS",
        "index": "INDEX_SLOW_LOGS",
        "error": "ES_APPLICATION_LOGS",
        "audit": "AUDIT_LOGS",
    }.get(name.lower(), name)


CHECKS = (
    rule("OPENSEARCH_ENCRYPTED_AT_REST", "The domain is encrypted.", need(_REST, TRUE)),
    rule("ELASTICSEARCH_ENCRYPTED_AT_REST", "The domain is encrypted.", need(_REST, TRUE)),
    rule("OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK", "Nodes talk by TLS.", need(_NODES, TRUE)),
    rule("ELASTICSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK", "Nodes talk by TLS.", need(_NODES, TRUE)),
    rule("OPENSEARCH_IN_VPC_ONLY", "The domain is in a VPC.", need(_NETWORK, PRESENT)),
    rule("ELASTICSEARCH_IN_VPC_ONLY", "The domain is in a VPC.", need(_NETWORK, PRESENT)),
    Check(
        "OPENSEARCH_LOGS_TO_CLOUDWATCH",
        "Logs go to CloudWatch, those of logTypes if given.",
        item=_publishes,
        reads=_LOGS,
    ),
    Check(
        "ELASTICSEARCH_LOGS_TO_CLOUDWATCH",
        "Logs go to CloudWatch, those of logTypes if given.",
        item=_publishes,
        reads=_LOGS,
    ),
    Check(
        "OPENSEARCH_AUDIT_LOGGING_ENABLED",
        "The audit log goes to CloudWatch, to one of the log groups if given.",
        item=_audits,
        reads=_LOGS,
    ),
    rule(
        "OPENSEARCH_HTTPS_REQUIRED",
        "The domain is reached by HTTPS, with one of tlsPolicies if given.",
        need("DomainEndpointOptions.EnforceHTTPS", TRUE),
        need("DomainEndpointOptions.TLSSecurityPolicy", among("tlsPolicies")),
    ),
    rule(
        "OPENSEARCH_ACCESS_CONTROL_ENABLED", "Access is decided finely.", need("AdvancedSecurityOptions.Enabled", TRUE)
    ),
    rule(
        "OPENSEARCH_DATA_NODE_FAULT_TOLERANCE",
        "Three data nodes or more are in several zones.",
        need(f"{_CLUSTER}.InstanceCount|instanceCount", at_least(3)),
        need(f"{_CLUSTER}.ZoneAwarenessEnabled|zoneAwarenessEnabled", TRUE),
    ),
    rule(
        "OPENSEARCH_PRIMARY_NODE_FAULT_TOLERANCE",
        "Three nodes lead the domain.",
        need(f"{_CLUSTER}.DedicatedMasterEnabled|dedicatedMasterEnabled", TRUE),
        need(f"{_CLUSTER}.DedicatedMasterCount|dedicatedMasterCount", at_least(3)),
    ),
)
