"""Managed rules over tags, and over descriptions: two families that differ only by the type."""

from __future__ import annotations

from collections.abc import Mapping

from backend.model.item import Document
from backend.rules.catalogue import ManagedRule, catalogue
from backend.rules.expectations import PRESENT
from backend.rules.reading import body, split_csv, truth
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, ItemCheck, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

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
    return _keys_in(tags_of(item), "tags", parameters)


def _keys_in(tags: Document, path: str, parameters: Parameters) -> Verdict:
    """Tags of AWS's own (`aws:…`) do not count; without keys in the parameters any tag will do."""
    keys = [key for key in tags if not key.startswith("aws:")]
    missing = [key for key in split_csv(parameters.get("requiredKeyTags") or "") if key not in keys]
    if missing:
        said = [f"tag {key} is missing" for key in missing]
        return bad(_sentence(said), *(Reason(f"{path}.{key}", None, "set") for key in missing))
    return FINE if keys else bad("The resource has no tags.", Reason(path, {}, "at least one tag"))


def _of_balancer(member: str, mark: str, kind: str) -> ItemCheck:
    """Only what belongs to load balancers of a kind, which the member of the configuration tells."""

    def judge(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
        if mark not in str(body(item).get(member)):
            return out_of_scope(f"The resource is not that of {kind} load balancer.")
        return _has_keys(item, parameters, around)

    return judge


def _strategy(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    """The strategies that AppConfig brings are left out, unless asked for."""
    name = str(body(item).get("Name") or item.get("resourceName"))
    if name.startswith("AppConfig.") and truth(parameters.get("includePredefinedSystemResources")) is not True:
        return out_of_scope(f"{name} is predefined.")
    return _has_keys(item, parameters, around)


def _batch_resources(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """The tags that Batch gives what it makes, not those of the environment."""
    found = body(item)
    if str(found.get("Type")).upper() != "MANAGED":
        return out_of_scope("The compute environment is not managed.")
    resources = found.get("ComputeResources")
    tags = resources.get("Tags") if isinstance(resources, dict) else None
    return _keys_in(tags if isinstance(tags, dict) else {}, "configuration.ComputeResources.Tags", parameters)


def tags_of(item: Document) -> dict[str, str]:
    """The tags of an item."""
    tags = item.get("tags")
    return tags if isinstance(tags, dict) else {}


def _sentence(faults: list[str]) -> str:
    text = "; ".join(faults)
    return f"{text[0].upper()}{text[1:]}."


_SPECIAL: Mapping[str, tuple[ItemCheck, tuple[str, ...]]] = {
    "ALB_TAGGED": (_of_balancer("type", "application", "an application"), ("tags", "configuration.type")),
    "NLB_TAGGED": (_of_balancer("type", "network", "a network"), ("tags", "configuration.type")),
    "GLB_TAGGED": (_of_balancer("type", "gateway", "a gateway"), ("tags", "configuration.type")),
    "ALB_LISTENER_TAGGED": (
        _of_balancer("LoadBalancerArn", ":loadbalancer/app/", "an application"),
        ("tags", "configuration.LoadBalancerArn"),
    ),
    "NLB_LISTENER_TAGGED": (
        _of_balancer("LoadBalancerArn", ":loadbalancer/net/", "a network"),
        ("tags", "configuration.LoadBalancerArn"),
    ),
    "GLB_LISTENER_TAGGED": (
        _of_balancer("LoadBalancerArn", ":loadbalancer/gwy/", "a gateway"),
        ("tags", "configuration.LoadBalancerArn"),
    ),
    "APPCONFIG_DEPLOYMENT_STRATEGY_TAGGED": (_strategy, ("tags", "configuration.Name", "resourceName")),
    "BATCH_MANAGED_COMPUTE_ENV_COMPUTE_RESOURCES_TAGGED": (
        _batch_resources,
        ("configuration.Type", "configuration.ComputeResources"),
    ),
}
"""Those of the family that look at more than the tags of an item: their check, and what it reads."""


def _tagged(managed: ManagedRule) -> Check:
    judge, reads = _SPECIAL.get(managed.identifier, (_has_keys, ("tags",)))
    return Check(managed.identifier, "The resource has the tags of requiredKeyTags, or any.", item=judge, reads=reads)


_DESCRIPTION = "description|Description"
_DESCRIPTIONS = {
    "CLOUDWATCH_ALARM_DESCRIPTION": "alarmDescription|AlarmDescription",
    "SAGEMAKER_IMAGE_DESCRIPTION": "ImageDescription|imageDescription",
}
"""Where a description has a name of its own."""


def _described(managed: ManagedRule) -> Check:
    member = _DESCRIPTIONS.get(managed.identifier, _DESCRIPTION)
    return rule(managed.identifier, "The resource has a description.", need(member, PRESENT))


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
