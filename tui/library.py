"""The library of managed rules: what is known of each, and how a search over them is read. No widgets.

    bucket public type:Bucket trigger:periodic -evaluated:no there:yes

Words are looked for in name, identifier, types, parameters and the sentence that says how the rule decides.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tui.panes.spelling import kind, short_type

if TYPE_CHECKING:
    from backend.model.compliance import Rule
    from backend.rules.catalogue import ManagedRule

FIELDS: Mapping[str, tuple[str, ...]] = {
    "type": (),
    "parameter": (),
    "trigger": ("change", "periodic", "both"),
    "evaluated": ("yes", "no"),
    "there": ("yes", "no"),
}
"""The words before a colon, and what can stand behind them; nothing for part of a text."""

HINT = "bucket public  type:Bucket  trigger:periodic  evaluated:yes  there:no; tab completes"
SAMPLE_PACKS = 122
"""Public sample packs in which the names of rules were counted."""
_PAGES = "https://docs.aws.amazon.com/config/latest/developerguide/"


@dataclass(frozen=True)
class Entry:
    """A managed rule of the library."""

    rule: ManagedRule
    decides: str
    """In a sentence: what must be so; empty for a rule that the local engine does not evaluate."""
    text: str
    """All that words are looked for in, folded."""
    types: str
    """Its types in both spellings, folded."""
    parameters: str
    """Names of its parameters, folded."""

    @property
    def evaluated(self) -> bool:
        """Whether the local engine evaluates it."""
        return bool(self.decides)

    @property
    def trigger(self) -> str:
        """When it runs: `change`, `periodic`, or `both`."""
        return "both" if len(self.rule.triggers) > 1 else next(iter(self.rule.triggers), "")

    @property
    def page(self) -> str:
        """AWS's page on it."""
        return f"{_PAGES}{self.rule.title}.html"


@cache
def entries() -> tuple[Entry, ...]:
    """Every managed rule, those that most packs name first. The first call takes a tenth of a second."""
    from backend.rules.catalogue import catalogue
    from backend.rules.managed import checks

    known = checks()
    found = []
    for rule in catalogue().values():
        decides = known[rule.identifier].decides if rule.identifier in known else ""
        types = " ".join((*rule.types, *map(short_type, rule.types))).casefold()
        parameters = " ".join(each.name for each in rule.parameters).casefold()
        text = f"{rule.title} {rule.identifier} {decides}".casefold()
        found.append(Entry(rule, decides, f"{text} {types} {parameters}", types, parameters))
    return tuple(sorted(found, key=lambda entry: (-entry.rule.packs, entry.rule.title)))


def sentence(decides: str) -> str:
    """How a rule decides, with a capital and a full stop."""
    return f"{decides[:1].upper()}{decides[1:].rstrip('.')}."


class Part(NamedTuple):
    """One condition; without a field it is a word looked for anywhere."""

    field: str
    value: str
    negated: bool = False

    def holds(self, entry: Entry, there: bool) -> bool:
        """Whether a rule meets it; `there` says whether the account has it."""
        match self.field:
            case "type":
                met = self.value in entry.types
            case "parameter":
                met = self.value in entry.parameters
            case "trigger":
                met = entry.trigger.startswith(self.value) or (self.value in entry.rule.triggers)
            case "evaluated":
                met = entry.evaluated == "yes".startswith(self.value)
            case "there":
                met = there == "yes".startswith(self.value)
            case _:
                met = self.value in entry.text
        return met != self.negated


def read(text: str) -> tuple[Part, ...]:
    """The conditions that a line means; what is only begun means none yet."""
    parts = []
    for piece in text.casefold().split():
        negated = piece.startswith("-") and len(piece) > 1
        field, colon, value = piece.removeprefix("-").partition(":")
        if colon and field in FIELDS:
            if value and not _unknown(field, value):
                parts.append(Part(field, value, negated))
        elif piece != "-":
            parts.append(Part("", piece[1:] if negated else piece, negated))
    return tuple(parts)


def words(text: str) -> tuple[str, ...]:
    """The words of a line that are looked for anywhere."""
    return tuple(part.value for part in read(text) if not part.field and not part.negated)


def matching(entries: Sequence[Entry], text: str, there: Mapping[str, Sequence[Rule]]) -> list[Entry]:
    """Those that meet all conditions of a line; `there` are the rules of the account by identifier."""
    parts = read(text)
    return [entry for entry in entries if all(part.holds(entry, entry.rule.identifier in there) for part in parts)]


def wrong_in(text: str) -> str:
    """What is wrong with a line; empty when nothing is."""
    for piece in text.casefold().split():
        field, colon, value = piece.removeprefix("-").partition(":")
        if not colon or field == "aws":
            continue
        if field not in FIELDS:
            near = difflib.get_close_matches(field, FIELDS, 1)
            meant = f"did you mean {near[0]}:?" if near else f"fields are {': '.join(FIELDS)}:"
            return f"“{field}:” is no field; {meant}"
        if value and _unknown(field, value):
            return f"{field}: knows {', '.join(FIELDS[field])}"
    return ""


def _unknown(field: str, value: str) -> bool:
    """Whether a value is none that the field knows, not even the beginning of one."""
    known = FIELDS[field]
    return bool(known) and not any(word.startswith(value) for word in known)


def complete(text: str, entries: Iterable[Entry]) -> list[str]:
    """Whole lines that a line could become."""
    head, blank, last = text.rpartition(" ")
    before = f"{head}{blank}"
    sign = "-" if last.startswith("-") else ""
    field, colon, value = last.removeprefix("-").casefold().partition(":")
    if not colon:
        return [f"{before}{sign}{each}:" for each in FIELDS if each.startswith(field)]
    choices: Iterable[str] = FIELDS.get(field, ())
    if field == "type":
        choices = sorted({kind(each) for entry in entries for each in entry.rule.types})
    elif field == "parameter":
        choices = sorted({each.name for entry in entries for each in entry.rule.parameters})
    return [f"{before}{sign}{field}:{each}" for each in choices if each.casefold().startswith(value)]


LISTED = ("name", "identifier", "triggers", "types", "parameters", "packs", "evaluated", "decides")
"""The columns of a list of rules in a file."""


def row(entry: Entry) -> tuple[str, ...]:
    """A rule in such a list; `!` marks the parameters that are required."""
    from backend.rules.catalogue import CHANGE, PERIODIC

    rule = entry.rule
    parameters = (
        f"{each.name}{'!' if each.required else ''}{f'={each.default}' if each.default else ''}"
        for each in rule.parameters
    )
    triggers = [trigger for trigger in (CHANGE, PERIODIC) if trigger in rule.triggers]
    return (
        rule.title,
        rule.identifier,
        "+".join(triggers),
        " ".join(rule.types),
        " ".join(parameters),
        str(rule.packs),
        "yes" if entry.evaluated else "no",
        entry.decides,
    )
