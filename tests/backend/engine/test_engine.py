"""The engine's door: one transaction a call, time that moves only when told, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from backend.engine import clock
from backend.engine.clock import Due
from backend.engine.context import Call, Context
from backend.engine.engine import Engine, Parts, WorldOptions, is_read
from backend.engine.errors import ServiceError
from backend.model.item import Document
from backend.model.moment import HOUR
from backend.model.problem import BadInput, Problem

START = 1_772_323_200_000
NOTES = "CREATE TABLE IF NOT EXISTS notes (text TEXT, at INTEGER);"


def write(ctx: Context, params: Document) -> Document:
    ctx.store.run("INSERT INTO notes VALUES (?, ?)", (params["text"], ctx.clock.unique()))
    if params.get("fail"):
        raise ServiceError("Refused", "as asked")
    ctx.clock.schedule(ctx.now + HOUR, "echo", ctx.region, params["text"], params["text"])
    return {"id": ctx.ids.uuid()}


def echo(ctx: Context, due: Due) -> None:
    ctx.store.run("INSERT INTO notes VALUES (?, ?)", (f"echo of {due.payload}", ctx.now))


class Journal:
    """Records each call as the trail would."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bool]] = []

    def record(self, ctx: Context, call: Call, answer: Document | None, refusal: ServiceError | None) -> None:
        self.calls.append((call.operation, refusal is None))


class Maker(Protocol):
    def __call__(self, folder: Path | None = None, seed: int = 1, journal: Journal | None = None) -> Engine: ...


@pytest.fixture
def make() -> Iterator[Maker]:
    """Makes engines with one operation and one thing that can be due, and closes them."""
    made: list[Engine] = []

    def maker(folder: Path | None = None, seed: int = 1, journal: Journal | None = None) -> Engine:
        parts = Parts(
            schemas=(clock.SCHEMA, NOTES),
            operations={"notes": {"PutNote": write, "GetNote": lambda ctx, params: {}}},
            due={"echo": echo},
            record_call=(journal or Journal()).record,
            check_fault=lambda ctx, call: None,
            on_change=lambda ctx, before, after: None,
            knows_key=lambda world, key: False,
        )
        made.append(Engine(folder, WorldOptions(start=START, seed=seed), parts))
        return made[-1]

    yield maker
    for engine in made:
        engine.close()


def put(engine: Engine, text: str, fail: bool = False) -> Document:
    return engine.call(Call("notes", "PutNote", {"text": text, "fail": fail}, "eu-west-1"))


def notes(engine: Engine) -> list[tuple[str, int]]:
    return [(row["text"], row["at"]) for row in engine.store.all("SELECT * FROM notes")]


def test_a_refused_call_leaves_nothing_but_its_trace(make: Maker) -> None:
    journal = Journal()
    engine = make(journal=journal)
    with pytest.raises(ServiceError, match="as asked"):
        put(engine, "lost", fail=True)
    assert notes(engine) == []
    assert journal.calls == [("PutNote", False)]


def test_what_is_due_happens_at_its_own_time_and_in_order(make: Maker) -> None:
    engine = make()
    put(engine, "a")
    assert engine.advance(START + HOUR // 2)
    put(engine, "b")
    assert engine.advance(START + 6 * HOUR)
    assert notes(engine)[2:] == [("echo of a", START + HOUR), ("echo of b", START + HOUR + HOUR // 2)]
    assert engine.now == START + 6 * HOUR


def test_time_can_pass_in_bites(make: Maker) -> None:
    engine = make()
    for text in "abc":
        put(engine, text)
    assert not engine.advance(START + 2 * HOUR, limit=2)
    assert engine.now == START + HOUR
    assert engine.advance(START + 2 * HOUR, limit=2)
    assert len(notes(engine)) == 6


def test_an_unknown_operation_is_named_in_the_refusal(make: Maker) -> None:
    with pytest.raises(ServiceError, match="notes:EatNote"):
        make().call(Call("notes", "EatNote", {}, "eu-west-1"))


def test_the_same_seed_and_calls_give_the_same_identifiers(make: Maker) -> None:
    first, second, other = make(seed=7), make(seed=7), make(seed=8)
    assert put(first, "x") == put(second, "x") != put(other, "x")


def test_what_only_reads_draws_apart_and_changes_nothing_that_comes_after(make: Maker) -> None:
    looked_at, untouched = make(seed=7), make(seed=7)
    drawn: list[str] = []
    for _ in range(3):
        looked_at.act(lambda ctx: drawn.append(ctx.ids.read_hex()))
    assert len(set(drawn)) == 3
    assert put(looked_at, "x") == put(untouched, "x")


def test_a_world_goes_on_where_it_stopped(make: Maker, tmp_path: Path) -> None:
    engine = make(tmp_path / "world")
    before = put(engine, "kept")
    engine.advance(START + HOUR // 2)
    engine.close()
    again = make(tmp_path / "world", seed=99)
    assert again.now == START + HOUR // 2
    assert notes(again)[0][0] == "kept"
    assert put(again, "next") not in (before, put(make(seed=99), "next"))
    again.close()


def test_identifiers_of_an_undone_step_are_not_skipped(make: Maker) -> None:
    def draw_and_fail(ctx: Context) -> None:
        ctx.ids.uuid()
        raise ValueError

    engine, untouched = make(), make()
    with pytest.raises(ValueError):
        engine.act(draw_and_fail)
    assert put(engine, "x") == put(untouched, "x")


def test_a_full_disk_is_a_sentence_and_loses_nothing(make: Maker, tmp_path: Path) -> None:
    engine = make(tmp_path)
    put(engine, "kept")
    engine.store.run("PRAGMA max_page_count = 1")  # that is: no more pages than there are
    with pytest.raises(Problem, match=r"could not be written: .*full\. Look at the free space"):
        put(engine, "lost" * 10_000)
    engine.store.run("PRAGMA max_page_count = 1000000")
    put(engine, "kept too")
    assert [text for text, _ in notes(engine)] == ["kept", "kept too"]


def test_a_folder_that_holds_no_world_is_a_sentence(make: Maker, tmp_path: Path) -> None:
    (tmp_path / "world.sqlite").write_text("this is not a database, it is a note to myself" * 40)
    with pytest.raises(BadInput, match="cannot be opened"):
        make(tmp_path)


def test_reads_are_told_from_writes_by_name() -> None:
    assert is_read("DescribeDeliveryChannels")
    assert not is_read("DeliverConfigSnapshot")
