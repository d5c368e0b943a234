"""Which rules are about security: what a security analysis looks at first (RUL-14, INV-05)."""

from __future__ import annotations

import re

from backend.model.compliance import Rule

_WORDS = re.compile(
    r"encrypt|public|ssh|open|rdp|iam|mfa|root|kms|secret|security|cloud[-_]?trail|guard[-_]?duty|access|restricted"
    r"|tls|ssl|https|password|waf|vulnerab|logging|credential|policy|policies|authorized|privileg|exposed|sg[-_]",
    re.IGNORECASE,
)
"""Words in the names of managed rules that keep others out, say who may what, or write down who did what."""

_TYPES = (
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::FlowLog",
    "AWS::ACM::",
    "AWS::SecretsManager::",
    "AWS::CloudTrail::",
    "AWS::S3::AccountPublicAccessBlock",
    "AWS::WAF",
    "AWS::Shield::",
    "AWS::GuardDuty::",
    "AWS::SecurityHub::",
    "AWS::AccessAnalyzer::",
    "AWS::NetworkFirewall::",
    "AWS::Config::ConfigurationRecorder",
)
"""Beginnings of types that keep others safe: who may do what, which doors are open, keys, and what is written down."""


def is_security_type(resource_type: str) -> bool:
    """Whether resources of a type keep others safe: what is wrong with one of these matters whatever the rule."""
    return resource_type.startswith(_TYPES)


def is_security_rule(rule: Rule) -> bool:
    """Whether a rule is about security, by what AWS calls it and by what it judges."""
    if _WORDS.search(rule.identifier) or _WORDS.search(rule.name):
        return True
    return bool(rule.scope_types) and all(map(is_security_type, rule.scope_types))
