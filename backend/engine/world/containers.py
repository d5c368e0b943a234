"""Containers of the estate: a service of ECS with all it needs, and a cluster of Kubernetes.

Types in CloudFormation's spelling; AWS Config records no links of them, what they use stands in their bodies only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.engine.context import Context
from backend.engine.world import estate, kinds, names, regional
from backend.engine.world.addresses import Subnet
from backend.engine.world.estate import Resource
from backend.model.item import Document


@dataclass(frozen=True)
class Service:
    """A service to make; `roles` are the names of the roles that run its tasks and that its tasks have."""

    name: str
    cluster: str
    group: str
    subnets: Sequence[Subnet]
    target: str
    """ARN of the target group that sends it requests."""
    repository: str
    secret: str
    roles: tuple[str, str]
    tags: Mapping[str, str]
    port: int = 8080


def cluster(ctx: Context, name: str, tags: Mapping[str, str]) -> str:
    """A cluster of ECS; its name (which is its id)."""
    arn = ctx.arn("ecs", f"cluster/{name}")
    body = {
        "Arn": arn,
        "ClusterName": name,
        "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}],
        "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "DefaultCapacityProviderStrategy": [],
        "Tags": names.upper_tag_list(tags),
    }
    estate.put(ctx, regional.resource(ctx, kinds.CLUSTER, name, name, arn, body, tags))
    return name


def service(ctx: Context, asked: Service) -> None:
    """A service on Fargate behind a target group, with the task definition that it runs."""
    definition = task_definition(ctx, asked, 1)
    estate.put(ctx, definition)
    arn = ctx.arn("ecs", f"service/{asked.cluster}/{asked.name}")
    body = {
        "ServiceArn": arn,
        "ServiceName": asked.name,
        "Cluster": ctx.arn("ecs", f"cluster/{asked.cluster}"),
        "TaskDefinition": definition.arn,
        "DesiredCount": 2,
        "LaunchType": "FARGATE",
        "PlatformVersion": "LATEST",
        "SchedulingStrategy": "REPLICA",
        "Role": ctx.arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", region=""),
        "LoadBalancers": [{"ContainerName": asked.name, "ContainerPort": asked.port, "TargetGroupArn": asked.target}],
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "AssignPublicIp": "DISABLED",
                "SecurityGroups": [asked.group],
                "Subnets": [subnet.subnet_id for subnet in asked.subnets],
            }
        },
        "DeploymentConfiguration": {
            "MaximumPercent": 200,
            "MinimumHealthyPercent": 100,
            "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
        },
        "EnableECSManagedTags": True,
        "PropagateTags": "SERVICE",
        "Tags": names.upper_tag_list(asked.tags),
    }
    estate.put(ctx, regional.resource(ctx, kinds.SERVICE, arn, asked.name, arn, body, asked.tags))


def task_definition(ctx: Context, asked: Service, revision: int) -> Resource:
    """What the containers of a service are made from; not yet `put`. Its id is the family, its name the revision."""
    run, own = asked.roles
    image = f"{ctx.account}.dkr.ecr.{ctx.region}.amazonaws.com/{asked.repository}:1.{revision}"
    container = {
        "Name": asked.name,
        "Image": image,
        "Cpu": 0,
        "Essential": True,
        "PortMappings": [{"ContainerPort": asked.port, "HostPort": asked.port, "Protocol": "tcp"}],
        "Environment": [{"Name": "STAGE", "Value": "prod"}],
        "Secrets": [{"Name": "DATABASE", "ValueFrom": asked.secret}],
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {"awslogs-group": f"/ecs/{asked.name}", "awslogs-region": ctx.region},
        },
    }
    arn = ctx.arn("ecs", f"task-definition/{asked.name}:{revision}")
    body = {
        "TaskDefinitionArn": arn,
        "Family": asked.name,
        "ContainerDefinitions": [container],
        "Cpu": "512",
        "Memory": "1024",
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ExecutionRoleArn": ctx.arn("iam", f"role/{run}", region=""),
        "TaskRoleArn": ctx.arn("iam", f"role/{own}", region=""),
        "Volumes": [],
        "PlacementConstraints": [],
        "Tags": names.upper_tag_list(asked.tags),
    }
    return regional.resource(ctx, kinds.TASK_DEFINITION, asked.name, f"{asked.name}:{revision}", arn, body, asked.tags)


def renewed(ctx: Context, definition: Resource) -> Resource:
    """The next revision of a task definition, with the image that was built for it; not yet `put`."""
    revision = int(str(definition.name).rpartition(":")[2]) + 1
    family = definition.resource_id
    arn = ctx.arn("ecs", f"task-definition/{family}:{revision}")
    [container] = definition.configuration["ContainerDefinitions"]
    image = container["Image"].rpartition(":")[0] + f":1.{revision}"
    fields: Document = {"TaskDefinitionArn": arn, "ContainerDefinitions": [{**container, "Image": image}]}
    return estate.changed(estate.edited(definition, **fields), name=f"{family}:{revision}", arn=arn)


def kubernetes(
    ctx: Context, name: str, role: str, group: str, subnets: Sequence[Subnet], key: str, tags: Mapping[str, str]
) -> None:
    """A cluster of Kubernetes, its secrets encrypted with a key of ours."""
    arn = ctx.arn("eks", f"cluster/{name}")
    body = {
        "Arn": arn,
        "Name": name,
        "Version": "1.33",
        "RoleArn": ctx.arn("iam", f"role/{role}", region=""),
        "ResourcesVpcConfig": {
            "SecurityGroupIds": [group],
            "SubnetIds": [subnet.subnet_id for subnet in subnets],
            "EndpointPublicAccess": False,
            "EndpointPrivateAccess": True,
            "PublicAccessCidrs": [],
        },
        "KubernetesNetworkConfig": {"IpFamily": "ipv4", "ServiceIpv4Cidr": "172.20.0.0/16"},
        "EncryptionConfig": [{"Resources": ["secrets"], "Provider": {"KeyArn": key}}],
        "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}},
        "Tags": names.upper_tag_list(tags),
    }
    estate.put(ctx, regional.resource(ctx, kinds.KUBERNETES, name, name, arn, body, tags))
