"""A conformance pack over time: how many of its rules were in order, when that changed, and by which rules.

AWS Config records the verdict of a pack as a resource of its own (`AWS::Config::ConformancePackCompliance`); what its
items tell is shown. They count rules; the score, which counts resources too, is known only of now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from backend.model.compliance import Pack
from backend.model.coverage import PACK_COMPLIANCE_TYPE
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.moment import Moment
from backend.model.problem import Problem
from tui import times
from tui.glyphs import UNICODE, Glyphs
from tui.panes.spelling import counted
from tui.screens.title import TitleBar
from tui.text import legible
from tui.widgets.columns import Column
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.lines import Cell
from tui.widgets.table import BigTable
from tui.work import begin
from tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.client.session import Session

_MOST = 500
"""Items of the history that are read."""
_NAMED = 3
"""Rules that a row names; the others are counted."""


class Stage(NamedTuple):
    """A pack as one item tells of it."""

    at: Moment
    good: int
    bad: int
    total: int
    broke: tuple[str, ...] = ()
    """Rules that broke since the item before."""
    mended: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """How much of the rules that have a verdict was in order."""
        judged = self.good + self.bad
        return self.good / judged if judged else None


def stages(items: Sequence[ConfigurationItem]) -> list[Stage]:
    """What the items of a pack's verdict tell, newest first as they come."""
    found: list[Stage] = []
    before: dict[str, str] = {}
    for item in reversed(items):
        body = item.configuration if isinstance(item.configuration, dict) else {}
        rules = body.get("configRuleList")
        now = {
            str(rule.get("configRuleName")): str(rule.get("complianceType"))
            for rule in (rules if isinstance(rules, list) else ())
            if isinstance(rule, dict)
        }
        broke = tuple(name for name, said in now.items() if said == "NON_COMPLIANT" != before.get(name))
        mended = tuple(name for name, said in before.items() if said == "NON_COMPLIANT" != now.get(name))
        good, bad, total = (_count(body.get(name)) for name in _COUNTS)
        found.append(Stage(item.capture_time, good, bad, total, broke, mended))
        before = now
    return found[::-1]


_COUNTS = ("compliantRuleCount", "nonCompliantRuleCount", "totalRuleCount")


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


class PackScreen(Screen[None]):
    """The page of a pack."""

    PLACE: ClassVar[str] = "pack"
    DEFAULT_CSS = """
    PackScreen { layout: vertical; }
    PackScreen #pack-heading {
        height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis;
    }
    PackScreen #pack-line { height: 2; padding: 0 1; margin-top: 1; }
    PackScreen BigTable { height: 1fr; border-top: solid $panel-lighten-1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Out", id="pack.leave", show=False)]

    def __init__(self, workspace: Workspace, pack: Pack, signs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._workspace, self._pack, self._signs = workspace, pack, signs
        self._stages: list[Stage] = []
        self._heading = Static(Content(""), id="pack-heading")
        self._line = Static(Content(""), id="pack-line")
        self._table: BigTable[Stage] = BigTable(
            (
                Column("at", "since", width=20),
                Column("share", "in order", width=9, right=True),
                Column("bad", "broken", width=7, right=True),
                Column("what", "what changed", minimum=20, weight=1),
            ),
            self._cells,
            empty="asking …",
            id="pack-stages",
        )

    def compose(self) -> ComposeResult:
        yield TitleBar(self._workspace)
        yield self._heading
        yield self._line
        yield self._table
        yield KeyBar([Hint("enter", "look at that moment"), Hint("y", "copy"), Hint("esc", "out")])

    def on_mount(self) -> None:
        self._show()
        self._table.focus()
        session = self._workspace.session
        if session is not None:
            begin(self, lambda: self._load(session), "pack-history")

    def on_resize(self) -> None:
        self._show()

    async def _load(self, session: Session) -> None:
        try:
            key = await self._key(session)
            items = await session.resources.history(key, limit=_MOST) if key and session.resources is not None else []
        except Problem as problem:
            self._workspace.remember("the history of a pack", problem)
            self._table.set_empty(str(problem))
            return
        self._stages = stages(items)
        self._table.set_empty(
            "Files are judged as they are: a pack has no history in them."
            if session.table is not None
            else "No verdict of this pack was recorded: AWS Config writes one down whenever it changes."
        )
        self._table.set_list(self._stages)
        self._show()

    async def _key(self, session: Session) -> ResourceKey | None:
        """What the pack's verdict is recorded under."""
        if session.resources is None:
            return None
        async for batch in session.resources.listing(PACK_COMPLIANCE_TYPE):
            for found in batch:
                if found.resource_name == self._pack.name:
                    return ResourceKey(found.resource_type, found.resource_id)
        return None

    def _show(self) -> None:
        pack = self._pack
        score = f"{pack.score:.1f} % of resources in order" if pack.score is not None else "no score yet"
        self._heading.update(
            Content.assemble(
                ("conformance pack ", "$text-muted"),
                (legible(pack.name), "bold"),
                f"  {score}",
                (f"  {pack.broken:,} of {counted(len(pack.rules), 'rule')} broken", "$text-muted"),
            )
        )
        cells = max(10, self.size.width - 4)
        shares = [stage.share for stage in reversed(self._stages) if stage.share is not None][-cells:]
        if not shares:
            self._line.update(Content(""))
            return
        first = times.stated(self._stages[-1].at, self._workspace.zone)
        drawn = "".join(self._signs.steps[min(7, int(share * 8))] for share in shares)
        self._line.update(
            Content.assemble(
                (drawn, "$text-accent"),
                "\n",
                (f"share of its rules in order, since {first}", "$text-muted"),
            )
        )

    def _cells(self, stage: Stage) -> tuple[Cell, ...]:
        share = f"{100 * stage.share:.0f} %" if stage.share is not None else ""
        return (times.stated(stage.at, self._workspace.zone), share, f"{stage.bad:,}", self._changed(stage))

    def _changed(self, stage: Stage) -> Content:
        parts: list[str | tuple[str, str]] = []
        for names, word, style in ((stage.broke, "broke", "$text-error"), (stage.mended, "mended", "$text-success")):
            if names:
                told = ", ".join(map(legible, names[:_NAMED]))
                more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
                parts += [(f"{word} ", style), f"{told}{more}  "]
        return Content.assemble(*parts)

    @on(BigTable.Selected)
    def stage_chosen(self, event: BigTable.Selected) -> None:
        """Everything is shown as of that moment."""
        event.stop()
        if isinstance(event.row, Stage):
            self._workspace.selection.look_at(event.row.at)
            self.dismiss()

    def copy_text(self) -> str:
        """The rows as text."""
        rows = (f"{times.stated(one.at, times.UTC)}\t{one.good}\t{one.bad}\t{one.total}" for one in self._stages)
        return "\n".join((f"{self._pack.name}: since, in order, broken, rules", *rows))

    def action_leave(self) -> None:
        self.dismiss()
