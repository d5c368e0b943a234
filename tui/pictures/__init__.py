"""A neighbourhood as a picture that can be taken away: SVG that stands alone, DOT for Graphviz, Mermaid for Markdown.

    draw(neighbourhood, "svg")

The same neighbourhood gives the same bytes. Whatever text comes from data is only text in each of the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backend.model.neighbourhood import Neighbourhood
from tui.pictures.data import as_json
from tui.pictures.dot import as_dot
from tui.pictures.mermaid import as_mermaid
from tui.pictures.svg import as_svg

FORMS: Mapping[str, Callable[[Neighbourhood], str]] = {
    "svg": as_svg,
    "dot": as_dot,
    "mmd": as_mermaid,
    "json": as_json,
}
"""By the suffix of the file."""

NAMES: Mapping[str, str] = {"svg": "svg", "dot": "dot", "gv": "dot", "mermaid": "mmd", "mmd": "mmd", "json": "json"}
"""What a person may call a form."""


def draw(shown: Neighbourhood, form: str) -> str:
    """The picture in a form of `FORMS`."""
    return FORMS[form](shown)
