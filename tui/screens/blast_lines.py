"""What the blast radius says: its sentence, its lines in each order, its counts, and all of it as CSV and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from backend.model.item import ResourceKey
from backend.model.neighbourhood import Neighbourhood, Node
from backend.model.spelling import fold
from tui.glyphs import Glyphs
from tui.panes.facts import Fact
from tui.panes.links import DERIVED, LONGEST, link_words
from tui.panes.spelling import counted, short_type
from tui.plain.output import csv_text
from tui.text import fit


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: a heading, or a resource that is reached."""

    heading: str = ""
    node: Node | None = None
    indent: int = 0


def sentence(shown: Neighbourhood, depth: int, planned: str = "") -> str:
    """`Stopping web-1 touches 12 resources of 5 types within 3 steps; 3 rules fail among them.` Safe to show."""
    deed = fit(planned.strip(), 40) or "changing"
    deed = f"{deed[:1].upper()}{deed[1:]}"
    name = fit(shown.nodes[0].name, 60)
    others = shown.nodes[1:]
    within = f"within {counted(depth, 'step')}"
    if not others:
        return f"{deed} {name} touches no other resource {within}."
    types = len({node.key.resource_type.casefold() for node in others})
    rules = len({rule for node in others if node.verdict for rule in node.verdict.failing})
    fail = (
        f"{counted(rules, 'rule')} {'fails' if rules == 1 else 'fail'} among them" if rules else "no rule fails there"
    )
    return f"{deed} {name} touches {counted(len(others), 'resource')} of {counted(types, 'type')} {within}; {fail}."


def why(node: Node, nearer: str) -> str:
    """How a resource hangs on the one nearer to the root, in words. Safe to show."""
    assert node.link is not None
    words = fit(node.link.name.strip(), LONGEST)
    words = f"{words[:1].lower()}{words[1:]}"
    derived = f", {DERIVED}" if node.link.derived else ""
    name = fit(nearer, 60)
    if node.holds:
        return f"{link_words(node.link)} {name}{derived}"
    return f"is what {name} {link_words(node.link)}{derived}"


def searched(node: Node) -> str:
    rules = " ".join(node.verdict.failing) if node.verdict else ""
    return f"{node.key.resource_type} {node.key.resource_id} {node.name} {node.state} {rules}".casefold()


def ordered(nodes: Sequence[Node], order: str, shown: Neighbourhood) -> Iterator[Line]:
    if order == "tree":
        yield from _tree(nodes, shown)
        return
    groups: dict[tuple[object, ...], list[Node]] = {}
    for node in nodes:
        for group in _groups(node, order):
            groups.setdefault(group, []).append(node)
    # By step the nearest first; else what has most first.
    for group in sorted(groups, key=lambda group: group if order == "step" else (-len(groups[group]), group)):
        members = groups[group]
        yield Line(_heading(order, group, members))
        for node in sorted(members, key=lambda node: (node.step, node.key.resource_type, node.name.casefold())):
            yield Line(node=node, indent=1)


def _groups(node: Node, order: str) -> tuple[tuple[object, ...], ...]:
    if order == "step":
        return ((node.step,),)
    if order == "type":
        return ((node.key.resource_type,),)
    failing = node.verdict.failing if node.verdict else ()
    return tuple((rule,) for rule in failing)


def _heading(order: str, group: tuple[object, ...], members: Sequence[Node]) -> str:
    failing = sum(bool(node.verdict and node.verdict.failing) for node in members)
    what = counted(len(members), "resource")
    fails = f", {failing:,} with failing rules" if failing and order != "rule" else ""
    if order == "step":
        step = group[0]
        return f"{step} step{'' if step == 1 else 's'} away: {what}{fails}"
    if order == "type":
        return f"{short_type(str(group[0])[-200:])}: {what}{fails}"
    return f"{fit(str(group[0]), LONGEST)} fails on {what}"


def _tree(nodes: Sequence[Node], shown: Neighbourhood) -> Iterator[Line]:
    """Each resource below the one it was reached through; where that one is filtered out, it stands by itself."""
    kept = {fold(node.key) for node in nodes}
    below: dict[ResourceKey, list[Node]] = {}
    for node in nodes:
        through = fold(node.through) if node.through is not None else fold(shown.root)
        below.setdefault(through if through in kept else fold(shown.root), []).append(node)
    rest = [(node, 1) for node in reversed(below.get(fold(shown.root), []))]
    while rest:
        node, depth = rest.pop()
        yield Line(node=node, indent=depth)
        rest += [(child, depth + 1) for child in reversed(below.get(fold(node.key), []))]


def counts(nodes: Sequence[Node], signs: Glyphs) -> Iterator[Fact]:
    """How many there are by step, by type and by failing rule."""
    if not nodes:
        return
    yield Fact("by step")
    for step, count in sorted(Counter(node.step for node in nodes).items()):
        yield Fact(counted(step, "step"), _bar(count, len(nodes), signs))
    yield Fact("", Content(" "))
    yield Fact("by type")
    for name, count in _most(Counter(short_type(node.key.resource_type[-200:]) for node in nodes)):
        yield Fact(fit(name, 26), _bar(count, len(nodes), signs))
    rules = Counter(rule for node in nodes if node.verdict for rule in node.verdict.failing)
    if rules:
        yield Fact("", Content(" "))
        yield Fact("failing rules")
        for name, count in _most(rules):
            yield Fact("", Content.assemble((f"{signs.bad} {count:,} ", "$text-error bold"), fit(name, LONGEST)))


def _most(counter: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))


def _bar(count: int, of: int, signs: Glyphs) -> Content:
    sign = "#" if signs.ascii_only else "▪"
    return Content.assemble(f"{count:>4,} ", (sign * max(1, round(10 * count / of)), "$text-accent"))


def record(node: Node) -> dict[str, object]:
    return {
        "resourceType": node.key.resource_type,
        "resourceId": node.key.resource_id,
        "name": node.name,
        "state": node.state,
        "steps": node.step,
        "failingRules": list(node.verdict.failing) if node.verdict else [],
        "judged": node.verdict is not None,
        "through": node.through._asdict() if node.through is not None else None,
        "link": node.link.name if node.link is not None else None,
        "derived": node.link.derived if node.link is not None else None,
    }


_TITLES = ("steps", "resourceType", "resourceId", "name", "state", "failingRules", "link", "derived", "through")


def as_csv(shown: Neighbourhood) -> str:
    """A row a resource, the changed one first."""
    return csv_text(_TITLES, map(_row, shown.nodes))


def _row(node: Node) -> tuple[str, ...]:
    link = node.link
    failing = " ".join(node.verdict.failing) if node.verdict else ""
    told = (link.name if link else "", str(link.derived).lower() if link else "")
    through = node.through.resource_id if node.through else ""
    return (str(node.step), *node.key, node.name, node.state, failing, *told, through)


def as_markdown(shown: Neighbourhood, told: str) -> str:
    """The sentence, and a table of what is reached."""

    def cell(text: str) -> str:
        return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in fit(text, 300))

    lines = [f"# Blast radius of {cell(shown.nodes[0].name)}", "", cell(told), ""]
    if shown.limit:
        lines += [f"Not all was looked at: {cell(shown.limit)}.", ""]
    lines += ["| Steps | Type | Resource | Name | Failing rules |", "| ---: | --- | --- | --- | --- |"]
    for node in shown.nodes[1:]:
        failing = ", ".join(node.verdict.failing) if node.verdict else ""
        cells = (node.key.resource_type, node.key.resource_id, node.name, failing)
        lines.append(f"| {node.step} | " + " | ".join(map(cell, cells)) + " |")
    return "\n".join(lines)
