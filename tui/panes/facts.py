"""Labelled facts, one under the other: the labels in a column of their own, long values wrapped beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Region, Size
from textual.widget import Widget

from backend.model.moment import Moment
from tui import times
from tui.glyphs import Glyphs
from tui.text import READ_AHEAD, legible, width
from tui.widgets.lines import NARROW, shortened

_JOINTS = (":/", "-_.,")
"""Where a long name may be broken: behind one of these, the first ones rather."""

EMPTY = Content("")
NOTHING = Content("–").stylize("$text-muted")


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its value; without a label the value takes the whole width, without a value it is a heading."""

    label: str
    value: Content = EMPTY
    short: tuple[Content, ...] = ()
    """What to say where the value does not fit on one line, the longest first; the last where none fits."""
    tight: str = ""
    """The label where there is no room for the whole one."""
    middle: bool = False
    """True for a name that reads better cut in its middle than broken, where the pane is narrow."""


class Facts(Widget):
    """Facts wrapped to the width there is. As high as they are."""

    DEFAULT_CSS = """
    Facts { width: 1fr; height: auto; padding: 0 1; }
    """

    def __init__(self, *, values: int = 0, widget_id: str | None = None) -> None:
        """`values` are the cells that the values need; without it they are left two thirds of the width."""
        super().__init__(id=widget_id)
        self._values = values
        self._facts: tuple[Fact, ...] = ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        return self._facts

    def show(self, facts: Sequence[Fact]) -> None:
        """Replace what is shown."""
        if tuple(facts) == self._facts:
            return
        before = self.lines(self.size.width) if self.size.width else []
        self._facts = tuple(facts)
        after = self.lines(self.size.width) if self.size.width else []
        self._forget_heights()
        if len(before) != len(after) or not self.size.width:
            self.refresh(layout=True)
            return
        # A layout repaints everything around; a line that counts seconds is only that line.
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            if old.markup != new.markup:
                self.refresh(Region(0, number, self.size.width, 1))

    def _forget_heights(self) -> None:
        """What was arranged for the facts before is no longer true, in this width or in another one.

        `refresh(layout=True)` forgets it only the first time between two layouts (Textual 6), so that facts that
        changed twice had the room of the first change.
        """
        self._layout_updates += 1
        for ancestor in self.ancestors:
            if isinstance(ancestor, Widget):
                ancestor._clear_arrangement_cache()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines(width))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def render(self) -> Content:
        return Content("\n").join(self.lines(self.size.width))

    def height_of(self, facts: Sequence[Fact], width: int) -> int:
        """The rows that facts would take in `width` cells."""
        return len(self._lines(facts, width))

    def lines(self, width: int) -> list[Content]:
        """The facts as lines of `width` cells."""
        return self._lines(self._facts, width)

    def _lines(self, facts: Sequence[Fact], width: int) -> list[Content]:
        longest = max((len(fact.label) for fact in facts if fact.value.plain), default=0) + 2
        column = min(longest, max(4, width - self._values if self._values else width // 3))
        lines: list[Content] = []
        for fact in facts:
            if not fact.value.plain:
                lines.append(Content(fact.label).stylize("$text-muted bold"))
                continue
            if not fact.label:
                lines += broken(fact.value, max(1, width))
                continue
            name = fact.label if len(fact.label) < column else fact.tight or fact.label
            label = Content(name).truncate(max(1, column - 1), ellipsis=True).pad_right(0).stylize("$text-muted")
            room = max(1, width - column)
            wrapped = broken(fitting(fact, room) if width < NARROW else fact.value, room) or [EMPTY]
            lines.append(Content.assemble(label, " " * (column - label.cell_length), wrapped[0]))
            lines += [Content.assemble(" " * column, rest) for rest in wrapped[1:]]
        return lines

    def text(self) -> str:
        """The facts as plain text, unwrapped, for export."""
        return "\n".join(
            f"{fact.label}: {fact.value.plain}" if fact.label else fact.value.plain for fact in self._facts
        )


def fitting(fact: Fact, room: int) -> Content:
    """What to say of a fact on one line of `room` cells, as far as that can be done."""
    says = (fact.value, *fact.short)
    value = next((one for one in says if one.cell_length <= room), says[-1])
    return shortened(value, room, "middle", "…") if fact.middle else value


def broken(content: Content, room: int) -> list[Content]:
    """Content in lines of at most `room` cells; a word that is too long, an ARN, is broken behind its `:` `/` `-`."""
    lines: list[Content] = []
    while len(content.plain) > room * READ_AHEAD or content.cell_length > room:
        end = _break(content.plain, room)
        lines.append(content[:end].rstrip())
        content = content[end:]
        content = content[len(content.plain) - len(content.plain.lstrip()) :]
    return [*lines, content] if content.plain else lines


def _break(text: str, room: int) -> int:
    """Where a line of at most `room` cells ends best: between words, or inside one that no line has room for."""
    fits = 0
    taken = 0
    while fits < len(text) and (taken := taken + width(text[fits])) <= room:
        fits += 1
    fits = max(1, fits)
    if text[fits : fits + 1] == " ":
        return fits
    word = text.rfind(" ", 0, fits) + 1
    if word and width(text[word : word + room * READ_AHEAD + 1].partition(" ")[0]) <= room:
        return word
    for signs in _JOINTS:
        joint = max(text.rfind(sign, word, fits) for sign in signs)
        if joint >= word + (fits - word) // 3:
            return joint + 1
    return fits


def words(text: str | None, style: str = "") -> Content:
    """Untrusted text as a value; a dash when there is none."""
    if not text:
        return NOTHING
    content = Content(legible(text))
    return content.stylize(style) if style else content


def moment(label: str, at: Moment | None, now: Moment, zone: times.Zone) -> Fact:
    """A moment with its age; only the age where there is little room."""
    if at is None:
        return Fact(label, NOTHING)
    age = times.ago(at, now)
    told = times.stated(at, zone)
    brief = f"  {times.brief(at, now)} ago" if at <= now else ""
    return Fact(
        label,
        Content.assemble(told, (f"  {age}", "$text-muted")),
        short=(Content.assemble(told, (brief, "$text-muted")), Content(told), Content(age)),
    )


_STYLES = {
    "SUCCESS": ("good", "$text-success"),
    "COMPLIANT": ("good", "$text-success"),
    "FAILURE": ("bad", "$text-error bold"),
    "NON_COMPLIANT": ("bad", "$text-error bold"),
    "PENDING": ("waiting", "$text-warning"),
    "NOT_APPLICABLE": ("off", "$text-muted"),
    "INSUFFICIENT_DATA": ("unknown", "$text-warning"),
}

_LONGEST = 1 + max(map(len, _STYLES))


def state(word: str, signs: Glyphs) -> Content:
    """A state word of AWS with its sign and colour: never told by colour alone. Compared without case (X-05)."""
    if not word:
        return Content(f"{signs.off} not tried yet").stylize("$text-muted")
    return Content.assemble(sign(word, signs), " ", (legible(word).upper(), style_of(word)))


def sign(word: str, signs: Glyphs) -> Content:
    """The sign of a state word, in its colour."""
    name = _style(word, "warning", "")[0]
    return Content(getattr(signs, name)).stylize(style_of(word))


def style_of(word: str) -> str:
    """The colour of a state word."""
    return _style(word, "", "$text-warning")[1]


def _style(word: str, *else_: str) -> tuple[str, str]:
    """The sign and colour of a state word; a word longer than any of AWS's is none."""
    return _STYLES.get(word[:_LONGEST].upper(), (else_[0], else_[1]))
