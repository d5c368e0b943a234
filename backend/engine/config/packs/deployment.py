"""What happens to a pack in its own time: its rules come, change and go, all of them or none."""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import recorder_state, tagging
from backend.engine.config.packs import register
from backend.engine.config.packs.register import CREATED, CREATING, DELETING, FAILED, Pack
from backend.engine.config.rules import checks, lifecycle, remedies, transitions
from backend.engine.config.rules import register as rule_register
from backend.engine.config.rules.register import ConfigRule
from backend.engine.context import Context
from backend.engine.engine import DueHandler
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import SECOND, Moment

PRINCIPAL = "config-conforms.amazonaws.com"
"""The service that owns the rules of packs (reference: aws-config.md §5.1)."""

DEPLOYMENT, DELETION = "config.pack.deployment", "config.pack.deletion"
DEPLOYMENT_TIME: Moment = 15 * SECOND
DELETION_TIME: Moment = 10 * SECOND
"""The service takes minutes."""

_LONGEST_REASON = 2000


def begin(ctx: Context, pack: Pack) -> None:
    """Keep a pack that is to be deployed; its rules follow."""
    pack.state, pack.reason, pack.requested, pack.completed = CREATING, "", ctx.now, None
    register.save(ctx, pack)
    ctx.clock.schedule(ctx.now + DEPLOYMENT_TIME, DEPLOYMENT, ctx.region, pack.name)


def end(ctx: Context, pack: Pack) -> None:
    """Begin to take a pack and its rules away."""
    pack.state, pack.reason, pack.requested, pack.completed = DELETING, "", ctx.now, None
    register.save(ctx, pack)
    ctx.clock.schedule(ctx.now + DELETION_TIME, DELETION, ctx.region, pack.name)


def _deployment_due(ctx: Context, due: Due) -> None:
    pack = register.find(ctx, due.key)
    if pack is None or pack.state != CREATING:
        return
    try:
        with ctx.store.savepoint():
            pack.rules = _deploy(ctx, pack)
        pack.state, pack.made_from = CREATED, pack.wanted_rules
    except _Failure as failure:
        pack.state, pack.reason = FAILED, str(failure)[:_LONGEST_REASON]
    pack.completed = ctx.now
    register.save(ctx, pack)
    transitions.wake(ctx)


class _Failure(Exception):
    """A resource of the template that could not be made; the text is the pack's status reason."""


def _deploy(ctx: Context, pack: Pack) -> dict[str, str]:
    """Bring the rules to what the template asks for; template name → id."""
    if not ctx.world.lenient and recorder_state.of(ctx) is None:
        raise _Failure("There are no customer managed configuration recorders available to record your resources.")
    wanted = {rule.name for rule in pack.wanted_rules}
    for name, rule_id in pack.rules.items():
        if name not in wanted:
            _end_rule(ctx, rule_register.by_id(ctx, rule_id))
    deployed = {}
    for rule in pack.wanted_rules:
        definition = {**rule.definition, "ConfigRuleName": pack.deployed(rule.name)}
        try:
            deployed[rule.name] = _put_rule(ctx, pack.rules.get(rule.name), definition, rule in pack.made_from)
        except ServiceError as refusal:
            raise _Failure(f"{rule.name}: {refusal.code}: {refusal.message}") from refusal
    remedied = {remediation.rule: remediation.definition for remediation in pack.wanted_remediations}
    for rule in pack.wanted_rules:
        _put_remedy(ctx, pack.deployed(rule.name), remedied.get(rule.name))
    return deployed


def _put_rule(ctx: Context, rule_id: str | None, definition: Document, unchanged: bool) -> str:
    """Make one rule, or redefine it where the template changed; its id."""
    parameters = checks.definition(ctx, definition, in_pack=True)
    known = rule_register.by_id(ctx, rule_id) if rule_id else None
    if known is None:
        known = lifecycle.make(ctx, definition, parameters, principal=PRINCIPAL)
    elif not unchanged:
        lifecycle.redefine(ctx, known, definition, parameters)
    return known.rule_id


def _put_remedy(ctx: Context, rule: str, definition: Document | None) -> None:
    if definition is None:
        remedies.drop(ctx, rule)
    else:
        remedies.make(ctx, {**definition, "ConfigRuleName": rule}, service=PRINCIPAL)


def _end_rule(ctx: Context, rule: ConfigRule | None) -> None:
    if rule is not None:
        remedies.drop(ctx, rule.name)
        lifecycle.end(ctx, rule)


def _deletion_due(ctx: Context, due: Due) -> None:
    pack = register.find(ctx, due.key)
    if pack is None or pack.state != DELETING:
        return
    for rule_id in pack.rules.values():
        _end_rule(ctx, rule_register.by_id(ctx, rule_id))
    tagging.forget(ctx, pack.arn)
    register.remove(ctx, pack)
    transitions.wake(ctx)


DUE: dict[str, DueHandler] = {DEPLOYMENT: _deployment_due, DELETION: _deletion_due}
