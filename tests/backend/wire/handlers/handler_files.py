"""Handlers as people write them, good and bad, for the tests of what runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

JUDGE = """
import json
import logging

import boto3

log = logging.getLogger()
log.setLevel(logging.INFO)
config = boto3.client("config")


def lambda_handler(event, context):
    item = json.loads(event["invokingEvent"])["configurationItem"]
    log.info("looking at %s", item["resourceId"])
    encrypted = (item["configuration"] or {}).get("encrypted")
    config.put_evaluations(
        Evaluations=[
            {
                "ComplianceResourceType": item["resourceType"],
                "ComplianceResourceId": item["resourceId"],
                "ComplianceType": "COMPLIANT" if encrypted else "NON_COMPLIANT",
                "Annotation": "encrypted" if encrypted else "in the clear",
                "OrderingTimestamp": item["configurationItemCaptureTime"],
            }
        ],
        ResultToken=event["resultToken"],
    )
"""
"""A plain file: judges a volume by its item."""

RDK_JUDGE = """
import datetime
import json

import boto3
import botocore

AWS_CONFIG_CLIENT = None
ASSUME_ROLE_MODE = False


def get_client(service, event):
    if not ASSUME_ROLE_MODE:
        return boto3.client(service)
    sts = boto3.client("sts")
    credentials = sts.assume_role(
        RoleArn=event["executionRoleArn"], RoleSessionName="rule", DurationSeconds=900
    )["Credentials"]
    return boto3.client(
        service,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def evaluate_parameters(parameters):
    if not parameters.get("largest", "").isdigit():
        raise ValueError("The parameter largest must be a number of GiB.")
    return int(parameters["largest"])


def get_configuration_item(invoking_event):
    if invoking_event["messageType"] == "OversizedConfigurationItemChangeNotification":
        summary = invoking_event["configurationItemSummary"]
        history = AWS_CONFIG_CLIENT.get_resource_config_history(
            resourceType=summary["resourceType"], resourceId=summary["resourceId"], limit=1
        )
        item = dict(history["configurationItems"][0])
        item["configuration"] = json.loads(item["configuration"])
        return item
    return invoking_event.get("configurationItem")


def lambda_handler(event, context):
    global AWS_CONFIG_CLIENT
    AWS_CONFIG_CLIENT = get_client("config", event)
    try:
        largest = evaluate_parameters(json.loads(event["ruleParameters"]))
    except ValueError as error:
        return {
            "internalErrorMessage": "Parameter value is invalid",
            "internalErrorDetails": "A ValueError was raised",
            "customerErrorMessage": str(error),
            "customerErrorCode": "InvalidParameterValueException",
        }
    invoking_event = json.loads(event["invokingEvent"])
    if invoking_event["messageType"] == "ScheduledNotification":
        found = [("AWS::::Account", event["accountId"], "COMPLIANT", invoking_event["notificationCreationTime"])]
    else:
        item = get_configuration_item(invoking_event)
        size = item["configuration"].get("size", 0)
        found = [
            (
                item["resourceType"],
                item["resourceId"],
                "COMPLIANT" if size <= largest else "NON_COMPLIANT",
                item["configurationItemCaptureTime"],
            )
        ]
    old = AWS_CONFIG_CLIENT.get_compliance_details_by_config_rule(ConfigRuleName=event["configRuleName"], Limit=100)
    kept = {(kind, name) for kind, name, _, _ in found}
    withdrawn = [
        result["EvaluationResultIdentifier"]["EvaluationResultQualifier"] for result in old["EvaluationResults"]
    ]
    print("there were", len([one for one in withdrawn if (one["ResourceType"], one["ResourceId"]) not in kept]))
    evaluations = [
        {
            "ComplianceResourceType": kind,
            "ComplianceResourceId": name,
            "ComplianceType": verdict,
            "OrderingTimestamp": when if isinstance(when, datetime.datetime) else when,
        }
        for kind, name, verdict, when in found
    ]
    test_mode = event["resultToken"] == "TESTMODE"
    AWS_CONFIG_CLIENT.put_evaluations(Evaluations=evaluations, ResultToken=event["resultToken"], TestMode=test_mode)
    return evaluations and []
"""
"""After the pattern of the Rule Development Kit: parameters that are refused by an answer, large items, a schedule."""

BAD = {
    "loops": "def lambda_handler(event, context):\n    print('in')\n    while True: pass\n",
    "forks": "import os\n\ndef lambda_handler(event, context):\n    os.fork()\n",
    "starts": "import subprocess\n\ndef lambda_handler(event, context):\n    subprocess.run(['true'])\n",
    "leaves": (
        "import ctypes, time\n\ndef lambda_handler(event, context):\n"
        "    child = ctypes.CDLL(None).fork()\n    print('left', child)\n    time.sleep(600)\n"
    ),
    "prints": (
        "def lambda_handler(event, context):\n"
        "    for _ in range(1024): print('x' * 1048575)\n    print('the end')\n    return 'done'\n"
    ),
    "calls": (
        "import boto3\n\ndef lambda_handler(event, context):\n"
        "    boto3.client('sts', endpoint_url='https://sts.example.com').get_caller_identity()\n"
    ),
    "connects": (
        "import socket\n\ndef lambda_handler(event, context):\n    socket.create_connection(('192.0.2.1', 80))\n"
    ),
    "sends": (
        "import socket\n\ndef lambda_handler(event, context):\n"
        "    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))\n"
    ),
    "quits": "import os\n\ndef lambda_handler(event, context):\n    print('bye')\n    os._exit(3)\n",
    "exits": "import sys\n\ndef lambda_handler(event, context):\n    sys.exit(4)\n",
    "crashes": "import ctypes\n\ndef lambda_handler(event, context):\n    ctypes.string_at(0)\n",
    "raises": "def lambda_handler(event, context):\n    return event['nothing']\n",
    "sets": "def lambda_handler(event, context):\n    return {1, 2}\n",
    "grows": "def lambda_handler(event, context):\n    return len(bytearray(8 << 30))\n",
    "floods": "def lambda_handler(event, context):\n    return 'x' * 7_000_000\n",
    "writes": "def lambda_handler(event, context):\n    open('large', 'wb').write(bytes(65 << 20))\n",
    "misses": "import nonesuch\n\ndef lambda_handler(event, context):\n    pass\n",
    "hangs": "while True: pass\n\ndef lambda_handler(event, context):\n    pass\n",
    "nests": "def lambda_handler(event, context):\n    x = []\n    for _ in range(100_000): x = [x]\n    return x\n",
    "counts": "def lambda_handler(event, context):\n    return float('nan')\n",
    "halves": "def lambda_handler(event, context):\n    return chr(0xD800)\n",
    "shouts": "def lambda_handler(event, context):\n    raise ValueError(chr(0xD800) * 10_000)\n",
    "answers": "import os\n\ndef lambda_handler(event, context):\n    os.write(4, b'nonsense\\n')\n",
}
"""Each goes wrong in a way of its own."""

GOOD = "calls = 0\n\ndef lambda_handler(event, context):\n    global calls\n    calls += 1\n    return calls\n"
"""Counts how often its process was called."""


def write(folder: Path, **files: str) -> None:
    """Plain files by name."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


def write_rdk(folder: Path, name: str, text: str = RDK_JUDGE, **parameters: Any) -> Path:
    """An RDK folder; its path."""
    made = folder / name
    made.mkdir(parents=True)
    (made / f"{name}.py").write_text(text)
    told = {"RuleName": name, "SourceRuntime": "python3.9", "CodeKey": f"{name}.zip", "InputParameters": "{}"}
    (made / "parameters.json").write_text(
        json.dumps({"Version": "1.0", "Parameters": {**told, **parameters}, "Tags": "[]"})
    )
    return made
