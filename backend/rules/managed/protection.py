"""Managed rules over what AWS Backup protects: families that differ only by the type of the resource."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from backend.model.item import Document, Json
from backend.model.moment import DAY, HOUR
from backend.rules.catalogue import ManagedRule, catalogue
from backend.rules.managed.tags import tags_of
from backend.rules.moments import moment_of
from backend.rules.reading import body, given_number, listed, number, objects, parsed, split_csv, truth
from backend.rules.verdict import FINE, CannotTell, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_SELECTION, _POINT = "AWS::Backup::BackupSelection", "AWS::Backup::RecoveryPoint"
_PLAN, _VAULT = "AWS::Backup::BackupPlan", "AWS::Backup::BackupVault"
_RESOURCE_TAG = "aws:ResourceTag/"
_AIR_GAPPED = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
_UNIT = {"hours": HOUR, "days": DAY}


def _selecting(item: Document, around: Surroundings) -> Iterator[Document]:
    """The selections of plans that a resource is in: by its ARN or a pattern, or by its tags."""
    arn, tags = str(item.get("ARN") or ""), tags_of(item)
    for one in around.resources(_SELECTION):
        selection = parsed(body(one).get("BackupSelection"))
        named = any(fnmatchcase(arn, str(each)) for each in listed(selection.get("Resources")))
        tagged = any(_has(tags, wanted) for wanted in objects(selection.get("ListOfTags")))
        left_out = any(fnmatchcase(arn, str(each)) for each in listed(selection.get("NotResources")))
        if (named or tagged) and not left_out and _meets(tags, selection.get("Conditions")):
            yield one


def _has(tags: Document, wanted: Document) -> bool:
    key = str(wanted.get("ConditionKey")).removeprefix(_RESOURCE_TAG)
    return tags.get(key) == wanted.get("ConditionValue")


def _meets(tags: Document, conditions: Json) -> bool:
    """Whether tags meet all conditions of a selection; a value of those with `Like` may have a `*`."""
    for operator, wanted in parsed(conditions).items():
        for each in objects(wanted):
            if operator.endswith("Like"):
                found = tags.get(str(each.get("ConditionKey")).removeprefix(_RESOURCE_TAG))
                met = found is not None and fnmatchcase(str(found), str(each.get("ConditionValue")))
            else:
                met = _has(tags, each)
            if met == ("Not" in operator):
                return False
    return True


def _asked(item: Document, parameters: Parameters) -> bool:
    """Whether the parameters resourceId and resourceTags leave the resource in."""
    wanted = parameters.get("resourceId")
    if wanted and wanted not in (item.get("resourceId"), item.get("ARN")):
        return False
    tags = tags_of(item)
    pairs = parsed(parameters.get("resourceTags") or "")
    return all(tags.get(key) == str(value) for key, value in pairs.items())


def _in_plan(item: Document, _: Parameters, around: Surroundings) -> Verdict:
    if any(True for _one in _selecting(item, around)):
        return FINE
    return bad("No backup plan selects the resource.", Reason("", None, "a backup plan that selects it"))


def _protected(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    """As `_in_plan`, by a plan that copies and locks as it is asked for; of instances only those that run."""
    if not _asked(item, parameters):
        return out_of_scope("The parameters leave the resource out.")
    if item.get("resourceType") == "AWS::EC2::Instance" and _state(item) not in ("running", None):
        return out_of_scope(f"The instance is {_state(item)}.")
    faults = []
    for selection in _selecting(item, around):
        fault = _fault(selection, parameters, around)
        if not fault:
            return FINE
        faults.append(fault)
    if faults:
        return bad(f"{faults[0]}.", Reason("", None, "a backup plan that copies and locks as it is asked for"))
    return bad("No backup plan selects the resource.", Reason("", None, "a backup plan that selects it"))


def _state(item: Document) -> Json:
    return parsed(body(item).get("state")).get("name")


def _plan_ids(plan: Document) -> Iterator[Json]:
    yield body(plan).get("BackupPlanId")


def _vault_names(vault: Document) -> Iterator[Json]:
    yield body(vault).get("BackupVaultName")


def _fault(selection: Document, parameters: Parameters, around: Surroundings) -> str:
    """What the plan of a selection lacks of what is asked for; empty when nothing."""
    regions, accounts = (split_csv(parameters.get(name) or "") for name in ("crossRegionList", "crossAccountList"))
    locked = truth(parameters.get("backupVaultLockCheck")) is True
    least, most = (number(parameters.get(name)) for name in ("minRetentionDays", "maxRetentionDays"))
    if not (regions or accounts or locked or least is not None or most is not None):
        return ""
    plans = around.keyed(_PLAN, _plan_ids).get(str(body(selection).get("BackupPlanId")), ())
    rules = [each for plan in plans for each in objects(parsed(body(plan).get("BackupPlan")).get("BackupPlanRule"))]
    copied = [
        str(copy.get("DestinationBackupVaultArn")).split(":")
        for each in rules
        for copy in objects(each.get("CopyActions"))
    ]
    for place, what, wanted in ((3, "region", regions), (4, "account", accounts)):
        there = {arn[place] for arn in copied if len(arn) > place}
        if missing := [each for each in wanted if each not in there]:
            return f"Nothing is copied to the {what} {missing[0]}"
    if locked or least is not None or most is not None:
        return _unlocked([str(each.get("TargetBackupVault")) for each in rules], least, most, around)
    return ""


def _unlocked(names: list[str], least: float | None, most: float | None, around: Surroundings) -> str:
    """What the locks of vaults lack; empty when one of them is locked as asked for. Raises `CannotTell`."""
    fault = "No vault of the plan is known"
    for name in names:
        for vault in around.keyed(_VAULT, _vault_names).get(name, ()):
            lock = body(vault).get("LockConfiguration")
            if not isinstance(lock, dict):
                raise CannotTell(f"It is not recorded how the vault {name} is locked.")
            shortest, longest = number(lock.get("MinRetentionDays")), number(lock.get("MaxRetentionDays"))
            if least is not None and (shortest is None or shortest < least):
                fault = f"The lock of {name} keeps less than {least:g} days"
            elif most is not None and (longest is None or longest > most):
                fault = f"The lock of {name} keeps more than {most:g} days"
            else:
                return ""
    return fault


def _points(item: Document, parameters: Parameters, around: Surroundings) -> Iterator[Document]:
    """The recovery points of a resource that are young enough."""
    value = given_number(parameters, "recoveryPointAgeValue", 1)
    oldest = around.now - value * _UNIT.get((parameters.get("recoveryPointAgeUnit") or "").lower(), DAY)
    for point in around.keyed(_POINT, _resource_arns).get(str(item.get("ARN")), ()):
        made = moment_of(body(point).get("CreationDate"))
        if made is not None and made >= oldest:
            yield point


def _resource_arns(point: Document) -> Iterator[Json]:
    yield body(point).get("ResourceArn")


def _age(parameters: Parameters) -> str:
    unit = (parameters.get("recoveryPointAgeUnit") or "days").lower()
    return f"within {given_number(parameters, 'recoveryPointAgeValue', 1):g} {unit}"


def _recovered(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if not _asked(item, parameters):
        return out_of_scope("The parameters leave the resource out.")
    if any(True for _one in _points(item, parameters, around)):
        return FINE
    words = f"recovery point {_age(parameters)}"
    return bad(f"There is no {words}.", Reason("", None, f"a {words}"))


def _air_gapped(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if not _asked(item, parameters):
        return out_of_scope("The parameters leave the resource out.")
    if any(body(point).get("VaultType") == _AIR_GAPPED for point in _points(item, parameters, around)):
        return FINE
    words = f"recovery point in an air-gapped vault {_age(parameters)}"
    return bad(f"There is no {words}.", Reason("", None, f"a {words}"))


_READS = ("ARN", "resourceId", "tags")


def _family(ending: str) -> list[ManagedRule]:
    return [each for each in catalogue().values() if each.identifier.endswith(ending) and each.types]


CHECKS = (
    *(
        Check(each.identifier, "A backup plan selects the resource.", item=_in_plan, reads=("ARN", "tags"), around=True)
        for each in _family("_IN_BACKUP_PLAN")
    ),
    *(
        Check(
            each.identifier,
            "A backup plan selects the resource, and copies and locks as asked for.",
            item=_protected,
            reads=(*_READS, "configuration.state") if each.types == ("AWS::EC2::Instance",) else _READS,
            around=True,
        )
        for each in _family("_PROTECTED_BY_BACKUP_PLAN")
    ),
    *(
        Check(each.identifier, "A recovery point was made lately.", item=_recovered, reads=_READS, around=True)
        for each in _family("_LAST_BACKUP_RECOVERY_POINT_CREATED")
    ),
    *(
        Check(
            each.identifier,
            "A recovery point of late lies in an air-gapped vault.",
            item=_air_gapped,
            reads=_READS,
            around=True,
        )
        for each in _family("_IN_LOGICALLY_AIR_GAPPED_VAULT")
    ),
)
