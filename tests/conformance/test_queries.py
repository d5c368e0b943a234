"""Advanced queries through boto3, against the shape of answers that the guide and published recordings show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.backend.engine.conftest import ACCOUNT, BUCKET, REGION
from tests.conformance.conftest import Boto, Refusal


@pytest.mark.operation("SelectResourceConfig")
def test_a_query_answers_with_the_fields_in_the_order_asked_for(boto: Boto, recording: None) -> None:
    config = boto.client("config")
    boto.advance("30m")
    asked = "SELECT resourceId, configuration.name, awsRegion WHERE resourceType = 'AWS::S3::Bucket'"
    answer = config.select_resource_config(Expression=asked)
    assert answer["QueryInfo"] == {
        "SelectFields": [{"Name": "resourceId"}, {"Name": "configuration.name"}, {"Name": "awsRegion"}]
    }
    (row,) = map(json.loads, answer["Results"])
    assert row == {"resourceId": BUCKET, "configuration": {"name": BUCKET}, "awsRegion": REGION}
    assert "NextToken" not in answer


def test_a_count_is_named_as_it_was_written(boto: Boto, config: Any, recording: None) -> None:
    boto.advance("30m")
    counted = config.select_resource_config(Expression="SELECT resourceType, COUNT(*) GROUP BY resourceType")
    counts = {row["resourceType"]: row["COUNT(*)"] for row in map(json.loads, counted["Results"])}
    listed = config.get_discovered_resource_counts()["resourceCounts"]
    assert {kind: counts[kind] for kind in counts if "::Config::" not in kind} == {
        each["resourceType"]: each["count"] for each in listed if "::Config::" not in each["resourceType"]
    }


@pytest.mark.operation("SelectResourceConfig")
def test_pages_of_a_query_hold_every_row_once(boto: Boto, recording: None) -> None:
    config, sns = boto.client("config"), boto.client("sns")
    for number in range(7):
        sns.create_topic(Name=f"topic-{number}")
    boto.advance("30m")
    pages = config.get_paginator("select_resource_config").paginate(
        Expression="SELECT arn WHERE resourceType = 'AWS::SNS::Topic'", PaginationConfig={"PageSize": 3}
    )
    sizes, rows = zip(*((len(page["Results"]), page["Results"]) for page in pages), strict=True)
    assert sizes == (3, 3, 2)
    arns = sorted(json.loads(row)["arn"] for page in rows for row in page)
    wanted = [f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}" for name in (*(f"topic-{n}" for n in range(7)), "awsconfig-lab")]
    assert arns == sorted(wanted)


@pytest.mark.parametrize(
    "expression",
    [
        "SELECT",
        "DELETE WHERE resourceType = 'AWS::S3::Bucket'",
        "SELECT resourceId FROM resources",
        "SELECT resourceId WHERE resourceType LIKE '%Bucket'",
        "SELECT resourceId AS id",
        "SELECT resourceId WHERE resourceType = 'AWS::S3::Bucket",
        "SELECT " + "(" * 2000,
        "SELECT nothing.of.the.kind",
        "\x00",
    ],
)
def test_what_is_no_query_is_refused(config: Any, refused: Refusal, recording: None, expression: str) -> None:
    assert refused(config.select_resource_config, Expression=expression)[0] == "InvalidExpressionException"
    assert config.describe_configuration_recorders()["ConfigurationRecorders"]
