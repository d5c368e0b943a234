"""Managed rules over who comes at S3 buckets, and how."""

from __future__ import annotations

from collections.abc import Iterator

from backend.model.item import Document
from backend.rules.expectations import one_of
from backend.rules.managed.policies import everybody, held_to, matches, overlap, public_statement, statements
from backend.rules.reading import listed, objects, parsed, split_csv, supplement, truth
from backend.rules.table import need, rule
from backend.rules.verdict import FINE, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_READING = frozenset(
    {"s3:getobject", "s3:getobjectversion", "s3:getobjectacl", "s3:listbucket", "s3:listbucketversions"}
)
_WRITING = frozenset(
    {
        "s3:putobject",
        "s3:putobjectacl",
        "s3:deleteobject",
        "s3:deleteobjectversion",
        "s3:putbucketpolicy",
        "s3:putbucketacl",
        "s3:deletebucket",
        "s3:restoreobject",
    }
)
_EVERYBODY = frozenset({"AllUsers", "AuthenticatedUsers"})
_READ_GRANTS = frozenset({"read", "readacp", "fullcontrol"})
_WRITE_GRANTS = frozenset({"write", "writeacp", "fullcontrol"})
_POLICY = "supplementaryConfiguration.BucketPolicy"
_PUBLIC_READS = (
    _POLICY,
    "supplementaryConfiguration.AccessControlList",
    "supplementaryConfiguration.PublicAccessBlockConfiguration",
)


def bucket_policy(item: Document) -> Document:
    """The policy of a bucket; empty when it has none."""
    return parsed(supplement(item, "BucketPolicy").get("policyText"))


def account_block(around: Surroundings) -> Document:
    """The account's S3 public access block; empty when none was set."""
    for resource in around.resources("AWS::S3::AccountPublicAccessBlock"):
        return parsed(resource.get("configuration"))
    return {}


def _public(
    item: Document, around: Surroundings, actions: frozenset[str], grants: frozenset[str], deed: str
) -> Verdict:
    own = supplement(item, "PublicAccessBlockConfiguration")
    statement = None if own.get("restrictPublicBuckets") else public_statement(bucket_policy(item), actions)
    granted = None if own.get("ignorePublicAcls") else _public_grant(item, grants)
    if statement is None and granted is None:
        return FINE  # whatever the account blocks beside that
    block = account_block(around)
    if statement is not None and not block.get("restrictPublicBuckets"):
        reason = Reason(f"{_POLICY}.policyText", statement, f"no statement that lets anybody {deed}")
        return bad(f"The bucket policy lets anybody {deed}.", reason)
    if granted is not None and not block.get("ignorePublicAcls"):
        place, group = granted
        path = f"supplementaryConfiguration.AccessControlList.grantList.{place}"
        reason = Reason(path, group, "no grant to everybody")
        return bad(f"The access control list lets the group {group} {deed}.", reason)
    return FINE


def _public_grant(item: Document, grants: frozenset[str]) -> tuple[int, str] | None:
    """The place and group of a grant to everybody."""
    for place, grant in enumerate(objects(supplement(item, "AccessControlList").get("grantList"))):
        permission = str(grant.get("permission")).replace("_", "").lower()
        if _group(grant) in _EVERYBODY and permission in grants:
            return place, _group(grant)
    return None


def _group(grant: Document) -> str:
    """The predefined group a grant is for: items give its name, the S3 API a URI that ends in it."""
    grantee = grant.get("grantee")
    if isinstance(grantee, str):
        return grantee
    return str(parsed(grantee).get("uri") or "").rsplit("/", 1)[-1]


def _public_read(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    return _public(item, around, _READING, _READ_GRANTS, "read")


def _public_write(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    return _public(item, around, _WRITING, _WRITE_GRANTS, "write")


def _tls_only(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    for statement in statements(bucket_policy(item), "Deny"):
        condition = parsed(statement.get("Condition"))
        tests = {key.lower(): value for each in condition.values() for key, value in parsed(each).items()}
        secure = listed(tests.get("aws:securetransport"))
        actions = [str(action).lower() for action in listed(statement.get("Action"))]
        refused = any(str(value).lower() == "false" for value in secure) and everybody(statement.get("Principal"))
        if refused and (matches("s3:getobject", actions) or matches("s3:putobject", actions)):
            return FINE
    return bad(
        "The policy does not deny requests without TLS.",
        Reason(f"{_POLICY}.policyText", None, "a Deny where aws:SecureTransport is false"),
    )


def _blocked(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    if item.get("resourceId") in split_csv(parameters.get("excludedPublicBuckets") or ""):
        return out_of_scope("The bucket is one of excludedPublicBuckets.")
    block = supplement(item, "PublicAccessBlockConfiguration")
    for flag in ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"):
        if not block.get(flag):
            reason = Reason(
                f"supplementaryConfiguration.PublicAccessBlockConfiguration.{flag}", block.get(flag), "true"
            )
            return bad(f"The bucket does not set {flag}.", reason)
    return FINE


def _account_blocked(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    block = parsed(item.get("configuration"))
    for parameter in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"):
        wanted = truth(parameters.get(parameter) or "True")
        flag = parameter[0].lower() + parameter[1:]
        if truth(block.get(flag)) is not wanted:
            return bad(
                f"The account has {flag} {block.get(flag)}.",
                Reason(f"configuration.{flag}", block.get(flag), str(wanted).lower()),
            )
    return FINE


def _acl_prohibited(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    ownership = supplement(item, "OwnershipControls")
    if any("BucketOwnerEnforced" in str(each) for each in listed(ownership.get("rules"))):
        return FINE
    acl = supplement(item, "AccessControlList")
    owner = parsed(acl.get("owner")).get("id")
    for place, grant in enumerate(objects(acl.get("grantList"))):
        if parsed(grant.get("grantee")).get("id") != owner or owner is None:
            path = f"supplementaryConfiguration.AccessControlList.grantList.{place}"
            return bad(
                "The access control list grants something to others than the owner.",
                Reason(path, grant, "no grant but the owner's"),
            )
    return FINE


def _grantees(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
    allowed = {
        "AWS": split_csv(parameters.get("awsPrincipals") or ""),
        "Service": split_csv(parameters.get("servicePrincipals") or ""),
        "Federated": split_csv(parameters.get("federatedUsers") or ""),
    }
    addresses, networks = split_csv(parameters.get("ipAddresses") or ""), split_csv(parameters.get("vpcIds") or "")
    for statement in statements(bucket_policy(item)):
        places = {"aws:sourceip": addresses, "aws:sourcevpc": networks}
        if any(set(fixed) <= set(places.get(key, ())) for key, fixed in held_to(statement.get("Condition"))):
            continue
        for kind, caller in _callers(statement):
            if caller not in allowed.get(kind, []):
                reason = Reason(f"{_POLICY}.policyText", caller, "only those of the parameters")
                return bad(f"The policy grants something to {caller}.", reason)
    return FINE


def _callers(statement: Document) -> Iterator[tuple[str, str]]:
    """Whom a statement is about, with the kind of each; all but some are everybody."""
    principal = "*" if "NotPrincipal" in statement else statement.get("Principal")
    for kind, callers in (principal if isinstance(principal, dict) else {"AWS": principal}).items():
        for caller in listed(callers):
            yield kind, str(caller)


def _actions_prohibited(item: Document, parameters: Parameters, around: Surroundings) -> Verdict:
    patterns = split_csv(parameters.get("blacklistedActionPattern") or "")
    for statement in statements(bucket_policy(item)):
        foreign = [caller for kind, caller in _callers(statement) if kind == "AWS" and around.account not in caller]
        action = _allowed_action(statement, patterns) if foreign else None
        if action is not None:
            reason = Reason(f"{_POLICY}.policyText", action, f"no {', '.join(patterns)} for others")
            return bad(f"The policy allows {action} to {foreign[0]}.", reason)
    return FINE


def _allowed_action(statement: Document, patterns: list[str]) -> str | None:
    """The first action a statement allows that fits one of some patterns, as the statement or the pattern spells it."""
    if "NotAction" in statement:
        left_out = [str(action).lower() for action in listed(statement["NotAction"])]
        return next((pattern for pattern in patterns if not matches(pattern.lower(), left_out)), None)
    actions = map(str, listed(statement.get("Action")))
    return next((action for action in actions if any(overlap(action, pattern) for pattern in patterns)), None)


CHECKS = (
    Check(
        "S3_BUCKET_PUBLIC_READ_PROHIBITED",
        "Neither policy nor access control list lets anybody read.",
        item=_public_read,
        reads=_PUBLIC_READS,
        around=True,
    ),
    Check(
        "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
        "Neither policy nor access control list lets anybody write.",
        item=_public_write,
        reads=_PUBLIC_READS,
        around=True,
    ),
    Check("S3_BUCKET_SSL_REQUESTS_ONLY", "The policy denies requests without TLS.", item=_tls_only, reads=(_POLICY,)),
    Check(
        "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
        "The bucket blocks all four ways of public access.",
        item=_blocked,
        reads=("supplementaryConfiguration.PublicAccessBlockConfiguration", "resourceId"),
    ),
    Check(
        "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS",
        "The account's public access block is as the parameters say.",
        item=_account_blocked,
        reads=tuple(
            f"configuration.{flag}"
            for flag in ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
        ),
    ),
    Check(
        "S3_BUCKET_ACL_PROHIBITED",
        "Access control lists are off, or grant nothing to others.",
        item=_acl_prohibited,
        reads=("supplementaryConfiguration.AccessControlList", "supplementaryConfiguration.OwnershipControls"),
    ),
    Check(
        "S3_BUCKET_POLICY_GRANTEE_CHECK",
        "The policy grants only to those of the parameters.",
        item=_grantees,
        reads=(_POLICY,),
    ),
    Check(
        "S3_BUCKET_BLACKLISTED_ACTIONS_PROHIBITED",
        "The policy allows none of the actions to other accounts.",
        item=_actions_prohibited,
        reads=(_POLICY,),
        around=True,
    ),
    rule(
        "S3_ACCESS_POINT_IN_VPC_ONLY",
        "The access point is reached from a VPC only.",
        need("NetworkOrigin", one_of("VPC")),
    ),
)
