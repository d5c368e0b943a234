"""Config rules: managed rules, their evaluation and compliance."""

from __future__ import annotations

from backend.engine.config.rules import (
    account,
    compliance,
    custom,
    evaluation,
    external,
    lifecycle,
    operations,
    proactive,
    register,
    remedies,
    results,
    transitions,
)
from backend.engine.config.rules.account import set_fact
from backend.engine.config.rules.evaluation import on_item, on_snapshot

SCHEMA = "".join(module.SCHEMA for module in (account, register, results, transitions, custom, remedies, proactive))
OPERATIONS = {
    **operations.OPERATIONS,
    **compliance.OPERATIONS,
    "PutEvaluations": custom.put_evaluations,
    "PutExternalEvaluation": external.put_external_evaluation,
}
DUE = {**evaluation.DUE, **lifecycle.DUE}

__all__ = ["DUE", "OPERATIONS", "SCHEMA", "on_item", "on_snapshot", "set_fact"]
