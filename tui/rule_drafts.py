"""What a form is about to put: a rule or a conformance pack, what is wrong with it, and the call that it stands for.

No widgets, and nothing is asked of anybody: a draft is made anew with each key, and looked through in a thread.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from backend.files.rule_files import read_text
from backend.model.item import Document, Json
from backend.model.problem import BadInput
from backend.rules import refusals
from backend.rules.asked import POLICY, asked_rule, read_parameters
from backend.rules.given import read_rules
from backend.rules.packs.template import TemplateParameter
from tui.panes.spelling import counted

NAME_LIMIT = 128
DESCRIPTION_LIMIT = 256
PARAMETERS_LIMIT = 1024
TEMPLATE_LIMIT = 51_200
PACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,255}")
"""The names and texts that the service model takes."""

_SHOWN = ("ConfigRuleArn", "ConfigRuleId", "ConfigRuleState", "CreatedBy", "RuleEvaluationVisibility")
"""What DescribeConfigRules tells of a rule and PutConfigRule does not take, or takes from us alone."""
_CHANGE = "ConfigurationItemChangeNotification"
_OVERSIZED = "OversizedConfigurationItemChangeNotification"
_LONGEST = 120
"""Characters of a value in the list of changes."""


class Finding(NamedTuple):
    """Something about a draft: `good`, `bad` (it cannot be put so) or `unknown` (worth knowing)."""

    state: str
    subject: str
    told: str


class Draft(Protocol):
    """What a form says now."""

    @property
    def name(self) -> str: ...

    def findings(self) -> list[Finding]:
        """What is wrong with it, and what is worth knowing. May take a moment; touches no widget."""

    def document(self) -> Document:
        """The input of the call, as the service takes it."""

    def command(self) -> tuple[str, Mapping[str, str]]:
        """The operation of `aws configservice` that does the same, and its options."""

    def changes(self) -> tuple[tuple[str, str], ...]:
        """Label and value of what is put, or of what differs from before."""


# Rules


@dataclass(frozen=True)
class RuleDraft:
    """A rule: `definition` is a ConfigRule."""

    definition: Document
    before: Document | None = None
    """As it is now; None for a new one."""
    names: frozenset[str] = frozenset()
    """Names that are taken."""
    local: bool = False
    """Whether it is put into a local world."""
    unfinished: tuple[Finding, ...] = ()
    """What was chosen in the form and not filled in."""

    @property
    def name(self) -> str:
        return str(self.definition.get("ConfigRuleName") or "")

    def findings(self) -> list[Finding]:
        return [*self._of_names(), *self._of_parameters(), *self._of_policy(), *self.unfinished, *self._of_engine()]

    def _of_names(self) -> Iterator[Finding]:
        if not self.name.strip():
            yield Finding("bad", "name", "A rule needs a name.")
        elif len(self.name) > NAME_LIMIT:
            yield Finding("bad", "name", f"A name has at most {NAME_LIMIT} characters, this one {len(self.name)}.")
        elif self.before is None and self.name in self.names:
            yield Finding("bad", "name", "There is a rule of this name: c on it in the compliance pane changes it.")
        if len(str(self.definition.get("Description") or "")) > DESCRIPTION_LIMIT:
            yield Finding("bad", "description", f"A description has at most {DESCRIPTION_LIMIT} characters.")

    def _of_parameters(self) -> Iterator[Finding]:
        managed = asked_rule(self.definition).managed
        given = read_parameters(self.definition.get("InputParameters"))
        for parameter in managed.parameters if managed is not None else ():
            value = given.get(parameter.name)
            if value is not None:
                flaw = refusals.of_value(parameter, value)
                if flaw:
                    yield Finding("bad", parameter.name, flaw)
            elif parameter.required:
                yield Finding("bad", parameter.name, f"It is required: {refusals.KINDS[parameter.kind]}.")
        if len(str(self.definition.get("InputParameters") or "")) > PARAMETERS_LIMIT:
            yield Finding("bad", "parameters", f"All together have at most {PARAMETERS_LIMIT:,} characters as JSON.")
        flaw = refusals.of_scope(self.definition.get("Scope") or {})
        if flaw and not self.unfinished:
            yield Finding("bad", "judges", flaw)

    def _of_policy(self) -> Iterator[Finding]:
        rule = asked_rule(self.definition)
        if rule.owner != POLICY:
            return
        flaw = refusals.of_policy(rule.policy)
        if flaw:
            yield Finding("bad", "policy", flaw)
        else:
            yield Finding("good", "policy", "It can be read.")

    def _of_engine(self) -> Iterator[Finding]:
        rule = asked_rule(self.definition)
        if self.local and rule.managed is not None and rule.obstacle:
            told = "It is not evaluated by the local engine: its verdict stays INSUFFICIENT_DATA."
            yield Finding("unknown", "verdict", told)

    def document(self) -> Document:
        return self.definition

    def command(self) -> tuple[str, Mapping[str, str]]:
        return "put-config-rule", {"config-rule": json.dumps(self.definition, separators=(",", ":"))}

    def changes(self) -> tuple[tuple[str, str], ...]:
        now = _told(self.definition)
        if self.before is None:
            return tuple(now.items())
        before = _told(self.before)
        differing = [label for label in dict.fromkeys((*before, *now)) if before.get(label) != now.get(label)]
        return tuple((label, f"{before.get(label) or '–'} → {now.get(label) or '–'}") for label in differing)


def rule_definition(
    name: str,
    source: Document,
    *,
    description: str = "",
    scope: Document | None = None,
    parameters: Mapping[str, str] | None = None,
    frequency: str = "",
    modes: tuple[str, ...] = (),
) -> Document:
    """A ConfigRule; what is empty is left out."""
    optional: Document = {
        "Description": description,
        "Scope": scope or {},
        "InputParameters": json.dumps(dict(parameters)) if parameters else "",
        "MaximumExecutionFrequency": frequency,
        "EvaluationModes": [{"Mode": mode} for mode in modes],
    }
    filled = {key: value for key, value in optional.items() if value}
    return {"ConfigRuleName": name, "Source": source, **filled}


def policy_source(text: str, before: Document | None = None) -> Document:
    """The Source of a rule with a Guard policy; `before` is the one it has, whose other settings stay."""
    details: Document = (before or {}).get("CustomPolicyDetails") or {}
    return {
        "Owner": POLICY,
        "SourceDetails": [{"EventSource": "aws.config", "MessageType": message} for message in (_CHANGE, _OVERSIZED)],
        "CustomPolicyDetails": {"PolicyRuntime": "guard-2.x.x", **details, "PolicyText": text},
    }


def puttable(definition: Document) -> Document:
    """A rule as it is told, as it can be put again."""
    return {key: value for key, value in definition.items() if key not in _SHOWN}


def _told(definition: Document) -> dict[str, str]:
    """A rule in labels and values."""
    rule = asked_rule(definition)
    scope = rule.scope
    told: dict[str, Json] = {
        "judged by": rule.identifier or ("a Guard policy" if rule.owner == POLICY else ""),
        **rule.given,
        "types": ", ".join(scope.get("ComplianceResourceTypes") or ()),
        "resource": scope.get("ComplianceResourceId"),
        "tag": "=".join(filter(None, (scope.get("TagKey"), scope.get("TagValue")))),
        "every": definition.get("MaximumExecutionFrequency"),
        "also": "evaluates what is to be made" if "PROACTIVE" in str(definition.get("EvaluationModes")) else "",
        "description": rule.description,
        "policy": rule.policy,
    }
    return {label: _short(str(value)) for label, value in told.items() if value}


def _short(text: str) -> str:
    lines = text.strip().splitlines()
    if len(lines) > 1:
        return f"{lines[0][:_LONGEST]} … ({len(lines)} lines, {len(text):,} characters)"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


# Packs


class Template(NamedTuple):
    """A file with a template, as far as it could be read."""

    path: Path | None = None
    text: str = ""
    parameters: tuple[TemplateParameter, ...] = ()
    problem: str = ""


def read_template(path: str) -> Template:
    """The template in a file; a problem says why there is none. Reads the file."""
    from backend.rules.packs import template
    from backend.rules.packs.intrinsics import TemplateError

    if not path.strip():
        return Template(problem="Name the file of a template: YAML or JSON.")
    place = Path(path.strip()).expanduser()
    try:
        text = read_text(place)
        return Template(place, text, template.declared(text))
    except (BadInput, TemplateError) as error:
        return Template(place, problem=str(error))


@dataclass(frozen=True)
class PackDraft:
    """A conformance pack from a template."""

    name: str
    template: Template
    given: Mapping[str, str] = field(default_factory=dict)
    """Values of its parameters; those left empty are not given."""
    names: frozenset[str] = frozenset()
    """Packs that are there."""
    local: bool = False

    def findings(self) -> list[Finding]:
        return [*self._of_name(), *self._of_template()]

    def _of_name(self) -> Iterator[Finding]:
        if not PACK_NAME.fullmatch(self.name):
            yield Finding("bad", "name", "It is a letter, and then letters, digits and dashes, 256 at most.")
        elif self.name in self.names:
            yield Finding("unknown", "name", "There is a pack of this name: it is changed.")

    def _of_template(self) -> Iterator[Finding]:
        if self.template.problem:
            yield Finding("bad", "template", self.template.problem)
            return
        size = len(self.template.text.encode())
        if size > TEMPLATE_LIMIT:
            told = (
                f"It has {size:,} bytes. More than {TEMPLATE_LIMIT:,} are taken from a bucket only (--template-s3-uri)."
            )
            yield Finding("bad", "template", told)
        for parameter in self.template.parameters:
            if parameter.default is None and parameter.name not in self.given:
                yield Finding("bad", parameter.name, "It needs a value: it has no default.")
                return
        try:
            assert self.template.path is not None
            rules = read_rules(f"{self.template.path.stem}.yaml", self.template.text, self.given)
        except BadInput as problem:
            yield Finding("bad", "template", problem.why or str(problem))
            return
        evaluated = sum(not rule.obstacle for rule in rules)
        where = f", {evaluated:,} of them evaluated by the local engine" if self.local else ""
        yield Finding("good", "template", f"{counted(len(rules), 'rule')}{where}.")
        for rule in rules:
            if rule.faulty:
                yield Finding("bad", rule.name, rule.obstacle)
            elif self.local and rule.obstacle:
                yield Finding("unknown", rule.name, f"{rule.obstacle} Its verdict stays INSUFFICIENT_DATA.")
            else:
                yield Finding("good", rule.name, "evaluated" if self.local else rule.identifier)

    def _parameters(self) -> list[Document]:
        return [{"ParameterName": name, "ParameterValue": value} for name, value in self.given.items()]

    def document(self) -> Document:
        return {
            "ConformancePackName": self.name,
            "TemplateBody": self._where,
            "ConformancePackInputParameters": self._parameters(),
        }

    @property
    def _where(self) -> str:
        return f"file://{self.template.path.absolute()}" if self.template.path is not None else ""

    def command(self) -> tuple[str, Mapping[str, str]]:
        options = {"conformance-pack-name": self.name, "template-body": self._where}
        if self.given:
            options["conformance-pack-input-parameters"] = json.dumps(self._parameters(), separators=(",", ":"))
        return "put-conformance-pack", options

    def changes(self) -> tuple[tuple[str, str], ...]:
        path = self.template.path
        given = ((name, _short(value)) for name, value in self.given.items())
        return (("template", str(path) if path is not None else ""), *given)
