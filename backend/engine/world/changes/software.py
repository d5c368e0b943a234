"""Changes of the software on managed machines, as their agents tell them at the next collection."""

from __future__ import annotations

from random import Random

from backend.engine.around import ssm_nodes, ssm_schemas
from backend.engine.around.ssm_nodes import Node
from backend.engine.context import Context
from backend.engine.world import inventory
from backend.model.moment import to_datetime

_APPLICATIONS, _COMPONENTS, _UPDATES = "AWS:Application", "AWS:AWSComponent", "AWS:WindowsUpdate"

_PATCHES = (
    ("openssl", "3.2.2", "1.amzn2023.0.2"),
    ("kernel", "6.1.153", "175.280.amzn2023"),
    ("curl-minimal", "8.11.1", "4.amzn2023.0.2"),
    ("sudo", "1.9.17", "2.p2.amzn2023.0.1"),
    ("htop", "3.2.1", "87.amzn2023.0.3"),
)
_HOTFIXES = ("KB5066586", "KB5066128", "KB5068791", "KB5070773")
_WALLS = {
    "Windows": ("Domain: on; Private: on; Public: off", "Domain: on; Private: on; Public: on"),
    "Linux": ("firewalld: active", "firewalld: inactive"),
}
_AGENTS = ("3.3.2299.0", "3.3.2958.0", "3.3.3050.0")


def patch(ctx: Context, chance: Random) -> bool:
    """Software is installed or brought up to date on a managed machine."""
    node = _some(ctx, chance)
    if node is None:
        return False
    if _windows(node):
        day = to_datetime(ctx.now).strftime("%A, %B %d, %Y")
        fix = inventory.hotfix(chance.choice(_HOTFIXES), "Security Update", day)
        found = inventory.entries(ctx, node.id, _UPDATES)
        inventory.report(ctx, node.id, _UPDATES, inventory.with_entry(found, fix, "HotFixId"))
        return True
    name, version, number = chance.choice(_PATCHES)
    package = inventory.package(name, version, number, ctx.now)
    found = inventory.entries(ctx, node.id, _APPLICATIONS)
    inventory.report(ctx, node.id, _APPLICATIONS, inventory.with_entry(found, package))
    return True


def uninstall(ctx: Context, chance: Random) -> bool:
    """Something that nobody needs is taken off a machine again."""
    node = _some(ctx, chance)
    found = inventory.entries(ctx, node.id, _APPLICATIONS) if node else []
    unneeded = [entry for entry in found if entry["Name"] in ("htop", "Google Chrome")]
    if node is None or not unneeded:
        return False
    inventory.report(ctx, node.id, _APPLICATIONS, [entry for entry in found if entry not in unneeded])
    return True


def switch_firewall(ctx: Context, chance: Random) -> bool:
    """Somebody opens a machine's firewall to try something, or closes it again."""
    node = _some(ctx, chance)
    found = inventory.entries(ctx, node.id, ssm_schemas.INFORMATION) if node else []
    if node is None or not found:
        return False
    one, other = _WALLS[found[0]["PlatformType"]]
    turned = {**found[0], "FirewallStatus": other if found[0].get("FirewallStatus") == one else one}
    inventory.report(ctx, node.id, ssm_schemas.INFORMATION, [turned])
    return True


def renew_agent(ctx: Context, chance: Random) -> bool:
    """The agent of a machine updates itself: its component and what the machine says of itself change together."""
    node = _some(ctx, chance)
    if node is None:
        return False
    version = chance.choice(_AGENTS)
    components = inventory.entries(ctx, node.id, _COMPONENTS)
    renewed = [{**entry, "Version": version} if "agent" in entry["Name"].lower() else entry for entry in components]
    if renewed == components:
        return False
    inventory.report(ctx, node.id, _COMPONENTS, renewed)
    told = [{**entry, "AgentVersion": version} for entry in inventory.entries(ctx, node.id, ssm_schemas.INFORMATION)]
    inventory.report(ctx, node.id, ssm_schemas.INFORMATION, told)
    return True


def _some(ctx: Context, chance: Random) -> Node | None:
    nodes = ssm_nodes.every(ctx)
    return chance.choice(nodes) if nodes else None


def _windows(node: Node) -> bool:
    return node.information.get("PlatformType") == "Windows"
