"""A neighbourhood as an SVG that stands alone: no script, no font, no link to anywhere; light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from backend.model.neighbourhood import Neighbourhood
from tui.panes.spelling import counted
from tui.pictures.layout import BOX_HEIGHT, BOX_WIDTH, COLUMN_GAP, Box, Layout, place
from tui.pictures.words import Join, joins, name_of, remarks, standing_of, title, type_of, verdict_of
from tui.text import fit

_MARGIN, _HEAD, _FOOT = 48, 104, 60
_LEAST = 860
"""Width that the legend needs."""

_ASIDE = 160
"""Links beside those that the resources were reached by; more would hide everything else, and are counted."""

_STYLE = """
text { font-family: "Inter", "Segoe UI", "Helvetica Neue", Helvetica, Arial, sans-serif; fill: #101828; }
.paper { fill: #ffffff; } .title { font-size: 20px; font-weight: 600; } .note { font-size: 12.5px; fill: #475467; }
.step { font-size: 11.5px; fill: #475467; letter-spacing: .04em; }
.box { fill: #f9fafb; stroke: #d0d5dd; stroke-width: 1; } .root { stroke: #1d4ed8; stroke-width: 2.5; }
.name { font-size: 13px; font-weight: 600; } .type { font-size: 10.5px; fill: #475467; } .word { font-size: 11px; }
.bar-bad { fill: #d92d20; } .bar-good { fill: #079455; } .bar-none { fill: #98a2b3; }
.word-bad { fill: #b42318; font-weight: 600; } .word-good { fill: #067647; } .word-none { fill: #475467; }
.link { fill: none; stroke: #7a8699; stroke-width: 1.3; } .aside { stroke: #c3cad5; stroke-width: .9; }
.derived { stroke-dasharray: 5 4; } .tip { fill: #7a8699; } .tip-aside { fill: #c3cad5; }
@media (prefers-color-scheme: dark) {
text { fill: #f2f4f7; } .paper { fill: #0c111d; } .note, .step, .type, .word-none { fill: #a9b4c4; }
.box { fill: #161d2c; stroke: #344054; } .root { stroke: #84adff; }
.bar-bad { fill: #f97066; } .bar-good { fill: #47cd89; } .bar-none { fill: #667085; }
.word-bad { fill: #fda29b; } .word-good { fill: #75e0a7; }
.link { stroke: #8894a8; } .aside { stroke: #475467; } .tip { fill: #8894a8; } .tip-aside { fill: #475467; }
}
"""


def as_svg(shown: Neighbourhood) -> str:
    """The picture, with a title, a legend, and what to mind about it."""
    layout = place(shown)
    width = max(layout.width + 2 * _MARGIN, _LEAST)
    height = layout.height + _HEAD + _FOOT + _MARGIN
    left = (width - layout.width) / 2
    lines = joins(shown)
    tree = [line for line in lines if line.tree]
    aside = [line for line in lines if not line.tree]
    notes = list(remarks(shown))
    if len(aside) > _ASIDE:
        notes.append(f"{len(aside):,} more links between them are not drawn.")
        aside = []
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{_text(title(shown))}</title>",
        f"<desc>{_text(' '.join(notes))}</desc>",
        f"<style>{_STYLE}</style>",
        "<defs>",
        _tip("tip", "tip"),
        _tip("tip-aside", "tip-aside"),
        "</defs>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
        f'<text class="title" x="{_MARGIN}" y="38">{_text(fit(title(shown), int(width / 11)))}</text>',
        f'<text class="note" x="{_MARGIN}" y="59">{_text(fit(" ".join(notes), int(width / 6.6)))}</text>',
        *_headings(layout, left),
        f'<g transform="translate({left:.1f} {_HEAD})">',
        *(_line(layout, line, "link aside", "tip-aside") for line in aside),
        *(_line(layout, line, "link", "tip") for line in tree),
        *(part for number, box in enumerate(layout.boxes) for part in _box(box, root=number == 0)),
        "</g>",
        *_legend(height - _FOOT / 2 - 4),
        "</svg>",
    ]
    return "\n".join(parts)


def _tip(name: str, style: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path class="{style}" d="M0 0.6 L8 4 L0 7.4 z"/></marker>'
    )


def _headings(layout: Layout, left: float) -> Iterator[str]:
    users = any(step < 0 for _, step in layout.headings)
    if len(layout.headings) > 1:
        for middle, step in layout.headings:
            side = ("uses it · " if step < 0 else "it uses · ") if users else ""
            told = f"{side}{counted(abs(step), 'step')}" if step else "this one"
            yield f'<text class="step" x="{left + middle:.1f}" y="{_HEAD - 12}" text-anchor="middle">{told}</text>'


def _box(box: Box, *, root: bool) -> Iterator[str]:
    node, standing = box.node, standing_of(box.node)
    x, y = f"{box.x + 14:.1f}", box.y
    yield (
        f"<g><title>{_text(fit(node.key.resource_type, 120))} {_text(fit(node.key.resource_id, 200))}"
        f"{_failing(box)}</title>"
    )
    yield (
        f'<rect class="box{" root" if root else ""}" x="{box.x:.1f}" y="{y:.1f}" width="{BOX_WIDTH}" '
        f'height="{BOX_HEIGHT}" rx="7"/>'
    )
    place = f'x="{box.x + 4:.1f}" y="{y + 8:.1f}"'
    yield f'<rect class="bar-{standing}" {place} width="4" height="{BOX_HEIGHT - 16}" rx="2"/>'
    state = f"  ·  {fit(node.state, 14)}" if node.state else ""
    yield f'<text class="type" x="{x}" y="{y + 18:.1f}">{_text(type_of(node, 34 - len(state)) + state)}</text>'
    yield f'<text class="name" x="{x}" y="{y + 35:.1f}">{_text(name_of(node, 25))}</text>'
    yield f'<text class="word word-{standing}" x="{x}" y="{y + 52:.1f}">{_text(verdict_of(node))}</text></g>'


def _failing(box: Box) -> str:
    failing = box.node.verdict.failing if box.node.verdict else ()
    return f" fails {_text(fit(', '.join(failing), 300))}" if failing else ""


def _line(layout: Layout, join: Join, style: str, tip: str) -> str:
    """A curve from the box that has the link to the other, from side to side."""
    one, other = layout.boxes[join.holder], layout.boxes[join.other]
    if one.left == other.left:
        path = _bow(one, other)
    else:
        path = _across(one, other)
    derived = " derived" if join.derived else ""
    return (
        f'<path class="{style}{derived}" marker-end="url(#{tip})" d="{path}">'
        f"<title>{_text(join.words)}{', derived' if join.derived else ''}</title></path>"
    )


def _bow(one: Box, other: Box) -> str:
    """Between two boxes of one step: in one column a bow on the right of it."""
    x, end = one.x + BOX_WIDTH, other.x + BOX_WIDTH
    if one.x != other.x:
        x, end = (x, other.x) if one.x < other.x else (one.x, end)
        out = back = (x + end) / 2
    else:
        out = back = x + 16 + min(26.0, abs(one.middle - other.middle) * 0.04)
    y, goal = one.middle, other.middle
    return f"M{x:.1f} {y:.1f} C{out:.1f} {y:.1f} {back:.1f} {goal:.1f} {end:.1f} {goal:.1f}"


def _across(one: Box, other: Box) -> str:
    """From one step to another; past further columns of a step between two rows, so that no box is in the way."""
    way = 1 if one.left < other.left else -1
    start, leave = (one.x + BOX_WIDTH, one.right) if way > 0 else (one.x, one.left)
    end, arrive = (other.x, other.left) if way > 0 else (other.x + BOX_WIDTH, other.right)
    parts, y = [f"M{start:.1f} {one.middle:.1f}"], one.middle
    if abs(leave - start) > 1:
        y = one.lane
        out = start + way * COLUMN_GAP * 0.7
        parts.append(f"C{out:.1f} {one.middle:.1f} {start:.1f} {y:.1f} {out + way * 8:.1f} {y:.1f} H{leave:.1f}")
    passes = abs(end - arrive) > 1
    goal = other.lane if passes else other.middle
    bend = (arrive - leave) / 2
    parts.append(f"C{leave + bend:.1f} {y:.1f} {arrive - bend:.1f} {goal:.1f} {arrive:.1f} {goal:.1f}")
    if passes:
        back = end - way * COLUMN_GAP * 0.7
        parts.append(f"H{back:.1f} C{end:.1f} {goal:.1f} {back:.1f} {other.middle:.1f} {end:.1f} {other.middle:.1f}")
    return " ".join(parts)


def _legend(y: float) -> Iterator[str]:
    x = float(_MARGIN)
    for standing, told in (("bad", "✗ rules fail"), ("good", "✓ complies"), ("none", "not judged")):
        yield f'<rect class="bar-{standing}" x="{x:.0f}" y="{y - 10:.0f}" width="4" height="13" rx="2"/>'
        yield f'<text class="word word-{standing}" x="{x + 10:.0f}" y="{y:.0f}">{told}</text>'
        x += 100
    for style, told in (("link", "recorded by AWS Config"), ("link derived", "derived by configscope")):
        yield f'<path class="{style}" marker-end="url(#tip)" d="M{x:.0f} {y - 4:.0f} h34"/>'
        yield f'<text class="word word-none" x="{x + 42:.0f}" y="{y:.0f}">{told}</text>'
        x += 190


def _text(text: str) -> str:
    return escape(text, quote=True)
