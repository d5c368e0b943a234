"""What a policy over many items costs, against AWS's own engine of Guard."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

from backend.rules.guard import parse
from tests.benchmarks.measure import Ratio, ratio

ITEMS = 10_000
ITEM_BYTES = 1_750
POLICY = """
rule has_an_owner {
    tags.Owner exists
    tags.Stage in ['prod', 'dev', 'test']
}
rule no_open_port when resourceType == 'AWS::EC2::SecurityGroup' {
    let open = configuration.ipPermissions[ some ipv4Ranges[*].cidrIp == '0.0.0.0/0' ]
    when %open !empty {
        %open { fromPort > 22 or toPort < 22 <<port 22 is open to the world>> }
    }
    configuration.vpcId == /^vpc-/
}
"""


def guarding() -> Iterator[Ratio]:
    try:
        engine = importlib.import_module("cfn_guard_rs.cfn_guard_rs")
    except ImportError:
        print("guard: skipped, cfn-guard-rs has no wheel for this Python", flush=True)
        return
    items = [_item(number) for number in range(ITEMS)]

    def ours() -> None:
        policy = parse(POLICY)
        for item in items:
            policy.check(item)

    def theirs() -> None:
        for item in items:
            engine.run_checks_rs(json.dumps(item), POLICY, True)

    against = "cfn-guard-rs on the same items"
    yield ratio(f"a policy of two rules over {ITEMS:,} items", ours, theirs, against, goal=0.33, rounds=3)


def _item(number: int) -> dict[str, Any]:
    """A security group of about 1.75 KB; in every third, port 22 is open."""
    cidr = "0.0.0.0/0" if number % 3 == 0 else "10.0.0.0/8"
    port = 22 if number % 3 == 0 else 443
    permission = {
        "fromPort": port,
        "toPort": port,
        "ipProtocol": "tcp",
        "ipv4Ranges": [{"cidrIp": cidr}],
        "ipv6Ranges": [],
        "prefixListIds": [],
        "userIdGroupPairs": [],
    }
    item: dict[str, Any] = {
        "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": f"sg-{number:017x}",
        "awsRegion": "eu-west-1",
        "tags": {"Owner": "sea", "Stage": "prod"} if number % 2 else {"Stage": "prod"},
        "relationships": [],
        "configuration": {
            "groupId": f"sg-{number:017x}",
            "vpcId": f"vpc-{number:017x}",
            "ipPermissions": [permission] * 5,
        },
    }
    while len(json.dumps(item)) < ITEM_BYTES:
        link = {"resourceId": f"eni-{len(item['relationships']):017x}", "resourceType": "AWS::EC2::NetworkInterface"}
        item["relationships"].append({**link, "name": "Is associated with NetworkInterface"})
    return item
