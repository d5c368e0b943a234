"""What the compliance pane shows in each of its views: rows, facts and lines as pure functions of what was fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from textual.content import Content

from backend.model.compliance import Evaluation, Overall, Pack, PackRule, Rule
from backend.model.delivery import FREQUENCIES
from backend.model.item import ResourceKey
from backend.model.moment import Moment
from backend.model.security import is_security_rule, is_security_type
from tui import times
from tui.glyphs import Glyphs
from tui.panes.delivery import frequency_words
from tui.panes.facts import Fact, words
from tui.panes.spelling import called, counted, kind, short_type
from tui.text import legible
from tui.widgets.entries import Line

VIEWS: Mapping[str, str] = {
    "rules": "rules",
    "resources": "resources, the worst first",
    "security": "security rules",
    "packs": "conformance packs",
    "overall": "overall",
}
"""The views in the order in which the key walks them, and how each is named."""

_BAR = 18
_TRIGGERS = {
    "ConfigurationItemChangeNotification": "when a resource changes",
    "OversizedConfigurationItemChangeNotification": "when a large resource changes",
    "ScheduledNotification": "on a schedule",
    "ConfigurationSnapshotDeliveryCompleted": "after each snapshot",
}


class Offender(NamedTuple):
    """A resource and the verdicts against it."""

    key: ResourceKey
    verdicts: tuple[Evaluation, ...]

    @property
    def since(self) -> Moment:
        """When the newest of the verdicts was found."""
        return max((found.recorded_time or 0 for found in self.verdicts), default=0)


class PackRow(NamedTuple):
    """A line of the packs: the pack itself, or one of its rules."""

    pack: Pack
    rule: PackRule | None = None


# Filters


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter as typed: `failing`, `type:`, `rule:` and plain words, all of which must hold."""

    words: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def of_rule(self, rule: Rule) -> bool:
        told = f"{rule.name} {rule.identifier} {rule.compliance} {rule.description}".casefold()
        scope = " ".join(rule.scope_types).casefold()
        return (
            all(word in told for word in self.words)
            and all(word in rule.name.casefold() for word in self.rules)
            and all(word in scope for word in self.types)
            and all(_is(rule.compliance, state) for state in self.states)
        )

    def of_offender(self, offender: Offender, names: Mapping[ResourceKey, str]) -> bool:
        rules = " ".join(found.rule for found in offender.verdicts).casefold()
        why = " ".join(found.annotation for found in offender.verdicts)
        told = f"{' '.join(offender.key)} {called(offender.key, names)} {rules} {why}".casefold()
        return (
            all(word in told for word in self.words)
            and all(word in rules for word in self.rules)
            and all(word in offender.key.resource_type.casefold() for word in self.types)
        )


HINT = "words, is:failing|passing|unknown, type:Volume, rule:encrypted"
"""The filter's syntax, as its line shows it."""


def read_filter(text: str) -> Wanted:
    """A filter from what was typed; what is not of the syntax is a plain word."""
    found: dict[str, list[str]] = {"rule": [], "type": [], "is": [], "": []}
    for word in text.casefold().split():
        name, colon, value = word.partition(":")
        if colon and name in found and name:
            if value:
                found[name].append(value)
        else:
            found[""].append(word)
    return Wanted(tuple(found[""]), tuple(found["rule"]), tuple(found["type"]), tuple(found["is"]))


def wrong_in(text: str) -> str:
    """What is wrong with a filter; empty when nothing is."""
    known = (*_STATES, "not_applicable", "non_compliant", "compliant", "insufficient_data")
    for state in read_filter(text).states:
        if not any(word.startswith(state) for word in known):
            return f"is: knows {', '.join(_STATES)}"
    return ""


def complete(text: str, rules: Iterable[Rule], verdicts: Iterable[Evaluation]) -> list[str]:
    """Whole lines that a filter could become, from the rules there are."""
    head, _, last = text.rpartition(" ")
    before = f"{head} " if head else ""
    name, colon, value = last.partition(":")
    if not colon:
        return [f"{before}{each}" for each in ("is:", "type:", "rule:") if each.startswith(last.casefold())]
    choices: Iterable[str] = ()
    if name == "is":
        choices = _STATES
    elif name == "rule":
        choices = sorted(rule.name for rule in rules)
    elif name == "type":
        scoped = {each for rule in rules for each in rule.scope_types}
        choices = sorted(kind(each) for each in scoped | {found.resource_type for found in verdicts})
    return [f"{before}{name}:{each}" for each in choices if each.casefold().startswith(value.casefold())]


_STATES = {"failing": "NON_COMPLIANT", "passing": "COMPLIANT", "unknown": "INSUFFICIENT_DATA"}


def _is(compliance: str, state: str) -> bool:
    """Whether a verdict is what was typed, which may still be incomplete: `fail`, `non_comp`."""
    meant = {word for name, word in _STATES.items() if name.startswith(state)}
    return compliance in meant or compliance.casefold().startswith(state)


# Rows


def security(rules: Iterable[Rule], verdicts: Iterable[Evaluation]) -> list[Rule]:
    """The rules that are about security, and those that a resource breaks which keeps others safe."""
    breaking = {found.rule for found in verdicts if is_security_type(found.resource_type)}
    return [rule for rule in rules if is_security_rule(rule) or rule.name in breaking]


def of_security(rule: Rule, verdicts: Iterable[Evaluation]) -> list[Evaluation]:
    """What matters to security of the verdicts of a rule."""
    return [found for found in verdicts if is_security_rule(rule) or is_security_type(found.resource_type)]


def offenders(verdicts: Iterable[Evaluation]) -> list[Offender]:
    """Resources by the number of rules they break, the worst first."""
    by_key: dict[ResourceKey, list[Evaluation]] = {}
    for found in verdicts:
        by_key.setdefault(ResourceKey(found.resource_type, found.resource_id), []).append(found)
    rows = [Offender(key, tuple(sorted(each, key=lambda one: one.rule))) for key, each in by_key.items()]
    return sorted(rows, key=lambda row: (-len(row.verdicts), -row.since, row.key))


def pack_rows(packs: Iterable[Pack], unfolded: Container[str]) -> list[PackRow]:
    """Each pack, and below it its rules where it is unfolded: the broken ones first."""
    rows = []
    for pack in packs:
        rows.append(PackRow(pack))
        if pack.name in unfolded:
            ordered = sorted(pack.rules, key=lambda rule: (rule.compliance != "NON_COMPLIANT", rule.name))
            rows += [PackRow(pack, rule) for rule in ordered]
    return rows


# A rule in facts


def rule_facts(rule: Rule, now: Moment) -> Iterator[Fact]:
    """What a rule checks, when, and how its last pass went."""
    if rule.last_error_message:
        yield Fact("error", words(f"{rule.last_error_code}: {rule.last_error_message}", "$text-error"))
    if rule.recorded_only:
        said = f"  last {times.ago(rule.last_evaluation, now)}" if rule.last_evaluation is not None else ""
        yield Fact("said", Content.assemble("only its verdicts were recorded", (said, "$text-muted")))
        return
    yield Fact("checks", words(rule.description or rule.identifier))
    yield Fact("runs", _runs(rule, now))
    if rule.owner and rule.owner != "AWS":
        yield Fact("by", words(judge_words(rule)))
    parameters = parameter_words(rule)
    if parameters:
        yield Fact("with", words(parameters))
    if rule.scope_types:
        yield Fact("judges", words(", ".join(map(short_type, rule.scope_types))))
    if rule.state and rule.state != "ACTIVE":
        yield Fact("state", words(rule.state, "$text-warning"))


def judge_words(rule: Rule) -> str:
    """Who judges: a managed rule of AWS, a function, or a Guard policy."""
    if rule.owner == "CUSTOM_LAMBDA":
        return f"your function {rule.identifier}"
    if rule.owner == "CUSTOM_POLICY":
        return "your Guard policy"
    return f"AWS's managed rule {rule.identifier}" if rule.identifier else "AWS"


def _runs(rule: Rule, now: Moment) -> Content:
    """When a rule runs, when it did last and when it will next, in one line."""
    told = Content(trigger_words(rule))
    if rule.last_evaluation is not None:
        told = Content.assemble(told, (f"  last {times.ago(rule.last_evaluation, now)}", "$text-muted"))
    following = next_run(rule)
    if following is not None:
        told = Content.assemble(told, (f"  next {times.ago(following, now)}", "bold"))
    return told


def trigger_words(rule: Rule) -> str:
    """When a rule runs: `when a resource changes, every 24 h`."""
    told = [_TRIGGERS.get(one, legible(one)) for one in rule.triggers if one != "ScheduledNotification"]
    if rule.periodic:
        told.append(frequency_words(rule.periodic))
    return ", ".join(dict.fromkeys(told)) or "when a resource changes"


def next_run(rule: Rule) -> Moment | None:
    """When a rule on a schedule runs next; None for one that waits for changes, or has never run."""
    length = FREQUENCIES.get(rule.periodic or "")
    last = rule.last_invocation or rule.last_evaluation
    return last + length if length and last is not None else None


def parameter_words(rule: Rule) -> str:
    """The parameters as `tag1Key=Team, tag1Value=shop`; empty without any."""
    try:
        held = msgspec.json.decode(rule.parameters or "{}")
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):  # also half letters, and what never ends
        return rule.parameters
    if not isinstance(held, dict):
        return rule.parameters
    return ", ".join(f"{name}={value}" for name, value in held.items())


# Overall


def overall_lines(
    rules: Sequence[Rule], overall: Overall | None, verdicts: Sequence[Evaluation], signs: Glyphs
) -> Iterator[Line]:
    """The account at a glance: rules by verdict, resources by verdict, and the types that break most."""
    counts = Counter(rule.compliance for rule in rules)
    total = max(1, len(rules))
    section = f"{counted(len(rules), 'rule')}"
    for word, name, style, glyph in _verdict_words(signs):
        if counts[word] or word in ("COMPLIANT", "NON_COMPLIANT"):
            yield Line(_bar(f"{glyph} {name}", counts[word], total, style), section, "rules")
            section = ""
    yield Line()
    if overall is not None:
        well, bad = overall.compliant_resources, overall.broken_resources
        more = "+" if overall.capped else ""
        both = max(1, well + bad)
        yield Line(_bar(f"{signs.bad} break a rule", bad, both, "$text-error", more), "Resources", "resources")
        yield Line(_bar(f"{signs.good} keep all", well, both, "$text-success", more), "", "resources")
        yield Line()
    types = Counter(key.resource_type for key in {ResourceKey(one.resource_type, one.resource_id) for one in verdicts})
    most = max(types.values(), default=1)
    section = "By type"
    for name, count in sorted(types.items(), key=lambda pair: (-pair[1], pair[0])):
        well = overall.by_type.get(name, (0, 0))[0] if overall is not None else 0
        line = _bar(short_type(name), count, most, "$text-error")
        kept = Content.styled(f"  {well} keep all" if well else "", "$text-muted")
        yield Line(Content.assemble(line, kept), section, f"type:{kind(name)}")
        section = ""


def _verdict_words(signs: Glyphs) -> tuple[tuple[str, str, str, str], ...]:
    return (
        ("NON_COMPLIANT", "broken", "$text-error", signs.bad),
        ("COMPLIANT", "kept", "$text-success", signs.good),
        ("INSUFFICIENT_DATA", "no verdict yet", "$text-warning", signs.unknown),
        ("NOT_APPLICABLE", "not applicable", "$text-muted", signs.off),
    )


def _bar(name: str, count: int, of: int, style: str, more: str = "") -> Content:
    cells = round(_BAR * count / of) if of else 0
    if count and not cells:
        cells = 1
    number = f"{count:,}{more}"
    return Content.assemble(f"{name:<26.26}", (f"{number:>6} ", style), ("▇" * cells, style))
