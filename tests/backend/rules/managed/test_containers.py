"""What the rules over ECS, ECR, EKS, EFS and FSx say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, out, prove, prove_reads

KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/0d7b5a1e"
OTHER_KEY = "arn:aws:kms:ap-southeast-1:111122223333:key/77aa01c2"


def container(**changes: Json) -> Document:
    return {
        "Name": "web",
        "Image": "111122223333.dkr.ecr.ap-southeast-1.amazonaws.com/web:4",
        "User": "1000",
        "Privileged": False,
        "ReadonlyRootFilesystem": True,
        "Memory": 512,
        "LogConfiguration": {"LogDriver": "awslogs"},
        "Environment": [{"Name": "STAGE", "Value": "live"}],
        **changes,
    }


def task(*changes: Document, **members: Json) -> Document:
    containers = [container(), *(container(**change) for change in changes)]
    return {"Family": "web", "NetworkMode": "awsvpc", "ContainerDefinitions": containers, **members}


def on_host(*changes: Document, **members: Json) -> Document:
    return task(*changes, **{"NetworkMode": "host", **members})


def service(launch: str, version: str | None) -> Document:
    return {"ServiceName": "web", "LaunchType": launch, "PlatformVersion": version}


SECOND = "ContainerDefinitions.1"
PLATFORM = "PlatformVersion"

TASKS: tuple[Case, ...] = (
    *of(
        "ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK",
        good(on_host()),
        good(on_host({"User": "root", "Privileged": True})),
        bad(on_host({"Name": "side", "User": "root"}), "side runs as root", f"{SECOND}.User"),
        bad(on_host({"User": None}, Status="INACTIVE"), "runs as root", f"{SECOND}.User"),
        out(task({"User": "root"}), "does not use the network of its host"),
        out(on_host({"User": None}, Status="INACTIVE"), "inactive", SkipInactiveTaskDefinitions="true"),
    ),
    *of(
        "ECS_TASK_DEFINITION_NONROOT_USER",
        out(task(Status="INACTIVE")),
        good(task()),
        bad(task({"User": "0:0"}), "runs as root", f"{SECOND}.User"),
        bad(task({"User": None}), "runs as root", f"{SECOND}.User"),
    ),
    *of(
        "ECS_NO_ENVIRONMENT_SECRETS",
        out(task(Status="INACTIVE")),
        good(task(), secretKeys="AWS_SECRET_ACCESS_KEY,TOKEN"),
        bad(
            task({"Environment": [{"Name": "TOKEN", "Value": "x"}]}),
            "has TOKEN in its environment",
            f"{SECOND}.Environment.0.Name",
            secretKeys="AWS_SECRET_ACCESS_KEY,TOKEN",
        ),
    ),
    *of(
        "ECS_CONTAINERS_NONPRIVILEGED",
        out(task(Status="INACTIVE")),
        good(task()),
        bad(task({"Privileged": True}), "web is privileged", f"{SECOND}.Privileged"),
    ),
    *of(
        "ECS_CONTAINERS_READONLY_ACCESS",
        out(task(Status="INACTIVE")),
        good(task()),
        bad(task({"ReadonlyRootFilesystem": False}), "1.ReadonlyRootFile", f"{SECOND}.ReadonlyRootFilesystem"),
    ),
    *of(
        "ECS_TASK_DEFINITION_MEMORY_HARD_LIMIT",
        out(task(Status="INACTIVE")),
        good(task()),
        bad(task({"Memory": None, "MemoryReservation": 256}), "Memory is not set", f"{SECOND}.Memory"),
    ),
    *of(
        "ECS_TASK_DEFINITION_LOG_CONFIGURATION",
        out(task(Status="INACTIVE")),
        good(task()),
        bad(task({"LogConfiguration": None}), "LogConfiguration is not set", f"{SECOND}.LogConfiguration"),
    ),
    *of(
        "ECS_TASK_DEFINITION_PID_MODE_CHECK",
        out(task(Status="INACTIVE")),
        good(task()),
        bad(task(PidMode="host"), "PidMode is host", "PidMode"),
    ),
    *of(
        "ECS_CONTAINER_INSIGHTS_ENABLED",
        good({"ClusterName": "main", "ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}]}),
        bad(
            {"ClusterName": "main", "ClusterSettings": [{"Name": "containerInsights", "Value": "disabled"}]},
            "Value is disabled",
            "ClusterSettings.0.Value",
        ),
        bad({"ClusterName": "main", "ClusterSettings": []}, "Value is not set", "ClusterSettings.Value"),
    ),
    *of(
        "ECS_AWSVPC_NETWORKING_ENABLED",
        out(task(Status="INACTIVE")),
        good(task()),
        bad(task(NetworkMode="bridge"), "NetworkMode is bridge", "NetworkMode"),
    ),
    *of(
        "ECS_FARGATE_LATEST_PLATFORM_VERSION",
        good(service("FARGATE", "LATEST")),
        good(service("FARGATE", None)),
        good(service("FARGATE", "1.4.0"), latestLinuxVersion="1.4.0"),
        bad(service("FARGATE", "1.4.0"), "platform 1.4.0", PLATFORM),
        bad(service("FARGATE", "1.3.0"), "platform 1.3.0", PLATFORM, latestLinuxVersion="1.4.0"),
        bad(service("FARGATE", "0.9.0"), "platform 0.9.0", PLATFORM, latestWindowsVersion="1.0.0"),
        out(service("EC2", None), "does not run on Fargate"),
    ),
)


def repository(**changes: Json) -> Document:
    return {
        "RepositoryName": "web",
        "ImageScanningConfiguration": {"ScanOnPush": True},
        "LifecyclePolicy": {"LifecyclePolicyText": '{"rules": []}'},
        "ImageTagMutability": "IMMUTABLE",
        "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": KEY},
        **changes,
    }


REPOSITORIES: tuple[Case, ...] = (
    *of(
        "ECR_PRIVATE_IMAGE_SCANNING_ENABLED",
        good(repository()),
        bad(
            repository(ImageScanningConfiguration={"ScanOnPush": False}),
            "ScanOnPush is false",
            "ImageScanningConfiguration.ScanOnPush",
        ),
    ),
    *of(
        "ECR_PRIVATE_LIFECYCLE_POLICY_CONFIGURED",
        good(repository()),
        bad(repository(LifecyclePolicy=None), "Text is not set", "LifecyclePolicy.LifecyclePolicyText"),
    ),
    *of(
        "ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED",
        good(repository()),
        bad(repository(ImageTagMutability="MUTABLE"), "ImageTagMutability is MUTABLE", "ImageTagMutability"),
    ),
    *of(
        "ECR_REPOSITORY_CMK_ENCRYPTION_ENABLED",
        good(repository(), kmsKeyArns=KEY),
        bad(
            repository(EncryptionConfiguration={"EncryptionType": "AES256"}),
            "EncryptionType is AES256",
            "EncryptionConfiguration.EncryptionType",
        ),
        bad(
            repository(EncryptionConfiguration={"EncryptionType": "KMS", "KmsKey": "alias/aws/ecr"}),
            "not a key of the account",
            "EncryptionConfiguration.KmsKey",
        ),
        bad(repository(), f"not the key {OTHER_KEY}", "EncryptionConfiguration.KmsKey", kmsKeyArns=OTHER_KEY),
    ),
)


def kubernetes(*logs: str, **changes: Json) -> Document:
    return {
        "Name": "main",
        "Version": "1.31",
        "ResourcesVpcConfig": {"EndpointPublicAccess": False, "EndpointPrivateAccess": True},
        "EncryptionConfig": [{"Resources": ["secrets"], "Provider": {"KeyArn": KEY}}],
        "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": log} for log in logs]}},
        **changes,
    }


ALL_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
ENABLED = "Logging.ClusterLogging.EnabledTypes"


def of_secrets(identifier: str) -> tuple[Case, ...]:
    return of(
        identifier,
        good(kubernetes(), kmsKeyArns=KEY),
        bad(kubernetes(EncryptionConfig=[]), "are not encrypted", "EncryptionConfig"),
        bad(kubernetes(), "another key", "EncryptionConfig.0.Provider.KeyArn", kmsKeyArns=OTHER_KEY),
    )


KUBERNETES: tuple[Case, ...] = (
    *of(
        "EKS_ENDPOINT_NO_PUBLIC_ACCESS",
        good(kubernetes()),
        bad(
            kubernetes(ResourcesVpcConfig={"EndpointPublicAccess": True}),
            "is public",
            "ResourcesVpcConfig.EndpointPublicAccess",
        ),
    ),
    *of_secrets("EKS_SECRETS_ENCRYPTED"),
    *of_secrets("EKS_CLUSTER_SECRETS_ENCRYPTED"),
    *of(
        "EKS_CLUSTER_LOGGING_ENABLED",
        good(kubernetes(*ALL_LOGS)),
        bad(kubernetes("api", "audit"), "authenticator, controllerManager, scheduler are off", ENABLED),
    ),
    *of(
        "EKS_CLUSTER_LOG_ENABLED",
        good(kubernetes(*ALL_LOGS)),
        good(kubernetes("audit"), logTypes="audit"),
        bad(kubernetes("audit"), "api, authenticator", ENABLED),
        bad(kubernetes("audit"), "logs api are off", ENABLED, logTypes="api,audit"),
    ),
    *of(
        "EKS_CLUSTER_OLDEST_SUPPORTED_VERSION",
        good(kubernetes(), oldestVersionSupported="1.29"),
        bad(kubernetes(), "1.31 is the oldest", "Version", oldestVersionSupported="1.31"),
    ),
    *of(
        "EKS_CLUSTER_SUPPORTED_VERSION",
        good(kubernetes(), oldestVersionSupported="1.31"),
        good(kubernetes(), oldestVersionSupported="1.9"),
        bad(kubernetes(), "version is 1.31", "Version", oldestVersionSupported="1.32"),
    ),
    *of(
        "EKS_NODEGROUP_SUPPORTED_VERSION_CHECK",
        good({"NodegroupName": "main", "Version": "1.31"}, oldestVersionSupported="1.29"),
        bad({"NodegroupName": "main", "Version": "1.28"}, "is 1.28", "Version", oldestVersionSupported="1.29"),
    ),
)


def files(**changes: Json) -> Document:
    return {
        "FileSystemId": "fs-1",
        "Encrypted": True,
        "KmsKeyId": KEY,
        "BackupPolicy": {"Status": "ENABLED"},
        **changes,
    }


def entrance(**changes: Json) -> Document:
    plain: Document = {"PosixUser": {"Uid": "1000", "Gid": "1000"}, "RootDirectory": {"Path": "/app"}}
    return {"AccessPointId": "fsap-1", "FileSystemId": "fs-1", **plain, **changes}


def drive(kind: str, **changes: Json) -> Document:
    return {"fileSystemId": "fs-2", "fileSystemType": kind, **changes}


FILES: tuple[Case, ...] = (
    *of(
        "EFS_ENCRYPTED_CHECK",
        good(files(), KmsKeyId=KEY),
        bad(files(Encrypted=False), "Encrypted is false", "Encrypted"),
        bad(files(), f"not the key {OTHER_KEY}", "KmsKeyId", KmsKeyId=OTHER_KEY),
    ),
    *of(
        "EFS_FILESYSTEM_CT_ENCRYPTED",
        good(files(), kmsKeyArns=KEY),
        bad(files(Encrypted=False), "Encrypted is false", "Encrypted"),
        bad(files(), f"not the key {OTHER_KEY}", "KmsKeyId", kmsKeyArns=OTHER_KEY),
    ),
    *of(
        "EFS_AUTOMATIC_BACKUPS_ENABLED",
        good(files()),
        bad(files(BackupPolicy={"Status": "DISABLED"}), "Status is DISABLED", "BackupPolicy.Status"),
    ),
    *of(
        "EFS_FILESYSTEM_MULTI_AZ",
        good(files()),
        bad(files(AvailabilityZoneName="ap-southeast-1a"), "Name is ap-southeast-1a", "AvailabilityZoneName"),
    ),
    *of(
        "EFS_ACCESS_POINT_ENFORCE_USER_IDENTITY",
        good(entrance(), approvedUids="1000", approvedGids="1000"),
        bad(entrance(PosixUser=None), "Uid is not set", "PosixUser.Uid"),
        bad(entrance(), "Uid is 1000, not 7", "PosixUser.Uid", approvedUids="7"),
        bad(entrance(), "Gid is 1000, not 7", "PosixUser.Gid", approvedGids="7"),
    ),
    *of(
        "EFS_ACCESS_POINT_ENFORCE_ROOT_DIRECTORY",
        good(entrance(), approvedDirectories="/app,/web"),
        bad(entrance(RootDirectory={"Path": "/"}), "Path is /", "RootDirectory.Path"),
        bad(entrance(), "Path is /app, not /web", "RootDirectory.Path", approvedDirectories="/web"),
    ),
    *of(
        "FSX_LUSTRE_COPY_TAGS_TO_BACKUPS",
        good(drive("LUSTRE", lustreConfiguration={"copyTagsToBackups": True})),
        bad(
            drive("LUSTRE", lustreConfiguration={"copyTagsToBackups": False}),
            "copyTagsToBackups is false",
            "lustreConfiguration.copyTagsToBackups",
        ),
        out(drive("WINDOWS"), "fileSystemType is WINDOWS"),
    ),
    *of(
        "FSX_OPENZFS_COPY_TAGS_ENABLED",
        good(drive("OPENZFS", openZFSConfiguration={"copyTagsToBackups": True, "copyTagsToVolumes": True})),
        bad(
            drive("OPENZFS", openZFSConfiguration={"copyTagsToBackups": True, "copyTagsToVolumes": False}),
            "copyTagsToVolumes is false",
            "openZFSConfiguration.copyTagsToVolumes",
        ),
        out(drive("LUSTRE"), "fileSystemType is LUSTRE"),
    ),
    *of(
        "FSX_WINDOWS_AUDIT_LOG_CONFIGURED",
        good(drive("WINDOWS", windowsConfiguration={"auditLogConfiguration": {"level": "SUCCESS_AND_FAILURE"}})),
        bad(
            drive("WINDOWS", windowsConfiguration={"auditLogConfiguration": {"level": "DISABLED"}}),
            "level is DISABLED",
            "windowsConfiguration.auditLogConfiguration.level",
        ),
        out(drive("LUSTRE"), "fileSystemType is LUSTRE"),
    ),
)

CASES = TASKS + REPOSITORIES + KUBERNETES + FILES


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_containers_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_containers_has_its_cases() -> None:
    assert missing("containers", CASES) == []
