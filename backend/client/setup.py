"""The first set-up of AWS Config in a region, in one go."""

from __future__ import annotations

from backend.client.session import DeliveryPart, RecorderPart
from backend.model.delivery import DeliveryChannel
from backend.model.recorder import Recorder


async def set_up(
    recorders: RecorderPart, deliveries: DeliveryPart, recorder: Recorder, channel: DeliveryChannel
) -> None:
    """Put the recorder and the channel and start recording: three calls, in the only order that AWS takes (REC-04).

    Nothing is taken back when one of them is refused: what was put can be put again, and so the whole be repeated.
    """
    await recorders.put(recorder)
    await deliveries.put(channel)
    await recorders.start(recorder.name)
