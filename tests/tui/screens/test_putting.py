"""The forms that put rules and packs: fields by kind, what is wrong before anything is sent, and the question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import TextArea

from backend.model.compliance import Pack, PackRule, Rule
from backend.model.item import Document
from backend.model.problem import Refused
from tests.tui.fake_session import World
from tests.tui.opened import GRID, SMALL, WIDE, Opened, opened
from tests.tui.test_rule_drafts import TEMPLATE
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import Row
from tui.screens.library import LibraryScreen
from tui.screens.putting import PutScreen
from tui.screens.types import TypesScreen
from tui.widgets.choice import Choice
from tui.widgets.plain_input import PlainInput

SSH = Rule(name="ssh", owner="AWS", identifier="INCOMING_SSH_DISABLED", compliance="NON_COMPLIANT")
KEYS: Document = {
    "ConfigRuleName": "keys",
    "ConfigRuleArn": "arn",
    "Source": {"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"},
    "InputParameters": '{"maxAccessKeyAge": "45"}',
    "MaximumExecutionFrequency": "Six_Hours",
    "EvaluationModes": [{"Mode": "DETECTIVE"}],
}
OWN: Document = {
    "ConfigRuleName": "own",
    "Source": {
        "Owner": "CUSTOM_POLICY",
        "CustomPolicyDetails": {"PolicyRuntime": "guard-2.x.x", "PolicyText": "rule a { tags exists }"},
    },
    "Scope": {"ComplianceResourceTypes": ["AWS::EC2::Volume"]},
}


def world() -> World:
    rules = [
        SSH,
        Rule(name="keys", owner="AWS", identifier="ACCESS_KEYS_ROTATED"),
        Rule(name="own", owner="CUSTOM_POLICY"),
        Rule(name="judged", owner="CUSTOM_LAMBDA", identifier="arn:aws:lambda:x:1:function:judge"),
    ]
    judged: Document = {"ConfigRuleName": "judged", "Source": {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": "arn"}}
    return World(rules=rules, definitions={"keys": KEYS, "own": OWN, "judged": judged})


async def form(it: Opened, line: str) -> PutScreen:
    """The form that a line opens."""
    await it.line(line)
    for _ in range(100):
        if isinstance(it.app.screen, PutScreen):
            break
        await it.pilot.pause(0.02)
    await looked(it)
    assert isinstance(it.app.screen, PutScreen), it.text
    return it.app.screen


async def looked(it: Opened) -> None:
    """Until what was typed has been looked through."""
    for _ in range(2):  # a template that was read is looked through after that
        await it.pilot.pause(PutScreen.pause + 0.02)
        while any(worker.group in ("form", "template", "policy-file") for worker in it.app.workers):
            await it.pilot.pause(0.01)
    await it.settle()


def field(it: Opened, label: str) -> PlainInput | Choice:
    found = next(row.field for row in it.app.screen.query(Row) if str(row.label.render()).strip() == label)
    assert isinstance(found, PlainInput | Choice)
    return found


async def put(it: Opened) -> None:
    """Put it, and say yes."""
    await it.press("ctrl+r")
    await looked(it)
    assert isinstance(it.app.screen, ConfirmScreen), it.text
    await it.press("y")
    await it.settle()


# Managed rules


@pytest.mark.parametrize("size", [SMALL, GRID, WIDE])
async def test_from_the_library_a_rule_is_put_with_the_defaults_of_aws(size: tuple[int, int]) -> None:
    async with opened(size, world=world()) as it:
        await it.line("library access-keys-rotated")
        await it.pilot.pause(0.3)
        await it.press("enter")
        await looked(it)
        assert "access-keys-rotated" in it.row("name")
        assert field(it, "maxAccessKeyAge").value == "90"
        assert "every 24 h, as AWS assumes" in it.row("runs")
        await put(it)
        assert it.world.calls == ["put access-keys-rotated"]
        assert it.world.definitions["access-keys-rotated"] == {
            "ConfigRuleName": "access-keys-rotated",
            "Source": {"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"},
            "InputParameters": '{"maxAccessKeyAge": "90"}',
        }
        assert "The rule access-keys-rotated is put" in it.text
        assert isinstance(it.app.screen, LibraryScreen)


async def test_parameters_are_checked_by_kind_as_one_types_and_nothing_wrong_is_put() -> None:
    async with opened(SMALL, world=world()) as it:
        await form(it, "put access-keys-rotated")
        field(it, "maxAccessKeyAge").focus()
        await it.settle()
        assert "maxAccessKeyAge: a whole number, required; AWS assumes 90" in it.text
        await it.type("x")
        await looked(it)
        assert "it takes a whole number" in " ".join(it.text.split())
        await it.press("enter")
        await looked(it)
        assert isinstance(it.app.screen, PutScreen)
        value = field(it, "maxAccessKeyAge")
        value.value = ""
        await looked(it)
        assert "It is required: a whole number." in it.text
        value.value = "30"
        await looked(it)
        assert "enter puts it" in it.text
        assert it.world.calls == []


async def test_a_boolean_is_a_choice() -> None:
    async with opened(GRID, world=world()) as it:
        await form(it, "put iam-password-policy")
        assert isinstance(field(it, "RequireSymbols"), Choice)
        assert isinstance(field(it, "MinimumPasswordLength"), PlainInput)


async def test_what_it_looks_at_is_all_some_one_resource_or_a_tag() -> None:
    async with opened(GRID, world=world()) as it:
        page = await form(it, "put elb-logging-enabled")
        types = ["AWS::ElasticLoadBalancing::LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer"]
        assert sorted(page.draft().document()["Scope"]["ComplianceResourceTypes"]) == types
        judges = field(it, "judges")
        judges.focus()
        await it.press("right")
        await looked(it)
        assert "No type is chosen" in it.text
        await it.press("enter")
        assert isinstance(it.app.screen, TypesScreen)
        await it.press("space", "enter")
        assert len(page.draft().document()["Scope"]["ComplianceResourceTypes"]) == 1
        await it.press("right")
        await looked(it)
        assert "the id of one resource" in it.text
        field(it, "id").value = "app/web"
        await looked(it)
        scope = page.draft().document()["Scope"]
        assert scope["ComplianceResourceId"] == "app/web"
        assert len(scope["ComplianceResourceTypes"]) == 1
        judges.focus()
        await it.press("right")
        await looked(it)
        assert "tag keys are compared exactly" in it.text
        field(it, "tag key").value = "Team"
        await looked(it)
        assert page.draft().document()["Scope"] == {"TagKey": "Team"}
        assert "enter puts it" in it.text


async def test_document_and_command_are_shown_and_the_command_says_the_same() -> None:
    async with opened(GRID, world=world()) as it:
        page = await form(it, "put access-keys-rotated")
        await it.press("ctrl+n")
        assert '"SourceIdentifier": "ACCESS_KEYS_ROTATED"' in it.text
        await it.press("ctrl+n")
        assert "aws configservice put-config-rule" in it.text
        assert "--region ap-southeast-1" in it.text
        told = page.command().split("--config-rule ")[1].split(" \\\n")[0].strip("'")
        assert json.loads(told) == page.draft().document()


async def test_a_name_that_is_taken_gets_a_number_and_cannot_be_taken_again() -> None:
    taken = world()
    taken.rules.append(Rule(name="access-keys-rotated", owner="AWS"))
    async with opened(SMALL, world=taken) as it:
        await form(it, "put access-keys-rotated")
        assert "access-keys-rotated-2" in it.row("name")
        field(it, "name").value = "keys"
        await looked(it)
        assert "There is a rule of this name" in it.text


async def test_what_the_service_refuses_stands_in_the_form() -> None:
    refusing = world()
    refusing.fails["changes"] = Refused("The rule cannot be put", "the account has 1,000 rules already")
    async with opened(SMALL, world=refusing) as it:
        await form(it, "put access-keys-rotated")
        await put(it)
        assert isinstance(it.app.screen, PutScreen)
        assert "The rule cannot be put: the account has 1,000 rules already." in " ".join(it.text.split())
        assert it.world.calls == []
        assert it.app.workspace.mishaps[-1].place == "putting"


async def test_no_means_no() -> None:
    async with opened(SMALL, world=world()) as it:
        await form(it, "put access-keys-rotated")
        await it.press("enter")
        await looked(it)
        await it.press("n")
        assert isinstance(it.app.screen, PutScreen)
        assert it.world.calls == []


@pytest.mark.requirement("INV-10")
async def test_read_only_the_form_shows_the_command_and_puts_nothing() -> None:
    async with opened(SMALL, world=world(), read_only=True) as it:
        await form(it, "put access-keys-rotated")
        assert "Nothing can be changed here" in it.text
        assert "nothing: read-only" in it.row("esc leave")
        await it.press("enter")
        await looked(it)
        assert isinstance(it.app.screen, PutScreen)
        assert "aws configservice put-config-rule" in it.text
        assert it.world.calls == []


async def test_a_name_that_is_no_rule_is_searched_for() -> None:
    async with opened(SMALL, world=world()) as it:
        await it.line("put volumes")
        await it.settle()
        assert isinstance(it.app.screen, LibraryScreen)
        assert "There is no managed rule “volumes”" in it.text


# Changing


async def test_a_rule_is_changed_from_its_page_and_only_the_difference_is_told() -> None:
    async with opened(GRID, world=world(), landing="compliance") as it:
        await it.line("filter keys")
        await it.press("i", "c")
        await looked(it)
        page = it.app.screen
        assert isinstance(page, PutScreen)
        assert field(it, "name").disabled
        assert "every 6 h" in it.row("runs")
        field(it, "maxAccessKeyAge").value = "30"
        await it.press("ctrl+r")
        await looked(it)
        assert "maxAccessKeyAge  45 → 30" in it.text
        assert "Change the rule keys?" in it.text
        assert "every   " not in it.text
        await it.press("y")
        await it.settle()
        changed = it.world.definitions["keys"]
        assert changed["InputParameters"] == '{"maxAccessKeyAge": "30"}'
        assert changed["MaximumExecutionFrequency"] == "Six_Hours"
        assert "ConfigRuleArn" not in changed


async def test_a_rule_with_a_policy_has_its_own_form_and_one_with_a_function_none() -> None:
    async with opened(GRID, world=world()) as it:
        page = await form(it, "change own")
        assert page.query_one(TextArea).text == "rule a { tags exists }"
        assert page.draft().document()["Scope"] == OWN["Scope"]
        await it.press("escape")
        await it.line("change judged")
        await it.settle()
        assert "judged is judged by a function" in it.text


# Policies


async def test_a_policy_about_one_resource_stays_about_it_until_other_types_are_chosen() -> None:
    there = world()
    there.definitions["own"] = {
        **OWN,
        "Scope": {"ComplianceResourceTypes": ["AWS::S3::Bucket"], "ComplianceResourceId": "ledger"},
    }
    async with opened(GRID, world=there) as it:
        page = await form(it, "change own")
        assert page.draft().document()["Scope"]["ComplianceResourceId"] == "ledger"
        field(it, "judges").focus()
        await it.press("left")
        assert "Scope" not in page.draft().document()


async def test_a_policy_is_told_by_line_and_column_before_it_is_put(tmp_path: Path) -> None:
    path = tmp_path / "tagged.guard"
    path.write_text("rule tagged {\n  tags.Owner === 1\n}")
    async with opened(SMALL, world=world()) as it:
        page = await form(it, f"policy {path}")
        assert field(it, "name").value == "tagged"
        assert "line 2, column 16" in it.text
        await it.press("ctrl+r")
        await looked(it)
        assert isinstance(it.app.screen, PutScreen)
        page.query_one(TextArea).text = "rule tagged {\n  tags.Owner exists\n}"
        await looked(it)
        assert "It can be read." in it.text
        await put(it)
        source = it.world.definitions["tagged"]["Source"]
        assert source["Owner"] == "CUSTOM_POLICY"
        assert source["CustomPolicyDetails"]["PolicyText"] == "rule tagged {\n  tags.Owner exists\n}"
        assert {detail["MessageType"] for detail in source["SourceDetails"]} == {
            "ConfigurationItemChangeNotification",
            "OversizedConfigurationItemChangeNotification",
        }


async def test_a_policy_file_is_loaded_into_the_form_and_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "mine.guard"
    path.write_text("rule mine { tags exists }")
    async with opened(GRID, world=world(), landing="compliance") as it:
        await it.press("A")
        await looked(it)
        await it.press("ctrl+l")
        await it.type(str(path))
        await it.press("enter")
        await looked(it)
        assert it.app.screen.query_one(TextArea).text == "rule mine { tags exists }"
        await it.press("ctrl+l")
        await it.type(str(tmp_path / "none.guard"))
        await it.press("enter")
        await looked(it)
        assert "none.guard cannot be read" in it.text


async def test_types_of_a_policy_are_chosen_from_those_there_can_be() -> None:
    async with opened(GRID, world=world()) as it:
        page = await form(it, "policy")
        assert "Scope" not in page.draft().document()
        field(it, "judges").focus()
        await it.press("right")
        await looked(it)
        assert "No type is chosen" in it.text
        await it.press("enter", "space", "enter")
        assert len(page.draft().document()["Scope"]["ComplianceResourceTypes"]) == 1


# Packs


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_pack_is_put_from_a_template_after_a_report_of_its_rules(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "basics.yaml"
    path.write_text(TEMPLATE)
    async with opened(size, world=world()) as it:
        await form(it, f"pack {path}")
        await looked(it)
        assert field(it, "name").value == "basics"
        assert field(it, "Age").value == "90"
        assert "It needs a value: it has no default." in it.text
        field(it, "Team").value = "shop"
        await looked(it)
        assert "2 rules, 1 of them evaluated by the local engine." in it.text
        assert "✓ keys" in it.text
        assert "? asked" in it.text
        await put(it)
        assert it.world.calls == ["put pack basics Age=90 Team=shop"]
        assert it.world.templates["basics"] == TEMPLATE


async def test_the_fields_of_a_pack_are_those_of_the_file_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "1st basics.yaml"
    path.write_text(TEMPLATE)
    async with opened(SMALL, world=world(), landing="compliance") as it:
        await it.press("K")
        await looked(it)
        assert "Name the file of a template" in it.text
        await it.type(str(path))
        await looked(it)
        assert field(it, "Team").value == ""
        assert field(it, "name").value == "pack-1st-basics"
        path.write_text(TEMPLATE.replace("  Team: {Type: String}\n", "").replace("{Ref: Team}", "x"))
        await it.press("ctrl+r")
        await looked(it)
        assert isinstance(it.app.screen, ConfirmScreen)
        await it.press("n")
        assert [row.field.id for row in it.app.screen.query(Row)][:2] == ["put-path", "put-name"]
        assert len(it.app.screen.query(Row)) == 3


# Deleting


async def test_a_rule_is_deleted_when_the_person_says_so() -> None:
    async with opened(SMALL, world=world(), landing="compliance") as it:
        await it.press("delete")
        assert "Delete the rule ssh?" in it.text
        assert "aws configservice delete-config-rule" in it.text
        await it.press("n")
        assert it.world.calls == []
        await it.press("delete", "y")
        assert it.world.calls == ["delete ssh"]
        await it.line("delete nothing")
        assert "There is no rule and no conformance pack nothing here" in it.text


async def test_a_pack_is_deleted_with_its_rules() -> None:
    packed = world()
    packed.packs = [Pack(name="basics", rules=(PackRule("keys", "COMPLIANT"),))]
    async with opened(GRID, world=packed) as it:
        await it.line("verdicts packs")
        await it.settle()
        await it.press("delete")
        assert "Delete the conformance pack basics?" in it.text
        assert "1 rule" in it.row("with it")
        await it.press("y")
        assert it.world.calls == ["delete pack basics"]
        await it.line("delete basics")
        await it.press("y")
        assert it.world.calls == ["delete pack basics"] * 2


@pytest.mark.requirement("INV-10")
async def test_read_only_nothing_is_deleted() -> None:
    async with opened(SMALL, world=world(), landing="compliance", read_only=True) as it:
        await it.press("delete")
        assert "Delete the rule “" not in it.text
        assert "Delete the rule or pack: read-only" in it.text
        await it.line("delete ssh")
        assert it.world.calls == []


async def test_what_was_typed_is_left_only_when_the_person_says_so_twice() -> None:
    async with opened(SMALL, world=world()) as it:
        await form(it, "put access-keys-rotated")
        await it.press("escape")
        assert not isinstance(it.app.screen, PutScreen), "nothing was typed"
        await form(it, "put access-keys-rotated")
        await it.press("x")
        await looked(it)
        await it.press("escape")
        assert isinstance(it.app.screen, PutScreen)
        assert "esc again leaves, and what was typed is lost" in it.text
        await it.press("y")
        await looked(it)
        assert "esc again" not in it.text
        await it.press("escape", "escape")
        assert not isinstance(it.app.screen, PutScreen)


async def test_long_names_of_parameters_leave_room_for_what_is_typed() -> None:
    async with opened((60, 16), world=world()) as it:
        await form(it, "put s3-lifecycle-policy-check")
        labels = {row.label.region.width for row in it.app.screen.query(Row)}
        assert max(labels) <= 60 * 2 // 5
        await it.pilot.resize_terminal(*SMALL)
        await it.settle()
        assert max(row.label.region.width for row in it.app.screen.query(Row)) > 60 * 2 // 5, "names follow the size"
