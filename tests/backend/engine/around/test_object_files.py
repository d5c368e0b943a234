"""Objects are real files, whatever their keys, and no crash or refusal harms them."""

from __future__ import annotations

import posixpath
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.engine.around import s3
from backend.engine.context import Call, Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from tests.backend.engine.around.conftest import Refused
from tests.backend.engine.conftest import CallFixture


def files(engine: Engine) -> dict[str, bytes]:
    """Every file below the bucket folder, by its path."""
    root = engine.store.folder / "buckets"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_an_object_is_a_file_of_its_name(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="AWSLogs/1/Config/file.json.gz", Body=b"bytes")
    assert files(engine) == {"reports/AWSLogs/1/Config/file.json.gz": b"bytes"}


@pytest.mark.parametrize(
    "key",
    [
        "a/../escape",
        "/absolute",
        "a//b",
        "folder/",
        ".",
        "a/..",
        "./x",
        "a/b/../../c",
        "nul\x00",
        "line\nbreak",
        "x" * 300,
    ],
)
def test_no_key_leaves_its_bucket(engine: Engine, call: CallFixture, bucket: str, key: str, tmp_path: Path) -> None:
    call("s3", "PutObject", Bucket=bucket, Key=key, Body=b"kept inside")
    assert list(files(engine).values()) == [b"kept inside"]
    assert next(iter(files(engine))).startswith(f"{bucket}/")
    assert call("s3", "GetObject", Bucket=bucket, Key=key)["Body"] == b"kept inside"
    assert call("s3", "ListObjectsV2", Bucket=bucket)["Contents"][0]["Key"] == key


@pytest.mark.parametrize("key", ["../escape", "..", "a/../../b", "./..", "a/../b/../../c"])
def test_a_key_that_climbs_is_refused(engine: Engine, refused: Refused, bucket: str, key: str) -> None:
    assert refused("s3", "PutObject", Bucket=bucket, Key=key, Body=b"").code == "InvalidURI"
    assert refused("s3", "CreateMultipartUpload", Bucket=bucket, Key=key).code == "InvalidURI"
    assert files(engine) == {}


def _inside(key: str) -> bool:
    """Whether a key stays in its bucket, as far as S3 is sure of it."""
    return posixpath.normpath(f"bucket/{key}").split("/")[0] == "bucket"


KEYS = st.lists(
    st.text(st.sampled_from("ab/.~2é\x00 "), min_size=1, max_size=8).filter(_inside),
    min_size=1,
    max_size=8,
    unique=True,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=KEYS)
def test_keys_never_share_a_file(engine: Engine, call: CallFixture, keys: list[str]) -> None:
    call("s3", "CreateBucket", region="us-east-1", Bucket="any-keys")
    for number, key in enumerate(keys):
        call("s3", "PutObject", Bucket="any-keys", Key=key, Body=b"%d" % number)
    for number, key in enumerate(keys):
        assert call("s3", "GetObject", Bucket="any-keys", Key=key)["Body"] == b"%d" % number
    listed = call("s3", "ListObjectsV2", Bucket="any-keys")["Contents"]
    assert [each["Key"] for each in listed] == sorted(keys, key=str.encode)
    for key in keys:
        call("s3", "DeleteObject", Bucket="any-keys", Key=key)
    assert files(engine) == {}
    call("s3", "DeleteBucket", Bucket="any-keys")


def test_a_file_may_stand_where_a_folder_is_wanted(engine: Engine, call: CallFixture, bucket: str) -> None:
    for key in ("a", "a/b", "a/b/c", "a/", "a/d"):
        call("s3", "PutObject", Bucket=bucket, Key=key, Body=key.encode())
    for key in ("a", "a/b", "a/b/c", "a/", "a/d"):
        assert call("s3", "GetObject", Bucket=bucket, Key=key)["Body"] == key.encode()


def test_an_overwritten_file_goes_when_the_new_one_is_safe(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"old")
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"new")
    assert list(files(engine).values()) == [b"new"]


def test_the_same_bytes_again_keep_their_file(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="ConfigWritabilityCheckFile", Body=b"")
    call("s3", "PutObject", Bucket=bucket, Key="ConfigWritabilityCheckFile", Body=b"", ContentType="text/plain")
    assert files(engine) == {"reports/ConfigWritabilityCheckFile": b""}
    head = call("s3", "HeadObject", Bucket=bucket, Key="ConfigWritabilityCheckFile")
    assert head["ContentType"] == "text/plain"


def test_deleting_the_last_object_of_a_folder_takes_the_folder(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="a/b/c", Body=b"")
    call("s3", "DeleteObject", Bucket=bucket, Key="a/b/c")
    assert list((engine.store.folder / "buckets").rglob("*")) == []


def test_an_undone_write_leaves_the_old_object_in_place(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"old")

    def half_done(ctx: Context) -> None:
        s3.put_object(ctx, bucket, "k", b"new")
        s3.remove_bucket(ctx, bucket)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        engine.act(half_done)
    assert call("s3", "GetObject", Bucket=bucket, Key="k")["Body"] == b"old"
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"next")
    assert call("s3", "GetObject", Bucket=bucket, Key="k")["Body"] == b"next"


def test_an_undone_part_of_a_call_leaves_its_objects_in_place(engine: Engine, call: CallFixture, bucket: str) -> None:
    call("s3", "PutObject", Bucket=bucket, Key="k", Body=b"old")

    def refused_part(ctx: Context) -> None:
        with pytest.raises(RuntimeError), ctx.store.savepoint():
            s3.remove_bucket(ctx, bucket)
            raise RuntimeError("refused")

    engine.act(refused_part)
    assert call("s3", "GetObject", Bucket=bucket, Key="k")["Body"] == b"old"


def test_a_world_on_disk_keeps_its_objects_when_it_is_opened_again(tmp_path: Path) -> None:
    options = WorldOptions(start=0, resources=0)
    first = Engine(tmp_path, options, local_aws())
    first.call(Call("s3", "CreateBucket", {"Bucket": "kept"}, "us-east-1"))
    first.call(Call("s3", "PutObject", {"Bucket": "kept", "Key": "a/b", "Body": b"x"}, "us-east-1"))
    first.close()
    assert (tmp_path / "buckets" / "kept" / "a" / "b").read_bytes() == b"x"
    again = Engine(tmp_path, options, local_aws())
    assert s3.get_body(again.context(), "kept", "a/b") == b"x"
    again.close()
