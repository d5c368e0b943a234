"""Why a rule says what it says of an item: asked again of the item at hand, wherever the verdict came from."""

from __future__ import annotations

from typing import NamedTuple

from backend.model.item import ConfigurationItem
from backend.model.item_document import document
from backend.model.moment import Moment
from backend.rules.alone import Alone
from backend.rules.asked import AskedRule
from backend.rules.guard import PolicyError
from backend.rules.verdict import INSUFFICIENT_DATA, Surroundings, Verdict


class Explanation(NamedTuple):
    """What a rule says of an item when it is asked here, and how it decides; `obstacle` says why it cannot be asked."""

    rule: AskedRule
    verdict: Verdict
    decides: str = ""
    obstacle: str = ""


def explain(rule: AskedRule, item: ConfigurationItem, now: Moment, around: Surroundings | None = None) -> Explanation:
    """Ask a rule of an item; without surroundings nothing else is known."""
    if rule.obstacle:
        return Explanation(rule, Verdict(INSUFFICIENT_DATA), obstacle=rule.obstacle)
    try:
        check = rule.check
        verdict = rule.judge(document(item), around or Alone(item.account_id, item.region, now))
    except PolicyError as error:
        return Explanation(rule, Verdict(INSUFFICIENT_DATA), obstacle=str(error))
    return Explanation(rule, verdict, check.decides if check is not None else "")
