"""Whatever is done to an account in whatever order, its items, files and messages keep to their rules.

hypothesis plays random changes, calls and waits against a small network; after each step the items are looked at
through the API as a customer would, and at the end every file and every message.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.engine.config import faults
from backend.engine.context import Call, Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model.item import Document
from backend.model.moment import HOUR, MINUTE, SECOND
from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION, ROLE, START, TOPIC, bucket_policy, topic_policy
from tests.conformance.network import (
    FAULTS,
    GROUP,
    GROUPS,
    INSTANCE,
    ITS_OWN,
    LINKS,
    RECORDER,
    REFUSALS,
    SUBNET,
    TYPES,
    VOLUME,
    VPC,
)

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:stream"
DELETED = ("ResourceDeleted", "ResourceDeletedNotRecorded")

Key: TypeAlias = tuple[str, str]
Histories: TypeAlias = dict[Key, list[Document]]

kinds = some.sampled_from((VPC, SUBNET, GROUP, INSTANCE, INSTANCE, VOLUME))
numbers = some.integers(0, 2)


class Account(RuleBasedStateMachine):
    """An account with a little network, a recorder, a channel and a queue that hears everything."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.open()
        self.group = "all"
        self.running = False
        self.broken: set[str] = set()
        """The faults that are in force."""
        self.began = 0
        """When there was a recorder and a channel for the first time."""
        self.serial = 0
        self.must: dict[Key, list[int]] = {}
        """The states of each resource that were made while its type was recorded, so that history must have them."""
        self.messages: list[Document] = []
        self.snapshots: dict[str, dict[Key, str]] = {}
        """What each snapshot asked for must hold: the newest items of that moment, by their state."""

    def teardown(self) -> None:
        try:
            if self.began:
                self.end()
        finally:
            self.engine.close()
            self.folder.cleanup()

    def open(self) -> None:
        self.engine = Engine(Path(self.folder.name), WorldOptions(start=START, resources=0), local_aws())

    def call(self, service: str, operation: str, **params: Any) -> Document:
        return self.engine.call(Call(service, operation, params, REGION))

    def config(self, operation: str, **params: Any) -> Document:
        return self.call("config", operation, **params)

    # What is done

    @initialize()
    def set_up(self) -> None:
        place = {"LocationConstraint": REGION}
        self.call("s3", "CreateBucket", Bucket=BUCKET, CreateBucketConfiguration=place)
        self.call("s3", "PutBucketPolicy", Bucket=BUCKET, Policy=bucket_policy())
        self.call("sns", "CreateTopic", Name=TOPIC.rpartition(":")[2])
        self.call("sns", "SetTopicAttributes", TopicArn=TOPIC, AttributeName="Policy", AttributeValue=topic_policy())
        allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": QUEUE}]})
        self.queue = self.call("sqs", "CreateQueue", QueueName="stream", Attributes={"Policy": policy})["QueueUrl"]
        self.call("sns", "Subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
        self.record("all")
        frequency = {"deliveryFrequency": "Three_Hours"}
        channel = {"s3BucketName": BUCKET, "snsTopicARN": TOPIC, "configSnapshotDeliveryProperties": frequency}
        self.config("PutDeliveryChannel", DeliveryChannel=channel)
        self.engine.advance(START + SECOND)
        self.start()
        self.began = self.engine.now

    @rule(group=some.sampled_from(sorted(GROUPS)))
    def record(self, group: str) -> None:
        recorder = {"name": "default", "roleARN": ROLE, "recordingGroup": GROUPS[group]}
        self.config("PutConfigurationRecorder", ConfigurationRecorder=recorder)
        self.group = group
        self.catch_up()

    @rule()
    def start(self) -> None:
        self.config("StartConfigurationRecorder", ConfigurationRecorderName="default")
        self.running = True
        self.catch_up()

    @rule()
    def stop(self) -> None:
        self.config("StopConfigurationRecorder", ConfigurationRecorderName="default")
        self.running = False

    @rule(kind=kinds, number=numbers, ends=some.lists(some.tuples(numbers, numbers), max_size=3), tag=numbers)
    def put(self, kind: str, number: int, ends: list[tuple[int, int]], tag: int) -> None:
        """Make a resource, or change it; what it links to need not be there."""
        self.serial += 1
        choices = LINKS.get(kind, ())
        links = {
            (choice[0], f"{choice[0]}-{target}"): Link(choice[1], choice[0], f"{choice[0]}-{target}")
            for which, target in ends
            if which < len(choices)
            for choice in (choices[which],)
        }
        resource = Resource(
            resource_type=kind,
            resource_id=f"{kind}-{number}",
            region=REGION,
            configuration={"serial": self.serial},
            tags={"tag": str(tag)} if tag else {},
            links=tuple(links.values()),
        )
        self.engine.act(lambda ctx: estate.put(ctx, resource))
        self.saw(resource)

    @rule()
    def reopen(self) -> None:
        """As when the program ends and is started again."""
        self.engine.close()
        self.open()

    @rule(name=some.sampled_from(sorted(FAULTS)))
    def break_something(self, name: str) -> None:
        fault = {"name": name, **FAULTS[name]}
        self.engine.act(lambda ctx: faults.inject(ctx, fault))
        self.broken.add(name)

    @rule()
    def mend(self) -> None:
        self.engine.act(faults.clear)
        self.broken.clear()

    @rule(kind=kinds, number=numbers)
    def remove(self, kind: str, number: int) -> None:
        def change(ctx: Context) -> None:
            estate.remove(ctx, kind, f"{kind}-{number}", REGION)

        self.engine.act(change)

    @rule(time=some.sampled_from((SECOND, MINUTE, HOUR, 7 * HOUR)))
    def wait(self, time: int) -> None:
        self.engine.advance(self.engine.now + time)

    @rule(tag=numbers)
    def require_a_tag(self, tag: int) -> None:
        source = {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"}
        scope = {"ComplianceResourceTypes": [INSTANCE, VOLUME]}
        wanted = {"ConfigRuleName": "tagged", "Source": source, "Scope": scope}
        keys = json.dumps({"tag1Key": "tag", "tag1Value": str(tag)})
        self.config("PutConfigRule", ConfigRule={**wanted, "InputParameters": keys})

    @precondition(lambda self: self.running)
    @rule()
    def take_a_snapshot(self) -> None:
        newest = {
            key: history[-1]["configurationStateId"]
            for key, history in self.histories().items()
            if history[-1]["configurationItemStatus"] not in (*DELETED, "ResourceNotRecorded") and self.records(key[0])
        }
        snapshot = self.config("DeliverConfigSnapshot", deliveryChannelName="default")["configSnapshotId"]
        assert snapshot not in self.snapshots
        if not self.broken & REFUSALS:
            self.snapshots[snapshot] = newest
        self.engine.advance(self.engine.now + 10 * SECOND)

    def records(self, kind: str) -> bool:
        """Whether the recording group has a type."""
        if kind == RECORDER:
            return True  # whatever its group says: the recorded snapshot of two other types has it
        if self.group == "named":
            return kind in (INSTANCE, VOLUME)
        return self.group == "all" or kind != SUBNET

    def saw(self, resource: Resource) -> None:
        if self.running and self.records(resource.resource_type):
            self.must.setdefault(_key(resource), []).append(resource.configuration["serial"])

    def catch_up(self) -> None:
        """What came to be while nobody looked is found when somebody does."""
        for resource in self.there().values():
            if resource.resource_type in LINKS or resource.resource_type in (VPC, VOLUME):
                self.saw(resource)

    def there(self) -> dict[Key, Resource]:
        """The estate as it is."""
        ctx = self.engine.context(REGION)
        return {_key(resource): resource for resource in estate.in_region(ctx, REGION)}

    # What must hold

    def histories(self) -> Histories:
        """The history of every resource that was ever seen, oldest item first."""
        found: Histories = {}
        for kind in TYPES:
            listed = self.config("ListDiscoveredResources", resourceType=kind, includeDeletedResources=True)
            for identifier in listed["resourceIdentifiers"]:
                found[kind, identifier["resourceId"]] = self.history(kind, identifier["resourceId"])
        return found

    def history(self, kind: str, resource: str) -> list[Document]:
        """All pages of one history."""
        asked: Document = {"resourceType": kind, "resourceId": resource, "chronologicalOrder": "Forward", "limit": 7}
        page = self.config("GetResourceConfigHistory", **asked)
        items: list[Document] = page["configurationItems"]
        while page.get("nextToken"):
            page = self.config("GetResourceConfigHistory", **asked, nextToken=page["nextToken"])
            items += page["configurationItems"]
        return items

    @invariant()
    def the_items_keep_to_their_rules(self) -> None:
        histories = self.histories()
        self.histories_are_in_order_and_complete(histories)
        self.what_is_current_is_the_last_of_history(histories)
        self.while_it_is_recorded_the_current_item_is_the_resource(histories)
        self.both_ends_tell_of_a_link(histories)

    def histories_are_in_order_and_complete(self, histories: Histories) -> None:
        for key, history in histories.items():
            states = [int(item["configurationStateId"]) for item in history]
            assert states == sorted(set(states)), f"{key}: state ids do not grow: {states}"
            statuses = [item["configurationItemStatus"] for item in history]
            for before, after in zip([None, *statuses], statuses, strict=False):
                new = before is None or before in DELETED
                assert new == (after in ("ResourceDiscovered", "ResourceNotRecorded")) or (
                    (before, after) == ("ResourceNotRecorded", "ResourceDiscovered")
                ), f"{key}: {statuses}"
            serials = [
                json.loads(item["configuration"])["serial"]
                for item in history
                if key[0] not in ITS_OWN and "Compliance" not in key[0] and item.get("configuration", "null") != "null"
            ]
            assert serials == sorted(serials), f"{key} went back: {serials}"
            assert set(self.must.get(key, ())) <= set(serials), f"{key} lacks states: {serials} of {self.must[key]}"

    def what_is_current_is_the_last_of_history(self, histories: Histories) -> None:
        for key, history in histories.items():
            asked = [{"resourceType": key[0], "resourceId": key[1]}]
            current = self.config("BatchGetResourceConfig", resourceKeys=asked)["baseConfigurationItems"]
            last = history[-1]
            if last["configurationItemStatus"] in DELETED:
                assert current == [], key
            else:
                (item,) = current
                assert item == {name: last[name] for name in last if name in item}, key
            living = self.config("ListDiscoveredResources", resourceType=key[0], resourceIds=[key[1]])
            assert bool(living["resourceIdentifiers"]) == (last["configurationItemStatus"] not in DELETED), key

    def while_it_is_recorded_the_current_item_is_the_resource(self, histories: Histories) -> None:
        if not self.running:
            return
        there = self.there()
        for key in {*there, *histories}:
            if not self.records(key[0]) or key[0].startswith("AWS::Config::"):
                continue
            last = histories[key][-1]
            if key not in there:
                assert last["configurationItemStatus"] in DELETED, f"{key} is gone"
                continue
            assert json.loads(last["configuration"]) == there[key].configuration, key
            assert last["tags"] == there[key].tags, key
            own = {(link.resource_type, link.resource_id) for link in there[key].links}
            told = {(link["resourceType"], link.get("resourceId")) for link in last["relationships"]}
            assert own <= told, f"{key} links to {own} and tells of {told}"

    def both_ends_tell_of_a_link(self, histories: Histories) -> None:
        if not self.running or self.group != "all":
            return
        there = self.there()
        told = {
            (key, (link["resourceType"], link["resourceId"]))
            for key in there
            for link in histories[key][-1]["relationships"]
        }
        one_sided = {(one, other) for one, other in told if other in there and (other, one) not in told}
        assert not one_sided
        assert {(one, other) for one, other in told if other not in there} == {
            (key, (link.resource_type, link.resource_id))
            for key, resource in there.items()
            for link in resource.links
            if (link.resource_type, link.resource_id) not in there
        }

    @invariant()
    def nothing_is_told_twice(self) -> None:
        while batch := self.call("sqs", "ReceiveMessage", QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for each in batch:
                self.messages.append(json.loads(json.loads(each["Body"])["Message"]))
                self.call("sqs", "DeleteMessage", QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        told = Counter(
            _state(message["configurationItem"]) for message in self.messages if "configurationItem" in message
        )
        assert not [state for state, times in told.items() if times > 1]

    def end(self) -> None:
        """After the next deliveries: every item lies in one history file, every snapshot holds what was there."""
        self.mend()
        self.record("all")
        self.start()
        self.engine.advance(self.engine.now + 13 * HOUR)
        self.nothing_is_told_twice()
        items = {
            (kind, resource, int(item["configurationStateId"]))
            for (kind, resource), history in self.histories().items()
            for item in history
            if not item["configurationItemStatus"].endswith("NotRecorded")
        }
        told = {_state(message["configurationItem"]) for message in self.messages if "configurationItem" in message}
        filed = Counter(
            _state(item)
            for key, document in self.files().items()
            if "/ConfigHistory/" in key
            for item in document["configurationItems"]
        )
        assert not [state for state, times in filed.items() if times > 1]
        since = {state for state in items if state[2] >= self.began}
        assert since <= told, f"never told: {since - told}"
        assert since <= set(filed), f"in no file: {since - set(filed)}"
        taken = {
            document["configSnapshotId"]: {
                (item["resourceType"], item["resourceId"]): str(item["configurationStateId"])
                for item in document["configurationItems"]
                if item["resourceType"] in TYPES
            }
            for key, document in self.files().items()
            if "/ConfigSnapshot/" in key
        }
        for snapshot, newest in self.snapshots.items():
            assert taken[snapshot] == newest

    def files(self) -> dict[str, Document]:
        """Everything that AWS Config delivered."""
        listed = self.call("s3", "ListObjectsV2", Bucket=BUCKET, Prefix="AWSLogs/").get("Contents", [])
        bodies = {each["Key"]: self.call("s3", "GetObject", Bucket=BUCKET, Key=each["Key"])["Body"] for each in listed}
        return {key: json.loads(gzip.decompress(body)) for key, body in bodies.items() if key.endswith(".gz")}


def _key(resource: Resource) -> Key:
    return resource.resource_type, resource.resource_id


def _state(item: Document) -> tuple[str, str, int]:
    return item["resourceType"], item["resourceId"], item["configurationStateId"]


QUICK = settings(
    max_examples=10, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def test_the_rules_hold_whatever_is_done() -> None:
    run_state_machine_as_test(Account, settings=QUICK)


@pytest.mark.soak
def test_the_rules_hold_whatever_is_done_for_long() -> None:
    run_state_machine_as_test(
        Account, settings=settings(QUICK, max_examples=100, stateful_step_count=40, derandomize=False)
    )
