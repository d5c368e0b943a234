"""A small conformance pack, and short ways to put it and to look at it."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from backend.model.item import Document
from tests.backend.engine.config.conftest import Wait
from tests.backend.engine.conftest import CallFixture

TEMPLATE = """
Parameters:
  Who:
    Type: String
    Default: Owner
  Buckets:
    Type: String
    Default: "yes"
Conditions:
  withBuckets: !Equals [!Ref Buckets, "yes"]
Resources:
  Volumes:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: volumes-encrypted
      Description: Volumes in use are encrypted
      Scope:
        ComplianceResourceTypes: ["AWS::EC2::Volume"]
      Source: {Owner: AWS, SourceIdentifier: ENCRYPTED_VOLUMES}
  Tags:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: tagged
      InputParameters: {tag1Key: !Ref Who}
      Scope:
        ComplianceResourceTypes: ["AWS::EC2::Volume"]
      Source: {Owner: AWS, SourceIdentifier: REQUIRED_TAGS}
  Versions:
    Type: AWS::Config::ConfigRule
    Condition: withBuckets
    Properties:
      ConfigRuleName: versions
      Source: {Owner: AWS, SourceIdentifier: S3_BUCKET_VERSIONING_ENABLED}
  Attested:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: attested
      Source: {Owner: AWS, SourceIdentifier: AWS_CONFIG_PROCESS_CHECK}
  VersionsRemedy:
    Type: AWS::Config::RemediationConfiguration
    Condition: withBuckets
    Properties:
      ConfigRuleName: versions
      TargetType: SSM_DOCUMENT
      TargetId: AWS-ConfigureS3BucketVersioning
      TargetVersion: 1
      Automatic: true
      Parameters:
        BucketName: {ResourceValue: {Value: RESOURCE_ID}}
"""
"""Three rules that this engine judges, one that a person answers, and a remediation."""

COMPLETE = "CREATE_COMPLETE"


class PutPack(Protocol):
    """Put a conformance pack, and give it time to be deployed and judged unless `settle` is false; its ARN."""

    def __call__(self, name: str = "base", template: str = TEMPLATE, *, settle: bool = True, **members: Any) -> str: ...


@pytest.fixture
def put_pack(call: CallFixture, wait: Wait) -> PutPack:
    def put_pack(name: str = "base", template: str = TEMPLATE, *, settle: bool = True, **members: Any) -> str:
        answer = call("config", "PutConformancePack", ConformancePackName=name, TemplateBody=template, **members)
        if settle:
            wait(30)
        return str(answer["ConformancePackArn"])

    return put_pack


def status(call: CallFixture, name: str = "base") -> Document:
    """How far a pack is."""
    [found] = call("config", "DescribeConformancePackStatus", ConformancePackNames=[name])[
        "ConformancePackStatusDetails"
    ]
    return dict(found)


def deployed(call: CallFixture) -> dict[str, Document]:
    """The rules of packs by their names in the template."""
    rules = call("config", "DescribeConfigRules")["ConfigRules"]
    return {
        rule["ConfigRuleName"].rpartition("-conformance-pack-")[0]: rule
        for rule in rules
        if rule.get("CreatedBy") == "config-conforms.amazonaws.com"
    }
