"""Who a call comes from, in GetCallerIdentity and in the trail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.engine.around import identity
from backend.engine.context import Caller
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.world import estate
from backend.engine.world.estate import GLOBAL, Resource
from backend.model.item import Document
from backend.model.moment import DAY
from tests.backend.engine.conftest import ACCOUNT, CallFixture


@pytest.fixture
def people(engine: Engine, put: Callable[..., None]) -> None:
    """A user with an access key, and a role."""
    put(
        Resource(
            resource_type="AWS::IAM::User",
            resource_id="AIDAEXAMPLEANNAAAAAAA",
            region=GLOBAL,
            name="ann",
            arn=f"arn:aws:iam::{ACCOUNT}:user/people/ann",
        ),
        Resource(
            resource_type="AWS::IAM::Role",
            resource_id="AROAEXAMPLEOPSAAAAAAA",
            region=GLOBAL,
            name="ops",
            arn=f"arn:aws:iam::{ACCOUNT}:role/ops",
        ),
    )
    engine.act(lambda ctx: identity.register_key(ctx, "AKIAANN", "ann"))


def whose(engine: Engine, caller: Caller) -> Document:
    return identity.principal(engine.context(caller=caller)).identity


@pytest.mark.requirement("TRE-14")
@pytest.mark.usefixtures("people")
def test_root_and_users_are_told_apart(engine: Engine) -> None:
    root = whose(engine, Caller(access_key="test"))
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    account = {"type": "Root", "principalId": ACCOUNT, "arn": arn, "accountId": ACCOUNT, "accessKeyId": "test"}
    assert root == account
    assert whose(engine, Caller(access_key="AKIAANN")) == {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEANNAAAAAAA",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/people/ann",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAANN",
        "userName": "ann",
    }


@pytest.mark.requirement("TRE-15")
@pytest.mark.usefixtures("people")
def test_temporary_credentials_of_a_role(engine: Engine) -> None:
    found = whose(engine, Caller(role="ops/deploy-42"))
    assert (found["type"], found["principalId"]) == ("AssumedRole", "AROAEXAMPLEOPSAAAAAAA:deploy-42")
    assert found["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/deploy-42"
    issuer = found["sessionContext"]["sessionIssuer"]
    assert (issuer["type"], issuer["userName"], issuer["arn"]) == ("Role", "ops", f"arn:aws:iam::{ACCOUNT}:role/ops")
    assert found["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assert "userName" not in found


@pytest.mark.requirement("TRE-16")
@pytest.mark.requirement("TRE-02")
def test_a_service_is_told_from_a_service_acting_for_a_role(engine: Engine) -> None:
    service = engine.context().as_service("config").caller
    assert whose(engine, service) == {"type": "AWSService", "invokedBy": "config.amazonaws.com"}
    for_role = Caller(role="AWSServiceRoleForConfig/AWSConfig-Describe", service="config.amazonaws.com")
    found = whose(engine, for_role)
    assert (found["type"], found["invokedBy"]) == ("AssumedRole", "config.amazonaws.com")


def test_a_principal_outside_the_estate_has_always_the_same_id(engine: Engine) -> None:
    once = whose(engine, Caller(user="nobody"))
    assert once == whose(engine, Caller(user="nobody"))
    assert once["principalId"].startswith("AIDA") and len(once["principalId"]) == 21
    assert once["accessKeyId"].startswith("AKIA") and len(once["accessKeyId"]) == 20


@pytest.mark.usefixtures("people")
def test_unknown_keys_are_those_of_the_default_user_when_there_is_one(engine: Engine, call: CallFixture) -> None:
    caller = Caller(access_key="whatever")
    assert call("sts", "GetCallerIdentity", by=caller)["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    engine.act(lambda ctx: identity.set_default_user(ctx, "ann"))
    answer = call("sts", "GetCallerIdentity", by=caller)
    assert answer == {
        "UserId": "AIDAEXAMPLEANNAAAAAAA",
        "Account": ACCOUNT,
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/people/ann",
    }


@pytest.mark.usefixtures("people")
def test_a_root_key_stays_one_beside_a_default_user(engine: Engine, call: CallFixture) -> None:
    engine.act(lambda ctx: identity.set_default_user(ctx, "ann"))
    engine.act(lambda ctx: identity.register_key(ctx, "ROOTKEY"))
    assert call("sts", "GetCallerIdentity", by=Caller(access_key="ROOTKEY"))["Arn"].endswith(":root")


@pytest.mark.usefixtures("people")
def test_an_assumed_role_calls_as_its_session(engine: Engine, call: CallFixture) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/ops"
    answer = call("sts", "AssumeRole", RoleArn=role, RoleSessionName="me")
    credentials = answer["Credentials"]
    assert credentials["Expiration"].isoformat() == "2026-03-01T01:00:00+00:00"
    engine.advance(engine.now + DAY)
    session = call("sts", "GetCallerIdentity", by=Caller(access_key=credentials["AccessKeyId"]))
    assert session["Arn"] == answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/me"
    since = whose(engine, Caller(access_key=credentials["AccessKeyId"]))["sessionContext"]["attributes"]
    assert since["creationDate"] == "2026-03-01T00:00:00Z"


def test_a_role_that_does_not_exist_cannot_be_assumed(refused: Callable[..., ServiceError]) -> None:
    refusal = refused("sts", "AssumeRole", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none", RoleSessionName="me")
    assert (refusal.code, refusal.status) == ("AccessDenied", 403)
    assert "is not authorized to perform: sts:AssumeRole on resource" in refusal.message


def test_a_user_of_the_estate_is_found_by_name_only_among_users(engine: Engine, put: Callable[..., None]) -> None:
    put(Resource(resource_type="AWS::IAM::Role", resource_id="AROAX", region=GLOBAL, name="ann"))
    assert estate.by_name(engine.context(), identity.USER, "ann") is None
    assert whose(engine, Caller(user="ann"))["principalId"] != "AROAX"
