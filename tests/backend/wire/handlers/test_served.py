"""`configscope serve --allow-lambda`: what is said at the start, and rules put with boto3."""

from __future__ import annotations

import json
import signal
import urllib.request
from pathlib import Path

import boto3
import pytest

from backend.engine.engine import WorldOptions
from tests.backend.wire.handlers.handler_files import BAD, JUDGE, write, write_rdk
from tests.serving import ready, serving

ARN = f"arn:aws:lambda:{WorldOptions(0).home_region}:{WorldOptions(0).account}:function:"


@pytest.mark.requirement("RUL-09")
def test_the_functions_are_told_and_run_behind_rules(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    write(folder, judge=JUDGE, broken="def", raises=BAD["raises"])
    write_rdk(folder, "LARGE", SourceEvents="AWS::EC2::Volume", InputParameters='{"largest": "9"}')
    with serving(handlers=folder) as process:
        _, port = ready(process)
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(6)] == [
            f"  # Handlers in {folder}: 3. They run as you, when a rule names them.\n",
            f'  {ARN}LARGE  # LARGE: AWS::EC2::Volume; {{"largest": "9"}}\n',
            f"  {ARN}judge\n",
            f"  {ARN}raises\n",
            f"  # {folder}/broken.py is no Python: invalid syntax in line 1.\n",
            "\n",
        ]
        url = f"http://127.0.0.1:{port}"
        config = boto3.client(
            "config",
            endpoint_url=url,
            region_name=WorldOptions(0).home_region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for name in ("judge", "raises"):
            details = [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}]
            config.put_config_rule(
                ConfigRule={
                    "ConfigRuleName": name,
                    "Source": {
                        "Owner": "CUSTOM_LAMBDA",
                        "SourceIdentifier": ARN + name,
                        "SourceDetails": details,
                    },
                    "Scope": {"ComplianceResourceTypes": ["AWS::EC2::Volume"]},
                }
            )
        body = json.dumps({"advance": "10s"}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{url}/_configscope/clock", body)) as answer:
            assert answer.status == 200
        found = config.get_compliance_details_by_config_rule(ConfigRuleName="judge")["EvaluationResults"]
        assert {each["Annotation"] for each in found} <= {"encrypted", "in the clear"}
        assert found
        [status] = config.describe_config_rule_evaluation_status(ConfigRuleNames=["raises"])[
            "ConfigRulesEvaluationStatus"
        ]
        assert status["LastErrorMessage"] == "'nothing' (raises.py, line 2)."
        config.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_folder_that_is_none_is_told_before_a_world_is_made(tmp_path: Path) -> None:
    with serving(parent=tmp_path, handlers=tmp_path / "nowhere") as process:
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said.startswith("configscope: There are no handlers in ")
    assert list(tmp_path.iterdir()) == []
