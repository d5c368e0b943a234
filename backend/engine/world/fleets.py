"""Groups of servers of the estate: launch templates, Auto Scaling groups, and the load balancers before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.engine.context import Context
from backend.engine.world import addresses, ec2, estate, kinds, names, regional
from backend.engine.world.compute import LINUX_IMAGE
from backend.engine.world.estate import Link, Resource
from backend.engine.world.network import Network
from backend.model.item import Document
from backend.model.moment import Moment, to_iso


def launch_template(
    ctx: Context,
    name: str,
    group: str,
    key: str,
    profile: str,
    tags: Mapping[str, str],
    created: Moment,
    instance_type: str = "t3.medium",
) -> str:
    """A launch template (a type in CloudFormation's spelling); its id."""
    template = ctx.ids.resource("lt")
    data = {
        "ImageId": LINUX_IMAGE,
        "InstanceType": instance_type,
        "IamInstanceProfile": {"Name": profile},
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {
                    "DeleteOnTermination": True,
                    "Encrypted": True,
                    "KmsKeyId": key,
                    "VolumeSize": 30,
                    "VolumeType": "gp3",
                },
            }
        ],
        "NetworkInterfaces": [],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": names.upper_tag_list(tags)}],
        "ElasticGpuSpecifications": [],
        "ElasticInferenceAccelerators": [],
        "SecurityGroupIds": [group],
        "SecurityGroups": [],
        "LicenseSpecifications": [],
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2},
    }
    body = {
        "LaunchTemplateName": name,
        "Id": template,
        "LaunchTemplateData": data,
        "DefaultVersionNumber": "1",
        "LatestVersionNumber": "1",
        "TagSpecifications": [],
    }
    ec2.put(
        ctx,
        kinds.LAUNCH_TEMPLATE,
        template,
        f"launch-template/{template}",
        body,
        tags,
        name=name,
        zone=kinds.REGIONAL,
        created=created,
    )
    return template


def auto_scaling_group(
    ctx: Context,
    name: str,
    network: Network,
    template: tuple[str, str],
    instances: Sequence[Resource],
    tags: Mapping[str, str],
    created: Moment,
    *,
    configuration: str = "",
    targets: Sequence[str] = (),
) -> None:
    """An Auto Scaling group over instances that exist; `template` is (id, name), `targets` are ARNs of target groups.

    `configuration` names an old launch configuration instead: those are not part of this estate, so that the link to
    it leads nowhere, as links in real accounts now and then do.
    """
    arn = ctx.arn("autoscaling", f"autoScalingGroup:{ctx.ids.uuid()}:autoScalingGroupName/{name}")
    start: Document = {"launchConfigurationName": configuration}
    if not configuration:
        start = {
            "launchTemplate": {
                "launchTemplateId": template[0],
                "launchTemplateName": template[1],
                "version": "$Latest",
            }
        }
    body = {
        "autoScalingGroupName": name,
        "autoScalingGroupARN": arn,
        **start,
        "minSize": 1,
        "maxSize": len(instances) + 3,
        "desiredCapacity": len(instances),
        "defaultCooldown": 300,
        "availabilityZones": sorted({subnet.zone for subnet in network.inside}),
        "loadBalancerNames": [],
        "targetGroupARNs": list(targets),
        "healthCheckType": "ELB",
        "healthCheckGracePeriod": 300,
        "instances": [member(instance, template) for instance in instances],
        "createdTime": created,
        "suspendedProcesses": [],
        "enabledMetrics": [],
        "tags": [
            {
                "resourceId": name,
                "resourceType": "auto-scaling-group",
                "key": key,
                "value": value,
                "propagateAtLaunch": True,
            }
            for key, value in tags.items()
        ],
        "terminationPolicies": ["Default"],
        "newInstancesProtectedFromScaleIn": False,
        "serviceLinkedRoleARN": ctx.arn(
            "iam", "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", region=""
        ),
        "capacityRebalance": False,
        "vpczoneIdentifier": ",".join(subnet.subnet_id for subnet in network.inside),
    }
    estate.put(
        ctx,
        regional.resource(
            ctx,
            kinds.AUTO_SCALING_GROUP,
            arn,
            name,
            arn,
            body,
            tags,
            zone=kinds.SEVERAL_ZONES,
            created=created,
            supplementary={"LifeCycleHooks": []},
            links=group_links(body),
        ),
    )


def group_links(body: Document) -> tuple[Link, ...]:
    """The links of an Auto Scaling group, from its body."""
    old = body.get("launchConfigurationName")
    return (
        *((Link("Is associated with ", kinds.LAUNCH_CONFIGURATION, resource_name=old),) if old else ()),
        *(Link("Is associated with ", kinds.SUBNET, subnet) for subnet in body["vpczoneIdentifier"].split(",")),
        *(Link("Contains ", kinds.INSTANCE, member["instanceId"]) for member in body["instances"]),
    )


def member(instance: Resource, template: tuple[str, str]) -> Document:
    """An instance as its Auto Scaling group lists it."""
    return {
        "instanceId": instance.resource_id,
        "instanceType": instance.configuration["instanceType"],
        "availabilityZone": instance.zone,
        "lifecycleState": "InService",
        "healthStatus": "Healthy",
        "launchTemplate": {"launchTemplateId": template[0], "launchTemplateName": template[1], "version": "1"},
        "protectedFromScaleIn": False,
    }


def load_balancer(
    ctx: Context,
    name: str,
    network: Network,
    group: tuple[str, str],
    tags: Mapping[str, str],
    created: Moment,
    *,
    certificate: str,
    log_bucket: str,
    target_type: str = "instance",
) -> str:
    """An application load balancer with its interfaces, listeners and target group; `group` is (id, name).

    The ARN of the target group, to which servers or containers (`target_type="ip"`) are added.
    """
    identity = ctx.ids.hex(16)
    arn = ctx.arn("elasticloadbalancing", f"loadbalancer/app/{name}/{identity}")
    body = {
        "loadBalancerArn": arn,
        "dNSName": f"{name}-{int(ctx.ids.hex(8), 16)}.{ctx.region}.elb.amazonaws.com",
        "canonicalHostedZoneId": "Z35SXDOTRQ7X7K" if ctx.region == "us-east-1" else "Z1LMS91P8CMLE5",
        "createdTime": to_iso(created),
        "loadBalancerName": name,
        "scheme": "internet-facing",
        "vpcId": network.vpc_id,
        "state": {"code": "active"},
        "type": "application",
        "availabilityZones": [
            {"zoneName": subnet.zone, "subnetId": subnet.subnet_id, "loadBalancerAddresses": []}
            for subnet in network.public
        ],
        "securityGroups": [group[0]],
        "ipAddressType": "ipv4",
    }
    attributes = {
        "access_logs.s3.enabled": "true" if log_bucket else "false",
        "access_logs.s3.bucket": log_bucket,
        "access_logs.s3.prefix": name if log_bucket else "",
        "idle_timeout.timeout_seconds": "60",
        "deletion_protection.enabled": "true" if log_bucket else "false",
        "routing.http2.enabled": "true",
        "routing.http.drop_invalid_header_fields.enabled": "false",
    }
    links = (
        Link("Is associated with SecurityGroup", kinds.SECURITY_GROUP, group[0]),
        *(Link("Is attached to Subnet", kinds.SUBNET, subnet.subnet_id) for subnet in network.public),
        Link("Is contained in Vpc", kinds.VPC, network.vpc_id),
    )
    estate.put(
        ctx,
        regional.resource(
            ctx,
            kinds.LOAD_BALANCER,
            arn,
            name,
            arn,
            body,
            tags,
            zone=kinds.SEVERAL_ZONES,
            created=created,
            supplementary={
                "LoadBalancerAttributes": [{"key": key, "value": value} for key, value in attributes.items()],
                "Tags": names.tag_list(tags),
            },
            links=links,
        ),
    )
    for subnet in network.public[:2]:
        interface = addresses.managed_interface(
            ctx,
            ctx.ids.resource("eni"),
            network.vpc_id,
            subnet,
            addresses.address_in(ctx, subnet.cidr),
            f"ELB app/{name}/{identity}",
            created,
            [group],
        )
        estate.put(ctx, interface)
    target = _target_group(ctx, name, network.vpc_id, arn, target_type, tags)
    forward = {
        "Type": "forward",
        "TargetGroupArn": target,
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": target, "Weight": 1}],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }
    redirect = {
        "Type": "redirect",
        "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"},
    }
    _listener(ctx, arn, 443, forward, certificate)
    _listener(ctx, arn, 80, redirect, "")
    return target


def _target_group(
    ctx: Context, name: str, vpc_id: str, balancer: str, target_type: str, tags: Mapping[str, str]
) -> str:
    """A target group of a load balancer (a type in CloudFormation's spelling); its ARN."""
    path = f"targetgroup/{name}/{ctx.ids.hex(16)}"
    arn = ctx.arn("elasticloadbalancing", path)
    body = {
        "TargetGroupArn": arn,
        "TargetGroupName": name,
        "TargetGroupFullName": path,
        "LoadBalancerArns": [balancer],
        "VpcId": vpc_id,
        "TargetType": target_type,
        "IpAddressType": "ipv4",
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "Port": 8080,
        "HealthCheckEnabled": True,
        "HealthCheckPath": "/healthz",
        "HealthCheckPort": "traffic-port",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": "200"},
        "Tags": names.upper_tag_list(tags),
    }
    estate.put(ctx, regional.resource(ctx, kinds.TARGET_GROUP, arn, name, arn, body, tags))
    return arn


def _listener(ctx: Context, balancer: str, port: int, action: Document, certificate: str) -> None:
    arn = balancer.replace(":loadbalancer/", ":listener/") + "/" + ctx.ids.hex(16)
    body = {
        "LoadBalancerArn": balancer,
        "DefaultActions": [action],
        "Port": port,
        "Certificates": [{"CertificateArn": certificate}] if certificate else [],
        "Protocol": "HTTPS" if certificate else "HTTP",
        **({"SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"} if certificate else {}),
        "ListenerArn": arn,
        "AlpnPolicy": [],
    }
    estate.put(ctx, regional.resource(ctx, kinds.LISTENER, arn, None, arn, body, {}))
