"""The one way to AWS: every call of the client goes through `Api.call`.

Here, below the user interface, writes are refused in read-only sessions, the number of calls in flight is kept
small, and errors become sentences.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from backend.client.refusals import problem_of
from backend.client.together import IN_FLIGHT
from backend.model.item import Document
from backend.model.problem import BadInput, ReadOnly

ATTEMPTS = 4
"""Tries of a call that was throttled or lost, with growing pauses."""

_READS = ("BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Receive", "Select")
_CHUNK = 1 << 20

_TOKENS = {"nextToken": "nextToken", "NextToken": "NextToken", "NextContinuationToken": "ContinuationToken"}
"""The member that says that there is more, and the parameter it goes back in."""


def is_read(operation: str) -> bool:
    """Whether an operation leaves the account as it is, by AWS's naming; `ReceiveMessage` only hides for a while."""
    return operation.startswith(_READS)


class Api:
    """Calls of one region. `session` carries credentials and, for a local world, who answers.

    Operations are named as in the service model (`DescribeConfigRules`), parameters and answers are boto3's.
    All methods raise `Problem` and can be cancelled at any await.
    """

    def __init__(
        self,
        session: AioSession,
        region: str,
        *,
        read_only: bool = True,
        endpoint_url: str | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.region = region
        self.read_only = read_only
        self._session = session
        self._endpoint_url = endpoint_url
        self._config = AioConfig(
            connect_timeout=10,
            read_timeout=30,
            max_pool_connections=IN_FLIGHT,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # A bucket's name as host resolves nowhere but at AWS.
            s3={"addressing_style": "path"} if endpoint_url else None,
            user_agent_extra="configscope",
            # The service models are read in a thread: reading them here would stop the screen for 150 ms.
            warm_up_loader_caches=True,
        )
        self._clients: dict[str, Any] = {}
        self._opening = asyncio.Lock()
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._open = AsyncExitStack()
        self._consents: set[tuple[str, str]] = set()
        self._elsewhere: dict[str, Api] = {}

    def elsewhere(self, region: str) -> Api:
        """The same account, seen with the same rights in another region; closed together with this one."""
        if region == self.region:
            return self
        if region not in self._elsewhere:
            other = copy.copy(self)
            other.region = region
            other._clients = {}
            other._opening = asyncio.Lock()
            other._open = AsyncExitStack()
            other._elsewhere = {}
            self._elsewhere[region] = other
        return self._elsewhere[region]

    def consent(self, service: str, operation: str) -> None:
        """Let one write through although the session is read-only: the person asked for it in so many words."""
        self._consents.add((service, operation))

    async def call(self, service: str, operation: str, /, **params: Any) -> Document:
        """Make one call. Raises `ReadOnly` before anything is sent when it would change something."""
        self._permit(service, operation)
        client = await self._client(service)
        async with self._slots:
            try:
                answer: Document = await getattr(client, xform_name(operation))(**params)
            except (BotoCoreError, ClientError, OSError) as error:
                raise problem_of(error, service, operation) from error
        return answer

    async def pages(self, service: str, operation: str, /, **params: Any) -> AsyncIterator[Document]:
        """All pages of an answer, empty ones too; ends also when a token comes back unchanged."""
        while True:
            page = await self.call(service, operation, **params)
            yield page
            more = next(((back, page[name]) for name, back in _TOKENS.items() if page.get(name)), None)
            if more is None or params.get(more[0]) == more[1]:
                return
            params[more[0]] = more[1]

    async def collect(self, service: str, operation: str, member: str, /, **params: Any) -> list[Document]:
        """The entries of one list member over all pages."""
        return [entry async for page in self.pages(service, operation, **params) for entry in page.get(member) or ()]

    async def words(self, service: str, shape: str) -> tuple[str, ...]:
        """The words that the service model allows for a shape; asks nobody."""
        client = await self._client(service)
        return tuple(client.meta.service_model.shape_for(shape).enum)

    async def body(self, bucket: str, key: str) -> AsyncIterator[bytes]:
        """The content of an object, as stored, in pieces."""
        answer = await self.call("s3", "GetObject", Bucket=bucket, Key=key)
        stream = answer["Body"]
        try:
            while piece := await stream.read(_CHUNK):
                yield piece
        except (BotoCoreError, OSError) as error:
            raise problem_of(error, "s3", "GetObject") from error
        finally:
            stream.close()

    async def close(self) -> None:
        """Close all connections."""
        for other in self._elsewhere.values():
            await other.close()
        self._clients.clear()
        await self._open.aclose()

    def _permit(self, service: str, operation: str) -> None:
        if self.read_only and not is_read(operation) and (service, operation) not in self._consents:
            raise ReadOnly(
                f"{service}:{operation} would change something, and this session is read-only",
                remedy="Start with --allow-changes against AWS, or without --read-only on a local world",
            )

    async def _client(self, service: str) -> Any:
        async with self._opening:
            if service not in self._clients:
                try:
                    self._clients[service] = await self._open.enter_async_context(
                        self._session.create_client(
                            service, region_name=self.region, endpoint_url=self._endpoint_url, config=self._config
                        )
                    )
                except (BotoCoreError, ClientError, OSError) as error:
                    raise problem_of(error, service, "") from error
                except ValueError as error:
                    raise BadInput(
                        "The endpoint cannot be used", str(error), "Give --endpoint-url a full URL"
                    ) from error
            return self._clients[service]
