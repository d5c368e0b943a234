"""Managed rules over AWS Backup itself: its plans, vaults and recovery points."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import TRUE
from backend.rules.managed.policies import document, everybody, matches, statements
from backend.rules.reading import body, given_number, listed, number, objects, parsed, split_csv
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad

_HOURLY = re.compile(r"cron\(\S+ (\S+) (\S+) (\S+) (\S+)")
_DELETING = ("backup:deleterecoverypoint", "backup:updaterecoverypointlifecycle", "backup:putbackupvaultaccesspolicy")
_EXCEPTING = ("ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike")


def _frequency(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    value = given_number(parameters, "requiredFrequencyValue", 1)
    hours = value * (1 if (parameters.get("requiredFrequencyUnit") or "days") == "hours" else 24)
    days = given_number(parameters, "requiredRetentionDays", 35)
    rules = list(objects(parsed(body(item).get("BackupPlan")).get("BackupPlanRule")))
    path = "configuration.BackupPlan.BackupPlanRule"
    for place, each in enumerate(rules):
        kept = number(parsed(each.get("Lifecycle")).get("DeleteAfterDays"))
        if kept is not None and kept < days:
            return bad(
                f"Backups are kept {kept:g} days.",
                Reason(f"{path}.{place}.Lifecycle.DeleteAfterDays", kept, f"{days:g} or more"),
            )
        every = _hours_of(str(each.get("ScheduleExpression") or ""))
        if every is None or every > hours:
            return bad(
                "Backups are not made often enough.",
                Reason(f"{path}.{place}.ScheduleExpression", each.get("ScheduleExpression"), f"every {hours:g} hours"),
            )
    return FINE if rules else bad("The plan has no rules.", Reason(path, None, "a rule"))


def _hours_of(expression: str) -> float | None:
    """How many hours lie between two runs of a cron expression of AWS Backup; None where it is not understood."""
    found = _HOURLY.match(expression)
    if not found:
        return 24 if not expression else None  # the default schedule is once a day
    hour, day, month, weekday = found.groups()
    if month not in ("*", "?"):
        return 24.0 * 366
    if day not in ("*", "?", "1/1", "*/1"):
        return 24.0 * 31
    if weekday not in ("*", "?", "1-7"):
        return 24.0 * 7 / max(1, len(weekday.split(",")))
    if hour == "*":
        return 1
    if "/" in hour:
        return float(number(hour.split("/")[1]) or 24)
    return 24 / len(hour.split(","))


def _vault_closed(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    allowed = split_csv(parameters.get("principalArnList") or "")
    for statement in statements(document(body(item).get("AccessPolicy")), "Deny"):
        actions = [str(action).lower() for action in listed(statement.get("Action"))]
        if (
            everybody(statement.get("Principal"))
            and "*" in listed(statement.get("Resource"))
            and all(matches(each, actions) for each in _DELETING)
            and all(arn in allowed for arn in _excepted(statement.get("Condition")))
        ):
            return FINE
    wanted = "a Deny of deleting recovery points, for everybody and everything"
    return bad(
        "The policy lets people delete recovery points.",
        Reason("configuration.AccessPolicy", body(item).get("AccessPolicy"), wanted),
    )


def _excepted(condition: Json) -> Iterator[str | None]:
    """The principals that a condition leaves out of a denial; None for what narrows it in another way."""
    for operator, keys in parsed(condition).items():
        for key, found in parsed(keys).items():
            fits = operator in _EXCEPTING and key.lower() == "aws:principalarn"
            yield from map(str, listed(found)) if fits else (None,)


def _kept(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    days = given_number(parameters, "requiredRetentionDays", 35)
    kept = number(parsed(body(item).get("Lifecycle")).get("DeleteAfterDays"))
    if kept is not None and kept < days:
        return bad(
            f"The recovery point is kept {kept:g} days.",
            Reason("configuration.Lifecycle.DeleteAfterDays", kept, f"{days:g} or more"),
        )
    return FINE


CHECKS = (
    Check(
        "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
        "Backups are made often, and kept long enough.",
        item=_frequency,
        reads=("configuration.BackupPlan",),
    ),
    Check(
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED",
        "The vault's policy denies deletion.",
        item=_vault_closed,
        reads=("configuration.AccessPolicy",),
    ),
    Check(
        "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK",
        "The recovery point is kept long enough.",
        item=_kept,
        reads=("configuration.Lifecycle",),
    ),
    rule("BACKUP_RECOVERY_POINT_ENCRYPTED", "The recovery point is encrypted.", need("IsEncrypted", TRUE)),
)
