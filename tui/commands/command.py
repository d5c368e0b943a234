"""What a command is."""

from __future__ import annotations

from enum import Enum

import msgspec


class Group(Enum):
    """The headings of the help."""

    MOVE = "Moving"
    LOOK = "Looking"
    TIME = "Time"
    CLOCK = "Clock of the local AWS"
    TAKE = "Taking away"
    CHANGE = "Changing the account"
    APP = "configscope"


class Need(Enum):
    """What must be there for a command to be offered."""

    NOTHING = "nothing"
    CLOCK = "clock"
    """The simulated clock of a local world."""
    STORY = "story"
    """A story that is being played."""
    ACCOUNT = "account"
    """An account behind the session: absent over files."""


class Command(msgspec.Struct, frozen=True):
    """One thing to do. `keys` are Textual key names, comma-separated."""

    id: str
    keys: str
    name: str
    """As the palette and the help say it."""
    label: str
    """As the key bar says it: one or two short words."""
    help: str
    group: Group
    words: tuple[str, ...] = ()
    """What can be typed after `:`, the proper word first."""
    argument: str = ""
    """What the `:` word takes, for its hint; empty when it takes nothing."""
    need: Need = Need.NOTHING
    changes_account: bool = False
    bar: int = 0
    """Place in the key bar; 0 leaves it out, low numbers are the last to give way to a narrow screen."""
    scope: tuple[str, ...] = ()
    """The panes and pages in which the key works, so that one key can do the like in each; empty: everywhere."""
    bar_in: str = ""
    """The pane whose keys it is shown among; empty: among those of all."""

    @property
    def key_names(self) -> tuple[str, ...]:
        return tuple(self.keys.split(",")) if self.keys else ()

    @property
    def key_label(self) -> str:
        """The first key as a person reads it."""
        return show_key(self.key_names[0]) if self.keys else ""


PANES: tuple[tuple[str, str], ...] = (
    ("pulse", "Pulse"),
    ("recorder", "Recorder"),
    ("delivery", "Delivery"),
    ("snapshots", "Resources"),
    ("relationships", "Relationships"),
    ("compliance", "Compliance"),
    ("stream", "Stream"),
)
"""The panes in the order of their number keys, from 0 on: (id, name)."""

SHORT_NAMES = {"relationships": "Links", "compliance": "Rules"}
"""What panes with long names are called where there is no room."""

_KEY_NAMES = {
    "escape": "esc",
    "backspace": "bksp",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "shift+tab": "shift-tab",
    "slash": "/",
    "backslash": "\\",
    "colon": ":",
    "semicolon": ";",
    "comma": ",",
    "full_stop": ".",
    "question_mark": "?",
    "exclamation_mark": "!",
    "apostrophe": "'",
    "quotation_mark": '"',
    "grave_accent": "`",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "asterisk": "*",
    "underscore": "_",
    "vertical_line": "|",
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "ampersand": "&",
    "at": "@",
    "circumflex_accent": "^",
    "tilde": "~",
}


def show_key(key: str) -> str:
    """A Textual key name as people write it: `^p` with ctrl, `alt-←` with alt."""
    if key in _KEY_NAMES:
        return _KEY_NAMES[key]
    *modifiers, last = key.split("+")
    sign = "".join("^" if one == "ctrl" else f"{one}-" for one in modifiers)
    return f"{sign}{_KEY_NAMES.get(last, last)}"
