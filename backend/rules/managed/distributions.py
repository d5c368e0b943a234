"""Managed rules over CloudFront and web ACLs."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import NOT_TRUE, PRESENT, TRUE, among, none_of, one_of, starting_with
from backend.rules.reading import body, objects, parsed, split_csv
from backend.rules.table import need, need_any, need_some, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad

_CONFIG = "distributionConfig"
_OWN_CERTIFICATE = need(f"{_CONFIG}.viewerCertificate.cloudFrontDefaultCertificate", NOT_TRUE)


def _is_bucket(found: Json, parameters: Parameters) -> bool:
    """Whether a domain name of a bucket (`logs.s3.amazonaws.com`) is that of the bucket asked for."""
    return isinstance(found, str) and found.partition(".s3.")[0] in split_csv(parameters["S3BucketName"])


_BUCKET = among("S3BucketName")._replace(holds=_is_bucket)


def _origins(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """An origin that is reached as the viewer comes is fine where no viewer may come by HTTP."""
    config = parsed(body(item).get(_CONFIG))
    behaviours = (config.get("defaultCacheBehavior"), *objects(parsed(config.get("cacheBehaviors")).get("items")))
    plain = any(parsed(each).get("viewerProtocolPolicy") == "allow-all" for each in behaviours)
    for place, origin in enumerate(objects(parsed(config.get("origins")).get("items"))):
        found = parsed(origin.get("customOriginConfig")).get("originProtocolPolicy")
        if found == "http-only" or (found == "match-viewer" and plain):
            path = f"configuration.{_CONFIG}.origins.items.{place}.customOriginConfig.originProtocolPolicy"
            said = "by HTTP only" if found == "http-only" else "as viewers come, and these may come by HTTP"
            return bad(f"The origin {origin.get('id')} is reached {said}.", Reason(path, found, "https-only"))
    return FINE


def _logged(logging: Document) -> Iterator[Json]:
    yield body(logging).get("ResourceArn")


def _logs(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    """The item of a web ACL does not hold its logging: that is a resource by itself, which nobody records."""
    acl = str(body(item).get("resourceARN") or item.get("ARN"))
    streams = split_csv(parameters.get("KinesisFirehoseDeliveryStreamArns") or "")
    for logging in around.keyed("AWS::WAFv2::LoggingConfiguration", _logged).get(acl, ()):
        found = body(logging).get("LogDestinationConfigs")
        if found and (not streams or (isinstance(found, list) and any(each in streams for each in found))):
            return FINE
        if found:
            return bad("The web ACL logs to another stream.", Reason("", found, f"one of {', '.join(streams)}"))
    return bad("The web ACL does not log.", Reason("", None, "a logging configuration"))


CHECKS = (
    rule(
        "CLOUDFRONT_ASSOCIATED_WITH_WAF",
        "A web ACL guards the distribution, one of wafWebAclIds if given.",
        need(f"{_CONFIG}.webACLId", PRESENT),
        need(f"{_CONFIG}.webACLId", among("wafWebAclIds")),
    ),
    rule(
        "CLOUDFRONT_ACCESSLOGS_ENABLED",
        "Access is logged, to the bucket of S3BucketName if given.",
        need(f"{_CONFIG}.logging.enabled", TRUE),
        need(f"{_CONFIG}.logging.bucket", _BUCKET),
    ),
    rule(
        "CLOUDFRONT_VIEWER_POLICY_HTTPS",
        "Viewers come by HTTPS.",
        need(f"{_CONFIG}.defaultCacheBehavior.viewerProtocolPolicy", one_of("https-only", "redirect-to-https")),
        need(f"{_CONFIG}.cacheBehaviors.items[].viewerProtocolPolicy", one_of("https-only", "redirect-to-https")),
    ),
    rule(
        "CLOUDFRONT_DEFAULT_ROOT_OBJECT_CONFIGURED",
        "The distribution has a root object.",
        need(f"{_CONFIG}.defaultRootObject", PRESENT),
    ),
    rule(
        "CLOUDFRONT_CUSTOM_SSL_CERTIFICATE",
        "The distribution has a certificate of its own.",
        _OWN_CERTIFICATE,
    ),
    rule(
        "CLOUDFRONT_SNI_ENABLED",
        "Names of a certificate of its own are told apart by SNI.",
        need(f"{_CONFIG}.viewerCertificate.sslSupportMethod", one_of("sni-only")),
        only=(_OWN_CERTIFICATE,),
    ),
    rule(
        "CLOUDFRONT_NO_DEPRECATED_SSL_PROTOCOLS",
        "Origins are not reached by SSLv3.",
        need(f"{_CONFIG}.origins.items[].customOriginConfig.originSslProtocols.items[]", none_of("SSLv3")),
    ),
    rule(
        "CLOUDFRONT_ORIGIN_FAILOVER_ENABLED",
        "A group of two origins or more is there.",
        need_any(f"{_CONFIG}.originGroups.items[].members.items", PRESENT),
    ),
    rule(
        "CLOUDFRONT_SECURITY_POLICY_CHECK",
        "Viewers use TLS 1.2 or newer.",
        need(f"{_CONFIG}.viewerCertificate.minimumProtocolVersion", starting_with("TLSv1.2", "TLSv1.3")),
    ),
    rule(
        "CLOUDFRONT_SSL_POLICY_CHECK",
        "The security policy is one of those asked for.",
        need(f"{_CONFIG}.viewerCertificate.minimumProtocolVersion", among("securityPolicies")),
    ),
    Check(
        "CLOUDFRONT_TRAFFIC_TO_ORIGIN_ENCRYPTED",
        "Origins are reached by HTTPS.",
        item=_origins,
        reads=(f"configuration.{_CONFIG}",),
    ),
    rule("WAF_REGIONAL_WEBACL_NOT_EMPTY", "The web ACL has rules.", need_some("rulesList[]", PRESENT)),
    rule("WAF_REGIONAL_RULEGROUP_NOT_EMPTY", "The group has rules.", need_some("rules[]", PRESENT)),
    rule("WAF_REGIONAL_RULE_NOT_EMPTY", "The rule has conditions.", need_some("predicateList[]", PRESENT)),
    rule("WAF_GLOBAL_WEBACL_NOT_EMPTY", "The web ACL has rules.", need_some("rulesList[]", PRESENT)),
    rule("WAF_GLOBAL_RULEGROUP_NOT_EMPTY", "The group has rules.", need_some("rules[]", PRESENT)),
    rule("WAF_GLOBAL_RULE_NOT_EMPTY", "The rule has conditions.", need_some("predicateList[]", PRESENT)),
    rule("WAFV2_WEBACL_NOT_EMPTY", "The web ACL has rules.", need_some("rules[]", PRESENT)),
    rule("WAFV2_RULEGROUP_NOT_EMPTY", "The group has rules.", need_some("rules[]", PRESENT)),
    rule(
        "WAFV2_RULEGROUP_LOGGING_ENABLED",
        "The group has metrics in CloudWatch.",
        need("visibilityConfig.cloudWatchMetricsEnabled", TRUE),
    ),
    Check(
        "WAFV2_LOGGING_ENABLED",
        "The web ACL logs, to one of the streams if given.",
        item=_logs,
        reads=("ARN", "configuration.resourceARN"),
        around=True,
    ),
)
