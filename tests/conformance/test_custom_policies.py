"""Rules with a Guard policy through boto3."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.operation("GetCustomRulePolicy", "PutConfigRule", "DescribeConfigRules")
def test_the_text_of_a_guard_rule(config: Any, recording: None) -> None:
    text = "rule named { resourceName exists }"
    source = {
        "Owner": "CUSTOM_POLICY",
        "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}],
        "CustomPolicyDetails": {"PolicyRuntime": "guard-2.x.x", "PolicyText": text},
    }
    config.put_config_rule(ConfigRule={"ConfigRuleName": "guarded", "Source": source})
    assert config.get_custom_rule_policy(ConfigRuleName="guarded")["PolicyText"] == text
    [shown] = config.describe_config_rules()["ConfigRules"]
    assert shown["Source"]["CustomPolicyDetails"]["PolicyText"] == ""
