"""The search over managed rules, and what is known of each."""

from __future__ import annotations

import pytest

from backend.model.compliance import Rule
from tui.library import Entry, complete, entries, matching, words, wrong_in

THERE = {"INCOMING_SSH_DISABLED": [Rule(name="ssh")]}


def found(text: str) -> list[str]:
    return [entry.rule.title for entry in matching(entries(), text, THERE)]


def entry(title: str) -> Entry:
    return next(one for one in entries() if one.rule.title == title)


def test_all_rules_are_there_the_most_used_first() -> None:
    packs = [one.rule.packs for one in entries()]
    assert len(packs) == len({one.rule.identifier for one in entries()}) > 800
    assert packs == sorted(packs, reverse=True)
    assert found("") == [one.rule.title for one in entries()]


def test_words_are_looked_for_in_name_identifier_types_parameters_and_sentence() -> None:
    assert "restricted-ssh" in found("ssh")
    assert "restricted-ssh" in found("incoming_SSH")
    assert "restricted-ssh" in found("port 22")
    assert "restricted-ssh" in found("AWS::EC2::SecurityGroup")
    assert "restricted-ssh" in found("ec2 securitygroup")
    assert "access-keys-rotated" in found("maxaccesskeyage")
    assert found("nothing-is-called-so") == []


def test_fields_say_where_to_look() -> None:
    assert {"s3-bucket-versioning-enabled", "s3-bucket-logging-enabled"} <= set(found("type:bucket"))
    assert all("Bucket" in " ".join(entry(title).rule.types) for title in found("type:Bucket"))
    assert "access-keys-rotated" in found("parameter:maxAccessKeyAge")
    assert found("ssh there:yes") == ["restricted-ssh"]
    assert "restricted-ssh" not in found("there:no")
    assert set(found("evaluated:yes")) | set(found("evaluated:no")) == set(found(""))
    assert not set(found("evaluated:yes")) & set(found("evaluated:no"))
    assert set(found("-evaluated:yes")) == set(found("evaluated:no"))
    assert set(found("-ssh")) == set(found("")) - set(found("ssh"))


@pytest.mark.parametrize(
    ("trigger", "triggers"), [("change", {"change"}), ("periodic", {"periodic"}), ("both", {"change", "periodic"})]
)
def test_a_trigger_is_one_that_the_rule_has(trigger: str, triggers: set[str]) -> None:
    titles = found(f"trigger:{trigger}")
    assert titles
    assert all(triggers <= entry(title).rule.triggers for title in titles)


def test_what_is_only_begun_leaves_nothing_out() -> None:
    assert found("type:") == found("trigger:") == found("-") == found("")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("typ:Bucket", "did you mean type:?"),
        ("frobnicate:x", "fields are"),
        ("trigger:never", "trigger: knows change, periodic, both"),
        ("evaluated:maybe", "evaluated: knows yes, no"),
        ("trigger:per AWS::EC2::Instance -there:y", ""),
    ],
)
def test_what_is_wrong_is_said(text: str, told: str) -> None:
    assert told in wrong_in(text)
    assert bool(told) == bool(wrong_in(text))


def test_it_completes_fields_and_what_stands_behind_them() -> None:
    assert complete("ssh ty", entries()) == ["ssh type:"]
    assert complete("-tri", entries()) == ["-trigger:"]
    assert complete("trigger:p", entries()) == ["trigger:periodic"]
    assert "type:Bucket" in complete("type:buck", entries())
    assert "parameter:maxAccessKeyAge" in complete("parameter:maxAccessKeyA", entries())


def test_only_words_are_marked_in_the_list() -> None:
    assert words("ssh type:Bucket -open") == ("ssh",)
