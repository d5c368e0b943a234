"""What the rules over tags and descriptions say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.model.item import Document
from backend.rules.catalogue import catalogue
from backend.rules.managed.tags import CHECKS
from backend.rules.scope import types_of
from tests.backend.rules.managed.cases import Case, bad, good, missing, of, out, prove, prove_reads

REFERENCE = Path(__file__).parents[4].parent / "shared" / "reference"
EVERY = [check.identifier for check in CHECKS]
FAMILY = [check.identifier for check in CHECKS if check.identifier.endswith("_TAGGED")]
DESCRIBED = [check.identifier for check in CHECKS if check.identifier.endswith("_DESCRIPTION")]

OWNED: Document = {"team": "payments", "cost-center": "4711"}
AWS_OWN: Document = {"aws:cloudformation:stack-name": "shop"}

IN_SCOPE: dict[str, Document] = {
    "ALB_TAGGED": {"type": "application"},
    "NLB_TAGGED": {"type": "network"},
    "GLB_TAGGED": {"type": "gateway"},
    **{
        f"{balancer}_LISTENER_TAGGED": {
            "LoadBalancerArn": f"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/{kind}/front/50dc6c49"
        }
        for balancer, kind in (("ALB", "app"), ("NLB", "net"), ("GLB", "gwy"))
    },
    "APPCONFIG_DEPLOYMENT_STRATEGY_TAGGED": {"Name": "slowly"},
}
"""What the configuration of an item has to have, where a rule is about some of its type."""


def tagged(identifier: str, tags: Document) -> Document:
    return {"tags": tags, "configuration": IN_SCOPE.get(identifier, {})}


def of_the_family(identifier: str) -> tuple[Case, ...]:
    return of(
        identifier,
        good(tagged(identifier, OWNED)),
        good(tagged(identifier, OWNED), requiredKeyTags="team, cost-center"),
        bad(tagged(identifier, {}), "has no tags", "tags"),
        bad(tagged(identifier, AWS_OWN), "has no tags", "tags"),
        bad(tagged(identifier, OWNED), "Tag owner is missing.", "tags.owner", requiredKeyTags="team,owner"),
        bad(tagged(identifier, OWNED), "Tag Team is missing", "tags.Team", requiredKeyTags="Team"),
    )


LOWER = ("APIGATEWAY", "ELASTICBEANSTALK", "IAM_", "LAMBDA_")
"""Beginnings of those whose type has `description`; the others spell it as CloudFormation does."""
OWN_MEMBER = {"CLOUDWATCH_ALARM_DESCRIPTION": "alarmDescription", "SAGEMAKER_IMAGE_DESCRIPTION": "ImageDescription"}


UNSPELLED = {"OPENSEARCHSERVERLESS_COLLECTION_DESCRIPTION", "SAGEMAKER_IMAGE_DESCRIPTION"}
"""Those for whose type the schema has no description."""


def described(identifier: str) -> tuple[Case, ...]:
    member = OWN_MEMBER.get(identifier, "description" if identifier.startswith(LOWER) else "Description")
    return of(
        identifier,
        good({member: "what it is for"}),
        bad({}, "is not set", "description" if member == "Description" else member),
        bad({member: ""}, "is empty", member),
    )


def environment(**changes: object) -> Document:
    return {"Type": "MANAGED", "ComputeResources": {"Type": "EC2", **changes}}


BATCH = "BATCH_MANAGED_COMPUTE_ENV_COMPUTE_RESOURCES_TAGGED"
PREDEFINED: Document = {"tags": {}, "configuration": {"Name": "AppConfig.AllAtOnce"}}
SPECIAL = (
    *of(
        BATCH,
        good(environment(Tags=OWNED), requiredKeyTags="team"),
        bad(environment(), "has no tags", "ComputeResources.Tags"),
        bad(environment(Tags=OWNED), "owner", "ComputeResources.Tags.owner", requiredKeyTags="owner"),
        out({"Type": "UNMANAGED"}, "not managed"),
    ),
    *of(
        "APPCONFIG_DEPLOYMENT_STRATEGY_TAGGED",
        out(PREDEFINED, "is predefined"),
        bad(PREDEFINED, "has no tags", "tags", includePredefinedSystemResources="true"),
    ),
    *(
        case
        for identifier, configuration in IN_SCOPE.items()
        if "LB_" in identifier
        for other in IN_SCOPE.values()
        if other != configuration and other.keys() == configuration.keys()
        for case in of(identifier, out({"tags": OWNED, "configuration": other}, "load balancer"))
    ),
)
REQUIRED = of(
    "REQUIRED_TAGS",
    good({"tags": OWNED}, tag1Key="team"),
    good({"tags": OWNED}, tag1Key="team", tag1Value="shipping, payments", tag2Key="cost-center"),
    bad({"tags": OWNED}, "Tag CostCenter is missing", "tags.CostCenter"),
    bad({"tags": OWNED}, "Tag CostCenter is missing", "tags.CostCenter", tag1Key="CostCenter"),
    bad({"tags": OWNED}, "another value than shipping", "tags.team", tag1Key="team", tag1Value="shipping"),
    bad({"tags": {}}, "Tag a is missing; tag b is missing.", "tags.a", tag1Key="a", tag2Key="b"),
    *(
        bad(
            {"tags": {"team": "payments"}},
            "another value than shipping",
            "tags.team",
            **{"tag1Key": "team", f"tag{number}Key": "team", f"tag{number}Value": "shipping"},
        )
        for number in range(2, 7)
    ),
)
CASES = (
    *(case for identifier in FAMILY if identifier != BATCH for case in of_the_family(identifier)),
    *(case for identifier in DESCRIBED for case in described(identifier)),
    *SPECIAL,
    *REQUIRED,
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_says(case: Case) -> None:
    prove(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_rule_reads_is_enough(case: Case) -> None:
    prove_reads(case)


def test_every_rule_and_parameter_has_its_cases() -> None:
    assert missing("tags", CASES) == []


def test_the_families_are_those_of_the_catalogue_with_a_type_each() -> None:
    known = [each for each in catalogue().values() if each.identifier.endswith(("_TAGGED", "_DESCRIPTION"))]
    assert {each.identifier for each in known} == {*FAMILY, *DESCRIBED}
    assert all(len(each.types) == 1 for each in known)


@pytest.mark.parametrize("identifier", EVERY)
def test_a_rule_is_asked_of_its_own_type_only(identifier: str) -> None:
    managed = catalogue()[identifier]
    others = sorted({kind for each in EVERY for kind in catalogue()[each].types} - {*managed.types})
    assert types_of({}, managed) == managed.types
    assert types_of({"ComplianceResourceTypes": [*others, managed.types[0]]}, managed) == (managed.types[0],)
    assert types_of({"ComplianceResourceTypes": others}, managed) == ()


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference is not there")
@pytest.mark.parametrize("identifier", EVERY)
def test_a_rule_has_the_type_that_aws_gives_it(identifier: str) -> None:
    known = json.loads((REFERENCE / "managed-rules.json").read_text("utf-8"))["rules"]
    (documented,) = (each for each in known if each["identifier"] == identifier)
    assert list(catalogue()[identifier].types) == documented["resource_types"]


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference is not there")
def test_the_cases_of_descriptions_spell_them_as_their_types_do() -> None:
    types = json.loads((REFERENCE / "resource-schema.json").read_text("utf-8"))["types"]
    told = {}
    for case in CASES:
        if case.identifier in DESCRIBED and case.compliance == "COMPLIANT":
            kind = catalogue()[case.identifier].types[0]
            found = {
                path for path in types.get(kind, {}) if path.lower().endswith("description") and path.count(".") == 1
            }
            if found:
                told[case.identifier] = ({f"configuration.{name}" for name in case.item["configuration"]}, found)
    assert len(told) == len(DESCRIBED) - len(UNSPELLED)
    assert UNSPELLED.isdisjoint(told)
    assert all(written <= found for written, found in told.values())
