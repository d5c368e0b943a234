"""Stored queries through boto3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.conftest import Refusal

TEXT = "SELECT resourceId WHERE resourceType = 'AWS::EC2::Volume'"


@pytest.mark.operation("PutStoredQuery", "GetStoredQuery", "ListStoredQueries", "DeleteStoredQuery")
def test_a_query_is_kept_under_a_name(config: Any, refused: Refusal) -> None:
    arn = config.put_stored_query(StoredQuery={"QueryName": "volumes", "Expression": TEXT})["QueryArn"]
    query = config.get_stored_query(QueryName="volumes")["StoredQuery"]
    assert (query["QueryArn"], query["Expression"]) == (arn, TEXT)
    [listed] = config.list_stored_queries()["StoredQueryMetadata"]
    assert (listed["QueryName"], "Expression" in listed) == ("volumes", False)
    config.delete_stored_query(QueryName="volumes")
    assert refused(config.get_stored_query, QueryName="volumes")[0] == "ResourceNotFoundException"
    for name in ("with blank", "x" * 65):
        code, _ = refused(config.put_stored_query, StoredQuery={"QueryName": name, "Expression": TEXT})
        assert code == "ValidationException"
