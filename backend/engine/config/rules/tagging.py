"""Tags of rules and of the recorder (reference: recorded.md §2, §3)."""

from __future__ import annotations

from collections.abc import Iterable

from backend.engine.config import recorder_state
from backend.engine.config.rules import register
from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.model.item import Document

SCHEMA = """
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
    _write(ctx, arn, _read(ctx, arn) | checked(params["Tags"]))
    return {}


def untag_resource(ctx: Context, params: Document) -> Document:
    """UntagResource: keys that are not there are no error."""
    arn = params["ResourceArn"]
    _require(ctx, arn)
    gone = set(params["TagKeys"])
    _write(ctx, arn, {key: value for key, value in _read(ctx, arn).items() if key not in gone})
    return {}


def list_tags_for_resource(ctx: Context, params: Document) -> Document:
    """ListTagsForResource: always the full set; Limit and NextToken change nothing, as recorded."""
    arn = params["ResourceArn"]
    _require(ctx, arn)
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(_read(ctx, arn).items())]}


def tag_new(ctx: Context, arn: str, tags: Iterable[Document]) -> None:
    """The tags given at creation."""
    _write(ctx, arn, checked(tags))


def forget(ctx: Context, arn: str) -> None:
    """Drop the tags of something deleted."""
    ctx.store.run("DELETE FROM config_tags WHERE arn = ?", (arn,))


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
    recorder = recorder_state.of(ctx)
    if register.by_arn(ctx, arn) is None and (recorder is None or recorder.arn != arn):
        raise ServiceError("ResourceNotFoundException", f"Resource {arn} does not exist for account {ctx.account}")


def _read(ctx: Context, arn: str) -> dict[str, str]:
    recorder = recorder_state.of(ctx)
    if recorder is not None and recorder.arn == arn:
        return recorder.tags
    rows = ctx.store.all("SELECT key, value FROM config_tags WHERE arn = ?", (arn,))
    return {row["key"]: row["value"] for row in rows}


def _write(ctx: Context, arn: str, tags: dict[str, str]) -> None:
    """Replace the tags of something. Raises ServiceError TooManyTagsException, with nothing changed."""
    if len(tags) > MOST_TAGS:
        raise ServiceError(
            "TooManyTagsException", f"You have exceeded maximum tag limit of {MOST_TAGS} tags for this resource"
        )
    recorder = recorder_state.of(ctx)
    if recorder is not None and recorder.arn == arn:
        recorder_state.change(ctx, recorder, tags=tags)
        return
    forget(ctx, arn)
    ctx.store.run_many("INSERT INTO config_tags VALUES (?, ?, ?)", [(arn, key, tags[key]) for key in tags])


OPERATIONS = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
