"""Recorders that belong to AWS services: made, always on, not to be touched, and what their items are for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backend.engine.config import items, recorder_state
from backend.engine.config.recorder_state import INCLUDED, PAID
from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import Resource
from backend.model import moment
from backend.model.item import Document
from backend.model.moment import HOUR, SECOND
from tests.backend.engine.config.conftest import instance, refusal_code, statuses, stop
from tests.backend.engine.conftest import ACCOUNT, REGION, ROLE, START, CallFixture, Messages, PutFixture

OBSERVER = {"ServicePrincipal": "observabilityadmin.amazonaws.com"}
HUB = {"ServicePrincipal": "securityhub.amazonaws.com"}
NAME = "AWSConfigurationRecorderForObservabilityAdmin"


def described(call: CallFixture, **selector: Any) -> Document:
    (found,) = call("config", "DescribeConfigurationRecorders", **selector)["ConfigurationRecorders"]
    assert isinstance(found, dict)
    return found


def test_a_service_gets_a_recorder_with_settings_of_its_own(engine: Engine, call: CallFixture) -> None:
    tags = [{"Key": "owner", "Value": "observability"}]
    made = call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER, Tags=tags)

    assert made["Name"] == NAME
    assert made["Arn"].startswith(f"arn:aws:config:{REGION}:{ACCOUNT}:configuration-recorder/{NAME}/")
    assert described(call, **OBSERVER) == {
        "arn": made["Arn"],
        "name": NAME,
        "roleARN": ROLE,
        "recordingGroup": {
            "allSupported": False,
            "includeGlobalResourceTypes": False,
            "resourceTypes": ["AWS::EC2::Instance", "AWS::EC2::VPC", "AWS::Lambda::Function"],
            "exclusionByResourceTypes": {"resourceTypes": []},
            "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
        },
        "recordingMode": {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []},
        "recordingScope": "INTERNAL",
        "servicePrincipal": "observabilityadmin.amazonaws.com",
    }
    assert described(call, Arn=made["Arn"]) == described(call, ConfigurationRecorderNames=[NAME])
    assert call("config", "ListTagsForResource", ResourceArn=made["Arn"])["Tags"] == tags

    engine.advance(START + 10 * SECOND)
    (status,) = call("config", "DescribeConfigurationRecorderStatus", **OBSERVER)["ConfigurationRecordersStatus"]
    assert status == {
        "arn": made["Arn"],
        "name": NAME,
        "recording": True,
        "lastStartTime": moment.to_datetime(START),
        "lastStatus": "SUCCESS",
        "lastStatusChangeTime": moment.to_datetime(START + 10 * SECOND),
        "servicePrincipal": "observabilityadmin.amazonaws.com",
    }


def test_the_account_gets_the_service_linked_role(ctx: Context, call: CallFixture) -> None:
    assert estate.by_name(ctx, "AWS::IAM::Role", "AWSServiceRoleForConfig") is None

    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    role = estate.by_name(ctx, "AWS::IAM::Role", "AWSServiceRoleForConfig")
    assert role is not None and role.arn == ROLE

    call("config", "PutServiceLinkedConfigurationRecorder", **HUB)
    again = estate.by_name(ctx, "AWS::IAM::Role", "AWSServiceRoleForConfig")
    assert again == role


def test_only_a_list_shows_them_unasked(call: CallFixture, recorder: None) -> None:
    for service in (OBSERVER, HUB):
        call("config", "PutServiceLinkedConfigurationRecorder", **service)

    assert described(call)["name"] == "default"
    (status,) = call("config", "DescribeConfigurationRecorderStatus")["ConfigurationRecordersStatus"]
    assert status["name"] == "default"
    listed = call("config", "ListConfigurationRecorders")["ConfigurationRecorderSummaries"]
    assert [(each["name"], each["recordingScope"], each.get("servicePrincipal")) for each in listed] == [
        ("default", "PAID", None),
        (NAME, "INTERNAL", "observabilityadmin.amazonaws.com"),
        ("AWSConfigurationRecorderForSecurityHubCSPM", "INTERNAL", "securityhub.amazonaws.com"),
    ]

    pages, token = [], dict[str, str]()
    while True:
        answer = call("config", "ListConfigurationRecorders", MaxResults=1, **token)
        pages.append(answer["ConfigurationRecorderSummaries"])
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert pages == [[each] for each in listed]
    free = [{"filterName": "recordingScope", "filterValue": ["INTERNAL"]}]
    answer = call("config", "ListConfigurationRecorders", Filters=free)
    assert answer["ConfigurationRecorderSummaries"] == listed[1:]


def test_there_is_one_for_a_service_and_only_for_some_services(call: CallFixture) -> None:
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)

    assert refusal_code(call, "PutServiceLinkedConfigurationRecorder", **OBSERVER) == "ConflictException"
    nobody = {"ServicePrincipal": "nobody.amazonaws.com"}
    assert refusal_code(call, "PutServiceLinkedConfigurationRecorder", **nobody) == "ValidationException"


def test_nobody_else_changes_starts_stops_or_deletes_it(call: CallFixture, recorder: None) -> None:
    arn = call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)["Arn"]

    for operation in ("StartConfigurationRecorder", "StopConfigurationRecorder", "DeleteConfigurationRecorder"):
        assert refusal_code(call, operation, ConfigurationRecorderName=NAME) == "UnmodifiableEntityException"
    for settings in ({"name": NAME, "roleARN": ROLE}, {"name": "mine", "roleARN": ROLE, "servicePrincipal": "x"}):
        refused = refusal_code(call, "PutConfigurationRecorder", ConfigurationRecorder=settings)
        assert refused == "UnmodifiableEntityException"
    for operation in ("AssociateResourceTypes", "DisassociateResourceTypes"):
        types = ["AWS::S3::Bucket"]
        refused = refusal_code(call, operation, ConfigurationRecorderArn=arn, ResourceTypes=types)
        assert refused == "ConflictException"


def test_it_is_deleted_by_its_principal_or_its_arn(call: CallFixture) -> None:
    made = call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)

    operation = "DeleteServiceLinkedConfigurationRecorder"
    assert refusal_code(call, operation) == "ValidationException"
    assert refusal_code(call, operation, **OBSERVER, Arn=made["Arn"]) == "ValidationException"
    assert refusal_code(call, operation, **HUB) == "NoSuchConfigurationRecorderException"
    assert refusal_code(call, operation, Arn="arn:aws:config:x") == "NoSuchConfigurationRecorderException"

    assert call("config", operation, **OBSERVER) == {"Arn": made["Arn"], "Name": NAME}
    assert refusal_code(call, operation, Arn=made["Arn"]) == "NoSuchConfigurationRecorderException"
    again = call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    assert call("config", operation, Arn=again["Arn"])["Name"] == NAME


def test_it_records_without_a_channel_and_tells_nobody(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, messages: Messages
) -> None:
    put(instance("i-before"))
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    put(instance(), instance(state="stopped"))
    put(Resource(resource_type="AWS::S3::Bucket", resource_id="b", region=REGION))

    assert statuses(ctx, instance("i-before")) == ["ResourceDiscovered"]
    assert statuses(ctx, instance()) == ["ResourceDiscovered", "OK"]
    assert items.latest(ctx, "AWS::S3::Bucket", "b") is None, "nobody but the customer's recorder notices other types"
    answer = call("config", "GetResourceConfigHistory", resourceType="AWS::EC2::Instance", resourceId="i-0f1")
    assert len(answer["configurationItems"]) == 2

    call("config", "DeleteServiceLinkedConfigurationRecorder", **OBSERVER)
    put(instance(state="running"))
    assert len(statuses(ctx, instance())) == 2


def test_items_of_a_free_recorder_are_in_no_message_and_no_file(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    settings = {"name": "default", "roleARN": ROLE, "recordingGroup": {"resourceTypes": ["AWS::S3::Bucket"]}}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    messages()
    put(instance(), instance(state="stopped"))

    assert statuses(ctx, instance()) == ["ResourceDiscovered", "OK"]
    assert messages() == []
    engine.advance(START + 7 * HOUR)
    keys = [each["Key"] for each in call("s3", "ListObjectsV2", Bucket="config-bucket-sgp")["Contents"]]
    assert any("ConfigHistory" in key for key in keys)
    assert not any("AWS::EC2::Instance" in key for key in keys)


def test_the_customers_recorder_tells_of_what_both_record(
    call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    messages()
    put(instance())

    assert len(messages("ConfigurationItemChangeNotification")) == 1


def test_it_goes_on_while_the_customers_rests(
    ctx: Context, call: CallFixture, put: PutFixture, recording: None
) -> None:
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    put(instance())
    stop(call)
    put(instance(state="stopped"))

    assert statuses(ctx, instance()) == ["ResourceDiscovered", "OK"]


def test_what_only_a_service_had_seen_is_new_to_the_customer(
    ctx: Context, call: CallFixture, put: PutFixture, messages: Messages, recording: None
) -> None:
    settings = {"name": "default", "roleARN": ROLE, "recordingGroup": {"resourceTypes": ["AWS::S3::Bucket"]}}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    put(instance())
    messages()

    call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default", "roleARN": ROLE})
    assert statuses(ctx, instance()) == ["ResourceDiscovered", "ResourceDiscovered"]
    assert any("i-0f1 Discovered" in subject for subject, _ in messages("ConfigurationItemChangeNotification"))

    call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default", "roleARN": ROLE})
    assert len(statuses(ctx, instance())) == 2


def daily(call: CallFixture) -> None:
    mode = {"recordingFrequency": "DAILY"}
    settings = {"name": "default", "roleARN": ROLE, "recordingMode": mode}
    call("config", "PutConfigurationRecorder", ConfigurationRecorder=settings)


def test_a_free_recorder_does_not_make_the_customers_faster(
    ctx: Context, call: CallFixture, put: PutFixture, recording: None
) -> None:
    daily(call)
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    put(instance())

    assert statuses(ctx, instance()) == []


def test_of_two_paid_recorders_the_higher_frequency_wins(
    ctx: Context, engine: Engine, call: CallFixture, put: PutFixture, recording: None
) -> None:
    daily(call)
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)

    def charge(ctx: Context) -> None:
        """No service is known to have a paid recorder yet; the guide describes what one would do."""
        linked = recorder_state.every(ctx)[1]
        assert linked.strategy == INCLUDED
        recorder_state.save(ctx, msgspec.structs.replace(linked, scope=PAID))

    engine.act(charge)
    queue = Resource(resource_type="AWS::SQS::Queue", resource_id="q", region=REGION)
    put(instance(), queue)

    (item,) = items.history(ctx, "AWS::EC2::Instance", "i-0f1")
    assert "recordingFrequency" not in item
    assert statuses(ctx, queue) == []
    assert described(call)["recordingMode"]["recordingFrequency"] == "DAILY"


def test_it_is_recorded_itself(ctx: Context, call: CallFixture) -> None:
    call("config", "PutServiceLinkedConfigurationRecorder", **OBSERVER)
    call("config", "DeleteServiceLinkedConfigurationRecorder", **OBSERVER)

    found = items.history(ctx, "AWS::Config::ConfigurationRecorder", NAME, forward=True)
    assert [each["configurationItemStatus"] for each in found] == ["ResourceDiscovered", "ResourceDeleted"]
    assert found[0]["configuration"]["RecordingScope"] == "INTERNAL"
    assert found[0]["configuration"]["ServicePrincipal"] == "observabilityadmin.amazonaws.com"


TENANT = "263dd747-5cc8-4e18-abf2-a25d8e374f66"
EVERYWHERE = {"scopeType": "tenant", "allRegions": True}


class TestOtherClouds:
    """Recorders over a connector; only the service itself may make them."""

    @pytest.fixture
    def connector(self, call: CallFixture) -> str:
        azure = {"tenantIdentifier": TENANT, "clientIdentifier": "app"}
        return str(call("config", "PutConnector", ConnectorConfiguration={"azure": azure})["Arn"])

    def put(self, engine: Engine, connector: str, reach: Document, service: str = HUB["ServicePrincipal"]) -> Document:
        params = {**HUB, "ConnectorArn": connector, "ScopeConfiguration": reach}
        operation = "PutThirdPartyServiceLinkedConfigurationRecorder"
        return engine.call(Call("config", operation, params, REGION, Caller(service=service)))

    def test_the_service_makes_it_and_changes_its_reach(
        self, engine: Engine, call: CallFixture, connector: str
    ) -> None:
        made = self.put(engine, connector, EVERYWHERE)
        narrow = {
            "scopeType": "subscription",
            "scopeValues": ["s-1"],
            "allRegions": False,
            "includedRegions": ["eastus"],
        }
        assert self.put(engine, connector, narrow) == made

        found = described(call, Arn=made["Arn"])
        assert made["Name"] == f"AWSConfigurationRecorderForSecurityHubCSPM_{TENANT}"
        assert (found["connectorArn"], found["scopeConfiguration"]) == (connector, narrow)
        assert found["recordingScope"] == "INTERNAL"
        (summary,) = call("config", "ListConfigurationRecorders")["ConfigurationRecorderSummaries"]
        assert summary["provider"] == "AZURE"

        call("config", "PutServiceLinkedConfigurationRecorder", **HUB)
        both = call("config", "DescribeConfigurationRecorders", **HUB)["ConfigurationRecorders"]
        assert len(both) == 2

    def test_nobody_else_may(self, engine: Engine, connector: str) -> None:
        for service in ("", "observabilityadmin.amazonaws.com"):
            with pytest.raises(ServiceError) as refusal:
                self.put(engine, connector, EVERYWHERE, service)
            assert refusal.value.code == "AccessDeniedException"

    @pytest.mark.parametrize(
        "reach",
        [
            {"scopeType": "galaxy", "allRegions": True},
            {"scopeType": "subscription", "allRegions": True},
            {"scopeType": "tenant", "allRegions": False},
            {"scopeType": "tenant", "allRegions": True, "includedRegions": ["eastus"]},
        ],
    )
    def test_a_reach_has_to_make_sense(self, engine: Engine, connector: str, reach: Document) -> None:
        with pytest.raises(ServiceError) as refusal:
            self.put(engine, connector, reach)
        assert refusal.value.code == "ValidationException"

    def test_it_needs_its_connector(self, engine: Engine, call: CallFixture, connector: str) -> None:
        with pytest.raises(ServiceError) as refusal:
            self.put(engine, "arn:aws:config:x", EVERYWHERE)
        assert refusal.value.code == "ValidationException"

        made = self.put(engine, connector, EVERYWHERE)
        assert refusal_code(call, "DeleteConnector", Arn=connector) == "ValidationException"
        call("config", "DeleteServiceLinkedConfigurationRecorder", Arn=made["Arn"])
        call("config", "DeleteConnector", Arn=connector)
