"""Small files of our own in the forms that are met: format 1.0 and 1.3, API answers, messages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from backend.model.item import Document

OLD_SNAPSHOT: Document = {
    # The form of the developer guide's first sample: other names, a GUID for state, odd times, ARNs and types.
    "fileVersion": "1.0",
    "requestId": "r3quest-4e34",
    "configurationItems": [
        {
            "configurationItemVersion": "1.0",
            "resourceId": "vol-0ld",
            "arn": "arn:aws:eu-west-1a:111122223333:volume/vol-0ld",
            "accountId": "11112222333",
            "configurationItemCaptureTime": "2014-03-07T23:47:08.918Z",
            "configurationStateID": "7e660fdf-4e34-4f32-afeb-0ace5bf3d63a",
            "configurationItemStatus": "OK",
            "relatedEvents": ["06c12a39-eb35-11de-ae07-adb69edbb1e4"],
            "availibilityZone": "eu-west-1a",
            "resourceType": "AWS::EC2::Volume",
            "resourceCreationTime": "2014-02-27T21:43:53.0885+0000",
            "tags": {},
            "relationships": [
                {"resourceId": "i-0ld", "resourceType": "AWS::EC2::INSTANCE", "name": "Attached to Instance"}
            ],
            "configuration": {"volumeId": "vol-0ld", "size": 1, "snapshotId": "", "volumeType": "standard"},
        },
        {
            "configurationItemVersion": "1.0",
            "resourceId": "i-0ld",
            "accountId": "11112222333",
            "arn": "arn:aws:ec2:eu-west-1a:111122223333:instance/i-0ld",
            "configurationItemCaptureTime": "2014-03-07T23:47:09.523Z",
            "configurationStateID": "8db571fa-ce7a-4ec5-8914-0320466a355e",
            "configurationItemStatus": "OK",
            "relatedEvents": [],
            "availibilityZone": "eu-west-1a",
            "resourceType": "AWS::EC2::Instance",
            "resourceCreationTime": "2014-02-26T22:56:35.000Z",
            "tags": {"Name": "old one"},
            "relationships": [
                {"resourceId": "vol-0ld", "resourceType": "AWS::EC2::Volume", "name": "Attached Volume"},
                {
                    "resourceId": "vol-r00t",
                    "resourceType": "AWS::EC2::Volume",
                    "name": "Attached Volume",
                    "direction": "out",
                },
                {
                    "resourceId": "subnet-0ld",
                    "resourceType": "AWS::EC2::SUBNET",
                    "name": "Is contained in Subnet",
                    "direction": "IN",
                },
            ],
            "configuration": {"instanceId": "i-0ld", "state": {"code": 16, "name": "running"}},
        },
    ],
}


def item(number: int, **members: Any) -> Document:
    """An item of format 1.3 as delivered files have it."""
    return {
        "relatedEvents": [],
        "relationships": [
            {"resourceId": "vpc-1", "resourceType": "AWS::EC2::VPC", "name": "Is contained in Vpc"},
            {"resourceName": "the-role", "resourceType": "AWS::IAM::Role", "name": "Is associated with "},
        ],
        "configuration": {"instanceId": f"i-{number}", "nested": [{"relatedEvents": []}, {"relatedEvents": [1]}]},
        "supplementaryConfiguration": {},
        "tags": {"Name": f"host {number}"},
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": "2026-01-05T10:00:00.123Z",
        "configurationStateId": 1767607200123,
        "awsAccountId": "111122223333",
        "configurationItemStatus": "OK",
        "resourceType": "AWS::EC2::Instance",
        "resourceId": f"i-{number}",
        "ARN": f"arn:aws:ec2:eu-west-1:111122223333:instance/i-{number}",
        "awsRegion": "eu-west-1",
        "availabilityZone": "eu-west-1a",
        "configurationStateMd5Hash": "",
        "resourceCreationTime": "2026-01-02T08:00:00.000Z",
        **members,
    }


def snapshot(*items: Document) -> Document:
    return {"fileVersion": "1.0", "configSnapshotId": "94ccff53", "configurationItems": list(items)}


def history(*items: Document) -> Document:
    return {"fileVersion": "1.0", "configurationItems": list(items)}


def write(path: Path, document: Any, **style: Any) -> Path:
    """A JSON file; gzip when its name ends in .gz; one line without blanks unless another style is given."""
    text = json.dumps(document, **(style or {"separators": (",", ":")})).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path
