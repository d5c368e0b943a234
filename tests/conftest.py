"""What every test has: a home of its own, and nothing of the person who runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.conformance.watch import Watch
from tests.list_operations import CLIENTS

# How fast examples are drawn tells of the machine and what else runs on it, not of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Folders of its own, no AWS settings, no wish about colours."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "TEXTUAL_"))]:
            patch.delenv(name)
        for name in ("NO_COLOR", "COLORTERM", "CI"):
            patch.delenv(name, raising=False)
        patch.setenv("HOME", str(home))
        for name in ("DATA", "STATE", "CACHE", "CONFIG"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        yield


@pytest.fixture(autouse=True)
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    """Holds whatever leaves the engine against the service models and the field lists of real files and messages.

    And a test marked with an operation to its word: the stock client got an answer to it.
    """
    with pytest.MonkeyPatch.context() as patch:
        watch = Watch(patch)
        yield watch
    assert watch.faults == []
    client = CLIENTS.get(request.path.parent.name, "")
    marked = {(client, name) for mark in request.node.iter_markers("operation") for name in mark.args}
    assert marked <= watch.answered, "a marked operation was not answered to the stock client"
