"""`configscope check`: rules asked of snapshot and history files, with an exit code for CI."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from backend.files.rule_files import rules_in
from backend.files.source import called
from backend.files.verdicts import FileJudge, Finding, Outcome, judge_files
from backend.model.item import Document, Json
from backend.model.problem import BadInput
from backend.rules.asked import AskedRule
from backend.rules.given import managed_rule
from backend.rules.verdict import COMPLIANT, INSUFFICIENT_DATA, NON_COMPLIANT, NOT_APPLICABLE
from tui.panes.spelling import counted
from tui.plain.given import FOUND, UNDONE, WELL
from tui.plain.output import Format, say, write_json, write_more, write_rows

_COUNTED = (COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, INSUFFICIENT_DATA)
_RULES = ("rule", "compliance", "compliant", "non_compliant", "not_applicable", "unknown", "why_not")
_FINDINGS = ("rule", "type", "id", "account", "region", "annotation", "path", "found", "expected")
_MOST_TOLD = 10_000
"""Findings that a table or JSON shows: both are made as a whole. CSV has no end."""


class Wanted(NamedTuple):
    """What is asked, and how the answer is printed."""

    form: Format
    packs: tuple[Path, ...] = ()
    """Files of rules: templates, ConfigRules in JSON, Guard policies."""
    rules: tuple[str, ...] = ()
    """Managed rules by name."""
    parameters: tuple[str, ...] = ()
    """`Name=Value` for parameters of the templates."""
    findings: bool = False
    largest: int | None = None


def check(paths: Sequence[Path], wanted: Wanted) -> int:
    """Judge the items of files: 3 when a rule is broken, 1 for damage or a faulty rule. Raises `BadInput`."""
    judge, told = _judge(rules_of(wanted), wanted)
    flaw: BadInput | None = None
    try:
        judge_files(judge, paths, wanted.largest)
    except BadInput as problem:
        if judge.items == 0:
            raise
        flaw = problem
    judge.finish()
    _show(judge, told, wanted)
    _sum_up(judge, paths)
    if flaw is not None:
        say(str(flaw))
        return UNDONE
    if any(one.rule.faulty for one in judge.outcomes):
        return UNDONE
    return FOUND if any(one.compliance == NON_COMPLIANT for one in judge.outcomes) else WELL


def rules_of(wanted: Wanted) -> list[AskedRule]:
    """The rules that are asked. Raises `BadInput` where there are none, or a file of them cannot be read."""
    found: list[AskedRule] = [managed_rule(each) for each in wanted.rules]
    for path in wanted.packs:
        found += rules_in(path, given_parameters(wanted.parameters))
    if not found:
        raise BadInput("There is nothing to check by", remedy="Name rules with --pack FILE or --rule NAME")
    return found


def given_parameters(pairs: Sequence[str]) -> dict[str, str]:
    """Parameters given as `Name=Value`. Raises `BadInput`."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"{pair} is no parameter", remedy="Write it as Name=Value")
        found[name] = value
    return found


def _judge(rules: Sequence[AskedRule], wanted: Wanted) -> tuple[FileJudge, list[Finding]]:
    told: list[Finding] = []
    if not wanted.findings:
        return FileJudge(rules, round(time.time() * 1000)), told
    if wanted.form is Format.CSV:
        write_rows(Format.CSV, _FINDINGS, [])
        return FileJudge(rules, round(time.time() * 1000), _print_finding), told

    def tell(finding: Finding) -> None:
        if len(told) < _MOST_TOLD:
            told.append(finding)

    return FileJudge(rules, round(time.time() * 1000), tell), told


def _print_finding(finding: Finding) -> None:
    write_more([_row(finding)])


def _show(judge: FileJudge, told: list[Finding], wanted: Wanted) -> None:
    if wanted.form is Format.JSON:
        document: Document = {"items": judge.items, "rules": [_document(one) for one in judge.outcomes]}
        if wanted.findings:
            document["findings"] = [_finding(one) for one in told]
        write_json(document)
        return
    if wanted.findings and wanted.form is Format.CSV:
        return
    write_rows(wanted.form, _RULES, [_outcome(one) for one in judge.outcomes])
    if told:
        say("")
        write_rows(wanted.form, _FINDINGS, [_row(one) for one in told])
    broken = sum(one.counts.get(NON_COMPLIANT, 0) for one in judge.outcomes)
    if wanted.findings and broken > len(told):
        say(f"{len(told):,} of {broken:,} findings are shown; --output csv has all.")


def _outcome(one: Outcome) -> tuple[str, ...]:
    counts = [f"{one.counts.get(each, 0):,}" if not one.obstacle else "" for each in _COUNTED]
    return (one.rule.name, one.compliance, *counts, one.obstacle)


def _document(one: Outcome) -> Json:
    return {
        "rule": one.rule.name,
        "identifier": one.rule.identifier,
        "compliance": one.compliance,
        "counts": dict(one.counts),
        "evaluated": not one.obstacle,
        "why_not": one.obstacle,
    }


def _row(finding: Finding) -> tuple[str, ...]:
    reason = finding.verdict.reasons[0] if finding.verdict.reasons else None
    return (
        finding.rule,
        finding.key.resource_type,
        finding.key.resource_id,
        finding.place.account,
        finding.place.region,
        finding.verdict.annotation,
        reason.path if reason else "",
        _said(reason.found) if reason else "",
        reason.expected if reason else "",
    )


def _said(value: Json) -> str:
    from backend.rules.table import shown

    return "" if value is None else shown(value)


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "type": finding.key.resource_type,
        "id": finding.key.resource_id,
        "account": finding.place.account,
        "region": finding.place.region,
        "annotation": finding.verdict.annotation,
        "reasons": [
            {"path": reason.path, "found": reason.found, "expected": reason.expected}
            for reason in finding.verdict.reasons
        ],
    }


def _sum_up(judge: FileJudge, paths: Sequence[Path]) -> None:
    broken = [one for one in judge.outcomes if one.compliance == NON_COMPLIANT]
    asked = [one for one in judge.outcomes if not one.obstacle]
    named = called(paths[0]) if len(paths) == 1 else counted(len(paths), "file")
    rest = len(judge.outcomes) - len(asked)
    left = f"; {counted(rest, 'rule')} could not be asked" if rest else ""
    say(f"{named}: {counted(judge.items, 'item')}, {len(broken):,} of {counted(len(asked), 'rule')} broken{left}.")
