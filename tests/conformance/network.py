"""The little network that the invariants are tried on: its types, their links, and what can be set and broken."""

from __future__ import annotations

from backend.model.item import Document
from backend.model.moment import MINUTE, SECOND

VPC, SUBNET, GROUP = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroup"
INSTANCE, VOLUME = "AWS::EC2::Instance", "AWS::EC2::Volume"
RECORDER = "AWS::Config::ConfigurationRecorder"
ITS_OWN = ("AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue", RECORDER)
TYPES = (VPC, SUBNET, GROUP, INSTANCE, VOLUME, *ITS_OWN, "AWS::Config::ResourceCompliance")

LINKS = {
    SUBNET: ((VPC, "Is contained in Vpc"),),
    GROUP: ((VPC, "Is contained in Vpc"),),
    INSTANCE: (
        (SUBNET, "Is contained in Subnet"),
        (GROUP, "Is associated with SecurityGroup"),
        (VOLUME, "Is attached to Volume"),
    ),
}
"""What a resource of a type may link to; the items of both ends tell of all of these (recorded: the old EC2 family)."""

GROUPS: dict[str, Document] = {
    "all": {"allSupported": True, "includeGlobalResourceTypes": True},
    "named": {"resourceTypes": [INSTANCE, VOLUME]},
    "most": {
        "exclusionByResourceTypes": {"resourceTypes": [SUBNET]},
        "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
    },
}

FAULTS: dict[str, Document] = {
    "access-denied": {},
    "slow-down": {},
    "delivery-lag": {"milliseconds": 5 * SECOND},
    "stream-lag": {"milliseconds": MINUTE},
    "empty-pages": {},
}
REFUSALS = {"access-denied", "slow-down"}
"""What keeps files from being written; a snapshot is then lost, a history is made up for."""
