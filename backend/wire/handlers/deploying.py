"""The rules that RDK folders describe, put as `rdk deploy` would put them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from backend.engine.config.rules.register import ITEM_CHANGED, LAMBDA, OVERSIZED_CHANGED, SCHEDULED
from backend.engine.context import Call, Caller
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.problem import BadInput
from backend.wire.handlers.finding import Handler, RuleFacts
from backend.wire.local import LocalWorld
from backend.wire.protocol import service_model
from backend.wire.validate import checked_input

_EVERY_TYPE = "ALL"
"""What a parameters.json calls a rule over all types."""


async def deploy_rules(world: LocalWorld, functions: Mapping[str, Handler]) -> list[str]:
    """Put the rules of RDK folders where there is none of the name yet; a sentence on each that cannot be put."""
    present = await _rule_names(world)
    complaints: list[str] = []
    for arn, handler in functions.items():
        facts = handler.facts
        if facts is None or facts.name in present:
            continue
        try:
            await _call(world, "PutConfigRule", ConfigRule=config_rule(arn, facts))
        except BadInput as problem:
            complaints.append(str(problem))
        except ServiceError as error:
            complaints.append(f"The rule {facts.name} is not deployed: {error.message}")
    return complaints


def config_rule(function: str, facts: RuleFacts) -> Document:
    """The rule of a parameters.json, in the shape of PutConfigRule. Raises `BadInput`."""
    changes = [ITEM_CHANGED, OVERSIZED_CHANGED] if facts.types else []
    details: list[Document] = [{"EventSource": "aws.config", "MessageType": change} for change in changes]
    if facts.period:
        details.append(
            {"EventSource": "aws.config", "MessageType": SCHEDULED, "MaximumExecutionFrequency": facts.period}
        )
    if not details:
        raise BadInput(f"The rule {facts.name} is not deployed", "it has neither SourceEvents nor SourcePeriodic")
    rule: Document = {
        "ConfigRuleName": facts.name,
        "Source": {"Owner": LAMBDA, "SourceIdentifier": function, "SourceDetails": details},
    }
    if facts.description:
        rule["Description"] = facts.description[:256]
    if facts.types and _EVERY_TYPE not in facts.types:
        rule["Scope"] = {"ComplianceResourceTypes": list(facts.types)}
    parameters = _parameters(facts)
    if parameters:
        rule["InputParameters"] = msgspec.json.encode(parameters).decode()
    return rule


def _parameters(facts: RuleFacts) -> dict[str, str]:
    """Those that have a value: the kit writes empty texts where a person is to fill one in. Raises `BadInput`."""
    try:
        given = msgspec.json.decode(facts.parameters or "{}", type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadInput(
            f"The rule {facts.name} is not deployed", f"its InputParameters are no JSON object: {error}"
        ) from error
    return {name: str(value) for name, value in given.items() if value not in ("", None)}


async def _rule_names(world: LocalWorld) -> set[str]:
    names: set[str] = set()
    more: Document = {}
    while True:
        answer = await _call(world, "DescribeConfigRules", **more)
        names |= {rule["ConfigRuleName"] for rule in answer["ConfigRules"]}
        if "NextToken" not in answer:
            return names
        more = {"NextToken": answer["NextToken"]}


async def _call(world: LocalWorld, operation: str, **params: object) -> Document:
    options = world.options
    shape = service_model("config").operation_model(operation).input_shape
    caller = Caller(access_key=options.account, user_agent="configscope")
    return await world.call(
        Call("config", operation, checked_input("config", shape, params), options.home_region, caller)
    )
