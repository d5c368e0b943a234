"""Rules: 60 of them over a large file, and what a change costs where 200 look on."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from isal import igzip

from backend.engine.context import Call, Caller, Context
from backend.engine.engine import Engine, WorldOptions
from backend.engine.parts import local_aws
from backend.engine.world import builder, estate
from backend.engine.world.estate import Resource
from backend.files.verdicts import FileJudge, judge_files
from backend.model.item import Document
from backend.model.moment import MINUTE
from backend.rules.asked import AskedRule
from backend.rules.catalogue import CHANGE, ManagedRule, catalogue
from backend.rules.managed import checks
from backend.rules.managed.neighbours import neighbours
from tests.benchmarks.estates import write_estate
from tests.benchmarks.measure import Ratio, ratio, seconds

RULES, ITEMS, MEMORY = 60, 500_000, 80
"""Rules over a file, its items, and megabytes it may take."""
LOOKING_ON, RESOURCES, LONGEST = 200, 20_000, 5
"""Rules in a world, its resources, and milliseconds a change of one may take, recording included."""

_OPTIONS = WorldOptions(start=1_772_323_200_000, resources=RESOURCES, past_days=0)
_PEAK = """
import json, resource, sys
from pathlib import Path
from backend.files.verdicts import FileJudge, judge_files
from tests.benchmarks.judging import over_items
judge = FileJudge(over_items(), 1_772_323_200_000)
judge_files(judge, [Path(sys.argv[1])])
judge.finish()
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
"""


def judging(folder: Path, items: int = ITEMS) -> Iterator[Ratio]:
    folder.mkdir()
    path = write_estate(folder / "snapshot.json.gz", items)
    said = f"{RULES} rules over {items:,} items"

    def judge() -> None:
        judge_files(FileJudge(over_items(), _OPTIONS.start), [path])

    def inflate() -> None:
        with igzip.open(path) as file:
            while file.read(1 << 20):
                pass

    yield ratio(said, judge, inflate, "inflating the file once", goal=4, rounds=3)
    told = subprocess.run([sys.executable, "-c", _PEAK, str(path)], capture_output=True, check=True, text=True)
    yield Ratio(f"{said}: peak of memory, MB", json.loads(told.stdout), MEMORY, f"{MEMORY} MB", 1)
    yield from _changes()


def over_items() -> list[AskedRule]:
    """The rules over a change that most sample packs name, and that look at one item alone."""
    able = (rule for rule in _on_change() if checks()[rule.identifier].item and not neighbours(rule.identifier, {}))
    return [
        AskedRule(rule.title, identifier=rule.identifier) for rule in sorted(able, key=lambda rule: -rule.packs)[:RULES]
    ]


def _on_change() -> Iterator[ManagedRule]:
    return (rule for rule in catalogue().values() if rule.identifier in checks() and CHANGE in rule.triggers)


def _changes() -> Iterator[Ratio]:
    """One change of a resource in a world where many rules look on: recorded, judged and told of."""
    engine = Engine(None, _OPTIONS, local_aws())
    builder.build(engine, _OPTIONS)
    ctx = engine.context()
    there = Counter(row["type"] for row in ctx.store.all("SELECT type FROM resources"))
    most = sorted(_on_change(), key=lambda rule: (-sum(kind in there for kind in rule.types), -rule.packs))
    for rule in most[:LOOKING_ON]:
        engine.call(Call("config", "PutConfigRule", {"ConfigRule": _definition(rule)}, ctx.region, Caller()))
    engine.advance(engine.now + MINUTE)
    for kind in ("AWS::EC2::Instance", "AWS::EC2::SecurityGroup", "AWS::S3::Bucket"):
        looking = sum(kind in rule.types for rule in most[:LOOKING_ON])
        took = []
        for number, resource in enumerate(list(estate.of_type(ctx, kind))[:30]):
            changed = estate.tagged(resource, {**resource.tags, "n": str(number)})
            took.append(1000 * seconds(partial(engine.act, partial(_put, changed))))
        name = f"a change in a world of {RESOURCES:,}, {looking} of {LOOKING_ON} rules on {kind}, ms"
        yield Ratio(name, statistics.median(took), LONGEST, f"{LONGEST} ms", 1)


def _put(resource: Resource, ctx: Context) -> None:
    estate.put(ctx, resource)


def _definition(rule: ManagedRule) -> Document:
    needed = {
        each.name: each.default or {"int": "1", "boolean": "true"}.get(each.kind, "x")
        for each in rule.parameters
        if each.required
    }
    source = {"Owner": "AWS", "SourceIdentifier": rule.identifier}
    given = {"InputParameters": json.dumps(needed)} if needed else {}
    return {"ConfigRuleName": f"on-{rule.title}", "Source": source, **given}
