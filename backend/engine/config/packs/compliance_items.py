"""Items of type AWS::Config::ConformancePackCompliance: the verdict of a pack as a history of its own.

The members are those of the service's query schema (reference: aws-config.md §1.4); of `conformancePackCompliantCount`
and its opposite it says nothing but the names: here one of them is 1, so that they add up over packs.
"""

from __future__ import annotations

from backend.engine.config import items, recording
from backend.engine.config.packs import register, verdicts
from backend.engine.config.packs.register import CREATED, Pack
from backend.engine.context import Context
from backend.engine.world.estate import Resource
from backend.model.coverage import PACK_COMPLIANCE_TYPE
from backend.model.item import Document
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT


def record_all(ctx: Context) -> None:
    """Write an item for each pack of the region whose verdict or whose rules' verdicts moved, and for those gone."""
    packs = register.everything(ctx)
    for pack in packs:
        if pack.state == CREATED:
            recording.record_state(ctx, _resource(ctx, pack.pack_id, pack.name, pack.arn, _body(ctx, pack)))
    there = {pack.pack_id for pack in packs}
    for item in list(items.live(ctx, PACK_COMPLIANCE_TYPE)):
        if item["resourceId"] not in there:
            last = _resource(ctx, item["resourceId"], item["resourceName"], item["ARN"], None)
            recording.record_state(ctx, last, gone=True)


def _resource(ctx: Context, pack_id: str, name: str, arn: str, body: Document | None) -> Resource:
    return Resource(
        resource_type=PACK_COMPLIANCE_TYPE,
        resource_id=pack_id,
        name=name,
        arn=arn,
        region=ctx.region,
        configuration=body,
    )


def _body(ctx: Context, pack: Pack) -> Document:
    rules = verdicts.of_rules(ctx, pack)
    whole = verdicts.together(rules)
    said = [rule.compliance for rule in rules]
    return {
        "compliantRuleCount": said.count(COMPLIANT),
        "nonCompliantRuleCount": said.count(NON_COMPLIANT),
        "totalRuleCount": len(rules),
        "conformancePackCompliantCount": int(whole == COMPLIANT),
        "conformancePackNonCompliantCount": int(whole == NON_COMPLIANT),
        "configRuleList": [
            {
                "configRuleArn": rule.arn,
                "configRuleName": rule.name,
                "complianceType": rule.compliance,
                "controls": [],
            }
            for rule in rules
        ],
        "complianceType": whole,
    }
