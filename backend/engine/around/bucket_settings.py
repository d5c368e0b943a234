"""Operations on buckets and their settings (reference: around-config.md §10)."""

from __future__ import annotations

from backend.engine.around import bucket_locks, buckets, multipart, objects, policy
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import loads
from backend.engine.world import estate
from backend.engine.world.estate import Link, Resource
from backend.model.item import Document
from backend.model.moment import SECOND, to_datetime, to_iso

_OLDEST_REGION = "us-east-1"
"""The region that has no location constraint, and forgives making a bucket twice."""

_PERMISSIONS = {
    "FullControl": "FULL_CONTROL",
    "Read": "READ",
    "Write": "WRITE",
    "ReadAcp": "READ_ACP",
    "WriteAcp": "WRITE_ACP",
}
_GROUPS = {
    "AllUsers": "http://acs.amazonaws.com/groups/global/AllUsers",
    "AuthenticatedUsers": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    "LogDelivery": "http://acs.amazonaws.com/groups/s3/LogDelivery",
}


def create_bucket(ctx: Context, params: Document) -> Document:
    """Make a bucket in the region called.

    Raises InvalidBucketName, IllegalLocationConstraintException and BucketAlreadyOwnedByYou (409), and refuses a
    public ACL: it can be set only once the block on public access is lifted.
    """
    name, acl = params["Bucket"], _canned(params.get("ACL"))
    buckets.check_name(name)
    if _public(buckets.CANNED[acl]):
        raise ServiceError(
            "InvalidBucketAclWithBlockPublicAccessError",
            "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
        )
    wanted = params.get("CreateBucketConfiguration") or {}
    region = wanted.get("LocationConstraint") or _OLDEST_REGION
    region = "eu-west-1" if region == "EU" else region
    if region != ctx.region and ctx.region != _OLDEST_REGION:
        given = wanted.get("LocationConstraint") or "unspecified"
        raise ServiceError(
            "IllegalLocationConstraintException",
            f"The {given} location constraint is incompatible for the region specific endpoint"
            " this request was sent to.",
        )
    if buckets.owner(ctx, name) is not ctx:
        raise ServiceError(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system."
            " Please select a different name and try again.",
            409,
        )
    present = buckets.look(ctx, name)
    if present is not None and ctx.region != _OLDEST_REGION:
        raise ServiceError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            409,
        )
    if present is None:
        # A bucket that a scenario tore out of the estate may have left objects behind.
        objects.clear(ctx, name)
        multipart.clear(ctx, name)
        tags = {tag["Key"]: tag["Value"] for tag in wanted.get("Tags") or []}
        made = buckets.new(ctx, name, region, acl, tags)
        estate.put(ctx, bucket_locks.enabled(made) if params.get("ObjectLockEnabledForBucket") else made)
    location = f"/{name}" if region == _OLDEST_REGION else f"http://{name}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": f"arn:aws:s3:::{name}"}


def delete_bucket(ctx: Context, params: Document) -> Document:
    """Remove an empty bucket. Raises BucketNotEmpty (409)."""
    bucket = buckets.find(ctx, params["Bucket"], "DeleteBucket")
    if objects.any_in(ctx, bucket.resource_id):
        raise ServiceError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409)
    multipart.clear(ctx, bucket.resource_id)
    estate.remove(ctx, buckets.BUCKET, bucket.resource_id, bucket.region)
    return {}


def list_buckets(ctx: Context, params: Document) -> Document:
    """The account's buckets of all regions by name; paged when MaxBuckets is given."""
    prefix, region = params.get("Prefix") or "", params.get("BucketRegion")
    after, limit = params.get("ContinuationToken") or "", params.get("MaxBuckets")
    rows = ctx.store.all(
        "SELECT region, name, body FROM resources WHERE type = ? AND name > ? ORDER BY name", (buckets.BUCKET, after)
    )
    found = [estate.decode(row) for row in rows if row["name"].startswith(prefix) and region in {None, row["region"]}]
    detailed = limit is not None or region is not None
    listed: list[Document] = []
    for bucket in found[:limit]:
        entry: Document = {"Name": bucket.resource_id, "CreationDate": to_datetime(bucket.created or 0)}
        if detailed:
            entry["BucketRegion"] = bucket.region
        listed.append(entry)
    answer: Document = {"Buckets": listed, "Owner": {"ID": buckets.owner_id(ctx)}}
    if prefix:
        answer["Prefix"] = prefix
    if limit is not None and len(found) > limit:
        answer["ContinuationToken"] = found[limit - 1].resource_id
    return answer


def head_bucket(ctx: Context, params: Document) -> Document:
    """Whether a bucket is there; without a body the refusal is just 404 or 403."""
    try:
        bucket = buckets.find(ctx, params["Bucket"], "ListBucket")
    except ServiceError as error:
        raise bodiless(error) from error
    return {"BucketArn": bucket.arn, "BucketRegion": bucket.region, "AccessPointAlias": False}


def bodiless(error: ServiceError) -> ServiceError:
    """The refusal of a HEAD request: it has no body, so clients know the status only."""
    words = {304: "Not Modified", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}
    return ServiceError(str(error.status), words.get(error.status, error.message), error.status)


def get_bucket_location(ctx: Context, params: Document) -> Document:
    """The region of a bucket; nothing for us-east-1."""
    region = buckets.find(ctx, params["Bucket"], "GetBucketLocation").region
    return {} if region == _OLDEST_REGION else {"LocationConstraint": region}


def get_bucket_acl(ctx: Context, params: Document) -> Document:
    """Owner and grants."""
    bucket = buckets.find(ctx, params["Bucket"], "GetBucketAcl")
    text = bucket.supplementary.get("AccessControlList") or buckets.acl_text(ctx, ())
    held: Document = loads(text) if isinstance(text, str) else text
    grants: list[Document] = []
    for grant in held.get("grantList") or []:
        grantee = grant["grantee"]
        if isinstance(grantee, str):
            named: Document = {"URI": _GROUPS.get(grantee, grantee), "Type": "Group"}
        else:
            named = {"ID": grantee.get("id") or "", "Type": "CanonicalUser"}
        grants.append({"Grantee": named, "Permission": _PERMISSIONS.get(grant["permission"], grant["permission"])})
    return {"Owner": {"ID": (held.get("owner") or {}).get("id") or buckets.owner_id(ctx)}, "Grants": grants}


def put_bucket_acl(ctx: Context, params: Document) -> Document:
    """Set a canned ACL, or the group grants of a list. Raises AccessDenied where public access is blocked."""
    bucket = buckets.find(ctx, params["Bucket"], "PutBucketAcl")
    grants = buckets.CANNED[_canned(params.get("ACL"))]
    if params.get("AccessControlPolicy"):
        grants = tuple(_group_grants(params["AccessControlPolicy"].get("Grants") or []))
    blocked = bucket.supplementary.get("PublicAccessBlockConfiguration", {}).get("blockPublicAcls")
    if blocked and _public(grants):
        raise buckets.denied()
    buckets.change(ctx, bucket, "AccessControlList", buckets.acl_text(ctx, grants))
    return {}


def _public(grants: tuple[tuple[str, str], ...]) -> bool:
    return any(group in {"AllUsers", "AuthenticatedUsers"} for group, _ in grants)


def _group_grants(grants: list[Document]) -> list[tuple[str, str]]:
    groups = {uri: name for name, uri in _GROUPS.items()}
    permissions = {spelled: name for name, spelled in _PERMISSIONS.items()}
    return [
        (groups[grant["Grantee"]["URI"]], permissions[grant["Permission"]])
        for grant in grants
        if grant.get("Grantee", {}).get("URI") in groups
    ]


def _canned(acl: str | None) -> str:
    if acl in {None, "bucket-owner-full-control", "bucket-owner-read"}:
        return "private"
    if acl not in buckets.CANNED:
        raise ServiceError("InvalidArgument", f"The canned ACL {acl} is not known.")
    return acl


def get_bucket_policy(ctx: Context, params: Document) -> Document:
    """The policy's text. Raises NoSuchBucketPolicy (404)."""
    text = buckets.policy_text(buckets.find(ctx, params["Bucket"]))
    if text is None:
        raise buckets.absent("NoSuchBucketPolicy", "The bucket policy does not exist")
    return {"Policy": text}


def get_bucket_policy_status(ctx: Context, params: Document) -> Document:
    """Whether the policy lets everybody in."""
    text = get_bucket_policy(ctx, params)["Policy"]
    return {"PolicyStatus": {"IsPublic": policy.is_public(policy.parse(text))}}


def put_bucket_policy(ctx: Context, params: Document) -> Document:
    """Set the policy. Raises MalformedPolicy, and AccessDenied for a public one where that is blocked."""
    bucket = buckets.find(ctx, params["Bucket"])
    try:
        document = policy.parse(params["Policy"])
        resources = list(policy.resources(document))
    except policy.MalformedPolicy as error:
        raise ServiceError("MalformedPolicy", str(error)) from error
    if not all(_within(bucket, named) for named in resources) or not resources:
        raise ServiceError("MalformedPolicy", "Policy has invalid resource")
    blocked = bucket.supplementary.get("PublicAccessBlockConfiguration", {}).get("blockPublicPolicy")
    if blocked and policy.is_public(document):
        raise buckets.denied()
    buckets.change(ctx, bucket, "BucketPolicy", {"policyText": params["Policy"]})
    return {}


def _within(bucket: Resource, resource: str) -> bool:
    own = f"arn:aws:s3:::{bucket.resource_id}"
    return resource == own or resource.startswith(f"{own}/")


def delete_bucket_policy(ctx: Context, params: Document) -> Document:
    bucket = buckets.find(ctx, params["Bucket"])
    buckets.change(ctx, bucket, "BucketPolicy", {"policyText": None})
    return {}


def get_bucket_versioning(ctx: Context, params: Document) -> Document:
    """`Status` once versioning was ever set; before that the answer is empty."""
    status = buckets.versioning(buckets.find(ctx, params["Bucket"], "GetBucketVersioning"))
    return {} if status == "Off" else {"Status": status}


def put_bucket_versioning(ctx: Context, params: Document) -> Document:
    """Turn versioning on, or suspend it; the bucket then counts as made at that moment (recorded.md §3)."""
    bucket = buckets.find(ctx, params["Bucket"], "PutBucketVersioning")
    status = params["VersioningConfiguration"].get("Status")
    if status not in {"Enabled", "Suspended"}:
        raise ServiceError("IllegalVersioningConfigurationException", "The Versioning element must be specified")
    held = bucket.supplementary.get("BucketVersioningConfiguration", {})
    made = ctx.now // SECOND * SECOND
    renewed = estate.changed(estate.edited(bucket, creationDate=to_iso(made)), created=made)
    buckets.change(
        ctx, renewed, "BucketVersioningConfiguration", {"isMfaDeleteEnabled": None, **held, "status": status}
    )
    return {}


def get_bucket_tagging(ctx: Context, params: Document) -> Document:
    """The bucket's tags. Raises NoSuchTagSet (404) without any."""
    bucket = buckets.find(ctx, params["Bucket"], "GetBucketTagging")
    if not bucket.tags:
        raise buckets.absent("NoSuchTagSet", "The TagSet does not exist")
    return {"TagSet": [{"Key": key, "Value": value} for key, value in bucket.tags.items()]}


def put_bucket_tagging(ctx: Context, params: Document) -> Document:
    """Replace the bucket's tags. Raises InvalidTag for a key given twice."""
    bucket = buckets.find(ctx, params["Bucket"], "PutBucketTagging")
    listed = params["Tagging"]["TagSet"]
    tags = {tag["Key"]: tag["Value"] for tag in listed}
    if len(tags) < len(listed):
        raise ServiceError("InvalidTag", "Cannot provide multiple Tags with the same key")
    buckets.change(ctx, bucket, "BucketTaggingConfiguration", {"tagSets": [{"tags": tags}]} if tags else None, tags)
    return {}


def delete_bucket_tagging(ctx: Context, params: Document) -> Document:
    bucket = buckets.find(ctx, params["Bucket"], "PutBucketTagging")
    buckets.change(ctx, bucket, "BucketTaggingConfiguration", None, {})
    return {}


def get_public_access_block(ctx: Context, params: Document) -> Document:
    """The four switches. Raises NoSuchPublicAccessBlockConfiguration (404)."""
    bucket = buckets.find(ctx, params["Bucket"], "GetBucketPublicAccessBlock")
    held = bucket.supplementary.get("PublicAccessBlockConfiguration")
    if not held:
        raise buckets.absent(
            "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"
        )
    return {"PublicAccessBlockConfiguration": {name[0].upper() + name[1:]: value for name, value in held.items()}}


def put_public_access_block(ctx: Context, params: Document) -> Document:
    """Set the four switches; those not given are off."""
    bucket = buckets.find(ctx, params["Bucket"], "PutBucketPublicAccessBlock")
    given = params["PublicAccessBlockConfiguration"]
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    held = {name[0].lower() + name[1:]: bool(given.get(name, False)) for name in names}
    buckets.change(ctx, bucket, "PublicAccessBlockConfiguration", held)
    return {}


def delete_public_access_block(ctx: Context, params: Document) -> Document:
    bucket = buckets.find(ctx, params["Bucket"], "PutBucketPublicAccessBlock")
    buckets.change(ctx, bucket, "PublicAccessBlockConfiguration", None)
    return {}


def get_bucket_logging(ctx: Context, params: Document) -> Document:
    """Where access logs go; empty when nowhere."""
    bucket = buckets.find(ctx, params["Bucket"], "GetBucketLogging")
    held = bucket.supplementary.get("BucketLoggingConfiguration") or {}
    target = held.get("destinationBucketName")
    if not target:
        return {}
    return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": held.get("logFilePrefix") or ""}}


def put_bucket_logging(ctx: Context, params: Document) -> Document:
    """Set or (with nothing enabled) clear where access logs go. Raises InvalidTargetBucketForLogging."""
    bucket = buckets.find(ctx, params["Bucket"], "PutBucketLogging")
    enabled = params["BucketLoggingStatus"].get("LoggingEnabled") or {}
    target = enabled.get("TargetBucket")
    if target is not None and buckets.look(ctx, target) is None:
        raise ServiceError("InvalidTargetBucketForLogging", "The target bucket for logging does not exist")
    held = {
        "destinationBucketName": target,
        "logFilePrefix": enabled.get("TargetPrefix"),
        "targetObjectKeyFormat": None,
    }
    # The bucket that logs tells of the one that holds the logs; not the other way round.
    links = (Link("Is associated with ", bucket.resource_type, target, target),) if target else ()
    buckets.change(ctx, estate.changed(bucket, links=links), "BucketLoggingConfiguration", held)
    return {}


OF_THE_ACCOUNT: dict[str, Operation] = {"CreateBucket": create_bucket, "ListBuckets": list_buckets}

OPERATIONS: dict[str, Operation] = {
    "DeleteBucket": delete_bucket,
    "HeadBucket": head_bucket,
    "GetBucketLocation": get_bucket_location,
    "GetBucketAcl": get_bucket_acl,
    "PutBucketAcl": put_bucket_acl,
    "GetBucketPolicy": get_bucket_policy,
    "GetBucketPolicyStatus": get_bucket_policy_status,
    "PutBucketPolicy": put_bucket_policy,
    "DeleteBucketPolicy": delete_bucket_policy,
    "GetBucketVersioning": get_bucket_versioning,
    "PutBucketVersioning": put_bucket_versioning,
    "GetBucketTagging": get_bucket_tagging,
    "PutBucketTagging": put_bucket_tagging,
    "DeleteBucketTagging": delete_bucket_tagging,
    "GetPublicAccessBlock": get_public_access_block,
    "PutPublicAccessBlock": put_public_access_block,
    "DeletePublicAccessBlock": delete_public_access_block,
    "GetBucketLogging": get_bucket_logging,
    "PutBucketLogging": put_bucket_logging,
}
