"""Managed rules over CloudTrail trails."""

from __future__ import annotations

from backend.engine.config.rules.catalogue import ON_SCHEDULE, ManagedRule, Parameter
from backend.engine.config.rules.managed.reading import parsed
from backend.engine.config.rules.verdict import FINE, AccountView, Parameters, Verdict, bad
from backend.engine.world.estate import Resource
from backend.model.item import Document

_WANTED = {
    "s3BucketName": "s3BucketName",
    "snsTopicArn": "snsTopicARN",
    "cloudWatchLogsLogGroupArn": "cloudWatchLogsLogGroupArn",
}
"""Parameter of the rule → member of a trail's configuration."""


def _cloudtrail_enabled(view: AccountView, parameters: Parameters) -> Verdict:
    here = [trail for trail in view.resources("AWS::CloudTrail::Trail") if _covers(trail, view.region)]
    if not here:
        return bad(f"No trail covers {view.region}.")
    logging = [trail for trail in here if parsed(trail.supplementary.get("TrailStatus")).get("isLogging") is not False]
    if not logging:
        return bad("The trails here are not logging.")
    if not any(_fits(_configuration(trail), parameters) for trail in logging):
        return bad("No trail delivers where the rule's parameters say.")
    return FINE


def _covers(trail: Resource, region: str) -> bool:
    return trail.region == region or bool(_configuration(trail).get("isMultiRegionTrail"))


def _fits(trail: Document, parameters: Parameters) -> bool:
    return all(
        not parameters.get(parameter) or trail.get(member) == parameters[parameter]
        for parameter, member in _WANTED.items()
    )


def _configuration(trail: Resource) -> Document:
    return parsed(trail.configuration)


RULES = (
    ManagedRule(
        "CLOUD_TRAIL_ENABLED",
        ON_SCHEDULE,
        parameters=tuple(Parameter(name) for name in _WANTED),
        account=_cloudtrail_enabled,
        name="cloudtrail-enabled",
    ),
)
