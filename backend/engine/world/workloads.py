"""Workloads: the parts that applications are made of, each with all the resources that such a part has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from backend.engine.context import Context
from backend.engine.world import compute, containers, data, doors, fleets, identity, names, services, storage
from backend.engine.world.compute import Disk, Server
from backend.engine.world.data import Database
from backend.engine.world.doors import Allow
from backend.engine.world.names import Application
from backend.engine.world.network import Network
from backend.model.moment import DAY, HOUR, MINUTE, Moment

LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
RUN_TASKS = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
KUBERNETES = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


@dataclass(frozen=True)
class Site:
    """Where a workload goes, and what it shares with its neighbours."""

    ctx: Context
    network: Network
    key: str
    """ARN of the KMS key of the environment."""
    certificate: str
    alarms: str
    """ARN of the topic that alarms go to."""
    log_bucket: str
    age: Moment = 400 * DAY


@dataclass(frozen=True)
class Workload:
    """One application in one environment."""

    site: Site
    application: Application
    created: Moment
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> str:
        return self.site.network.environment

    @property
    def name(self) -> str:
        return f"{self.application.name}-{self.environment}"

    @property
    def production(self) -> bool:
        return self.environment == "prod"

    def tags(self, name: str) -> dict[str, str]:
        application = self.application
        return names.tags(
            name,
            application.team,
            self.environment,
            application=application.name,
            classification=application.classification,
            **self.extra,
        )


def place(workload: Workload) -> None:
    """Every part of an application, put into the estate."""
    for part in workload.application.parts:
        PARTS[part](workload)


def _web(work: Workload) -> None:
    """Servers behind a load balancer, in an Auto Scaling group."""
    site, ctx, name = work.site, work.site.ctx, work.name
    network, created = site.network, work.created
    front, front_id = f"{name}-alb", _front_group(work)
    app = f"{name}-app"
    inside = [Allow(8080, front_id, "from the load balancer")]
    app_id = doors.security_group(ctx, network.vpc_id, app, f"Servers of {name}", inside, work.tags(app))
    role = f"{name}-server"
    identity.role(ctx, role, "ec2.amazonaws.com", (MANAGED,), work.tags(role), created, profile=True)
    template = fleets.launch_template(ctx, f"{name}-lt", app_id, site.key, role, work.tags(name), created)
    instances = []
    for number in range(3 if work.production else 2):
        server = Server(
            f"{name}-{number + 1:02d}",
            network.inside[number % len(network.inside)],
            [(app_id, app)],
            work.tags(name),
            [Disk("/dev/xvda", 30, site.key)],
            "m6i.large" if work.production else "t3.medium",
            profile=role,
            extra={"aws:autoscaling:groupName": f"{name}-asg"},
        )
        instances.append(compute.launch(ctx, network, server, created + number * 41 * MINUTE))
    target = _front(work, (front_id, front))
    fleets.auto_scaling_group(
        ctx, f"{name}-asg", network, (template, f"{name}-lt"), instances, work.tags(name), created, targets=[target]
    )
    group = {"AutoScalingGroupName": f"{name}-asg"}
    services.alarm(ctx, f"{name}-cpu-high", "AWS/EC2", "CPUUtilization", group, 75, [site.alarms], created)
    services.alarm(ctx, f"{name}-cpu-low", "AWS/EC2", "CPUUtilization", group, 20, [site.alarms], created)
    assets = storage.own_name(ctx, f"{name}-assets-{names.place(ctx.region)}")
    logs = site.log_bucket if work.production else ""
    storage.bucket(ctx, assets, work.tags(assets), created, versioned=work.production, logs=logs)
    if work.production:
        services.repository(ctx, f"{names.COMPANY}/{work.application.name}", work.tags(name))


def _front_group(work: Workload) -> str:
    """The security group of a load balancer that the world may reach; its id."""
    front = f"{work.name}-alb"
    outside = [Allow(443, doors.ANYWHERE, "https from anywhere"), Allow(443, "::/0", "https from anywhere")]
    vpc = work.site.network.vpc_id
    return doors.security_group(work.site.ctx, vpc, front, f"Load balancer of {work.name}", outside, work.tags(front))


def _front(work: Workload, group: tuple[str, str], target_type: str = "instance") -> str:
    """The load balancer of a workload; the ARN of its target group."""
    site, front = work.site, f"{work.name}-alb"
    return fleets.load_balancer(
        site.ctx,
        front[:32],
        site.network,
        group,
        work.tags(front),
        work.created,
        certificate=site.certificate,
        log_bucket=site.log_bucket if work.production else "",
        target_type=target_type,
    )


def _containers(work: Workload) -> None:
    """A service on ECS behind a load balancer, and the Kubernetes that is to replace it."""
    site, ctx, name = work.site, work.site.ctx, work.name
    network, created = site.network, work.created
    front_id = _front_group(work)
    inside = [Allow(8080, front_id, "from the load balancer")]
    tasks = doors.security_group(ctx, network.vpc_id, f"{name}-tasks", f"Tasks of {name}", inside, work.tags(name))
    runner, own = f"{name}-execution", f"{name}-task"
    identity.role(ctx, runner, "ecs-tasks.amazonaws.com", (RUN_TASKS,), work.tags(runner), created)
    identity.role(ctx, own, "ecs-tasks.amazonaws.com", (), work.tags(own), created)
    repository = f"{names.COMPANY}/{work.application.name}"
    services.repository(ctx, repository, work.tags(name))
    secret = services.secret(ctx, f"{work.environment}/{work.application.name}/db", site.key, work.tags(name), created)
    cluster = containers.cluster(ctx, f"{names.COMPANY}-{work.environment}", work.tags(name))
    target = _front(work, (front_id, f"{name}-alb"), "ip")
    asked = containers.Service(
        name, cluster, tasks, network.inside, target, repository, secret, (runner, own), work.tags(name)
    )
    containers.service(ctx, asked)
    trial = f"{name}-eks"
    identity.role(ctx, trial, "eks.amazonaws.com", (KUBERNETES,), work.tags(trial), created + 300 * DAY)
    containers.kubernetes(ctx, trial, trial, tasks, network.inside, site.key, work.tags(trial))


def _functions(work: Workload) -> None:
    """Functions around a queue and a table."""
    site, ctx, name, created = work.site, work.site.ctx, work.name, work.created
    role = f"{name}-fn"
    identity.role(ctx, role, "lambda.amazonaws.com", (LOGS,), work.tags(role), created)
    data.table(ctx, f"{name}-state", site.key, work.tags(f"{name}-state"), created, recoverable=work.production)
    variables = {"TABLE": f"{name}-state", "STAGE": work.environment}
    for verb, runtime in (("ingest", "python3.12"), ("publish", "nodejs20.x")):
        label = f"{name}-{verb}"
        services.function(
            ctx,
            label,
            role,
            work.tags(label),
            created + 3 * HOUR,
            runtime=runtime,
            group=site.network.default_group if verb == "publish" else "",
            subnets=site.network.inside[:2] if verb == "publish" else (),
            variables=variables,
            dead_letters=ctx.arn("sqs", f"{name}-dead") if verb == "ingest" else "",
        )
        dimensions = {"FunctionName": label}
        services.alarm(ctx, f"{label}-errors", "AWS/Lambda", "Errors", dimensions, 1, [site.alarms], created)
    dead = storage.queue(ctx, f"{name}-dead", work.tags(f"{name}-dead"), created, {"MessageRetentionPeriod": "1209600"})
    arn = ctx.arn("sqs", dead.rsplit("/", 1)[-1])
    redrive = f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":5}}'
    storage.queue(ctx, f"{name}-inbox", work.tags(f"{name}-inbox"), created, {"RedrivePolicy": redrive})
    storage.topic(ctx, f"{name}-events", work.tags(f"{name}-events"), created)


def _database(work: Workload) -> None:
    """A relational database with its snapshots."""
    ctx, name = work.site.ctx, work.name
    group = _database_group(work, data.POSTGRES.port)
    subnets = data.subnet_group(ctx, f"{name}-db", work.site.network, work.tags(f"{name}-db"))
    database = Database(
        f"{name}-db",
        data.POSTGRES,
        group,
        subnets,
        work.site.key,
        work.tags(f"{name}-db"),
        size=200 if work.production else 50,
        several_zones=work.production,
        backups=14 if work.production else 1,
    )
    data.instance(ctx, work.site.network, database, work.created)
    services.secret(ctx, f"{work.environment}/{work.application.name}/db", work.site.key, work.tags(name), work.created)
    dimensions = {"DBInstanceIdentifier": f"{name}-db"}
    alarms = [work.site.alarms]
    services.alarm(
        ctx, f"{name}-db-storage", "AWS/RDS", "FreeStorageSpace", dimensions, 10_000_000_000, alarms, work.created
    )


def _cluster(work: Workload) -> None:
    """An Aurora cluster of a writer and, in production, a reader."""
    ctx, name, site = work.site.ctx, work.name, work.site
    group = _database_group(work, data.AURORA.port)
    subnets = data.subnet_group(ctx, f"{name}-aurora", site.network, work.tags(f"{name}-aurora"))
    database = Database(f"{name}-aurora", data.AURORA, group, subnets, site.key, work.tags(f"{name}-aurora"))
    members = [f"{name}-aurora-{number}" for number in range(1, 3 if work.production else 2)]
    for member in members:
        single = Database(
            member,
            data.AURORA,
            group,
            subnets,
            site.key,
            work.tags(member),
            size=1,
            instance_class="db.r6g.large",
            cluster=f"{name}-aurora",
        )
        data.instance(ctx, site.network, single, work.created)
    data.cluster(ctx, site.network, database, members, work.created)
    services.secret(ctx, f"{work.environment}/{work.application.name}/aurora", site.key, work.tags(name), work.created)


def _batch(work: Workload) -> None:
    """Two machines with large disks, and the bucket they work on."""
    site, ctx, name, network = work.site, work.site.ctx, work.name, work.site.network
    group = f"{name}-nodes"
    inside = [Allow(22, network.cidr, "from inside the VPC"), Allow(7077, network.cidr, last_port=7079)]
    group_id = doors.security_group(ctx, network.vpc_id, group, f"Nodes of {name}", inside, work.tags(group))
    role = f"{name}-node"
    identity.role(ctx, role, "ec2.amazonaws.com", (MANAGED,), work.tags(role), work.created, profile=True)
    for number in (1, 2):
        label = f"{name}-node-{number}"
        disks = [
            Disk("/dev/xvda", 30, site.key),
            Disk("/dev/sdf", 500, site.key, ends_with_instance=False, snapshot=False),
        ]
        server = Server(
            label, network.inside[-1], [(group_id, group)], work.tags(label), disks, "r6i.xlarge", profile=role
        )
        compute.launch(ctx, network, server, work.created + number * HOUR)
    bucket = storage.own_name(ctx, f"{name}-{names.place(ctx.region)}")
    storage.bucket(ctx, bucket, work.tags(bucket), work.created, versioned=work.production, key=site.key)


def _database_group(work: Workload, port: int) -> str:
    network = work.site.network
    label = f"{work.name}-{port}"
    inside = [Allow(port, network.cidr, "from inside the VPC")]
    return doors.security_group(
        work.site.ctx, network.vpc_id, label, f"Database of {work.name}", inside, work.tags(label)
    )


PARTS: Mapping[str, Callable[[Workload], None]] = MappingProxyType(
    {
        "web": _web,
        "containers": _containers,
        "functions": _functions,
        "database": _database,
        "cluster": _cluster,
        "batch": _batch,
    }
)
