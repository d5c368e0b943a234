"""Managed rules over CloudWatch alarms and log groups."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import PRESENT, TRUE, key_among
from backend.rules.reading import body, listed, number, objects, split_csv, truth
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_KINDS = (
    ("alarmActionRequired", "alarmActions", "alarm"),
    ("insufficientDataActionRequired", "insufficientDataActions", "insufficient data"),
    ("okActionRequired", "okactions", "OK"),
)
_SETTINGS = (
    ("period", "period"),
    ("evaluationPeriods", "evaluationPeriods"),
    ("threshold", "threshold"),
    ("statistic", "statistic"),
    ("comparisonOperator", "comparisonOperator"),
)


def _actions(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    alarm = body(item)
    wanted = [action for place in range(1, 6) if (action := parameters.get(f"action{place}"))]
    for parameter, member, what in _KINDS:
        if truth(parameters.get(parameter) or "") is not True:
            continue
        found = [str(each) for each in listed(alarm.get(member))]
        if not found:
            return bad(
                f"The alarm does nothing on {what}.", Reason(f"configuration.{member}", list(found), "an action")
            )
        if wanted and not set(found) & set(wanted):
            return bad(
                f"The alarm does none of the actions asked for on {what}.",
                Reason(f"configuration.{member}", list(found), f"one of {', '.join(wanted)}"),
            )
    return FINE


def _settings(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    alarm = body(item)
    if alarm.get("metricName") != parameters.get("metricName"):
        return out_of_scope("The alarm watches another metric.")
    for parameter, member in _SETTINGS:
        wanted, found = parameters.get(parameter), alarm.get(member)
        if not wanted:
            continue
        same = number(wanted) == number(found) if number(wanted) is not None else str(found) == wanted
        if not same:
            return bad(f"The {member} is {found}.", Reason(f"configuration.{member}", found, wanted))
    return FINE


def _dimensions(alarm: Document) -> Iterator[Json]:
    return (each.get("value") for each in objects(body(alarm).get("dimensions")))


def _watched(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    kind = parameters.get("resourceType") or ""
    if item.get("resourceType") != kind:
        return out_of_scope(f"The rule looks at {kind}.")
    alarms = around.keyed("AWS::CloudWatch::Alarm", _dimensions)
    for name in (item.get("resourceId"), item.get("resourceName")):
        for alarm in alarms.get(str(name), ()):
            if body(alarm).get("metricName") == parameters.get("metricName"):
                return FINE
    return bad(
        f"No alarm watches {parameters.get('metricName')}.",
        Reason("", None, f"an alarm for {parameters.get('metricName')}"),
    )


def _kept(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    only = split_csv(parameters.get("LogGroupNames") or "")
    name = str(body(item).get("logGroupName") or item.get("resourceName") or item.get("resourceId"))
    if only and name not in only:
        return out_of_scope("The log group is none of LogGroupNames.")
    least, days = number(parameters.get("MinRetentionTime") or "") or 365, number(body(item).get("retentionInDays"))
    if days is not None and days < least:
        return bad(
            f"Logs are kept {days:g} days.",
            Reason("configuration.retentionInDays", days, f"{least:g} or more, or for ever"),
        )
    return FINE


CHECKS = (
    Check(
        "CLOUDWATCH_ALARM_ACTION_CHECK",
        "The alarm acts on each state the parameters ask for.",
        item=_actions,
        reads=tuple(f"configuration.{name}" for name in ("alarmActions", "insufficientDataActions", "okactions")),
    ),
    Check(
        "CLOUDWATCH_ALARM_SETTINGS_CHECK",
        "An alarm for metricName is set as the parameters say.",
        item=_settings,
        reads=("configuration.metricName", *(f"configuration.{member}" for _, member in _SETTINGS)),
    ),
    rule("CLOUDWATCH_ALARM_ACTION_ENABLED_CHECK", "Actions of the alarm are on.", need("actionsEnabled", TRUE)),
    Check(
        "CLOUDWATCH_ALARM_RESOURCE_CHECK",
        "An alarm watches metricName of the resource.",
        item=_watched,
        reads=("resourceId", "resourceName"),
        around=True,
    ),
    rule(
        "CLOUDWATCH_LOG_GROUP_ENCRYPTED",
        "The log group has a KMS key, that of KmsKeyId if given.",
        need("kmsKeyId", PRESENT),
        need("kmsKeyId", key_among("KmsKeyId")),
    ),
    Check(
        "CW_LOGGROUP_RETENTION_PERIOD_CHECK",
        "Logs are kept for MinRetentionTime days, 365 if none is given.",
        item=_kept,
        reads=("resourceId", "resourceName", "configuration.logGroupName", "configuration.retentionInDays"),
    ),
)
