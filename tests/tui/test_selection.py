from __future__ import annotations

from backend.model.item import ResourceKey
from tui.selection import REMEMBERED, Selection, View

VOLUME = ResourceKey("AWS::EC2::Volume", "vol-1")
INSTANCE = ResourceKey("AWS::EC2::Instance", "i-1")
VPC = ResourceKey("AWS::EC2::VPC", "vpc-1")
SUBNET = ResourceKey("AWS::EC2::Subnet", "subnet-1")


def test_nothing_is_chosen_and_the_moment_is_now() -> None:
    selection = Selection()
    assert selection.view == View(None, None)
    assert not selection.back()
    assert not selection.forward()


def test_back_and_forward_walk_the_resources_chosen() -> None:
    selection = Selection()
    for resource in (VOLUME, INSTANCE, SUBNET):
        selection.choose(resource)
    assert selection.back()
    assert selection.resource == INSTANCE
    assert selection.back()
    assert selection.resource == VOLUME
    assert not selection.back()
    assert selection.forward()
    assert selection.resource == INSTANCE


def test_a_choice_after_going_back_forgets_what_lay_ahead() -> None:
    selection = Selection()
    selection.choose(VOLUME)
    selection.choose(INSTANCE)
    selection.back()
    selection.choose(SUBNET)
    assert not selection.can_go_forward
    assert selection.back()
    assert selection.resource == VOLUME


def test_choosing_the_same_resource_again_is_no_step() -> None:
    selection = Selection()
    selection.choose(VOLUME)
    selection.choose(VOLUME)
    assert not selection.can_go_back


def test_only_so_many_resources_are_remembered() -> None:
    selection = Selection()
    for number in range(REMEMBERED + 50):
        selection.choose(ResourceKey("AWS::EC2::Volume", f"vol-{number}"))
    steps = 0
    while selection.back():
        steps += 1
    assert steps == REMEMBERED - 1
    assert selection.resource == ResourceKey("AWS::EC2::Volume", "vol-50")


def test_listeners_hear_each_change_once() -> None:
    selection = Selection()
    heard: list[View] = []
    selection.listen(heard.append)
    selection.choose(VOLUME)
    selection.choose(VOLUME)
    selection.look_at(1_000)
    selection.look_at(1_000)
    selection.look_at(None)
    assert heard == [View(VOLUME, None), View(VOLUME, 1_000), View(VOLUME, None)]


def test_rows_passed_by_the_cursor_are_not_steps_of_the_way_back() -> None:
    selection = Selection()
    selection.choose(VPC)
    for resource in (VOLUME, INSTANCE, SUBNET):
        selection.choose(resource, passing=True)
    assert selection.resource == SUBNET
    assert selection.back()
    assert selection.resource == VPC


def test_a_row_passed_and_then_opened_is_a_step() -> None:
    selection = Selection()
    selection.choose(VPC)
    selection.choose(INSTANCE, passing=True)
    selection.choose(INSTANCE)
    selection.choose(SUBNET)
    assert selection.back()
    assert selection.resource == INSTANCE


def test_a_choice_made_from_a_passed_row_returns_to_it() -> None:
    selection = Selection()
    selection.choose(VPC)
    selection.choose(INSTANCE, passing=True)
    selection.choose(VOLUME)
    assert selection.back()
    assert selection.resource == INSTANCE


def test_passing_back_to_where_one_came_from_is_no_step() -> None:
    selection = Selection()
    selection.choose(VPC)
    selection.choose(INSTANCE, passing=True)
    selection.choose(VPC, passing=True)
    assert selection.resource == VPC
    assert not selection.can_go_back
