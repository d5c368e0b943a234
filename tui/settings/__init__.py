"""What a person can set: values in one typed file, over them the environment, over that the command line.

Nothing here knows Textual: `configscope settings` answers at once, and a start pays for what it reads only.
"""

from __future__ import annotations

from tui.settings import places
from tui.settings.reading import Loaded, Origin, Wish, load
from tui.settings.values import Settings

__all__ = ["Loaded", "Origin", "Settings", "Wish", "load", "places"]
