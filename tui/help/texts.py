"""What a text of the help is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A page of the AWS documentation, to be read elsewhere."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Concept:
    """One word of AWS Config, or of ours, explained."""

    id: str
    name: str
    text: tuple[str, ...]
    """Paragraphs."""
    also: tuple[str, ...] = ()
    """Ids of concepts near it."""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A pane or page explained."""

    name: str
    shows: str
    """What is to be seen here."""
    words: tuple[tuple[str, str], ...] = ()
    """What the words on it mean."""
    next: tuple[str, ...] = ()
    """What to do from here."""
    concepts: tuple[str, ...] = ()
    """Ids of the concepts behind it."""
