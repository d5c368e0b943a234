"""How AWS's long names are told in narrow columns."""

from __future__ import annotations

from tui.text import visible


def short_type(resource_type: str) -> str:
    """`AWS::EC2::SecurityGroup` as `EC2 SecurityGroup`; what is not of AWS stays whole. Safe to show."""
    parts = visible(resource_type).split("::")
    if len(parts) >= 3 and parts[0] == "AWS":
        return " ".join(parts[1:])
    return visible(resource_type)


def kind(resource_type: str) -> str:
    """The last part of a type: `SecurityGroup`. Safe to show."""
    return visible(resource_type).rpartition("::")[2]


def counted(count: int, what: str) -> str:
    """`1 link`, `1,200 links`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def size(count: int) -> str:
    """A size in bytes as people say it."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
