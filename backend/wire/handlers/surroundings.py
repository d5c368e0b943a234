"""What a worker process has around it: an environment that knows the local AWS and nothing of the person's own."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from backend.engine.config.rules.functions import log_group
from backend.wire.handlers.finding import Handler


class Place(msgspec.Struct, frozen=True):
    """Where the calls of a handler go."""

    url: str
    """The engine on loopback: http://127.0.0.1:4566."""
    account: str
    region: str
    access_key: str
    """What the engine knows the account by, and who calls."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80


MEMORY = 256
"""MB that a function is told to have, as the Rule Development Kit deploys it."""


def environment(handler: Handler, place: Place, home: Path) -> dict[str, str]:
    """All variables of a worker. `home` is a folder of its own, with two empty files for the configuration of AWS."""
    empty = str(home / "empty")
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "AWS_ACCESS_KEY_ID": place.access_key,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "AWS_ENDPOINT_URL": place.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": empty,
        "AWS_SHARED_CREDENTIALS_FILE": empty,
        "NO_PROXY": "*",
        "AWS_LAMBDA_FUNCTION_NAME": handler.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY),
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group(handler.name),
        "LAMBDA_TASK_ROOT": str(handler.file.parent),
        "_HANDLER": f"{handler.file.stem}.{handler.function}",
    }
