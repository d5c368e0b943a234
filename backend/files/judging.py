"""Rules asked of the items of files, many at once.

An item is read only as far as the rules of its type look: each member they read stays text. Items that spell these
members alike get the same verdicts, so most items cost one look into a table. What all rules of a type say together
is a class, a number: a file of any size comes to one small number a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from backend.files.read import decode_documents
from backend.model.item import Document, Json
from backend.model.spelling import read_tags
from backend.rules.asked import AskedRule
from backend.rules.managed.neighbours import neighbours
from backend.rules.verdict import (
    COMPLIANT,
    INSUFFICIENT_DATA,
    NON_COMPLIANT,
    NOT_APPLICABLE,
    Surroundings,
    Verdict,
)

CODES = {COMPLIANT: 1, NON_COMPLIANT: 2, NOT_APPLICABLE: 3, INSUFFICIENT_DATA: 4}
"""What a verdict is in a class; 0 is none."""
BAD = CODES[NON_COMPLIANT]

_MOST_KEPT = 20_000
"""Spellings a table remembers before it begins anew: what is remembered must not grow with the file."""
_TRIAL = 2_000
"""Spellings after which it shows whether a table is worth its while."""

_NOTHING = msgspec.Raw(b"")
_HEAD = {
    "resourceId": "resource_id",
    "resourceName": "resource_name",
    "ARN": "arn",
    "awsAccountId": "account",
    "awsRegion": "region",
    "resourceCreationTime": "created",
    "relationships": "links",
    "tags": "tags",
}
"""Members of an item that a check may read beside its body, and where they stand in what is decoded."""

SurroundingsOf = Callable[[str, str], Surroundings]
"""The surroundings of an account and a region."""


class Class(NamedTuple):
    """What the rules of a type say together: numbers of rules, and a code for each."""

    rules: tuple[int, ...]
    codes: tuple[int, ...]

    @property
    def bad(self) -> tuple[int, ...]:
        """The numbers of the rules that the resource breaks."""
        return tuple(rule for rule, code in zip(self.rules, self.codes, strict=True) if code == BAD)


class Judges:
    """Some rules, and what they say of items; `classes` grows as they are asked."""

    def __init__(self, rules: Sequence[AskedRule], around: SurroundingsOf) -> None:
        """Raises `PolicyError` for a policy with an error: whoever asks leaves such rules out beforehand."""
        self.rules = rules
        self.classes: list[Class] = [Class((), ())]
        self._around = around
        self._numbers: dict[Class, int] = {self.classes[0]: 0}
        self._plans: dict[str, _Plan] = {}
        self._item, self._decoder = _decoder(rules)
        self.whole = any(_members([rule]) is None for rule in rules if rule.check is not None and rule.check.item)
        """Whether some rule may read anything of an item: then the items are needed as texts too."""
        self._late = [number for number, rule in enumerate(rules) if neighbours(rule.identifier, rule.parameters)]
        """Rules that look at other resources: they are asked when all are known."""

    def decode(self, text: memoryview) -> list[Any]:
        """A slice as items, read as far as the rules look, or as documents where it holds something odd.

        Raises `msgspec.DecodeError`.
        """
        try:
            found: list[Any] = self._decoder.decode(text)
        except (msgspec.ValidationError, UnicodeDecodeError):
            return decode_documents(text)
        return found

    def classes_of(self, entries: Sequence[Any], texts: Sequence[bytes] | None = None) -> list[int]:
        """The class of each entry, -1 for what is no item; with `whole` the entries are needed as spelled, too."""
        plans, item, around, found = self._plans, self._item, self._around, []
        for place, entry in enumerate(entries):
            if entry.__class__ is not item:
                entry = self._as_item(entry)
                if entry is None:
                    found.append(-1)
                    continue
            kind = entry.resource_type
            if not kind or not entry.resource_id:
                found.append(-1)
                continue
            plan = plans.get(kind) or self._plan(kind)
            text = texts[place] if texts is not None else b""
            codes = tuple([group.code_of(entry, around, text) for group in plan.groups])
            number = plan.classes.get(codes)
            if number is None:
                number = self._new_class(plan, codes)
            found.append(number)
            if plan.tired:
                plan.split()
        return found

    def verdict(self, rule: int, entry: Any, text: bytes = b"") -> Verdict:
        """What one rule says of an entry, with its reasons."""
        if entry.__class__ is not self._item:
            entry = self._as_item(entry)
        whole = _members([self.rules[rule]]) is None
        document = _document(text) if whole and text else document_of(entry)
        return self.rules[rule].judge(document, self._around(*entry.place))

    def _plan(self, kind: str) -> _Plan:
        asked = [
            number
            for number, rule in enumerate(self.rules)
            if number not in self._late and rule.check is not None and rule.check.item and rule.looks_at(kind)
        ]
        plan = self._plans[kind] = _Plan(self.rules, asked)
        return plan

    def _new_class(self, plan: _Plan, codes: tuple[tuple[int, ...], ...]) -> int:
        said = Class(
            tuple(rule for group in plan.groups for rule in group.numbers),
            tuple(code for part in codes for code in part),
        )
        number = plan.classes[codes] = self._number(said)
        return number

    def _number(self, found: Class) -> int:
        number = self._numbers.get(found)
        if number is None:
            number = self._numbers[found] = len(self.classes)
            self.classes.append(found)
        return number

    def _as_item(self, entry: Json) -> Any:
        if not isinstance(entry, dict) or not entry.get("resourceType") or not entry.get("resourceId"):
            return None
        try:
            return msgspec.json.decode(msgspec.json.encode(_mended(entry)), type=self._item)
        except (msgspec.ValidationError, TypeError):
            return None


class _Plan:
    """How items of one type are judged: rules in groups, each with a table of spellings it has met."""

    def __init__(self, rules: Sequence[AskedRule], asked: Sequence[int]) -> None:
        """The rules that read bodies are one group as long as that pays; those over tags and ids stand alone."""
        self._rules = rules
        together = [number for number in asked if not _reads_head(rules[number])]
        alone = [number for number in asked if _reads_head(rules[number])]
        self.groups = [_Group(self, rules, part) for part in ([together] if together else [])]
        self.groups += [_Group(self, rules, [number]) for number in alone]
        self.tired = False
        """Whether a table of it is not worth its while."""
        self.classes: dict[tuple[tuple[int, ...], ...], int] = {}
        """What the groups say → the class."""

    def split(self) -> None:
        """A group whose spellings differ from item to item is taken apart: some of its rules may yet meet again."""
        groups: list[_Group] = []
        for group in self.groups:
            if not group.wasteful:
                groups.append(group)
            elif len(group.numbers) == 1:
                group.remember = group.wasteful = False
                groups.append(group)
            else:
                groups += [_Group(self, self._rules, [number]) for number in group.numbers]
        self.groups = groups
        self.tired = False
        self.classes.clear()


class _Group:
    """Rules with one table: the spellings of all they read → what they say."""

    def __init__(self, plan: _Plan, rules: Sequence[AskedRule], numbers: Sequence[int]) -> None:
        self._plan = plan
        self.numbers = tuple(numbers)
        self._asked = [rules[number] for number in numbers]
        self._key = _key_of(self._asked)
        self.remember = self._key is not None
        self._known: dict[tuple[Any, ...], tuple[int, ...]] = {}
        self._met = self._new = 0
        self.wasteful = False
        """Whether too many spellings were new for the table to be worth its while."""

    def code_of(self, entry: Any, around: SurroundingsOf, text: bytes) -> tuple[int, ...]:
        """What the rules of the group say of an entry."""
        if not self.remember or self._key is None:
            return self._judged(entry, around, text)
        key = self._key(entry)
        found = self._known.get(key)
        if found is not None:
            self._met += 1
            return found
        self._new += 1
        if self._new > _TRIAL and self._met < 2 * self._new:
            self.wasteful = self._plan.tired = True
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        found = self._known[key] = self._judged(entry, around, text)
        return found

    def _judged(self, entry: Any, around: SurroundingsOf, text: bytes) -> tuple[int, ...]:
        document = _document(text) if self._key is None and text else document_of(entry)
        view = around(*entry.place)
        return tuple(CODES[rule.judge(document, view).compliance] for rule in self._asked)


def _key_of(asked: Sequence[AskedRule]) -> Callable[[Any], tuple[Any, ...]] | None:
    """What of an entry decides what rules say; None where that is all of it."""
    members = _members(asked)
    if members is None:
        return None
    body, supplement, head = members
    of_body = _texts(body)
    of_supplement = _texts(supplement)
    of_head = [_HEAD[name] for name in head]
    placed = any(rule.check is not None and rule.check.around for rule in asked)

    def key(entry: Any) -> tuple[Any, ...]:
        configuration, more = entry.configuration, entry.supplement
        found: tuple[Any, ...]
        spelled = configuration.__class__ is str or configuration is None
        found = (
            entry.status,
            configuration if spelled else of_body(configuration),
            of_supplement(more) if more is not None else None,
        )
        if of_head:
            found = (*found, *[_plain(getattr(entry, name)) for name in of_head])
        return (*found, entry.place) if placed else found

    return key


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, msgspec.Raw) else value


def _texts(names: Sequence[str]) -> Callable[[Any], Any]:
    """The text of some members, together."""
    if not names:
        return lambda _: None
    get = attrgetter(*map(_field, names))
    if len(names) == 1:
        return lambda part: bytes(get(part))
    return lambda part: tuple(map(bytes, get(part)))


def _reads_head(rule: AskedRule) -> bool:
    members = _members([rule])
    return members is None or bool(members[2])


def _members(asked: Iterable[AskedRule]) -> tuple[list[str], list[str], list[str]] | None:
    """The members that rules read of the body, beside it, and of the head; None where they may read anything."""
    body: dict[str, None] = {}
    supplement: dict[str, None] = {}
    head: dict[str, None] = {}
    for rule in asked:
        check = rule.check
        if check is None or (not check.reads and not check.around):
            return None
        for read in check.reads:
            top, _, member = read.partition(".")
            if top == "configuration":
                body[member] = None
            elif top == "supplementaryConfiguration":
                supplement[member] = None
            elif top != "resourceType":
                head[top] = None
        if rule.scope.get("TagKey"):
            head["tags"] = None
        if rule.scope.get("ComplianceResourceId"):
            head["resourceId"] = None
    return list(body), list(supplement), list(head)


def _field(name: str) -> str:
    """A name of a member as one of Python: `AWS:Application` and `--enable` are none."""
    return "m_" + "".join(letter if letter.isalnum() and letter.isascii() else f"_{ord(letter):x}_" for letter in name)


def _decoder(rules: Sequence[AskedRule]) -> tuple[type[Any], msgspec.json.Decoder[Any]]:
    """What an item is decoded to, by all that the rules may read of it."""
    members = [_members([rule]) for rule in rules if rule.check is not None and rule.check.item is not None]
    body = dict.fromkeys(name for each in members if each for name in each[0])
    supplement = dict.fromkeys(name for each in members if each for name in each[1])
    inner: Any = _part("Body", body) | str | None
    beside: Any = _part("Supplement", supplement) | None
    item = msgspec.defstruct(
        "Item",
        [
            ("resource_type", str, msgspec.field(name="resourceType", default="")),
            ("resource_id", str, msgspec.field(name="resourceId", default="")),
            ("resource_name", str | None, msgspec.field(name="resourceName", default=None)),
            ("arn", str | None, msgspec.field(name="ARN", default=None)),
            ("account", str | None, msgspec.field(name="awsAccountId", default=None)),
            ("region", str | None, msgspec.field(name="awsRegion", default=None)),
            ("status", str | None, msgspec.field(name="configurationItemStatus", default=None)),
            ("created", msgspec.Raw, msgspec.field(name="resourceCreationTime", default=_NOTHING)),
            ("tags", msgspec.Raw, msgspec.field(name="tags", default=_NOTHING)),
            ("links", msgspec.Raw, msgspec.field(name="relationships", default=_NOTHING)),
            ("configuration", inner, msgspec.field(name="configuration", default=None)),
            ("supplement", beside, msgspec.field(name="supplementaryConfiguration", default=None)),
        ],
        gc=False,
        namespace={"place": property(lambda self: (self.account or "", self.region or ""))},
    )
    return item, msgspec.json.Decoder(list[item])  # type: ignore[valid-type]


def _part(name: str, members: Iterable[str]) -> type[Any]:
    fields = [(_field(each), msgspec.Raw, msgspec.field(name=each, default=_NOTHING)) for each in members]
    return msgspec.defstruct(name, fields, gc=False)


def document_of(entry: Any) -> Document:
    """An entry as the document that rules judge: with what is decoded of it."""
    return {
        "resourceType": entry.resource_type,
        "resourceId": entry.resource_id,
        "resourceName": entry.resource_name,
        "ARN": entry.arn,
        "awsAccountId": entry.account,
        "awsRegion": entry.region,
        "configurationItemStatus": entry.status,
        "resourceCreationTime": _value(entry.created),
        "tags": read_tags(_value(entry.tags)),
        "relationships": _value(entry.links),
        "configuration": _body(entry.configuration),
        "supplementaryConfiguration": _body(entry.supplement) or {},
    }


def _body(part: Any) -> Json:
    if part is None or isinstance(part, str):
        return part
    fields = msgspec.structs.fields(part)
    return {each.encode_name: _value(text) for each in fields if bytes(text := getattr(part, each.name))}


def _value(text: msgspec.Raw) -> Json:
    raw = bytes(text)
    if not raw:
        return None
    [value] = decode_documents(b"[" + raw + b"]")
    return value


def _document(text: bytes) -> Document:
    """An entry as the document that rules judge, from all of it."""
    [document] = decode_documents(b"[" + text + b"]")
    return {**document, "tags": read_tags(document.get("tags"))} if isinstance(document, dict) else {}


_TEXTS = (
    "resourceType",
    "resourceId",
    "resourceName",
    "ARN",
    "awsAccountId",
    "awsRegion",
    "configurationItemStatus",
)


def _mended(entry: Document) -> Document:
    """An odd item in the spelling of files, with its head in texts."""
    mended = {**entry}
    for name, other in (("awsAccountId", "accountId"), ("ARN", "arn")):
        if mended.get(name) is None and other in mended:
            mended[name] = mended[other]
    for name in _TEXTS:
        if mended.get(name) is not None:
            mended[name] = str(mended[name])
    for name in ("configuration", "supplementaryConfiguration"):
        if not isinstance(mended.get(name), dict | str):
            mended[name] = None
    if isinstance(mended["supplementaryConfiguration"], str):
        mended["supplementaryConfiguration"] = None
    return mended
