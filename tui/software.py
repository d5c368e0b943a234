"""What a server's inventory holds, as tables: applications, AWS components, system, network, firewall, updates.

The content types are those of Systems Manager inventory; one that is not known here is shown with the fields that it
has (INV-12 to INV-18).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from backend.model.item import ConfigurationItem, Json
from tui.text import fit, legible, pad, width

INVENTORY = "AWS::SSM::ManagedInstanceInventory"

_SYSTEM = "AWS:InstanceInformation"
_FIREWALL = "FirewallStatus"
_TITLES: Mapping[str, str] = {
    _SYSTEM: "Operating system and agent",
    "AWS:Network": "Network",
    "AWS:Application": "Applications",
    "AWS:AWSComponent": "AWS components",
    "AWS:WindowsUpdate": "Windows updates",
    "AWS:Service": "Services",
    "AWS:WindowsRole": "Windows roles",
    "AWS:File": "Files",
    "AWS:WindowsRegistry": "Registry",
}
"""In the order shown; what is not named here comes after them by its own name."""
_COLUMNS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS:Application": (
        ("Name", "name"),
        ("Version", "version"),
        ("InstalledTime", "installed"),
        ("Publisher", "publisher"),
    ),
    "AWS:AWSComponent": (("Name", "name"), ("Version", "version"), ("InstalledTime", "installed")),
    "AWS:Network": (("Name", "interface"), ("IPV4", "address"), ("SubnetMask", "mask"), ("Gateway", "gateway")),
    "AWS:WindowsUpdate": (("HotFixId", "update"), ("Description", "kind"), ("InstalledTime", "installed")),
}
_SYSTEM_FIELDS: tuple[tuple[str, str], ...] = (
    ("PlatformName", "system"),
    ("PlatformVersion", "version"),
    ("PlatformType", "platform"),
    ("ComputerName", "computer"),
    ("IpAddress", "address"),
    ("AgentVersion", "agent"),
    ("InstanceStatus", "status"),
)
_MOST_COLUMNS = 4
_GAP = "  "
_WIDEST = 44
"""Cells of a column at most; the name of an application can be a sentence."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One content type of an inventory."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    captured: str = ""
    """When the server told it, as it was written."""


def sheets(item: ConfigurationItem) -> list[Sheet]:
    """The tables of an inventory item; none for any other item, or one without content."""
    body = item.configuration
    if item.resource_type != INVENTORY or not isinstance(body, dict):
        return []
    order = {name: place for place, name in enumerate(_TITLES)}
    names = sorted(body, key=lambda name: (order.get(name, len(order)), name))
    return [sheet for name in names for sheet in _sheets_of(name, body[name])]


def _sheets_of(name: str, told: Json) -> Iterator[Sheet]:
    if not isinstance(told, dict):
        return
    entries = [dict(entry) for entry in _entries(told.get("Content"))]
    captured = _text(told.get("CaptureTime"))
    title = _TITLES.get(name, name)
    if name == _SYSTEM:
        for entry in entries:
            facts = tuple((label, _text(entry.get(key))) for key, label in _SYSTEM_FIELDS if key in entry)
            yield Sheet(title, (), facts, captured)
            if _FIREWALL in entry:
                yield Sheet("Firewall", ("profile", "state"), tuple(_profiles(_text(entry[_FIREWALL]))), captured)
        return
    columns = _COLUMNS.get(name) or tuple((key, key) for key in list(entries[0] if entries else ())[:_MOST_COLUMNS])
    rows = tuple(tuple(_text(entry.get(key)) for key, _ in columns) for entry in entries)
    yield Sheet(title, tuple(label for _, label in columns), rows, captured)


def _profiles(told: str) -> Iterator[tuple[str, str]]:
    """`Domain: on; Private: off` as pairs."""
    for part in told.split(";"):
        profile, _, state = part.partition(":")
        yield profile.strip(), state.strip()


def _entries(content: Json) -> Iterator[Mapping[str, Json]]:
    """The entries of a content, which is an object of objects in an item and a list of them elsewhere."""
    found = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    for entry in found:
        # A package of which a server has several versions is a list of them in the item.
        for one in entry if isinstance(entry, list) else (entry,):
            if isinstance(one, dict):
                yield one


def _text(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def as_lines(found: Sequence[Sheet]) -> tuple[list[str], list[int]]:
    """The tables as lines of text, and the numbers of those that are headings."""
    lines: list[str] = []
    headings: list[int] = []
    for sheet in found:
        if lines:
            headings.append(len(lines))
            lines.append("")
        headings.append(len(lines))
        count = f" ({len(sheet.rows)})" if sheet.columns else ""
        lines.append(f"{sheet.title}{count}{_GAP}{sheet.captured and 'told '}{legible(sheet.captured)}")
        rows = [tuple(map(legible, row)) for row in sheet.rows]
        table = [sheet.columns, *rows] if sheet.columns else rows
        widths = [min(_WIDEST, max(map(width, column))) for column in zip(*table, strict=True)] if table else []
        if sheet.columns:
            headings.append(len(lines))
        for row in table:
            lines.append(
                _GAP + _GAP.join(pad(fit(cell, room), room) for cell, room in zip(row, widths, strict=True)).rstrip()
            )
        if not rows:
            lines.append(f"{_GAP}none")
    return lines, headings
