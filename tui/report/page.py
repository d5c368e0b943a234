"""A report as one page of HTML that stands alone: no script, nothing loaded, light and dark, made to be printed."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from backend.model.moment import to_iso
from tui.report import tables
from tui.report.evidence import Evidence
from tui.report.tables import Table
from tui.text import visible

SHOWN = 2_000
"""Rows of a table; its CSV file has all."""

FIELDS = 6
"""Changed fields that are named; the CSV file has all."""
AGENT = 48
"""Characters of what made a call."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2330; --dim: #5b6675; --line: #d9dee6; --page: #ffffff; --card: #f5f7fa;
  --bad: #b3261e; --bad-back: #fdeceb; --good: #1c6b3c; --warn: #7a4b00; --warn-back: #fff6e5; --accent: #22558f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #9aa6b5; --line: #333c49; --page: #141920;
  --card: #1c232d; --bad: #ff8a80; --bad-back: #3a1d1c; --good: #7bd79b; --warn: #f3c470; --warn-back: #33280f;
  --accent: #8dbdf2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 32px 64px; }
header { border-bottom: 3px solid var(--accent); padding-bottom: 20px; margin-bottom: 24px; }
.kind { color: var(--accent); font-weight: 600; letter-spacing: .08em; text-transform: uppercase; font-size: 12px; }
h1 { font-size: 28px; line-height: 1.2; margin: 4px 0 0; }
h2 { font-size: 19px; margin: 40px 0 10px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h2 small { font-weight: 400; color: var(--dim); font-size: 13px; margin-left: 8px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 20px; margin: 16px 0 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(6, 1fr); gap: 12px; margin: 0 0 8px; padding: 0;
  list-style: none; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.figures b { display: block; font-size: 22px; line-height: 1.2; white-space: nowrap; }
.figures li.bad b { color: var(--bad); } .figures span { color: var(--dim); font-size: 13px; }
nav { margin: 20px 0 0; font-size: 14px; } nav a { margin-right: 16px; }
a { color: var(--accent); }
.gaps { background: var(--warn-back); border-left: 4px solid var(--warn); border-radius: 4px; margin: 0;
  padding: 12px 16px 12px 34px; }
.gaps li { margin: 3px 0; overflow-wrap: anywhere; }
.none { color: var(--dim); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { text-align: left; color: var(--dim); font-weight: 600; border-bottom: 2px solid var(--line);
  padding: 6px 10px 6px 0; white-space: nowrap; }
td { border-bottom: 1px solid var(--line); padding: 5px 10px 5px 0; vertical-align: top; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 12px; }
td small { color: var(--dim); } .changes td:nth-child(3) { width: 34%; } .changes td:nth-child(4) { width: 27%; }
td.bad, span.bad { color: var(--bad); font-weight: 600; white-space: nowrap; }
td.good, span.good { color: var(--good); font-weight: 600; white-space: nowrap; }
td.type { white-space: nowrap; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--dim); font-size: 13px; }
@media (max-width: 760px) { .figures { grid-template-columns: repeat(2, 1fr); } main { padding: 20px 16px; } }
@media print { :root { color-scheme: light; --ink: #000; --dim: #444; --line: #bbb; --page: #fff; --card: #fff;
    --bad: #a00; --good: #060; --warn: #630; --warn-back: #fff; --accent: #000; }
  @page { margin: 16mm 14mm; }
  main { max-width: none; padding: 0; } nav { display: none; } .table { overflow: visible; }
  body { font-size: 10.5pt; } table { font-size: 8pt; } thead { display: table-header-group; }
  tr, .figures, .gaps { break-inside: avoid; } h2 { break-after: avoid; } }
"""

_GOOD = frozenset({"COMPLIANT", "CREATE", "SUCCESS"})
_BAD = frozenset({"NON_COMPLIANT", "DELETE", "FAILURE"})
_NUMBERS = frozenset({"resources", "non-compliant", "compliant"})
_CODES = frozenset({"id", "ARN", "sha-256", "fields", "event id", "place"})
_TIMES = frozenset({"captured", "since", "written"})
_TYPES = frozenset({"type", "change", "address"})
_LEFT_OUT = frozenset({"event id", "tags", "ARN"})
"""Columns that only the CSV file has: the page is to be read."""


def page(found: Evidence) -> str:
    """The whole page."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Evidence) -> Iterator[str]:
    shown = (
        tables.rules(found),
        tables.violations(found),
        tables.changes(found),
        tables.types(found),
        tables.settings(found),
        tables.resources(found),
        tables.sources(found),
    )
    title = f"AWS Config report, {found.account or 'files'} {found.region}, {to_iso(found.moment)}"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body><main>"
    yield '<header><div class="kind">AWS Config · evidence report</div>'
    yield f"<h1>Account {_text(found.account or 'unknown')}, {_text(found.region or 'all regions')}</h1><dl>"
    yield from (f"<dt>{label}</dt><dd>{_text(value)}</dd>" for label, value in tables.facts(found) if value)
    yield '</dl></header><ul class="figures">'
    for label, value, bad in tables.figures(found):
        yield f"<li{' class=bad' if bad else ''}><b>{_text(value)}</b><span>{label}</span></li>"
    yield "</ul><nav>"
    yield from (f'<a href="#{_anchor(name)}">{name}</a>' for name in ("Gaps", *(table.title for table in shown)))
    yield f'</nav><h2 id="{_anchor("Gaps")}">Gaps <small>what this report cannot tell</small></h2>'
    if found.gaps:
        yield '<ul class="gaps">'
        yield from (f"<li>{_text(gap)}</li>" for gap in found.gaps)
        yield "</ul>"
    else:
        yield '<p class="none">None is known.</p>'
    for table in shown:
        yield from (_changes(found, table) if table.title == tables.CHANGES else _table(table))
    yield "<footer>Times are UTC. The hashes of the files of this report are in SHA256SUMS:"
    yield " <code>sha256sum -c SHA256SUMS</code> tells whether one was changed."
    yield " items.json holds the configuration of every resource.</footer>"
    yield "</main></body></html>"


def _table(table: Table) -> Iterator[str]:
    count = f" <small>{len(table.rows):,}</small>" if table.rows and table.title != "Settings" else ""
    yield f'<h2 id="{_anchor(table.title)}">{table.title}{count}</h2>'
    if not table.rows:
        yield f'<p class="none">{_text(table.none)}</p>'
        return
    kept = [place for place, column in enumerate(table.columns) if column not in _LEFT_OUT]
    yield '<div class="table"><table><thead><tr>'
    yield "".join(f"<th{_class(table.columns[place], '')}>{table.columns[place]}</th>" for place in kept)
    yield "</tr></thead><tbody>"
    for row in table.rows[:SHOWN]:
        cells = (f"<td{_class(table.columns[place], row[place])}>{_shown(table, place, row)}</td>" for place in kept)
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    if len(table.rows) > SHOWN:
        yield f'<p class="none">{len(table.rows) - SHOWN:,} more are in {table.file or "report.json"}.</p>'


def _changes(found: Evidence, table: Table) -> Iterator[str]:
    """The changes with a resource, its fields and the caller in a cell each: eleven columns fit on no page."""
    if not found.changes:
        yield from _table(table)
        return
    yield f'<h2 id="{_anchor(table.title)}">{table.title} <small>{len(found.changes):,}</small></h2>'
    yield '<div class="table"><table class="changes"><thead><tr><th>when</th><th>resource</th>'
    yield "<th>what changed</th><th>who</th></tr></thead><tbody>"
    for one in found.changes[:SHOWN]:
        fields = ", ".join(one.fields[:FIELDS])
        more = f" and {len(one.fields) - FIELDS} more" if len(one.fields) > FIELDS else ""
        who = f"<b>{_text(one.user or 'not named')}</b> {_text(one.event)}" if one.event else "not known"
        yield (
            f"<tr><td class=time>{_text(_time(to_iso(one.captured)))}<br>"
            f"<span{_class('', one.change)}>{_text(one.change)}</span></td>"
            f"<td><b>{_text(one.name or one.key.resource_id)}</b><br><small>{_text(one.key.resource_type)} "
            f"{_text(one.key.resource_id if one.name else '')}</small></td>"
            f"<td class=code>{_text(fields)}{more}</td>"
            f"<td>{who}<br><small>{_text(one.address)} {_text(_cut(one.agent))}</small></td></tr>"
        )
    yield "</tbody></table></div>"
    if len(found.changes) > SHOWN:
        yield f'<p class="none">{len(found.changes) - SHOWN:,} more are in {table.file}.</p>'


def _cut(agent: str) -> str:
    return agent if len(agent) <= AGENT else f"{agent[: AGENT - 1]}…"


def _time(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z").partition(".")[0]


def _shown(table: Table, place: int, row: tuple[str, ...]) -> str:
    text = row[place]
    if table.columns[place] in _TIMES:
        text = _time(text)
    return _text(text)


def _class(column: str, value: str) -> str:
    if value in _BAD:
        return ' class="bad"'
    if value in _GOOD:
        return ' class="good"'
    for name, columns in (("number", _NUMBERS), ("code", _CODES), ("time", _TIMES), ("type", _TYPES)):
        if column in columns:
            return f' class="{name}"'
    return ""


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
