"""What leaves a topic, in the form of each protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from backend.engine.around.outbox import Mail, listing
from backend.engine.engine import Engine
from backend.model.item import Document
from tests.backend.engine.around.conftest import NEWS, queue_policy
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture


@pytest.fixture
def subscribed(engine: Engine, call: CallFixture) -> Callable[..., str]:
    """Subscribes an endpoint to the topic, and confirms it where it has to be; the subscription's ARN."""
    call("sns", "CreateTopic", Name="news")

    def subscribed(protocol: str, endpoint: str, **attributes: str) -> str:
        asked = {"TopicArn": NEWS, "Protocol": protocol, "Endpoint": endpoint, "Attributes": attributes}
        arn: str = call("sns", "Subscribe", **asked, ReturnSubscriptionArn=True)["SubscriptionArn"]
        question = re.search(r"Token=([0-9a-f]{64})", "".join(mail.body for mail in mails(engine)))
        if question is not None:
            call("sns", "ConfirmSubscription", TopicArn=NEWS, Token=question[1])
        return arn

    return subscribed


def mails(engine: Engine) -> list[Mail]:
    return listing(engine.context())


def publish(engine: Engine, call: CallFixture, message: str = "a volume changed", **params: object) -> Mail:
    call("sns", "Publish", TopicArn=NEWS, Message=message, Subject="News", **params)
    return mails(engine)[-1]


@pytest.mark.requirement("SNS-05")
@pytest.mark.requirement("SNS-07")
@pytest.mark.parametrize("protocol", ["http", "https"])
def test_a_web_request_has_headers_and_the_envelope(
    engine: Engine, call: CallFixture, subscribed: Callable[..., str], protocol: str
) -> None:
    arn = subscribed(protocol, f"{protocol}://example.com/hook")
    question = mails(engine)[0]
    assert question.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert set(json.loads(question.body)) == {
        *("Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp"),
        *("SignatureVersion", "Signature", "SigningCertURL"),
    }

    mail = publish(engine, call)

    envelope = json.loads(mail.body)
    assert list(envelope) == [
        *("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp"),
        *("SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"),
    ]
    assert (envelope["Type"], envelope["Message"]) == ("Notification", "a volume changed")
    assert mail.headers == {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": envelope["MessageId"],
        "x-amz-sns-topic-arn": NEWS,
        "x-amz-sns-subscription-arn": arn,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }


def test_a_raw_web_request_is_the_message_alone(
    engine: Engine, call: CallFixture, subscribed: Callable[..., str]
) -> None:
    subscribed("https", "https://example.com/hook", RawMessageDelivery="true")

    mail = publish(engine, call)

    assert (mail.body, mail.headers["x-amz-sns-rawdelivery"]) == ("a volume changed", "true")


@pytest.mark.requirement("SNS-05")
def test_mail_is_text_with_a_way_out(engine: Engine, call: CallFixture, subscribed: Callable[..., str]) -> None:
    arn = subscribed("email", "ops@example.com")
    question = mails(engine)[0]
    assert question.subject == "AWS Notification - Subscription Confirmation"
    assert question.body.startswith(f"You have chosen to subscribe to the topic:\n{NEWS}\n")

    mail = publish(engine, call)

    assert (mail.subject, mail.headers) == ("News", {})
    assert mail.body.startswith("a volume changed\n\n--\n")
    assert f"?Action=Unsubscribe&SubscriptionArn={arn}&Endpoint=ops@example.com" in mail.body


def test_mail_without_a_subject_gets_one(engine: Engine, call: CallFixture, subscribed: Callable[..., str]) -> None:
    subscribed("email", "ops@example.com")

    call("sns", "Publish", TopicArn=NEWS, Message="m")

    assert mails(engine)[-1].subject == "AWS Notification Message"


def test_mail_as_json_is_the_envelope(engine: Engine, call: CallFixture, subscribed: Callable[..., str]) -> None:
    subscribed("email-json", "ops@example.com")

    assert json.loads(publish(engine, call).body)["Message"] == "a volume changed"


@pytest.mark.requirement("SNS-06")
def test_an_sms_is_cut_and_says_who_sends_it(engine: Engine, call: CallFixture, subscribed: Callable[..., str]) -> None:
    subscribed("sms", "+6581234567")
    assert publish(engine, call).body == "news> a volume changed"

    call("sns", "SetTopicAttributes", TopicArn=NEWS, AttributeName="DisplayName", AttributeValue="Audit")
    mail = publish(engine, call, "x" * 5000)
    assert (mail.body[:8], len(mail.body)) == ("Audit> x", 1600)


@pytest.mark.requirement("SNS-05")
def test_a_function_gets_a_record(engine: Engine, call: CallFixture, subscribed: Callable[..., str]) -> None:
    arn = subscribed("lambda", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:react")
    attributes = {"size": {"DataType": "Number", "StringValue": "3"}}

    (record,) = json.loads(publish(engine, call, MessageAttributes=attributes).body)["Records"]

    assert (record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]) == ("aws:sns", "1.0", arn)
    message = record["Sns"]
    assert {"SigningCertUrl", "UnsubscribeUrl"} <= set(message)
    assert not {"SigningCertURL", "UnsubscribeURL"} & set(message)
    assert (message["Message"], message["Subject"]) == ("a volume changed", "News")
    assert message["MessageAttributes"] == {"size": {"Type": "Number", "Value": "3"}}


@pytest.mark.requirement("SNS-05")
def test_a_phone_gets_the_text(engine: Engine, call: CallFixture, subscribed: Callable[..., str]) -> None:
    subscribed("application", f"arn:aws:sns:{REGION}:{ACCOUNT}:endpoint/GCM/app/1")

    assert publish(engine, call).body == "a volume changed"


def test_the_signature_is_of_the_version_the_topic_has(
    engine: Engine, call: CallFixture, subscribed: Callable[..., str]
) -> None:
    subscribed("email-json", "ops@example.com")
    assert json.loads(publish(engine, call).body)["SignatureVersion"] == "1"

    call("sns", "SetTopicAttributes", TopicArn=NEWS, AttributeName="SignatureVersion", AttributeValue="2")

    assert json.loads(publish(engine, call).body)["SignatureVersion"] == "2"


def test_a_queue_takes_ten_attributes_of_a_raw_message(
    engine: Engine, call: CallFixture, subscribed: Callable[..., str]
) -> None:
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
    policy = queue_policy("sns", arn)
    url = call("sqs", "CreateQueue", QueueName="inbox", Attributes={"Policy": policy})["QueueUrl"]
    subscribed("sqs", arn, RawMessageDelivery="true")

    def attributes(number: int) -> Document:
        return {f"a{each}": {"DataType": "String", "StringValue": "x"} for each in range(number)}

    call("sns", "Publish", TopicArn=NEWS, Message="ten", MessageAttributes=attributes(10))
    call("sns", "Publish", TopicArn=NEWS, Message="eleven", MessageAttributes=attributes(11))

    found = call("sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    (message,) = found["Messages"]
    assert (message["Body"], len(message["MessageAttributes"])) == ("ten", 10)
    assert mails(engine)[-1].failure.startswith("InvalidParameterValue")
