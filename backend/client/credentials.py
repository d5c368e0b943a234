"""Sessions of AWS as the person has configured it: profiles, regions and roles to take on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioDeferredRefreshableCredentials
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError

from backend.client.refusals import problem_of
from backend.model.problem import BadInput, NotSignedIn

_ROLE_SESSION = "configscope"


def aws_session(
    profile: str | None, role_arn: str | None = None, endpoint_url: str | None = None, region: str | None = None
) -> AioSession:
    """A session with the profile's credentials, or with those of a role taken on with them (asked of `region`).

    Nothing is asked of AWS yet. Raises `BadInput` for a profile that there is not.
    """
    session = _profile_session(profile)
    if role_arn:
        acting = _profile_session(profile)
        role = _Role(session, role_arn, endpoint_url, region_of(session, region))
        acting.get_component("credential_provider").providers.insert(0, role)
        return acting
    return session


def _profile_session(profile: str | None) -> AioSession:
    try:
        session = AioSession(profile=profile)
        session.get_scoped_config()
        assuming = session.get_component("credential_provider").get_provider("assume-role")
    except BotoCoreError as error:
        raise problem_of(error, "sts", "") from error
    # botocore would ask for the code on the terminal that the explorer is drawn on, and wait for ever.
    assuming._prompter = _no_prompt
    return session


def _no_prompt(_question: str) -> str:
    raise NotSignedIn(
        "The profile wants a one-time code",
        "it takes on a role with mfa_serial, and configscope does not ask for codes",
        "Sign in with the aws command line first and use the credentials it got, or choose another --profile",
    )


def region_of(session: AioSession, region: str | None) -> str:
    """The region asked for, or the configured one. Raises `BadInput` when there is neither."""
    found: str | None = region or session.get_config_variable("region")
    if not found:
        raise BadInput(
            "No region is set",
            "AWS Config is asked region by region",
            "Give --region, or set AWS_DEFAULT_REGION or the region of the profile",
        )
    return found


class _Role:
    """A credential provider that takes on a role, anew whenever its credentials run out."""

    METHOD = CANONICAL_NAME = "configscope-role"

    def __init__(self, source: AioSession, role_arn: str, endpoint_url: str | None, region: str) -> None:
        self._source = source
        self._role_arn = role_arn
        self._endpoint_url = endpoint_url
        self._region = region

    async def load(self) -> AioDeferredRefreshableCredentials:
        refresh: Callable[[], Awaitable[dict[str, Any]]] = self._assume
        return AioDeferredRefreshableCredentials(refresh_using=refresh, method="assume-role")

    async def _assume(self) -> dict[str, Any]:
        opening = self._source.create_client(
            "sts",
            region_name=self._region,
            endpoint_url=self._endpoint_url,
            config=AioConfig(warm_up_loader_caches=True),
        )
        async with opening as sts:
            answer = await sts.assume_role(RoleArn=self._role_arn, RoleSessionName=_ROLE_SESSION)
        found = answer["Credentials"]
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].isoformat(),
        }
