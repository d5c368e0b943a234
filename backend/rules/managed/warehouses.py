"""Managed rules over Redshift, EMR, Athena, Glue, SageMaker and DMS."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import (
    NOT_TRUE,
    PRESENT,
    TRUE,
    among,
    at_least_given,
    at_most_given,
    equal_to,
    key_among,
    none_of,
    one_of,
)
from backend.rules.reading import body, objects, parsed, split_csv, supplement, supplemented, truth, unpacked
from backend.rules.table import need, rule
from backend.rules.verdict import (
    FINE,
    CannotTell,
    Check,
    Parameters,
    Reason,
    Surroundings,
    Verdict,
    bad,
    out_of_scope,
)

_OLD_NODES = ["dc1.large"]
"""What the console fills in for nodeTypes. Nodes of this kind are gone, so it asks for nothing."""


def _configured(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    cluster = body(item)
    wanted = truth(parameters.get("clusterDbEncrypted") or "true")
    if truth(cluster.get("encrypted")) is not wanted:
        return bad(
            "The cluster is not encrypted as asked for.",
            Reason("configuration.encrypted", cluster.get("encrypted"), str(wanted).lower()),
        )
    logging = supplement(item, "LoggingStatus").get("loggingEnabled")
    wanted = truth(parameters.get("loggingEnabled") or "true")
    if bool(logging) is not wanted:
        path = "supplementaryConfiguration.LoggingStatus.loggingEnabled"
        return bad("The cluster does not log as asked for.", Reason(path, logging, str(wanted).lower()))
    types = split_csv(parameters.get("nodeTypes") or "")
    if types == _OLD_NODES:
        types = []
    if types and cluster.get("nodeType") not in types:
        return bad(
            f"The nodes are {cluster.get('nodeType')}.",
            Reason("configuration.nodeType", cluster.get("nodeType"), f"one of {', '.join(types)}"),
        )
    return FINE


def _group_name(group: Document) -> Iterator[Json]:
    yield body(group).get("parameterGroupName", group.get("resourceId"))


def _tls(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if item.get("resourceType") != "AWS::Redshift::Cluster":
        return out_of_scope("The clusters that use the group are judged.")
    held = [each.get("parameterGroupName") for each in objects(body(item).get("clusterParameterGroups"))]
    names = [name for name in held if isinstance(name, str)]
    known = around.keyed("AWS::Redshift::ClusterParameterGroup", _group_name, recorded=True)
    groups = [group for name in names for group in known.get(name, ())]
    if names and not groups:
        raise CannotTell(f"It is not recorded what the parameter group {', '.join(names)} says.")
    for group in groups:
        for each in objects(unpacked(supplemented(group, "Parameters"))):
            if each.get("parameterName") == "require_ssl" and str(each.get("parameterValue")).lower() == "true":
                return FINE
    reason = Reason("configuration.clusterParameterGroups", [*names], "a group with require_ssl true")
    return bad("The cluster takes connections without TLS.", reason)


def _job_flow(instance: Document) -> Iterator[Json]:
    yield (instance.get("tags") or {}).get("aws:elasticmapreduce:job-flow-id")


def _emr_private(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if item.get("resourceType") != "AWS::EMR::Cluster":
        return out_of_scope("The cluster the instance belongs to is judged.")
    cluster = body(item)
    if parsed(cluster.get("status")).get("state") not in ("RUNNING", "WAITING"):
        return out_of_scope("The cluster is not running.")
    name = str(cluster.get("masterPublicDnsName") or "")
    for instance in around.keyed("AWS::EC2::Instance", _job_flow).get(str(item.get("resourceId")), ()):
        if (instance.get("tags") or {}).get("aws:elasticmapreduce:instance-group-role") == "MASTER":
            address = body(instance).get("publicIpAddress")
            if address:
                return bad(
                    f"The master node has the public address {address}.", Reason("", address, "no public address")
                )
    if name.startswith("ec2-"):
        return bad(
            f"The master node has the public name {name}.",
            Reason("configuration.masterPublicDnsName", name, "a private name"),
        )
    return FINE


_KERBEROS = (
    ("TicketLifetimeInHours", ("ClusterDedicatedKdcConfiguration", "TicketLifetimeInHours")),
    *(
        (name, ("ClusterDedicatedKdcConfiguration", "CrossRealmTrustConfiguration", name))
        for name in ("Realm", "Domain", "AdminServer", "KdcServer")
    ),
)
"""Each parameter, and where a security configuration has it below `KerberosConfiguration`."""


def _security_name(security: Document) -> Iterator[Json]:
    yield body(security).get("Name")


def _kerberos(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    cluster = body(item)
    if parsed(cluster.get("status")).get("state") not in ("RUNNING", "WAITING"):
        return out_of_scope("The cluster is not running.")
    name = cluster.get("securityConfiguration")
    if not name:
        reason = Reason("configuration.securityConfiguration", None, "one with Kerberos")
        return bad("The cluster has no security configuration.", reason)
    known = around.keyed("AWS::EMR::SecurityConfiguration", _security_name).get(str(name), ())
    held = parsed(body(known[0]).get("SecurityConfiguration")) if known else {}
    if not held:
        raise CannotTell(f"It is not known what the security configuration {name} says.")
    kerberos = parsed(parsed(held.get("AuthenticationConfiguration")).get("KerberosConfiguration"))
    if not kerberos:
        reason = Reason("configuration.securityConfiguration", name, "one with Kerberos")
        return bad(f"The security configuration {name} has no Kerberos.", reason)
    for parameter, steps in _KERBEROS:
        wanted, found = equal_to(parameter), _inside(kerberos, steps)
        if wanted.asked(parameters) and not wanted.holds(found, parameters):
            words = wanted.words(parameters)
            return bad(f"{parameter} is {found}, not {words}.", Reason("", found, words))
    return FINE


def _inside(value: Document, steps: tuple[str, ...]) -> Json:
    for step in steps[:-1]:
        value = parsed(value.get(step))
    found: Json = value.get(steps[-1])
    return found


_JOB_ISOLATED = need("NetworkConfig.EnableNetworkIsolation", TRUE)
_JOB_ENCRYPTED = need("NetworkConfig.EnableInterContainerTrafficEncryption", TRUE)
_ENDPOINT_ENGINE = "EngineName"

CHECKS = (
    rule(
        "REDSHIFT_CLUSTER_PUBLIC_ACCESS_CHECK",
        "The cluster is not reachable from the internet.",
        need("publiclyAccessible", NOT_TRUE),
    ),
    Check(
        "REDSHIFT_CLUSTER_CONFIGURATION_CHECK",
        "The cluster is encrypted, logs, and has nodes of the types asked for.",
        item=_configured,
        reads=("configuration.encrypted", "configuration.nodeType", "supplementaryConfiguration.LoggingStatus"),
    ),
    Check(
        "REDSHIFT_REQUIRE_TLS_SSL",
        "The cluster's parameter group asks for TLS.",
        item=_tls,
        reads=("configuration.clusterParameterGroups",),
        around=True,
    ),
    rule(
        "REDSHIFT_BACKUP_ENABLED",
        "Snapshots are made, and kept within the limits of the parameters.",
        need("automatedSnapshotRetentionPeriod", at_least_given("MinRetentionPeriod", 1)),
        need("automatedSnapshotRetentionPeriod", at_most_given("MaxRetentionPeriod")),
    ),
    rule(
        "REDSHIFT_CLUSTER_KMS_ENABLED",
        "The cluster is encrypted with a key, one of kmsKeyArns if given.",
        need("encrypted", TRUE),
        need("kmsKeyId", PRESENT),
        need("kmsKeyId", key_among("kmsKeyArns")),
    ),
    rule(
        "REDSHIFT_CLUSTER_MAINTENANCESETTINGS_CHECK",
        "Upgrade, window and retention are as the parameters say.",
        need("allowVersionUpgrade", equal_to("allowVersionUpgrade")),
        need("preferredMaintenanceWindow", equal_to("preferredMaintenanceWindow")),
        need("automatedSnapshotRetentionPeriod", at_least_given("automatedSnapshotRetentionPeriod", 1)),
    ),
    rule("REDSHIFT_ENHANCED_VPC_ROUTING_ENABLED", "Traffic stays in the VPC.", need("enhancedVpcRouting", TRUE)),
    rule(
        "REDSHIFT_AUDIT_LOGGING_ENABLED",
        "The cluster logs, to one of bucketNames if given.",
        need("supplementaryConfiguration.LoggingStatus.loggingEnabled", TRUE),
        need("supplementaryConfiguration.LoggingStatus.bucketName", among("bucketNames")),
    ),
    rule(
        "REDSHIFT_DEFAULT_ADMIN_CHECK",
        "The administrator has a name of its own.",
        need("masterUsername", none_of("awsuser")),
        need("masterUsername", among("validAdminUserNames")),
    ),
    rule(
        "REDSHIFT_DEFAULT_DB_NAME_CHECK",
        "The database has a name of its own.",
        need("dBName|dbname", none_of("dev")),
        need("dBName|dbname", among("validDatabaseNames")),
    ),
    rule("REDSHIFT_CLUSTER_MULTI_AZ_ENABLED", "The cluster is in several zones.", need("multiAZ", one_of("enabled"))),
    Check(
        "EMR_MASTER_NO_PUBLIC_IP",
        "The master node of a running cluster has no public address.",
        item=_emr_private,
        reads=("resourceId", "configuration.status", "configuration.masterPublicDnsName"),
        around=True,
    ),
    Check(
        "EMR_KERBEROS_ENABLED",
        "The security configuration of the cluster has Kerberos, as the parameters say.",
        item=_kerberos,
        reads=("configuration.status", "configuration.securityConfiguration"),
        around=True,
    ),
    rule(
        "ATHENA_WORKGROUP_ENCRYPTED_AT_REST",
        "Results are encrypted.",
        need("WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.EncryptionOption", PRESENT),
    ),
    rule(
        "ATHENA_WORKGROUP_ENFORCE_WORKGROUP_CONFIGURATION",
        "Queries cannot leave the settings of the group.",
        need("WorkGroupConfiguration.EnforceWorkGroupConfiguration", TRUE),
    ),
    rule(
        "ATHENA_WORKGROUP_LOGGING_ENABLED",
        "Metrics go to CloudWatch.",
        need("WorkGroupConfiguration.PublishCloudWatchMetricsEnabled", TRUE),
    ),
    rule(
        "ATHENA_WORKGROUP_ENGINE_VERSION_AUTO_UPGRADE",
        "The engine is upgraded by itself.",
        need("WorkGroupConfiguration.EngineVersion.SelectedEngineVersion", one_of("AUTO")),
    ),
    rule(
        "GLUE_JOB_LOGGING_ENABLED",
        "The job logs to CloudWatch.",
        need("DefaultArguments.--enable-continuous-cloudwatch-log", TRUE),
    ),
    rule(
        "GLUE_ML_TRANSFORM_ENCRYPTED_AT_REST",
        "The transform is encrypted.",
        need("TransformEncryption.MLUserDataEncryption.MLUserDataEncryptionMode", one_of("SSE-KMS")),
    ),
    rule(
        "SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS",
        "The notebook reaches the internet through the VPC only.",
        need("DirectInternetAccess", one_of("Disabled")),
    ),
    rule(
        "SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED",
        "The notebook has a KMS key, one of kmsKeyArns if given.",
        need("KmsKeyId", PRESENT),
        need("KmsKeyId", key_among("kmsKeyArns")),
    ),
    rule(
        "SAGEMAKER_NOTEBOOK_INSTANCE_STORAGE_VOL_KMS_ENCRYPTED",
        "The notebook has a KMS key.",
        need("KmsKeyId", PRESENT),
    ),
    rule(
        "SAGEMAKER_NOTEBOOK_INSTANCE_INSIDE_VPC",
        "The notebook is in a VPC, in one of SubnetIds if given.",
        need("SubnetId", PRESENT),
        need("SubnetId", among("SubnetIds")),
    ),
    rule(
        "SAGEMAKER_NOTEBOOK_INSTANCE_ROOT_ACCESS_CHECK", "Users are not root.", need("RootAccess", one_of("Disabled"))
    ),
    rule(
        "SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED",
        "The endpoint has a KMS key, one of kmsKeyArns if given.",
        need("KmsKeyId", PRESENT),
        need("KmsKeyId", key_among("kmsKeyArns")),
    ),
    rule("SAGEMAKER_ENDPOINT_CONFIG_KMS_KEY_REQUIRED", "The endpoint has a KMS key.", need("KmsKeyId", PRESENT)),
    rule(
        "SAGEMAKER_DOMAIN_IN_VPC",
        "The domain reaches the internet through a VPC only.",
        need("AppNetworkAccessType", one_of("VpcOnly")),
    ),
    rule("SAGEMAKER_MODEL_IN_VPC", "The model is in a VPC.", need("VpcConfig.Subnets", PRESENT)),
    rule("SAGEMAKER_MODEL_ISOLATION_ENABLED", "The model has no network.", need("EnableNetworkIsolation", TRUE)),
    rule("SAGEMAKER_DATA_QUALITY_JOB_ISOLATION", "The job has no network.", _JOB_ISOLATED),
    rule("SAGEMAKER_DATA_QUALITY_JOB_ENCRYPT_IN_TRANSIT", "Traffic between containers is encrypted.", _JOB_ENCRYPTED),
    rule("SAGEMAKER_MODEL_BIAS_JOB_ISOLATION", "The job has no network.", _JOB_ISOLATED),
    rule("SAGEMAKER_MODEL_BIAS_JOB_ENCRYPT_IN_TRANSIT", "Traffic between containers is encrypted.", _JOB_ENCRYPTED),
    rule(
        "SAGEMAKER_MODEL_EXPLAINABILITY_JOB_ENCRYPT_IN_TRANSIT",
        "Traffic between containers is encrypted.",
        _JOB_ENCRYPTED,
    ),
    rule("SAGEMAKER_MODEL_QUALITY_JOB_ENCRYPT_IN_TRANSIT", "Traffic between containers is encrypted.", _JOB_ENCRYPTED),
    rule(
        "SAGEMAKER_FEATUREGROUP_ONLINE_STORE_ENCRYPTION",
        "The online store has a KMS key.",
        need("OnlineStoreConfig.SecurityConfig.KmsKeyId", PRESENT),
        only=(need("OnlineStoreConfig.EnableOnlineStore", TRUE),),
    ),
    rule(
        "DMS_REPLICATION_NOT_PUBLIC",
        "The replication instance is not reachable from the internet.",
        need("PubliclyAccessible", NOT_TRUE),
    ),
    rule(
        "DMS_AUTO_MINOR_VERSION_UPGRADE_CHECK",
        "Minor versions are taken by themselves.",
        need("AutoMinorVersionUpgrade", TRUE),
    ),
    rule("DMS_REPLICATION_INSTANCE_MULTI_AZ_ENABLED", "The instance is in several zones.", need("MultiAZ", TRUE)),
    rule(
        "DMS_ENDPOINT_SSL_CONFIGURED",
        "The endpoint uses TLS.",
        need("SslMode", PRESENT),
        need("SslMode", none_of("none")),
        only=(
            need(
                _ENDPOINT_ENGINE,
                none_of("s3", "dynamodb", "kinesis", "kafka", "elasticsearch", "opensearch", "redis", "neptune"),
            ),
        ),
    ),
    rule(
        "DMS_REDIS_TLS_ENABLED",
        "The endpoint uses TLS.",
        need("RedisSettings.SslSecurityProtocol", one_of("ssl-encryption")),
        only=(need(_ENDPOINT_ENGINE, one_of("redis")),),
    ),
    rule(
        "DMS_MONGO_DB_AUTHENTICATION_ENABLED",
        "The endpoint signs in.",
        need("MongoDbSettings.AuthType", one_of("password")),
        only=(need(_ENDPOINT_ENGINE, one_of("mongodb")),),
    ),
    rule(
        "DMS_NEPTUNE_IAM_AUTHORIZATION_ENABLED",
        "IAM decides.",
        need("NeptuneSettings.IamAuthEnabled", TRUE),
        only=(need(_ENDPOINT_ENGINE, one_of("neptune")),),
    ),
)
