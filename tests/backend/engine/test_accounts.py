"""Several accounts in one world: a store each, one time, and transactions over all that a deed touches."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from backend.engine import clock
from backend.engine.accounts import account_ids, region_names
from backend.engine.clock import Due
from backend.engine.context import Call, Caller, Context, World
from backend.engine.engine import Engine, Parts, WorldOptions
from backend.engine.errors import ServiceError
from backend.engine.store import Store
from backend.model.item import Document
from backend.model.moment import HOUR, MINUTE
from backend.model.world import MOST_ACCOUNTS, MOST_REGIONS

START = 1_772_323_200_000
NOTES = "CREATE TABLE IF NOT EXISTS notes (text TEXT, at INTEGER); CREATE TABLE IF NOT EXISTS keys (id TEXT);"


def note(ctx: Context, text: str) -> None:
    ctx.store.run("INSERT INTO notes VALUES (?, ?)", (text, ctx.now))


def write_everywhere(ctx: Context, params: Document) -> Document:
    """A note here and in every other account; refused at the end if that is asked for."""
    note(ctx, f"{params['text']} by {ctx.account}")
    for account in ctx.accounts:
        if account != ctx.account:
            there = ctx.in_account(account)
            there.ids.uuid()
            note(there, f"{params['text']} by {there.caller.account}")
    if params.get("fail"):
        raise ServiceError("Refused", "as asked")
    return {"ids": [ctx.in_account(account).ids.uuid() for account in ctx.accounts]}


def read_everywhere(ctx: Context, params: Document) -> Document:
    found = [ctx.in_account(account).store.all("SELECT * FROM notes") for account in ctx.accounts]
    return {"notes": sum(len(rows) for rows in found)}


def try_elsewhere(ctx: Context, params: Document) -> Document:
    """A refused attempt in another account inside a deed that succeeds."""
    note(ctx, "before")
    try:
        with ctx.store.savepoint():
            note(ctx.in_account(ctx.accounts[1]), "attempt")
            raise ServiceError("Refused", "the attempt")
    except ServiceError:
        note(ctx, "after")
    return {}


def know_key(ctx: Context) -> None:
    ctx.store.run("INSERT INTO keys VALUES ('AKIATHIRD')")


def ring(ctx: Context, due: Due) -> None:
    note(ctx, f"{due.payload} in {ctx.account}")


def ring_after(minutes: int) -> Callable[[Context], None]:
    return lambda ctx: ctx.clock.schedule(START + minutes * MINUTE, "ring", key=str(minutes), payload=minutes)


class Maker(Protocol):
    def __call__(self, folder: Path | None = None, accounts: int = 3, seed: int = 1) -> Engine: ...


@pytest.fixture
def make() -> Iterator[Maker]:
    """Makes engines of several accounts and closes them."""
    made: list[Engine] = []

    def knows(world: World, key: str) -> bool:
        return world.store.one("SELECT 1 FROM keys WHERE id = ?", (key,)) is not None

    def maker(folder: Path | None = None, accounts: int = 3, seed: int = 1) -> Engine:
        parts = Parts(
            schemas=(clock.SCHEMA, NOTES),
            operations={"notes": {"Put": write_everywhere, "Get": read_everywhere, "Try": try_elsewhere}},
            due={"ring": ring},
            record_call=lambda ctx, call, answer, refusal: note(ctx, f"trail of {call.operation}"),
            check_fault=lambda ctx, call: None,
            on_change=lambda ctx, before, after: None,
            knows_key=knows,
        )
        engine = Engine(folder, WorldOptions(start=START, seed=seed, accounts=accounts), parts)
        if engine.new:
            engine.act(lambda ctx: engine.found())
        made.append(engine)
        return engine

    yield maker
    for engine in made:
        engine.close()


def put(engine: Engine, text: str, key: str = "", fail: bool = False) -> Document:
    return engine.call(Call("notes", "Put", {"text": text, "fail": fail}, "eu-west-1", Caller(access_key=key)))


def notes(engine: Engine, account: str) -> list[str]:
    """What stands in an account, without what the trail wrote."""
    rows = engine.accounts[account].store.all("SELECT text FROM notes")
    return [row["text"] for row in rows if not row["text"].startswith("trail")]


def test_a_world_has_the_accounts_and_regions_asked_for() -> None:
    ids = account_ids("696686700433", MOST_ACCOUNTS)
    assert ids[0] == "696686700433"
    assert len(set(ids)) == MOST_ACCOUNTS
    assert all(len(account) == 12 and account.isdigit() for account in ids)
    assert account_ids("696686700433", 3) == ids[:3]
    assert region_names("ap-southeast-1", 2) == ("ap-southeast-1", "us-east-1")
    assert region_names("eu-west-1", 1) == ("eu-west-1",)
    assert len(set(region_names("eu-west-1", MOST_REGIONS))) == MOST_REGIONS


def test_another_account_is_seen_by_the_same_caller(make: Maker) -> None:
    ctx = make().context("us-east-1", Caller(user="aisha"))
    main, other, third = ctx.accounts
    there = ctx.in_account(other, "eu-west-1")
    assert (there.account, there.region, there.caller) == (other, "eu-west-1", Caller(user="aisha", account=main))
    assert there.in_account(third).caller.account == main
    assert there.in_account(main).caller == ctx.caller
    assert ctx.in_account(main).caller == ctx.caller
    with pytest.raises(KeyError):
        ctx.in_account("123456789012")


def test_the_access_key_says_which_account_calls(make: Maker) -> None:
    engine = make()
    main, other, third = engine.accounts.ids
    engine.act(know_key, account=third)
    for text, key, account in (("a", other, other), ("b", "AKIATHIRD", third), ("c", "test", main), ("d", "", main)):
        put(engine, text, key)
        assert notes(engine, main)[-1] == f"{text} by {account}"


def test_a_deed_is_written_in_all_accounts_or_in_none(make: Maker) -> None:
    engine = make()
    _, other, _ = engine.accounts.ids
    put(engine, "first", other)
    with pytest.raises(ServiceError, match="as asked"):
        put(engine, "second", other, fail=True)
    assert [notes(engine, account) for account in engine.accounts.ids] == [[f"first by {other}"]] * 3
    # The refusal is in the trail of the caller's account all the same.
    trail = engine.accounts[other].store.all("SELECT * FROM notes WHERE text = 'trail of Put'")
    assert len(trail) == 2


def test_an_attempt_in_another_account_is_undone_alone(make: Maker) -> None:
    engine = make()
    engine.call(Call("notes", "Try", {}, "eu-west-1"))
    main, other, _ = engine.accounts.ids
    assert notes(engine, main) == ["before", "after"]
    assert notes(engine, other) == []


def test_a_defect_undoes_what_all_accounts_got(make: Maker) -> None:
    engine, untouched = make(), make()
    _, other, _ = engine.accounts.ids

    def fail(ctx: Context) -> None:
        there = ctx.in_account(other)
        note(there, "lost")
        there.ids.uuid()
        raise ValueError

    with pytest.raises(ValueError):
        engine.act(fail)
    assert notes(engine, other) == []
    assert put(engine, "x") == put(untouched, "x")


def test_reading_elsewhere_writes_nothing_there(make: Maker) -> None:
    engine = make()
    before = engine.accounts[engine.accounts.ids[1]].store.meta("now")
    engine.advance(START + HOUR)
    engine.call(Call("notes", "Get", {}, "eu-west-1"))
    assert engine.accounts[engine.accounts.ids[1]].store.meta("now") == before


def test_what_is_due_happens_in_order_over_all_accounts(make: Maker) -> None:
    engine = make()
    main, other, third = engine.accounts.ids
    for account, wait in ((other, 2), (main, 3), (third, 1), (main, 1)):
        engine.act(ring_after(wait), account=account)
    assert engine.next_due() == START + MINUTE
    assert engine.advance(START + 2 * MINUTE)
    assert notes(engine, main) == [f"1 in {main}"]
    assert notes(engine, other) == [f"2 in {other}"]
    assert notes(engine, third) == [f"1 in {third}"]
    assert engine.next_due() == START + 3 * MINUTE
    assert {world.clock.now for world in engine.accounts} == {START + 2 * MINUTE}


def test_identifiers_differ_between_accounts_and_come_out_the_same_again(make: Maker) -> None:
    first, second, other = make(), make(), make(seed=2)
    drawn = put(first, "x")
    assert len(set(drawn["ids"])) == 3
    assert put(second, "x") == drawn != put(other, "x")


def test_the_main_account_draws_what_it_draws_alone(make: Maker) -> None:
    alone, together = make(accounts=1), make(accounts=3)
    assert put(alone, "x")["ids"][0] == put(together, "x")["ids"][0]


def test_all_accounts_go_on_where_they_stopped(make: Maker, tmp_path: Path) -> None:
    engine = make(tmp_path / "world")
    accounts = engine.accounts.ids
    drawn = put(engine, "kept", accounts[2])
    engine.advance(START + HOUR)
    engine.close()
    again = make(tmp_path / "world", accounts=1)
    assert again.accounts.ids == accounts
    assert [notes(again, account) for account in accounts] == [[f"kept by {accounts[2]}"]] * 3
    assert {world.clock.now for world in again.accounts} == {START + HOUR}
    assert not set(put(again, "next")["ids"]) & set(drawn["ids"])


def test_a_world_of_one_account_opens_as_such(make: Maker, tmp_path: Path) -> None:
    make(tmp_path / "world", accounts=1).close()
    assert len(make(tmp_path / "world", accounts=3).accounts) == 1


class _Power:
    """Cuts the power at a commit: what was committed before stays, the rest is as if the process had died."""

    def __init__(self, store: Store) -> None:
        self._database = store._db

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            raise KeyboardInterrupt
        return self._database.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def test_a_crash_between_two_commits_leaves_the_deed_to_be_done_again(
    make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make(tmp_path / "world", accounts=2)
    main, other = engine.accounts.ids
    engine.act(lambda ctx: ctx.clock.schedule(START + HOUR, "ring", payload="late"))
    with monkeypatch.context() as power:
        power.setattr(engine.store, "_db", _Power(engine.store))
        with pytest.raises(KeyboardInterrupt):
            engine.advance(START + 2 * HOUR)
        with pytest.raises(KeyboardInterrupt):
            put(engine, "half")
    engine.close()
    again = make(tmp_path / "world", accounts=2)
    assert notes(again, other) == [f"half by {main}"]
    assert notes(again, main) == []
    again.advance(START + 2 * HOUR)
    assert notes(again, main) == [f"late in {main}"]


def test_a_later_moment_in_one_account_is_the_time_of_all(make: Maker, tmp_path: Path) -> None:
    engine = make(tmp_path / "world", accounts=2)
    other = engine.accounts.ids[1]
    engine.close()
    store = Store(tmp_path / "world" / "accounts" / other, ())
    store.set_meta("now", START + HOUR)
    store.close()
    assert make(tmp_path / "world", accounts=2).now == START + HOUR


def test_what_happened_in_any_account_is_on_the_disk_when_time_has_passed(make: Maker, tmp_path: Path) -> None:
    engine = make(tmp_path / "world", accounts=2)
    other = engine.accounts.ids[1]
    engine.act(ring_after(1), account=other)
    engine.act(ring_after(2), account=other)
    engine.advance(START + HOUR, limit=1)
    assert engine.accounts[other].store.unflushed
    engine.advance(START + HOUR)
    assert not any(world.store.unflushed for world in engine.accounts)
