"""Managed rules over tags, and over descriptions: two families that differ only by the type."""

from __future__ import annotations

from backend.model.item import Document
from backend.rules.catalogue import ManagedRule, catalogue
from backend.rules.expectations import PRESENT
from backend.rules.reading import split_csv
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad

_PAIRS = range(1, 7)


def _required_tags(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    tags = tags_of(item)
    faults, reasons = [], []
    for number in _PAIRS:
        key = parameters.get(f"tag{number}Key")
        if not key:
            continue
        allowed = split_csv(parameters.get(f"tag{number}Value") or "")
        if key not in tags:
            faults.append(f"tag {key} is missing")
            reasons.append(Reason(f"tags.{key}", None, "set"))
        elif allowed and tags[key] not in allowed:
            faults.append(f"tag {key} has another value than {', '.join(allowed)}")
            reasons.append(Reason(f"tags.{key}", tags[key], f"one of {', '.join(allowed)}"))
    return bad(_sentence(faults), *reasons) if faults else FINE


def _has_keys(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """Tags of AWS's own (`aws:…`) do not count; without keys in the parameters any tag will do."""
    keys = [key for key in tags_of(item) if not key.startswith("aws:")]
    missing = [key for key in split_csv(parameters.get("requiredKeyTags") or "") if key not in keys]
    if missing:
        said = [f"tag {key} is missing" for key in missing]
        return bad(_sentence(said), *(Reason(f"tags.{key}", None, "set") for key in missing))
    return FINE if keys else bad("The resource has no tags.", Reason("tags", {}, "at least one tag"))


def tags_of(item: Document) -> dict[str, str]:
    """The tags of an item."""
    tags = item.get("tags")
    return tags if isinstance(tags, dict) else {}


def _sentence(faults: list[str]) -> str:
    text = "; ".join(faults)
    return f"{text[0].upper()}{text[1:]}."


def _tagged(managed: ManagedRule) -> Check:
    return Check(
        managed.identifier, "The resource has the tags of requiredKeyTags, or any.", item=_has_keys, reads=("tags",)
    )


_DESCRIPTION = "description|Description|alarmDescription|AlarmDescription|ImageDescription"


def _described(managed: ManagedRule) -> Check:
    return rule(managed.identifier, "The resource has a description.", need(_DESCRIPTION, PRESENT))


def _family(ending: str, parameter: str | None) -> list[ManagedRule]:
    return [
        managed
        for managed in catalogue().values()
        if managed.identifier.endswith(ending)
        and managed.types
        and (parameter is None or parameter in {each.name for each in managed.parameters})
    ]


CHECKS = (
    Check(
        "REQUIRED_TAGS",
        "The resource has the tags the parameters name, with one of their values where some are given.",
        item=_required_tags,
        reads=("tags",),
    ),
    *map(_tagged, _family("_TAGGED", "requiredKeyTags")),
    *map(_described, _family("_DESCRIPTION", None)),
)
