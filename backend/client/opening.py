"""From an AWS API to a session."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from backend.client.api import Api
from backend.client.compliance import ComplianceOverApi
from backend.client.delivery import DeliveryOverApi
from backend.client.recorder import RecorderOverApi
from backend.client.relationships import RelationshipsOverApi
from backend.client.resources import ResourcesOverApi
from backend.client.session import Session
from backend.client.setup import SetUpOverApi
from backend.client.snapshots import SnapshotsOverApi
from backend.client.stream import StreamOverApi
from backend.client.trail import TrailOverApi
from backend.model.moment import Moment

_PRINCIPAL = re.compile(r":(?:user|assumed-role|federated-user)/(?P<path>.+)$")


def wall_clock() -> Moment:
    """The time of this machine; right for AWS, wrong for a world with a clock of its own."""
    return round(time.time() * 1000)


async def sign_in(
    api: Api,
    *,
    stream_queue: str | None = None,
    journal: Path | None = None,
    now: Callable[[], Moment] = wall_clock,
) -> Session:
    """A session over an AWS API: asks STS who we are, then puts the parts together.

    `stream_queue` names the SQS queue that feeds the stream; without it the session has no stream. `journal` is the
    file in which the stream's messages are kept; without it they live as long as the session. `now` is the time
    the history is walked back from: a local world passes its own clock. Raises `NotSignedIn`, `Unreachable`, `Denied`.
    """
    identity = await api.call("sts", "GetCallerIdentity")
    account = identity["Account"]
    resources = ResourcesOverApi(api, now)
    return Session(
        account=account,
        region=api.region,
        who=short_name(identity["Arn"]),
        read_only=api.read_only,
        recorder=RecorderOverApi(api),
        delivery=DeliveryOverApi(api),
        setup=SetUpOverApi(api),
        snapshots=SnapshotsOverApi(api, account),
        resources=resources,
        relationships=RelationshipsOverApi(api, resources),
        compliance=ComplianceOverApi(api),
        stream=StreamOverApi(api, stream_queue, journal) if stream_queue else None,
        trail=TrailOverApi(api),
        items_of=resources.items_of,
        on_close=api.close,
    )


def short_name(arn: str) -> str:
    """`user/ana`, `role/Audit (ana)` or `root` for a caller's ARN."""
    found = _PRINCIPAL.search(arn)
    if not found:
        return "root" if arn.endswith(":root") else arn
    path = found["path"]
    if ":assumed-role/" in arn:
        role, _, session = path.rpartition("/")
        return f"role/{role} ({session})"
    return f"user/{path.rpartition('/')[2]}"
