"""Listing buckets: order, folders and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import unquote_plus

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.engine.around import s3
from backend.engine.context import Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.model.item import Document
from tests.backend.engine.around.conftest import Act
from tests.backend.engine.conftest import CallFixture


def fill(engine: Engine, bucket: str, keys: Iterable[str]) -> None:
    def put(ctx: Context) -> None:
        for key in keys:
            s3.put_object(ctx, bucket, key, b"x")

    engine.act(put)


def shown(answer: Document) -> tuple[list[str], list[str]]:
    keys = [each["Key"] for each in answer.get("Contents", [])]
    return keys, [each["Prefix"] for each in answer.get("CommonPrefixes", [])]


def test_folders_are_common_prefixes(engine: Engine, call: CallFixture, bucket: str) -> None:
    fill(
        engine, bucket, ["AWSLogs/1/Config/a", "AWSLogs/1/Config/r/2026/3/1/f", "AWSLogs/1/Config/r/2026/3/2/f", "top"]
    )
    assert shown(call("s3", "ListObjectsV2", Bucket=bucket, Delimiter="/")) == (["top"], ["AWSLogs/"])
    below = call("s3", "ListObjectsV2", Bucket=bucket, Delimiter="/", Prefix="AWSLogs/1/Config/")
    assert shown(below) == (["AWSLogs/1/Config/a"], ["AWSLogs/1/Config/r/"])
    assert (below["KeyCount"], below["IsTruncated"], below["MaxKeys"]) == (2, False, 1000)


def test_an_empty_bucket_has_no_contents(call: CallFixture, bucket: str) -> None:
    answer = call("s3", "ListObjectsV2", Bucket=bucket)
    assert answer == {"IsTruncated": False, "Name": bucket, "Prefix": "", "MaxKeys": 1000, "KeyCount": 0}


def test_an_entry_tells_size_time_and_class(engine: Engine, call: CallFixture, bucket: str) -> None:
    fill(engine, bucket, ["k"])
    entry = call("s3", "ListObjectsV2", Bucket=bucket, FetchOwner=True)["Contents"][0]
    assert (entry["Size"], entry["StorageClass"], entry["ETag"][0]) == (1, "STANDARD", '"')
    assert entry["LastModified"].isoformat() == "2026-03-01T00:00:00+00:00"
    assert len(entry["Owner"]["ID"]) == 64


def pages(call: CallFixture, operation: str, **params: object) -> list[tuple[list[str], list[str]]]:
    """Follow a list to its end, as a paginator does."""
    found: list[tuple[list[str], list[str]]] = []
    more: Document = {}
    while True:
        answer = call("s3", operation, **params, **more)
        found.append(shown(answer))
        if not answer["IsTruncated"]:
            return found
        if operation == "ListObjectsV2":
            more = {"ContinuationToken": answer["NextContinuationToken"]}
        else:
            more = {"Marker": answer.get("NextMarker") or answer["Contents"][-1]["Key"]}


def expected(keys: Iterable[str], prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
    """The list that S3 documents, by the plainest means."""
    own: list[str] = []
    folders: list[str] = []
    for key in sorted(set(keys), key=str.encode):
        if not key.startswith(prefix):
            continue
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        if end < 0:
            own.append(key)
        elif (rolled := key[: end + len(delimiter)]) not in folders:
            folders.append(rolled)
    return own, folders


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=st.lists(st.text(st.sampled_from("ab/é+ "), min_size=1, max_size=6), max_size=14, unique=True),
    prefix=st.sampled_from(["", "a", "a/", "é"]),
    delimiter=st.sampled_from(["", "/", "b"]),
    size=st.integers(1, 4),
    operation=st.sampled_from(["ListObjectsV2", "ListObjects"]),
)
def test_pages_together_are_the_whole_list(
    act: Act, engine: Engine, call: CallFixture, keys: list[str], prefix: str, delimiter: str, size: int, operation: str
) -> None:
    call("s3", "CreateBucket", region="us-east-1", Bucket="paged")
    fill(engine, "paged", keys)
    found = pages(call, operation, Bucket="paged", Prefix=prefix, Delimiter=delimiter, MaxKeys=size)
    own, folders = expected(keys, prefix, delimiter)
    assert [key for page, _ in found for key in page] == own
    assert [folder for _, page in found for folder in page] == folders
    assert all(len(page) + len(rolled) == size for page, rolled in found[:-1])
    act(lambda ctx: s3.remove_bucket(ctx, "paged"))


def test_a_list_begins_after_a_key(engine: Engine, call: CallFixture, bucket: str) -> None:
    fill(engine, bucket, ["a", "b", "c"])
    assert shown(call("s3", "ListObjectsV2", Bucket=bucket, StartAfter="a"))[0] == ["b", "c"]
    assert shown(call("s3", "ListObjects", Bucket=bucket, Marker="b"))[0] == ["c"]


def test_version_one_has_a_next_marker_only_with_a_delimiter(engine: Engine, call: CallFixture, bucket: str) -> None:
    fill(engine, bucket, ["a", "b", "c"])
    assert "NextMarker" not in call("s3", "ListObjects", Bucket=bucket, MaxKeys=1)
    assert call("s3", "ListObjects", Bucket=bucket, MaxKeys=1, Delimiter="/")["NextMarker"] == "a"


def test_keys_are_url_encoded_on_request(engine: Engine, call: CallFixture, bucket: str) -> None:
    keys = ["a b/ü+%", "tab\there"]
    fill(engine, bucket, keys)
    answer = call("s3", "ListObjectsV2", Bucket=bucket, EncodingType="url")
    spelled = shown(answer)[0]
    assert spelled == ["a+b/%C3%BC%2B%25", "tab%09here"]
    assert [unquote_plus(each) for each in spelled] == keys
    assert answer["EncodingType"] == "url"
    folders = call("s3", "ListObjectsV2", Bucket=bucket, EncodingType="url", Delimiter="/", Prefix="a b")
    assert (folders["Prefix"], shown(folders)[1]) == ("a+b", ["a+b/"])


def test_a_list_of_nothing_is_complete(engine: Engine, call: CallFixture, bucket: str) -> None:
    fill(engine, bucket, ["a"])
    answer = call("s3", "ListObjectsV2", Bucket=bucket, MaxKeys=0)
    assert (answer["KeyCount"], answer["IsTruncated"]) == (0, False)


def test_a_made_up_token_is_refused(refused: Callable[..., ServiceError], bucket: str) -> None:
    assert refused("s3", "ListObjectsV2", Bucket=bucket, ContinuationToken="é").code == "InvalidArgument"
    assert refused("s3", "ListObjectsV2", Bucket=bucket, MaxKeys=-1).code == "InvalidArgument"


def test_versions_are_listed_newest_first_and_paged(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "PutBucketVersioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    fill(engine, bucket, ["a", "a", "b", "f/x", "f/y"])
    call("s3", "DeleteObject", Bucket=bucket, Key="a")
    whole = call("s3", "ListObjectVersions", Bucket=bucket, Delimiter="/")
    assert [each["Key"] for each in whole["Versions"]] == ["a", "a", "b"]
    assert [(each["Key"], each["IsLatest"]) for each in whole["DeleteMarkers"]] == [("a", True)]
    assert whole["CommonPrefixes"] == [{"Prefix": "f/"}]

    found: list[tuple[str, str]] = []
    more: Document = {}
    while True:
        page = call("s3", "ListObjectVersions", Bucket=bucket, MaxKeys=1, **more)
        found += [
            (each["Key"], each["VersionId"]) for kind in ("Versions", "DeleteMarkers") for each in page.get(kind, [])
        ]
        if not page["IsTruncated"]:
            break
        more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
    assert [key for key, _ in found] == ["a", "a", "a", "b", "f/x", "f/y"]
    assert len(set(found)) == 6
    assert shown(call("s3", "ListObjectsV2", Bucket=bucket))[0] == ["b", "f/x", "f/y"]
