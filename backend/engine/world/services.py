"""Services of the estate beside servers and databases: functions, alarms, keys, secrets, registries, certificates,
trails. (Buckets, topics and queues are made by calling the services that this engine has: `storage`.)
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from backend.engine.around import kms_keys
from backend.engine.context import Context
from backend.engine.world import estate, kinds, names, regional
from backend.engine.world.addresses import Subnet
from backend.engine.world.estate import Link
from backend.model.item import Document
from backend.model.moment import DAY, Moment, to_iso


def function(
    ctx: Context,
    name: str,
    role: str,
    tags: Mapping[str, str],
    created: Moment,
    *,
    runtime: str = "python3.12",
    group: str = "",
    subnets: Sequence[Subnet] = (),
    variables: Mapping[str, str] | None = None,
    dead_letters: str = "",
) -> str:
    """A Lambda function, inside a VPC when `subnets` are given; `role` is a role's name. Its ARN.

    `dead_letters` is the ARN of the queue that gets what it could not work off.
    """
    arn = ctx.arn("lambda", f"function:{name}")
    body = {
        "functionName": name,
        "functionArn": arn,
        "runtime": runtime,
        "role": ctx.arn("iam", f"role/{role}", region=""),
        "handler": "index.handler" if runtime.startswith("node") else "app.handler",
        **code(ctx, created),
        "description": "",
        "timeout": 30,
        "memorySize": 512,
        "version": "$LATEST",
        **(
            {"vpcConfig": {"subnetIds": [subnet.subnet_id for subnet in subnets], "securityGroupIds": [group]}}
            if subnets
            else {}
        ),
        **({"deadLetterConfig": {"targetArn": dead_letters}} if dead_letters else {}),
        **({"environment": {"variables": dict(variables)}} if variables else {}),
        "tracingConfig": {"mode": "PassThrough"},
        "layers": [],
        "state": "Active",
        "lastUpdateStatus": "Successful",
        "fileSystemConfigs": [],
        "packageType": "Zip",
        "architectures": ["arm64"],
        "ephemeralStorage": {"size": 512},
    }
    links = (
        Link("Is associated with ", kinds.ROLE, resource_name=role),
        *((Link("Is associated with ", kinds.SECURITY_GROUP, group),) if group else ()),
        *(Link("Is contained in ", kinds.SUBNET, subnet.subnet_id) for subnet in subnets),
    )
    supplementary = {"Tags": dict(tags)}
    estate.put(
        ctx,
        regional.resource(
            ctx,
            kinds.FUNCTION,
            name,
            name,
            arn,
            body,
            tags,
            supplementary=supplementary,
            links=links,
            zone=kinds.NOT_APPLICABLE,
        ),
    )
    return arn


def code(ctx: Context, moment: Moment) -> Document:
    """What a release changes of a function: the code's size and hash, the time, the revision."""
    return {
        "codeSize": ctx.ids.chance().randrange(4_000, 900_000),
        "codeSha256": base64.b64encode(ctx.ids.bytes()).decode(),
        "lastModified": to_iso(moment).replace("Z", "+0000"),
        "revisionId": ctx.ids.uuid(),
    }


def alarm(
    ctx: Context,
    name: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, str],
    threshold: float,
    actions: Sequence[str],
    created: Moment,
) -> None:
    """A CloudWatch alarm; its item has no tags, as real ones have none."""
    arn = ctx.arn("cloudwatch", f"alarm:{name}")
    body = {
        "alarmName": name,
        "alarmArn": arn,
        "alarmConfigurationUpdatedTimestamp": created,
        "actionsEnabled": True,
        "alarmActions": list(actions),
        "insufficientDataActions": [],
        "metricName": metric,
        "namespace": namespace,
        "statistic": "Average",
        "dimensions": [{"name": key, "value": value} for key, value in dimensions.items()],
        "period": 300,
        "evaluationPeriods": 3,
        "datapointsToAlarm": 2,
        "threshold": threshold,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "missing",
        "metrics": [],
        "okactions": list(actions),
    }
    estate.put(ctx, regional.resource(ctx, kinds.ALARM, name, name, arn, body, {}, zone=kinds.NOT_APPLICABLE))


def key(ctx: Context, purpose: str, tags: Mapping[str, str], created: Moment, *, rotates: bool = True) -> str:
    """A customer key of KMS; its ARN."""
    made = kms_keys.new(ctx, purpose, kms_keys.account_policy(ctx), tags, rotates=rotates, created=created)
    estate.put(ctx, made)
    return str(made.arn)


def secret(ctx: Context, name: str, kms_key: str, tags: Mapping[str, str], created: Moment) -> str:
    """A secret, rotated every thirty days; its ARN (which is its id)."""
    arn = ctx.arn("secretsmanager", f"secret:{name}-{ctx.ids.lower(6)}")
    body = {
        "ARN": arn,
        "Name": name,
        "Description": "",
        "KMSKeyId": kms_key,
        "RotationEnabled": True,
        "RotationOccurringAsScheduled": True,
        "RotationRules": {"AutomaticallyAfterDays": 30},
        "Deleted": False,
    }
    links = (Link("Is associated with ", kinds.KEY, kms_key.rsplit("/", 1)[-1]),) if kms_key else ()
    estate.put(ctx, regional.resource(ctx, kinds.SECRET, arn, name, arn, body, tags, created=created, links=links))
    return arn


def repository(ctx: Context, name: str, tags: Mapping[str, str]) -> None:
    """A container registry."""
    arn = ctx.arn("ecr", f"repository/{name}")
    body = {
        "RepositoryName": name,
        "Arn": arn,
        "RepositoryUri": f"{ctx.account}.dkr.ecr.{ctx.region}.amazonaws.com/{name}",
        "ImageTagMutability": "IMMUTABLE",
        "ImageScanningConfiguration": {"ScanOnPush": True},
        "LifecyclePolicy": {"RegistryId": ctx.account, "LifecyclePolicyText": ""},
        "Tags": [{"Key": tag, "Value": value} for tag, value in tags.items()],
    }
    estate.put(ctx, regional.resource(ctx, kinds.REPOSITORY, name, name, arn, body, tags))


def certificate(ctx: Context, domain: str, tags: Mapping[str, str], created: Moment) -> str:
    """A certificate of ACM, good for thirteen months; its ARN (which is its id)."""
    arn = ctx.arn("acm", f"certificate/{ctx.ids.uuid()}")
    body = {
        "certificateArn": arn,
        "domainName": domain,
        "subjectAlternativeNames": [domain, f"*.{domain}"],
        "domainValidationOptions": [
            {
                "domainName": domain,
                "validationDomain": domain,
                "validationStatus": "SUCCESS",
                "validationMethod": "DNS",
            }
        ],
        "serial": ":".join(f"{byte:02x}" for byte in ctx.ids.bytes()[:16]),
        "subject": f"CN={domain}",
        "issuer": "Amazon",
        "createdAt": created,
        "issuedAt": created,
        "status": "ISSUED",
        "notBefore": created,
        "notAfter": created + 395 * DAY,
        "keyAlgorithm": "RSA-2048",
        "signatureAlgorithm": "SHA256WITHRSA",
        "inUseBy": [],
        "type": "AMAZON_ISSUED",
        "keyUsages": [{"name": "DIGITAL_SIGNATURE"}, {"name": "KEY_ENCIPHERMENT"}],
        "extendedKeyUsages": [{"name": "TLS_WEB_SERVER_AUTHENTICATION", "oID": "1.3.6.1.5.5.7.3.1"}],
        "renewalEligibility": "ELIGIBLE",
        "options": {"certificateTransparencyLoggingPreference": "ENABLED"},
    }
    supplementary = {"Tags": names.tag_list(tags)}
    estate.put(ctx, regional.resource(ctx, kinds.CERTIFICATE, arn, None, arn, body, tags, supplementary=supplementary))
    return arn


def trail(ctx: Context, name: str, bucket: str, tags: Mapping[str, str], *, everywhere: bool, kms_key: str) -> None:
    """A trail of CloudTrail with its home in the context's region."""
    arn = ctx.arn("cloudtrail", f"trail/{name}")
    body = {
        "name": name,
        "s3BucketName": bucket,
        "includeGlobalServiceEvents": everywhere,
        "isMultiRegionTrail": everywhere,
        "homeRegion": ctx.region,
        "trailARN": arn,
        "logFileValidationEnabled": everywhere,
        **({"kmsKeyId": kms_key} if kms_key else {}),
        "hasCustomEventSelectors": False,
        "hasInsightSelectors": False,
        "isOrganizationTrail": False,
    }
    supplementary: Document = {
        "TrailStatus": {"isLogging": True},
        "EventSelectors": [
            {
                "readWriteType": "All",
                "includeManagementEvents": True,
                "dataResources": [],
                "excludeManagementEventSources": [],
            }
        ],
        "Tags": names.tag_list(tags),
    }
    estate.put(ctx, regional.resource(ctx, kinds.TRAIL, name, name, arn, body, tags, supplementary=supplementary))
