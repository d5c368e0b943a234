"""Managed rules over S3 buckets."""

from __future__ import annotations

from backend.engine.config.rules.catalogue import HYBRID, ON_CHANGE, ManagedRule, Parameter
from backend.engine.config.rules.managed.policies import public_statement
from backend.engine.config.rules.managed.reading import objects, parsed, supplement
from backend.engine.config.rules.verdict import FINE, AccountView, Parameters, Verdict, bad
from backend.model.item import Document

_BUCKET = ("AWS::S3::Bucket",)

_READING = frozenset(
    {
        "s3:getobject",
        "s3:getobjectversion",
        "s3:getobjectacl",
        "s3:listbucket",
        "s3:listbucketversions",
    }
)
_EVERYBODY = frozenset({"AllUsers", "AuthenticatedUsers"})
_READ_GRANTS = frozenset({"Read", "ReadAcp", "FullControl", "READ", "READ_ACP", "FULL_CONTROL"})


def _versioning(item: Document, parameters: Parameters, _: AccountView) -> Verdict:
    state = supplement(item, "BucketVersioningConfiguration")
    if state.get("status") != "Enabled":
        return bad("Versioning is not enabled.")
    if (parameters.get("isMfaDeleteEnabled") or "").lower() == "true" and not state.get("isMfaDeleteEnabled"):
        return bad("Versioning is enabled, MFA delete is not.")
    return FINE


def _public_read(item: Document, parameters: Parameters, view: AccountView) -> Verdict:
    blocks = (supplement(item, "PublicAccessBlockConfiguration"), view.public_access_block)
    if not any(block.get("restrictPublicBuckets") for block in blocks):
        policy = parsed(supplement(item, "BucketPolicy").get("policyText"))
        if public_statement(policy, _READING) is not None:
            return bad("The bucket policy lets anybody read.")
    if not any(block.get("ignorePublicAcls") for block in blocks):
        for grant in objects(supplement(item, "AccessControlList").get("grantList")):
            if _group(grant) in _EVERYBODY and grant.get("permission") in _READ_GRANTS:
                return bad(f"The access control list lets the group {_group(grant)} read.")
    return FINE


def _group(grant: Document) -> str:
    """The predefined group a grant is for: items give its name, the S3 API a URI that ends in it."""
    grantee = grant.get("grantee")
    if isinstance(grantee, str):
        return grantee
    return str(parsed(grantee).get("uri") or "").rsplit("/", 1)[-1]


RULES = (
    ManagedRule(
        "S3_BUCKET_VERSIONING_ENABLED", ON_CHANGE, _BUCKET, (Parameter("isMfaDeleteEnabled"),), item=_versioning
    ),
    ManagedRule("S3_BUCKET_PUBLIC_READ_PROHIBITED", HYBRID, _BUCKET, item=_public_read),
)
