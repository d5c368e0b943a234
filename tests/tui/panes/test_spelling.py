from __future__ import annotations

import pytest

from backend.model.item import ResourceKey
from tui.panes.spelling import called, short_type

VOLUME = ResourceKey("AWS::EC2::Volume", "vol-1")
SERVER = ResourceKey("AWS::EC2::Instance", "i-1")
NAMES = {VOLUME: "data-1", SERVER: "web-1"}


@pytest.mark.parametrize(
    ("resource_type", "told"),
    [
        ("AWS::EC2::SecurityGroup", "EC2 SecurityGroup"),
        ("AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroup"),
        ("AWS::Config::ConfigurationRecorder", "ConfigurationRecorder"),
        ("AWS::Config::ResourceCompliance", "Config ResourceCompliance"),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "ELBv2 TargetGroup"),
        ("AWS::ElasticLoadBalancing::LoadBalancer", "ELB LoadBalancer"),
        ("AWS::::Account", "Account"),
        ("MyCompany::Billing::Invoice", "MyCompany::Billing::Invoice"),
    ],
)
def test_a_type_is_told_in_short(resource_type: str, told: str) -> None:
    assert short_type(resource_type) == told


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (VOLUME, "data-1"),
        (ResourceKey("AWS::EC2::Volume", "vol-2"), "vol-2"),
        (ResourceKey("AWS::Config::ResourceCompliance", "AWS::EC2::Volume/vol-1"), "Volume data-1"),
        (ResourceKey("AWS::Config::ResourceCompliance", "AWS::EC2::Volume/vol-2"), "Volume vol-2"),
        (ResourceKey("AWS::Config::ResourceCompliance", "AWS::::Account/696686700433"), "Account 696686700433"),
        (ResourceKey("AWS::SSM::ManagedInstanceInventory", "i-1"), "web-1"),
        (ResourceKey("AWS::SSM::ManagedInstanceInventory", "mi-1"), "mi-1"),
    ],
)
def test_what_is_kept_about_another_resource_is_called_by_its_name(key: ResourceKey, told: str) -> None:
    assert called(key, NAMES) == told
