"""Answers in pages, and the opaque tokens that lead from one to the next."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import TypeVar

import msgspec

from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model.item import Document

T = TypeVar("T")

RULES_IN_PAGE = 25
RESULTS_IN_PAGE = 10
"""When no limit, or 0, is given (reference: aws-config.md §8.1)."""
MOST_RESULTS_IN_PAGE = 100


def token(ctx: Context, operation: str, after: list[str]) -> str:
    """What leads to the rows behind the key `after` of one operation."""
    body = msgspec.json.encode([operation, ctx.region, after])
    return base64.b64encode(_seal(body) + body).decode()


def after(
    ctx: Context, operation: str, given: str | None, *, refusal: str = "InvalidNextTokenException"
) -> list[str] | None:
    """The key a token leads behind; None for no token or an empty one (rdklib sends that).

    Raises ServiceError for a token that this operation never gave; `refusal` is the code where the operation has no
    other than ValidationException.
    """
    if not given:
        return None
    try:
        raw = base64.b64decode(given, validate=True)
        whose, region, key = _TOKEN.decode(raw[_SEAL:])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise _invalid(refusal) from None
    if raw[:_SEAL] != _seal(raw[_SEAL:]) or (whose, region) != (operation, ctx.region):
        raise _invalid(refusal)
    return key


def size(limit: int | None) -> int:
    """Rows in a page of results."""
    return min(limit or RESULTS_IN_PAGE, MOST_RESULTS_IN_PAGE)


def cut(
    ctx: Context, operation: str, rows: list[T], limit: int, key: Callable[[T], list[str]]
) -> tuple[list[T], Document]:
    """The first `limit` of rows that were read one more than that, and the NextToken member if there are more."""
    if len(rows) <= limit:
        return rows, {}
    return rows[:limit], {"NextToken": token(ctx, operation, key(rows[limit - 1]))}


_SEAL = 6
_TOKEN = msgspec.json.Decoder(tuple[str, str, list[str]])


def _seal(body: bytes) -> bytes:
    """Tells a token of ours from any other text; nothing secret."""
    return hashlib.blake2b(body, digest_size=_SEAL).digest()


def _invalid(code: str) -> ServiceError:
    return ServiceError(code, "The nextToken provided is invalid")
