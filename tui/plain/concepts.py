"""`configscope help`: the concepts in plain text."""

from __future__ import annotations

import sys
import textwrap

from backend.model.problem import Missing
from tui.help import CONCEPTS, find

_WIDTH = 88


def explain(word: str) -> int:
    """Print the concept of this word, or the list of them. Raises `Missing` for a word that is none."""
    if not word:
        for one in CONCEPTS.values():
            sys.stdout.write(f"{one.id:<22}{one.name}\n")
        return 0
    concept = find(word)
    if concept is None:
        raise Missing(f"There is no concept {word}", f"there are {', '.join(CONCEPTS)}")
    parts = [concept.name, *(textwrap.fill(paragraph, _WIDTH) for paragraph in concept.text)]
    if concept.also:
        parts.append(f"Near it: {', '.join(concept.also)}")
    if concept.references:
        parts.append("\n".join(f"{one.name}\n  {one.url}" for one in concept.references))
    sys.stdout.write("\n\n".join(parts) + "\n")
    return 0
