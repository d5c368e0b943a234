"""The parts list of the local AWS: which module answers which operation, and what happens when it is due."""

from __future__ import annotations

from backend.engine import clock
from backend.engine.around import cloudtrail, events, iam, identity, kms, logs, s3, sns, sqs, ssm, sts
from backend.engine.config import (
    aggregate_compliance,
    aggregate_packs,
    aggregate_query,
    aggregate_resources,
    aggregate_results,
    aggregate_sources,
    aggregators,
    authorizations,
    connectors,
    custom_types,
    delivery,
    discovery,
    faults,
    history,
    items,
    organization_deployments,
    organization_packs,
    organization_rules,
    packs,
    query,
    recorder,
    recording,
    remediation,
    remediation_exceptions,
    remediation_executions,
    resource_compliance,
    resource_evaluations,
    resource_history,
    retention,
    rules,
    service_linked,
    snapshots,
    stored_queries,
    stream,
    tagging,
)
from backend.engine.engine import Parts
from backend.engine.world import estate, life, scenarios

_CONFIG = (
    recorder,
    service_linked,
    connectors,
    custom_types,
    delivery,
    snapshots,
    history,
    stream,
    items,
    resource_history,
    discovery,
    query,
    retention,
    rules,
    resource_compliance,
    packs,
    remediation,
    remediation_executions,
    remediation_exceptions,
    resource_evaluations,
    stored_queries,
    tagging,
    authorizations,
    aggregators,
    aggregate_sources,
    aggregate_results,
    aggregate_resources,
    aggregate_compliance,
    aggregate_packs,
    aggregate_query,
    organization_deployments,
    organization_rules,
    organization_packs,
)
_AROUND = {
    "s3": s3,
    "sns": sns,
    "sqs": sqs,
    "sts": sts,
    "iam": iam,
    "events": events,
    "kms": kms,
    "ssm": ssm,
    "cloudtrail": cloudtrail,
    "logs": logs,
}


def local_aws() -> Parts:
    """Everything the engine can do. A subject module has SCHEMA, OPERATIONS and DUE where it needs them."""
    return Parts(
        schemas=(
            clock.SCHEMA,
            estate.SCHEMA,
            faults.SCHEMA,
            *(module.SCHEMA for module in (*_CONFIG, *_AROUND.values()) if hasattr(module, "SCHEMA")),
        ),
        operations={
            "config": {
                name: operation for module in _CONFIG for name, operation in getattr(module, "OPERATIONS", {}).items()
            },
            **{service: module.OPERATIONS for service, module in _AROUND.items()},
        },
        due={
            kind: handler
            for module in (*_CONFIG, *_AROUND.values(), life, scenarios)
            for kind, handler in getattr(module, "DUE", {}).items()
        },
        record_call=cloudtrail.record_call,
        check_fault=faults.check,
        on_change=recording.on_change,
        knows_key=identity.knows_key,
    )
