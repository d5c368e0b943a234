"""What the rules over keys, secrets and certificates say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.model.moment import DAY, to_iso
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import NOW, Known, judged

KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
CA = "arn:aws:acm-pca:ap-southeast-1:111122223333:certificate-authority/9a8b"
OURS: Document = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}
ANYBODY: Document = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}


def key(*, rotates: Json = True, statements: tuple[Document, ...] = (OURS,), **changes: Json) -> Document:
    configuration = {
        "keyId": "0d7b5a1e",
        "arn": KEY,
        "keyManager": "CUSTOMER",
        "keySpec": "SYMMETRIC_DEFAULT",
        "keyState": "Enabled",
        "origin": "AWS_KMS",
        **changes,
    }
    policy = {"Version": "2012-10-17", "Statement": [*statements]}
    return {
        "resourceId": "0d7b5a1e",
        "configuration": configuration,
        "supplementaryConfiguration": {"KeyRotationStatus": rotates, "Policy": policy},
    }


def days_from_now(days: float) -> str:
    return to_iso(int(NOW + days * DAY))


def certificate(**changes: Json) -> Document:
    return {"domainName": "example.com", "status": "ISSUED", "keyAlgorithm": "RSA-2048", **changes}


def root(**changes: Json) -> Document:
    return {"resourceId": CA, "configuration": {"Arn": CA, "Type": "ROOT", "KeyAlgorithm": "RSA_2048", **changes}}


def activation(status: str, arn: str = CA) -> Document:
    return other("AWS::ACMPCA::CertificateAuthorityActivation", {"CertificateAuthorityArn": arn, "Status": status})


def secret(**rotation: Json) -> Document:
    return {"Name": "db", "RotationEnabled": True, "RotationRules": rotation}


def made(days_ago: float, **configuration: Json) -> Document:
    return {"resourceCreationTime": days_from_now(-days_ago), "configuration": {"Name": "db", **configuration}}


ROTATION = "SECRETSMANAGER_ROTATION_ENABLED_CHECK"
PERIODIC, UNUSED = "SECRETSMANAGER_SECRET_PERIODIC_ROTATION", "SECRETSMANAGER_SECRET_UNUSED"
RULES = "RotationRules"

CASES = (
    *of(
        "CMK_BACKING_KEY_ROTATION_ENABLED",
        good(key()),
        good(key(rotates="true")),
        bad(key(rotates=False), "does not rotate", "supplementaryConfiguration.KeyRotationStatus"),
        bad(key(rotates=None), "does not rotate", "supplementaryConfiguration.KeyRotationStatus"),
        out(key(rotates=False, keyManager="AWS"), "none that rotates"),
        out(key(rotates=False, keySpec="RSA_2048"), "none that rotates"),
        out(key(rotates=False, origin="EXTERNAL"), "none that rotates"),
        out(key(rotates=False, keyState="PendingDeletion"), "not enabled"),
    ),
    *of(
        "KMS_CMK_NOT_SCHEDULED_FOR_DELETION",
        good(key()),
        good(key(keyState="Disabled")),
        bad(key(keyState="PendingDeletion"), "will be deleted", "keyState"),
        bad(key(keyState="PendingDeletion"), "will be deleted", "keyState", kmsKeyIds=f"77aa01c2, {KEY}"),
        out(key(keyState="PendingDeletion"), "none of kmsKeyIds", kmsKeyIds="77aa01c2"),
    ),
    *of(
        "KMS_KEY_POLICY_NO_PUBLIC_ACCESS",
        good(key()),
        good(key(statements=({**ANYBODY, "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}},))),
        bad(key(statements=(OURS, ANYBODY)), "lets anybody", "supplementaryConfiguration.Policy"),
    ),
    *of(
        "ACM_CERTIFICATE_EXPIRATION_CHECK",
        good(certificate(notAfter=days_from_now(15))),
        good(certificate(notAfter=days_from_now(0.5)), daysToExpiration="0"),
        bad(certificate(notAfter=days_from_now(13)), "expires in 13 days", "notAfter"),
        bad(certificate(notAfter=days_from_now(15)), "expires in 15 days", "notAfter", daysToExpiration="30"),
        bad(certificate(notAfter=days_from_now(-1), status="EXPIRED"), "has expired", "notAfter"),
        out(certificate(status="PENDING_VALIDATION"), "not issued"),
    ),
    *of(
        "ACM_CERTIFICATE_RSA_CHECK",
        good(certificate()),
        bad(certificate(keyAlgorithm="RSA-1024"), "RSA-1024", "keyAlgorithm"),
        out(certificate(keyAlgorithm="EC-prime256v1")),
    ),
    *of(
        "ACM_CERTIFICATE_TRANSPARENT_LOGGING_ENABLED",
        good(certificate(options={"certificateTransparencyLoggingPreference": "ENABLED"})),
        bad(
            certificate(options={"certificateTransparencyLoggingPreference": "DISABLED"}),
            "DISABLED",
            "options.certificateTransparencyLoggingPreference",
        ),
    ),
    *of(
        "ACM_PCA_ROOT_CA_DISABLED",
        good(root(), activation("ACTIVE", f"{CA}-2"), activation("DISABLED")),
        good(root(Status="DISABLED")),
        bad(root(), "not disabled", "Status", activation("ACTIVE")),
        out(root(Type="SUBORDINATE"), "no root"),
        out(root(), "names it", activation("ACTIVE"), exemptedCAArns=f"{CA}-2, {CA}"),
    ),
    *of(
        "SECRETSMANAGER_USING_CMK",
        good({"KMSKeyId": KEY}),
        good({"KMSKeyId": "0d7b5a1e"}, kmsKeyArns=KEY),
        bad({"Name": "db"}, "not set", "KMSKeyId"),
        bad({"KMSKeyId": "alias/aws/secretsmanager"}, "alias/aws/secretsmanager", "KMSKeyId"),
        bad({"KMSKeyId": "77aa01c2"}, "77aa01c2", "KMSKeyId", kmsKeyArns=KEY),
    ),
    *of(
        ROTATION,
        good(secret(AutomaticallyAfterDays=400)),
        good(secret(AutomaticallyAfterDays=30), maximumAllowedRotationFrequency="30"),
        good(secret(RotationScheduleExpression="rate(4 hours)"), maximumAllowedRotationFrequencyInHours="4"),
        good(secret(RotationScheduleExpression="cron(0 8 1 * ? *)"), maximumAllowedRotationFrequency="1"),
        bad({"RotationEnabled": False}, "does not rotate", "RotationEnabled"),
        bad({"Name": "db"}, "does not rotate", "RotationEnabled"),
        bad(
            secret(AutomaticallyAfterDays=31),
            "every 31 days",
            f"{RULES}.AutomaticallyAfterDays",
            maximumAllowedRotationFrequency="30",
        ),
        bad(
            secret(RotationScheduleExpression="rate(10 days)", AutomaticallyAfterDays=10),
            "every 240 hours",
            f"{RULES}.RotationScheduleExpression",
            maximumAllowedRotationFrequencyInHours="24",
        ),
        bad(
            secret(AutomaticallyAfterHours=36),
            "every 1.5 days",
            f"{RULES}.AutomaticallyAfterHours",
            maximumAllowedRotationFrequency="1",
        ),
    ),
    *of(
        "SECRETSMANAGER_SCHEDULED_ROTATION_SUCCESS_CHECK",
        good({"RotationEnabled": True, "RotationOccurringAsScheduled": True}),
        bad(
            {"RotationEnabled": True, "RotationOccurringAsScheduled": False},
            "RotationOccurringAsScheduled is false",
            "RotationOccurringAsScheduled",
        ),
        out({"RotationEnabled": False}),
    ),
    *of(
        PERIODIC,
        good(made(400, LastRotatedDate=days_from_now(-89))),
        good(made(30)),
        bad(made(400, LastRotatedDate=days_from_now(-91)), "not rotated for 91 days", "LastRotatedDate"),
        bad(made(400, LastRotatedDate=days_from_now(-8)), "for 8 days", "LastRotatedDate", maxDaysSinceRotation="7"),
    ),
    *of(
        UNUSED,
        good(made(400, LastAccessedDate=days_from_now(-2))),
        good(made(30)),
        bad(made(400, LastAccessedDate=days_from_now(-91)), "not read for 91 days", "LastAccessedDate"),
        bad(made(400, LastAccessedDate=days_from_now(-8)), "for 8 days", "LastAccessedDate", unusedForDays="7"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("encryption", CASES) == []


@pytest.mark.parametrize(
    ("identifier", "item", "says"),
    [
        (PERIODIC, made(400), "not recorded when the secret was last rotated"),
        (UNUSED, made(400), "not recorded when the secret was last read"),
        ("ACM_PCA_ROOT_CA_DISABLED", root(), "not recorded whether the authority is active"),
    ],
)
def test_what_is_not_recorded_gets_no_verdict(identifier: str, item: Document, says: str) -> None:
    verdict = judged(identifier, item, Known())
    assert verdict.compliance == "INSUFFICIENT_DATA"
    assert says in verdict.annotation
