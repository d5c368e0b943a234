"""Rules of the event bus: a pattern, a state, and up to five targets (reference: around-config.md §6.2)."""

from __future__ import annotations

import msgspec

from backend.engine.around import event_buses, event_schedules, patterns
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps, loads
from backend.model.item import Document

ALL_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

SCHEMA = """
CREATE TABLE IF NOT EXISTS event_rules (
    region TEXT NOT NULL,
    bus TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    pattern TEXT NOT NULL,
    body TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (region, bus, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_targets (
    region TEXT NOT NULL,
    bus TEXT NOT NULL,
    rule TEXT NOT NULL,
    id TEXT NOT NULL,
    arn TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, bus, rule, id)
) WITHOUT ROWID;
"""

_RULES_OF_A_BUS = 300
_TARGETS_OF_A_RULE = 5
_PATTERN_LIMIT = 4096
_PAGE = 100
SCHEDULE = "events.schedule"
"""The due thing that runs a rule with a schedule."""


class EventRule(msgspec.Struct, frozen=True, kw_only=True):
    """An enabled rule with its checked pattern; a schedule alone has none."""

    name: str
    arn: str
    bus: str
    pattern: patterns.Pattern | None


def compiled(text: str) -> patterns.Pattern:
    """A checked pattern. Raises InvalidEventPatternException."""
    try:
        return patterns.compile_pattern(text)
    except patterns.InvalidPattern as error:
        raise ServiceError("InvalidEventPatternException", str(error)) from error


def enabled(ctx: Context, bus: str, *, all_management_only: bool = False) -> list[EventRule]:
    """The rules of the region's bus that an event is tried on, by name."""
    states = (ALL_EVENTS,) if all_management_only else ("ENABLED", ALL_EVENTS)
    rows = ctx.store.all(
        "SELECT name, pattern FROM event_rules WHERE region = ? AND bus = ? AND state IN (?, ?) ORDER BY name",
        (ctx.region, bus, states[0], states[-1]),
    )
    return [
        EventRule(
            name=row["name"],
            arn=_arn(ctx, bus, row["name"]),
            bus=bus,
            pattern=patterns.compile_pattern(row["pattern"]) if row["pattern"] else None,
        )
        for row in rows
    ]


def targets(ctx: Context, bus: str, rule: str) -> list[Document]:
    """The targets of a rule as PutTargets got them, by id."""
    rows = ctx.store.all(
        "SELECT body FROM event_targets WHERE region = ? AND bus = ? AND rule = ? ORDER BY id", (ctx.region, bus, rule)
    )
    return [loads(row["body"]) for row in rows]


def _arn(ctx: Context, bus: str, name: str) -> str:
    return ctx.arn("events", f"rule/{name}" if bus == event_buses.DEFAULT else f"rule/{bus}/{name}")


def put_rule(ctx: Context, params: Document) -> Document:
    """Create a rule or replace its settings; what is not given is cleared, the targets stay.

    Raises InvalidEventPatternException, ValidationException, ResourceNotFoundException, LimitExceededException.
    """
    bus = event_buses.need(ctx, params)
    name, pattern = params["Name"], params.get("EventPattern") or ""
    schedule = params.get("ScheduleExpression") or ""
    if not pattern and not schedule:
        raise _invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if schedule:
        if bus != event_buses.DEFAULT:
            raise _invalid("ScheduleExpression is supported only on the default event bus.")
        _check_schedule(ctx, schedule)
    if len(pattern) > _PATTERN_LIMIT:
        raise _invalid(f"Parameter EventPattern is longer than {_PATTERN_LIMIT} characters.")
    if pattern:
        compiled(pattern)
    row = _find(ctx, bus, name)
    if row is None and len(_rows(ctx, bus)) >= _RULES_OF_A_BUS:
        raise ServiceError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    body = {
        key: params[key] for key in ("Description", "EventPattern", "RoleArn", "ScheduleExpression") if params.get(key)
    }
    # Tags are those of the creation: on a rule that is there they are ignored, as AWS does.
    tags = row["tags"] if row else dumps(params.get("Tags") or [])
    ctx.store.run(
        "INSERT OR REPLACE INTO event_rules VALUES (?, ?, ?, ?, ?, ?, ?)",
        (ctx.region, bus, name, params.get("State") or "ENABLED", pattern, dumps(body), tags),
    )
    if bus == event_buses.DEFAULT:
        plan(ctx, name)
    return {"RuleArn": _arn(ctx, bus, name)}


def _check_schedule(ctx: Context, expression: str) -> None:
    try:
        event_schedules.next_time(expression, ctx.now)
    except event_schedules.InvalidSchedule as error:
        raise _invalid("Parameter ScheduleExpression is not valid.") from error


def plan(ctx: Context, name: str) -> None:
    """See to the next run of a rule of the default bus; to none where it has no schedule, or is switched off."""
    row = _find(ctx, event_buses.DEFAULT, name)
    expression = loads(row["body"]).get("ScheduleExpression") if row and row["state"] != "DISABLED" else None
    at = event_schedules.next_time(expression, ctx.now) if expression else None
    if at is None:
        ctx.clock.cancel(SCHEDULE, ctx.region, name)
    else:
        ctx.clock.schedule(at, SCHEDULE, ctx.region, name)


def scheduled(ctx: Context, name: str) -> EventRule:
    """The rule whose time has come."""
    return EventRule(name=name, arn=_arn(ctx, event_buses.DEFAULT, name), bus=event_buses.DEFAULT, pattern=None)


def delete_rule(ctx: Context, params: Document) -> Document:
    """Remove a rule without targets; one that is gone already is no error."""
    bus, name = event_buses.need(ctx, params), params["Name"]
    if targets(ctx, bus, name):
        raise _invalid("Rule can't be deleted since it has targets.")
    ctx.store.run("DELETE FROM event_rules WHERE region = ? AND bus = ? AND name = ?", (ctx.region, bus, name))
    if bus == event_buses.DEFAULT:
        plan(ctx, name)
    return {}


def describe_rule(ctx: Context, params: Document) -> Document:
    """Settings and state of a rule."""
    bus = event_buses.need(ctx, params)
    return {**_listed(ctx, _need(ctx, bus, params["Name"])), "CreatedBy": ctx.account}


def list_rules(ctx: Context, params: Document) -> Document:
    """Rules of a bus by name, with a prefix if wanted."""
    bus = event_buses.need(ctx, params)
    prefix = params.get("NamePrefix") or ""
    rows = [row for row in _rows(ctx, bus) if row["name"].startswith(prefix)]
    return _page(params, "Rules", [_listed(ctx, row) for row in rows])


def list_rule_names_by_target(ctx: Context, params: Document) -> Document:
    """Names of the rules that have a target."""
    rows = ctx.store.all(
        "SELECT DISTINCT rule FROM event_targets WHERE region = ? AND bus = ? AND arn = ? ORDER BY rule",
        (ctx.region, event_buses.need(ctx, params), params["TargetArn"]),
    )
    return _page(params, "RuleNames", [row["rule"] for row in rows])


def enable_rule(ctx: Context, params: Document) -> Document:
    return _set_state(ctx, params, "ENABLED")


def disable_rule(ctx: Context, params: Document) -> Document:
    return _set_state(ctx, params, "DISABLED")


def _set_state(ctx: Context, params: Document, state: str) -> Document:
    bus, name = event_buses.need(ctx, params), params["Name"]
    _need(ctx, bus, name)
    ctx.store.run(
        "UPDATE event_rules SET state = ? WHERE region = ? AND bus = ? AND name = ?", (state, ctx.region, bus, name)
    )
    if bus == event_buses.DEFAULT:
        plan(ctx, name)
    return {}


def put_targets(ctx: Context, params: Document) -> Document:
    """Add targets to a rule or replace those with the same id; five at most. Raises LimitExceededException."""
    bus, rule = event_buses.need(ctx, params), params["Rule"]
    _need(ctx, bus, rule)
    ids = {target["Id"] for target in targets(ctx, bus, rule)} | {target["Id"] for target in params["Targets"]}
    if len(ids) > _TARGETS_OF_A_RULE:
        raise ServiceError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    failed: list[Document] = []
    for target in params["Targets"]:
        if not target["Arn"].startswith("arn:aws:"):
            failed.append(
                {
                    "TargetId": target["Id"],
                    "ErrorCode": "ValidationException",
                    "ErrorMessage": "Provided Arn is not valid.",
                }
            )
            continue
        ctx.store.run(
            "INSERT OR REPLACE INTO event_targets VALUES (?, ?, ?, ?, ?, ?)",
            (ctx.region, bus, rule, target["Id"], target["Arn"], dumps(target)),
        )
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


def remove_targets(ctx: Context, params: Document) -> Document:
    """Take targets off a rule by id; unknown ids are reported, not refused."""
    bus, rule = event_buses.need(ctx, params), params["Rule"]
    _need(ctx, bus, rule)
    failed: list[Document] = []
    for target in params["Ids"]:
        gone = ctx.store.run(
            "DELETE FROM event_targets WHERE region = ? AND bus = ? AND rule = ? AND id = ?",
            (ctx.region, bus, rule, target),
        )
        if not gone:
            message = f"Rule {rule} does not have a target with the Id {target}."
            failed.append({"TargetId": target, "ErrorCode": "ResourceNotFoundException", "ErrorMessage": message})
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


def list_targets_by_rule(ctx: Context, params: Document) -> Document:
    """The targets of a rule by id."""
    bus = event_buses.need(ctx, params)
    _need(ctx, bus, params["Rule"])
    return _page(params, "Targets", targets(ctx, bus, params["Rule"]))


def list_tags_for_resource(ctx: Context, params: Document) -> Document:
    """Tags of a rule by its ARN."""
    parts = params["ResourceARN"].split(":rule/", 1)
    if len(parts) != 2:
        raise _unknown(f"Resource {params['ResourceARN']} does not exist.")
    bus, _, name = parts[1].rpartition("/")
    return {"Tags": loads(_need(ctx, bus or event_buses.DEFAULT, name)["tags"])}


def _rows(ctx: Context, bus: str) -> list[Row]:
    return ctx.store.all("SELECT * FROM event_rules WHERE region = ? AND bus = ? ORDER BY name", (ctx.region, bus))


def _find(ctx: Context, bus: str, name: str) -> Row | None:
    return ctx.store.one("SELECT * FROM event_rules WHERE region = ? AND bus = ? AND name = ?", (ctx.region, bus, name))


def _need(ctx: Context, bus: str, name: str) -> Row:
    row = _find(ctx, bus, name)
    if row is None:
        raise _unknown(f"Rule {name} does not exist on EventBus {bus}.")
    return row


def _listed(ctx: Context, row: Row) -> Document:
    return {
        "Name": row["name"],
        "Arn": _arn(ctx, row["bus"], row["name"]),
        **loads(row["body"]),
        "State": row["state"],
        "EventBusName": row["bus"],
    }


def _page(params: Document, key: str, entries: list[Document]) -> Document:
    token = params.get("NextToken") or "0"
    if not (token.isascii() and token.isdigit()):
        raise _invalid("Parameter NextToken is not valid.")
    start, size = int(token), params.get("Limit") or _PAGE
    answer: Document = {key: entries[start : start + size]}
    if start + size < len(entries):
        answer["NextToken"] = str(start + size)
    return answer


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def _unknown(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", message)


OPERATIONS: dict[str, Operation] = {
    "PutRule": put_rule,
    "DeleteRule": delete_rule,
    "DescribeRule": describe_rule,
    "ListRules": list_rules,
    "ListRuleNamesByTarget": list_rule_names_by_target,
    "EnableRule": enable_rule,
    "DisableRule": disable_rule,
    "PutTargets": put_targets,
    "RemoveTargets": remove_targets,
    "ListTargetsByRule": list_targets_by_rule,
    "ListTagsForResource": list_tags_for_resource,
}
