"""Changes of servers: stopped and started, scaled out and in, volumes moved about."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from backend.engine.around import ssm_nodes
from backend.engine.context import Caller, Context
from backend.engine.world import addresses, compute, estate, fleets, kinds, people
from backend.engine.world.addresses import Subnet
from backend.engine.world.changes.deeds import deed, linked, pick
from backend.engine.world.compute import Disk, Server
from backend.engine.world.estate import Resource
from backend.engine.world.network import Network
from backend.model.item import Document, ResourceKey
from backend.model.moment import to_iso

AMAZON = "amazon"


def stop_somewhere(ctx: Context, chance: Random) -> bool:
    """Somebody, or the scheduler, stops a server that is not production's."""
    found = pick(ctx, chance, kinds.INSTANCE, lambda server: _state(server) == "running" and not _kept(server))
    if found is None:
        return False
    stop(ctx, found, chance.choice((people.SCHEDULER, people.ARJUN.caller, people.NURUL.in_console)))
    return True


def start_somewhere(ctx: Context, chance: Random) -> bool:
    found = pick(ctx, chance, kinds.INSTANCE, lambda server: _state(server) == "stopped" and bool(server.tags))
    if found is None:
        return False
    start(ctx, found, chance.choice((people.SCHEDULER, people.SOFIA.caller, people.KENJI.in_console)))
    return True


def stop(ctx: Context, server: Resource, caller: Caller) -> None:
    """Stop an instance; it loses a public address that is not an elastic one."""
    when = datetime.fromtimestamp(ctx.now // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S GMT")
    held = server.configuration["networkInterfaces"][0]
    loses = held.get("association", {}).get("ipOwnerId") == AMAZON
    interface = [_interface(held)] if loses else []
    deed(ctx, caller, "ec2", "StopInstances", _instances(server) | {"force": False}, server, also=interface)
    stopped = estate.edited(
        server,
        state=compute.STOPPED,
        stateTransitionReason=f"User initiated ({when})",
        stateReason={"code": "Client.UserInitiatedShutdown", "message": "Client.UserInitiatedShutdown"},
    )
    if loses:
        stopped = _with_address(ctx, stopped, "")
    estate.put(ctx, stopped)


def start(ctx: Context, server: Resource, caller: Caller) -> None:
    """Start an instance; in a subnet that gives public addresses it gets a new one."""
    body = {key: value for key, value in server.configuration.items() if key != "stateReason"}
    running = estate.changed(
        server,
        configuration={**body, "state": compute.RUNNING, "stateTransitionReason": "", "launchTime": to_iso(ctx.now)},
    )
    held = body["networkInterfaces"][0]
    subnet = estate.get(ctx, kinds.SUBNET, body["subnetId"], server.region)
    gains = bool(subnet and subnet.configuration["mapPublicIpOnLaunch"] and "association" not in held)
    interface = [_interface(held)] if gains else []
    deed(ctx, caller, "ec2", "StartInstances", _instances(server), server, also=interface)
    if gains:
        running = _with_address(ctx, running, addresses.public_address(ctx))
    estate.put(ctx, running)


def scale_out(ctx: Context, chance: Random) -> bool:
    """An Auto Scaling group under load starts one more instance."""
    group = pick(
        ctx,
        chance,
        kinds.AUTO_SCALING_GROUP,
        lambda group: 0 < len(group.configuration["instances"]) < group.configuration["maxSize"],
    )
    if group is None:
        return False
    body = group.configuration
    model = estate.get(ctx, kinds.INSTANCE, body["instances"][0]["instanceId"])
    subnet = estate.get(ctx, kinds.SUBNET, chance.choice(body["vpczoneIdentifier"].split(",")))
    if model is None or subnet is None:
        return False
    used = compute_like(ctx, model, subnet)
    made = compute.launch(ctx, used[0], used[1], ctx.now)
    template = body["launchTemplate"]
    request: Document = {
        "launchTemplate": {"launchTemplateId": template["launchTemplateId"], "version": "$Latest"},
        "minCount": 1,
        "maxCount": 1,
        "subnetId": subnet.resource_id,
        "clientToken": made.configuration["clientToken"],
    }
    response = {"instancesSet": {"items": [{"instanceId": made.resource_id, "instanceState": compute.RUNNING}]}}
    deed(ctx, people.AUTOSCALING, "ec2", "RunInstances", request, made, group, also=linked(made), response=response)
    member = fleets.member(made, (template["launchTemplateId"], template["launchTemplateName"]))
    _resize(ctx, group, [*body["instances"], member])
    return True


def scale_in(ctx: Context, chance: Random) -> bool:
    """An idle Auto Scaling group ends its newest instance."""
    group = pick(
        ctx,
        chance,
        kinds.AUTO_SCALING_GROUP,
        lambda group: len(group.configuration["instances"]) > group.configuration["minSize"] + 1,
    )
    if group is None:
        return False
    members = group.configuration["instances"]
    server = estate.get(ctx, kinds.INSTANCE, members[-1]["instanceId"])
    _resize(ctx, group, members[:-1])
    if server is not None:
        terminate(ctx, server, people.AUTOSCALING, group)
    return True


def terminate(ctx: Context, server: Resource, caller: Caller, *groups: Resource) -> None:
    """End an instance; its interfaces go with it, and the volumes that are set to. `groups` scale it in."""
    deed(ctx, caller, "ec2", "TerminateInstances", _instances(server), server, *groups, also=linked(server))
    ssm_nodes.terminated(ctx, server.resource_id)
    estate.remove(ctx, kinds.INSTANCE, server.resource_id)
    for interface in server.configuration["networkInterfaces"]:
        estate.remove(ctx, kinds.NETWORK_INTERFACE, interface["networkInterfaceId"])
    for mapping in server.configuration["blockDeviceMappings"]:
        disk = mapping["ebs"]
        if disk["deleteOnTermination"]:
            estate.remove(ctx, kinds.VOLUME, disk["volumeId"])
            continue
        left = estate.get(ctx, kinds.VOLUME, disk["volumeId"])
        if left is not None:
            estate.put(ctx, _loose(left))


def detach(ctx: Context, chance: Random) -> bool:
    """A data volume is taken off a server."""
    volume = pick(
        ctx,
        chance,
        kinds.VOLUME,
        _movable,
    )
    if volume is None:
        return False
    entry = volume.configuration["attachments"][0]
    server = estate.get(ctx, kinds.INSTANCE, entry["instanceId"])
    if server is None:
        return False
    request = {"volumeId": volume.resource_id, "instanceId": server.resource_id, "device": entry["device"]}
    deed(ctx, people.ZOE.caller, "ec2", "DetachVolume", request, volume, server)
    kept = [
        mapping
        for mapping in server.configuration["blockDeviceMappings"]
        if mapping["ebs"]["volumeId"] != volume.resource_id
    ]
    links = tuple(link for link in server.links if link.resource_id != volume.resource_id)
    estate.put(ctx, _loose(volume))
    estate.put(ctx, estate.changed(estate.edited(server, blockDeviceMappings=kept), links=links))
    return True


def attach(ctx: Context, chance: Random) -> bool:
    """A volume attached to nothing goes to a server of its zone."""
    volume = pick(
        ctx,
        chance,
        kinds.VOLUME,
        lambda volume: not volume.configuration["attachments"] and volume.configuration["encrypted"],
    )
    if volume is None:
        return False
    server = pick(
        ctx,
        chance,
        kinds.INSTANCE,
        lambda server: (
            server.zone == volume.zone
            and "aws:autoscaling:groupName" not in server.tags
            and len(server.configuration["blockDeviceMappings"]) < 3
        ),
    )
    if server is None:
        return False
    taken = {mapping["deviceName"] for mapping in server.configuration["blockDeviceMappings"]}
    device = next(name for name in ("/dev/sdf", "/dev/sdg", "/dev/sdh", "/dev/sdi") if name not in taken)
    request = {"volumeId": volume.resource_id, "instanceId": server.resource_id, "device": device}
    deed(ctx, people.ZOE.caller, "ec2", "AttachVolume", request, volume, server)
    entry = compute.attachment(volume.resource_id, server.resource_id, device, ctx.now, False)
    held = estate.edited(volume, attachments=[entry], state="in-use")
    link = estate.Link("Is attached to Instance", kinds.INSTANCE, server.resource_id)
    estate.put(ctx, estate.changed(held, links=(link,)))
    mapping = compute.mapping(device, volume.resource_id, ctx.now, False)
    more = estate.edited(server, blockDeviceMappings=[*server.configuration["blockDeviceMappings"], mapping])
    estate.put(ctx, estate.changed(more, links=(*server.links, compute.attached_volume(volume.resource_id))))
    return True


def compute_like(ctx: Context, model: Resource, subnet: Resource) -> tuple[Network, Server]:
    """What to launch, and where, to get one more of an instance in a subnet of its VPC."""
    body = model.configuration
    disks = []
    for mapping in body["blockDeviceMappings"][:1]:
        disk = estate.get(ctx, kinds.VOLUME, mapping["ebs"]["volumeId"])
        size, key = (disk.configuration["size"], disk.configuration.get("kmsKeyId", "")) if disk else (30, "")
        disks.append(Disk(mapping["deviceName"], size, key))
    place = Subnet(subnet.resource_id, subnet.zone or "", subnet.configuration["cidrBlock"])
    server = Server(
        model.tags.get("Name", ""),
        place,
        [(group["groupId"], group["groupName"]) for group in body["securityGroups"]],
        {key: value for key, value in model.tags.items() if not key.startswith("aws:")},
        disks,
        body["instanceType"],
        body["imageId"],
        profile=body.get("iamInstanceProfile", {}).get("arn", "").rsplit("/", 1)[-1],
        extra={key: value for key, value in model.tags.items() if key.startswith("aws:")},
    )
    return Network(body["vpcId"], "", model.tags.get("Environment", ""), (), (place,), ""), server


def _resize(ctx: Context, group: Resource, members: list[Document]) -> None:
    resized = estate.edited(group, instances=members, desiredCapacity=len(members))
    estate.put(ctx, estate.changed(resized, links=fleets.group_links(resized.configuration)))


def _with_address(ctx: Context, server: Resource, public: str) -> Resource:
    """An instance with another public address, or with none; its interface is changed with it."""
    body = dict(server.configuration)
    held = body["networkInterfaces"][0]
    shown = {"association": compute.association(ctx, public)} if public else {}
    private = {key: value for key, value in held["privateIpAddresses"][0].items() if key != "association"}
    inner = {key: value for key, value in held.items() if key != "association"}
    fields = {"privateIpAddresses": [{**private, **shown}], **shown}
    body.pop("publicIpAddress", None)
    if public:
        body["publicIpAddress"] = public
    body["publicDnsName"] = compute.public_name(ctx, public) if public else ""
    body["networkInterfaces"] = [{**inner, **fields}]
    interface = estate.get(ctx, kinds.NETWORK_INTERFACE, held["networkInterfaceId"])
    if interface is not None:
        kept = {key: value for key, value in interface.configuration.items() if key != "association"}
        estate.put(ctx, estate.changed(interface, configuration={**kept, **fields}))
    return estate.changed(server, configuration=body)


def _loose(volume: Resource) -> Resource:
    return estate.changed(estate.edited(volume, attachments=[], state="available"), links=())


def _instances(server: Resource) -> Document:
    return {"instancesSet": {"items": [{"instanceId": server.resource_id}]}}


def _interface(described: Document) -> ResourceKey:
    """The interface that an instance shows."""
    return ResourceKey(kinds.NETWORK_INTERFACE, described["networkInterfaceId"])


def _state(server: Resource) -> str:
    name: str = server.configuration["state"]["name"]
    return name


def _movable(volume: Resource) -> bool:
    """Data volumes that somebody looks after; nobody touches those of the old ERP."""
    body = volume.configuration
    return bool(body["encrypted"]) and any(not entry["deleteOnTermination"] for entry in body["attachments"])


def _kept(server: Resource) -> bool:
    """Servers that nobody stops on an ordinary day."""
    return server.tags.get("Environment") == "prod" or "aws:autoscaling:groupName" in server.tags
