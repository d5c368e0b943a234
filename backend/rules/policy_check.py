"""A custom policy as a check: what Guard gets to see of an item, and what it says as a verdict."""

from __future__ import annotations

from functools import lru_cache

from backend.model.item import Document
from backend.rules.guard import EvaluationError, Failure, Policy, Status, parse
from backend.rules.reading import CONFIGURATION, SUPPLEMENT, unpacked
from backend.rules.table import shown
from backend.rules.verdict import FINE, CannotTell, Check, Parameters, Reason, Surroundings, Verdict, bad, out_of_scope

_API_SPELLINGS = (("awsAccountId", "accountId"), ("ARN", "arn"), ("configurationItemVersion", "version"))
"""Members that the API spells in another way than files (reference: rules.md §3)."""


@lru_cache(maxsize=64)
def policy_of(text: str) -> Policy:
    """The policy of a text, read once. Raises `PolicyError`."""
    return parse(text)


def policy_check(text: str) -> Check:
    """The check of a custom policy rule, by its Guard text; it raises `CannotTell` where the policy goes astray.

    Raises `PolicyError`.
    """
    policy = policy_of(text)

    def judge(item: Document, parameters: Parameters, _: Surroundings) -> Verdict:
        try:
            verdict = policy.check(as_document(item), parameters)
        except EvaluationError as astray:
            raise CannotTell(f"The policy cannot be evaluated: {astray}") from astray
        if verdict.status is Status.PASS:
            return FINE
        if verdict.status is Status.SKIP:
            return out_of_scope("No rule of the policy applies to the resource.")
        reasons = tuple(map(_reason, verdict.failures))
        return bad(_sentence(verdict.failures), *reasons)

    return Check("", "The policy passes.", item=judge)


def as_document(item: Document) -> Document:
    """An item as policies see it: JSON texts unpacked, and the API's names beside those of files."""
    supplement = item.get(SUPPLEMENT)
    document: Document = {
        **item,
        CONFIGURATION: unpacked(item.get(CONFIGURATION)),
        SUPPLEMENT: {key: unpacked(value) for key, value in supplement.items()} if isinstance(supplement, dict) else {},
    }
    for told, spelled in _API_SPELLINGS:
        if told in item and spelled not in item:
            document[spelled] = item[told]
    return document


def _reason(failure: Failure) -> Reason:
    return Reason(".".join(map(str, failure.path)), failure.value, _expected(failure))


def _expected(failure: Failure) -> str:
    words = f"{failure.operator} {failure.expected}".strip()
    return f"{failure.missing} {words}" if failure.missing else words


def _sentence(failures: tuple[Failure, ...]) -> str:
    for failure in failures:
        if failure.message:
            return " ".join(failure.message.split())
    if not failures:
        return "A rule of the policy fails."
    first = failures[0]
    where = ".".join(map(str, first.path)).removeprefix(f"{CONFIGURATION}.") or first.rule
    said = f"is {shown(first.value)}" if first.found else "is not there"
    return f"{where} {said}; the policy asks: {_expected(first)} (line {first.line})."
