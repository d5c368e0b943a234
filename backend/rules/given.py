"""Rules as people have them in files: the template of a pack, ConfigRules in JSON, a Guard policy."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from backend.model.item import Document, Json
from backend.model.problem import BadInput
from backend.rules.asked import POLICY, AskedRule, asked_rule
from backend.rules.catalogue import catalogue
from backend.rules.packs.intrinsics import TemplateError
from backend.rules.policy_check import policy_of

LARGEST = 300 * 1024
"""Bytes of a file of rules; the service takes templates up to this size."""

_PSEUDO = {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "file",
    "AWS::StackId": "file",
}
"""What the pseudo parameters of a template stand for where there is no account."""


def read_rules(name: str, text: str, parameters: Mapping[str, str]) -> list[AskedRule]:
    """The rules of a file by its name and text; `parameters` are values for those of a template.

    It is a template of a conformance pack (YAML or JSON), one ConfigRule or several in JSON, as PutConfigRule takes and
    DescribeConfigRules gives them, or a Guard policy: one rule named by the file. Raises `BadInput`; for a policy with
    an error it is a `PolicyError`, which has line and column.
    """
    stem = name.rsplit("/", 1)[-1]
    if stem.endswith((".guard", ".ruleset")):
        return [_policy(stem.rsplit(".", 1)[0], text)]
    listed = _listed(text)
    if listed is not None:
        return [asked_rule(each) for each in listed]
    return _of_template(name, text, parameters)


def managed_rule(wanted: str) -> AskedRule:
    """A managed rule by its identifier or name, with parameters: `access-keys-rotated,maxAccessKeyAge=30`.

    Raises `BadInput`.
    """
    word, *pairs = wanted.split(",")
    found = next((each for each in catalogue().values() if word.lower() in (each.identifier.lower(), each.title)), None)
    if found is None:
        near = [each.title for each in catalogue().values() if word.lower() in each.title]
        remedy = f"Did you mean {near[0]}?" if near else "`configscope rules list` has all names"
        raise BadInput(f"There is no managed rule {word}", remedy=remedy)
    known = {each.name for each in found.parameters}
    given: dict[str, str] = {}
    last = ""
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if equals and key in known:
            given[key] = value
            last = key
        elif last:
            given[last] += f",{pair}"  # values may be lists themselves
        elif key in known:
            raise BadInput(f"{pair} is given no value", remedy=f"Write it as {key}=value")
        else:
            remedy = f"It has {', '.join(sorted(known)) or 'none'}"
            raise BadInput(f"{found.title} has no parameter {key}", remedy=remedy)
    return AskedRule(found.title, identifier=found.identifier, given=given)


def _policy(name: str, text: str) -> AskedRule:
    policy_of(text)
    return AskedRule(name, owner=POLICY, policy=text)


def _listed(text: str) -> list[Document] | None:
    """ConfigRules in JSON; None for anything else."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value: Json = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    if isinstance(value, dict):
        value = value.get("ConfigRules") or value.get("ConfigRule") or value
    several = value if isinstance(value, list) else [value]
    rules = [each for each in several if isinstance(each, dict) and isinstance(each.get("Source"), dict)]
    return rules if rules and len(rules) == len(several) else None


def _of_template(name: str, text: str, parameters: Mapping[str, str]) -> list[AskedRule]:
    from backend.rules.packs import template  # YAML takes a while, and few ever have a template

    try:
        rules, _ = template.read(text, parameters, _PSEUDO)
    except TemplateError as error:
        raise BadInput(
            f"{name} is no template of a conformance pack that can be read", str(error).rstrip(".")
        ) from error
    return [asked_rule(rule.definition) for rule in rules]
