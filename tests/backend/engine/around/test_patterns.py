"""The pattern language of the event bus."""

from __future__ import annotations

import json

import pytest

from backend.engine.around import patterns
from backend.model.item import Document, Json

EVENT: Document = {
    "version": "0",
    "id": "cd4d811e-ab12-322b-8255-872ce65b1bc8",
    "detail-type": "Config Configuration Item Change",
    "source": "aws.config",
    "account": "111122223333",
    "time": "2018-03-22T00:38:11Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:111122223333:instance/i-04606de676e635647"],
    "detail": {
        "messageType": "ConfigurationItemChangeNotification",
        "configurationItem": {
            "resourceType": "AWS::EC2::Instance",
            "resourceId": "i-04606de676e635647",
            "configuration": {"ports": [22, 443], "address": "10.0.0.17", "note": None, "empty": [], "on": True},
            "rules": [{"port": 22, "open": False}, {"port": 80, "open": True}],
        },
    },
}


def fits(pattern: Document, event: Document = EVENT) -> bool:
    return patterns.matches(patterns.compile_pattern(json.dumps(pattern)), event)


def item(**fields: Json) -> Document:
    return {"detail": {"configurationItem": fields}}


@pytest.mark.requirement("EVB-21")
@pytest.mark.requirement("EVB-29")
@pytest.mark.requirement("EVB-30")
def test_a_pattern_for_one_message_type_resource_type_and_id() -> None:
    chosen = {
        "source": ["aws.config"],
        "detail-type": ["Config Configuration Item Change"],
        "detail": {
            "messageType": ["ConfigurationItemChangeNotification"],
            "configurationItem": {"resourceType": ["AWS::EC2::Instance"], "resourceId": ["i-04606de676e635647"]},
        },
    }
    assert fits(chosen)
    assert not fits(item(resourceType=["AWS::EC2::Volume"]))
    assert not fits(item(resourceId=["i-other"]))
    assert not fits({"detail": {"messageType": ["ComplianceChangeNotification"]}})


@pytest.mark.requirement("EVB-14")
def test_all_events_is_a_source_with_any_beginning() -> None:
    assert fits({"source": [{"prefix": ""}]})


@pytest.mark.parametrize(
    ("alternatives", "value", "expected"),
    [
        (["a", "b"], "b", True),
        (["a"], "A", False),
        ([300], 300.0, True),
        ([1], True, False),
        ([True], True, True),
        ([True], 1, False),
        ([None], None, True),
        ([None], "", False),
        ([""], "", True),
        (["b"], ["a", "b"], True),
        ([None], [], False),
        ([{"prefix": "ab"}], "abc", True),
        ([{"prefix": "ab"}], 7, False),
        ([{"prefix": {"equals-ignore-case": "AB"}}], "abc", True),
        ([{"suffix": "bc"}], "abc", True),
        ([{"suffix": {"equals-ignore-case": "BC"}}], "abc", True),
        ([{"equals-ignore-case": "ABC"}], "abc", True),
        ([{"wildcard": "a*c"}], "abbbc", True),
        ([{"wildcard": "a*c"}], "abbbd", False),
        ([{"wildcard": "a\\*c"}], "a*c", True),
        ([{"wildcard": "a\\*c"}], "abc", False),
        ([{"wildcard": "a.c"}], "abc", False),
        ([{"anything-but": "a"}], "b", True),
        ([{"anything-but": ["a", "b"]}], "b", False),
        ([{"anything-but": [1, 2]}], 3, True),
        ([{"anything-but": "a"}], None, True),
        ([{"anything-but": {"prefix": "ab"}}], "abc", False),
        ([{"anything-but": {"prefix": ["x", "ab"]}}], "abc", False),
        ([{"anything-but": {"suffix": "x"}}], "abc", True),
        ([{"anything-but": {"wildcard": "*b*"}}], "abc", False),
        ([{"anything-but": {"equals-ignore-case": "ABC"}}], "abc", False),
        ([{"anything-but": {"prefix": "ab"}}], 7, True),
        ([{"numeric": [">", 0, "<=", 5]}], 5, True),
        ([{"numeric": [">", 0, "<=", 5]}], 0, False),
        ([{"numeric": ["=", 3.0]}], 3, True),
        ([{"numeric": ["<", 3]}], "2", False),
        ([{"numeric": ["<", 3]}], True, False),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.9", True),
        ([{"cidr": "10.0.0.0/24"}], "10.0.1.9", False),
        ([{"cidr": "2001:db8::/32"}], "2001:db8::1", True),
        ([{"cidr": "10.0.0.0/24"}], "nowhere", False),
        ([{"exists": True}], "x", True),
        ([{"exists": True}], None, True),
        ([{"exists": True}], [], False),
        ([{"exists": True}], {"a": 1}, False),
        ([{"exists": False}], {"a": 1}, True),
        ([{"exists": False}], "x", False),
        (["x", {"prefix": "y"}], "yes", True),
    ],
)
def test_alternatives(alternatives: list[Json], value: Json, expected: bool) -> None:
    assert fits({"field": alternatives}, {"field": value}) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (item(missing=[{"exists": False}]), True),
        ({"nowhere": {"at": {"all": [{"exists": False}]}}}, True),
        (item(missing=[{"anything-but": "x"}]), False),
        (item(configuration={"ports": [22]}), True),
        (item(configuration={"note": [None]}), True),
        (item(rules={"port": [22], "open": [False]}), True),
        (item(rules={"port": [22], "open": [True]}), False),
        ({"detail.configurationItem.resourceType": ["AWS::EC2::Instance"]}, True),
        ({"detail.configurationItem.rules.port": [80], "detail.configurationItem.rules.open": [True]}, True),
        ({"detail.configurationItem.rules.port": [80], "detail.configurationItem.rules.open": [False]}, False),
        ({"$or": [{"source": ["aws.ec2"]}, {"region": ["us-east-1"]}]}, True),
        ({"$or": [{"source": ["aws.ec2"]}, {"region": ["eu-west-1"]}]}, False),
        ({"source": ["aws.config"], "$or": [{"account": ["1"]}, {"detail": {"messageType": [{"suffix": "n"}]}}]}, True),
        ({"resources": [{"wildcard": "*:instance/*"}]}, True),
    ],
)
def test_nesting_lists_and_branches(pattern: Document, expected: bool) -> None:
    assert fits(pattern) is expected


def test_a_repeated_key_counts_once_the_last_time() -> None:
    pattern = patterns.compile_pattern('{"source": ["aws.ec2"], "source": ["aws.config"]}')
    assert patterns.matches(pattern, EVENT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"a": "b"}',
        '{"a": []}',
        '{"a": {}}',
        '{"a": [["b"]]}',
        '{"a": [{"perfix": "b"}]}',
        '{"a": [{"prefix": "b", "suffix": "c"}]}',
        '{"a": [{"prefix": 1}]}',
        '{"a": [{"wildcard": "a**b"}]}',
        '{"a": [{"wildcard": "a\\\\b"}]}',
        '{"a": [{"exists": "yes"}]}',
        '{"a": [{"cidr": "10.0.0.0/99"}]}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [{"numeric": ["~", 1]}]}',
        '{"a": [{"numeric": [">", "1"]}]}',
        '{"a": [{"numeric": [">", 5, "<", 1]}]}',
        '{"a": [{"numeric": ["<", 1, "<", 5]}]}',
        '{"a": [{"anything-but": [null]}]}',
        '{"a": [{"anything-but": ["x", 1]}]}',
        '{"a": [{"anything-but": []}]}',
        '{"a": [{"anything-but": {"prefix": ""}}]}',
        '{"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}',
    ],
)
def test_what_breaks_the_language_is_refused(text: str) -> None:
    with pytest.raises(patterns.InvalidPattern):
        patterns.compile_pattern(text)


def test_too_many_branches_are_refused() -> None:
    ten = [{"field": [number]} for number in range(10)]
    nested: Document = {"a": {"$or": ten}, "b": {"$or": ten}, "c": {"$or": ten}, "d": {"$or": ten}}
    with pytest.raises(patterns.InvalidPattern, match="combinations"):
        patterns.compile_pattern(json.dumps(nested))
