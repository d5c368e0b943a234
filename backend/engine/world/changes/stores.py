"""Changes of where data is kept: buckets, databases and their snapshots, tables, topics and queues."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from backend.engine.context import Caller, Context
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.engine.world import data, estate, kinds, names, people
from backend.engine.world.calls import aws
from backend.engine.world.changes.deeds import deed, pick
from backend.engine.world.estate import Resource
from backend.engine.world.people import acting
from backend.model.item import Document
from backend.model.moment import to_datetime

_OURS = f"{names.COMPANY}-"
_BACKUPS = (1, 3, 7, 14, 21)


def tighten_bucket(ctx: Context, chance: Random) -> bool:
    """The security people refuse unencrypted connections to one more bucket."""
    bucket = _bucket(ctx, chance, lambda bucket: not (bucket.supplementary.get("BucketPolicy") or {}).get("policyText"))
    if bucket is None:
        return False
    arn = f"arn:aws:s3:::{bucket.resource_id}"
    statement = {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = dumps({"Version": "2012-10-17", "Statement": [statement]})
    return _try(ctx, people.TERRAFORM, "s3", "PutBucketPolicy", Bucket=bucket.resource_id, Policy=policy)


def version_bucket(ctx: Context, chance: Random) -> bool:
    """Versioning is switched on, or for a while off."""
    bucket = _bucket(ctx, chance)
    if bucket is None:
        return False
    state = (bucket.supplementary.get("BucketVersioningConfiguration") or {}).get("status")
    wanted = {"Status": "Suspended" if state == "Enabled" else "Enabled"}
    caller = chance.choice((people.ZOE.caller, people.WEILING.in_console))
    return _try(ctx, caller, "s3", "PutBucketVersioning", Bucket=bucket.resource_id, VersioningConfiguration=wanted)


def label_bucket(ctx: Context, chance: Random) -> bool:
    bucket = _bucket(ctx, chance)
    if bucket is None:
        return False
    team = chance.choice(list(names.TEAMS.values()))
    tags = {**bucket.tags, "Owner": team.owner, "CostCenter": team.cost_center, "Environment": "prod"}
    upper = [{"Key": key, "Value": value} for key, value in tags.items()]
    caller = people.NURUL.in_console
    return _try(ctx, caller, "s3", "PutBucketTagging", Bucket=bucket.resource_id, Tagging={"TagSet": upper})


def tune_queue(ctx: Context, chance: Random) -> bool:
    queue = pick(ctx, chance, kinds.QUEUE, lambda queue: bool(queue.tags.get("Application")))
    if queue is None:
        return False
    attributes = {"VisibilityTimeout": str(chance.choice((30, 60, 90, 120, 300)))}
    return _try(ctx, people.PIPELINE, "sqs", "SetQueueAttributes", QueueUrl=queue.resource_id, Attributes=attributes)


def modify_database(ctx: Context, chance: Random) -> bool:
    """Somebody changes how long a database keeps its backups, or gives it more room."""
    database = pick(ctx, chance, kinds.DB_INSTANCE)
    if database is None:
        return False
    body = database.configuration
    wanted: Document
    if chance.random() < 0.5:
        days = chance.choice([days for days in _BACKUPS if days != body["backupRetentionPeriod"]])
        wanted = {"backupRetentionPeriod": days}
    else:
        wanted = {"allocatedStorage": body["allocatedStorage"] + 50}
    request = {"dBInstanceIdentifier": body["dBInstanceIdentifier"], **wanted, "applyImmediately": True}
    deed(ctx, chance.choice(people.OPERATORS).caller, "rds", "ModifyDBInstance", request, database)
    estate.put(ctx, estate.edited(database, **wanted))
    return True


def back_up(ctx: Context, chance: Random) -> bool:
    """RDS takes the automated snapshot of a database, and drops its last one but two."""
    database = pick(ctx, chance, kinds.DB_INSTANCE, _backed_up)
    if database is None:
        return False
    identifier = database.configuration["dBInstanceIdentifier"]
    stamp = to_datetime(ctx.now).strftime("%Y-%m-%d-%H-%M")
    made = data.snapshot(ctx, database, f"rds:{identifier}-{stamp}", ctx.now, automated=True)
    old = [
        found for found in estate.of_type(ctx, kinds.DB_SNAPSHOT) if found.resource_id.startswith(f"rds:{identifier}-2")
    ]
    request = {"dBSnapshotIdentifier": made.name, "dBInstanceIdentifier": identifier}
    deed(ctx, people.RDS, "rds", "CreateDBSnapshot", request, made, database)
    estate.put(ctx, made)
    for found in old[:-2]:
        deed(ctx, people.RDS, "rds", "DeleteDBSnapshot", {"dBSnapshotIdentifier": found.name}, found)
        estate.remove(ctx, kinds.DB_SNAPSHOT, found.resource_id)
    return True


def _backed_up(database: Resource) -> bool:
    """Members of a cluster are saved with their cluster, not by themselves."""
    body = database.configuration
    return bool(body["backupRetentionPeriod"] > 0 and body["storageType"] != "aurora")


def protect_table(ctx: Context, chance: Random) -> bool:
    """Point-in-time recovery of a table is switched on, or off."""
    table = pick(ctx, chance, kinds.TABLE)
    if table is None:
        return False
    held = table.supplementary["ContinuousBackupsDescription"]
    on = held["pointInTimeRecoveryDescription"]["pointInTimeRecoveryStatus"] == "ENABLED"
    specification = {"pointInTimeRecoveryEnabled": not on}
    request = {"tableName": table.name, "pointInTimeRecoverySpecification": specification}
    deed(ctx, people.TERRAFORM, "dynamodb", "UpdateContinuousBackups", request, table)
    state = {"pointInTimeRecoveryStatus": "DISABLED" if on else "ENABLED"}
    described = {**held, "pointInTimeRecoveryDescription": state}
    supplementary = {**table.supplementary, "ContinuousBackupsDescription": described}
    estate.put(ctx, estate.changed(table, supplementary=supplementary))
    return True


def _bucket(ctx: Context, chance: Random, fits: Callable[[Resource], bool] = lambda _bucket: True) -> Resource | None:
    """A bucket of the company's own; those that services deliver to are left alone."""
    return pick(
        ctx,
        chance,
        kinds.BUCKET,
        lambda bucket: bucket.resource_id.startswith(_OURS) and "Purpose" not in bucket.tags and fits(bucket),
    )


def _try(ctx: Context, caller: Caller, service: str, operation: str, **params: object) -> bool:
    """A call that may be refused, as a person's may; the refusal is in the trail."""
    try:
        aws(acting(ctx, caller), service, operation, **params)
    except ServiceError:
        return False
    return True
