"""IAM of the estate: people, groups, roles and customer managed policies. They belong to no region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.engine.around import identity as principals
from backend.engine.context import Context
from backend.engine.world import estate, kinds, names
from backend.engine.world.estate import GLOBAL, Link, Resource
from backend.engine.world.people import ACROSS, PEOPLE, Person
from backend.model.item import Document
from backend.model.moment import DAY, Moment, to_iso

LOCAL_USER = "local.admin"
"""The user that calls with a key nobody knows count as: whoever sits before the local engine."""

ORGANIZATION_ROLE = "AWSConfigRoleForOrganizations"
"""The role by which AWS Config asks AWS Organizations for its accounts; it has the managed policy of that name."""

ANY = "*"
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

POLICIES: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "kestrel-deploy": (
        ["lambda:UpdateFunctionCode", "ecs:*", "autoscaling:*", "ec2:CreateLaunchTemplateVersion"],
        [ANY],
    ),
    "kestrel-infrastructure": (["ec2:*", "rds:*", "s3:*", "iam:PassRole", "kms:CreateGrant"], [ANY]),
    "kestrel-read-everything": (["*:Describe*", "*:List*", "*:Get*"], [ANY]),
    "kestrel-operate": (["ec2:StartInstances", "ec2:StopInstances", "ec2:CreateTags", "ssm:*"], [ANY]),
    "kestrel-data-lake": (
        ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        ["arn:aws:s3:::kestrel-data-lake-*", "arn:aws:s3:::kestrel-data-lake-*/*"],
    ),
    "kestrel-break-glass": ([ANY], [ANY]),
}
"""Customer managed policies: name → (actions, resources). The last one is wrong on purpose."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "administrators": ("arn:aws:iam::aws:policy/AdministratorAccess",),
    "operators": ("kestrel-operate", "kestrel-read-everything"),
    "developers": ("kestrel-read-everything",),
    "data-engineers": ("kestrel-data-lake", "kestrel-read-everything"),
    "auditors": ("arn:aws:iam::aws:policy/SecurityAudit",),
    "contractors-2021": (),
}
"""Groups and their policies: AWS's own by ARN, ours by name. The last group is empty: nobody removed it."""

ROLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "deploy-pipeline": ("federated", ("kestrel-deploy",)),
    "infrastructure-pipeline": ("federated", ("kestrel-infrastructure",)),
    "office-hours-scheduler": ("lambda.amazonaws.com", ("kestrel-operate",)),
    "audit-readonly": ("account", ("arn:aws:iam::aws:policy/SecurityAudit",)),
    "break-glass": ("account", ("kestrel-break-glass",)),
    "rds-monitoring": (
        "monitoring.rds.amazonaws.com",
        ("arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",),
    ),
}
"""Roles of the whole company: name → (who may assume it, policies). Workloads have roles of their own."""

_SERVICE_ROLES = ("config", "autoscaling", "rds", "elasticloadbalancing", "ssm")
_SERVICE_ROLE_NAMES = {
    "config": "Config",
    "config-conforms": "ConfigConforms",
    "autoscaling": "AutoScaling",
    "rds": "RDS",
    "elasticloadbalancing": "ElasticLoadBalancing",
    "ssm": "AmazonSSM",
}


def build(ctx: Context, now: Moment) -> None:
    """Everything of IAM that does not belong to one workload."""
    for place, (name, (actions, resources)) in enumerate(POLICIES.items()):
        policy(ctx, name, actions, resources, now - (900 - 60 * place) * DAY)
    for name, attached in GROUPS.items():
        group(ctx, name, attached, now - 1500 * DAY)
    for place, person in enumerate(PEOPLE):
        user(ctx, person, now - (1400 - 97 * place) * DAY)
    _machines(ctx, now)
    for name, (trusted, attached) in ROLES.items():
        role(ctx, name, trusted, attached, {"Team": names.PLATFORM.title}, now - 800 * DAY)
    for service in _SERVICE_ROLES:
        service_role(ctx, f"{service}.amazonaws.com", now - 1490 * DAY)
    if len(ctx.accounts) > 1:
        attached = (f"arn:aws:iam::aws:policy/service-role/{ORGANIZATION_ROLE}",)
        role(ctx, ORGANIZATION_ROLE, "config.amazonaws.com", attached, {}, now - 400 * DAY, path="/service-role/")


def build_member(ctx: Context, now: Moment) -> None:
    """IAM of an account beside the main one, whose people come in by a role."""
    for name in ("kestrel-deploy", "kestrel-infrastructure", "kestrel-operate"):
        actions, resources = POLICIES[name]
        policy(ctx, name, actions, resources, now - 400 * DAY)
    group(ctx, "administrators", GROUPS["administrators"], now - 420 * DAY)
    _local_user(ctx, now)
    administrator = ("arn:aws:iam::aws:policy/AdministratorAccess",)
    role(ctx, ACROSS, ctx.accounts[0], administrator, {}, now - 420 * DAY)
    for name in ("deploy-pipeline", "infrastructure-pipeline", "office-hours-scheduler"):
        trusted, attached = ROLES[name]
        role(ctx, name, trusted, attached, {"Team": names.PLATFORM.title}, now - 400 * DAY)
    for service in _SERVICE_ROLES:
        service_role(ctx, f"{service}.amazonaws.com", now - 410 * DAY)


def _local_user(ctx: Context, now: Moment) -> None:
    local = Person(LOCAL_USER, "You, at this terminal", "administrators")
    user(ctx, local, now - 30 * DAY)
    principals.set_default_user(ctx, LOCAL_USER)


def _machines(ctx: Context, now: Moment) -> None:
    """Users that are programs. What is wrong with them is wrong on purpose."""
    _local_user(ctx, now)
    inline = {
        "policyName": "reports-2019-temporary",
        "policyDocument": _document(["s3:*", "rds:Describe*", "dynamodb:Scan"], [ANY]),
    }
    old_key = "AKIA" + ctx.ids.upper(16)
    reports = Person("svc-legacy-reports", "Legacy reports (cron on a box nobody owns)", "")
    # The IAM console keeps the description of an access key as a tag named after the key.
    tags = {old_key: "reports cron on erp-batch-01, made 2019-03-11, do NOT rotate before talking to Bjørn"}
    user(ctx, reports, now - 2440 * DAY, inline=(inline,), tags=tags)
    principals.register_key(ctx, old_key, reports.user, created=now - 2440 * DAY)
    jenkins = Person("jenkins-legacy", "Jenkins of 2020", "")
    key = "AKIA" + ctx.ids.upper(16)
    direct = ("arn:aws:iam::aws:policy/PowerUserAccess", "kestrel-break-glass")
    user(ctx, jenkins, now - 2050 * DAY, attached=direct, tags={key: "jenkins master (retired?)"})
    principals.register_key(ctx, key, jenkins.user, created=now - 2050 * DAY)


def user(
    ctx: Context,
    person: Person,
    created: Moment,
    *,
    inline: tuple[Document, ...] = (),
    attached: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
) -> None:
    """An IAM user; people have a fresh access key, too."""
    own = {"DisplayName": person.name, **(tags or {})}
    body: Document = {
        "path": "/",
        "userName": person.user,
        "userId": unique(ctx, "AIDA"),
        "arn": ctx.arn("iam", f"user/{person.user}", region=""),
        "createDate": to_iso(created),
        "userPolicyList": [{**entry, "policyDocument": [entry["policyDocument"]]} for entry in inline],
        "groupList": [person.group] if person.group else [],
        "attachedManagedPolicies": _attached(ctx, attached),
        "permissionsBoundary": None,
        "tags": names.tag_list(own),
    }
    made = _resource(kinds.USER, person.user, body["userId"], body, created, own)
    estate.put(ctx, estate.changed(made, links=user_links(ctx, body)))
    if tags is None:
        key = "AKIA" + ctx.ids.upper(16)
        principals.register_key(ctx, key, person.user, created=created)


def user_links(ctx: Context, body: Document) -> tuple[Link, ...]:
    """The links of a user, from its body."""
    groups = (estate.by_name(ctx, kinds.GROUP, name) for name in body["groupList"])
    return (
        *(Link("Is attached to Group", kinds.GROUP, found.resource_id, found.name) for found in groups if found),
        *policy_links(ctx, body["attachedManagedPolicies"]),
    )


def group(ctx: Context, name: str, attached: Sequence[str], created: Moment) -> None:
    body: Document = {
        "path": "/",
        "groupName": name,
        "groupId": unique(ctx, "AGPA"),
        "arn": ctx.arn("iam", f"group/{name}", region=""),
        "createDate": to_iso(created),
        "groupPolicyList": [],
        "attachedManagedPolicies": _attached(ctx, attached),
    }
    made = _resource(kinds.GROUP, name, body["groupId"], body, created, {})
    estate.put(ctx, estate.changed(made, links=policy_links(ctx, body["attachedManagedPolicies"])))


def role(
    ctx: Context,
    name: str,
    trusted: str,
    attached: Sequence[str],
    tags: Mapping[str, str],
    created: Moment,
    *,
    path: str = "/",
    profile: bool = False,
) -> None:
    """A role.

    `trusted` is a service, "account" for this account's people, the id of another account for everybody in that,
    "federated" for the build system.
    """
    profiles = [
        {
            "path": "/",
            "instanceProfileName": name,
            "instanceProfileId": unique(ctx, "AIPA"),
            "arn": ctx.arn("iam", f"instance-profile/{name}", region=""),
            "createDate": to_iso(created),
        }
    ]
    body: Document = {
        "path": path,
        "roleName": name,
        "roleId": unique(ctx, "AROA"),
        "arn": ctx.arn("iam", f"role{path}{name}", region=""),
        "createDate": to_iso(created),
        "assumeRolePolicyDocument": _trust(ctx, trusted),
        "instanceProfileList": profiles if profile else [],
        "rolePolicyList": [],
        "attachedManagedPolicies": _attached(ctx, attached),
        "permissionsBoundary": None,
        "tags": names.tag_list(tags),
        "roleLastUsed": None,
    }
    made = _resource(kinds.ROLE, name, body["roleId"], body, created, tags)
    estate.put(ctx, estate.changed(made, links=policy_links(ctx, body["attachedManagedPolicies"])))


def policy(ctx: Context, name: str, actions: Sequence[str], resources: Sequence[str], created: Moment) -> None:
    """A customer managed policy with one version."""
    body: Document = {
        "policyName": name,
        "policyId": unique(ctx, "ANPA"),
        "arn": ctx.arn("iam", f"policy/{name}", region=""),
        "path": "/",
        "defaultVersionId": "v1",
        "attachmentCount": sum(name in attached for _, attached in ROLES.values())
        + sum(name in attached for attached in GROUPS.values()),
        "permissionsBoundaryUsageCount": 0,
        "isAttachable": True,
        "description": None,
        "createDate": to_iso(created),
        "updateDate": to_iso(created),
        "tags": [],
        "policyVersionList": [policy_version("v1", actions, resources, created)],
    }
    estate.put(ctx, _resource(kinds.POLICY, name, body["policyId"], body, created, {}))


def policy_version(version: str, actions: Sequence[str], resources: Sequence[str], created: Moment) -> Document:
    """An entry of a policy's `policyVersionList`, the one in force."""
    return {
        "document": [_document(actions, resources)],
        "versionId": version,
        "isDefaultVersion": True,
        "createDate": to_iso(created),
    }


def policy_links(ctx: Context, attached: Sequence[Document]) -> tuple[Link, ...]:
    """Links to the customer's own among attached policies; AWS's have no items."""
    found = (estate.by_name(ctx, kinds.POLICY, entry["policyName"]) for entry in attached)
    return tuple(
        Link("Is attached to CustomerManagedPolicy", kinds.POLICY, policy.resource_id, policy.name)
        for policy in found
        if policy
    )


def unique(ctx: Context, prefix: str) -> str:
    """An id of IAM's: a prefix that tells the kind, and 17 characters."""
    return prefix + "".join(_CHARACTERS[byte % 32] for byte in ctx.ids.bytes()[:17])


def service_role_name(principal: str) -> str | None:
    """How the role of a service is called, `config.amazonaws.com` say; None for a service that has none here."""
    name = _SERVICE_ROLE_NAMES.get(principal.removesuffix(".amazonaws.com"))
    return f"AWSServiceRoleFor{name}" if name else None


def service_role(ctx: Context, principal: str, created: Moment) -> None:
    """The role that a service acts by, with AWS's policy on it."""
    name = _SERVICE_ROLE_NAMES[principal.removesuffix(".amazonaws.com")]
    attached = (f"arn:aws:iam::aws:policy/aws-service-role/{name}ServiceRolePolicy",)
    path = f"/aws-service-role/{principal}/"
    role(ctx, f"AWSServiceRoleFor{name}", principal, attached, {}, created, path=path)


def _attached(ctx: Context, policies: Sequence[str]) -> list[Document]:
    return [
        {
            "policyName": entry.rsplit("/", 1)[-1],
            "policyArn": entry if entry.startswith("arn:") else ctx.arn("iam", f"policy/{entry}", region=""),
        }
        for entry in policies
    ]


def _document(actions: Sequence[str], resources: Sequence[str]) -> Document:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}],
    }


def _trust(ctx: Context, trusted: str) -> Document:
    statement: Document = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
    if trusted == "account":
        statement["Principal"] = {"AWS": f"arn:aws:iam::{ctx.account}:root"}
        statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    elif trusted.isdigit():
        statement["Principal"] = {"AWS": f"arn:aws:iam::{trusted}:root"}
    elif trusted == "federated":
        provider = "oidc-provider/token.actions.githubusercontent.com"
        statement["Principal"] = {"Federated": ctx.arn("iam", provider, region="")}
        statement["Action"] = "sts:AssumeRoleWithWebIdentity"
    return {"Version": "2012-10-17", "Statement": [statement]}


def _resource(
    kind: str, name: str, unique_id: str, body: Document, created: Moment, tags: Mapping[str, str]
) -> Resource:
    return Resource(
        resource_type=kind,
        resource_id=unique_id,
        region=GLOBAL,
        name=name,
        arn=body["arn"],
        zone=kinds.NOT_APPLICABLE,
        created=created,
        configuration=body,
        tags=dict(tags),
    )
