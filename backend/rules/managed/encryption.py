"""Managed rules over keys, secrets and certificates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.model.moment import DAY
from backend.rules.expectations import PRESENT, TRUE, key_among, matching, none_of, one_of
from backend.rules.managed.policies import document, public_statement
from backend.rules.moments import moment_of
from backend.rules.reading import body, given_number, number, parsed, split_csv, supplemented, truth
from backend.rules.table import need, rule
from backend.rules.verdict import (
    FINE,
    CannotTell,
    Check,
    ItemCheck,
    Parameters,
    Reason,
    Surroundings,
    Verdict,
    bad,
    out_of_scope,
)

_ACTIVATION = "AWS::ACMPCA::CertificateAuthorityActivation"
_RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")


def _scheduled(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    only = split_csv(parameters.get("kmsKeyIds") or "")
    if only and item.get("resourceId") not in only and body(item).get("arn") not in only:
        return out_of_scope("The key is none of kmsKeyIds.")
    state = body(item).get("keyState")
    if state == "PendingDeletion":
        return bad("The key will be deleted.", Reason("configuration.keyState", state, "not PendingDeletion"))
    return FINE


def _rotates(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    key = body(item)
    if (
        key.get("keyManager") != "CUSTOMER"
        or key.get("keySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT"
        or key.get("origin") not in (None, "AWS_KMS")
    ):
        return out_of_scope("The key is none that rotates: only symmetric keys of the customer do.")
    if key.get("keyState") not in (None, "Enabled"):
        return out_of_scope("The key is not enabled.")
    found = supplemented(item, "KeyRotationStatus")
    if found is True or str(found).lower() == "true":
        return FINE
    return bad("The key does not rotate.", Reason("supplementaryConfiguration.KeyRotationStatus", found, "true"))


def _key_not_public(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    statement = public_statement(document(supplemented(item, "Policy")))
    if statement is not None:
        return bad(
            "The policy lets anybody use the key.",
            Reason("supplementaryConfiguration.Policy", statement, "no statement for anybody"),
        )
    return FINE


def _expires(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    certificate = body(item)
    end = moment_of(certificate.get("notAfter"))
    if end is None or certificate.get("status") not in (None, "ISSUED", "EXPIRED", "INACTIVE"):
        return out_of_scope("The certificate is not issued.")
    days = given_number(parameters, "daysToExpiration", 14)
    left = (end - around.now) / DAY
    if left < days:
        say = "has expired" if left < 0 else f"expires in {left:.0f} days"
        return bad(
            f"The certificate {say}.",
            Reason("configuration.notAfter", certificate.get("notAfter"), f"{days:g} days away or more"),
        )
    return FINE


def _lately(member: str, parameter: str, deed: str) -> ItemCheck:
    """A secret to which something was done lately, which only some sources of items tell. Raises `CannotTell`."""

    def judge(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
        days = given_number(parameters, parameter, 90)
        last = moment_of(body(item).get(member))
        made = moment_of(body(item).get("CreatedDate")) or moment_of(item.get("resourceCreationTime"))
        newest = max((moment for moment in (last, made) if moment is not None), default=None)
        if newest is not None and around.now - newest <= days * DAY:
            return FINE
        if last is None:
            raise CannotTell(f"It is not recorded when the secret was last {deed}.")
        return bad(
            f"The secret was not {deed} for {(around.now - last) // DAY} days.",
            Reason(f"configuration.{member}", body(item).get(member), f"within {days:g} days"),
        )

    return judge


def _rotation_on(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    secret = body(item)
    if truth(secret.get("RotationEnabled")) is not True:
        return bad(
            "The secret does not rotate.",
            Reason("configuration.RotationEnabled", secret.get("RotationEnabled"), "true"),
        )
    member, every = _interval(parsed(secret.get("RotationRules")))
    for name, unit, words in (
        ("maximumAllowedRotationFrequency", 24, "days"),
        ("maximumAllowedRotationFrequencyInHours", 1, "hours"),
    ):
        most = number(parameters.get(name))
        if most is not None and every is not None and every > most * unit:
            return bad(
                f"The secret rotates every {every / unit:g} {words}.",
                Reason(f"configuration.RotationRules.{member}", f"every {every / unit:g} {words}", f"{most:g} or less"),
            )
    return FINE


def _interval(rules: Document) -> tuple[str, float | None]:
    """What tells how often a secret rotates, and how often that is, in hours; None for what cannot be told."""
    expression = "RotationScheduleExpression" if "RotationScheduleExpression" in rules else "ScheduleExpression"
    if found := _RATE.fullmatch(str(rules.get(expression) or "").strip()):
        return expression, float(found[1]) * (1 if found[2].startswith("hour") else 24)
    for member, unit in (("AutomaticallyAfterHours", 1), ("AutomaticallyAfterDays", 24)):
        value = number(rules.get(member))
        if value is not None:
            return member, value * unit
    return "", None


def _activations(item: Document) -> Iterator[Json]:
    yield body(item).get("CertificateAuthorityArn")


def _root_disabled(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    """What a certificate authority's own item leaves out, its activation tells. Raises `CannotTell`."""
    authority = body(item)
    arn = str(authority.get("Arn") or item.get("resourceId"))
    if authority.get("Type") != "ROOT":
        return out_of_scope("It is no root authority.")
    if arn in split_csv(parameters.get("exemptedCAArns") or ""):
        return out_of_scope("exemptedCAArns names it.")
    status = authority.get("Status")
    for activation in around.keyed(_ACTIVATION, _activations).get(arn, ()) if status is None else ():
        status = body(activation).get("Status")
    if status is None:
        raise CannotTell("It is not recorded whether the authority is active.")
    if status == "DISABLED":
        return FINE
    return bad("The root authority is not disabled.", Reason("configuration.Status", status, "DISABLED"))


CHECKS = (
    Check(
        "CMK_BACKING_KEY_ROTATION_ENABLED",
        "A symmetric key of the customer rotates.",
        item=_rotates,
        reads=(
            *(f"configuration.{name}" for name in ("keyManager", "keySpec", "origin", "keyState")),
            "supplementaryConfiguration.KeyRotationStatus",
        ),
    ),
    Check(
        "KMS_CMK_NOT_SCHEDULED_FOR_DELETION",
        "The key is not about to be deleted.",
        item=_scheduled,
        reads=("resourceId", "configuration.keyState", "configuration.arn"),
    ),
    Check(
        "KMS_KEY_POLICY_NO_PUBLIC_ACCESS",
        "The policy lets not anybody use the key.",
        item=_key_not_public,
        reads=("supplementaryConfiguration.Policy",),
    ),
    Check(
        "ACM_CERTIFICATE_EXPIRATION_CHECK",
        "The certificate does not expire within daysToExpiration.",
        item=_expires,
        reads=("configuration.notAfter", "configuration.status"),
        around=True,
    ),
    rule(
        "ACM_CERTIFICATE_RSA_CHECK",
        "An RSA key has 2,048 bits or more.",
        need("keyAlgorithm", none_of("RSA-1024", "RSA_1024")),
        only=(need("keyAlgorithm", matching("^RSA", "an RSA key")),),
    ),
    rule(
        "ACM_CERTIFICATE_TRANSPARENT_LOGGING_ENABLED",
        "The certificate is logged openly.",
        need("options.certificateTransparencyLoggingPreference", one_of("ENABLED")),
    ),
    Check(
        "ACM_PCA_ROOT_CA_DISABLED",
        "The root authority is disabled.",
        item=_root_disabled,
        reads=("configuration.Arn", "configuration.Status", "configuration.Type", "resourceId"),
        around=True,
    ),
    rule(
        "SECRETSMANAGER_USING_CMK",
        "The secret has a key of the customer, one of kmsKeyArns if given.",
        need("KMSKeyId|KmsKeyId", PRESENT),
        need("KMSKeyId|KmsKeyId", none_of("aws/secretsmanager", "alias/aws/secretsmanager")),
        need("KMSKeyId|KmsKeyId", key_among("kmsKeyArns")),
    ),
    Check(
        "SECRETSMANAGER_ROTATION_ENABLED_CHECK",
        "The secret rotates, often enough.",
        item=_rotation_on,
        reads=("configuration.RotationEnabled", "configuration.RotationRules"),
    ),
    rule(
        "SECRETSMANAGER_SCHEDULED_ROTATION_SUCCESS_CHECK",
        "The secret rotated when it should.",
        need("RotationOccurringAsScheduled", TRUE),
        only=(need("RotationEnabled", TRUE),),
    ),
    Check(
        "SECRETSMANAGER_SECRET_PERIODIC_ROTATION",
        "The secret was rotated within maxDaysSinceRotation.",
        item=_lately("LastRotatedDate", "maxDaysSinceRotation", "rotated"),
        reads=("configuration.LastRotatedDate", "configuration.CreatedDate", "resourceCreationTime"),
        around=True,
    ),
    Check(
        "SECRETSMANAGER_SECRET_UNUSED",
        "The secret was read within unusedForDays.",
        item=_lately("LastAccessedDate", "unusedForDays", "read"),
        reads=("configuration.LastAccessedDate", "configuration.CreatedDate", "resourceCreationTime"),
        around=True,
    ),
)
