"""What the rules over Redshift, EMR, Athena, Glue, SageMaker and DMS say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.rules.verdict import INSUFFICIENT_DATA
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import judged

KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
OTHER_KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/77aa01c2"
LOGGING = "supplementaryConfiguration.LoggingStatus"


def cluster(*, logs: str = "audit-logs", **changes: Json) -> Document:
    body: Document = {
        "clusterIdentifier": "sales",
        "nodeType": "ra3.xlplus",
        "clusterStatus": "available",
        "masterUsername": "sales_admin",
        "dBName": "sales",
        "automatedSnapshotRetentionPeriod": 7,
        "clusterParameterGroups": [{"parameterGroupName": "strict", "parameterApplyStatus": "in-sync"}],
        "preferredMaintenanceWindow": "sun:16:00-sun:16:30",
        "allowVersionUpgrade": True,
        "publiclyAccessible": False,
        "encrypted": True,
        "kmsKeyId": KEY,
        "enhancedVpcRouting": True,
        **changes,
    }
    status = {"loggingEnabled": True, "bucketName": logs} if logs else {"loggingEnabled": False}
    return {
        "resourceType": "AWS::Redshift::Cluster",
        "configuration": body,
        "supplementaryConfiguration": {"LoggingStatus": status},
    }


def parameters(require_ssl: str) -> Document:
    return other(
        "AWS::Redshift::ClusterParameterGroup",
        {"parameterGroupName": "strict", "parameterGroupFamily": "redshift-1.0"},
        supplementaryConfiguration={
            "Parameters": [
                {"parameterName": "datestyle", "parameterValue": "ISO, MDY", "dataType": "string"},
                {"parameterName": "require_ssl", "parameterValue": require_ssl, "dataType": "boolean"},
            ]
        },
    )


def flow(state: str = "WAITING", **changes: Json) -> Document:
    return {
        "resourceType": "AWS::EMR::Cluster",
        "resourceId": "j-1",
        "configuration": {
            "id": "j-1",
            "name": "nightly",
            "status": {"state": state},
            "masterPublicDnsName": "ip-10-0-1-5.ap-southeast-1.compute.internal",
            "securityConfiguration": "kerberos",
            **changes,
        },
    }


def master(address: str | None) -> Document:
    tags = {"aws:elasticmapreduce:job-flow-id": "j-1", "aws:elasticmapreduce:instance-group-role": "MASTER"}
    return other("AWS::EC2::Instance", {"publicIpAddress": address}, tags=tags)


def security(**trust: str) -> Document:
    centre = {"TicketLifetimeInHours": 24, "CrossRealmTrustConfiguration": trust}
    kerberos = {"Provider": "ClusterDedicatedKdc", "ClusterDedicatedKdcConfiguration": centre}
    held = {"AuthenticationConfiguration": {"KerberosConfiguration": kerberos}}
    return other("AWS::EMR::SecurityConfiguration", {"Name": "kerberos", "SecurityConfiguration": held})


UNGUARDED = other("AWS::EMR::SecurityConfiguration", {"Name": "kerberos", "SecurityConfiguration": {"Encryption": {}}})
REALM = security(Realm="AD.EXAMPLE.ORG", Domain="ad.example.org", AdminServer="admin:749", KdcServer="kdc:88")

REDSHIFT: tuple[Case, ...] = (
    *of(
        "REDSHIFT_CLUSTER_PUBLIC_ACCESS_CHECK",
        good(cluster()),
        bad(cluster(publiclyAccessible=True), "publiclyAccessible is true", "publiclyAccessible"),
    ),
    *of(
        "REDSHIFT_CLUSTER_CONFIGURATION_CHECK",
        good(cluster()),
        good(cluster(encrypted=False), clusterDbEncrypted="false"),
        good(cluster(), nodeTypes="ra3.large, ra3.xlplus"),
        bad(cluster(encrypted=False), "not encrypted as asked for", "encrypted"),
        bad(cluster(), "not encrypted as asked for", "encrypted", clusterDbEncrypted="false"),
        bad(cluster(logs=""), "does not log as asked for", f"{LOGGING}.loggingEnabled"),
        bad(cluster(), "does not log as asked for", f"{LOGGING}.loggingEnabled", loggingEnabled="false"),
        bad(cluster(), "nodes are ra3.xlplus", "nodeType", nodeTypes="ra3.4xlarge"),
    ),
    *of(
        "REDSHIFT_REQUIRE_TLS_SSL",
        good(cluster(), parameters("true")),
        bad(cluster(), "connections without TLS", "clusterParameterGroups", parameters("false")),
        out(parameters("false"), "clusters that use the group"),
    ),
    *of(
        "REDSHIFT_BACKUP_ENABLED",
        good(cluster(), MinRetentionPeriod="5", MaxRetentionPeriod="10"),
        bad(cluster(automatedSnapshotRetentionPeriod=0), "is 0, not 1 or more", "automatedSnapshotRetentionPeriod"),
        bad(cluster(), "is 7, not 14 or more", "automatedSnapshotRetentionPeriod", MinRetentionPeriod="14"),
        bad(cluster(), "is 7, not 5 or less", "automatedSnapshotRetentionPeriod", MaxRetentionPeriod="5"),
    ),
    *of(
        "REDSHIFT_CLUSTER_KMS_ENABLED",
        good(cluster()),
        bad(cluster(encrypted=False, kmsKeyId=None), "encrypted is false", "encrypted"),
        bad(cluster(kmsKeyId=None), "kmsKeyId is not set", "kmsKeyId"),
        bad(cluster(), f"not the key {OTHER_KEY}", "kmsKeyId", kmsKeyArns=OTHER_KEY),
    ),
    *of(
        "REDSHIFT_CLUSTER_MAINTENANCESETTINGS_CHECK",
        good(cluster(), preferredMaintenanceWindow="Sun:16:00-Sun:16:30"),
        bad(cluster(allowVersionUpgrade=False), "allowVersionUpgrade is false", "allowVersionUpgrade"),
        bad(cluster(), "allowVersionUpgrade is true", "allowVersionUpgrade", allowVersionUpgrade="false"),
        bad(cluster(), "not mon:01", "preferredMaintenanceWindow", preferredMaintenanceWindow="mon:01:00-mon:01:30"),
        bad(cluster(), "7, not 10", "automatedSnapshotRetentionPeriod", automatedSnapshotRetentionPeriod="10"),
    ),
    *of(
        "REDSHIFT_ENHANCED_VPC_ROUTING_ENABLED",
        good(cluster()),
        bad(cluster(enhancedVpcRouting=False), "enhancedVpcRouting is false", "enhancedVpcRouting"),
    ),
    *of(
        "REDSHIFT_AUDIT_LOGGING_ENABLED",
        good(cluster(), bucketNames="audit-logs"),
        bad(cluster(logs=""), "LoggingStatus.loggingEnabled is false", f"{LOGGING}.loggingEnabled"),
        bad(cluster(), "bucketName is audit-logs", f"{LOGGING}.bucketName", bucketNames="central"),
    ),
    *of(
        "REDSHIFT_DEFAULT_ADMIN_CHECK",
        good(cluster()),
        bad(cluster(masterUsername="awsuser"), "masterUsername is awsuser", "masterUsername"),
        bad(cluster(), "masterUsername is sales_admin", "masterUsername", validAdminUserNames="dba"),
    ),
    *of(
        "REDSHIFT_DEFAULT_DB_NAME_CHECK",
        good(cluster()),
        bad(cluster(dBName="dev"), "dBName is dev", "dBName"),
        bad(cluster(), "dBName is sales, not one of a, b", "dBName", validDatabaseNames="a,b"),
    ),
    *of(
        "REDSHIFT_CLUSTER_MULTI_AZ_ENABLED",
        good(cluster(multiAZ="Enabled")),
        bad(cluster(multiAZ="Disabled"), "multiAZ is Disabled", "multiAZ"),
    ),
)

EMR: tuple[Case, ...] = (
    *of(
        "EMR_MASTER_NO_PUBLIC_IP",
        good(flow(), master(None)),
        bad(flow(), "public address 203.0.113.7", "", master("203.0.113.7")),
        bad(
            flow(masterPublicDnsName="ec2-203-0-113-7.compute.amazonaws.com"),
            "public name ec2-203",
            "masterPublicDnsName",
        ),
        out(flow("TERMINATED"), "not running", master("203.0.113.7")),
        out(master("203.0.113.7"), "cluster the instance belongs to"),
    ),
    *of(
        "EMR_KERBEROS_ENABLED",
        good(flow(), REALM),
        good(flow(), REALM, Realm="AD.EXAMPLE.ORG", Domain="ad.example.org", AdminServer="admin:749"),
        bad(flow(securityConfiguration=None), "no security configuration", "securityConfiguration"),
        bad(flow(), "kerberos has no Kerberos", "securityConfiguration", UNGUARDED),
        bad(flow(), "TicketLifetimeInHours is 24, not 8", "", REALM, TicketLifetimeInHours="8"),
        bad(flow(), "Realm is AD.EXAMPLE.ORG, not X", "", REALM, Realm="X"),
        bad(flow(), "Domain is ad.example.org, not x", "", REALM, Domain="x"),
        bad(flow(), "AdminServer is admin:749, not x", "", REALM, AdminServer="x"),
        bad(flow(), "KdcServer is kdc:88, not x", "", REALM, KdcServer="x"),
        out(flow("TERMINATING", securityConfiguration=None), "not running"),
    ),
)


def workgroup(**changes: Json) -> Document:
    settings = {
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "EngineVersion": {"SelectedEngineVersion": "AUTO"},
        "ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS"}},
    }
    return {"Name": "analysts", "State": "ENABLED", "WorkGroupConfiguration": settings | changes}


def job(flag: str) -> Document:
    return {"Name": "load", "GlueVersion": "4.0", "DefaultArguments": {"--enable-continuous-cloudwatch-log": flag}}


def transform(mode: str) -> Document:
    return {"Name": "same", "TransformEncryption": {"MLUserDataEncryption": {"MLUserDataEncryptionMode": mode}}}


GROUP = "WorkGroupConfiguration"

ANALYSIS: tuple[Case, ...] = (
    *of(
        "ATHENA_WORKGROUP_ENCRYPTED_AT_REST",
        good(workgroup()),
        bad(
            workgroup(ResultConfiguration={"OutputLocation": "s3://results/"}),
            "EncryptionOption is not set",
            f"{GROUP}.ResultConfiguration.EncryptionConfiguration.EncryptionOption",
        ),
    ),
    *of(
        "ATHENA_WORKGROUP_ENFORCE_WORKGROUP_CONFIGURATION",
        good(workgroup()),
        bad(workgroup(EnforceWorkGroupConfiguration=False), "is false", f"{GROUP}.EnforceWorkGroupConfiguration"),
    ),
    *of(
        "ATHENA_WORKGROUP_LOGGING_ENABLED",
        good(workgroup()),
        bad(workgroup(PublishCloudWatchMetricsEnabled=False), "is false", f"{GROUP}.PublishCloudWatchMetricsEnabled"),
    ),
    *of(
        "ATHENA_WORKGROUP_ENGINE_VERSION_AUTO_UPGRADE",
        good(workgroup()),
        bad(
            workgroup(EngineVersion={"SelectedEngineVersion": "Athena engine version 3"}),
            "is Athena engine version 3, not AUTO",
            f"{GROUP}.EngineVersion.SelectedEngineVersion",
        ),
    ),
    *of(
        "GLUE_JOB_LOGGING_ENABLED",
        good(job("true")),
        bad(job("false"), "is false, not true", "DefaultArguments.--enable-continuous-cloudwatch-log"),
    ),
    *of(
        "GLUE_ML_TRANSFORM_ENCRYPTED_AT_REST",
        good(transform("SSE-KMS")),
        bad(
            transform("DISABLED"),
            "is DISABLED, not SSE-KMS",
            "TransformEncryption.MLUserDataEncryption.MLUserDataEncryptionMode",
        ),
    ),
)


def notebook(**changes: Json) -> Document:
    return {
        "NotebookInstanceName": "forecast",
        "InstanceType": "ml.t3.medium",
        "DirectInternetAccess": "Disabled",
        "RootAccess": "Disabled",
        "SubnetId": "subnet-0a1",
        "KmsKeyId": KEY,
        **changes,
    }


def job_definition(isolated: bool, encrypted: bool) -> Document:
    network = {"EnableNetworkIsolation": isolated, "EnableInterContainerTrafficEncryption": encrypted}
    return {"JobDefinitionName": "watch", "NetworkConfig": network}


def features(online: bool, **changes: Json) -> Document:
    return {"FeatureGroupName": "clicks", "OnlineStoreConfig": {"EnableOnlineStore": online, **changes}}


def of_job(identifier: str, *, isolation: bool) -> tuple[Case, ...]:
    member = "EnableNetworkIsolation" if isolation else "EnableInterContainerTrafficEncryption"
    return of(
        identifier,
        good(job_definition(isolated=True, encrypted=True)),
        bad(job_definition(not isolation, isolation), f"{member} is false", f"NetworkConfig.{member}"),
    )


LEARNING: tuple[Case, ...] = (
    *of(
        "SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS",
        good(notebook()),
        bad(notebook(DirectInternetAccess="Enabled"), "is Enabled, not Disabled", "DirectInternetAccess"),
    ),
    *of(
        "SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED",
        good(notebook(), kmsKeyArns=KEY),
        bad(notebook(KmsKeyId=None), "KmsKeyId is not set", "KmsKeyId"),
        bad(notebook(), f"not the key {OTHER_KEY}", "KmsKeyId", kmsKeyArns=OTHER_KEY),
    ),
    *of(
        "SAGEMAKER_NOTEBOOK_INSTANCE_STORAGE_VOL_KMS_ENCRYPTED",
        good(notebook()),
        bad(notebook(KmsKeyId=None), "KmsKeyId is not set", "KmsKeyId"),
    ),
    *of(
        "SAGEMAKER_NOTEBOOK_INSTANCE_INSIDE_VPC",
        good(notebook(), SubnetIds="subnet-0a1,subnet-0b2"),
        bad(notebook(SubnetId=None), "SubnetId is not set", "SubnetId"),
        bad(notebook(), "SubnetId is subnet-0a1, not subnet-0b2", "SubnetId", SubnetIds="subnet-0b2"),
    ),
    *of(
        "SAGEMAKER_NOTEBOOK_INSTANCE_ROOT_ACCESS_CHECK",
        good(notebook()),
        bad(notebook(RootAccess="Enabled"), "RootAccess is Enabled", "RootAccess"),
    ),
    *of(
        "SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED",
        good({"EndpointConfigName": "live", "KmsKeyId": KEY}),
        bad({"EndpointConfigName": "live"}, "KmsKeyId is not set", "KmsKeyId"),
        bad({"KmsKeyId": KEY}, f"not the key {OTHER_KEY}", "KmsKeyId", kmsKeyArns=OTHER_KEY),
    ),
    *of(
        "SAGEMAKER_ENDPOINT_CONFIG_KMS_KEY_REQUIRED",
        good({"EndpointConfigName": "live", "KmsKeyId": KEY}),
        bad({"EndpointConfigName": "live"}, "KmsKeyId is not set", "KmsKeyId"),
    ),
    *of(
        "SAGEMAKER_DOMAIN_IN_VPC",
        good({"DomainName": "lab", "AppNetworkAccessType": "VpcOnly"}),
        bad({"AppNetworkAccessType": "PublicInternetOnly"}, "is PublicInternetOnly", "AppNetworkAccessType"),
    ),
    *of(
        "SAGEMAKER_MODEL_IN_VPC",
        good({"ModelName": "churn", "VpcConfig": {"Subnets": ["subnet-0a1"], "SecurityGroupIds": ["sg-1"]}}),
        bad({"ModelName": "churn"}, "Subnets is not set", "VpcConfig.Subnets"),
    ),
    *of(
        "SAGEMAKER_MODEL_ISOLATION_ENABLED",
        good({"ModelName": "churn", "EnableNetworkIsolation": True}),
        bad({"EnableNetworkIsolation": False}, "EnableNetworkIsolation is false", "EnableNetworkIsolation"),
    ),
    *of_job("SAGEMAKER_DATA_QUALITY_JOB_ISOLATION", isolation=True),
    *of_job("SAGEMAKER_DATA_QUALITY_JOB_ENCRYPT_IN_TRANSIT", isolation=False),
    *of_job("SAGEMAKER_MODEL_BIAS_JOB_ISOLATION", isolation=True),
    *of_job("SAGEMAKER_MODEL_BIAS_JOB_ENCRYPT_IN_TRANSIT", isolation=False),
    *of_job("SAGEMAKER_MODEL_EXPLAINABILITY_JOB_ENCRYPT_IN_TRANSIT", isolation=False),
    *of_job("SAGEMAKER_MODEL_QUALITY_JOB_ENCRYPT_IN_TRANSIT", isolation=False),
    *of(
        "SAGEMAKER_FEATUREGROUP_ONLINE_STORE_ENCRYPTION",
        good(features(online=True, SecurityConfig={"KmsKeyId": KEY})),
        bad(features(online=True), "KmsKeyId is not set", "OnlineStoreConfig.SecurityConfig.KmsKeyId"),
        out(features(online=False), "EnableOnlineStore is false"),
    ),
)


def replica(**changes: Json) -> Document:
    plain: Document = {"PubliclyAccessible": False, "AutoMinorVersionUpgrade": True, "MultiAZ": True}
    return {"ReplicationInstanceIdentifier": "mover", **plain, **changes}


def endpoint(engine: str, **changes: Json) -> Document:
    return {"EndpointIdentifier": "source", "EndpointType": "source", "EngineName": engine, **changes}


MIGRATION: tuple[Case, ...] = (
    *of(
        "DMS_REPLICATION_NOT_PUBLIC",
        good(replica()),
        bad(replica(PubliclyAccessible=True), "PubliclyAccessible is true", "PubliclyAccessible"),
    ),
    *of(
        "DMS_AUTO_MINOR_VERSION_UPGRADE_CHECK",
        good(replica()),
        bad(replica(AutoMinorVersionUpgrade=False), "is false, not true", "AutoMinorVersionUpgrade"),
    ),
    *of(
        "DMS_REPLICATION_INSTANCE_MULTI_AZ_ENABLED",
        good(replica()),
        bad(replica(MultiAZ=False), "MultiAZ is false", "MultiAZ"),
    ),
    *of(
        "DMS_ENDPOINT_SSL_CONFIGURED",
        good(endpoint("docdb", SslMode="verify-full")),
        bad(endpoint("postgres", SslMode="none"), "SslMode is none", "SslMode"),
        bad(endpoint("docdb"), "SslMode is not set", "SslMode"),
        out(endpoint("s3", SslMode="none"), "EngineName is s3"),
    ),
    *of(
        "DMS_REDIS_TLS_ENABLED",
        good(endpoint("redis", RedisSettings={"SslSecurityProtocol": "ssl-encryption"})),
        bad(
            endpoint("redis", RedisSettings={"SslSecurityProtocol": "plaintext"}),
            "is plaintext",
            "RedisSettings.SslSecurityProtocol",
        ),
        out(endpoint("postgres"), "EngineName is postgres"),
    ),
    *of(
        "DMS_MONGO_DB_AUTHENTICATION_ENABLED",
        good(endpoint("mongodb", MongoDbSettings={"AuthType": "password"})),
        bad(endpoint("mongodb", MongoDbSettings={"AuthType": "no"}), "AuthType is no", "MongoDbSettings.AuthType"),
        out(endpoint("postgres"), "EngineName is postgres"),
    ),
    *of(
        "DMS_NEPTUNE_IAM_AUTHORIZATION_ENABLED",
        good(endpoint("neptune", NeptuneSettings={"IamAuthEnabled": True})),
        bad(
            endpoint("neptune", NeptuneSettings={"IamAuthEnabled": False}),
            "IamAuthEnabled is false",
            "NeptuneSettings.IamAuthEnabled",
        ),
        out(endpoint("postgres"), "EngineName is postgres"),
    ),
)

CASES = REDSHIFT + EMR + ANALYSIS + LEARNING + MIGRATION


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_warehouses_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_warehouses_has_its_cases() -> None:
    assert missing("warehouses", CASES) == []


@pytest.mark.parametrize(
    ("identifier", "item", "why"),
    [
        ("REDSHIFT_REQUIRE_TLS_SSL", cluster(), "parameter group strict"),
        ("EMR_KERBEROS_ENABLED", flow(), "security configuration kerberos"),
    ],
)
def test_no_verdict_is_made_up_for_what_is_not_recorded(identifier: str, item: Document, why: str) -> None:
    verdict = judged(identifier, item)
    assert verdict.compliance == INSUFFICIENT_DATA
    assert why in verdict.annotation
