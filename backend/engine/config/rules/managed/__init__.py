"""Managed rules, a module a subject; each has its `RULES`."""

from __future__ import annotations

from backend.engine.config.rules.catalogue import ManagedRule
from backend.engine.config.rules.managed import buckets, databases, identity, machines, network, tags, trails

MANAGED: dict[str, ManagedRule] = {
    rule.identifier: rule
    for module in (buckets, databases, identity, machines, network, tags, trails)
    for rule in module.RULES
}
"""Every managed rule by identifier."""
