"""Managed rules over AWS Backup: its plans, vaults and recovery points, and what they protect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from backend.model.item import Document, Json
from backend.model.moment import DAY, HOUR
from backend.rules.catalogue import ManagedRule, catalogue
from backend.rules.expectations import TRUE
from backend.rules.managed.policies import document, everybody, matches, statements
from backend.rules.managed.tags import tags_of
from backend.rules.moments import moment_of
from backend.rules.reading import body, listed, number, objects, parsed, split_csv
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_SELECTION, _POINT = "AWS::Backup::BackupSelection", "AWS::Backup::RecoveryPoint"
_HOURLY = re.compile(r"cron\(\S+ (\S+) (\S+) (\S+) (\S+)")
_DELETING = ("backup:deleterecoverypoint", "backup:updaterecoverypointlifecycle", "backup:putbackupvaultaccesspolicy")


def _selected(item: Document, around: Surroundings) -> bool:
    """Whether some plan selects a resource: by its ARN or a pattern, or by its tags."""
    arn, tags = str(item.get("ARN") or ""), tags_of(item)
    for one in around.resources(_SELECTION):
        selection = parsed(body(one).get("BackupSelection"))
        if any(fnmatchcase(arn, str(each)) for each in listed(selection.get("NotResources"))):
            continue
        if any(fnmatchcase(arn, str(each)) for each in listed(selection.get("Resources"))):
            return True
        for wanted in objects(selection.get("ListOfTags")):
            if tags.get(str(wanted.get("ConditionKey"))) == wanted.get("ConditionValue"):
                return True
    return False


def _asked(item: Document, parameters: Parameters) -> bool:
    """Whether the parameters resourceId and resourceTags leave the resource in."""
    wanted = parameters.get("resourceId")
    if wanted and wanted not in (item.get("resourceId"), item.get("ARN")):
        return False
    tags = tags_of(item)
    pairs = parsed(parameters.get("resourceTags") or "")
    return all(tags.get(key) == str(value) for key, value in pairs.items())


def _in_plan(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if not _asked(item, parameters):
        return out_of_scope("The parameters leave the resource out.")
    if _selected(item, around):
        return FINE
    return bad("No backup plan selects the resource.", Reason("", None, "a backup plan that selects it"))


def _protected(point: Document) -> Iterator[Json]:
    yield body(point).get("ResourceArn")


def _recovered(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if not _asked(item, parameters):
        return out_of_scope("The parameters leave the resource out.")
    value = number(parameters.get("recoveryPointAgeValue") or "") or 1
    unit = HOUR if (parameters.get("recoveryPointAgeUnit") or "days") == "hours" else DAY
    made = [
        moment
        for point in around.keyed(_POINT, _protected).get(str(item.get("ARN")), ())
        if (moment := moment_of(body(point).get("CreationDate"))) is not None
    ]
    words = f"a recovery point within {value:g} {'hours' if unit == HOUR else 'days'}"
    if made and around.now - max(made) <= value * unit:
        return FINE
    return bad(f"There is no {words[2:]}.", Reason("", max(made, default=None), words))


def _air_gapped(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if not _asked(item, parameters):
        return out_of_scope("The parameters leave the resource out.")
    for point in around.keyed(_POINT, _protected).get(str(item.get("ARN")), ()):
        if body(point).get("VaultType") == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT":
            return FINE
    return bad(
        "No recovery point lies in an air-gapped vault.", Reason("", None, "a recovery point in an air-gapped vault")
    )


def _frequency(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    value = number(parameters.get("requiredFrequencyValue") or "") or 1
    hours = value * (1 if (parameters.get("requiredFrequencyUnit") or "days") == "hours" else 24)
    days = number(parameters.get("requiredRetentionDays") or "") or 35
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
        principal = statement.get("Principal")
        excepted = str(statement.get("Condition") or "")
        if (
            everybody(principal)
            and matches(_DELETING[0], actions)
            and (not excepted or all(arn in excepted for arn in allowed))
        ):
            return FINE
    return bad(
        "The policy lets people delete recovery points.",
        Reason("configuration.AccessPolicy", body(item).get("AccessPolicy"), "a Deny of backup:DeleteRecoveryPoint"),
    )


def _kept(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    days = number(parameters.get("requiredRetentionDays") or "") or 35
    kept = number(parsed(body(item).get("Lifecycle")).get("DeleteAfterDays"))
    if kept is not None and kept < days:
        return bad(
            f"The recovery point is kept {kept:g} days.",
            Reason("configuration.Lifecycle.DeleteAfterDays", kept, f"{days:g} or more"),
        )
    return FINE


_READS = ("ARN", "resourceId", "tags")


def _family(ending: str) -> list[ManagedRule]:
    return [each for each in catalogue().values() if each.identifier.endswith(ending) and each.types]


CHECKS = (
    *(
        Check(each.identifier, "A backup plan selects the resource.", item=_in_plan, reads=_READS, around=True)
        for each in (*_family("_IN_BACKUP_PLAN"), *_family("_PROTECTED_BY_BACKUP_PLAN"))
    ),
    *(
        Check(each.identifier, "A recovery point was made lately.", item=_recovered, reads=_READS, around=True)
        for each in _family("_LAST_BACKUP_RECOVERY_POINT_CREATED")
    ),
    *(
        Check(
            each.identifier,
            "A recovery point lies in an air-gapped vault.",
            item=_air_gapped,
            reads=_READS,
            around=True,
        )
        for each in _family("_IN_LOGICALLY_AIR_GAPPED_VAULT")
    ),
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
