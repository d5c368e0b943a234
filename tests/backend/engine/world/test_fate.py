"""What happens in a world does not depend on who looks at it."""

from __future__ import annotations

from backend import connect
from backend.connect import Target
from backend.model.moment import DAY, parse

WORLD = Target(memory=True, start=parse("2023-02-28T09:41:00Z"), resources=60)


async def lived(*, looks: int) -> list[tuple[str, str]]:
    """The resources of a world after two days of ordinary life, looked at so often a day."""
    async with connect.open(WORLD) as connection:
        session, clock = connection.session, connection.clock
        assert clock is not None and session.resources is not None
        assert session.compliance is not None and session.stream is not None
        await clock.pause()
        await clock.play("quiet-week")
        for _ in range(2):
            for _ in range(looks):
                await session.compliance.rules()
                await session.resources.counts()
                await session.stream.poll()
            await clock.jump(DAY)
        return sorted(
            [
                (one.key.resource_type, one.key.resource_id)
                async for batch in session.resources.listing()
                for one in batch
            ]
        )


async def test_a_world_that_is_looked_at_lives_as_one_that_is_not() -> None:
    unseen = await lived(looks=0)
    assert len(unseen) > 50
    assert await lived(looks=3) == unseen
