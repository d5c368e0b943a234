"""Items of type AWS::Config::ResourceCompliance: what the rules together say of a resource, as a history of its own.

An item is written when the verdict of any rule on the resource moves, not at each evaluation (reference:
aws-config.md §1.4); the resource's last item is a deletion when no rule has anything to say of it any more.
"""

from __future__ import annotations

from backend.engine.clock import Due
from backend.engine.config import recorder_state, recording
from backend.engine.config.packs import compliance_items
from backend.engine.config.rules import transitions
from backend.engine.context import Context
from backend.engine.engine import DueHandler
from backend.engine.world.estate import Link, Resource
from backend.model.coverage import COMPLIANCE_TYPE, PACK_COMPLIANCE_TYPE
from backend.model.item import Document, ResourceKey
from backend.rules.verdict import COMPLIANT, NON_COMPLIANT


def settle(ctx: Context, due: Due) -> None:
    """Write the items of all resources whose verdicts moved; they wait while the recorder does not record them."""
    recorder = recorder_state.of(ctx)
    if recorder is None or not recorder.recording:
        return
    if recorder.records(COMPLIANCE_TYPE, ctx.region):
        for key in transitions.take(ctx):
            body = _body(ctx, key)
            recording.record_state(ctx, _resource(ctx, key, body), gone=body is None)
    if recorder.records(PACK_COMPLIANCE_TYPE, ctx.region):
        compliance_items.record_all(ctx)


def _body(ctx: Context, key: ResourceKey) -> Document | None:
    """`configuration` of the item; None when no rule says that the resource is in order or not."""
    rows = ctx.store.all(
        "SELECT r.name, r.id, r.body ->> '$.arn' AS arn, s.compliance FROM rule_results s"
        " JOIN config_rules r ON r.region = s.region AND r.id = s.rule"
        " WHERE s.region = ? AND s.type = ? AND s.id = ? AND s.compliance IN (?, ?) ORDER BY r.name",
        (ctx.region, *key, COMPLIANT, NON_COMPLIANT),
    )
    if not rows:
        return None
    return {
        "targetResourceId": key.resource_id,
        "targetResourceType": key.resource_type,
        "configRuleList": [
            {
                "configRuleArn": row["arn"],
                "configRuleId": row["id"],
                "configRuleName": row["name"],
                "complianceType": row["compliance"],
            }
            for row in rows
        ],
        "complianceType": NON_COMPLIANT if any(row["compliance"] == NON_COMPLIANT for row in rows) else COMPLIANT,
    }


def _resource(ctx: Context, key: ResourceKey, body: Document | None) -> Resource:
    return Resource(
        resource_type=COMPLIANCE_TYPE,
        resource_id=f"{key.resource_type}/{key.resource_id}",
        region=ctx.region,
        configuration=body,
        links=(Link("Is associated with ", key.resource_type, key.resource_id),),
    )


DUE: dict[str, DueHandler] = {transitions.SETTLED: settle}
