from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from backend.model.compliance import Evaluation, Pack, PackRule, Rule
from backend.model.moment import DAY, HOUR, MINUTE
from backend.model.problem import Denied
from backend.model.security import is_security_rule
from backend.model.stream import StreamMessage
from backend.model.verdicts import verdict_key
from tests.tui.fake_session import BUCKET, GROUP, INSTANCE, NOW, VOLUME, World
from tests.tui.opened import GRID, SMALL, WIDE, opened
from tui.panes.compliance_views import read_filter, trigger_words
from tui.screens.item import ItemScreen


@pytest.mark.requirement("RUL-12")
async def test_rules_are_sorted_by_how_much_breaks_them() -> None:
    world = World()
    world.rules.append(
        Rule(name="required-tags", compliance="NON_COMPLIANT", non_compliant_count=25, count_capped=True)
    )
    async with opened(world=world) as it:
        rows = it.box("compliance").splitlines()
        names = [
            next(number for number, row in enumerate(rows) if name in row)
            for name in ("required-tags", "volumes", "ssh")
        ]
        assert names == sorted(names)
        assert "✗  25+ required-tags" in it.box("compliance")
        assert "✗ 2 of 3 broken" in it.row("5 Compliance")


@pytest.mark.requirement("RUL-13")
async def test_violations_show_resource_rule_time_and_annotation() -> None:
    async with opened(SMALL) as it:
        await it.press("5")
        assert it.row("encrypted-volumes").split()[:3] == ["▌✗", "1", "encrypted-volumes"]
        row = it.row("vol-0b2")
        assert "Volume vol-0b2" in row
        assert "1 h" in row
        assert "The volume is not encrypted." in row


@pytest.mark.requirement("RUL-13")
async def test_a_violation_leads_to_the_resource() -> None:
    async with opened(GRID) as it:
        await it.press("5", "enter", "enter")
        assert it.app.workspace.resource == VOLUME
        assert "vol-0b2" in it.lines[1]
        await it.press("escape")
        assert "5 Compliance" in it.text


async def test_the_violations_follow_the_rule_under_the_cursor() -> None:
    world = World()
    world.rules.append(Rule(name="required-tags", compliance="NON_COMPLIANT", non_compliant_count=2))
    world.evaluations += [
        Evaluation(
            rule="required-tags",
            resource_type=key.resource_type,
            resource_id=key.resource_id,
            compliance="NON_COMPLIANT",
            recorded_time=NOW,
        )
        for key in (GROUP, BUCKET)
    ]
    async with opened(SMALL, world=world) as it:
        await it.press("5")
        assert "SecurityGroup open-door" in it.text
        assert "vol-0b2" not in it.text
        await it.press("j")
        assert "vol-0b2" in it.text
        await it.press("j")
        assert "Nothing breaks this rule." in it.text


@pytest.mark.requirement("STR-05")
async def test_a_verdict_that_changes_elsewhere_changes_here() -> None:
    async with opened() as it:
        it.world.rules = [replace(rule, compliance="COMPLIANT", non_compliant_count=0) for rule in it.world.rules]
        await it.changed()
        assert "✓ all 2 kept" in it.row("5 Compliance")


async def test_the_rule_under_the_cursor_is_evaluated_again_when_agreed() -> None:
    async with opened() as it:
        await it.press("5", "E")
        assert "start-config-rules-evaluation" in it.text
        assert "--config-rule-names encrypted-volumes" in it.text
        await it.press("y")
        assert it.world.calls == ["evaluate encrypted-volumes"]


async def test_rules_are_filtered() -> None:
    async with opened(SMALL) as it:
        await it.press("5")
        await it.line("filter ssh")
        assert "restricted-ssh" in it.text
        assert "encrypted-volumes" not in it.text
        assert "Nothing breaks this rule." in it.text, "what stands below is of the rule under the cursor now"


async def test_verdicts_are_those_of_then_while_another_moment_is_looked_at() -> None:
    async with opened() as it:
        await it.line("at -2d")
        assert "Verdicts as AWS Config recorded them then" in " ".join(it.box("compliance").replace("│", " ").split())
        await it.press("n")
        assert "recorded them then" not in it.box("compliance")


async def test_rules_and_violations_are_exported(tmp_path: Path) -> None:
    async with opened() as it:
        await it.press("5")
        await it.line(f"export {tmp_path / 'rules.json'}")
        told = json.loads((tmp_path / "rules.json").read_text())
        assert told["rule"] == "encrypted-volumes"
        assert told["violations"][0]["resourceId"] == "vol-0b2"


def verdict(rule: str, key: tuple[str, str], annotation: str = "", since: int = HOUR) -> Evaluation:
    return Evaluation(
        rule=rule,
        resource_type=key[0],
        resource_id=key[1],
        compliance="NON_COMPLIANT",
        annotation=annotation,
        recorded_time=NOW - since,
        invoked_time=NOW - since - MINUTE,
    )


def several() -> World:
    world = World()
    world.rules += [
        Rule(
            name="required-tags",
            compliance="NON_COMPLIANT",
            non_compliant_count=2,
            identifier="REQUIRED_TAGS",
            description="Checks that resources have the tags that you name.",
            parameters='{"tag1Key": "Team"}',
            scope_types=("AWS::EC2::Volume", "AWS::S3::Bucket"),
        ),
        Rule(
            name="root-account-mfa-enabled",
            compliance="INSUFFICIENT_DATA",
            identifier="ROOT_ACCOUNT_MFA_ENABLED",
            periodic="TwentyFour_Hours",
            last_invocation=NOW - 20 * HOUR,
            last_evaluation=NOW - 20 * HOUR,
        ),
    ]
    world.evaluations += [verdict("required-tags", VOLUME, "no Team"), verdict("required-tags", BUCKET, "no Team", DAY)]
    return world


@pytest.mark.requirement("RUL-02", "RUL-10", "RUL-16")
async def test_a_rule_tells_what_it_checks_with_what_when_it_runs_next() -> None:
    async with opened(SMALL, world=several()) as it:
        await it.press("5")
        assert "Checks that resources have the tags that you name." in it.text
        assert "when a resource changes" in it.row("runs")
        assert "tag1Key=Team" in it.row("with")
        assert "EC2 Volume, S3 Bucket" in it.row("judges")
        await it.line("filter root")
        assert "every 24 h" in it.row("runs")
        assert "last 20 h ago  next in 4 h" in it.row("runs")


@pytest.mark.requirement("RUL-12")
async def test_by_resource_the_worst_stands_first_with_all_rules_it_breaks() -> None:
    async with opened(SMALL, world=several()) as it:
        await it.press("5", "v")
        rows = [row for row in it.lines if "✗2" in row or "✗1" in row]
        assert "Volume vol-0b2" in next(row for row in rows if "encrypted-volumes, required-tags" in row)
        assert "required-tags" in it.text
        assert "no Team" in it.text
        await it.press("enter")
        assert it.app.workspace.resource == VOLUME
        assert "vol-0b2" in it.lines[1]


@pytest.mark.requirement("RUL-14", "INV-05")
async def test_the_security_view_shows_only_rules_about_security() -> None:
    async with opened(SMALL, world=several()) as it:
        await it.press("5")
        await it.line("verdicts security")
        assert "security rules" in it.lines[1] or "encrypted-volumes" in it.text
        assert "root-account-mfa-enabled" in it.text
        assert "required-tags" not in it.text
    assert not is_security_rule(Rule(name="desired-instance-type", identifier="DESIRED_INSTANCE_TYPE"))


@pytest.mark.requirement("RUL-12", "INV-08")
@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_overall_counts_rules_resources_and_types(size: tuple[int, int]) -> None:
    async with opened(size, world=several()) as it:
        await it.line("verdicts overall")
        assert "✗ broken" in it.row("4 rules")
        assert it.row("✗ broken").count("2") >= 1
        assert "2" in it.row("break a rule")
        assert "EC2 Volume" in it.text
        await it.press("j", "j", "j", "enter")
        assert it.app.dashboard.panes["compliance"].filter_text() in ("", "type:Bucket", "type:Volume")


async def test_packs_stand_as_a_tree_with_their_scores() -> None:
    world = several()
    pack = Pack(
        name="best-practices",
        status="CREATE_COMPLETE",
        compliance="NON_COMPLIANT",
        score=62.5,
        rules=(PackRule("encrypted-volumes", "NON_COMPLIANT"), PackRule("restricted-ssh", "COMPLIANT")),
    )
    async with opened(SMALL, world=world) as it:
        await it.press("5")
        await it.line("verdicts packs")
        assert "There are no conformance packs here" in it.text
        world.packs = [pack]
        await it.changed()
        assert "62 %" in it.row("best-practices")
        await it.press("j")
        assert "vol-0b2" in it.text, "what breaks the rule of the pack"


@pytest.mark.requirement("RUL-15")
async def test_the_flow_of_a_rule_has_its_four_steps_with_their_times() -> None:
    world = several()
    world.messages = [
        StreamMessage(
            message_id="c",
            time=NOW - 30 * MINUTE,
            message_type="ComplianceChangeNotification",
            resource_type=INSTANCE.resource_type,
            resource_id=INSTANCE.resource_id,
            change_type="NON_COMPLIANT",
            rule="encrypted-volumes",
        )
    ]
    async with opened(SMALL, world=world) as it:
        await it.press("5", "j", "L")
        for step in ("1 Trigger", "2 Evaluation", "3 Result", "4 Notification"):
            assert step in it.text
        assert "2026-03-07 13:22:31 UTC" in it.row("3 Result")
        assert "2026-03-07 13:52:31 UTC" in it.row("4 Notification")
        assert "time not known" in it.row("1 Trigger")
        await it.press("escape")
        assert it.app.dashboard.current.id == "compliance"


async def test_a_flow_that_may_not_be_read_says_so_in_its_page() -> None:
    world = several()
    async with opened(SMALL, world=world) as it:
        await it.press("5", "j")
        world.fails["stream"] = Denied("You are not allowed to call sqs:ReceiveMessage")
        await it.press("L")
        assert "You are not allowed to call sqs:ReceiveMessage" in it.text
        assert "defect" not in it.text


async def test_all_broken_rules_are_evaluated_at_once_when_agreed() -> None:
    async with opened(GRID, world=several()) as it:
        await it.line("evaluate all")
        assert "--config-rule-names required-tags encrypted-volumes" in it.text
        await it.press("y")
        assert it.world.calls == ["evaluate required-tags encrypted-volumes"]


async def test_a_filter_of_resources_leaves_below_what_the_row_under_the_cursor_breaks() -> None:
    async with opened(SMALL, world=several()) as it:
        await it.press("5", "v")
        assert "The volume is not encrypted." in it.text
        await it.line("filter reports")
        assert "no Team" in it.text
        assert "The volume is not encrypted." not in it.text, "what another resource breaks is not shown below"


async def test_the_note_of_a_filter_counts_packs_and_rules() -> None:
    world = several()
    rules = (PackRule("encrypted-volumes", "NON_COMPLIANT"), PackRule("restricted-ssh", "COMPLIANT"))
    world.packs = [Pack(name="best-practices", status="CREATE_COMPLETE", rules=rules)]
    async with opened(SMALL, world=world) as it:
        await it.press("5")
        await it.line("verdicts packs")
        await it.press("slash")
        await it.type("ssh")
        assert "of 3 packs and rules" in it.text


def test_a_filter_asks_for_states_rules_and_types() -> None:
    failing = Rule(name="encrypted-volumes", compliance="NON_COMPLIANT", scope_types=("AWS::EC2::Volume",))
    kept = Rule(name="restricted-ssh", compliance="COMPLIANT")
    for text, found in (
        ("is:fail", [failing]),
        ("type:volume", [failing]),
        ("rule:ssh", [kept]),
        ("is:pass ssh", [kept]),
    ):
        wanted = read_filter(text)
        assert [rule for rule in (failing, kept) if wanted.of_rule(rule)] == found, text


def test_a_trigger_is_told_in_words() -> None:
    rule = Rule(
        name="x", triggers=("ConfigurationItemChangeNotification", "ScheduledNotification"), periodic="One_Hour"
    )
    assert trigger_words(rule) == "when a resource changes, every 1 h"


async def test_violations_go_to_a_spreadsheet_as_text(tmp_path: Path) -> None:
    world = World(evaluations=[verdict("encrypted-volumes", VOLUME, "=cmd()")])
    async with opened(world=world) as it:
        await it.press("5")
        await it.line(f"export {tmp_path / 'rules.csv'}")
        assert "'=cmd()" in (tmp_path / "rules.csv").read_text()


FUNCTION = "arn:aws:lambda:ap-southeast-1:696686700433:function:baseline"


@pytest.mark.requirement("RUL-01", "RUL-04", "RUL-09")
@pytest.mark.parametrize(
    ("owner", "identifier", "told"),
    [
        ("AWS", "ENCRYPTED_VOLUMES", "AWS's managed rule ENCRYPTED_VOLUMES"),
        ("CUSTOM_LAMBDA", FUNCTION, f"your function {FUNCTION}"),
        ("CUSTOM_POLICY", "", "your Guard policy"),
    ],
)
async def test_who_judges_is_told_managed_function_or_policy(owner: str, identifier: str, told: str) -> None:
    rule = Rule(name="baseline", owner=owner, identifier=identifier, compliance="COMPLIANT")
    async with opened(WIDE, world=World(rules=[rule])) as it:
        await it.press("5", "i")
        assert told in it.row("judged by")


@pytest.mark.requirement("RUL-02", "RUL-10")
async def test_a_rule_in_full_fits_the_smallest_screen() -> None:
    world = several()
    world.rules = [
        replace(
            world.rules[-1], parameters='{"one": "1", "two": "2"}', state="ACTIVE", last_error_code="X", arn="arn:r"
        )
    ]
    async with opened(SMALL, world=world) as it:
        await it.press("5", "i")
        for words in ("one = 1", "two = 2", "every 24 h", "ACTIVE", "arn:r"):
            assert words in it.text
        assert "2026-03-06 18:22:31 UTC" in it.row("last run")
        assert "in 4 h" in it.row("next run")
        await it.press("escape")
        assert it.app.dashboard.current.id == "compliance"


@pytest.mark.requirement("RUL-14")
async def test_security_shows_findings_on_resources_that_keep_others_safe_whatever_the_rule() -> None:
    world = several()
    world.evaluations.append(verdict("required-tags", GROUP, "no Team"))
    async with opened(SMALL, world=world) as it:
        await it.press("5")
        await it.line("verdicts security")
        assert "required-tags" in it.text
        await it.press("g")
        assert "SecurityGroup open-door" in it.text
        assert "Bucket reports-sgp" not in it.text, "a tag that lacks on a bucket is no matter of security"


@pytest.mark.requirement("RUL-13")
async def test_a_key_goes_straight_to_the_timeline_and_another_to_the_history_of_verdicts() -> None:
    async with opened(SMALL) as it:
        await it.press("5", "H")
        page = it.app.screen
        assert isinstance(page, ItemScreen)
        assert it.app.workspace.resource == VOLUME
        assert page.timeline.display
        await it.press("escape", "V")
        assert it.app.workspace.resource == verdict_key(VOLUME)


@pytest.mark.parametrize("pane", ["3", "4"])
async def test_the_same_keys_do_the_same_for_a_resource_in_its_own_panes(pane: str) -> None:
    async with opened(SMALL) as it:
        await it.press("3", pane)
        assert it.app.workspace.resource == INSTANCE
        await it.press("H")
        page = it.app.screen
        assert isinstance(page, ItemScreen)
        assert page.timeline.display
        assert it.app.workspace.resource == INSTANCE
        await it.press("escape", "V")
        assert it.app.workspace.resource == verdict_key(INSTANCE)


@pytest.mark.parametrize(
    ("number", "line", "shown"), [("5", "verdicts security", "security"), ("6", "messages items", "items")]
)
async def test_the_keys_say_which_view_is_in_front(number: str, line: str, shown: str) -> None:
    async with opened(SMALL) as it:
        await it.press(number)
        await it.line(line)
        assert f"view: {shown}" in it.lines[-1]
