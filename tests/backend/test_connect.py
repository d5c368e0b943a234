"""From a target to a connection, and back."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backend import connect
from backend.connect import Connection, Target
from backend.model.moment import HOUR, parse
from backend.model.problem import BadInput, Missing, Problem, ReadOnly
from tests.backend.wire.handlers.handler_files import JUDGE, write

FUNCTION = "AWS::Lambda::Function"
START = parse("2023-02-28T09:41:00Z")
SMALL = Target(memory=True, start=START, resources=60)
HEAVY = (
    "aiobotocore",
    "aiohttp",
    "backend.client",
    "backend.engine",
    "backend.wire",
    "botocore",
    "moto",
    "textual",
    "uvicorn",
)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No AWS configuration of whoever runs the tests, and no worlds of theirs."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_importing_it_costs_nothing() -> None:
    script = "import sys, backend.connect; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = [name for name in done.stdout.split() if name.startswith(HEAVY)]
    assert loaded == []


def test_a_file_is_opened_and_exported_without_what_speaks_to_aws(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_text('{"configurationItems": [{"resourceType": "AWS::S3::Bucket", "resourceId": "b"}]}')
    script = (
        "import asyncio, sys; from pathlib import Path; from backend import connect; import backend.client.items\n"
        "async def main():\n"
        "    target = connect.Target(kind='files', files=(Path(sys.argv[1]),))\n"
        "    async with connect.open(target): print(*sys.modules)\n"
        "asyncio.run(main())"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True)
    assert "backend.files.inventory" in done.stdout.split()
    heavy = tuple(name for name in HEAVY if name != "backend.client")
    assert [name for name in done.stdout.split() if name.startswith(heavy)] == []


@pytest.fixture
async def local() -> AsyncIterator[Connection]:
    async with connect.open(SMALL) as connection:
        yield connection


async def test_a_local_world_is_read_through_the_client(local: Connection) -> None:
    assert local.session.recorder is not None
    recorder = await local.session.recorder.get()
    assert recorder is not None
    assert (recorder.name, recorder.recording) == ("default", True)
    assert (local.session.account, local.session.region) == ("696686700433", "ap-southeast-1")
    assert (local.label, local.read_only) == ("local · memory", False)


async def test_the_clock_is_held_and_moved(local: Connection) -> None:
    assert local.clock is not None
    await local.clock.pause()
    before = await local.clock.state()
    await local.clock.jump(6 * HOUR)
    after = await local.clock.state()
    assert after.now - before.now == 6 * HOUR
    assert after.paused
    await local.clock.set_speed(60)
    assert (await local.clock.state()).speed == 60
    with pytest.raises(BadInput):
        await local.clock.set_speed(-1)


async def test_scenarios_are_offered_and_played(local: Connection) -> None:
    assert local.clock is not None
    names = [scenario.name for scenario in await local.clock.scenarios()]
    assert names == ["delivery-failure", "loose-account", "open-door", "quiet-week", "recorder-off"]
    await local.clock.play("recorder-off")
    with pytest.raises(Problem, match="nothing-of-the-kind"):
        await local.clock.play("nothing-of-the-kind")


async def test_a_change_is_noticed_within_a_second(local: Connection) -> None:
    assert local.session.recorder is not None
    async with aclosing(local.watch()) as changes:
        notice = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        await local.session.recorder.stop("default")
        await asyncio.wait_for(notice, 1)


async def test_writes_can_be_refused_on_a_local_world() -> None:
    async with connect.open(replace(SMALL, read_only=True)) as connection:
        assert connection.read_only
        assert connection.session.recorder is not None
        with pytest.raises(ReadOnly):
            await connection.session.recorder.stop("default")


async def test_a_region_without_anything_answers_too() -> None:
    async with connect.open(replace(SMALL, region="eu-west-1")) as connection:
        assert connection.session.recorder is not None
        assert await connection.session.recorder.get() is None
        assert connection.session.stream is None


async def test_an_empty_world_has_nothing() -> None:
    async with connect.open(Target(empty=True)) as connection:
        assert connection.session.recorder is not None
        assert await connection.session.recorder.get() is None
        assert connection.label == "local · empty"


async def test_progress_is_told_where_the_connection_is_opened(tmp_path: Path) -> None:
    told: list[tuple[str, float, int]] = []

    def tell(what: str, part: float) -> None:
        told.append((what, part, threading.get_ident()))

    async with connect.open(replace(SMALL, memory=False, worlds_folder=tmp_path), tell):
        pass
    assert {thread for _, _, thread in told} == {threading.get_ident()}
    parts = [part for _, part, _ in told]
    assert parts == sorted(parts)
    assert len(told) > 2


async def test_a_kept_world_goes_on_and_is_nobody_else_s() -> None:
    target = replace(SMALL, memory=False)
    async with connect.open(target) as connection:
        assert connection.clock is not None
        await connection.clock.pause()
        await connection.clock.jump(HOUR)
        stopped = (await connection.clock.state()).now
        with pytest.raises(Problem, match="The world 'default' is in use"):
            async with connect.open(target):
                pass
    async with connect.open(target) as connection:
        assert connection.clock is not None
        assert stopped <= (await connection.clock.state()).now < stopped + HOUR


async def test_the_explorer_s_world_answers_on_loopback_too() -> None:
    async with connect.open(replace(SMALL, serve_port=0)) as connection:
        assert connection.url is not None
        answer = await asyncio.to_thread(_get, connection.url, "/_configscope/health")
        assert json.loads(answer)["status"] == "ok"
    with pytest.raises(OSError):
        await asyncio.to_thread(_get, connection.url, "/_configscope/health")


async def test_handlers_call_back_to_the_explorer_s_world_and_bad_files_are_remarks(tmp_path: Path) -> None:
    write(tmp_path, judge=JUDGE, other="x = 1\n")
    async with connect.open(replace(SMALL, handlers=tmp_path)) as connection:
        assert connection.url is not None
        assert connection.remarks == (f"{tmp_path}/other.py has no lambda_handler. It is left out.",)
        assert connection.session.resources is not None
        functions = [one async for batch in connection.session.resources.listing(FUNCTION) for one in batch]
        assert "judge" in [one.key.resource_id for one in functions]
        item = {"resourceType": "AWS::EC2::Volume", "resourceId": "vol-1", "configuration": {"encrypted": True}}
        told = await connection.try_handler(tmp_path / "judge.py", item)
        assert [found.compliance for found in told.evaluations] == ["COMPLIANT"]
    async with connect.open(SMALL) as connection:
        assert (connection.url, connection.remarks) == (None, ())


async def test_a_folder_of_handlers_that_is_none_keeps_the_explorer_from_opening(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There are no handlers in"):
        async with connect.open(replace(SMALL, handlers=tmp_path / "nowhere")):
            pass


async def test_a_local_world_has_the_accounts_and_regions_asked_for() -> None:
    asked = Target(empty=True, start=START, accounts=2, regions=3, serve_port=0)
    async with connect.open(asked) as connection:
        assert connection.url is not None
        health = json.loads(await asyncio.to_thread(_get, connection.url, "/_configscope/health"))
        assert len(health["accounts"]) == 2
        assert health["accounts"][0] == connection.session.account
        assert health["regions"] == ["ap-southeast-1", "us-east-1", "eu-west-1"]


async def test_another_account_of_a_world_is_looked_at_in_any_of_its_regions() -> None:
    asked = replace(SMALL, accounts=2, worlds_folder=None)
    with pytest.raises(Missing, match="no account 123: it has 696686700433, ") as refused:
        async with connect.open(replace(asked, account="123")):
            pass
    other = refused.value.why.rpartition(" ")[2]
    async with connect.open(replace(asked, account=other, region="us-east-1")) as connection:
        session = connection.session
        assert (session.account, session.region, session.stream) == (other, "us-east-1", None)
        assert session.recorder is not None
        recorder = await session.recorder.get()
        assert recorder is not None
        assert f":{other}:" in recorder.arn
    async with connect.open(replace(asked, account="696686700433")) as connection:
        assert connection.session.stream is not None


async def test_a_word_that_is_no_region_is_told_before_the_world_is_made() -> None:
    told: list[str] = []
    with pytest.raises(BadInput, match=r"no region eu-wst-1: near it are .*eu-west-1"):
        async with connect.open(replace(SMALL, region="eu-wst-1"), lambda what, part: told.append(what)):
            pass
    assert told == []


async def test_a_port_in_use_is_told_before_the_world_is_made() -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        target = replace(SMALL, serve_port=other.getsockname()[1])
        with pytest.raises(BadInput, match="is in use"):
            async with connect.open(target, lambda what, part: told.append(what)):
                pass
    assert told == []


async def test_what_another_program_does_is_noticed_within_a_second() -> None:
    async with connect.open(replace(SMALL, serve_port=0)) as connection, aclosing(connection.watch()) as changes:
        notice = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        assert connection.url is not None
        await asyncio.to_thread(_stop_recorder, connection.url)
        await asyncio.wait_for(notice, 1)


def _stop_recorder(url: str) -> None:
    server = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    target = {"X-Amz-Target": "StarlingDoveService.StopConfigurationRecorder"}
    try:
        server.request("POST", "/", b'{"ConfigurationRecorderName":"default"}', target)
        assert server.getresponse().read() == b""
    finally:
        server.close()


def _get(url: str, path: str) -> bytes:
    server = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        server.request("GET", path)
        return server.getresponse().read()
    finally:
        server.close()


# AWS: here an endpoint that speaks its language


@pytest.fixture
async def endpoint() -> AsyncIterator[str]:
    async with connect.open(replace(SMALL, serve_port=0)) as connection:
        assert connection.url is not None
        yield connection.url


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAPERSON")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.usefixtures("signed_in")
async def test_an_endpoint_is_read_and_not_written(endpoint: str) -> None:
    target = Target(kind="aws", region="ap-southeast-1", endpoint_url=endpoint)
    async with connect.open(target) as connection:
        assert (connection.read_only, connection.clock) == (True, None)
        assert connection.session.recorder is not None
        recorder = await connection.session.recorder.get()
        assert recorder is not None
        with pytest.raises(ReadOnly):
            await connection.session.recorder.stop(recorder.name)


@pytest.mark.usefixtures("signed_in")
async def test_aws_is_looked_at_again_as_often_as_wished(endpoint: str) -> None:
    target = Target(kind="aws", region="ap-southeast-1", endpoint_url=endpoint, watch_seconds=0.01)
    async with connect.open(target) as connection, aclosing(connection.watch()) as looks:
        for _ in range(3):
            await asyncio.wait_for(anext(looks), 5)
    async with connect.open(replace(target, watch_seconds=3600)) as connection, aclosing(connection.watch()) as looks:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(looks), 0.1)


@pytest.mark.usefixtures("signed_in")
async def test_writes_are_allowed_when_asked_for(endpoint: str) -> None:
    target = Target(kind="aws", region="ap-southeast-1", endpoint_url=endpoint, read_only=False)
    async with connect.open(target) as connection:
        assert connection.session.recorder is not None
        await connection.session.recorder.stop("default")
        recorder = await connection.session.recorder.get()
        assert recorder is not None
        assert not recorder.recording


async def test_a_profile_that_there_is_not_is_told() -> None:
    with pytest.raises(BadInput, match="no-such-profile"):
        async with connect.open(Target(kind="aws", profile="no-such-profile", region="eu-west-1")):
            pass


@pytest.mark.usefixtures("signed_in")
async def test_a_region_is_needed() -> None:
    with pytest.raises(BadInput, match="No region is set"):
        async with connect.open(Target(kind="aws")):
            pass


# Files


def _item(number: int) -> dict[str, Any]:
    return {
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": "2023-02-28T03:44:31.656Z",
        "awsAccountId": "111122223333",
        "awsRegion": "eu-west-1",
        "configurationItemStatus": "OK",
        "resourceType": "AWS::EC2::Instance",
        "resourceId": f"i-{number}",
        "configuration": {},
        "tags": {},
        "relationships": [],
    }


async def test_a_file_is_opened_without_any_account(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json.gz"
    document = {"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": [_item(1), _item(2)]}
    path.write_bytes(gzip.compress(json.dumps(document).encode()))
    async with connect.open(Target(kind="files", files=(path,))) as connection:
        assert (connection.label, connection.read_only, connection.clock) == ("snapshot.json.gz", True, None)
        assert connection.session.recorder is None
        assert connection.session.resources is not None
        assert await connection.session.resources.counts() == {"AWS::EC2::Instance": 2}


async def test_no_file_is_no_target() -> None:
    with pytest.raises(BadInput, match="No file"):
        async with connect.open(Target(kind="files")):
            pass
