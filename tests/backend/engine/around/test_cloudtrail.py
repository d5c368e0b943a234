"""The event history: every call, by whom, and how it is looked up."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from backend.engine.around import cloudtrail
from backend.engine.context import Caller, Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import DAY, HOUR, MINUTE, SECOND
from tests.backend.engine.around.conftest import Refused
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture

ANN = Caller(user="ann", source_ip="203.0.113.9", user_agent="aws-cli/2.17")


def lookup(call: CallFixture, key: str = "", value: str = "", **params: object) -> list[Document]:
    attributes = [{"AttributeKey": key, "AttributeValue": value}] if key else []
    events: list[Document] = call("cloudtrail", "LookupEvents", LookupAttributes=attributes, **params)["Events"]
    return events


def records(call: CallFixture, name: str) -> list[Document]:
    return [json.loads(event["CloudTrailEvent"]) for event in lookup(call, "EventName", name)]


def act(engine: Engine, caller: Caller = ANN, region: str = REGION, **what: object) -> None:
    """Somebody does something to a service that the engine has no operations of."""

    def change(ctx: Context) -> None:
        fields: Document = {"source": "ec2", "name": "RunInstances", "request": {"InstanceType": "t3.micro"}, **what}
        cloudtrail.record(ctx, **fields)

    engine.act(change, region, caller)


def test_a_call_over_the_wire_is_found_by_the_id_it_was_answered_with(call: CallFixture) -> None:
    call("sns", "CreateTopic", Name="news", by=Caller(request_id="6f1d"))
    call("sns", "CreateTopic", Name="olds")
    newest, older = records(call, "CreateTopic")
    assert older["requestID"] == "6f1d"
    assert len(newest["requestID"]) == 36


@pytest.mark.requirement("TRE-01")
@pytest.mark.requirement("TRE-06")
@pytest.mark.requirement("TRE-07")
@pytest.mark.requirement("TRE-08")
@pytest.mark.requirement("TRE-09")
@pytest.mark.requirement("TRE-10")
@pytest.mark.requirement("TRE-12")
@pytest.mark.requirement("TRE-13")
@pytest.mark.requirement("TRE-17")
def test_a_call_becomes_one_record_of_who_what_when_and_where_from(call: CallFixture) -> None:
    location = {"LocationConstraint": REGION}
    call("s3", "CreateBucket", Bucket="reports", CreateBucketConfiguration=location, by=ANN)
    (record,) = records(call, "CreateBucket")
    assert list(record) == [
        "eventVersion",
        "userIdentity",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "requestParameters",
        "responseElements",
        "requestID",
        "eventID",
        "readOnly",
        "eventType",
        "managementEvent",
        "recipientAccountId",
        "eventCategory",
    ]
    assert (record["eventTime"], record["eventSource"]) == ("2026-03-01T00:00:00Z", "s3.amazonaws.com")
    assert (record["awsRegion"], record["sourceIPAddress"]) == (REGION, "203.0.113.9")
    assert record["userAgent"] == "aws-cli/2.17"
    assert (record["userIdentity"]["type"], record["userIdentity"]["userName"]) == ("IAMUser", "ann")
    assert record["requestParameters"] == {"bucketName": "reports", "createBucketConfiguration": location}
    assert record["responseElements"]["bucketArn"] == "arn:aws:s3:::reports"
    assert (record["readOnly"], record["managementEvent"], record["eventType"]) == (False, True, "AwsApiCall")


@pytest.mark.usefixtures("recorder")
@pytest.mark.requirement("TRE-25")
def test_operations_of_config_are_recorded(call: CallFixture, refused: Refused) -> None:
    refused("config", "DeliverConfigSnapshot", deliveryChannelName="default")
    call("config", "DescribeDeliveryChannels")
    call("config", "DeleteDeliveryChannel", DeliveryChannelName="default")
    for name in ("DeliverConfigSnapshot", "DescribeDeliveryChannels", "DeleteDeliveryChannel"):
        (record,) = records(call, name)
        assert record["eventSource"] == "config.amazonaws.com"
        assert record["responseElements"] is None
    assert records(call, "DeleteDeliveryChannel")[0]["requestParameters"] == {"deliveryChannelName": "default"}
    assert records(call, "DescribeDeliveryChannels")[0]["requestParameters"] is None


def test_a_call_of_aws_config_is_spelled_in_lower_camel_throughout(call: CallFixture) -> None:
    tags = [{"Key": "team", "Value": "audit"}]
    rule = {
        "ConfigRuleName": "r",
        "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
        "Scope": {"ComplianceResourceTypes": ["AWS::S3::Bucket"]},
    }
    with pytest.raises(ServiceError):
        call("config", "PutConfigRule", ConfigRule=rule, Tags=tags)
    assert records(call, "PutConfigRule")[0]["requestParameters"] == {
        "configRule": {
            "configRuleName": "r",
            "source": {"owner": "AWS", "sourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
            "scope": {"complianceResourceTypes": ["AWS::S3::Bucket"]},
        },
        "tags": [{"key": "team", "value": "audit"}],
    }


def test_what_a_caller_named_keeps_its_name(call: CallFixture) -> None:
    with pytest.raises(ServiceError):
        call(
            "config",
            "PutResourceConfig",
            ResourceType="Own::Thing::Kind",
            SchemaVersionId="1",
            ResourceId="t",
            Configuration="{}",
            Tags={"Team": "audit"},
        )
    assert records(call, "PutResourceConfig")[0]["requestParameters"]["tags"] == {"Team": "audit"}


def test_a_history_asked_for_without_a_limit_is_recorded_with_none(call: CallFixture) -> None:
    with pytest.raises(ServiceError):
        call("config", "GetResourceConfigHistory", resourceType="AWS::EC2::VPC", resourceId="vpc-1")
    assert records(call, "GetResourceConfigHistory")[0]["requestParameters"] == {
        "resourceType": "AWS::EC2::VPC",
        "resourceId": "vpc-1",
        "limit": 0,
    }


@pytest.mark.requirement("TRE-05")
@pytest.mark.requirement("TRE-20")
def test_reads_and_writes_are_both_recorded_and_told_apart(call: CallFixture) -> None:
    call("sns", "CreateTopic", Name="news")
    call("sns", "ListTopics")
    assert [event["EventName"] for event in lookup(call, "ReadOnly", "false")] == ["CreateTopic"]
    assert {"ListTopics", "LookupEvents"} == {event["EventName"] for event in lookup(call, "ReadOnly", "true")}
    assert records(call, "ListTopics")[0]["responseElements"] is None


@pytest.mark.requirement("TRE-19")
def test_an_attempt_that_failed_is_recorded_with_its_error(call: CallFixture, refused: Refused) -> None:
    refused("s3", "DeleteBucket", Bucket="never-made", by=ANN)
    (record,) = records(call, "DeleteBucket")
    assert (record["errorCode"], record["responseElements"]) == ("NoSuchBucket", None)
    assert record["errorMessage"] == "The specified bucket does not exist"


@pytest.mark.requirement("TRE-18")
def test_data_plane_calls_are_not_management_events(call: CallFixture) -> None:
    location = {"LocationConstraint": REGION}
    call("s3", "CreateBucket", Bucket="reports", CreateBucketConfiguration=location)
    call("s3", "PutObject", Bucket="reports", Key="k", Body=b"x")
    call("s3", "ListObjectsV2", Bucket="reports")
    url = call("sqs", "CreateQueue", QueueName="q")["QueueUrl"]
    call("sqs", "SendMessage", QueueUrl=url, MessageBody="m")
    call("sqs", "ReceiveMessage", QueueUrl=url)
    assert [event["EventName"] for event in lookup(call)] == ["CreateQueue", "CreateBucket"]


@pytest.mark.requirement("TRE-03")
@pytest.mark.requirement("TRE-04")
def test_sign_ins_and_actors_of_the_world_are_recorded_too(engine: Engine, call: CallFixture) -> None:
    response = {"ConsoleLogin": "Success"}
    act(
        engine,
        source="signin",
        name="ConsoleLogin",
        request=None,
        response=response,
        event_type="AwsConsoleSignIn",
        region="us-east-1",
    )
    act(engine, Caller(role="deploy/build-7"), resources=[("AWS::EC2::Instance", "i-1")])
    (event,) = lookup(call, "EventName", "ConsoleLogin", region="us-east-1")
    assert json.loads(event["CloudTrailEvent"])["eventType"] == "AwsConsoleSignIn"
    (event,) = lookup(call, "Username", "build-7")
    assert json.loads(event["CloudTrailEvent"])["userIdentity"]["type"] == "AssumedRole"


@pytest.mark.requirement("TRE-32")
@pytest.mark.parametrize(
    ("service", "operation", "source"),
    [
        ("config", "DescribeConfigurationRecorders", "config.amazonaws.com"),
        ("s3", "ListBuckets", "s3.amazonaws.com"),
        ("sns", "ListTopics", "sns.amazonaws.com"),
        ("sqs", "ListQueues", "sqs.amazonaws.com"),
        ("sts", "GetCallerIdentity", "sts.amazonaws.com"),
        ("events", "ListRules", "events.amazonaws.com"),
        ("cloudtrail", "LookupEvents", "cloudtrail.amazonaws.com"),
    ],
)
def test_every_service_of_the_engine_yields_events(
    call: CallFixture, service: str, operation: str, source: str
) -> None:
    call(service, operation)
    assert [event["EventName"] for event in lookup(call, "EventSource", source)] == [operation]


@pytest.mark.requirement("TRE-11")
def test_global_services_are_recorded_in_the_oldest_region(engine: Engine, call: CallFixture) -> None:
    act(engine, source="iam", name="CreateUser", request={"UserName": "bob"})
    assert lookup(call, "EventName", "CreateUser") == []
    (event,) = lookup(call, "EventName", "CreateUser", region="us-east-1")
    assert json.loads(event["CloudTrailEvent"])["awsRegion"] == "us-east-1"


@pytest.mark.requirement("TRE-27")
def test_the_cause_of_a_change_is_found_by_its_resource(engine: Engine, call: CallFixture) -> None:
    act(
        engine,
        name="AuthorizeSecurityGroupIngress",
        request={"groupId": "sg-1"},
        resources=[("AWS::EC2::SecurityGroup", "sg-1"), ("AWS::EC2::SecurityGroup", "web")],
    )
    act(engine, resources=[("AWS::EC2::Instance", "i-1")])
    for name in ("sg-1", "web"):
        (event,) = lookup(call, "ResourceName", name)
        assert (event["EventName"], event["Username"]) == ("AuthorizeSecurityGroupIngress", "ann")
    assert event["Resources"][0] == {"ResourceType": "AWS::EC2::SecurityGroup", "ResourceName": "sg-1"}
    assert len(lookup(call, "ResourceType", "AWS::EC2::SecurityGroup")) == 1


def test_calls_of_the_neighbours_name_their_resources_by_the_ids_of_items(call: CallFixture) -> None:
    topic = call("sns", "CreateTopic", Name="news")["TopicArn"]
    url = call("sqs", "CreateQueue", QueueName="q")["QueueUrl"]
    pattern = '{"source": ["aws.config"]}'
    call("events", "PutRule", Name="watch", EventPattern=pattern)
    call("sqs", "TagQueue", QueueUrl=f"http://127.0.0.1:4566/{ACCOUNT}/q", Tags={"a": "b"})
    assert [event["EventName"] for event in lookup(call, "ResourceName", topic)] == ["CreateTopic"]
    assert [event["EventName"] for event in lookup(call, "ResourceName", url)] == ["TagQueue", "CreateQueue"]
    assert [event["EventName"] for event in lookup(call, "ResourceName", "watch")] == ["PutRule"]


@pytest.mark.requirement("TRE-28")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EventName", "RunInstances"),
        ("EventSource", "ec2.amazonaws.com"),
        ("Username", "ann"),
        ("ReadOnly", "false"),
        ("ResourceName", "i-1"),
        ("ResourceType", "AWS::EC2::Instance"),
    ],
)
def test_events_are_isolated_by_one_attribute(engine: Engine, call: CallFixture, key: str, value: str) -> None:
    act(engine, resources=[("AWS::EC2::Instance", "i-1")])
    act(engine, Caller(user="bob"), source="rds", name="DescribeDBInstances", request=None, read_only=True)
    assert [event["EventName"] for event in lookup(call, key, value)] == ["RunInstances"]
    assert lookup(call, key, value.upper() + "x") == []


def test_events_are_found_by_id_and_by_access_key(engine: Engine, call: CallFixture) -> None:
    act(engine)
    (event,) = lookup(call, "EventName", "RunInstances")
    assert lookup(call, "EventId", event["EventId"]) == [event]
    assert event in lookup(call, "AccessKeyId", event["AccessKeyId"])


def test_a_lookup_tells_newest_first_within_inclusive_bounds(engine: Engine, call: CallFixture) -> None:
    for number in range(4):
        act(engine, name=f"Call{number}")
        engine.advance(engine.now + MINUTE)
    start = moment.parse("2026-03-01T00:00:00Z")
    first, last = moment.to_datetime(start + MINUTE), moment.to_datetime(start + 2 * MINUTE)
    found = lookup(call, StartTime=first, EndTime=last)
    assert [event["EventName"] for event in found] == ["Call2", "Call1"]
    assert [event["EventTime"] for event in found] == [last, first]


def test_pages_follow_each_other_without_gaps_while_new_events_come(engine: Engine, call: CallFixture) -> None:
    for number in range(5):
        act(engine, name=f"Call{number}")
    found: list[str] = []
    more: Document = {}
    params = {"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "ann"}], "MaxResults": 2}
    while True:
        answer = call("cloudtrail", "LookupEvents", **params, **more)
        found += [event["EventName"] for event in answer["Events"]]
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
        act(engine, name="Later")
    assert found == ["Call4", "Call3", "Call2", "Call1", "Call0"]


def test_lookups_that_are_refused(engine: Engine, call: CallFixture, refused: Refused) -> None:
    both = [{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2
    refusal = refused("cloudtrail", "LookupEvents", LookupAttributes=both)
    assert refusal.code == "InvalidLookupAttributesException"
    later, earlier = (moment.to_datetime(engine.now + shift) for shift in (HOUR, 0))
    refusal = refused("cloudtrail", "LookupEvents", StartTime=later, EndTime=earlier)
    assert refusal.code == "InvalidTimeRangeException"
    assert refused("cloudtrail", "LookupEvents", NextToken="x").code == "InvalidNextTokenException"
    for number in range(2):
        act(engine, name=f"Call{number}")
    token = call("cloudtrail", "LookupEvents", MaxResults=1)["NextToken"]
    other = [{"AttributeKey": "EventName", "AttributeValue": "Call0"}]
    refusal = refused("cloudtrail", "LookupEvents", LookupAttributes=other, NextToken=token)
    assert refusal.code == "InvalidNextTokenException"
    assert call("cloudtrail", "LookupEvents", EventCategory="insight") == {"Events": []}


@pytest.mark.requirement("TRE-22")
@pytest.mark.requirement("TRE-24")
def test_the_history_holds_ninety_days_without_any_trail(engine: Engine, call: CallFixture) -> None:
    act(engine, resources=[("AWS::EC2::Instance", "i-1")])
    engine.advance(engine.now + 90 * DAY)
    assert [event["EventName"] for event in lookup(call, "Username", "ann")] == ["RunInstances"]
    engine.advance(engine.now + SECOND)
    assert lookup(call, "Username", "ann") == []
    act(engine, name="Now")
    assert engine.store.all("SELECT name FROM trail_events WHERE user = 'ann'")[0]["name"] == "Now"
    assert engine.store.all("SELECT * FROM trail_resources WHERE name = 'i-1'") == []


@pytest.mark.requirement("TRE-02")
@pytest.mark.requirement("TRE-26")
@pytest.mark.parametrize(
    "agent", ["aws-cli/2.17 exe/x86_64", "Boto3/1.43", "console.amazonaws.com", "config.amazonaws.com"]
)
def test_console_code_and_services_are_told_apart_by_agent(call: CallFixture, agent: str) -> None:
    call("config", "DescribeConfigurationRecorders", by=Caller(user="ann", user_agent=agent))
    assert records(call, "DescribeConfigurationRecorders")[0]["userAgent"] == agent


def test_times_in_parameters_are_printed_the_long_way(engine: Engine, call: CallFixture) -> None:
    at = moment.to_datetime(moment.parse("2014-12-11T00:58:42Z"))
    act(engine, request={"StartTime": at, "Nested": [{"When": at}]})
    parameters = records(call, "RunInstances")[0]["requestParameters"]
    assert parameters == {"startTime": "Dec 11, 2014 12:58:42 AM", "nested": [{"When": "Dec 11, 2014 12:58:42 AM"}]}


def test_secrets_and_bulk_do_not_enter_the_trail(engine: Engine, call: CallFixture, put: Callable[..., None]) -> None:
    act(engine, name="Bulky", request={"UserData": "x" * 200_000})
    parameters = records(call, "Bulky")[0]["requestParameters"]
    assert (parameters["omitted"], parameters["reason"]) == (True, "requestParameters too large")
    act(engine, name="AssumeRole", response={"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "s3cret"}})
    assert "s3cret" not in json.dumps(records(call, "AssumeRole"))
