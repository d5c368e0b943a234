"""How a call of a handler ended, in the words of Lambda."""

from __future__ import annotations

import json
import math
import signal
from typing import Any

import msgspec

KEPT_LOG = 64 * 1024
"""Bytes of what a call printed that are kept: the last ones."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one call. Without a code it was a good one."""

    code: str = ""
    """Lambda's type of the error, the name of what was raised, or the code that the handler returned."""
    message: str = ""
    log: str = ""
    """What it printed, to both streams."""
    dropped: int = 0
    """Bytes of it that were not kept."""
    seconds: float = 0.0
    stream: str = ""
    """The log stream of its process."""
    value: Any = None
    """What the handler returned."""
    lasting: bool = False
    """Whether the process was lost by it, or never had the handler: the next call may well go the same way."""

    @property
    def failed(self) -> bool:
        return bool(self.code)


def log_lines(told: Outcome, request: str) -> tuple[str, ...]:
    """The lines that Lambda would keep of a call."""
    lines = [f"START RequestId: {request} Version: $LATEST"]
    if told.dropped:
        lines.append(f"[... {told.dropped:,} bytes before this are not kept ...]")
    lines += [line for line in told.log.splitlines() if line.strip()]
    if told.failed and f"[ERROR] {told.code}" not in told.log:
        lines.append(f"[ERROR] {told.code}: {told.message}")
    duration = told.seconds * 1000
    return (
        *lines,
        f"END RequestId: {request}",
        f"REPORT RequestId: {request}\tDuration: {duration:.2f} ms\tBilled Duration: {math.ceil(duration)} ms",
    )


def of_answer(answer: dict[str, Any]) -> Outcome:
    """From the line that the worker answered with, without its log."""
    if answer.get("kind") == "failed":
        return Outcome(code=str(answer.get("code")), message=f"{answer.get('message')}.")
    value = _value(str(answer.get("text") or "null"))
    told = value if isinstance(value, dict) else {}
    if told.get("customerErrorCode") or told.get("internalErrorMessage"):
        # Handlers return what is wrong with their parameters, instead of raising it (rules.md §3).
        code = str(told.get("customerErrorCode") or "InternalError")
        names = (
            ("customerErrorMessage",) if code != "InternalError" else ("internalErrorMessage", "internalErrorDetails")
        )
        text = ": ".join(str(told[name]) for name in names if told.get(name))
        return Outcome(code=code, message=text or code, value=value)
    return Outcome(value=value)


def _value(text: str) -> Any:
    """What a handler returned; None for what even Python's reader does not take, such as a nest of a thousand lists."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def timed_out(name: str, seconds: float, doing: str) -> Outcome:
    """It was still at it when its time was up."""
    return Outcome(
        code="Sandbox.Timedout",
        message=f"{name} was stopped: it was not done {doing} after {seconds:g} s.",
        lasting=True,
    )


def exited(name: str, status: int | None, doing: str) -> Outcome:
    """The process went away; `status` as a subprocess tells it, negative for a signal."""
    if status is not None and status < 0:
        try:
            how = f"signal {signal.Signals(-status).name}"
        except ValueError:
            how = f"signal {-status}"
    else:
        how = f"exit status {status if status is not None else 'unknown'}"
    return Outcome(code="Runtime.ExitError", message=f"The process of {name} ended {doing}: {how}.", lasting=True)


def garbled(name: str) -> Outcome:
    """The process said something else than an answer."""
    return Outcome(
        code="Runtime.InvalidResponse",
        message=f"The process of {name} did not answer in a readable form.",
        lasting=True,
    )
