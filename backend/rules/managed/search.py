"""Managed rules over OpenSearch and Elasticsearch domains."""

from __future__ import annotations

from backend.model.item import Document
from backend.rules.expectations import PRESENT, TRUE, among, at_least
from backend.rules.reading import body, parsed, split_csv, truth
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, ItemCheck, Parameters, Reason, Surroundings, Verdict, bad

_NODES = "NodeToNodeEncryptionOptions|nodeToNodeEncryptionOptions.Enabled|enabled"
_REST = "EncryptionAtRestOptions|encryptionAtRestOptions.Enabled|enabled"
_NETWORK = "VPCOptions|vpcoptions|vPCOptions.SubnetIds|subnetIds"
_CLUSTER = "ClusterConfig|elasticsearchClusterConfig"
_LOGS = ("configuration.LogPublishingOptions", "configuration.logPublishingOptions")


def _publishes(assumed: tuple[str, ...]) -> ItemCheck:
    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        domain = body(item)
        member = "LogPublishingOptions" if "LogPublishingOptions" in domain else "logPublishingOptions"
        options = parsed(domain.get(member))
        wanted = [_log(name) for name in split_csv(parameters.get("logTypes") or "")] or list(assumed)
        on = [name for name, each in options.items() if truth(parsed(each).get("Enabled", parsed(each).get("enabled")))]
        if wanted == ["*"]:
            return (
                FINE
                if on
                else bad("No log goes to CloudWatch.", Reason(f"configuration.{member}", list(on), "at least one log"))
            )
        missing = [name for name in wanted if name not in on]
        if missing:
            return bad(
                f"The logs {', '.join(missing)} do not go to CloudWatch.",
                Reason(f"configuration.{member}", list(on), ", ".join(wanted)),
            )
        return FINE

    return judge


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
        item=_publishes(("*",)),
        reads=_LOGS,
    ),
    Check(
        "ELASTICSEARCH_LOGS_TO_CLOUDWATCH",
        "Logs go to CloudWatch, those of logTypes if given.",
        item=_publishes(("*",)),
        reads=_LOGS,
    ),
    Check(
        "OPENSEARCH_AUDIT_LOGGING_ENABLED",
        "The audit log goes to CloudWatch.",
        item=_publishes(("AUDIT_LOGS",)),
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
