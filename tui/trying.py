"""Trying rules on items without storing anything: what is named, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from backend.model.item import ConfigurationItem
from backend.model.item_document import document
from backend.model.moment import Moment
from backend.model.problem import BadInput

if TYPE_CHECKING:
    from backend.connect import Connection
    from backend.rules.asked import AskedRule
    from backend.rules.verdict import Reason

_HANDLER = ".py"


class Tried(NamedTuple):
    """What one rule said of one item."""

    rule: str
    compliance: str
    annotation: str = ""
    reasons: tuple[Reason, ...] = ()
    obstacle: str = ""
    """Why it could not say anything."""
    log: str = ""
    """What a handler printed."""
    seconds: float | None = None
    """How long a handler took."""


class Meant(NamedTuple):
    """What somebody wants to try: rules, or the handler of a custom Lambda rule."""

    rules: tuple[AskedRule, ...] = ()
    handler: Path | None = None


def meant(text: str, parameters: dict[str, str] | None = None) -> Meant:
    """What a text names: a file of rules, a handler (a .py file or an RDK folder), or a managed rule.

    `parameters` are values for those of the rules. Reads the file; raises `BadInput`.
    """
    from dataclasses import replace

    from backend.files.rule_files import rules_in
    from backend.rules.given import managed_rule

    given = parameters or {}
    path = Path(text).expanduser()
    if path.is_dir() or (path.suffix == _HANDLER and path.exists()):
        return Meant(handler=path)
    if path.is_file():
        template = path.suffix in (".yaml", ".yml", ".template")
        rules = rules_in(path, given if template else {})
        return Meant(tuple(rules if template else (replace(rule, given={**rule.given, **given}) for rule in rules)))
    if "/" in text or path.suffix in (".guard", ".yaml", ".yml", ".json", _HANDLER):
        raise BadInput(f"There is no file {text}")
    rule = managed_rule(text)
    return Meant((replace(rule, given={**rule.given, **given}),))


def policy(text: str) -> Meant:
    """A Guard policy that is being written. Raises `PolicyError`, which has line and column."""
    from backend.rules.asked import POLICY, AskedRule
    from backend.rules.policy_check import policy_of

    policy_of(text)
    return Meant((AskedRule("policy", owner=POLICY, policy=text),))


def judged(rules: Sequence[AskedRule], item: ConfigurationItem, now: Moment) -> list[Tried]:
    """What rules say of an item by itself; those that do not look at its type are left out."""
    from backend.rules.explaining import explain

    found = []
    for rule in rules:
        if not rule.obstacle and not rule.looks_at(item.resource_type):
            continue
        told = explain(rule, item, now)
        verdict = told.verdict
        found.append(Tried(rule.name, verdict.compliance, verdict.annotation, verdict.reasons, told.obstacle))
    return found


async def run(connection: Connection, handler: Path, item: ConfigurationItem, given: dict[str, str]) -> list[Tried]:
    """What a handler reports of an item. It runs in a process of its own. Raises `BadInput`."""
    outcome = await connection.try_handler(handler, document(item), given or None)
    name = handler.stem
    if outcome.error:
        return [Tried(name, "", obstacle=outcome.error, log=outcome.log, seconds=outcome.seconds)]
    if not outcome.evaluations:
        return [Tried(name, "", obstacle="It reported nothing.", log=outcome.log, seconds=outcome.seconds)]
    return [
        Tried(name, one.compliance, one.annotation, log=outcome.log, seconds=outcome.seconds)
        for one in outcome.evaluations
    ]
