"""What a rule of the event bus does with an event: shape it and hand it to the targets.

Facts: around-config.md §6.2. Queues, topics and other buses are served. What a function, a log group, a state machine
or Systems Manager would get lies in the outbox. A target that refuses sends the event to its dead-letter queue when it
has one.
"""

from __future__ import annotations

import re

from backend.engine.around import event_buses, event_rules, outbox, sns, sqs
from backend.engine.around.event_rules import EventRule
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.model.item import Document, Json
from backend.model.moment import to_iso

_SERVICE = "events.amazonaws.com"
_PLACE = re.compile(r'"?<([A-Za-z0-9_.-]+)>"?')
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\['([^']+)'\]|\[(\d+)\]")


_RECORDED = frozenset({"lambda", "logs", "states", "ssm"})
"""Services that this world does not run: what they would get is kept to be looked at (EVB-10)."""


def invoke(ctx: Context, rule: EventRule, event: Document) -> list[tuple[Context, str]]:
    """Hand an event to every target of a rule (EVB-09); the buses among them, each with where it is."""
    buses: list[tuple[Context, str]] = []
    for target in event_rules.targets(ctx, rule.bus, rule.name):
        text = shaped(ctx, rule, target, event)
        try:
            if ":event-bus/" in target["Arn"]:
                buses.append(_bus(ctx, target["Arn"]))
            else:
                _hand_over(ctx, rule, target["Arn"], text, None)
        except ServiceError as refusal:
            _give_up(ctx, rule, target, text, refusal)
    return buses


def _bus(ctx: Context, arn: str) -> tuple[Context, str]:
    """Raises ResourceNotFoundException, or AccessDeniedException for a bus of another account that is closed."""
    there, name = event_buses.place(ctx, arn), event_buses.name_of(arn)
    if not event_buses.exists(there, name):
        raise event_buses.unknown(name)
    if not event_buses.takes(ctx, there, name, ctx.arn("iam", "root", region="")):
        raise ServiceError("AccessDeniedException", f"The event bus {arn} does not take events of {ctx.account}.")
    return there, name


def _hand_over(ctx: Context, rule: EventRule, arn: str, text: str, attributes: Document | None) -> None:
    service = arn.split(":")[2]
    if service == "sqs":
        sqs.deliver(ctx, arn, text, principal=_SERVICE, source_arn=rule.arn, attributes=attributes)
    elif service == "sns":
        sns.publish(ctx, arn, text, principal=_SERVICE, source_arn=rule.arn)
    elif service in _RECORDED:
        kept = {"arn": rule.arn, "topic": "", "protocol": service, "endpoint": arn}
        outbox.post(ctx, kept, ctx.ids.uuid(), "", text)
    else:
        raise ServiceError("TARGET_NOT_SERVED", f"The local engine does not deliver events to {arn}.")


def _give_up(ctx: Context, rule: EventRule, target: Document, text: str, refusal: ServiceError) -> None:
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not dead_letters:
        return
    reasons = {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": refusal.code,
        "ERROR_MESSAGE": refusal.message or refusal.code,
        "RETRY_ATTEMPTS": "0",
    }
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in reasons.items()}
    try:
        _hand_over(ctx, rule, dead_letters, text, attributes)
    except ServiceError:
        # Delivery is best effort (EVB-12): with its dead-letter queue out of reach too, the event is lost.
        return


def shaped(ctx: Context, rule: EventRule, target: Document, event: Document) -> str:
    """The text a target gets: the event, a constant, a part of it, or a filled template."""
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        found, value = _at(event, target["InputPath"])
        return dumps(value) if found else "{}"
    transformer = target.get("InputTransformer")
    if transformer:
        return _filled(ctx, rule, transformer, event)
    return dumps(event)


def _filled(ctx: Context, rule: EventRule, transformer: Document, event: Document) -> str:
    template: str = transformer["InputTemplate"]
    values: dict[str, Json] = {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": to_iso(ctx.now),
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": event,
    }
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        found, value = _at(event, path)
        if found:
            values[name] = value
    is_json = template.lstrip()[:1] in {"{", "["}

    def fill(place: re.Match[str]) -> str:
        whole, name = place[0], place[1]
        quoted = whole.startswith('"') and whole.endswith('"')
        left, right = ("", "") if quoted else ('"' * whole.startswith('"'), '"' * whole.endswith('"'))
        if name not in values:
            return '""' if quoted else left + right
        value = values[name]
        if not isinstance(value, str):
            return left + dumps(value) + right
        # A string that stands alone in a JSON template gets its quotes; inside a longer text it is escaped.
        text = dumps(value)
        return (
            text
            if quoted or (is_json and not (left or right) and _alone(template, place))
            else left + text[1:-1] + right
        )

    return _PLACE.sub(fill, template)


def _alone(template: str, place: re.Match[str]) -> bool:
    before, after = template[: place.start()].rstrip(), template[place.end() :].lstrip()
    return before[-1:] in {":", ",", "["} and after[:1] in {",", "}", "]"}


def _at(event: Json, path: str) -> tuple[bool, Json]:
    """(whether it is there, the value) at a JSON path such as `$.detail.items[0].name`."""
    value = event
    if path.strip() == "$":
        return True, value
    for name, quoted, index in _STEP.findall(path.strip().removeprefix("$")):
        if index:
            if not isinstance(value, list) or int(index) >= len(value):
                return False, None
            value = value[int(index)]
        else:
            key = name or quoted
            if not isinstance(value, dict) or key not in value:
                return False, None
            value = value[key]
    return True, value
