"""Connectors: how AWS Config would reach another cloud. Kept and listed here; there is no other cloud to reach."""

from __future__ import annotations

import re

from backend.engine.config import pages, recorder_state, roles, tagging
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import Row
from backend.model import moment
from backend.model.item import Document

SCHEMA = """
CREATE TABLE IF NOT EXISTS connectors (
    region TEXT NOT NULL,
    arn TEXT NOT NULL,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    client TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (region, arn)
) WITHOUT ROWID;
"""

MOST = 50
"""Connectors in a region. AWS has a limit too, but does not say which."""

_PAGE = 100
_AZURE = "AZURE"
_IDENTIFIER = re.compile(r"[A-Za-z0-9-]+")


def put_connector(ctx: Context, params: Document) -> Document:
    """Register a connection to an Azure tenant; it cannot be changed afterwards. The account gets the role it needs."""
    azure = params["ConnectorConfiguration"].get("azure")
    if azure is None:
        raise ServiceError("ValidationException", "You must specify exactly one provider configuration.")
    tenant, client = azure["tenantIdentifier"], azure["clientIdentifier"]
    if not _IDENTIFIER.fullmatch(tenant) or not _IDENTIFIER.fullmatch(client):
        raise ServiceError("ValidationException", "The tenant identifier or the client identifier is not valid.")
    there = _every(ctx)
    if any((row["tenant"], row["client"]) == (tenant, client) for row in there):
        raise ServiceError("ConflictException", "A connector already exists for the specified connector configuration.")
    if len(there) >= MOST:
        raise ServiceError(
            "MaxNumberOfConnectorsExceededException",
            "You have reached the limit of the number of connectors in your account.",
        )
    roles.service_role(ctx, "AWSServiceRoleForConfigThirdParty")
    arn = ctx.arn("config", f"connector/azure/{tenant}/{ctx.ids.uuid()}")
    name = f"azure-connector-{ctx.ids.lower(8)}"
    tagging.tag_new(ctx, arn, params.get("Tags") or ())
    ctx.store.run("INSERT INTO connectors VALUES (?, ?, ?, ?, ?, ?)", (ctx.region, arn, name, tenant, client, ctx.now))
    return {"Arn": arn}


def get_connector(ctx: Context, params: Document) -> Document:
    """One connector with its configuration."""
    row = _one(ctx, params["Arn"])
    return {
        "Connector": {
            "name": row["name"],
            "arn": row["arn"],
            "connectorConfiguration": {
                "azure": {"tenantIdentifier": row["tenant"], "clientIdentifier": row["client"]},
            },
            "createdTime": moment.to_datetime(row["created"]),
        }
    }


def list_connectors(ctx: Context, params: Document) -> Document:
    """Summaries in the order of their making; the only filter is `provider`, and Azure the only provider."""
    operation = "ListConnectors"
    behind = pages.after(ctx, operation, params.get("NextToken"), refusal="ValidationException")
    found = _every(ctx)
    for asked in params.get("Filters") or []:
        values = asked.get("filterValues") or []
        found = found if not values or _AZURE in values else []
    if behind is not None:
        arns = [row["arn"] for row in found]
        found = found[arns.index(behind[0]) + 1 :] if behind[0] in arns else []
    limit = params.get("MaxResults") or _PAGE
    answer: Document = {
        "ConnectorSummaries": [
            {
                "arn": row["arn"],
                "name": row["name"],
                "provider": _AZURE,
                "tenantIdentifier": row["tenant"],
                "createdTime": moment.to_datetime(row["created"]),
            }
            for row in found[:limit]
        ]
    }
    if len(found) > limit:
        answer["NextToken"] = pages.token(ctx, operation, [found[limit - 1]["arn"]])
    return answer


def delete_connector(ctx: Context, params: Document) -> Document:
    """Remove a connector that no recorder uses."""
    arn = _one(ctx, params["Arn"])["arn"]
    if any(recorder.connector_arn == arn for recorder in recorder_state.every(ctx)):
        raise ServiceError(
            "ValidationException", "You must delete all associated configuration recorders before the connector."
        )
    ctx.store.run("DELETE FROM connectors WHERE region = ? AND arn = ?", (ctx.region, arn))
    tagging.forget(ctx, arn)
    return {}


def tenant(ctx: Context, arn: str) -> str | None:
    """The Azure tenant that a connector leads to; None when there is no such connector."""
    row = ctx.store.one("SELECT tenant FROM connectors WHERE region = ? AND arn = ?", (ctx.region, arn))
    return row["tenant"] if row else None


OPERATIONS: dict[str, Operation] = {
    "PutConnector": put_connector,
    "GetConnector": get_connector,
    "ListConnectors": list_connectors,
    "DeleteConnector": delete_connector,
}


def _every(ctx: Context) -> list[Row]:
    return ctx.store.all("SELECT * FROM connectors WHERE region = ? ORDER BY created, arn", (ctx.region,))


def _one(ctx: Context, arn: str) -> Row:
    row = ctx.store.one("SELECT * FROM connectors WHERE region = ? AND arn = ?", (ctx.region, arn))
    if row is None:
        raise ServiceError("ResourceNotFoundException", f"The connector '{arn}' does not exist.")
    return row
