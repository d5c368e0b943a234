"""The field lists of real items, files and messages, and what must hold between their fields.

Facts: the file and the messages recorded from the real service, and the developer guide's samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from backend.model import moment
from backend.model.item import Document

ORDER = (
    *("relatedEvents", "relationships", "configuration", "supplementaryConfiguration", "tags"),
    *("configurationItemVersion", "configurationItemCaptureTime", "configurationStateId", "awsAccountId"),
    *("configurationItemStatus", "resourceType", "resourceId", "resourceName", "ARN", "awsRegion", "availabilityZone"),
    *("configurationStateMd5Hash", "resourceCreationTime", "recordingFrequency", "configurationItemDeliveryTime"),
)
"""The members of an item of format 1.3, as files order them."""

_ONLY_DAILY = {"recordingFrequency", "configurationItemDeliveryTime"}
_MAY_LACK = {"configuration", "resourceName", "ARN", "availabilityZone", "resourceCreationTime", *_ONLY_DAILY}
"""Members that are left out of a file when they are null."""

_STATUSES = {"OK", "ResourceDiscovered", "ResourceDeleted", "ResourceNotRecorded", "ResourceDeletedNotRecorded"}
_LINK = {"resourceId", "resourceName", "resourceType", "name"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

_FOLDER = r"(.+/)?AWSLogs/(?P<account>\d{12})/Config/(?P<region>[a-z0-9-]+)/(?P<day>\d{4}/[1-9]\d?/[1-9]\d?)"
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_START = r"(?P=account)_Config_(?P=region)"
SNAPSHOT = re.compile(
    rf"{_FOLDER}/ConfigSnapshot/{_START}_ConfigSnapshot_(?P<at>\d{{8}}T\d{{6}}Z)_(?P<id>{_UUID})(_[1-9]\d*)?\.json\.gz"
)
HISTORY = re.compile(
    rf"{_FOLDER}/ConfigHistory/{_START}_ConfigHistory_(?P<type>[A-Za-z0-9:]+)"
    r"_(?P<first>\d{8}T\d{6}Z)_(?P<last>\d{8}T\d{6}Z)_[1-9]\d*\.json\.gz"
)
OVERSIZED = re.compile(
    rf"{_FOLDER}/OversizedChangeNotification/(?P<type>[A-Za-z0-9:]+)/(?P<resource>.+)/"
    rf"{_START}_ChangeNotification_(?P=type)_(?P=resource)_(?P<at>\d{{8}}T\d{{6}}Z)_\d+\.json\.gz"
)
CHECK_FILE = re.compile(r"(.+/)?AWSLogs/\d{12}/Config/ConfigWritabilityCheckFile")

_COMMON = {"notificationCreationTime", "messageType", "recordVersion"}
_CHANGE = {"configurationItemDiff", "configurationItem"}
_OVERSIZED = {"configurationItemSummary", "s3DeliverySummary"}
_FILE = {"s3ObjectKey", "s3Bucket"}
_FAILURE = {"errorCode", "errorMessage"}
_COMPLIANCE = {
    *("awsAccountId", "awsRegion", "configRuleName", "configRuleARN", "resourceType", "resourceId"),
    *("newEvaluationResult", "oldEvaluationResult"),
}
MESSAGES: dict[str, tuple[str, set[str]]] = {
    "ConfigurationItemChangeNotification": ("1.3", _CHANGE),
    "OversizedConfigurationItemChangeNotification": ("1.0", _OVERSIZED),
    "OversizedConfigurationItemChangeDeliveryFailed": ("1.0", _OVERSIZED),
    "ConfigurationSnapshotDeliveryStarted": ("1.1", {"configSnapshotId"}),
    "ConfigurationSnapshotDeliveryCompleted": ("1.1", {"configSnapshotId", *_FILE}),
    "ConfigurationSnapshotDeliveryFailed": ("1.1", {"configSnapshotId", *_FAILURE}),
    "ConfigurationHistoryDeliveryCompleted": ("1.1", _FILE),
    "ConfigurationHistoryDeliveryFailed": ("1.1", _FAILURE),
    "ComplianceChangeNotification": ("1.0", _COMPLIANCE),
    "ConfigRulesEvaluationStarted": ("1.0", {"awsAccountId", "awsRegion", "configRuleNames"}),
}
"""The version of each kind of message, and its members beside the three that all have."""

_SUMMARY = {"changeType", *ORDER[5:18]}
_SUBJECT = re.compile(r"\[AWS Config:[a-z0-9-]+\] .+", re.DOTALL)


def faults_of_file(key: str, body: bytes) -> Iterator[str]:
    """What in a delivered file (unpacked) is not as in a real one; `key` is where it lies in the bucket."""
    if CHECK_FILE.fullmatch(key):
        yield from _unless(not body, f"{key} is not empty")
        return
    yield from _unless(b"\n" not in body, f"{key} has more than one line")
    document = msgspec.json.decode(body)
    if OVERSIZED.fullmatch(key):
        yield from _unless({*document} >= _CHANGE, f"{key} has the members {[*document]}")
        yield from faults_of_item(document["configurationItem"], nulls=True)
        return
    items = document["configurationItems"]
    for item in items:
        yield from faults_of_item(item, nulls=False)
    if found := SNAPSHOT.fullmatch(key):
        yield from _unless([*document] == ["fileVersion", "configSnapshotId", "configurationItems"], f"{key}: members")
        yield from _unless(document["configSnapshotId"] == found["id"], f"{key} says it is another snapshot")
        resources = [(item["resourceType"], item["resourceId"]) for item in items]
        yield from _unless(len(resources) == len(set(resources)), f"{key} has a resource twice")
        gone = [item["resourceId"] for item in items if "Deleted" in item["configurationItemStatus"]]
        yield from _unless(not gone, f"{key} has deleted resources: {gone}")
    elif found := HISTORY.fullmatch(key):
        yield from _unless([*document] == ["fileVersion", "configurationItems"], f"{key}: members")
        yield from _unless({item["resourceType"] for item in items} == {found["type"]}, f"{key} has other types")
        times = sorted(moment.to_compact(item["configurationStateId"]) for item in items)
        yield from _unless([found["first"], found["last"]] == [times[0], times[-1]], f"{key}: its items span {times}")
    else:
        yield f"{key} is no key of a delivered file"
        return
    yield from _unless(document["fileVersion"] == "1.0", f"{key} is of version {document['fileVersion']}")
    year, month, day = found["day"].split("/")
    yield from _unless(1 <= int(month) <= 12 and 1 <= int(day) <= 31 and int(year) > 2000, f"{key} has no such day")
    homes = {item["awsAccountId"] for item in items} - {found["account"]}
    yield from _unless(not homes, f"{key} has items of {homes}")


def faults_of_item(item: Document, *, nulls: bool) -> Iterator[str]:
    """What in an item is not as in a real one; messages keep members that are null, files leave them out."""
    name = f"{item.get('resourceType')} {item.get('resourceId')}"
    members, wanted = set(item), set(ORDER) - _ONLY_DAILY if nulls else set(ORDER) - _MAY_LACK
    yield from _unless(members <= set(ORDER), f"{name} has members of its own: {members - set(ORDER)}")
    yield from _unless(members >= wanted, f"{name} lacks {wanted - members}")
    if not nulls:
        empty = [member for member, value in item.items() if value is None]
        yield from _unless(not empty, f"{name} has nulls: {empty}")
        order = [member for member in ORDER if member in members]
        yield from _unless([*item] == order, f"{name} has its members in another order: {[*item]}")
    if not members >= wanted:
        return
    captured, state = item["configurationItemCaptureTime"], item["configurationStateId"]
    yield from _unless(type(state) is int and moment.to_iso(state) == captured, f"{name}: {state} is not {captured}")
    yield from _unless(item["configurationItemVersion"] == "1.3", f"{name} is of another version")
    yield from _unless(item["configurationItemStatus"] in _STATUSES, f"{name}: {item['configurationItemStatus']}")
    yield from _unless(re.fullmatch(r"\d{12}", item["awsAccountId"]), f"{name}: account {item['awsAccountId']}")
    yield from _unless(item["relatedEvents"] == [], f"{name} has related events")
    yield from _unless(item["configurationStateMd5Hash"] == "", f"{name} has a hash")
    yield from _unless(isinstance(item["supplementaryConfiguration"], dict), f"{name}: supplementary is no object")
    yield from _unless(all(isinstance(value, str) for value in item["tags"].values()), f"{name}: {item['tags']}")
    created = item.get("resourceCreationTime")
    yield from _unless(created is None or _TIME.fullmatch(created), f"{name} was created at {created}")
    for link in item["relationships"]:
        yield from _faults_of_link(name, link, nulls=nulls)
    if item["configurationItemStatus"] == "ResourceDeleted":
        kept = {
            member: item[member]
            for member in ("configuration", "supplementaryConfiguration", "tags", "relationships", "availabilityZone")
            if item.get(member)
        }
        yield from _unless(not kept and created is None, f"{name} is gone and still has {kept} {created or ''}")


def faults_of_message(message: Document, subject: str = "[AWS Config:x] x") -> Iterator[str]:
    """What in a message of the stream is not as in a real one."""
    kind = message.get("messageType", "")
    if kind not in MESSAGES:
        yield f"there is no message of the type {kind!r}"
        return
    version, own = MESSAGES[kind]
    if set(message) != own | _COMMON:
        yield f"{kind} has the members {sorted(message)}"
        return
    yield from _unless(message["recordVersion"] == version, f"{kind} is of version {message['recordVersion']}")
    yield from _unless(_TIME.fullmatch(message["notificationCreationTime"]), f"{kind}: its time")
    yield from _unless(len(subject) <= 100 and _SUBJECT.fullmatch(subject), f"{kind} has the subject {subject!r}")
    if "configurationItem" in message:
        item = message["configurationItem"]
        yield from faults_of_item(item, nulls=True)
        yield from _faults_of_diff(item, message["configurationItemDiff"])
        late = message["notificationCreationTime"] >= item["configurationItemCaptureTime"]
        yield from _unless(late, f"{kind} was sent before its item was captured")
    if "configurationItemSummary" in message:
        members = set(message["configurationItemSummary"])
        yield from _unless(members == _SUMMARY, f"{kind}: its summary has {sorted(members ^ _SUMMARY)}")
        place = message["s3DeliverySummary"]
        yield from _unless(set(place) == {"s3BucketLocation", *_FAILURE}, f"{kind}: its place has {sorted(place)}")
        kept = place["s3BucketLocation"] is not None
        yield from _unless(kept == (place["errorCode"] is None), f"{kind} lies {place}")


def faults_of_event(detail_type: str, detail: Document) -> Iterator[str]:
    """What in an event of AWS Config is not as in a real one: the message without its nulls."""
    nulls = [member for member, value in detail.items() if value is None]
    item = detail.get("configurationItem") or {}
    nulls += [f"configurationItem.{member}" for member, value in item.items() if value is None]
    yield from _unless(not nulls, f"{detail_type} has nulls: {nulls}")
    yield from _unless(detail["messageType"] in MESSAGES, f"{detail_type} carries {detail['messageType']}")


def _faults_of_link(name: str, link: Document, *, nulls: bool) -> Iterator[str]:
    fits = set(link) == _LINK if nulls else set(link) <= _LINK and None not in link.values()
    yield from _unless(fits, f"{name} has the link {link}")
    named = link.get("resourceId") or link.get("resourceName")
    yield from _unless(bool(named and link.get("resourceType") and link.get("name")), f"{name} has the link {link}")


def _faults_of_diff(item: Document, diff: Any) -> Iterator[str]:
    name = f"{item['resourceType']} {item['resourceId']}"
    if set(diff) != {"changedProperties", "changeType"} or diff["changeType"] not in ("CREATE", "UPDATE", "DELETE"):
        yield f"{name} has the difference {diff}"
        return
    for path, change in diff["changedProperties"].items():
        root = path.partition(".")[0]
        known = root in ("Configuration", "SupplementaryConfiguration", "Relationships", "Tags")
        yield from _unless(known, f"{name} changed in {path}")
        shape = {"previousValue", "updatedValue", "changeType"}
        yield from _unless(set(change) == shape, f"{name} changed in {path}: {sorted(change)}")


def _unless(right: object, fault: str) -> Iterable[str]:
    return () if right else (fault,)
