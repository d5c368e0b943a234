"""Texts that are policies, and what is said of those that are not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from backend.rules.guard import PolicyError, parse
from backend.rules.guard.reading import LONGEST_TEXT

ALL_OF_IT = r"""
# A comment, then a variable of each kind.
let allowed = ["gp2", 'gp3', /^io\d$/]
let sizes := r[1, 100)
let wanted = { encrypted: true, "k m s": { key: null }, share: 0.5 }
let open_ranges = configuration.ipPermissions[
    some ipv4Ranges[*].cidrIp == '0.0.0.0/0' or
    some ipv6Ranges[*].cidrIpv6 == '::/0'
    ipProtocol != 'udp'
]
let how_many = count(%open_ranges)

rule is_volume { resourceType == 'AWS::EC2::Volume' }

rule same(one, other) {
    %one == %other <<they
    differ>>
}

rule volumes when is_volume
                  configuration exists OR
                  not other_rule # a comment here
{
    configuration {
        volumeType in %allowed
        size in %sizes |OR| size is_null
        let key = kmsKeyId
        when %key exists { %key == /^arn:/ }
    }
    other_rule
    !other_rule <<never both>>
    same(configuration.a, 'b')
    'configuration'.'tag set'["a key"][0].-1.%allowed exists
    some configuration.tags[*].value !empty
    configuration.tags[ name | keys == /^aws:/ ] { this is_string }
    configuration.tags[key] not empty
    tags !empty { Owner exists }
    this.tags.* IS_STRING
}

rule other_rule { configuration.count >= 1 configuration.count < 10
    supplementaryConfiguration.Policy not in ["x"] }

AWS::S3::Bucket when resourceType exists { Properties.Name exists }
AWS::S3::Bucket Properties.Name == 'x'
tags.Owner exists or tags.Team exists
"""


def test_a_text_with_all_of_the_language_is_a_policy() -> None:
    parse(ALL_OF_IT)


@pytest.mark.parametrize("word", ["in", "or", "keys", "empty", "exists", "some", "this", "rule", "when", "let", "not"])
def test_a_property_may_be_named_as_a_keyword(word: str) -> None:
    verdict = parse(f"rule named {{ configuration.{word} == 1 }}").check({"configuration": {word: 1}})
    assert verdict.status.value == "PASS"


def test_a_backslash_escapes_only_the_sign_that_ends_a_text() -> None:
    policy = parse(r"""rule quoted { a == "say \"no\" to C:\dir" b == /^a\/b\.c$/ }""")
    assert policy.check({"a": 'say "no" to C:\\dir', "b": "a/b.c"}).status.value == "PASS"


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "expected a rule or a clause, the text has none"),
        ("# nothing\n", 1, 1, "expected a rule or a clause, the text has none"),
        (
            "rule a {\n  configuration.x exsts\n}",
            2,
            19,
            "expected an operator such as ==, in, exists or !empty or '{', found 'exsts'",
        ),
        ("rule a { encrypted exsts\n}", 1, 20, "expected an operator such as == or exists after 'encrypted'"),
        ("rule a { x == }", 1, 15, "expected a value, a property or a variable, found '}'"),
        ("rule { x exists }", 1, 6, "expected a name, found '{'"),
        ("rule a { x exists", 1, 18, "the text ends, expected a clause or '}'"),
        ("rule a { }", 1, 10, "expected a clause, found '}'"),
        ("rule a { x == [1 2] }", 1, 18, "expected ',' or ']', found '2'"),
        ("rule a { x == true y == 1 or }", 1, 30, "expected a clause, found '}'"),
        ("let x 5", 1, 7, "expected '=', found '5'"),
        ("x == 'open", 1, 6, "a text that opens with ' has to close with '"),
        ("x == /open", 1, 6, "a regular expression that opens with / has to close with /"),
        ("x == 1 <<open", 1, 8, "a message that opens with << has to close with >>"),
        ("x == r[1, 2.5]", 1, 6, "the ends of 'r[1, 2.5]' have to be of one kind, integers, floats or characters"),
        ("x == 99999999999999999999", 1, 6, "99999999999999999999 is too large for an integer of 64 bits"),
        ("rule a { other\n}", 1, 10, "no rule is named 'other', and a property needs an operator such as exists"),
        ("rule a { other(1) }", 1, 10, "no rule with parameters is named 'other'"),
        ("rule p(x) { %x exists }\nrule a { p(1, 2) }", 2, 10, "the rule 'p' takes 1 parameters, here are 2"),
        ("rule p(x) { %x exists }\nrule a { p\n}", 2, 10, "the rule 'p' is called with parameters, as p(…)"),
        ("x == %y", 1, 6, "no variable is named '%y'"),
        ("let a = counts(x)\ny exists", 1, 9, "no function is named 'counts', there are"),
        ("let a = join(x)\ny exists", 1, 9, "join takes 2 arguments, here are 1"),
        ("let a = %b.x\nlet b = y[ z == %a ]\nx exists", 1, 9, "the variable 'a' needs itself: a needs b needs a"),
        ("rule a { b\n}\nrule b { x exists\na\n}", 1, 10, "the rule 'a' needs itself: a needs b needs a"),
        ("rule p(x) { p(%x) }\ny exists", 1, 13, "the rule 'p(…)' needs itself: p(…) needs p(…)"),
    ],
)
def test_an_error_tells_where_it_is_and_what_was_expected(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parse(text)
    error = raised.value
    assert (error.line, error.column) == (line, column), error.message
    assert error.message.startswith(message)
    assert str(error).startswith(f"The policy cannot be read at line {line}, column {column}: {message[:10]}")


def test_a_regular_expression_that_is_not_well_formed_is_an_error_of_the_text() -> None:
    with pytest.raises(PolicyError, match="line 1, column 6: the regular expression is not well formed"):
        parse("x == /(/")


def test_the_machinery_of_the_grammar_is_not_imported_before_a_policy_is_read() -> None:
    code = "import sys, backend.rules.guard; print({'lark', 'regex'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_text_is_bounded_in_length_and_in_nesting() -> None:
    with pytest.raises(PolicyError, match=f"at most {LONGEST_TEXT} characters"):
        parse("x exists\n" + "#" * LONGEST_TEXT)
    with pytest.raises(PolicyError, match="more than 40 brackets are open here"):
        parse("x == " + "[" * 2000)
    with pytest.raises(PolicyError, match="more than 40 brackets are open here"):
        parse("a { " * 2000)
