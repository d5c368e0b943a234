"""Taking things away: the clipboard and files."""

from __future__ import annotations

from pathlib import PurePath

from tui import clipboard, exporting
from tui.actions.deed import Action, Deeds, ExportedAs


class Taking(Deeds):
    """Copies what is under the cursor, exports what a pane shows."""

    def table(self) -> dict[str, Action]:
        return {"take.copy": lambda _: self.copy(), "take.export": self.export}

    def copy(self) -> None:
        self.begin("copy", self._copy(self.copied.copy_text() if self.copied is not None else ""))

    async def _copy(self, text: str) -> None:
        self.app.say(await clipboard.copy(self.app, text))

    def export(self, path: str) -> None:
        self.begin("export", self._export(path))

    async def _export(self, path: str) -> None:
        source = self.exported
        if source is None:
            self.app.say("There is nothing to export here.")
            return
        suffix, text = source.export()
        wanted = PurePath(path).suffix.lstrip(".").lower()
        other = source.export_as(wanted) if wanted and isinstance(source, ExportedAs) else None
        if other is not None:
            suffix, text = wanted, other
        written = exporting.write(source.export_name, suffix, text, self.workspace.now(), path)
        self.app.say(f"Written to {written}")
