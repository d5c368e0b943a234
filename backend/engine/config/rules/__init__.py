"""Config rules: managed rules, their evaluation and compliance."""

from __future__ import annotations

from backend.engine.config.rules import account, compliance, custom, evaluation, operations, register, results, tagging
from backend.engine.config.rules.account import set_fact
from backend.engine.config.rules.evaluation import on_item, on_snapshot

SCHEMA = "".join(module.SCHEMA for module in (account, register, results, custom, tagging))
OPERATIONS = {
    **operations.OPERATIONS,
    **compliance.OPERATIONS,
    **tagging.OPERATIONS,
    "PutEvaluations": custom.put_evaluations,
}
DUE = {**evaluation.DUE, **operations.DUE}

__all__ = ["DUE", "OPERATIONS", "SCHEMA", "on_item", "on_snapshot", "set_fact"]
