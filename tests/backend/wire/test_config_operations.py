"""AWS Config's story: its operations fit the service model, and their answers come out of the wire as they went in."""

from __future__ import annotations

from backend.engine.context import Caller
from backend.wire.local import LocalWorld
from tests.backend.wire.story import ACCOUNT, Story
from tests.list_operations import marks

ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


def _what_hangs_on_rules(call: Story) -> None:
    """Packs, remediation, proactive evaluations and stored queries."""
    process = "{Type: 'AWS::Config::ConfigRule', Properties: {Source: {Owner: AWS, SourceIdentifier: "
    pack = {"ConformancePackName": "base"}
    template = f"Resources: {{A: {process}AWS_CONFIG_PROCESS_CHECK}}}}}}, B: {process}CLOUD_TRAIL_ENABLED}}}}}}}}"
    call("PutConformancePack", **pack, TemplateBody=template)
    call.pass_time(60_000)
    assert call("DescribeConformancePacks")["ConformancePackDetails"]
    (status,) = call("DescribeConformancePackStatus")["ConformancePackStatusDetails"]
    assert status["ConformancePackState"] == "CREATE_COMPLETE"
    rules = call("DescribeConformancePackCompliance", **pack)["ConformancePackRuleComplianceList"]
    attested = {
        "ComplianceResourceType": "AWS::::Account",
        "ComplianceResourceId": ACCOUNT,
        "ComplianceType": "COMPLIANT",
        "OrderingTimestamp": 1677577260,
    }
    call("PutExternalEvaluation", ConfigRuleName=rules[0]["ConfigRuleName"], ExternalEvaluation=attested)
    assert call("GetConformancePackComplianceDetails", **pack)["ConformancePackRuleEvaluationResults"]
    call("GetConformancePackComplianceSummary", ConformancePackNames=["base"])
    assert call("ListConformancePackComplianceScores")["ConformancePackComplianceScores"]
    call("DeleteConformancePack", **pack)

    (own,) = call("DescribeConfigRules", ConfigRuleNames=["required-tags"])["ConfigRules"]
    rule = {"ConfigRuleName": own["ConfigRuleName"]}
    remedy = {**rule, "TargetType": "SSM_DOCUMENT", "TargetId": "doc", "Automatic": True}
    call("PutRemediationConfigurations", RemediationConfigurations=[remedy])
    assert call("DescribeRemediationConfigurations", ConfigRuleNames=[own["ConfigRuleName"]])
    bad = call("GetComplianceDetailsByConfigRule", **rule, ComplianceTypes=["NON_COMPLIANT"])["EvaluationResults"][0]
    who = bad["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    named = {"resourceType": who["ResourceType"], "resourceId": who["ResourceId"]}
    call("StartRemediationExecution", **rule, ResourceKeys=[named])
    call.pass_time(60_000)
    assert call("DescribeRemediationExecutionStatus", **rule)["RemediationExecutionStatuses"]
    call("DeleteRemediationConfiguration", **rule)
    excepted = [{"ResourceType": who["ResourceType"], "ResourceId": who["ResourceId"]}]
    call("PutRemediationExceptions", **rule, ResourceKeys=excepted)
    assert call("DescribeRemediationExceptions", **rule)["RemediationExceptions"]
    call("DeleteRemediationExceptions", **rule, ResourceKeys=excepted)

    details = {"ResourceId": "new", "ResourceType": "AWS::S3::Bucket", "ResourceConfiguration": "{}"}
    started = call("StartResourceEvaluation", ResourceDetails=details, EvaluationMode="PROACTIVE")
    call.pass_time(60_000)
    assert call("GetResourceEvaluationSummary", **started)["Compliance"]
    assert call("ListResourceEvaluations")["ResourceEvaluations"]

    details = {"PolicyRuntime": "guard-2.x.x", "PolicyText": "rule named { resourceName exists }"}
    changes = [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}]
    guarded = {"Owner": "CUSTOM_POLICY", "SourceDetails": changes, "CustomPolicyDetails": details}
    call("PutConfigRule", ConfigRule={"ConfigRuleName": "guarded", "Source": guarded})
    assert call("GetCustomRulePolicy", ConfigRuleName="guarded")["PolicyText"]

    call("PutStoredQuery", StoredQuery={"QueryName": "q", "Expression": "SELECT accountId"})
    assert call("GetStoredQuery", QueryName="q")
    assert call("ListStoredQueries")["StoredQueryMetadata"]
    call("DeleteStoredQuery", QueryName="q")


def test_config(built: LocalWorld) -> None:
    call = Story(built, "config")
    recorder = call("DescribeConfigurationRecorders")["ConfigurationRecorders"][0]
    call("ListConfigurationRecorders")
    call("DescribeConfigurationRecorderStatus")
    call("DescribeDeliveryChannelStatus")
    channel = call("DescribeDeliveryChannels")["DeliveryChannels"][0]
    call("DeliverConfigSnapshot", deliveryChannelName=channel["name"])
    call.pass_time(2_000)

    call("GetDiscoveredResourceCounts")
    instance = call("ListDiscoveredResources", resourceType="AWS::EC2::Instance")["resourceIdentifiers"][0]
    key = {"resourceType": instance["resourceType"], "resourceId": instance["resourceId"]}
    assert call("BatchGetResourceConfig", resourceKeys=[key])["baseConfigurationItems"]
    assert call("GetResourceConfigHistory", **key)["configurationItems"]

    call("PutRetentionConfiguration", RetentionPeriodInDays=400)
    call("DescribeRetentionConfigurations")
    call("DeleteRetentionConfiguration", RetentionConfigurationName="default")

    rule = call("DescribeConfigRules")["ConfigRules"][0]["ConfigRuleName"]
    call("DescribeConfigRuleEvaluationStatus")
    call("DescribeComplianceByConfigRule")
    call("DescribeComplianceByResource")
    call("GetComplianceDetailsByConfigRule", ConfigRuleName=rule)
    call("GetComplianceDetailsByResource", ResourceType=key["resourceType"], ResourceId=key["resourceId"])
    call("GetComplianceSummaryByConfigRule")
    call("GetComplianceSummaryByResourceType")
    verdict = {
        "ComplianceResourceType": key["resourceType"],
        "ComplianceResourceId": key["resourceId"],
        "ComplianceType": "COMPLIANT",
        "OrderingTimestamp": 1677577260,
    }
    call("PutEvaluations", ResultToken="any", TestMode=True, Evaluations=[verdict])
    own = {"ConfigRuleName": "own", "Source": {"Owner": "AWS", "SourceIdentifier": "CLOUD_TRAIL_ENABLED"}}
    call("PutConfigRule", ConfigRule=own)
    call.pass_time(60_000)
    call("StartConfigRulesEvaluation", ConfigRuleNames=["own"])
    call.pass_time(60_000)
    call("DeleteEvaluationResults", ConfigRuleName="own")
    call.pass_time(60_000)
    call("DeleteConfigRule", ConfigRuleName="own")

    call("TagResource", ResourceArn=recorder["arn"], Tags=[{"Key": "team", "Value": "platform"}])
    assert call("ListTagsForResource", ResourceArn=recorder["arn"])["Tags"]
    call("UntagResource", ResourceArn=recorder["arn"], TagKeys=["team"])
    _what_hangs_on_rules(call)

    call("StopConfigurationRecorder", ConfigurationRecorderName="default")
    group = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]}
    put = {"name": "default", "roleARN": ROLE, "recordingGroup": group}
    call("PutConfigurationRecorder", ConfigurationRecorder=put)
    call("AssociateResourceTypes", ConfigurationRecorderArn=recorder["arn"], ResourceTypes=["AWS::EC2::Volume"])
    call("DisassociateResourceTypes", ConfigurationRecorderArn=recorder["arn"], ResourceTypes=["AWS::EC2::Volume"])
    of_service = {"ServicePrincipal": "securityhub.amazonaws.com"}
    call("PutServiceLinkedConfigurationRecorder", **of_service)
    call("DescribeConfigurationRecorders", **of_service)
    call("DescribeConfigurationRecorderStatus", **of_service)
    call("DeleteServiceLinkedConfigurationRecorder", **of_service)
    azure = {"tenantIdentifier": "5f1c", "clientIdentifier": "77aa"}
    connector = call("PutConnector", ConnectorConfiguration={"azure": azure})["Arn"]
    call("GetConnector", Arn=connector)
    assert call("ListConnectors")["ConnectorSummaries"]
    call(
        "PutThirdPartyServiceLinkedConfigurationRecorder",
        Caller(service="securityhub.amazonaws.com"),
        **of_service,
        ConnectorArn=connector,
        ScopeConfiguration={"scopeType": "tenant", "allRegions": True},
    )
    (linked,) = call("DescribeConfigurationRecorders", **of_service)["ConfigurationRecorders"]
    call("DeleteServiceLinkedConfigurationRecorder", Arn=linked["arn"])
    call("DeleteConnector", Arn=connector)
    call("DeleteDeliveryChannel", DeliveryChannelName="default")
    call("PutDeliveryChannel", DeliveryChannel=channel)
    call("StartConfigurationRecorder", ConfigurationRecorderName="default")
    own_kind = {"ResourceType": "Kestrel::Parcel::Robot", "ResourceId": "r-1"}
    call("PutResourceConfig", **own_kind, SchemaVersionId="1", Configuration='{"arms":2}')
    assert call("ListDiscoveredResources", resourceType="Kestrel::Parcel::Robot")["resourceIdentifiers"]
    call("DeleteResourceConfig", **own_kind)
    call("DeleteConfigurationRecorder", ConfigurationRecorderName="default")
    assert call.untold <= {mark.operation for mark in marks()}  # those are told through boto3
