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
    last_failure: Moment | None = None
    """When its last failed evaluation, or failed call of its function, was."""

    @property
    def recorded_only(self) -> bool:
        """Whether only recorded verdicts tell of it: every rule that is read has an owner."""
        return not self.owner and not self.identifier


class LogLine(msgspec.Struct, frozen=True):
    """One event of a log."""

    at: Moment
    text: str


class FunctionLog(msgspec.Struct, frozen=True, kw_only=True):
    """The end of what the function of a rule printed, as CloudWatch Logs keeps it."""

    group: str
    region: str
    lines: tuple[LogLine, ...] = ()
    """Those of the process that printed last, oldest first."""


class HandlerOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of trying a handler: what it reported, or what went wrong, and what it printed."""

    evaluations: tuple[Evaluation, ...] = ()
    error_code: str = ""
    """Empty when it ended well."""
    error_message: str = ""
    log: str = ""
    dropped: int = 0
    """Bytes of the log before its end that were not kept."""
    seconds: float = 0.0
    """How long the call took, without the start of its process."""

    @property
    def error(self) -> str:
        """What went wrong in one sentence; empty when nothing did."""
        return f"{self.error_code}: {self.error_message}" if self.error_code else ""


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """The remediation that was put for a rule, and how its last executions went."""

    document: str
    """The Systems Manager document that would be run."""
    automatic: bool = False
    parameters: tuple[str, ...] = ()
    """`name = value` each."""
    states: dict[str, int] = {}
    """State of the last execution → resources."""
    error: str = ""
    """Why one of them failed."""


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


class Overall(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stands as a whole (RUL-12). The service counts up to a cap; `capped` says that it was reached."""

    compliant_resources: int = 0
    broken_resources: int = 0
    by_type: dict[str, tuple[int, int]] = {}
    """(compliant, non-compliant) resources of each type that was asked about."""
    capped: bool = False


class PackRule(msgspec.Struct, frozen=True):
    """One rule of a conformance pack with its verdict."""

    name: str
    compliance: str


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A conformance pack: rules that were put together, with a verdict and a score."""

    name: str
    status: str = ""
    """How its deployment went: `CREATE_COMPLETE` …"""
    why: str = ""
    """Why the deployment failed."""
    compliance: str = "INSUFFICIENT_DATA"
    score: float | None = None
    """Percent of rule and resource pairs that are compliant; None while there are none."""
    rules: tuple[PackRule, ...] = ()

    @property
    def broken(self) -> int:
        return sum(1 for rule in self.rules if rule.compliance == "NON_COMPLIANT")
