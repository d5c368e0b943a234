"""Managed rules over databases."""

from __future__ import annotations

from backend.engine.config.rules.catalogue import ON_CHANGE, ManagedRule, Parameter
from backend.engine.config.rules.managed.reading import body, same_key
from backend.engine.config.rules.verdict import FINE, AccountView, Parameters, Verdict, bad
from backend.model.item import Document


def _storage_encrypted(item: Document, parameters: Parameters, _: AccountView) -> Verdict:
    database = body(item)
    if not database.get("storageEncrypted"):
        return bad("The storage of the DB instance is not encrypted.")
    wanted = parameters.get("kmsKeyId")
    if wanted and not same_key(wanted, database.get("kmsKeyId")):
        return bad("The storage is encrypted with another key than the one asked for.")
    return FINE


RULES = (
    ManagedRule(
        "RDS_STORAGE_ENCRYPTED",
        ON_CHANGE,
        ("AWS::RDS::DBInstance",),
        (Parameter("kmsKeyId"),),
        item=_storage_encrypted,
        proactive=True,
    ),
)
