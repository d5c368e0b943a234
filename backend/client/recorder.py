"""The configuration recorder over the API."""

from __future__ import annotations

import asyncio

from backend.client.api import Api
from backend.model.recorder import LinkedRecorder, Recorder
from backend.model.recorder_document import read_recorder, write_recorder


class RecorderOverApi:
    """Reads and changes the region's one customer-managed recorder."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def get(self) -> Recorder | None:
        settings, states = await asyncio.gather(
            self._api.call("config", "DescribeConfigurationRecorders"),
            self._api.call("config", "DescribeConfigurationRecorderStatus"),
        )
        recorders = settings.get("ConfigurationRecorders") or []
        if not recorders:
            return None
        found = recorders[0]
        by_name = {state.get("name"): state for state in states.get("ConfigurationRecordersStatus") or []}
        return read_recorder(found, by_name.get(found.get("name"), {}))

    async def linked(self) -> tuple[LinkedRecorder, ...]:
        found = [
            LinkedRecorder(each.get("name") or "", each["servicePrincipal"], each.get("recordingScope") or "")
            async for page in self._api.pages("config", "ListConfigurationRecorders")
            for each in page.get("ConfigurationRecorderSummaries") or ()
            if each.get("servicePrincipal")
        ]
        return tuple(found)

    async def start(self, name: str) -> None:
        await self._api.call("config", "StartConfigurationRecorder", ConfigurationRecorderName=name)

    async def stop(self, name: str) -> None:
        await self._api.call("config", "StopConfigurationRecorder", ConfigurationRecorderName=name)

    async def retention(self) -> int | None:
        answer = await self._api.call("config", "DescribeRetentionConfigurations")
        found = answer.get("RetentionConfigurations") or []
        return found[0].get("RetentionPeriodInDays") if found else None

    async def keep(self, days: int | None) -> None:
        if days is None:
            await self._api.call("config", "DeleteRetentionConfiguration", RetentionConfigurationName="default")
        else:
            await self._api.call("config", "PutRetentionConfiguration", RetentionPeriodInDays=days)

    async def put(self, recorder: Recorder) -> None:
        await self._api.call("config", "PutConfigurationRecorder", ConfigurationRecorder=write_recorder(recorder))

    async def delete(self, name: str) -> None:
        await self._api.call("config", "DeleteConfigurationRecorder", ConfigurationRecorderName=name)
