"""Taking things away: the clipboard and files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from tui import clipboard, exporting
from tui.actions.deed import Action, Deeds, ExportedAs, ItemsExported, PathCopied

if TYPE_CHECKING:
    from tui.jobs import Job

PRINT = "print"
"""What `:copy` takes to print at the end instead of writing a file."""


@runtime_checkable
class ManyForms(Protocol):
    """Something that can be written in several forms, with no one of them the usual: it is asked for the form."""

    FORMS: ClassVar[tuple[str, ...]]
    """The suffixes that `export_as` takes."""


class Taking(Deeds):
    """Copies what is under the cursor, exports what a pane shows."""

    def table(self) -> dict[str, Action]:
        return {"take.copy": self.copy, "take.path": self.copy_path, "take.export": self.export}

    def copy(self, where: str) -> None:
        """The value under the cursor: to the clipboard, to a file, or printed at the end."""
        self.take(self.copied.copy_text() if self.copied is not None else "", where)

    def copy_path(self, where: str) -> None:
        """Where it is: the path of a field, an ARN, an address in S3."""
        text = self.path()
        if text:
            self.take(text, where)
        else:
            self.app.say("There is no path or ARN under the cursor; y copies the value.")

    def path(self) -> str:
        from tui.widgets.json_tree import JsonTree

        screen = self.app.screen
        source = self.pane if screen is self.dashboard else screen
        if isinstance(source, PathCopied) and (text := source.copy_path()):
            return text
        focused = self.app.focused
        if isinstance(focused, JsonTree):
            return focused.path_text()
        text = self.copied.copy_text() if self.copied is not None else ""
        return text if text.startswith(("arn:", "s3://")) else ""

    def take(self, text: str, where: str = "") -> None:
        if where == PRINT or (text and self.workspace.settings.print_copied):
            self.app.printed_at_exit = text
        if where == PRINT:
            self.app.say("It is printed when configscope ends." if text else "There is nothing to copy here.")
        elif where:
            self.begin("copy", self._write(text, where))
        else:
            self.begin("copy", self._copy(text))

    async def _copy(self, text: str) -> None:
        ways = self.workspace.settings.clipboard
        self.app.say(await clipboard.copy(self.app, text, self.app.environment, ways))

    async def _write(self, text: str, where: str) -> None:
        if text:
            self.app.say(f"Written to {exporting.write('copied', 'txt', text, self.workspace.now(), where)}")
        else:
            self.app.say("There is nothing to copy here.")

    def export(self, path: str) -> None:
        self.begin("export", self._export(path))

    async def _export(self, path: str, form: str = "") -> None:
        source = self.exported
        if source is None:
            self.app.say("There is nothing to export here.")
            return
        wanted = form or _suffix(path)
        if isinstance(source, ManyForms):
            if not wanted:
                self._ask_form(path, source.FORMS)
                return
            if wanted not in source.FORMS:
                self.app.say(f"There is no form .{wanted} of this; there are .{', .'.join(source.FORMS)}.", "warning")
                return
        if isinstance(source, ItemsExported) and wanted in ITEM_FORMS:
            self._export_items(source, source.export_name, wanted, path)
            return
        suffix, text = await asyncio.to_thread(source.export) if _is_long(source) else source.export()
        other = source.export_as(wanted) if wanted and isinstance(source, ExportedAs) else None
        if other is not None:
            suffix, text = wanted, other
        where = path or self.workspace.settings.export_folder
        written = exporting.write(source.export_name, suffix, text, self.workspace.now(), where)
        self.app.say(f"Written to {written}")

    def _export_items(self, source: ItemsExported, name: str, form: str, path: str) -> None:
        """Write the items of what is shown, told of and ended as other work that takes long."""
        from tui.exporting_items import export_items

        exported = source.exported_items()
        if exported is None:
            self.app.say("There is nothing to export here.")
            return
        session, keys = exported
        wanted = path or self.workspace.settings.export_folder

        async def write(job: Job) -> None:
            places = exporting.places(name, form, self.workspace.now(), wanted)
            target = await asyncio.to_thread(exporting.free, places)
            written = await export_items(session, keys, target, lambda done, of: job.report(done, of, "items"))
            self.app.say(written.told())

        self.app.jobs.run("exporting", write)

    def _ask_form(self, path: str, forms: Sequence[str]) -> None:
        """Ask in which of the forms it is to be written."""
        from tui.screens.menu import Entry, MenuScreen

        entries = [Entry(form, str(number), *_FORMS[form]) for number, form in enumerate(forms, start=1)]

        def chosen(form: str | None) -> None:
            if form:
                self.begin("export", self._export(path, form))

        self.app.push_screen(MenuScreen("Export as", [("Form", entries)], choose="write it", shortcuts=True), chosen)


_LONG = 3_000
"""Rows."""

ITEM_FORMS = ("json.gz", "json", "ndjson.gz", "ndjson", "parquet", "duckdb")
"""The forms in which the items of resources are written; as CSV goes what the list shows of them."""


def _is_long(source: object) -> bool:
    """True where it takes longer to write the list than a screen may be held: of files it may have a million rows."""
    exported = source.exported_items() if isinstance(source, ItemsExported) else None
    return exported is not None and len(exported[1]) > _LONG


def _suffix(path: str) -> str:
    """What the name of a file ends with, without the dot; both parts of `json.gz`."""
    name = PurePath(path).name.lower()
    double = next((form for form in ITEM_FORMS if "." in form and name.endswith(f".{form}")), "")
    return double or PurePath(path).suffix.lstrip(".").lower()


_FORMS = {
    "json.gz": ("Snapshot", "The items, in a file as AWS Config delivers it."),
    "ndjson": ("NDJSON", "The items, one a line, for jq."),
    "parquet": ("Parquet", "The items as a table, for DuckDB, Spark or pandas."),
    "duckdb": ("DuckDB", "The items as a database of one table."),
    "csv": ("CSV", "A row a resource, for a spreadsheet."),
    "json": ("JSON", "For programs."),
    "md": ("Markdown", "A table for a ticket or a page."),
    "svg": ("SVG", "A picture that stands alone, light and dark."),
    "dot": ("DOT", "A graph for Graphviz: dot -Tsvg."),
    "mmd": ("Mermaid", "A flowchart that GitHub and many wikis draw."),
}
"""What the forms are called, and a sentence about each, by suffix."""


def at_exit(text: str) -> str:
    """What is printed at the end: safe for a terminal, line by line."""
    from tui.text import visible

    return "\n".join(visible(line) for line in text.split("\n"))
