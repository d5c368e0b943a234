"""How the managed rules that are evaluated here decide, a module a subject; each has its `CHECKS`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from backend.rules.verdict import Check

SUBJECTS = (
    "accounts",
    "applications",
    "backups",
    "balancers",
    "bucket_access",
    "buckets",
    "building",
    "containers",
    "credentials",
    "databases",
    "distributions",
    "encryption",
    "firewalls",
    "functions",
    "identity",
    "machines",
    "messaging",
    "monitoring",
    "network",
    "protection",
    "search",
    "tables",
    "tags",
    "trails",
    "warehouses",
)


@cache
def checks() -> Mapping[str, Check]:
    """Every check by the identifier of its rule."""
    found: dict[str, Check] = {}
    for subject in SUBJECTS:
        for check in import_module(f"{__name__}.{subject}").CHECKS:
            found[check.identifier] = check
    return found


def check_of(identifier: str) -> Check | None:
    """How a managed rule decides; None for rules that are not evaluated here."""
    return checks().get(identifier)
