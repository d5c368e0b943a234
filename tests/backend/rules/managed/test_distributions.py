"""What the rules over CloudFront and web ACLs say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads

ACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/front/1"
STREAM = "arn:aws:firehose:us-east-1:111122223333:deliverystream/aws-waf-logs-front"
CERTIFICATE = "viewerCertificate"


def origin(policy: str, *protocols: str) -> Document:
    custom = {
        "httpPort": 80,
        "httpsPort": 443,
        "originProtocolPolicy": policy,
        "originSslProtocols": {"quantity": len(protocols), "items": [*protocols]},
    }
    return {"quantity": 1, "items": [{"id": "shop", "domainName": "shop.example.org", "customOriginConfig": custom}]}


def distribution(**changes: Json) -> Document:
    config: Document = {
        "enabled": True,
        "defaultRootObject": "index.html",
        "webACLId": ACL,
        "logging": {"enabled": True, "bucket": "edge-logs.s3.amazonaws.com", "prefix": ""},
        "viewerCertificate": {
            "acmCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1",
            "cloudFrontDefaultCertificate": False,
            "minimumProtocolVersion": "TLSv1.2_2021",
            "sslSupportMethod": "sni-only",
        },
        "defaultCacheBehavior": {"targetOriginId": "shop", "viewerProtocolPolicy": "redirect-to-https"},
        "cacheBehaviors": {"quantity": 0},
        "origins": origin("https-only", "TLSv1.2"),
        "originGroups": {
            "quantity": 1,
            "items": [{"id": "both", "members": {"quantity": 2, "items": [{"originId": "shop"}, {"originId": "old"}]}}],
        },
        **changes,
    }
    return {"id": "E1", "domainName": "d1.cloudfront.net", "distributionConfig": config}


def at(path: str) -> str:
    return f"distributionConfig.{path}"


DEFAULT: Document = {"cloudFrontDefaultCertificate": True, "minimumProtocolVersion": "TLSv1"}
OPEN: Document = {"quantity": 1, "items": [{"pathPattern": "/old/*", "viewerProtocolPolicy": "allow-all"}]}
ORIGIN_POLICY = at("origins.items.0.customOriginConfig.originProtocolPolicy")

FRONTS: tuple[Case, ...] = (
    *of(
        "CLOUDFRONT_ASSOCIATED_WITH_WAF",
        good(distribution(), wafWebAclIds=ACL),
        bad(distribution(webACLId=""), "webACLId is empty.", at("webACLId")),
        bad(distribution(), "webACLId is arn:", at("webACLId"), wafWebAclIds=f"{ACL}2"),
    ),
    *of(
        "CLOUDFRONT_ACCESSLOGS_ENABLED",
        good(distribution(), S3BucketName="edge-logs"),
        bad(distribution(logging={"enabled": False, "bucket": ""}), "enabled is false", at("logging.enabled")),
        bad(distribution(), "not central", at("logging.bucket"), S3BucketName="central"),
    ),
    *of(
        "CLOUDFRONT_VIEWER_POLICY_HTTPS",
        good(distribution()),
        bad(
            distribution(defaultCacheBehavior={"viewerProtocolPolicy": "allow-all"}),
            "is allow-all",
            at("defaultCacheBehavior.viewerProtocolPolicy"),
        ),
        bad(distribution(cacheBehaviors=OPEN), "is allow-all", at("cacheBehaviors.items.0.viewerProtocolPolicy")),
    ),
    *of(
        "CLOUDFRONT_DEFAULT_ROOT_OBJECT_CONFIGURED",
        good(distribution()),
        bad(distribution(defaultRootObject=""), "defaultRootObject is empty.", at("defaultRootObject")),
    ),
    *of(
        "CLOUDFRONT_CUSTOM_SSL_CERTIFICATE",
        good(distribution()),
        bad(
            distribution(viewerCertificate=DEFAULT),
            "DefaultCertificate is true",
            at(f"{CERTIFICATE}.cloudFrontDefaultCertificate"),
        ),
    ),
    *of(
        "CLOUDFRONT_SNI_ENABLED",
        good(distribution()),
        bad(
            distribution(viewerCertificate={"acmCertificateArn": "arn:aws:acm:x", "sslSupportMethod": "vip"}),
            "is vip, not sni-only",
            at(f"{CERTIFICATE}.sslSupportMethod"),
        ),
        out(distribution(viewerCertificate=DEFAULT), "DefaultCertificate is true"),
    ),
    *of(
        "CLOUDFRONT_NO_DEPRECATED_SSL_PROTOCOLS",
        good(distribution()),
        bad(
            distribution(origins=origin("https-only", "TLSv1.2", "SSLv3")),
            "items.1 is SSLv3.",
            at("origins.items.0.customOriginConfig.originSslProtocols.items.1"),
        ),
    ),
    *of(
        "CLOUDFRONT_ORIGIN_FAILOVER_ENABLED",
        good(distribution()),
        bad(distribution(originGroups={"quantity": 0}), "is not set", at("originGroups.items.members.items")),
    ),
    *of(
        "CLOUDFRONT_SECURITY_POLICY_CHECK",
        good(distribution()),
        bad(
            distribution(viewerCertificate=DEFAULT),
            "is TLSv1, not a text",
            at(f"{CERTIFICATE}.minimumProtocolVersion"),
        ),
    ),
    *of(
        "CLOUDFRONT_SSL_POLICY_CHECK",
        good(distribution(), securityPolicies="TLSv1.2_2019,TLSv1.2_2021"),
        bad(
            distribution(),
            "is TLSv1.2_2021, not TLSv1.2_2019",
            at(f"{CERTIFICATE}.minimumProtocolVersion"),
            securityPolicies="TLSv1.2_2019",
        ),
    ),
    *of(
        "CLOUDFRONT_TRAFFIC_TO_ORIGIN_ENCRYPTED",
        good(distribution()),
        good(distribution(origins=origin("match-viewer"))),
        bad(distribution(origins=origin("http-only")), "shop is reached by HTTP only", ORIGIN_POLICY),
        bad(distribution(origins=origin("match-viewer"), cacheBehaviors=OPEN), "may come by HTTP", ORIGIN_POLICY),
    ),
)

RULE: Document = {"name": "block", "priority": 0, "statement": {"geoMatchStatement": {"countryCodes": ["XX"]}}}
CLASSIC_RULE: Document = {"ruleId": "r-1", "priority": 1, "type": "REGULAR"}


def of_parts(identifier: str, member: str, part: Document) -> tuple[Case, ...]:
    return of(
        identifier, good({"name": "front", member: [part]}), bad({"name": "front", member: []}, "not set", member)
    )


def rule_group(*, measured: bool) -> Document:
    return {"name": "own", "visibilityConfig": {"cloudWatchMetricsEnabled": measured, "metricName": "own"}}


LOGGING = other("AWS::WAFv2::LoggingConfiguration", {"ResourceArn": ACL, "LogDestinationConfigs": [STREAM]})
FRONT: Document = {"name": "front", "resourceARN": ACL}


GUARDS: tuple[Case, ...] = (
    *of_parts("WAF_REGIONAL_WEBACL_NOT_EMPTY", "rulesList", CLASSIC_RULE),
    *of_parts("WAF_REGIONAL_RULEGROUP_NOT_EMPTY", "rules", CLASSIC_RULE),
    *of_parts("WAF_REGIONAL_RULE_NOT_EMPTY", "predicateList", {"dataId": "ip-1", "negated": False, "type": "IPMatch"}),
    *of_parts("WAF_GLOBAL_WEBACL_NOT_EMPTY", "rulesList", CLASSIC_RULE),
    *of_parts("WAF_GLOBAL_RULEGROUP_NOT_EMPTY", "rules", CLASSIC_RULE),
    *of_parts("WAF_GLOBAL_RULE_NOT_EMPTY", "predicateList", {"dataId": "ip-1", "negated": False, "type": "IPMatch"}),
    *of_parts("WAFV2_WEBACL_NOT_EMPTY", "rules", RULE),
    *of_parts("WAFV2_RULEGROUP_NOT_EMPTY", "rules", RULE),
    *of(
        "WAFV2_RULEGROUP_LOGGING_ENABLED",
        good(rule_group(measured=True)),
        bad(rule_group(measured=False), "is false", "visibilityConfig.cloudWatchMetricsEnabled"),
    ),
    *of(
        "WAFV2_LOGGING_ENABLED",
        good(FRONT, LOGGING),
        good(FRONT, LOGGING, KinesisFirehoseDeliveryStreamArns=STREAM),
        bad(FRONT, "does not log"),
        bad(FRONT, "another stream", "", LOGGING, KinesisFirehoseDeliveryStreamArns=f"{STREAM}-2"),
    ),
)

CASES = FRONTS + GUARDS


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_distributions_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_distributions_has_its_cases() -> None:
    assert missing("distributions", CASES) == []
