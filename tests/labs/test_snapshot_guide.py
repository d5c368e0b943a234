"""The guide to snapshot delivery (source 001): its commands, run with the stock command line."""

from __future__ import annotations

import gzip
import json

import pytest

from backend.files.read import read_items
from backend.model.moment import MINUTE, parse
from tests.labs.conftest import Lab

BUCKET = "config-bucket-sgp"


@pytest.mark.requirement("SNP-01")
@pytest.mark.requirement("S3-01")
@pytest.mark.requirement("S3-07")
def test_the_guide_from_delivery_to_the_opened_object(lab: Lab) -> None:
    # Delivering the configuration snapshot.
    asked = parse(lab.control("clock", {"paused": True})["now"])
    snapshot_id = lab.json("aws configservice deliver-config-snapshot --delivery-channel-name default")[
        "configSnapshotId"
    ]
    lab.control("clock", {"advance": "1m"})

    # Verifying the delivery status: the time is that of the last request.
    (channel,) = lab.json("aws configservice describe-delivery-channel-status")["DeliveryChannelsStatus"]
    assert channel["name"] == "default"
    for delivery in ("configSnapshotDeliveryInfo", "configHistoryDeliveryInfo", "configStreamDeliveryInfo"):
        assert channel[delivery]["lastStatus"] == "SUCCESS"
    assert 0 <= parse(channel["configSnapshotDeliveryInfo"]["lastSuccessfulTime"]) - asked < MINUTE

    # Viewing it in the bucket: through the nested folders to the object with the id that the command gave.
    prefix = ""
    while True:
        listed = lab.run(f"aws s3 ls s3://{BUCKET}/{prefix}").splitlines()
        names = {line.split()[-1] for line in listed}
        found = next((name for name in names if snapshot_id in name), None)
        if found is not None:
            break
        steps = ("AWSLogs/", "696686700433/", "Config/", "ap-southeast-1/", "2023/", "2/", "28/", "ConfigSnapshot/")
        if prefix == "AWSLogs/696686700433/Config/":
            check = next(line for line in listed if line.endswith("ConfigWritabilityCheckFile"))
            assert check.split()[2] == "0"
        prefix += next(step for step in steps if step in names and not prefix.endswith(step))

    lab.run(f"aws s3 cp s3://{BUCKET}/{prefix}{found} . --only-show-errors")
    with gzip.open(lab.folder / found) as file:
        document = json.load(file)
    assert list(document) == ["fileVersion", "configSnapshotId", "configurationItems"]
    assert (document["fileVersion"], document["configSnapshotId"]) == ("1.0", snapshot_id)
    items = list(read_items(lab.folder / found))
    assert len(items) == len(document["configurationItems"]) > 100
    volume = next(item for item in items if item.resource_type == "AWS::EC2::Volume" and item.relationships)
    instances = {item.resource_id for item in items if item.resource_type == "AWS::EC2::Instance"}
    attached = [link for link in volume.relationships if link.resource_type == "AWS::EC2::Instance"]
    assert {link.name for link in attached} == {"Is attached to Instance"}
    assert {link.resource_id for link in attached} <= instances
