"""Worker processes: what comes back from a handler, however it ends."""

from __future__ import annotations

import asyncio
import os
import re
import select
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from backend.wire.handlers.finding import Handler
from backend.wire.handlers.outcome import KEPT_LOG, Outcome
from backend.wire.handlers.surroundings import Place
from backend.wire.handlers.workers import Pool
from tests.backend.wire.handlers.handler_files import BAD, GOOD, write

PLACE = Place("http://127.0.0.1:1", "111111111111", "eu-west-1", "AKIATEST")
ARN = "arn:aws:lambda:eu-west-1:111111111111:function:x"
SHORT = 0.4


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    made = Pool(most=2, load_seconds=5)
    yield made
    await made.close()


def handler(folder: Path, name: str, text: str, timeout: float = 10) -> Handler:
    write(folder, **{name: text})
    return Handler(name=name, file=folder / f"{name}.py", timeout=timeout)


def runs(process: int) -> bool:
    """Whether a process is there and no mere corpse."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


async def call(pool: Pool, one: Handler, place: Place = PLACE) -> Outcome:
    return await pool.call(one, place, {}, ARN, "a-request")


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("forks", "PermissionError", r"A handler may not start other processes here \(os.fork\) \(forks.py, line 4\)."),
        ("starts", "PermissionError", r"may not start other processes here \(subprocess.Popen\)"),
        ("calls", "HTTPClientError", r"A handler may only call the local AWS here, not sts.example.com"),
        ("connects", "RefusedAddress", r"may only call the local AWS here, not 192.0.2.1 \(connects.py, line 4\)"),
        ("sends", "RefusedAddress", r"may only call the local AWS here, not 192.0.2.1:53"),
        ("quits", "Runtime.ExitError", r"The process of quits ended with this call: exit status 3."),
        ("exits", "Runtime.ExitError", r"The process of exits ended with this call: exit status 4."),
        ("crashes", "Runtime.ExitError", r"The process of crashes ended with this call: signal SIGSEGV."),
        ("raises", "KeyError", r"'nothing' \(raises.py, line 2\)."),
        ("sets", "Runtime.MarshalError", r"What the handler returned is no JSON: Object of type set is not JSON"),
        ("nests", "Runtime.MarshalError", r"is no JSON: maximum recursion depth exceeded"),
        ("counts", "Runtime.MarshalError", r"is no JSON: Out of range float values"),
        ("halves", "Runtime.MarshalError", r"is no JSON: 'utf-8' codec can't encode"),
        ("shouts", "ValueError", r"^\?{4000} \(shouts.py, line 2\).$"),
        ("answers", "Runtime.InvalidResponse", r"The process of answers did not answer in a readable form."),
        ("grows", "MemoryError", r"MemoryError \(grows.py, line 2\)."),
        ("floods", "Function.ResponseSizeTooLarge", r"returned 7,000,002 bytes; a function may return 6,291,556."),
        ("writes", "OSError", r"File too large"),
        ("misses", "Runtime.ImportModuleError", r"misses.py cannot be imported: ModuleNotFoundError: No module named"),
    ],
)
async def test_each_bad_handler_is_told_and_the_next_goes_on(
    pool: Pool, tmp_path: Path, name: str, code: str, words: str
) -> None:
    told = await call(pool, handler(tmp_path, name, BAD[name]))
    assert told.code == code
    assert re.search(words, told.message)
    assert "\n" not in told.message
    assert (await call(pool, handler(tmp_path, "good", GOOD))).value == 1


@pytest.mark.parametrize(("name", "doing"), [("loops", "with this call"), ("hangs", "with its import")])
async def test_one_that_does_not_end_is_stopped(tmp_path: Path, name: str, doing: str) -> None:
    pool = Pool(load_seconds=SHORT if name == "hangs" else 5)
    told = await call(pool, handler(tmp_path, name, BAD[name], SHORT))
    assert (told.code, told.message) == (
        "Sandbox.Timedout",
        f"{name} was stopped: it was not done {doing} after {SHORT} s.",
    )
    assert told.log == ("in\n" if name == "loops" else "")
    await pool.close()


async def test_what_a_handler_left_behind_ends_with_it(pool: Pool, tmp_path: Path) -> None:
    told = await call(pool, handler(tmp_path, "leaves", BAD["leaves"], SHORT))
    assert told.code == "Sandbox.Timedout"
    children = [int(number) for number in re.findall(r"left (\d+)", told.log) if number != "0"]
    assert children
    assert [child for child in children if runs(child)] == []


_LEFT_ALONE = """
import asyncio, sys
from pathlib import Path
from backend.wire.handlers.finding import Handler
from backend.wire.handlers.surroundings import Place
from backend.wire.handlers.workers import Pool
handler = Handler(name="waits", file=Path(sys.argv[1]), timeout=600)
place = Place("http://127.0.0.1:1", "111111111111", "eu-west-1", "AKIATEST")
asyncio.run(Pool().call(handler, place, {}, "arn", "request"))
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells of the end of a process that is no child")
def test_a_worker_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    place = tmp_path / "place"
    os.mkfifo(place)
    text = (
        "import os, time\n\ndef lambda_handler(event, context):\n"
        f"    with open({str(place)!r}, 'w') as place:\n        print(os.getpid(), file=place)\n    time.sleep(600)\n"
    )
    write(tmp_path, waits=text)
    parent = subprocess.Popen([sys.executable, "-c", _LEFT_ALONE, str(tmp_path / "waits.py")])
    worker = os.pidfd_open(int(place.read_text()))
    parent.kill()
    parent.wait(10)
    ended, _, _ = select.select([worker], [], [], 10)
    os.close(worker)
    assert ended


async def test_a_gigabyte_of_prints_is_counted_and_its_end_kept(pool: Pool, tmp_path: Path) -> None:
    told = await call(pool, handler(tmp_path, "prints", BAD["prints"], 60))
    assert (told.code, told.value) == ("", "done")
    assert told.log.endswith("x\nthe end\n")
    assert len(told.log) == KEPT_LOG
    assert told.dropped == 1024 * 1048576 + len("the end\n") - KEPT_LOG


async def test_a_file_that_became_bad_is_told(pool: Pool, tmp_path: Path) -> None:
    one = handler(tmp_path, "changed", GOOD)
    assert [(await call(pool, one)).value for _ in range(2)] == [1, 2]
    one.file.write_text("def lambda_handler(event, context)\n")
    told = await call(pool, one)
    assert (told.code, told.message) == (
        "Runtime.UserCodeSyntaxError",
        "changed.py cannot be read: expected ':' (changed.py, line 1).",
    )
    one.file.write_text("handler = None\n")
    assert (await call(pool, one)).message == "changed.py has no function lambda_handler."
    one.file.unlink()
    assert "No such file or directory" in (await call(pool, one)).message
    one.file.write_text(GOOD)
    assert (await call(pool, one)).value == 1


async def test_a_worker_stays_warm_and_is_another_in_another_place(pool: Pool, tmp_path: Path) -> None:
    one = handler(tmp_path, "good", GOOD)
    there = msgspec.structs.replace(PLACE, region="us-east-1")
    assert [(await call(pool, one, place)).value for place in (PLACE, PLACE, there, PLACE)] == [1, 2, 1, 3]


async def test_the_oldest_worker_goes_when_there_are_too_many(pool: Pool, tmp_path: Path) -> None:
    made = {name: handler(tmp_path, name, GOOD) for name in ("one", "two", "three")}
    found = [await call(pool, made[name]) for name in ("one", "two", "three", "one", "three")]
    # Two fit: `one` made room for `three`, then `two` for `one`; `three` was warm all the time.
    assert [told.value for told in found[:4]] == [1, 1, 1, 1]
    assert found[4].value == 2


async def test_a_worker_that_nobody_needs_goes(tmp_path: Path) -> None:
    pool = Pool(idle_seconds=0)
    one = handler(tmp_path, "good", GOOD)
    assert (await call(pool, one)).value == 1
    await asyncio.sleep(0)  # its time is over at the next turn of the loop
    await asyncio.sleep(0)
    assert pool.warm == 0
    assert (await call(pool, one)).value == 1
    await pool.close()


async def test_a_handler_sees_the_local_aws_and_nothing_of_the_person(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    text = (
        "import os\n\ndef lambda_handler(event, context):\n    return [dict(os.environ), os.listdir(), os.getcwd()]\n"
    )
    told = await call(pool, handler(tmp_path, "looks", text))
    seen, files, place = told.value
    assert (
        seen.items()
        >= {
            "AWS_ENDPOINT_URL": PLACE.url,
            "AWS_ACCESS_KEY_ID": PLACE.access_key,
            "AWS_REGION": PLACE.region,
            "AWS_DEFAULT_REGION": PLACE.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items()
    )
    assert not {"AWS_SESSION_TOKEN", "HTTPS_PROXY", "PYTHONPATH", "USER"} & set(seen)
    assert seen["HOME"] != os.environ.get("HOME")
    assert files == []
    assert place.startswith(seen["HOME"])
    await pool.close()
    assert not await asyncio.to_thread(os.path.lexists, seen["HOME"])


async def test_a_handler_gets_the_context_of_lambda(pool: Pool, tmp_path: Path) -> None:
    text = (
        "def lambda_handler(event, context):\n"
        "    left = context.get_remaining_time_in_millis()\n"
        "    return [context.function_name, context.invoked_function_arn, context.aws_request_id,"
        " context.log_group_name, 0 < left <= 10_000]\n"
    )
    told = await call(pool, handler(tmp_path, "asks", text))
    assert told.value == ["asks", ARN, "a-request", "/aws/lambda/asks", True]


@pytest.mark.parametrize("text", ["2 ** 100", "'é' * 10", "[None, True, {'a': 1.5}]", "None"])
async def test_what_is_returned_comes_back(pool: Pool, tmp_path: Path, text: str) -> None:
    told = await call(pool, handler(tmp_path, "returns", f"def lambda_handler(event, context):\n    return {text}\n"))
    assert (told.code, told.value) == ("", eval(text))


async def test_the_log_has_what_was_printed_logged_and_raised(pool: Pool, tmp_path: Path) -> None:
    text = (
        "import logging, sys\nprint('imported')\n\ndef lambda_handler(event, context):\n"
        "    logging.getLogger().warning('careful')\n    print('no', file=sys.stderr)\n    raise ValueError('bad: é')\n"
    )
    told = await call(pool, handler(tmp_path, "talks", text))
    lines = told.log.splitlines()
    assert lines[0] == "imported"
    assert re.fullmatch(r"\[WARNING\]\t\S+Z\ta-request\tcareful", lines[1])
    assert lines[2:4] == ["no", "[ERROR] ValueError: bad: é"]
    assert "line 7, in lambda_handler" in lines[4]
    assert (told.code, told.message) == ("ValueError", "bad: é (talks.py, line 7).")


async def test_a_returned_error_is_one(pool: Pool, tmp_path: Path) -> None:
    answer = {
        "internalErrorMessage": "Parameter value is invalid",
        "customerErrorMessage": "The parameter x is missing.",
        "customerErrorCode": "InvalidParameterValueException",
    }
    text = f"def lambda_handler(event, context):\n    return {answer!r}\n"
    told = await call(pool, handler(tmp_path, "refuses", text))
    assert (told.code, told.message) == ("InvalidParameterValueException", "The parameter x is missing.")
