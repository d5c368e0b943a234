"""What the rules over App Mesh, App Runner, Batch, Cognito and other services say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, out, prove, prove_reads

KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
LOGS = "arn:aws:logs:ap-southeast-1:111122223333:log-group:app"
ROLE = "arn:aws:iam::111122223333:role/logging"


def nested(path: str, value: Json) -> Document:
    """A body with one value at a dotted path."""
    for step in reversed(path.split(".")):
        value = {step: value}
    assert isinstance(value, dict)
    return value


def of_value(identifier: str, path: str, fine: Json, wrong: Json, **parameters: str) -> tuple[Case, ...]:
    """The cases of a rule that looks at one value, whatever else is there."""
    said = f"{path} is {'not set' if wrong is None else str(wrong).lower() if isinstance(wrong, bool) else wrong}"
    return of(
        identifier,
        good(nested(path, fine), **parameters),
        bad(nested(path, wrong), said, path, **parameters),
    )


def signing_in(*factors: str) -> Document:
    policy: Document = {"SignInPolicy": {"AllowedFirstAuthFactors": [*factors]}}
    return {"MfaConfiguration": "OFF", "Policies": policy}


def profile(kind: str, place: str) -> Document:
    return {"Name": "flags", "Type": kind, "LocationUri": place}


CONFIGURATION: tuple[Case, ...] = (
    *of(
        "APPCONFIG_CONFIGURATION_PROFILE_VALIDATORS_NOT_EMPTY",
        good({"Name": "flags", "Validators": [{"Type": "JSON_SCHEMA"}]}),
        bad({"Name": "flags", "Validators": []}, "Validators is empty", "Validators"),
    ),
    *of_value("APPCONFIG_DEPLOYMENT_STRATEGY_MINIMUM_FINAL_BAKE_TIME", "FinalBakeTimeInMinutes", 30, 10),
    *of(
        "APPCONFIG_DEPLOYMENT_STRATEGY_MINIMUM_FINAL_BAKE_TIME",
        bad({"FinalBakeTimeInMinutes": 30}, "is 30, not 60", "FinalBakeTimeInMinutes", minBakeTime="60"),
    ),
    *of_value("APPCONFIG_DEPLOYMENT_STRATEGY_REPLICATE_TO_SSM", "ReplicateTo", "SSM_DOCUMENT", "NONE"),
    *of(
        "APPCONFIG_FREEFORM_PROFILE_CONFIG_STORAGE",
        good(profile("AWS.Freeform", "hosted")),
        good(profile("AWS.Freeform", "secretsmanager://flags")),
        bad(profile("AWS.Freeform", "s3://configs/flags.json"), "LocationUri is s3://configs", "LocationUri"),
        out(profile("AWS.AppConfig.FeatureFlags", "s3://configs/flags.json"), "Type is AWS.AppConfig.FeatureFlags"),
    ),
    *of_value(
        "APPFLOW_FLOW_TRIGGER_TYPE_CHECK",
        "TriggerConfig.TriggerType",
        "Event",
        "OnDemand",
        triggerType="Event,Scheduled",
    ),
)


def mesh(**spec: Json) -> Document:
    return {"MeshName": "shop", "Spec": spec}


def tls(*, enforced: bool) -> Document:
    return {"ClientPolicy": {"Tls": {"Enforce": enforced, "Ports": [443]}}}


CHECKED: Document = {"PortMapping": {"Port": 80, "Protocol": "http"}, "HealthCheck": {"Protocol": "http", "Path": "/"}}
CHECKED_OUT: Document = {**CHECKED, "OutlierDetection": {"MaxServerErrors": 5}}
PLAIN: Document = {"PortMapping": {"Port": 80, "Protocol": "http"}}
BACKEND_TLS = "Spec.BackendDefaults.ClientPolicy.Tls.Enforce"


def of_logging(identifier: str) -> tuple[Case, ...]:
    return of_value(identifier, "Spec.Logging.AccessLog.File.Path", "/dev/stdout", None)


def of_backends(identifier: str) -> tuple[Case, ...]:
    return of(
        identifier,
        good(mesh(BackendDefaults=tls(enforced=True))),
        bad(mesh(BackendDefaults=tls(enforced=False)), "Tls.Enforce is false", BACKEND_TLS),
    )


def of_listeners(identifier: str, member: str) -> tuple[Case, ...]:
    fine = CHECKED if member in CHECKED else CHECKED_OUT
    return of(
        identifier,
        good(mesh(Listeners=[fine])),
        bad(mesh(Listeners=[fine, PLAIN]), f"1.{member} is not set", f"Spec.Listeners.1.{member}"),
        bad(mesh(Listeners=[]), f"{member} is not set", f"Spec.Listeners.{member}"),
    )


def backend(*, enforced: bool) -> Document:
    return {"VirtualService": {"VirtualServiceName": "stock.local", **tls(enforced=enforced)}}


def discovery(kind: str, preference: str) -> Document:
    return mesh(ServiceDiscovery={kind: {"IpPreference": preference}})


def of_discovery(identifier: str, kind: str, other_kind: str) -> tuple[Case, ...]:
    path = f"Spec.ServiceDiscovery.{kind}.IpPreference"
    return of(
        identifier,
        good(discovery(kind, "IPv6_ONLY"), ipPreference="IPv6_ONLY"),
        bad(discovery(kind, "IPv4_ONLY"), "is IPv4_ONLY, not IPv6_ONLY", path, ipPreference="IPv6_ONLY"),
        out(discovery(other_kind, "IPv4_ONLY"), f"{kind} is not set", ipPreference="IPv6_ONLY"),
    )


MESHES: tuple[Case, ...] = (
    *of_value("APPMESH_MESH_DENY_TCP_FORWARDING", "Spec.EgressFilter.Type", "DROP_ALL", "ALLOW_ALL"),
    *of_value(
        "APPMESH_MESH_IP_PREF_CHECK",
        "Spec.ServiceDiscovery.IpPreference",
        "IPv6_ONLY",
        "IPv4_ONLY",
        ipPreference="IPv6_ONLY",
    ),
    *of_logging("APPMESH_VIRTUAL_GATEWAY_LOGGING_FILE_PATH_EXISTS"),
    *of_logging("APPMESH_VIRTUAL_NODE_LOGGING_FILE_PATH_EXISTS"),
    *of_backends("APPMESH_VIRTUAL_GATEWAY_BACKEND_DEFAULTS_TLS"),
    *of_backends("APPMESH_VIRTUAL_NODE_BACKEND_DEFAULTS_TLS_ON"),
    *of_listeners("APPMESH_VIRTUAL_GATEWAY_LISTENERS_HEALTH_CHECK_ENABLED", "HealthCheck"),
    *of_listeners("APPMESH_VIRTUAL_NODE_LISTENERS_HEALTH_CHECK_ENABLED", "HealthCheck"),
    *of_listeners("APPMESH_VIRTUAL_NODE_LISTENERS_OUTLIER_DETECT_ENABLED", "OutlierDetection"),
    *of_discovery("APPMESH_VIRTUAL_NODE_DNS_IP_PREF_CHECK", "DNS", "AWSCloudMap"),
    *of_discovery("APPMESH_VIRTUAL_NODE_CLOUD_MAP_IP_PREF_CHECK", "AWSCloudMap", "DNS"),
    *of(
        "APPMESH_VIRTUAL_NODE_SERVICE_BACKENDS_TLS_ENFORCED",
        good(mesh(Backends=[backend(enforced=True)])),
        bad(
            mesh(Backends=[backend(enforced=True), backend(enforced=False)]),
            "Tls.Enforce is false",
            "Spec.Backends.1.VirtualService.ClientPolicy.Tls.Enforce",
        ),
    ),
)

NETWORK = "NetworkConfiguration"

SERVICES: tuple[Case, ...] = (
    *of_value("APPRUNNER_SERVICE_IN_VPC", f"{NETWORK}.EgressConfiguration.EgressType", "VPC", "DEFAULT"),
    *of_value(
        "APPRUNNER_SERVICE_NO_PUBLIC_ACCESS", f"{NETWORK}.IngressConfiguration.IsPubliclyAccessible", False, True
    ),
    *of_value(
        "APPRUNNER_SERVICE_OBSERVABILITY_ENABLED", "ObservabilityConfiguration.ObservabilityEnabled", True, False
    ),
    *of_value(
        "APPRUNNER_SERVICE_IP_ADDRESS_TYPE_CHECK",
        f"{NETWORK}.IpAddressType",
        "DUAL_STACK",
        "IPV4",
        ipAddressType="DUAL_STACK",
    ),
    *of_value(
        "APPRUNNER_SERVICE_MAX_UNHEALTHY_THRESHOLD",
        "HealthCheckConfiguration.UnhealthyThreshold",
        5,
        10,
        maxUnhealthyThreshold="5",
    ),
    *of(
        "APPSTREAM_FLEET_IN_VPC",
        good({"Name": "desks", "VpcConfig": {"SubnetIds": ["subnet-a"]}}),
        bad({"Name": "desks", "VpcConfig": {"SubnetIds": []}}, "SubnetIds is empty", "VpcConfig.SubnetIds"),
    ),
)


def compute(kind: str = "MANAGED", machines: str = "EC2", **resources: Json) -> Document:
    return {
        "ComputeEnvironmentName": "nightly",
        "Type": kind,
        "State": "ENABLED",
        "ComputeResources": {"Type": machines, "MaxvCpus": 64, **resources},
    }


TEMPLATE: Document = {"LaunchTemplateId": "lt-1", "Version": "$Latest"}
STRATEGY = "ComputeResources.AllocationStrategy"

BATCH: tuple[Case, ...] = (
    *of_value("BATCH_COMPUTE_ENVIRONMENT_ENABLED", "State", "ENABLED", "DISABLED"),
    *of_value("BATCH_COMPUTE_ENVIRONMENT_MANAGED", "Type", "MANAGED", "UNMANAGED"),
    *of_value("BATCH_JOB_QUEUE_ENABLED", "State", "ENABLED", "DISABLED"),
    *of(
        "BATCH_MANAGED_COMPUTE_ENVIRONMENT_USING_LAUNCH_TEMPLATE",
        good(compute(LaunchTemplate=TEMPLATE)),
        bad(compute(), "LaunchTemplate is not set", "ComputeResources.LaunchTemplate"),
        out(compute("UNMANAGED"), "Type is UNMANAGED"),
        out(compute(machines="FARGATE"), "Type is FARGATE"),
    ),
    *of(
        "BATCH_MANAGED_COMPUTE_ENV_ALLOCATION_STRATEGY_CHECK",
        good(compute(AllocationStrategy="BEST_FIT"), allocationStrategy="BEST_FIT,SPOT_CAPACITY_OPTIMIZED"),
        bad(compute(AllocationStrategy="BEST_FIT"), "is BEST_FIT", STRATEGY, allocationStrategy="SPOT_PRICE"),
        out(compute("UNMANAGED"), "Type is UNMANAGED", allocationStrategy="SPOT_PRICE"),
    ),
    *of(
        "BATCH_MANAGED_SPOT_COMPUTE_ENVIRONMENT_MAX_BID",
        good(compute(machines="SPOT", BidPercentage=60), maxBidPercentage="80"),
        bad(
            compute(machines="SPOT", BidPercentage=100),
            "is 100, not 80 or less",
            "ComputeResources.BidPercentage",
            maxBidPercentage="80",
        ),
        out(compute(BidPercentage=100), "Type is EC2", maxBidPercentage="80"),
    ),
)


def passwords(**changes: Json) -> Document:
    policy: Document = {
        "MinimumLength": 12,
        "RequireLowercase": True,
        "RequireUppercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
        "TemporaryPasswordValidityDays": 3,
        **changes,
    }
    return {"UserPoolName": "customers", "Policies": {"PasswordPolicy": policy}}


PASSWORD = "Policies.PasswordPolicy"
MODE = "UserPoolAddOns.AdvancedSecurityMode"

IDENTITIES: tuple[Case, ...] = (
    *of_value("BEDROCK_DATA_SOURCE_ENCRYPTION_ENABLED", "ServerSideEncryptionConfiguration.KmsKeyArn", KEY, None),
    *of_value("BEDROCK_AGENTCORE_MEMORY_ENCRYPTION_ENABLED", "EncryptionKeyArn", KEY, None),
    *of_value("BEDROCKAGENTCORE_GATEWAY_AUTHORIZER_ENABLED", "AuthorizerType", "CUSTOM_JWT", "NONE"),
    *of_value("COGNITO_IDENTITY_POOL_UNAUTHENTICATED_LOGINS", "AllowUnauthenticatedIdentities", False, True),
    *of_value("COGNITO_USER_POOL_ADVANCED_SECURITY_ENABLED", MODE, "AUDIT", "OFF"),
    *of(
        "COGNITO_USER_POOL_ADVANCED_SECURITY_ENABLED",
        good(nested(MODE, "ENFORCED"), SecurityMode="ENFORCED"),
        bad(nested(MODE, "AUDIT"), "is AUDIT, not ENFORCED", MODE, SecurityMode="ENFORCED"),
    ),
    *of_value("COGNITO_USER_POOL_DELETION_PROTECTION_ENABLED", "DeletionProtection", "ACTIVE", "INACTIVE"),
    *of_value("COGNITO_USER_POOL_MFA_ENABLED", "MfaConfiguration", "ON", "OPTIONAL"),
    *of(
        "COGNITO_USER_POOL_MFA_ENABLED",
        bad(signing_in("PASSWORD"), "MfaConfiguration is OFF", "MfaConfiguration"),
        out(signing_in("PASSWORD", "WEB_AUTHN"), "WEB_AUTHN"),
    ),
    *of(
        "COGNITO_USER_POOL_PASSWORD_POLICY_CHECK",
        good(passwords()),
        bad(passwords(MinimumLength=6), "is 6, not 8 or more", f"{PASSWORD}.MinimumLength"),
        bad(passwords(), "is 12, not 16 or more", f"{PASSWORD}.MinimumLength", minLength="16"),
        bad(passwords(RequireSymbols=False), "RequireSymbols is false", f"{PASSWORD}.RequireSymbols"),
        *(
            bad(passwords(), f"Require{kind} is true", f"{PASSWORD}.Require{kind}", **{f"require{kind}": "false"})
            for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")
        ),
        bad(
            passwords(),
            "is 3, not 1 or less",
            f"{PASSWORD}.TemporaryPasswordValidityDays",
            temporaryPasswordValidity="1",
        ),
    ),
)


def task(**changes: Json) -> Document:
    options: Document = {"LogLevel": "BASIC", "VerifyMode": "ONLY_FILES_TRANSFERRED", **changes}
    return {"Name": "copy", "CloudWatchLogGroupArn": LOGS, "Options": options}


def connector(**places: bool) -> Document:
    delivery = {place: {"Enabled": enabled} for place, enabled in places.items()}
    return {"ConnectorName": "sink", "LogDelivery": {"WorkerLogDelivery": delivery}}


def as2(**changes: Json) -> Document:
    return {"Url": "https://partner.example.org", "As2Config": {"MessageSubject": "orders", **changes}}


SFTP: Document = {"Url": "sftp://partner.example.org"}


def of_algorithm(identifier: str, member: str, parameter: str, used: str, wanted: str) -> tuple[Case, ...]:
    path = f"As2Config.{member}"
    return of(
        identifier,
        good(as2(**{member: used}), **{parameter: used}),
        bad(as2(**{member: "NONE"}), f"{member} is NONE", path),
        bad(as2(**{member: used}), f"is {used}, not {wanted}", path, **{parameter: wanted}),
        out(SFTP, "As2Config is not set"),
    )


def zone(**changes: Json) -> Document:
    return {"Name": "example.org.", **changes}


def document(*accounts: str) -> Document:
    return {
        "configuration": {"Name": "patch", "DocumentType": "Command"},
        "supplementaryConfiguration": {"Permissions": {"accountIds": [*accounts]}},
    }


QUERIES = "QueryLoggingConfig.CloudWatchLogsLogGroupArn"
WORKER = "LogDelivery.WorkerLogDelivery"

REST: tuple[Case, ...] = (
    *of_value("CONNECT_INSTANCE_LOGGING_ENABLED", "Attributes.ContactflowLogs", True, False),
    *of_value("DATASYNC_LOCATION_OBJECT_STORAGE_USING_HTTPS", "ServerProtocol", "HTTPS", "HTTP"),
    *of(
        "DATASYNC_TASK_LOGGING_ENABLED",
        good(task(), logLevel="BASIC"),
        bad({"Options": {"LogLevel": "BASIC"}}, "CloudWatchLogGroupArn is not set", "CloudWatchLogGroupArn"),
        bad(task(LogLevel="OFF"), "LogLevel is OFF", "Options.LogLevel"),
        bad(task(), "is BASIC, not TRANSFER", "Options.LogLevel", logLevel="TRANSFER"),
    ),
    *of(
        "DATASYNC_TASK_DATA_VERIFICATION_ENABLED",
        good(task()),
        bad(task(VerifyMode="NONE"), "VerifyMode is NONE", "Options.VerifyMode"),
    ),
    *of(
        "FIS_EXPERIMENT_TEMPLATE_LOG_CONFIGURATION_EXISTS",
        good({"Description": "stop one", "LogConfiguration": {"LogSchemaVersion": 2}}),
        bad({"Description": "stop one"}, "LogConfiguration is not set", "LogConfiguration"),
    ),
    *of_value("IVS_CHANNEL_PLAYBACK_AUTHORIZATION_ENABLED", "Authorized", True, False),
    *of_value("IOT_AUTHORIZER_TOKEN_SIGNING_ENABLED", "SigningDisabled", False, True),
    *of_value("IOT_PROVISIONING_TEMPLATE_JITP", "TemplateType", "JITP", "FLEET_PROVISIONING"),
    *of_value("LIGHTSAIL_BUCKET_ALLOW_PUBLIC_OVERRIDES_DISABLED", "AccessRules.AllowPublicOverrides", False, True),
    *of_value("LIGHTSAIL_BUCKET_OBJECT_VERSIONING_ENABLED", "ObjectVersioning", True, False),
    *of(
        "MSK_CONNECT_CONNECTOR_LOGGING_ENABLED",
        good(connector(CloudWatchLogs=False, S3=True)),
        bad(connector(CloudWatchLogs=False), "CloudWatchLogs.Enabled is false", f"{WORKER}.CloudWatchLogs.Enabled"),
    ),
    *of_value("OPENSEARCHSERVERLESS_COLLECTION_STANDBYREPLICAS_ENABLED", "StandbyReplicas", "ENABLED", "DISABLED"),
    *of(
        "ROUTE53_QUERY_LOGGING_ENABLED",
        good(zone(QueryLoggingConfig={"CloudWatchLogsLogGroupArn": {"CloudWatchLogsLogGroupArn": LOGS}})),
        bad(zone(), "CloudWatchLogsLogGroupArn is not set", QUERIES),
        out(zone(VPCs=[{"VPCId": "vpc-1", "VPCRegion": "ap-southeast-1"}]), "VPCs is"),
    ),
    *of_value("RUM_APP_MONITOR_CLOUDWATCH_LOGS_ENABLED", "CwLogEnabled", True, False),
    *of_value("SES_SENDING_TLS_REQUIRED", "DeliveryOptions.TlsPolicy", "REQUIRE", "OPTIONAL"),
    *of_value("TRANSFER_CONNECTOR_LOGGING_ENABLED", "LoggingRole", ROLE, None),
    *of_algorithm(
        "TRANSFER_CONNECTOR_AS2_ENCRYPTION_ALGORITHM_CHECK",
        "EncryptionAlgorithm",
        "approvedEncryptionAlgorithms",
        "AES192_CBC",
        "AES256_CBC",
    ),
    *of_algorithm(
        "TRANSFER_CONNECTOR_AS2_SIGNING_ALGORITHM_CHECK",
        "SigningAlgorithm",
        "approvedSigningAlgorithms",
        "SHA256",
        "SHA512",
    ),
    *of_value("WORKSPACES_ROOT_VOLUME_ENCRYPTION_ENABLED", "RootVolumeEncryptionEnabled", True, False),
    *of_value("WORKSPACES_USER_VOLUME_ENCRYPTION_ENABLED", "UserVolumeEncryptionEnabled", True, False),
    *of(
        "SSM_DOCUMENT_NOT_PUBLIC",
        good(document("444455556666")),
        bad(document("444455556666", "all"), "is all", "supplementaryConfiguration.Permissions.accountIds.1"),
        out({"Name": "patch", "DocumentType": "Command"}, "Permissions is not set"),
    ),
)

CASES = CONFIGURATION + MESHES + SERVICES + BATCH + IDENTITIES + REST


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_applications_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_applications_has_its_cases() -> None:
    assert missing("applications", CASES) == []
