"""Files that are made to fill the memory, or to take for ever: each ends soon. With `make soak`."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

_READER = """
import resource, sys
from pathlib import Path
from backend.files.index import Index
from backend.model.problem import BadInput

index, rows, said = Index(), 0, ""
try:
    for rows in index.read(Path(sys.argv[1])):
        pass
except BadInput as problem:
    said = str(problem)
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, said)
"""
"""Prints the items, the most memory in MiB, and what is wrong with the file."""

_MIB = 1 << 20
_ENTRY = b'{"resourceType":"T","resourceId":"%d","configuration":"'
_ITEMS = b'{"configurationItems":[' + _ENTRY % 1 + b'"},' + _ENTRY % 2
_LINES = _ENTRY % 1 + b'"}\n' + _ENTRY % 2


def read(path: Path) -> tuple[int, int, str]:
    done = subprocess.run(
        [sys.executable, "-c", _READER, str(path)], capture_output=True, text=True, timeout=120, check=True
    )
    rows, memory, said = done.stdout.strip().split(" ", 2) if done.stdout.count(" ") > 1 else (*done.stdout.split(), "")
    return int(rows), int(memory), said


@pytest.mark.soak
@pytest.mark.parametrize(
    ("head", "filler", "times", "rows", "words"),
    [
        (b"", b"\0", 3_000, 0, "it is binary"),
        (_ITEMS, b"x", 2_000, 1, "longer than 256 MiB"),
        (_LINES, b"x", 2_000, 1, "longer than 256 MiB"),
        (_LINES, b"\\", 2_000, 1, "longer than 256 MiB"),
        (_LINES + b'"}', b"\n", 2_000, 2, "more than 200 times its own size"),
        (b"[", b" ", 1_000, 0, "longer than 256 MiB"),
        (b"", b"[", 500, 0, "longer than 256 MiB"),
        (b"[", b'{"a":[1],"', 500, 0, "longer than 256 MiB"),
        (b"", b"{}", 100, 0, "holds something else"),
        (b"[", b"1,", 100, 0, "holds something else"),
    ],
    ids=["zeros", "item", "line", "escapes", "line ends", "blanks", "open", "broken", "empty", "numbers"],
)
def test_a_bomb_is_told_in_bounded_memory(
    tmp_path: Path, head: bytes, filler: bytes, times: int, rows: int, words: str
) -> None:
    path = tmp_path / "bomb.json.gz"
    piece = filler * (_MIB // len(filler))
    with gzip.open(path, "wb", 1) as file:
        file.write(head)
        for _ in range(times):
            file.write(piece)
    found, memory, said = read(path)
    assert words in said
    assert found == rows
    assert memory < 600


@pytest.mark.soak
def test_an_item_of_two_gigabytes_out_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        piece = b"x" * _MIB
        try:
            with pipe.open("wb", buffering=0) as file:
                file.write(_LINES)
                for _ in range(2_000):
                    file.write(piece)
        except BrokenPipeError:
            pass  # the reader ends sooner

    writer = threading.Thread(target=write)
    writer.start()
    found, memory, said = read(pipe)
    writer.join()
    assert (found, "longer than 256 MiB" in said) == (1, True)
    assert memory < 600


@pytest.mark.soak
def test_a_sparse_file_of_a_terabyte_takes_no_time(tmp_path: Path) -> None:
    path = tmp_path / "sparse.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "it is binary" in read(path)[2]
