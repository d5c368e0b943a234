"""Items through boto3: what is discovered, what it looked like, and for how long it is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION
from tests.conformance.conftest import Boto, Refusal

BUCKETS = "AWS::S3::Bucket"


@pytest.mark.operation("GetResourceConfigHistory")
def test_a_bucket_is_followed_from_its_discovery_to_its_end(boto: Boto, recording: None) -> None:
    config, s3 = boto.client("config"), boto.client("s3")
    boto.advance("30m")
    s3.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": REGION})
    boto.advance("10m")
    s3.put_bucket_tagging(Bucket="evidence", Tagging={"TagSet": [{"Key": "stage", "Value": "lab"}]})
    boto.advance("10m")
    s3.delete_bucket(Bucket="evidence")
    boto.advance("10m")
    asked = {"resourceType": BUCKETS, "resourceId": "evidence"}
    items = config.get_resource_config_history(**asked)["configurationItems"]
    assert [item["configurationItemStatus"] for item in items] == ["ResourceDeleted", "OK", "ResourceDiscovered"]
    gone, changed, found = items
    assert changed["tags"] == {"stage": "lab"}
    assert json.loads(changed["supplementaryConfiguration"]["BucketTaggingConfiguration"]) == {
        "tagSets": [{"tags": {"stage": "lab"}}]
    }
    assert (gone["configuration"], gone["tags"], gone["supplementaryConfiguration"]) == ("null", {}, {})
    assert not {"availabilityZone", "resourceCreationTime"} & set(gone)
    assert json.loads(found["configuration"])["name"] == "evidence"
    # An access list is JSON inside the JSON of a value.
    assert json.loads(json.loads(found["supplementaryConfiguration"]["AccessControlList"]))["grantList"]
    assert {name: found[name] for name in ("version", "accountId", "awsRegion", "availabilityZone", "arn")} == {
        "version": "1.3",
        "accountId": ACCOUNT,
        "awsRegion": REGION,
        "availabilityZone": "Regional",
        "arn": "arn:aws:s3:::evidence",
    }
    assert (found["configurationItemMD5Hash"], found["relatedEvents"], found["relationships"]) == ("", [], [])
    captured = [item["configurationItemCaptureTime"] for item in items]
    state = int(found["configurationStateId"])
    assert datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=state) == captured[2]
    # Both bounds belong to the range; two bounds that are one are no range.
    ranged = config.get_resource_config_history(
        **asked, earlierTime=captured[2], laterTime=captured[1], chronologicalOrder="Forward"
    )
    assert ranged["configurationItems"] == [found, changed]


def test_what_was_never_discovered_is_said_so(config: Any, refused: Refusal, recording: None) -> None:
    assert refused(config.get_resource_config_history, resourceType=BUCKETS, resourceId="other") == (
        "ResourceNotDiscoveredException",
        "Resource other of resourceType:AWS::S3::Bucket is unknown or has not been discovered",
    )


@pytest.mark.operation("GetResourceConfigHistory")
def test_pages_of_a_history_hold_every_item_once(boto: Boto, recording: None) -> None:
    config, s3 = boto.client("config"), boto.client("s3")
    boto.advance("30m")
    for number in range(7):
        s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "n", "Value": str(number)}]})
        boto.advance("1m")
    asked = {"resourceType": BUCKETS, "resourceId": BUCKET, "chronologicalOrder": "Forward"}
    pages = list(
        config.get_paginator("get_resource_config_history").paginate(**asked, PaginationConfig={"PageSize": 3})
    )
    assert max(len(page["configurationItems"]) for page in pages) == 3
    states = [item["configurationStateId"] for page in pages for item in page["configurationItems"]]
    whole = config.get_resource_config_history(**asked, limit=100)["configurationItems"]
    assert states == [item["configurationStateId"] for item in whole]
    assert len(states) == len(set(states)) == 8


@pytest.mark.operation("ListDiscoveredResources", "GetDiscoveredResourceCounts", "BatchGetResourceConfig")
def test_what_is_discovered_is_listed_counted_and_read_in_a_batch(
    boto: Boto, recording: None, refused: Refusal
) -> None:
    config, s3 = boto.client("config"), boto.client("s3")
    s3.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": REGION})
    boto.advance("30m")
    listed = config.list_discovered_resources(resourceType=BUCKETS)["resourceIdentifiers"]
    assert sorted(listed, key=lambda each: str(each["resourceId"])) == [
        {"resourceType": BUCKETS, "resourceId": name, "resourceName": name} for name in (BUCKET, "evidence")
    ]
    counted = config.get_discovered_resource_counts()
    counts = {each["resourceType"]: each["count"] for each in counted["resourceCounts"]}
    assert counts[BUCKETS] == 2
    assert counted["totalDiscoveredResources"] == sum(counts.values())
    keys = [{"resourceType": BUCKETS, "resourceId": name} for name in ("evidence", "never-seen")]
    batch = config.batch_get_resource_config(resourceKeys=keys)
    assert [item["resourceId"] for item in batch["baseConfigurationItems"]] == ["evidence"]
    assert not {"tags", "relationships", "relatedEvents"} & set(batch["baseConfigurationItems"][0])
    s3.delete_bucket(Bucket="evidence")
    boto.advance("10m")
    assert len(config.list_discovered_resources(resourceType=BUCKETS)["resourceIdentifiers"]) == 1
    with_gone = config.list_discovered_resources(resourceType=BUCKETS, includeDeletedResources=True)
    deleted = {each["resourceId"]: each.get("resourceDeletionTime") for each in with_gone["resourceIdentifiers"]}
    assert deleted[BUCKET] is None
    assert deleted["evidence"] is not None
    both = {"resourceType": BUCKETS, "resourceIds": ["evidence"], "resourceName": "evidence"}
    assert refused(config.list_discovered_resources, **both)[0] == "ValidationException"


@pytest.mark.parametrize("region", ["us-west-2"])
def test_without_a_recorder_there_is_nothing_to_read(boto: Boto, refused: Refusal, region: str) -> None:
    config = boto.client("config", region)
    wanted = "NoAvailableConfigurationRecorderException"
    key = {"resourceType": BUCKETS, "resourceId": "b"}
    assert refused(config.get_resource_config_history, **key)[0] == wanted
    assert refused(config.list_discovered_resources, resourceType=BUCKETS)[0] == wanted
    assert refused(config.batch_get_resource_config, resourceKeys=[key])[0] == wanted
    assert config.get_discovered_resource_counts()["resourceCounts"] == []


@pytest.mark.operation("PutRetentionConfiguration", "DescribeRetentionConfigurations", "DeleteRetentionConfiguration")
def test_how_long_items_are_kept(boto: Boto, refused: Refusal) -> None:
    config = boto.client("config")
    assert config.describe_retention_configurations()["RetentionConfigurations"] == []
    kept = {"Name": "default", "RetentionPeriodInDays": 30}
    assert config.put_retention_configuration(RetentionPeriodInDays=30)["RetentionConfiguration"] == kept
    assert config.describe_retention_configurations(RetentionConfigurationNames=["default"])[
        "RetentionConfigurations"
    ] == [kept]
    for days in (2558, 9999):
        code, text = refused(config.put_retention_configuration, RetentionPeriodInDays=days)
        assert code == "ValidationException"
        assert text.endswith("Member must have value less than or equal to 2557")
    config.delete_retention_configuration(RetentionConfigurationName="default")
    gone = refused(config.delete_retention_configuration, RetentionConfigurationName="default")
    assert gone[0] == "NoSuchRetentionConfigurationException"
    named = refused(config.describe_retention_configurations, RetentionConfigurationNames=["default"])
    assert named[0] == "NoSuchRetentionConfigurationException"
