"""`configscope compliance`: rules and their verdicts."""

from __future__ import annotations

from backend.client.session import CompliancePart
from backend.connect import Connection
from backend.model.compliance import Evaluation, Rule
from backend.model.moment import Moment, to_iso
from backend.model.problem import BadInput, Missing
from tui.plain.given import FOUND, WELL
from tui.plain.naming import resource_of
from tui.plain.output import Format, write_rows

_BROKEN = "NON_COMPLIANT"
_RULES = ("rule", "compliance", "non_compliant", "identifier", "evaluated", "error")
_VERDICTS = ("compliance", "rule", "type", "id", "since", "annotation")


async def compliance(
    connection: Connection, form: Format, rule: str | None, words: tuple[str, ...], *, every: bool
) -> int:
    """Print rules, or the verdicts of a rule or on a resource; 3 when one of them is not compliant."""
    part = connection.session.compliance
    if part is None or (connection.session.recorded and not await part.rules()):
        raise BadInput("These files hold no verdicts", remedy="configscope check judges them by rules")
    if words:
        found = await part.of_resource(await resource_of(connection.session, words))
        return _verdicts(form, found)
    if rule is not None:
        return _verdicts(form, await part.details(await _known(part, rule), () if every else (_BROKEN,)))
    rules = await part.rules()
    write_rows(form, _RULES, [_row(one) for one in rules])
    return FOUND if any(one.compliance == _BROKEN for one in rules) else WELL


async def _known(part: CompliancePart, wanted: str) -> str:
    """The rule's name in its own spelling. Raises `Missing`."""
    names = [rule.name for rule in await part.rules()]
    for name in names:
        if name.casefold() == wanted.casefold():
            return name
    near = [name for name in names if wanted.casefold() in name.casefold()]
    remedy = f"Did you mean {near[0]}?" if near else "`configscope compliance` lists all there are"
    raise Missing(f"There is no rule {wanted}", remedy=remedy)


def _verdicts(form: Format, found: list[Evaluation]) -> int:
    rows = [
        (one.compliance, one.rule, one.resource_type, one.resource_id, _when(one.recorded_time), one.annotation)
        for one in sorted(
            found, key=lambda one: (one.compliance != _BROKEN, one.rule, one.resource_type, one.resource_id)
        )
    ]
    write_rows(form, _VERDICTS, rows)
    return FOUND if any(one.compliance == _BROKEN for one in found) else WELL


def _row(rule: Rule) -> tuple[str, ...]:
    count = f"{rule.non_compliant_count}{'+' if rule.count_capped else ''}"
    error = ": ".join(filter(None, (rule.last_error_code, rule.last_error_message)))
    return rule.name, rule.compliance, count, rule.identifier, _when(rule.last_evaluation), error


def _when(moment: Moment | None) -> str:
    return to_iso(moment) if moment is not None else ""
