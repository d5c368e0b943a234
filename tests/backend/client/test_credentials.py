"""Who signs in: profiles, roles, and never a question on the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.client.api import Api
from backend.client.credentials import aws_session, region_of
from backend.client.opening import short_name, sign_in
from backend.model.problem import BadInput, NotSignedIn
from tests.backend.client.conftest import REGION, Account

ROLE = "arn:aws:iam::123456789012:role/Audit"


async def test_a_role_is_taken_on(account: Account) -> None:
    api = Api(aws_session(None, ROLE, account.url, REGION), REGION, endpoint_url=account.url, attempts=1)
    session = await sign_in(api)
    assert session.who == "role/Audit (configscope)"
    await session.close()


async def test_a_profile_that_wants_a_one_time_code_is_told_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        f"[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
        f"[profile coded]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/ana\n"
    )
    api = Api(aws_session("coded"), REGION, endpoint_url="http://127.0.0.1:9", attempts=1)
    with pytest.raises(NotSignedIn, match="one-time code"):
        await api.call("sts", "GetCallerIdentity")
    await api.close()


def test_the_region_of_a_profile_is_used(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile far]\nregion = sa-east-1\n")
    assert region_of(aws_session("far"), None) == "sa-east-1"
    assert region_of(aws_session("far"), "eu-west-1") == "eu-west-1"


def test_a_role_needs_a_region_too() -> None:
    with pytest.raises(BadInput, match="--region"):
        aws_session(None, ROLE)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::1:user/division/ana", "user/ana"),
        ("arn:aws:sts::1:assumed-role/Audit/ana@example.org", "role/Audit (ana@example.org)"),
        ("arn:aws:iam::1:root", "root"),
        ("something else", "something else"),
    ],
)
def test_callers_in_short(arn: str, name: str) -> None:
    assert short_name(arn) == name
