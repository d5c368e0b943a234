"""The catalogue of managed rules against the table that moto ships, and the facts of the reference."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import moto
import pytest

from backend.rules.catalogue import CHANGE, PERIODIC, catalogue

REFERENCE = Path(__file__).parents[3].parent / "shared" / "reference" / "managed-rules.json"


def test_all_833_rules_are_known_under_their_console_names() -> None:
    rules = catalogue()
    assert len(rules) == 833
    assert list(rules) == sorted(rules)
    assert rules["INCOMING_SSH_DISABLED"].title == "restricted-ssh"
    assert rules["CLOUD_TRAIL_ENABLED"].title == "cloudtrail-enabled"
    assert rules["S3_BUCKET_LOGGING_ENABLED"].title == "s3-bucket-logging-enabled"
    assert len({rule.title for rule in rules.values()}) == 833


def test_triggers_types_and_parameters_are_told_apart() -> None:
    rule = catalogue()["REDSHIFT_CLUSTER_CONFIGURATION_CHECK"]
    assert rule.triggers == {CHANGE}
    assert rule.types == ("AWS::Redshift::Cluster",)
    assert [(each.name, each.kind, each.required, each.default) for each in rule.parameters] == [
        ("loggingEnabled", "boolean", True, "true"),
        ("clusterDbEncrypted", "boolean", True, "true"),
        ("nodeTypes", "CSV", False, "dc1.large"),
    ]
    assert catalogue()["ACM_CERTIFICATE_EXPIRATION_CHECK"].triggers == {CHANGE, PERIODIC}
    assert catalogue()["ROOT_ACCOUNT_MFA_ENABLED"].types == ()
    assert catalogue()["S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS"].only_later


def test_the_catalogue_has_the_identifiers_of_moto() -> None:
    table = Path(moto.__file__).parent / "config" / "resources" / "aws_managed_rules.json.gz"
    found = json.loads(gzip.decompress(table.read_bytes()))
    assert set(found["ManagedRules"]) == set(catalogue())


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference lies beside the project, and it is not here")
def test_the_catalogue_says_what_the_reference_says() -> None:
    for told in json.loads(REFERENCE.read_text())["rules"]:
        rule = catalogue()[told["identifier"]]
        assert rule.title == told["name"]
        assert sorted(rule.triggers) == sorted(told["triggers"])
        assert list(rule.types) == told["resource_types"]
        assert [each.name for each in rule.parameters] == [each["name"] for each in told["parameters"]]
        assert rule.packs == told.get("sample_packs", 0)
