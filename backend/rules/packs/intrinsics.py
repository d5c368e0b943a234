"""The intrinsic functions of templates: Ref, Fn::If, Fn::Not, Fn::Equals, Fn::And, Fn::Or, Fn::Sub, Fn::Join."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.model.item import Document, Json

NO_VALUE = object()
"""What `AWS::NoValue` comes to: the member that has it is left out."""

_IN_TEXT = re.compile(r"\$\{([^!}][^}]*)\}")
_WRITTEN_OUT = re.compile(r"\$\{!([^}]*)\}")


_LONGEST_CHAIN = 100
"""Conditions that hang on one another."""
_LONGEST_TEXT = 65_536


class TemplateError(Exception):
    """A template that cannot be deployed; the text says why."""


class Resolver:
    """The values of a template's parameters and conditions, and how they are put in."""

    def __init__(self, parameters: Mapping[str, Json], pseudo: Mapping[str, str], conditions: Document) -> None:
        self._values: dict[str, Json] = {**pseudo, **parameters, "AWS::NoValue": NO_VALUE}
        self._conditions = conditions
        self._decided: dict[str, bool] = {}
        self._deciding: set[str] = set()
        self.resources: dict[str, str] = {}
        """What a Ref to a resource comes to: the name of the rule, by logical id."""

    def decide(self) -> None:
        """Decide every condition, also those nothing asks for. Raises `TemplateError`."""
        for name in self._conditions:
            self.condition(str(name))

    def condition(self, name: Json) -> bool:
        """Whether a condition of the template holds."""
        if not isinstance(name, str) or name not in self._conditions:
            raise TemplateError(f"The condition {name} is not in the template.")
        if name not in self._decided:
            if name in self._deciding or len(self._deciding) > _LONGEST_CHAIN:
                raise TemplateError(f"The condition {name} depends on itself, or on too many others.")
            self._deciding.add(name)
            self._decided[name] = self._truth(self._conditions[name])
            self._deciding.discard(name)
        return self._decided[name]

    def resolve(self, value: Json) -> Json:
        """A value with every function in it called; members and elements that come to nothing are left out."""
        if isinstance(value, list):
            found = [self.resolve(each) for each in value]
            return [each for each in found if each is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self._reference(argument)
            if name == "Condition" or (isinstance(name, str) and name.startswith("Fn::")):
                return self._call(name, argument)
        resolved = {name: self.resolve(each) for name, each in value.items()}
        return {name: each for name, each in resolved.items() if each is not NO_VALUE}

    def _call(self, name: str, argument: Json) -> Json:
        if name == "Fn::If":
            condition, then, otherwise = self._arguments(name, argument, 3)
            return self.resolve(then if self.condition(condition) else otherwise)
        if name == "Fn::Join":
            between, parts = self._arguments(name, argument, 2)
            found = self.resolve(parts)
            if not isinstance(found, list):
                raise TemplateError("Fn::Join needs a list.")
            return _bounded(str(between).join(map(_text, found)))
        if name == "Fn::Sub":
            return self._substituted(argument)
        if name in ("Condition", "Fn::Not", "Fn::Equals", "Fn::And", "Fn::Or"):
            return self._truth({name: argument})
        raise TemplateError(f"The function {name} is not supported in templates of conformance packs.")

    def _truth(self, value: Json) -> bool:
        if not isinstance(value, dict) or len(value) != 1:
            raise TemplateError("A condition is one of Fn::Equals, Fn::Not, Fn::And, Fn::Or and Condition.")
        [(name, argument)] = value.items()
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Not":
            return not self._truth(self._arguments(name, argument, 1)[0])
        if name == "Fn::Equals":
            left, right = self._arguments(name, argument, 2)
            return _text(self.resolve(left)) == _text(self.resolve(right))
        if name in ("Fn::And", "Fn::Or") and isinstance(argument, list):
            parts = [self._truth(part) for part in argument]
            return all(parts) if name == "Fn::And" else any(parts)
        raise TemplateError(f"{name} decides nothing.")

    def _reference(self, name: Json) -> Json:
        if isinstance(name, str):
            if name in self._values:
                return self._values[name]
            if name in self.resources:
                return self.resources[name]
        raise TemplateError(f"Unresolved resource dependencies [{name}] in the Resources block of the template.")

    def _substituted(self, argument: Json) -> str:
        own: Document = {}
        if isinstance(argument, list):
            argument, own = self._arguments("Fn::Sub", argument, 2)
        if not isinstance(argument, str) or not isinstance(own, dict):
            raise TemplateError("Fn::Sub needs a text.")

        known = {str(name): self.resolve(value) for name, value in own.items()}

        def put_in(found: re.Match[str]) -> str:
            name = found[1].strip()
            return _text(known[name] if name in known else self._reference(name))

        return _bounded(_WRITTEN_OUT.sub(r"${\1}", _IN_TEXT.sub(put_in, argument)))

    @staticmethod
    def _arguments(name: str, argument: Json, count: int) -> list[Json]:
        if not isinstance(argument, list) or len(argument) != count:
            raise TemplateError(f"{name} needs {count} argument(s).")
        return argument


def _bounded(text: str) -> str:
    """A text made of others: longer than anything a member may hold, it is refused before it grows further."""
    if len(text) > _LONGEST_TEXT:
        raise TemplateError("A function of the template makes too long a text.")
    return text


def _text(value: Json) -> str:
    """A value inside a text, spelled as JSON does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is NO_VALUE or isinstance(value, (dict, list)):
        raise TemplateError("A text is made of texts and numbers only.")
    return str(value)
