"""Queries kept under a name."""

from __future__ import annotations

import re

import pytest

from backend.engine.config.stored_queries import MOST_QUERIES
from backend.engine.errors import ServiceError
from tests.backend.engine.conftest import ACCOUNT, REGION, CallFixture

TEXT = "SELECT resourceId WHERE resourceType = 'AWS::EC2::Volume'"


def put(call: CallFixture, name: str, text: str = TEXT, **members: object) -> str:
    answer = call("config", "PutStoredQuery", StoredQuery={"QueryName": name, "Expression": text, **members})
    return str(answer["QueryArn"])


def names(call: CallFixture, **members: object) -> list[str]:
    return [query["QueryName"] for query in call("config", "ListStoredQueries", **members)["StoredQueryMetadata"]]


def test_a_query_is_kept_with_its_text_and_listed_without(call: CallFixture) -> None:
    arn = put(call, "volumes", Description="All volumes")
    assert re.fullmatch(rf"arn:aws:config:{REGION}:{ACCOUNT}:stored-query/volumes/query-[a-z0-9]{{16}}", arn)
    query_id = arn.rsplit("/", 1)[-1]
    metadata = {"QueryId": query_id, "QueryArn": arn, "QueryName": "volumes", "Description": "All volumes"}
    assert call("config", "GetStoredQuery", QueryName="volumes")["StoredQuery"] == {**metadata, "Expression": TEXT}
    assert call("config", "ListStoredQueries") == {"StoredQueryMetadata": [metadata]}


def test_putting_it_again_changes_the_text_and_keeps_the_arn(call: CallFixture) -> None:
    arn = put(call, "volumes", Description="All volumes")
    assert put(call, "volumes", "SELECT accountId", QueryArn=arn) == arn
    found = call("config", "GetStoredQuery", QueryName="volumes")["StoredQuery"]
    assert found["Expression"] == "SELECT accountId"
    assert "Description" not in found


def test_tags_count_at_creation_only(call: CallFixture) -> None:
    query = {"QueryName": "volumes", "Expression": TEXT}
    arn = call("config", "PutStoredQuery", StoredQuery=query, Tags=[{"Key": "team", "Value": "net"}])["QueryArn"]
    call("config", "PutStoredQuery", StoredQuery=query, Tags=[{"Key": "team", "Value": "web"}])
    assert call("config", "ListTagsForResource", ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "net"}]


def test_queries_are_listed_by_name_in_pages(call: CallFixture) -> None:
    for name in ("c", "a", "b"):
        put(call, name)
    first = call("config", "ListStoredQueries", MaxResults=2)
    assert [query["QueryName"] for query in first["StoredQueryMetadata"]] == ["a", "b"]
    assert names(call, MaxResults=2, NextToken=first["NextToken"]) == ["c"]
    with pytest.raises(ServiceError, match="InvalidNextTokenException"):
        names(call, NextToken="bogus")
    assert names(call, region="us-east-1") == []


def test_a_deleted_query_and_its_tags_are_gone(call: CallFixture) -> None:
    arn = put(call, "volumes")
    call("config", "DeleteStoredQuery", QueryName="volumes")
    for operation, members in (
        ("GetStoredQuery", {"QueryName": "volumes"}),
        ("DeleteStoredQuery", {"QueryName": "volumes"}),
        ("ListTagsForResource", {"ResourceArn": arn}),
    ):
        with pytest.raises(ServiceError, match="ResourceNotFoundException"):
            call("config", operation, **members)


@pytest.mark.parametrize(
    "members",
    [
        {"QueryId": "query-of-another"},
        {"QueryArn": f"arn:aws:config:{REGION}:{ACCOUNT}:stored-query/volumes/query-of-another"},
        {"Expression": "  "},
    ],
)
def test_what_is_refused(call: CallFixture, members: dict[str, str]) -> None:
    with pytest.raises(ServiceError, match="ValidationException"):
        call("config", "PutStoredQuery", StoredQuery={"QueryName": "volumes", "Expression": TEXT, **members})
    assert names(call) == []


def test_there_is_room_for_three_hundred(call: CallFixture) -> None:
    for number in range(MOST_QUERIES):
        put(call, f"q{number}")
    with pytest.raises(ServiceError, match="ValidationException"):
        put(call, "one-more")
    put(call, "q7", "SELECT accountId")
