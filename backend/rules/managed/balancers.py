"""Managed rules over load balancers."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import (
    PRESENT,
    among,
    none_of,
    one_of,
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
from backend.rules.table import need, need_any, rule
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


def _on(key: str) -> ItemCheck:
    """A load balancer with an attribute that is true."""

    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        found = _attribute(item, key)
        if str(found).lower() == "true":
            return FINE
        return bad(f"{key} is {'not set' if found is None else found}.", Reason(_ATTRIBUTES, found, f"{key} true"))

    return judge


def _kind(wanted: str, check: ItemCheck) -> ItemCheck:
    """A check for load balancers of a type."""

    def judge(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
        kind = body(item).get("type")
        if kind not in (None, wanted):
            return out_of_scope(f"The load balancer is of type {kind}.")
        return check(item, parameters, around)

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
    allowed = split_csv(parameters.get("wafWebAclIds") or "")
    arn = str(body(item).get("loadBalancerArn") or item.get("ARN"))
    for acl in around.keyed("AWS::WAFRegional::WebACL", _guards, recorded=True).get(arn, ()):
        return _allowed_acl(body(acl).get("webACLId"), allowed)
    for link in around.keyed("AWS::WAFv2::WebACLAssociation", _guarded_arn).get(arn, ()):
        return _allowed_acl(body(link).get("WebACLArn"), allowed)
    return bad("No web ACL guards the load balancer.", Reason("", None, "a web ACL"))


def _guards(acl: Document) -> Iterator[Json]:
    return (each.get("resourceARN") for each in objects(body(acl).get("associationList")))


def _guarded_arn(link: Document) -> Iterator[Json]:
    yield body(link).get("ResourceArn")


def _allowed_acl(found: Json, allowed: list[str]) -> Verdict:
    if allowed and found not in allowed:
        return bad("Another web ACL than those allowed is there.", Reason("", found, f"one of {', '.join(allowed)}"))
    return FINE


def _several_zones(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    zones = listed(body(item).get("availabilityZones"))
    least = number(parameters.get("minAvailabilityZones") or "") or 2
    if len(zones) >= least:
        return FINE
    reason = Reason("configuration.availabilityZones", [*zones], f"{least:g} or more")
    return bad(f"The load balancer is in {len(zones)} zones.", reason)


def _classic_certificates(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for place, each in enumerate(objects(body(item).get("listenerDescriptions"))):
        listener = parsed(each.get("listener"))
        if listener.get("protocol") in _SECURE:
            arn = str(listener.get("sslcertificateId") or "")
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
    return _mode(_attribute(item, "routing.http.desync_mitigation_mode"), parameters)


def _classic_desync(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    more = objects(supplement(item, "LoadBalancerAttributes").get("additionalAttributes"))
    modes = (each.get("value") for each in more if each.get("key") == "elb.http.desyncmitigationmode")
    return _mode(next(modes, None), parameters)


def _mode(found: Json, parameters: Parameters) -> Verdict:
    wanted = split_csv(parameters.get("desyncMode") or "") or ["defensive", "strictest"]
    if found in wanted:
        return FINE
    return bad(f"The desync mode is {found or 'not set'}.", Reason(_ATTRIBUTES, found, " or ".join(wanted)))


_CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
_LISTENED = ("configuration.listenerDescriptions",)
_SUPPLEMENT = (_ATTRIBUTES, _TYPE)

CHECKS = (
    Check(
        "ELB_LOGGING_ENABLED", "Access is logged, to one of s3BucketNames if given.", item=_logs, reads=(_ATTRIBUTES,)
    ),
    Check(
        "NLB_LOGGING_ENABLED",
        "Access is logged.",
        item=_kind("network", _on("access_logs.s3.enabled")),
        reads=_SUPPLEMENT,
    ),
    Check(
        "ELB_DELETION_PROTECTION_ENABLED",
        "Deletion protection is on.",
        item=_on("deletion_protection.enabled"),
        reads=(_ATTRIBUTES,),
    ),
    Check(
        "ALB_HTTP_DROP_INVALID_HEADER_ENABLED",
        "Invalid headers are dropped.",
        item=_kind("application", _on("routing.http.drop_invalid_header_fields.enabled")),
        reads=_SUPPLEMENT,
    ),
    Check(
        "NLB_CROSS_ZONE_LOAD_BALANCING_ENABLED",
        "Load crosses zones.",
        item=_kind("network", _on("load_balancing.cross_zone.enabled")),
        reads=_SUPPLEMENT,
    ),
    Check(
        "ALB_DESYNC_MODE_CHECK",
        "The desync mode is one of those asked for.",
        item=_kind("application", _desync),
        reads=_SUPPLEMENT,
    ),
    Check(
        "CLB_DESYNC_MODE_CHECK",
        "The desync mode is one of those asked for.",
        item=_classic_desync,
        reads=(_ATTRIBUTES,),
    ),
    Check(
        "ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK",
        "Each listener for HTTP redirects to HTTPS.",
        item=_kind("application", _redirects),
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
        item=_kind("application", _guarded),
        reads=(_TYPE, "configuration.loadBalancerArn", "ARN"),
        around=True,
    ),
    Check(
        "ELBV2_MULTIPLE_AZ",
        "The load balancer is in several zones.",
        item=_several_zones,
        reads=("configuration.availabilityZones",),
    ),
    Check(
        "CLB_MULTIPLE_AZ",
        "The load balancer is in several zones.",
        item=_several_zones,
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
        only=(need_any("listenerDescriptions[].listener.protocol", PRESENT),),
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
        only=(need("HealthCheckProtocol", PRESENT), need("HealthCheckProtocol", none_of("TCP"))),
    ),
)
