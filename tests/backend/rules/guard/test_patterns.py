"""Regular expressions: Rust's syntax, and no search or pattern without bounds."""

from __future__ import annotations

import pytest

from backend.rules.guard import EvaluationError, PolicyError, Status, parse, patterns
from tests.backend.rules.guard import oracle

FOUND = [
    (r"^a$", "a"),
    (r"(?i)AbC", "xaBcx"),
    (r"a(?i)B", "ab"),
    (r"[[:alpha:]]+$", "1a"),
    (r"[^[:digit:]]", "a"),
    (r"\p{Lu}", "É"),
    (r"(?<n>a)b\k<n>", "aba"),
    (r"(a)\1", "aa"),
    (r"a(?=b)", "ab"),
    (r"(?<!a)b", "cb"),
    (r"[a-z&&[^b]]", "c"),
    (r"\Aab\z", "ab"),
    (r"\x{41}\u{42}", "AB"),
    (r"(?m)^b$", "a\nb\nc"),
    (r"(?s)a.b", "a\nb"),
    (r"^arn:aws:[a-z0-9-]+:.*:\d{12}:", "arn:aws:s3:eu:123456789012:x"),
    (r"a{2,3}", "caab"),
    (r"[$]", "$"),
]
NOT_FOUND = [
    (r"a$", "a\n"),
    (r"a(?i)B", "Ab"),
    (r"(?i)ss", "ß"),
    (r"[[:alpha:]]", "É"),
    (r"[a-z&&[^b]]", "b"),
    (r"a.b", "a\nb"),
    (r"^b$", "a\nb"),
]


def policy(pattern: str) -> str:
    return "text == /" + pattern.replace("/", r"\/") + "/"


@pytest.mark.parametrize(("pattern", "text"), FOUND)
def test_what_rust_finds_is_found(pattern: str, text: str) -> None:
    assert parse(policy(pattern)).check({"text": text}).status is Status.PASS


@pytest.mark.parametrize(("pattern", "text"), NOT_FOUND)
def test_what_rust_does_not_find_is_not_found(pattern: str, text: str) -> None:
    assert parse(policy(pattern)).check({"text": text}).status is Status.FAIL


def test_aws_own_engine_finds_the_same() -> None:
    oracle.engine()
    for status, pairs in (("PASS", FOUND), ("FAIL", NOT_FOUND)):
        for pattern, text in pairs:
            assert oracle.statuses(policy(pattern), {"text": text})[0] == status, (pattern, text)


@pytest.mark.parametrize("pattern", ["(", "a)", "*a", "[a", r"\q", "(a{9999}){9999}", "(" * 2000 + ")" * 2000])
def test_a_pattern_that_is_not_well_formed_or_too_large_is_an_error_of_the_text(pattern: str) -> None:
    with pytest.raises(PolicyError, match="line 1, column 9: the regular expression is not well formed"):
        parse(policy(pattern))


def test_a_search_that_was_given_up_is_not_tried_again_on_longer_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SEARCH_SECONDS", 0.05)
    slow = parse(policy("^(a|aa)+$"))
    for length in (60, 61):
        with pytest.raises(EvaluationError, match=f"takes too long on a text of {length + 1} characters"):
            slow.check({"text": "a" * length + "!"})
    assert slow.check({"text": "aaaa"}).status is Status.PASS


def test_a_function_that_fails_tells_its_place_in_the_text() -> None:
    text = "rule a {\n  let number = parse_int(text)\n  %number == 1\n}"
    with pytest.raises(EvaluationError, match="at line 2, column 16: parse_int cannot read 'one'") as raised:
        parse(text).check({"text": "one"})
    assert (raised.value.line, raised.value.column) == (2, 16)
