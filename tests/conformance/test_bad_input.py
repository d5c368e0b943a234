"""Whatever is sent, the answer is the service's refusal, nothing is written, and the next call is answered."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from backend.engine.engine import Engine
from backend.wire.local import LocalWorld
from tests.backend.engine.conftest import BUCKET, TOPIC
from tests.conformance.answers import service_model
from tests.conformance.conftest import Boto, Refusal
from tests.list_operations import operations

_SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260301/ap-southeast-1/{}/aws4_request, SignedHeaders=host, Signature=0"


class Told(NamedTuple):
    """An answer as it came over the wire."""

    status: int
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["__type"])


class Wire:
    """Requests as no client would send them."""

    def __init__(self, url: str) -> None:
        self._host = url.removeprefix("http://")

    def config(self, operation: str, body: bytes, **headers: str) -> Told:
        """A call of AWS Config with a body of any kind."""
        target = f"StarlingDoveService.{operation}"
        given = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", **headers}
        return self.send("POST", "/", body, {"Authorization": _SIGNED.format("config"), **given})

    def s3(self, method: str, path: str, body: bytes = b"") -> Told:
        return self.send(method, path, body, {"Authorization": _SIGNED.format("s3")})

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Told:
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Told(answer.status, answer.read())
        finally:
            connection.close()

    def raw(self, data: bytes) -> bytes:
        """Bytes that need not be HTTP; whatever comes back until the server hangs up."""
        host, _, port = self._host.partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            told = b""
            while got := connection.recv(65536):
                told += got
        return told


@pytest.fixture
def wire(served: tuple[LocalWorld, str], config: Any, recording: None) -> Iterator[Wire]:
    """The local AWS as strangers reach it. When they are done it answers, and nothing was written."""
    world, url = served
    before = asyncio.run(world.run(_contents))
    yield Wire(url)
    assert config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]["recording"]
    assert asyncio.run(world.run(_contents)) == before


def _contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All that the world has and every file of its buckets, but for the trail of the calls themselves."""
    names = [row["name"] for row in engine.store.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    passing = {"meta", "sqlite_sequence", "trail_events", "trail_resources", "bus_events"}
    found = {name: [tuple(row) for row in engine.store.all(f"SELECT * FROM {name}")] for name in set(names) - passing}
    return {**found, "files": [(str(path),) for path in sorted(engine.store.folder.rglob("*"))]}


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("DescribeEverything", b"{}", "UnknownOperationException"),
        ("describeconfigrules", b"{}", "UnknownOperationException"),
        ("", b"{}", "UnknownOperationException"),
        ("DescribeConfigRules", b"{", "SerializationException"),
        ("DescribeConfigRules", b"[]", "SerializationException"),
        ("DescribeConfigRules", b"null", "SerializationException"),
        ("DescribeConfigRules", b'"{}"', "SerializationException"),
        ("DescribeConfigRules", b"{} {}", "SerializationException"),
        ("DescribeConfigRules", b"\xff\xfe{}", "SerializationException"),
        ("DescribeConfigRules", b"[" * 100_000, "SerializationException"),
        ("DescribeConfigRules", b'{"ConfigRuleNames": "one"}', "SerializationException"),
        ("DescribeConfigRules", b'{"ConfigRuleNames": [1]}', "SerializationException"),
        ("DescribeConfigRules", b'{"ConfigRuleNames": {"a": 1}}', "SerializationException"),
        ("PutRetentionConfiguration", b'{"RetentionPeriodInDays": "many"}', "SerializationException"),
        ("PutRetentionConfiguration", b'{"RetentionPeriodInDays": 1e400}', "SerializationException"),
        ("PutConfigurationRecorder", b'{"ConfigurationRecorder": []}', "SerializationException"),
        ("StartConfigurationRecorder", b'{"ConfigurationRecorderName": null}', "ValidationException"),
    ],
)
def test_what_is_no_call_is_refused_in_the_service_s_words(wire: Wire, operation: str, body: bytes, code: str) -> None:
    told = wire.config(operation, body)
    assert (told.status, told.code) == (400, code)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"earlierTime": 1e18, "resourceType": "AWS::EC2::VPC", "resourceId": "v"}', b"no time within the years"),
        (b'{"resourceId": ' + b"[" * 100_000, b"nested too deeply"),
    ],
)
def test_a_body_that_cannot_be_read_is_explained_without_the_words_of_python(
    wire: Wire, body: bytes, words: bytes
) -> None:
    told = wire.config("GetResourceConfigHistory", body)
    assert (told.status, told.code) == (400, "SerializationException")
    assert words in told.body


def test_no_operation_breaks_over_members_that_are_null_or_of_another_type(wire: Wire) -> None:
    """Structures, lists, numbers and texts in each other's places, one member at a time."""
    others: list[Any] = [[], {}, [None], {"a": {}}, "x", 1.5, -1, True, None, "\x00", [["x"]]]
    for operation in operations():
        shape = service_model("config").operation_model(operation).input_shape
        for member in shape.members if shape is not None else ():
            for value in others:
                told = wire.config(operation, json.dumps({member: value}).encode())
                assert told.status in (200, 400), (operation, member, value, told)


def test_a_body_of_20_megabytes_is_refused_before_it_is_read(wire: Wire) -> None:
    name = b"x" * (20 << 20)
    told = wire.config("DescribeConfigRules", b'{"ConfigRuleNames": ["' + name + b'"]}')
    assert (told.status, told.code) == (413, "RequestEntityTooLargeException")


def test_a_small_body_that_unpacks_to_gigabytes_is_refused(wire: Wire) -> None:
    packed = gzip.compress(b" " * (256 << 20), compresslevel=1)
    told = wire.config("DescribeConfigRules", packed, **{"Content-Encoding": "gzip"})
    assert (told.status, told.code) == (400, "SerializationException")


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"])
def test_what_is_no_http_gets_an_answer_at_most(wire: Wire, data: bytes) -> None:
    assert wire.raw(data).partition(b"\r\n")[0] in (b"", b"HTTP/1.1 400 Bad Request", b"HTTP/1.1 400 ")


TOKENS = ("", "x", "0", "-1", "=" * 4, "é" * 20, "\x00\x01", "eyJvZmZzZXQiOi0xfQ==", "a" * 2048)

PAGED = (
    *("DescribeConfigRules", "DescribeConfigRuleEvaluationStatus", "DescribeComplianceByConfigRule"),
    *("DescribeComplianceByResource", "GetDiscoveredResourceCounts", "ListConfigurationRecorders"),
    *("DescribeRetentionConfigurations", "ListStoredQueries", "DescribeConfigurationAggregators"),
)
"""Operations that hand out tokens and need nothing else."""


@pytest.mark.parametrize("operation", PAGED)
def test_a_token_that_was_never_given_is_refused(wire: Wire, operation: str) -> None:
    name = "nextToken" if operation == "GetDiscoveredResourceCounts" else "NextToken"
    for token in TOKENS[1:]:
        told = wire.config(operation, json.dumps({name: token}).encode())
        assert told.status == 400, (token, told)
        assert told.code in ("InvalidNextTokenException", "ValidationException"), (token, told)


def test_a_time_range_upside_down_is_refused_without_a_word(wire: Wire) -> None:
    asked = {
        "resourceType": "AWS::S3::Bucket",
        "resourceId": BUCKET,
        "earlierTime": 1772330000,
        "laterTime": 1772320000,
    }
    assert wire.config("GetResourceConfigHistory", json.dumps(asked).encode()) == Told(
        400, b'{"__type":"InvalidTimeRangeException"}'
    )
    times: list[Any] = [1e300, -1e300, "yesterday", [], True]
    for time in times:
        told = wire.config("GetResourceConfigHistory", json.dumps({**asked, "laterTime": time}).encode())
        assert (told.status, told.code) == (400, "SerializationException"), time


def test_ten_thousand_tags_are_too_many(wire: Wire, config: Any) -> None:
    arn = config.describe_configuration_recorders()["ConfigurationRecorders"][0]["arn"]
    tags = [{"Key": f"key-{number}", "Value": "x"} for number in range(10_000)]
    told = wire.config("TagResource", json.dumps({"ResourceArn": arn, "Tags": tags}).encode())
    assert (told.status, told.code) == (400, "ValidationException")
    assert b"have length less than or equal to 50" in told.body
    assert config.list_tags_for_resource(ResourceArn=arn)["Tags"] == []


def test_fifty_tags_and_one_are_too_many_and_none_is_kept(config: Any, refused: Refusal, stopped: None) -> None:
    arn = config.describe_configuration_recorders()["ConfigurationRecorders"][0]["arn"]
    config.tag_resource(ResourceArn=arn, Tags=[{"Key": f"key-{number}", "Value": "x"} for number in range(49)])
    more = [{"Key": f"more-{number}", "Value": "x"} for number in range(2)]
    assert refused(config.tag_resource, ResourceArn=arn, Tags=more) == (
        "TooManyTagsException",
        "You have exceeded maximum tag limit of 50 tags for this resource",
    )
    assert len(config.list_tags_for_resource(ResourceArn=arn)["Tags"]) == 49


CONTROL = "i-\x00\x1b[2J\r\n\x7f\u202e"


@pytest.mark.parametrize(
    ("operation", "asked", "code"),
    [
        (
            "GetResourceConfigHistory",
            {"resourceType": "AWS::EC2::Instance", "resourceId": CONTROL},
            "ResourceNotDiscoveredException",
        ),
        ("DescribeConfigRules", {"ConfigRuleNames": [CONTROL]}, "ValidationException"),
        (
            "StartConfigurationRecorder",
            {"ConfigurationRecorderName": CONTROL},
            "NoSuchConfigurationRecorderException",
        ),
        ("TagResource", {"ResourceArn": CONTROL, "Tags": [{"Key": "k", "Value": "v"}]}, None),
    ],
)
def test_an_id_with_control_characters_names_nothing(
    wire: Wire, operation: str, asked: dict[str, Any], code: str | None
) -> None:
    told = wire.config(operation, json.dumps(asked).encode())
    assert told.status == 400
    assert told.code == code or code is None
    assert not set(b"\x00\x1b\r\n") & set(told.body)


@pytest.mark.parametrize(
    "name", ["..", ".", "a", "A_B", "-a-", "a..b", "192.168.0.1", "a/b", "x" * 64, "\x00", "_configscope"]
)
def test_a_bucket_that_no_bucket_can_be_called_is_not_made(wire: Wire, boto: Boto, refused: Refusal, name: str) -> None:
    path = "/" + "".join(f"%{byte:02x}" for byte in name.encode())
    home = b"<LocationConstraint>ap-southeast-1</LocationConstraint>"
    body = b"<CreateBucketConfiguration>" + home + b"</CreateBucketConfiguration>"
    assert 400 <= wire.s3("PUT", path, body).status < 500
    assert [each["Name"] for each in boto.client("s3").list_buckets()["Buckets"]] == [BUCKET]


@pytest.mark.parametrize("name", ["..", "../x", ".", "/", "a/b"])
def test_a_channel_cannot_deliver_to_such_a_bucket(config: Any, refused: Refusal, wire: Wire, name: str) -> None:
    wanted = {"DeliveryChannel": {"name": "default", "s3BucketName": name}}
    assert refused(config.put_delivery_channel, **wanted) == (
        "NoSuchBucketException",
        f"No such s3 bucket with name '{name}'.",
    )


@pytest.mark.parametrize("key", ["../escape", "../../../../../../escape", "a/../../../escape", "..", "a/../.."])
def test_a_key_that_climbs_is_refused(
    served: tuple[LocalWorld, str], boto: Boto, refused: Refusal, stopped: None, key: str
) -> None:
    world, _ = served
    s3 = boto.client("s3")
    assert refused(s3.put_object, Bucket=BUCKET, Key=key, Body=b"mine") == (
        "InvalidURI",
        "Couldn't parse the specified URI.",
    )
    folder = asyncio.run(world.run(lambda engine: engine.store.folder))
    assert not [path for path in folder.parent.rglob("*") if path.is_file() and path.read_bytes() == b"mine"]


@pytest.mark.parametrize("key", ["a/../escape", "a/..", "/etc/escape", "a\x00b", "~", "." * 300])
def test_a_strange_key_stays_in_its_bucket(served: tuple[LocalWorld, str], boto: Boto, stopped: None, key: str) -> None:
    world, _ = served
    s3 = boto.client("s3")
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"mine")
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"mine"
    folder = asyncio.run(world.run(lambda engine: engine.store.folder))
    made = [path for path in folder.parent.rglob("*") if path.is_file() and path.read_bytes() == b"mine"]
    assert len(made) == 1
    assert made[0].is_relative_to(folder / "buckets" / BUCKET)
    s3.delete_object(Bucket=BUCKET, Key=key)
    assert not made[0].exists()


@pytest.mark.parametrize(
    "path", ["/../escape", f"/{BUCKET}/../../../escape", f"/{BUCKET}/%2e%2e/%2e%2e/escape", "/%00"]
)
def test_a_path_that_climbs_reaches_nothing(served: tuple[LocalWorld, str], stopped: None, path: str) -> None:
    told = Wire(served[1]).s3("GET", path)
    assert 400 <= told.status < 500
    assert told.body.startswith(b"<?xml")


def test_a_prefix_that_climbs_is_refused(
    served: tuple[LocalWorld, str], config: Any, refused: Refusal, recording: None
) -> None:
    prefix = "../../../escape"
    channel = {"name": "default", "s3BucketName": BUCKET, "s3KeyPrefix": prefix, "snsTopicARN": TOPIC}
    before = config.describe_delivery_channels()["DeliveryChannels"]
    assert refused(config.put_delivery_channel, DeliveryChannel=channel) == (
        "InsufficientDeliveryPolicyException",
        f"Insufficient delivery policy to s3 bucket: {BUCKET}, unable to write to bucket,"
        f" provided s3 key prefix is '{prefix}', provided kms key is 'null'.",
    )
    assert config.describe_delivery_channels()["DeliveryChannels"] == before
    folder = asyncio.run(served[0].run(lambda engine: engine.store.folder))
    assert not list(folder.parent.rglob("*escape*"))
