"""What rows are searched and ordered by as one types: what each is called, its id and its name, folded.

They are one text a row, `called NUL id NUL name`, so that a word is looked for in all rows by one pass over bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.files.heads import Head

END = "\0"
"""Between the parts of a row's text; what else has it there is a stranger's, and is taken out."""


def fold_names(heads: Sequence[Head], labels: Sequence[str]) -> list[str]:
    """The text of each row; `labels` are the names that people gave."""
    texts = [
        f"{label or head.resource_name or head.resource_id}{END}{head.resource_id}{END}{head.resource_name or ''}"
        for head, label in zip(heads, labels, strict=True)
    ]
    folded = "\n".join(texts).casefold().split("\n")
    if len(folded) == len(texts) and sum(text.count(END) for text in folded) == 2 * len(texts):
        return folded
    return [_clean(head, label).casefold() for head, label in zip(heads, labels, strict=True)]


def _clean(head: Head, label: str) -> str:
    parts = (label or head.resource_name or head.resource_id, head.resource_id, head.resource_name or "")
    return END.join(part.replace(END, " ").replace("\n", " ") for part in parts)
