"""Managed rules over services that differ only by path and value: App Mesh, App Runner, Cognito, Batch and others."""

from __future__ import annotations

from backend.rules.expectations import (
    ABSENT,
    FALSE,
    NOT_TRUE,
    PRESENT,
    TRUE,
    among,
    at_least_given,
    at_most_given,
    equal_to,
    none_of,
    one_of,
    starting_with,
)
from backend.rules.table import need, need_any, rule

_MANAGED = need("Type", one_of("MANAGED"))
_AS2 = need("As2Config", PRESENT)

CHECKS = (
    rule(
        "APPCONFIG_CONFIGURATION_PROFILE_VALIDATORS_NOT_EMPTY",
        "The profile has validators.",
        need("Validators", PRESENT),
    ),
    rule(
        "APPCONFIG_DEPLOYMENT_STRATEGY_MINIMUM_FINAL_BAKE_TIME",
        "A deployment is watched for minBakeTime minutes.",
        need("FinalBakeTimeInMinutes", at_least_given("minBakeTime", 30)),
    ),
    rule(
        "APPCONFIG_DEPLOYMENT_STRATEGY_REPLICATE_TO_SSM",
        "The strategy is kept in Systems Manager.",
        need("ReplicateTo", one_of("SSM_DOCUMENT")),
    ),
    rule(
        "APPCONFIG_FREEFORM_PROFILE_CONFIG_STORAGE",
        "A free profile lies in AppConfig or Secrets Manager.",
        need("LocationUri", starting_with("hosted", "secretsmanager")),
        only=(need("Type", one_of("AWS.Freeform")),),
    ),
    rule(
        "APPFLOW_FLOW_TRIGGER_TYPE_CHECK",
        "The flow runs in one of the ways.",
        need("TriggerConfig.TriggerType", among("triggerType")),
    ),
    rule(
        "APPMESH_MESH_DENY_TCP_FORWARDING",
        "Traffic stays in the mesh.",
        need("Spec.EgressFilter.Type", one_of("DROP_ALL")),
    ),
    rule(
        "APPMESH_MESH_IP_PREF_CHECK",
        "The mesh prefers the addresses of ipPreference.",
        need("Spec.ServiceDiscovery.IpPreference", equal_to("ipPreference")),
    ),
    rule(
        "APPMESH_VIRTUAL_GATEWAY_LOGGING_FILE_PATH_EXISTS",
        "Access is logged.",
        need("Spec.Logging.AccessLog.File.Path", PRESENT),
    ),
    rule(
        "APPMESH_VIRTUAL_GATEWAY_BACKEND_DEFAULTS_TLS",
        "Backends are reached by TLS.",
        need("Spec.BackendDefaults.ClientPolicy.Tls.Enforce", TRUE),
    ),
    rule(
        "APPMESH_VIRTUAL_GATEWAY_LISTENERS_HEALTH_CHECK_ENABLED",
        "Listeners check health.",
        need_any("Spec.Listeners[].HealthCheck", PRESENT),
    ),
    rule(
        "APPMESH_VIRTUAL_NODE_LOGGING_FILE_PATH_EXISTS",
        "Access is logged.",
        need("Spec.Logging.AccessLog.File.Path", PRESENT),
    ),
    rule(
        "APPMESH_VIRTUAL_NODE_BACKEND_DEFAULTS_TLS_ON",
        "Backends are reached by TLS.",
        need("Spec.BackendDefaults.ClientPolicy.Tls.Enforce", TRUE),
    ),
    rule(
        "APPMESH_VIRTUAL_NODE_LISTENERS_HEALTH_CHECK_ENABLED",
        "Listeners check health.",
        need_any("Spec.Listeners[].HealthCheck", PRESENT),
    ),
    rule(
        "APPMESH_VIRTUAL_NODE_LISTENERS_OUTLIER_DETECT_ENABLED",
        "Listeners leave out what fails.",
        need_any("Spec.Listeners[].OutlierDetection", PRESENT),
    ),
    rule(
        "APPMESH_VIRTUAL_NODE_DNS_IP_PREF_CHECK",
        "Names give the addresses of ipPreference.",
        need("Spec.ServiceDiscovery.DNS.IpPreference", equal_to("ipPreference")),
        only=(need("Spec.ServiceDiscovery.DNS", PRESENT),),
    ),
    rule(
        "APPMESH_VIRTUAL_NODE_CLOUD_MAP_IP_PREF_CHECK",
        "Cloud Map gives the addresses of ipPreference.",
        need("Spec.ServiceDiscovery.AWSCloudMap.IpPreference", equal_to("ipPreference")),
        only=(need("Spec.ServiceDiscovery.AWSCloudMap", PRESENT),),
    ),
    rule(
        "APPMESH_VIRTUAL_NODE_SERVICE_BACKENDS_TLS_ENFORCED",
        "Each backend is reached by TLS.",
        need("Spec.Backends[].VirtualService.ClientPolicy.Tls.Enforce", TRUE),
    ),
    rule(
        "APPRUNNER_SERVICE_IN_VPC",
        "The service goes out through a VPC.",
        need("NetworkConfiguration.EgressConfiguration.EgressType", one_of("VPC")),
    ),
    rule(
        "APPRUNNER_SERVICE_NO_PUBLIC_ACCESS",
        "The service is not reachable from the internet.",
        need("NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible", FALSE),
    ),
    rule(
        "APPRUNNER_SERVICE_OBSERVABILITY_ENABLED",
        "Calls are followed.",
        need("ObservabilityConfiguration.ObservabilityEnabled", TRUE),
    ),
    rule(
        "APPRUNNER_SERVICE_IP_ADDRESS_TYPE_CHECK",
        "The service has addresses of ipAddressType.",
        need("NetworkConfiguration.IpAddressType", equal_to("ipAddressType")),
    ),
    rule(
        "APPRUNNER_SERVICE_MAX_UNHEALTHY_THRESHOLD",
        "A service that fails is noticed in time.",
        need("HealthCheckConfiguration.UnhealthyThreshold", at_most_given("maxUnhealthyThreshold")),
    ),
    rule("APPSTREAM_FLEET_IN_VPC", "The fleet is in a VPC.", need("VpcConfig.SubnetIds", PRESENT)),
    rule("BATCH_COMPUTE_ENVIRONMENT_ENABLED", "The environment is on.", need("State", one_of("ENABLED"))),
    rule("BATCH_COMPUTE_ENVIRONMENT_MANAGED", "The environment is managed.", _MANAGED),
    rule("BATCH_JOB_QUEUE_ENABLED", "The queue is on.", need("State", one_of("ENABLED"))),
    rule(
        "BATCH_MANAGED_COMPUTE_ENVIRONMENT_USING_LAUNCH_TEMPLATE",
        "Instances come from a launch template.",
        need("ComputeResources.LaunchTemplate", PRESENT),
        only=(_MANAGED, need("ComputeResources.Type", none_of("FARGATE", "FARGATE_SPOT"))),
    ),
    rule(
        "BATCH_MANAGED_COMPUTE_ENV_ALLOCATION_STRATEGY_CHECK",
        "Instances are chosen in one of the ways.",
        need("ComputeResources.AllocationStrategy", among("allocationStrategy")),
        only=(_MANAGED,),
    ),
    rule(
        "BATCH_MANAGED_SPOT_COMPUTE_ENVIRONMENT_MAX_BID",
        "Spot instances cost maxBidPercentage at most.",
        need("ComputeResources.BidPercentage", at_most_given("maxBidPercentage")),
        only=(need("ComputeResources.Type", one_of("SPOT")),),
    ),
    rule(
        "BEDROCK_DATA_SOURCE_ENCRYPTION_ENABLED",
        "The source has a KMS key.",
        need("ServerSideEncryptionConfiguration.KmsKeyArn", PRESENT),
    ),
    rule("BEDROCK_AGENTCORE_MEMORY_ENCRYPTION_ENABLED", "The memory has a KMS key.", need("EncryptionKeyArn", PRESENT)),
    rule(
        "BEDROCKAGENTCORE_GATEWAY_AUTHORIZER_ENABLED",
        "The gateway asks who calls.",
        need("AuthorizerType", PRESENT),
        need("AuthorizerType", none_of("NONE")),
    ),
    rule(
        "COGNITO_IDENTITY_POOL_UNAUTHENTICATED_LOGINS",
        "Nobody gets in without signing in.",
        need("AllowUnauthenticatedIdentities", NOT_TRUE),
    ),
    rule(
        "COGNITO_USER_POOL_ADVANCED_SECURITY_ENABLED",
        "Advanced security is on, as SecurityMode says.",
        need("UserPoolAddOns.AdvancedSecurityMode", one_of("AUDIT", "ENFORCED")),
        need("UserPoolAddOns.AdvancedSecurityMode", equal_to("SecurityMode")),
    ),
    rule(
        "COGNITO_USER_POOL_DELETION_PROTECTION_ENABLED",
        "Deletion protection is on.",
        need("DeletionProtection", one_of("ACTIVE")),
    ),
    rule(
        "COGNITO_USER_POOL_MFA_ENABLED",
        "Users who sign in with a password need a second factor.",
        need("MfaConfiguration", one_of("ON")),
        only=(need("Policies.SignInPolicy.AllowedFirstAuthFactors[]", one_of("PASSWORD")),),
    ),
    rule(
        "COGNITO_USER_POOL_PASSWORD_POLICY_CHECK",
        "Passwords are at least as strong as the parameters say.",
        need("Policies.PasswordPolicy.MinimumLength", at_least_given("minLength", 8)),
        need("Policies.PasswordPolicy.RequireLowercase", equal_to("requireLowercase")),
        need("Policies.PasswordPolicy.RequireUppercase", equal_to("requireUppercase")),
        need("Policies.PasswordPolicy.RequireNumbers", equal_to("requireNumbers")),
        need("Policies.PasswordPolicy.RequireSymbols", equal_to("requireSymbols")),
        need("Policies.PasswordPolicy.TemporaryPasswordValidityDays", at_most_given("temporaryPasswordValidity", 7)),
    ),
    rule("CONNECT_INSTANCE_LOGGING_ENABLED", "Flows of contacts are logged.", need("Attributes.ContactflowLogs", TRUE)),
    rule(
        "DATASYNC_LOCATION_OBJECT_STORAGE_USING_HTTPS",
        "The storage is reached by HTTPS.",
        need("ServerProtocol", one_of("HTTPS")),
    ),
    rule(
        "DATASYNC_TASK_LOGGING_ENABLED",
        "The task logs, at logLevel if given.",
        need("CloudWatchLogGroupArn", PRESENT),
        need("Options.LogLevel", none_of("OFF")),
        need("Options.LogLevel", equal_to("logLevel")),
    ),
    rule(
        "DATASYNC_TASK_DATA_VERIFICATION_ENABLED",
        "What is copied is verified.",
        need("Options.VerifyMode", none_of("NONE")),
    ),
    rule(
        "FIS_EXPERIMENT_TEMPLATE_LOG_CONFIGURATION_EXISTS", "Experiments are logged.", need("LogConfiguration", PRESENT)
    ),
    rule("IVS_CHANNEL_PLAYBACK_AUTHORIZATION_ENABLED", "Viewers are authorised.", need("Authorized", TRUE)),
    rule("IOT_AUTHORIZER_TOKEN_SIGNING_ENABLED", "Tokens are signed.", need("SigningDisabled", FALSE)),
    rule(
        "IOT_PROVISIONING_TEMPLATE_JITP", "Devices are provisioned just in time.", need("TemplateType", one_of("JITP"))
    ),
    rule(
        "LIGHTSAIL_BUCKET_ALLOW_PUBLIC_OVERRIDES_DISABLED",
        "Objects cannot be made public.",
        need("AccessRules.AllowPublicOverrides", NOT_TRUE),
    ),
    rule("LIGHTSAIL_BUCKET_OBJECT_VERSIONING_ENABLED", "Versions are kept.", need("ObjectVersioning", TRUE)),
    rule(
        "MSK_CONNECT_CONNECTOR_LOGGING_ENABLED",
        "The connector logs to one place at least.",
        *(
            need(f"LogDelivery.WorkerLogDelivery.{place}.Enabled", TRUE)
            for place in ("CloudWatchLogs", "Firehose", "S3")
        ),
        either=True,
    ),
    rule(
        "OPENSEARCHSERVERLESS_COLLECTION_STANDBYREPLICAS_ENABLED",
        "The collection stands by.",
        need("StandbyReplicas", one_of("ENABLED")),
    ),
    rule(
        "ROUTE53_QUERY_LOGGING_ENABLED",
        "Queries of a public zone are logged.",
        need("QueryLoggingConfig.CloudWatchLogsLogGroupArn", PRESENT),
        only=(need("VPCs", ABSENT), need("HostedZoneConfig.PrivateZone", NOT_TRUE)),
    ),
    rule("RUM_APP_MONITOR_CLOUDWATCH_LOGS_ENABLED", "What is seen goes to CloudWatch.", need("CwLogEnabled", TRUE)),
    rule("SES_SENDING_TLS_REQUIRED", "Mail goes by TLS.", need("DeliveryOptions.TlsPolicy", one_of("REQUIRE"))),
    rule("TRANSFER_CONNECTOR_LOGGING_ENABLED", "The connector logs.", need("LoggingRole", PRESENT)),
    rule(
        "TRANSFER_CONNECTOR_AS2_ENCRYPTION_ALGORITHM_CHECK",
        "Messages are encrypted in one of the ways.",
        need("As2Config.EncryptionAlgorithm", none_of("NONE")),
        need("As2Config.EncryptionAlgorithm", among("approvedEncryptionAlgorithms")),
        only=(_AS2,),
    ),
    rule(
        "TRANSFER_CONNECTOR_AS2_SIGNING_ALGORITHM_CHECK",
        "Messages are signed in one of the ways.",
        need("As2Config.SigningAlgorithm", none_of("NONE")),
        need("As2Config.SigningAlgorithm", among("approvedSigningAlgorithms")),
        only=(_AS2,),
    ),
    rule(
        "WORKSPACES_ROOT_VOLUME_ENCRYPTION_ENABLED",
        "The root volume is encrypted.",
        need("RootVolumeEncryptionEnabled", TRUE),
    ),
    rule(
        "WORKSPACES_USER_VOLUME_ENCRYPTION_ENABLED",
        "The user's volume is encrypted.",
        need("UserVolumeEncryptionEnabled", TRUE),
    ),
    rule(
        "SSM_DOCUMENT_NOT_PUBLIC",
        "The document is not shared with everybody.",
        need("supplementaryConfiguration.Permissions.accountIds[]", none_of("all")),
        only=(need("supplementaryConfiguration.Permissions", PRESENT),),
    ),
)
