"""A neighbourhood in the language of Graphviz: `dot -Tsvg picture.dot`."""

from __future__ import annotations

from backend.model.neighbourhood import Neighbourhood
from tui.pictures.words import joins, name_of, remarks, standing_of, title, type_of, verdict_of

_COLOURS = {"bad": ("#b42318", "#fef3f2"), "good": ("#067647", "#f0fdf4"), "none": ("#667085", "#ffffff")}


def as_dot(shown: Neighbourhood) -> str:
    """A digraph from left to right, a box a resource, an arrow from the resource that has the link."""
    heading = "\\n".join(_escaped(line) for line in (title(shown), *remarks(shown)))
    lines = [
        "digraph configscope {",
        f'  graph [rankdir=LR, label="{heading}", labelloc=t, fontname="Helvetica", nodesep=0.25, ranksep=1.0];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, margin="0.15,0.08"];',
        '  edge [fontname="Helvetica", fontsize=9, color="#667085", fontcolor="#475467"];',
    ]
    for number, node in enumerate(shown.nodes):
        line, fill = _COLOURS[standing_of(node)]
        label = "\\n".join(_escaped(text) for text in (name_of(node), type_of(node), verdict_of(node)))
        width = 2.5 if number == 0 else 1
        told = f'label="{label}", color="{line}", fillcolor="{fill}", fontcolor="#101828", penwidth={width}'
        lines.append(f'  n{number} [{told}, tooltip="{_escaped(node.key.resource_id[:200])}"];')
    for join in joins(shown):
        style = ", style=dashed" if join.derived else ""
        loose = "" if join.tree else ", constraint=false"
        lines.append(f'  n{join.holder} -> n{join.other} [label="{_escaped(join.words)}"{style}{loose}];')
    return "\n".join((*lines, "}"))


def _escaped(text: str) -> str:
    """Text inside quotes: Graphviz reads a backslash and an entity there."""
    from tui.text import visible

    return visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
