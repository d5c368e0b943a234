"""Tags of AWS Config's own things: recorder, rules, packs, stored queries, aggregators, authorizations, connectors.

Who makes a thing with an ARN calls `tag_new` when it is made and `forget` when it is gone; between the two, the
operations here know the ARN (reference: recorded.md §2, §3).
"""

from __future__ import annotations

from collections.abc import Iterable

from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model.item import Document

SCHEMA = """
CREATE TABLE IF NOT EXISTS config_arns (
    arn TEXT PRIMARY KEY,
    region TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS config_tags (
    arn TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (arn, key)
) WITHOUT ROWID;
"""

MOST_TAGS = 50
_RESERVED = "aws:"


def tag_resource(ctx: Context, params: Document) -> Document:
    """TagResource: adds or overwrites; all of it or nothing."""
    arn = params["ResourceArn"]
    _require(ctx, arn)
    _write(ctx, arn, of(ctx, arn) | checked(params["Tags"]))
    return {}


def untag_resource(ctx: Context, params: Document) -> Document:
    """UntagResource: keys that are not there are no error."""
    arn = params["ResourceArn"]
    _require(ctx, arn)
    gone = set(params["TagKeys"])
    _write(ctx, arn, {key: value for key, value in of(ctx, arn).items() if key not in gone})
    return {}


def list_tags_for_resource(ctx: Context, params: Document) -> Document:
    """ListTagsForResource: always the full set; Limit and NextToken change nothing, as recorded."""
    arn = params["ResourceArn"]
    _require(ctx, arn)
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(of(ctx, arn).items())]}


def tag_new(ctx: Context, arn: str, tags: Iterable[Document] = ()) -> None:
    """Make the ARN of a new thing of the context's region known, with the tags given at its creation.

    Raises ServiceError ValidationException or TooManyTagsException.
    """
    ctx.store.run("INSERT OR REPLACE INTO config_arns VALUES (?, ?)", (arn, ctx.region))
    _write(ctx, arn, checked(tags))


def forget(ctx: Context, arn: str) -> None:
    """Drop the ARN and the tags of something deleted."""
    ctx.store.run("DELETE FROM config_arns WHERE arn = ?", (arn,))
    _clear(ctx, arn)


def of(ctx: Context, arn: str) -> dict[str, str]:
    """The tags of something."""
    rows = ctx.store.all("SELECT key, value FROM config_tags WHERE arn = ? ORDER BY key", (arn,))
    return {row["key"]: row["value"] for row in rows}


def checked(tags: Iterable[Document]) -> dict[str, str]:
    """Tags as a mapping. Raises ServiceError ValidationException for doubled and reserved keys."""
    pairs = [(str(tag.get("Key", "")), str(tag.get("Value", ""))) for tag in tags]
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ServiceError("ValidationException", "Duplicate tags exists in tags list")
    if any(not key or key.lower().startswith(_RESERVED) for key in found):
        raise ServiceError("ValidationException", "One or more parameter value is invalid")
    return found


def _require(ctx: Context, arn: str) -> None:
    """Raises ServiceError ResourceNotFoundException unless the ARN is one of this region."""
    if ctx.store.one("SELECT 1 FROM config_arns WHERE arn = ? AND region = ?", (arn, ctx.region)) is None:
        raise ServiceError("ResourceNotFoundException", f"Resource {arn} does not exist for account {ctx.account}")


def _write(ctx: Context, arn: str, tags: dict[str, str]) -> None:
    """Replace the tags of something. Raises ServiceError TooManyTagsException, with nothing changed."""
    if len(tags) > MOST_TAGS:
        raise ServiceError(
            "TooManyTagsException", f"You have exceeded maximum tag limit of {MOST_TAGS} tags for this resource"
        )
    _clear(ctx, arn)
    ctx.store.run_many("INSERT INTO config_tags VALUES (?, ?, ?)", [(arn, key, tags[key]) for key in tags])


def _clear(ctx: Context, arn: str) -> None:
    ctx.store.run("DELETE FROM config_tags WHERE arn = ?", (arn,))


OPERATIONS = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
