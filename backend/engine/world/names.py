"""The company whose account this is: its teams, people, applications, and how it names and tags things.

Kestrel Logistics is invented. It has offices in Singapore, Tokyo, Gdańsk, São Paulo and Dublin, which is why its
tags hold more than ASCII: what reads them has to cope.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, product
from types import MappingProxyType

COMPANY = "kestrel"
DOMAIN = "kestrel-logistics.example"


@dataclass(frozen=True)
class Team:
    """A team as its tags spell it; `owner` is the person who answers for its resources."""

    name: str
    title: str
    cost_center: str
    owner: str


PLATFORM = Team("platform", "Platform Engineering", "CC-4410", "Tan Wei Ling")
ORDERS = Team("orders", "Orders & Checkout", "CC-2210", "Sofía Lindqvist")
PAYMENTS = Team("payments", "支付团队 Payments", "CC-2230", "陈怡 (Chen Yi)")
FREIGHT = Team("freight", "物流チーム", "CC-3105", "佐藤 健二")
DATA = Team("data", "Équipe Données", "CC-5120", "Zoë Łukasiewicz-Öberg")
SECURITY = Team("security", "Security & Compliance", "CC-9001", "Aisha Rahman")
FINANCE = Team("finance", "Finanças Corporativas", "CC-7300", "Ana Paula São-João")

TEAMS: Mapping[str, Team] = MappingProxyType(
    {team.name: team for team in (PLATFORM, ORDERS, PAYMENTS, FREIGHT, DATA, SECURITY, FINANCE)}
)


@dataclass(frozen=True)
class Application:
    """What a team runs. `parts` are the kinds of workload it is made of (see `workloads`)."""

    name: str
    team: Team
    parts: tuple[str, ...]
    classification: str = "internal"


APPLICATIONS: tuple[Application, ...] = (
    Application("storefront", ORDERS, ("web", "functions")),
    Application("payments-gateway", PAYMENTS, ("web", "cluster"), "pci-dss"),
    Application("data-lake", DATA, ("batch",), "confidential"),
    Application("shipment-tracker", FREIGHT, ("functions", "database")),
    Application("route-planner", FREIGHT, ("batch", "functions")),
    Application("invoicing", FINANCE, ("database", "functions"), "confidential"),
    Application("identity-service", PLATFORM, ("web", "database"), "confidential"),
    Application("notification-hub", PLATFORM, ("functions",)),
    Application("warehouse-scanner", FREIGHT, ("web", "functions")),
)
"""The applications that every world has, in the order in which they are built."""

YARD = Application("yard-planner", FREIGHT, ("containers",), "internal")
"""The one that runs in containers; the home region has it once."""

_SUBJECTS = (
    ("customs", FREIGHT),
    ("tariff", FINANCE),
    ("driver", FREIGHT),
    ("parcel", ORDERS),
    ("returns", ORDERS),
    ("loyalty", ORDERS),
    ("refund", PAYMENTS),
    ("ledger", FINANCE),
    ("fraud", PAYMENTS),
    ("forecast", DATA),
    ("telemetry", DATA),
    ("catalogue", ORDERS),
    ("dock", FREIGHT),
    ("fleet", FREIGHT),
    ("audit", SECURITY),
    ("search", PLATFORM),
)
_FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("api", ("web", "database")),
    ("worker", ("batch", "functions")),
    ("events", ("functions",)),
    ("portal", ("web", "functions")),
    ("store", ("cluster", "functions")),
)


def place(region: str) -> str:
    """A region in names that have to be the only ones of their kind: `apse1`, `use1`."""
    area, direction, number = region.split("-")
    return area + re.sub("north|south|east|west|central", lambda word: word[0][0], direction) + number


def applications() -> Iterator[Application]:
    """First the known ones, then as many more as anyone asks for."""
    yield from APPLICATIONS
    for generation in count(1):
        for (form, parts), (subject, team) in product(_FORMS, _SUBJECTS):
            suffix = "" if generation == 1 else f"-v{generation}"
            yield Application(f"{subject}-{form}{suffix}", team, parts)


LONG_DESCRIPTION = (
    "Owned jointly by Orders & Checkout and 支付团队. Do not resize during the 11.11 and Black Friday freeze "
    "(1 October to 5 January); page the on-call named in the runbook first. Grandfathered exception SEC-1187 for the "
    "naming standard, review due each quarter…"
)
"""A tag value near AWS's limit of 256 characters."""

RUNBOOK = "[[wiki:orders/on-call]] [bold]not markup[/bold] <b>nor this</b>"
"""A value that a careless reader would take for markup."""


def tags(
    name: str,
    team: Team,
    environment: str,
    *,
    application: str = "",
    classification: str = "",
    **more: str,
) -> dict[str, str]:
    """The tags that the company's standard asks for, then `more`; AWS keeps no order, we keep this one."""
    found = {
        "Name": name,
        "Environment": environment,
        "Team": team.title,
        "Owner": team.owner,
        "CostCenter": team.cost_center,
    }
    if application:
        found["Application"] = application
    if classification:
        found["DataClassification"] = classification
    return found | more


def tag_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as a describe call lists them inside `configuration`."""
    return [{"key": key, "value": value} for key, value in values.items()]


def upper_tag_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    """The same as types in CloudFormation's spelling list them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]
