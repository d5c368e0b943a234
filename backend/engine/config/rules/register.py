"""A config rule as the engine keeps it, and the table of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backend.engine.context import Context
from backend.engine.store import Row, dumps
from backend.model.delivery import FREQUENCIES
from backend.model.item import Document
from backend.model.moment import Moment
from backend.rules.asked import AWS as AWS
from backend.rules.asked import LAMBDA as LAMBDA
from backend.rules.asked import POLICY as POLICY
from backend.rules.asked import PROCESS_CHECK as PROCESS_CHECK
from backend.rules.catalogue import CHANGE, PERIODIC, ManagedRule, catalogue
from backend.rules.managed import check_of
from backend.rules.policy_check import policy_check
from backend.rules.scope import covers, types_of
from backend.rules.verdict import Check

SCHEMA = """
CREATE TABLE IF NOT EXISTS config_rules (
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (region, id),
    UNIQUE (region, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS config_rule_types (
    region TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (region, type, id)
) WITHOUT ROWID;
"""

DETECTIVE, PROACTIVE = "DETECTIVE", "PROACTIVE"
ACTIVE, EVALUATING, DELETING, DELETING_RESULTS = "ACTIVE", "EVALUATING", "DELETING", "DELETING_RESULTS"

ITEM_CHANGED = "ConfigurationItemChangeNotification"
OVERSIZED_CHANGED = "OversizedConfigurationItemChangeNotification"
SCHEDULED = "ScheduledNotification"
SNAPSHOT_DELIVERED = "ConfigurationSnapshotDeliveryCompleted"

DEFAULT_FREQUENCY = "TwentyFour_Hours"
EVERY_TYPE = "*"


class ConfigRule(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One rule of one region: what was put, its state, and the times of its last passes."""

    name: str
    rule_id: str
    arn: str
    source: Document
    scope: Document = {}
    description: str | None = None
    parameters_text: str | None = None
    parameters: dict[str, str] = {}
    """The input parameters, parsed; without defaults."""
    frequency: str | None = None
    modes: tuple[str, ...] = (DETECTIVE,)
    policy: str | None = None
    """The Guard text of a CUSTOM_POLICY rule."""
    created_by: str = ""
    """The service that owns a service-linked rule."""
    state: str = ACTIVE
    activated: Moment
    passed: bool = False
    """Whether it has looked at everything once since it was put."""
    invoked: Moment | None = None
    invocation_failed: Moment | None = None
    evaluated: Moment | None = None
    evaluation_failed: Moment | None = None
    error_code: str = ""
    error_message: str = ""
    requested: Moment | None = None
    """When StartConfigRulesEvaluation last named it."""

    @property
    def owner(self) -> str:
        return str(self.source["Owner"])

    @property
    def managed(self) -> ManagedRule | None:
        """The managed rule behind it; None for custom rules and process checks."""
        return catalogue().get(self.source.get("SourceIdentifier", "")) if self.owner == AWS else None

    @property
    def check(self) -> Check | None:
        """How its managed rule or its policy decides; None for functions, and what is not evaluated here."""
        if self.policy is not None:
            return policy_check(self.policy)
        return check_of(self.source.get("SourceIdentifier", "")) if self.owner == AWS else None

    @property
    def process_check(self) -> bool:
        """Whether a person answers it."""
        return self.owner == AWS and self.source.get("SourceIdentifier") == PROCESS_CHECK

    @property
    def details(self) -> list[Document]:
        """`SourceDetails`: the triggers of a custom rule."""
        return list(self.source.get("SourceDetails") or ())

    @property
    def detects(self) -> bool:
        """Whether it looks at resources that exist; a rule may also judge only those that are yet to be made."""
        return DETECTIVE in self.modes

    @property
    def on_change(self) -> bool:
        """Whether each new item in scope makes it run."""
        managed = self.managed
        if managed:
            return CHANGE in managed.triggers
        return any(detail.get("MessageType") == ITEM_CHANGED for detail in self.details)

    @property
    def on_oversized(self) -> bool:
        """Whether a function is called with the news of items too long to be sent."""
        return any(detail.get("MessageType") == OVERSIZED_CHANGED for detail in self.details)

    @property
    def snapshot_period(self) -> Moment | None:
        """For rules that a delivered snapshot makes run: the least time between two runs, 0 for each snapshot."""
        for detail in self.details:
            if detail.get("MessageType") == SNAPSHOT_DELIVERED:
                frequency = detail.get("MaximumExecutionFrequency") or self.frequency
                return FREQUENCIES[frequency] if frequency else 0
        return None

    @property
    def period(self) -> Moment | None:
        """The time between its scheduled passes in milliseconds; None when it has no schedule."""
        managed = self.managed
        if managed:
            if PERIODIC not in managed.triggers:
                return None
            return FREQUENCIES[self.frequency or DEFAULT_FREQUENCY]
        for detail in self.details:
            if detail.get("MessageType") == SCHEDULED:
                return FREQUENCIES[detail.get("MaximumExecutionFrequency") or self.frequency or DEFAULT_FREQUENCY]
        return None

    @property
    def types(self) -> tuple[str, ...] | None:
        """The resource types it looks at, None for all of them; empty for rules over the account."""
        return types_of(self.scope, self.managed)

    def covers(self, item: Document) -> bool:
        """Whether an item of one of its types is within its scope (aws-config.md §5.1)."""
        return covers(self.scope, item)

    @property
    def effective_parameters(self) -> dict[str, str]:
        managed = self.managed
        return managed.with_defaults(self.parameters) if managed else self.parameters


_BODY = msgspec.json.Decoder(ConfigRule)


def by_name(ctx: Context, name: str) -> ConfigRule | None:
    """A rule of the context's region."""
    row = ctx.store.one("SELECT body FROM config_rules WHERE region = ? AND name = ?", (ctx.region, name))
    return _decode(row) if row else None


def by_id(ctx: Context, rule_id: str) -> ConfigRule | None:
    """A rule of the context's region by its `config-rule-…` id."""
    row = ctx.store.one("SELECT body FROM config_rules WHERE region = ? AND id = ?", (ctx.region, rule_id))
    return _decode(row) if row else None


def by_arn(ctx: Context, arn: str) -> ConfigRule | None:
    """A rule of the context's region by ARN."""
    found = by_id(ctx, arn.rsplit("/", 1)[-1])
    return found if found and found.arn == arn else None


def count(ctx: Context) -> int:
    """How many rules the region has."""
    row = ctx.store.one("SELECT count(*) AS n FROM config_rules WHERE region = ?", (ctx.region,))
    return int(row["n"]) if row else 0


def page(ctx: Context, after: str, limit: int) -> list[ConfigRule]:
    """Up to `limit` rules of the region by name, from behind `after`."""
    rows = ctx.store.all(
        "SELECT body FROM config_rules WHERE region = ? AND name > ? ORDER BY name LIMIT ?", (ctx.region, after, limit)
    )
    return [_decode(row) for row in rows]


def everything(ctx: Context) -> Iterator[ConfigRule]:
    """All rules of the region by name."""
    for row in ctx.store.all("SELECT body FROM config_rules WHERE region = ? ORDER BY name", (ctx.region,)):
        yield _decode(row)


def looking_at(ctx: Context, resource_type: str) -> list[ConfigRule]:
    """The rules of the region that an item of a type makes run, by id."""
    rows = ctx.store.all(
        "SELECT r.body FROM config_rule_types t JOIN config_rules r ON r.region = t.region AND r.id = t.id"
        " WHERE t.region = ? AND t.type IN (?, ?) ORDER BY r.id",
        (ctx.region, resource_type, EVERY_TYPE),
    )
    return [_decode(row) for row in rows]


def save(ctx: Context, rule: ConfigRule) -> None:
    """Keep what happened to a rule whose definition is as before."""
    ctx.store.run(
        "UPDATE config_rules SET body = ? WHERE region = ? AND id = ?", (dumps(rule), ctx.region, rule.rule_id)
    )


def put(ctx: Context, rule: ConfigRule) -> None:
    """Keep a new or redefined rule."""
    ctx.store.run(
        "INSERT OR REPLACE INTO config_rules VALUES (?, ?, ?, ?)", (ctx.region, rule.rule_id, rule.name, dumps(rule))
    )
    _forget_types(ctx, rule)
    if rule.detects and (rule.on_change or rule.on_oversized):
        types = (EVERY_TYPE,) if rule.types is None else rule.types
        ctx.store.run_many(
            "INSERT INTO config_rule_types VALUES (?, ?, ?)", [(ctx.region, kind, rule.rule_id) for kind in types]
        )


def remove(ctx: Context, rule: ConfigRule) -> None:
    """Forget a rule; its results are kept elsewhere."""
    ctx.store.run("DELETE FROM config_rules WHERE region = ? AND id = ?", (ctx.region, rule.rule_id))
    _forget_types(ctx, rule)


def _forget_types(ctx: Context, rule: ConfigRule) -> None:
    ctx.store.run("DELETE FROM config_rule_types WHERE region = ? AND id = ?", (ctx.region, rule.rule_id))


def _decode(row: Row) -> ConfigRule:
    return _BODY.decode(row["body"])
