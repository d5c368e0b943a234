"""A handler tried on one item, or on its schedule, without anything being kept.

The handler gets the token TESTMODE and a loopback address of its own, where a bench takes what it reports and answers
as an account would in which nothing was judged yet. For other services a local world may stand behind the bench.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from pathlib import Path

import msgspec

from backend.engine.config import items
from backend.engine.config.rules import custom
from backend.engine.context import Call
from backend.engine.engine import WorldOptions
from backend.engine.errors import not_implemented
from backend.engine.store import dumps
from backend.engine.world.estate import GLOBAL
from backend.model.compliance import Evaluation, HandlerOutcome
from backend.model.item import ConfigurationItem, Document
from backend.model.item_document import document
from backend.model.moment import HOUR, Moment, from_datetime, to_datetime, to_iso
from backend.model.problem import BadInput
from backend.model.spelling import read_item
from backend.wire.handlers.finding import Handler, find
from backend.wire.handlers.outcome import Outcome
from backend.wire.handlers.surroundings import Place
from backend.wire.handlers.workers import LOAD_SECONDS, Pool
from backend.wire.local import LocalWorld
from backend.wire.server import Beside, listen

TEST_TOKEN = "TESTMODE"
_DEFAULTS = WorldOptions(0)


async def try_handler(
    file: Path,
    item: Document | None,
    parameters: Mapping[str, str] | None = None,
    *,
    now: Moment,
    under: LocalWorld | None = None,
    timeout: float | None = None,
    load_seconds: float = LOAD_SECONDS,
) -> HandlerOutcome:
    """Call the handler of a file, or of an RDK folder, once; with no item as its schedule would.

    The item may be in any of AWS's spellings. Parameters not given are those of the folder's parameters.json. Raises
    `BadInput` for a file that has no handler; all else that can go wrong is in the outcome.
    """
    handler = await asyncio.to_thread(_single, file)
    if timeout is not None:
        handler = msgspec.structs.replace(handler, timeout=timeout)
    read = read_item(item) if item is not None else None
    bench = Bench(read, now, under)
    with listen(0) as listener:
        beside = Beside(bench, listener)
        try:
            told = await _called(handler, bench, beside.url, parameters, load_seconds)
        finally:
            await beside.close()
    return HandlerOutcome(
        evaluations=tuple(bench.evaluations),
        error_code=told.code,
        error_message=told.message,
        log=told.log,
        dropped=told.dropped,
        seconds=told.seconds,
    )


async def _called(
    handler: Handler, bench: Bench, url: str, parameters: Mapping[str, str] | None, load_seconds: float
) -> Outcome:
    pool = Pool(1, load_seconds)
    place = Place(url, bench.account, bench.region, access_key=bench.account)
    arn = f"arn:aws:lambda:{place.region}:{place.account}:function:{handler.name}"
    try:
        return await pool.call(handler, place, bench.event(handler, parameters), arn, str(uuid.uuid4()))
    finally:
        await pool.close()


def _single(file: Path) -> Handler:
    """The one handler of a file or an RDK folder. Raises `BadInput`."""
    found = find(file)
    if len(found.handlers) == 1:
        return found.handlers[0]
    if found.complaints and not found.handlers:
        raise BadInput(f"{file} cannot be tried", found.complaints[0].removesuffix("."))
    what = f"it holds {len(found.handlers)} handlers" if found.handlers else "it has no handler"
    raise BadInput(f"{file} cannot be tried", what, "Name one Python file, or one RDK folder")


class Bench:
    """Stands in for an account: has one item, keeps what is reported."""

    def __init__(self, item: ConfigurationItem | None, now: Moment, under: LocalWorld | None = None) -> None:
        self._item = {**document(item), "resourceName": item.resource_name} if item is not None else None
        self._captured = item.capture_time if item is not None else now
        self._now = now
        self._under = under
        self.options = under.options if under is not None else _DEFAULTS
        self.account = (item.account_id if item is not None else "") or self.options.account
        region = item.region if item is not None else ""
        self.region = region if region not in ("", GLOBAL) else self.options.home_region
        self.evaluations: list[Evaluation] = []
        self._own = {
            ("config", "PutEvaluations"): self._put_evaluations,
            ("config", "GetComplianceDetailsByConfigRule"): lambda _: {"EvaluationResults": []},
            ("config", "GetResourceConfigHistory"): self._history,
            ("sts", "AssumeRole"): self._assume_role,
            ("sts", "GetCallerIdentity"): self._identity,
        }

    def event(self, handler: Handler, parameters: Mapping[str, str] | None) -> Document:
        """What the handler is called with."""
        created = to_iso(self._now)
        facts = handler.facts
        given = dumps(dict(parameters)) if parameters is not None else facts.parameters if facts is not None else "{}"
        rule_id = "config-rule-tried0"
        return custom.as_event(
            custom.scheduled(self.account, created)
            if self._item is None
            else custom.item_changed(self._item, None, created),
            parameters=given or "{}",
            token=TEST_TOKEN,
            rule=(f"arn:aws:config:{self.region}:{self.account}:config-rule/{rule_id}", handler.name, rule_id),
            account=self.account,
        )

    def answers(self, service: str, operation: str) -> bool:
        under = self._under
        return (service, operation) in self._own or (under is not None and under.answers(service, operation))

    async def call(self, call: Call, *, here: bool = False) -> Document:
        own = self._own.get((call.service, call.operation))
        if own is not None:
            return own(call.params)
        if self._under is None:
            raise not_implemented(call.service, call.operation)
        return await self._under.call(call, here=here)

    def _put_evaluations(self, params: Document) -> Document:
        answer = custom.check_evaluations(params)
        self.evaluations += [
            Evaluation(
                rule="",
                resource_type=found["ComplianceResourceType"],
                resource_id=found["ComplianceResourceId"],
                compliance=found["ComplianceType"],
                annotation=found.get("Annotation") or "",
                ordering_time=from_datetime(found["OrderingTimestamp"]),
            )
            for found in params["Evaluations"]
        ]
        return answer

    def _history(self, params: Document) -> Document:
        item = self._item
        asked = params["resourceType"], params["resourceId"]
        if item is None or asked != (item["resourceType"], item["resourceId"]):
            return {"configurationItems": []}
        return {"configurationItems": [items.to_api({**item, "configurationStateId": self._captured})]}

    def _assume_role(self, params: Document) -> Document:
        role, session = params["RoleArn"].rpartition("/")[2], params["RoleSessionName"]
        return {
            "Credentials": {
                "AccessKeyId": self.account,
                "SecretAccessKey": "local",
                "SessionToken": "local",
                "Expiration": to_datetime(self._now + HOUR),
            },
            "AssumedRoleUser": {
                "AssumedRoleId": f"AROATRIED:{session}",
                "Arn": f"arn:aws:sts::{self.account}:assumed-role/{role}/{session}",
            },
        }

    def _identity(self, params: Document) -> Document:
        arn = f"arn:aws:sts::{self.account}:assumed-role/handler/tried"
        return {"UserId": "AROATRIED:tried", "Account": self.account, "Arn": arn}
