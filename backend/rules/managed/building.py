"""Managed rules over CodeBuild, CodeDeploy, Elastic Beanstalk, CloudFormation and Amplify."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import (
    ABSENT,
    NOT_TRUE,
    PRESENT,
    TRUE,
    among,
    none_of,
    not_among,
    one_of,
)
from backend.rules.reading import body, listed, number, objects, parsed, split_csv
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, CannotTell, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_KEYS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"})
_OPTIONS = "configuration.optionSettings"
_URL_WITH_NAME = re.compile(r"^https?://[^/@]+@")


def _no_keys(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for place, variable in enumerate(objects(parsed(body(item).get("environment")).get("environmentVariables"))):
        if variable.get("name") in _KEYS and str(variable.get("type") or "PLAINTEXT") == "PLAINTEXT":
            path = f"configuration.environment.environmentVariables.{place}.name"
            return bad(
                f"{variable.get('name')} stands there in the clear.",
                Reason(path, variable.get("name"), "no key of AWS in the clear"),
            )
    return FINE


def _source(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for member in ("source", "secondarySources"):
        for place, source in enumerate(objects(body(item).get(member))):
            if source.get("type") in ("GITHUB", "BITBUCKET", "GITHUB_ENTERPRISE") and _URL_WITH_NAME.match(
                str(source.get("location"))
            ):
                path = f"configuration.{member}.{place}.location"
                return bad(
                    "The address of the repository holds a name or a token.",
                    Reason(path, "(hidden)", "an address without one"),
                )
    return FINE


def _artifacts(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for member in ("artifacts", "secondaryArtifacts"):
        for place, artifact in enumerate(objects(body(item).get(member))):
            if artifact.get("encryptionDisabled") is True:
                return bad(
                    "What is built is not encrypted.",
                    Reason(f"configuration.{member}.{place}.encryptionDisabled", True, "not true"),
                )
    return FINE


def _logs(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    logs = parsed(body(item).get("logsConfig"))
    buckets, groups = (
        split_csv(parameters.get("s3BucketNames") or ""),
        split_csv(parameters.get("cloudWatchGroupNames") or ""),
    )
    cloud, bucket = parsed(logs.get("cloudWatchLogs")), parsed(logs.get("s3Logs"))
    if cloud.get("status") == "ENABLED" and (not groups or cloud.get("groupName") in groups):
        return FINE
    if bucket.get("status") == "ENABLED" and (not buckets or str(bucket.get("location")).split("/")[0] in buckets):
        return FINE
    return bad(
        "The project does not log as asked for.", Reason("configuration.logsConfig", logs, "logs to CloudWatch or S3")
    )


def _option(item: Document, space: str, name: str) -> object:
    settings = body(item).get("optionSettings")
    if isinstance(settings, dict):
        held = parsed(settings.get(space)).get(name)
        return parsed(held).get("value", held)
    for each in objects(settings):
        if each.get("namespace") == space and each.get("optionName") == name:
            return each.get("value")
    return None


def _updates(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    on = _option(item, "aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled")
    if str(on).lower() != "true":
        return bad("Managed updates are off.", Reason(_OPTIONS, str(on), "ManagedActionsEnabled true"))
    wanted = parameters.get("UpdateLevel")
    level = _option(item, "aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel")
    if wanted and str(level).lower() != wanted.lower():
        return bad(f"Updates are taken at the level {level}.", Reason(_OPTIONS, str(level), f"UpdateLevel {wanted}"))
    return FINE


def _health(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    kind = _option(item, "aws:elasticbeanstalk:healthreporting:system", "SystemType")
    if str(kind).lower() == "enhanced":
        return FINE
    return bad(
        "Health is reported in the basic way.", Reason(_OPTIONS, str(kind) if kind else None, "SystemType enhanced")
    )


def _beanstalk_logs(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    space = "aws:elasticbeanstalk:cloudwatch:logs"
    if str(_option(item, space, "StreamLogs")).lower() != "true":
        return bad(
            "Logs do not go to CloudWatch.",
            Reason(_OPTIONS, str(_option(item, space, "StreamLogs")), "StreamLogs true"),
        )
    for parameter in ("RetentionInDays", "DeleteOnTerminate"):
        wanted = parameters.get(parameter)
        if wanted and str(_option(item, space, parameter)).lower() != wanted.lower():
            return bad(
                f"{parameter} is {_option(item, space, parameter)}.",
                Reason(_OPTIONS, str(_option(item, space, parameter)), f"{parameter} {wanted}"),
            )
    return FINE


def _config_name(config: Document) -> Iterator[Json]:
    yield body(config).get("deploymentConfigName")


def _hosts(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    """How many hosts stay healthy is in the deployment configuration that the group names."""
    group = body(item)
    if group.get("computePlatform") not in (None, "Server"):
        return out_of_scope("The group does not deploy to servers.")
    name = group.get("deploymentConfigName")
    if not isinstance(name, str):
        return out_of_scope("The group names no deployment configuration.")
    known = around.keyed("AWS::CodeDeploy::DeploymentConfig", _config_name, recorded=True).get(name, ())
    if not known:
        raise CannotTell(f"It is not recorded how many hosts the deployment configuration {name} keeps.")
    held = parsed(body(known[0]).get("minimumHealthyHosts"))
    of_fleet = held.get("type") == "FLEET_PERCENT"
    asked = number(parameters.get(f"minimumHealthyHosts{'FleetPercent' if of_fleet else 'HostCount'}") or "")
    least, kept = (66 if of_fleet else 1) if asked is None else asked, number(held.get("value")) or 0
    if kept >= least:
        return FINE
    unit = "per cent of the hosts" if of_fleet else "hosts"
    reason = Reason("configuration.deploymentConfigName", name, f"one that keeps {least:g} {unit} or more")
    return bad(f"{name} keeps {kept:g} {unit} healthy.", reason)


_TOPICS = tuple(f"snsTopic{place}" for place in range(1, 6))


def _notifies(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    found = [str(topic) for topic in listed(body(item).get("notificationARNs"))]
    topics = [topic for name in _TOPICS for topic in split_csv(parameters.get(name) or "")]
    if found and (not topics or any(topic in found for topic in topics)):
        return FINE
    said = "none of the topics asked for" if found else "no topic"
    expected = f"a list with one of {', '.join(topics)}" if topics else "a topic"
    return bad(f"The stack tells {said}.", Reason("configuration.notificationARNs", [*found], expected))


CHECKS = (
    Check(
        "CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK",
        "No key of AWS stands in the clear.",
        item=_no_keys,
        reads=("configuration.environment",),
    ),
    Check(
        "CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK",
        "The repository's address holds no name or token.",
        item=_source,
        reads=("configuration.source", "configuration.secondarySources"),
    ),
    Check(
        "CODEBUILD_PROJECT_ARTIFACT_ENCRYPTION",
        "What is built is encrypted.",
        item=_artifacts,
        reads=("configuration.artifacts", "configuration.secondaryArtifacts"),
    ),
    Check(
        "CODEBUILD_PROJECT_LOGGING_ENABLED",
        "The project logs, where the parameters say.",
        item=_logs,
        reads=("configuration.logsConfig",),
    ),
    rule(
        "CODEBUILD_PROJECT_S3_LOGS_ENCRYPTED",
        "Logs in S3 are encrypted.",
        need("logsConfig.s3Logs.encryptionDisabled", NOT_TRUE),
        only=(need("logsConfig.s3Logs.status", one_of("ENABLED")), need("name", not_among("exemptedProjects"))),
    ),
    rule(
        "CODEBUILD_PROJECT_ENVIRONMENT_PRIVILEGED_CHECK",
        "Builds are not privileged.",
        need("environment.privilegedMode", NOT_TRUE),
        only=(need("name", not_among("exemptedProjects")),),
    ),
    rule(
        "CODEBUILD_REPORT_GROUP_ENCRYPTED_AT_REST",
        "Reports are encrypted.",
        need("ExportConfig.S3Destination.EncryptionDisabled", NOT_TRUE),
    ),
    rule(
        "CODEDEPLOY_LAMBDA_ALLATONCE_TRAFFIC_SHIFT_DISABLED",
        "Traffic does not move all at once.",
        need("deploymentConfigName", none_of("CodeDeployDefault.LambdaAllAtOnce")),
        only=(need("computePlatform", one_of("Lambda")),),
    ),
    rule(
        "CODEDEPLOY_AUTO_ROLLBACK_MONITOR_ENABLED",
        "Alarms are watched, and failures undone.",
        need("alarmConfiguration.enabled", TRUE),
        need("autoRollbackConfiguration.enabled", TRUE),
    ),
    rule(
        "CODEDEPLOY_DEPLOYMENT_GROUP_AUTO_ROLLBACK_ENABLED",
        "Failures are undone.",
        need("autoRollbackConfiguration.enabled", TRUE),
    ),
    rule(
        "CODEDEPLOY_DEPLOYMENT_GROUP_OUTDATED_INSTANCES_UPDATE",
        "Outdated instances are updated.",
        need("outdatedInstancesStrategy", none_of("IGNORE")),
    ),
    Check(
        "CODEDEPLOY_EC2_MINIMUM_HEALTHY_HOSTS_CONFIGURED",
        "Enough hosts stay healthy.",
        item=_hosts,
        reads=("configuration.computePlatform", "configuration.deploymentConfigName"),
        around=True,
    ),
    Check(
        "ELASTIC_BEANSTALK_MANAGED_UPDATES_ENABLED",
        "Managed updates are on, at UpdateLevel if given.",
        item=_updates,
        reads=(_OPTIONS,),
    ),
    Check(
        "BEANSTALK_ENHANCED_HEALTH_REPORTING_ENABLED",
        "Health is reported in the enhanced way.",
        item=_health,
        reads=(_OPTIONS,),
    ),
    Check(
        "ELASTIC_BEANSTALK_LOGS_TO_CLOUDWATCH",
        "Logs go to CloudWatch, as the parameters say.",
        item=_beanstalk_logs,
        reads=(_OPTIONS,),
    ),
    Check(
        "CLOUDFORMATION_STACK_NOTIFICATION_CHECK",
        "The stack tells a topic, one of the parameters if given.",
        item=_notifies,
        reads=("configuration.notificationARNs",),
    ),
    rule("CLOUDFORMATION_STACK_SERVICE_ROLE_CHECK", "The stack has a role of its own.", need("roleARN", PRESENT)),
    rule(
        "CLOUDFORMATION_TERMINATION_PROTECTION_CHECK",
        "The stack cannot be deleted by mistake.",
        need("enableTerminationProtection", TRUE),
    ),
    rule(
        "AMPLIFY_APP_BRANCH_AUTO_DELETION_ENABLED",
        "Branches go with those of the repository.",
        need("EnableBranchAutoDeletion", TRUE),
    ),
    rule("AMPLIFY_APP_BUILD_SPEC_CONFIGURED", "The app has a build specification.", need("BuildSpec", PRESENT)),
    rule(
        "AMPLIFY_APP_NO_ENVIRONMENT_VARIABLES",
        "The app has no environment variables.",
        need("EnvironmentVariables", ABSENT),
    ),
    rule(
        "AMPLIFY_APP_PLATFORM_CHECK",
        "The app runs on approvedPlatform.",
        need("Platform", among("approvedPlatform")),
    ),
    rule("AMPLIFY_BRANCH_AUTO_BUILD_ENABLED", "The branch is built by itself.", need("EnableAutoBuild", TRUE)),
    rule("AMPLIFY_BRANCH_BUILD_SPEC_CONFIGURED", "The branch has a build specification.", need("BuildSpec", PRESENT)),
    rule(
        "AMPLIFY_BRANCH_FRAMEWORK_CONFIGURED",
        "The branch names a framework, one of those approved.",
        need("Framework", PRESENT),
        need("Framework", among("approvedFrameworks")),
    ),
    rule("AMPLIFY_BRANCH_PERFORMANCE_MODE_ENABLED", "Performance mode is on.", need("EnablePerformanceMode", TRUE)),
    rule(
        "AMPLIFY_BRANCH_PULL_REQUEST_PREVIEW_ENABLED",
        "Pull requests are shown.",
        need("EnablePullRequestPreview", TRUE),
    ),
)
