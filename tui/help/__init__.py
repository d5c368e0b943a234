"""The texts of the help: what each pane and page shows, and what the words of AWS Config mean.

Only texts, and nothing of Textual: `?` shows them on a page, `configscope help CONCEPT` prints them.
"""

from __future__ import annotations

from tui.help.concepts import CONCEPTS
from tui.help.places import PLACES
from tui.help.texts import Concept, Place, Reference

__all__ = ["CONCEPTS", "PLACES", "Concept", "Place", "Reference", "find"]


def find(word: str) -> Concept | None:
    """The concept of this id or name; a unique beginning or part of it is enough."""
    wanted = word.strip().lower().replace(" ", "-")
    if wanted in CONCEPTS:
        return CONCEPTS[wanted]
    for fits in (str.startswith, str.__contains__):
        found = [one for one in CONCEPTS.values() if fits(one.id, wanted) or fits(one.name.lower(), word.lower())]
        if len(found) == 1 and wanted:
            return found[0]
    return None
