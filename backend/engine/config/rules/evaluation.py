"""When rules run: on each new item, once after creation, on schedule, on request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backend.engine.clock import Due
from backend.engine.config import items, recorder_state, stream
from backend.engine.config.rules import custom, register, results, transitions
from backend.engine.config.rules.register import (
    ACTIVE,
    DELETING,
    EVALUATING,
    ITEM_CHANGED,
    LAMBDA,
    OVERSIZED_CHANGED,
    SCHEDULED,
    SNAPSHOT_DELIVERED,
    ConfigRule,
)
from backend.engine.config.rules.results import Finding
from backend.engine.config.rules.surroundings import AccountView
from backend.engine.context import Context
from backend.model.coverage import RECORDER_TYPE
from backend.model.item import DELETED_STATUSES, Document
from backend.model.moment import SECOND, Moment
from backend.rules.catalogue import ACCOUNT_TYPE
from backend.rules.judging import BODILESS, judge, judge_account
from backend.rules.verdict import INSUFFICIENT_DATA, Check, Verdict, here

PASS = "config.rule.pass"
PERIOD = "config.rule.period"
PASS_DELAY: Moment = 2 * SECOND
"""From the call that asks for a pass to the pass; the service takes seconds to minutes."""


def on_item(ctx: Context, document: Document, diff: Document, short: Document | None = None) -> None:
    """Run the rules that look at a new item (RUL-16); `short` is the message that told of an oversized one.

    While the recorder is off there are no items but its own, and so change-triggered rules rest.
    """
    kind, resource_id = document["resourceType"], document["resourceId"]
    status = document["configurationItemStatus"]
    if kind == RECORDER_TYPE:
        _on_recorder_item(ctx)
    if status == BODILESS:
        return
    gone = status in DELETED_STATUSES
    for rule in register.looking_at(ctx, kind):
        if rule.state == DELETING or (rule.types is None and kind in transitions.VERDICT_TYPES):
            continue
        covered = rule.covers(document)
        if covered and not gone:
            _judge(ctx, rule, document, diff, short)
        elif covered or results.one(ctx, rule, kind, resource_id):
            _take_leave(ctx, rule, document, diff, left_scope=not gone)


def _judge(ctx: Context, rule: ConfigRule, item: Document, diff: Document, short: Document | None) -> None:
    check = rule.check
    if rule.owner == LAMBDA:
        # A function is called with what its triggers name: items, or the news of those too long to be sent (§5.2).
        if short is not None and rule.on_oversized:
            custom.invoke(ctx, rule, OVERSIZED_CHANGED, item=item, message=short)
        elif short is None and rule.on_change:
            custom.invoke(ctx, rule, ITEM_CHANGED, item=item, diff=diff)
    elif check is not None and check.item is not None:
        verdict = judge(check, item, rule.effective_parameters, AccountView(ctx))
        # The item may have been captured some milliseconds ahead of the clock.
        rule.invoked = rule.evaluated = ctx.clock.last
        finding = Finding(item["resourceType"], item["resourceId"], verdict, item["configurationStateId"])
        _unknown(ctx, rule, [verdict])
        if verdict.compliance != INSUFFICIENT_DATA:
            results.record(ctx, rule, finding, rule.invoked)
    else:
        return
    register.save(ctx, rule)


def _take_leave(ctx: Context, rule: ConfigRule, item: Document, diff: Document, *, left_scope: bool) -> None:
    """A resource was deleted or left the scope: a function is called once more, and the verdict goes (§5.2)."""
    if rule.owner == LAMBDA and rule.on_change:
        custom.invoke(ctx, rule, ITEM_CHANGED, item=item, diff=diff, left_scope=left_scope)
        register.save(ctx, rule)
    results.drop(ctx, rule, item["resourceType"], item["resourceId"])


def first_pass(ctx: Context, rule: ConfigRule) -> None:
    """A new or redefined rule looks once at what is there, and its schedule begins."""
    if not rule.detects:
        cancel(ctx, rule)
        return
    ctx.clock.schedule(ctx.now + PASS_DELAY, PASS, ctx.region, rule.rule_id, {"requested": False})
    if rule.period is not None:
        ctx.clock.schedule(ctx.now + PASS_DELAY + rule.period, PERIOD, ctx.region, rule.rule_id)
    else:
        ctx.clock.cancel(PERIOD, ctx.region, rule.rule_id)


def requested_pass(ctx: Context, rule: ConfigRule) -> None:
    """StartConfigRulesEvaluation: the rule looks again at the last known state."""
    rule.state = EVALUATING
    rule.requested = ctx.now
    register.save(ctx, rule)
    ctx.clock.schedule(ctx.now + PASS_DELAY, PASS, ctx.region, rule.rule_id, {"requested": True})


def cancel(ctx: Context, rule: ConfigRule) -> None:
    """No more passes for a rule that goes."""
    for kind in (PASS, PERIOD):
        ctx.clock.cancel(kind, ctx.region, rule.rule_id)


def _on_recorder_item(ctx: Context) -> None:
    """The recorder changed: rules that were put while it was off get their first pass when it runs."""
    if _recording(ctx):
        transitions.wake(ctx)
        for rule in register.everything(ctx):
            if not rule.passed and rule.state != DELETING and ctx.clock.when(PASS, ctx.region, rule.rule_id) is None:
                first_pass(ctx, rule)


def on_snapshot(ctx: Context, message: Document) -> None:
    """Call the functions of custom rules that wait for delivered snapshots."""
    for rule in register.everything(ctx):
        period = rule.snapshot_period
        if period is None or rule.state == DELETING:
            continue
        if rule.invoked is None or ctx.now - rule.invoked >= period:
            custom.invoke(ctx, rule, SNAPSHOT_DELIVERED, message=message)
            register.save(ctx, rule)


def _pass_due(ctx: Context, due: Due) -> None:
    rule = register.by_id(ctx, due.key)
    if rule is None or rule.state == DELETING:
        return
    requested = bool(due.payload["requested"])
    if requested or _recording(ctx) or rule.period is not None:
        if not requested:
            started(ctx, [rule])
        _run(ctx, rule)
    if rule.state == EVALUATING:
        rule.state = ACTIVE
    register.save(ctx, rule)


def _period_due(ctx: Context, due: Due) -> None:
    """A scheduled pass; it comes also while the recorder is off (RUL-11)."""
    rule = register.by_id(ctx, due.key)
    if rule is None or rule.state == DELETING or rule.period is None:
        return
    ctx.clock.schedule(due.at + rule.period, PERIOD, ctx.region, rule.rule_id)
    started(ctx, [rule])
    if rule.owner == LAMBDA:
        custom.invoke(ctx, rule, SCHEDULED)
    else:
        _run(ctx, rule)
    register.save(ctx, rule)


def started(ctx: Context, about: Iterable[ConfigRule]) -> None:
    """Tell that evaluation begins (STR-06)."""
    message: Document = {
        "awsAccountId": ctx.account,
        "awsRegion": ctx.region,
        "configRuleNames": [rule.name for rule in about],
    }
    subject = f"Config Rules Evaluation Started for Account {ctx.account}"
    stream.send(ctx, "ConfigRulesEvaluationStarted", message, subject)


def _run(ctx: Context, rule: ConfigRule) -> None:
    """Look at everything in scope and keep what was found."""
    rule.passed = True
    check = rule.check
    if check is None:
        if rule.owner == LAMBDA:
            _invoke_all(ctx, rule)
        elif not rule.process_check:
            _cannot(ctx, rule)
        return
    rule.invoked = rule.evaluated = ctx.now
    results.replace(ctx, rule, _findings(ctx, rule, check), ctx.now)


def _cannot(ctx: Context, rule: ConfigRule) -> None:
    """A rule whose check this engine does not have: its status says so, and its verdict stays INSUFFICIENT_DATA."""
    what = rule.source.get("SourceIdentifier")
    rule.evaluation_failed = ctx.now
    rule.error_code, rule.error_message = "NotImplemented", f"The local engine does not evaluate {what}."


def _unknown(ctx: Context, rule: ConfigRule, verdicts: Iterable[Verdict]) -> None:
    """Where a verdict could not be given the status says why; what was known before stays."""
    why = next((verdict.annotation for verdict in verdicts if verdict.compliance == INSUFFICIENT_DATA), None)
    if why is None:
        rule.error_code = rule.error_message = ""
    else:
        rule.evaluation_failed = ctx.clock.last
        rule.error_code, rule.error_message = "EvaluationFailed", why


def _findings(ctx: Context, rule: ConfigRule, check: Check) -> list[Finding]:
    view, parameters = AccountView(ctx), rule.effective_parameters
    if check.account is not None:
        found = [Finding(ACCOUNT_TYPE, ctx.account, judge_account(check, parameters, view), ctx.now)]
    elif rule.on_change:
        found = [
            Finding(*_key(item), judge(check, item, parameters, view), item["configurationStateId"])
            for item in _in_scope(ctx, rule)
        ]
    else:
        # On a schedule alone a rule asks the services themselves: it sees what is not recorded, too (rules.md §1).
        found = [Finding(*_key(one), judge(check, one, parameters, view), ctx.now) for one in _there(view, rule)]
    _unknown(ctx, rule, [finding.verdict for finding in found])
    return [finding for finding in found if finding.verdict.compliance != INSUFFICIENT_DATA]


def _key(item: Document) -> tuple[str, str]:
    return item["resourceType"], item["resourceId"]


def _there(view: AccountView, rule: ConfigRule) -> Iterator[Document]:
    for kind in rule.types or ():
        for one in here(view.resources(kind), view.region):
            if rule.covers(one):
                yield one


def _in_scope(ctx: Context, rule: ConfigRule) -> Iterator[Document]:
    for kind in (None,) if rule.types is None else rule.types:
        for item in items.live(ctx, kind):
            if kind is None and item["resourceType"] in transitions.VERDICT_TYPES:
                continue
            if item["configurationItemStatus"] != BODILESS and rule.covers(item):
                yield item


def _invoke_all(ctx: Context, rule: ConfigRule) -> None:
    if rule.on_change:
        for item in _in_scope(ctx, rule):
            custom.invoke(ctx, rule, ITEM_CHANGED, item=item)
    if rule.period is not None:
        custom.invoke(ctx, rule, SCHEDULED)


def _recording(ctx: Context) -> bool:
    recorder = recorder_state.of(ctx)
    return recorder is not None and recorder.recording


DUE = {PASS: _pass_due, PERIOD: _period_due}
