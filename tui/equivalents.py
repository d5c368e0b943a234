"""The stock `aws` command that does what a command of ours does, ready to paste into a shell."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence

from backend.model.channel_document import write_channel
from backend.model.delivery import DeliveryChannel


def aws(
    operation: str, arguments: Mapping[str, str | Sequence[str]], *, region: str, endpoint_url: str | None = None
) -> str:
    """`aws configservice …`, one option a line, every value quoted for the shell; a list becomes several values."""
    lines = [f"aws configservice {operation}"]
    for name, value in arguments.items():
        values = (value,) if isinstance(value, str) else value
        lines.append(f"--{name} {' '.join(map(shlex.quote, values))}")
    if region:
        lines.append(f"--region {shlex.quote(region)}")
    if endpoint_url:
        lines.append(f"--endpoint-url {shlex.quote(endpoint_url)}")
    return " \\\n  ".join(lines)


def call(
    service: str, operation: str, params: Mapping[str, object], *, region: str, endpoint_url: str | None = None
) -> str:
    """The command for a call as the service model names it: `CreateBucket` of `s3` is `aws s3api create-bucket`."""
    lines = [f"aws {_PROGRAMS.get(service, service)} {_dashed(operation)}"]
    for name, value in params.items():
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        lines.append(f"--{_dashed(name)} {shlex.quote(text)}")
    if region:
        lines.append(f"--region {shlex.quote(region)}")
    if endpoint_url:
        lines.append(f"--endpoint-url {shlex.quote(endpoint_url)}")
    return " \\\n  ".join(lines)


_PROGRAMS = {"config": "configservice", "s3": "s3api"}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _dashed(name: str) -> str:
    return _HUMP.sub("-", name).lower()


def channel_json(channel: DeliveryChannel) -> str:
    """The channel as `--delivery-channel` takes it."""
    return json.dumps(write_channel(channel), separators=(",", ":"))
