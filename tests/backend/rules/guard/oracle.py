"""cfn-guard-rs, AWS's own engine of Guard 3.0, where it can be had: on CPython up to 3.12 for Linux."""

from __future__ import annotations

import json
from typing import Any

import pytest

ERROR = "ERROR"


def engine() -> Any:
    """Its module, or the test is skipped."""
    return pytest.importorskip("cfn_guard_rs.cfn_guard_rs", reason="cfn-guard-rs has no wheel for this Python")


def statuses(text: str, document: dict[str, Any]) -> list[str]:
    """The status of a policy, then those of its rules; only `ERROR` if it cannot be read or evaluated."""
    run = engine().run_checks_rs
    try:
        answer = run(json.dumps(document), text, True)
    except (ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError):  # what its errors derive from
        return [ERROR]
    told = json.loads(answer)
    rules = [each["container"]["RuleCheck"]["status"] for each in told["children"] if "RuleCheck" in each["container"]]
    return [told["container"]["FileCheck"]["status"], *rules]
