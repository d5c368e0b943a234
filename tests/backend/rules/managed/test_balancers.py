"""What the rules over load balancers say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads

ARN = "arn:aws:elasticloadbalancing:ap-southeast-1:111122223333:loadbalancer/app/shop/1f"
CERTIFICATE = "arn:aws:acm:ap-southeast-1:111122223333:certificate/1"
OLD_CERTIFICATE = "arn:aws:iam::111122223333:server-certificate/old"
ACL = "arn:aws:wafv2:ap-southeast-1:111122223333:regional/webacl/front/1"
ATTRIBUTES = "supplementaryConfiguration.LoadBalancerAttributes"


def balancer(kind: str = "application", /, *, scheme: str = "internal", zones: int = 2, **attributes: str) -> Document:
    """One of the second generation; attributes are written with two underscores for a dot."""
    zone_list = [{"zoneName": f"ap-southeast-1{letter}", "subnetId": f"subnet-{letter}"} for letter in "abc"[:zones]]
    return {
        "resourceType": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "configuration": {
            "loadBalancerArn": ARN,
            "loadBalancerName": "shop",
            "scheme": scheme,
            "state": {"code": "active"},
            "type": kind,
            "availabilityZones": zone_list,
        },
        "supplementaryConfiguration": {
            "LoadBalancerAttributes": [
                {"key": "idle_timeout.timeout_seconds", "value": "60"},
                *({"key": key.replace("__", "."), "value": value} for key, value in attributes.items()),
            ]
        },
    }


def classic(*listeners: Document, scheme: str = "internal", zones: int = 2, **attributes: Json) -> Document:
    """One of the first generation."""
    reference = [{"attributeName": "Reference-Security-Policy", "attributeValue": "ELBSecurityPolicy-TLS-1-2-2017-01"}]
    return {
        "resourceType": "AWS::ElasticLoadBalancing::LoadBalancer",
        "configuration": {
            "loadBalancerName": "old-shop",
            "scheme": scheme,
            "listenerDescriptions": [*listeners],
            "availabilityZones": ["ap-southeast-1a", "ap-southeast-1b"][:zones],
        },
        "supplementaryConfiguration": {
            "LoadBalancerAttributes": {"connectionSettings": {"idleTimeout": 60}, **attributes},
            "LoadBalancerPolicies": [{"policyName": "new-tls", "policyAttributeDescriptions": reference}],
        },
    }


def heard(protocol: str, certificate: str | None = None, *policies: str) -> Document:
    listener = {"protocol": protocol, "loadBalancerPort": 443, "sslcertificateId": certificate}
    return {"listener": listener, "policyNames": [*policies]}


def listener(protocol: str, *certificates: str, to: str = "", port: int = 80) -> Document:
    action = {"Type": "redirect", "RedirectConfig": {"Protocol": to, "Port": "443"}} if to else {"Type": "forward"}
    return other(
        "AWS::ElasticLoadBalancingV2::Listener",
        {
            "LoadBalancerArn": ARN,
            "Protocol": protocol,
            "Port": port,
            "Certificates": [{"CertificateArn": certificate} for certificate in certificates],
            "DefaultActions": [action],
        },
    )


def mode(value: str) -> Document:
    return classic(additionalAttributes=[{"key": "elb.http.desyncmitigationmode", "value": value}])


LINK = other("AWS::WAFv2::WebACLAssociation", {"ResourceArn": ARN, "WebACLArn": ACL})
REGIONAL = other("AWS::WAFRegional::WebACL", {"webACLId": "acl-1", "associationList": [{"resourceARN": ARN}]})
LISTENED = "listenerDescriptions"
NEW_TLS = "ELBSecurityPolicy-TLS-1-2-2017-01"


def target(**changes: Json) -> Document:
    return {"TargetGroupName": "web", "Protocol": "HTTPS", "HealthCheckProtocol": "HTTPS", **changes}


CASES: tuple[Case, ...] = (
    *of(
        "ELB_LOGGING_ENABLED",
        good(balancer(access_logs__s3__enabled="true", access_logs__s3__bucket="logs"), s3BucketNames="logs"),
        good(classic(accessLog={"enabled": True, "s3BucketName": "logs"}), s3BucketNames="logs"),
        bad(balancer(access_logs__s3__enabled="false"), "not logged", ATTRIBUTES),
        bad(classic(accessLog={"enabled": False}), "not logged", ATTRIBUTES),
        bad(
            balancer(access_logs__s3__enabled="true", access_logs__s3__bucket="logs"),
            "logged to logs",
            ATTRIBUTES,
            s3BucketNames="central",
        ),
    ),
    *of(
        "NLB_LOGGING_ENABLED",
        good(balancer("network", access_logs__s3__enabled="true")),
        bad(balancer("network", access_logs__s3__enabled="false"), "access_logs.s3.enabled is false", ATTRIBUTES),
        out(balancer(access_logs__s3__enabled="false"), "of type application"),
    ),
    *of(
        "ELB_DELETION_PROTECTION_ENABLED",
        good(balancer("gateway", deletion_protection__enabled="true")),
        bad(balancer(deletion_protection__enabled="false"), "deletion_protection.enabled is false", ATTRIBUTES),
    ),
    *of(
        "ALB_HTTP_DROP_INVALID_HEADER_ENABLED",
        good(balancer(routing__http__drop_invalid_header_fields__enabled="true")),
        bad(balancer(), "drop_invalid_header_fields.enabled is not set", ATTRIBUTES),
        out(balancer("network"), "of type network"),
    ),
    *of(
        "NLB_CROSS_ZONE_LOAD_BALANCING_ENABLED",
        good(balancer("network", load_balancing__cross_zone__enabled="true")),
        bad(balancer("network", load_balancing__cross_zone__enabled="false"), "cross_zone.enabled is", ATTRIBUTES),
        out(balancer(), "of type application"),
    ),
    *of(
        "ALB_DESYNC_MODE_CHECK",
        good(balancer(routing__http__desync_mitigation_mode="defensive"), desyncMode="defensive,strictest"),
        bad(
            balancer(routing__http__desync_mitigation_mode="monitor"),
            "desync mode is monitor",
            ATTRIBUTES,
            desyncMode="defensive,strictest",
        ),
        out(balancer("network"), "of type network", desyncMode="strictest"),
    ),
    *of(
        "CLB_DESYNC_MODE_CHECK",
        good(mode("strictest"), desyncMode="strictest"),
        bad(mode("defensive"), "desync mode is defensive", ATTRIBUTES, desyncMode="strictest"),
    ),
    *of(
        "ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK",
        good(balancer(), listener("HTTP", to="HTTPS"), listener("HTTPS", port=443)),
        bad(balancer(), "port 8080 does not", "", listener("HTTP", to="HTTPS"), listener("HTTP", port=8080)),
        out(balancer(), "no listener for HTTP", listener("HTTPS", port=443)),
        out(balancer("network"), "of type network", listener("HTTP")),
    ),
    *of(
        "ELBV2_ACM_CERTIFICATE_REQUIRED",
        good(balancer(), listener("HTTPS", CERTIFICATE), listener("HTTP"), AcmCertificatesAllowed=CERTIFICATE),
        bad(balancer(), "not allowed", "", listener("TLS", OLD_CERTIFICATE)),
        bad(balancer(), "not allowed", "", listener("HTTPS", CERTIFICATE), AcmCertificatesAllowed=f"{CERTIFICATE}2"),
    ),
    *of(
        "ALB_WAF_ENABLED",
        good(balancer(), LINK, wafWebAclIds=ACL),
        good(balancer(), REGIONAL, wafWebAclIds="acl-1"),
        bad(balancer(), "No web ACL guards"),
        bad(balancer(), "Another web ACL", "", REGIONAL, wafWebAclIds="acl-2"),
        out(balancer("network"), "of type network"),
    ),
    *of(
        "ELBV2_MULTIPLE_AZ",
        good(balancer()),
        bad(balancer(zones=1), "in 1 zones", "availabilityZones"),
        bad(balancer(), "in 2 zones", "availabilityZones", minAvailabilityZones="3"),
    ),
    *of(
        "CLB_MULTIPLE_AZ",
        good(classic()),
        bad(classic(zones=1), "in 1 zones", "availabilityZones"),
        bad(classic(), "in 2 zones", "availabilityZones", minAvailabilityZones="3"),
    ),
    *of(
        "ELB_ACM_CERTIFICATE_REQUIRED",
        good(classic(heard("HTTPS", CERTIFICATE), heard("HTTP"))),
        bad(
            classic(heard("HTTP"), heard("SSL", OLD_CERTIFICATE)),
            "no certificate of ACM",
            f"{LISTENED}.1.listener.sslcertificateId",
        ),
    ),
    *of(
        "ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK",
        good(classic(heard("HTTPS", CERTIFICATE, "new-tls")), predefinedPolicyName=NEW_TLS),
        bad(
            classic(heard("HTTPS", CERTIFICATE, "ELBSecurityPolicy-2016-08")),
            "another security policy",
            f"{LISTENED}.0.policyNames",
            predefinedPolicyName=NEW_TLS,
        ),
        out(classic(heard("HTTP")), "No listener uses TLS", predefinedPolicyName=NEW_TLS),
    ),
    *of(
        "ELB_CROSS_ZONE_LOAD_BALANCING_ENABLED",
        good(classic(crossZoneLoadBalancing={"enabled": True})),
        bad(
            classic(crossZoneLoadBalancing={"enabled": False}),
            "does not cross zones",
            f"{ATTRIBUTES}.crossZoneLoadBalancing.enabled",
        ),
    ),
    *of(
        "ELB_TLS_HTTPS_LISTENERS_ONLY",
        good(classic(heard("HTTPS", CERTIFICATE))),
        bad(classic(heard("HTTPS"), heard("TCP")), "protocol is TCP", f"{LISTENED}.1.listener.protocol"),
        out(classic()),
    ),
    *of(
        "ELB_INTERNAL_SCHEME_CHECK",
        good(classic()),
        bad(classic(scheme="internet-facing"), "scheme is internet-facing", "scheme"),
    ),
    *of(
        "ALB_INTERNAL_SCHEME_CHECK",
        good(balancer()),
        bad(balancer(scheme="internet-facing"), "scheme is internet-facing", "scheme"),
        out(balancer("network", scheme="internet-facing"), "type is network"),
    ),
    *of(
        "NLB_INTERNAL_SCHEME_CHECK",
        good(balancer("network")),
        bad(balancer("network", scheme="internet-facing"), "scheme is internet-facing", "scheme"),
        out(balancer(scheme="internet-facing"), "type is application"),
    ),
    *of(
        "ELBV2_LISTENER_ENCRYPTION_IN_TRANSIT",
        good(listener("TLS")),
        bad(listener("HTTP"), "Protocol is HTTP", "Protocol"),
    ),
    *of(
        "ELBV2_PREDEFINED_SECURITY_POLICY_SSL_CHECK",
        good({"Protocol": "HTTPS", "SslPolicy": NEW_TLS}, sslPolicies=NEW_TLS),
        bad(
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-2016-08"},
            "SslPolicy is ELBSecurityPolicy-2016-08",
            "SslPolicy",
            sslPolicies=NEW_TLS,
        ),
        out(listener("HTTP"), "Protocol is HTTP", sslPolicies=NEW_TLS),
    ),
    *of(
        "ELBV2_TARGETGROUP_PROTOCOL_ENCRYPTED",
        good(target()),
        bad(target(Protocol="HTTP"), "Protocol is HTTP", "Protocol"),
        out(target(Protocol=None, TargetType="lambda"), "Protocol is not set"),
        out(target(Protocol="GENEVE"), "Protocol is GENEVE"),
    ),
    *of(
        "ELBV2_TARGETGROUP_HEALTHCHECK_PROTOCOL_ENCRYPTED",
        good(target()),
        bad(target(HealthCheckProtocol="HTTP"), "HealthCheckProtocol is HTTP", "HealthCheckProtocol"),
        out(target(HealthCheckProtocol="TCP"), "HealthCheckProtocol is TCP"),
        out(target(HealthCheckProtocol=None, TargetType="lambda"), "HealthCheckProtocol is not set"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_balancers_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_balancers_has_its_cases() -> None:
    assert missing("balancers", CASES) == []
