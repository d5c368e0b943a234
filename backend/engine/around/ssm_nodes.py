"""Managed nodes: the machines that Systems Manager knows, instances and servers outside of AWS.

An instance becomes one when its agent speaks for the first time. A server outside needs an activation: its agent signs
up with it, by a call that is no public operation; here the first inventory of an unknown `mi-…` counts as that, while
an activation has room (references: around-config.md §11; the rest is the service model's).
"""

from __future__ import annotations

import msgspec

from backend.engine.config import pages
from backend.engine.context import Context
from backend.engine.engine import Operation
from backend.engine.errors import ServiceError
from backend.engine.store import dumps
from backend.engine.world import estate
from backend.model.item import Document
from backend.model.moment import DAY, MINUTE, Moment, from_datetime, to_datetime

INSTANCE = "AWS::EC2::Instance"
INVENTORY = "AWS::SSM::ManagedInstanceInventory"

SCHEMA = """
CREATE TABLE IF NOT EXISTS ssm_nodes (
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ssm_activations (
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, id)
) WITHOUT ROWID;
"""

_PING = 5 * MINUTE
_PAGE = 50


class Node(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A managed node; what its agent says of it stands in its inventory as well."""

    id: str
    registered: Moment
    name: str = ""
    activation: str = ""
    role: str = ""
    tags: dict[str, str] = {}
    information: dict[str, str] = {}
    """Its entry of `AWS:InstanceInformation`."""

    @property
    def on_ec2(self) -> bool:
        return self.id.startswith("i-")


class Activation(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Leave for a number of servers to become managed nodes."""

    id: str
    role: str
    created: Moment
    expires: Moment
    limit: int = 1
    used: int = 0
    name: str = ""
    description: str = ""
    tags: dict[str, str] = {}


_NODE = msgspec.json.Decoder(Node)
_ACTIVATION = msgspec.json.Decoder(Activation)


def put(ctx: Context, node: Node) -> None:
    """Keep a node, in place of what was known of it."""
    ctx.store.run("INSERT OR REPLACE INTO ssm_nodes VALUES (?, ?, ?)", (ctx.region, node.id, dumps(node)))


def get(ctx: Context, node_id: str) -> Node | None:
    """A node by its id; None when it is not managed."""
    row = ctx.store.one("SELECT body FROM ssm_nodes WHERE region = ? AND id = ?", (ctx.region, node_id))
    return _NODE.decode(row["body"]) if row else None


def find(ctx: Context, node_id: str) -> Node:
    """A managed node. Raises InvalidInstanceId."""
    node = get(ctx, node_id)
    if node is None:
        raise invalid(node_id)
    return node


def every(ctx: Context) -> list[Node]:
    """The region's managed nodes, by id."""
    rows = ctx.store.all("SELECT body FROM ssm_nodes WHERE region = ? ORDER BY id", (ctx.region,))
    return [_NODE.decode(row["body"]) for row in rows]


def join(ctx: Context, node_id: str) -> Node:
    """The node that an agent speaks for; it becomes one if it may. Raises InvalidInstanceId."""
    node = get(ctx, node_id)
    if node is not None:
        return node
    if node_id.startswith("i-"):
        instance = estate.get(ctx, INSTANCE, node_id)
        if instance is None:
            raise invalid(node_id)
        made = Node(id=node_id, registered=ctx.now, tags=instance.tags)
    else:
        activation = _open_activation(ctx)
        if activation is None:
            raise invalid(node_id)
        activation.used += 1
        _put_activation(ctx, activation)
        made = Node(
            id=node_id,
            registered=ctx.now,
            name=activation.name,
            activation=activation.id,
            role=activation.role,
            tags=activation.tags,
        )
    put(ctx, made)
    return made


def forget(ctx: Context, node_id: str) -> None:
    """Remove a node and what is known of its software; AWS Config is not told."""
    ctx.store.run("DELETE FROM ssm_nodes WHERE region = ? AND id = ?", (ctx.region, node_id))
    ctx.store.run("DELETE FROM ssm_inventory WHERE region = ? AND node = ?", (ctx.region, node_id))


def terminated(ctx: Context, instance_id: str) -> None:
    """An instance is gone for good, and its inventory with it."""
    forget(ctx, instance_id)
    estate.remove(ctx, INVENTORY, instance_id)


def invalid(node_id: str) -> ServiceError:
    """The refusal for an id that is of no managed node."""
    return ServiceError("InvalidInstanceId", f"The instance ID {node_id} is not valid, or is no managed node.")


def describe_instance_information(ctx: Context, params: Document) -> Document:
    """The managed nodes of the region that fit all filters, by id.

    Raises InvalidFilterKey, InvalidInstanceInformationFilterValue and InvalidNextToken.
    """
    wanted = [(each["key"], each["valueSet"]) for each in params.get("InstanceInformationFilterList") or []]
    wanted += [(each["Key"], each["Values"]) for each in params.get("Filters") or []]
    last = pages.after(ctx, "DescribeInstanceInformation", params.get("NextToken"), refusal="InvalidNextToken")
    described = [(node, _describe(ctx, node)) for node in every(ctx) if not last or node.id > last[0]]
    fitting = [
        shown
        for node, shown in described
        if all(_told(node, shown, key).intersection(values) for key, values in wanted)
    ]
    limit = params.get("MaxResults") or _PAGE
    page, more = pages.cut(
        ctx, "DescribeInstanceInformation", fitting[: limit + 1], limit, lambda shown: [shown["InstanceId"]]
    )
    return {"InstanceInformationList": page, **more}


def _told(node: Node, shown: Document, key: str) -> set[str]:
    """What a node has to say to a filter."""
    if key.startswith("tag:"):
        value = node.tags.get(key.removeprefix("tag:"))
        return set() if value is None else {value}
    members = {
        "InstanceIds": "InstanceId",
        "AgentVersion": "AgentVersion",
        "PingStatus": "PingStatus",
        "PlatformTypes": "PlatformType",
        "ActivationIds": "ActivationId",
        "IamRole": "IamRole",
        "ResourceType": "ResourceType",
        "AssociationStatus": "AssociationStatus",
    }
    if key == "tag-key":
        return set(node.tags)
    if key not in members:
        raise ServiceError("InvalidFilterKey", f"The filter key {key} is not valid.")
    found = shown.get(members[key])
    return set() if found is None else {str(found)}


def _describe(ctx: Context, node: Node) -> Document:
    told = node.information
    online = _online(ctx, node)
    shown: Document = {
        "InstanceId": node.id,
        "PingStatus": "Online" if online else "ConnectionLost",
        "LastPingDateTime": to_datetime(max(node.registered, ctx.now // _PING * _PING) if online else node.registered),
        "AgentVersion": told.get("AgentVersion", ""),
        "IsLatestVersion": True,
        "PlatformType": told.get("PlatformType", "Linux"),
        "PlatformName": told.get("PlatformName", ""),
        "PlatformVersion": told.get("PlatformVersion", ""),
        "ResourceType": "EC2Instance" if node.on_ec2 else "ManagedInstance",
        "IPAddress": told.get("IpAddress", ""),
        "ComputerName": told.get("ComputerName", ""),
        "SourceId": node.id,
        "SourceType": INSTANCE if node.on_ec2 else "AWS::SSM::ManagedInstance",
    }
    if not node.on_ec2:
        shown |= {
            "ActivationId": node.activation,
            "IamRole": node.role,
            "RegistrationDate": to_datetime(node.registered),
            "Name": node.name,
        }
    # Texts of the service have at least one character, or are not there.
    return {key: value for key, value in shown.items() if value != ""}


def _online(ctx: Context, node: Node) -> bool:
    """Servers elsewhere are taken to be on; an instance is when it runs."""
    if not node.on_ec2:
        return True
    instance = estate.get(ctx, INSTANCE, node.id)
    return instance is not None and (instance.configuration or {}).get("state", {}).get("name") == "running"


def create_activation(ctx: Context, params: Document) -> Document:
    """Leave for some servers to sign up; good for a day unless said otherwise, for thirty days at most."""
    asked = params.get("ExpirationDate")
    expires = ctx.now + DAY if asked is None else from_datetime(asked)
    if not ctx.now < expires <= ctx.now + 30 * DAY:
        raise ServiceError("InvalidParameters", "The expiration date must lie within the next 30 days.")
    made = Activation(
        id=ctx.ids.uuid(),
        role=params["IamRole"],
        created=ctx.now,
        expires=expires,
        limit=params.get("RegistrationLimit") or 1,
        name=params.get("DefaultInstanceName") or "",
        description=params.get("Description") or "",
        tags={tag["Key"]: tag["Value"] for tag in params.get("Tags") or []},
    )
    _put_activation(ctx, made)
    return {"ActivationId": made.id, "ActivationCode": ctx.ids.lower(20)}


def describe_activations(ctx: Context, params: Document) -> Document:
    """The activations of the region, by id; filters are answered by all of them that have one of the values."""
    filters = [each for each in params.get("Filters") or [] if each.get("FilterKey")]
    wanted = [(each["FilterKey"], each.get("FilterValues") or []) for each in filters]
    members = {"ActivationIds": "ActivationId", "DefaultInstanceName": "DefaultInstanceName", "IamRole": "IamRole"}
    shown = [_described(ctx, each) for each in _activations(ctx)]
    kept = [each for each in shown if all(each.get(members[key]) in values for key, values in wanted)]
    return {"ActivationList": kept[: params.get("MaxResults") or _PAGE]}


def delete_activation(ctx: Context, params: Document) -> Document:
    """No further server signs up with it; those that did stay."""
    gone = ctx.store.run(
        "DELETE FROM ssm_activations WHERE region = ? AND id = ?", (ctx.region, params["ActivationId"])
    )
    if not gone:
        raise ServiceError("InvalidActivation", "The activation is not valid.")
    return {}


def deregister_managed_instance(ctx: Context, params: Document) -> Document:
    """A server outside of AWS is managed no longer: its last item says so, and there will be no more (§11)."""
    node = find(ctx, params["InstanceId"])
    forget(ctx, node.id)
    known = estate.get(ctx, INVENTORY, node.id)
    if known is not None:
        estate.put(ctx, estate.changed(known, supplementary={"InstanceStatus": "Unmanaged"}))
    return {}


def _activations(ctx: Context) -> list[Activation]:
    rows = ctx.store.all("SELECT body FROM ssm_activations WHERE region = ? ORDER BY id", (ctx.region,))
    return [_ACTIVATION.decode(row["body"]) for row in rows]


def _open_activation(ctx: Context) -> Activation | None:
    """The oldest that is neither used up nor over."""
    fit = (each for each in _activations(ctx) if each.used < each.limit and each.expires > ctx.now)
    return min(fit, key=lambda each: (each.created, each.id), default=None)


def _put_activation(ctx: Context, made: Activation) -> None:
    ctx.store.run("INSERT OR REPLACE INTO ssm_activations VALUES (?, ?, ?)", (ctx.region, made.id, dumps(made)))


def _described(ctx: Context, made: Activation) -> Document:
    shown: Document = {
        "ActivationId": made.id,
        "Description": made.description,
        "DefaultInstanceName": made.name,
        "IamRole": made.role,
        "RegistrationLimit": made.limit,
        "RegistrationsCount": made.used,
        "ExpirationDate": to_datetime(made.expires),
        "Expired": made.expires <= ctx.now,
        "CreatedDate": to_datetime(made.created),
        "Tags": [{"Key": key, "Value": value} for key, value in made.tags.items()],
    }
    return {key: value for key, value in shown.items() if value != ""}


OPERATIONS: dict[str, Operation] = {
    "DescribeInstanceInformation": describe_instance_information,
    "CreateActivation": create_activation,
    "DescribeActivations": describe_activations,
    "DeleteActivation": delete_activation,
    "DeregisterManagedInstance": deregister_managed_instance,
}
