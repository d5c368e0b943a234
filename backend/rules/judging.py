"""A managed rule asked of one item, wherever the item comes from."""

from __future__ import annotations

from backend.model.item import DELETED_STATUSES, Document
from backend.rules.verdict import (
    INSUFFICIENT_DATA,
    NOT_APPLICABLE,
    CannotTell,
    Check,
    Parameters,
    Surroundings,
    Verdict,
    cut,
)

BODILESS = "ResourceNotRecorded"
"""The status of items that tell of a resource without showing it; nothing can be judged by them."""


def judge(check: Check, item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    """What an item check says; of what is deleted or not shown, that it does not apply.

    `parameters` have the defaults in them. INSUFFICIENT_DATA where something is not known here.
    """
    status = item.get("configurationItemStatus")
    if status in DELETED_STATUSES:
        return Verdict(NOT_APPLICABLE, "The resource is deleted.")
    if status == BODILESS or check.item is None:
        return Verdict(NOT_APPLICABLE, "The item does not show the resource.")
    try:
        return check.item(item, parameters, around)
    except CannotTell as unknown:
        return Verdict(INSUFFICIENT_DATA, cut(str(unknown)))


def judge_account(check: Check, parameters: Parameters, around: Surroundings) -> Verdict:
    """What an account check says; INSUFFICIENT_DATA where something is not known here."""
    if check.account is None:
        return Verdict(NOT_APPLICABLE, "The rule does not look at the account.")
    try:
        return check.account(around, parameters)
    except CannotTell as unknown:
        return Verdict(INSUFFICIENT_DATA, cut(str(unknown)))
