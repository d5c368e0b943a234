"""Managed rules over keys, secrets and certificates."""

from __future__ import annotations

from backend.model.item import Document
from backend.model.moment import DAY
from backend.rules.expectations import PRESENT, TRUE, key_among, matching, none_of, one_of
from backend.rules.managed.policies import document, public_statement
from backend.rules.moments import moment_of
from backend.rules.reading import body, number, parsed, split_csv, supplemented
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_OURS = need("keyManager", one_of("CUSTOMER"))


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
    days = number(parameters.get("daysToExpiration") or "") or 14
    left = (end - around.now) / DAY
    if left < days:
        say = "has expired" if left < 0 else f"expires in {left:.0f} days"
        return bad(
            f"The certificate {say}.",
            Reason("configuration.notAfter", certificate.get("notAfter"), f"{days:g} days away or more"),
        )
    return FINE


def _rotated_lately(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    days = number(parameters.get("maxDaysSinceRotation") or "") or 90
    last = (
        moment_of(body(item).get("LastRotatedDate"))
        or moment_of(body(item).get("CreatedDate"))
        or moment_of(item.get("resourceCreationTime"))
    )
    if last is None:
        return out_of_scope("Nothing says when the secret was rotated.")
    if around.now - last > days * DAY:
        return bad(
            f"The secret was not rotated for {(around.now - last) // DAY} days.",
            Reason("configuration.LastRotatedDate", body(item).get("LastRotatedDate"), f"within {days:g} days"),
        )
    return FINE


def _used_lately(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    days = number(parameters.get("unusedForDays") or "") or 90
    last = (
        moment_of(body(item).get("LastAccessedDate"))
        or moment_of(body(item).get("CreatedDate"))
        or moment_of(item.get("resourceCreationTime"))
    )
    if last is None:
        return out_of_scope("Nothing says when the secret was read.")
    if around.now - last > days * DAY:
        return bad(
            f"Nobody read the secret for {(around.now - last) // DAY} days.",
            Reason("configuration.LastAccessedDate", body(item).get("LastAccessedDate"), f"within {days:g} days"),
        )
    return FINE


def _rotation_on(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    secret = body(item)
    if not secret.get("RotationEnabled"):
        return bad(
            "The secret does not rotate.",
            Reason("configuration.RotationEnabled", secret.get("RotationEnabled"), "true"),
        )
    every = number(parsed(secret.get("RotationRules")).get("AutomaticallyAfterDays"))
    most = number(parameters.get("maximumAllowedRotationFrequency") or "")
    if most is not None and every is not None and every > most:
        return bad(
            f"The secret rotates every {every:g} days.",
            Reason("configuration.RotationRules.AutomaticallyAfterDays", every, f"{most:g} or less"),
        )
    return FINE


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
    rule(
        "ACM_PCA_ROOT_CA_DISABLED",
        "The root authority is disabled.",
        need("Status|status", one_of("DISABLED")),
        only=(need("Type|type", one_of("ROOT")),),
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
        item=_rotated_lately,
        reads=("configuration.LastRotatedDate", "configuration.CreatedDate", "resourceCreationTime"),
        around=True,
    ),
    Check(
        "SECRETSMANAGER_SECRET_UNUSED",
        "The secret was read within unusedForDays.",
        item=_used_lately,
        reads=("configuration.LastAccessedDate", "configuration.CreatedDate", "resourceCreationTime"),
        around=True,
    ),
)
