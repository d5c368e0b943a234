"""Conformance pack templates: YAML or JSON in CloudFormation's dress, read into rules and remediations.

Parameters, conditions and the intrinsic functions are resolved here; what comes out has only values (reference:
rules.md §2). Templates are written by strangers: aliases, depth and size are bounded before anything is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from backend.model.item import Document, Json
from backend.rules.guard.errors import EvaluationError
from backend.rules.guard.patterns import Pattern, PatternError
from backend.rules.packs.intrinsics import Resolver, TemplateError
from backend.rules.packs.resources import (
    MOST_RULES,
    REMEDIATION,
    RULE,
    PackRemediation,
    PackRule,
    read_resource,
)
from backend.rules.reading import number

_SECTIONS = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Conditions", "Resources", "Outputs"}
)
_DEEPEST = 64
_PARAMETER_TYPES = ("String", "Number", "CommaDelimitedList")


class TemplateParameter(NamedTuple):
    """A parameter that a template declares."""

    name: str
    kind: str
    """String, Number or CommaDelimitedList."""
    default: str | None
    """None for one that needs a value."""
    allowed: tuple[str, ...] = ()
    """The values it may have; empty for any."""
    description: str = ""


def read(
    text: str, given: Mapping[str, str], pseudo: Mapping[str, str]
) -> tuple[tuple[PackRule, ...], tuple[PackRemediation, ...]]:
    """The rules and remediations of a template.

    `given` are the values of parameters, `pseudo` those of `AWS::Region` and the like. Raises `TemplateError`.
    """
    document = _document(text)
    resolver = Resolver(_values(_section(document, "Parameters"), given), pseudo, _section(document, "Conditions"))
    resolver.decide()
    rules: list[PackRule] = []
    remediations: list[PackRemediation] = []
    # Rules first: a remediation may refer to one that stands behind it.
    resources = sorted(_section(document, "Resources").items(), key=lambda each: _is_rule(each[1]), reverse=True)
    for logical, resource in resources:
        found = read_resource(str(logical), resource, resolver)
        if isinstance(found, PackRule):
            rules.append(found)
        elif found is not None:
            remediations.append(found)
    _check_together(rules, remediations)
    _check_order(_section(document, "Resources"))
    return tuple(rules), tuple(remediations)


def declared(text: str) -> tuple[TemplateParameter, ...]:
    """The parameters that a template declares, in its order. Raises `TemplateError`."""
    found = []
    for name, declaration in _section(_document(text), "Parameters").items():
        _check_declaration(str(name), declaration)
        allowed = declaration.get("AllowedValues")
        default = declaration.get("Default")
        found.append(
            TemplateParameter(
                name=str(name),
                kind=str(declaration["Type"]),
                default=None if default is None else str(default),
                allowed=tuple(map(str, allowed)) if isinstance(allowed, list) else (),
                description=str(declaration.get("Description") or ""),
            )
        )
    return tuple(found)


def _is_rule(resource: Json) -> bool:
    return isinstance(resource, dict) and resource.get("Type") == RULE


def _check_together(rules: list[PackRule], remediations: list[PackRemediation]) -> None:
    names = [rule.name for rule in rules]
    if not names:
        raise TemplateError(f"A template needs at least one resource of type {RULE}.")
    if len(names) > MOST_RULES:
        raise TemplateError(f"A conformance pack has at most {MOST_RULES} rules, this template has {len(names)}.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TemplateError(f"Two rules have the name {twice[0]}.")
    lost = [remediation.rule for remediation in remediations if remediation.rule not in names]
    if lost:
        raise TemplateError(f"A resource of type {REMEDIATION} names the rule {lost[0]}, which is not in the template.")


def _check_order(resources: Document) -> None:
    """What a resource depends on must be there, and not depend on it in turn."""
    after: dict[str, list[str]] = {}
    for name, resource in resources.items():
        wanted = resource.get("DependsOn") if isinstance(resource, dict) else None
        after[str(name)] = [str(each) for each in (wanted if isinstance(wanted, list) else [wanted]) if each]
    for name, wanted in after.items():
        lost = [each for each in wanted if each not in after]
        if lost:
            raise TemplateError(f"The resource {name} depends on {lost[0]}, which is not in the template.")
    while free := [name for name, wanted in after.items() if not wanted]:
        after = {
            name: [each for each in wanted if each not in free] for name, wanted in after.items() if name not in free
        }
    if after:
        raise TemplateError(f"The resources {', '.join(sorted(after))} depend on each other.")


def _document(text: str) -> Document:
    document = _parsed(text)
    if not isinstance(document, dict):
        raise TemplateError("A template is a mapping with the key Resources.")
    strange = [str(key) for key in document if key not in _SECTIONS]
    if strange:
        raise TemplateError(f"Invalid template property or properties {strange}.")
    return document


def _section(document: Document, name: str) -> Document:
    section = document.get(name)
    if section is None:
        section = {}
    if not isinstance(section, dict):
        raise TemplateError(f"{name} is not a mapping.")
    return section


def _values(declared: Document, given: Mapping[str, str]) -> dict[str, Json]:
    """The value of every declared parameter: the one given, else its default."""
    strange = sorted(given.keys() - declared.keys())
    if strange:
        raise TemplateError(f"Parameters {strange} are not in the template.")
    values: dict[str, Json] = {}
    for name, declaration in declared.items():
        _check_declaration(name, declaration)
        value = given.get(name, declaration.get("Default"))
        if value is None:
            raise TemplateError(f"The parameter {name} needs a value: it has no default.")
        allowed = declaration.get("AllowedValues")
        if isinstance(allowed, list) and str(value) not in map(str, allowed):
            raise TemplateError(f"The value of the parameter {name} is not one of those allowed.")
        if flaw := _out_of_bounds(declaration, str(value)):
            raise TemplateError(f"The value of the parameter {name} {flaw}.")
        values[name] = str(value).split(",") if declaration["Type"] == "CommaDelimitedList" else str(value)
    return values


def _out_of_bounds(declaration: Document, value: str) -> str:
    """How a value breaks the bounds that its parameter declares; empty where it does not."""
    bounds = {name: number(declaration.get(name)) for name in ("MinValue", "MaxValue", "MinLength", "MaxLength")}
    if declaration["Type"] == "Number":
        found = number(value)
        if found is None:
            return "is no number"
        measured = (("Value", found, ""),)
    else:
        measured = (("Length", len(value), " characters"),)
    for what, found, unit in measured:
        least, most = bounds[f"Min{what}"], bounds[f"Max{what}"]
        if least is not None and found < least:
            return f"is less than {least:g}{unit}"
        if most is not None and found > most:
            return f"is more than {most:g}{unit}"
    pattern = declaration.get("AllowedPattern")
    if isinstance(pattern, str) and not _fits(pattern, value):
        return f"does not match {pattern}"
    return ""


def _fits(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern from end to end; one that cannot be read, or takes too long, is a flaw."""
    try:
        return Pattern(f"^(?:{pattern})$").matches(value)
    except (PatternError, EvaluationError) as error:
        raise TemplateError(f"The pattern {pattern} of a parameter cannot be used: {error}.") from error


def _check_declaration(name: str, declaration: Json) -> None:
    if not isinstance(declaration, dict) or declaration.get("Type") not in _PARAMETER_TYPES:
        raise TemplateError(f"The parameter {name} has none of the types {', '.join(_PARAMETER_TYPES)}.")


def _parsed(text: str) -> Json:
    """The document of a template; `!Ref x` becomes {"Ref": x} and so on, dates stay text."""
    import yaml  # takes a while, and few worlds ever see a template

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # A class of its own, so that nothing is changed for other users of the library.
    loader: Any = type("TemplateLoader", (base,), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }

    def intrinsic(this: Any, suffix: str, node: Any) -> Document:
        name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
        if isinstance(node, yaml.ScalarNode):
            return {name: this.construct_scalar(node)}
        build = this.construct_sequence if isinstance(node, yaml.SequenceNode) else this.construct_mapping
        return {name: build(node, deep=True)}

    loader.add_multi_constructor("!", intrinsic)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=base):
            if isinstance(event, yaml.AliasEvent):
                raise TemplateError("Aliases are not supported in templates.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise TemplateError("The template is nested too deeply.")
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise TemplateError(f"The template is neither YAML nor JSON{where}.") from error
    except (ValueError, TypeError) as error:  # numbers and keys that Python cannot build, such as a list as a key
        raise TemplateError("The template holds a value that cannot be read.") from error
