"""Config rules and their results."""

from __future__ import annotations

import msgspec

from backend.model.moment import Moment


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A config rule with its state, trigger, verdict and last passes (RUL-12, RUL-15)."""

    name: str
    arn: str = ""
    rule_id: str = ""
    owner: str = ""
    identifier: str = ""
    description: str = ""
    state: str = ""
    parameters: str = "{}"
    scope_types: tuple[str, ...] = ()
    periodic: str | None = None
    """AWS's frequency word when the rule runs on a schedule."""
    triggers: tuple[str, ...] = ()
    compliance: str = "INSUFFICIENT_DATA"
    non_compliant_count: int = 0
    count_capped: bool = False
    last_invocation: Moment | None = None
    last_evaluation: Moment | None = None
    last_error_code: str = ""
    last_error_message: str = ""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict of one rule on one resource (RUL-13)."""

    rule: str
    resource_type: str
    resource_id: str
    compliance: str
    annotation: str = ""
    ordering_time: Moment | None = None
    recorded_time: Moment | None = None
    invoked_time: Moment | None = None
