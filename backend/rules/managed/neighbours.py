"""Which other resources the checks look at: whoever reads items one by one keeps these at hand."""

from __future__ import annotations

from backend.rules.reading import split_csv
from backend.rules.verdict import Parameters

_BLOCK = ("AWS::S3::AccountPublicAccessBlock",)
_TRAIL = ("AWS::CloudTrail::Trail",)
_INTERFACE = ("AWS::EC2::NetworkInterface",)
_LISTENER = ("AWS::ElasticLoadBalancingV2::Listener",)
_ENDPOINT = ("AWS::EC2::VPCEndpoint",)
_SELECTION, _POINT = ("AWS::Backup::BackupSelection",), ("AWS::Backup::RecoveryPoint",)

_OF = {
    "ACM_PCA_ROOT_CA_DISABLED": ("AWS::ACMPCA::CertificateAuthorityActivation",),
    "ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK": _LISTENER,
    "ALB_WAF_ENABLED": ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACL"),
    "APPSYNC_ASSOCIATED_WITH_WAF": ("AWS::WAFv2::WebACLAssociation",),
    "CLOUDTRAIL_ALL_READ_S3_DATA_EVENT_CHECK": _TRAIL,
    "CLOUDTRAIL_ALL_WRITE_S3_DATA_EVENT_CHECK": _TRAIL,
    "CLOUDTRAIL_S3_BUCKET_ACCESS_LOGGING": ("AWS::S3::Bucket",),
    "CLOUDTRAIL_S3_DATAEVENTS_ENABLED": _TRAIL,
    "CLOUDTRAIL_SECURITY_TRAIL_ENABLED": _TRAIL,
    "CLOUDWATCH_ALARM_RESOURCE_CHECK": ("AWS::CloudWatch::Alarm",),
    "CLOUD_TRAIL_ENABLED": _TRAIL,
    "CODEDEPLOY_EC2_MINIMUM_HEALTHY_HOSTS_CONFIGURED": ("AWS::CodeDeploy::DeploymentConfig",),
    "DYNAMODB_AUTOSCALING_ENABLED": (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
    ),
    "EC2_INSTANCE_MANAGED_BY_SSM": ("AWS::SSM::ManagedInstanceInventory",),
    "EC2_SECURITY_GROUP_ATTACHED_TO_ENI_PERIODIC": _INTERFACE,
    "ELASTICACHE_REPL_GRP_REDIS_AUTH_ENABLED": ("AWS::ElastiCache::CacheCluster",),
    "ELBV2_ACM_CERTIFICATE_REQUIRED": _LISTENER,
    "EMR_KERBEROS_ENABLED": ("AWS::EMR::SecurityConfiguration",),
    "EMR_MASTER_NO_PUBLIC_IP": ("AWS::EC2::Instance",),
    "IAM_GROUP_HAS_USERS_CHECK": ("AWS::IAM::User",),
    "IAM_POLICY_IN_USE": ("AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role"),
    "LAMBDA_VPC_MULTI_AZ_CHECK": ("AWS::EC2::Subnet",),
    "MULTI_REGION_CLOUD_TRAIL_ENABLED": _TRAIL,
    "REDSHIFT_REQUIRE_TLS_SSL": ("AWS::Redshift::ClusterParameterGroup",),
    "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC": _BLOCK,
    "S3_BUCKET_CROSS_REGION_REPLICATION_ENABLED": ("AWS::S3::Bucket",),
    "S3_BUCKET_PUBLIC_READ_PROHIBITED": _BLOCK,
    "S3_BUCKET_PUBLIC_WRITE_PROHIBITED": _BLOCK,
    "S3_BUCKET_REPLICATION_ENABLED": ("AWS::S3::Bucket",),
    "SERVICE_VPC_ENDPOINT_ENABLED": _ENDPOINT,
    "VPC_ENDPOINT_ENABLED": _ENDPOINT,
    "VPC_FLOW_LOGS_ENABLED": ("AWS::EC2::FlowLog",),
    "WAFV2_LOGGING_ENABLED": ("AWS::WAFv2::LoggingConfiguration",),
}
_FAMILIES = {
    "_IN_BACKUP_PLAN": _SELECTION,
    "_PROTECTED_BY_BACKUP_PLAN": (*_SELECTION, "AWS::Backup::BackupPlan", "AWS::Backup::BackupVault"),
    "_LAST_BACKUP_RECOVERY_POINT_CREATED": _POINT,
    "_IN_LOGICALLY_AIR_GAPPED_VAULT": _POINT,
}


def neighbours(identifier: str, parameters: Parameters) -> tuple[str, ...]:
    """The types that the check of a managed rule asks its surroundings for, some of which its parameters name."""
    for ending, types in _FAMILIES.items():
        if identifier.endswith(ending):
            return types
    return (*_OF.get(identifier, ()), *split_csv(parameters.get("scopeConfigResourceTypes") or ""))
