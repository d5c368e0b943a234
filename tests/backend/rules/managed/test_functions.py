"""What the rules over Lambda, API Gateway and AppSync say."""

from __future__ import annotations

import json

import pytest

from backend.model.item import Document, Json
from backend.rules.verdict import INSUFFICIENT_DATA
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import judged

ROLE = "arn:aws:iam::111122223333:role/thumbnails"
QUEUE = "arn:aws:sqs:ap-southeast-1:111122223333:failed"
ACL = "arn:aws:wafv2:ap-southeast-1:111122223333:regional/webacl/front/1"
OTHER_ACL = "arn:aws:wafv2:ap-southeast-1:111122223333:regional/webacl/back/2"
LOGS = "arn:aws:logs:ap-southeast-1:111122223333:log-group:access"


def function(**changes: Json) -> Document:
    return {
        "functionName": "thumbnails",
        "packageType": "Zip",
        "runtime": "python3.12",
        "role": ROLE,
        "handler": "app.handler",
        "timeout": 30,
        "memorySize": 512,
        "vpcConfig": {"subnetIds": ["subnet-a", "subnet-b"], "securityGroupIds": ["sg-1"]},
        "deadLetterConfig": {"targetArn": QUEUE},
        "tracingConfig": {"mode": "Active"},
        "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "WARN", "systemLogLevel": "INFO"},
        **changes,
    }


def called_by(principal: Json, **condition: Json) -> Document:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction", "Condition": condition}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {"configuration": function(), "supplementaryConfiguration": {"Policy": policy}}


def reserved(limit: int | None) -> Document:
    held = {"Concurrency": {"reservedConcurrentExecutions": limit}} if limit else {}
    return {"configuration": function(), "supplementaryConfiguration": held}


def subnet(name: str, zone: str) -> Document:
    return other("AWS::EC2::Subnet", {"subnetId": name, "availabilityZone": zone}, resourceId=name)


TEXT_LOGS: Document = function(loggingConfig={"logFormat": "Text"})
CONCURRENCY = "supplementaryConfiguration.Concurrency.reservedConcurrentExecutions"
POLICY = "supplementaryConfiguration.Policy"

LAMBDA: tuple[Case, ...] = (
    *of(
        "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
        good(function()),
        good(called_by({"Service": "events.amazonaws.com"})),
        good(called_by({"AWS": "*"}, StringEquals={"aws:PrincipalOrgID": "o-1"})),
        good(called_by({"Service": "s3.amazonaws.com"}, StringEquals={"AWS:SourceAccount": "111122223333"})),
        bad(called_by("*"), "Anybody may call", POLICY),
        bad(called_by({"AWS": "*"}, StringEquals={"lambda:FunctionUrlAuthType": "NONE"}), "Anybody may call", POLICY),
        bad(called_by({"Service": "s3.amazonaws.com"}), "Buckets of any account", POLICY),
    ),
    *of(
        "LAMBDA_FUNCTION_SETTINGS_CHECK",
        good(function(), runtime="python3.12, python3.13", role=ROLE, memorySize="512", timeout="30"),
        good(function(), runtime="python3.12"),
        bad(function(), "runtime is python3.12", "runtime", runtime="python3.13"),
        bad(function(), "role is arn:", "role", runtime="python3.12", role="arn:aws:iam::111122223333:role/other"),
        bad(function(), "memorySize is 512", "memorySize", runtime="python3.12", memorySize="256"),
        bad(function(), "timeout is 30", "timeout", runtime="python3.12", timeout="10"),
        out(function(packageType="Image", runtime=None), "is an image", runtime="python3.12"),
    ),
    *of(
        "LAMBDA_VPC_MULTI_AZ_CHECK",
        good(function(), subnet("subnet-a", "1a"), subnet("subnet-b", "1b")),
        bad(function(), "in 1 zones", "vpcConfig.subnetIds", subnet("subnet-a", "1a"), subnet("subnet-b", "1a")),
        bad(
            function(),
            "in 2 zones",
            "vpcConfig.subnetIds",
            subnet("subnet-a", "1a"),
            subnet("subnet-b", "1b"),
            availabilityZones="3",
        ),
        out(function(vpcConfig={"subnetIds": [], "securityGroupIds": []}), "in no VPC"),
    ),
    *of(
        "LAMBDA_CONCURRENCY_CHECK",
        good(reserved(50), ConcurrencyLimitLow="10", ConcurrencyLimitHigh="100"),
        bad(reserved(None), "reserves no concurrency", CONCURRENCY),
        bad(reserved(5), "reserves 5", CONCURRENCY, ConcurrencyLimitLow="10"),
        bad(reserved(500), "reserves 500", CONCURRENCY, ConcurrencyLimitHigh="100"),
    ),
    *of(
        "LAMBDA_INSIDE_VPC",
        good(function(), subnetIds="subnet-a,subnet-b,subnet-c"),
        bad(function(vpcConfig=None), "subnetIds is not set", "vpcConfig.subnetIds"),
        bad(function(), "not only subnet-a", "vpcConfig.subnetIds", subnetIds="subnet-a"),
    ),
    *of(
        "LAMBDA_DLQ_CHECK",
        good(function(), dlqArns=QUEUE),
        bad(function(deadLetterConfig=None), "targetArn is not set", "deadLetterConfig.targetArn"),
        bad(function(), "targetArn is arn:", "deadLetterConfig.targetArn", dlqArns=f"{QUEUE}-2"),
    ),
    *of(
        "LAMBDA_FUNCTION_XRAY_ENABLED",
        good(function()),
        bad(function(tracingConfig={"mode": "PassThrough"}), "mode is PassThrough", "tracingConfig.mode"),
    ),
    *of(
        "LAMBDA_FUNCTION_LOG_FORMAT_JSON",
        good(function()),
        bad(TEXT_LOGS, "logFormat is Text", "loggingConfig.logFormat"),
    ),
    *of(
        "LAMBDA_FUNCTION_APPLICATION_LOG_LEVEL_CHECK",
        good(function(), logLevel="WARN"),
        bad(function(), "is WARN, not ERROR", "loggingConfig.applicationLogLevel", logLevel="ERROR"),
        out(TEXT_LOGS, "logFormat is Text", logLevel="ERROR"),
    ),
    *of(
        "LAMBDA_FUNCTION_SYSTEM_LOG_LEVEL_CHECK",
        good(function(), logLevel="INFO"),
        bad(function(), "is INFO, not DEBUG", "loggingConfig.systemLogLevel", logLevel="DEBUG"),
        out(TEXT_LOGS, "logFormat is Text", logLevel="DEBUG"),
    ),
)


def stage(**changes: Json) -> Document:
    settings = {"loggingLevel": "INFO", "cachingEnabled": True, "cacheDataEncrypted": True}
    return {
        "stageName": "live",
        "cacheClusterEnabled": True,
        "methodSettings": {"*/*": settings},
        "clientCertificateId": "cert1",
        "webAclArn": ACL,
        "tracingEnabled": True,
        "accessLogSettings": {"destinationArn": LOGS, "format": "$context.requestId"},
        **changes,
    }


def http(**route: Json) -> Document:
    return {
        "resourceType": "AWS::ApiGatewayV2::Stage",
        "configuration": {
            "stageName": "$default",
            "defaultRouteSettings": route,
            "accessLogSettings": {"destinationArn": LOGS},
        },
    }


def route(kind: str | None) -> Document:
    return {"routeKey": "GET /", "authorizationType": kind}


def integration(connection: str, **tls: str) -> Document:
    return {"IntegrationType": "HTTP_PROXY", "ConnectionType": connection, "TlsConfig": tls or None}


def domain(policy: str | None) -> Document:
    return {"domainName": "api.example.org", "securityPolicy": policy}


METHOD = "methodSettings.*/*"

GATEWAYS: tuple[Case, ...] = (
    *of(
        "API_GW_EXECUTION_LOGGING_ENABLED",
        good(stage()),
        good(http(loggingLevel="ERROR")),
        bad(stage(methodSettings={}), "does not log calls", "methodSettings"),
        bad(stage(methodSettings={"*/*": {"loggingLevel": "OFF"}}), "as asked for", f"{METHOD}.loggingLevel"),
        bad(stage(), "as asked for", f"{METHOD}.loggingLevel", loggingLevel="ERROR"),
        bad(http(detailedMetricsEnabled=False), "as asked for", "defaultRouteSettings.loggingLevel"),
    ),
    *of(
        "API_GW_CACHE_ENABLED_AND_ENCRYPTED",
        good(stage()),
        bad(stage(cacheClusterEnabled=False), "has no cache", "cacheClusterEnabled"),
        bad(stage(methodSettings={}), "caches nothing", "methodSettings"),
        bad(stage(methodSettings={"*/*": {"cachingEnabled": False}}), "no cachingEnabled", f"{METHOD}.cachingEnabled"),
        bad(
            stage(methodSettings={"*/*": {"cachingEnabled": True, "cacheDataEncrypted": False}}),
            "no cacheDataEncrypted",
            f"{METHOD}.cacheDataEncrypted",
        ),
    ),
    *of(
        "API_GW_SSL_ENABLED",
        good(stage(), CertificateIDs="cert1,cert2"),
        bad(stage(clientCertificateId=None), "clientCertificateId is not set", "clientCertificateId"),
        bad(stage(), "clientCertificateId is cert1", "clientCertificateId", CertificateIDs="cert2"),
    ),
    *of(
        "API_GW_ASSOCIATED_WITH_WAF",
        good(stage(), WebAclArns=ACL),
        bad(stage(webAclArn=None), "webAclArn is not set", "webAclArn"),
        bad(stage(), "webAclArn is arn:", "webAclArn", WebAclArns=OTHER_ACL),
    ),
    *of(
        "API_GW_XRAY_ENABLED",
        good(stage()),
        bad(stage(tracingEnabled=False), "tracingEnabled is false", "tracingEnabled"),
    ),
    *of(
        "API_GW_ENDPOINT_TYPE_CHECK",
        good({"name": "shop", "endpointConfiguration": {"types": ["REGIONAL"]}}, endpointConfigurationTypes="REGIONAL"),
        bad(
            {"name": "shop", "endpointConfiguration": {"types": ["EDGE"]}},
            "not only PRIVATE, REGIONAL",
            "endpointConfiguration.types",
            endpointConfigurationTypes="PRIVATE,REGIONAL",
        ),
    ),
    *of(
        "APIGATEWAY_STAGE_ACCESS_LOGS_ENABLED",
        good(stage()),
        bad(stage(accessLogSettings=None), "destinationArn is not set", "accessLogSettings.destinationArn"),
    ),
    *of(
        "APIGATEWAY_DOMAIN_NAME_TLS_CHECK",
        good(domain("TLS_1_2")),
        good(domain("TLS_1_0"), allowedSecurityPolicies="TLS_1_0"),
        bad(domain(None), "securityPolicy is not set", "securityPolicy"),
        bad(domain("TLS_1_0"), "securityPolicy is TLS_1_0", "securityPolicy"),
        bad(domain("TLS_1_2"), "is TLS_1_2, not TLS_1_3", "securityPolicy", allowedSecurityPolicies="TLS_1_3"),
    ),
    *of(
        "API_GWV2_ACCESS_LOGS_ENABLED",
        good(http()),
        bad({"stageName": "$default"}, "destinationArn is not set", "accessLogSettings.destinationArn"),
    ),
    *of(
        "API_GWV2_STAGE_DEFAULT_ROUTE_DETAILED_METRICS_ENABLED",
        good(http(detailedMetricsEnabled=True)),
        bad(http(detailedMetricsEnabled=False), "is false", "defaultRouteSettings.detailedMetricsEnabled"),
    ),
    *of(
        "API_GWV2_AUTHORIZATION_TYPE_CONFIGURED",
        good(route("JWT"), authorizationType="JWT"),
        bad(route(None), "authorizationType is not set", "authorizationType"),
        bad(route("NONE"), "authorizationType is NONE", "authorizationType"),
        bad(route("CUSTOM"), "is CUSTOM, not AWS_IAM", "authorizationType", authorizationType="AWS_IAM"),
    ),
    *of(
        "APIGATEWAYV2_INTEGRATION_PRIVATE_HTTPS_ENABLED",
        good(integration("VPC_LINK", ServerNameToVerify="inside.example.org")),
        bad(integration("VPC_LINK"), "TlsConfig is not set", "TlsConfig"),
        out(integration("INTERNET"), "ConnectionType is INTERNET"),
    ),
)

API = "arn:aws:appsync:ap-southeast-1:111122223333:apis/shop"


def graph(**changes: Json) -> Document:
    return {
        "Arn": API,
        "Name": "shop",
        "AuthenticationType": "AWS_IAM",
        "AdditionalAuthenticationProviders": [{"AuthenticationType": "OPENID_CONNECT"}],
        "LogConfig": {"FieldLogLevel": "ERROR"},
        "XrayEnabled": True,
        **changes,
    }


def guard(acl: str) -> Document:
    return other("AWS::WAFv2::WebACLAssociation", {"ResourceArn": API, "WebACLArn": acl})


GRAPHS: tuple[Case, ...] = (
    *of(
        "APPSYNC_ASSOCIATED_WITH_WAF",
        good(graph(), guard(ACL)),
        good(graph(), guard(ACL), wafWebAclARNs=f"{OTHER_ACL},{ACL}"),
        bad(graph(), "No web ACL guards"),
        bad(graph(), "Another web ACL", "", guard(ACL), wafWebAclARNs=OTHER_ACL),
    ),
    *of(
        "APPSYNC_LOGGING_ENABLED",
        good(graph()),
        bad(graph(LogConfig={"FieldLogLevel": "NONE"}), "FieldLogLevel is NONE", "LogConfig.FieldLogLevel"),
        bad(graph(), "is ERROR, not ALL", "LogConfig.FieldLogLevel", fieldLoggingLevel="ALL"),
    ),
    *of(
        "APPSYNC_AUTHORIZATION_CHECK",
        good(graph(), AllowedAuthorizationTypes="AWS_IAM,OPENID_CONNECT"),
        bad(
            graph(AuthenticationType="API_KEY"),
            "AuthenticationType is API_KEY",
            "AuthenticationType",
            AllowedAuthorizationTypes="AWS_IAM,OPENID_CONNECT",
        ),
        bad(
            graph(),
            "0.AuthenticationType is OPENID_CONNECT",
            "AdditionalAuthenticationProviders.0.AuthenticationType",
            AllowedAuthorizationTypes="AWS_IAM",
        ),
    ),
    *of(
        "APPSYNC_GRAPHQL_API_XRAY_ENABLED",
        good(graph()),
        bad(graph(XrayEnabled=False), "XrayEnabled is false", "XrayEnabled"),
    ),
    *of(
        "APPSYNC_CACHE_CT_ENCRYPTION_AT_REST",
        good({"ApiId": "shop", "Type": "SMALL", "AtRestEncryptionEnabled": True}),
        bad({"ApiId": "shop", "AtRestEncryptionEnabled": False}, "is false, not true", "AtRestEncryptionEnabled"),
    ),
    *of(
        "APPSYNC_CACHE_CT_ENCRYPTION_IN_TRANSIT",
        good({"ApiId": "shop", "Type": "SMALL", "TransitEncryptionEnabled": True}),
        bad({"ApiId": "shop", "TransitEncryptionEnabled": False}, "is false, not true", "TransitEncryptionEnabled"),
    ),
)

CASES = LAMBDA + GATEWAYS + GRAPHS


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_functions_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_functions_has_its_cases() -> None:
    assert missing("functions", CASES) == []


def test_no_zones_are_made_up_for_subnets_that_are_not_recorded() -> None:
    verdict = judged("LAMBDA_VPC_MULTI_AZ_CHECK", {"configuration": function()})
    assert (verdict.compliance, "zones" in verdict.annotation) == (INSUFFICIENT_DATA, True)
