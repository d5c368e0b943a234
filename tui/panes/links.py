"""How a link is told: its sign, its words, and where it comes from. A derived one is never told like a recorded one."""

from __future__ import annotations

from textual.content import Content

from backend.model import derived
from backend.model.item import ConfigurationItem, Relationship, ResourceKey
from backend.model.verdicts import Verdict
from tui.glyphs import Glyphs
from tui.panes.spelling import counted, kind
from tui.text import fit

DERIVED = "derived"

LONGEST = 160
"""Characters shown of a name: there are some of a megabyte."""

NAMED = 6
"""Failing rules that are named; the rest is counted."""


def links_of(item: ConfigurationItem) -> tuple[Relationship, ...]:
    """The links that an item tells of by itself: recorded ones, then derived ones."""
    return (*item.relationships, *derived.links(item))


def is_inward(link: Relationship) -> bool:
    """True when only the other resource has the link."""
    return (link.direction or "").upper() == "IN"


def arrow(link: Relationship, signs: Glyphs) -> str:
    """The sign of a link: which side has it, and whether it is recorded."""
    if link.derived:
        return signs.derived_inward if is_inward(link) else signs.derived_outward
    return signs.inward if is_inward(link) else signs.outward


def origin(link: Relationship) -> str:
    """Where a link comes from, in words. Safe to show."""
    if not link.derived:
        return "recorded by AWS Config"
    return f"{DERIVED} from {fit(link.found_at, LONGEST) or 'its configuration'}"


def link_words(link: Relationship) -> str:
    """`Is attached to Instance` as `is attached to`: the type stands beside it already. Safe to show."""
    words = fit(link.name.strip(), LONGEST)
    ending = f" {kind(link.resource_type[-LONGEST:])}"
    if words.casefold().endswith(ending.casefold()):
        words = words[: -len(ending)]
    return words[:1].lower() + words[1:]


def other_end(link: Relationship) -> ResourceKey:
    """The resource a link leads to, by its name where no id is known."""
    return ResourceKey(link.resource_type, link.resource_id or link.resource_name or "")


def verdict_words(verdict: Verdict | None, signs: Glyphs) -> Content:
    """What the rules say of a resource, in words; empty where no rule has judged it."""
    if verdict is None or not (verdict.failing or verdict.passing):
        return Content("")
    if not verdict.failing:
        passes = f"complies with {counted(verdict.passing, 'rule')}"
        return Content.assemble((f"{signs.good} ", "$text-success"), passes)
    names = ", ".join(fit(name, LONGEST) for name in verdict.failing[:NAMED])
    more = f" and {len(verdict.failing) - NAMED} more" if len(verdict.failing) > NAMED else ""
    return Content.assemble((f"{signs.bad} fails ", "$text-error bold"), f"{names}{more}")
