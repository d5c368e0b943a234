"""Managed rules over instances, their disks and what starts them."""

from __future__ import annotations

import re

from backend.model.item import Document
from backend.model.moment import DAY
from backend.rules.expectations import (
    ABSENT,
    NOT_TRUE,
    PRESENT,
    TRUE,
    among,
    at_most,
    at_most_given,
    equal_to,
    given_true,
    key_among,
    none_of,
    one_of,
)
from backend.rules.moments import moment_of
from backend.rules.reading import body, given_number, listed, objects, parsed, split_csv, truth
from backend.rules.table import need, need_any, rule, sentence
from backend.rules.verdict import (
    FINE,
    CannotTell,
    Check,
    ItemCheck,
    Parameters,
    Reason,
    Surroundings,
    Verdict,
    bad,
    out_of_scope,
)

_NUMBER = re.compile(r"\d+")
_INSTANCE_STORE_FAMILIES = ("t1", "t2", "m1", "m2", "m3", "c1", "c3", "g2", "i2", "r3", "hs1")
"""Families of which no size, or not each, takes EBS optimisation."""


def _volume_encrypted(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    volume = body(item)
    state = volume.get("state")
    state = state.get("value") if isinstance(state, dict) else state
    if not volume.get("attachments") and state != "in-use":
        return out_of_scope("The volume is not attached to an instance.")
    encrypted = volume.get("encrypted")
    if not encrypted:
        return bad("The volume is attached and not encrypted.", Reason("configuration.encrypted", encrypted, "true"))
    wanted, key = key_among("kmsId"), volume.get("kmsKeyId")
    if wanted.asked(parameters) and not wanted.holds(key, parameters):
        reason = Reason("configuration.kmsKeyId", key, wanted.words(parameters))
        return bad("The volume is encrypted with another key than the one asked for.", reason)
    return FINE


def _no_public_address(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    instance = body(item)
    addresses = [("configuration.publicIpAddress", instance.get("publicIpAddress"))]
    for place, interface in enumerate(objects(instance.get("networkInterfaces"))):
        path = f"configuration.networkInterfaces.{place}.association.publicIp"
        addresses.append((path, parsed(interface.get("association")).get("publicIp")))
    for path, address in addresses:
        if address:
            return bad(f"The instance has the public address {address}.", Reason(path, address, "not set"))
    return FINE


def _managed_by_ssm(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if item.get("resourceType") != _INSTANCE:
        return out_of_scope("The instance it belongs to is judged.")
    if parsed(body(item).get("state")).get("name") not in ("running", None):
        return out_of_scope("The instance is not running.")
    if around.recorded("AWS::SSM::ManagedInstanceInventory", str(item.get("resourceId"))) is not None:
        return FINE
    return bad("Systems Manager has no inventory of the instance.", Reason("", None, "an inventory of Systems Manager"))


def _stopped_for_long(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    instance = body(item)
    if parsed(instance.get("state")).get("name") != "stopped":
        return FINE
    days = given_number(parameters, "AllowedDays", 30)
    said = str(instance.get("stateTransitionReason") or "")
    since = moment_of(said.partition("(")[2].rstrip(")"))
    if since is None:
        raise CannotTell("It is not recorded since when the instance is stopped.")
    if around.now - since > days * DAY:
        reason = Reason("configuration.stateTransitionReason", said, f"stopped for {days:g} days at most")
        return bad(f"The instance has been stopped for more than {days:g} days.", reason)
    return FINE


def _ebs_optimized(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    instance = body(item)
    kind = str(instance.get("instanceType") or "")
    if kind.split(".")[0] in _INSTANCE_STORE_FAMILIES:
        return out_of_scope(f"Instances of type {kind} cannot be optimised for EBS.")
    if instance.get("ebsOptimized") is True:
        return FINE
    return bad(
        "The instance is not optimised for EBS.",
        Reason("configuration.ebsOptimized", instance.get("ebsOptimized"), "true"),
    )


def _interfaces(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    wanted = split_csv(parameters.get("NetworkInterfaceIds") or "")
    interfaces = [each.get("networkInterfaceId") for each in objects(body(item).get("networkInterfaces"))]
    if wanted and not set(interfaces) & set(wanted):
        return out_of_scope("The instance has none of the interfaces of the parameters.")
    if len(interfaces) > 1:
        reason = Reason("configuration.networkInterfaces", len(interfaces), "one network interface")
        return bad(f"The instance has {len(interfaces)} network interfaces.", reason)
    return FINE


def _template_addresses(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if item.get("resourceId") in split_csv(parameters.get("exemptedLaunchTemplates") or ""):
        return out_of_scope("exemptedLaunchTemplates names it.")
    data = parsed(body(item).get("LaunchTemplateData"))
    for place, interface in enumerate(objects(data.get("NetworkInterfaces"))):
        if truth(found := interface.get("AssociatePublicIpAddress")) is True:
            path = f"configuration.LaunchTemplateData.NetworkInterfaces.{place}.AssociatePublicIpAddress"
            return bad("The template gives instances a public address.", Reason(path, found, "not true"))
    return FINE


def _template_volumes(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    data = parsed(body(item).get("LaunchTemplateData"))
    reasons = _unencrypted(data, "configuration.LaunchTemplateData")
    return bad(sentence(reasons), *reasons) if reasons else FINE


def _fleet_volumes(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    data = parsed(body(item).get("SpotFleetRequestConfigData"))
    if data.get("LaunchTemplateConfigs") and not data.get("LaunchSpecifications"):
        return out_of_scope("The fleet uses launch templates.")
    top = "configuration.SpotFleetRequestConfigData.LaunchSpecifications"
    specifications = enumerate(objects(data.get("LaunchSpecifications")))
    reasons = [reason for place, each in specifications for reason in _unencrypted(each, f"{top}.{place}")]
    return bad(sentence(reasons), *reasons) if reasons else FINE


def _unencrypted(starting: Document, path: str) -> list[Reason]:
    """What starts instances with volumes that are not encrypted. Mappings without `Ebs` are of no volume: they are of
    an instance store, or leave a device of the image out."""
    return [
        Reason(f"{path}.BlockDeviceMappings.{place}.Ebs.Encrypted", parsed(mapping["Ebs"]).get("Encrypted"), "true")
        for place, mapping in enumerate(objects(starting.get("BlockDeviceMappings")))
        if mapping.get("Ebs") and truth(parsed(mapping["Ebs"]).get("Encrypted")) is not True
    ]


def _group_health(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    group = body(item)
    if not any(listed(group.get(name)) for name in ("loadBalancerNames", "targetGroupARNs")):
        return out_of_scope("The group is behind no load balancer.")
    kind = str(group.get("healthCheckType"))
    if "ELB" in kind.split(","):
        return FINE
    return bad(
        "The group does not ask its load balancer for the health of instances.",
        Reason("configuration.healthCheckType", kind, "ELB"),
    )


def _zones(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    zones = listed(body(item).get("availabilityZones"))
    least = given_number(parameters, "minAvailabilityZones", 2)
    if len(zones) >= least:
        return FINE
    return bad(
        f"The group is in {len(zones)} zones.",
        Reason("configuration.availabilityZones", list(zones), f"{least:g} or more"),
    )


def _several_types(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    policy = parsed(body(item).get("mixedInstancesPolicy"))
    overrides = listed(parsed(policy.get("launchTemplate")).get("overrides"))
    types = {each.get("instanceType") for each in overrides if isinstance(each, dict)}
    if len(types) > 1 or any(isinstance(each, dict) and each.get("instanceRequirements") for each in overrides):
        return FINE
    reason = Reason(
        "configuration.mixedInstancesPolicy.launchTemplate.overrides", overrides, "two or more instance types"
    )
    return bad("The group starts instances of one type only.", reason)


def _applications(*, wanted: bool) -> ItemCheck:
    """Names are compared exactly; a version is the least that will do, or the one that must not be there."""
    fits = _no_older if wanted else str.__eq__

    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        inventory = body(item)
        platform = parameters.get("platformType")
        about = parsed(parsed(inventory.get("AWS:InstanceInformation")).get("Content")).values()
        if platform and not any(isinstance(one, dict) and one.get("PlatformType") == platform for one in about):
            return out_of_scope(f"The instance does not run {platform}.")
        if "AWS:Application" not in inventory:
            return out_of_scope("Systems Manager gathers no applications of the instance.")
        there = parsed(parsed(inventory.get("AWS:Application")).get("Content"))
        for asked in split_csv(parameters.get("applicationNames") or ""):
            name, _colon, version = asked.partition(":")
            found = [
                key
                for key, value in there.items()
                if name in (key, parsed(value).get("Name"))
                and (not version or fits(str(parsed(value).get("Version")), version))
            ]
            if bool(found) != wanted:
                path = "configuration.AWS:Application.Content"
                if wanted:
                    return bad(f"{asked} is not installed.", Reason(path, None, asked))
                return bad(f"{found[0]} is installed.", Reason(f"{path}.{found[0]}", found[0], f"not {asked}"))
        return FINE

    return judge


def _no_older(found: str, least: str) -> bool:
    """Whether a version is that asked for, or a later one."""
    there, asked = ([int(part) for part in _NUMBER.findall(each)] for each in (found, least))
    return there >= asked


def _platform(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for name, about in parsed(parsed(body(item).get("AWS:InstanceInformation")).get("Content")).items():
        one = parsed(about)
        for member, parameter in (
            ("PlatformType", "platformType"),
            ("PlatformName", "platformName"),
            ("PlatformVersion", "platformVersion"),
            ("AgentVersion", "agentVersion"),
        ):
            wanted = parameters.get(parameter)
            if wanted and str(one.get(member)).lower() != wanted.lower():
                path = f"configuration.AWS:InstanceInformation.Content.{name}.{member}"
                return bad(f"The {member} is {one.get(member)}, not {wanted}.", Reason(path, one.get(member), wanted))
    return FINE


_INSTANCE = "AWS::EC2::Instance"
_SSM_READS = ("configuration.AWS:InstanceInformation", "configuration.AWS:Application")

_OF_USERS = ("lambda", "aws_codestar_connections_managed", "branch", "efa", "interface", "quicksight")
"""Types of network interfaces (developer guide)."""

CHECKS = (
    Check(
        "ENCRYPTED_VOLUMES",
        "A volume in use is encrypted, with the key of kmsId if one is named.",
        item=_volume_encrypted,
        reads=("configuration.attachments", "configuration.state", "configuration.encrypted", "configuration.kmsKeyId"),
    ),
    Check(
        "EC2_INSTANCE_NO_PUBLIC_IP",
        "No network interface of the instance has a public address.",
        item=_no_public_address,
        reads=("configuration.publicIpAddress", "configuration.networkInterfaces"),
    ),
    Check(
        "EC2_INSTANCE_MANAGED_BY_SSM",
        "Systems Manager keeps an inventory of the running instance.",
        item=_managed_by_ssm,
        reads=("configuration.state", "resourceId"),
        around=True,
    ),
    Check(
        "EC2_STOPPED_INSTANCE",
        "The instance has not been stopped for more than AllowedDays.",
        item=_stopped_for_long,
        reads=("configuration.state", "configuration.stateTransitionReason"),
        around=True,
    ),
    Check(
        "EBS_OPTIMIZED_INSTANCE",
        "The instance is optimised for EBS where its type can be.",
        item=_ebs_optimized,
        reads=("configuration.instanceType", "configuration.ebsOptimized"),
    ),
    Check(
        "EC2_INSTANCE_MULTIPLE_ENI_CHECK",
        "The instance has one network interface.",
        item=_interfaces,
        reads=("configuration.networkInterfaces",),
    ),
    rule(
        "INSTANCES_IN_VPC",
        "The instance is in a VPC, that of vpcId if one is named.",
        need("vpcId", PRESENT),
        need("vpcId", equal_to("vpcId")),
    ),
    rule(
        "EC2_INSTANCE_PROFILE_ATTACHED",
        "The instance has an instance profile, one of the list if one is given.",
        need("iamInstanceProfile.arn", PRESENT),
        need("iamInstanceProfile.arn", among("IamInstanceProfileArnList")),
    ),
    rule(
        "EC2_IMDSV2_CHECK",
        "The metadata of the instance needs a token.",
        need("metadataOptions.httpTokens", one_of("required")),
    ),
    rule(
        "EC2_TOKEN_HOP_LIMIT_CHECK",
        "The metadata token goes over tokenHopLimit hops at most, 1 if none is given.",
        need("metadataOptions.httpPutResponseHopLimit", at_most_given("tokenHopLimit", 1)),
        only=(need("metadataOptions", PRESENT),),
    ),
    rule(
        "EC2_INSTANCE_DETAILED_MONITORING_ENABLED",
        "Detailed monitoring is on.",
        need("monitoring.state", one_of("enabled", "pending")),
    ),
    rule(
        "EC2_NO_AMAZON_KEY_PAIR",
        "The running instance was started without a key pair.",
        need("keyName", ABSENT),
        only=(need("state.name", one_of("running")),),
    ),
    rule(
        "EC2_PARAVIRTUAL_INSTANCE_CHECK",
        "The instance is no paravirtual one.",
        need("virtualizationType", none_of("paravirtual")),
    ),
    rule(
        "DESIRED_INSTANCE_TYPE",
        "The instance is of one of the types of instanceType.",
        need("instanceType", among("instanceType")),
    ),
    rule(
        "DESIRED_INSTANCE_TENANCY",
        "The instance has the tenancy of the parameters.",
        need("placement.tenancy", equal_to("tenancy")),
        need("placement.hostId", among("hostId")),
        only=(need("imageId", among("imageId")),),
    ),
    rule("APPROVED_AMIS_BY_ID", "The image is one of amiIds.", need("imageId", among("amiIds"))),
    rule(
        "EC2_VOLUME_INUSE_CHECK",
        "The volume is attached, and goes with its instance if deleteOnTermination asks for it.",
        need_any("attachments[].state", one_of("attached", "attaching")),
        need("attachments[].deleteOnTermination", given_true("deleteOnTermination", TRUE)),
    ),
    rule(
        "EIP_ATTACHED", "The address is attached to an instance or a network interface.", need("associationId", PRESENT)
    ),
    rule(
        "EC2_ENIS_SOURCE_DESTINATION_CHECK_ENABLED",
        "The interface checks source and destination, where it is of a type that users manage.",
        need("sourceDestCheck", TRUE),
        only=(need("interfaceType", one_of(*_OF_USERS)),),
    ),
    Check(
        "EC2_LAUNCH_TEMPLATE_PUBLIC_IP_DISABLED",
        "No network interface of the template gets a public address.",
        item=_template_addresses,
        reads=("configuration.LaunchTemplateData", "resourceId"),
    ),
    rule(
        "EC2_LAUNCH_TEMPLATE_IMDSV2_CHECK",
        "Instances of the template need a token for metadata.",
        need("LaunchTemplateData.MetadataOptions.HttpTokens", one_of("required")),
    ),
    Check(
        "EC2_LAUNCH_TEMPLATES_EBS_VOLUME_ENCRYPTED",
        "Each volume of the template is encrypted.",
        item=_template_volumes,
        reads=("configuration.LaunchTemplateData",),
    ),
    Check(
        "EC2_LAUNCHTEMPLATE_EBS_ENCRYPTED",
        "Each volume of the template is encrypted.",
        item=_template_volumes,
        reads=("configuration.LaunchTemplateData",),
    ),
    Check(
        "EC2_SPOT_FLEET_REQUEST_CT_ENCRYPTION_AT_REST",
        "Each volume of the fleet is encrypted.",
        item=_fleet_volumes,
        reads=("configuration.SpotFleetRequestConfigData",),
    ),
    rule(
        "EBS_SNAPSHOT_BLOCK_PUBLIC_ACCESS",
        "All public sharing of snapshots is blocked.",
        need("State", one_of("block-all-sharing")),
    ),
    rule(
        "EC2_CLIENT_VPN_CONNECTION_LOG_ENABLED",
        "The endpoint logs connections.",
        need("ConnectionLogOptions.Enabled", TRUE),
    ),
    Check(
        "AUTOSCALING_GROUP_ELB_HEALTHCHECK_REQUIRED",
        "A group behind a load balancer uses its health checks.",
        item=_group_health,
        reads=("configuration.loadBalancerNames", "configuration.targetGroupARNs", "configuration.healthCheckType"),
    ),
    Check(
        "AUTOSCALING_MULTIPLE_AZ",
        "The group is in several zones, minAvailabilityZones if given.",
        item=_zones,
        reads=("configuration.availabilityZones",),
    ),
    Check(
        "AUTOSCALING_MULTIPLE_INSTANCE_TYPES",
        "The group may start instances of several types.",
        item=_several_types,
        reads=("configuration.mixedInstancesPolicy",),
    ),
    rule(
        "AUTOSCALING_CAPACITY_REBALANCING",
        "A group of several instance types has capacity rebalancing on.",
        need("capacityRebalance", TRUE),
        only=(need("mixedInstancesPolicy", PRESENT),),
    ),
    rule(
        "AUTOSCALING_LAUNCH_TEMPLATE",
        "The group uses a launch template.",
        need("launchTemplate", PRESENT),
        need("mixedInstancesPolicy.launchTemplate", PRESENT),
        either=True,
    ),
    rule(
        "AUTOSCALING_LAUNCH_CONFIG_PUBLIC_IP_DISABLED",
        "Instances get no public address.",
        need("associatePublicIpAddress", NOT_TRUE),
    ),
    rule(
        "AUTOSCALING_LAUNCHCONFIG_REQUIRES_IMDSV2",
        "Metadata needs a token.",
        need("metadataOptions.httpTokens", one_of("required")),
    ),
    rule(
        "AUTOSCALING_LAUNCH_CONFIG_HOP_LIMIT",
        "The metadata token goes over one hop at most.",
        need("metadataOptions.httpPutResponseHopLimit", at_most(1)),
        only=(need("metadataOptions", PRESENT),),
    ),
    rule(
        "EC2_MANAGEDINSTANCE_ASSOCIATION_COMPLIANCE_STATUS_CHECK",
        "The association has done what it should.",
        need("AWS:ComplianceItem.Content.Association{}.Status|status", one_of("COMPLIANT")),
    ),
    rule(
        "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK",
        "The patches are those that should be there.",
        need("AWS:ComplianceItem.Content.Patch{}.Status|status", one_of("COMPLIANT")),
    ),
    Check(
        "EC2_MANAGEDINSTANCE_APPLICATIONS_BLACKLISTED",
        "None of applicationNames is installed.",
        item=_applications(wanted=False),
        reads=_SSM_READS,
    ),
    Check(
        "EC2_MANAGEDINSTANCE_APPLICATIONS_REQUIRED",
        "Each of applicationNames is installed.",
        item=_applications(wanted=True),
        reads=_SSM_READS,
    ),
    Check(
        "EC2_MANAGEDINSTANCE_PLATFORM_CHECK",
        "The instance runs the platform of the parameters.",
        item=_platform,
        reads=("configuration.AWS:InstanceInformation",),
    ),
)
