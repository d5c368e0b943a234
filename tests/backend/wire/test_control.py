"""The controls beside the AWS calls."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from backend.engine.context import Call
from backend.engine.engine import WorldOptions
from backend.engine.parts import local_aws
from backend.model.moment import HOUR, to_iso
from backend.wire.control import Control
from backend.wire.exchange import Request
from backend.wire.local import LocalWorld
from tests.backend.wire.conftest import START, OpenWorld


class Ask:
    """Requests to the controls of one world."""

    def __init__(self, world: LocalWorld) -> None:
        self._control = Control(world)

    async def __call__(self, method: str, name: str, body: Any = None, query: str = "") -> tuple[int, Any]:
        sent = b"" if body is None else msgspec.json.encode(body)
        reply = await self._control.answer(Request(method, f"/_configscope/{name}", query, {}, sent))
        return reply.status, msgspec.json.decode(reply.body)


@pytest.fixture
async def still(open_world: OpenWorld) -> LocalWorld:
    return await open_world(wall=lambda: 0.0)


@pytest.fixture
def ask(still: LocalWorld) -> Ask:
    return Ask(still)


async def test_health_says_which_world_lives(ask: Ask) -> None:
    assert await ask("GET", "health") == (
        200,
        {
            "status": "ok",
            "account": "696686700433",
            "region": "ap-southeast-1",
            "accounts": ["696686700433"],
            "regions": ["ap-southeast-1", "us-east-1"],
            "world": None,
        },
    )


async def test_the_state_tells_of_each_account(ask: Ask) -> None:
    status, state = await ask("GET", "state")
    assert status == 200
    assert [each["account"] for each in state["accounts"]] == ["696686700433"]
    assert set(state["accounts"][0]) == {"account", "resources", "next"}


@pytest.mark.parametrize(("text", "length"), [("6h", 6 * HOUR), ("1d12h", 36 * HOUR), (90, 90_000), ("0.5h", HOUR / 2)])
async def test_the_clock_is_moved_on(ask: Ask, text: Any, length: int) -> None:
    status, state = await ask("POST", "clock", {"advance": text})
    assert (status, state["now"]) == (200, to_iso(START + int(length)))


@pytest.mark.parametrize("text", ["soon", "", "-1h", -5, "5", "9999999d", 1e308])
async def test_what_is_no_duration_is_refused(ask: Ask, text: Any) -> None:
    status, answer = await ask("POST", "clock", {"advance": text})
    assert status == 400
    assert "duration" in answer["error"] or "move on" in answer["error"]


async def test_speed_and_pause_are_set(ask: Ask) -> None:
    _, state = await ask("POST", "clock", {"speed": 60, "paused": True})
    assert (state["speed"], state["paused"]) == (60, True)
    _, state = await ask("POST", "clock", {"paused": False})
    assert (state["speed"], state["paused"]) == (60, False)
    status, answer = await ask("POST", "clock", {"speed": 0})
    assert (status, answer["error"][:24]) == (400, "The speed 0 is not possi")


async def test_faults_strike_in_every_account_or_in_one(open_world: OpenWorld) -> None:
    ask = Ask(await open_world(wall=lambda: 0.0, options=WorldOptions(start=START, accounts=2)))
    _, health = await ask("GET", "health")
    _, faults = await ask("POST", "faults", {"name": "topic-gone"})
    assert [fault["account"] for fault in faults] == health["accounts"]
    await ask("DELETE", "faults")
    _, faults = await ask("POST", "faults", {"name": "topic-gone", "account": health["accounts"][1]})
    assert [fault["account"] for fault in faults] == health["accounts"][1:]
    assert (await ask("POST", "faults", {"name": "topic-gone", "account": "1"}))[0] == 400


@pytest.mark.requirement("SNS-07")
async def test_the_outbox_shows_what_would_have_left(open_world: OpenWorld) -> None:
    still = await open_world(wall=lambda: 0.0, parts=local_aws())
    ask = Ask(still)
    assert await ask("GET", "outbox") == (200, [])
    made = await still.call(Call("sns", "CreateTopic", {"Name": "news"}, "ap-southeast-1"))
    subscriber = {"TopicArn": made["TopicArn"], "Protocol": "sms", "Endpoint": "+6581234567"}
    await still.call(Call("sns", "Subscribe", subscriber, "ap-southeast-1"))
    await still.call(Call("sns", "Publish", {"TopicArn": made["TopicArn"], "Message": "hello"}, "ap-southeast-1"))

    _, (mail,) = await ask("GET", "outbox")

    assert (mail["protocol"], mail["endpoint"], mail["body"]) == ("sms", "+6581234567", "news> hello")


async def test_faults_come_and_go(ask: Ask) -> None:
    assert await ask("GET", "faults") == (200, [])
    _, faults = await ask("POST", "faults", {"name": "topic-gone"})
    assert [fault["name"] for fault in faults] == ["topic-gone"]
    await ask("POST", "faults", {"name": "access-denied"})
    _, faults = await ask("DELETE", "faults", query="name=topic-gone")
    assert [fault["name"] for fault in faults] == ["access-denied"]
    assert await ask("DELETE", "faults") == (200, [])
    status, answer = await ask("POST", "faults", {"name": "flood"})
    assert status == 400
    assert "There is no fault 'flood'" in answer["error"]


async def test_a_reset_forgets_everything(ask: Ask, still: LocalWorld) -> None:
    await still.call(Call("config", "PutDeliveryChannel", {"DeliveryChannel": {"name": "x"}}, "ap-southeast-1"))
    await ask("POST", "clock", {"advance": "10d"})
    status, state = await ask("POST", "reset")
    assert (status, state["now"]) == (200, to_iso(START))
    found = await still.call(Call("config", "DescribeDeliveryChannels", {}, "ap-southeast-1"))
    assert found == {"DeliveryChannels": []}


@pytest.mark.parametrize(
    ("method", "name", "body", "status", "words"),
    [
        ("GET", "nothing", None, 404, "There are: clock, faults, health, outbox, reset, scenarios, state"),
        ("GET", "reset", None, 405, "takes POST"),
        ("POST", "clock", {"faster": True}, 400, "unknown field"),
        ("POST", "clock", [], 400, "Expected `object`"),
    ],
)
async def test_mistakes_are_told(ask: Ask, method: str, name: str, body: Any, status: int, words: str) -> None:
    answered, answer = await ask(method, name, body)
    assert answered == status
    assert words in answer["error"]


async def test_a_world_that_stopped_says_why(ask: Ask, still: LocalWorld) -> None:
    await still.run(lambda engine: engine.act(lambda ctx: ctx.clock.schedule(START + HOUR, "explode")))
    status, answer = await ask("POST", "clock", {"advance": "1d"})
    assert status == 503
    assert "the handler broke" in answer["error"]
    assert (await ask("GET", "health"))[0] == 503
    assert (await ask("POST", "reset"))[0] == 200


async def test_a_defect_is_said_in_json_and_logged(
    ask: Ask, still: LocalWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(still, "scenarios", None)
    status, answer = await ask("GET", "scenarios")
    assert (status, answer) == (500, {"error": "The local engine failed; see its log."})
    assert "GET /_configscope/scenarios failed" in caplog.text
