"""The bytes of a file, whatever it is: gzip in parts, a bomb, a device, a file that is being written."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.files import source
from backend.files.read import read_items
from backend.files.source import FileSource, opened
from backend.model.problem import BadInput
from tests.backend.files.samples import item, snapshot

WHOLE = json.dumps(snapshot(*(item(number, configuration={"text": "x" * 500}) for number in range(3_000)))).encode()


def written(folder: Path, content: bytes) -> Path:
    path = folder / "the-file"
    path.write_bytes(content)
    return path


def all_of(found: FileSource, most: int = 100_000) -> Iterator[bytes]:
    buffer = bytearray(most)
    while count := found.readinto(memoryview(buffer)):
        yield bytes(buffer[:count])


def complaint(path: Path, largest: int | None = None) -> str:
    with pytest.raises(BadInput) as raised:
        list(read_items(path, largest))
    return str(raised.value)


def test_all_members_of_gzip_data_are_one_text(tmp_path: Path) -> None:
    parts = [WHOLE[:1_000_000], b"", WHOLE[1_000_000:]]
    with opened(written(tmp_path, bytes(20).join(map(gzip.compress, parts)))) as found:
        assert b"".join(all_of(found)) == WHOLE
        assert found.rest is None


@pytest.mark.parametrize("more", [b"x", b"what a disk had there", b"\0\0 and text"])
def test_what_stands_behind_gzip_data_is_not_read_and_its_place_is_known(tmp_path: Path, more: bytes) -> None:
    packed = gzip.compress(WHOLE)
    with opened(written(tmp_path, packed + more)) as found:
        assert b"".join(all_of(found)) == WHOLE
        assert found.rest == len(packed) + len(more) - len(more.lstrip(b"\0"))


def test_of_damaged_gzip_data_all_but_the_last_piece_before_the_damage_is_given(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(os.urandom(2_000_000)))
    packed[1_500_000] ^= 0xFF
    packed[-8] ^= 0xFF
    given: list[int] = []
    with opened(written(tmp_path, bytes(packed))) as found, pytest.raises(BadInput, match="is damaged"):
        given.extend(map(len, all_of(found)))
    assert sum(given) > 1_300_000


def test_gzip_data_that_holds_far_more_than_its_size_is_not_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "HARMLESS", 1 << 20)
    many = json.dumps(snapshot(*(item(number) for number in range(20)))).encode()
    bomb = written(tmp_path, gzip.compress(many[:-2] + b" " * (5 << 20) + b"]}"))
    said = complaint(bomb)
    assert said.startswith("the-file inflates to more than 200 times its own size")
    assert "--largest SIZE" in said
    assert len(list(read_items(bomb, largest=10 << 20))) == 20


def test_what_one_file_may_inflate_to_can_be_said(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(WHOLE))
    assert "more than the 2,000,000 bytes it may have" in complaint(path, largest=2_000_000)
    assert len(list(read_items(path, largest=len(WHOLE)))) == 3_000


def test_what_is_inflated_or_piped_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST", 1 << 20)
    assert "inflates to more than" in complaint(written(tmp_path, gzip.compress(WHOLE)))
    assert len(list(read_items(written(tmp_path, WHOLE)))) == 3_000
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        # Nobody reads to the end of it.
        with contextlib.suppress(BrokenPipeError), pipe.open("wb", buffering=0) as file:
            file.write(WHOLE)

    writer = threading.Thread(target=write)
    writer.start()
    assert complaint(pipe).startswith("pipe is more than")
    writer.join()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("change", ["shrink", "grow", "rewrite"])
def test_a_file_that_changes_while_it_is_read_is_told_after_what_was_read(
    tmp_path: Path, packed: bool, change: str
) -> None:
    content = gzip.compress(WHOLE, 0) if packed else WHOLE
    path = written(tmp_path, content)
    os.utime(path, ns=(0, 0))
    found: list[str] = []
    with pytest.raises(BadInput, match="the-file changed while it was read"):
        for one in read_items(path):
            if not found:
                other = {"shrink": content[:-1_000], "grow": content + b" ", "rewrite": content}[change]
                path.write_bytes(other)
            found.append(one.resource_id)
    assert len(found) > 400


def test_devices_sockets_and_folders_are_told_in_a_sentence(tmp_path: Path) -> None:
    assert complaint(Path("/dev/null")) == "null is empty: it has no bytes at all. Download it again."
    assert "it is binary" in complaint(Path("/dev/zero"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        assert "cannot be opened" in complaint(tmp_path / "socket")
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "the-file").write_bytes(WHOLE)
    closed.chmod(0)
    try:
        if os.access(closed / "the-file", os.R_OK):
            pytest.skip("this user may read everything")
        assert "may not be read" in complaint(closed / "the-file")
    finally:
        closed.chmod(0o700)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", ""),
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("utf-32", "UTF-32"),
    ],
)
@pytest.mark.parametrize("most", [9, 1_000, 100_000])
def test_a_text_in_any_unicode_is_given_as_utf_8(tmp_path: Path, encoding: str, told: str, most: int) -> None:
    text = '{"äöü": "\U0001f511"}' * 5_000
    with opened(written(tmp_path, text.encode(encoding))) as found:
        given = b"".join(all_of(found, most)).decode("utf-8-sig")
        assert given == text
        assert found.encoding == told
