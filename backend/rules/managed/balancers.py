"""Managed rules over load balancers, CloudFront and web ACLs."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import (
    NOT_TRUE,
    PRESENT,
    TRUE,
    among,
    none_of,
    one_of,
    starting_with,
)
from backend.rules.reading import (
    body,
    listed,
    number,
    objects,
    parsed,
    split_csv,
    supplement,
    supplemented,
    truth,
    unpacked,
)
from backend.rules.table import need, need_any, need_some, rule
from backend.rules.verdict import (
    FINE,
    Check,
    ItemCheck,
    Parameters,
    Reason,
    Surroundings,
    Verdict,
    bad,
    out_of_scope,
)

_ATTRIBUTES = "supplementaryConfiguration.LoadBalancerAttributes"
_TYPE = "configuration.type"
_SECURE = ("HTTPS", "SSL", "TLS")


def _attribute(item: Document, key: str) -> Json:
    for each in objects(unpacked(supplemented(item, "LoadBalancerAttributes"))):
        if each.get("key") == key:
            value: Json = each.get("value")
            return value
    return None


def _needs(key: str, wanted: str, kinds: tuple[str, ...] = ("application", "network", "gateway")) -> ItemCheck:
    """A load balancer with an attribute."""

    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        kind = body(item).get("type")
        if kind is not None and kind not in kinds:
            return out_of_scope(f"The load balancer is of type {kind}.")
        found = _attribute(item, key)
        if str(found).lower() == wanted:
            return FINE
        return bad(
            f"{key} is {found if found is not None else 'not set'}.", Reason(_ATTRIBUTES, found, f"{key} {wanted}")
        )

    return judge


def _logs(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    allowed = split_csv(parameters.get("s3BucketNames") or "")
    if item.get("resourceType") == _CLASSIC:
        log = parsed(supplement(item, "LoadBalancerAttributes").get("accessLog"))
        on, bucket = log.get("enabled"), log.get("s3BucketName")
    else:
        on, bucket = truth(_attribute(item, "access_logs.s3.enabled")), _attribute(item, "access_logs.s3.bucket")
    if not on:
        return bad("Access is not logged.", Reason(_ATTRIBUTES, on, "access logs on"))
    if allowed and bucket not in allowed:
        return bad(f"Access is logged to {bucket}.", Reason(_ATTRIBUTES, bucket, f"one of {', '.join(allowed)}"))
    return FINE


def _listeners(item: Document, around: Surroundings) -> list[Document]:
    arn = body(item).get("loadBalancerArn") or item.get("ARN") or item.get("resourceId")
    return [body(one) for one in around.keyed("AWS::ElasticLoadBalancingV2::Listener", _balancer).get(str(arn), ())]


def _balancer(listener: Document) -> Iterator[Json]:
    yield body(listener).get("LoadBalancerArn")


def _redirects(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if body(item).get("type") not in (None, "application"):
        return out_of_scope("The load balancer is no application load balancer.")
    plain = [each for each in _listeners(item, around) if each.get("Protocol") == "HTTP"]
    if not plain:
        return out_of_scope("The load balancer has no listener for HTTP.")
    for listener in plain:
        actions = list(objects(listener.get("DefaultActions")))
        if not any(parsed(each.get("RedirectConfig")).get("Protocol") == "HTTPS" for each in actions):
            return bad(
                f"The listener on port {listener.get('Port')} does not redirect to HTTPS.",
                Reason("", listener.get("Port"), "a redirection to HTTPS"),
            )
    return FINE


def _certificates(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    allowed = split_csv(parameters.get("AcmCertificatesAllowed") or "")
    for listener in _listeners(item, around):
        if listener.get("Protocol") not in _SECURE:
            continue
        for certificate in objects(listener.get("Certificates")):
            arn = str(certificate.get("CertificateArn"))
            if ":acm:" not in arn or (allowed and arn not in allowed):
                return bad(
                    "A listener has a certificate that is not allowed.",
                    Reason("", arn, f"one of {', '.join(allowed)}" if allowed else "a certificate of ACM"),
                )
    return FINE


def _guarded(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if body(item).get("type") not in (None, "application"):
        return out_of_scope("The load balancer is no application load balancer.")
    allowed = split_csv(parameters.get("wafWebAclIds") or "")
    arn = body(item).get("loadBalancerArn") or item.get("ARN")
    for link in around.items("AWS::WAFv2::WebACLAssociation"):
        if body(link).get("ResourceArn") == arn:
            return _allowed_acl(body(link).get("WebACLArn"), allowed)
    for acl in around.items("AWS::WAFRegional::WebACL"):
        if any(each.get("resourceARN") == arn for each in objects(body(acl).get("associationList"))):
            return _allowed_acl(body(acl).get("webACLId"), allowed)
    return bad("No web ACL guards the load balancer.", Reason("", None, "a web ACL"))


def _allowed_acl(found: Json, allowed: list[str]) -> Verdict:
    if allowed and found not in allowed:
        return bad("Another web ACL than those allowed is there.", Reason("", found, f"one of {', '.join(allowed)}"))
    return FINE


def _zones(member: str) -> ItemCheck:
    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        zones = listed(body(item).get(member))
        least = number(parameters.get("minAvailabilityZones") or "") or 2
        if len(zones) >= least:
            return FINE
        return bad(
            f"The load balancer is in {len(zones)} zones.",
            Reason(f"configuration.{member}", list(zones), f"{least:g} or more"),
        )

    return judge


def _classic_certificates(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for place, each in enumerate(objects(body(item).get("listenerDescriptions"))):
        listener = parsed(each.get("listener"))
        if listener.get("protocol") in _SECURE:
            arn = str(listener.get("sslcertificateId") or listener.get("sSLCertificateId") or "")
            if ":acm:" not in arn:
                path = f"configuration.listenerDescriptions.{place}.listener.sslcertificateId"
                return bad("A listener has no certificate of ACM.", Reason(path, arn or None, "a certificate of ACM"))
    return FINE


def _classic_policy(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    wanted = parameters.get("predefinedPolicyName") or ""
    reference = {
        str(each.get("policyName")): next(
            (
                value.get("attributeValue")
                for value in objects(each.get("policyAttributeDescriptions"))
                if value.get("attributeName") == "Reference-Security-Policy"
            ),
            None,
        )
        for each in objects(unpacked(supplemented(item, "LoadBalancerPolicies")))
    }
    secure = False
    for place, each in enumerate(objects(body(item).get("listenerDescriptions"))):
        if parsed(each.get("listener")).get("protocol") not in _SECURE:
            continue
        secure = True
        names = [reference.get(str(name)) or name for name in listed(each.get("policyNames"))]
        if wanted not in names:
            return bad(
                "A listener has another security policy.",
                Reason(f"configuration.listenerDescriptions.{place}.policyNames", list(names), wanted),
            )
    return FINE if secure else out_of_scope("No listener uses TLS.")


def _cross_zone(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    found = parsed(supplement(item, "LoadBalancerAttributes").get("crossZoneLoadBalancing")).get("enabled")
    if found:
        return FINE
    return bad("Load does not cross zones.", Reason(f"{_ATTRIBUTES}.crossZoneLoadBalancing.enabled", found, "true"))


def _desync(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if body(item).get("type") not in (None, "application"):
        return out_of_scope("The load balancer is no application load balancer.")
    wanted = split_csv(parameters.get("desyncMode") or "") or ["defensive", "strictest"]
    found = _attribute(item, "routing.http.desync_mitigation_mode")
    if found is None:
        more = objects(supplement(item, "LoadBalancerAttributes").get("additionalAttributes"))
        found = next((each.get("value") for each in more if each.get("key") == "elb.http.desyncmitigationmode"), None)
    if found in wanted:
        return FINE
    return bad(f"The desync mode is {found or 'not set'}.", Reason(_ATTRIBUTES, found, " or ".join(wanted)))


_CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
_LISTENED = ("configuration.listenerDescriptions",)
_CONFIG = "distributionConfig"
_SUPPLEMENT = (_ATTRIBUTES, _TYPE)
_OLD_TLS = "^(SSLv3|TLSv1|TLSv1_2016)$"

CHECKS = (
    Check(
        "ELB_LOGGING_ENABLED", "Access is logged, to one of s3BucketNames if given.", item=_logs, reads=(_ATTRIBUTES,)
    ),
    Check(
        "NLB_LOGGING_ENABLED",
        "Access is logged.",
        item=_needs("access_logs.s3.enabled", "true", ("network",)),
        reads=_SUPPLEMENT,
    ),
    Check(
        "ELB_DELETION_PROTECTION_ENABLED",
        "Deletion protection is on.",
        item=_needs("deletion_protection.enabled", "true"),
        reads=_SUPPLEMENT,
    ),
    Check(
        "ALB_HTTP_DROP_INVALID_HEADER_ENABLED",
        "Invalid headers are dropped.",
        item=_needs("routing.http.drop_invalid_header_fields.enabled", "true", ("application",)),
        reads=_SUPPLEMENT,
    ),
    Check(
        "NLB_CROSS_ZONE_LOAD_BALANCING_ENABLED",
        "Load crosses zones.",
        item=_needs("load_balancing.cross_zone.enabled", "true", ("network",)),
        reads=_SUPPLEMENT,
    ),
    Check("ALB_DESYNC_MODE_CHECK", "The desync mode is one of those asked for.", item=_desync, reads=_SUPPLEMENT),
    Check("CLB_DESYNC_MODE_CHECK", "The desync mode is one of those asked for.", item=_desync, reads=_SUPPLEMENT),
    Check(
        "ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK",
        "Each listener for HTTP redirects to HTTPS.",
        item=_redirects,
        reads=(_TYPE, "configuration.loadBalancerArn", "ARN", "resourceId"),
        around=True,
    ),
    Check(
        "ELBV2_ACM_CERTIFICATE_REQUIRED",
        "Listeners with TLS have certificates of ACM.",
        item=_certificates,
        reads=("configuration.loadBalancerArn", "ARN", "resourceId"),
        around=True,
    ),
    Check(
        "ALB_WAF_ENABLED",
        "A web ACL guards the load balancer, one of wafWebAclIds if given.",
        item=_guarded,
        reads=(_TYPE, "configuration.loadBalancerArn", "ARN"),
        around=True,
    ),
    Check(
        "ELBV2_MULTIPLE_AZ",
        "The load balancer is in several zones.",
        item=_zones("availabilityZones"),
        reads=("configuration.availabilityZones",),
    ),
    Check(
        "CLB_MULTIPLE_AZ",
        "The load balancer is in several zones.",
        item=_zones("availabilityZones"),
        reads=("configuration.availabilityZones",),
    ),
    Check(
        "ELB_ACM_CERTIFICATE_REQUIRED",
        "Listeners with TLS have certificates of ACM.",
        item=_classic_certificates,
        reads=_LISTENED,
    ),
    Check(
        "ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK",
        "Listeners with TLS have the security policy of the parameter.",
        item=_classic_policy,
        reads=(*_LISTENED, "supplementaryConfiguration.LoadBalancerPolicies"),
    ),
    Check("ELB_CROSS_ZONE_LOAD_BALANCING_ENABLED", "Load crosses zones.", item=_cross_zone, reads=(_ATTRIBUTES,)),
    rule(
        "ELB_TLS_HTTPS_LISTENERS_ONLY",
        "All listeners use TLS.",
        need("listenerDescriptions[].listener.protocol", one_of("HTTPS", "SSL")),
    ),
    rule("ELB_INTERNAL_SCHEME_CHECK", "The load balancer is internal.", need("scheme", one_of("internal"))),
    rule(
        "ALB_INTERNAL_SCHEME_CHECK",
        "The load balancer is internal.",
        need("scheme", one_of("internal")),
        only=(need("type", one_of("application")),),
    ),
    rule(
        "NLB_INTERNAL_SCHEME_CHECK",
        "The load balancer is internal.",
        need("scheme", one_of("internal")),
        only=(need("type", one_of("network")),),
    ),
    rule("ELBV2_LISTENER_ENCRYPTION_IN_TRANSIT", "The listener uses TLS.", need("Protocol", one_of("HTTPS", "TLS"))),
    rule(
        "ELBV2_PREDEFINED_SECURITY_POLICY_SSL_CHECK",
        "The listener has one of the security policies.",
        need("SslPolicy", among("sslPolicies")),
        only=(need("Protocol", one_of("HTTPS", "TLS")),),
    ),
    rule(
        "ELBV2_TARGETGROUP_PROTOCOL_ENCRYPTED",
        "Targets are reached by TLS.",
        need("Protocol", one_of("HTTPS", "TLS", "QUIC")),
        only=(need("Protocol", PRESENT), need("Protocol", none_of("GENEVE"))),
    ),
    rule(
        "ELBV2_TARGETGROUP_HEALTHCHECK_PROTOCOL_ENCRYPTED",
        "Health is asked for by HTTPS.",
        need("HealthCheckProtocol", one_of("HTTPS")),
        only=(need("HealthCheckProtocol", none_of("TCP")),),
    ),
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
        need(f"{_CONFIG}.logging.bucket", among("S3BucketName")),
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
        need(f"{_CONFIG}.viewerCertificate.cloudFrontDefaultCertificate", NOT_TRUE),
    ),
    rule(
        "CLOUDFRONT_SNI_ENABLED",
        "Names are told apart by SNI.",
        need(f"{_CONFIG}.viewerCertificate.sSLSupportMethod|sslsupportMethod", one_of("sni-only")),
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
    rule(
        "CLOUDFRONT_TRAFFIC_TO_ORIGIN_ENCRYPTED",
        "Origins are reached by HTTPS.",
        need(f"{_CONFIG}.origins.items[].customOriginConfig.originProtocolPolicy", none_of("http-only")),
    ),
    rule("WAF_REGIONAL_WEBACL_NOT_EMPTY", "The web ACL has rules.", need_some("rulesList[]", PRESENT)),
    rule("WAF_REGIONAL_RULEGROUP_NOT_EMPTY", "The group has rules.", need_some("rules[]", PRESENT)),
    rule("WAF_REGIONAL_RULE_NOT_EMPTY", "The rule has conditions.", need_some("predicateList[]", PRESENT)),
    rule("WAF_GLOBAL_WEBACL_NOT_EMPTY", "The web ACL has rules.", need_some("rulesList|rules[]", PRESENT)),
    rule("WAF_GLOBAL_RULEGROUP_NOT_EMPTY", "The group has rules.", need_some("rules|activatedRules[]", PRESENT)),
    rule("WAF_GLOBAL_RULE_NOT_EMPTY", "The rule has conditions.", need_some("predicateList|predicates[]", PRESENT)),
    rule("WAFV2_WEBACL_NOT_EMPTY", "The web ACL has rules.", need_some("rules[]", PRESENT)),
    rule("WAFV2_RULEGROUP_NOT_EMPTY", "The group has rules.", need_some("rules[]", PRESENT)),
    rule(
        "WAFV2_RULEGROUP_LOGGING_ENABLED",
        "The group has metrics in CloudWatch.",
        need("visibilityConfig.cloudWatchMetricsEnabled", TRUE),
    ),
    rule(
        "WAFV2_LOGGING_ENABLED",
        "The web ACL logs, to one of the streams if given.",
        need("supplementaryConfiguration.LoggingConfiguration.logDestinationConfigs", PRESENT),
    ),
    rule("NETFW_LOGGING_ENABLED", "The firewall logs.", need("LoggingConfiguration.LogDestinationConfigs", PRESENT)),
)
