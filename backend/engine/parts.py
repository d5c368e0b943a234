"""The parts list of the local AWS: which module answers which operation, and what happens when it is due."""

from __future__ import annotations

from backend.engine import clock
from backend.engine.around import cloudtrail, events, s3, sns, sqs, sts
from backend.engine.config import (
    delivery,
    faults,
    history,
    items,
    recorder,
    recording,
    retention,
    rules,
    snapshots,
)
from backend.engine.engine import Parts
from backend.engine.world import estate, life, scenarios

_CONFIG = (recorder, delivery, snapshots, history, items, retention, rules)
_AROUND = {"s3": s3, "sns": sns, "sqs": sqs, "sts": sts, "events": events, "cloudtrail": cloudtrail}


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
            "config": {name: operation for module in _CONFIG for name, operation in module.OPERATIONS.items()},
            **{service: module.OPERATIONS for service, module in _AROUND.items()},
        },
        due={
            kind: handler
            for module in (*_CONFIG, life, scenarios)
            for kind, handler in getattr(module, "DUE", {}).items()
        },
        record_call=cloudtrail.record_call,
        check_fault=faults.check,
        on_change=recording.on_change,
    )
