"""Guard 2: policies over configuration items, as custom policy rules have them.

`parse` reads a text, the `Policy` it makes says of any number of items whether they PASS, FAIL or SKIP, and why.
The grammar's machinery is imported when the first policy is read.
"""

from __future__ import annotations

from backend.rules.guard.errors import EvaluationError, PolicyError
from backend.rules.guard.policy import Failure, Policy, PolicyVerdict, RuleVerdict
from backend.rules.guard.scope import Status

__all__ = ["EvaluationError", "Failure", "Policy", "PolicyError", "PolicyVerdict", "RuleVerdict", "Status", "parse"]


def parse(text: str) -> Policy:
    """A policy from its text. Raises `PolicyError`, which has the line and the column, for what cannot be read."""
    from backend.rules.guard.reading import read

    try:
        return Policy(text, read(text))
    except RecursionError:
        raise PolicyError(1, 1, "its rules call each other too deeply") from None
