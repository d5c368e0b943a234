"""Setting up the delivery channel: bucket, prefix, topic and frequency in one form (CHN-01, CHN-17, CHN-19)."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from backend.model.delivery import FREQUENCIES, DeliveryChannel
from tui.screens.modal import Modal
from tui.text import legible
from tui.widgets.key_bar import Hint, KeyBar
from tui.widgets.plain_input import PlainInput
from tui.widgets.sheet import Sheet

_FIELDS = (
    ("name", "name", "default"),
    ("bucket", "bucket", "config-bucket-…"),
    ("prefix", "prefix", "none"),
    ("topic", "topic ARN", "none: no messages are sent"),
    ("frequency", "snapshots", "on demand only"),
)
"""Field id, label, and what stands in the empty field."""


class ChannelScreen(Modal[DeliveryChannel | None]):
    """Answers with the channel as it is to be; nothing is changed by the form itself."""

    DEFAULT_CSS = """
    ChannelScreen { align: center middle; background: $background 50%; }
    ChannelScreen Sheet { width: 92; }
    ChannelScreen Horizontal { height: 1; }
    ChannelScreen .channel--label { width: 12; padding: 0 1; color: $text-muted; }
    ChannelScreen PlainInput { padding: 0 1; background: $panel; }
    ChannelScreen PlainInput:focus { padding: 0 1; background: $primary-muted; }
    ChannelScreen #channel-note { height: auto; padding: 1 1 0 1; color: $text-muted; }
    ChannelScreen #channel-note.-problem { color: $text-error; }
    ChannelScreen KeyBar { background: transparent; margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="channel.leave", show=False),
        Binding("down", "app.focus_next", "Next field", id="channel.next", show=False),
        Binding("up", "app.focus_previous", "Previous field", id="channel.previous", show=False),
    ]

    def __init__(self, channel: DeliveryChannel | None, account: str, region: str) -> None:
        super().__init__()
        before = channel or DeliveryChannel(name="default", bucket=f"config-bucket-{account}")
        values = {
            "name": before.name,
            "bucket": before.bucket,
            "prefix": before.prefix or "",
            "topic": before.topic_arn or "",
            "frequency": before.frequency or "",
        }
        self._before = before
        self._region = region
        self._fields = {
            field: PlainInput(values[field], placeholder=hint, id=f"channel-{field}", select_on_focus=False)
            for field, _, hint in _FIELDS
        }
        self._fields["name"].disabled = channel is not None
        self._note = Static("", id="channel-note", markup=False)

    def compose(self) -> ComposeResult:
        rows = [
            Horizontal(Static(label, classes="channel--label", markup=False), self._fields[field])
            for field, label, _ in _FIELDS
        ]
        keys = KeyBar([Hint("enter", "review"), Hint("tab", "next field"), Hint("esc", "leave it as it is")])
        yield Sheet(f"Delivery channel in {self._region}", *rows, self._note, keys)

    def on_mount(self) -> None:
        for field in self._fields.values():
            field.cursor_blink = False
        self._fields["bucket"].focus()
        self._say(f"Frequencies: {', '.join(FREQUENCIES)}; empty for on demand only.")

    def _say(self, text: str, *, problem: bool = False) -> None:
        self._note.set_class(problem, "-problem")
        self._note.update(Content(legible(text)))

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        event.stop()
        values = {field: widget.value.strip() for field, widget in self._fields.items()}
        frequency = next((name for name in FREQUENCIES if name.lower() == values["frequency"].lower()), None)
        if not values["bucket"]:
            self._say("A channel needs a bucket: history and snapshots are put there.", problem=True)
        elif values["frequency"] and frequency is None:
            self._say(f"“{values['frequency']}” is no frequency; there are {', '.join(FREQUENCIES)}.", problem=True)
        else:
            self.dismiss(
                DeliveryChannel(
                    name=values["name"] or "default",
                    bucket=values["bucket"],
                    prefix=values["prefix"] or None,
                    kms_key_arn=self._before.kms_key_arn,
                    topic_arn=values["topic"] or None,
                    frequency=frequency,
                )
            )

    def action_leave(self) -> None:
        self.dismiss(None)
