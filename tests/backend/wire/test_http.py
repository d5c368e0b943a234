"""The wire as the service's clients see it: the recorded forms byte for byte, and boto3 over loopback."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from backend.engine.engine import Parts, WorldOptions
from backend.wire.http import Application
from backend.wire.local import LocalWorld
from backend.wire.server import Beside, listen
from tests.backend.wire.conftest import START, build

REGION = "ap-southeast-1"


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Raw requests to a server on loopback."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.port = int(url.rpartition(":")[2])

    def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def config(self, operation: str, body: Any = None, **headers: str) -> Answer:
        """A call of AWS Config as botocore sends it."""
        wanted = {"X-Amz-Target": f"StarlingDoveService.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        sent = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self.send("POST", "/", sent, {**wanted, **_signed("config"), **headers})

    def client(self, service: str, **settings: Any) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="AKIATEST",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}, **settings),
        )


def _signed(service: str, region: str = REGION, key: str = "AKIATEST") -> dict[str, str]:
    scope = f"{key}/20230228/{region}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


@pytest.fixture(scope="module")
def served(parts: Parts) -> Iterator[LocalWorld]:
    """One world for all tests here, its time at a stand: they leave nothing behind that another would stumble over."""
    world = LocalWorld(None, WorldOptions(start=START), parts=parts, build=build, wall=lambda: 0.0)
    asyncio.run(world.open())
    yield world
    asyncio.run(world.close())


@pytest.fixture(scope="module")
def wire(served: LocalWorld) -> Iterator[Wire]:
    server = Beside(served, listen(0))
    yield Wire(server.url)
    asyncio.run(server.close())


@contextmanager
def _closing(client: Any) -> Iterator[Any]:
    try:
        yield client
    finally:
        client.close()


# JSON as recorded


def test_success_without_output_has_no_body(wire: Wire) -> None:
    answer = wire.config("PutDeliveryChannel", {"DeliveryChannel": {"name": "default", "s3BucketName": "b"}})
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(answer.headers["x-amzn-requestid"]) == 36


def test_empty_lists_are_present(wire: Wire) -> None:
    assert wire.config("ListTagsForResource", {"ResourceArn": "arn:aws:config:x"}).body == b'{"Tags":[]}'


def test_an_error_is_type_and_message_and_closes_the_connection(wire: Wire) -> None:
    answer = wire.config("DescribeDeliveryChannels", {"DeliveryChannelNames": ["missing"]})
    assert answer.status == 400
    assert answer.body == (
        b'{"__type":"NoSuchDeliveryChannelException",'
        b'"message":"Cannot find delivery channel with specified name \'missing\'."}'
    )
    assert answer.headers["connection"] == "close"


def test_an_error_without_text_has_no_message(wire: Wire) -> None:
    answer = wire.config("GetResourceConfigHistory", {"resourceType": "AWS::EC2::Instance", "resourceId": "i-1"})
    assert answer.body == b'{"__type":"InvalidTimeRangeException"}'
    assert answer.headers["content-length"] == "38"


@pytest.mark.requirement("CHN-15")
def test_times_are_epoch_numbers(wire: Wire) -> None:
    request = {"resourceType": "AWS::EC2::Instance", "resourceId": "i-1", "laterTime": 1677624620.939}
    answer = wire.config("GetResourceConfigHistory", request)
    assert b'"configurationItemCaptureTime":1677624620.939' in answer.body


def test_a_limit_is_refused_in_the_service_s_words(wire: Wire) -> None:
    answer = wire.config("ListTagsForResource", {"ResourceArn": "arn:aws:config:x", "Limit": 101})
    assert answer.body == (
        b'{"__type":"ValidationException","message":"1 validation error detected: Value \'101\' at \'limit\' failed '
        b'to satisfy constraint: Member must have value less than or equal to 100"}'
    )


@pytest.mark.parametrize(
    "body",
    [b'{"a":' * 100_000, b"{", b"[]", b'{"DeliveryChannelNames":"default"}', b'{"DeliveryChannelNames":[1]}', b"\xff"],
)
def test_what_cannot_be_read_is_a_serialization_exception(wire: Wire, body: bytes) -> None:
    answer = wire.config("DescribeDeliveryChannels", body)
    assert (answer.status, json.loads(answer.body)["__type"]) == (400, "SerializationException")


def test_null_and_unknown_members_count_as_absent(wire: Wire) -> None:
    answer = wire.config("DescribeDeliveryChannels", {"DeliveryChannelNames": None, "Colour": "red"})
    assert answer.status == 200


def test_a_compressed_body_is_unpacked(wire: Wire) -> None:
    body = gzip.compress(b'{"DeliveryChannelNames":["missing"]}')
    answer = wire.config("DescribeDeliveryChannels", body, **{"Content-Encoding": "gzip"})
    assert b"NoSuchDeliveryChannelException" in answer.body
    answer = wire.config("DescribeDeliveryChannels", body[:-9], **{"Content-Encoding": "gzip"})
    assert b"SerializationException" in answer.body


def test_a_defect_of_the_engine_is_an_internal_failure(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    answer = wire.config("DescribeConfigRules")
    assert (answer.status, json.loads(answer.body)["__type"]) == (500, "InternalFailure")
    assert "a programming error" in caplog.text


# Which service, region and caller


@pytest.mark.parametrize("prefix", ["com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "CloudTrail_20131101"])
def test_both_spellings_of_cloudtrail_s_target_are_understood(wire: Wire, prefix: str) -> None:
    answer = wire.send("POST", "/", b"{}", {"X-Amz-Target": f"{prefix}.LookupEvents", **_signed("cloudtrail")})
    assert "cloudtrail:LookupEvents" in json.loads(answer.body)["message"]


def test_region_and_key_come_from_the_credential_scope(wire: Wire) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "a-program/1.0"}
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    answer = wire.send("POST", "/", body, {**form, **_signed("sts", "us-east-1", "AKIAOTHER")})
    root = ElementTree.fromstring(answer.body)
    texts = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    assert texts["UserId"] == "AKIAOTHER"
    assert texts["Arn"] == "127.0.0.1 a-program/1.0 us-east-1"
    assert root.tag == "{https://sts.amazonaws.com/doc/2011-06-15/}GetCallerIdentityResponse"


def test_an_unsigned_call_goes_to_the_home_region(wire: Wire) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = wire.send("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", form)
    assert f"{REGION}</Arn>".encode() in answer.body


@pytest.mark.parametrize(
    ("service", "path", "headers"),
    [
        ("monitoring", "/", {"X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData"}),
        (
            "monitoring",
            "/service/GraniteServiceVersion20100801/operation/PutMetricData",
            {"smithy-protocol": "rpc-v2-cbor"},
        ),
        ("ssm", "/", {"X-Amz-Target": "AmazonSSM.PutMetricData"}),
        ("no-such-service", "/", {"X-Amz-Target": "NoSuchService.PutMetricData"}),
    ],
)
def test_what_is_not_there_is_named(wire: Wire, service: str, path: str, headers: dict[str, str]) -> None:
    answer = wire.send("POST", path, b"{}", {**headers, **_signed(service)})
    assert answer.status == 400
    assert b"UnknownOperationException" in answer.body
    assert b":PutMetricData" in answer.body


def test_a_rest_service_that_is_not_there_is_named(wire: Wire) -> None:
    answer = wire.send("GET", "/2015-03-31/functions", headers=_signed("lambda"))
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "UnknownOperationException")
    assert "lambda:GET /2015-03-31/functions" in json.loads(answer.body)["message"]


def test_cloudwatch_of_every_age_gets_an_error_it_understands(wire: Wire) -> None:
    with _closing(wire.client("cloudwatch")) as client, pytest.raises(ClientError, match="cloudwatch:ListMetrics"):
        client.list_metrics()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = wire.send("POST", "/", b"Action=ListMetrics&Version=2010-08-01", {**form, **_signed("monitoring")})
    root = ElementTree.fromstring(answer.body)
    space = {"m": "http://monitoring.amazonaws.com/doc/2010-08-01/"}
    assert root.findtext("m:Error/m:Code", namespaces=space) == "UnknownOperationException"


# Query services and SQS


def test_sns_answers_in_xml(wire: Wire) -> None:
    with _closing(wire.client("sns")) as client:
        assert client.publish(TopicArn="arn:t", Message="ding & <dong>")["MessageId"] == "ding & <dong>"
        with pytest.raises(client.exceptions.NotFoundException) as caught:
            client.publish(TopicArn="arn:gone", Message="x")
    error = caught.value.response
    assert error["Error"] == {"Type": "Sender", "Code": "NotFound", "Message": "Topic does not exist"}
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_text_that_xml_cannot_carry_is_replaced(wire: Wire) -> None:
    with _closing(wire.client("sns")) as client:
        assert client.publish(TopicArn="arn:t", Message="a\x01b")["MessageId"] == "a\ufffdb"


def test_sqs_speaks_json_1_0_and_its_old_codes(wire: Wire) -> None:
    target = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
    answer = wire.send("POST", "/", b'{"QueueUrl":"q","MessageBody":"x"}', {**target, **_signed("sqs")})
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"
    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert answer.body == (
        b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}'
    )
    with _closing(wire.client("sqs")) as client, pytest.raises(client.exceptions.QueueDoesNotExist):
        client.send_message(QueueUrl=wire.url, MessageBody="x")


def test_sqs_of_old_names_the_queue_by_its_path(wire: Wire) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"Action=SendMessage&Version=2012-11-05&MessageBody=x"
    answer = wire.send("POST", "/696686700433/q", body, {**form, **_signed("sqs")})
    error = ElementTree.fromstring(answer.body)
    space = {"q": "http://queue.amazonaws.com/doc/2012-11-05/"}
    assert error.findtext("q:Error/q:Code", namespaces=space) == "AWS.SimpleQueueService.NonExistentQueue"


# S3


def test_objects_go_and_come_back(wire: Wire) -> None:
    key = "a folder/ünï+ö%20&=?.txt"
    with _closing(wire.client("s3")) as client:
        client.put_object(Bucket="b", Key=key, Body=b"content", Metadata={"who": "me"})
        answer = client.get_object(Bucket="b", Key=key)
        assert answer["Body"].read() == b"content"
        assert answer["ContentType"] == "text/plain"
        assert answer["LastModified"] == datetime(2023, 2, 28, 9, 0, tzinfo=UTC)
        assert client.head_object(Bucket="b", Key=key)["ContentLength"] == 7
        client.put_object(Bucket="b", Key="empty", Body=b"")
        assert client.get_object(Bucket="b", Key="empty")["Body"].read() == b""


def test_buckets_in_the_host_name_are_understood(wire: Wire) -> None:
    wire.send("PUT", "/b/k", b"x", _signed("s3"))
    for host in ("b.localhost", f"b.s3.localhost:{wire.port}", "b.s3.ap-southeast-1.localhost"):
        assert wire.send("GET", "/k", headers={"Host": host, **_signed("s3")}).body == b"x"
    assert wire.send("GET", "/b/k", headers={"Host": "s3.localhost", **_signed("s3")}).body == b"x"


def test_s3_errors_have_its_form(wire: Wire) -> None:
    answer = wire.send("GET", "/b/none", headers=_signed("s3"))
    assert answer.status == 404
    error = ElementTree.fromstring(answer.body)
    assert [(part.tag, part.text) for part in error][:3] == [
        ("Code", "NoSuchKey"),
        ("Message", "The specified key does not exist."),
        ("Resource", "/b/none"),
    ]
    assert wire.send("HEAD", "/b/none", headers=_signed("s3")).status == 404
    answer = wire.send("PUT", "/b?versioning", b"<broken", _signed("s3"))
    assert b"<Code>MalformedXML</Code>" in answer.body
    answer = wire.send("GET", "/b?accelerate", headers=_signed("s3"))
    assert b"s3:GetBucketAccelerateConfiguration" in answer.body


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/b?list-type=2", "ListBucketResult"),
        ("/b?versioning", "VersioningConfiguration"),
        ("/b?location", "LocationConstraint"),
    ],
)
def test_s3_answers_have_its_root_elements(wire: Wire, path: str, root: str) -> None:
    answer = wire.send("GET", path, headers=_signed("s3"))
    assert ElementTree.fromstring(answer.body).tag == f"{{http://s3.amazonaws.com/doc/2006-03-01/}}{root}"


def test_an_argument_that_is_no_number_is_refused_in_plain_words(wire: Wire) -> None:
    answer = wire.send("GET", "/b?list-type=2&max-keys=many", headers=_signed("s3"))
    assert answer.status == 400
    assert b"<Code>InvalidArgument</Code><Message>An argument in the path" in answer.body


def test_a_deletion_answers_204_and_nothing(wire: Wire) -> None:
    answer = wire.send("DELETE", "/b/k", headers=_signed("s3"))
    assert (answer.status, answer.body) == (204, b"")


def test_a_chunked_upload_is_put_together(wire: Wire) -> None:
    body = b"5;chunk-signature=0\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "11",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "Content-Encoding": "gzip,aws-chunked",
        **_signed("s3"),
    }
    assert wire.send("PUT", "/b/k", body, headers).status == 200
    assert wire.send("GET", "/b/k", headers=_signed("s3")).body == b"hello world"
    broken = wire.send("PUT", "/b/k", body.replace(b"hello", b"HELLO"), headers)
    assert b"<Code>BadDigest</Code>" in broken.body
    assert b"<Code>IncompleteBody</Code>" in wire.send("PUT", "/b/k", body[:20], headers).body


async def test_a_chunked_upload_leaves_its_own_encoding(wire: Wire, served: LocalWorld) -> None:
    headers = {
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "Content-Encoding": "aws-chunked,gzip",
        **_signed("s3"),
    }
    wire.send("PUT", "/b/k", b"0\r\n\r\n", headers)
    put = await served.run(lambda engine: engine.store.meta("last put"))
    assert put["ContentEncoding"] == "gzip"


def test_a_body_that_differs_from_its_sum_is_refused(wire: Wire) -> None:
    answer = wire.send("PUT", "/b/k", b"x", {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==", **_signed("s3")})
    assert b"<Code>BadDigest</Code>" in answer.body


async def test_half_an_upload_stores_nothing(served: LocalWorld) -> None:
    coming = iter([{"type": "http.request", "body": b"hal", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "PUT",
        "raw_path": b"/b/half",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    await Application(served)(scope, receive, send)

    assert sent == []
    assert await served.run(lambda engine: engine.context().store.meta("b/half")) is None


def test_a_call_that_is_too_large_is_refused(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.wire.http.LARGEST_CALL", 20)
    answer = wire.config("DescribeDeliveryChannels", {"DeliveryChannelNames": ["x" * 20]})
    assert (answer.status, json.loads(answer.body)["__type"]) == (413, "RequestEntityTooLargeException")
    assert wire.send("PUT", "/b/k", b"x" * 40).status == 200


def test_a_client_that_expects_a_go_ahead_gets_it(wire: Wire) -> None:
    with socket.create_connection(("127.0.0.1", wire.port), timeout=10) as connection:
        head = f"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1:{wire.port}\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(25).startswith(b"HTTP/1.1 100")
        connection.sendall(b"x")
        reply = connection.recv(65536)
        assert b"200 OK" in reply


# Who may ask


@pytest.mark.parametrize("host", ["config.ap-southeast-1.amazonaws.com", "evil.example", "127.0.0.1.evil.example", ""])
def test_a_foreign_host_is_refused(wire: Wire, host: str) -> None:
    answer = wire.config("DescribeDeliveryChannels", Host=host)
    assert (answer.status, json.loads(answer.body)["__type"]) == (421, "MisdirectedRequest")
    assert wire.send("GET", "/_configscope/health", headers={"Host": host}).status == 421


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST:1", "[::1]:80", "sqs.ap-southeast-1.localhost"])
def test_names_of_this_machine_are_answered(wire: Wire, host: str) -> None:
    assert wire.config("DescribeDeliveryChannels", Host=host).status == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_web_pages_are_refused(wire: Wire, headers: dict[str, str]) -> None:
    assert wire.config("DescribeDeliveryChannels", **headers).status == 403
    assert wire.send("POST", "/_configscope/reset", headers=headers).status == 403


def test_the_server_listens_on_loopback_only(wire: Wire) -> None:
    outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with outside:
        try:
            outside.connect(("192.0.2.1", 9))
            address = outside.getsockname()[0]
        except OSError:
            pytest.skip("this machine has no other address")
    with pytest.raises(OSError), socket.create_connection((address, wire.port), timeout=2):
        pass
