"""The bodies of the cases are spelled as real items are: rules that look elsewhere would see nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from backend.model.item import Json
from backend.rules.catalogue import catalogue
from backend.rules.managed import SUBJECTS

SCHEMA = Path(__file__).parents[4].parent / "shared" / "reference" / "resource-schema.json"
WITHOUT_ITEMS = ("accounts", "credentials")
"""The rules that look at the account, and at what its credential report says."""
NOT_IN_THE_SCHEMA: dict[str, tuple[str, ...]] = {
    "AWS::ACMPCA::CertificateAuthority": ("configuration.Status",),
    "AWS::Amplify::App": ("configuration.BuildSpec",),
    "AWS::Amplify::Branch": ("configuration.BuildSpec",),
    "AWS::AppRunner::Service": ("configuration.NetworkConfiguration.IpAddressType",),
    "AWS::ApiGateway::Stage": ("configuration.methodSettings",),
    "AWS::Backup::BackupSelection": (
        "configuration.BackupSelection.Conditions",
        "configuration.BackupSelection.ListOfTags",
    ),
    "AWS::Backup::BackupVault": ("configuration.AccessPolicy", "configuration.LockConfiguration"),
    "AWS::Batch::ComputeEnvironment": ("configuration.ComputeResources.Tags",),
    "AWS::EC2::VPNConnection": ("configuration.options.tunnelOptions.logOptions",),
    "AWS::ECR::Repository": ("configuration.EncryptionConfiguration", "configuration.LifecyclePolicy"),
    "AWS::EFS::FileSystem": ("configuration.AvailabilityZoneName",),
    "AWS::ElasticBeanstalk::Environment": ("configuration.optionSettings",),
    "AWS::ElasticLoadBalancing::LoadBalancer": ("supplementaryConfiguration.LoadBalancerAttributes",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("supplementaryConfiguration.LoadBalancerAttributes",),
    "AWS::IAM::Group": ("configuration.groupPolicyList.policyDocument",),
    "AWS::IAM::Policy": ("configuration.policyVersionList.document",),
    "AWS::IAM::Role": ("configuration.assumeRolePolicyDocument", "configuration.rolePolicyList.policyDocument"),
    "AWS::IAM::User": ("configuration.userPolicyList.policyDocument",),
    "AWS::KMS::Key": ("supplementaryConfiguration.Policy",),
    "AWS::KinesisFirehose::DeliveryStream": ("configuration.DeliveryStreamEncryptionConfigurationInput",),
    "AWS::Lambda::Function": ("configuration.loggingConfig", "supplementaryConfiguration.Policy"),
    "AWS::CloudTrail::Trail": ("supplementaryConfiguration.TrailStatus",),
    "AWS::DynamoDB::Table": ("configuration.deletionProtectionEnabled",),
    "AWS::EMR::SecurityConfiguration": ("configuration.SecurityConfiguration",),
    "AWS::Events::EventBus": ("configuration.Policy",),
    "AWS::Glue::Job": ("configuration.DefaultArguments",),
    "AWS::Redshift::Cluster": ("configuration.multiAZ",),
    "AWS::SecretsManager::Secret": ("configuration.LastAccessedDate", "configuration.LastRotatedDate"),
    "AWS::SageMaker::Image": ("configuration.ImageDescription",),
    "AWS::SageMaker::FeatureGroup": ("configuration.OnlineStoreConfig.SecurityConfig",),
    "AWS::S3::Bucket": (
        "supplementaryConfiguration.AccessControlList",
        "supplementaryConfiguration.BucketNotificationConfiguration",
        "supplementaryConfiguration.BucketPolicy",
        "supplementaryConfiguration.BucketReplicationConfiguration.rules",
        "supplementaryConfiguration.OwnershipControls",
    ),
    "AWS::SNS::Topic": ("configuration.Policy",),
    "AWS::SQS::Queue": ("configuration.Policy", "configuration.RedrivePolicy", "configuration.RedriveAllowPolicy"),
    "AWS::SSM::AssociationCompliance": ("configuration.AWS:ComplianceItem",),
    "AWS::SSM::ManagedInstanceInventory": ("configuration.AWS:Application", "configuration.AWS:InstanceInformation"),
    "AWS::SSM::PatchCompliance": ("configuration.AWS:ComplianceItem",),
    "AWS::SSM::Document": ("supplementaryConfiguration.Permissions",),
    "AWS::WAFv2::RuleGroup": ("configuration.rules",),
    "AWS::WAFv2::WebACL": ("configuration.rules",),
}
"""Members that the schema leaves out, by type: documents, maps, and what came later. Everything below them is fine."""


@cache
def schema() -> dict[str, dict[str, str]]:
    types: dict[str, dict[str, str]] = json.loads(SCHEMA.read_text("utf-8"))["types"]
    return types


def leaves(value: Json, path: str) -> Iterator[str]:
    """The paths of a body as the schema writes them: lists leave no trace."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path


def is_known(path: str, known: dict[str, str], empty: tuple[str, ...]) -> bool:
    return (
        path in known
        or f"{path}.value" in known
        or any(name.startswith(f"{path}.") for name in known)
        or any(path == name or path.startswith(f"{name}.") for name in empty)
    )


@pytest.mark.skipif(not SCHEMA.exists(), reason="the reference is not there")
@pytest.mark.parametrize("subject", [subject for subject in SUBJECTS if subject not in WITHOUT_ITEMS])
def test_bodies_have_the_members_of_real_items(subject: str) -> None:
    strange: set[str] = set()
    for case in import_module(f"tests.backend.rules.managed.test_{subject}").CASES:
        judged = {"resourceType": catalogue()[case.identifier].types[0], **case.item}
        for item in (judged, *case.others):
            kind = item["resourceType"]
            known, beyond = schema().get(kind), NOT_IN_THE_SCHEMA.get(kind, ())
            for top in ("configuration", "supplementaryConfiguration"):
                for path in leaves(item.get(top) or {}, top) if known is not None else ():
                    if path != top and not is_known(path, known or {}, beyond):
                        strange.add(f"{kind}: {path}")
    assert sorted(strange) == []
