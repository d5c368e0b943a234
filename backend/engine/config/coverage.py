"""What the recorders of a region together make of a resource: an item or none, now or once a day, told of or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.engine.config import recorder_state, roles
from backend.engine.config.recorder_state import PAID, RecorderState
from backend.engine.context import Context


class Coverage(NamedTuple):
    """How resources of one type are recorded in a region."""

    recorded: bool = False
    """An item with the resource's configuration is made."""
    delivered: bool = False
    """It goes to the topic, the bus, the rules and the files; items of INTERNAL recorders alone do not (§2.6)."""
    daily: bool = False
    """It is made once a day."""
    refused: str = ""
    """Why the customer's role may not read resources of this type."""


ALWAYS = Coverage(recorded=True, delivered=True)


def running(ctx: Context) -> list[RecorderState]:
    """The recorders of the region that record, the customer's first."""
    return [recorder for recorder in recorder_state.every(ctx) if recorder.recording]


def of(ctx: Context, recorders: Sequence[RecorderState], resource_type: str) -> Coverage:
    """What running recorders make of a type.

    Where several record it, the higher frequency of the paid ones wins; one that is free changes nothing for the
    others (reference: aws-config.md §8, recorder precedence).
    """
    recorded, refused, paid = False, "", []
    for recorder in recorders:
        if not recorder.records(resource_type, ctx.region):
            continue
        if not roles.can_read(ctx, recorder.role_arn, resource_type):
            refused = f"The role {recorder.role_arn} does not allow AWS Config to read resources of {resource_type}."
            continue
        recorded = True
        if recorder.scope == PAID:
            paid.append(recorder)
    daily = bool(paid) and all(recorder.daily(resource_type) for recorder in paid)
    return Coverage(recorded, bool(paid), daily, refused)


def notices(recorders: Sequence[RecorderState]) -> bool:
    """Whether resources of types that nobody records are noticed: the customer's recorder does, linked ones do not."""
    return any(not recorder.linked for recorder in recorders)
