"""What the rules over passwords, access keys and MFA devices of users say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.model.moment import DAY, to_iso
from backend.rules.facts import CREDENTIALS
from backend.rules.managed.credentials import CHECKS
from backend.rules.verdict import COMPLIANT, INSUFFICIENT_DATA, NON_COMPLIANT, NOT_APPLICABLE
from tests.backend.rules.surroundings import NOW, Known, judged

ROTATED, MFA = "ACCESS_KEYS_ROTATED", "IAM_USER_MFA_ENABLED"
CONSOLE, UNUSED = "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", "IAM_USER_UNUSED_CREDENTIALS_CHECK"
USER: Document = {"resourceName": "grace", "configuration": {"userName": "grace", "userId": "AIDAGRACE"}}


def ago(days: int) -> str:
    return to_iso(NOW - days * DAY)


def key(*, made: int, used: int | None = None, active: bool = True) -> Document:
    return {"active": active, "rotated": ago(made), "used": None if used is None else ago(used)}


def console(*, used: int | None = 1, changed: int = 30, mfa: bool = True) -> Document:
    return {
        "password": True,
        "password_used": None if used is None else ago(used),
        "password_changed": ago(changed),
        "mfa": mfa,
        "keys": [],
    }


def program(*keys: Json) -> Document:
    return {"password": False, "mfa": False, "keys": [*keys]}


@pytest.mark.parametrize(
    ("identifier", "report", "parameters", "compliance", "says"),
    [
        (ROTATED, program(key(made=90)), {}, COMPLIANT, ""),
        (ROTATED, program(key(made=5), key(made=400, active=False)), {}, COMPLIANT, ""),
        (ROTATED, program(key(made=91)), {}, NON_COMPLIANT, "key is 91 days old"),
        (ROTATED, program(key(made=5), key(made=120)), {}, NON_COMPLIANT, "key is 120 days old"),
        (ROTATED, program(key(made=31)), {"maxAccessKeyAge": "30"}, NON_COMPLIANT, "key is 31 days old"),
        (ROTATED, program(key(made=1)), {"maxAccessKeyAge": "0"}, NON_COMPLIANT, "key is 1 days old"),
        (ROTATED, program(key(made=400, active=False)), {}, NOT_APPLICABLE, "no active access key"),
        (MFA, console(), {}, COMPLIANT, ""),
        (MFA, console(mfa=False), {}, NON_COMPLIANT, "no MFA device"),
        (MFA, program(), {}, NON_COMPLIANT, "no MFA device"),
        (CONSOLE, console(), {}, COMPLIANT, ""),
        (CONSOLE, console(mfa=False), {}, NON_COMPLIANT, "console without MFA"),
        (CONSOLE, program(key(made=5)), {}, NOT_APPLICABLE, "no password"),
        (UNUSED, console(used=90), {}, COMPLIANT, ""),
        (UNUSED, console(used=None, changed=3), {}, COMPLIANT, ""),
        (UNUSED, program(key(made=400, used=2), key(made=400, active=False)), {}, COMPLIANT, ""),
        (UNUSED, console(used=91), {}, NON_COMPLIANT, "password was not used for 91 days"),
        (UNUSED, program(key(made=200)), {}, NON_COMPLIANT, "access key was not used for 200 days"),
        (UNUSED, {"password": True}, {}, NON_COMPLIANT, "password was not used ever"),
        (UNUSED, console(used=46), {"maxCredentialUsageAge": "45"}, NON_COMPLIANT, "not used for 46 days"),
    ],
)
def test_a_rule_over_credentials_decides(
    identifier: str, report: Document, parameters: dict[str, str], compliance: str, says: str
) -> None:
    others = {"ada": {"password": True, "mfa": identifier not in (MFA, CONSOLE)}}
    verdict = judged(identifier, USER, Known(facts={CREDENTIALS: {**others, "grace": report}}), **parameters)
    assert verdict.compliance == compliance, verdict
    assert says in verdict.annotation
    assert all(reason.expected for reason in verdict.reasons)
    assert bool(verdict.reasons) is (compliance == NON_COMPLIANT)


@pytest.mark.parametrize("identifier", [check.identifier for check in CHECKS])
def test_without_a_report_nothing_is_said_of_credentials(identifier: str) -> None:
    verdict = judged(identifier, USER, Known(knows_facts=False))
    assert verdict.compliance == INSUFFICIENT_DATA
    assert "credential report" in verdict.annotation
