from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from backend.files.comparison import FileSide
from backend.model.comparison import Comparison, ItemsSide, Origin, TypeCount, compare
from backend.model.item import ConfigurationItem, Document
from backend.model.noise import USUAL, Noise
from backend.model.problem import BadInput


def item(name: str, size: str = "small", *, kind: str = "AWS::EC2::Volume", **more: object) -> ConfigurationItem:
    made = ConfigurationItem(resource_type=kind, resource_id=name, configuration={"size": size, "tags": [1]})
    return msgspec.structs.replace(made, **more)


def compared(before: list[ConfigurationItem], after: list[ConfigurationItem]) -> Comparison:
    return compare(ItemsSide(before, Origin(label="a")), ItemsSide(after, Origin(label="b")))


def test_what_is_new_gone_and_changed_is_told_by_type() -> None:
    group = "AWS::EC2::SecurityGroup"
    found = compared(
        [item("a"), item("b"), item("c"), item("g", kind=group)],
        [item("b"), item("c", "large"), item("d"), item("g", kind=group, tags={"Team": "shop"})],
    )
    assert found.by_type() == [TypeCount(group, changed=1), TypeCount("AWS::EC2::Volume", 1, 1, 1)]
    assert [(each.kind, each.key.resource_id) for each in found.differences] == [
        ("changed", "g"),
        ("gone", "a"),
        ("changed", "c"),
        ("new", "d"),
    ]
    assert [(each.path, each.before, each.after) for each in found.differences[2].changes] == [
        ("configuration.size", "small", "large")
    ]
    assert (found.same, found.before.count, found.after.count) == (1, 4, 4)


def test_a_newer_item_that_says_the_same_is_no_change() -> None:
    found = compared([item("a", capture_time=1, state_id="1")], [item("a", capture_time=2, state_id="2")])
    assert (found.differences, found.same) == ((), 1)


def test_a_deleted_resource_is_gone_and_types_meet_in_any_spelling() -> None:
    found = compared([item("a"), item("b")], [item("a", status="ResourceDeleted"), item("b", kind="AWS::EC2::VOLUME")])
    assert [(each.kind, each.key.resource_id) for each in found.differences] == [("gone", "a")]


def test_noise_is_left_out_and_can_be_let_in_again() -> None:
    found = compared([item("a"), item("b", tags={"x": "1"})], [item("a", "large"), item("b", "large", tags={"x": "2"})])
    noise = Noise().toggled("configuration.size")
    quiet = found.without(noise)
    assert [each.key.resource_id for each in quiet.differences] == ["b"]
    assert [change.path for change in quiet.differences[0].changes] == ["tags.x"]
    assert (quiet.same, quiet.ignored) == (1, 1)
    assert found.without(noise.toggled("configuration.size")) == found


@pytest.mark.parametrize(
    ("pattern", "path", "hidden"),
    [
        ("configuration.state", "configuration.state.name", True),
        ("configuration.state", "configuration.stateReason", False),
        ("configuration.rules[3]", "configuration.rules[7].port", True),
        ("*.lastused", "configuration.keys[0].LastUsed", True),
        ("tags", "tags", True),
        ("", "tags", False),
    ],
)
def test_a_noise_path_names_itself_and_what_is_below_it(pattern: str, path: str, hidden: bool) -> None:
    assert Noise([pattern]).hides(path) is hidden


def test_the_usual_noise_hides_when_something_was_used_last() -> None:
    assert Noise(USUAL).hides("configuration.roleLastUsed.lastUsedDate")


# Files


def written(path: Path, entries: list[Document], *, snapshot: bool = True) -> Path:
    head: Document = {"fileVersion": "1.0", "configSnapshotId": "x"} if snapshot else {"fileVersion": "1.0"}
    path.write_bytes(msgspec.json.encode({**head, "configurationItems": entries}))
    return path


def entry(name: str, size: int = 1, **more: object) -> Document:
    return {
        "resourceType": "AWS::EC2::Volume",
        "resourceId": name,
        "configurationItemCaptureTime": "2026-03-01T00:00:00.000Z",
        "configurationItemVersion": "1.3",
        "configuration": {"size": size},
        **more,
    }


def test_two_files_are_compared_without_opening_what_is_the_same(tmp_path: Path) -> None:
    many = [entry(f"vol-{number}") for number in range(2_000)]
    one = FileSide(written(tmp_path / "a.json", many))
    other = FileSide(written(tmp_path / "b.json", [*many[1:-1], entry("vol-1999", 8), entry("vol-new")]))
    read: list[int] = []
    reading = other.read
    other.read = lambda keys: read.append(len(keys)) or reading(keys)  # type: ignore[method-assign,func-returns-value]
    found = compare(one, other)
    assert [(each.kind, each.key.resource_id) for each in found.differences] == [
        ("gone", "vol-0"),
        ("changed", "vol-1999"),
        ("new", "vol-new"),
    ]
    assert (found.same, found.before.count, found.after.count, read) == (1_998, 2_000, 2_000, [1, 1])
    assert len(found.before.sha256) == 64
    one.close()
    other.close()


def test_a_file_is_compared_with_items_from_elsewhere(tmp_path: Path) -> None:
    side = FileSide(written(tmp_path / "a.json", [entry("a"), entry("b")], snapshot=False))
    now = [ConfigurationItem(resource_type="AWS::EC2::Volume", resource_id="a", configuration={"size": 1})]
    found = compare(side, ItemsSide(now, Origin(label="now")))
    assert [(each.kind, each.key.resource_id) for each in found.differences] == [("gone", "b")]
    assert "does not say that it is a snapshot" in found.before.gaps[0]
    side.close()


def test_a_file_that_is_cut_off_cannot_be_compared(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", [entry("a")])
    path.write_bytes(path.read_bytes()[:-30])
    side = FileSide(path)
    with pytest.raises(BadInput):
        side.fingerprints(lambda done, total, what: None)
    side.close()
