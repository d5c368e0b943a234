"""As whom AWS Config reaches a bucket, a topic or a key.

The recorder's role is tried first, then the service itself (aws-config.md §9). What a role may by its own policies it
may not where the other side denies it, and in another account only where the other side lets it too.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.engine.around import kms_keys, s3
from backend.engine.config import recorder_state, roles
from backend.engine.context import Context
from backend.engine.errors import ServiceError

PRINCIPAL = "config.amazonaws.com"


def of_bucket(ctx: Context, bucket: str, action: str, key: str = "") -> str:
    """The principal that may do something to a bucket, or to an object of it; empty when neither may."""
    arn = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    return _first(ctx, action, arn, lambda principal: s3.allows(ctx, bucket, principal, action, key))


def principals(ctx: Context, action: str, arn: str) -> tuple[str, ...]:
    """The principals as which something is tried, in their order: the role only where its own policies allow it."""
    recorder = recorder_state.of(ctx)
    if recorder is not None and roles.can_write(ctx, recorder.role_arn, action, arn):
        return (recorder.role_arn, PRINCIPAL)
    return (PRINCIPAL,)


def key_refusal(ctx: Context, key: str) -> ServiceError | None:
    """Why AWS Config cannot encrypt with a key, in the words of KMS; None when it can."""
    found = kms_keys.look(ctx, key)
    arn = found.arn or "" if found else key
    refusal: ServiceError | None = None
    for principal in principals(ctx, kms_keys.GENERATE, arn):
        refusal = kms_keys.refusal(ctx, key, principal, kms_keys.GENERATE, kms_keys.DECRYPT)
        if refusal is None:
            return None
    return refusal


def _first(ctx: Context, action: str, arn: str, allows: Callable[[str], bool]) -> str:
    return next((principal for principal in principals(ctx, action, arn) if allows(principal)), "")
