"""The language of advanced queries: what it takes, what it refuses, and how it says so."""

from __future__ import annotations

import pytest

from backend.engine.config.query.expression import (
    ALL_FIELDS,
    Aggregate,
    AnyOf,
    Between,
    Compared,
    ExpressionError,
    Not,
    Ordering,
    Property,
    read,
)

TYPE = Property("resourceType")


def test_a_query_says_which_properties_of_which_items() -> None:
    query = read("SELECT resourceId, configuration.instanceType WHERE resourceType = 'AWS::EC2::Instance'")
    assert query.columns == (Property("resourceId"), Property("configuration.instanceType"))
    assert query.where == Compared(TYPE, "=", "AWS::EC2::Instance")


def test_a_star_stands_for_the_plain_properties_and_may_have_company() -> None:
    assert [column.name for column in read("select *, tags;").columns] == [*ALL_FIELDS, "tags"]


def test_keywords_are_read_in_any_case_and_a_comment_ends_a_line() -> None:
    query = read("select COUNT(*), accountId Where accountId in (1, '2') -- mine\ngroup by accountId")
    assert query.columns == (Aggregate("COUNT", None), Property("accountId"))
    assert query.where == AnyOf((Compared(Property("accountId"), "=", 1.0), Compared(Property("accountId"), "=", "2")))


@pytest.mark.parametrize("operator", ["!=", "<>"])
def test_unequal_is_the_opposite_of_equal(operator: str) -> None:
    assert read(f"SELECT arn WHERE resourceType {operator} 'a'").where == Not(Compared(TYPE, "=", "a"))


def test_not_goes_before_a_condition_and_inside_one() -> None:
    assert read("SELECT arn WHERE NOT (resourceType = 'a')").where == Not(Compared(TYPE, "=", "a"))
    between = Between(Property("awsRegion"), "a", "b")
    assert read("SELECT arn WHERE awsRegion NOT BETWEEN 'a' AND 'b'").where == Not(between)


def test_a_doubled_quote_is_one() -> None:
    assert read("SELECT arn WHERE resourceType = 'it''s'").where == Compared(TYPE, "=", "it's")


def test_the_order_may_follow_an_aggregate() -> None:
    query = read("SELECT resourceType, count(*) GROUP BY resourceType ORDER BY COUNT(*) DESC, resourceType")
    assert query.orders == (Ordering(Aggregate("COUNT", None), descending=True), Ordering(TYPE))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("THIS IS NOT SQL", "line 1, column 1: unexpected 'THIS'"),
        ("SELECT arn LIMIT 1", "line 1, column 12: unexpected 'LIMIT'"),
        ("SELECT arn\nFROM items", "line 2, column 1: unexpected 'FROM'"),
        ("SELECT arn WHERE", "line 1, column 17: the expression ends too early"),
        ("SELECT DISTINCT arn", "column 17: unexpected 'arn'"),
        ("SELECT arn AS name", "unexpected 'AS'"),
        ("SELECT SUM(COUNT(*))", "syntax error at line 1"),
        ("SELECT arn WHERE tags.key IS NULL", "unexpected 'IS'"),
        ("SELECT arn WHERE resourceType = 'a", "syntax error at line 1, column 33"),
    ],
)
def test_a_syntax_error_says_where(text: str, where: str) -> None:
    with pytest.raises(ExpressionError, match=r"syntax error") as refused:
        read(text)
    assert where in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT owner", "unknown property 'owner'"),
        ("SELECT arn, ARN", "differ only in case"),
        ("SELECT arn WHERE resourceType LIKE 'AW%'", "at least 3 characters"),
        ("SELECT arn WHERE resourceType LIKE '%::Instance'", "at least 3 characters"),
        ("SELECT SUM(*)", "SUM needs a property"),
        ("SELECT resourceId, COUNT(*)", "'resourceId' must be in GROUP BY"),
        ("SELECT resourceId, resourceType GROUP BY resourceType", "'resourceId' must be in GROUP BY"),
        ("SELECT resourceId GROUP BY arn, awsRegion, resourceId, version", "at most 3"),
        ("SELECT awsRegion, arn GROUP BY awsRegion, arn ORDER BY COUNT(*)", "one property"),
        ("SELECT resourceType GROUP BY resourceType ORDER BY arn", "ORDER BY takes the properties of GROUP BY"),
        ("SELECT arn ORDER BY COUNT(*)", "needs a GROUP BY"),
    ],
)
def test_what_the_service_does_not_take_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        read(text)
    assert why in str(refused.value)
