"""Which resource is meant, and which moment: what a person types, and what there is."""

from __future__ import annotations

import time

from backend.client.session import ResourcesPart, Session
from backend.connect import Connection
from backend.model.item import ResourceKey, ResourceSummary
from backend.model.moment import Moment
from backend.model.problem import BadInput, Missing
from backend.model.spelling import same_type
from tui import times

_ABOUT_OTHERS = ("AWS::SSM::ManagedInstanceInventory", "AWS::SSM::PatchCompliance", "AWS::SSM::AssociationCompliance")
"""Types that are kept about another resource, under its id."""

_SHOWN = 5
"""Candidates that a sentence names."""


async def now_of(connection: Connection) -> Moment:
    """Now, as the connected side counts it."""
    if connection.clock is not None:
        return (await connection.clock.state()).now
    return time.time_ns() // 1_000_000


async def moment_of(connection: Connection, text: str | None) -> Moment | None:
    """The moment that was typed; None for now, or for nothing. Raises `BadInput`."""
    if text is None:
        return None
    try:
        return times.read_moment(text, await now_of(connection), times.UTC)
    except ValueError as error:
        raise BadInput(str(error).rstrip(".")) from error


def resources_of(session: Session) -> ResourcesPart:
    """The part that knows resources. Raises `BadInput`."""
    if session.resources is None:
        raise BadInput("There is no inventory to look into")
    return session.resources


async def resource_of(session: Session, words: tuple[str, ...]) -> ResourceKey:
    """The resource that is named by TYPE ID, or by one word: an id, a name or an ARN. Raises `Missing`, `BadInput`."""
    part = resources_of(session)
    if len(words) > 2 or not all(words):
        raise BadInput("A resource is named by TYPE ID, or by one word", f"not by {' '.join(words)!r}")
    if len(words) == 2:
        return ResourceKey(await _type_of(part, words[0]), words[1])
    return await _found(part, words[0])


async def _type_of(part: ResourcesPart, wanted: str) -> str:
    """The type as AWS spells it, also by its last part: `instance` is AWS::EC2::Instance where no other ends so."""
    for known in (await part.types(), tuple(await part.counts())):
        exact = [name for name in known if same_type(name, wanted)]
        if exact:
            return exact[0]
    there = tuple(await part.counts())
    for known in (there, await part.types()):
        short = [name for name in known if name.casefold().endswith(f"::{wanted.casefold()}")]
        if len(short) == 1:
            return short[0]
        if short:
            raise BadInput(f"{wanted} is the end of several types", ", ".join(short[:_SHOWN]), "Name it in full")
    near = [name for name in (*there, *await part.types()) if wanted.casefold() in name.casefold()]
    raise Missing(f"There is no resource type {wanted}", remedy=f"Did you mean {near[0]}?" if near else "")


async def _found(part: ResourcesPart, word: str) -> ResourceKey:
    listed = [summary async for batch in part.listing() for summary in batch]
    found = [summary for summary in listed if summary.resource_id == word]
    found = found or [summary for summary in listed if summary.resource_name == word]
    if not found and word.startswith("arn:"):
        return await _by_arn(part, listed, word)
    if not found:
        named = [
            one.key async for batch in part.standings() for one in batch if word in (one.name, one.key.resource_id)
        ]
        found = [summary for summary in listed if summary.key in set(named)]
    return _only(found, word)


async def _by_arn(part: ResourcesPart, listed: list[ResourceSummary], arn: str) -> ResourceKey:
    """The resource whose item has this ARN, looked for among those whose id or name it ends with."""
    ends = [
        one
        for one in listed
        if any(arn.endswith(end) for end in (one.resource_id, one.resource_name or one.resource_id))
    ]
    for summary in sorted(ends, key=lambda one: -len(one.resource_id)):
        item = await part.item(summary.key)
        if item is not None and arn in (item.arn, item.resource_id):
            return summary.key
    raise Missing(f"There is no resource with the ARN {arn}", remedy="`configscope resources` lists all there are")


def _only(found: list[ResourceSummary], word: str) -> ResourceKey:
    # An instance shares its id with what SSM keeps about it; whoever types the id means the instance.
    found = [one for one in found if not one.resource_type.startswith(_ABOUT_OTHERS)] or found
    if len(found) == 1:
        return found[0].key
    if not found:
        raise Missing(
            f"There is no resource {word}",
            "no id, name or ARN is this",
            "`configscope resources --filter` looks for parts; one that was deleted is named by TYPE ID",
        )
    several = ", ".join(f"{one.resource_type} {one.resource_id}" for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise BadInput(f"{word} names {len(found)} resources", several + more, "Name one by TYPE ID")
