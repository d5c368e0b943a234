"""Managed rules over the credentials of users: passwords, access keys, MFA devices (the credential report)."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document
from backend.model.moment import DAY, Moment, to_iso
from backend.rules.facts import CREDENTIALS
from backend.rules.moments import moment_of
from backend.rules.reading import given_number, objects, parsed
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope


def _report(item: Document, around: Surroundings) -> Document:
    name = str(item.get("resourceName") or parsed(item.get("configuration")).get("userName") or "")
    return parsed(parsed(around.fact(CREDENTIALS)).get(name))


def _active_keys(report: Document) -> Iterator[Document]:
    return (key for key in objects(report.get("keys")) if key.get("active"))


def _days(since: Moment, now: Moment) -> int:
    return (now - since) // DAY


def _rotated(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    most = given_number(parameters, "maxAccessKeyAge", 90)
    keys = list(_active_keys(_report(item, around)))
    if not keys:
        return out_of_scope("The user has no active access key.")
    for key in keys:
        made = moment_of(key.get("rotated"))
        if made is not None and _days(made, around.now) > most:
            age = _days(made, around.now)
            return bad(
                f"An active access key is {age} days old.",
                Reason("", f"access key of {to_iso(made)}", f"{most:g} days old at most"),
            )
    return FINE


def _mfa(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if _report(item, around).get("mfa"):
        return FINE
    return bad("The user has no MFA device.", Reason("", None, "an MFA device"))


def _console_mfa(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    report = _report(item, around)
    if not report.get("password"):
        return out_of_scope("The user has no password for the console.")
    if report.get("mfa"):
        return FINE
    return bad("The user signs in to the console without MFA.", Reason("", None, "an MFA device"))


def _used(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    most = given_number(parameters, "maxCredentialUsageAge", 90)
    report = _report(item, around)
    seen = []
    if report.get("password"):
        seen.append(("password", report.get("password_used") or report.get("password_changed")))
    for key in _active_keys(report):
        seen.append(("access key", key.get("used") or key.get("rotated")))
    for what, moment in seen:
        used = moment_of(moment)
        if used is None or _days(used, around.now) > most:
            said = f"for {_days(used, around.now)} days" if used is not None else "ever"
            return bad(
                f"The {what} was not used {said}.",
                Reason("", to_iso(used) if used is not None else None, f"used within {most:g} days"),
            )
    return FINE


CHECKS = (
    Check(
        "ACCESS_KEYS_ROTATED", "Active access keys are maxAccessKeyAge days old at most.", item=_rotated, around=True
    ),
    Check("IAM_USER_MFA_ENABLED", "The user has an MFA device.", item=_mfa, around=True),
    Check(
        "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
        "A user with a password has an MFA device.",
        item=_console_mfa,
        around=True,
    ),
    Check(
        "IAM_USER_UNUSED_CREDENTIALS_CHECK",
        "Password and active keys were used within maxCredentialUsageAge days.",
        item=_used,
        around=True,
    ),
)
