"""The configuration stream, read from an SQS queue that is subscribed to the channel's topic."""

from __future__ import annotations

from pathlib import Path

from backend.client.api import Api
from backend.client.journal import Journal
from backend.client.messages import read_message
from backend.model.item import Document
from backend.model.stream import StreamMessage

_ROUNDS = 50
"""Receives in one poll: 500 messages, as many as the journal keeps; a longer backlog comes with the next polls."""


class StreamOverApi:
    """Consumes the queue: what was read is written to the journal first and deleted from the queue then.

    A queue is named for this by the person (or is the one a local world keeps for it), so messages are taken off
    it in read-only sessions too.
    """

    def __init__(self, api: Api, queue: str, journal: Path | None = None) -> None:
        api.consent("sqs", "DeleteMessageBatch")
        self._api = api
        self._queue = queue
        self._url = ""
        self._journal = Journal(journal)

    async def poll(self) -> list[StreamMessage]:
        new: list[StreamMessage] = []
        for _ in range(_ROUNDS):
            received = await self._receive()
            if not received:
                break
            messages = [read_message(entry.get("Body") or "", entry.get("MessageId") or "") for entry in received]
            new.extend(self._journal.add(messages))
            await self._take_off(received)
        return sorted(new, key=lambda message: message.time)

    async def recent(self) -> list[StreamMessage]:
        return self._journal.all()

    async def _receive(self) -> list[Document]:
        if not self._url:
            # A name is looked up; a URL is what the look-up would give.
            if "://" in self._queue:
                self._url = self._queue
            else:
                answer = await self._api.call("sqs", "GetQueueUrl", QueueName=self._queue)
                self._url = answer["QueueUrl"]
        answer = await self._api.call("sqs", "ReceiveMessage", QueueUrl=self._url, MaxNumberOfMessages=10)
        received: list[Document] = answer.get("Messages") or []
        return received

    async def _take_off(self, received: list[Document]) -> None:
        handles = [
            {"Id": str(number), "ReceiptHandle": entry["ReceiptHandle"]} for number, entry in enumerate(received)
        ]
        await self._api.call("sqs", "DeleteMessageBatch", QueueUrl=self._url, Entries=handles)
