"""Messages of the configuration stream."""

from __future__ import annotations

import msgspec

from backend.model.item import Document
from backend.model.moment import Moment

ITEMS, COMPLIANCE, EVALUATIONS, DELIVERIES, OTHER = "items", "compliance", "evaluations", "deliveries", "other"

_KINDS = (
    ("ConfigurationItemChange", ITEMS),
    ("ComplianceChange", COMPLIANCE),
    ("ConfigRulesEvaluation", EVALUATIONS),
    ("Configuration", DELIVERIES),
)
"""What a message is about, by the first of these that its type holds."""


class StreamMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One notification of AWS Config, decoded (STR-01..STR-08)."""

    message_id: str
    time: Moment
    message_type: str
    region: str = ""
    resource_type: str = ""
    resource_id: str = ""
    change_type: str = ""
    """CREATE, UPDATE or DELETE for item changes; the new verdict for compliance changes."""
    rule: str = ""
    subject: str = ""
    document: Document = {}

    @property
    def kind(self) -> str:
        """What it is about: items, compliance, evaluations, deliveries or other."""
        return next((kind for sign, kind in _KINDS if sign in self.message_type), OTHER)

    @property
    def failed(self) -> bool:
        """True when it tells that something could not be delivered (STR-07)."""
        return self.message_type.endswith("Failed")

    @property
    def broke(self) -> bool:
        """True when a resource breaks a rule now and did not before."""
        if self.kind != COMPLIANCE or self.change_type != "NON_COMPLIANT":
            return False
        before = self.document.get("oldEvaluationResult")
        return not (isinstance(before, dict) and before.get("complianceType") == "NON_COMPLIANT")
