"""An item by itself: nothing of what lies around it is known."""

from __future__ import annotations

from collections.abc import Iterable

from backend.model.item import Document, Json
from backend.model.moment import Moment
from backend.rules.facts import FACTS
from backend.rules.verdict import CannotTell, Keyed


class Alone(Keyed):
    """The surroundings of an item of which only that is known (`backend.rules.verdict.Surroundings`)."""

    def __init__(self, account: str, region: str, now: Moment) -> None:
        super().__init__()
        self.account, self.region, self.now = account, region, now

    def fact(self, name: str) -> Json:
        raise CannotTell(f"The item does not say {FACTS[name].says}.")

    def items(self, resource_type: str) -> Iterable[Document]:
        raise CannotTell(f"The verdict hangs on other resources ({resource_type}), not on this item alone.")

    resources = items
