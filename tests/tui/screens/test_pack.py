"""A conformance pack over time, out of the items that AWS Config records of its verdict."""

from __future__ import annotations

import pytest

from backend.model.compliance import Pack, PackRule
from backend.model.coverage import PACK_COMPLIANCE_TYPE
from backend.model.item import ConfigurationItem, ResourceKey
from backend.model.moment import HOUR, Moment
from tests.tui.fake_session import NOW, World, item
from tests.tui.opened import GRID, SMALL, opened
from tui.screens.pack import stages

KEY = ResourceKey(PACK_COMPLIANCE_TYPE, "conformance-pack-1")
PACK = Pack(
    name="basics",
    status="CREATE_COMPLETE",
    compliance="NON_COMPLIANT",
    score=87.5,
    rules=(PackRule("ssh", "NON_COMPLIANT"), PackRule("volumes", "COMPLIANT")),
)


def told(captured: Moment, **rules: str) -> ConfigurationItem:
    said = list(rules.values())
    body = {
        "compliantRuleCount": said.count("COMPLIANT"),
        "nonCompliantRuleCount": said.count("NON_COMPLIANT"),
        "totalRuleCount": len(said),
        "configRuleList": [{"configRuleName": name, "complianceType": each} for name, each in rules.items()],
    }
    return item(KEY, "basics", captured=captured, configuration=body)


def history() -> list[ConfigurationItem]:
    return [
        told(NOW - HOUR, ssh="NON_COMPLIANT", volumes="COMPLIANT"),
        told(NOW - 5 * HOUR, ssh="COMPLIANT", volumes="COMPLIANT"),
        told(NOW - 9 * HOUR, ssh="COMPLIANT", volumes="NON_COMPLIANT"),
    ]


def test_each_item_tells_the_share_and_what_changed() -> None:
    newest, middle, oldest = stages(history())
    assert (newest.share, newest.broke, newest.mended) == (0.5, ("ssh",), ())
    assert (middle.share, middle.broke, middle.mended) == (1.0, (), ("volumes",))
    assert (oldest.share, oldest.broke) == (0.5, ("volumes",))


@pytest.mark.parametrize("size", [GRID, SMALL])
async def test_the_page_shows_the_line_and_leads_to_a_moment(size: tuple[int, int]) -> None:
    world = World(packs=[PACK])
    world.estate[KEY] = history()
    async with opened(size, world=world) as it:
        await it.line("verdicts packs")
        await it.press("i")
        await it.settle()
        assert "87.5 % of resources in order" in it.text
        assert "broke ssh" in it.text
        assert "mended volumes" in it.text
        assert "▅█▅" in it.text
        await it.press("down", "enter")
        assert it.app.workspace.selection.moment == NOW - 5 * HOUR


async def test_packs_fold_and_the_broken_rules_stand_first() -> None:
    other = Pack(name="other", compliance="COMPLIANT", rules=(PackRule("buckets", "COMPLIANT"),))
    async with opened(GRID, world=World(packs=[PACK, other])) as it:
        await it.line("verdicts packs")
        await it.settle()
        assert "▸ basics" in it.text
        assert "volumes" not in it.box("compliance")
        await it.press("enter")
        assert "▾ basics" in it.text
        assert it.box("compliance").index("ssh") < it.box("compliance").index("volumes")
        assert "buckets" not in it.box("compliance")
