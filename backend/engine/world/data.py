"""Databases of the estate: RDS instances, clusters, snapshots and subnet groups, and DynamoDB tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.engine.context import Context
from backend.engine.world import estate, kinds, names, regional
from backend.engine.world.addresses import Subnet
from backend.engine.world.estate import Link, Resource
from backend.engine.world.network import Network
from backend.model.item import Document
from backend.model.moment import Moment, to_iso

AUTHORITY = "rds-ca-rsa2048-g1"


@dataclass(frozen=True)
class Engine:
    """A database engine as RDS names it."""

    name: str
    version: str
    licence: str
    port: int
    family: str


POSTGRES = Engine("postgres", "16.4", "postgresql-license", 5432, "default.postgres16")
MYSQL = Engine("mysql", "5.7.44", "general-public-license", 3306, "default.mysql5.7")
AURORA = Engine("aurora-postgresql", "15.8", "postgresql-license", 5432, "default.aurora-postgresql15")


@dataclass(frozen=True)
class Database:
    """A DB instance to make; `key` is the KMS key's ARN, empty for unencrypted storage."""

    name: str
    engine: Engine
    group: str
    """Its security group's id."""
    subnet_group: str
    key: str
    tags: Mapping[str, str]
    size: int = 100
    instance_class: str = "db.m6g.large"
    several_zones: bool = False
    public: bool = False
    backups: int = 7
    cluster: str = ""


def subnet_group(ctx: Context, name: str, network: Network, tags: Mapping[str, str]) -> str:
    """A DB subnet group over the inner subnets of a network; its name (which is its id)."""
    body = {
        "dBSubnetGroupName": name,
        "dBSubnetGroupDescription": f"Subnets for {name}",
        "vpcId": network.vpc_id,
        "subnetGroupStatus": "Complete",
        "subnets": _subnets(network.inside),
        "dBSubnetGroupArn": ctx.arn("rds", f"subgrp:{name}"),
        "supportedNetworkTypes": ["IPV4"],
    }
    links = (
        *(Link("Is associated with Subnet", kinds.SUBNET, subnet.subnet_id) for subnet in network.inside),
        Link("Is associated with Vpc", kinds.VPC, network.vpc_id),
    )
    _put(ctx, kinds.DB_SUBNET_GROUP, name, name, f"subgrp:{name}", body, tags, kinds.SEVERAL_ZONES, links)
    return name


def instance(ctx: Context, network: Network, database: Database, created: Moment) -> str:
    """A DB instance; its resource id (`db-…`)."""
    resource_id = "db-" + ctx.ids.upper(26)
    engine = database.engine
    zone = network.inside[0].zone
    body: Document = {
        "dBInstanceIdentifier": database.name,
        "dBInstanceClass": database.instance_class,
        "engine": engine.name,
        "dBInstanceStatus": "available",
        "masterUsername": "kestrel_admin",
        "dBName": database.name.replace("-", "_"),
        "endpoint": {
            "address": f"{database.name}.{ctx.ids.lower(12)}.{ctx.region}.rds.amazonaws.com",
            "port": engine.port,
            "hostedZoneId": "Z2G0U3KFCY8NZ5",
        },
        "allocatedStorage": database.size,
        "instanceCreateTime": to_iso(created),
        "preferredBackupWindow": "17:10-17:40",
        "backupRetentionPeriod": database.backups,
        "dBSecurityGroups": [],
        "vpcSecurityGroups": [{"vpcSecurityGroupId": database.group, "status": "active"}],
        "dBParameterGroups": [{"dBParameterGroupName": engine.family, "parameterApplyStatus": "in-sync"}],
        "availabilityZone": zone,
        "dBSubnetGroup": {
            "dBSubnetGroupName": database.subnet_group,
            "dBSubnetGroupDescription": f"Subnets for {database.subnet_group}",
            "vpcId": network.vpc_id,
            "subnetGroupStatus": "Complete",
            "subnets": _subnets(network.inside),
        },
        "preferredMaintenanceWindow": "sun:18:30-sun:19:00",
        "pendingModifiedValues": {"processorFeatures": []},
        "multiAZ": database.several_zones,
        "engineVersion": engine.version,
        "autoMinorVersionUpgrade": True,
        "readReplicaDBInstanceIdentifiers": [],
        "licenseModel": engine.licence,
        "optionGroupMemberships": [],
        "publiclyAccessible": database.public,
        "statusInfos": [],
        "storageType": "aurora" if database.cluster else "gp3",
        "dbInstancePort": 0,
        **({"dBClusterIdentifier": database.cluster} if database.cluster else {}),
        "storageEncrypted": bool(database.key),
        **({"kmsKeyId": database.key} if database.key else {}),
        "dbiResourceId": resource_id,
        "cACertificateIdentifier": AUTHORITY,
        "domainMemberships": [],
        "copyTagsToSnapshot": True,
        "monitoringInterval": 0,
        "dBInstanceArn": ctx.arn("rds", f"db:{database.name}"),
        "iAMDatabaseAuthenticationEnabled": False,
        "performanceInsightsEnabled": bool(database.key),
        "enabledCloudwatchLogsExports": [],
        "processorFeatures": [],
        "deletionProtection": database.several_zones,
        "associatedRoles": [],
        "tagList": names.tag_list(database.tags),
    }
    links = (
        Link("Is associated with DBSubnetGroup", kinds.DB_SUBNET_GROUP, database.subnet_group),
        Link("Is associated with SecurityGroup", kinds.SECURITY_GROUP, database.group),
    )
    where = kinds.SEVERAL_ZONES if database.several_zones else zone
    path = f"db:{database.name}"
    _put(ctx, kinds.DB_INSTANCE, resource_id, database.name, path, body, database.tags, where, links, created)
    return resource_id


def cluster(ctx: Context, network: Network, database: Database, members: Sequence[str], created: Moment) -> None:
    """An Aurora cluster over DB instances named `members`; the first one writes."""
    resource_id = "cluster-" + ctx.ids.upper(26)
    suffix = ctx.ids.lower(12)
    engine = database.engine
    body = {
        "allocatedStorage": 1,
        "availabilityZones": sorted({subnet.zone for subnet in network.inside}),
        "backupRetentionPeriod": database.backups,
        "databaseName": database.name.replace("-", "_"),
        "status": "available",
        "endpoint": f"{database.name}.cluster-{suffix}.{ctx.region}.rds.amazonaws.com",
        "readerEndpoint": f"{database.name}.cluster-ro-{suffix}.{ctx.region}.rds.amazonaws.com",
        "customEndpoints": [],
        "multiAZ": len(members) > 1,
        "engine": engine.name,
        "engineVersion": engine.version,
        "port": engine.port,
        "masterUsername": "kestrel_admin",
        "preferredBackupWindow": "17:10-17:40",
        "preferredMaintenanceWindow": "sun:18:30-sun:19:00",
        "readReplicaIdentifiers": [],
        "vpcSecurityGroups": [{"vpcSecurityGroupId": database.group, "status": "active"}],
        "hostedZoneId": "Z2G0U3KFCY8NZ5",
        "storageEncrypted": bool(database.key),
        "kmsKeyId": database.key,
        "dbClusterResourceId": resource_id,
        "associatedRoles": [],
        "clusterCreateTime": created,
        "enabledCloudwatchLogsExports": ["postgresql"],
        "engineMode": "provisioned",
        "deletionProtection": True,
        "httpEndpointEnabled": False,
        "activityStreamStatus": "stopped",
        "copyTagsToSnapshot": True,
        "crossAccountClone": False,
        "domainMemberships": [],
        "tagList": names.tag_list(database.tags),
        "autoMinorVersionUpgrade": True,
        "dbclusterIdentifier": database.name,
        "iamdatabaseAuthenticationEnabled": True,
        "dbsubnetGroup": database.subnet_group,
        "dbclusterOptionGroupMemberships": [],
        "dbclusterParameterGroup": engine.family,
        "dbclusterMembers": [
            {
                "isClusterWriter": place == 0,
                "promotionTier": 1,
                "dbinstanceIdentifier": member,
                "clusterWriter": place == 0,
                "dbclusterParameterGroupStatus": "in-sync",
            }
            for place, member in enumerate(members)
        ],
        "dbclusterArn": ctx.arn("rds", f"cluster:{database.name}"),
    }
    links = (
        Link("Is associated with ", kinds.DB_SUBNET_GROUP, resource_name=database.subnet_group),
        Link("Is associated with ", kinds.SECURITY_GROUP, database.group),
        *(Link("Contains ", kinds.DB_INSTANCE, resource_name=member) for member in members),
    )
    path = f"cluster:{database.name}"
    where = kinds.SEVERAL_ZONES
    _put(ctx, kinds.DB_CLUSTER, resource_id, database.name, path, body, database.tags, where, links, created)


def snapshot(ctx: Context, source: Resource, name: str, created: Moment, *, automated: bool) -> Resource:
    """A DB snapshot of a DB instance of the estate; not yet `put`."""
    held = source.configuration
    vpc = held["dBSubnetGroup"]["vpcId"]
    body = {
        "dBSnapshotIdentifier": name,
        "dBInstanceIdentifier": held["dBInstanceIdentifier"],
        "snapshotCreateTime": to_iso(created),
        "engine": held["engine"],
        "allocatedStorage": held["allocatedStorage"],
        "status": "available",
        "port": held["endpoint"]["port"],
        "availabilityZone": held["availabilityZone"],
        "vpcId": vpc,
        "instanceCreateTime": held["instanceCreateTime"],
        "masterUsername": held["masterUsername"],
        "engineVersion": held["engineVersion"],
        "licenseModel": held["licenseModel"],
        "snapshotType": "automated" if automated else "manual",
        "optionGroupName": f"default:{held['engine']}",
        "percentProgress": 100,
        "storageType": held["storageType"],
        "encrypted": held["storageEncrypted"],
        **({"kmsKeyId": held["kmsKeyId"]} if held["storageEncrypted"] else {}),
        "dBSnapshotArn": ctx.arn("rds", f"snapshot:{name}"),
        "iAMDatabaseAuthenticationEnabled": False,
        "processorFeatures": [],
        "dbiResourceId": source.resource_id,
        "tagList": names.tag_list(source.tags),
    }
    return _resource(
        ctx,
        kinds.DB_SNAPSHOT,
        name,
        name,
        f"snapshot:{name}",
        body,
        source.tags,
        held["availabilityZone"],
        (Link("Is associated with Vpc", kinds.VPC, vpc),),
        created,
        supplementary={"DBSnapshotAttributes": [{"attributeName": "restore", "attributeValues": []}]},
    )


def table(ctx: Context, name: str, key: str, tags: Mapping[str, str], created: Moment, *, recoverable: bool) -> None:
    """A DynamoDB table paid per request; `recoverable` switches point-in-time recovery on."""
    state = {"pointInTimeRecoveryStatus": "ENABLED" if recoverable else "DISABLED"}
    body = {
        "attributeDefinitions": [
            {"attributeName": "pk", "attributeType": "S"},
            {"attributeName": "sk", "attributeType": "S"},
        ],
        "tableName": name,
        "keySchema": [{"attributeName": "pk", "keyType": "HASH"}, {"attributeName": "sk", "keyType": "RANGE"}],
        "tableStatus": "ACTIVE",
        "creationDateTime": created,
        "provisionedThroughput": {"numberOfDecreasesToday": 0, "readCapacityUnits": 0, "writeCapacityUnits": 0},
        "tableArn": ctx.arn("dynamodb", f"table/{name}"),
        "tableId": ctx.ids.uuid(),
        "billingModeSummary": {"billingMode": "PAY_PER_REQUEST", "lastUpdateToPayPerRequestDateTime": created},
        **({"ssedescription": {"status": "ENABLED", "ssetype": "KMS", "kmsmasterKeyArn": key}} if key else {}),
        "deletionProtectionEnabled": recoverable,
    }
    estate.put(
        ctx,
        regional.resource(
            ctx,
            kinds.TABLE,
            name,
            name,
            ctx.arn("dynamodb", f"table/{name}"),
            body,
            tags,
            zone=kinds.NOT_APPLICABLE,
            created=created,
            supplementary={
                "ContinuousBackupsDescription": {
                    "continuousBackupsStatus": "ENABLED",
                    "pointInTimeRecoveryDescription": state,
                },
                "Tags": names.tag_list(tags),
            },
        ),
    )


def _subnets(subnets: Sequence[Subnet]) -> list[Document]:
    return [
        {
            "subnetIdentifier": subnet.subnet_id,
            "subnetAvailabilityZone": {"name": subnet.zone},
            "subnetStatus": "Active",
        }
        for subnet in subnets
    ]


def _resource(
    ctx: Context,
    resource_type: str,
    resource_id: str,
    name: str,
    path: str,
    body: Document,
    tags: Mapping[str, str],
    zone: str,
    links: tuple[Link, ...],
    created: Moment | None = None,
    supplementary: Document | None = None,
) -> Resource:
    return regional.resource(
        ctx,
        resource_type,
        resource_id,
        name,
        ctx.arn("rds", path),
        body,
        tags,
        zone=zone,
        created=created,
        supplementary={**(supplementary or {}), "Tags": names.tag_list(tags)},
        links=links,
    )


def _put(
    ctx: Context,
    resource_type: str,
    resource_id: str,
    name: str,
    path: str,
    body: Document,
    tags: Mapping[str, str],
    zone: str,
    links: tuple[Link, ...],
    created: Moment | None = None,
) -> None:
    estate.put(ctx, _resource(ctx, resource_type, resource_id, name, path, body, tags, zone, links, created))
