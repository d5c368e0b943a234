"""The form of a managed rule: name, parameters by kind, what it looks at, and how often it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.widget import Widget

from backend.model.delivery import FREQUENCIES
from backend.model.item import Document
from backend.rules import refusals
from backend.rules.asked import AWS, read_parameters
from backend.rules.catalogue import CHANGE, PERIODIC, ManagedRule, Parameter
from tui.library import sentence
from tui.panes.delivery import frequency_words
from tui.panes.spelling import counted, short_type
from tui.rule_drafts import Draft, Finding, RuleDraft, puttable, rule_definition
from tui.screens.form import Row
from tui.screens.putting import PutScreen
from tui.widgets.choice import Choice
from tui.widgets.plain_input import PlainInput
from tui.workspace import Workspace

ALL, SOME, ONE, TAGGED = "all", "some", "one", "tagged"
_DETECTIVE, _PROACTIVE = "DETECTIVE", "PROACTIVE"
_BOTH = f"{_DETECTIVE},{_PROACTIVE}"


class PutRuleScreen(PutScreen):
    """A new rule, or one that is there to be changed."""

    PLACE: ClassVar[str] = "put-rule"

    def __init__(
        self,
        workspace: Workspace,
        rule: ManagedRule,
        go: Callable[[Draft], None],
        *,
        decides: str = "",
        before: Document | None = None,
        names: Iterable[str] = (),
    ) -> None:
        """`decides` says what must be so; `before` is the rule as it is, for a change, and `names` those taken."""
        super().__init__(workspace, f"{'Change' if before else 'Put'} {rule.title}", go)
        self._rule = rule
        self._decides = decides
        self._before = puttable(before) if before is not None else None
        self._names = frozenset(names)
        told = self._before or {}
        given = read_parameters(told.get("InputParameters"))
        self._given = given
        self._called = PlainInput(
            str(told.get("ConfigRuleName") or _free(rule.title, self._names)),
            id="put-name",
            select_on_focus=False,
            disabled=before is not None,
        )
        self._description = PlainInput(
            str(told.get("Description") or ""), placeholder="none", id="put-description", select_on_focus=False
        )
        self._parameters: dict[str, PlainInput | Choice] = {
            parameter.name: _field(parameter, given.get(parameter.name, "" if before else parameter.default or ""))
            for parameter in rule.parameters
        }
        self._build_scope(told.get("Scope") or {})
        frequencies = (("", "every 24 h, as AWS assumes"), *((name, frequency_words(name)) for name in FREQUENCIES))
        self._frequency = Choice(frequencies, str(told.get("MaximumExecutionFrequency") or ""), id="put-frequency")
        modes = ",".join(sorted(str(mode.get("Mode")) for mode in told.get("EvaluationModes") or ()))
        words = (
            (_DETECTIVE, "what is there"),
            (_BOTH, "what is there, and what is to be made"),
            (_PROACTIVE, "only what is to be made"),
        )
        self._modes = Choice(words, modes or _DETECTIVE, id="put-modes")

    def _build_scope(self, scope: Document) -> None:
        types = self._rule.types
        scoped = tuple(scope.get("ComplianceResourceTypes") or ())
        looks = ALL
        if scope.get("ComplianceResourceId"):
            looks = ONE
        elif scope.get("TagKey"):
            looks = TAGGED
        elif scoped and set(scoped) != set(types):
            looks = SOME
        words = [(ALL, "all it knows"), (SOME, "only these …"), (ONE, "one resource"), (TAGGED, "those with a tag")]
        self._looks = Choice([pair for pair in words if pair[0] != SOME or len(types) > 1 or looks == SOME], looks)
        self._chosen = scoped if looks == SOME else ()
        known = tuple(dict.fromkeys((*types, *scoped)))
        one = scoped[0] if looks == ONE and scoped else known[0] if known else ""
        self._type = Choice([(each, short_type(each)) for each in known], one, id="put-type")
        self._resource = PlainInput(
            str(scope.get("ComplianceResourceId") or ""),
            placeholder="the id, as Config knows it",
            id="put-id",
            select_on_focus=False,
        )
        self._tag_key = PlainInput(
            str(scope.get("TagKey") or ""), placeholder="required", id="put-tag-key", select_on_focus=False
        )
        self._tag_value = PlainInput(
            str(scope.get("TagValue") or ""), placeholder="any", id="put-tag-value", select_on_focus=False
        )

    @property
    def _scoped(self) -> bool:
        """Whether what it looks at can be chosen: a rule on a schedule alone looks at what it looks at."""
        return CHANGE in self._rule.triggers and bool(self._rule.types)

    def rows(self) -> Iterable[Widget]:
        yield Row("name", self._called)
        for name, field in self._parameters.items():
            yield Row(name, field)
        if self._scoped:
            self._rows = {
                "looks": Row("judges", self._looks),
                "type": Row("type", self._type),
                "id": Row("id", self._resource),
                "key": Row("tag key", self._tag_key),
                "value": Row("tag value", self._tag_value),
            }
            yield from self._rows.values()
        if PERIODIC in self._rule.triggers:
            yield Row("runs", self._frequency)
        if self._rule.proactive:
            yield Row("evaluates", self._modes)
        yield Row("description", self._description)

    def on_mount(self) -> None:
        super().on_mount()
        self._arrange()
        first = next(iter(self._parameters.values()), self._description)
        (first if self._called.disabled else self._called).focus()

    def chosen(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Show the fields that the choice of what it looks at asks for."""
        if not self._scoped:
            return
        looks = self._looks.value
        self._rows["type"].display = looks == ONE
        self._rows["id"].display = looks == ONE
        self._rows["key"].display = looks == TAGGED
        self._rows["value"].display = looks == TAGGED
        names = ", ".join(map(short_type, self._chosen if looks == SOME else self._rule.types))
        if looks == SOME:
            self._looks.say(f"{counted(len(self._chosen), 'type')}: {names}" if names else "enter chooses them")
        else:
            self._looks.say(names if looks in (ALL, TAGGED) else "")

    def choose_more(self, choice: Choice) -> bool:
        if choice is not self._looks or choice.value != SOME:
            return False

        self.choose_types("Types that it judges", self._rule.types, self._chosen, self._take)
        return True

    def _take(self, types: tuple[str, ...]) -> None:
        self._chosen = types

    # What it says

    @property
    def purpose(self) -> str:
        return sentence(self._decides) if self._decides else ""

    def _scope(self) -> tuple[Document, tuple[Finding, ...]]:
        """The scope, and what is missing of it."""
        if not self._scoped:
            return (self._before or {}).get("Scope") or {}, ()
        looks = self._looks.value
        if looks == TAGGED:
            key, value = self._tag_key.value.strip(), self._tag_value.value.strip()
            missing = () if key else (Finding("bad", "tag key", "It is required: tag keys are compared exactly."),)
            return {name: told for name, told in (("TagKey", key), ("TagValue", value)) if told}, missing
        if looks == ONE:
            resource = self._resource.value.strip()
            missing = () if resource else (Finding("bad", "id", "It is required: the id of one resource."),)
            scope: Document = {"ComplianceResourceTypes": [self._type.value]}
            return {**scope, "ComplianceResourceId": resource} if resource else scope, missing
        if looks == ALL and self._before is not None and not self._before.get("Scope"):
            return {}, ()  # nothing was chosen before, and nothing is now
        types = self._rule.types if looks == ALL else self._chosen
        missing = () if types else (Finding("bad", "judges", "No type is chosen: enter on it chooses some."),)
        return {"ComplianceResourceTypes": list(types)}, missing

    def draft(self) -> RuleDraft:
        scope, unfinished = self._scope()
        known = {parameter.name for parameter in self._rule.parameters}
        given = {name: value for name, value in self._given.items() if name not in known}
        for name, field in self._parameters.items():
            if field.value.strip():
                given[name] = field.value.strip()
        definition = rule_definition(
            self._called.value.strip(),
            {"Owner": AWS, "SourceIdentifier": self._rule.identifier},
            description=self._description.value.strip(),
            scope=scope,
            parameters=given,
            frequency=self._frequency.value if PERIODIC in self._rule.triggers else "",
            modes=tuple(self._modes.value.split(",")) if self._rule.proactive else (),
        )
        local = self._workspace.clock is not None
        return RuleDraft(definition, self._before, self._names, local, unfinished)

    def note_of(self, field: Widget) -> str:
        parameter = next(
            (each for each in self._rule.parameters if self._parameters.get(each.name) is field),
            None,
        )
        if parameter is None:
            return ""
        told = f"{parameter.name}: {refusals.KINDS[parameter.kind]}"
        required = ", required" if parameter.required else ", or nothing"
        assumed = f"; AWS assumes {parameter.default}" if parameter.default is not None else ""
        return f"{told}{required}{assumed}"


def _field(parameter: Parameter, value: str) -> PlainInput | Choice:
    """The field of a parameter, by its kind."""
    if parameter.kind == "boolean" and value.strip().lower() in ("", "true", "false"):
        words = [("true", "true"), ("false", "false")]
        if not parameter.required or not value:
            words.insert(0, ("", "as AWS assumes" if parameter.default is not None else "not given"))
        return Choice(words, value.strip().lower())
    hint = f"{parameter.kind}{', required' if parameter.required else ''}"
    return PlainInput(value, placeholder=hint, select_on_focus=False)


def _free(name: str, taken: frozenset[str]) -> str:
    """A name that is not taken."""
    if name not in taken:
        return name
    return next(each for number in range(2, len(taken) + 3) if (each := f"{name}-{number}") not in taken)
