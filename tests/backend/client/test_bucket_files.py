"""What is taken of a bucket when an address in it is opened."""

from __future__ import annotations

import asyncio
import errno
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend import connect
from backend.client import bucket_files
from backend.client.api import Api
from backend.client.bucket_files import Fetched, fetch
from backend.client.opening import sign_in
from backend.client.snapshots import SnapshotsOverApi
from backend.client.together import IN_FLIGHT
from backend.connect import Target
from backend.model.address import S3Address, read_address
from backend.model.cost import Churn
from backend.model.delivery import DeliveryChannel, StoredObject
from backend.model.moment import Moment
from backend.model.problem import BadInput, Denied, Missing, NotSignedIn, Problem, Refused
from tests.backend.client.conftest import REGION, Account

DAY = "AWSLogs/1/Config/eu-west-1/2026/1"


def snapshot(day: int, hour: int = 12) -> str:
    return f"{DAY}/{day}/ConfigSnapshot/1_Config_eu-west-1_ConfigSnapshot_202601{day:02}T{hour:02}0000Z_a-b.json.gz"


def history(day: int) -> str:
    stamp = f"202601{day:02}T060000Z"
    return f"{DAY}/{day}/ConfigHistory/1_Config_eu-west-1_ConfigHistory_AWS::EC2::Volume_{stamp}_{stamp}_1.json.gz"


class Bucket:
    """A bucket that is a list of keys; what cannot be downloaded is written down beside it."""

    def __init__(self, *keys: str, problem: Problem | None = None) -> None:
        self.keys = sorted(keys)
        self.problem = problem
        """Why it cannot be listed."""
        self.broken: dict[str, Problem] = {}
        self.downloaded: list[str] = []
        self.at_once = self.most_at_once = 0

    async def folder(self, bucket: str, prefix: str = "") -> list[StoredObject]:
        raise AssertionError

    async def recent(
        self, channel: DeliveryChannel, limit: int = 20, until: Moment | None = None
    ) -> list[StoredObject]:
        raise AssertionError

    async def churn(self, channel: DeliveryChannel, since: Moment, until: Moment) -> Churn:
        raise AssertionError

    async def below(self, bucket: str, prefix: str) -> AsyncIterator[list[StoredObject]]:
        if self.problem is not None:
            raise self.problem
        found = [StoredObject(bucket=bucket, key=key, size=100) for key in self.keys if key.startswith(prefix)]
        for first in range(0, max(1, len(found)), 3):
            yield found[first : first + 3]

    async def stored(self, bucket: str, key: str) -> StoredObject:
        if key not in self.keys:
            raise Missing("Not Found", code="404")
        return StoredObject(bucket=bucket, key=key, size=100)

    async def download(self, stored: StoredObject) -> Path:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if stored.key in self.broken:
            raise self.broken[stored.key]
        self.downloaded.append(stored.key)
        return Path("/copies") / stored.key.rpartition("/")[2]


async def taken(bucket: Bucket, key: str) -> Fetched:
    return await fetch(bucket, S3Address("b", key), lambda what, part: None)


def names(found: Fetched) -> list[str]:
    return [path.name for path in found.paths]


def called(*keys: str) -> list[str]:
    return [key.rpartition("/")[2] for key in keys]


@pytest.mark.parametrize(
    ("text", "bucket", "key"),
    [
        ("s3://b", "b", ""),
        ("s3://b/", "b", ""),
        ("S3://b/a/c", "b", "a/c"),
        ("s3://b/a//c d.json", "b", "a//c d.json"),
    ],
)
def test_an_address_is_a_bucket_and_a_key(text: str, bucket: str, key: str) -> None:
    assert read_address(text) == S3Address(bucket, key)


def test_a_path_is_no_address_and_an_address_without_a_bucket_is_refused() -> None:
    assert read_address("delivered/s3.json") is None
    with pytest.raises(BadInput, match="names no bucket"):
        read_address("s3:///key")


async def test_what_was_delivered_is_taken_and_nothing_else_oldest_first() -> None:
    other = ("AWSLogs/1/Config/ConfigWritabilityCheckFile", "AWSLogs/1/CloudTrail/1_CloudTrail_x.json.gz", "notes.json")
    bucket = Bucket(snapshot(2), history(1), snapshot(1, hour=18), *other)
    found = await taken(bucket, "")
    assert names(found) == called(history(1), snapshot(1, hour=18), snapshot(2))
    assert found.remarks == []


@pytest.mark.parametrize("key", [f"{DAY}/2", f"{DAY}/2/"])
async def test_a_folder_is_not_also_another_that_begins_like_it(key: str) -> None:
    bucket = Bucket(snapshot(2), snapshot(20), snapshot(21))
    assert names(await taken(bucket, key)) == called(snapshot(2))


async def test_the_beginning_of_keys_is_enough_where_there_is_no_such_folder() -> None:
    key = snapshot(20)[: -len("T120000Z_a-b.json.gz")]
    assert names(await taken(Bucket(snapshot(2), snapshot(20)), key)) == called(snapshot(20))


@pytest.mark.parametrize("key", ["copies/monday.json", "copies/monday"])
async def test_a_whole_key_is_taken_whatever_it_is_called(key: str) -> None:
    assert names(await taken(Bucket(key, f"{key}-2"), key)) == [key.rpartition("/")[2]]


async def test_a_whole_key_needs_no_right_to_list_the_bucket() -> None:
    bucket = Bucket(snapshot(1), problem=Denied("Not allowed to call s3:ListObjectsV2"))
    assert names(await taken(bucket, snapshot(1))) == called(snapshot(1))


async def test_four_are_downloaded_at_a_time_and_the_progress_is_told() -> None:
    bucket = Bucket(*(snapshot(day) for day in range(1, 11)))
    told: list[tuple[str, float]] = []
    await fetch(bucket, S3Address("b"), lambda what, part: told.append((what, part)))
    assert bucket.most_at_once == IN_FLIGHT
    assert told[0] == ("Looking into the bucket b", 0.0)
    assert told[-1] == ("Downloading 10 of 10 files from the bucket b", 1.0)


@pytest.mark.parametrize(
    ("keys", "key", "said"),
    [
        ((), "", "There is no object below s3://b/: the bucket is empty."),
        ((snapshot(1),), "AWSLogs/2/", "There is no object below s3://b/AWSLogs/2/: nothing lies there."),
        (("a.txt", "b.txt"), "", "There is no file of AWS Config below s3://b/: none of the 2 objects is one."),
        (("a.txt",), "", "the one object there is none"),
    ],
)
async def test_an_address_below_which_there_is_nothing_to_read_is_a_sentence(
    keys: tuple[str, ...], key: str, said: str
) -> None:
    with pytest.raises(BadInput) as raised:
        await taken(Bucket(*keys), key)
    assert said in str(raised.value)


async def test_a_bucket_that_does_not_exist_is_named() -> None:
    with pytest.raises(Missing, match="There is no bucket b"):
        await taken(Bucket(problem=Missing("The specified bucket does not exist", code="NoSuchBucket")), "")


async def test_of_very_many_the_newest_are_taken_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_files, "MOST", 2)
    found = await taken(Bucket(*(snapshot(day) for day in range(1, 6))), "")
    assert names(found) == called(snapshot(4), snapshot(5))
    assert found.remarks[0].startswith("5 files lie below s3://b/: only the newest 2 are looked at.")


async def test_a_listing_ends_at_some_time_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_files, "MOST_LISTED", 3)
    found = await taken(Bucket(*(snapshot(day) for day in range(1, 6))), "")
    assert len(found.paths) == 3
    assert "holds more than 3 objects" in found.remarks[0]


async def test_one_that_is_gone_or_archived_does_not_keep_the_others_away() -> None:
    bucket = Bucket(*(snapshot(day) for day in range(1, 4)))
    bucket.broken = {snapshot(2): Refused("s3:GetObject was refused", "it is archived")}
    found = await taken(bucket, "")
    assert names(found) == called(snapshot(1), snapshot(3))
    assert found.remarks == [f"s3://b/{snapshot(2)} is left out: s3:GetObject was refused: it is archived."]


async def test_where_none_may_be_read_not_all_are_tried() -> None:
    bucket = Bucket(*(snapshot(day) for day in range(1, 29)))
    tried = dict.fromkeys(bucket.keys, Denied("Not allowed to call s3:GetObject"))
    bucket.broken = dict(tried)
    with pytest.raises(Denied):
        await taken(bucket, "")
    assert bucket.downloaded == []


async def test_credentials_that_expire_on_the_way_end_it() -> None:
    bucket = Bucket(*(snapshot(day) for day in range(1, 9)))
    bucket.broken = {snapshot(5): NotSignedIn("AWS did not accept the credentials", "the session token has expired")}
    with pytest.raises(NotSignedIn, match="expired"):
        await taken(bucket, "")


# Against a server that nobody here wrote


def body(*ids: str) -> bytes:
    items = [
        {"resourceType": "AWS::S3::Bucket", "resourceId": one, "configurationItemVersion": "1.3", "awsRegion": REGION}
        for one in ids
    ]
    return gzip.compress(json.dumps({"fileVersion": "1.0", "configurationItems": items}).encode())


@pytest.fixture
def s3(account: Account) -> Any:
    found = account.boto("s3")
    found.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    return found


@pytest.fixture
def target(account: Account) -> Target:
    return Target(kind="aws", region=REGION, endpoint_url=account.url)


async def test_a_bucket_is_opened_as_files_are(s3: Any, target: Target, tmp_path: Path) -> None:
    for day in range(1, 8):
        s3.put_object(Bucket="logs", Key=history(day), Body=body(f"b{day}"))
    own = tmp_path / "own.json"
    own.write_bytes(gzip.decompress(body("mine")))
    files = (own, S3Address("logs", "AWSLogs/1/"))
    async with connect.open(Target(kind="files", files=files, bucket_of=target)) as connection:
        assert connection.label == "own.json · s3://logs/AWSLogs/1/"
        assert connection.read_only
        part = connection.session.resources
        assert part is not None
        listed = [one.resource_id async for batch in part.listing() for one in batch]
        assert sorted(listed) == ["b1", "b2", "b3", "b4", "b5", "b6", "b7", "mine"]
        assert [path.stat().st_mode & 0o777 for path in connection.files[1:]] == [0o600] * 7


async def test_what_was_left_out_is_told_by_the_connection_and_the_session(
    s3: Any, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_files, "MOST", 1)
    for day in (1, 2):
        s3.put_object(Bucket="logs", Key=history(day), Body=body(f"b{day}"))
    files = (S3Address("logs"),)
    async with connect.open(Target(kind="files", files=files, bucket_of=target)) as connection:
        assert "only the newest 1 are looked at" in connection.remarks[0]
        assert tuple(connection.session.remarks())[:1] == connection.remarks


async def test_more_objects_than_a_page_holds_are_all_found(s3: Any, api: Api) -> None:
    for number in range(1001):
        s3.put_object(Bucket="logs", Key=f"other/{number}", Body=b"")
    s3.put_object(Bucket="logs", Key=f"z/{snapshot(1)}", Body=body("late"))
    session = await sign_in(api)
    assert session.snapshots is not None
    found = await fetch(session.snapshots, S3Address("logs"), lambda what, part: None)
    assert names(found) == called(snapshot(1))


async def test_what_is_there_already_is_not_downloaded_again(
    s3: Any, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put_object(Bucket="logs", Key=snapshot(1), Body=body("once"))
    session = await sign_in(api)
    assert isinstance(session.snapshots, SnapshotsOverApi)
    first = await fetch(session.snapshots, S3Address("logs"), lambda what, part: None)

    def never(bucket: str, key: str) -> Iterator[bytes]:
        raise AssertionError("it was downloaded again")

    monkeypatch.setattr(api, "body", never)
    assert await fetch(session.snapshots, S3Address("logs", snapshot(1)), lambda what, part: None) == first


async def test_no_bucket_of_that_name_is_a_sentence_of_the_server_too(target: Target, account: Account) -> None:
    wanted = Target(kind="files", files=(S3Address("nobody-has-this"),), bucket_of=target)
    with pytest.raises(Missing, match="There is no bucket nobody-has-this"):
        await connect.fetch(wanted)


async def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    s3: Any, api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    s3.put_object(Bucket="logs", Key=snapshot(1), Body=body("large"))
    session = await sign_in(api)
    assert session.snapshots is not None

    async def full(bucket: str, key: str) -> AsyncIterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(api, "body", full)
    with pytest.raises(Problem) as raised:
        await fetch(session.snapshots, S3Address("logs"), lambda what, part: None)
    assert "could not be kept: No space left on device. Free some space below" in str(raised.value)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
