"""What the rules over instances, their disks and what starts them say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.model.moment import DAY, to_iso
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import NOW, Known, judged

KEY, OTHER_KEY = (f"arn:aws:kms:ap-southeast-1:111122223333:key/{name}" for name in ("0d7b5a1e", "77aa01c2"))
PROFILE = "arn:aws:iam::111122223333:instance-profile/web"
GROUPS = "arn:aws:elasticloadbalancing:ap-southeast-1:111122223333:targetgroup/web/50dc6c49"


def instance(**changes: Json) -> Document:
    return {"instanceId": "i-1", "instanceType": "m5.large", "state": {"name": "running"}, **changes}


def named(configuration: Document, resource_id: str = "i-1") -> Document:
    return {"resourceId": resource_id, "configuration": configuration}


def stopped(days_ago: float) -> Document:
    since = to_iso(int(NOW - days_ago * DAY))
    said = f"User initiated ({since[:10]} {since[11:19]} GMT)"
    return instance(state={"name": "stopped"}, stateTransitionReason=said)


def interfaces(*public: str | None) -> list[Json]:
    return [
        {"networkInterfaceId": f"eni-{place}", "association": {"publicIp": address} if address else None}
        for place, address in enumerate(public, 1)
    ]


def volume(**changes: Json) -> Document:
    return {"volumeId": "vol-1", "state": {"value": "in-use"}, "attachments": [{"state": "attached"}], **changes}


def template(**changes: Json) -> Document:
    return named({"Id": "lt-1", "LaunchTemplateData": changes}, "lt-1")


def disks(*encrypted: Json) -> list[Json]:
    return [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": each, "VolumeSize": 8}} for each in encrypted]


NO_VOLUMES: list[Json] = [{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}, {"DeviceName": "c", "NoDevice": ""}]


def fleet(*specifications: Document) -> Document:
    return {"SpotFleetRequestConfigData": {"LaunchSpecifications": [*specifications]}}


def mixed(*types: str, **override: Json) -> Document:
    overrides: list[Json] = [{"instanceType": each} for each in types]
    if override:
        overrides.append(override)
    return {"mixedInstancesPolicy": {"launchTemplate": {"overrides": overrides}}}


def inventory(platform: str = "Linux", **applications: str) -> Document:
    about = {"PlatformType": platform, "PlatformName": "Amazon Linux", "PlatformVersion": "2023", "AgentVersion": "3.2"}
    installed = {name: {"Name": name, "Version": version} for name, version in applications.items()}
    return {
        "AWS:InstanceInformation": {"Content": {"i-1": about}},
        "AWS:Application": {"Content": installed},
    }


def ungathered() -> Document:
    """An inventory without applications: no association gathers them."""
    return {name: content for name, content in inventory().items() if name != "AWS:Application"}


def compliance(kind: str, status: str) -> Document:
    return {"AWS:ComplianceItem": {"Content": {kind: {"a1": {"Status": status, "Severity": "HIGH"}}}}}


TEMPLATES: Document = {"LaunchTemplateConfigs": [{"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1"}}]}
HOPS, TOKENS = "metadataOptions.httpPutResponseHopLimit", "metadataOptions.httpTokens"
ON_DISK = "LaunchTemplateData.BlockDeviceMappings"
ABOUT = "AWS:InstanceInformation.Content.i-1"
APPLICATIONS = "AWS:Application.Content"
NOT_WANTED, REQUIRED = (f"EC2_MANAGEDINSTANCE_APPLICATIONS_{word}" for word in ("BLACKLISTED", "REQUIRED"))
INVENTORY = other("AWS::SSM::ManagedInstanceInventory", {}, resourceId="i-1")
STOPPED = "EC2_STOPPED_INSTANCE"

INSTANCES = (
    *of(
        "EC2_INSTANCE_NO_PUBLIC_IP",
        good(instance(publicIpAddress=None, networkInterfaces=interfaces(None))),
        bad(instance(publicIpAddress="203.0.113.7"), "public address 203.0.113.7", "publicIpAddress"),
        bad(
            instance(networkInterfaces=interfaces(None, "203.0.113.8")),
            "203.0.113.8",
            "networkInterfaces.1.association.publicIp",
        ),
    ),
    *of(
        "EC2_INSTANCE_MANAGED_BY_SSM",
        good(named(instance()), INVENTORY),
        bad(named(instance(), "i-2"), "no inventory", "", INVENTORY),
        out(named(instance(state={"name": "stopped"})), "not running"),
        out({"resourceType": "AWS::SSM::ManagedInstanceInventory", "configuration": {}}, "is judged"),
    ),
    *of(
        STOPPED,
        good(instance()),
        good(stopped(29)),
        bad(stopped(31), "more than 30 days", "stateTransitionReason"),
        bad(stopped(2), "more than 1 days", "stateTransitionReason", AllowedDays="1"),
        bad(stopped(0.5), "more than 0 days", "stateTransitionReason", AllowedDays="0"),
    ),
    *of(
        "EBS_OPTIMIZED_INSTANCE",
        good(instance(ebsOptimized=True)),
        bad(instance(ebsOptimized=False), "not optimised", "ebsOptimized"),
        out(instance(instanceType="t2.micro", ebsOptimized=False), "t2.micro cannot"),
    ),
    *of(
        "EC2_INSTANCE_MULTIPLE_ENI_CHECK",
        good(instance(networkInterfaces=interfaces(None))),
        bad(instance(networkInterfaces=interfaces(None, None)), "2 network interfaces", "networkInterfaces"),
        bad(
            instance(networkInterfaces=interfaces(None, None)),
            "2 network interfaces",
            "networkInterfaces",
            NetworkInterfaceIds="eni-2",
        ),
        out(instance(networkInterfaces=interfaces(None, None)), "none of the interfaces", NetworkInterfaceIds="eni-9"),
    ),
    *of(
        "INSTANCES_IN_VPC",
        good(instance(vpcId="vpc-1"), vpcId="vpc-1"),
        bad(instance(), "vpcId is not set", "vpcId"),
        bad(instance(vpcId="vpc-1"), "vpc-1", "vpcId", vpcId="vpc-2"),
    ),
    *of(
        "EC2_INSTANCE_PROFILE_ATTACHED",
        good(instance(iamInstanceProfile={"arn": PROFILE}), IamInstanceProfileArnList=f"{PROFILE}-2,{PROFILE}"),
        bad(instance(), "not set", "iamInstanceProfile.arn"),
        bad(
            instance(iamInstanceProfile={"arn": PROFILE}),
            "web",
            "iamInstanceProfile.arn",
            IamInstanceProfileArnList=f"{PROFILE}-2",
        ),
    ),
    *of(
        "EC2_IMDSV2_CHECK",
        good(instance(metadataOptions={"httpTokens": "required"})),
        bad(instance(metadataOptions={"httpTokens": "optional"}), "optional", TOKENS),
    ),
    *of(
        "EC2_TOKEN_HOP_LIMIT_CHECK",
        good(instance(metadataOptions={"httpPutResponseHopLimit": 1})),
        good(instance(metadataOptions={"httpPutResponseHopLimit": 2}), tokenHopLimit="2"),
        bad(instance(metadataOptions={"httpPutResponseHopLimit": 2}), "is 2", HOPS),
        bad(instance(metadataOptions={"httpPutResponseHopLimit": 3}), "is 3", HOPS, tokenHopLimit="2"),
        out(instance()),
    ),
    *of(
        "EC2_INSTANCE_DETAILED_MONITORING_ENABLED",
        good(instance(monitoring={"state": "enabled"})),
        bad(instance(monitoring={"state": "disabled"}), "disabled", "monitoring.state"),
    ),
    *of(
        "EC2_NO_AMAZON_KEY_PAIR",
        good(instance()),
        bad(instance(keyName="ops"), "ops", "keyName"),
        out(instance(keyName="ops", state={"name": "stopped"})),
    ),
    *of(
        "EC2_PARAVIRTUAL_INSTANCE_CHECK",
        good(instance(virtualizationType="hvm")),
        bad(instance(virtualizationType="paravirtual"), "paravirtual", "virtualizationType"),
    ),
    *of(
        "DESIRED_INSTANCE_TYPE",
        good(instance(), instanceType="t3.small, m5.large"),
        bad(instance(), "m5.large", "instanceType", instanceType="t3.small,m5.xlarge"),
    ),
    *of(
        "DESIRED_INSTANCE_TENANCY",
        good(instance(placement={"tenancy": "dedicated"}), tenancy="dedicated"),
        good(instance(placement={"tenancy": "host", "hostId": "h-1"}), tenancy="host", hostId="h-2, h-1"),
        bad(instance(placement={"tenancy": "default"}), "default", "placement.tenancy", tenancy="dedicated"),
        bad(
            instance(placement={"tenancy": "host", "hostId": "h-1"}),
            "h-1",
            "placement.hostId",
            tenancy="host",
            hostId="h-2",
        ),
        bad(
            instance(imageId="ami-1", placement={"tenancy": "default"}),
            "default",
            "placement.tenancy",
            tenancy="dedicated",
            imageId="ami-1",
        ),
        out(instance(imageId="ami-1", placement={"tenancy": "default"}), "ami-1", tenancy="dedicated", imageId="ami-2"),
    ),
    *of(
        "APPROVED_AMIS_BY_ID",
        good(instance(imageId="ami-1"), amiIds="ami-2,ami-1"),
        bad(instance(imageId="ami-1"), "ami-1", "imageId", amiIds="ami-2"),
    ),
)
DISKS = (
    *of(
        "ENCRYPTED_VOLUMES",
        good(volume(encrypted=True, kmsKeyId=KEY)),
        good(volume(encrypted=True, kmsKeyId=KEY), kmsId="0d7b5a1e"),
        bad(volume(encrypted=False), "not encrypted", "encrypted"),
        bad(volume(encrypted=False, attachments=[]), "not encrypted", "encrypted"),
        bad(volume(encrypted=True, kmsKeyId=OTHER_KEY), "another key", "kmsKeyId", kmsId=KEY),
        out(volume(encrypted=False, attachments=[], state={"value": "available"}), "not attached"),
    ),
    *of(
        "EC2_VOLUME_INUSE_CHECK",
        good(volume()),
        good(volume(attachments=[{"state": "attached", "deleteOnTermination": True}]), deleteOnTermination="true"),
        bad(volume(attachments=[]), "not set", "attachments.state"),
        bad(
            volume(attachments=[{"state": "attached", "deleteOnTermination": False}]),
            "deleteOnTermination is false",
            "attachments.0.deleteOnTermination",
            deleteOnTermination="true",
        ),
    ),
    *of(
        "EIP_ATTACHED",
        good({"publicIp": "203.0.113.7", "associationId": "eipassoc-1"}),
        bad({"publicIp": "203.0.113.7"}, "associationId is not set", "associationId"),
    ),
    *of(
        "EC2_ENIS_SOURCE_DESTINATION_CHECK_ENABLED",
        good({"sourceDestCheck": True, "interfaceType": "interface"}),
        bad({"sourceDestCheck": False, "interfaceType": "efa"}, "sourceDestCheck is false", "sourceDestCheck"),
        out({"sourceDestCheck": False, "interfaceType": "nat_gateway"}),
    ),
    *of(
        "EBS_SNAPSHOT_BLOCK_PUBLIC_ACCESS",
        good({"State": "block-all-sharing"}),
        bad({"State": "block-new-sharing"}, "block-new-sharing", "State"),
    ),
    *of(
        "EC2_CLIENT_VPN_CONNECTION_LOG_ENABLED",
        good({"ConnectionLogOptions": {"Enabled": True}}),
        bad({"ConnectionLogOptions": {"Enabled": False}}, "Enabled is false", "ConnectionLogOptions.Enabled"),
    ),
)
STARTED = (
    *of(
        "EC2_LAUNCH_TEMPLATE_PUBLIC_IP_DISABLED",
        good(template(NetworkInterfaces=[{"AssociatePublicIpAddress": False}, {"DeviceIndex": 1}])),
        bad(
            template(NetworkInterfaces=[{"DeviceIndex": 0}, {"AssociatePublicIpAddress": True}]),
            "a public address",
            "LaunchTemplateData.NetworkInterfaces.1.AssociatePublicIpAddress",
            exemptedLaunchTemplates="lt-2",
        ),
        out(
            template(NetworkInterfaces=[{"AssociatePublicIpAddress": True}]),
            "names it",
            exemptedLaunchTemplates="lt-2, lt-1",
        ),
    ),
    *of(
        "EC2_LAUNCH_TEMPLATE_IMDSV2_CHECK",
        good(template(MetadataOptions={"HttpTokens": "required"})),
        bad(template(ImageId="ami-1"), "not set", "LaunchTemplateData.MetadataOptions.HttpTokens"),
    ),
    *(
        case
        for identifier in ("EC2_LAUNCH_TEMPLATES_EBS_VOLUME_ENCRYPTED", "EC2_LAUNCHTEMPLATE_EBS_ENCRYPTED")
        for case in of(
            identifier,
            good(template(BlockDeviceMappings=disks(True))),
            good(template(BlockDeviceMappings=[*NO_VOLUMES, *disks(True)])),
            good(template(ImageId="ami-1")),
            bad(template(BlockDeviceMappings=disks(True, False)), "is false", f"{ON_DISK}.1.Ebs.Encrypted"),
            bad(template(BlockDeviceMappings=[*NO_VOLUMES, *disks(None)]), "not set", f"{ON_DISK}.2.Ebs.Encrypted"),
        )
    ),
    *of(
        "EC2_SPOT_FLEET_REQUEST_CT_ENCRYPTION_AT_REST",
        good(fleet({"BlockDeviceMappings": [*disks(True), *NO_VOLUMES]})),
        bad(
            fleet({"BlockDeviceMappings": disks(True)}, {"BlockDeviceMappings": disks(False)}),
            "is false",
            "SpotFleetRequestConfigData.LaunchSpecifications.1.BlockDeviceMappings.0.Ebs.Encrypted",
        ),
        out({"SpotFleetRequestConfigData": TEMPLATES}, "uses launch templates"),
    ),
    *of(
        "AUTOSCALING_GROUP_ELB_HEALTHCHECK_REQUIRED",
        good({"targetGroupARNs": [GROUPS], "healthCheckType": "ELB"}),
        bad({"loadBalancerNames": ["front"], "healthCheckType": "EC2"}, "does not ask", "healthCheckType"),
        out({"loadBalancerNames": [], "healthCheckType": "EC2"}, "no load balancer"),
    ),
    *of(
        "AUTOSCALING_MULTIPLE_AZ",
        good({"availabilityZones": ["a", "b"]}),
        bad({"availabilityZones": ["a"]}, "in 1 zones", "availabilityZones"),
        bad({"availabilityZones": ["a", "b"]}, "in 2 zones", "availabilityZones", minAvailabilityZones="3"),
    ),
    *of(
        "AUTOSCALING_MULTIPLE_INSTANCE_TYPES",
        good(mixed("m5.large", "m5a.large")),
        good(mixed(instanceRequirements={"vcpuCount": {"min": 2}})),
        bad(mixed("m5.large"), "one type only", "mixedInstancesPolicy.launchTemplate.overrides"),
        bad({}, "one type only", "mixedInstancesPolicy.launchTemplate.overrides"),
    ),
    *of(
        "AUTOSCALING_CAPACITY_REBALANCING",
        good({"capacityRebalance": True, **mixed("m5.large", "m6i.large")}),
        bad(mixed("m5.large", "m6i.large"), "not set", "capacityRebalance"),
        out({"capacityRebalance": False, "autoScalingGroupName": "web"}),
    ),
    *of(
        "AUTOSCALING_LAUNCH_TEMPLATE",
        good({"launchTemplate": {"launchTemplateId": "lt-1"}}),
        good({"mixedInstancesPolicy": {"launchTemplate": {"overrides": []}}}),
        bad({"launchConfigurationName": "old"}, "not set", "launchTemplate"),
    ),
    *of(
        "AUTOSCALING_LAUNCH_CONFIG_PUBLIC_IP_DISABLED",
        good({"associatePublicIpAddress": False}),
        bad({"associatePublicIpAddress": True}, "associatePublicIpAddress", "associatePublicIpAddress"),
    ),
    *of(
        "AUTOSCALING_LAUNCHCONFIG_REQUIRES_IMDSV2",
        good({"metadataOptions": {"httpTokens": "required"}}),
        bad({"launchConfigurationName": "old"}, "not set", TOKENS),
    ),
    *of(
        "AUTOSCALING_LAUNCH_CONFIG_HOP_LIMIT",
        good({"metadataOptions": {"httpPutResponseHopLimit": 1}}),
        bad({"metadataOptions": {"httpPutResponseHopLimit": 2}}, "is 2", HOPS),
        out({"launchConfigurationName": "old"}),
    ),
)
SYSTEMS = (
    *of(
        "EC2_MANAGEDINSTANCE_ASSOCIATION_COMPLIANCE_STATUS_CHECK",
        good(compliance("Association", "COMPLIANT")),
        bad(
            compliance("Association", "NON_COMPLIANT"),
            "NON_COMPLIANT",
            "AWS:ComplianceItem.Content.Association.a1.Status",
        ),
    ),
    *of(
        "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK",
        good(compliance("Patch", "COMPLIANT")),
        bad(compliance("Patch", "NON_COMPLIANT"), "NON_COMPLIANT", "AWS:ComplianceItem.Content.Patch.a1.Status"),
    ),
    *of(
        NOT_WANTED,
        good(inventory(telnetd="1.2"), applicationNames="telnet, ftp"),
        good(inventory(telnet="1.2"), applicationNames="telnet:1.3"),
        bad(inventory(telnet="1.2"), "telnet is installed", f"{APPLICATIONS}.telnet", applicationNames="ftp,telnet"),
        bad(inventory(telnet="1.2"), "is installed", f"{APPLICATIONS}.telnet", applicationNames="telnet:1.2"),
        out(inventory(telnet="1.2"), "not run Windows", applicationNames="telnet", platformType="Windows"),
        out(ungathered(), "gathers no applications", applicationNames="telnet"),
    ),
    *of(
        REQUIRED,
        good(inventory(agent="2.10"), applicationNames="agent"),
        good(inventory(agent="2.10"), applicationNames="agent:2.9", platformType="Linux"),
        bad(inventory(agent="2.10"), "other is not installed", APPLICATIONS, applicationNames="agent, other"),
        bad(inventory(agent="2.10"), "agent:2.11 is not installed", APPLICATIONS, applicationNames="agent:2.11"),
        bad(inventory(agents="2.10"), "agent is not installed", APPLICATIONS, applicationNames="agent"),
        out(inventory(), "not run Windows", applicationNames="agent", platformType="Windows"),
        out(ungathered(), "gathers no applications", applicationNames="agent"),
    ),
    *of(
        "EC2_MANAGEDINSTANCE_PLATFORM_CHECK",
        good(
            inventory(),
            platformType="linux",
            platformName="Amazon Linux",
            platformVersion="2023",
            agentVersion="3.2",
        ),
        bad(inventory("Windows"), "PlatformType is Windows", f"{ABOUT}.PlatformType", platformType="Linux"),
        bad(inventory(), "PlatformName", f"{ABOUT}.PlatformName", platformType="Linux", platformName="Ubuntu"),
        bad(inventory(), "PlatformVersion", f"{ABOUT}.PlatformVersion", platformType="Linux", platformVersion="2"),
        bad(inventory(), "AgentVersion", f"{ABOUT}.AgentVersion", platformType="Linux", agentVersion="3.3"),
    ),
)
CASES = (*INSTANCES, *DISKS, *STARTED, *SYSTEMS)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("machines", CASES) == []


def test_an_instance_of_which_it_is_not_recorded_since_when_it_is_stopped_gets_no_verdict() -> None:
    verdict = judged(STOPPED, {"configuration": instance(state={"name": "stopped"})}, Known())
    assert verdict.compliance == "INSUFFICIENT_DATA"
    assert "not recorded since when" in verdict.annotation
