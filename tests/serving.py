"""The local AWS as a process of its own, for tests that stop it, kill it, or take its time."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCRIPT = """
import sys
from pathlib import Path
from backend.wire.open import WorldChoice
from backend.wire.serve import ServeOptions, serve
port, parent, resources, speed = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
handlers = Path(sys.argv[5]) if sys.argv[5] else None
choice = WorldChoice("w", not parent, resources=resources, parent=Path(parent) if parent else None, speed=speed)
sys.exit(serve(ServeOptions(choice, port, handlers)))
"""


@contextmanager
def serving(
    port: int = 0, parent: Path | str = "", resources: int = 40, speed: float = 1.0, handlers: Path | str = ""
) -> Iterator[subprocess.Popen[str]]:
    """A process that serves the world `w` of the folder `parent`, or one in memory; killed at the end."""
    arguments = [str(port), str(parent), str(resources), str(speed), str(handlers)]
    with subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ready(process: subprocess.Popen[str]) -> tuple[str, int]:
    """What the process prints until the empty line at the end, and its port. Raises when it ended instead."""
    assert process.stdout is not None
    text = "".join(process.stdout.readline() for _ in range(6))
    found = re.search(r"http://127\.0\.0\.1:(\d+) ", text)
    if found is None:
        raise RuntimeError(f"the server said: {text}{process.stderr.read() if process.stderr else ''}")
    return text, int(found[1])
