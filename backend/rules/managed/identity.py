"""Managed rules over IAM users, groups, roles and policies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.model.item import Document, Json
from backend.rules.expectations import every_among
from backend.rules.facts import ORGANIZATION
from backend.rules.managed.policies import all_resources, document, overlap, statements
from backend.rules.reading import body, listed, objects, split_csv, truth
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, ItemCheck, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_INLINE = ("userPolicyList", "rolePolicyList", "groupPolicyList")
_INLINE_READS = tuple(f"configuration.{name}" for name in _INLINE)
_SERVICE_PATH = "/aws-service-role/"
_NAMES = re.compile(r"[^][;|\s]+")
"""The names in an exception: `roles:[admin;deploy]`."""
_ACCOUNT = re.compile(r"(?:arn:[^:]*:(?:iam|sts)::)?(\d{12})(?::.*)?")


def _without_policies(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    user = body(item)
    found = [
        (f"configuration.{member}", str(policy.get("policyName")))
        for member in ("userPolicyList", "attachedManagedPolicies")
        for policy in objects(user.get(member))
    ]
    if found:
        reasons = [Reason(path, name, "no policy") for path, name in found]
        return bad(f"The user has policies of its own: {', '.join(name for _, name in found)}.", *reasons)
    return FINE


def _no_inline(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for member in _INLINE:
        names = [str(each.get("policyName")) for each in objects(body(item).get(member))]
        if names:
            return bad(
                f"There are inline policies: {', '.join(names)}.",
                Reason(f"configuration.{member}", list(names), "no inline policy"),
            )
    return FINE


def _default_version(item: Document) -> Document:
    for version in objects(body(item).get("policyVersionList")):
        if version.get("isDefaultVersion"):
            return document(version.get("document"))
    return {}


def _left_out(item: Document, parameters: Parameters) -> bool:
    """Whether the policy is only a boundary, and those are not judged."""
    boundary = body(item).get("permissionsBoundaryUsageCount")
    return truth(parameters.get("excludePermissionBoundaryPolicy") or "") is True and bool(boundary)


def _policy(forbidden: str, deed: str) -> ItemCheck:
    """A customer policy of which no statement allows something on everything."""

    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        if _left_out(item, parameters):
            return out_of_scope("The policy is used as a permissions boundary.")
        for statement in statements(_default_version(item)):
            for action in map(str, listed(statement.get("Action"))):
                everything = action == "*" if forbidden == "*" else action == "*" or action.endswith(":*")
                if everything and all_resources(statement):
                    reason = Reason(
                        "configuration.policyVersionList",
                        {"Action": action, "Resource": "*"},
                        f"no statement that allows {deed}",
                    )
                    return bad(f"The policy allows {action} on all resources.", reason)
        return FINE

    return judge


def _full_access(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if _left_out(item, parameters):
        return out_of_scope("The policy is used as a permissions boundary.")
    for statement in statements(_default_version(item)):
        for action in map(str, listed(statement.get("Action"))):
            if action == "*" or action.endswith(":*"):
                reason = Reason(
                    "configuration.policyVersionList", action, "no statement that allows all actions of a service"
                )
                return bad(f"The policy allows {action}.", reason)
    return FINE


def _documents(item: Document) -> Iterator[tuple[str, Document]]:
    """The policy documents an item holds: inline ones, or the default version of a policy."""
    if item.get("resourceType") == "AWS::IAM::Policy":
        yield "configuration.policyVersionList", _default_version(item)
    for member in _INLINE:
        for place, policy in enumerate(objects(body(item).get(member))):
            yield f"configuration.{member}.{place}.policyDocument", document(policy.get("policyDocument"))


def _no_blocked(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if _left_out(item, parameters):
        return out_of_scope("The policy is used as a permissions boundary.")
    if str(body(item).get("path") or "").startswith(_SERVICE_PATH):
        return out_of_scope("A service owns the role.")
    patterns = split_csv(parameters.get("blockedActionsPatterns") or "")
    for path, policy in _documents(item):
        for statement in statements(policy):
            wide = any(_all_keys(str(resource)) for resource in listed(statement.get("Resource")))
            for action in map(str, listed(statement.get("Action"))):
                if wide and any(overlap(action, pattern) for pattern in patterns):
                    if _is_of_management(item, parameters, around):
                        return out_of_scope("Only the management account can assume the role.")
                    return bad(
                        f"{action} is allowed on all keys.",
                        Reason(path, action, f"no {', '.join(patterns)} on all keys"),
                    )
    return FINE


def _is_of_management(item: Document, parameters: Parameters, around: Surroundings) -> bool:
    """Whether a role is left out, as only the organization's management account can assume it. Raises `CannotTell`."""
    if truth(parameters.get("excludeRoleByManagementAccount")) is not True:
        return False
    trusted = [
        account
        for statement in statements(document(body(item).get("assumeRolePolicyDocument")))
        for account in _trusted(statement.get("Principal"))
    ]
    accounts = set(trusted)
    return len(accounts) == 1 and None not in accounts and accounts == {around.fact(ORGANIZATION)}


def _trusted(principal: Json) -> Iterator[str | None]:
    """The accounts of a principal; None for what is no account."""
    kinds = principal if isinstance(principal, dict) else {"": principal}
    for kind, names in kinds.items():
        for name in listed(names):
            found = _ACCOUNT.fullmatch(str(name)) if kind == "AWS" else None
            yield found[1] if found else None


def _all_keys(resource: str) -> bool:
    parts = resource.split(":", 5)
    return resource == "*" or (len(parts) == 6 and parts[2] == "kms" and parts[5] in ("*", "key/*"))


def _in_group(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    groups = [str(each) for each in listed(body(item).get("groupList"))]
    allowed = split_csv(parameters.get("groupNames") or "")
    if not groups or (allowed and not set(groups) & set(allowed)):
        wanted = f"one of {', '.join(allowed)}" if allowed else "a group"
        return bad("The user is in no group asked for.", Reason("configuration.groupList", list(groups), wanted))
    return FINE


def has_users(group: Document, around: Surroundings) -> bool:
    """Whether a user is in a group, as the group or the users tell."""
    if any(link.get("resourceType") == "AWS::IAM::User" for link in objects(group.get("relationships"))):
        return True
    name = group.get("resourceName") or group.get("resourceId")
    return any(name in listed(body(user).get("groupList")) for user in around.resources("AWS::IAM::User"))


def _some_user(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    if has_users(item, around):
        return FINE
    return bad("The group has no users.", Reason("relationships", None, "at least one user"))


def _blacklisted(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    refused = split_csv(parameters.get("policyArns") or "")
    name = item.get("resourceName") or item.get("resourceId")
    kind = str(item.get("resourceType")).rsplit("::", 1)[-1].lower()
    for exception in split_csv(parameters.get("exceptionList") or ""):
        of, _colon, names = exception.partition(":")
        if kind == of.strip().rstrip("s").lower() and name in _NAMES.findall(names):
            return FINE  # whatever is attached to it
    for place, policy in enumerate(objects(body(item).get("attachedManagedPolicies"))):
        arn = policy.get("policyArn")
        if arn in refused:
            path = f"configuration.attachedManagedPolicies.{place}.policyArn"
            return bad(f"{policy.get('policyName')} is attached.", Reason(path, arn, f"not {', '.join(refused)}"))
    return FINE


def _role_policies(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    attached = [str(each.get("policyArn")) for each in objects(body(item).get("attachedManagedPolicies"))]
    missing = [arn for arn in split_csv(parameters.get("managedPolicyArns") or "") if arn not in attached]
    if missing:
        return bad(
            f"{missing[0]} is not attached.",
            Reason("configuration.attachedManagedPolicies", list(attached), ", ".join(missing)),
        )
    return FINE


CHECKS = (
    Check(
        "IAM_USER_NO_POLICIES_CHECK",
        "The user has no policies of its own, inline or attached.",
        item=_without_policies,
        reads=("configuration.userPolicyList", "configuration.attachedManagedPolicies"),
    ),
    Check("IAM_NO_INLINE_POLICY_CHECK", "There is no inline policy.", item=_no_inline, reads=_INLINE_READS),
    Check(
        "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
        "No statement allows all actions on all resources.",
        item=_policy("*", "* on *"),
        reads=("configuration.policyVersionList", "configuration.permissionsBoundaryUsageCount"),
    ),
    Check(
        "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS",
        "No statement allows all actions of a service.",
        item=_full_access,
        reads=("configuration.policyVersionList", "configuration.permissionsBoundaryUsageCount"),
    ),
    Check(
        "IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS",
        "No statement allows a blocked action on all keys.",
        item=_no_blocked,
        reads=("configuration.policyVersionList", "configuration.permissionsBoundaryUsageCount", "configuration.path"),
    ),
    Check(
        "IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS",
        "No inline policy allows a blocked action on all keys.",
        item=_no_blocked,
        reads=(*_INLINE_READS, "configuration.assumeRolePolicyDocument", "configuration.path"),
        around=True,
    ),
    Check(
        "IAM_USER_GROUP_MEMBERSHIP_CHECK",
        "The user is in a group, one of groupNames if given.",
        item=_in_group,
        reads=("configuration.groupList",),
    ),
    Check(
        "IAM_GROUP_HAS_USERS_CHECK",
        "The group has a user.",
        item=_some_user,
        reads=("relationships", "resourceName", "resourceId"),
        around=True,
    ),
    Check(
        "IAM_POLICY_BLACKLISTED_CHECK",
        "None of policyArns is attached.",
        item=_blacklisted,
        reads=("configuration.attachedManagedPolicies", "resourceName", "resourceId"),
    ),
    Check(
        "IAM_ROLE_MANAGED_POLICY_CHECK",
        "Each of managedPolicyArns is attached.",
        item=_role_policies,
        reads=("configuration.attachedManagedPolicies",),
    ),
    rule(
        "IAM_OIDC_PROVIDER_CLIENT_ID_LIST_CHECK",
        "The provider takes only clients of allowedClientIds.",
        need("ClientIdList", every_among("allowedClientIds")),
    ),
)
