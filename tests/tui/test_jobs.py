from __future__ import annotations

import asyncio

from backend.model.problem import Refused
from tests.tui.opened import SMALL, opened
from tui import jobs
from tui.jobs import Job


def test_a_job_tells_how_far_it_is() -> None:
    job = Job("reading all items")
    assert job.told() == "reading all items"
    job.report(1_200, 20_000, "items")
    assert job.told() == "reading all items: 1,200 of 20,000 items"


async def test_what_takes_long_says_how_far_it_is_and_esc_ends_it() -> None:
    begun = asyncio.Event()

    async def forever(job: Job) -> None:
        job.report(3, 10, "items")
        begun.set()
        await asyncio.Event().wait()

    async with opened(SMALL) as it:
        job = it.app.jobs.run("reading", forever)
        await begun.wait()
        job.began -= jobs.SHOWN_AFTER  # as if it had taken that long
        it.app.show_jobs()
        await it.settle()
        assert "reading: 3 of 10 items" in it.text
        assert "esc ends it" in it.text
        await it.press("escape")
        assert "Ended: reading." in it.text
        assert it.app.jobs.running == []


async def test_a_job_that_fails_says_why_in_a_sentence() -> None:
    async def fails(job: Job) -> None:
        raise Refused("It cannot be read", "the bucket is gone")

    async with opened(SMALL) as it:
        it.app.jobs.run("reading", fails)
        await it.settle()
        assert "It cannot be read: the bucket is gone." in it.text
