"""Managed rules over ECS, ECR, EKS, EFS and FSx."""

from __future__ import annotations

from backend.model.item import Document
from backend.rules.expectations import (
    ABSENT,
    PRESENT,
    TRUE,
    among,
    key_among,
    none_of,
    not_matching,
    one_of,
    starting_with,
)
from backend.rules.reading import body, listed, objects, parsed, split_csv, truth
from backend.rules.table import need, need_some, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_CONTAINERS = "ContainerDefinitions|containerDefinitions"
_ACTIVE = need("Status|status", none_of("INACTIVE"))
_RETIRED = "The task definition is inactive."


def _containers(item: Document) -> list[tuple[str, Document]]:
    task = body(item)
    member = "ContainerDefinitions" if "ContainerDefinitions" in task else "containerDefinitions"
    return [(f"configuration.{member}.{place}", each) for place, each in enumerate(objects(task.get(member)))]


def _of(container: Document, name: str) -> object:
    return container.get(name, container.get(name[0].lower() + name[1:]))


def _inactive(item: Document) -> bool:
    return str(_of(body(item), "Status")).upper() == "INACTIVE"


def _host_mode(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    task = body(item)
    if (task.get("NetworkMode") or task.get("networkMode")) != "host":
        return out_of_scope("The task does not use the network of its host.")
    if truth(parameters.get("SkipInactiveTaskDefinitions") or "") and _inactive(item):
        return out_of_scope(_RETIRED)
    return _root([each for each in _containers(item) if _of(each[1], "Privileged") is not True])


def _non_root(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if _inactive(item):
        return out_of_scope(_RETIRED)
    return _root(_containers(item))


def _root(containers: list[tuple[str, Document]]) -> Verdict:
    for path, container in containers:
        user = str(_of(container, "User") or "")
        if user in ("", "root", "0") or user.startswith(("root:", "0:")):
            reason = Reason(f"{path}.User", user or None, "a user that is not root")
            return bad(f"The container {_of(container, 'Name')} runs as root.", reason)
    return FINE


def _no_secrets(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if _inactive(item):
        return out_of_scope(_RETIRED)
    names = split_csv(parameters.get("secretKeys") or "")
    for path, container in _containers(item):
        for place, variable in enumerate(objects(_of(container, "Environment"))):
            name = str(variable.get("Name") or variable.get("name"))
            if name in names:
                reason = Reason(f"{path}.Environment.{place}.Name", name, f"none of {', '.join(names)}")
                return bad(f"The container {_of(container, 'Name')} has {name} in its environment.", reason)
    return FINE


def _latest_platform(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    service = body(item)
    if (service.get("LaunchType") or service.get("launchType")) != "FARGATE":
        return out_of_scope("The service does not run on Fargate.")
    version = str(service.get("PlatformVersion") or service.get("platformVersion") or "LATEST")
    allowed = [
        "LATEST",
        *split_csv(parameters.get("latestLinuxVersion") or ""),
        *split_csv(parameters.get("latestWindowsVersion") or ""),
    ]
    if version in allowed:
        return FINE
    return bad(
        f"The service runs on platform {version}.",
        Reason("configuration.PlatformVersion", version, " or ".join(allowed)),
    )


def _supported(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """A version of Kubernetes that is not older than the oldest that is supported."""
    found, oldest = str(body(item).get("Version") or ""), parameters.get("oldestVersionSupported") or ""
    if _version(found) < _version(oldest):
        return bad(f"The version is {found}.", Reason("configuration.Version", found, f"{oldest} or newer"))
    return FINE


def _not_the_oldest(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    """A version that is another one than the oldest that is supported: that one is next to go."""
    found, oldest = str(body(item).get("Version") or ""), parameters.get("oldestVersionSupported") or ""
    if _version(found) == _version(oldest):
        reason = Reason("configuration.Version", found, f"newer than {oldest}")
        return bad(f"The version {found} is the oldest that is supported.", reason)
    return FINE


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.strip().split(".") if part.isdigit())


def _eks_logs(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    wanted = split_csv(parameters.get("logTypes") or "") or [
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    ]
    logging = parsed(body(item).get("Logging"))
    on = [str(each.get("Type")) for each in objects(parsed(logging.get("ClusterLogging")).get("EnabledTypes"))]
    missing = [name for name in wanted if name not in on]
    if missing:
        return bad(
            f"The logs {', '.join(missing)} are off.",
            Reason("configuration.Logging.ClusterLogging.EnabledTypes", list(on), ", ".join(wanted)),
        )
    return FINE


def _eks_secrets(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    allowed = split_csv(parameters.get("kmsKeyArns") or "")
    for place, each in enumerate(objects(body(item).get("EncryptionConfig"))):
        if "secrets" in listed(each.get("Resources")):
            key = parsed(each.get("Provider")).get("KeyArn")
            if allowed and key not in allowed:
                path = f"configuration.EncryptionConfig.{place}.Provider.KeyArn"
                return bad(
                    "Secrets are encrypted with another key than those allowed.",
                    Reason(path, key, f"one of {', '.join(allowed)}"),
                )
            return FINE
    return bad(
        "Secrets of Kubernetes are not encrypted.",
        Reason("configuration.EncryptionConfig", body(item).get("EncryptionConfig"), "a key for secrets"),
    )


def _not_privileged(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if _inactive(item):
        return out_of_scope(_RETIRED)
    for path, container in _containers(item):
        if _of(container, "Privileged") is True:
            return bad(
                f"The container {_of(container, 'Name')} is privileged.", Reason(f"{path}.Privileged", True, "not true")
            )
    return FINE


def _public_endpoint(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    network = parsed(body(item).get("ResourcesVpcConfig"))
    if network.get("EndpointPublicAccess") is False:
        return FINE
    reason = Reason(
        "configuration.ResourcesVpcConfig.EndpointPublicAccess", network.get("EndpointPublicAccess"), "false"
    )
    return bad("The endpoint of the cluster is public.", reason)


_TASK_READS = tuple(
    f"configuration.{name}" for name in ("ContainerDefinitions", "containerDefinitions", "Status", "status")
)

CHECKS = (
    Check(
        "ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK",
        "Containers on the network of their host are privileged or not root.",
        item=_host_mode,
        reads=(
            *_TASK_READS,
            "configuration.NetworkMode",
            "configuration.networkMode",
        ),
    ),
    Check("ECS_TASK_DEFINITION_NONROOT_USER", "No container runs as root.", item=_non_root, reads=_TASK_READS),
    Check(
        "ECS_NO_ENVIRONMENT_SECRETS",
        "No variable has one of the names of secretKeys.",
        item=_no_secrets,
        reads=_TASK_READS,
    ),
    Check("ECS_CONTAINERS_NONPRIVILEGED", "No container is privileged.", item=_not_privileged, reads=_TASK_READS),
    rule(
        "ECS_CONTAINERS_READONLY_ACCESS",
        "Containers cannot write to their root.",
        need(f"{_CONTAINERS}[].ReadonlyRootFilesystem|readonlyRootFilesystem", TRUE),
        only=(_ACTIVE,),
    ),
    rule(
        "ECS_TASK_DEFINITION_MEMORY_HARD_LIMIT",
        "Each container has a limit of memory.",
        need(f"{_CONTAINERS}[].Memory|memory", PRESENT),
        only=(_ACTIVE,),
    ),
    rule(
        "ECS_TASK_DEFINITION_LOG_CONFIGURATION",
        "Each container logs.",
        need(f"{_CONTAINERS}[].LogConfiguration|logConfiguration", PRESENT),
        only=(_ACTIVE,),
    ),
    rule(
        "ECS_TASK_DEFINITION_PID_MODE_CHECK",
        "The task does not share the processes of its host.",
        need("PidMode|pidMode", none_of("host")),
        only=(_ACTIVE,),
    ),
    rule(
        "ECS_CONTAINER_INSIGHTS_ENABLED",
        "Container Insights is on.",
        need_some("ClusterSettings[].Value", one_of("enabled", "enhanced")),
    ),
    rule(
        "ECS_AWSVPC_NETWORKING_ENABLED",
        "Tasks have network interfaces of their own.",
        need("NetworkMode|networkMode", one_of("awsvpc")),
        only=(_ACTIVE,),
    ),
    Check(
        "ECS_FARGATE_LATEST_PLATFORM_VERSION",
        "A service on Fargate runs on the latest platform.",
        item=_latest_platform,
        reads=tuple(
            f"configuration.{name}" for name in ("LaunchType", "launchType", "PlatformVersion", "platformVersion")
        ),
    ),
    rule(
        "ECR_PRIVATE_IMAGE_SCANNING_ENABLED",
        "Images are scanned when pushed.",
        need("ImageScanningConfiguration.ScanOnPush", TRUE),
    ),
    rule(
        "ECR_PRIVATE_LIFECYCLE_POLICY_CONFIGURED",
        "The repository has a lifecycle policy.",
        need("LifecyclePolicy.LifecyclePolicyText", PRESENT),
    ),
    rule(
        "ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED",
        "Tags of images cannot move.",
        need("ImageTagMutability", starting_with("IMMUTABLE")),
    ),
    rule(
        "ECR_REPOSITORY_CMK_ENCRYPTION_ENABLED",
        "The repository has a KMS key, one of kmsKeyArns if given.",
        need("EncryptionConfiguration.EncryptionType", starting_with("KMS")),
        need("EncryptionConfiguration.KmsKey", PRESENT),
        need("EncryptionConfiguration.KmsKey", not_matching("alias/aws/", "a key of the account")),
        need("EncryptionConfiguration.KmsKey", key_among("kmsKeyArns")),
    ),
    Check(
        "EKS_ENDPOINT_NO_PUBLIC_ACCESS",
        "The endpoint is private.",
        item=_public_endpoint,
        reads=("configuration.ResourcesVpcConfig",),
    ),
    Check(
        "EKS_SECRETS_ENCRYPTED",
        "Secrets of Kubernetes are encrypted with a KMS key.",
        item=_eks_secrets,
        reads=("configuration.EncryptionConfig",),
    ),
    Check(
        "EKS_CLUSTER_SECRETS_ENCRYPTED",
        "Secrets of Kubernetes are encrypted with a KMS key.",
        item=_eks_secrets,
        reads=("configuration.EncryptionConfig",),
    ),
    Check(
        "EKS_CLUSTER_LOGGING_ENABLED",
        "All logs of the control plane are on.",
        item=_eks_logs,
        reads=("configuration.Logging",),
    ),
    Check(
        "EKS_CLUSTER_LOG_ENABLED",
        "The logs of the control plane are on.",
        item=_eks_logs,
        reads=("configuration.Logging",),
    ),
    Check(
        "EKS_CLUSTER_OLDEST_SUPPORTED_VERSION",
        "The version is another one than the oldest that is supported.",
        item=_not_the_oldest,
        reads=("configuration.Version",),
    ),
    Check(
        "EKS_CLUSTER_SUPPORTED_VERSION",
        "The version is one that is supported.",
        item=_supported,
        reads=("configuration.Version",),
    ),
    Check(
        "EKS_NODEGROUP_SUPPORTED_VERSION_CHECK",
        "The version is one that is supported.",
        item=_supported,
        reads=("configuration.Version",),
    ),
    rule(
        "EFS_ENCRYPTED_CHECK",
        "The file system is encrypted, with the key of KmsKeyId if given.",
        need("Encrypted", TRUE),
        need("KmsKeyId", key_among("KmsKeyId")),
    ),
    rule(
        "EFS_FILESYSTEM_CT_ENCRYPTED",
        "The file system is encrypted, with one of the keys if given.",
        need("Encrypted", TRUE),
        need("KmsKeyId", key_among("kmsKeyArns")),
    ),
    rule(
        "EFS_AUTOMATIC_BACKUPS_ENABLED",
        "The file system is backed up by itself.",
        need("BackupPolicy.Status", one_of("ENABLED")),
    ),
    rule("EFS_FILESYSTEM_MULTI_AZ", "The file system is in several zones.", need("AvailabilityZoneName", ABSENT)),
    rule(
        "EFS_ACCESS_POINT_ENFORCE_USER_IDENTITY",
        "The access point decides who the user is, one of those approved.",
        need("PosixUser.Uid", PRESENT),
        need("PosixUser.Uid", among("approvedUids")),
        need("PosixUser.Gid", among("approvedGids")),
    ),
    rule(
        "EFS_ACCESS_POINT_ENFORCE_ROOT_DIRECTORY",
        "The access point begins in a directory of its own, one of those approved.",
        need("RootDirectory.Path", PRESENT),
        need("RootDirectory.Path", none_of("/")),
        need("RootDirectory.Path", among("approvedDirectories")),
    ),
    rule(
        "FSX_LUSTRE_COPY_TAGS_TO_BACKUPS",
        "Backups get the tags.",
        need("lustreConfiguration.copyTagsToBackups", TRUE),
        only=(need("fileSystemType", one_of("LUSTRE")),),
    ),
    rule(
        "FSX_OPENZFS_COPY_TAGS_ENABLED",
        "Backups and volumes get the tags.",
        need("openZFSConfiguration.copyTagsToBackups", TRUE),
        need("openZFSConfiguration.copyTagsToVolumes", TRUE),
        only=(need("fileSystemType", one_of("OPENZFS")),),
    ),
    rule(
        "FSX_WINDOWS_AUDIT_LOG_CONFIGURED",
        "Access is logged.",
        need("windowsConfiguration.auditLogConfiguration.level", PRESENT),
        need("windowsConfiguration.auditLogConfiguration.level", none_of("DISABLED")),
        only=(need("fileSystemType", one_of("WINDOWS")),),
    ),
)
