"""What the stream pane and the page of a message say of messages: words, filters, views. Nothing here draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from backend.model import stream
from backend.model.delivery import StoredObject
from backend.model.diff import Change
from backend.model.item import Document, ResourceKey
from backend.model.stream import StreamMessage
from tui.panes.delivery import what_is
from tui.panes.spelling import called, counted, kind, short_type

VIEWS: Mapping[str, str] = {
    "all": "all messages",
    "items": "item changes",
    "compliance": "verdicts",
    "deliveries": "deliveries",
    "failures": "failures",
}
"""The views in the order in which the key walks them, and how each is named."""

HINT = "words, msg:compliance, type:Volume, id:vol-0b2, rule:encrypted, is:failed|watched"
"""The filter's syntax, as its line shows it."""

_NAMES = ("msg:", "type:", "id:", "rule:", "is:")

SAID = {
    "ConfigurationItemChangeNotification": "item changed",
    "OversizedConfigurationItemChangeNotification": "oversized change",
    "OversizedConfigurationItemChangeDeliveryFailed": "oversized, failed",
    "ComplianceChangeNotification": "compliance changed",
    "ConfigRulesEvaluationStarted": "evaluation started",
    "ConfigurationSnapshotDeliveryStarted": "snapshot started",
    "ConfigurationSnapshotDeliveryCompleted": "snapshot delivered",
    "ConfigurationSnapshotDeliveryFailed": "snapshot failed",
    "ConfigurationHistoryDeliveryCompleted": "history delivered",
    "ConfigurationHistoryDeliveryFailed": "history failed",
}
"""Message types in two words."""

_DONE = {"CREATE": "created", "UPDATE": "changed", "DELETE": "deleted"}
_CHANGED = {"CREATE": "was created", "UPDATE": "was changed", "DELETE": "was deleted"}


def said(message: StreamMessage) -> str:
    """The type of a message in two words. Not made safe to show."""
    return SAID.get(message.message_type, message.message_type)


def said_shortly(message: StreamMessage) -> str:
    """The type of a message and its change together: `item created`. Not made safe to show."""
    words = said(message)
    done = _DONE.get(message.change_type)
    return f"{words.rpartition(' ')[0]} {done}" if done and words.endswith("changed") else words


def key_of(message: StreamMessage) -> ResourceKey | None:
    """The resource a message is about."""
    return ResourceKey(message.resource_type, message.resource_id) if message.resource_type else None


# Filters and views


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter as typed; all of it must hold."""

    words: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What stood behind `msg:`, `type:` …, by these."""

    @property
    def everything(self) -> bool:
        return not self.words and not self.parts

    def matches(self, message: StreamMessage, names: Mapping[ResourceKey, str], *, watched: bool = False) -> bool:
        """Whether a message is wanted; `watched` says whether its resource is."""
        if self.everything:
            return True
        name = names.get(ResourceKey(message.resource_type, message.resource_id), "")
        spelled = f"{message.message_type} {said(message)}"
        told = {
            "msg:": spelled,
            "type:": message.resource_type,
            "id:": f"{message.resource_id} {name}",
            "rule:": message.rule,
        }
        for part, values in self.parts.items():
            if part == "is:":
                if not all(_is(message, value, watched=watched) for value in values):
                    return False
                continue
            text = told[part].casefold()
            if not all(value in text for value in values):
                return False
        if not self.words:
            return True
        text = " ".join((*told.values(), message.change_type, why(message), file_of(message))).casefold()
        return all(word in text for word in self.words)


def read_filter(text: str) -> Wanted:
    """A filter from what was typed; what is not of the syntax is a plain word."""
    words: list[str] = []
    parts: dict[str, tuple[str, ...]] = {}
    for word in text.casefold().split():
        name, colon, value = word.partition(":")
        if name + colon in _NAMES and not value.startswith(":"):
            if value:
                parts[name + colon] = (*parts.get(name + colon, ()), value)
        else:
            words.append(word)
    return Wanted(tuple(words), parts)


def wrong_in(text: str) -> str:
    """What is wrong with a filter; empty when nothing is."""
    known = ("failed", "watched", "compliant", "non_compliant", "create", "update", "delete")
    for value in read_filter(text).parts.get("is:", ()):
        if not any(word.startswith(value) for word in known):
            return f"is: knows {', '.join(known)}"
    return ""


def complete(text: str, messages: Iterable[StreamMessage]) -> list[str]:
    """Whole lines that a filter could become, from what was said so far."""
    head, _, last = text.rpartition(" ")
    before = f"{head} " if head else ""
    name, colon, value = last.partition(":")
    if not colon:
        return [f"{before}{each}" for each in _NAMES if each.startswith(last.casefold())]
    choices: Iterable[str] = ()
    if name == "msg":
        choices = sorted({said(one).replace(",", "").split()[0] for one in messages})
    elif name == "type":
        choices = sorted({kind(one.resource_type) for one in messages if one.resource_type})
    elif name == "rule":
        choices = sorted({one.rule for one in messages if one.rule and "," not in one.rule})
    elif name == "is":
        choices = ("failed", "watched")
    return [f"{before}{name}:{each}" for each in choices if each.casefold().startswith(value.casefold())]


def in_view(message: StreamMessage, view: str) -> bool:
    """Whether a message belongs to a view."""
    if view == "all":
        return True
    if view == "failures":
        return message.failed or message.broke
    if view == "compliance":
        return message.kind in (stream.COMPLIANCE, stream.EVALUATIONS)
    return message.kind == view


def _is(message: StreamMessage, value: str, *, watched: bool) -> bool:
    if value and "failed".startswith(value) and message.failed:
        return True
    if value and "watched".startswith(value) and watched:
        return True
    return message.change_type.casefold().startswith(value)


# What a message tells


def why(message: StreamMessage) -> str:
    """The error that a message about a failed delivery tells, in AWS's own words."""
    for part in (message.document, message.document.get("s3DeliverySummary")):
        if isinstance(part, dict) and (part.get("errorCode") or part.get("errorMessage")):
            return ": ".join(str(part[name]) for name in ("errorCode", "errorMessage") if part.get(name))
    return ""


def file_of(message: StreamMessage) -> str:
    """The file that a delivery message tells of, in words."""
    key = message.document.get("s3ObjectKey")
    return what_is(str(key)) if key else ""


def stored_of(message: StreamMessage) -> StoredObject | None:
    """The object in S3 that a message points to: a delivered file, or an item that was too large for a message."""
    bucket, key = message.document.get("s3Bucket"), message.document.get("s3ObjectKey")
    if isinstance(bucket, str) and isinstance(key, str) and bucket and key:
        return StoredObject(bucket=bucket, key=key)
    summary = message.document.get("s3DeliverySummary")
    place = summary.get("s3BucketLocation") if isinstance(summary, dict) else None
    if isinstance(place, str):
        bucket, _, key = place.removeprefix("s3://").removeprefix("arn:aws:s3:::").partition("/")
        if bucket and key:
            return StoredObject(bucket=bucket, key=key)
    return None


def changes_of(message: StreamMessage) -> list[Change]:
    """What changed in the item that a message tells of, as AWS Config lists it."""
    diff = message.document.get("configurationItemDiff")
    properties = diff.get("changedProperties") if isinstance(diff, dict) else None
    if not isinstance(properties, dict):
        return []
    return [
        Change(path, str(told.get("changeType") or ""), told.get("previousValue"), told.get("updatedValue"))
        for path, told in properties.items()
        if isinstance(told, dict)
    ]


def annotation(message: StreamMessage) -> str:
    """What a rule said of a verdict."""
    return str(_result(message.document, "newEvaluationResult").get("annotation") or "")


def verdict_before(message: StreamMessage) -> str:
    """The verdict before a change of compliance; empty when there was none."""
    return str(_result(message.document, "oldEvaluationResult").get("complianceType") or "")


def _result(document: Document, name: str) -> Document:
    result = document.get(name)
    return result if isinstance(result, dict) else {}


def plainly(message: StreamMessage, names: Mapping[ResourceKey, str]) -> str:
    """A message in plain words. Not made safe to show."""
    return " ".join(_sentences(message, names))


def _sentences(message: StreamMessage, names: Mapping[ResourceKey, str]) -> Iterator[str]:
    key = key_of(message)
    who = f"{short_type(key.resource_type)} {called(key, names)}" if key is not None else "A resource"
    if message.kind == stream.ITEMS:
        changed = changes_of(message)
        fields = f": {counted(len(changed), 'property').replace('propertys', 'properties')}" if changed else ""
        yield f"{who} {_CHANGED.get(message.change_type, 'has a new item')}{fields}."
        if message.failed:
            reason = why(message).rstrip(".")
            yield f"Its item is too large for a message and could not be put into the bucket: {reason}."
        elif message.message_type.startswith("Oversized"):
            yield "Its item is too large for a message: it lies in the bucket."
    elif message.kind == stream.COMPLIANCE:
        before = _verdict_words(verdict_before(message))
        was = f", it was {before}" if before else ""
        yield f"{who} is {_verdict_words(message.change_type)} by {message.rule}{was}."
        if note := annotation(message):
            yield f"The rule says: {note}"
        if message.change_type == "NON_COMPLIANT":
            yield "AWS Config only tells of it; it changes nothing."
    elif message.kind == stream.EVALUATIONS:
        yield f"AWS Config began to evaluate {message.rule or 'rules'}."
    elif message.kind == stream.DELIVERIES:
        yield _of_delivery(message)
    else:
        yield message.subject or "A message of a kind that configscope does not know."


def _of_delivery(message: StreamMessage) -> str:
    what = "snapshot" if "Snapshot" in message.message_type else "history"
    if message.failed:
        return f"AWS Config could not deliver the {what}: {why(message).rstrip('.') or 'it does not say why'}."
    if message.message_type.endswith("Started"):
        return f"AWS Config began to write a {what} of all recorded resources."
    file = file_of(message)
    return f"A {what} file is in the bucket{f' ({file})' if file else ''}."


def _verdict_words(word: str) -> str:
    return word.lower().replace("_", " ")


# Alarms


@dataclass(slots=True)
class Alarms:
    """What the person wants to be told of as it happens: verdicts that turn bad, and changes of what they watch."""

    names: Mapping[ResourceKey, str] = field(default_factory=dict)
    """What resources are called."""
    bell: bool = False
    """Whether the terminal's bell rings for what newly breaks a rule."""
    words: dict[str, str] = field(default_factory=dict)
    """Watched types (whole, or their last parts), ids and names: as typed, by how they are compared."""
    resources: set[ResourceKey] = field(default_factory=set)

    @property
    def any(self) -> bool:
        return self.bell or bool(self.words or self.resources)

    def toggle(self, word: str) -> bool:
        """Watch a type, id or name, or no longer; whether it is watched now."""
        if self.words.pop(word.casefold(), None) is not None:
            return False
        self.words[word.casefold()] = word
        return True

    def watches(self, message: StreamMessage) -> bool:
        """Whether the resource of a message is watched: itself, by its id or name, or by its type."""
        key = key_of(message)
        if key is None:
            return False
        if key in self.resources:
            return True
        if not self.words:
            return False
        called_so = {key.resource_id.casefold(), self.names.get(key, "").casefold()} - {""}
        name = key.resource_type.casefold()
        return any(
            word in called_so or name == word or (bool(word) and name.endswith(f"::{word}")) for word in self.words
        )

    def rings(self, message: StreamMessage) -> bool:
        """Whether a message is an alarm."""
        return (self.bell and message.broke) or (message.kind == stream.ITEMS and self.watches(message))

    def told(self) -> str:
        """What is watched, in words; empty for nothing."""
        resources = (f"{kind(key[0])} {called(key, self.names)}" for key in sorted(self.resources))
        return ", ".join((*sorted(self.words.values()), *resources))
