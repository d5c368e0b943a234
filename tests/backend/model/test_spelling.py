"""Items in every spelling come out the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.item import Document, Relationship, ResourceKey
from backend.model.problem import BadInput
from backend.model.spelling import fold, is_item, read_item, read_moment, read_tags, same_type

IN_A_FILE: Document = {
    "relatedEvents": [],
    "relationships": [{"resourceId": "i-1", "resourceType": "AWS::EC2::Instance", "name": "Is attached to Instance"}],
    "configuration": {"size": 8},
    "supplementaryConfiguration": {"AccessControlList": '{"grants":[]}'},
    "tags": {"Name": "data"},
    "configurationItemVersion": "1.3",
    "configurationItemCaptureTime": "2023-02-28T03:44:31.656Z",
    "configurationStateId": 1677555871656,
    "awsAccountId": "111122223333",
    "configurationItemStatus": "OK",
    "resourceType": "AWS::EC2::Volume",
    "resourceId": "vol-1",
    "resourceName": "data",
    "ARN": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
    "awsRegion": "eu-west-1",
    "availabilityZone": "eu-west-1a",
    "configurationStateMd5Hash": "",
    "resourceCreationTime": "2023-02-27T00:00:00.000Z",
}
BY_API: Document = {
    "relatedEvents": [],
    "relationships": [
        {"resourceId": "i-1", "resourceType": "AWS::EC2::Instance", "relationshipName": "Is attached to Instance"}
    ],
    "configuration": '{"size":8}',
    "supplementaryConfiguration": {"AccessControlList": '"{\\"grants\\":[]}"'},
    "tags": {"Name": "data"},
    "version": "1.3",
    "configurationItemCaptureTime": datetime(2023, 2, 28, 3, 44, 31, 656000, tzinfo=UTC),
    "configurationStateId": "1677555871656",
    "accountId": "111122223333",
    "configurationItemStatus": "OK",
    "resourceType": "AWS::EC2::Volume",
    "resourceId": "vol-1",
    "resourceName": "data",
    "arn": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
    "awsRegion": "eu-west-1",
    "availabilityZone": "eu-west-1a",
    "configurationItemMD5Hash": "",
    "resourceCreationTime": datetime(2023, 2, 27, tzinfo=UTC),
}


@pytest.mark.requirement("ITM-06")
def test_every_field_of_format_1_3_is_read() -> None:
    item = read_item(IN_A_FILE)
    assert item.key == ResourceKey("AWS::EC2::Volume", "vol-1")
    assert (item.capture_time, item.state_id, item.version) == (1677555871656, "1677555871656", "1.3")
    assert (item.account_id, item.region, item.availability_zone) == ("111122223333", "eu-west-1", "eu-west-1a")
    assert item.creation_time == read_moment("2023-02-27T00:00:00Z")
    assert item.relationships == (
        Relationship(name="Is attached to Instance", resource_type="AWS::EC2::Instance", resource_id="i-1"),
    )
    assert (item.configuration, item.tags, item.arn) == ({"size": 8}, {"Name": "data"}, IN_A_FILE["ARN"])
    assert item.supplementary == {"AccessControlList": '{"grants":[]}'}


def test_an_item_of_the_api_is_the_same_item() -> None:
    assert read_item(BY_API) == read_item(IN_A_FILE)


@pytest.mark.requirement("ITM-10")
def test_an_item_of_format_1_0() -> None:
    item = read_item(
        {
            "configurationItemVersion": "1.0",
            "resourceId": "vol-1",
            "resourceType": "AWS::EC2::Volume",
            "arn": "arn:aws:eu-west-1a:111122223333:volume/vol-1",
            "accountId": "11112222333",
            "configurationStateID": "7e660fdf-4e34",
            "availibilityZone": "eu-west-1a",
            "relatedEvents": ["06c12a39"],
        }
    )
    assert (item.version, item.state_id, item.availability_zone) == ("1.0", "7e660fdf-4e34", "eu-west-1a")
    assert (item.account_id, item.arn) == ("11112222333", "arn:aws:eu-west-1a:111122223333:volume/vol-1")
    assert item.related_events == ("06c12a39",)


@pytest.mark.requirement("ITM-21")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-02-27T21:43:53.0885+0000", 1393537433088),
        ("2014-03-07T23:46:28.0000+0000", 1394235988000),
        ("2023-02-28T10:44:31.656+07:00", 1677555871656),
        (1677555871.656, 1677555871656),
        (datetime(2023, 2, 28, 3, 44, 31, 656000, tzinfo=UTC), 1677555871656),
        ("", None),
        (None, None),
        ("yesterday", None),
        (float("nan"), None),
        (1e300, None),
        (True, None),
        ("2014-13-45T99:99:99Z", None),
    ],
)
def test_times_in_every_form(text: Any, moment: int | None) -> None:
    assert read_moment(text) == moment


@pytest.mark.requirement("ITM-15")
@pytest.mark.parametrize(
    "tags",
    [
        {"env": "PROD"},
        [{"key": "env", "value": "PROD"}],
        [{"Key": "env", "Value": "PROD"}],
        [{"tagName": "env", "tagValue": "PROD"}],
    ],
)
def test_tags_in_every_form(tags: Any) -> None:
    assert read_tags(tags) == {"env": "PROD"}


@pytest.mark.requirement("REL-03")
def test_a_direction_may_be_there_or_not() -> None:
    links = [
        {"resourceType": "T", "resourceId": "1", "name": "n", "direction": "in"},
        {"resourceType": "T", "name": "n"},
    ]
    item = read_item({"resourceType": "T", "resourceId": "0", "relationships": links})
    assert [link.direction for link in item.relationships] == ["IN", None]


@pytest.mark.requirement("SNP-07")
def test_links_to_types_that_nobody_knows_are_kept() -> None:
    links = [{"resourceType": "Custom::Thing::X", "resourceName": "only a name", "name": "Is associated with "}]
    [link] = read_item({"resourceType": "New::Type", "resourceId": "0", "relationships": links}).relationships
    assert (link.resource_type, link.resource_id, link.resource_name) == ("Custom::Thing::X", None, "only a name")


def test_a_deleted_item_of_the_api_has_no_configuration() -> None:
    gone = {**BY_API, "configuration": "null", "configurationItemStatus": "ResourceDeleted"}
    assert read_item(gone).configuration is None
    assert read_item(gone).deleted


def test_text_that_is_no_json_stays_text() -> None:
    assert read_item({**BY_API, "configuration": "{not json"}).configuration == "{not json"


@pytest.mark.requirement("REL-08")
def test_types_are_compared_without_case() -> None:
    assert same_type("AWS::EC2::SUBNET", "AWS::EC2::Subnet")
    assert not same_type("AWS::EC2::Subnet", "AWS::EC2::Subnets")
    assert fold(ResourceKey("AWS::EC2::SUBNET", "subnet-A")) == fold(ResourceKey("AWS::EC2::Subnet", "subnet-A"))
    assert fold(ResourceKey("T", "subnet-A")) != fold(ResourceKey("T", "subnet-a"))


@pytest.mark.parametrize(
    "document", [{}, [], None, 5, {"resourceType": "T"}, {"resourceId": "1"}, {"resourceType": ""}]
)
def test_what_names_no_resource_is_no_item(document: Any) -> None:
    assert not is_item(document)
    with pytest.raises(BadInput):
        read_item(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted({*IN_A_FILE, *BY_API})), JSON))
def test_no_odd_value_in_any_field_breaks_the_reader(odd: Document) -> None:
    item = read_item({**odd, "resourceType": "T", "resourceId": "1"})
    assert item.key == ResourceKey("T", "1")
