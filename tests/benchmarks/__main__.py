"""`make bench`: the budgets of the explorer, the files and the engine, as ratios."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.answering import answering
from tests.benchmarks.files import blast, files
from tests.benchmarks.guarding import guarding
from tests.benchmarks.handling import handling
from tests.benchmarks.judging import judging
from tests.benchmarks.keys import idle_bytes, key_bytes
from tests.benchmarks.large_worlds import large_worlds
from tests.benchmarks.measure import Ratio, ratio
from tests.benchmarks.million import million
from tests.benchmarks.recording import recording
from tests.benchmarks.simulating import simulating
from tests.benchmarks.stalls import stalls
from tests.terminal import explorer, running

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted")
Empty().run()
"""
BIG_TABLE = """
from textual.app import App
from tui.widgets.columns import Column
from tui.widgets.table import BigTable
class Big(App):
    def compose(self):
        self.table = BigTable([Column("name", "name")], lambda row: [row])
        yield self.table
    def on_mount(self):
        self.table.set_rows(lambda index: "painted %d" % index, 1_000_000)
Big().run()
"""


def first_paint() -> Iterator[Ratio]:
    def painted(code: str, text: bytes) -> Callable[[], object]:
        def until() -> None:
            with running(code, 120, 36) as terminal:
                terminal.wait_for(text)

        return until

    empty, against = painted(EMPTY_APP, b"painted"), "an empty Textual app"
    empty()
    painted(explorer("--memory"), b"configscope")()  # compiles what is imported before the first paint
    yield ratio("first paint of the explorer", painted(explorer("--memory"), b"configscope"), empty, against, goal=1.15)
    yield ratio("first rows of a table of a million", painted(BIG_TABLE, b"painted"), empty, against, goal=1.15)


def main() -> int:
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # As once installed: compiled files are kept, and the first run of each side makes them.
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        suites: dict[str, Callable[[], Iterator[Ratio]]] = {
            "paint": first_paint,
            "keys": key_bytes,
            "idle": idle_bytes,
            "million": lambda: million(folder / "million"),
            "stalls": lambda: stalls(folder / "stalls"),
            "stalls20k": lambda: stalls(folder / "stalls20k", 20_000, 80),
            "files": lambda: files(folder / "files10k", 10_000, EMPTY_APP),
            "files100k": lambda: files(folder / "files100k", 100_000, EMPTY_APP),
            "files500k": lambda: files(folder / "files500k", 500_000, EMPTY_APP),
            "blast": lambda: blast(folder / "blast"),
            "answering": lambda: answering(folder),
            "recording": lambda: recording(folder / "recording"),
            "simulating": lambda: simulating(folder / "simulating"),
            "guard": guarding,
            "judging": lambda: judging(folder / "judging"),
            "handling": lambda: handling(folder / "handling"),
            "large": lambda: large_worlds(folder / "large"),
        }
        for suite, measure in suites.items():
            if not wanted or suite in wanted:
                for result in measure():
                    print(result, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
