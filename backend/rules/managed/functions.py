"""Managed rules over Lambda, API Gateway, AppSync and Step Functions."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import (
    PRESENT,
    TRUE,
    among,
    equal_to,
    every_among,
    none_of,
    one_of,
)
from backend.rules.managed.policies import document, public_statement, statements
from backend.rules.reading import body, listed, number, parsed, split_csv, supplement, supplemented, unpacked
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, CannotTell, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_REST, _HTTP = "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"
_S3 = "s3.amazonaws.com"
_RUNTIME_DEFAULTS = {"memorySize": 128, "timeout": 3}


def _not_public(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    policy = document(_policy_text(item))
    statement, path = public_statement(policy), "supplementaryConfiguration.Policy"
    if statement is not None:
        return bad("Anybody may call the function.", Reason(path, statement, "no statement that lets anybody call it"))
    for statement in statements(policy):
        if _any_bucket(statement):
            expected = "an account in its condition (AWS:SourceAccount)"
            return bad("Buckets of any account may call the function.", Reason(path, statement, expected))
    return FINE


def _any_bucket(statement: Document) -> bool:
    """Whether S3 may call for whoever owns a bucket: names of buckets can change hands."""
    if _S3 not in listed(parsed(statement.get("Principal")).get("Service")):
        return False
    tests = parsed(statement.get("Condition")).values()
    return not any(key.lower() == "aws:sourceaccount" for each in tests for key in parsed(each))


def _policy_text(item: Document) -> object:
    held = unpacked(supplemented(item, "Policy"))
    if isinstance(held, dict) and "policy" in held:
        return held["policy"]
    return held


def _settings(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    function = body(item)
    if function.get("packageType") == "Image":
        return out_of_scope("The function is an image: it has no runtime.")
    reasons = []
    runtimes = split_csv(parameters.get("runtime") or "")
    if runtimes and function.get("runtime") not in runtimes:
        reasons.append(Reason("configuration.runtime", function.get("runtime"), f"one of {', '.join(runtimes)}"))
    role = parameters.get("role")
    if role and function.get("role") != role:
        reasons.append(Reason("configuration.role", function.get("role"), role))
    for name in ("memorySize", "timeout"):
        wanted = number(parameters.get(name) or "")
        # AWS compares only what is asked for beyond the service's own default.
        if wanted is not None and wanted != _RUNTIME_DEFAULTS[name] and number(function.get(name)) != wanted:
            reasons.append(Reason(f"configuration.{name}", function.get(name), f"{wanted:g}"))
    if not reasons:
        return FINE
    said = ", ".join(f"{reason.path.rpartition('.')[2]} is {reason.found}" for reason in reasons)
    return bad(f"The settings differ: {said}.", *reasons)


def _several_zones(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    subnets = listed(parsed(body(item).get("vpcConfig")).get("subnetIds"))
    if not subnets:
        return out_of_scope("The function is in no VPC.")
    least = number(parameters.get("availabilityZones") or "") or 2
    known = [around.recorded("AWS::EC2::Subnet", str(subnet)) for subnet in subnets]
    zones = {body(one).get("availabilityZone") for one in known if one is not None}
    if len(zones) >= least:
        return FINE
    if None in known:
        raise CannotTell("It is not recorded in which zones the subnets of the function are.")
    return bad(
        f"The function is in {len(zones)} zones.",
        Reason("configuration.vpcConfig.subnetIds", list(subnets), f"subnets of {least:g} zones"),
    )


def _concurrency(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    limit = number(supplement(item, "Concurrency").get("reservedConcurrentExecutions"))
    path = "supplementaryConfiguration.Concurrency.reservedConcurrentExecutions"
    if limit is None:
        return bad("The function reserves no concurrency.", Reason(path, None, "set"))
    low, high = (number(parameters.get(f"ConcurrencyLimit{end}") or "") for end in ("Low", "High"))
    if low is not None and limit < low:
        return bad(f"The function reserves {limit:g}.", Reason(path, limit, f"{low:g} or more"))
    if high is not None and limit > high:
        return bad(f"The function reserves {limit:g}.", Reason(path, limit, f"{high:g} or less"))
    return FINE


def _method_settings(item: Document) -> list[tuple[str, Document]]:
    settings = parsed(body(item).get("methodSettings"))
    return [(f"configuration.methodSettings.{name}", parsed(each)) for name, each in settings.items()]


def _stage_logs(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    levels = split_csv(parameters.get("loggingLevel") or "ERROR,INFO")
    if item.get("resourceType") == _HTTP:
        route = parsed(body(item).get("defaultRouteSettings"))
        found = [("configuration.defaultRouteSettings", route)]
    else:
        found = _method_settings(item)
    if not found:
        return bad(
            "The stage does not log calls.",
            Reason("configuration.methodSettings", {}, f"loggingLevel {' or '.join(levels)}"),
        )
    for path, settings in found:
        if settings.get("loggingLevel") not in levels:
            return bad(
                "The stage does not log calls as asked for.",
                Reason(f"{path}.loggingLevel", settings.get("loggingLevel"), f"one of {', '.join(levels)}"),
            )
    return FINE


def _cache_encrypted(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    found = _method_settings(item)
    if not body(item).get("cacheClusterEnabled"):
        return bad(
            "The stage has no cache.",
            Reason("configuration.cacheClusterEnabled", body(item).get("cacheClusterEnabled"), "true"),
        )
    if not found:
        return bad("The stage caches nothing.", Reason("configuration.methodSettings", {}, "caching, encrypted"))
    for path, settings in found:
        for flag in ("cachingEnabled", "cacheDataEncrypted"):
            if not settings.get(flag):
                return bad(
                    f"A method of the stage has no {flag}.", Reason(f"{path}.{flag}", settings.get(flag), "true")
                )
    return FINE


def _guarded(link: Document) -> Iterator[Json]:
    yield body(link).get("ResourceArn")


def _appsync_waf(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    allowed = split_csv(parameters.get("wafWebAclARNs") or "")
    api = str(item.get("ARN") or body(item).get("Arn"))
    links = around.keyed("AWS::WAFv2::WebACLAssociation", _guarded).get(api, ())
    if not links:
        return bad("No web ACL guards the API.", Reason("", None, "a web ACL"))
    found = body(links[0]).get("WebACLArn")
    if allowed and found not in allowed:
        expected = f"one of {', '.join(allowed)}"
        return bad("Another web ACL than those allowed guards the API.", Reason("", found, expected))
    return FINE


_DOMAIN_POLICY = "securityPolicy|SecurityPolicy"
_NEW_TLS = none_of("TLS_1_0")._replace(asked=lambda parameters: not parameters.get("allowedSecurityPolicies"))

CHECKS = (
    Check(
        "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
        "The policy lets not anybody call the function.",
        item=_not_public,
        reads=("supplementaryConfiguration.Policy",),
    ),
    Check(
        "LAMBDA_FUNCTION_SETTINGS_CHECK",
        "Runtime, role, memory and timeout are as the parameters say.",
        item=_settings,
        reads=tuple(f"configuration.{name}" for name in ("runtime", "role", "memorySize", "timeout", "packageType")),
    ),
    Check(
        "LAMBDA_VPC_MULTI_AZ_CHECK",
        "A function in a VPC is in several zones.",
        item=_several_zones,
        reads=("configuration.vpcConfig",),
        around=True,
    ),
    Check(
        "LAMBDA_CONCURRENCY_CHECK",
        "The function reserves concurrency, within the limits.",
        item=_concurrency,
        reads=("supplementaryConfiguration.Concurrency",),
    ),
    rule(
        "LAMBDA_INSIDE_VPC",
        "The function is in a VPC, in one of subnetIds if given.",
        need("vpcConfig.subnetIds", PRESENT),
        need("vpcConfig.subnetIds", every_among("subnetIds")),
    ),
    rule(
        "LAMBDA_DLQ_CHECK",
        "Failed events go to a queue or topic, one of dlqArns if given.",
        need("deadLetterConfig.targetArn", PRESENT),
        need("deadLetterConfig.targetArn", among("dlqArns")),
    ),
    rule("LAMBDA_FUNCTION_XRAY_ENABLED", "X-Ray follows the calls.", need("tracingConfig.mode", one_of("Active"))),
    rule("LAMBDA_FUNCTION_LOG_FORMAT_JSON", "The function logs JSON.", need("loggingConfig.logFormat", one_of("JSON"))),
    rule(
        "LAMBDA_FUNCTION_APPLICATION_LOG_LEVEL_CHECK",
        "The application logs at logLevel.",
        need("loggingConfig.applicationLogLevel", among("logLevel")),
        only=(need("loggingConfig.logFormat", one_of("JSON")),),
    ),
    rule(
        "LAMBDA_FUNCTION_SYSTEM_LOG_LEVEL_CHECK",
        "The system logs at logLevel.",
        need("loggingConfig.systemLogLevel", among("logLevel")),
        only=(need("loggingConfig.logFormat", one_of("JSON")),),
    ),
    Check(
        "API_GW_EXECUTION_LOGGING_ENABLED",
        "Calls are logged at one of the levels.",
        item=_stage_logs,
        reads=("configuration.methodSettings", "configuration.defaultRouteSettings"),
    ),
    Check(
        "API_GW_CACHE_ENABLED_AND_ENCRYPTED",
        "Each method caches, encrypted.",
        item=_cache_encrypted,
        reads=("configuration.methodSettings", "configuration.cacheClusterEnabled"),
    ),
    rule(
        "API_GW_SSL_ENABLED",
        "The stage shows a client certificate, one of CertificateIDs if given.",
        need("clientCertificateId", PRESENT),
        need("clientCertificateId", among("CertificateIDs")),
    ),
    rule(
        "API_GW_ASSOCIATED_WITH_WAF",
        "A web ACL guards the stage, one of WebAclArns if given.",
        need("webAclArn", PRESENT),
        need("webAclArn", among("WebAclArns")),
    ),
    rule("API_GW_XRAY_ENABLED", "X-Ray follows the calls.", need("tracingEnabled", TRUE)),
    rule(
        "API_GW_ENDPOINT_TYPE_CHECK",
        "The endpoint is of one of the types.",
        need("endpointConfiguration.types", every_among("endpointConfigurationTypes")),
    ),
    rule(
        "APIGATEWAY_STAGE_ACCESS_LOGS_ENABLED", "Access is logged.", need("accessLogSettings.destinationArn", PRESENT)
    ),
    rule(
        "APIGATEWAY_DOMAIN_NAME_TLS_CHECK",
        "The name takes TLS 1.2, or one of allowedSecurityPolicies.",
        need(_DOMAIN_POLICY, PRESENT),
        need(_DOMAIN_POLICY, _NEW_TLS),
        need(_DOMAIN_POLICY, among("allowedSecurityPolicies")),
    ),
    rule("API_GWV2_ACCESS_LOGS_ENABLED", "Access is logged.", need("accessLogSettings.destinationArn", PRESENT)),
    rule(
        "API_GWV2_STAGE_DEFAULT_ROUTE_DETAILED_METRICS_ENABLED",
        "Routes have detailed metrics.",
        need("defaultRouteSettings.detailedMetricsEnabled", TRUE),
    ),
    rule(
        "API_GWV2_AUTHORIZATION_TYPE_CONFIGURED",
        "Routes ask who calls.",
        need("authorizationType|AuthorizationType", PRESENT),
        need("authorizationType|AuthorizationType", one_of("AWS_IAM", "CUSTOM", "JWT")),
        need("authorizationType|AuthorizationType", equal_to("authorizationType")),
    ),
    rule(
        "APIGATEWAYV2_INTEGRATION_PRIVATE_HTTPS_ENABLED",
        "Private integrations use TLS.",
        need("TlsConfig", PRESENT),
        only=(need("ConnectionType", one_of("VPC_LINK")),),
    ),
    Check(
        "APPSYNC_ASSOCIATED_WITH_WAF",
        "A web ACL guards the API, one of wafWebAclARNs if given.",
        item=_appsync_waf,
        reads=("ARN", "configuration.Arn"),
        around=True,
    ),
    rule(
        "APPSYNC_LOGGING_ENABLED",
        "Fields are logged, at one of the levels.",
        need("LogConfig.FieldLogLevel", one_of("ERROR", "ALL", "INFO", "DEBUG")),
        need("LogConfig.FieldLogLevel", among("fieldLoggingLevel")),
    ),
    rule(
        "APPSYNC_AUTHORIZATION_CHECK",
        "Calls are authorised in one of the ways.",
        need("AuthenticationType", among("AllowedAuthorizationTypes")),
        need("AdditionalAuthenticationProviders[].AuthenticationType", among("AllowedAuthorizationTypes")),
    ),
    rule("APPSYNC_GRAPHQL_API_XRAY_ENABLED", "X-Ray follows the calls.", need("XrayEnabled", TRUE)),
    rule("APPSYNC_CACHE_CT_ENCRYPTION_AT_REST", "The cache is encrypted.", need("AtRestEncryptionEnabled", TRUE)),
    rule(
        "APPSYNC_CACHE_CT_ENCRYPTION_IN_TRANSIT",
        "What comes and goes is encrypted.",
        need("TransitEncryptionEnabled", TRUE),
    ),
)
