"""Changes that come with work: releases, templates, alarms, tags, and people looking around."""

from __future__ import annotations

from random import Random

from backend.engine.around import cloudtrail
from backend.engine.context import Context
from backend.engine.world import containers, estate, kinds, names, people, services
from backend.engine.world.changes.deeds import deed, pick
from backend.engine.world.people import acting
from backend.model.item import Document

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


def renew_containers(ctx: Context, chance: Random) -> bool:
    """The pipeline brings a new image of a service out: its task definition gets a revision, the service is told."""
    service = pick(ctx, chance, kinds.SERVICE)
    arn = service.configuration["TaskDefinition"] if service else ""
    family = arn.rpartition("/")[2].partition(":")[0]
    definition = estate.get(ctx, kinds.TASK_DEFINITION, family) if family else None
    if service is None or definition is None:
        return False
    made = containers.renewed(ctx, definition)
    request = {"family": family, "containerDefinitions": made.configuration["ContainerDefinitions"]}
    deed(ctx, people.PIPELINE, "ecs", "RegisterTaskDefinition", request, definition)
    estate.put(ctx, made)
    update = {"cluster": service.configuration["Cluster"], "service": service.name, "taskDefinition": made.arn}
    deed(ctx, people.PIPELINE, "ecs", "UpdateService", update, service)
    estate.put(ctx, estate.edited(service, TaskDefinition=made.arn))
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
