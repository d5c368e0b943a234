"""Changes of who may do what: ports of security groups, members of groups, policies of roles, keys."""

from __future__ import annotations

from random import Random

from backend.engine.around import identity as principals
from backend.engine.context import Caller, Context
from backend.engine.world import doors, estate, identity, kinds, people
from backend.engine.world.changes.deeds import deed, linked, pick
from backend.engine.world.doors import Allow
from backend.engine.world.estate import GLOBAL, Resource
from backend.model.item import Document
from backend.model.moment import to_iso

_NEIGHBOURS = (
    Allow(5432, "10.40.0.0/16", "replica in the analytics VPC"),
    Allow(8443, "10.20.0.0/16", "admin endpoint"),
    Allow(9100, "10.20.48.0/20", "node exporter"),
    Allow(443, "198.51.100.0/24", "partner カーゴ便"),
)


def allow_neighbour(ctx: Context, chance: Random) -> bool:
    """A developer lets another network in."""
    allow = chance.choice(_NEIGHBOURS)
    group = pick(ctx, chance, kinds.SECURITY_GROUP, lambda group: bool(group.tags) and not _has(group, ctx, allow))
    if group is None:
        return False
    open_port(ctx, group, allow, chance.choice(people.DEVELOPERS).caller)
    return True


def forget_neighbour(ctx: Context, chance: Random) -> bool:
    """The infrastructure code takes back what was allowed by hand."""
    allow = chance.choice(_NEIGHBOURS)
    group = pick(ctx, chance, kinds.SECURITY_GROUP, lambda group: _has(group, ctx, allow))
    if group is None:
        return False
    close_port(ctx, group, allow, people.TERRAFORM)
    return True


def open_port(ctx: Context, group: Resource, allow: Allow, caller: Caller) -> None:
    """Add an inbound permission to a security group; refused, and recorded as refused, when it is there already."""
    twice = ("InvalidPermission.Duplicate", "the specified rule already exists") if _has(group, ctx, allow) else None
    deed(ctx, caller, "ec2", "AuthorizeSecurityGroupIngress", _request(group, allow), group, error=twice)
    if twice is None:
        permissions = [*group.configuration["ipPermissions"], doors.permission(ctx, allow)]
        estate.put(ctx, estate.edited(group, ipPermissions=permissions))


def close_port(ctx: Context, group: Resource, allow: Allow, caller: Caller) -> None:
    """Take an inbound permission from a security group; its note does not matter. Refused when it is not there."""
    absent = ("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    error = None if _has(group, ctx, allow) else absent
    deed(ctx, caller, "ec2", "RevokeSecurityGroupIngress", _request(group, allow), group, error=error)
    if error is None:
        unwanted = doors.permission(ctx, allow)
        kept = [entry for entry in group.configuration["ipPermissions"] if not _same(entry, unwanted)]
        estate.put(ctx, estate.edited(group, ipPermissions=kept))


def move_user(ctx: Context, chance: Random) -> bool:
    """An administrator puts a person into a second group, or takes them out of it."""
    person = chance.choice(people.DEVELOPERS)
    user = estate.by_name(ctx, kinds.USER, person.user)
    group = estate.by_name(ctx, kinds.GROUP, "data-engineers")
    if user is None or group is None:
        return False
    groups = list(user.configuration["groupList"])
    adding = "data-engineers" not in groups
    groups = [*groups, "data-engineers"] if adding else [name for name in groups if name != "data-engineers"]
    name = "AddUserToGroup" if adding else "RemoveUserFromGroup"
    request = {"userName": person.user, "groupName": "data-engineers"}
    deed(ctx, people.AISHA.in_console, "iam", name, request, user, group)
    changed = estate.edited(user, groupList=groups)
    estate.put(ctx, estate.changed(changed, links=identity.user_links(ctx, changed.configuration)))
    return True


def rotate_key(ctx: Context, chance: Random) -> bool:
    """A person makes a new access key; the console notes it as a tag of the user."""
    person = chance.choice(people.PEOPLE)
    user = estate.by_name(ctx, kinds.USER, person.user)
    if user is None:
        return False
    key = "AKIA" + ctx.ids.upper(16)
    response = {"accessKey": {"userName": person.user, "accessKeyId": key, "status": "Active"}}
    deed(ctx, person.in_console, "iam", "CreateAccessKey", {"userName": person.user}, user, response=response)
    principals.register_key(ctx, key, person.user)
    kept = {name: value for name, value in user.tags.items() if not name.startswith("AKIA")}
    deed(ctx, person.in_console, "iam", "TagUser", {"userName": person.user, "tags": [{"key": key}]}, user)
    estate.put(ctx, estate.tagged(user, {**kept, key: f"laptop, {to_iso(ctx.now)[:10]}"}))
    return True


def edit_role(ctx: Context, chance: Random) -> bool:
    """The infrastructure code writes an inline policy of a workload's role."""
    role = pick(ctx, chance, kinds.ROLE, lambda role: role.tags.get("Application") is not None, region=GLOBAL)
    if role is None:
        return False
    bucket = f"arn:aws:s3:::kestrel-{role.tags['Application']}-*"
    statement: Document = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [bucket]}
    revised = "s3:PutObject" if not role.configuration["rolePolicyList"] else "s3:DeleteObject"
    statement["Action"].append(revised)
    document = {"Version": "2012-10-17", "Statement": [statement]}
    request = {"roleName": role.name, "policyName": "workload", "policyDocument": document}
    deed(ctx, people.TERRAFORM, "iam", "PutRolePolicy", request, role)
    estate.put(ctx, estate.edited(role, rolePolicyList=[{"policyName": "workload", "policyDocument": document}]))
    return True


def new_policy_version(ctx: Context, chance: Random) -> bool:
    """An administrator changes a customer managed policy: a version is added, the oldest of five goes."""
    policy = pick(ctx, chance, kinds.POLICY, lambda policy: policy.name != "kestrel-break-glass", region=GLOBAL)
    if policy is None:
        return False
    versions = policy.configuration["policyVersionList"]
    number = max(int(version["versionId"][1:]) for version in versions) + 1
    statement = versions[0]["document"][0]["Statement"][0]
    wanted = f"ec2:Describe{chance.choice(('Images', 'Snapshots', 'Tags', 'Regions'))}"
    actions = [*(action for action in statement["Action"] if action != wanted), wanted]
    made = identity.policy_version(f"v{number}", actions, statement["Resource"], ctx.now)
    request = {"policyArn": policy.arn, "setAsDefault": True}
    deed(ctx, people.WEILING.caller, "iam", "CreatePolicyVersion", request, policy)
    older = [{**version, "isDefaultVersion": False} for version in versions][:4]
    changed = estate.edited(
        policy, policyVersionList=[made, *older], defaultVersionId=f"v{number}", updateDate=to_iso(ctx.now)
    )
    estate.put(ctx, changed)
    return True


def detach_policies(ctx: Context, user: Resource, caller: Caller) -> None:
    """Take every policy of its own from a user: what `iam-user-no-policies-check` asks for."""
    for entry in user.configuration["userPolicyList"]:
        request = {"userName": user.name, "policyName": entry["policyName"]}
        deed(ctx, caller, "iam", "DeleteUserPolicy", request, user)
    for entry in user.configuration["attachedManagedPolicies"]:
        request = {"userName": user.name, "policyArn": entry["policyArn"]}
        deed(ctx, caller, "iam", "DetachUserPolicy", request, user, also=linked(user))
    changed = estate.edited(user, userPolicyList=[], attachedManagedPolicies=[])
    estate.put(ctx, estate.changed(changed, links=identity.user_links(ctx, changed.configuration)))


def _has(group: Resource, ctx: Context, allow: Allow) -> bool:
    wanted = doors.permission(ctx, allow)
    return any(_same(entry, wanted) for entry in group.configuration["ipPermissions"])


def _same(one: Document, other: Document) -> bool:
    parts = ("ipProtocol", "fromPort", "toPort", "ipRanges")
    six = [[each["cidrIpv6"] for each in entry["ipv6Ranges"]] for entry in (one, other)]
    return all(one.get(part) == other.get(part) for part in parts) and six[0] == six[1]


def _request(group: Resource, allow: Allow) -> Document:
    last = allow.port if allow.last_port is None else allow.last_port
    six = ":" in allow.source
    ranges = {"ipv6Ranges": {"items": [{"cidrIpv6": allow.source}]}} if six else {}
    permission = {
        "ipProtocol": allow.protocol,
        "fromPort": allow.port,
        "toPort": last,
        "ipRanges": {} if six else {"items": [{"cidrIp": allow.source, "description": allow.note}]},
        **ranges,
    }
    return {"groupId": group.resource_id, "ipPermissions": {"items": [permission]}}
