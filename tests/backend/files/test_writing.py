"""Items written to files that others read, and read again."""

from __future__ import annotations

import csv
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.files.inspection import inspect
from backend.files.read import read_items
from backend.files.writing.forms import FORMS, form_of, item_file
from backend.files.writing.tables import COLUMNS
from backend.model.item import ConfigurationItem, Relationship
from backend.model.problem import BadInput
from tests.tui.fake_session import BUCKET, INSTANCE, VOLUME, item

WEB = item(
    INSTANCE,
    "web-1",
    relationships=[Relationship("Is attached to Volume", *VOLUME)],
    tags={"Team": "shop"},
    configuration={"instanceType": "t3.large", "encrypted": False},
)
STRANGE = item(BUCKET, "=cmd|' /C calc'!A0", tags={"a\nb": 'c"d'}, configuration={"big": 2**70, "half": "\ud800"})
GONE = item(VOLUME, status="ResourceDeleted", configuration={})
INSTALLED = [form for form in FORMS if form not in ("parquet", "duckdb")]


def written(path: Path, *items: ConfigurationItem) -> Path:
    with item_file(path) as writer:
        for one in items:
            writer.write([one])
        writer.finish()
    return path


@contextmanager
def a_small_disk(size: int) -> Iterator[None]:
    """No file can become larger than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["out.json", "out.json.gz", "OUT.JSON.GZ"])
def test_a_snapshot_is_one_that_everybody_takes_for_one(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, WEB, GONE)
    found = inspect(path)
    assert (found.form, found.file_version, found.items, found.deleted) == ("snapshot", "1.0", 2, 1)
    assert found.snapshot_id
    assert found.sound
    assert found.compressed == name.lower().endswith(".gz")


@pytest.mark.parametrize("form", ["json", "json.gz"])
def test_what_is_read_again_is_what_was_written(tmp_path: Path, form: str) -> None:
    assert list(read_items(written(tmp_path / f"x.{form}", WEB, GONE))) == [WEB, GONE]


def test_a_snapshot_of_nothing_is_one_too(tmp_path: Path) -> None:
    document = json.loads(written(tmp_path / "none.json").read_text())
    assert document["configurationItems"] == []
    assert document["fileVersion"] == "1.0"


def test_a_line_is_an_item(tmp_path: Path) -> None:
    lines = written(tmp_path / "x.ndjson", WEB, STRANGE).read_bytes().splitlines()
    first, second = map(json.loads, lines)
    assert first["resourceName"] == "web-1"
    assert first["configurationItemCaptureTime"] == "2026-03-06T14:22:31.000Z"
    assert second["configuration"] == {"big": 2**70, "half": "?"}


def test_what_there_is_nothing_to_tell_of_is_left_out_as_delivered_files_do(tmp_path: Path) -> None:
    bare = ConfigurationItem(resource_type="AWS::EC2::Volume", resource_id="vol-1", capture_time=1)
    told = json.loads(written(tmp_path / "x.ndjson", bare).read_text())
    assert not told.keys() & {"resourceName", "ARN", "availabilityZone", "resourceCreationTime"}
    assert told["configuration"] is None


def test_a_row_has_what_the_item_tells_and_no_formula(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", WEB, STRANGE)
    with path.open(newline="") as file:
        first, second = csv.DictReader(file)
    assert tuple(first) == COLUMNS
    assert first["configurationItemCaptureTime"] == "2026-03-06T14:22:31.000Z"
    assert json.loads(first["tags"]) == {"Team": "shop"}
    assert json.loads(first["relationships"])[0]["resourceId"] == VOLUME.resource_id
    assert json.loads(first["configuration"])["encrypted"] is False
    assert second["resourceName"].startswith("'=cmd")
    assert json.loads(second["tags"]) == {"a\nb": 'c"d'}


def test_parquet_has_a_column_for_each_and_the_time_as_time(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: configscope[parquet]")
    table = parquet.read_table(written(tmp_path / "x.parquet", WEB, STRANGE))
    assert tuple(table.column_names) == COLUMNS
    first, second = table.to_pylist()
    assert first["configurationItemCaptureTime"].isoformat() == "2026-03-06T14:22:31+00:00"
    assert (first["resourceName"], first["availabilityZone"]) == ("web-1", None)
    assert json.loads(second["configuration"]) == {"big": 2**70, "half": "?"}


def test_parquet_is_written_in_groups_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: configscope[parquet]")
    monkeypatch.setattr("backend.files.writing.parquet._ROWS", 2)
    path = written(tmp_path / "x.parquet", WEB, GONE, WEB, GONE, WEB)
    assert parquet.ParquetFile(path).num_row_groups == 3
    assert parquet.read_table(path).num_rows == 5


def test_duckdb_has_a_table_that_can_be_asked(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed: configscope[duckdb]")
    path = written(tmp_path / "it's.duckdb", WEB, STRANGE, GONE)
    with duckdb.connect(str(path), read_only=True) as database:
        asked = "SELECT resourceId, epoch_ms(configurationItemCaptureTime) FROM items"
        plain = f"{asked} WHERE configuration->>'encrypted' = 'false'"
        assert database.sql(plain).fetchall() == [(INSTANCE.resource_id, WEB.capture_time)]
        assert database.sql("SELECT count(*) FROM items WHERE tags->>'Team' = 'shop'").fetchall() == [(1,)]
    assert [one.name for one in tmp_path.iterdir()] == ["it's.duckdb"]


def test_duckdb_takes_no_items_and_very_long_ones(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed: configscope[duckdb]")
    long = item(BUCKET, configuration={"text": "x" * (20 << 20)})
    for name, items in (("none.duckdb", ()), ("long.duckdb", (long,))):
        with duckdb.connect(str(written(tmp_path / name, *items)), read_only=True) as database:
            assert database.sql("SELECT count(*) FROM items").fetchall() == [(len(items),)]


@pytest.mark.parametrize("form", ["parquet", "duckdb"])
def test_a_library_that_is_not_installed_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadInput) as raised, item_file(tmp_path / f"x.{form}"):
        pass
    assert f"pip install 'configscope[{form}]' installs it." in str(raised.value)


def test_the_suffix_names_the_form() -> None:
    assert [form_of(Path(f"some.where/x.{form}")) for form in FORMS] == list(FORMS)
    assert form_of(Path("json.gz")) == form_of(Path("x.xlsx")) == ""


@pytest.mark.parametrize("form", INSTALLED)
def test_only_the_owner_reads_it_and_none_is_written_over(tmp_path: Path, form: str) -> None:
    path = written(tmp_path / f"x.{form}", WEB)
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadInput, match="is there already"):
        written(path, GONE)
    assert path.read_bytes() == before


def test_a_file_that_comes_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with pytest.raises(BadInput, match="is there already"), item_file(path) as writer:
        path.write_text("somebody else's")
        writer.finish()
    assert path.read_text() == "somebody else's"


@pytest.mark.parametrize("form", INSTALLED)
def test_what_is_not_finished_leaves_nothing(tmp_path: Path, form: str) -> None:
    with pytest.raises(RuntimeError), item_file(tmp_path / f"x.{form}") as writer:
        writer.write([WEB])
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", list(FORMS))
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, form: str) -> None:
    if form not in INSTALLED:
        pytest.importorskip({"parquet": "pyarrow", "duckdb": "duckdb"}[form], reason=f"configscope[{form}]")
    noise = "".join(f"{number * 7919 % 100_003:x}" for number in range(60_000))
    large = item(BUCKET, configuration={"text": noise})
    with pytest.raises(BadInput, match="cannot be written"), a_small_disk(20_000):
        written(tmp_path / f"x.{form}", large, large)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written: No such file or directory"):
        written(tmp_path / "none" / "x.csv", WEB)


def test_an_item_without_a_time_has_none_in_any_form(tmp_path: Path) -> None:
    timeless = item(BUCKET, captured=0)
    assert json.loads(written(tmp_path / "x.ndjson", timeless).read_text())["configurationItemCaptureTime"] is None
    with written(tmp_path / "x.csv", timeless).open() as file:
        assert next(csv.DictReader(file))["configurationItemCaptureTime"] == ""
