"""Changes that come with work: releases, templates, alarms, tags, patches, and people looking around."""

from __future__ import annotations

from random import Random

from backend.engine.around import cloudtrail
from backend.engine.context import Context
from backend.engine.world import estate, inventory, kinds, names, people, services
from backend.engine.world.changes.deeds import deed, pick
from backend.engine.world.people import acting
from backend.model.item import Document

_PATCHES = (
    ("openssl", "3.2.2", "1.amzn2023.0.2"),
    ("kernel", "6.1.153", "175.280.amzn2023"),
    ("curl-minimal", "8.11.1", "4.amzn2023.0.2"),
    ("sudo", "1.9.17", "2.p2.amzn2023.0.1"),
    ("htop", "3.2.1", "87.amzn2023.0.3"),
)
_HOTFIXES = ("KB5066586", "KB5066128", "KB5068791", "KB5070773")
_NOTES = (
    "🚧 migration to EKS in Q1",
    "ask ใน #ops before touching",
    "مراجعة ربع سنوية",
    names.RUNBOOK,
    "cost review ok",
)


def release(ctx: Context, chance: Random) -> bool:
    """The pipeline brings new code of a function out."""
    function = pick(ctx, chance, kinds.FUNCTION)
    if function is None:
        return False
    request: Document = {"functionName": function.name, "publish": False, "dryRun": False}
    fresh = services.code(ctx, ctx.now)
    deed(ctx, people.PIPELINE, "lambda", "UpdateFunctionCode20150331v2", request, function, response=fresh)
    estate.put(ctx, estate.edited(function, **fresh))
    return True


def configure(ctx: Context, chance: Random) -> bool:
    """A function gets more memory or time."""
    function = pick(ctx, chance, kinds.FUNCTION)
    if function is None:
        return False
    choices = [size for size in (256, 512, 1024, 1769) if size != function.configuration["memorySize"]]
    wanted = {"memorySize": chance.choice(choices)}
    request = {"functionName": function.name, **wanted}
    caller = chance.choice(people.DEVELOPERS).caller
    deed(ctx, caller, "lambda", "UpdateFunctionConfiguration20150331v2", request, function)
    estate.put(ctx, estate.edited(function, **wanted, revisionId=ctx.ids.uuid()))
    return True


def new_template_version(ctx: Context, chance: Random) -> bool:
    """A launch template moves to a newer image."""
    template = pick(ctx, chance, kinds.LAUNCH_TEMPLATE)
    if template is None:
        return False
    number = int(template.configuration["LatestVersionNumber"]) + 1
    image = f"ami-0{ctx.ids.hex(16)}"
    requested = {"LaunchTemplateId": template.resource_id, "LaunchTemplateData": {"ImageId": image}}
    request = {"CreateLaunchTemplateVersionRequest": requested}
    deed(ctx, people.PIPELINE, "ec2", "CreateLaunchTemplateVersion", request, template)
    held = {**template.configuration["LaunchTemplateData"], "ImageId": image}
    estate.put(ctx, estate.edited(template, LatestVersionNumber=str(number), LaunchTemplateData=held))
    return True


def tune_alarm(ctx: Context, chance: Random) -> bool:
    """Somebody is woken too often and moves a threshold."""
    alarm = pick(ctx, chance, kinds.ALARM)
    if alarm is None:
        return False
    threshold = round(alarm.configuration["threshold"] * chance.choice((0.8, 0.9, 1.1, 1.25)), 2)
    request = {"alarmName": alarm.name, "threshold": threshold}
    deed(ctx, chance.choice(people.OPERATORS).in_console, "cloudwatch", "PutMetricAlarm", request, alarm)
    estate.put(ctx, estate.edited(alarm, threshold=threshold, alarmConfigurationUpdatedTimestamp=ctx.now))
    return True


def retag(ctx: Context, chance: Random) -> bool:
    """A person tags something: a note, or what the standard asks for."""
    kind = chance.choice((kinds.INSTANCE, kinds.VOLUME, kinds.SECURITY_GROUP, kinds.SUBNET, kinds.EIP))
    found = pick(ctx, chance, kind)
    if found is None:
        return False
    team = chance.choice(list(names.TEAMS.values()))
    added = {"Note": chance.choice(_NOTES)}
    if "CostCenter" not in found.tags:
        added = {"CostCenter": team.cost_center, "Environment": "sandbox"}
    request = {
        "resourcesSet": {"items": [{"resourceId": found.resource_id}]},
        "tagSet": {"items": [{"key": key, "value": value} for key, value in added.items()]},
    }
    deed(ctx, chance.choice(people.PEOPLE).in_console, "ec2", "CreateTags", request, found)
    estate.put(ctx, estate.tagged(found, {**found.tags, **added}))
    return True


def patch(ctx: Context, chance: Random) -> bool:
    """Software is installed on a managed machine; its inventory tells so at the next collection."""
    machine = pick(ctx, chance, kinds.INVENTORY)
    if machine is None:
        return False
    if "AWS:WindowsUpdate" in machine.configuration:
        update = chance.choice(_HOTFIXES)
        values: Document = {
            "HotFixId": update,
            "Description": "Security Update",
            "InstalledTime": "Wednesday, October 15, 2025 12:00:00 AM",
            "InstalledBy": "NT AUTHORITY\\SYSTEM",
        }
        changed = inventory.with_entry(machine, "AWS:WindowsUpdate", update, values, ctx.now)
    else:
        name, version, number = chance.choice(_PATCHES)
        values = inventory.package(name, version, number, ctx.now)
        changed = inventory.with_entry(machine, "AWS:Application", name, values, ctx.now)
    deed(ctx, people.SSM, "ssm", "PutInventory", {"instanceId": machine.resource_id}, machine)
    estate.put(ctx, changed)
    return True


def look_around(ctx: Context, chance: Random) -> bool:
    """Somebody signs in and only looks: nothing changes, the trail shows it all the same."""
    person = chance.choice(people.PEOPLE)
    user = estate.by_name(ctx, kinds.USER, person.user)
    cloudtrail.record(
        acting(ctx, person.in_console),
        source="signin",
        name="ConsoleLogin",
        request=None,
        response={"ConsoleLogin": "Success"},
        resources=[(user.resource_type, user.resource_id)] if user else (),
        event_type="AwsConsoleSignIn",
    )
    for service, name in chance.sample(
        (
            ("ec2", "DescribeInstances"),
            ("ec2", "DescribeSecurityGroups"),
            ("rds", "DescribeDBInstances"),
            ("config", "DescribeComplianceByConfigRule"),
            ("iam", "ListUsers"),
            ("cloudtrail", "LookupEvents"),
        ),
        2,
    ):
        deed(ctx, person.in_console, service, name, None, read_only=True)
    return True
