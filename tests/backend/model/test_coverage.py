"""What a recorder records, type by type, and what its record will not tell."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from backend.model import coverage as c
from backend.model.coverage import Coverage, coverage, why_not
from backend.model.recorder import ModeOverride, Recorder, RecordingGroup

INSTANCE, VOLUME, ROLE = "AWS::EC2::Instance", "AWS::EC2::Volume", "AWS::IAM::Role"
TYPES = (INSTANCE, VOLUME, ROLE, c.COMPLIANCE_TYPE)
EVERYTHING = Recorder(
    name="default",
    role_arn="arn:aws:iam::1:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
    group=RecordingGroup(include_global=True),
    recording=True,
    last_status="SUCCESS",
)


def grouped(**group: object) -> Recorder:
    return replace(EVERYTHING, group=RecordingGroup(**group))  # type: ignore[arg-type]


def only(*types: str) -> Recorder:
    return grouped(all_supported=False, resource_types=types, strategy="INCLUSION_BY_RESOURCE_TYPES")


def but(*types: str) -> Recorder:
    return grouped(all_supported=False, excluded_types=types, strategy="EXCLUSION_BY_RESOURCE_TYPES")


def told(found: Coverage) -> str:
    return " | ".join(gap.what for gap in found.gaps)


@pytest.mark.requirement("REC-09")
def test_everything_is_recorded_and_nothing_is_missing() -> None:
    found = coverage(EVERYTHING, TYPES, {INSTANCE: 3})
    assert found.in_a_word == "all 4 types"
    assert found.gaps == ()
    assert [(one.resource_type, one.count) for one in found.recorded][1] == (INSTANCE, 3)


@pytest.mark.requirement("REC-01")
def test_only_named_types_are_recorded_and_the_others_say_why_not() -> None:
    found = coverage(only(INSTANCE), TYPES, {INSTANCE: 3, VOLUME: 2})
    assert [one.resource_type for one in found.recorded] == [INSTANCE]
    assert {one.why for one in found.unrecorded} == {c.NOT_LISTED}
    assert found.in_a_word == "1 of 4 types"
    assert "3 types not recorded: only those in the list are" in told(found)
    assert "2 resources of 1 type are known, but no longer followed" in told(found)
    assert "no resource has a compliance timeline" in told(found)


def test_what_is_left_out_by_name_and_iam_that_is_switched_off() -> None:
    assert [one.why for one in coverage(but(VOLUME), TYPES).unrecorded] == [c.EXCLUDED]
    off = coverage(grouped(include_global=False), TYPES)
    assert [(one.resource_type, one.why) for one in off.unrecorded] == [(ROLE, c.GLOBAL_OFF)]
    assert "IAM is not recorded here" in told(off)
    assert off.unrecorded[0].count is None


def test_some_types_are_recorded_elsewhere_only() -> None:
    zone = "AWS::Route53::HostedZone"
    assert why_not(EVERYTHING, zone, "us-east-1") == ""
    assert why_not(EVERYTHING, zone, "eu-west-1") == "recorded only in us-east-1"
    assert why_not(EVERYTHING, ROLE, "eu-south-2") == c.NOT_HERE
    assert coverage(EVERYTHING, (*TYPES, zone), region="eu-west-1").in_a_word == "all 4 types"


def test_a_customer_s_own_type_is_recorded_whatever_the_list_says() -> None:
    assert why_not(only(INSTANCE), "Acme::Shop::Cart") == ""


def test_types_recorded_once_a_day_are_told_and_those_of_config_itself_never_are() -> None:
    daily = replace(EVERYTHING, frequency="DAILY", overrides=(ModeOverride((VOLUME,), "CONTINUOUS"),))
    frequencies = {one.resource_type: one.frequency for one in coverage(daily, TYPES).types}
    assert frequencies == {INSTANCE: c.DAILY, VOLUME: c.CONTINUOUS, ROLE: c.DAILY, c.COMPLIANCE_TYPE: c.CONTINUOUS}
    assert "2 types recorded once a day" in told(coverage(daily, TYPES))


def test_without_a_recorder_or_with_one_that_is_off_or_fails_nothing_can_be_relied_upon() -> None:
    nothing = coverage(None, TYPES)
    assert (nothing.in_a_word, nothing.gaps[0].grave) == ("nothing", True)
    stopped = coverage(replace(EVERYTHING, recording=False), TYPES)
    assert (stopped.in_a_word, stopped.gaps[0].grave) == ("nothing", True)
    assert "stopped" in told(stopped)
    failing = replace(EVERYTHING, last_status="FAILURE", last_error_code="AccessDenied", last_error_message="no")
    assert "The recorder fails (AccessDenied: no)" in told(coverage(failing, TYPES))
