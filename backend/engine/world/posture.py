"""What is true of an account beside its recorded resources: the facts that rules on a schedule ask for, and resources
that AWS Config does not record.

Nothing here draws from the world's own chances: the rest of a world is the same with it and without it.
"""

from __future__ import annotations

from random import Random

from backend.engine.config.rules.account import set_fact
from backend.engine.context import Context
from backend.engine.world import estate, kinds
from backend.engine.world.estate import Resource
from backend.model.item import Document
from backend.model.moment import DAY, Moment
from backend.rules import facts

LOG_GROUP = "AWS::Logs::LogGroup"
CACHE = "AWS::ElastiCache::ReplicationGroup"
NOTEBOOK = "AWS::SageMaker::NotebookInstance"

_MACHINES = ("ci-", "svc-", "jenkins", "terraform", "pipeline", "deploy")
"""How the names of users begin that are no people: they have keys and no password."""


def found(ctx: Context) -> None:
    """Set the facts of the account, once its users are there."""
    chance = Random(f"posture {ctx.account}")
    set_fact(ctx, facts.PASSWORD_POLICY, _password_policy())
    report = {user.name or user.resource_id: _credentials(ctx, user, chance) for user in _users(ctx)}
    set_fact(ctx, facts.CREDENTIALS, report)
    set_fact(ctx, facts.ALTERNATE_CONTACTS, True)


def found_in_region(ctx: Context, *, home: bool) -> None:
    """Set the facts that each region has of its own, and put what is not recorded there."""
    set_fact(ctx, facts.EBS_ENCRYPTION, home)
    set_fact(ctx, facts.SECURITY_HUB, home)
    set_fact(ctx, facts.ACCESS_ANALYZER, home)
    set_fact(ctx, facts.INSPECTOR, ["EC2", "ECR"] if home else [])
    finding: Document = {"severity": 5, "archived": False, "created": ctx.now - 3 * DAY, "title": "Unusual API calls"}
    detector: Document = {"enabled": home, "S3_DATA_EVENTS": home, "EBS_MALWARE_PROTECTION": False}
    set_fact(ctx, facts.GUARDDUTY, {**detector, "findings": [finding] if home else []})
    set_fact(ctx, facts.MACIE, {"enabled": home, "automated_discovery": False})
    set_fact(ctx, facts.DYNAMODB_THROUGHPUT, {"read": 12, "write": 7})
    _unrecorded(ctx)


def _users(ctx: Context) -> list[Resource]:
    return list(estate.everywhere(ctx, kinds.USER))


def _password_policy() -> Document:
    """Made years ago, and not looked at since: long enough, but passwords never expire."""
    return {
        "MinimumPasswordLength": 12,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "ExpirePasswords": False,
        "PasswordReusePrevention": 5,
    }


def _credentials(ctx: Context, user: Resource, chance: Random) -> Document:
    """A line of the credential report: people sign in with a password and a device, programs have keys."""
    name = user.name or user.resource_id
    machine = name.startswith(_MACHINES)
    born = user.created if user.created is not None else ctx.now - 400 * DAY
    made = max(born, ctx.now - chance.randint(20, 700) * DAY)
    used = _before(ctx, chance.randint(0, 40 if machine else 160))
    keys = [{"active": True, "rotated": made, "used": used}] if machine or chance.random() < 0.35 else []
    return {
        "password": not machine,
        "password_used": None if machine else _before(ctx, chance.randint(0, 130)),
        "password_changed": None if machine else made,
        "mfa": not machine and chance.random() < 0.8,
        "keys": keys,
    }


def _before(ctx: Context, days: int) -> Moment:
    return ctx.now - days * DAY


def _unrecorded(ctx: Context) -> None:
    """Log groups of the functions, a cache and a notebook: rules on a schedule judge them all the same."""
    for number, function in enumerate(estate.of_type(ctx, kinds.FUNCTION)):
        name = f"/aws/lambda/{function.name}"
        body: Document = {"logGroupName": name, "storedBytes": 1024 * (number + 1)}
        if number % 2:
            body["retentionInDays"] = 30
        _put(ctx, LOG_GROUP, name, ctx.arn("logs", f"log-group:{name}:*"), body)
    if ctx.region != ctx.world.home_region:
        return
    cache = "storefront-sessions"
    _put(
        ctx,
        CACHE,
        cache,
        ctx.arn("elasticache", f"replicationgroup:{cache}"),
        {
            "replicationGroupId": cache,
            "status": "available",
            "snapshotRetentionLimit": 1,
            "automaticFailover": "enabled",
            "atRestEncryptionEnabled": True,
            "transitEncryptionEnabled": False,
            "authTokenEnabled": False,
        },
    )
    notebook = "forecast-notebook"
    _put(
        ctx,
        NOTEBOOK,
        notebook,
        ctx.arn("sagemaker", f"notebook-instance/{notebook}"),
        {
            "NotebookInstanceName": notebook,
            "InstanceType": "ml.t3.medium",
            "DirectInternetAccess": "Enabled",
            "RootAccess": "Enabled",
        },
    )


def _put(ctx: Context, kind: str, name: str, arn: str, body: Document) -> None:
    estate.put(
        ctx,
        Resource(
            resource_type=kind, resource_id=name, name=name, arn=arn, region=ctx.region, configuration=body, tags={}
        ),
    )
