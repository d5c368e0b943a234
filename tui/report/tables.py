"""The tables of a report: the same rows in its CSV files, its Markdown and its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from backend.model.delivery import DeliveryState
from backend.model.moment import Moment, to_iso
from tui.plain.output import csv_text
from tui.report.evidence import Evidence

Row = tuple[str, ...]

CHANGES = "Changes and who made them"


class Table(NamedTuple):
    """A titled table; `file` is the CSV that holds all of it, where there is one."""

    title: str
    columns: Row
    rows: Sequence[Row]
    file: str = ""
    none: str = "None."
    """What to say when there are no rows."""


def as_csv(table: Table) -> str:
    """CSV that no spreadsheet takes for formulas."""
    return csv_text(table.columns, table.rows)


def facts(found: Evidence) -> list[tuple[str, str]]:
    """What the report is of."""
    return [
        ("As of", f"{to_iso(found.moment)}{' (now)' if found.is_now else ''}"),
        ("Account", found.account),
        ("Region", found.region),
        ("Target", found.target),
        ("Read as", found.who),
        ("Changes since", to_iso(found.since)),
        ("Made by", f"configscope {found.version}"),
    ]


def figures(found: Evidence) -> list[tuple[str, str, bool]]:
    """The numbers that are read first: label, value, and whether it is bad."""
    broken_rules = {one.rule for one in found.broken()}
    judged = {one.rule for one in found.verdicts}
    return [
        ("resources", f"{len(found.items):,}", False),
        ("types", f"{len(found.counts()):,}", False),
        ("rules not compliant", f"{len(broken_rules):,} of {len(judged):,}", bool(broken_rules)),
        ("violations", f"{len(found.broken()):,}", bool(found.broken())),
        ("changes", f"{len(found.changes):,}", False),
        ("gaps", f"{len(found.gaps):,}", bool(found.gaps)),
    ]


def settings(found: Evidence) -> Table:
    """Recorder, channel and deliveries."""
    return Table("Settings", ("what", "value"), list(_settings(found)), none="Not known.")


def _settings(found: Evidence) -> Iterator[Row]:
    recorder, channel, status = found.recorder, found.channel, found.deliveries
    if recorder is not None:
        group = recorder.group
        what = "all types" if group.all_supported else f"{len(group.resource_types)} types"
        if group.excluded_types:
            what = f"all types but {len(group.excluded_types)}"
        yield "recorder", f"{recorder.name}, {'recording' if recorder.recording else 'STOPPED'}"
        yield "recorded", f"{what}, {recorder.frequency.lower()}"
        yield "role", recorder.role_arn
    if channel is not None:
        yield "channel", channel.name
        yield "bucket", f"s3://{channel.bucket}/{channel.prefix or ''}"
        yield "topic", channel.topic_arn or "none"
        yield "frequency", channel.frequency or "on demand"
    if status is not None:
        for name in ("snapshot", "history", "stream"):
            state: DeliveryState = getattr(status, name)
            last = f", last success {to_iso(state.last_success)}" if state.last_success is not None else ""
            error = f", {state.error_code} {state.error_message}".rstrip() if state.error_code else ""
            yield f"{name} delivery", f"{state.status or 'NONE'}{last}{error}"


def types(found: Evidence) -> Table:
    return Table("Resources by type", ("type", "resources"), [(name, str(count)) for name, count in found.counts()])


def rules(found: Evidence) -> Table:
    """Each rule with how many resources it finds compliant or not."""
    counted: dict[str, dict[str, int]] = {rule.name: {} for rule in found.rules}
    for one in found.verdicts:
        of_rule = counted.setdefault(one.rule, {})
        of_rule[one.compliance] = of_rule.get(one.compliance, 0) + 1
    identifiers = {rule.name: rule.identifier for rule in found.rules}
    errors = {rule.name: rule.last_error_message for rule in found.rules}
    rows = [
        (
            name,
            "NON_COMPLIANT"
            if counts.get("NON_COMPLIANT")
            else "COMPLIANT"
            if counts.get("COMPLIANT")
            else "NO VERDICT",
            str(counts.get("NON_COMPLIANT", 0)),
            str(counts.get("COMPLIANT", 0)),
            identifiers.get(name, ""),
            errors.get(name, ""),
        )
        for name, counts in sorted(counted.items(), key=lambda pair: (-pair[1].get("NON_COMPLIANT", 0), pair[0]))
    ]
    columns = ("rule", "verdict", "non-compliant", "compliant", "identifier", "not evaluated because")
    return Table("Compliance by rule", columns, rows, none="No rules.")


def violations(found: Evidence) -> Table:
    rows = [
        (one.rule, one.resource_type, one.resource_id, _when(one.recorded_time), one.annotation)
        for one in found.broken()
    ]
    columns = ("rule", "type", "id", "since", "annotation")
    return Table("Violations", columns, rows, "compliance.csv", "No resource breaks a rule.")


def compliance(found: Evidence) -> Table:
    """Every verdict, for the CSV."""
    rows = [
        (one.rule, one.resource_type, one.resource_id, one.compliance, _when(one.recorded_time), one.annotation)
        for one in found.verdicts
    ]
    return Table("Verdicts", ("rule", "type", "id", "compliance", "since", "annotation"), rows)


def changes(found: Evidence) -> Table:
    rows = [
        (
            to_iso(one.captured),
            one.change,
            one.key.resource_type,
            one.key.resource_id,
            one.name,
            ", ".join(one.fields),
            one.event,
            one.user,
            one.address,
            one.agent,
            one.event_id,
        )
        for one in found.changes
    ]
    columns = ("captured", "change", "type", "id", "name", "fields", "event", "user", "address", "agent", "event id")
    return Table(CHANGES, columns, rows, "changes.csv", "Nothing changed in the period.")


def resources(found: Evidence) -> Table:
    rows = [
        (
            item.resource_type,
            item.resource_id,
            item.resource_name or "",
            item.tags.get("Name", ""),
            item.region,
            item.status,
            to_iso(item.capture_time),
            item.arn or "",
            "; ".join(f"{key}={value}" for key, value in sorted(item.tags.items())),
        )
        for item in found.items
    ]
    columns = ("type", "id", "name", "Name tag", "region", "status", "captured", "ARN", "tags")
    return Table("Resources", columns, rows, "resources.csv", "No resources.")


def sources(found: Evidence) -> Table:
    rows = [
        (
            one.kind,
            f"s3://{one.bucket}/{one.key}" if one.bucket else one.key or "AWS Config API",
            _when(one.moment),
            one.sha256,
        )
        for one in found.sources
    ]
    return Table("What this rests on", ("kind", "place", "written", "sha-256"), rows, none="Nothing.")


def _when(moment: Moment | None) -> str:
    return to_iso(moment) if moment is not None else ""
