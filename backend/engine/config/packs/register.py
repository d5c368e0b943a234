"""A conformance pack as the engine keeps it, and the table of them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from backend.engine.context import Context
from backend.engine.errors import ServiceError
from backend.engine.store import Row, dumps
from backend.model.item import Document
from backend.model.moment import Moment
from backend.rules.packs.resources import PackRemediation, PackRule

SCHEMA = """
CREATE TABLE IF NOT EXISTS conformance_packs (
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, name)
) WITHOUT ROWID;
"""

CREATING, CREATED, FAILED, DELETING = "CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_FAILED", "DELETE_IN_PROGRESS"


class Pack(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One conformance pack of one region."""

    name: str
    pack_id: str
    arn: str
    stack_arn: str
    requested: Moment
    completed: Moment | None = None
    state: str = CREATING
    reason: str = ""
    parameters: list[Document] = []
    bucket: str | None = None
    key_prefix: str | None = None
    created_by: str = ""
    """The service that owns a service-linked pack."""
    wanted_rules: tuple[PackRule, ...] = ()
    wanted_remediations: tuple[PackRemediation, ...] = ()
    """What the template asks for, with every function in it resolved."""
    rules: dict[str, str] = {}
    """The rules there are: name in the template → id."""
    made_from: tuple[PackRule, ...] = ()
    """What asked for them; a rule that a changed template asks for in the same way is left as it is."""

    def deployed(self, rule: str) -> str:
        """The name of a rule of the template once it is deployed (reference: aws-config.md §5.1)."""
        return f"{rule}-{self.pack_id}"


_BODY = msgspec.json.Decoder(Pack)


def find(ctx: Context, name: str) -> Pack | None:
    """A pack of the context's region."""
    row = ctx.store.one("SELECT body FROM conformance_packs WHERE region = ? AND name = ?", (ctx.region, name))
    return _decode(row) if row else None


def existing(ctx: Context, names: Iterable[str]) -> list[Pack]:
    """Packs by name, each once. Raises ServiceError NoSuchConformancePackException when one is not there."""
    found = [find(ctx, name) for name in dict.fromkeys(names)]
    there = [pack for pack in found if pack is not None]
    if len(there) < len(found):
        raise ServiceError(
            "NoSuchConformancePackException", "You specified one or more conformance packs that do not exist."
        )
    return there


def everything(ctx: Context) -> list[Pack]:
    """All packs of the region by name."""
    rows = ctx.store.all("SELECT body FROM conformance_packs WHERE region = ? ORDER BY name", (ctx.region,))
    return [_decode(row) for row in rows]


def save(ctx: Context, pack: Pack) -> None:
    """Keep a new or changed pack."""
    ctx.store.run("INSERT OR REPLACE INTO conformance_packs VALUES (?, ?, ?)", (ctx.region, pack.name, dumps(pack)))


def remove(ctx: Context, pack: Pack) -> None:
    """Forget a pack."""
    ctx.store.run("DELETE FROM conformance_packs WHERE region = ? AND name = ?", (ctx.region, pack.name))


def _decode(row: Row) -> Pack:
    return _BODY.decode(row["body"])
