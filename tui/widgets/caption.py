"""What a presenter would say: two or three rows at the foot, for stories played on a stage."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui.text import legible


class Caption(Static):
    """The caption. Never markup."""

    DEFAULT_CSS = """
    Caption {
        dock: bottom; width: 1fr; height: auto; max-height: 5; padding: 0 1;
        background: $accent; color: $background;
    }
    Caption:ansi { background: ansi_default; color: ansi_default; text-style: reverse; }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._told: tuple[str, str, str, str] = ("", "", "", "")

    def lift_others(self) -> None:
        """What else is said at the foot stands above the caption, not over it."""
        for other in self.screen.query("Saying, JobLine"):
            other.styles.margin = (0, 0, self.outer_size.height, 0)

    def show(self, title: str, text: str, hint: str, keys: str = "") -> None:
        """`keys` are those that were pressed for what is seen now."""
        told = (title, text, hint, keys)
        if told == self._told:
            return
        self._told = told
        pressed = f"  [{legible(keys)}]" if keys else ""
        self.update(
            Content.assemble(
                (legible(title), "bold"), (pressed, "bold"), "  ", (legible(hint), "italic"), "\n", legible(text)
            )
        )
