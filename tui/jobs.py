"""What is under way: anything that takes longer than a moment says how far it is, and can be ended.

app.jobs.run("reading all items", lambda job: read(session, job.report))
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.worker import Worker

from backend.model.problem import Problem
from tui.work import begin

if TYPE_CHECKING:
    from tui.app import ConfigScope

SHOWN_AFTER = 0.3
"""Seconds after which a job is told of."""


class Job:
    """One thing under way. `done` and `total` count whatever the job works through; a total of 0 is not known."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began = time.monotonic()
        self.done = 0
        self.total = 0
        self.what = ""
        self.worker: Worker[None] | None = None

    def report(self, done: int, total: int = 0, what: str = "") -> None:
        """Say how far it is; `what` names what is counted (`items`)."""
        self.done, self.total, self.what = done, total, what or self.what

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def told(self) -> str:
        """How far it is, in words: `reading all items: 1,200 of 20,000 items`."""
        if not self.done and not self.total:
            return self.name
        of = f" of {self.total:,}" if self.total else ""
        return f"{self.name}: {self.done:,}{of} {self.what}".rstrip()


class Jobs:
    """All that is under way, the newest last."""

    def __init__(self, app: ConfigScope) -> None:
        self._app = app
        self.running: list[Job] = []

    def run(self, name: str, work: Callable[[Job], Coroutine[Any, Any, None]]) -> Job:
        """Begin a job; one of the same name takes the place of the one before, and a problem becomes a sentence."""
        job = Job(name)
        self.running = [*(one for one in self.running if one.name != name), job]
        job.worker = begin(self._app, partial(self._told, job, work), f"job-{name}", name=name)
        self._app.set_timer(SHOWN_AFTER, self._app.show_jobs)
        return job

    def shown(self) -> list[Job]:
        """The jobs that take long enough to be told of, the newest last."""
        return [job for job in self.running if job.age >= SHOWN_AFTER]

    def cancel(self) -> str:
        """End the newest job that is told of; its name, empty when there is none."""
        for job in reversed(self.shown()):
            if job.worker is not None:
                job.worker.cancel()
                return job.name
        return ""

    async def _told(self, job: Job, work: Callable[[Job], Coroutine[Any, Any, None]]) -> None:
        try:
            await work(job)
        except Problem as problem:
            self._app.workspace.remember(job.name, problem)
            self._app.say(str(problem), "error")
        finally:
            if job in self.running:
                self.running.remove(job)
            self._app.show_jobs()


def of(app: object) -> Jobs | None:
    """The jobs of an app; None where there are none, as in tests of single widgets."""
    jobs = getattr(app, "jobs", None)
    return jobs if isinstance(jobs, Jobs) else None
