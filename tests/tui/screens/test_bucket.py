from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from backend.model.delivery import StoredObject
from backend.model.problem import Missing
from tests.tui.fake_session import NOW, World
from tests.tui.opened import GRID, SMALL, opened

BUCKET = "config-bucket-sgp"
DAY = "AWSLogs/1/Config/r/2026/3/7/"
FILE = f"{DAY}ConfigSnapshot/1_Config_r_ConfigSnapshot_20260307T122231Z_0f1e2d3c.json.gz"


def _folder(key: str) -> StoredObject:
    return StoredObject(bucket=BUCKET, key=key, folder=True)


def _world(file: Path | None = None) -> World:
    return World(
        file=file,
        folders={
            "": [_folder("AWSLogs/")],
            "AWSLogs/": [_folder("AWSLogs/1/"), StoredObject(bucket=BUCKET, key="AWSLogs/ConfigWritabilityCheckFile")],
            "AWSLogs/1/": [StoredObject(bucket=BUCKET, key=FILE, size=100, modified=NOW)],
        },
    )


@pytest.mark.requirement("SNP-10")
@pytest.mark.requirement("S3-03")
@pytest.mark.requirement("S3-07")
@pytest.mark.requirement("S3-01", "SNP-08")
async def test_the_bucket_is_walked_folder_by_folder_down_to_a_file_that_opens(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps({"configurationItems": [{"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-9"}]}))
    async with opened(SMALL, world=_world(file)) as it:
        await it.press("b")
        assert "s3://config-bucket-sgp/" in it.lines[1]
        assert "AWSLogs/" in it.lines[3]
        await it.press("enter")
        assert "s3://config-bucket-sgp/AWSLogs/" in it.lines[1]
        assert "ConfigWritabilityCheckFile" in it.text
        await it.press("enter")
        assert "snapshot, all types" in it.row("_0f1e2d3c.json.gz")
        await it.press("enter")
        for _ in range(10):
            await it.settle()
        assert "vpc-9" in it.text
        await it.press("escape")
        assert "s3://config-bucket-sgp/AWSLogs/1/" in it.lines[1]


async def test_the_way_up_leads_back_to_the_folder_one_came_from() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.press("b", "enter", "enter", "left")
        assert "s3://config-bucket-sgp/AWSLogs/ " in it.lines[1]
        assert it.row("▌").startswith("▌1/")
        await it.press("left", "left")
        assert "3 Resources" in it.lines[1]


async def test_a_folder_is_filtered() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.press("b", "enter", "slash")
        await it.type("check")
        assert "ConfigWritabilityCheckFile" in it.text
        assert " 1/" not in it.text
        await it.press("enter", "escape")
        assert "1/" in it.text


async def test_a_bucket_that_is_gone_is_said_to_be_gone() -> None:
    world = _world()
    world.fails["snapshots"] = Missing("The bucket config-bucket-sgp does not exist", code="NoSuchBucket")
    async with opened(SMALL, world=world) as it:
        await it.press("b")
        assert "The bucket config-bucket-sgp does not exist" in it.text


async def test_another_bucket_is_named_and_the_address_copied() -> None:
    async with opened(SMALL, world=_world()) as it:
        await it.line("bucket logs")
        assert "s3://logs/" in it.lines[1]
        await it.press("y")
        assert it.app.clipboard == "s3://config-bucket-sgp/AWSLogs/"


@pytest.mark.requirement("S3-03", "SNP-10")
async def test_a_file_is_downloaded_to_a_chosen_place_and_never_over_another(tmp_path: Path) -> None:
    file = tmp_path / "kept.json.gz"
    file.write_bytes(b"content")
    async with opened(SMALL, world=_world(file)) as it:
        await it.press("b", "enter", "enter", "w")
        await it.type(str(tmp_path / "mine.gz"))
        await it.press("enter")
        for _ in range(8):
            await it.settle()
        assert (tmp_path / "mine.gz").read_bytes() == b"content"
        assert (tmp_path / "mine.gz").stat().st_mode & 0o777 == 0o600
        (tmp_path / "mine.gz").write_bytes(b"other")
        await it.line(f"download {tmp_path / 'mine.gz'}")
        for _ in range(8):
            await it.settle()
        assert (tmp_path / "mine.gz").read_bytes() == b"other"
        assert "is there already" in " ".join(it.text.split())


@pytest.mark.parametrize(
    ("content", "told", "shown"),
    [
        (b'{"answer": 42}', "JSON; no configuration items", "answer"),
        (b"plain words\nof a log", "text; no configuration items", "of a log"),
        (b"\x00\x01\x02\xff" * 8, "binary; no configuration items", "00 01 02 ff"),
        (b"", "an empty object", ""),
        (b'{"configurationItems": [', "is cut off", ""),
    ],
)
async def test_what_is_no_snapshot_is_shown_as_what_it_is(
    tmp_path: Path, content: bytes, told: str, shown: str
) -> None:
    file = tmp_path / "thing"
    file.write_bytes(content)
    async with opened(SMALL, world=_world(file)) as it:
        await it.press("b", "enter", "enter", "enter")
        for _ in range(10):
            await it.settle()
        assert told in " ".join(it.text.split())
        assert shown in it.text


@pytest.mark.requirement("S3-03")
async def test_ten_thousand_objects_in_a_folder_are_scrolled_and_filtered() -> None:
    world = _world()
    world.folders[""] = [StoredObject(bucket=BUCKET, key=f"log-{number}.gz", size=number) for number in range(10_000)]
    async with opened(SMALL, world=world) as it:
        await it.press("b", "G")
        assert "log-9999.gz" in it.row("▌")
        await it.press("slash")
        await it.type("log-77")
        assert "111 of 10,000" in it.text


@pytest.mark.requirement("S3-02")
async def test_logs_and_digests_of_a_trail_in_the_same_bucket_are_named_and_opened(tmp_path: Path) -> None:
    logs, digests = "AWSLogs/1/CloudTrail/r/2026/03/07/", "AWSLogs/1/CloudTrail-Digest/r/2026/03/07/"
    log = f"{logs}1_CloudTrail_r_20260307T1420Z_0123456789abcdef.json.gz"
    digest = f"{digests}1_CloudTrail-Digest_r_management-events_r_20260307T140000Z.json.gz"
    call = {"eventVersion": "1.11", "eventName": "AuthorizeSecurityGroupIngress", "eventSource": "ec2.amazonaws.com"}
    file = tmp_path / "log.json.gz"
    file.write_bytes(gzip.compress(json.dumps({"Records": [call]}).encode()))
    folders = {
        "": [_folder(logs), _folder(digests)],
        logs: [StoredObject(bucket=BUCKET, key=log, size=400, modified=NOW)],
        digests: [StoredObject(bucket=BUCKET, key=digest, size=300, modified=NOW)],
    }
    async with opened(GRID, world=World(file=file, folders=folders)) as it:
        await it.press("b", "enter")
        assert "CloudTrail log" in it.row("_CloudTrail_r_20260307T1420Z")
        await it.press("enter")
        for _ in range(10):
            await it.settle()
        assert "a CloudTrail log of 1 call; no configuration items" in it.text
        assert "Records" in it.text
        await it.press("escape", "escape", "b", "down", "enter")
        assert "CloudTrail digest" in it.row("1_CloudTrail-Digest_r")
