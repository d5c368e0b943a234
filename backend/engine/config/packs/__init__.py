"""Conformance packs: templates of rules that are deployed, judged and taken away together."""

from __future__ import annotations

from backend.engine.config.packs import compliance, deployment, operations, register

SCHEMA = register.SCHEMA
OPERATIONS = {**operations.OPERATIONS, **compliance.OPERATIONS}
DUE = deployment.DUE

__all__ = ["DUE", "OPERATIONS", "SCHEMA"]
