"""Who lets whom collect: authorizations, pending requests, and what they do to the status of a source."""

from __future__ import annotations

import pytest

from backend.engine.errors import ServiceError
from backend.model.moment import to_datetime
from tests.backend.engine.config.lab import OTHER_REGION, Lab
from tests.backend.engine.conftest import REGION

REQUEST = "PendingAggregationRequests"


def requests(lab: Lab, account: str, region: str = REGION) -> list[tuple[str, str]]:
    """Who waits for an account's word, by account and region."""
    found = lab.call("DescribePendingAggregationRequests", account, region=region)[REQUEST]
    return [(request["RequesterAccountId"], request["RequesterAwsRegion"]) for request in found]


def test_an_authorization_is_shown(lab: Lab) -> None:
    asked = {"AuthorizedAccountId": "111122223333", "AuthorizedAwsRegion": "eu-west-1"}
    arn = f"arn:aws:config:{REGION}:{lab.main}:aggregation-authorization/111122223333/eu-west-1"
    made = lab.call("PutAggregationAuthorization", **asked, Tags=[{"Key": "why", "Value": "audit"}])
    assert made["AggregationAuthorization"] == {
        "AggregationAuthorizationArn": arn,
        **asked,
        "CreationTime": to_datetime(lab.engine.now),
    }
    lab.wait(60)
    again = lab.call("PutAggregationAuthorization", **asked, Tags=[{"Key": "why", "Value": "forgotten"}])
    assert again == made
    assert lab.call("ListTagsForResource", ResourceArn=arn) == {"Tags": [{"Key": "why", "Value": "audit"}]}
    assert lab.call("DescribeAggregationAuthorizations") == {
        "AggregationAuthorizations": [made["AggregationAuthorization"]]
    }
    assert lab.call("DescribeAggregationAuthorizations", region=OTHER_REGION) == {"AggregationAuthorizations": []}


def test_authorizations_come_in_pages(lab: Lab) -> None:
    for region in ("eu-west-1", "eu-west-2", "eu-north-1"):
        lab.call("PutAggregationAuthorization", AuthorizedAccountId="111122223333", AuthorizedAwsRegion=region)
    first = lab.call("DescribeAggregationAuthorizations", Limit=2)
    rest = lab.call("DescribeAggregationAuthorizations", Limit=2, NextToken=first["NextToken"])
    found = [each["AuthorizedAwsRegion"] for page in (first, rest) for each in page["AggregationAuthorizations"]]
    assert found == ["eu-north-1", "eu-west-1", "eu-west-2"]
    assert "NextToken" not in rest


def test_a_deleted_one_is_gone_and_deleting_none_is_no_error(lab: Lab) -> None:
    asked = {"AuthorizedAccountId": "111122223333", "AuthorizedAwsRegion": "eu-west-1"}
    lab.call("PutAggregationAuthorization", **asked)
    for _ in range(2):
        lab.call("DeleteAggregationAuthorization", **asked)
    assert lab.call("DescribeAggregationAuthorizations") == {"AggregationAuthorizations": []}


def test_a_region_has_to_look_like_one(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="InvalidParameterValueException"):
        lab.call("PutAggregationAuthorization", AuthorizedAccountId="111122223333", AuthorizedAwsRegion="moon")


def test_a_source_that_has_not_agreed_is_asked(lab: Lab) -> None:
    lab.aggregate(lab.main, lab.second)
    assert lab.statuses() == {
        (lab.main, REGION): "SUCCEEDED",
        (lab.main, OTHER_REGION): "SUCCEEDED",
        (lab.second, REGION): "FAILED",
        (lab.second, OTHER_REGION): "FAILED",
    }
    assert requests(lab, lab.second) == requests(lab, lab.second, OTHER_REGION) == [(lab.main, REGION)]
    assert requests(lab, lab.main) == requests(lab, lab.third) == []


def test_an_authorization_answers_the_request_of_its_region(lab: Lab) -> None:
    lab.aggregate(lab.second)
    lab.authorize(lab.second)
    assert (requests(lab, lab.second), requests(lab, lab.second, OTHER_REGION)) == ([], [(lab.main, REGION)])
    lab.wait(15)
    assert lab.statuses() == {(lab.second, REGION): "SUCCEEDED", (lab.second, OTHER_REGION): "FAILED"}


def test_who_agreed_before_is_not_asked(lab: Lab) -> None:
    lab.authorize(lab.second, REGION, OTHER_REGION)
    lab.aggregate(lab.second)
    assert requests(lab, lab.second) == []
    assert set(lab.statuses().values()) == {"SUCCEEDED"}


def test_an_authorization_for_another_region_is_none(lab: Lab) -> None:
    lab.call("PutAggregationAuthorization", lab.second, AuthorizedAccountId=lab.main, AuthorizedAwsRegion=OTHER_REGION)
    lab.aggregate(lab.second)
    assert lab.statuses()[lab.second, REGION] == "FAILED"


def test_who_takes_it_back_grows_old_and_is_asked_again(lab: Lab) -> None:
    lab.authorize(lab.second, REGION, OTHER_REGION)
    lab.aggregate(lab.second)
    lab.call("DeleteAggregationAuthorization", lab.second, AuthorizedAccountId=lab.main, AuthorizedAwsRegion=REGION)
    lab.wait(15)
    assert lab.statuses() == {(lab.second, REGION): "OUTDATED", (lab.second, OTHER_REGION): "SUCCEEDED"}
    assert requests(lab, lab.second) == [(lab.main, REGION)]


def test_a_refused_request_does_not_come_back_by_itself(lab: Lab) -> None:
    lab.aggregate(lab.second)
    lab.call("DeletePendingAggregationRequest", lab.second, RequesterAccountId=lab.main, RequesterAwsRegion=REGION)
    lab.wait(3600)
    assert requests(lab, lab.second) == []
    lab.aggregate(lab.second)
    assert requests(lab, lab.second) == [(lab.main, REGION)]


def test_requests_go_with_the_last_aggregator_that_made_them(lab: Lab) -> None:
    lab.aggregate(lab.second, name="one")
    lab.aggregate(lab.second, name="two")
    lab.call("DeleteConfigurationAggregator", ConfigurationAggregatorName="one")
    assert requests(lab, lab.second) == [(lab.main, REGION)]
    lab.aggregate(lab.third, name="two")
    assert requests(lab, lab.second) == []
    assert requests(lab, lab.third) == [(lab.main, REGION)]


def test_requests_come_in_pages(lab: Lab) -> None:
    for region in (REGION, OTHER_REGION):
        lab.aggregate(lab.second, region=region)
    first = lab.call("DescribePendingAggregationRequests", lab.second, Limit=1)
    rest = lab.call("DescribePendingAggregationRequests", lab.second, Limit=1, NextToken=first["NextToken"])
    assert [each["RequesterAwsRegion"] for page in (first, rest) for each in page[REQUEST]] == [REGION, OTHER_REGION]
    assert "NextToken" not in rest


def test_the_organization_needs_no_authorizations(lab: Lab) -> None:
    lab.aggregate_organization()
    statuses = lab.call("DescribeConfigurationAggregatorSourcesStatus", ConfigurationAggregatorName="all")
    first, *sources = statuses["AggregatedSourceStatusList"]
    assert (first["SourceType"], first["AwsRegion"], first["LastUpdateStatus"]) == ("ORGANIZATION", REGION, "SUCCEEDED")
    assert {source["SourceId"] for source in sources} == set(lab.accounts)
    assert {source["LastUpdateStatus"] for source in sources} == {"SUCCEEDED"}
    assert requests(lab, lab.second) == []


def test_an_account_of_nobody_fails(lab: Lab) -> None:
    lab.aggregate("111122223333")
    (status,) = {tuple(sorted(lab.statuses(Limit=1).items()))}
    assert status[0][1] == "FAILED"


def test_a_failed_source_says_why(lab: Lab) -> None:
    lab.aggregate(lab.main, lab.second)
    answer = lab.call(
        "DescribeConfigurationAggregatorSourcesStatus", ConfigurationAggregatorName="all", UpdateStatus=["FAILED"]
    )
    first = answer["AggregatedSourceStatusList"][0]
    assert first == {
        "SourceId": lab.second,
        "SourceType": "ACCOUNT",
        "AwsRegion": REGION,
        "LastUpdateStatus": "FAILED",
        "LastUpdateTime": first["LastUpdateTime"],
        "LastErrorCode": "AccessDenied",
        "LastErrorMessage": f"The source account {lab.second} has not authorized the aggregator account {lab.main} in "
        f"{REGION} to collect data from {REGION}.",
    }


def test_a_new_aggregator_has_not_read_anything(lab: Lab) -> None:
    lab.call(
        "PutConfigurationAggregator",
        ConfigurationAggregatorName="all",
        AccountAggregationSources=[{"AccountIds": [lab.main], "AwsRegions": [REGION]}],
    )
    assert lab.statuses() == {(lab.main, REGION): "OUTDATED"}


def test_statuses_come_in_pages(lab: Lab) -> None:
    lab.aggregate_organization()
    answer = lab.call("DescribeConfigurationAggregatorSourcesStatus", ConfigurationAggregatorName="all", Limit=3)
    found = answer["AggregatedSourceStatusList"]
    while token := answer.get("NextToken"):
        answer = lab.call(
            "DescribeConfigurationAggregatorSourcesStatus", ConfigurationAggregatorName="all", Limit=3, NextToken=token
        )
        found += answer["AggregatedSourceStatusList"]
    assert len(found) == len(lab.accounts) * 2 + 1
    assert len({(status["SourceId"], status["AwsRegion"]) for status in found}) == len(found)
