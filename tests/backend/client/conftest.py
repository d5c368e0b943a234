"""AWS as moto's server plays it: an endpoint that nobody here wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from backend.client.api import Api
from backend.client.credentials import aws_session

REGION = "eu-west-1"


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def nobody_signed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No test sees the settings of the person who runs it."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


class Account:
    """An account at moto that tests fill with boto3."""

    def __init__(self, url: str) -> None:
        self.url = url

    def boto(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self.url)


@pytest.fixture
def account(moto_url: str) -> Account:
    import urllib.request

    request = urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST")
    urllib.request.urlopen(request).close()
    return Account(moto_url)


@pytest.fixture
async def api(account: Account) -> AsyncIterator[Api]:
    """An API that may change things, at moto."""
    made = Api(aws_session(None), REGION, read_only=False, endpoint_url=account.url, attempts=1)
    yield made
    await made.close()
