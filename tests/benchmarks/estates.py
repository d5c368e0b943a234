"""Snapshots of large estates, made up: a dozen types, links, about 2.7 kB an item, half of which never repeats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from isal import igzip

from backend.model.item import Document, ResourceKey

_KINDS: tuple[tuple[str, str, int, tuple[tuple[int, str], ...]], ...] = (
    # Type, beginning of the id, how many of a hundred, and links as (which kind, relationship).
    (
        "AWS::EC2::Instance",
        "i",
        20,
        (
            (1, "Is attached to Volume"),
            (2, "Contains NetworkInterface"),
            (3, "Is associated with SecurityGroup"),
            (4, "Is contained in Subnet"),
            (5, "Is contained in Vpc"),
        ),
    ),
    ("AWS::EC2::Volume", "vol", 22, ((0, "Is attached to Instance"),)),
    (
        "AWS::EC2::NetworkInterface",
        "eni",
        20,
        (
            (0, "Is attached to Instance"),
            (3, "Is associated with SecurityGroup"),
            (4, "Is contained in Subnet"),
            (5, "Is contained in Vpc"),
        ),
    ),
    ("AWS::EC2::SecurityGroup", "sg", 8, ((5, "Is contained in Vpc"),)),
    ("AWS::EC2::Subnet", "subnet", 3, ((5, "Is contained in Vpc"),)),
    ("AWS::EC2::VPC", "vpc", 1, ()),
    ("AWS::IAM::Role", "AROA", 8, ((7, "Is attached to CustomerManagedPolicy"),)),
    ("AWS::IAM::Policy", "ANPA", 4, ((6, "Is attached to Role"),)),
    ("AWS::Lambda::Function", "fn", 6, ((6, "Is associated with "), (3, "Is associated with SecurityGroup"))),
    ("AWS::S3::Bucket", "bucket", 4, ()),
    ("AWS::CloudWatch::Alarm", "alarm", 4, ()),
)
_OWNERS = tuple(kind for kind, (_, _, share, _) in enumerate(_KINDS) for _ in range(share))
HUB = ResourceKey("AWS::IAM::Role", "AROAHUB")
_REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-2")
_STATES = ("running", "running", "running", "stopped", "available", "in-use")


def write_estate(path: Path, count: int, *, changed: int = 0) -> Path:
    """A snapshot of so many items as a gzip file; every `changed`-th is another than in the one with 0."""
    with igzip.open(path, "wb", compresslevel=2) as file:
        file.write(b'{"fileVersion":"1.0","configSnapshotId":"made-up","configurationItems":[')
        for number, item in enumerate(_items(count, changed)):
            file.write((b"," if number else b"") + item)
        file.write(b"]}")
    return path


def write_hub(path: Path, count: int) -> Path:
    """A role, and so many functions that are linked to it."""
    role = {**_item(6, 6, other=False), "resourceId": HUB.resource_id, "relationships": []}
    said = {"resourceType": HUB.resource_type, "resourceId": HUB.resource_id, "name": "Is associated with "}
    functions = ({**_item(8, 8 + 100 * number, other=False), "relationships": [said]} for number in range(count))
    with igzip.open(path, "wb", compresslevel=2) as file:
        file.write(msgspec.json.encode({"configSnapshotId": "hub", "configurationItems": [role, *functions]}))
    return path


def _items(count: int, changed: int) -> Iterator[bytes]:
    for number in range(count):
        kind = _OWNERS[number % len(_OWNERS)]
        yield msgspec.json.encode(_item(kind, number, other=bool(changed) and number % changed == 0))


def _id(kind: int, number: int) -> str:
    return f"{_KINDS[kind][1]}-{number:017x}"


def _near(kind: int, number: int) -> str:
    """The id of a resource of a kind that lies near: small kinds are shared by more."""
    hundred = number - number % len(_OWNERS)
    first = _OWNERS.index(kind)
    return _id(kind, hundred + first + number % _KINDS[kind][2])


def _item(kind: int, number: int, *, other: bool) -> Document:
    resource_type, _, _, links = _KINDS[kind]
    own, region = _id(kind, number), _REGIONS[number % 3]
    noise = [hashlib.md5(f"{number}/{part}".encode()).hexdigest() for part in range(20)]
    return {
        "relatedEvents": [],
        "relationships": [
            {"resourceId": _near(end, number), "resourceType": _KINDS[end][0], "name": name} for end, name in links
        ],
        "configuration": {
            "id": own,
            "instanceType": f"t3.{('micro', 'small', 'large')[number % 3]}" if kind == 0 else None,
            "state": {"code": 16, "name": _STATES[number % len(_STATES)]},
            "description": "changed" if other else "as ever",
            "interfaces": [
                {"networkInterfaceId": f"eni-{text}", "status": "in-use", "deleteOnTermination": True} for text in noise
            ],
        },
        "supplementaryConfiguration": {},
        "tags": {"Name": f"{resource_type.rpartition('::')[2].lower()}-{number}", "Team": f"team-{number % 40}"},
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": f"2026-03-{1 + number % 28:02d}T{number % 24:02d}:00:00.000Z",
        "configurationStateId": 1772323200000 + number,
        "awsAccountId": f"{111111111111 + number % 4}",
        "configurationItemStatus": "OK",
        "resourceType": resource_type,
        "resourceId": own,
        "ARN": f"arn:aws:x:{region}:111111111111:{own}",
        "awsRegion": region,
        "availabilityZone": f"{region}{'abc'[number % 3]}",
        "configurationStateMd5Hash": "",
    }
