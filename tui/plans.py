"""A set-up plan before anybody changed it: what is there, what files say, else what AWS and its guides use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from backend.client.session import Session
from backend.model import setup
from backend.model.channel_document import read_channel
from backend.model.delivery import DeliveryChannel
from backend.model.item import Document
from backend.model.problem import BadInput
from backend.model.recorder import Recorder, RecordingGroup
from backend.model.recorder_document import read_recorder
from backend.model.setup import Plan


def first_plan(session: Session, recorder: Recorder | None, channel: DeliveryChannel | None) -> Plan:
    """What the form begins with: what is there, else what AWS and the lab of the README use."""
    return Plan(
        recorder=recorder
        or Recorder(
            name="default",
            role_arn=setup.linked_role(session.account),
            group=RecordingGroup(include_global=True),
        ),
        channel=channel
        or DeliveryChannel(
            name="default",
            bucket=f"config-bucket-{session.account}",
            topic_arn=setup.topic_arn("config-topic", session.account, session.region),
            frequency="TwentyFour_Hours",
        ),
        account=session.account,
        region=session.region,
    )


def read_documents(name: str) -> tuple[Recorder | None, DeliveryChannel | None]:
    """A recorder and a channel in a file, as put or as described. Raises `BadInput`."""
    path = Path(name).expanduser()
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path} cannot be read", error.strerror or "") from error
    except ValueError as error:
        raise BadInput(f"{path} is no JSON", str(error)) from error
    recorder = _part(found, ("ConfigurationRecorders", "ConfigurationRecorder"), "roleARN", "recordingGroup")
    channel = _part(found, ("DeliveryChannels", "DeliveryChannel"), "s3BucketName")
    if recorder is None and channel is None:
        raise BadInput(
            f"{path.name} holds neither a recorder nor a delivery channel",
            "",
            "A channel has s3BucketName, a recorder has roleARN",
        )
    try:
        return read_recorder(recorder, {}) if recorder else None, read_channel(channel) if channel else None
    except (AttributeError, TypeError) as error:
        raise BadInput(f"{path.name} is not formed like a recorder or channel", str(error)) from error


def _part(found: object, wrappings: Sequence[str], *members: str) -> Document | None:
    if not isinstance(found, dict):
        return None
    lower = {str(name).lower(): value for name, value in found.items()}
    for name in wrappings:
        inner = lower.get(name.lower())
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(inner, dict):
            return inner
    return found if any(member in found for member in members) else None
