"""What runs in a worker process: loads one handler, then answers each call on a line of JSON with a line of JSON.

It is started as a file by a bare interpreter and imports nothing of configscope. The first line on standard input says
what to load and what is allowed; every other line is a call. Answers go to standard output as it was at the start; what
the handler prints, to either stream, goes to standard error, and a mark after each call says that all of it is there.

The guard below keeps mistakes in: a handler that calls out, or starts programs, is told so. It is no jail for code that
wants to get out.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import resource
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

LARGEST_ANSWER = 6_291_556
"""Bytes that a function may return, as Lambda has it."""

_SPARE_SECONDS = 2
"""Processor time beyond what a call may take, so that a worker that lost its parent ends."""

_PROCESSES = frozenset(
    {
        *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"),
        *("pty.spawn", "subprocess.Popen"),
    }
)
_NAMES = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_ADDRESSES = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class RefusedAddress(RuntimeError):
    """Somebody else than the local AWS was called. Not an OSError, which clients would take for a reason to retry."""


class HandlerContext:
    """What a handler gets beside its event, as in Lambda."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, told: dict[str, Any]) -> None:
        self.function_name = told["name"]
        self.invoked_function_arn = told["arn"]
        self.memory_limit_in_mb = told["memory"]
        self.aws_request_id = told["request"]
        self.log_group_name = told["log_group"]
        self.log_stream_name = told["log_stream"]
        self._ends = time.monotonic() + told["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the call is stopped."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


class _Lines(logging.Formatter):
    """The lines that Lambda makes of what is logged."""

    request = "-"

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = f"[{record.levelname}]\t{when}.{int(record.msecs):03}Z\t{self.request}\t{record.getMessage()}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def main() -> None:
    """Answer calls until the parent hangs up."""
    calls, answers = _channels()
    threading.Thread(target=_end_with_parent, args=(calls.fileno(),), daemon=True).start()
    told = json.loads(calls.readline())
    _limit(told["memory_limit"], told["file_limit"])
    _allow(told["seconds"])
    lines = _log()
    _guard(told["host"], told["port"])
    handler, failure = _load(told["file"], told["function"])
    _say(answers, failure or {"kind": "ready"}, told["mark"])
    for line in calls:
        call = json.loads(line)
        _allow(call["context"]["timeout"])
        lines.request = call["context"]["request"]
        answer = _answer(handler, call) if handler else failure
        _say(answers, answer or {}, call["mark"])


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output as they were, out of the reach of what the handler prints and reads."""
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    return calls, answers


def _end_with_parent(calls: int) -> None:
    """End this process, and all that it started, once nobody is there any more to make calls."""
    waiting = select.poll()
    waiting.register(calls, 0)  # 0: only that it was hung up
    waiting.poll()
    os.killpg(0, signal.SIGKILL)


def _limit(memory: int, file: int) -> None:
    """Bytes of memory and of a file; what a system does not know is left out."""
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def _allow(seconds: float) -> None:
    """So much processor time from now on."""
    used = time.process_time()
    with contextlib.suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + _SPARE_SECONDS, most))


def _log() -> _Lines:
    lines = _Lines()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(lines)
    logging.getLogger().addHandler(handler)
    return lines


def _guard(host: str, port: int) -> None:
    """From here on no other address than the engine's, and no other process."""

    def watch(event: str, details: tuple[Any, ...]) -> None:
        if event in _PROCESSES:
            raise PermissionError(f"A handler may not start other processes here ({event})")
        if event in _ADDRESSES and not _is_engine(details[1]):
            raise RefusedAddress(f"A handler may only call the local AWS here, not {_named(details[1])}")
        if event in _NAMES and details[0] not in (None, host, host.encode(), "localhost"):
            asked = details[0].decode("ascii", "replace") if isinstance(details[0], bytes) else details[0]
            raise RefusedAddress(f"A handler may only call the local AWS here, not {asked}")

    def _is_engine(address: Any) -> bool:
        # Sockets that are connected already send without an address.
        return address is None or (isinstance(address, tuple) and address[:2] in ((host, port), ("localhost", port)))

    def _named(address: Any) -> str:
        return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)

    sys.addaudithook(watch)


def _load(file: str, function: str) -> tuple[Callable[[Any, Any], Any] | None, dict[str, Any] | None]:
    """The handler, or why there is none."""
    name, module_name = Path(file).name, Path(file).stem
    sys.path.insert(0, str(Path(file).parent))
    spec = importlib.util.spec_from_file_location(module_name, file)
    if spec is None or spec.loader is None:
        return None, _failed("Runtime.ImportModuleError", f"{name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        where = f"{Path(error.filename or name).name}, line {error.lineno}"
        return None, _failed("Runtime.UserCodeSyntaxError", f"{name} cannot be read: {error.msg} ({where})")
    except FileNotFoundError as error:
        return None, _told("Runtime.ImportModuleError", f"{name} cannot be imported", error, file)
    except SystemExit as error:
        return None, _told("Runtime.ExitError", f"{name} ended its process while it was imported", error, file)
    except BaseException as error:  # noqa: BLE001 - whatever a stranger's module raises
        return None, _told("Runtime.ImportModuleError", f"{name} cannot be imported", error, file)
    found = getattr(module, function, None)
    if not callable(found):
        return None, _failed("Runtime.HandlerNotFound", f"{name} has no function {function}")
    return found, None


def _answer(handler: Callable[[Any, Any], Any], call: dict[str, Any]) -> dict[str, Any]:
    try:
        value = handler(call["event"], HandlerContext(call["context"]))
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a stranger's handler raises
        return _told(type(error).__name__, "", error, call["file"])
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:  # also half a letter
        return _failed("Runtime.MarshalError", f"What the handler returned is no JSON: {error}")
    if size > LARGEST_ANSWER:
        return _failed(
            "Function.ResponseSizeTooLarge",
            f"The handler returned {size:,} bytes; a function may return {LARGEST_ANSWER:,}",
        )
    return {"kind": "returned", "text": text}


def _told(code: str, what: str, error: BaseException, file: str) -> dict[str, Any]:
    """A failure with the line of the handler that it comes from; the whole of it goes into the log."""
    try:
        said = str(error)
    except BaseException:  # noqa: BLE001 - a stranger's exception
        said = ""
    kind = type(error).__name__
    frames = _own_frames(error.__traceback__, file)
    sys.stderr.write(f"[ERROR] {kind}: {said}\n" + "".join(traceback.format_list(frames)))
    own = [frame for frame in frames if frame.filename == file]
    where = f" ({Path(file).name}, line {own[-1].lineno})" if own else ""
    text = f"{what}: {kind}: {said}" if what else said or kind
    return _failed(code, f"{text[:4000]}{where}")


def _own_frames(trace: TracebackType | None, file: str) -> list[traceback.FrameSummary]:
    """The frames from the handler's own on, without those of the guard."""
    frames = [frame for frame in traceback.extract_tb(trace) if frame.filename != __file__]
    first = next((number for number, frame in enumerate(frames) if frame.filename == file), len(frames))
    return frames[first:]


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"kind": "failed", "code": code, "message": message}


def _say(answers: BinaryIO, answer: dict[str, Any], mark: str) -> None:
    """All that was printed is out before the answer is."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    with contextlib.suppress(OSError):
        os.write(2, mark.encode())
    answers.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
