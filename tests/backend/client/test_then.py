"""The session as it was: the same parts, answered from the estate of a moment."""

from __future__ import annotations

import pytest

from backend import connect
from backend.client.then import session_then
from backend.model.item import ResourceKey
from backend.model.moment import DAY, parse
from backend.model.problem import Refused
from tests.conformance.watch import Watch


@pytest.mark.requirement("HIS-11")
async def test_a_local_world_is_asked_as_it_was(watch: Watch) -> None:
    target = connect.Target(memory=True, start=parse("2023-02-28T09:41:00Z"), resources=60)
    async with connect.open(target) as connection:
        now = connection.session
        assert connection.clock is not None and now.resources is not None
        moment = (await connection.clock.state()).now - 5 * DAY
        estate = await now.resources.estate(moment)
        then = session_then(now, estate)
        assert then.resources is not None and then.recorder is not None and then.compliance is not None
        assert await then.resources.counts() == estate.counts()
        listed = [row.key async for batch in then.resources.listing() for row in batch]
        assert set(listed) == set(estate.items)
        recorder = await then.recorder.get()
        assert recorder is not None and recorder.recording and recorder.group.all_supported
        rules = await then.compliance.rules()
        broken = next(rule for rule in rules if rule.non_compliant_count)
        details = await then.compliance.details(broken.name)
        assert len(details) == broken.non_compliant_count
        about = ResourceKey(details[0].resource_type, details[0].resource_id)
        assert broken.name in (await then.compliance.verdicts([about]))[about].failing
        assert then.delivery is not None and then.snapshots is not None and then.stream is not None
        channel = await then.delivery.channel()
        assert channel is not None
        assert await then.delivery.status() is None
        files = await then.snapshots.recent(channel)
        assert files and all((file.modified or 0) <= moment for file in files)
        assert files[0].modified is not None and files[0].modified > moment - DAY
        assert await then.stream.poll() == []
        with pytest.raises(Refused, match="past cannot be changed"):
            await then.recorder.stop("default")
    watch.faults[:] = [fault for fault in watch.faults if "'AWS::::Account'" not in fault]
