"""Topics: from a publisher to its subscribers."""

from __future__ import annotations

import json
import re

import pytest

from backend.engine.around import sns, sqs
from backend.engine.around.outbox import Mail, listing
from backend.engine.context import Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.errors import ServiceError
from backend.engine.parts import local_aws
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import DAY
from tests.backend.engine.around.conftest import NEWS, Act, Refused, Subscriber, inbox
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture


def token_in(request: Mail) -> str:
    """The token of the link with which a subscription is confirmed."""
    found = re.search(r"Token=([0-9a-f]{64})", request.body)
    assert found is not None
    return found[1]


def outbox(engine: Engine) -> list[Mail]:
    return listing(engine.context())


def test_a_topic_is_a_resource_with_the_members_of_real_items(engine: Engine, topic: str) -> None:
    assert topic == NEWS
    found = estate.get(engine.context(), "AWS::SNS::Topic", topic)
    assert found is not None
    assert (found.name, found.arn, found.zone, found.tags) == ("news", NEWS, "Not Applicable", {"team": "audit"})
    assert {"Policy", "Owner", "TopicArn", "EffectiveDeliveryPolicy", "DisplayName"} == set(found.configuration)
    assert found.supplementary == {"Tags": [{"key": "team", "value": "audit"}]}


@pytest.mark.requirement("SNS-03")
@pytest.mark.requirement("SNS-04")
@pytest.mark.requirement("SQS-01")
def test_a_published_message_reaches_the_queue_in_its_envelope(call: CallFixture, subscriber: Subscriber) -> None:
    url = subscriber()
    attributes = {"kind": {"DataType": "String", "StringValue": "notice"}}
    published = call("sns", "Publish", TopicArn=NEWS, Message='{"a": 1}', Subject="Hello", MessageAttributes=attributes)
    envelope = json.loads(inbox(call, url)[0])
    assert envelope["Type"] == "Notification"
    assert envelope["MessageId"] == published["MessageId"]
    assert (envelope["TopicArn"], envelope["Subject"]) == (NEWS, "Hello")
    assert envelope["Message"] == '{"a": 1}'
    assert envelope["Timestamp"] == "2026-03-01T00:00:00.000Z"
    assert envelope["MessageAttributes"] == {"kind": {"Type": "String", "Value": "notice"}}
    assert {"SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"} <= set(envelope)


def test_raw_delivery_leaves_the_envelope_out(call: CallFixture, subscriber: Subscriber) -> None:
    url = subscriber(RawMessageDelivery="true")
    attributes = {"kind": {"DataType": "String", "StringValue": "notice"}}
    call("sns", "Publish", TopicArn=NEWS, Message="plain", MessageAttributes=attributes)
    got = call("sqs", "ReceiveMessage", QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    assert (got["Body"], got["MessageAttributes"]) == ("plain", attributes)


@pytest.mark.requirement("SNS-08")
@pytest.mark.requirement("SNS-09")
def test_several_queues_may_subscribe_and_none_gets_what_came_before(call: CallFixture, subscriber: Subscriber) -> None:
    call("sns", "Publish", TopicArn=NEWS, Message="too early")
    first = subscriber("first", RawMessageDelivery="true")
    call("sns", "Publish", TopicArn=NEWS, Message="one")
    second = subscriber("second", RawMessageDelivery="true")
    call("sns", "Publish", TopicArn=NEWS, Message="two")
    assert inbox(call, first) == ["one", "two"]
    assert inbox(call, second) == ["two"]


@pytest.mark.requirement("SQS-04")
def test_one_queue_may_subscribe_to_several_topics(call: CallFixture, subscriber: Subscriber) -> None:
    other: str = call("sns", "CreateTopic", Name="alerts")["TopicArn"]
    url = subscriber(topics=(NEWS, other), RawMessageDelivery="true")
    call("sns", "Publish", TopicArn=NEWS, Message="from news")
    call("sns", "Publish", TopicArn=other, Message="from alerts")
    assert inbox(call, url) == ["from news", "from alerts"]


@pytest.mark.requirement("SQS-06")
@pytest.mark.requirement("SNS-07")
def test_a_queue_that_does_not_let_the_topic_in_gets_nothing_and_the_outbox_says_why(
    engine: Engine, call: CallFixture, topic: str
) -> None:
    url = call("sqs", "CreateQueue", QueueName="closed")["QueueUrl"]
    call("sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:closed")
    call("sns", "Publish", TopicArn=topic, Message="m")
    assert inbox(call, url) == []
    mail = outbox(engine)[0]
    assert mail.protocol == "sqs"
    assert mail.failure.startswith("AccessDenied")


def test_a_refused_delivery_goes_to_the_dead_letter_queue(
    engine: Engine, call: CallFixture, subscriber: Subscriber
) -> None:
    dead = subscriber("dead", topics=(NEWS,), FilterPolicy=json.dumps({"never": ["x"]}))
    redrive = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"})
    gone = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone"
    call("sns", "Subscribe", TopicArn=NEWS, Protocol="sqs", Endpoint=gone, Attributes={"RedrivePolicy": redrive})
    call("sns", "Publish", TopicArn=NEWS, Message="m")
    assert json.loads(inbox(call, dead)[0])["Message"] == "m"
    assert outbox(engine)[0].failure.startswith("QueueDoesNotExist")


@pytest.mark.requirement("SQS-09")
def test_topic_and_queue_must_be_in_one_region_unless_the_world_is_lenient(refused: Refused, topic: str) -> None:
    endpoint = f"arn:aws:sqs:us-east-1:{ACCOUNT}:far"
    refusal = refused("sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    assert (refusal.code, "same region" in refusal.message) == ("InvalidParameter", True)

    lenient = Engine(None, WorldOptions(start=0, resources=0, lenient=True), local_aws())

    def subscribe(ctx: Context) -> None:
        sns.OPERATIONS["CreateTopic"](ctx, {"Name": "news"})
        sns.OPERATIONS["Subscribe"](ctx, {"TopicArn": NEWS, "Protocol": "sqs", "Endpoint": endpoint})

    lenient.act(subscribe)
    lenient.close()


@pytest.mark.requirement("SNS-05")
@pytest.mark.requirement("SNS-06")
@pytest.mark.parametrize(
    ("protocol", "endpoint", "at_once"),
    [
        ("http", "http://example.com/hook", False),
        ("https", "https://example.com/hook", False),
        ("email", "ops@example.com", False),
        ("email-json", "ops@example.com", False),
        ("sms", "+6581234567", True),
        ("lambda", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:react", True),
        ("application", f"arn:aws:sns:{REGION}:{ACCOUNT}:endpoint/GCM/app/1", True),
    ],
)
@pytest.mark.requirement("SNS-07")
def test_endpoints_outside_have_an_outbox(
    engine: Engine, call: CallFixture, topic: str, protocol: str, endpoint: str, at_once: bool
) -> None:
    answer = call("sns", "Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint)["SubscriptionArn"]
    assert answer.startswith(f"{topic}:") if at_once else answer == "pending confirmation"
    call("sns", "Publish", TopicArn=topic, Message="before")
    if not at_once:
        request = outbox(engine)[-1]
        assert "Subscription Confirmation" in request.subject
        call("sns", "ConfirmSubscription", TopicArn=topic, Token=token_in(request))
    call("sns", "Publish", TopicArn=topic, Message="after", Subject="News")
    bodies = [mail.body for mail in outbox(engine)]
    assert "after" in bodies[-1]
    assert any("before" in body for body in bodies) == at_once
    assert outbox(engine)[-1].endpoint == endpoint


def test_a_confirmation_token_lives_two_days(engine: Engine, call: CallFixture, refused: Refused, topic: str) -> None:
    call("sns", "Subscribe", TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    token = token_in(outbox(engine)[-1])
    engine.advance(engine.now + 2 * DAY + 1)
    assert refused("sns", "ConfirmSubscription", TopicArn=topic, Token=token).code == "InvalidParameter"


def test_waiting_subscriptions_hide_their_arn(call: CallFixture, topic: str) -> None:
    arn = call(
        "sns", "Subscribe", TopicArn=topic, Protocol="email", Endpoint="ops@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    listed = call("sns", "ListSubscriptionsByTopic", TopicArn=topic)["Subscriptions"]
    assert [each["SubscriptionArn"] for each in listed] == ["PendingConfirmation"]
    assert call("sns", "ListSubscriptions")["Subscriptions"] == listed
    attributes = call("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    counts = call("sns", "GetTopicAttributes", TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsPending"]) == ("0", "1")


def test_the_same_endpoint_again_is_the_same_subscription(call: CallFixture, refused: Refused, topic: str) -> None:
    endpoint = {"TopicArn": topic, "Protocol": "sms", "Endpoint": "+6581234567"}
    first = call("sns", "Subscribe", **endpoint)
    assert call("sns", "Subscribe", **endpoint) == first
    other = {"RawMessageDelivery": "true"}
    assert refused("sns", "Subscribe", **endpoint, Attributes=other).code == "InvalidParameter"
    call("sns", "Unsubscribe", SubscriptionArn=first["SubscriptionArn"])
    assert call("sns", "ListSubscriptions")["Subscriptions"] == []
    assert refused("sns", "GetSubscriptionAttributes", SubscriptionArn=first["SubscriptionArn"]).code == "NotFound"


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [("carrier-pigeon", "x"), ("email", "nobody"), ("https", "http://x"), ("sqs", "queue"), ("lambda", "f")],
)
def test_endpoints_that_do_not_fit_their_protocol(refused: Refused, topic: str, protocol: str, endpoint: str) -> None:
    refusal = refused("sns", "Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert refusal.code == "InvalidParameter"


@pytest.mark.requirement("PRM-04")
def test_a_service_publishes_only_where_the_topic_policy_lets_it(act: Act, call: CallFixture, topic: str) -> None:
    def publish() -> None:
        act(lambda ctx: sns.publish(ctx, topic, "m", principal="config.amazonaws.com"))

    with pytest.raises(ServiceError, match="AuthorizationError"):
        publish()
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "config.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}},
    }
    policy = json.dumps({"Statement": [allow]})
    call("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    publish()
    call("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue="")
    with pytest.raises(ServiceError, match="AuthorizationError"):
        publish()


def test_in_a_lenient_world_no_grant_is_needed() -> None:
    lenient = Engine(None, WorldOptions(start=0, resources=0, lenient=True), local_aws())

    def tell(ctx: Context) -> None:
        sns.OPERATIONS["CreateTopic"](ctx, {"Name": "news"})
        sqs.OPERATIONS["CreateQueue"](ctx, {"QueueName": "inbox"})
        endpoint = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
        sns.OPERATIONS["Subscribe"](ctx, {"TopicArn": NEWS, "Protocol": "sqs", "Endpoint": endpoint})
        sns.publish(ctx, NEWS, "m", principal="config.amazonaws.com")
        assert sqs.OPERATIONS["ReceiveMessage"](ctx, {"QueueUrl": f"http://localhost/{ACCOUNT}/inbox"})["Messages"]

    lenient.act(tell)
    lenient.close()


def test_a_topic_that_is_gone_is_not_found(act: Act, call: CallFixture, refused: Refused, topic: str) -> None:
    call("sns", "DeleteTopic", TopicArn=topic)
    call("sns", "DeleteTopic", TopicArn=topic)
    refusal = refused("sns", "Publish", TopicArn=topic, Message="m")
    assert (refusal.code, refusal.status) == ("NotFound", 404)
    with pytest.raises(ServiceError, match="NotFound"):
        act(lambda ctx: sns.publish(ctx, topic, "m"))


def test_a_topic_answers_in_its_own_region_only(call: CallFixture, refused: Refused, topic: str) -> None:
    assert refused("sns", "Publish", region="us-east-1", TopicArn=topic, Message="m").code == "InvalidParameter"
    assert call("sns", "ListTopics", region="us-east-1") == {"Topics": []}
    assert call("sns", "ListTopics") == {"Topics": [{"TopicArn": topic}]}


@pytest.mark.parametrize(
    "params",
    [
        {"Message": ""},
        {"Message": "x" * 262_145},
        {"Message": "m", "Subject": "s" * 101},
        {"Message": "m", "Subject": "two\nlines"},
        {"Message": "{", "MessageStructure": "json"},
        {"Message": "{}", "MessageStructure": "json"},
    ],
)
def test_messages_that_cannot_be_published(refused: Refused, topic: str, params: Document) -> None:
    assert refused("sns", "Publish", TopicArn=topic, **params).code == "InvalidParameter"


def test_a_message_may_differ_by_protocol(engine: Engine, call: CallFixture, subscriber: Subscriber) -> None:
    url = subscriber(RawMessageDelivery="true")
    call("sns", "Subscribe", TopicArn=NEWS, Protocol="sms", Endpoint="+6581234567")
    message = json.dumps({"default": "long text", "sms": "short"})
    call("sns", "Publish", TopicArn=NEWS, Message=message, MessageStructure="json")
    assert inbox(call, url) == ["long text"]
    assert outbox(engine)[-1].body == "news> short"


def test_batches_tell_of_each_entry(call: CallFixture, refused: Refused, subscriber: Subscriber) -> None:
    url = subscriber(RawMessageDelivery="true")
    valueless = {"Id": "3", "Message": "three", "MessageAttributes": {"kind": {"DataType": "String"}}}
    entries = [{"Id": "1", "Message": "one"}, {"Id": "2", "Message": ""}, valueless]
    answer = call("sns", "PublishBatch", TopicArn=NEWS, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["1"]
    failed = [(each["Id"], each["Code"]) for each in answer["Failed"]]
    assert failed == [("2", "InvalidParameter"), ("3", "ParameterValueInvalid")]
    assert inbox(call, url) == ["one"]
    twice = [{"Id": "1", "Message": "m"}] * 2
    refusal = refused("sns", "PublishBatch", TopicArn=NEWS, PublishBatchRequestEntries=twice)
    assert refusal.code == "BatchEntryIdsNotDistinct"


def test_attributes_of_topics_and_subscriptions(call: CallFixture, refused: Refused, subscriber: Subscriber) -> None:
    subscriber()
    call("sns", "SetTopicAttributes", TopicArn=NEWS, AttributeName="DisplayName", AttributeValue="News")
    assert call("sns", "GetTopicAttributes", TopicArn=NEWS)["Attributes"]["DisplayName"] == "News"
    bad = {"TopicArn": NEWS, "AttributeName": "Policy", "AttributeValue": "{"}
    assert refused("sns", "SetTopicAttributes", **bad).code == "InvalidParameter"
    arn = call("sns", "ListSubscriptions")["Subscriptions"][0]["SubscriptionArn"]
    filtered = {"SubscriptionArn": arn, "AttributeName": "FilterPolicy"}
    call("sns", "SetSubscriptionAttributes", **filtered, AttributeValue='{"a": ["b"]}')
    assert "FilterPolicy" in call("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)["Attributes"]
    call("sns", "SetSubscriptionAttributes", **filtered, AttributeValue="")
    assert "FilterPolicy" not in call("sns", "GetSubscriptionAttributes", SubscriptionArn=arn)["Attributes"]
    assert (
        refused("sns", "SetSubscriptionAttributes", **filtered, AttributeValue='{"a": "b"}').code == "InvalidParameter"
    )


def test_creating_again_needs_the_same_attributes(call: CallFixture, refused: Refused, topic: str) -> None:
    assert call("sns", "CreateTopic", Name="news")["TopicArn"] == topic
    refusal = refused("sns", "CreateTopic", Name="news", Attributes={"DisplayName": "Other"})
    assert refusal.code == "InvalidParameter"
    assert refused("sns", "CreateTopic", Name="a b").code == "InvalidParameter"


def test_tags_are_those_of_the_resource(call: CallFixture, refused: Refused, topic: str) -> None:
    call("sns", "TagResource", ResourceArn=topic, Tags=[{"Key": "env", "Value": "lab"}])
    call("sns", "UntagResource", ResourceArn=topic, TagKeys=["team"])
    assert call("sns", "ListTagsForResource", ResourceArn=topic)["Tags"] == [{"Key": "env", "Value": "lab"}]
    assert refused("sns", "ListTagsForResource", ResourceArn=f"{topic}x").code == "ResourceNotFound"


def test_lists_come_a_hundred_at_a_time(call: CallFixture) -> None:
    for number in range(101):
        call("sns", "CreateTopic", Name=f"t{number:03}")
    first = call("sns", "ListTopics")
    rest = call("sns", "ListTopics", NextToken=first["NextToken"])
    assert (len(first["Topics"]), len(rest["Topics"])) == (100, 1)
    assert "NextToken" not in rest


@pytest.mark.parametrize("text", ["{", "{}", '{"deadLetterTargetArn": "queue"}', "[]"])
def test_a_dead_letter_queue_is_named_by_its_arn(refused: Refused, topic: str, text: str) -> None:
    endpoint = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
    asked = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint, "Attributes": {"RedrivePolicy": text}}

    assert refused("sns", "Subscribe", **asked).code == "InvalidParameter"


def test_what_a_batch_cannot_be(refused: Refused, topic: str) -> None:
    def code(*entries: Document) -> str:
        return refused("sns", "PublishBatch", TopicArn=topic, PublishBatchRequestEntries=list(entries)).code

    entry = {"Id": "1", "Message": "m"}
    assert code(*({**entry, "Id": str(number)} for number in range(11))) == "TooManyEntriesInBatchRequest"
    assert code(entry, entry) == "BatchEntryIdsNotDistinct"
    assert code({**entry, "Id": "no good"}) == "InvalidBatchEntryId"
    half = "x" * 150_000
    assert code({**entry, "Message": half}, {"Id": "2", "Message": half}) == "BatchRequestTooLong"
