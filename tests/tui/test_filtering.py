from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.item import ResourceSummary
from backend.model.moment import parse
from backend.model.standing import Standing
from tui.filtering import FIELDS, completions, read_filter
from tui.panes.listing import Entry

NOW = parse("2026-03-07T12:00:00Z")


def _row(kind: str, resource_id: str, name: str = "", *, broken: tuple[str, ...] = (), **known: object) -> Entry:
    summary = ResourceSummary(
        resource_type=f"AWS::{kind}", resource_id=resource_id, resource_name=name or None, region="ap-southeast-1"
    )
    told: dict[str, object] = {"tags": {}, "state": "", "account": "696686700433", "region": summary.region, **known}
    standing = Standing(key=summary.key, name=name, **told)  # type: ignore[arg-type]
    return Entry(summary, standing=standing, broken=broken)


ROWS = [
    _row("EC2::Instance", "i-1", "web", tags={"Team": "Orders & Checkout", "Env": "prod"}, state="running",
         zone="ap-southeast-1a", status="OK", captured=parse("2026-03-06T09:00:00Z")),
    _row("EC2::Volume", "vol-1", tags={"Team": "shop"}, state="in-use", zone="ap-southeast-1b",
         status="ResourceDiscovered", captured=parse("2026-03-01T00:00:00Z"), broken=("encrypted-volumes",)),
    _row("IAM::Role", "AROA1", "deploy-web", status="OK", captured=parse("2026-02-01T00:00:00Z")),
]  # fmt: skip
ROWS.append(Entry(ResourceSummary(resource_type="AWS::S3::Bucket", resource_id="logs", region="eu-west-1")))


def _ids(text: str) -> list[str]:
    wanted = read_filter(text, NOW)
    return [ROWS[number].summary.resource_id for number in wanted.kept(ROWS)]


@pytest.mark.requirement("ITM-22")
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["i-1", "vol-1", "AROA1", "logs"]),
        ("WEB", ["i-1", "AROA1"]),
        ("web -role", ["i-1"]),
        ("type:Instance", ["i-1"]),
        ("type:AWS::EC2::", ["i-1", "vol-1"]),
        ('type:"EC2 Vol"', ["vol-1"]),
        ("type:volume,role", ["vol-1", "AROA1"]),
        ("-type:ec2", ["AROA1", "logs"]),
        ("id:vol", ["vol-1"]),
        ("name:web", ["i-1", "AROA1"]),
        ("tag:Team", ["i-1", "vol-1"]),
        ("tag:team=shop", ["vol-1"]),
        ("tag:shop", ["vol-1"]),
        ('tag:"Team=Orders & Checkout"', ["i-1"]),
        ('tag:Team="orders &"', ["i-1"]),
        ("tags:Env=prod", ["i-1"]),
        ("region:eu", ["logs"]),
        ("zone:1b", ["vol-1"]),
        ("account:6966", ["i-1", "vol-1", "AROA1"]),
        ("state:running,in-use", ["i-1", "vol-1"]),
        ("status:discovered", ["vol-1"]),
        ("rule:encrypted", ["vol-1"]),
        ("-rule:encrypted", ["i-1", "AROA1", "logs"]),
        ("after:2026-03-01", ["i-1", "vol-1"]),
        ("after:-2d", ["i-1"]),
        ("before:2026-03-01", ["AROA1"]),
        ("after:2026-02-15 before:2026-03-02", ["vol-1"]),
        ("-after:-2d", ["vol-1", "AROA1"]),
        ("nothing-like-it", []),
    ],
)
def test_what_a_filter_leaves(text: str, ids: list[str]) -> None:
    assert _ids(text) == ids


def test_what_is_not_known_of_a_row_yet_meets_nothing_that_asks_for_it() -> None:
    assert "logs" not in _ids("-tag:Team")
    assert "logs" not in _ids("-state:running")
    assert "logs" in _ids("-rule:encrypted")


@pytest.mark.parametrize("text", ['"type:Instance"', "arn:aws:s3", "AWS::EC2::Instance"])
def test_colons_that_belong_to_the_text_are_looked_for(text: str) -> None:
    wanted = read_filter(text, NOW)
    assert wanted.words == (text.strip('"').casefold(),)
    assert not wanted.problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tpye:Instance", "did you mean type:?"),
        ("colour:red", "fields are type id name"),
        ("after:yesterday", "is not a moment"),
        ("before:2027-01-01", "is still to come"),
    ],
)
def test_what_cannot_be_meant_is_said_and_the_rest_still_filters(text: str, problem: str) -> None:
    assert problem in read_filter(text, NOW).problem
    assert _ids(f"web {text}") == ([] if "after" not in text and "before" not in text else ["i-1", "AROA1"])


@pytest.mark.parametrize("text", ["type:", "-", "tag:=", 'tag:"', "web -type:", "after:"])
def test_a_part_that_is_only_begun_leaves_nothing_out(text: str) -> None:
    assert not read_filter(text, NOW).problem
    assert _ids(text) == (_ids("web") if "web" in text else _ids(""))


def test_a_filter_says_what_it_means() -> None:
    wanted = read_filter('web type:Instance,Volume -state:stopped tag:Team=shop after:-2d "a b" rule:ssh', NOW)
    assert wanted.meaning() == (
        "“web” · type Instance or Volume · not state stopped · tag Team=shop · captured after 2026-03-05 12:00 · "
        "“a b” · breaks ssh"
    )


def test_a_filter_says_what_has_to_be_read_for_it() -> None:
    assert not read_filter("web type:x id:y name:z region:r", NOW).needs_items
    assert all(read_filter(f"{word}:x1", NOW).needs_items for word in ("tag", "zone", "account", "state", "status"))
    assert read_filter("after:-2d", NOW).needs_items
    assert read_filter("rule:x", NOW).needs_rules


KNOWN = {
    "type": ["AWS::EC2::Instance", "AWS::EC2::InternetGateway", "AWS::S3::Bucket"],
    "tag": ["Team=shop", "Team=Orders & Checkout", "Env=prod"],
    "state": ["running", "stopped"],
}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("st", ["state:", "status:"]),
        ("web -st", ["web -state:", "web -status:"]),
        ("state:", ["state:running", "state:stopped"]),
        ("state:r", ["state:running"]),
        ("state:running,s", ["state:running,stopped"]),
        ("tag:", ["tag:Env=", "tag:Team="]),
        ("-tag:te", ["-tag:Team="]),
        ("type:buck", ["type:AWS::S3::Bucket"]),
        ("web tag:Team=o", ['web tag:"Team=Orders & Checkout"']),
        ('tag:"Team=Orders & C', ['tag:"Team=Orders & Checkout"']),
        ("nothing:x", []),
    ],
)
def test_fields_and_known_values_are_completed(text: str, lines: list[str]) -> None:
    assert completions(text, KNOWN) == lines


@given(
    st.text() | st.lists(st.sampled_from([*(f"{name}:" for name in FIELDS), "-", '"', "x", "=", ",", " "])).map("".join)
)
def test_whatever_is_typed_is_a_filter(text: str) -> None:
    wanted = read_filter(text, NOW)
    assert set(wanted.kept(ROWS)) <= set(range(len(ROWS)))
    assert isinstance(wanted.meaning(), str)
    completions(text, KNOWN)
