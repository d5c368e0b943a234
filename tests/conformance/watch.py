"""Looks at everything that leaves the engine while a test runs: answers, refusals, files, messages and events."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from typing import Any

import pytest

from backend.engine.around import events, s3, sns
from backend.engine.context import Call, Context
from backend.engine.engine import Engine
from backend.engine.errors import ServiceError
from backend.engine.store import loads
from backend.model.item import Document
from tests.conformance import answers, documents

_DELIVERED = re.compile(r"(.+/)?AWSLogs/\d+/Config/.+")
_CLIENTS = {"Boto3": "boto3", "aws-cli": "aws"}
"""How stock clients begin the name they give themselves."""


class Watch:
    """What left the engine, counted by kind, and what of it is not as the real service has it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.faults: list[str] = []
        self.seen: Counter[str] = Counter()
        self.answered: set[tuple[str, str]] = set()
        """Client and operation of AWS Config's answers to stock clients."""
        self._calls(patch)
        self._files(patch)
        self._messages(patch)
        self._events(patch)

    def _calls(self, patch: pytest.MonkeyPatch) -> None:
        call_ = Engine.call

        def call(engine: Engine, call: Call) -> Document:
            try:
                answer = call_(engine, call)
            except ServiceError as refusal:
                self._keep("refusal", answers.faults_of_refusal(call.service, call.operation, refusal))
                raise
            client = _CLIENTS.get(call.caller.user_agent.partition("/")[0])
            if client and call.service == "config":
                self.answered.add((client, call.operation))
            self._keep("answer", answers.faults_of_answer(call.service, call.operation, answer))
            return answer

        patch.setattr(Engine, "call", call)

    def _files(self, patch: pytest.MonkeyPatch) -> None:
        put_ = s3.put_object

        def put_object(ctx: Context, bucket: str, key: str, body: bytes, **given: Any) -> str:
            if ctx.caller.service == "config.amazonaws.com" and _DELIVERED.fullmatch(key):
                packed = given.get("content_encoding") == "gzip"
                if body and (given.get("content_type"), packed) != ("application/json", True):
                    self.faults.append(f"{key} is delivered as {given}")
                self._keep("file", documents.faults_of_file(key, gzip.decompress(body) if packed else body))
            return put_(ctx, bucket, key, body, **given)

        patch.setattr(s3, "put_object", put_object)

    def _messages(self, patch: pytest.MonkeyPatch) -> None:
        publish_ = sns.publish

        def publish(ctx: Context, topic_arn: str, message: str, *, subject: str = "", **given: Any) -> Any:
            if ctx.caller.service == "config.amazonaws.com":
                self._keep("message", documents.faults_of_message(loads(message), subject))
            return publish_(ctx, topic_arn, message, subject=subject, **given)

        patch.setattr(sns, "publish", publish)

    def _events(self, patch: pytest.MonkeyPatch) -> None:
        emit_ = events.emit

        def emit(ctx: Context, detail_type: str, detail: Document, **given: Any) -> Any:
            if "messageType" in detail:
                self._keep("event", documents.faults_of_event(detail_type, detail))
            return emit_(ctx, detail_type, detail, **given)

        patch.setattr(events, "emit", emit)

    def _keep(self, kind: str, faults: Any) -> None:
        self.seen[kind] += 1
        self.faults.extend(faults)
