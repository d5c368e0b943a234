"""Taking things away: the clipboard and files."""

from __future__ import annotations

from tui import clipboard, exporting
from tui.actions.deed import Action, Deeds, PathCopied

PRINT = "print"
"""What `:copy` takes to print at the end instead of writing a file."""


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

    async def _export(self, path: str) -> None:
        source = self.exported
        if source is None:
            self.app.say("There is nothing to export here.")
            return
        suffix, text = source.export()
        wanted = path or self.workspace.settings.export_folder
        written = exporting.write(source.export_name, suffix, text, self.workspace.now(), wanted)
        self.app.say(f"Written to {written}")


def at_exit(text: str) -> str:
    """What is printed at the end: safe for a terminal, line by line."""
    from tui.text import visible

    return "\n".join(visible(line) for line in text.split("\n"))
