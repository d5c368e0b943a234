"""A neighbourhood as a flowchart of Mermaid, which GitHub and many wikis draw out of Markdown."""

from __future__ import annotations

from backend.model.neighbourhood import Neighbourhood
from tui.pictures.words import joins, name_of, remarks, standing_of, title, type_of, verdict_of

_ENTITIES = str.maketrans({sign: f"#{ord(sign)};" for sign in "#&<>\"'`|\\[]{}();%$"})
"""Signs that Mermaid, Markdown or HTML could read; in their numbers they are only signs."""


def as_mermaid(shown: Neighbourhood) -> str:
    """A flowchart from left to right, an arrow from the resource that has the link; derived ones are dotted."""
    lines = [
        *(f"%% {_comment(line)}" for line in (title(shown), *remarks(shown))),
        "flowchart LR",
    ]
    for number, node in enumerate(shown.nodes):
        name = f"<b>{_text(name_of(node))}</b>"
        lines.append(f'  n{number}["{name}<br/>{_text(type_of(node))}<br/>{_text(verdict_of(node))}"]')
    for join in joins(shown):
        arrow = "-.->" if join.derived else "-->"
        lines.append(f'  n{join.holder} {arrow}|"{_text(join.words)}"| n{join.other}')
    lines += [
        "  classDef bad fill:#fef3f2,stroke:#b42318,color:#101828",
        "  classDef good fill:#f0fdf4,stroke:#067647,color:#101828",
        "  classDef none fill:#ffffff,stroke:#667085,color:#101828",
        "  classDef root stroke-width:4px",
    ]
    for standing in ("bad", "good", "none"):
        members = [f"n{number}" for number, node in enumerate(shown.nodes) if standing_of(node) == standing]
        if members:
            lines.append(f"  class {','.join(members)} {standing}")
    return "\n".join((*lines, "  class n0 root"))


def _text(text: str) -> str:
    return text.translate(_ENTITIES)


def _comment(text: str) -> str:
    # Braces in a comment would begin a directive.
    return text.replace("{", "(").replace("}", ")")
