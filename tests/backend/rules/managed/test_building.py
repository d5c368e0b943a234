"""What the rules over CodeBuild, CodeDeploy, Elastic Beanstalk, CloudFormation and Amplify say."""

from __future__ import annotations

import pytest

from backend.model.item import Document, Json
from backend.rules.verdict import INSUFFICIENT_DATA
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, other, out, prove, prove_reads
from tests.backend.rules.surroundings import judged

TOPIC = "arn:aws:sns:ap-southeast-1:111122223333:stacks"


def project(**changes: Json) -> Document:
    return {
        "name": "web",
        "source": [{"type": "GITHUB", "location": "https://github.com/example/web.git"}],
        "secondarySources": [],
        "artifacts": [{"type": "S3", "location": "artifacts", "encryptionDisabled": False}],
        "secondaryArtifacts": [],
        "environment": environment(),
        "logsConfig": {
            "cloudWatchLogs": {"status": "ENABLED", "groupName": "/builds"},
            "s3Logs": {"status": "ENABLED", "location": "logs/builds", "encryptionDisabled": False},
        },
        **changes,
    }


def environment(*variables: Document, privileged: bool = False) -> Document:
    return {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
        "privilegedMode": privileged,
        "environmentVariables": [{"name": "STAGE", "value": "live", "type": "PLAINTEXT"}, *variables],
    }


def secret(kind: str) -> Document:
    return {"name": "AWS_SECRET_ACCESS_KEY", "value": "build/key", "type": kind}


IN_S3: Document = {"cloudWatchLogs": {"status": "DISABLED"}, "s3Logs": {"status": "ENABLED", "location": "logs/builds"}}
OPEN_LOGS: Document = {"s3Logs": {"status": "ENABLED", "location": "logs", "encryptionDisabled": True}}
NO_LOGS: Document = {"cloudWatchLogs": {"status": "DISABLED"}, "s3Logs": {"status": "DISABLED"}}
TOKEN: Document = {"type": "BITBUCKET", "location": "https://builder:secret@bitbucket.org/example/web.git"}


def report_group(*, plain: bool) -> Document:
    bucket = {"Bucket": "reports", "EncryptionDisabled": plain}
    return {"Name": "tests", "Type": "TEST", "ExportConfig": {"ExportConfigType": "S3", "S3Destination": bucket}}


BUILDS: tuple[Case, ...] = (
    *of(
        "CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK",
        good(project(environment=environment(secret("SECRETS_MANAGER")))),
        bad(
            project(environment=environment(secret("PLAINTEXT"))),
            "AWS_SECRET_ACCESS_KEY stands there in the clear",
            "environment.environmentVariables.1.name",
        ),
    ),
    *of(
        "CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK",
        good(project()),
        bad(project(source=[TOKEN]), "name or a token", "source.0.location"),
        bad(project(secondarySources=[TOKEN]), "name or a token", "secondarySources.0.location"),
    ),
    *of(
        "CODEBUILD_PROJECT_ARTIFACT_ENCRYPTION",
        good(project()),
        bad(
            project(artifacts=[{"type": "S3", "encryptionDisabled": True}]),
            "not encrypted",
            "artifacts.0.encryptionDisabled",
        ),
        bad(
            project(secondaryArtifacts=[{"type": "S3", "encryptionDisabled": True}]),
            "not encrypted",
            "secondaryArtifacts.0.encryptionDisabled",
        ),
    ),
    *of(
        "CODEBUILD_PROJECT_LOGGING_ENABLED",
        good(project(), cloudWatchGroupNames="/builds"),
        good(project(logsConfig=IN_S3), s3BucketNames="logs", cloudWatchGroupNames="/builds"),
        bad(project(logsConfig=NO_LOGS), "does not log as asked for", "logsConfig"),
        bad(project(logsConfig=IN_S3), "does not log as asked for", "logsConfig", s3BucketNames="central"),
        bad(
            project(logsConfig={"cloudWatchLogs": {"status": "ENABLED", "groupName": "/builds"}}),
            "does not log as asked for",
            "logsConfig",
            cloudWatchGroupNames="/central",
        ),
    ),
    *of(
        "CODEBUILD_PROJECT_S3_LOGS_ENCRYPTED",
        good(project()),
        bad(project(logsConfig=OPEN_LOGS), "encryptionDisabled is true", "logsConfig.s3Logs.encryptionDisabled"),
        out(project(logsConfig=NO_LOGS), "status is DISABLED"),
        out(project(logsConfig=OPEN_LOGS), "name is web", exemptedProjects="docs,web"),
    ),
    *of(
        "CODEBUILD_PROJECT_ENVIRONMENT_PRIVILEGED_CHECK",
        good(project()),
        bad(project(environment=environment(privileged=True)), "privilegedMode is true", "environment.privilegedMode"),
        out(project(environment=environment(privileged=True)), "name is web", exemptedProjects="web"),
    ),
    *of(
        "CODEBUILD_REPORT_GROUP_ENCRYPTED_AT_REST",
        good(report_group(plain=False)),
        bad(report_group(plain=True), "is true", "ExportConfig.S3Destination.EncryptionDisabled"),
    ),
)


def deployment(platform: str = "Server", config: str = "careful", **changes: Json) -> Document:
    return {
        "deploymentGroupName": "web",
        "computePlatform": platform,
        "deploymentConfigName": config,
        "alarmConfiguration": {"enabled": True},
        "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        "outdatedInstancesStrategy": "UPDATE",
        **changes,
    }


def keeps(kind: str, value: int) -> Document:
    hosts = {"type": kind, "value": value}
    return other("AWS::CodeDeploy::DeploymentConfig", {"deploymentConfigName": "careful", "minimumHealthyHosts": hosts})


DEPLOYMENTS: tuple[Case, ...] = (
    *of(
        "CODEDEPLOY_LAMBDA_ALLATONCE_TRAFFIC_SHIFT_DISABLED",
        good(deployment("Lambda", "CodeDeployDefault.LambdaCanary10Percent5Minutes")),
        bad(
            deployment("Lambda", "CodeDeployDefault.LambdaAllAtOnce"),
            "is CodeDeployDefault.LambdaAllAtOnce",
            "deploymentConfigName",
        ),
        out(deployment("Server", "CodeDeployDefault.AllAtOnce"), "computePlatform is Server"),
    ),
    *of(
        "CODEDEPLOY_AUTO_ROLLBACK_MONITOR_ENABLED",
        good(deployment()),
        bad(deployment(alarmConfiguration={"enabled": False}), "is false", "alarmConfiguration.enabled"),
        bad(deployment(autoRollbackConfiguration=None), "is not set", "autoRollbackConfiguration.enabled"),
    ),
    *of(
        "CODEDEPLOY_DEPLOYMENT_GROUP_AUTO_ROLLBACK_ENABLED",
        good(deployment()),
        bad(deployment(autoRollbackConfiguration={"enabled": False}), "is false", "autoRollbackConfiguration.enabled"),
    ),
    *of(
        "CODEDEPLOY_DEPLOYMENT_GROUP_OUTDATED_INSTANCES_UPDATE",
        good(deployment()),
        bad(deployment(outdatedInstancesStrategy="IGNORE"), "is IGNORE", "outdatedInstancesStrategy"),
    ),
    *of(
        "CODEDEPLOY_EC2_MINIMUM_HEALTHY_HOSTS_CONFIGURED",
        good(deployment(), keeps("FLEET_PERCENT", 66)),
        good(deployment(), keeps("HOST_COUNT", 1)),
        bad(deployment(), "keeps 50 per cent", "deploymentConfigName", keeps("FLEET_PERCENT", 50)),
        bad(deployment(), "keeps 0 hosts", "deploymentConfigName", keeps("HOST_COUNT", 0)),
        bad(
            deployment(),
            "keeps 66 per cent",
            "deploymentConfigName",
            keeps("FLEET_PERCENT", 66),
            minimumHealthyHostsFleetPercent="75",
        ),
        bad(
            deployment(),
            "keeps 1 hosts",
            "deploymentConfigName",
            keeps("HOST_COUNT", 1),
            minimumHealthyHostsHostCount="2",
        ),
        out(deployment("Lambda"), "does not deploy to servers"),
    ),
)

ACTIONS = "aws:elasticbeanstalk:managedactions"
LOGS = "aws:elasticbeanstalk:cloudwatch:logs"


def beanstalk(*, updates: str = "true", level: str = "minor", health: str = "enhanced", logs: str = "true") -> Document:
    settings = {
        ACTIONS: {"ManagedActionsEnabled": updates},
        f"{ACTIONS}:platformupdate": {"UpdateLevel": level},
        "aws:elasticbeanstalk:healthreporting:system": {"SystemType": health},
        LOGS: {"StreamLogs": logs, "RetentionInDays": "7", "DeleteOnTerminate": "false"},
    }
    written = {space: {name: {"value": value} for name, value in held.items()} for space, held in settings.items()}
    return {"applicationName": "shop", "environmentName": "shop-live", "optionSettings": written}


OPTIONS = "optionSettings"

BEANSTALK: tuple[Case, ...] = (
    *of(
        "ELASTIC_BEANSTALK_MANAGED_UPDATES_ENABLED",
        good(beanstalk(), UpdateLevel="minor"),
        bad(beanstalk(updates="false"), "Managed updates are off", OPTIONS),
        bad(beanstalk(level="patch"), "level patch", OPTIONS, UpdateLevel="minor"),
    ),
    *of(
        "BEANSTALK_ENHANCED_HEALTH_REPORTING_ENABLED",
        good(beanstalk()),
        bad(beanstalk(health="basic"), "the basic way", OPTIONS),
    ),
    *of(
        "ELASTIC_BEANSTALK_LOGS_TO_CLOUDWATCH",
        good(beanstalk(), RetentionInDays="7", DeleteOnTerminate="false"),
        bad(beanstalk(logs="false"), "do not go to CloudWatch", OPTIONS),
        bad(beanstalk(), "RetentionInDays is 7", OPTIONS, RetentionInDays="30"),
        bad(beanstalk(), "DeleteOnTerminate is false", OPTIONS, DeleteOnTerminate="true"),
    ),
)


def stack(*topics: str, **changes: Json) -> Document:
    return {
        "stackName": "network",
        "stackStatus": "CREATE_COMPLETE",
        "notificationARNs": [*topics],
        "roleARN": "arn:aws:iam::111122223333:role/stacks",
        "enableTerminationProtection": "true",
        **changes,
    }


OTHER_TOPICS = {f"snsTopic{place}": f"{TOPIC}{place}" for place in range(1, 6)}

STACKS: tuple[Case, ...] = (
    *of(
        "CLOUDFORMATION_STACK_NOTIFICATION_CHECK",
        good(stack(TOPIC)),
        good(stack(TOPIC), snsTopic1=f"{TOPIC}1", snsTopic5=TOPIC),
        bad(stack(), "tells no topic", "notificationARNs"),
        bad(stack(TOPIC), "none of the topics", "notificationARNs", **OTHER_TOPICS),
    ),
    *of(
        "CLOUDFORMATION_STACK_SERVICE_ROLE_CHECK",
        good(stack()),
        bad(stack(roleARN=None), "roleARN is not set", "roleARN"),
    ),
    *of(
        "CLOUDFORMATION_TERMINATION_PROTECTION_CHECK",
        good(stack()),
        bad(stack(enableTerminationProtection="false"), "is false", "enableTerminationProtection"),
    ),
)


def app(**changes: Json) -> Document:
    plain: Document = {"EnableBranchAutoDeletion": True, "BuildSpec": "version: 1", "Platform": "WEB_COMPUTE"}
    return {"Name": "shop", "EnvironmentVariables": [], **plain, **changes}


def branch(**changes: Json) -> Document:
    flags = ("EnableAutoBuild", "EnablePerformanceMode", "EnablePullRequestPreview")
    plain: Document = {"BranchName": "main", "BuildSpec": "version: 1", "Framework": "React"}
    return {**plain, **dict.fromkeys(flags, True), **changes}


def of_flag(identifier: str, member: str) -> tuple[Case, ...]:
    return of(identifier, good(branch()), bad(branch(**{member: False}), f"{member} is false", member))


AMPLIFY: tuple[Case, ...] = (
    *of(
        "AMPLIFY_APP_BRANCH_AUTO_DELETION_ENABLED",
        good(app()),
        bad(app(EnableBranchAutoDeletion=False), "EnableBranchAutoDeletion is false", "EnableBranchAutoDeletion"),
    ),
    *of(
        "AMPLIFY_APP_BUILD_SPEC_CONFIGURED",
        good(app()),
        bad(app(BuildSpec=""), "BuildSpec is empty", "BuildSpec"),
    ),
    *of(
        "AMPLIFY_APP_NO_ENVIRONMENT_VARIABLES",
        good(app()),
        bad(app(EnvironmentVariables=[{"Name": "A", "Value": "b"}]), "EnvironmentVariables is", "EnvironmentVariables"),
    ),
    *of(
        "AMPLIFY_APP_PLATFORM_CHECK",
        good(app(), approvedPlatform="WEB,WEB_COMPUTE"),
        bad(app(), "is WEB_COMPUTE, not WEB", "Platform", approvedPlatform="WEB"),
    ),
    *of_flag("AMPLIFY_BRANCH_AUTO_BUILD_ENABLED", "EnableAutoBuild"),
    *of(
        "AMPLIFY_BRANCH_BUILD_SPEC_CONFIGURED",
        good(branch()),
        bad(branch(BuildSpec=None), "BuildSpec is not set", "BuildSpec"),
    ),
    *of(
        "AMPLIFY_BRANCH_FRAMEWORK_CONFIGURED",
        good(branch(), approvedFrameworks="React,Vue"),
        bad(branch(Framework=None), "Framework is not set", "Framework"),
        bad(branch(), "Framework is React, not Vue", "Framework", approvedFrameworks="Vue"),
    ),
    *of_flag("AMPLIFY_BRANCH_PERFORMANCE_MODE_ENABLED", "EnablePerformanceMode"),
    *of_flag("AMPLIFY_BRANCH_PULL_REQUEST_PREVIEW_ENABLED", "EnablePullRequestPreview"),
)

CASES = BUILDS + DEPLOYMENTS + BEANSTALK + STACKS + AMPLIFY


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_over_building_decides(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_all_it_needs(case: Case) -> None:
    prove_reads(case)


def test_every_rule_over_building_has_its_cases() -> None:
    assert missing("building", CASES) == []


def test_no_hosts_are_made_up_for_a_deployment_configuration_that_is_not_recorded() -> None:
    verdict = judged("CODEDEPLOY_EC2_MINIMUM_HEALTHY_HOSTS_CONFIGURED", {"configuration": deployment()})
    assert (verdict.compliance, "careful" in verdict.annotation) == (INSUFFICIENT_DATA, True)


def test_a_token_in_an_address_is_not_shown() -> None:
    item = {"configuration": project(source=[TOKEN])}
    verdict = judged("CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK", item)
    assert "secret" not in str(verdict)
